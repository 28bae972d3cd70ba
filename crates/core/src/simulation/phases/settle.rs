//! Settle: requests are clipped to what the devices can do, and the balance is closed by the order of recourse.
//!
//! Grid-tied and short of import: cut charging, then discharge storage further, then shed load, lowest tier first.
//! Grid-tied and over the export limit: cut asked discharge, then curtail, then dump what cannot be curtailed.
//! Islanded: grid-forming storage balances both ways first, then as above with a tie of 0. Without grid-forming
//! storage the site is dark, generation included.

use super::{Seen, Storage};
use crate::demand::Tier;
use crate::simulation::block::{Inputs, SiteLanes};
use crate::simulation::lane::{Lane, any_positive, max, min};

/// How the step was balanced. kW, all at least 0.
pub(in crate::simulation) struct Flows<const L: usize> {
    pub(in crate::simulation) import: Lane<L>,
    pub(in crate::simulation) export: Lane<L>,
    /// Whether any lane curtailed, dumped or shed; if not, the three below are 0.
    pub(in crate::simulation) any_recourse: bool,
    pub(in crate::simulation) curtailed: Lane<L>,
    pub(in crate::simulation) dumped: Lane<L>,
    /// By tier, highest first.
    pub(in crate::simulation) unserved: [Lane<L>; 3],
}

#[inline(always)]
pub(in crate::simulation) fn settle<const L: usize>(
    inputs: &Inputs<'_, L>,
    site: &SiteLanes<L>,
    seen: &Seen<L>,
    step: usize,
    storage: &mut Storage<'_, L>,
) -> Flows<L> {
    if site.any_barred_charge || site.any_barred_export {
        bar(site, seen, storage);
    }
    if seen.any_outage {
        form_island(site, seen, storage);
    }
    // Positive where the site is short.
    let mut net = seen.deficit;
    for power in &*storage.power {
        for l in 0..L {
            net[l] -= power[l];
        }
    }
    let zero = [0.0; L];
    let (mut import, mut export) = (zero, zero);
    for l in 0..L {
        import[l] = max(net[l], 0.0);
        export[l] = max(-net[l], 0.0);
    }
    let mut flows = Flows { import, export, any_recourse: false, curtailed: zero, dumped: zero, unserved: [zero; 3] };
    if site.tie_is_limited {
        let (mut short, mut over) = (zero, zero);
        for l in 0..L {
            short[l] = import[l] - seen.import_limit[l];
            over[l] = export[l] - seen.export_limit[l];
        }
        if seen.any_outage || any_positive(&short) || any_positive(&over) {
            recourse(inputs, site, seen, step, short, over, storage, &mut flows);
        }
    }
    flows
}

