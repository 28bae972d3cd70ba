//! Cars at charging stations as decisions: never above a rule beside any scheduler, never below the bound, and what the plan costs its
//! replay costs.

use crate::random_site::Random;
use microgrid_core::demand::{Bay, ChargingSession, PowerLimit, Scheduling, Servable, Station, Supply};
use microgrid_core::dispatch::{Controller, Dispatch, Schedule, replay};
use microgrid_core::storage::Battery;
use microgrid_core::utility::{DemandCharge, Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use microgrid_optimizer::{Decisions, Relaxation, Settings, bound_with, plan_with};

const DECIDED: Settings = Settings {
    end: microgrid_optimizer::EndRule::Credit,
    decisions: Decisions::StorageAndStations,
    tolerance: 1e-9,
    max_iterations: 200,
};

/// Up to a dozen cars at three bays, two of them behind a limit behind the station's.
fn station(random: &mut Random, run_s: i64, is_linear: bool) -> Station {
    let supply = Supply::Power {
        power_max_kw: random.pick(&[3.7, 11.0]),
        power_min_kw: if is_linear { 0.0 } else { 1.3 },
        efficiency: random.pick(&[0.9, 1.0]),
    };
    let limit = |name: &str, power_max_kw, within| PowerLimit { name: name.into(), power_max_kw, within };
    let bay = |i: u32| Bay { name: format!("bay {i}"), supply, limit: Some(u32::from(i > 0)) };
    let session = |random: &mut Random| {
        let from_s = random.between(-0.1 * run_s as f64, 0.9 * run_s as f64) as i64;
        let until_s = from_s + random.between(600.0, 0.3 * run_s as f64) as i64;
        ChargingSession::new(from_s, until_s, random.between(0.0, 30.0))
    };
    let count = 1 + random.bits() % 12;
    Station {
        bays: (0..3).map(bay).collect(),
        limits: vec![limit("station", 16.0, None), limit("pedestal", 11.0, Some(0))],
        sessions: (0..count).map(|_| session(random)).collect(),
        scheduler: random.pick(&Scheduling::BUILT_IN.each_ref()).clone(),
        undelivered_cost_per_kwh: random.pick(&[0.3, 2.0]),
        ..Station::of_bays(0, supply)
    }
}

/// A site with a load, some sun, one battery and time-of-use prices, some with a demand charge.
fn site(random: &mut Random, is_linear: bool) -> Scenario {
    let (days, step_s) = (2, random.pick(&[900_u32, 3600]));
    let mut site = Scenario::new("site", Calendar::days(step_s, days));
    let steps = site.calendar.steps();
    let load: Vec<f64> = (0..steps).map(|_| random.between(0.0, 12.0)).collect();
    let sun: Vec<f64> = (0..steps).map(|_| random.between(-5.0, 15.0).max(0.0)).collect();
    site.loads.push(microgrid_core::demand::Load::new("load", load));
    site.generation.push(microgrid_core::generation::SeriesPlant::new("sun", sun));
    site.storage.push(Battery::lithium_iron_phosphate(20.0, 6.0));
    let prices: Vec<f64> =
        (0..steps).map(|step| if (step * 3 / steps).is_multiple_of(2) { 0.9 } else { 0.3 }).collect();
    let price = Price::Steps(prices.into());
    let import = vec![PriceComponent { name: "energy".into(), price }];
    let mut tariff = Tariff { import, ..Tariff::flat(0.0, 0.1) };
    if random.one_in(2) {
        tariff.demand = vec![DemandCharge::new("peak", 5.0, step_s)];
    }
    site.tariff = tariff.into();
    site.stations = vec![station(random, i64::from(days) * 86_400, is_linear)];
    site
}

#[test]
fn planned_cars_cost_no_more_than_any_rule_and_no_less_than_the_bound() {
    let (mut gained, mut exact) = (0, 0);
    for seed in 0..60 {
        let random = &mut Random(seed);
        let plan = Plan::compile(&site(random, true)).unwrap();
        let best = plan_with(&plan, &DECIDED).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let certificate = best.certificate();
        let scale = certificate.upper.abs().max(10.0);
        assert!(certificate.lower <= certificate.upper + 1e-9 * scale, "seed {seed}: {certificate:?}");
        let mut cheapest = f64::INFINITY;
        for dispatch in [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse] {
            let cost = simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap()).money.objective;
            assert!(
                certificate.lower <= cost + 1e-9 * scale,
                "seed {seed}: {} {cost} {certificate:?}",
                dispatch.name()
            );
            cheapest = cheapest.min(cost);
        }
        assert!(certificate.upper <= cheapest + 1e-5 * scale, "seed {seed}: {cheapest} {certificate:?}");
        gained += usize::from(certificate.upper < cheapest - 1e-2 * scale);
        exact += usize::from(certificate.gap < 1e-5 * scale);
        let (run, schedule) = Schedule::record(&plan, best.controller());
        let replayed = replay(&plan, &schedule).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!((run.money.objective - certificate.upper).abs() < 1e-9 * scale);
        assert!((replayed.money.objective - certificate.upper).abs() < 1e-9 * scale, "seed {seed}");
        // The same cars at the same powers, the plan written into the site.
        let followed = plan.with_use_plans(best.station_schedules(), &[]).unwrap();
        let of_site = simulate(&followed, Controller::built_in(&Dispatch::Idle, &followed).unwrap());
        let delivered = |outcome: &microgrid_core::Outcome| outcome.devices[0].get("delivered_kwh").unwrap();
        assert!((delivered(&of_site) - delivered(&run)).abs() < 1e-6, "seed {seed}");
    }
    assert!(gained > 30 && exact > 50, "{gained} {exact}");
}

