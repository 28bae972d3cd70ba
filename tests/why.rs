//! Promise: a recorder is told why: the strategy's rule, the limit that kept storage from doing what the rule wanted,
//! and what a stored kWh is worth to it. Nothing of it changes a run.
//!
//! It catches a code of another step, a limit told where nothing was held back or not told where something was, and a
//! value that is not the law's.

use std::sync::Arc;

use crate::peers::{TIME_OF_USE, site};
use microgrid::dispatch::{Controller, Dispatch, Limit, OptimalPlan, Reason, Request, RollingHorizon, Site};
use microgrid::simulation::StepRecord;
use microgrid::{Battery, Block, Calendar, Genset, Load, Plan, Scenario, SeriesPlant, Tariff, simulate};

/// What a recorder sees of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    why: Reason,
    limit: Option<Limit>,
    value: Option<f64>,
    charge_kw: f64,
    discharge_kw: f64,
    stored_kwh: f64,
    deficit_kw: f64,
}

fn told(plan: &Plan, controller: Controller) -> Vec<Told> {
    let mut all = Vec::new();
    let mut block = Block::pack([plan], [controller]);
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| {
        all.push(Told {
            why: step.why,
            limit: step.limit,
            value: step.stored_value_per_kwh,
            charge_kw: step.batteries.iter().map(|b| b.charge_kw).sum(),
            discharge_kw: step.batteries.iter().map(|b| b.discharge_kw).sum(),
            stored_kwh: step.batteries.iter().map(|b| b.stored_kwh).sum(),
            deficit_kw: step.load_kw - step.generation_kw,
        });
    });
    all
}

fn built_in(plan: &Plan, dispatch: &Dispatch) -> Vec<Told> {
    told(plan, Controller::built_in(dispatch, plan).unwrap())
}

/// Two days: 10 kW of load, 30 kW of sun at noon, a lossless battery of 60 kWh and 15 kW, a tie of 20 kW each way.
fn small() -> Scenario {
    let mut site = Scenario::new("small", Calendar::days(3600, 2));
    site.loads = vec![Load::new("load", 10.0)];
    let sun = |t: usize| if (10..15).contains(&(t % 24)) { 30.0 } else { 0.0 };
    site.generation = vec![SeriesPlant::new("pv", (0..48).map(sun).collect::<Vec<_>>())];
    site.storage = vec![Battery {
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        ..Battery::lithium_iron_phosphate(60.0, 15.0)
    }];
    site.tariff = Arc::new(Tariff::flat(0.5, 0.1));
    site
}

#[test]
fn rules_and_the_limits_of_storage() {
    let plan = Plan::compile(&small()).unwrap();
    let told = built_in(&plan, &Dispatch::SelfConsumption);
    // 30 kWh above... 24 kWh above the floor of 6: two full hours, one of 4 kW, then empty until the sun.
    let night: Vec<_> = told[..10].iter().map(|t| (t.why, t.limit, t.discharge_kw)).collect();
    let cover = |limit, kw| (Reason::CoverDeficit, limit, kw);
    assert_eq!(night[..2], [cover(None, 10.0), cover(None, 10.0)]);
    assert_eq!(night[2], cover(Some(Limit::SocMin), 4.0));
    assert!(night[3..].iter().all(|step| *step == cover(Some(Limit::SocMin), 0.0)), "{night:?}");
    // 20 kW are over: the battery takes 15, then what is left of its room.
    let noon: Vec<_> = told[10..15].iter().map(|t| (t.why, t.limit, t.charge_kw)).collect();
    let store = |limit, kw| (Reason::StoreSurplus, Some(limit), kw);
    assert!(noon[..3].iter().all(|step| *step == store(Limit::ChargeMax, 15.0)), "{noon:?}");
    assert_eq!((noon[3], noon[4]), (store(Limit::SocMax, 9.0), store(Limit::SocMax, 0.0)));
    assert!(told.iter().all(|t| t.value.is_none()));
    assert!(built_in(&plan, &Dispatch::Idle).iter().all(|t| t.why == Reason::LockedOut && t.limit.is_none()));

    let told = built_in(&plan, &Dispatch::PeakShaving { target_kw: Some(7.0) });
    assert_eq!((told[0].why, told[0].discharge_kw), (Reason::ShavePeak, 3.0));
    assert_eq!((told[10].why, told[10].limit), (Reason::RechargeBelowTarget, Some(Limit::ChargeMax)));
}

