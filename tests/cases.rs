//! Promise: each case is right as it was given (tests/data/cases, with their right values): what is called optimal is optimal on
//! sites where it once was not, and files that mean something else than they seem to are read or refused by name.

use microgrid::dispatch::{Dispatch, Schedule, replay};
use microgrid::{Outcome, Plan, Scenario};

fn scenario(case: &str) -> Scenario {
    microgrid::load(format!("{}/tests/data/cases/{case}", env!("CARGO_MANIFEST_DIR"))).unwrap().scenario
}

fn optimal(site: &Scenario) -> Outcome {
    microgrid::run(site, &[Dispatch::Optimal], None).unwrap().remove(0)
}

/// A plan of one battery: time, charge, discharge and curtailment in kW.
fn best_plan(case: &str) -> Schedule {
    let path = format!("{}/tests/data/cases/{case}/best_plan.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let column = |k: usize| -> Vec<f64> {
        text.lines().skip(1).map(|line| line.split(',').nth(k).unwrap().parse().unwrap()).collect()
    };
    let battery = microgrid::dispatch::BatterySchedule { charge_kw: column(1), discharge_kw: column(2) };
    Schedule {
        batteries: vec![battery],
        gensets: Vec::new(),
        stations: Vec::new(),
        swap_stations_kw: Vec::new(),
        curtailed_kw: Some(column(3)),
    }
}

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "found {found}, expected {expected}");
}

/// Sun is spilled so that the battery has room when import pays: the plan asks for both, and recourse undoes neither.
#[test]
fn negative_prices_and_export_cap() {
    let site = scenario("negative-prices-and-export-cap/limit0");
    let expected = -1.680_263_157_894_737_8;
    let replayed = replay(&Plan::compile(&site).unwrap(), &best_plan("negative-prices-and-export-cap/limit0")).unwrap();
    // The plan is written with nine decimals.
    close(replayed.money.objective, expected, 1e-8);
    let outcome = optimal(&site);
    close(outcome.money.objective, expected, 1e-9);
    close(outcome.bound.unwrap().objective.unwrap(), expected, 1e-9);
}

/// A kWh that earns 0.0001 must not set the month's peak.
#[test]
fn negative_price_and_demand_charge() {
    let outcome = optimal(&scenario("negative-price-and-demand-charge"));
    let bound = outcome.bound.as_ref().unwrap().objective.unwrap();
    close(bound, 1125.60, 0.01);
    assert!(outcome.money.objective <= 1125.68, "{} {bound}", outcome.money.objective);
}

/// The physics does not buy back what is missing to the reserve, so neither does the plan.
#[test]
fn reserve_below_start() {
    let case = "reserve-below-start/plain-no-outage-below";
    let site = scenario(case);
    let expected = -1.479_995_789_473_718_8;
    let replayed = replay(&Plan::compile(&site).unwrap(), &best_plan(case)).unwrap();
    close(replayed.money.objective, expected, 1e-7);
    let outcome = optimal(&site);
    close(outcome.money.objective, expected, 1e-9);
    close(outcome.bound.unwrap().objective.unwrap(), expected, 1e-9);
}

/// A battery that may not charge from the grid charges from generation taken: while it charges nothing is imported, paid
/// or not. The value is that of a mixed integer programme (HiGHS, gap 0).
#[test]
fn barred_charge_and_curtailment() {
    let site = scenario("barred-charge-and-curtailment");
    let outcome = optimal(&site);
    let expected = 14.2;
    close(outcome.money.objective, expected, 1e-9);
    close(outcome.bound.unwrap().objective.unwrap(), expected, 1e-9);
    let plan = Plan::compile(&site).unwrap();
    let mut imported_while_charging = 0.0_f64;
    let mut see = |_: usize, step: &microgrid::StepRecord<'_>| {
        if step.batteries[0].charge_kw > 1e-9 {
            imported_while_charging = imported_while_charging.max(step.import_kw);
        }
    };
    let controller = microgrid::dispatch::Controller::built_in(&Dispatch::Optimal, &plan).unwrap();
    let mut block = microgrid::Block::pack([&plan], [controller]);
    block.march(1, &mut see);
    assert!(imported_while_charging < 1e-9, "{imported_while_charging}");
}

