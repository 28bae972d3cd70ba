//! Recourse: what happens when the tie alone cannot close the balance, in a fixed order.
//!
//! - Where the strategy asks for curtailment, generation is curtailed first, up to the net import it asks for; but what
//!   batteries that may not charge from the grid charge is taken, not curtailed. Then the tie goes to its limits.
//! - Short of import, the rungs of [`SHORT`] in their order: cut flexible uses to their least, cut charging, discharge
//!   storage further, raise running gensets, start others, cut uses altogether, shed load, lowest tier first. What the
//!   least load of a started genset gives beyond the need spares import first.
//! - Over the export limit, the rungs of [`OVER`]: cut asked discharge, lower gensets to their least, let flexible uses
//!   take up more, curtail. What cannot be curtailed is dumped.
//! - Islanded: grid-forming storage balances both ways first, then as above with a tie of 0. Without grid-forming
//!   storage a grid-forming genset that runs or can start takes its place; requests to storage then stand, and gensets
//!   that form the grid balance both ways. Without either the site is dark, generation included, its storage rests and
//!   its gensets are off.
//!
//! What the network of a feeder takes from loads and plants comes before all this: they count as less.
//!
//! Rare, so it stands apart from the march's common path: it works on copies, that the common path's numbers may stay
//! in registers. For a lane within its limits it is the identity.

use alloc::vec::Vec;

use super::block::{Inputs, SiteLanes};
use super::devices::Devices;
use super::kind::{Gap, OVER, Rung, SHORT};
use super::lane::{Lane, add, max, min};
use super::phases::{Now, Site};
use crate::dispatch::lane_strategy::BatteryLimits;

