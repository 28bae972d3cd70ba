//! Sites of several batteries with anything in them: the bound is below every run, and the plan near the bound.

use crate::random_site::Random;
use microgrid_core::dispatch::{Controller, Dispatch, Request, Site};
use microgrid_core::storage::Battery;
use microgrid_core::{Plan, Scenario, simulate};
use microgrid_optimizer::{Relaxation, Settings, bound, plan, plan_with};
use std::collections::BTreeMap;

/// Asks at random, now for nothing, now for everything, now for what the site lacks.
fn wild(seed: u64) -> Controller {
    let mut random = Random(seed);
    let ask = move |site: &Site, ask: &mut Request| {
        for (i, battery) in site.batteries().iter().enumerate() {
            match random.bits() % 5 {
                0 => ask.battery(i).charge(1e3),
                1 => ask.battery(i).discharge(1e3),
                2 => ask.battery(i).power(site.deficit_kw()),
                3 => ask.battery(i).charge(random.unit() * battery.charge_limit_kw()),
                _ => {}
            }
        }
        for (i, genset) in site.gensets().iter().enumerate() {
            if !random.one_in(3) {
                ask.genset(i).run(random.unit() * genset.rating_kw());
            }
        }
    };
    Controller::own("wild", "none", Box::new(ask))
}

#[test]
fn no_run_costs_less_than_the_bound() {
    let (mut gaps, mut met): (BTreeMap<&str, usize>, usize) = (BTreeMap::new(), 0);
    for seed in 0..400 {
        let site = Plan::compile(&crate::random_site::any(seed)).unwrap();
        let best = plan(&site).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let certificate = best.certificate();
        let turnover = |objective: f64| 1e-10 * objective.abs().max(100.0);
        let below = |name: &str, objective: f64| {
            let lower = certificate.lower;
            assert!(lower <= objective + turnover(objective), "seed {seed}: bound {lower} above {name} {objective}");
        };
        below("the plan", certificate.upper);
        for dispatch in Dispatch::every_for(site.scenario()).filter(|dispatch| dispatch.fits(&site).is_ok()) {
            let run = simulate(&site, Controller::built_in(&dispatch, &site).unwrap());
            below(dispatch.name(), run.money.objective);
        }
        for k in 0..6 {
            below("wild", simulate(&site, wild(seed * 100 + k)).money.objective);
        }
        let relaxations = &certificate.checked.bound.relaxations;
        relaxations.iter().for_each(|relaxation| *gaps.entry(relaxation.name()).or_default() += 1);
        if relaxations.is_empty() {
            met += 1;
            assert!(certificate.gap <= 1e-6 * certificate.upper.abs().max(100.0), "seed {seed}: {certificate:?}");
        }
    }
    println!("{met} met; {gaps:?}");
    assert!(met >= 40 && gaps.len() == 12, "every relaxation is met with: {met} {gaps:?}");
    assert!(gaps.values().all(|count| *count >= 5), "{gaps:?}");
}

#[test]
fn two_halves_of_a_battery_are_worth_the_whole() {
    for seed in 0..60 {
        let mut site = crate::random_site::convex(seed);
        site.outages.clear();
        (site.storage[0].charge_from_grid, site.storage[0].export_to_grid) = (true, true);
        let whole = bound(&Plan::compile(&site).unwrap());
        let part = |share: f64| Battery {
            capacity_kwh: share * site.storage[0].capacity_kwh,
            charge_max_kw: share * site.storage[0].charge_max_kw,
            discharge_max_kw: share * site.storage[0].discharge_max_kw,
            ..site.storage[0].clone()
        };
        let parts = Scenario { storage: vec![part(0.3), part(0.6), part(0.1)], ..site.clone() };
        let parts = bound(&Plan::compile(&parts).unwrap());
        let scale = whole.objective.abs().max(1.0);
        assert!((whole.objective - parts.objective).abs() < 1e-7 * scale, "seed {seed}: {whole:?} {parts:?}");
    }
}

#[test]
fn a_store_of_no_size_changes_nothing() {
    for seed in 0..20 {
        let site = crate::random_site::convex(seed);
        let mut with = site.clone();
        with.storage.push(Battery { capacity_kwh: 0.0, ..Battery::lithium_iron_phosphate(1.0, 9.0) });
        let bound_of = |site: &Scenario| plan(&Plan::compile(site).unwrap()).unwrap().certificate().clone();
        let (without, with) = (bound_of(&site), bound_of(&with));
        assert!((without.lower - with.lower).abs() < 1e-7 * without.lower.abs().max(1.0), "seed {seed}");
    }
}

#[test]
fn what_is_not_solved_gives_no_plan_and_still_a_bound() {
    for seed in 0..40 {
        let site = Plan::compile(&crate::random_site::any(seed)).unwrap();
        let good = bound(&site);
        for max_iterations in [1, 3, 6] {
            let settings = Settings { max_iterations, ..Settings::default() };
            let stopped = plan_with(&site, &settings);
            let poor = microgrid_optimizer::bound_with(&site, &settings);
            assert_eq!(stopped.is_err(), !poor.status.is_solved(), "seed {seed}");
            assert!(poor.objective <= good.objective + 1e-6 * good.objective.abs().max(1.0), "seed {seed}");
        }
    }
}

#[test]
fn an_end_that_cannot_be_reached_gives_no_plan() {
    let mut site = crate::random_site::convex(1);
    site.outages.clear();
    site.outages.push(0..site.calendar.steps() as u32);
    site.storage[0] =
        Battery { self_discharge_per_h: 0.1, initial_soc: 1.0, ..Battery::lithium_iron_phosphate(10.0, 5.0) };
    let site = Plan::compile(&site).unwrap();
    let settings = Settings { end: microgrid_optimizer::EndRule::NotBelowStart, ..Settings::default() };
    let refused = plan_with(&site, &settings).unwrap_err();
    assert_eq!(refused.status, microgrid_optimizer::SolveStatus::Infeasible, "{refused}");
    assert!(refused.to_string().contains("infeasible"));
    assert!(plan(&site).unwrap().certificate().checked.bound.relaxations.len() < 10);
    assert_eq!(Relaxation::SlopedReserve.to_string(), "sloped_reserve");
}

/// An island that a genset carries alone: fuel at its load, no-load fuel and its one start are all in the bound.
#[test]
fn a_genset_at_its_rating_costs_what_the_bound_says() {
    use microgrid_core::demand::Load;
    use microgrid_core::generation::Genset;
    let mut site = Scenario::new("island", microgrid_core::Calendar::days(3600, 2));
    site.loads = vec![Load::new("load", 40.0)];
    site.outages.push(0..48);
    site.gensets = vec![Genset { start_cost: 25.0, ..Genset::diesel(40.0, 1.1) }];
    let site = Plan::compile(&site).unwrap();
    let cost = simulate(&site, Controller::built_in(&Dispatch::Idle, &site).unwrap()).money.objective;
    let expected = 48.0 * (0.033 * 40.0 + 0.273 * 40.0) * 1.1 + 25.0;
    assert!((cost - expected).abs() < 1e-9 * expected, "{cost} {expected}");
    let best = plan(&site).unwrap();
    assert!((best.certificate().lower - expected).abs() < 1e-7 * expected, "{:?}", best.certificate());
    assert!((best.certificate().upper - expected).abs() < 1e-7 * expected, "{:?}", best.certificate());
    assert!(best.certificate().checked.bound.relaxations.contains(&Relaxation::GensetEnvelope));
}
