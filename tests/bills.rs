//! Promise: bills as utilities write them. Each case has its right value beside it, found apart from this project.

use std::f64::consts::PI;
use std::path::Path;

use microgrid::{
    BlockCount, BlockPrices, Calendar, Controller, DemandCharge, Dispatch, Load, Metering, MeteringForm, Outcome, Plan,
    Price, PriceComponent, Scenario, SeriesPlant, Tariff, YearEnd, load, run, simulate,
};
use serde_json::Value;

fn case(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(path)
}

/// The run of a case's folder without any strategy.
fn idle(path: &str) -> Outcome {
    let loaded = load(case(path)).unwrap_or_else(|problems| panic!("{problems}"));
    run(&loaded.scenario, &[Dispatch::Idle], None).unwrap().remove(0)
}

fn expected(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(case(path)).unwrap()).unwrap()
}

/// Santiago's clock springs forward at midnight: one day of the run begins at 01:00 and has 23 hours. It is a day.
#[test]
fn a_price_per_day_counts_civil_days() {
    for name in ["spring", "start-on-it"] {
        let outcome = idle(&format!("daily-charge-over-clock-change/{name}"));
        let right = expected(&format!("daily-charge-over-clock-change/expected-{name}.json"));
        let (money, number) = (&outcome.money, |key: &str| right[key].as_f64().unwrap());
        assert_eq!(money.fixed_charge, number("standing"), "{name}");
        assert!((money.energy_charge - number("energy")).abs() < 1e-6, "{name}: {}", money.energy_charge);
        assert!((money.demand_charge - number("demand")).abs() < 1e-6, "{name}: {}", money.demand_charge);
        assert!((outcome.energy.load_kwh - number("load_kwh")).abs() < 1e-9, "{name}");
    }
}

/// The blocks of REopt's tiered rate on its flat load: 74 400 kWh a month at 0.10, never left; tiered demand is not ours
/// to test here, so its first tier stands alone. Year one: 87 600 and 12 000 (REopt.jl's test of tiered rates).
#[test]
fn reopts_tiered_rate_in_year_one() {
    let mut site = Scenario::new("flat", Calendar::common_year(3600));
    site.loads = vec![Load::new("load", 100.0)];
    let price = Price::Blocks(blocks(&[&[(74_400.0, 0.10), (f64::INFINITY, 0.05)]], &[0; 8760]));
    site.tariff = Tariff {
        import: vec![PriceComponent { name: "energy".into(), price }],
        demand: vec![DemandCharge::new("demand", 10.0, 3600)],
        ..Tariff::default()
    }
    .into();
    let money = simulated(&site).money;
    assert!((money.energy_charge - 87_600.0).abs() < 1e-6, "{}", money.energy_charge);
    assert!((money.demand_charge - 12_000.0).abs() < 1e-9, "{}", money.demand_charge);
}

/// Blocks as (border, price) by period.
fn blocks(periods: &[&[(f64, f64)]], period_of_step: &[u16]) -> BlockPrices {
    let count = periods[0].len();
    BlockPrices {
        periods: (0..periods.len()).map(|period| format!("period {}", period + 1)).collect(),
        period_of_step: period_of_step.into(),
        up_to_kwh: periods.iter().map(|tiers| tiers[..count - 1].iter().map(|tier| tier.0).collect()).collect(),
        price_per_kwh: (0..count).map(|b| vec![periods.iter().map(|tiers| tiers[b].1).collect()]).collect(),
        counted: BlockCount::Month,
        counter_of_period: vec![0; periods.len()],
    }
}

fn simulated(site: &Scenario) -> Outcome {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap())
}

