//! Promise: demand and least charges as utilities write them. Each figure was found apart from this project: by REopt's own
//! tests, or by plain Python for the cases.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use microgrid::demand::Load;
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::utility::{BillKind, DemandCharge, DemandTerm, DemandTier, Proration, Ratchet, Tariff};
use microgrid::{Calendar, Outcome, Plan, Scenario, load, run, simulate};
use serde_json::Value;

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path)
}

fn figures(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data(path)).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// The run of a case without any strategy.
fn idle(path: &str) -> Outcome {
    let loaded = load(data("cases").join(path)).unwrap_or_else(|problems| panic!("{problems}"));
    run(&loaded.scenario, &[Dispatch::Idle], None).unwrap().remove(0)
}

/// The bill of a common year of 8760 hours of a load, under charges on its peaks.
fn year(load_kw: Vec<f64>, demand: Vec<DemandCharge>) -> Outcome {
    let mut site = Scenario::new("year", Calendar::common_year(3600));
    site.loads = vec![Load::new("load", load_kw)];
    site.tariff = Tariff { demand, ..Tariff::flat(0.0, 0.0) }.into();
    let plan = Plan::compile(&site).unwrap_or_else(|problems| panic!("{problems}"));
    simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap())
}

fn tier(above_kw: f64, price_per_kw: f64) -> DemandTier {
    DemandTier { above_kw: vec![above_kw], price_per_kw: vec![price_per_kw] }
}

/// REopt: 50 kW free, 12 a kW above, on a flat load of 1e6 kWh; and the demand of its tiered bill, 12 × 100 kW × 10.
#[test]
fn tiers_bill_what_reopt_bills() {
    let case = figures("reopt/03_tiered_demand_bill.json");
    let (inputs, expected) = (&case["inputs"], &case["expected_by_reopt"]);
    let (free, dear) = (&inputs["demand_tiers"][0], &inputs["demand_tiers"][1]);
    let load_kw = number(&inputs["annual_kwh"]) / 8760.0;
    let charge = DemandCharge {
        tiers: vec![tier(number(&free["max_kw"]), number(&dear["rate"]))],
        ..DemandCharge::new("demand", number(&free["rate"]), 3600)
    };
    let outcome = year(vec![load_kw; 8760], vec![charge]);
    assert!((outcome.money.demand_charge - number(&expected["value"])).abs() < 1e-6, "{}", outcome.money.demand_charge);
    let case = figures("reopt/02_tiered_energy_and_demand_bill.json");
    let tiers = &case["inputs"]["demand_tiers"];
    let charge = DemandCharge {
        tiers: vec![tier(number(&tiers[0]["max_kw"]), number(&tiers[1]["rate"]))],
        ..DemandCharge::new("demand", number(&tiers[0]["rate"]), 3600)
    };
    let outcome = year(vec![number(&case["inputs"]["load_kw"]); 8760], vec![charge]);
    assert!((outcome.money.demand_charge - number(&case["check"]["year_one_demand"])).abs() < 1e-9);
}

/// REopt's three look-backs. It takes the year as its own past; here the past is given.
#[test]
fn look_backs_bill_what_reopt_bills() {
    let case = figures("reopt/04_demand_lookback.json");
    let inputs = &case["inputs"];
    let mut load_kw = vec![number(&inputs["base_load_kw"]); 8760];
    for (hour, kw) in inputs["hours"].as_object().unwrap() {
        load_kw[hour.parse::<usize>().unwrap() - 1] = number(kw);
    }
    let calendar = Calendar::common_year(3600);
    let peaks: Vec<f64> =
        calendar.month_steps().map(|steps| load_kw[steps].iter().copied().fold(0.0, f64::max)).collect();
    let bill = |look_back_months: u32, months: Option<Vec<f64>>, key: &str| {
        let counts = |month: usize| months.as_ref().is_none_or(|months| months.contains(&(month as f64 + 1.0)));
        let ratchet = Ratchet {
            look_back_months,
            percent: 100.0 * number(&inputs["lookback_percent"]),
            earlier_peaks_kw: (0..12).map(|month| if counts(month) { peaks[month] } else { 0.0 }).collect(),
            counted_months: Some((0..12).map(counts).collect()),
        };
        let price_per_kw = numbers(&inputs["monthly_rates"]);
        let charge = DemandCharge { price_per_kw, ratchet: Some(ratchet), ..DemandCharge::new("demand", 0.0, 3600) };
        let outcome = year(load_kw.clone(), vec![charge]);
        let expected = &case["expected_by_reopt"][key];
        let lines = outcome.bill.lines.iter().filter(|line| line.kind == BillKind::Demand);
        assert_eq!(lines.map(|line| line.quantity).collect::<Vec<_>>(), numbers(&expected["billed_kw"]), "{key}");
        assert_eq!(outcome.money.demand_charge, number(&expected["year_demand_cost"]), "{key}");
    };
    let months = numbers(&case["expected_by_reopt"]["a_lookback_months"]["months"]);
    bill(12, Some(months), "a_lookback_months");
    bill(6, None, "b_lookback_range_6_months");

    // 1 kW with one hour of 100 kW in January; 35 % of the year's peak in all later months.
    let mut load_kw = vec![1.0; 8760];
    load_kw[7] = 100.0;
    let ratchet = Ratchet { look_back_months: 12, percent: 35.0, earlier_peaks_kw: Vec::new(), counted_months: None };
    let price_per_kw = (1..=12).map(|month| if (5..=10).contains(&month) { 11.5 } else { 10.5 }).collect();
    let charge = DemandCharge { price_per_kw, ratchet: Some(ratchet), ..DemandCharge::new("demand", 0.0, 3600) };
    let expected = number(&case["expected_by_reopt"]["c_urdb_35_percent"]["year_demand_cost"]);
    assert!((year(load_kw, vec![charge]).money.demand_charge - expected).abs() < 1e-9);
}

