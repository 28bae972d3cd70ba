//! Batteries that are more than plain: part load, tapers, the two wells and the temperature of the cells, each against a second
//! way to the same number; the books close, lanes and snapshots keep every bit, and bounds hold.

use std::sync::Arc;

use microgrid_core::dispatch::{Bound, Controller, Dispatch, OptimalPlan, Request, Site};
use microgrid_core::simulation::{Carrier, StepRecord};
use microgrid_core::storage::{
    Ageing, Battery, BatteryDetail, CellTemperature, FadeModel, PartLoad, PowerBySoc, PowerByTemperature, TwoWells,
};
use microgrid_core::{Block, Calendar, Outcome, Plan, Scenario, Series, simulate};

use crate::ageing_runs::every_way_keeps_every_bit;
use crate::reference_ageing::peer_site;

const CONVERTER: ([f64; 5], [f64; 5]) = ([5.0, 10.0, 25.0, 50.0, 100.0], [86.0, 92.0, 96.0, 97.0, 96.0]);

fn part_load() -> PartLoad {
    PartLoad { load_percent: CONVERTER.0.into(), efficiency_percent: CONVERTER.1.into() }
}

fn taper(points: &[(f64, f64)]) -> PowerBySoc {
    let (soc_percent, power_percent) = points.iter().copied().unzip();
    PowerBySoc { soc_percent, power_percent }
}

fn wells() -> TwoWells {
    TwoWells { available_percent: 30.0, exchange_per_h: 0.6 }
}

fn cells(ambient_c: Series) -> CellTemperature {
    let limit = |points: &[(f64, f64)]| {
        let (temperature_c, power_percent) = points.iter().copied().unzip();
        Some(PowerByTemperature { temperature_c, power_percent })
    };
    CellTemperature {
        ambient_c,
        time_constant_h: 5.0,
        heat_loss_w_per_c: 0.8,
        heat_percent: 40.0,
        charge: limit(&[(0.0, 0.0), (10.0, 30.0), (20.0, 100.0), (45.0, 100.0), (55.0, 0.0)]),
        discharge: limit(&[(-20.0, 20.0), (0.0, 100.0), (50.0, 100.0), (60.0, 0.0)]),
    }
}

fn everything() -> BatteryDetail {
    BatteryDetail {
        part_load: Some(part_load()),
        charge_taper: Some(taper(&[(0.0, 60.0), (10.0, 100.0), (80.0, 100.0), (100.0, 10.0)])),
        discharge_taper: Some(taper(&[(0.0, 5.0), (15.0, 100.0), (100.0, 100.0)])),
        wells: Some(wells()),
        cells: Some(cells(Series::Constant(15.0))),
        hybrid: None,
    }
}

/// A battery alone at a bus, asked for `power_kw` by hour, positive into the bus.
fn alone(step_s: u32, hours: u32, battery: Battery) -> Scenario {
    let mut site = Scenario::new("bench", Calendar::days(step_s, hours / 24));
    site.storage = vec![battery];
    site
}

fn asked(site: &Scenario, power_kw: impl Fn(usize) -> f64 + Send + 'static) -> (Outcome, Vec<(f64, f64)>) {
    let plan = Plan::compile(site).unwrap();
    let per_hour = (3600 / site.calendar.step_s) as usize;
    let follow = move |view: &Site, ask: &mut Request| {
        let kw = power_kw(view.step() as usize / per_hour);
        if kw < 0.0 { ask.battery(0).charge(-kw) } else { ask.battery(0).discharge(kw) }
    };
    let mut block = Block::pack([&plan], [Controller::own("follow", "none", Box::new(follow))]);
    let mut seen = Vec::new();
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| {
        let battery = &step.batteries[0];
        seen.push((battery.discharge_kw - battery.charge_kw, battery.stored_kwh));
    });
    (block.outcome(0), seen)
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{a} {b}");
}

