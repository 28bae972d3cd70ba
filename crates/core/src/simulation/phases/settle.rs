//! Settle: requests are held to the rules of each battery, and the balance is closed by the order of recourse.

use super::{Seen, Storage};
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::simulation::Gensets;
use crate::simulation::block::{Inputs, SiteLanes};
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
#[expect(clippy::too_many_arguments, reason = "what the step has, and what it may change")]
pub(in crate::simulation) fn settle<const L: usize, S: LaneStrategy<L>, const GENSETS: bool>(
    inputs: &Inputs<'_, L>,
    site: &SiteLanes<L>,
    seen: &Seen<L>,
    step: usize,
    least_net: Option<Lane<L>>,
    storage: &mut Storage<'_, L>,
    recourse: &mut Recourse<L>,
    gensets: &mut Gensets<'_, L>,
) -> Flows<L> {
    // Gensets are generation: what they give counts before storage is held to its rules.
    let mut deficit = seen.deficit;
    if GENSETS {
        let power = gensets.take_up();
        for l in 0..L {
            deficit[l] -= power[l];
        }
    }
    if site.any_barred_charge || site.any_barred_export {
        bar(&deficit, storage);
    }
    // Positive where the site is short.
    let mut net = deficit;
    for power in &*storage.power {
        for l in 0..L {
            net[l] -= power[l];
        }
    }
    let (mut import, mut export) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
    for l in 0..L {
        import[l] = max(net[l], 0.0);
        export[l] = max(-net[l], 0.0);
    }
    if S::CURTAILS {
        recourse.least_net = least_net.unwrap_or(Recourse::NO_CURTAILMENT);
        if least_net.is_some() {
            return close(inputs, site, step, storage, recourse, gensets);
        }
    }
    if site.tie_is_limited {
        let (import_limit, export_limit) = (inputs.import_limit.at(step), inputs.export_limit.at(step));
        let (mut short, mut over) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            short[l] = import[l] - import_limit[l];
            over[l] = export[l] - export_limit[l];
        }
        if seen.any_outage || any_positive(&short) || any_positive(&over) {
            return close(inputs, site, step, storage, recourse, gensets);
        }
    }
    Flows { import, export, any_recourse: false }
}

/// Closes the step by recourse, on copies.
#[inline(always)]
fn close<const L: usize>(
    inputs: &Inputs<'_, L>,
    site: &SiteLanes<L>,
    step: usize,
    storage: &mut Storage<'_, L>,
    recourse: &mut Recourse<L>,
    gensets: &mut Gensets<'_, L>,
) -> Flows<L> {
    recourse.power.copy_from_slice(storage.power);
    recourse.limits.clone_from_slice(storage.limits);
    recourse.close(inputs, site, step, gensets);
    storage.power.copy_from_slice(&recourse.power);
    Flows { import: recourse.import, export: recourse.export, any_recourse: true }
}

/// Holds batteries that may not charge from the grid to the surplus of generation and gensets over the load, and those
/// that may not export to the deficit; what the batteries before them took or gave counts. Curtailment asked by the
/// strategy then leaves them what they charge: see [`Recourse`].
#[inline(always)]
fn bar<const L: usize>(open: &Lane<L>, storage: &mut Storage<'_, L>) {
    let (mut surplus, mut deficit) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
    for l in 0..L {
        surplus[l] = max(-open[l], 0.0);
        deficit[l] = max(open[l], 0.0);
    }
    for (power, rules) in storage.power.iter_mut().zip(storage.rules) {
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
