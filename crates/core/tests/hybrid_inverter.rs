//! Batteries behind a solar plant's inverter: a day by hand, the books, every bit in lanes and snapshots, and the bound.

use std::sync::Arc;

use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Bound, Controller, Dispatch, OptimalPlan, RollingHorizon};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::Carrier;
use microgrid_core::storage::{Ageing, Battery, FadeModel, HybridInverter, PowerBySoc};
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Outcome, Plan, Scenario, Series, simulate};

use crate::ageing_runs::every_way_keeps_every_bit;

/// The inverter's efficiency, and what the hours of the day by hand have of alternating current and of clipped direct current, kW.
const EFFICIENCY: f64 = 0.96;
const GIVEN_KW: [(usize, f64); 7] = [(6, 48.0), (7, 96.0), (8, 100.0), (9, 100.0), (10, 100.0), (11, 72.0), (12, 24.0)];
const CLIPPED_KW: [(usize, f64); 3] = [(8, 30.0), (9, 50.0), (10, 10.0)];

fn hours(of: &[(usize, f64)]) -> Series {
    let mut series = vec![0.0; 24];
    of.iter().for_each(|(hour, kw)| series[*hour] = *kw);
    Series::from(series)
}

/// A battery with these numbers at its direct-current terminals, behind the inverter of plant 0.
fn behind(hybrid: HybridInverter, mut battery: Battery) -> Battery {
    let efficiency = hybrid.inverter_efficiency;
    battery.charge_efficiency /= efficiency;
    battery.discharge_efficiency *= efficiency;
    battery.charge_max_kw *= efficiency;
    battery.discharge_max_kw *= efficiency;
    battery.detail.get_or_insert_default().hybrid = Some(hybrid);
    battery
}

fn day() -> Scenario {
    let mut site = Scenario::new("roof", Calendar::days(3600, 1));
    site.generation = vec![SeriesPlant::new("roof", hours(&GIVEN_KW))];
    site.loads = vec![Load::new("house", 20.0)];
    site.tariff = Tariff::flat(0.5, 0.1).into();
    site.stored_value_per_kwh = Some(0.0);
    let hybrid = HybridInverter {
        plant: 0,
        clipped_kw: hours(&CLIPPED_KW),
        rated_kw: 100.0,
        inverter_efficiency: EFFICIENCY,
        rectifier_efficiency: Some(0.94),
    };
    let battery = Battery {
        charge_efficiency: 0.95,
        discharge_efficiency: 0.9,
        soc_min: 0.0,
        reserve_soc: 0.0,
        initial_soc: 0.0,
        charge_max_kw: 40.0,
        discharge_max_kw: 60.0,
        ..Battery::lithium_iron_phosphate(100.0, 40.0)
    };
    site.storage = vec![behind(hybrid, battery)];
    site
}

fn run(site: &Scenario, dispatch: &Dispatch) -> Outcome {
    let plan = Plan::compile(site).unwrap();
    simulate(&plan, Controller::built_in(dispatch, &plan).unwrap())
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * (1.0 + b.abs()), "{a} {b}");
}

