//! Settle: requests are held to the rules of each battery, and the balance is closed by the order of recourse.

use super::through_feeder::through_feeder;
use super::{Now, Plant, Site};
use crate::dispatch::lane_strategy::Traits;
use crate::simulation::block::BatteryRules;
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, any_positive, max, min};
use crate::simulation::recourse::Recourse;

/// How the step was balanced. kW, all at least 0.
pub(in crate::simulation) struct Flows<const L: usize> {
    pub(in crate::simulation) import: Lane<L>,
    pub(in crate::simulation) export: Lane<L>,
    /// Whether some lane needed recourse; what was curtailed, dumped and shed then stands in [`Recourse`].
    pub(in crate::simulation) any_recourse: bool,
}

impl<const L: usize> Flows<L> {
    /// What was dumped in the step.
    pub(in crate::simulation) fn dumped(&self, recourse: &Recourse<L>) -> Lane<L> {
        if self.any_recourse { recourse.dumped } else { Lane::<L>::ZERO }
    }
}

#[inline(always)]
pub(in crate::simulation) fn settle<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    (traits, least_net): (Traits, Option<Lane<L>>),
    plant: &mut Plant<'_, D, L>,
) -> Flows<L> {
    if plant.devices.has_feeder() {
        return through_feeder(site, now, (traits, least_net), plant);
    }
    at_the_bus(site, now, (traits, least_net), plant)
}

/// Settles a site as if all of it stood at one bus.
#[inline(always)]
pub(super) fn at_the_bus<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    (traits, least_net): (Traits, Option<Lane<L>>),
    plant: &mut Plant<'_, D, L>,
) -> Flows<L> {
    // Other devices feed the bus before storage is held to its rules.
    let mut deficit = now.deficit;
    plant.devices.take_up(&mut deficit);
    if !D::IS_PLAIN && (site.lanes.any_barred_charge || site.lanes.any_barred_export) {
        bar(&deficit, plant.storage.rules, plant.power);
    }
    // Positive where the site is short.
    let mut net = deficit;
    for power in &*plant.power {
        for l in 0..L {
            net[l] -= power[l];
        }
    }
    plant.devices.follow(&now.deficit, plant.power, &mut net);
    balance(site, now, (traits, least_net, net), plant)
}

/// Leaves what is open to the tie, and to recourse where that is not enough.
#[inline(always)]
fn balance<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    (traits, least_net, net): (Traits, Option<Lane<L>>, Lane<L>),
    plant: &mut Plant<'_, D, L>,
) -> Flows<L> {
    let (mut import, mut export) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
    for l in 0..L {
        import[l] = max(net[l], 0.0);
        export[l] = import[l] - net[l]; // Exact: one of the two is 0.
    }
    if traits.curtails {
        plant.recourse.least_net = least_net.unwrap_or(Recourse::NO_CURTAILMENT);
        if least_net.is_some() {
            return close(site, now, plant);
        }
    }
    if plant.devices.has_feeder() && !plant.recourse.reduced.is_empty() {
        return close(site, now, plant);
    }
    if !D::IS_PLAIN && site.lanes.tie_is_limited {
        let import_limit = site.inputs.import_limit.at(now.step);
        let export_limit = site.inputs.export_limit.at(now.step);
        let (mut short, mut over) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            short[l] = import[l] - import_limit[l];
            over[l] = export[l] - export_limit[l];
        }
        if now.any_outage || any_positive(&short) || any_positive(&over) {
            return close(site, now, plant);
        }
    }
    Flows { import, export, any_recourse: false }
}

/// Closes the step by recourse, on copies.
#[inline(always)]
fn close<const L: usize, D: Devices<L>>(site: Site<'_, L>, now: &Now<L>, plant: &mut Plant<'_, D, L>) -> Flows<L> {
    let Plant { storage, power, devices, recourse } = plant;
    recourse.power.copy_from_slice(power);
    recourse.limits.clone_from_slice(storage.limits);
    recourse.close(site, now.clone(), *devices);
    power.copy_from_slice(&recourse.power);
    Flows { import: recourse.import, export: recourse.export, any_recourse: true }
}

/// Holds batteries that may not charge from the grid to the surplus of generation and gensets over the load, and those
/// that may not export to the deficit; what the batteries before them took or gave counts. Curtailment asked by the
/// strategy then leaves them what they charge: see [`Recourse`].
#[inline(always)]
fn bar<const L: usize>(open: &Lane<L>, rules: &[BatteryRules<L>], power: &mut [Lane<L>]) {
    let (mut surplus, mut deficit) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
    for l in 0..L {
        surplus[l] = max(-open[l], 0.0);
        deficit[l] = max(open[l], 0.0);
    }
    for (power, rules) in power.iter_mut().zip(rules) {
        let mut held = *power;
        for l in 0..L {
            let charge = max(-held[l], 0.0);
            let discharge = max(held[l], 0.0);
            let charge = if rules.charge_from_grid[l] > 0.0 { charge } else { min(charge, surplus[l]) };
            let discharge = if rules.export_to_grid[l] > 0.0 { discharge } else { min(discharge, deficit[l]) };
            surplus[l] = max(surplus[l] - charge, 0.0);
            deficit[l] = max(deficit[l] - discharge, 0.0);
            held[l] = discharge - charge;
        }
        *power = held;
    }
}