/// A least power is left out of the programme: the bound holds, by name, and cars catch up.
#[test]
fn least_powers_relax_the_bound_by_name() {
    for seed in 0..20 {
        let random = &mut Random(seed);
        let plan = Plan::compile(&site(random, false)).unwrap();
        let best = plan_with(&plan, &DECIDED).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let certificate = best.certificate();
        assert!(certificate.lower <= certificate.upper + 1e-9 * certificate.upper.abs().max(10.0), "seed {seed}");
        let relaxations = &certificate.checked.bound.relaxations;
        let any = plan.scenario().stations[0].managed(&plan).stays.iter().any(|stay| !stay.is_linear);
        assert_eq!(relaxations.contains(&Relaxation::ChargingPower), any, "seed {seed}");
        assert!(best.outcome().status.is_completed());
    }
}

/// 400 cars a day for a week make more columns than are drawn one by one: together they are bounded a little lower, and shared
/// out at a cost a little above.
#[test]
fn very_many_cars_are_drawn_together_and_shared_out() {
    let mut site = Scenario::new("lot", Calendar::days(900, 7));
    let steps = site.calendar.steps();
    let random = &mut Random(7);
    let session = |random: &mut Random, i: u32| {
        let from_s = i64::from(i % 7) * 86_400 + (3600.0 * random.between(6.0, 12.0)) as i64;
        ChargingSession::new(from_s, from_s + (3600.0 * random.between(2.0, 9.0)) as i64, random.between(2.0, 20.0))
    };
    let supply = Supply::Power { power_max_kw: 6.6, power_min_kw: 0.0, efficiency: 1.0 };
    let mut station = Station { undelivered_cost_per_kwh: 3.0, ..Station::of_bays(400, supply) };
    station.limits = vec![PowerLimit { name: "station".into(), power_max_kw: 900.0, within: None }];
    station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    station.sessions = (0..2800).map(|i| session(random, i)).collect();
    site.stations = vec![station];
    site.loads.push(microgrid_core::demand::Load::new(
        "load",
        (0..steps).map(|step| f64::from((step % 96 / 4) as u8) * 30.0).collect::<Vec<_>>(),
    ));
    site.storage.push(Battery::lithium_iron_phosphate(300.0, 150.0));
    let prices: Vec<f64> = (0..steps).map(|step| if step % 96 < 48 { 0.4 } else { 0.9 }).collect();
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    let demand = vec![DemandCharge::new("peak", 20.0, 900)];
    site.tariff = Tariff { import, demand, ..Tariff::default() }.into();
    let plan = Plan::compile(&site).unwrap();
    let loose = Settings { tolerance: 1e-7, ..DECIDED };
    let best = plan_with(&plan, &loose).unwrap();
    let certificate = best.certificate();
    assert!(certificate.checked.bound.relaxations.contains(&Relaxation::SessionsTogether));
    assert!(certificate.gap >= 0.0 && certificate.gap < 1.5e-2 * certificate.upper, "{certificate:?}");
    let station = &best.outcome().devices[0];
    assert!(station.get("feasible_delivered_percent").unwrap() > 99.9, "{station:?}");
    assert!(station.get("peak_kw").unwrap() <= 900.0 + 1e-9);
    let uncontrolled = simulate(&plan, Controller::built_in(&Dispatch::TimeOfUse, &plan).unwrap()).money.objective;
    assert!(certificate.upper < 0.97 * uncontrolled, "{uncontrolled} {certificate:?}");
    assert_eq!(bound_with(&plan, &loose).objective, certificate.lower);
}

