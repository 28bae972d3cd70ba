//! Promise: bills as utilities write them. Each case has its right value beside it, found apart from this project.

use std::path::Path;

use microgrid::{Dispatch, Outcome, load, run};
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
