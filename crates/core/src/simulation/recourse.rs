//! Recourse: what happens when the tie alone cannot close the balance, in a fixed order.
//!
//! - Where the strategy asks for curtailment, generation is curtailed first, up to the net import it asks for; but what
//!   batteries that may not charge from the grid charge is taken, not curtailed.
//! - Grid-tied and short of import: cut charging, then discharge storage further, then raise running gensets, then
//!   start others, then shed load, lowest tier first. What the least load of a started genset gives beyond the need
//!   spares import first.
//! - Grid-tied and over the export limit: cut asked discharge, then lower gensets to their least, then curtail, then
//!   dump what cannot be curtailed.
//! - Islanded: grid-forming storage balances both ways first, then as above with a tie of 0. Without grid-forming
//!   storage a grid-forming genset that runs or can start takes its place; requests to storage then stand, and gensets
//!   that form the grid balance both ways. Without either the site is dark, generation included, its storage rests and
//!   its gensets are off.
//!
//! Rare, so it stands apart from the march's common path: it works on copies, that the common path's numbers may stay
//! in registers. For a lane within its limits it is the identity.

use alloc::vec::Vec;

use super::block::{Inputs, SiteLanes};
use super::gensets::Gensets;
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
    /// 1 where something holds the site's voltage: the grid, grid-forming storage or a genset.
    alive: Lane<L>,
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
            alive: zero,
            unserved: [zero; 3],
        }
    }

    /// Closes the balance of a step.
    #[inline(never)]
    pub(crate) fn close(
        &mut self,
        inputs: &Inputs<'_, L>,
        site: &SiteLanes<L>,
        step: usize,
        gensets: &mut Gensets<'_, L>,
    ) {
        let seen = observe(inputs, step);
        let grid_up = inputs.grid_up(step);
        self.find_formers(site, &grid_up, gensets);
        if seen.any_outage {
            self.form_island(site, &seen, &grid_up, gensets);
        }
        let tie = (inputs.import_limit.at(step), inputs.export_limit.at(step));
        let curtailable = curtailable(inputs, &seen, step);
        let mut may_leave = curtailable;
        if site.any_barred_charge {
            self.take_what_barred_batteries_charge(site, &seen, &grid_up, gensets, &mut may_leave);
        }
        let (mut short, mut over) = self.use_the_tie(&seen, &may_leave, &tie, gensets);
        self.cut_requests(&mut short, &mut over);
        self.discharge_further(&mut short);
        if !gensets.roster.is_empty() {
            self.use_gensets(gensets, &mut short, &mut over);
        }
        self.shed(inputs, step, &mut short);
        self.curtail(&curtailable, &over);
        if seen.any_outage {
            self.darken(inputs, &seen, step);
        }
    }

    /// Finds what holds the voltage in each lane; starts a genset where nothing else can, and trips those that would
    /// have nothing to follow.
    fn find_formers(&mut self, site: &SiteLanes<L>, grid_up: &Lane<L>, gensets: &mut Gensets<'_, L>) {
        for l in 0..L {
            let alive = grid_up[l] > 0.0 || site.has_former[l] > 0.0 || gensets.form_grid(l);
            self.alive[l] = if alive { 1.0 } else { 0.0 };
            if !alive {
                gensets.trip(l);
            }
        }
    }

    /// In an outage the requests to grid-forming storage are void: it takes the balance. A dark site's storage rests.
    /// Where gensets form the grid they take the balance.
    fn form_island(&mut self, site: &SiteLanes<L>, seen: &Seen<L>, grid_up: &Lane<L>, gensets: &mut Gensets<'_, L>) {
        let mut rest = seen.deficit;
        let made = gensets.power();
        for l in 0..L {
            rest[l] -= made[l];
        }
        for (power, rules) in self.power.iter_mut().zip(&site.rules) {
            for l in 0..L {
                let void = grid_up[l] == 0.0 && (rules.grid_forming[l] > 0.0 || self.alive[l] == 0.0);
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
        for l in (0..L).filter(|&l| grid_up[l] == 0.0 && site.has_former[l] == 0.0) {
            gensets.raise(l, rest[l], true);
            gensets.lower(l, -rest[l], true);
        }
    }

    /// Holds what may be left on request to the surplus that batteries barred from grid charging do not charge: their
    /// charge is at most generation *taken* and gensets less the load.
    fn take_what_barred_batteries_charge(
        &self,
        site: &SiteLanes<L>,
        seen: &Seen<L>,
        grid_up: &Lane<L>,
        gensets: &Gensets<'_, L>,
        may_leave: &mut Lane<L>,
    ) {
        let mut barred = Lane::<L>::ZERO;
        for (power, rules) in self.power.iter().zip(&site.rules) {
            for l in 0..L {
                let is_barred = rules.charge_from_grid[l] == 0.0 && grid_up[l] > 0.0;
                barred[l] += if is_barred { max(-power[l], 0.0) } else { 0.0 };
            }
        }
        let made = gensets.power();
        for l in 0..L {
            let left_over = max(made[l] - seen.deficit[l] - barred[l], 0.0);
            may_leave[l] = if barred[l] > 0.0 { min(may_leave[l], left_over) } else { may_leave[l] };
        }
    }

    /// Curtails what is asked for and takes the tie to its limits; returns what is short and what is over then.
    fn use_the_tie(
        &mut self,
        seen: &Seen<L>,
        may_leave: &Lane<L>,
        (import_limit, export_limit): &(Lane<L>, Lane<L>),
        gensets: &Gensets<'_, L>,
    ) -> (Lane<L>, Lane<L>) {
        let mut net = seen.deficit;
        let made = gensets.power();
        for l in 0..L {
            net[l] -= made[l];
        }
        for power in &self.power {
            for l in 0..L {
                net[l] -= power[l];
            }
        }
        let (mut short, mut over) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            self.curtailed[l] = max(min(self.least_net[l] - net[l], may_leave[l]), 0.0);
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

    fn discharge_further(&mut self, short: &mut Lane<L>) {
        for (power, limits) in self.power.iter_mut().zip(&self.limits) {
            for l in 0..L {
                let room = if self.alive[l] == 0.0 { 0.0 } else { max(limits.discharge[l] - power[l], 0.0) };
                let more = min(room, short[l]);
                // Set, not added up to: a sum could round beyond the limit.
                let is_full = room > 0.0 && room <= short[l];
                power[l] = if is_full { limits.discharge[l] } else { power[l] + more };
                short[l] -= more;
            }
        }
    }

    /// Raises running gensets, then starts others, for what is short; lowers them for what is over.
    fn use_gensets(&mut self, gensets: &mut Gensets<'_, L>, short: &mut Lane<L>, over: &mut Lane<L>) {
        let mut spare = Lane::<L>::ZERO;
        for l in (0..L).filter(|&l| self.alive[l] > 0.0) {
            short[l] = gensets.raise(l, short[l], false);
            (short[l], spare[l]) = gensets.start(l, short[l]);
            let spared = min(spare[l], self.import[l]);
            self.import[l] -= spared;
            over[l] += spare[l] - spared;
        }
        // Only where a start gave more than was short is there anything left to cut.
        self.cut_requests(short, over);
        for l in 0..L {
            over[l] = gensets.lower(l, over[l], false);
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
    fn darken(&mut self, inputs: &Inputs<'_, L>, seen: &Seen<L>, step: usize) {
        for l in (0..L).filter(|&l| self.alive[l] == 0.0) {
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
