//! The books notice: each loss term and each flow of the bus is spoilt in turn, and the residual and the worst
//! component must show it.
//!
//! Without these tests a residual that is always 0, or a loss computed as the difference, would pass every balance.

use alloc::vec;
use alloc::vec::Vec;

use super::devices::Bare;
use super::lane::Lane;
use super::meter::Books;
use super::phases::{Flows, Now, Plant, Site, Storage, meter, settle};
use super::recourse::Recourse;
use crate::demand::Load;
use crate::dispatch::lane_strategy::Traits;
use crate::dispatch::{Controller, Dispatch};
use crate::generation::SeriesPlant;
use crate::storage::Battery;
use crate::{Block, Calendar, Outcome, Plan, Scenario};

/// Two leaking batteries that charge and discharge every day.
fn site() -> Plan {
    let mut site = Scenario::new("spoilt", Calendar::days(3600, 3));
    let hours = 0..72;
    site.loads = vec![Load::new("load", 20.0)];
    site.generation =
        vec![SeriesPlant::new("pv", hours.map(|t| if t % 24 / 6 == 1 { 90.0 } else { 0.0 }).collect::<Vec<_>>())];
    let battery = Battery { self_discharge_per_h: 1e-3, ..Battery::lithium_iron_phosphate(100.0, 20.0) };
    site.storage = vec![battery.clone(), battery];
    Plan::compile(&site).unwrap()
}

fn run(plan: &Plan, spoil: impl FnOnce(&mut Block<'_, 2>)) -> [Outcome; 2] {
    let ready = || Controller::built_in(&Dispatch::SelfConsumption, plan).unwrap();
    let mut block = Block::pack([plan, plan], [ready(), ready()]);
    spoil(&mut block);
    block.march(usize::MAX, &mut ());
    [block.outcome(0), block.outcome(1)]
}

fn share(outcome: &Outcome) -> f64 {
    outcome.energy.residual_kwh / outcome.energy.throughput_kwh()
}

#[test]
fn untouched_books_close() {
    let plan = site();
    let [first, second] = run(&plan, |_| ());
    assert!(share(&first) < 1e-12);
    assert_eq!(first, second);
    assert!(first.batteries.iter().all(|b| b.charge_kwh > 0.0 && b.discharge_kwh > 0.0 && b.self_discharge_kwh > 0.0));
}

#[test]
fn each_spoilt_loss_shows_in_its_own_battery_and_lane() {
    let plan = site();
    let [clean, _] = run(&plan, |_| ());
    for battery in 0..2 {
        for loss in 0..4 {
            let [beside, spoilt] = run(&plan, |block| {
                let of_lane = &mut block.site.batteries[battery].losses_mut()[loss][1];
                *of_lane *= 1.0 + 1e-3;
            });
            assert!(share(&spoilt) > 1e-9, "battery {battery}, loss {loss}: {}", share(&spoilt));
            assert_eq!(spoilt.worst_component, alloc::format!("storage.battery[{battery}]"));
            assert_eq!(beside, clean, "the neighbour keeps its books");
        }
    }
}

/// The numbers of one settled step, to be spoilt before they are metered.
struct Step {
    now: Now<1>,
    flows: Flows<1>,
    recourse: Recourse<1>,
    power: Vec<Lane<1>>,
}

/// Settles the first step of a site that is short of import or over its export, spoils it, and meters it.
fn meter_spoilt(surplus: bool, spoil: impl FnOnce(&mut Step)) -> Outcome {
    let mut site = Scenario::new("bus", Calendar::days(3600, 1));
    site.generation = vec![SeriesPlant::new("pv", if surplus { 90.0 } else { 10.0 })];
    site.loads = vec![Load::new("load", 40.0)];
    site.storage = vec![Battery::lithium_iron_phosphate(100.0, 20.0)];
    site.connection.import_limit_kw = 5.0.into();
    site.connection.export_limit_kw = 5.0.into();
    let plan = Plan::compile(&site).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    let mut power = vec![Lane([if surplus { -3.0 } else { 3.0 }])];
    let Block { inputs, site: lanes, state, scratch, meters, .. } = &mut block;
    let site = Site { inputs, lanes };
    let now = Now::observe(inputs, 0, 0);
    let storage = Storage {
        batteries: &lanes.batteries,
        rules: &lanes.rules,
        stored: &mut state.stored,
        limits: &mut scratch.limits,
        meters: &mut state.battery_meters,
    };
    let recourse = &mut scratch.recourse;
    let mut plant = Plant { storage, power: &mut power, devices: &mut Bare, recourse };
    let flows = settle(site, &now, (Traits::RULE, None), &mut plant);
    let mut step = Step { now, flows, recourse: plant.recourse.clone(), power: plant.power.to_vec() };
    spoil(&mut step);
    let Step { now, flows, mut recourse, mut power } = step;
    (plant.recourse, plant.power) = (&mut recourse, &mut power);
    let mut books = Books::open(meters, &plan.tariff, 0);
    meter(site, &now, &flows, &plant, &mut books);
    books.close();
    block.outcome(0)
}

#[test]
fn each_spoilt_flow_shows_at_the_bus() {
    let spoils: [fn(&mut Step) -> &mut Lane<1>; 10] = [
        |step| &mut step.now.load,
        |step| &mut step.now.generation,
        |step| &mut step.flows.import,
        |step| &mut step.flows.export,
        |step| &mut step.recourse.curtailed,
        |step| &mut step.recourse.dumped,
        |step| &mut step.recourse.unserved[0],
        |step| &mut step.recourse.unserved[1],
        |step| &mut step.recourse.unserved[2],
        |step| &mut step.power[0],
    ];
    for surplus in [false, true] {
        let clean = meter_spoilt(surplus, |_| ());
        assert!(clean.energy.residual_kwh < 1e-12);
        assert!(clean.energy.curtailed_kwh + clean.energy.unserved_kwh > 0.0, "the step needs recourse");
        for (i, flow) in spoils.iter().enumerate() {
            let spoilt = meter_spoilt(surplus, |step| flow(step)[0] += 1e-3);
            let residual = spoilt.energy.residual_kwh;
            assert!((residual - 1e-3).abs() < 1e-9, "flow {i}: {residual}");
            assert_eq!(spoilt.worst_component, "bus");
        }
    }
}

/// The same without recourse, where the bus is metered by the plain step's shorter sum.
#[test]
fn each_spoilt_flow_of_a_plain_step_shows_at_the_bus() {
    let spoils: [fn(&mut Step) -> &mut Lane<1>; 5] = [
        |step| &mut step.now.load,
        |step| &mut step.now.generation,
        |step| &mut step.flows.import,
        |step| &mut step.flows.export,
        |step| &mut step.power[0],
    ];
    for (i, flow) in spoils.iter().enumerate() {
        let spoilt = meter_spoilt(true, |step| {
            // As settled without limits: 90 kW generated, 40 used, 3 stored.
            step.flows = Flows { import: Lane::ZERO, export: Lane([47.0]), any_recourse: false };
            flow(step)[0] += 1e-3;
        });
        assert!((spoilt.energy.residual_kwh - 1e-3).abs() < 1e-9, "flow {i}: {}", spoilt.energy.residual_kwh);
        assert_eq!(spoilt.worst_component, "bus");
    }
}
