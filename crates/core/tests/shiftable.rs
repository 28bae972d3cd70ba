//! Promise: a shiftable load runs within its windows and within what it was given, a course that began is never moved, what it
//! does not get is told, off peak it costs the least that there is, and no lane, snapshot or asking changes its books.
//!
//! Sites are drawn by number, so that each failure has a name: `site(seed)`.

use std::collections::BTreeMap;

use microgrid_core::demand::{Load, PlacingRule, Shiftable, ShiftableForm, StepWindow};
use microgrid_core::dispatch::{Bound, Controller, Dispatch, OptimalPlan, Request, Site};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::{Block, DeviceTotals, Outcome, StepRecord};
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use proptest::prelude::*;

use crate::support::Numbers;

const STEPS: usize = 96;

/// Windows of 6 to 20 steps, apart by up to 5.
fn windows(numbers: &mut Numbers) -> Vec<StepWindow> {
    let mut windows = Vec::new();
    let mut first = numbers.below(5);
    loop {
        let end = first + 6 + numbers.below(15);
        if end > STEPS {
            return windows;
        }
        windows.push(StepWindow { first: first as u32, end: end as u32 });
        first = end + numbers.below(6);
    }
}

fn load(numbers: &mut Numbers) -> Shiftable {
    let windows = windows(numbers);
    let form = match numbers.below(4) {
        0 => {
            Shiftable::cycle(windows, (0..1 + numbers.below(5)).map(|_| numbers.between(0.5, 4.0)).collect::<Vec<_>>())
                .form
        }
        1 => {
            let power_kw = vec![numbers.between(0.5, 4.0); 1 + numbers.below(5)];
            let least_on_steps = 1 + numbers.below(power_kw.len()) as u32;
            let least_off_steps = 1 + numbers.below(3) as u32;
            ShiftableForm::Cycle { windows: windows.into(), power_kw, least_on_steps, least_off_steps }
        }
        2 => {
            // Six steps of half an hour are three hours.
            let power_max_kw = numbers.between(2.0, 6.0);
            Shiftable::energy(windows, numbers.between(0.0, 3.0) * power_max_kw, power_max_kw).form
        }
        _ => ShiftableForm::Curtailable {
            power_kw: (0..STEPS).map(|_| numbers.between(0.0, 5.0)).collect::<Vec<_>>().into(),
            curtail_percent: numbers.between(0.0, 100.0),
            rebound_percent: numbers.between(0.0, 150.0),
            rebound_steps: 1 + numbers.below(6) as u32,
            curtailed_cost_per_kwh: 0.1,
        },
    };
    Shiftable {
        placing: PlacingRule::ALL[numbers.below(3)],
        flexible: numbers.share() < 0.7,
        unserved_cost_per_kwh: 2.0,
        ..Shiftable::of(form)
    }
}

fn priced(site: &mut Scenario, price: Vec<f64>) {
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(price.into()) }];
    site.tariff = Tariff { import, ..Tariff::default() }.into();
}

/// Two days of half hours with sun, a tight tie and sometimes an outage.
fn site(seed: u64) -> Scenario {
    let numbers = &mut Numbers(seed);
    let mut site = Scenario::new("site", Calendar::days(1800, 2));
    site.shiftables = (0..1 + numbers.below(3)).map(|_| load(numbers)).collect();
    site.loads = vec![Load::new("load", (0..STEPS).map(|_| numbers.between(0.0, 4.0)).collect::<Vec<_>>())];
    site.generation = vec![SeriesPlant::new("roof", (0..STEPS).map(|_| numbers.between(0.0, 6.0)).collect::<Vec<_>>())];
    priced(&mut site, (0..STEPS).map(|_| numbers.between(0.1, 1.0)).collect());
    if numbers.share() < 0.5 {
        site.connection.import_limit_kw = numbers.between(2.0, 9.0).into();
    }
    if numbers.share() < 0.5 {
        site.connection.export_limit_kw = numbers.between(0.0, 3.0).into();
    }
    if numbers.share() < 0.3 {
        let first = 10 + numbers.below(50) as u32;
        site.outages.push(first..first + 8);
    }
    site
}

fn built_in(plan: &Plan) -> Controller {
    Controller::built_in(&Dispatch::SelfConsumption, plan).unwrap()
}