/// `self_consumption`, by hand. At 6 h the surplus of 28 kW leaves 28/0.96 kW to the battery; at 7 h its 40 kW of direct current are the
/// limit, 38.4 kW at the bus; at 8 h it takes the 30 kW that are clipped, and what then is missing to its 100 kWh; at 9 and 10 h it
/// is full. From 13 h on the load of 20 kW draws 20/0.96/0.9 kWh an hour, which lasts for four hours and a part.
#[test]
fn a_day_by_hand() {
    let outcome = run(&day(), &Dispatch::SelfConsumption);
    let stored = [28.0 / 0.96 * 0.95, 40.0 * 0.95, 30.0 * 0.95];
    let rest_kw = (100.0 - stored.iter().sum::<f64>()) / 0.95 * 0.96;
    near(rest_kw, 5.852_631_578_947_4);
    let from_arrays_kwh = 28.0 + 38.4 + rest_kw;
    let given_kwh = 100.0 * 0.9 * 0.96;
    let hybrid = outcome.batteries[0].hybrid.unwrap();
    near(hybrid.clipped_kwh, 90.0);
    near(hybrid.clipped_stored_kwh, 30.0);
    near(hybrid.spared_loss_kwh, from_arrays_kwh * (1.0 / 0.96 - 1.0));
    near(hybrid.inverter_loss_kwh, given_kwh * (1.0 / 0.96 - 1.0));
    let by_direct_current_kwh = hybrid.clipped_stored_kwh + hybrid.spared_loss_kwh;
    let battery = &outcome.batteries[0];
    near(battery.charge_kwh, from_arrays_kwh + by_direct_current_kwh);
    near(battery.discharge_kwh, given_kwh);
    near(battery.end_kwh, 0.0);
    // 5 % of what enters, a ninth of what the cells give, and the inverter's part.
    let into_kwh = from_arrays_kwh / 0.96 + 30.0;
    near(battery.conversion_loss_kwh, 0.05 * into_kwh + 0.1 * 100.0 + hybrid.inverter_loss_kwh);
    near(outcome.energy.generation_available_kwh, 540.0 + by_direct_current_kwh);
    near(outcome.energy.import_kwh, 20.0 * 17.0 - given_kwh);
    near(outcome.energy.export_kwh, 540.0 - 20.0 * 7.0 - from_arrays_kwh);
    assert!(outcome.energy.residual_kwh < 1e-9);
    for carrier in Carrier::ALL {
        assert!(outcome.energy.balance_kwh(carrier).abs() < 1e-9, "{carrier:?}");
    }
    // A battery of its own behind the bus, of the same efficiencies, gets nothing of what is clipped.
    let mut apart = day();
    let hybrid = apart.storage[0].detail.take().unwrap().hybrid.unwrap();
    apart.storage[0].charge_efficiency *= hybrid.inverter_efficiency * hybrid.inverter_efficiency;
    assert!(run(&apart, &Dispatch::SelfConsumption).money.objective > outcome.money.objective);
}

/// The battery is locked out under `idle`: all that is clipped is lost, and nothing enters.
#[test]
fn locked_out_it_takes_nothing() {
    let outcome = run(&day(), &Dispatch::Idle);
    let hybrid = outcome.batteries[0].hybrid.unwrap();
    assert_eq!([hybrid.clipped_stored_kwh, hybrid.spared_loss_kwh, hybrid.inverter_loss_kwh], [0.0; 3]);
    near(hybrid.clipped_kwh, 90.0);
    assert_eq!(outcome.energy.generation_available_kwh, 540.0);
}

/// From the bus it charges at the rectifier's efficiency, beyond what its plant gives and there only; without a rectifier not at all.
#[test]
fn from_the_bus_it_charges_through_the_rectifier() {
    use microgrid_core::dispatch::{Request, Site};
    let asked = |site: &Scenario, kw: f64| {
        let plan = Plan::compile(site).unwrap();
        let charge = move |view: &Site, ask: &mut Request| {
            if matches!(view.step(), 3 | 12) {
                ask.battery(0).charge(kw);
            }
        };
        simulate(&plan, Controller::own("charge", "none", Box::new(charge)))
    };
    let mut site = day();
    // At 3 h all comes from the bus, at 12 h what the plant's 24 kW leave; the clipped 90 kWh find their room between.
    site.storage[0].capacity_kwh = 1000.0;
    let outcome = asked(&site, 30.0);
    let rectified_kwh = 30.0 + 6.0;
    let into_kwh = rectified_kwh * 0.94 + 24.0 / 0.96 + 30.0 + 40.0 + 10.0;
    near(outcome.batteries[0].end_kwh, 0.95 * into_kwh);
    near(outcome.batteries[0].hybrid.unwrap().inverter_loss_kwh, rectified_kwh * 0.06);
    // Its 40 kW of direct current are 40/0.94 kW at the bus.
    near(asked(&site, 60.0).energy.import_kwh, asked(&site, 40.0 / 0.94).energy.import_kwh);
    site.storage[0].detail.as_mut().unwrap().hybrid.as_mut().unwrap().rectifier_efficiency = None;
    near(asked(&site, 30.0).batteries[0].end_kwh, 0.95 * (24.0 / 0.96 + 30.0 + 40.0 + 10.0));
}

