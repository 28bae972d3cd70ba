//! The books notice: each loss term is spoilt in turn, and the residual and the worst component must show it.
//!
//! Without these tests a residual that is always 0, or a loss computed as the difference, would pass every balance.

use alloc::vec;

use crate::demand::Load;
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
        vec![SeriesPlant::new("pv", hours.map(|t| if t % 24 / 6 == 1 { 90.0 } else { 0.0 }).collect::<vec::Vec<_>>())];
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
