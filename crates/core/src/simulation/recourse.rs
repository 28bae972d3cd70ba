//! Recourse: what happens when the tie alone cannot close the balance, in a fixed order.
//!
//! - Grid-tied and short of import: cut charging, then discharge storage further, then shed load, lowest tier first.
//! - Where the strategy asks for curtailment, generation is curtailed first, up to the net import it asks for.
//! - Grid-tied and over the export limit: cut asked discharge, then curtail, then dump what cannot be curtailed.
//! - Islanded: grid-forming storage balances both ways first, then as above with a tie of 0. Without grid-forming
//!   storage the site is dark, generation included, and its storage rests.
//!
//! Rare, so it stands apart from the march's common path: it works on copies, that the common path's numbers may stay
//! in registers. For a lane within its limits it is the identity.

use alloc::vec::Vec;

use super::block::{Inputs, SiteLanes};
use super::lane::{Lane, max, min};
use super::phases::{Seen, observe};
use crate::demand::Tier;
use crate::dispatch::lane_strategy::BatteryLimits;

/// One step's recourse. Powers in kW, all at least 0 except `power`.
#[derive(Debug, Clone)]
pub(crate) struct Recourse<const L: usize> {
    /// Each battery's power, positive into the bus: the requests before, what is done after.
    pub(crate) power: Vec<Lane<L>>,
    /// What each battery can do.
    pub(crate) limits: Vec<BatteryLimits<L>>,
    /// Net import below which generation is to be curtailed; −∞ where nobody asks.
    pub(crate) least_net: Lane<L>,
    pub(crate) import: Lane<L>,
    pub(crate) export: Lane<L>,
    pub(crate) curtailed: Lane<L>,
    pub(crate) dumped: Lane<L>,
    /// Load not served by tier, highest first.
    pub(crate) unserved: [Lane<L>; 3],
}

impl<const L: usize> Recourse<L> {
    pub(crate) const NO_CURTAILMENT: Lane<L> = Lane([f64::NEG_INFINITY; L]);

    pub(crate) fn new(batteries: usize) -> Self {
        let zero = Lane::<L>::ZERO;
        Self {
            power: alloc::vec![zero; batteries],
            limits: alloc::vec![BatteryLimits { charge: zero, discharge: zero }; batteries],
            least_net: Self::NO_CURTAILMENT,
            import: zero,
            export: zero,
            curtailed: zero,
            dumped: zero,
            unserved: [zero; 3],
        }
    }

    /// Closes the balance of a step.
    #[inline(never)]
    pub(crate) fn close(&mut self, inputs: &Inputs<'_, L>, site: &SiteLanes<L>, step: usize) {
        let seen = observe(inputs, step);
        let grid_up = inputs.grid_up(step);
        if seen.any_outage {
            self.form_island(site, &seen, &grid_up);
        }
        let tie = (inputs.import_limit.at(step), inputs.export_limit.at(step));
        let curtailable = curtailable(inputs, &seen, step);
        let (mut short, mut over) = self.use_the_tie(&seen, &curtailable, &tie);
        self.cut_requests(&mut short, &mut over);
        self.discharge_further(site, &grid_up, &mut short);
        self.shed(inputs, step, &mut short);
        self.curtail(&curtailable, &over);
        if seen.any_outage {
            self.darken(inputs, site, &seen, &grid_up, step);
        }
    }

    /// In an outage the requests to grid-forming storage are void: it takes the balance. A dark site's storage rests.
    fn form_island(&mut self, site: &SiteLanes<L>, seen: &Seen<L>, grid_up: &Lane<L>) {
        let mut rest = seen.deficit;
        for (power, rules) in self.power.iter_mut().zip(&site.rules) {
            for l in 0..L {
                let void = grid_up[l] == 0.0 && (rules.grid_forming[l] > 0.0 || site.has_former[l] == 0.0);
                power[l] = if void { 0.0 } else { power[l] };
                rest[l] -= power[l];
            }
        }
        for ((power, rules), limits) in self.power.iter_mut().zip(&site.rules).zip(&self.limits) {
            for l in 0..L {
                let forms = grid_up[l] == 0.0 && rules.grid_forming[l] > 0.0;
                let balance = max(min(rest[l], limits.discharge[l]), -limits.charge[l]);
                let balance = if forms { balance } else { 0.0 };
                power[l] += balance;
                rest[l] -= balance;
            }
        }
    }