/// Asks each use at random, sometimes for too much.
fn whim(seed: u64) -> Controller {
    let own = move |site: &Site, ask: &mut Request| {
        let numbers = &mut Numbers(seed ^ u64::from(site.step()).wrapping_mul(0x9e37_79b9));
        for i in 0..site.flexible_uses().len() {
            if numbers.share() < 0.6 {
                ask.flexible_use(i).draw(numbers.between(0.0, 5.0));
            }
        }
    };
    Controller::own("whim", "none", Box::new(own))
}

fn of(totals: &DeviceTotals, name: &str) -> f64 {
    totals.get(name).unwrap()
}

/// The power of each load in each step, and the outcome.
fn traced(plan: &Plan, controller: Controller) -> (Outcome, Vec<Vec<f64>>) {
    let mut power = vec![Vec::new(); plan.scenario().shiftables.len()];
    let mut block = Block::pack([plan], [controller]);
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| {
        power.iter_mut().enumerate().for_each(|(i, power)| power.push(step.devices[2 * i]));
    });
    (block.outcome(0), power)
}

/// What a trace must be, whoever asked: looked at from outside, by another way than the model's.
fn assert_lawful(
    load: &Shiftable,
    totals: &DeviceTotals,
    power: &[f64],
    may_be_short: bool,
) -> Result<(), TestCaseError> {
    let h = 0.5;
    let electricity: f64 = power.iter().sum::<f64>() * h;
    prop_assert!((electricity - of(totals, "electricity_kwh")).abs() < 1e-9);
    prop_assert!(of(totals, "residual_kwh") < 1e-9, "{totals:?}");
    let short = of(totals, "unserved_kwh");
    prop_assert!(short >= 0.0 && (may_be_short || short < 1e-9), "{totals:?}");
    let windows: &[StepWindow] = match &load.form {
        ShiftableForm::Cycle { windows, .. } | ShiftableForm::Energy { windows, .. } => windows,
        ShiftableForm::Curtailable { .. } => &[],
    };
    let within =
        |step: &usize| windows.iter().any(|window| (window.first as usize..window.end as usize).contains(step));
    let job_kwh = match &load.form {
        ShiftableForm::Cycle { power_kw, .. } => power_kw.iter().sum::<f64>() * h,
        ShiftableForm::Energy { energy_kwh, .. } => *energy_kwh,
        ShiftableForm::Curtailable { power_kw, rebound_percent, .. } => {
            let wanted: f64 = (0..STEPS).map(|step| power_kw.at(step)).sum::<f64>() * h;
            prop_assert!((of(totals, "wanted_kwh") - wanted).abs() < 1e-9);
            let back = of(totals, "rebound_kwh") + of(totals, "rebound_after_end_kwh");
            prop_assert!((back - rebound_percent / 100.0 * of(totals, "curtailed_kwh")).abs() < 1e-9, "{totals:?}");
            return Ok(());
        }
    };
    prop_assert!((0..STEPS).filter(|step| !within(step)).all(|step| power[step] == 0.0));
    prop_assert!((of(totals, "wanted_kwh") - job_kwh * windows.len() as f64).abs() < 1e-9);
    prop_assert_eq!(of(totals, "jobs"), windows.len() as f64);
    if let (ShiftableForm::Cycle { power_kw, least_on_steps, least_off_steps, .. }, false) = (&load.form, may_be_short)
    {
        for window in windows {
            let steps: Vec<usize> =
                (window.first as usize..window.end as usize).filter(|step| power[*step] > 0.0).collect();
            prop_assert_eq!(steps.iter().map(|step| power[*step]).collect::<Vec<_>>(), power_kw.clone());
            let mut block = 1;
            for pair in steps.windows(2) {
                if pair[1] == pair[0] + 1 {
                    block += 1;
                } else {
                    prop_assert!(
                        block >= *least_on_steps && pair[1] - pair[0] > *least_off_steps as usize,
                        "{steps:?}"
                    );
                    block = 1;
                }
            }
            prop_assert!(block >= *least_on_steps, "{steps:?}");
        }
    }
    Ok(())
}

