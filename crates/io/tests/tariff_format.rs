//! Our own tariff format: the example of its documentation, price series, export classes.

use std::path::Path;

use microgrid_core::utility::{MinimumCharge, Price, Tariff};
use microgrid_io::tariff::{Customer, read_tariff, read_tariff_file};
use microgrid_io::time::Clock;

const EXAMPLE: &str = include_str!("../src/tariff/example.toml");

fn price_at(tariff: &Tariff, clock: &Clock, time: &str) -> f64 {
    let step = clock.step_at(time).unwrap();
    let month = clock.calendar().month_steps().position(|steps| steps.contains(&step)).unwrap();
    tariff.import.iter().map(|component| component.price.at(month, step)).sum()
}

#[test]
fn the_documented_example_means_what_it_says() {
    let clock = Clock::of_days("Asia/Shanghai", "2025-06-01", 1800, 365).unwrap();
    let read = read_tariff_file(EXAMPLE, "example.toml", &clock, &Customer::default())
        .unwrap_or_else(|problems| panic!("{problems}"));
    let tariff = &read.tariff;
    for (time, price) in [
        // A Tuesday in July: purchase 0.41 with +80 %, transmission 0.15, summer surcharge by period.
        ("2025-07-15T14:00", 0.41 * 1.8 + 0.15 + 0.05),
        ("2025-07-15T22:00", 0.41 + 0.15 + 0.02),
        ("2025-07-15T01:30", 0.41 + 0.15 + 0.02),
        ("2025-07-15T02:00", 0.1435 + 0.15 + 0.0), // 0.41 × 0.35, four digits.
        ("2025-07-14T14:00", 0.41 + 0.15 + 0.02),  // The event has no peak.
        ("2025-07-12T14:00", 0.41 + 0.15 + 0.02),  // A Saturday.
        ("2025-10-01T14:00", 0.40 + 0.15 + 0.01),
        ("2025-10-01T03:00", 0.14 + 0.15 + 0.01),
    ] {
        let found = price_at(tariff, &clock, time);
        assert!((found - price).abs() < 1e-12, "{time}: {found} is not {price}");
    }
    let names: Vec<&str> = tariff.demand.iter().map(|charge| charge.name.as_str()).collect();
    assert_eq!(names, ["summer peak demand", "peak of the year", "maximum demand"]);
    // Season and period choose the steps, the season's price the months.
    let june = clock.step_at("2025-06-16T15:00").unwrap();
    let counted = tariff.demand[0].counted_steps.as_ref().unwrap();
    assert!(counted[june] && !counted[june + 48 * 5], "Monday counts, Saturday has no peak");
    assert_eq!((tariff.demand[0].of_month(0), tariff.demand[0].of_month(3)), (10.0, 0.0));
    let ratchet = tariff.demand[0].ratchet.as_ref().unwrap();
    assert_eq!(ratchet.earlier_peaks_kw, [3000.0, 2900.0]);
    assert_eq!(ratchet.counted_months.as_ref().unwrap()[..4], [true, true, true, false], "June, July, August");
    // Two years begin in the run; the two hours that count have two half-hours each.
    let year = &tariff.demand[1];
    assert_eq!(year.term.as_ref().unwrap().term_of_month, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert_eq!(year.counted_steps.as_ref().unwrap().iter().filter(|counts| **counts).count(), 4);
    assert_eq!(year.blocks(6), [(0.0, 24.0), (1000.0, 30.0)]);
    assert_eq!(tariff.minimum, Some(MinimumCharge::of_month(100.0)));
    let (contract, discount) = (tariff.demand[2].contract.unwrap(), tariff.demand[2].discount.unwrap());
    assert_eq!((contract.contract_kw, contract.excess_factor, discount.capacity_kva), (4000.0, 2.0, 5000.0));
    assert_eq!((tariff.fixed.len(), tariff.daily[0].price_per_day), (0, 0.5));
    assert_eq!(tariff.power_factor.as_ref().unwrap().percent(0.97), -0.75);
    assert_eq!(tariff.export[0].price, Price::Constant(0.25));
    assert_eq!(read.source.as_deref(), Some("where the terms are from"));
    assert_eq!(tariff.notes, ["tariff: unverified: two_part.demand.price_per_kw"]);
}

const SPOT: &str = r#"
name = "spot"
currency = "EUR"
[[import]]
name = "spot"
price_per_kwh = { file = "spot_day.csv", column = "price", unit = "EUR/MWh", time_column = "start" }
[[import]]
name = "grid"
price_per_kwh = 0.08
[export]
class = "net_billing"
of = "spot"
"#;

#[test]
fn a_price_series_is_aligned_and_may_be_negative() {
    let clock = Clock::of_days("Europe/Amsterdam", "2024-06-15", 3600, 1).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/tariff");
    let customer = Customer { folder: Some(&folder), currency: Some("EUR"), ..Customer::default() };
    let tariff = read_tariff_file(SPOT, "spot.toml", &clock, &customer).unwrap_or_else(|problems| panic!("{problems}"));
    let tariff = tariff.tariff;
    assert!((price_at(&tariff, &clock, "2024-06-15T13:00") - (0.08 - 0.018)).abs() < 1e-15);
    assert!((price_at(&tariff, &clock, "2024-06-15T18:00") - (0.08 + 0.1204)).abs() < 1e-15);
    assert!((tariff.export[0].price.at(0, 13) + 0.018).abs() < 1e-15);
    // Quarter hours need a rule; the series says so, and the tariff passes it on.
    let quarters = Clock::of_days("Europe/Amsterdam", "2024-06-15", 900, 1).unwrap();
    assert!(read_tariff_file(SPOT, "spot.toml", &quarters, &customer).unwrap_err().to_string().contains("resample"));
    let held = SPOT.replace("time_column = \"start\"", "time_column = \"start\", resample = \"hold\"");
    let held = read_tariff_file(&held, "spot.toml", &quarters, &customer).unwrap().tariff;
    assert_eq!(price_at(&held, &quarters, "2024-06-15T18:45"), price_at(&tariff, &clock, "2024-06-15T18:00"));
}

#[test]
fn export_may_pay_more_only_where_the_tariff_says_so() {
    let clock = Clock::of_days("Europe/Berlin", "2024-06-15", 3600, 1).unwrap();
    let text = "name = \"x\"\ncurrency = \"EUR\"\n[[import]]\nname = \"energy\"\nprice_per_kwh = 0.10\n[export]\nclass = \
                \"feed_in\"\nprice_per_kwh = 0.12\n";
    assert!(read_tariff(text, "x.toml", &clock).unwrap_err().to_string().contains("export_above_import = true"));
    let said = text.replace("[[import]]", "export_above_import = true\n[[import]]");
    assert!(read_tariff(&said, "x.toml", &clock).unwrap().export_above_import);
}

/// Without a price for export nothing is paid for it, so a negative import price is no export above import.
#[test]
fn a_negative_import_price_needs_no_word_about_export() {
    let clock = Clock::of_days("Europe/Berlin", "2024-06-15", 3600, 1).unwrap();
    let text = "name = \"x\"\ncurrency = \"EUR\"\n[[import]]\nname = \"energy\"\nprice_per_kwh = -0.01\n";
    let mut scenario = microgrid_core::Scenario::new("x", clock.calendar());
    scenario.tariff = read_tariff(text, "x.toml", &clock).unwrap_or_else(|problems| panic!("{problems}")).into();
    assert!(microgrid_core::Plan::compile(&scenario).is_ok());
    let paid = format!("{text}[export]\nclass = \"feed_in\"\nprice_per_kwh = 0.0\n");
    assert!(read_tariff(&paid, "x.toml", &clock).is_err());
}

/// The advice of a refused border is the longest step that does.
#[test]
fn a_border_inside_a_step_names_the_longest_step_that_fits() {
    let text = |border: &str| {
        format!(
            "name = \"x\"\ncurrency = \"EUR\"\n[[hours]]\nperiods.a = \"00:00-{border}\"\nperiods.b = \
             \"{border}-24:00\"\n[[import]]\nname = \"energy\"\nprice_per_kwh = {{ a = 0.1, b = 0.2 }}\n"
        )
    };
    for (border, step_s, fitting_s) in [("06:30", 3600, 1800), ("06:20", 3600, 1200), ("06:35", 1800, 300)] {
        let clock = |step_s| Clock::of_days("Europe/Berlin", "2024-06-15", step_s, 2).unwrap();
        let refused = read_tariff(&text(border), "x.toml", &clock(step_s)).unwrap_err().to_string();
        assert!(refused.contains(&format!("{fitting_s} s is the longest that ends at every border")), "{refused}");
        assert!(read_tariff(&text(border), "x.toml", &clock(fitting_s)).is_ok(), "{border}");
    }
}

/// Found by damaged files: a tariff of one price all day has no periods to count by.
#[test]
fn blocks_of_each_period_need_periods() {
    let clock = Clock::of_days("Asia/Shanghai", "2025-06-01", 3600, 30).unwrap();
    let text = "name = \"t\"\ncurrency = \"CNY\"\n[[import]]\nname = \"energy\"\neach_period = true\n\
                [[import.block]]\nup_to_kwh = 200\nprice_per_kwh = 0.5\n[[import.block]]\nprice_per_kwh = 0.6\n";
    let problems = read_tariff_file(text, "t.toml", &clock, &Customer::default()).unwrap_err().to_string();
    assert!(problems.contains("import[0].each_period: says nothing in a tariff without periods"), "{problems}");
}