/// REopt: two charges, each once for the year, on the greatest load in the system's hours; and a demand price of 10 a
/// month on a flat load of 10 000 kWh.
#[test]
fn coincident_peaks_bill_what_reopt_bills() {
    let case = figures("reopt/05_coincident_peak_and_blended.json");
    let inputs = &case["inputs"]["coincident"];
    let in_windows = |windows: &Value, hour: f64| match numbers(windows)[..] {
        [from, to] => (from..=to).contains(&hour),
        ref hours => hours.contains(&hour),
    };
    let prices = numbers(&inputs["charge_per_kw"]);
    let windows = inputs["windows"].as_array().unwrap().iter().zip(prices).enumerate();
    let charges = windows.map(|(i, (window, price))| DemandCharge {
        counted_steps: Some((1..=8760).map(|hour| in_windows(window, f64::from(hour))).collect()),
        term: Some(DemandTerm { term_of_month: vec![0; 12], price_months: 12 }),
        ..DemandCharge::new(format!("coincident {i}"), price, 3600)
    });
    let outcome = year(vec![number(&inputs["load_kw"]); 8760], charges.collect());
    assert_eq!(outcome.money.demand_charge, number(&case["expected_by_reopt"]["coincident_cost"]));
    assert_eq!(outcome.bill.total_of_month(11), outcome.money.demand_charge, "billed once, in the year's last month");

    let blended = &case["inputs"]["blended"];
    let charge = DemandCharge::new("blended", number(&blended["demand_rate"]), 3600);
    let outcome = year(vec![number(&blended["annual_kwh"]) / 8760.0; 8760], vec![charge]);
    assert!((outcome.money.demand_charge - number(&case["check"]["blended_demand_by_hand"])).abs() < 1e-9);
}

