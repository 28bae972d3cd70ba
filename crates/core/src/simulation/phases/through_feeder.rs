//! Through the feeder: the balance alternates with the power flow, whose losses the site must bring and whose limits it
//! must keep.
//!
//! See [`crate::distribution::SiteFeeder`] for the model. Rare in the sense that most sites have none: cold and out of line.

use alloc::vec::Vec;

use super::settle::at_the_bus;
use super::{Flows, Now, Plant, Site};
use crate::dispatch::lane_strategy::Traits;
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::recourse::Recourse;

/// Settles the step with the feeder's losses and, where they are held, within its limits. Each round settles anew from what
/// was asked, so that a lane for which nothing is new stays as it was, whatever its neighbours need.
#[cold]
#[inline(never)]
pub(super) fn through_feeder<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    (traits, least_net): (Traits, Option<Lane<L>>),
    plant: &mut Plant<'_, D, L>,
) -> Flows<L> {
    plant.recourse.reduced.clear();
    plant.devices.open_feeder(plant.power, |asked| add_asked(site, now, asked));
    let grid_up = site.inputs.grid_up(now.step);
    let mut left = now.clone();
    loop {
        let flows = at_the_bus(site, &left, (traits, least_net), plant);
        let Plant { storage, power, devices, recourse } = plant;
        devices.flow(&grid_up, |fed| {
            let recourse = flows.any_recourse.then_some(&**recourse);
            add_loads(site, now, recourse, fed);
            add_plants(site, now, recourse, fed);
            fed.extend_from_slice(power);
        });
        if !devices.adapt() {
            if flows.any_recourse {
                recourse.add_reduced(site.inputs);
            }
            return flows;
        }
        if let Some(reduced) = devices.reduced() {
            recourse.reduced.clear();
            recourse.reduced.extend_from_slice(reduced);
            left = left_of(now, reduced, site.inputs.loads.len());
        }
        devices.hold_storage(storage.limits);
        for ((power, asked), limits) in power.iter_mut().zip(devices.requests()).zip(&*storage.limits) {
            for l in 0..L {
                power[l] = max(min(asked[l], limits.discharge[l]), -limits.charge[l]);
            }
        }
    }
}

/// The step without what the network takes from loads and plants.
fn left_of<const L: usize>(now: &Now<L>, reduced: &[Lane<L>], loads: usize) -> Now<L> {
    let mut left = now.clone();
    for (i, less) in reduced.iter().enumerate() {
        let sum = if i < loads { &mut left.load } else { &mut left.generation };
        for l in 0..L {
            sum[l] -= less[l];
        }
    }
    for l in 0..L {
        // In a lane of which nothing is taken these are the step's own numbers.
        left.deficit[l] = left.load[l] - left.generation[l];
    }
    left
}

/// What is asked of each load, and available from each plant, kW.
fn add_asked<const L: usize>(site: Site<'_, L>, now: &Now<L>, asked: &mut Vec<Lane<L>>) {
    let loads = site.inputs.loads.iter().map(|row| (&row.power, &row.scale));
    let plants = site.inputs.plants.iter().map(|row| (&row.power, &row.scale));
    for (power, scale) in loads.chain(plants) {
        let power = power.at(now.step);
        let mut all = Lane::<L>::ZERO;
        for l in 0..L {
            all[l] = scale[l] * power[l];
        }
        asked.push(all);
    }
}

/// The power of each load, less what the network takes from it and what of it is shed, in the order in which recourse sheds.
fn add_loads<const L: usize>(
    site: Site<'_, L>,
    now: &Now<L>,
    recourse: Option<&Recourse<L>>,
    power: &mut Vec<Lane<L>>,
) {
    let mut unserved = recourse.map_or([Lane::<L>::ZERO; 3], |recourse| recourse.unserved);
    for (i, row) in site.inputs.loads.iter().enumerate() {
        let (asked, rest) = (row.power.at(now.step), &mut unserved[row.tier as usize]);
        let reduced = recourse.map_or(Lane::ZERO, |recourse| recourse.reduced_by(i));
        let mut into_bus = Lane::<L>::ZERO;
        for l in 0..L {
            let load = row.scale[l] * asked[l] - reduced[l];
            let shed = min(load, rest[l]);
            rest[l] -= shed;
            into_bus[l] = shed - load;
        }
        power.push(into_bus);
    }
}

/// The power of each plant, less what the network takes from it; what else is curtailed falls on all that may be, in proportion
/// to what they could give.
fn add_plants<const L: usize>(
    site: Site<'_, L>,
    now: &Now<L>,
    recourse: Option<&Recourse<L>>,
    power: &mut Vec<Lane<L>>,
) {
    let loads = site.inputs.loads.len();
    let reduced = |i: usize| recourse.map_or(Lane::ZERO, |recourse| recourse.reduced_by(loads + i));
    let mut taken = Lane([1.0; L]);
    if let Some(recourse) = recourse {
        let mut curtailable = Lane::<L>::ZERO;
        for (i, row) in site.inputs.plants.iter().enumerate().filter(|(_, row)| row.curtailable) {
            let (available, reduced) = (row.power.at(now.step), reduced(i));
            for l in 0..L {
                curtailable[l] += row.scale[l] * available[l] - reduced[l];
            }
        }
        for l in 0..L {
            let left = recourse.curtailed[l];
            taken[l] = if left > 0.0 { max(1.0 - left / max(curtailable[l], left), 0.0) } else { 1.0 };
        }
    }
    for (i, row) in site.inputs.plants.iter().enumerate() {
        let (available, reduced) = (row.power.at(now.step), reduced(i));
        let mut into_bus = Lane::<L>::ZERO;
        for l in 0..L {
            let share = if row.curtailable { taken[l] } else { 1.0 };
            into_bus[l] = (row.scale[l] * available[l] - reduced[l]) * share;
        }
        power.push(into_bus);
    }
}