/// Mutations it catches: a course that is moved or broken off, a pause that is too short, energy outside its window, what is lost
/// and not told.
#[test]
fn every_load_keeps_to_its_windows_and_its_books() {
    let met = std::cell::RefCell::new(BTreeMap::<&str, u32>::new());
    let count = |name, is_met: bool| *met.borrow_mut().entry(name).or_default() += u32::from(is_met);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(300));
    let property = |(seed, asks): (u64, bool)| {
        let site = site(seed);
        let plan = Plan::compile(&site).unwrap_or_else(|problems| panic!("{problems}"));
        let (outcome, power) = traced(&plan, if asks { whim(seed) } else { built_in(&plan) });
        let is_limited = !site.outages.is_empty() || plan.import_limit_kw(0).is_finite();
        for ((load, totals), power) in site.shiftables.iter().zip(&outcome.devices).zip(&power) {
            assert_lawful(load, totals, power, is_limited)?;
            count("cycles", matches!(load.form, ShiftableForm::Cycle { .. }));
            count(
                "pauses",
                matches!(&load.form, ShiftableForm::Cycle { power_kw, least_on_steps, .. } if (*least_on_steps as usize) < power_kw.len()),
            );
            count("energy", matches!(load.form, ShiftableForm::Energy { .. }));
            count("rebound", of(totals, "rebound_kwh") > 0.0);
            count("short", of(totals, "jobs_short") > 0.0);
            count("served", of(totals, "jobs") > 0.0 && of(totals, "jobs_short") == 0.0);
            count("waited", of(totals, "mean_wait_h") > 0.0);
        }
        prop_assert!(outcome.energy.residual_kwh < 1e-9);
        let used: f64 = outcome.devices.iter().map(DeviceTotals::use_kwh).sum();
        prop_assert!((used - outcome.energy.device_use_kwh).abs() < 1e-9);
        let cost: f64 = outcome.devices.iter().map(|totals| of(totals, "inconvenience_cost")).sum();
        prop_assert!((cost - outcome.money.device_cost).abs() < 1e-9);
        Ok(())
    };
    runner.run(&(any::<u64>(), any::<bool>()), property).unwrap();
    let met = met.into_inner();
    assert!(met.len() == 7 && met.values().all(|times| *times >= 10), "{met:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A run that goes on from a snapshot, or beside another lane, has the same bits.
    #[test]
    fn snapshots_and_lanes_change_no_bit(seed in any::<u64>()) {
        let site = site(seed);
        let plan = Plan::compile(&site).unwrap();
        let whole = simulate(&plan, whim(seed));
        let mut first = Block::pack([&plan], [whim(seed)]);
        first.march(1, &mut ());
        let mut rest = Block::pack([&plan], [whim(seed)]);
        rest.resume([&first.snapshot(0)]).unwrap();
        rest.march(1, &mut ());
        prop_assert_eq!(&rest.outcome(0).devices, &whole.devices);
        let mut other = site.clone();
        other.loads[0].scale = 0.5;
        other.shiftables.iter_mut().for_each(|load| load.placing = PlacingRule::Asap);
        let other = Plan::compile(&other).unwrap();
        let mut both = Block::pack([&other, &plan], [whim(seed ^ 1), whim(seed)]);
        both.march(2, &mut ());
        prop_assert_eq!(&both.outcome(1).devices, &whole.devices);
        prop_assert_eq!(both.outcome(1).money, whole.money);
    }

    /// Off peak without a limit no other rule and no asking pays less for the same energy.
    #[test]
    fn off_peak_pays_least(seed in any::<u64>()) {
        let mut site = site(seed);
        site.outages.clear();
        site.generation.clear();
        site.connection = microgrid_core::distribution::Connection::default();
        site.shiftables.retain(|load| !matches!(load.form, ShiftableForm::Curtailable { .. }));
        let bill = |rule: PlacingRule, asks: bool| {
            let mut site = site.clone();
            site.shiftables.iter_mut().for_each(|load| load.placing = rule);
            let plan = Plan::compile(&site).unwrap();
            simulate(&plan, if asks { whim(seed) } else { built_in(&plan) }).money.bill_total
        };
        let least = bill(PlacingRule::OffPeak, false);
        for (rule, asks) in [(PlacingRule::Asap, false), (PlacingRule::Surplus, false), (PlacingRule::Asap, true)] {
            prop_assert!(least <= bill(rule, asks) + 1e-9, "{rule:?}");
        }
    }

    /// No run costs less than the bound, which says that it leaves flexible uses out.
    #[test]
    fn no_run_is_below_the_bound(seed in any::<u64>()) {
        let plan = Plan::compile(&site(seed)).unwrap();
        let optimal = std::sync::Arc::new(OptimalPlan::solve(&plan).unwrap());
        let bound = Bound::with(&plan, Ok(&optimal));
        let lower = bound.objective.unwrap();
        // Where a run reaches it there is nothing to say.
        let says_so = bound.reasons.iter().any(|reason| reason.contains("flexible uses"));
        let reached = bound.optimal_objective.is_some_and(|best| best - lower < 1e-9 * (1.0 + lower.abs()));
        prop_assert!(says_so || reached, "{bound:?}");
        for controller in [built_in(&plan), whim(seed), Controller::optimal(&optimal)] {
            let objective = simulate(&plan, controller).money.objective;
            prop_assert!(objective >= lower - 1e-9 * (1.0 + lower.abs()), "{objective} {lower}");
        }
    }
}