/// By hand: 100 kWh, 50 kW. A load of 10 % has the share 92/97 of the best efficiency, one of 37.5 % the middle of the bent powers.
#[test]
fn part_load_by_hand() {
    let battery = Battery {
        detail: Some(Box::new(BatteryDetail { part_load: Some(part_load()), ..BatteryDetail::default() })),
        ..Battery::lithium_iron_phosphate(100.0, 50.0)
    };
    let site = alone(3600, 24, battery);
    let (outcome, seen) =
        asked(&site, |hour| [-5.0, -18.75, 5.0, 2.5, 0.0, 1.25][hour % 6] * f64::from(u8::from(hour < 6)));
    let share = |x: f64| x / 97.0;
    let mut stored = 50.0 + 5.0 * share(92.0) * 0.95;
    near(seen[0].1, stored, 1e-12);
    stored += 0.5 * (12.5 * share(96.0) + 25.0 * share(97.0)) * 0.95;
    near(seen[1].1, stored, 1e-12);
    stored -= 5.0 / share(92.0) / 0.95;
    near(seen[2].1, stored, 1e-12);
    stored -= 2.5 / share(86.0) / 0.95;
    near(seen[3].1, stored, 1e-12);
    near(seen[4].1, stored, 1e-12);
    // Below the first load its efficiency holds.
    stored -= 1.25 / share(86.0) / 0.95;
    near(seen[5].1, stored, 1e-12);
    let battery = &outcome.batteries[0];
    near(battery.conversion_loss_kwh, battery.charge_kwh - battery.discharge_kwh - (stored - 50.0), 1e-12);
    assert!(battery.residual_kwh < 1e-12, "{}", battery.residual_kwh);
}

/// The flow of the two wells by their differential equations, in steps of a fifth of a second.
fn flow_of_wells(wells: TwoWells, [mut available, mut bound]: [f64; 2], inflow_kw: f64, hours: f64) -> [f64; 2] {
    let c = 0.01 * wells.available_percent;
    let parts = 20_000;
    let h = hours / f64::from(parts);
    let slope = |a: f64, b: f64| {
        let exchange = wells.exchange_per_h * c * (1.0 - c) * (b / (1.0 - c) - a / c);
        [inflow_kw + exchange, -exchange]
    };
    for _ in 0..parts {
        let [a, b] = slope(available, bound);
        let [a2, b2] = slope(available + 0.5 * h * a, bound + 0.5 * h * b);
        (available, bound) = (available + h * a2, bound + h * b2);
    }
    [available, bound]
}

fn lossless(capacity_kwh: f64, power_kw: f64, detail: BatteryDetail) -> Battery {
    Battery {
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        soc_min: 0.0,
        initial_soc: 1.0,
        reserve_soc: 0.0,
        detail: Some(Box::new(detail)),
        ..Battery::lithium_iron_phosphate(capacity_kwh, power_kw)
    }
}

/// Discharge beyond the limit gives what empties the available well at the step's end, the wells then level out in rest, and
/// all of it can be had in time. Mutations it catches: a wrong exchange, a limit at the step's start, a well that loses energy.
#[test]
fn the_available_well_is_empty_at_the_steps_end_and_not_before() {
    let detail = BatteryDetail { wells: Some(wells()), ..BatteryDetail::default() };
    let site = alone(3600, 24, lossless(100.0, 500.0, detail));
    let (outcome, seen) = asked(&site, |hour| if [0, 1, 5, 23].contains(&hour) { 500.0 } else { 0.0 });
    let mut state = [30.0, 70.0];
    for (hour, (power_kw, stored_kwh)) in seen.iter().enumerate() {
        state = flow_of_wells(wells(), state, -power_kw, 1.0);
        near(state[0] + state[1], *stored_kwh, 1e-9);
        if *power_kw > 0.0 {
            assert!(state[0].abs() < 1e-5, "hour {hour}: {state:?}");
        }
    }
    // HOMER's formula for the first hour, of a full battery at rest.
    let (k, c, q0): (f64, f64, f64) = (0.6, 0.3, 100.0);
    let decay = (-k).exp();
    let limit = (k * 30.0 * decay + q0 * k * c * (1.0 - decay)) / (1.0 - decay + c * (k - 1.0 + decay));
    near(seen[0].0, limit, 1e-12);
    assert!(seen[1].0 < 0.6 * seen[0].0 && seen[5].0 > seen[1].0, "{:?}", &seen[..6]);
    assert!(outcome.batteries[0].residual_kwh < 1e-9);
}

/// Charge fills the available well first: an empty battery takes less the second hour.
#[test]
fn charge_is_held_to_the_available_well() {
    let detail = BatteryDetail { wells: Some(wells()), ..BatteryDetail::default() };
    let battery = Battery { initial_soc: 0.0, ..lossless(100.0, 500.0, detail) };
    let (_, seen) = asked(&alone(3600, 24, battery), |hour| if hour < 2 { -500.0 } else { 0.0 });
    let mut state = [0.0, 0.0];
    for (power_kw, _) in &seen[..2] {
        state = flow_of_wells(wells(), state, -power_kw, 1.0);
        assert!((state[0] - 30.0).abs() < 1e-5, "{state:?}");
    }
    assert!(seen[1].0 > 0.7 * seen[0].0, "{:?}", &seen[..2]);
}