    /// Curtails what is asked for and takes the tie to its limits; returns what is short and what is over then.
    fn use_the_tie(
        &mut self,
        seen: &Seen<L>,
        curtailable: &Lane<L>,
        (import_limit, export_limit): &(Lane<L>, Lane<L>),
    ) -> (Lane<L>, Lane<L>) {
        let mut net = seen.deficit;
        for power in &self.power {
            for l in 0..L {
                net[l] -= power[l];
            }
        }
        let (mut short, mut over) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            self.curtailed[l] = max(min(self.least_net[l] - net[l], curtailable[l]), 0.0);
            net[l] += self.curtailed[l];
            let (import, export) = (max(net[l], 0.0), max(-net[l], 0.0));
            self.import[l] = min(import, import_limit[l]);
            self.export[l] = min(export, export_limit[l]);
            short[l] = import - self.import[l];
            over[l] = export - self.export[l];
        }
        (short, over)
    }

    /// Cuts the requests that cause the breach, one battery after the other.
    fn cut_requests(&mut self, short: &mut Lane<L>, over: &mut Lane<L>) {
        for power in &mut self.power {
            for l in 0..L {
                let charge = min(max(-power[l], 0.0), short[l]);
                let discharge = min(max(power[l], 0.0), over[l]);
                power[l] += charge - discharge;
                short[l] -= charge;
                over[l] -= discharge;
            }
        }
    }

    fn discharge_further(&mut self, site: &SiteLanes<L>, grid_up: &Lane<L>, short: &mut Lane<L>) {
        for (power, limits) in self.power.iter_mut().zip(&self.limits) {
            for l in 0..L {
                let dark = grid_up[l] == 0.0 && site.has_former[l] == 0.0;
                let room = if dark { 0.0 } else { max(limits.discharge[l] - power[l], 0.0) };
                let more = min(room, short[l]);
                // Set, not added up to: a sum could round beyond the limit.
                let is_full = room > 0.0 && room <= short[l];
                power[l] = if is_full { limits.discharge[l] } else { power[l] + more };
                short[l] -= more;
            }
        }
    }

    fn shed(&mut self, inputs: &Inputs<'_, L>, step: usize, short: &mut Lane<L>) {
        self.unserved = [Lane::<L>::ZERO; 3];
        for tier in Tier::ALL.into_iter().rev() {
            for row in inputs.loads.iter().filter(|row| row.tier == tier) {
                let power = row.power.at(step);
                for l in 0..L {
                    let shed = min(row.scale[l] * power[l], short[l]);
                    self.unserved[tier as usize][l] += shed;
                    short[l] -= shed;
                }
            }
        }
    }

    fn curtail(&mut self, curtailable: &Lane<L>, over: &Lane<L>) {
        for l in 0..L {
            let more = min(over[l], curtailable[l] - self.curtailed[l]);
            self.curtailed[l] += more;
            self.dumped[l] = over[l] - more;
        }
    }

    /// At a site without grid and grid-former nothing runs: inverters have no voltage to follow.
    fn darken(&mut self, inputs: &Inputs<'_, L>, site: &SiteLanes<L>, seen: &Seen<L>, grid_up: &Lane<L>, step: usize) {
        for l in (0..L).filter(|&l| grid_up[l] == 0.0 && site.has_former[l] == 0.0) {
            self.curtailed[l] = seen.generation[l];
            self.dumped[l] = 0.0;
            self.unserved.iter_mut().for_each(|tier| tier[l] = 0.0);
            for row in &inputs.loads {
                self.unserved[row.tier as usize][l] += row.scale[l] * row.power.at(step)[l];
            }
        }
    }
}

/// Generation that may be curtailed.
fn curtailable<const L: usize>(inputs: &Inputs<'_, L>, seen: &Seen<L>, step: usize) -> Lane<L> {
    let mut must_take = Lane::<L>::ZERO;
    for plant in inputs.plants.iter().filter(|plant| !plant.curtailable) {
        let power = plant.power.at(step);
        for l in 0..L {
            must_take[l] += plant.scale[l] * power[l];
        }
    }
    let mut curtailable = Lane::<L>::ZERO;
    for l in 0..L {
        curtailable[l] = max(seen.generation[l] - must_take[l], 0.0);
    }
    curtailable
}