/// One machine of two hours, by hand: each rule puts it where it says.
#[test]
fn each_rule_begins_when_it_says() {
    let mut site = Scenario::new("house", Calendar::days(3600, 1));
    site.shiftables = vec![Shiftable::cycle([StepWindow { first: 7, end: 20 }], [2.0, 0.5])];
    priced(&mut site, (0..24).map(|hour| if hour == 15 { 0.1 } else { 0.5 + 0.01 * f64::from(hour) }).collect());
    site.generation = vec![SeriesPlant::new(
        "roof",
        (0..24).map(|hour| if hour == 11 || hour == 12 { 1.4 } else { 0.2 }).collect::<Vec<_>>(),
    )];
    let begins = |site: &Scenario, rule: PlacingRule| {
        let mut site = site.clone();
        site.shiftables[0].placing = rule;
        let (outcome, power) = traced(
            &Plan::compile(&site).unwrap(),
            Controller::built_in(&Dispatch::Idle, &Plan::compile(&site).unwrap()).unwrap(),
        );
        assert!(
            (of(&outcome.devices[0], "mean_wait_h") - (power[0].iter().position(|kw| *kw > 0.0).unwrap() as f64 - 7.0))
                .abs()
                < 1e-12
        );
        power[0].iter().position(|kw| *kw > 0.0).unwrap()
    };
    // Off peak its 2 kW fall on the cheap hour; on the sun it begins when its mean of 1.25 kW is there.
    assert_eq!(PlacingRule::ALL.map(|rule| begins(&site, rule)), [7, 15, 11]);
    // Without sun it begins as late as it can.
    site.generation.clear();
    assert_eq!(begins(&site, PlacingRule::Surplus), 18);
}

/// Asked once, a machine runs its course whatever is asked then, and where the tie is tight it waits before it began, not after.
#[test]
fn a_course_that_began_is_never_moved() {
    let mut site = Scenario::new("house", Calendar::days(3600, 1));
    site.shiftables = vec![Shiftable::cycle([StepWindow { first: 2, end: 22 }], [1.0, 2.0, 3.0])];
    site.tariff = Tariff::flat(0.5, 0.0).into();
    let plan = Plan::compile(&site).unwrap();
    let ask = |site: &Site, ask: &mut Request| ask.flexible_use(0).draw(if site.step() == 5 { 1.0 } else { 0.0 });
    let (_, power) = traced(&plan, Controller::own("once", "none", Box::new(ask)));
    assert_eq!(power[0][5..8], [1.0, 2.0, 3.0]);
    assert_eq!(power[0].iter().sum::<f64>(), 6.0);
    // A load of 3 kW in hours 2 to 5 leaves nothing at a tie of 3 kW; in hour 8 it comes back, and the course is cut, not moved.
    site.loads = vec![Load::new(
        "oven",
        (0..24).map(|hour| if (2..6).contains(&hour) || hour == 8 { 3.0 } else { 0.0 }).collect::<Vec<_>>(),
    )];
    site.connection.import_limit_kw = 3.0.into();
    let plan = Plan::compile(&site).unwrap();
    let (outcome, power) = traced(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap());
    assert_eq!(power[0][..10], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0]);
    assert_eq!(outcome.energy.unserved_kwh, 0.0);
    let names = ["wanted_kwh", "electricity_kwh", "unserved_kwh", "jobs", "jobs_short"];
    assert_eq!(names.map(|name| of(&outcome.devices[0], name)), [6.0, 3.0, 3.0, 1.0, 1.0]);
}