/// A charge at or below this is a rounding, kW.
const NO_CHARGE_KW: f64 = 1e-9;

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
    /// Generation that may be curtailed.
    curtailable: Lane<L>,
    /// Load not served by tier, highest first.
    pub(crate) unserved: [Lane<L>; 3],
    /// What the network takes from each load, then from each plant, before recourse; empty where nothing.
    pub(crate) reduced: Vec<Lane<L>>,
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
            curtailable: zero,
            unserved: [zero; 3],
            reduced: Vec::new(),
        }
    }

    /// What the network takes from a load, or from a plant, which come after all loads.
    pub(crate) fn reduced_by(&self, i: usize) -> Lane<L> {
        self.reduced.get(i).copied().unwrap_or(Lane::ZERO)
    }

    /// Adds what the network takes to what recourse left and shed.
    pub(crate) fn add_reduced(&mut self, inputs: &Inputs<L>) {
        let (loads, plants) = self.reduced.split_at(inputs.loads.len().min(self.reduced.len()));
        for (row, less) in inputs.loads.iter().zip(loads) {
            add(&mut self.unserved[row.tier as usize], less);
        }
        plants.iter().for_each(|less| add(&mut self.curtailed, less));
    }

    /// Closes the balance of a step.
    #[cold]
    #[inline(never)]
    pub(crate) fn close(&mut self, site: Site<'_, L>, now: Now<L>, devices: &mut impl Devices<L>) {
        let grid_up = site.inputs.grid_up(now.step);
        let alive = find_formers(site.lanes, &grid_up, devices);
        if now.any_outage {
            self.form_island(site.lanes, &now, &grid_up, &alive, devices);
        }
        self.curtailable = curtailable(site.inputs, &now);
        self.unserved = [Lane::<L>::ZERO; 3];
        let mut gap = self.use_the_tie(site, &now, (alive, grid_up), devices);
        for rung in SHORT.into_iter().chain(OVER) {
            self.answer(rung, (site.inputs, now.step), &mut gap);
            devices.answer(rung, &mut gap);
        }
        self.import = gap.import;
        self.dumped = gap.over;
        if now.any_outage {
            self.darken(site.inputs, &now, &gap.alive);
        }
    }

    /// In an outage the requests to grid-forming storage are void: it takes the balance. A dark site's storage rests.
    /// Where other devices form the grid they take the balance.
    fn form_island(
        &mut self,
        site: &SiteLanes<L>,
        now: &Now<L>,
        grid_up: &Lane<L>,
        alive: &Lane<L>,
        devices: &mut impl Devices<L>,
    ) {
        let mut rest = now.deficit;
        let mut fed = Lane::<L>::ZERO;
        devices.feed(&mut fed);
        for l in 0..L {
            rest[l] -= fed[l];
        }
        for (power, rules) in self.power.iter_mut().zip(&site.rules) {
            for l in 0..L {
                let void = grid_up[l] == 0.0 && (rules.grid_forming[l] > 0.0 || alive[l] == 0.0);
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
            rest[l] = devices.balance(l, rest[l]);
        }
    }

    /// What may be left on request: of the surplus, what batteries barred from grid charging do not charge, as their charge
    /// is at most generation *taken* and what else feeds the bus, less the load. A charge of a rounding's size is none: it
    /// would turn "all may be left" into "nothing".
    fn may_leave(&self, lanes: &SiteLanes<L>, now: &Now<L>, fed: &Lane<L>, grid_up: &Lane<L>) -> Lane<L> {
        let mut barred = Lane::<L>::ZERO;
        for (power, rules) in self.power.iter().zip(&lanes.rules) {
            for l in 0..L {
                let is_barred = rules.charge_from_grid[l] == 0.0 && grid_up[l] > 0.0;
                barred[l] += if is_barred { max(-power[l], 0.0) } else { 0.0 };
            }
        }
        let mut may_leave = self.curtailable;
        for l in 0..L {
            let left_over = max(fed[l] - now.deficit[l] - barred[l], 0.0);
            may_leave[l] = if barred[l] > NO_CHARGE_KW { min(may_leave[l], left_over) } else { may_leave[l] };
        }
        may_leave
    }

    /// Curtails what is asked for and takes the tie to its limits; returns what is open then.
    fn use_the_tie(
        &mut self,
        site: Site<'_, L>,
        now: &Now<L>,
        (alive, grid_up): (Lane<L>, Lane<L>),
        devices: &mut impl Devices<L>,
    ) -> Gap<L> {
        let inputs = site.inputs;
        let (import_limit, export_limit) = (inputs.import_limit.at(now.step), inputs.export_limit.at(now.step));
        let mut net = now.deficit;
        let mut fed = Lane::<L>::ZERO;
        devices.feed(&mut fed);
        let may_leave = if site.lanes.any_barred_charge {
            self.may_leave(site.lanes, now, &fed, &grid_up)
        } else {
            self.curtailable
        };
        for l in 0..L {
            net[l] -= fed[l];
        }
        for power in &self.power {
            for l in 0..L {
                net[l] -= power[l];
            }
        }
        let zero = Lane::<L>::ZERO;
        let mut gap = Gap { alive, short: zero, over: zero, import: zero };
        for l in 0..L {
            self.curtailed[l] = max(min(self.least_net[l] - net[l], may_leave[l]), 0.0);
            net[l] += self.curtailed[l];
            let (import, export) = (max(net[l], 0.0), max(-net[l], 0.0));
            gap.import[l] = min(import, import_limit[l]);
            self.export[l] = min(export, export_limit[l]);
            gap.short[l] = import - gap.import[l];
            gap.over[l] = export - self.export[l];
        }
        gap
    }

    /// The rungs of storage, loads and generation.
    fn answer(&mut self, rung: Rung, (inputs, step): (&Inputs<L>, usize), gap: &mut Gap<L>) {
        let Gap { alive, short, over, .. } = gap;
        match rung {
            Rung::CutCharging => {
                for power in &mut self.power {
                    for l in 0..L {
                        let charge = min(max(-power[l], 0.0), short[l]);
                        power[l] += charge;
                        short[l] -= charge;
                    }
                }
            }
            Rung::Discharge => {
                for (power, limits) in self.power.iter_mut().zip(&self.limits) {
                    for l in 0..L {
                        let room = if alive[l] == 0.0 { 0.0 } else { max(limits.discharge[l] - power[l], 0.0) };
                        let more = min(room, short[l]);
                        // Set, not added up to: a sum could round beyond the limit.
                        let is_full = room > 0.0 && room <= short[l];
                        power[l] = if is_full { limits.discharge[l] } else { power[l] + more };
                        short[l] -= more;
                    }
                }
            }
            Rung::Shed(tier) => {
                for (i, row) in inputs.loads.iter().enumerate().filter(|(_, row)| row.tier == tier) {
                    let power = row.power.at(step);
                    let reduced = self.reduced_by(i);
                    for l in 0..L {
                        let shed = min(row.scale[l] * power[l] - reduced[l], short[l]);
                        self.unserved[tier as usize][l] += shed;
                        short[l] -= shed;
                    }
                }
            }
            Rung::CutDischarge => {
                for power in &mut self.power {
                    for l in 0..L {
                        let discharge = min(max(power[l], 0.0), over[l]);
                        power[l] -= discharge;
                        over[l] -= discharge;
                    }
                }
            }
            Rung::Curtail => {
                for l in 0..L {
                    let more = min(over[l], self.curtailable[l] - self.curtailed[l]);
                    self.curtailed[l] += more;
                    over[l] -= more;
                }
            }
            // Those of other devices.
            Rung::CutFlexible | Rung::Raise | Rung::Start | Rung::CutUses | Rung::Lower | Rung::Absorb => {}
        }
    }

    /// At a site without grid and grid-former nothing runs: inverters have no voltage to follow.
    fn darken(&mut self, inputs: &Inputs<L>, now: &Now<L>, alive: &Lane<L>) {
        for l in (0..L).filter(|&l| alive[l] == 0.0) {
            self.curtailed[l] = now.generation[l];
            self.dumped[l] = 0.0;
            self.unserved.iter_mut().for_each(|tier| tier[l] = 0.0);
            for row in &inputs.loads {
                self.unserved[row.tier as usize][l] += row.scale[l] * row.power.at(now.step)[l];
            }
        }
    }
}

/// Where something holds the voltage: the grid, grid-forming storage, or another device, which starts where nothing
/// else can. Devices that would have nothing to follow trip.
fn find_formers<const L: usize>(site: &SiteLanes<L>, grid_up: &Lane<L>, devices: &mut impl Devices<L>) -> Lane<L> {
    let mut lanes = Lane::<L>::ZERO;
    for l in 0..L {
        let alive = grid_up[l] > 0.0 || site.has_former[l] > 0.0 || devices.form_grid(l);
        lanes[l] = if alive { 1.0 } else { 0.0 };
        if !alive {
            devices.trip(l);
        }
    }
    lanes
}

/// Generation that may be curtailed.
fn curtailable<const L: usize>(inputs: &Inputs<L>, now: &Now<L>) -> Lane<L> {
    let mut must_take = Lane::<L>::ZERO;
    for plant in inputs.plants.iter().filter(|plant| !plant.curtailable) {
        let power = plant.power.at(now.step);
        for l in 0..L {
            must_take[l] += plant.scale[l] * power[l];
        }
    }
    let mut curtailable = Lane::<L>::ZERO;
    for l in 0..L {
        curtailable[l] = max(now.generation[l] - must_take[l], 0.0);
    }
    curtailable
}