/// What the inverter passes of the plant it does not pass of the battery.
#[test]
fn plant_and_battery_share_the_rating() {
    let mut site = day();
    site.storage[0].initial_soc = 1.0;
    site.loads = vec![Load::new("works", 130.0)];
    let outcome = run(&site, &Dispatch::SelfConsumption);
    // At 5 h and before, the battery's 57.6 kW; at 6 h 52 kW beside the plant's 48, at 7 h 4 beside 96, at 8 to 10 h none.
    site.storage[0].capacity_kwh = 10_000.0;
    let large = run(&site, &Dispatch::SelfConsumption);
    near(large.batteries[0].discharge_kwh, 57.6 * 17.0 + 52.0 + 4.0 + 28.0 + 57.6);
    assert!(outcome.batteries[0].discharge_kwh < large.batteries[0].discharge_kwh);
}

/// A year of days of varying sun, prices that fall at night.
fn year(seed: usize) -> Scenario {
    let mut site = day();
    site.calendar = Calendar::days(3600, 365).into();
    let sun = |step: usize| {
        let hour = (step % 24) as f64 - 12.0;
        let cloud = 0.35 + 0.65 * (((step / 24) * 37 + seed * 11) % 10) as f64 / 9.0;
        (1.0 - hour * hour / 36.0).max(0.0) * 170.0 * cloud
    };
    let dc_kw: Vec<f64> = (0..8760).map(sun).collect();
    let given: Vec<f64> = dc_kw.iter().map(|kw| (kw * EFFICIENCY).min(100.0)).collect();
    let clipped: Vec<f64> = dc_kw.iter().map(|kw| (kw - 100.0 / EFFICIENCY).max(0.0)).collect();
    site.generation = vec![SeriesPlant { scale: 1.0, ..SeriesPlant::new("roof", Series::from(given)) }];
    let load: Vec<f64> = (0..8760).map(|step| 15.0 + 5.0 * ((step * 7 + seed) % 11) as f64).collect();
    site.loads = vec![Load::new("house", Series::from(load))];
    let price: Vec<f64> = (0..8760).map(|step| if (7..21).contains(&(step % 24)) { 0.6 } else { 0.25 }).collect();
    let mut tariff = Tariff::flat(0.6, 0.05);
    tariff.import[0].price = microgrid_core::utility::Price::Steps(price.into());
    site.tariff = tariff.into();
    let battery = &mut site.storage[0];
    battery.capacity_kwh = 150.0 + 50.0 * seed as f64;
    battery.detail.as_mut().unwrap().hybrid.as_mut().unwrap().clipped_kw = Series::from(clipped);
    site
}

/// What is changed of a site.
type Change = fn(&mut Scenario);

/// Books close, the bound is below every strategy, `optimal` is above none; a battery barred from grid and export, one that tapers, one
/// without a rectifier, a bus that exports nothing.
#[test]
fn the_books_close_and_the_bound_holds() {
    let changes: [(&str, Change); 5] = [
        ("plain", |_| {}),
        ("barred", |site| (site.storage[0].charge_from_grid, site.storage[0].export_to_grid) = (false, false)),
        ("taper", |site| {
            let taper = PowerBySoc { soc_percent: vec![0.0, 70.0, 100.0], power_percent: vec![100.0, 100.0, 10.0] };
            site.storage[0].detail.as_mut().unwrap().charge_taper = Some(taper);
        }),
        ("no rectifier", |site| {
            site.storage[0].detail.as_mut().unwrap().hybrid.as_mut().unwrap().rectifier_efficiency = None;
        }),
        ("no export", |site| site.connection.export_limit_kw = Series::Constant(0.0)),
    ];
    for (i, (name, change)) in changes.into_iter().enumerate() {
        let mut site = year(i);
        change(&mut site);
        let plan = Plan::compile(&site).unwrap();
        let optimal = Arc::new(OptimalPlan::solve(&plan).unwrap());
        let bound = Bound::with(&plan, Ok(&optimal));
        let least = bound.objective.unwrap();
        assert!(bound.reasons.iter().any(|reason| reason == Bound::PAST_THE_RATING), "{name}: {:?}", bound.reasons);
        let best = simulate(&plan, Controller::optimal(&optimal));
        let rules = [
            Dispatch::Idle,
            Dispatch::SelfConsumption,
            Dispatch::TimeOfUse,
            Dispatch::PeakShaving { target_kw: None },
            Dispatch::RollingHorizon(RollingHorizon::DEFAULT),
        ];
        for dispatch in rules {
            let outcome = run(&site, &dispatch);
            let energy = &outcome.energy;
            for carrier in Carrier::ALL {
                assert!(energy.balance_kwh(carrier).abs() < 1e-9 * energy.throughput_kwh(), "{name} {carrier:?}");
            }
            assert!(energy.residual_kwh < 1e-9 * energy.throughput_kwh(), "{name}: {}", energy.residual_kwh);
            assert!(outcome.money.objective >= least - 1e-9 * least.abs(), "{name} {dispatch:?}");
            let is_beaten = best.money.objective <= outcome.money.objective + 1e-9 * least.abs();
            assert!(is_beaten || matches!(dispatch, Dispatch::RollingHorizon(_)), "{name} {dispatch:?}");
        }
        let saved = bound.idle_objective - best.money.objective;
        let share = saved / (bound.idle_objective - least);
        println!("{name}: bound {least:.2}, optimal {:.2}, captured {share:.4}", best.money.objective);
        assert!(share > 0.9, "{name}: the relaxation is near what can be had: {share}");
    }
}

