//! Promise: a plan replayed costs what it cost, or the first limit that it breaks is named with step and amount.
//!
//! It catches a limit that the replay does not see, one that it sees where the plant does not, a request that the plant
//! changes in silence, and a step or an amount that is off.

use std::sync::Arc;

use crate::peers::{SPOT, TIME_OF_USE, site};
use crate::random_site::{Whim, build, cases, compile, recipe, recipe_with_gensets};
use microgrid::dispatch::{Break, Controller, Dispatch, Limit, ReplayError, Schedule, replay};
use microgrid::{Battery, Calendar, Genset, Load, Outcome, Plan, Scenario, SeriesPlant, Tariff};
use proptest::prelude::*;

fn turnover(outcome: &Outcome) -> f64 {
    let money = &outcome.money;
    let lines: f64 = outcome.bill.lines.iter().map(|line| line.amount.abs()).sum();
    lines + money.fuel_cost + money.start_cost + money.wear_cost + money.unserved_cost + money.stored_credit.abs()
}

/// Records a run and replays what it did.
fn replays(plan: &Plan, controller: Controller) -> Result<(), TestCaseError> {
    let name = controller.name().to_owned();
    let (run, schedule) = Schedule::record(plan, controller);
    match replay(plan, &schedule) {
        Ok(replayed) => {
            let (a, b) = (run.money.objective, replayed.money.objective);
            prop_assert!((a - b).abs() <= 1e-9 * (1.0 + turnover(&run)), "{name}: {a} replayed costs {b}");
            prop_assert!((run.energy.curtailed_kwh - replayed.energy.curtailed_kwh).abs() <= 1e-6);
            prop_assert_eq!((replayed.strategy.as_str(), replayed.foresight.as_str()), ("plan", "given"));
        }
        Err(found) => prop_assert!(false, "{name}: {found}"),
    }
    Ok(())
}

/// `idle` locks storage out, where under a plan it helps as soon as the site is short.
fn is_plan(dispatch: &Dispatch) -> bool {
    *dispatch != Dispatch::Idle
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_a_strategy_did_can_be_done(recipe in recipe()) {
        let plan = compile(&build(&recipe));
        for dispatch in Dispatch::ALL.iter().filter(|d| is_plan(d) && d.fits(&plan).is_ok()) {
            replays(&plan, Controller::built_in(dispatch, &plan).unwrap())?;
        }
        replays(&plan, Whim::controller(recipe.seed))?;
    }

    #[test]
    fn gensets_too(recipe in recipe_with_gensets()) {
        let plan = compile(&build(&recipe));
        // What the least load of a genset gives too much is dumped where the plant itself starts it, and exported or
        // stored where a plan does: so rules that leave gensets to the plant are no plans.
        for dispatch in Dispatch::OF_GENSETS {
            let dispatch = &dispatch;
            replays(&plan, Controller::built_in(dispatch, &plan).unwrap())?;
        }
    }
}

#[test]
fn the_optimum_replays_to_its_cost() {
    for text in [TIME_OF_USE, SPOT] {
        let plan = compile(&site(text));
        let (run, schedule) = Schedule::record(&plan, Controller::built_in(&Dispatch::Optimal, &plan).unwrap());
        let replayed = microgrid::replay(&plan, &schedule).unwrap();
        let (a, b) = (run.money.objective, replayed.money.objective);
        assert!((a - b).abs() <= 1e-9 * a.abs(), "{a} {b}");
        // Beside its bound, which it reaches.
        assert!(replayed.gap.unwrap().gap.abs() <= 1e-9 * a.abs());
    }
}

/// Ten hours of 10 kW with a battery of 50 kWh and 20 kW, half full, lossless; a tie of 25 kW each way.
fn small() -> Scenario {
    let mut site = Scenario::new("small", Calendar::days(3600, 1));
    site.loads = vec![Load::new("load", 10.0)];
    site.generation =
        vec![SeriesPlant::new("pv", (0..24).map(|t| if t == 12 { 18.0 } else { 0.0 }).collect::<Vec<_>>())];
    site.storage = vec![Battery {
        name: "lfp".into(),
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        ..Battery::lithium_iron_phosphate(50.0, 20.0)
    }];
    site.connection.import_limit_kw = 25.0.into();
    site.connection.export_limit_kw = 8.0.into();
    site.tariff = Arc::new(Tariff::flat(0.5, 0.1));
    site
}

/// A schedule of a site in which everything rests.
fn rest(plan: &Plan) -> Schedule {
    let zeros = vec![0.0; plan.steps()];
    Schedule {
        batteries: vec![
            microgrid::BatterySchedule { charge_kw: zeros.clone(), discharge_kw: zeros.clone() };
            plan.scenario().storage.len()
        ],
        gensets: vec![microgrid::GensetSchedule { power_kw: zeros, running: None }; plan.scenario().gensets.len()],
        stations: Vec::new(),
        swap_stations_kw: Vec::new(),
        curtailed_kw: None,
    }
}