/// The year of `tests/data/bills/README.md`.
fn pysam_site() -> Scenario {
    let round = |kw: f64| (kw * 1e6).round() / 1e6;
    let calendar = Calendar::common_year(3600);
    let month_of_step: Vec<usize> =
        calendar.month_steps().enumerate().flat_map(|(month, steps)| steps.map(move |_| month)).collect();
    let of_step = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        month_of_step.iter().enumerate().map(|(step, month)| round(of(*month, step % 24))).collect()
    };
    let load = of_step(&|month, hour| 20.0 + if (8..18).contains(&hour) { 10.0 } else { 0.0 } + (month % 4) as f64);
    let sun = |month: usize, hour: usize| {
        let season = 60.0 + 50.0 * (2.0 * PI * (month as f64 - 5.5) / 12.0).cos();
        let day = (PI * (hour as f64 - 6.0) / 12.0).sin();
        if (6..18).contains(&hour) { season * day } else { 0.0 }
    };
    let mut site = Scenario::new("year", calendar);
    site.generation = vec![SeriesPlant::new("pv", of_step(&|month, hour| sun(month, hour).max(0.0)))];
    site.loads = vec![Load::new("load", load)];
    site
}

/// One of PySAM's rates under one of its forms.
fn pysam_tariff(case: &Value) -> Tariff {
    let rows: Vec<Vec<f64>> = serde_json::from_value(case["ec_tou_mat"].clone()).unwrap();
    let periods = rows.iter().map(|row| row[0] as usize).max().unwrap();
    let tiers = |price: usize| -> Vec<Vec<(f64, f64)>> {
        let of_period =
            |p: usize| rows.iter().filter(|row| row[0] as usize == p).map(|row| (row[2], row[price])).collect();
        (1..=periods).map(of_period).collect()
    };
    let by_hour = |hour: usize| u16::from(periods == 2 && (8..18).contains(&hour));
    let period_of_step: Vec<u16> = (0..8760).map(|step| by_hour(step % 24)).collect();
    let component = |name: &str, tiers: Vec<Vec<(f64, f64)>>| {
        let tiers: Vec<&[(f64, f64)]> = tiers.iter().map(Vec::as_slice).collect();
        vec![PriceComponent { name: name.into(), price: Price::Blocks(blocks(&tiers, &period_of_step)) }]
    };
    let form = match case["form"].as_str().unwrap() {
        "net_metering" => MeteringForm::NetMetering,
        "net_metering_money" => MeteringForm::NetMeteringMoney,
        "net_billing" => MeteringForm::NetBilling,
        "net_billing_carried" => MeteringForm::NetBillingCarried,
        "buy_all_sell_all" => MeteringForm::BuyAllSellAll,
        other => panic!("{other}"),
    };
    let nets = matches!(form, MeteringForm::NetMetering | MeteringForm::NetMeteringMoney);
    let has_credit = nets || form == MeteringForm::NetBillingCarried;
    // SAM settles what is left over all periods; our buckets settle each, so rates with periods are compared without.
    let is_paid = form == MeteringForm::NetMetering && periods == 1;
    let month = case["true_up_month"].as_u64().unwrap();
    Tariff {
        import: component("energy", tiers(4)),
        export: if form == MeteringForm::NetMetering { Vec::new() } else { component("sell", tiers(5)) },
        metering: Metering {
            form,
            bucket_of_step: nets.then(|| period_of_step.clone().into()),
            true_up: if has_credit { (1..=12).map(|m| m == month).collect() } else { Vec::new() },
            year_end: if is_paid { YearEnd::Paid } else { YearEnd::Lapsed },
            year_end_price_per_kwh: if is_paid { case["year_end_price_per_kwh"].as_f64().unwrap() } else { 0.0 },
            ..Metering::default()
        },
        ..Tariff::default()
    }
}

/// Twenty-one bills of SAM's `Utilityrate5`, month by month, to its rounding: each form, with and without
/// tiers and periods, has months in which credits are earned, used and left.
#[test]
fn the_five_forms_of_metering_are_sams() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bills/pysam_utilityrate5.json"));
    let cases: Vec<Value> = serde_json::from_str(&text.unwrap()).unwrap();
    let mut site = pysam_site();
    for case in &cases {
        site.tariff = pysam_tariff(case).into();
        let outcome = simulated(&site);
        for month in 0..12 {
            let (found, right) = (outcome.bill.total_of_month(month), case["monthly_bill"][month].as_f64().unwrap());
            assert!(
                (found - right).abs() < 1e-4,
                "{} {} month {}: {found} is not {right}",
                case["form"],
                case["rate"],
                month + 1
            );
        }
    }
    assert_eq!(cases.len(), 21);
}