/// The same powers by hour in steps of 1 min, 15 min and 1 h: wells and temperatures are the same, with a leak too.
#[test]
fn wells_and_temperature_are_the_same_in_any_step() {
    let power = |hour: usize| [0.0, -6.0, -4.0, 2.0, 0.0, 3.5, -1.0, 4.4][(hour * 5 + hour / 24) % 8];
    let detail = BatteryDetail {
        part_load: Some(part_load()),
        wells: Some(wells()),
        cells: Some(cells(Series::Constant(18.0))),
        ..BatteryDetail::default()
    };
    let ends = [60, 900, 3600].map(|step_s| {
        let battery = Battery {
            self_discharge_per_h: 1e-3,
            detail: Some(Box::new(detail.clone())),
            ..Battery::lithium_iron_phosphate(100.0, 10.0)
        };
        let (outcome, _) = asked(&alone(step_s, 96, battery), power);
        let battery = outcome.batteries[0].clone();
        let cells = battery.cells.unwrap();
        [battery.end_kwh, battery.conversion_loss_kwh, battery.self_discharge_kwh, cells.end_c, cells.mean_c]
    });
    for end in &ends[1..] {
        for (number, same) in end.iter().zip(&ends[0]) {
            near(*number, *same, 1e-9);
        }
    }
    assert!(ends[0][3] > 18.1, "{ends:?}");
}

/// A battery that follows its taper is the same at any step length, and as its differential equation says.
#[test]
fn a_taper_is_followed_along_the_step() {
    let curve = [(0.0, 30.0), (10.0, 100.0), (70.0, 100.0), (100.0, 5.0)];
    let share = |soc: f64| {
        let pair = curve.windows(2).find(|pair| soc <= 0.01 * pair[1].0).unwrap_or(&curve[2..]);
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        0.01 * (y0 + (y1 - y0) * (100.0 * soc - x0) / (x1 - x0))
    };
    for (sign, initial_soc) in [(-1.0, 0.0), (1.0, 1.0)] {
        let detail = BatteryDetail {
            charge_taper: Some(taper(&curve)),
            discharge_taper: Some(taper(&curve)),
            ..BatteryDetail::default()
        };
        let mut soc = initial_soc;
        let mut expected = Vec::new();
        for _ in 0..24 {
            for _ in 0..20_000 {
                let slope = |soc: f64| -sign * 0.5 * share(soc);
                let mid: f64 = soc + 0.5 * 5e-5 * slope(soc);
                soc = (soc + 5e-5 * slope(mid)).clamp(0.0, 1.0);
            }
            expected.push(100.0 * soc);
        }
        for step_s in [60, 900, 3600] {
            let battery = Battery { initial_soc, ..lossless(100.0, 50.0, detail.clone()) };
            let (_, seen) = asked(&alone(step_s, 24, battery), move |_| sign * 1e3);
            let per_hour = (3600 / step_s) as usize;
            for (hour, expected) in expected.iter().enumerate() {
                let stored = seen[(hour + 1) * per_hour - 1].1;
                assert!((stored - expected).abs() < 0.02, "{step_s} s, hour {hour}: {stored} {expected}");
            }
        }
    }
}

/// By hand: at 5 °C a charge of 15 %, and after heat the closed form of one node.
#[test]
fn cold_cells_charge_slowly_and_losses_warm_them() {
    let detail = BatteryDetail { cells: Some(cells(Series::Constant(5.0))), ..BatteryDetail::default() };
    let battery = Battery { detail: Some(Box::new(detail)), ..Battery::lithium_iron_phosphate(100.0, 50.0) };
    let (outcome, seen) = asked(&alone(3600, 24, battery), |hour| if hour == 0 { -50.0 } else { 0.0 });
    near(seen[0].0, -7.5, 1e-12);
    let settled = 5.0 + 0.4 * 7.5 * 0.05 / (0.8e-3 * 100.0);
    let after_one = settled + (5.0 - settled) * (-0.2_f64).exp();
    let cells = outcome.batteries[0].cells.unwrap();
    near(cells.most_c, after_one, 1e-12);
    near(cells.end_c, 5.0 + (after_one - 5.0) * (-0.2 * 23.0_f64).exp(), 1e-12);
}

/// The peer's site with a leak.
fn plain_year() -> Scenario {
    let mut site = peer_site();
    site.storage[0].self_discharge_per_h = 1e-5;
    site
}

fn year(detail: BatteryDetail) -> Scenario {
    let mut site = plain_year();
    site.storage[0].detail = Some(Box::new(detail));
    site
}