/// A folder of the seasonal ratchet with its load, which stands beside one of them only.
fn with_the_load(name: &str) -> PathBuf {
    let cases = data("cases/seasonal-ratchet");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seasonal-ratchet").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let files = std::fs::read_dir(cases.join(name)).unwrap().map(|entry| entry.unwrap().path());
    for file in files.chain([cases.join("own-all-months/load.csv")]) {
        std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn a_seasonal_ratchet_counts_its_months() {
    let right = number(&figures("cases/seasonal-ratchet/expected.json")["on_peak_demand_charge"]);
    for name in ["own-months", "urdb-tou-only"] {
        let loaded = load(with_the_load(name)).unwrap_or_else(|problems| panic!("{problems}"));
        let demand = run(&loaded.scenario, &[Dispatch::Idle], None).unwrap().remove(0).money.demand_charge;
        assert!((demand - right).abs() < 1e-6, "{name}: {demand} is not {right}");
    }
    // With all months counted the summer's peaks are there as well, so the bill is no lower.
    assert!(idle("seasonal-ratchet/own-all-months").money.demand_charge >= right);
    let refused = load(with_the_load("urdb-flat-and-tou")).unwrap_err().to_string();
    assert!(refused.contains("lookbackPercent: stands beside flat and time-of-use demand"), "{refused}");
}

#[test]
fn a_least_charge_is_compared_after_the_export_credit() {
    let outcome = idle("minimum-charge-and-export/scenario");
    let right = figures("cases/minimum-charge-and-export/expected.json");
    for month in &outcome.months {
        let right = number(&right["months"][&month.month]["bill_minimum_after_credit(SAM,REopt)"]);
        assert!((month.bill_total - right).abs() < 1e-9, "{}: {}", month.month, month.bill_total);
    }
    assert!((outcome.money.bill_total - number(&right["bill_total"])).abs() < 1e-9);
}

/// The least charge is in the plan: no rule is cheaper, and the bound lies below them all.
#[test]
fn no_rule_is_cheaper_than_the_plan_under_a_least_charge() {
    let loaded = load(data("cases/minimum-charge-and-export/own-format-with-battery")).unwrap();
    let strategies = [
        Dispatch::Optimal,
        Dispatch::Idle,
        Dispatch::SelfConsumption,
        Dispatch::TimeOfUse,
        Dispatch::PeakShaving { target_kw: None },
    ];
    let outcomes = run(&loaded.scenario, &strategies, None).unwrap();
    let optimal = &outcomes[0].money;
    let bound = outcomes[0].bound.as_ref().unwrap().objective.unwrap();
    println!("bound {bound}, optimal {}", optimal.objective);
    for outcome in &outcomes {
        println!("{} {}", outcome.strategy, outcome.money.objective);
        assert!(optimal.objective <= outcome.money.objective + 1e-9, "{} is cheaper", outcome.strategy);
        assert!(bound <= outcome.money.objective + 1e-9, "{} beats the bound", outcome.strategy);
    }
    assert!(optimal.objective - bound < 0.01 * bound.abs(), "{} is far above {bound}", optimal.objective);
}

/// Eight days over a border of months. As it stands, capacity goes by days and each month's peak is charged whole, with a note
/// that says so; under a rule for demand too, both choices of a two-part tariff bear the same days.
#[test]
fn part_months_are_billed_by_the_rule_that_the_note_names() {
    let days = 3.0 / 31.0 + 5.0 / 31.0;
    let capacity = idle("demand-charge-in-part-months/s_capacity.toml");
    assert!((capacity.money.capacity_charge - 1651.61).abs() < 0.005, "{}", capacity.money.capacity_charge);
    let demand = idle("demand-charge-in-part-months/s_demand.toml");
    assert!((demand.money.demand_charge - 51.2 * 100.0 * 2.0).abs() < 1e-9, "{}", demand.money.demand_charge);
    let note = "the run covers a part of 2024-07 (3 days) and 2024-08 (5 days)";
    let notes = |outcome: &Outcome| outcome.notes.iter().find(|found| found.starts_with(note)).cloned();
    assert!(notes(&capacity).is_some(), "{:?}", capacity.notes);
    assert!(notes(&demand).unwrap().contains("demand charges for whole months"), "{:?}", demand.notes);

    for (rule, share) in [(Proration::Calendar, days), (Proration::Thirtieths, 8.0 / 30.0), (Proration::None, 2.0)] {
        for (choice, expected) in [("capacity", 32.0 * 200.0 * share), ("demand", 51.2 * 100.0 * share)] {
            let path = data("cases").join(format!("demand-charge-in-part-months/s_{choice}.toml"));
            let mut site = load(path).unwrap().scenario;
            Arc::make_mut(&mut site.tariff).proration = rule;
            let money = run(&site, &[Dispatch::Idle], None).unwrap().remove(0).money;
            let found = money.capacity_charge + money.demand_charge;
            assert!((found - expected).abs() < 1e-9, "{} {choice}: {found} is not {expected}", rule.name());
        }
    }
}

/// A load of one minute at 150 kW: the fixed quarter hours part it, the sliding ones do not.
#[test]
fn windows_that_slide_find_the_peak_that_fixed_ones_part() {
    let mut site = Scenario::new("minutes", Calendar::days(60, 2));
    let mut load_kw = vec![0.0; 2880];
    load_kw[1432..1447].fill(150.0); // From eight minutes before midnight to seven after.
    site.loads = vec![Load::new("load", load_kw)];
    let sliding = DemandCharge { slide_s: Some(60), ..DemandCharge::new("sliding", 1.0, 900) };
    let tariff = Tariff { demand: vec![DemandCharge::new("fixed", 1.0, 900), sliding], ..Tariff::flat(0.0, 0.0) };
    site.tariff = Arc::new(tariff);
    let plan = Plan::compile(&site).unwrap();
    let bill = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap()).bill;
    let kw: Vec<f64> =
        bill.lines.iter().filter(|line| line.kind == BillKind::Demand).map(|line| line.quantity).collect();
    assert!((kw[0] - 80.0).abs() < 1e-12 && (kw[1] - 150.0).abs() < 1e-12, "{kw:?}");
}