#[test]
fn the_tie_and_the_rules_of_a_battery() {
    let mut site = small();
    site.storage[0].reserve_soc = 0.3;
    let plan = Plan::compile(&site).unwrap();
    assert_eq!(built_in(&plan, &Dispatch::SelfConsumption)[5].limit, Some(Limit::ReserveSoc));
    // A user's rule asks for everything; the tie and the bars hold it.
    let charge = |site: &Site, ask: &mut Request| {
        ask.battery(0).charge(15.0);
        ask.because(if site.step() < 3 { "early" } else { "late" });
    };
    let own = |plan: &Plan| told(plan, Controller::own("own", "none", Box::new(charge)));
    let mut tight = small();
    tight.connection.import_limit_kw = 18.0.into();
    let told_tight = own(&Plan::compile(&tight).unwrap());
    assert_eq!((told_tight[0].why, told_tight[0].limit), (Reason::Own("early"), Some(Limit::Import)));
    assert_eq!((told_tight[3].why.name(), told_tight[0].charge_kw), ("late", 8.0));
    let mut barred = small();
    barred.storage[0].charge_from_grid = false;
    let told_barred = own(&Plan::compile(&barred).unwrap());
    assert_eq!((told_barred[0].limit, told_barred[0].charge_kw), (Some(Limit::ChargeFromGrid), 0.0));
    // At noon the surplus is enough.
    assert_eq!((told_barred[10].limit, told_barred[10].charge_kw), (None, 15.0));
    let mut dark = small();
    dark.outages.push(1..3);
    assert_eq!(own(&Plan::compile(&dark).unwrap())[2].limit, Some(Limit::Dark));
    dark.storage[0].grid_forming = true;
    assert_eq!(own(&Plan::compile(&dark).unwrap())[2].limit, Some(Limit::Outage));
    let export = |_: &Site, ask: &mut Request| ask.battery(0).discharge(15.0);
    let mut narrow = small();
    narrow.connection.export_limit_kw = 2.0.into();
    let told_narrow = told(&Plan::compile(&narrow).unwrap(), Controller::own("own", "none", Box::new(export)));
    assert_eq!((told_narrow[0].why.name(), told_narrow[0].limit), ("own", Some(Limit::Export)));
}

#[test]
fn a_tariff_s_valley_and_peak() {
    let plan = Plan::compile(&site(TIME_OF_USE)).unwrap();
    let told = built_in(&plan, &Dispatch::TimeOfUse);
    let of = |why| told.iter().filter(move |t| t.why == why);
    assert!(of(Reason::ChargeInValley).count() > 300 && of(Reason::WaitForPeak).count() > 300);
    assert!(of(Reason::ChargeInValley).all(|t| t.discharge_kw == 0.0));
    assert!(of(Reason::WaitForPeak).all(|t| t.deficit_kw > 0.0 && t.charge_kw + t.discharge_kw == 0.0));
    assert!(of(Reason::CoverDeficit).all(|t| t.charge_kw == 0.0 && t.deficit_kw > 0.0));
}

#[test]
fn the_value_of_a_stored_kwh_is_the_laws() {
    let plan = Plan::compile(&site(TIME_OF_USE)).unwrap();
    let optimal = Arc::new(OptimalPlan::solve(&plan).unwrap());
    let told_optimal = told(&plan, Controller::optimal(&optimal));
    let mut stored_kwh = 75.0;
    for (step, t) in told_optimal.iter().enumerate() {
        let decision = optimal.law().decide(step, stored_kwh);
        assert_eq!(t.value, Some(optimal.law().value_per_kwh(step, stored_kwh)));
        let reason = if decision.charge_kw > 0.0 {
            Reason::ChargeToTarget
        } else if decision.discharge_kw > 0.0 {
            Reason::DischargeToTarget
        } else {
            Reason::HoldLevel
        };
        assert_eq!(t.why, reason, "step {step}");
        // A target beyond what the device can do in a step names the limit it stops at.
        match t.limit {
            Some(Limit::ChargeMax) => assert!((t.charge_kw - 50.0).abs() < 1e-6, "{t:?}"),
            Some(Limit::DischargeMax) => assert!((t.discharge_kw - 50.0).abs() < 1e-6, "{t:?}"),
            Some(Limit::SocMax) => assert!((t.stored_kwh - 150.0).abs() < 1e-6, "{t:?}"),
            Some(Limit::SocMin) => assert!((t.stored_kwh - 15.0).abs() < 1e-6, "{t:?}"),
            None => {}
            Some(other) => panic!("{other:?} {t:?}"),
        }
        stored_kwh = t.stored_kwh;
    }
    let limits = [Limit::ChargeMax, Limit::DischargeMax, Limit::SocMax, Limit::SocMin];
    assert!(limits.iter().all(|limit| told_optimal.iter().any(|t| t.limit == Some(*limit))));
    // A horizon of the whole run values as the optimum does.
    let whole = RollingHorizon { horizon_h: 8760.0, replan_every_h: 8760.0, ..RollingHorizon::DEFAULT };
    let rolling = built_in(&plan, &Dispatch::RollingHorizon(whole));
    assert_eq!(rolling, told_optimal);
}

#[test]
fn gensets_cover_and_charge() {
    let mut site = small();
    site.connection.import_limit_kw = 0.0.into();
    site.gensets = vec![Genset { min_load: 0.0, ..Genset::diesel(30.0, 1.0) }];
    let plan = Plan::compile(&site).unwrap();
    let codes = |dispatch| built_in(&plan, &dispatch).iter().map(|t| t.why).collect::<Vec<_>>();
    let following = codes(Dispatch::LoadFollowing);
    assert_eq!((following[0], following[5]), (Reason::CoverDeficit, Reason::GensetCovers));
    assert_eq!(following[11], Reason::StoreSurplus);
    let cycling = codes(Dispatch::CycleCharging { setpoint_soc: 0.8 });
    assert!(cycling.contains(&Reason::GensetCharges), "{cycling:?}");
}

/// Watching changes nothing: the run with a recorder is the run without.
#[test]
fn being_asked_why_changes_no_bit() {
    let plan = Plan::compile(&site(TIME_OF_USE)).unwrap();
    for dispatch in Dispatch::ALL {
        let make = || Controller::built_in(&dispatch, &plan).unwrap();
        let mut watched = Block::pack([&plan], [make()]);
        let mut seen = 0;
        watched
            .march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| seen += usize::from(!step.why.name().is_empty()));
        assert_eq!(seen, 8760);
        assert_eq!(watched.outcome(0), simulate(&plan, make()), "{}", dispatch.name());
    }
}