/// The break of a plan that rests but for what `change` asks.
fn broken(site: &Scenario, change: impl Fn(&mut Schedule)) -> Break {
    let plan = compile(site);
    let mut schedule = rest(&plan);
    change(&mut schedule);
    match replay(&plan, &schedule) {
        Err(ReplayError::Broken(found)) => found,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_break(found: &Break, at: (u32, &str), quantity: &str, limit: Limit, asked_kw: f64, allowed_kw: f64) {
    assert_eq!((found.step, found.device.as_str(), found.quantity, found.limit), (at.0, at.1, quantity, limit));
    let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
    assert!(close(found.asked_kw, asked_kw) && close(found.allowed_kw, allowed_kw), "{found}");
    assert!(close(found.excess_kw(), (asked_kw - allowed_kw).abs()));
}

const BATTERY: &str = "storage.battery[0]";

#[test]
fn limits_of_a_battery() {
    let site = small();
    let found = broken(&site, |plan| plan.batteries[0].charge_kw[3] = 20.5);
    assert_break(&found, (3, BATTERY), "charge_kw", Limit::ChargeMax, 20.5, 20.0);
    let text = "storage.battery[0] `lfp`: charge_kw asks 20.5 kW, 20 kW is allowed (charge_max_kw): 0.5 kW too much";
    assert_eq!(found.to_string(), text);
    let found = broken(&site, |plan| plan.batteries[0].discharge_kw[7] = 21.0);
    assert_break(&found, (7, BATTERY), "discharge_kw", Limit::DischargeMax, 21.0, 20.0);
    // 25 kWh in store: 15 and 10 fill it, the next finds no room; 20 empties it to its floor of 5.
    let fills = |plan: &mut Schedule| plan.batteries[0].charge_kw[2..5].copy_from_slice(&[15.0, 10.0, 2.5]);
    assert_break(&broken(&site, fills), (4, BATTERY), "charge_kw", Limit::SocMax, 2.5, 0.0);
    let empties = |plan: &mut Schedule| plan.batteries[0].discharge_kw[1..4].copy_from_slice(&[10.0, 8.0, 4.0]);
    assert_break(&broken(&site, empties), (3, BATTERY), "discharge_kw", Limit::SocMin, 4.0, 2.0);
    let mut reserved = site.clone();
    reserved.storage[0].reserve_soc = 0.4;
    let found = broken(&reserved, |plan| plan.batteries[0].discharge_kw[1] = 6.0);
    assert_break(&found, (1, BATTERY), "discharge_kw", Limit::ReserveSoc, 6.0, 5.0);
    let both = |plan: &mut Schedule| {
        (plan.batteries[0].charge_kw[5], plan.batteries[0].discharge_kw[5]) = (3.0, 2.0);
    };
    assert_break(&broken(&site, both), (5, BATTERY), "discharge_kw", Limit::OneWay, 2.0, 0.0);
    // The first break is told, not the worst.
    let twice = |plan: &mut Schedule| {
        plan.batteries[0].charge_kw[20] = 1e6;
        plan.batteries[0].charge_kw[9] = 20.1;
    };
    assert_eq!(broken(&site, twice).step, 9);
}

#[test]
fn rules_of_a_battery_and_limits_of_the_tie() {
    let site = small();
    // 10 kW of load and 17 of charge pass 25; 19 kW of discharge less 10 of load pass 8.
    let found = broken(&site, |plan| plan.batteries[0].charge_kw[6] = 17.0);
    assert_break(&found, (6, "distribution"), "import_kw", Limit::Import, 27.0, 25.0);
    let found = broken(&site, |plan| plan.batteries[0].discharge_kw[6] = 19.0);
    assert_break(&found, (6, "distribution"), "export_kw", Limit::Export, 9.0, 8.0);
    // Storage must help where the tie cannot carry the load: a plan that lets it rest breaks the tie's limit.
    let mut tight = site.clone();
    tight.connection.import_limit_kw = 7.0.into();
    assert_break(&broken(&tight, |_| ()), (0, "distribution"), "import_kw", Limit::Import, 10.0, 7.0);
    let mut barred = site.clone();
    (barred.storage[0].charge_from_grid, barred.storage[0].export_to_grid) = (false, false);
    // At noon 8 kW are left over, and nobody needs storage.
    let found = broken(&barred, |plan| plan.batteries[0].charge_kw[12] = 9.0);
    assert_break(&found, (12, BATTERY), "charge_kw", Limit::ChargeFromGrid, 9.0, 8.0);
    let found = broken(&barred, |plan| plan.batteries[0].discharge_kw[3] = 11.0);
    assert_break(&found, (3, BATTERY), "discharge_kw", Limit::ExportToGrid, 11.0, 10.0);
    let plan = compile(&barred);
    let mut fits = rest(&plan);
    (fits.batteries[0].charge_kw[12], fits.batteries[0].discharge_kw[3]) = (8.0, 10.0);
    assert!(replay(&plan, &fits).is_ok());
    // 18 kW of generation: no more can be left.
    let found = broken(&site, |plan| {
        let mut curtailed = vec![0.0; 24];
        (curtailed[12], curtailed[14]) = (12.0, 1.0);
        plan.curtailed_kw = Some(curtailed);
    });
    assert_break(&found, (14, "generation"), "curtailed_kw", Limit::Generation, 1.0, 0.0);
    // Load that nothing can serve is shed and priced: no plan could do otherwise.
    let mut short = site;
    short.storage.clear();
    short.connection.import_limit_kw = 7.0.into();
    let plan = compile(&short);
    assert!((replay(&plan, &rest(&plan)).unwrap().energy.unserved_kwh - (24.0 * 3.0 - 3.0)).abs() < 1e-9);
}

#[test]
fn outages() {
    let mut site = small();
    site.outages.push(4..6);
    // Without a grid-former the site is dark and storage rests.
    let found = broken(&site, |plan| plan.batteries[0].discharge_kw[5] = 10.0);
    assert_break(&found, (5, BATTERY), "discharge_kw", Limit::Dark, 10.0, 0.0);
    // With one it must balance: the load of 10 kW, no less.
    site.storage[0].grid_forming = true;
    let balance = |plan: &mut Schedule| plan.batteries[0].discharge_kw[4..6].fill(10.0);
    let found = broken(&site, |plan| {
        balance(plan);
        plan.batteries[0].discharge_kw[5] = 7.0;
    });
    assert_break(&found, (5, "distribution"), "import_kw", Limit::Outage, 3.0, 0.0);
    let plan = compile(&site);
    let mut fits = rest(&plan);
    balance(&mut fits);
    assert_eq!(replay(&plan, &fits).unwrap().energy.unserved_kwh, 0.0);
}

#[test]
fn limits_of_a_genset() {
    let mut site = small();
    site.gensets = vec![Genset {
        name: "diesel".into(),
        min_up_h: 3.0,
        min_down_h: 2.0,
        ramp_kw_per_h: 6.0,
        ..Genset::diesel(20.0, 1.0)
    }];
    let with = |powers: &'static [(usize, f64)]| {
        move |plan: &mut Schedule| powers.iter().for_each(|(step, kw)| plan.gensets[0].power_kw[*step] = *kw)
    };
    let of = |powers, at, limit, asked, allowed| {
        let found = broken(&site, with(powers));
        assert_break(&found, (at, "generation.genset[0]"), "genset_kw", limit, asked, allowed);
    };
    of(&[(2, 21.0)], 2, Limit::Rating, 21.0, 20.0);
    of(&[(2, 5.0)], 2, Limit::MinLoad, 5.0, 6.0);
    of(&[(2, 6.0), (3, 13.0)], 3, Limit::Ramp, 13.0, 12.0);
    of(&[(2, 6.0), (3, 12.0), (4, 17.0), (5, 8.0)], 5, Limit::Ramp, 8.0, 11.0);
    of(&[(2, 6.0), (3, 6.0)], 4, Limit::MinUp, 0.0, 6.0);
    of(&[(2, 6.0), (3, 6.0), (4, 6.0), (6, 6.0)], 6, Limit::MinDown, 6.0, 0.0);
    let plan = compile(&site);
    let mut fits = rest(&plan);
    with(&[(2, 6.0), (3, 12.0), (4, 8.0), (7, 6.0), (8, 6.0), (9, 6.0)])(&mut fits);
    let outcome = replay(&plan, &fits).unwrap();
    assert!((outcome.gensets[0].generation_kwh - 44.0).abs() < 1e-9 && outcome.gensets[0].starts == 2);
    // One that may run at 0 kW does so only where the plan says that it runs.
    site.gensets[0].min_load = 0.0;
    let plan = compile(&site);
    let mut idles = rest(&plan);
    idles.gensets[0].running = Some((0..24).map(|t| (2..6).contains(&t)).collect());
    let outcome = replay(&plan, &idles).unwrap();
    assert!(outcome.gensets[0].running_h == 4.0 && outcome.gensets[0].fuel > 0.0);
}

#[test]
fn what_is_no_schedule_is_refused() {
    let plan = compile(&small());
    let mut schedule = rest(&plan);
    schedule.batteries[0].charge_kw[3] = f64::NAN;
    schedule.batteries[0].charge_kw[9] = -1.0;
    schedule.batteries[0].discharge_kw.pop();
    schedule.gensets.push(microgrid::GensetSchedule::default());
    schedule.curtailed_kw = Some(vec![f64::INFINITY; 24]);
    let Err(ReplayError::Refused(problems)) = replay(&plan, &schedule) else { panic!("refused") };
    let text = problems.to_string();
    for part in [
        "plan.gensets: are not as many as the site has; found 1; allowed: 0",
        "plan.batteries[0].charge_kw[3]: is out of range; found NaN; allowed: a number of at least 0; 1 more like it",
        "plan.batteries[0].discharge_kw: has the wrong number of values; found 23; allowed: 24, one per step",
        "plan.curtailed_kw[0]: is out of range; found inf",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}