/// A chiller that leaves 2 kW for an hour takes it back in the two that follow.
#[test]
fn what_is_left_comes_back() {
    let mut site = Scenario::new("hall", Calendar::days(3600, 1));
    site.shiftables = vec![Shiftable { placing: PlacingRule::OffPeak, ..Shiftable::curtailable(4.0, 50.0, 2) }];
    priced(&mut site, (0..24).map(|hour| if hour == 12 || hour == 23 { 1.0 } else { 0.2 }).collect());
    let (outcome, power) = traced(
        &Plan::compile(&site).unwrap(),
        Controller::built_in(&Dispatch::Idle, &Plan::compile(&site).unwrap()).unwrap(),
    );
    assert_eq!(power[0][11..16], [4.0, 2.0, 5.0, 5.0, 4.0]);
    let names = ["curtailed_kwh", "rebound_kwh", "rebound_after_end_kwh", "unserved_kwh"];
    assert_eq!(names.map(|name| of(&outcome.devices[0], name)), [4.0, 2.0, 2.0, 0.0]);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let window = |first, end| StepWindow { first, end };
    let mut site = Scenario::new("house", Calendar::days(3600, 1));
    let of_form = |form: ShiftableForm| Shiftable { unserved_cost_per_kwh: -1.0, ..Shiftable::of(form) };
    site.shiftables = vec![
        of_form(ShiftableForm::Cycle {
            windows: [window(0, 2)].into(),
            power_kw: vec![1.0, 0.0, 2.0],
            least_on_steps: 4,
            least_off_steps: 0,
        }),
        Shiftable::energy([window(3, 5)], 9.0, 4.0),
        Shiftable::energy([window(3, 8), window(7, 30)], 1.0, f64::NAN),
        Shiftable::curtailable(-1.0, 101.0, 0),
    ];
    let problems = Plan::compile(&site).unwrap_err();
    let fields: Vec<&str> =
        problems.iter().map(|problem| problem.field.strip_prefix("demand.shiftable").unwrap()).collect();
    let expected = [
        "[0].unserved_cost_per_kwh",
        "[0].power_kw",
        "[0].least_on_steps",
        "[0].least_off_steps",
        "[0].windows[0]",
        "[1].windows[0]",
        "[2].power_max_kw",
        "[2].windows[1]",
        "[3].curtail_percent",
        "[3].rebound_steps",
        "[3].power_kw",
    ];
    assert_eq!(fields, expected);
    let shorter = problems.iter().find(|problem| problem.field == "demand.shiftable[1].windows[0]").unwrap();
    assert_eq!(shorter.message, "is shorter than its job of 3 steps");
}

/// A plan's fingerprint knows every field.
#[test]
fn fingerprints_know_every_field() {
    let base = |form: ShiftableForm| {
        let mut site = Scenario::new("house", Calendar::days(3600, 1));
        site.shiftables = vec![Shiftable::of(form)];
        site
    };
    let (a, b) = (StepWindow { first: 1, end: 9 }, StepWindow { first: 2, end: 9 });
    let cycle = |window, kw, on, off| ShiftableForm::Cycle {
        windows: [window].into(),
        power_kw: vec![kw; 3],
        least_on_steps: on,
        least_off_steps: off,
    };
    let energy =
        |window, kwh, kw| ShiftableForm::Energy { windows: [window].into(), energy_kwh: kwh, power_max_kw: kw };
    let curtailable = |kw: f64, numbers: [f64; 3], steps| ShiftableForm::Curtailable {
        power_kw: kw.into(),
        curtail_percent: numbers[0],
        rebound_percent: numbers[1],
        rebound_steps: steps,
        curtailed_cost_per_kwh: numbers[2],
    };
    let forms = [
        cycle(a, 1.0, 3, 1),
        cycle(b, 1.0, 3, 1),
        cycle(a, 2.0, 3, 1),
        cycle(a, 1.0, 2, 1),
        cycle(a, 1.0, 3, 2),
        energy(a, 1.0, 1.0),
        energy(b, 1.0, 1.0),
        energy(a, 2.0, 1.0),
        energy(a, 1.0, 2.0),
        curtailable(1.0, [1.0, 1.0, 1.0], 1),
        curtailable(2.0, [1.0, 1.0, 1.0], 1),
        curtailable(1.0, [2.0, 1.0, 1.0], 1),
        curtailable(1.0, [1.0, 2.0, 1.0], 1),
        curtailable(1.0, [1.0, 1.0, 2.0], 1),
        curtailable(1.0, [1.0, 1.0, 1.0], 2),
    ];
    let mut sites: Vec<Scenario> = forms.into_iter().map(base).collect();
    let spoils: [fn(&mut Shiftable); 3] = [
        |load| load.placing = PlacingRule::OffPeak,
        |load| load.flexible = false,
        |load| load.unserved_cost_per_kwh = 1.0,
    ];
    for spoil in spoils {
        let mut site = sites[0].clone();
        spoil(&mut site.shiftables[0]);
        sites.push(site);
    }
    let mut prints: Vec<u64> = sites.iter().map(|site| Plan::compile(site).unwrap().fingerprint()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), sites.len());
}