fn parts() -> Vec<(&'static str, BatteryDetail)> {
    let all = everything();
    let none = BatteryDetail::default();
    vec![
        ("part load", BatteryDetail { part_load: all.part_load.clone(), ..none.clone() }),
        ("taper", BatteryDetail { charge_taper: all.charge_taper.clone(), ..none.clone() }),
        ("wells", BatteryDetail { wells: all.wells, ..none.clone() }),
        ("cells", BatteryDetail { cells: all.cells.clone(), ..none }),
        ("all", all),
    ]
}

#[test]
fn the_books_close_and_the_bound_holds() {
    let plain = Bound::of(&Plan::compile(&plain_year()).unwrap()).objective.unwrap();
    for (name, detail) in parts() {
        let plan = Plan::compile(&year(detail)).unwrap();
        let optimal = Arc::new(OptimalPlan::solve(&plan).unwrap());
        let bound = Bound::with(&plan, Ok(&optimal));
        let least = bound.objective.unwrap();
        near(least, plain, 1e-9);
        assert!(bound.reasons.iter().any(|reason| reason == Bound::AS_PLAIN), "{name}: {:?}", bound.reasons);
        let best = simulate(&plan, Controller::optimal(&optimal));
        for dispatch in [Dispatch::SelfConsumption, Dispatch::TimeOfUse, Dispatch::PeakShaving { target_kw: None }] {
            let outcome = simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap());
            let energy = &outcome.energy;
            for carrier in Carrier::ALL {
                assert!(energy.balance_kwh(carrier).abs() < 1e-9 * energy.throughput_kwh(), "{name} {carrier:?}");
            }
            assert!(energy.residual_kwh < 1e-9 * energy.throughput_kwh(), "{name}: {}", energy.residual_kwh);
            assert!(outcome.money.objective > least, "{name}");
            assert!(
                best.money.objective <= outcome.money.objective + 1e-9 * least.abs(),
                "{name}: no rule beats optimal"
            );
        }
    }
}

/// A table that changes nothing changes nothing but roundings.
#[test]
fn a_detail_of_no_effect_is_the_plain_battery() {
    let flat = BatteryDetail {
        part_load: Some(PartLoad { load_percent: vec![100.0], efficiency_percent: vec![97.0] }),
        charge_taper: Some(taper(&[(0.0, 100.0), (100.0, 100.0)])),
        ..BatteryDetail::default()
    };
    let run = |site: &Scenario| {
        let plan = Plan::compile(site).unwrap();
        simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap())
    };
    let (detailed, plain) = (run(&year(flat)), run(&plain_year()));
    near(detailed.money.objective, plain.money.objective, 1e-9);
    near(detailed.batteries[0].conversion_loss_kwh, plain.batteries[0].conversion_loss_kwh, 1e-9);
}

#[test]
fn snapshots_lanes_and_single_steps_keep_every_bit() {
    let mut sites: Vec<Scenario> = (0..4).map(|_| year(everything())).collect();
    sites[1].storage[0].detail.as_mut().unwrap().wells = None;
    sites[2].storage[0].detail.as_mut().unwrap().part_load = None;
    sites[3].storage[0].capacity_kwh *= 0.7;
    for site in &mut sites {
        site.storage[0].ageing = Some(Ageing::new(FadeModel::NmcKokam75Ah));
    }
    let plans: [Plan; 4] = std::array::from_fn(|l| Plan::compile(&sites[l]).unwrap());
    let (alone, _) = every_way_keeps_every_bit(&plans);
    assert!(alone.iter().all(|outcome| outcome.batteries[0].health.as_ref().unwrap().end_capacity_percent < 99.9));
}

#[test]
fn what_cannot_be_is_refused_all_at_once() {
    let wrong = BatteryDetail {
        part_load: Some(PartLoad { load_percent: vec![10.0, 20.0], efficiency_percent: vec![90.0, 40.0] }),
        charge_taper: Some(taper(&[(80.0, 100.0), (20.0, 120.0)])),
        wells: Some(TwoWells { available_percent: 100.0, exchange_per_h: f64::NAN }),
        cells: Some(CellTemperature { time_constant_h: 0.0, ..cells(Series::Constant(200.0)) }),
        ..BatteryDetail::default()
    };
    let problems = Plan::compile(&year(wrong)).unwrap_err();
    let fields: Vec<&str> =
        problems.iter().map(|problem| problem.field.strip_prefix("storage.battery[0].detail.").unwrap()).collect();
    let expected = [
        "part_load.efficiency_percent[1]",
        "charge_taper.soc_percent[1]",
        "charge_taper.power_percent[1]",
        "wells.available_percent",
        "wells.exchange_per_h",
        "cells.ambient_c",
        "cells.time_constant_h",
    ];
    assert_eq!(fields, expected);
}
