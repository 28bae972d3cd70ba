//! The draws of a seed are the same bits on every platform, today and in a year: a change of them is a change of results.

use microgrid_core::Calendar;
use microgrid_sweep::{Axis, DayDraw, Distribution, Method, OutageProcess, Stream, Sweep, Value, Variants, hash};

fn sweep(method: Method) -> Sweep {
    let texts = ["a", "b", "c"].map(Value::from).into();
    Sweep::new(39)
        .axis(Axis::grid("size", 0.1, 0.7, 3))
        .draw("normal", Distribution::Normal { mean: 1.0, deviation: 2.0 })
        .draw("cut", Distribution::TruncatedNormal { mean: 0.0, deviation: 1.0, least: 0.5, most: 3.0 })
        .draw("lognormal", Distribution::Lognormal { median: 2.0, log_deviation: 0.5 })
        .draw("triangular", Distribution::Triangular { least: 0.0, mode: 1.0, most: 4.0 })
        .draw("beta", Distribution::Beta { alpha: 2.0, beta: 0.7, least: 0.0, most: 1.0 })
        .draw("pert", Distribution::Pert { least: 0.0, mode: 3.0, most: 4.0 })
        .draw("weibull", Distribution::Weibull { scale: 6.0, shape: 2.0 })
        .draw("gamma", Distribution::Gamma { shape: 0.8, scale: 2.0 })
        .draw("integers", Distribution::Integers { least: -5, most: 5 })
        .draw("choice", Distribution::Choice { values: texts, weights: vec![1.0, 0.0, 2.0] })
        .correlate("normal", "gamma", 0.6)
        .correlate("beta", "gamma", -0.3)
        .samples(method, 64)
        .replicates(2)
}

fn bits(values: &[Value]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| match value {
            Value::Number(number) => number.to_bits().to_le_bytes().to_vec(),
            Value::Text(text) => text.as_bytes().to_vec(),
        })
        .collect()
}

#[test]
fn draws_are_those_of_this_seed() {
    let found = Method::ALL.map(|method| {
        let variants = Variants::new(&sweep(method)).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(variants.count(), 64 * 2 * 3);
        let all: Vec<u8> = (0..variants.count()).flat_map(|index| bits(&variants.values(index))).collect();
        hash(&all)
    });
    assert_eq!(found, [0xb24d_3116_b290_6a8c, 0x1b18_024b_3606_d67d, 0x96cd_be72_f1f9_56e8], "{found:#x?}");
}

#[test]
fn days_and_outages_are_those_of_this_seed() {
    let calendar = Calendar::common_year(3600);
    let strata: Vec<u32> = (0..365).map(|day| day / 31 * 7 + day % 7).collect();
    let draw = DayDraw::new(&calendar, &strata, 3).unwrap_or_else(|problems| panic!("{problems}"));
    let days = draw.days(&mut Stream::new(39, "bootstrap").of_sample(17));
    let process = OutageProcess { rate_per_year: 20.0, duration_h: Distribution::Weibull { scale: 3.0, shape: 1.5 } };
    let outages = process.draw(&mut Stream::new(39, "outages").of_sample(17), &calendar);
    let outages: Vec<u32> = outages.into_iter().flat_map(|outage| [outage.start, outage.end]).collect();
    let found = [days, outages].map(|list| hash(&list.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>()));
    assert_eq!(found, [0x1f9a_7326_5b42_a723, 0xcdcc_f2bf_70d8_4243], "{found:#x?}");
}
