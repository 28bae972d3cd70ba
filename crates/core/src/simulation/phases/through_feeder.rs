//! Through the feeder: the balance alternates with the power flow, whose losses the site must bring.
//!
//! See [`crate::distribution::SiteFeeder`] for the model. Rare in the sense that most sites have none: cold and out of line.

use alloc::vec::Vec;

use super::settle::close;
use super::{Flows, Now, Plant, Site};
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, any_positive, max, min};
use crate::simulation::recourse::Recourse;

/// Most balances closed anew with the losses of a flow.
const ROUNDS: usize = 3;

/// Closes the balance with the feeder's losses. `flows` closed it without any.
#[cold]
#[inline(never)]
pub(super) fn through_feeder<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    mut flows: Flows<L>,
    plant: &mut Plant<'_, D, L>,
) -> Flows<L> {
    for round in 0..=ROUNDS {
        let mut power = plant.devices.feeder_room();
        let recourse = flows.any_recourse.then_some(&*plant.recourse);
        add_loads(site, now, recourse, &mut power);
        add_plants(site, now, recourse, &mut power);
        power.extend_from_slice(plant.power);
        plant.devices.flow(power, &site.inputs.grid_up(now.step));
        if round == ROUNDS || !plant.devices.carry_losses() {
            break;
        }
        let (moved, balanced) = balance(site, now, flows, plant);
        flows = balanced;
        if !moved {
            break; // The tie alone answered: no device moved, so the flow is what it was.
        }
    }
    flows
}

/// Closes the balance from the requests to storage; whether recourse did. In the order of recourse's own sums: a lane's bits
/// must not depend on whether its neighbour needs it.
fn balance<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    flows: Flows<L>,
    plant: &mut Plant<'_, D, L>,
) -> (bool, Flows<L>) {
    plant.power.copy_from_slice(plant.devices.requests());
    if flows.any_recourse {
        return (true, close(site, now, plant));
    }
    let mut fed = Lane::<L>::ZERO;
    plant.devices.feed(&mut fed);
    let mut net = now.deficit;
    for l in 0..L {
        net[l] -= fed[l];
    }
    for power in &*plant.power {
        for l in 0..L {
            net[l] -= power[l];
        }
    }
    let (mut import, mut export) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
    for l in 0..L {
        import[l] = max(net[l], 0.0);
        export[l] = max(-net[l], 0.0);
    }
    if site.lanes.tie_is_limited {
        let import_limit = site.inputs.import_limit.at(now.step);
        let export_limit = site.inputs.export_limit.at(now.step);
        let (mut short, mut over) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            short[l] = import[l] - import_limit[l];
            over[l] = export[l] - export_limit[l];
        }
        if any_positive(&short) || any_positive(&over) {
            return (true, close(site, now, plant));
        }
    }
    (false, Flows { import, export, any_recourse: false })
}

/// The power of each load, less what of it is shed, in the order in which recourse sheds.
fn add_loads<const L: usize>(
    site: Site<'_, L>,
    now: &Now<L>,
    recourse: Option<&Recourse<L>>,
    power: &mut Vec<Lane<L>>,
) {
    let mut unserved = recourse.map_or([Lane::<L>::ZERO; 3], |recourse| recourse.unserved);
    for row in &site.inputs.loads {
        let (asked, rest) = (row.power.at(now.step), &mut unserved[row.tier as usize]);
        let mut into_bus = Lane::<L>::ZERO;
        for l in 0..L {
            let load = row.scale[l] * asked[l];
            let shed = min(load, rest[l]);
            rest[l] -= shed;
            into_bus[l] = shed - load;
        }
        power.push(into_bus);
    }
}

/// The power of each plant; what is curtailed falls on all that may be, in proportion to what they could give.
fn add_plants<const L: usize>(
    site: Site<'_, L>,
    now: &Now<L>,
    recourse: Option<&Recourse<L>>,
    power: &mut Vec<Lane<L>>,
) {
    let mut taken = Lane([1.0; L]);
    if let Some(recourse) = recourse {
        let mut curtailable = Lane::<L>::ZERO;
        for row in site.inputs.plants.iter().filter(|row| row.curtailable) {
            let available = row.power.at(now.step);
            for l in 0..L {
                curtailable[l] += row.scale[l] * available[l];
            }
        }
        for l in 0..L {
            let left = recourse.curtailed[l];
            taken[l] = if left > 0.0 { max(1.0 - left / max(curtailable[l], left), 0.0) } else { 1.0 };
        }
    }
    for row in &site.inputs.plants {
        let available = row.power.at(now.step);
        let mut into_bus = Lane::<L>::ZERO;
        for l in 0..L {
            let share = if row.curtailable { taken[l] } else { 1.0 };
            into_bus[l] = row.scale[l] * available[l] * share;
        }
        power.push(into_bus);
    }
}