/// The verdict's missing energy is what the programme leaves undelivered where that is dearer than all else.
#[test]
fn the_verdict_agrees_with_the_programme() {
    let (mut possible, mut impossible) = (0, 0);
    for seed in 100..160 {
        let random = &mut Random(seed);
        let mut site = site(random, true);
        site.tariff = Tariff::flat(0.4, 0.0).into();
        site.stations[0].undelivered_cost_per_kwh = 100.0;
        let small = Supply::Power { power_max_kw: 3.7, power_min_kw: 0.0, efficiency: 0.9 };
        site.stations[0].bays.iter_mut().for_each(|bay| bay.supply = small);
        site.stations[0].limits[0].power_max_kw = random.pick(&[4.0, 7.0, 30.0]);
        site.stations[0].limits[1].power_max_kw = random.pick(&[3.7, 30.0]);
        let plan = Plan::compile(&site).unwrap();
        let station = &plan.scenario().stations[0];
        let verdict = station.verdict(&plan);
        let best = plan_with(&plan, &DECIDED).unwrap();
        let of = |name: &str| best.outcome().devices[0].get(name).unwrap();
        let Supply::Power { efficiency, .. } = station.bays[0].supply else { unreachable!("made so") };
        let missing_kwh = (of("undelivered_kwh") - of("impossible_kwh")) / efficiency;
        assert!((missing_kwh - verdict.missing_kwh).abs() < 1e-4, "seed {seed}: {missing_kwh} {verdict:?}");
        let shared: f64 = verdict.short.iter().map(|short| short.missing_kwh).sum();
        assert!((shared - verdict.missing_kwh).abs() < 1e-6, "seed {seed}: {verdict:?}");
        match verdict.answer {
            Servable::Possible => possible += 1,
            Servable::Impossible => {
                impossible += 1;
                assert!(!verdict.blamed.is_empty(), "seed {seed}: {verdict:?}");
                // With the blamed limits wide open less is missing.
                let mut wider = site.clone();
                for blamed in &verdict.blamed {
                    wider.stations[0].limits[blamed.limit as usize].power_max_kw = 1e3;
                }
                let wider = Plan::compile(&wider).unwrap();
                let after = wider.scenario().stations[0].verdict(&wider).missing_kwh;
                assert!(after < verdict.missing_kwh - 1e-6, "seed {seed}: {after} {verdict:?}");
            }
            Servable::Undecided => panic!("all is linear"),
        }
    }
    assert!(possible > 10 && impossible > 5, "{possible} {impossible}");
}