/// What a case of files comes to: kWh of load or a bill, or words of its refusal, or of a note.
enum Read {
    LoadKwh(f64),
    Bill(f64),
    Refused(&'static str),
    Noted(&'static str),
}

/// Files of a load with foreign decimals, stamps at the ends of intervals, an odd second, readings of a register; prices
/// below zero without any for export; charges written twice.
#[test]
fn files_are_read_as_they_mean_or_refused_by_name() {
    use Read::{Bill, LoadKwh, Noted, Refused};
    let ends = "write stamps = \"end\"";
    let price = 189.118_879_995_000_1;
    let cases = [
        ("decimal-comma/sep-line", LoadKwh(386.4)),
        ("decimal-comma/trailing-separator", LoadKwh(386.4)),
        ("decimal-comma/semicolon-comma", Refused("write decimal = \",\"")),
        ("decimal-comma/quoted-comma", Refused("write decimal = \",\"")),
        ("decimal-comma/unquoted-comma", Refused("a decimal comma cuts a number in two")),
        ("decimal-comma/semicolon-without-saying", Refused("write separator = \";\"")),
        ("decimal-comma/comment-lines", Refused("skip_lines = 2")),
        ("decimal-comma/last-line-cut", Refused("the file's last line is cut off")),
        ("decimal-comma/thin-space", Refused("thousands what separates groups")),
        ("decimal-comma/thousands-dot", Noted("taken as a decimal point (else thousands = \".\")")),
        ("decimal-comma/unavailable", Refused("no_value = \"unavailable\"")),
        ("decimal-comma/units-row", Refused("a row of units must go from the file")),
        ("meter-readings/scenario", Noted("never falls in 168 values")),
        ("one-stamp-off/scenario", Refused("load.csv:52")),
        ("real-time-price-no-export/scenario", Bill(price)),
        ("real-time-price-no-export/local-stamps", Bill(price)),
        ("real-time-price-no-export/no-rule", Refused("gaps = \"interpolate\" or gaps = \"hold\"")),
        ("stamps-at-the-end/Z", LoadKwh(386.4)),
        ("stamps-at-the-end/end", Refused(ends)),
        ("stamps-at-the-end/end-longer-than-the-run", Refused(ends)),
        ("stamps-at-the-end/end-with-gaps-hold", Refused(ends)),
        ("stamps-at-the-end/end-with-gaps-interpolate", Refused(ends)),
        ("stamps-at-the-end/24h", Refused(ends)),
        ("stamps-at-the-end/he", Refused("stamps = \"end\"")),
        ("stamps-at-the-end/59", Refused("stamps = \"last_second\"")),
        ("stamps-at-the-end/mid", Refused("stamps = \"middle\"")),
        ("stamps-at-the-end/ampm", Refused("%I:%M %p")),
        ("stamps-at-the-end/dmy", Refused("%d.%m.%Y %H:%M")),
        ("stamps-at-the-end/hm0", Refused("whichever the file means")),
        ("stamps-at-the-end/unix", Refused("time_format = \"%s\"")),
        (
            "urdb-two-fixed-charges/variant-fixed-twice",
            Refused("fixedmonthlycharge: stands beside fixedchargefirstmeter"),
        ),
        ("urdb-two-fixed-charges/variant-lookback-frac-range", Refused("lookbackRange: must be whole months")),
    ];
    for (case, right) in cases {
        let loaded = microgrid::load(format!("{}/tests/data/cases/{case}", env!("CARGO_MANIFEST_DIR")));
        let idle = || {
            let loaded = loaded.as_ref().unwrap_or_else(|problems| panic!("{case}: {problems}"));
            microgrid::run(&loaded.scenario, &[Dispatch::Idle], None).unwrap().remove(0)
        };
        match right {
            LoadKwh(kwh) => close(idle().energy.load_kwh, kwh, 1e-9),
            Bill(total) => close(idle().money.bill_total, total, 1e-9),
            Refused(words) => {
                let problems = loaded.err().unwrap_or_else(|| panic!("{case} is read")).to_string();
                assert!(problems.contains(words), "{case}: {problems}");
            }
            Noted(words) => {
                let notes = &loaded.as_ref().unwrap().notes;
                assert!(notes.iter().any(|note| note.contains(words)), "{case}: {notes:?}");
            }
        }
    }
}