/// Holds batteries that may not charge from the grid to the surplus of generation, and those that may not export to
/// the deficit; what the batteries before them took or gave counts.
#[inline(always)]
fn bar<const L: usize>(site: &SiteLanes<L>, seen: &Seen<L>, storage: &mut Storage<'_, L>) {
    let (mut surplus, mut deficit) = ([0.0; L], [0.0; L]);
    for l in 0..L {
        surplus[l] = max(-seen.deficit[l], 0.0);
        deficit[l] = max(seen.deficit[l], 0.0);
    }
    for (power, rules) in storage.power.iter_mut().zip(&site.rules) {
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

/// In an outage: the requests to grid-forming storage are void, it takes the balance; a dark site's storage rests.
#[inline(always)]
fn form_island<const L: usize>(site: &SiteLanes<L>, seen: &Seen<L>, storage: &mut Storage<'_, L>) {
    let mut rest = seen.deficit;
    for (power, rules) in storage.power.iter_mut().zip(&site.rules) {
        let mut held = *power;
        for l in 0..L {
            let islanded = seen.grid_up[l] == 0.0;
            let void = islanded && (rules.grid_forming[l] > 0.0 || site.has_former[l] == 0.0);
            held[l] = if void { 0.0 } else { held[l] };
            rest[l] -= held[l];
        }
        *power = held;
    }
    for ((power, rules), limits) in storage.power.iter_mut().zip(&site.rules).zip(&*storage.limits) {
        let mut held = *power;
        for l in 0..L {
            let forms = seen.grid_up[l] == 0.0 && rules.grid_forming[l] > 0.0;
            let balance = max(min(rest[l], limits.discharge[l]), -limits.charge[l]);
            let balance = if forms { balance } else { 0.0 };
            held[l] += balance;
            rest[l] -= balance;
        }
        *power = held;
    }
}

/// Closes what the tie cannot, in the order of recourse. Rare, and the identity for lanes within their limits.
#[inline(never)]
#[expect(clippy::too_many_arguments, reason = "one phase's locals, split off to keep the common path short")]
fn recourse<const L: usize>(
    inputs: &Inputs<'_, L>,
    site: &SiteLanes<L>,
    seen: &Seen<L>,
    step: usize,
    mut short: Lane<L>,
    mut over: Lane<L>,
    storage: &mut Storage<'_, L>,
    flows: &mut Flows<L>,
) {
    for l in 0..L {
        short[l] = max(short[l], 0.0);
        over[l] = max(over[l], 0.0);
        flows.import[l] -= short[l];
        flows.export[l] -= over[l];
    }
    for power in storage.power.iter_mut() {
        for l in 0..L {
            let cut_charge = min(max(-power[l], 0.0), short[l]);
            let cut_discharge = min(max(power[l], 0.0), over[l]);
            power[l] += cut_charge - cut_discharge;
            short[l] -= cut_charge;
            over[l] -= cut_discharge;
        }
    }
    for (power, limits) in storage.power.iter_mut().zip(&*storage.limits) {
        for l in 0..L {
            let dark = seen.grid_up[l] == 0.0 && site.has_former[l] == 0.0;
            let more = if dark { 0.0 } else { max(limits.discharge[l] - power[l], 0.0) };
            let more = min(more, short[l]);
            power[l] += more;
            short[l] -= more;
        }
    }
    for tier in Tier::ALL.into_iter().rev() {
        for row in inputs.loads.iter().filter(|row| row.tier == tier) {
            let power = row.power.at(step);
            for l in 0..L {
                let shed = min(row.scale[l] * power[l], short[l]);
                flows.unserved[tier as usize][l] += shed;
                short[l] -= shed;
            }
        }
    }
    let mut must_take = [0.0; L];
    for plant in inputs.plants.iter().filter(|plant| !plant.curtailable) {
        let power = plant.power.at(step);
        for l in 0..L {
            must_take[l] += plant.scale[l] * power[l];
        }
    }
    for l in 0..L {
        flows.curtailed[l] = min(over[l], max(seen.generation[l] - must_take[l], 0.0));
        flows.dumped[l] = over[l] - flows.curtailed[l];
        // Without a grid-former nothing runs, generation included; its inverters have no voltage to follow.
        if seen.grid_up[l] == 0.0 && site.has_former[l] == 0.0 {
            flows.curtailed[l] = seen.generation[l];
            flows.dumped[l] = 0.0;
        }
    }
    darken(inputs, site, seen, step, flows);
    flows.any_recourse = true;
}

/// Serves no load at sites without grid and grid-former.
fn darken<const L: usize>(
    inputs: &Inputs<'_, L>,
    site: &SiteLanes<L>,
    seen: &Seen<L>,
    step: usize,
    flows: &mut Flows<L>,
) {
    for l in 0..L {
        if seen.grid_up[l] == 0.0 && site.has_former[l] == 0.0 {
            (0..3).for_each(|tier| flows.unserved[tier][l] = 0.0);
            for row in &inputs.loads {
                flows.unserved[row.tier as usize][l] += row.scale[l] * row.power.at(step)[l];
            }
        }
    }
}