#[test]
fn snapshots_lanes_and_single_steps_keep_every_bit() {
    let mut sites: Vec<Scenario> = (0..4).map(year).collect();
    for site in &mut sites {
        site.storage[0].ageing = Some(Ageing::new(FadeModel::NmcKokam75Ah));
    }
    let plans: [Plan; 4] = std::array::from_fn(|l| Plan::compile(&sites[l]).unwrap());
    let (alone, _) = every_way_keeps_every_bit(&plans);
    assert!(alone.iter().all(|outcome| outcome.batteries[0].hybrid.unwrap().clipped_stored_kwh > 1000.0));
}

/// Old cells give less, and the inverter in front of them is as it was: more is lost with age.
#[test]
fn the_inverter_does_not_age() {
    let mut site = year(0);
    let as_new = run(&site, &Dispatch::SelfConsumption);
    site.storage[0].ageing = Some(Ageing::new(FadeModel::NmcKokam75Ah));
    let aged = run(&site, &Dispatch::SelfConsumption);
    let loss = |outcome: &Outcome| {
        let battery = &outcome.batteries[0];
        let cells_kwh = battery.conversion_loss_kwh - battery.hybrid.unwrap().inverter_loss_kwh;
        cells_kwh / battery.discharge_kwh
    };
    assert!(loss(&aged) >= loss(&as_new), "{} {}", loss(&aged), loss(&as_new));
}

#[test]
fn what_cannot_be_is_refused_all_at_once() {
    let mut site = day();
    let mut other = site.storage[0].clone();
    other.detail.as_mut().unwrap().part_load =
        Some(microgrid_core::storage::PartLoad { load_percent: vec![100.0], efficiency_percent: vec![97.0] });
    let hybrid = other.detail.as_mut().unwrap().hybrid.as_mut().unwrap();
    (hybrid.inverter_efficiency, hybrid.rectifier_efficiency) = (0.2, Some(1.5));
    let mut nowhere = site.storage[0].clone();
    nowhere.detail.as_mut().unwrap().hybrid.as_mut().unwrap().plant = 1;
    nowhere.charge_efficiency = 1.1;
    site.storage.extend([other, nowhere]);
    let problems = Plan::compile(&site).unwrap_err();
    let fields: Vec<&str> =
        problems.iter().map(|problem| problem.field.strip_prefix("storage.battery").unwrap()).collect();
    let expected = [
        "[1].discharge_efficiency",
        "[1].detail.hybrid.inverter_efficiency",
        "[1].detail.hybrid.rectifier_efficiency",
        "[1].detail.part_load",
        "[2].charge_efficiency",
        "[1].hybrid.plant",
        "[2].hybrid.plant",
    ];
    assert_eq!(fields, expected);
}
