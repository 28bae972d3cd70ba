//! The fleet as a network from slots through cars to their energy: convex costs, and any course shared among the cars.

use alloc::format;
use alloc::vec::Vec;

use super::network::Network;
use super::{FleetFlexibility, FleetPlan, FlexibleSession, SlotCost};
use crate::problem::{Problem, Problems};

/// A course of the fleet, car by car.
#[derive(Debug, Clone, PartialEq)]
pub struct Disaggregation {
    first: Vec<usize>,
    power_kw: Vec<f64>,
}

impl Disaggregation {
    /// Mean power of session `index` in each slot of its stay, kW; negative where it gives back.
    ///
    /// # Panics
    /// Where the fleet has no such session.
    #[must_use]
    pub fn session_kw(&self, index: usize) -> &[f64] {
        &self.power_kw[self.first[index]..self.first[index + 1]]
    }
}

/// Why a course cannot be followed: what is wrong in a set of slots, by the exact description of the fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Unservable {
    /// The slots to blame: there the course takes more than the fleet can, or less than it must.
    pub slots: Vec<u32>,
    /// By how much in all of them together, kWh.
    pub short_kwh: f64,
    /// Whether the course takes too much there; else too little.
    pub too_much: bool,
}

impl core::fmt::Display for Unservable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let what = if self.too_much { "more than the fleet can" } else { "less than the fleet must" };
        let slots = self.slots.len();
        write!(f, "takes {:.6} kWh {what} in {slots} slots from slot {:?} on", self.short_kwh, self.slots.first())
    }
}

impl core::error::Error for Unservable {}

const SOURCE: usize = 0;
const SINK: usize = 1;
/// Energy that must be taken, and energy that may be.
const MUST: usize = 2;
const MAY: usize = 3;
const FIRST_SLOT: usize = 4;

/// Energy flows from the source to slots, from slots to cars, and from there to what must and may be taken.
///
/// A car that only charges is one node. One that gives back has a node for each slot of its stay: x − l comes from the slot, −l
/// must be taken there, and what its level has above the least goes on to the next; what it had at the start comes from the
/// source.
#[derive(Debug)]
pub(super) struct FleetNetwork {
    network: Network,
    /// Arc from the source to each slot; what it carries is X_t − Σ_i l_it.
    slot_arc: Vec<usize>,
    /// Arcs of what cars had at the start.
    start_arcs: Vec<(usize, f64)>,
    /// First of the arcs from slots to each car, two apart.
    session_arc: Vec<usize>,
    may_arc: usize,
    /// Σ_i l_it of each slot, kWh, at most 0.
    pub(super) least_kwh: Vec<f64>,
    must_kwh: f64,
    must_flow_kwh: f64,
    pub(super) tolerance_kwh: f64,
}

impl FleetNetwork {
    pub(super) fn new(fleet: &FleetFlexibility) -> Self {
        let nodes = |session: &FlexibleSession| if session.only_charges() { 1 } else { session.slots().len() };
        let count: usize = fleet.sessions.iter().map(nodes).sum();
        let scale: f64 = fleet.sessions.iter().map(|session| 1.0 + session.span_kwh()).sum();
        let mut network = Network::new(FIRST_SLOT + fleet.slots + count, 1e-14 * scale);
        network.arc(MUST, SINK, f64::INFINITY);
        let may_arc = network.arc(MAY, SINK, 0.0);
        let slot_arc = (0..fleet.slots).map(|slot| network.arc(SOURCE, FIRST_SLOT + slot, 0.0)).collect();
        let mut all = Self {
            network,
            slot_arc,
            start_arcs: Vec::new(),
            session_arc: Vec::with_capacity(fleet.sessions.len()),
            may_arc,
            least_kwh: alloc::vec![0.0; fleet.slots],
            must_kwh: 0.0,
            must_flow_kwh: 0.0,
            tolerance_kwh: 1e-10 * scale,
        };
        let mut node = FIRST_SLOT + fleet.slots;
        for session in &fleet.sessions {
            all.add(session, node, fleet.slot_h);
            node += nodes(session);
        }
        all
    }

    fn add(&mut self, session: &FlexibleSession, node: usize, slot_h: f64) {
        let step = usize::from(!session.only_charges());
        let mut first = None;
        for (at, slot) in session.slots().enumerate() {
            let (least, most) = session.limits_kwh(slot, slot_h);
            let arc = self.network.arc(FIRST_SLOT + slot, node + step * at, most - least);
            first = first.or(Some(arc));
            self.least_kwh[slot] += least;
        }
        self.session_arc.push(first.unwrap_or(0));
        let (least, most) = session.end_range();
        let last = if session.only_charges() { node } else { node + session.slots().len() - 1 };
        let floor = if session.only_charges() { 0.0 } else { session.level_min_kwh };
        if !session.only_charges() {
            for (at, slot) in session.slots().enumerate() {
                let (given, _) = session.limits_kwh(slot, slot_h);
                self.must(node + at, -given);
                if node + at < last {
                    self.network.arc(node + at, node + at + 1, session.level_max_kwh - floor);
                }
            }
            let arc = self.network.arc(SOURCE, node, 0.0);
            self.start_arcs.push((arc, -floor));
        }
        self.must(last, least - floor);
        self.network.arc(last, MAY, most - least);
    }

    fn must(&mut self, node: usize, kwh: f64) {
        self.network.arc(node, MUST, kwh);
        self.must_kwh += kwh;
    }

    /// Energy of the fleet in a slot so far, kWh.
    pub(super) fn taken_kwh(&self, slot: usize) -> f64 {
        self.network.flow(self.slot_arc[slot]) + self.least_kwh[slot]
    }

    /// Lets the fleet take up to `most_kwh` in a slot, and not less than it does.
    pub(super) fn open(&mut self, slot: usize, most_kwh: f64) {
        let room = most_kwh - self.taken_kwh(slot);
        self.network.open(self.slot_arc[slot], room);
    }

    /// Lets cars use what they had at the start.
    pub(super) fn open_start(&mut self) -> f64 {
        let mut sum = 0.0;
        for (arc, kwh) in &self.start_arcs {
            self.network.open(*arc, *kwh);
            sum += kwh;
        }
        sum
    }

    /// The greatest flow through what is open, into what must be taken alone or into both.
    pub(super) fn push(&mut self, beyond_must: bool) -> f64 {
        self.network.open(self.may_arc, if beyond_must { f64::INFINITY } else { 0.0 });
        let must_before = self.must_flow_kwh;
        let pushed = self.network.augment(SOURCE, SINK);
        self.must_flow_kwh = self.network.flow(0);
        debug_assert!(self.must_flow_kwh >= must_before - self.tolerance_kwh);
        pushed
    }

    /// What must be taken and is not, kWh.
    pub(super) fn missing_kwh(&self) -> f64 {
        self.must_kwh - self.must_flow_kwh
    }

    /// The slots on the source's side of the least cut after [`FleetNetwork::push`].
    pub(super) fn reached(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.slot_arc.len() as u32).filter(|slot| self.network.is_reached(FIRST_SLOT + *slot as usize))
    }

    /// Makes the fleet take just `fixed_kwh` in the slots of `window`, and cars use what they had at the start.
    fn fix(
        &mut self,
        fleet: &FleetFlexibility,
        window: core::ops::Range<usize>,
        fixed_kwh: &[f64],
    ) -> Result<(), Unservable> {
        let mut forced = self.open_start();
        for (slot, kwh) in window.zip(fixed_kwh) {
            let below = self.least_kwh[slot] - kwh;
            if below > self.tolerance_kwh {
                let least_kwh: f64 =
                    fleet.sessions.iter().map(|session| session.least_kwh(fleet.slot_h, &|other| other == slot)).sum();
                let slots = alloc::vec![slot as u32];
                return Err(Unservable { slots, short_kwh: least_kwh - kwh, too_much: false });
            }
            forced -= below;
            self.open(slot, *kwh);
        }
        let pushed = self.push(false);
        if fixed_kwh.len() == fleet.slots {
            // Nothing else will serve what must be taken; the cut that proves it is lost when more flows.
            self.all_served()?;
        }
        let short_kwh = forced - pushed - self.push(true);
        if short_kwh > self.tolerance_kwh {
            return Err(Unservable { slots: self.reached().collect(), short_kwh, too_much: true });
        }
        Ok(())
    }

    /// Where not all is taken that must be, the slots that let too little in. Follows a [`FleetNetwork::push`] of what must
    /// be taken alone.
    fn all_served(&self) -> Result<(), Unservable> {
        let short_kwh = self.missing_kwh();
        if short_kwh <= self.tolerance_kwh {
            return Ok(());
        }
        let slots =
            (0..self.slot_arc.len() as u32).filter(|slot| !self.network.is_reached(FIRST_SLOT + *slot as usize));
        Err(Unservable { slots: slots.collect(), short_kwh, too_much: false })
    }
}

impl FleetFlexibility {
    /// The course of least cost at convex costs of the fleet's sum, one a slot, by the greedy over their pieces; exact.
    ///
    /// # Errors
    /// Costs that are not one a slot or fall; else what the limits on the sum leave untaken.
    pub fn least_convex_cost(&self, costs: &[SlotCost]) -> Result<FleetPlan, Problems> {
        self.check_costs(costs)?;
        let within_limits = |plan: FleetPlan| match self.beyond_limits(costs, &plan) {
            None => Ok(plan),
            Some(beyond) => Err(beyond),
        };
        self.fixed_in(costs, 0..0, &[]).and_then(within_limits).map_err(|short| {
            let hint = "the limits on the fleet's sum are too low for what its sessions need, or for what must run";
            Problem::new("costs", format!("{short}")).hint(hint).into()
        })
    }

    /// Slots whose limit on the sum lies below the least that the fleet can take there, as where a site's own use is beyond
    /// its tie.
    fn beyond_limits(&self, costs: &[SlotCost], plan: &FleetPlan) -> Option<Unservable> {
        let beyond_kwh = |(kw, cost): (&f64, &SlotCost)| {
            let most_kw = cost.pieces.last().map_or(f64::INFINITY, |piece| piece.until_kw);
            (kw - most_kw) * self.slot_h
        };
        let beyond: Vec<(u32, f64)> = (0..).zip(plan.power_kw.iter().zip(costs).map(beyond_kwh)).collect();
        let beyond = beyond.into_iter().filter(|(_, kwh)| *kwh > 1e-9);
        let (slots, kwh): (Vec<u32>, Vec<f64>) = beyond.unzip();
        (!slots.is_empty()).then(|| Unservable { slots, short_kwh: kwh.iter().sum(), too_much: true })
    }

    pub(super) fn check_costs(&self, costs: &[SlotCost]) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if costs.len() != self.slots {
            let problem = Problem::new("costs", "is not one cost for each slot").value(costs.len());
            problems.push(problem.allowed(format!("{}", self.slots)));
        }
        for (i, cost) in costs.iter().enumerate() {
            cost.check(&mut problems, &format!("costs[{i}]"));
        }
        problems.or_else(|| ())
    }

    /// The course of least cost with `fixed_kwh` in the slots of `window`.
    pub(super) fn fixed_in(
        &self,
        costs: &[SlotCost],
        window: core::ops::Range<usize>,
        fixed_kwh: &[f64],
    ) -> Result<FleetPlan, Unservable> {
        let mut network = FleetNetwork::new(self);
        // What is fixed comes first, and what cars had at the start: by the exchange of flows (Mendelsohn and Dulmage 1958)
        // whatever then serves all that must be taken keeps it.
        network.fix(self, window.clone(), fixed_kwh)?;
        let free: Vec<usize> = (0..self.slots).filter(|slot| !window.contains(slot)).collect();
        let mut prices: Vec<f64> =
            free.iter().flat_map(|slot| costs[*slot].pieces.iter().map(|piece| piece.price_per_kwh)).collect();
        prices.sort_by(f64::total_cmp);
        prices.dedup();
        for price in &prices {
            network.open_up_to(self, costs, &free, *price);
            network.push(false);
        }
        network.all_served()?;
        for price in prices.iter().take_while(|price| **price < 0.0) {
            network.open_up_to(self, costs, &free, *price);
            network.push(true);
        }
        let power_kw: Vec<f64> = (0..self.slots).map(|slot| network.taken_kwh(slot) / self.slot_h).collect();
        let cost = power_kw.iter().zip(costs).map(|(kw, cost)| cost.of(*kw, self.slot_h)).sum();
        Ok(FleetPlan { power_kw, cost })
    }

    /// Shares a course of the fleet's power among its cars, each within its own limits; in each slot their powers add up to the
    /// course's to 1e-9 of the fleet's energy.
    ///
    /// # Errors
    /// The slots in which the course takes more than the fleet can, or less than it must, with the energy by which it does: the
    /// set of slots that proves it.
    ///
    /// # Panics
    /// Where the course has not one power for each slot.
    pub fn disaggregate(&self, power_kw: &[f64]) -> Result<Disaggregation, Unservable> {
        assert_eq!(power_kw.len(), self.slots, "one power for each slot");
        let fixed_kwh: Vec<f64> = power_kw.iter().map(|kw| kw * self.slot_h).collect();
        let mut network = FleetNetwork::new(self);
        network.fix(self, 0..self.slots, &fixed_kwh)?;
        Ok(network.of_cars(self))
    }
}

impl FleetNetwork {
    /// Opens each slot as far as a kWh costs at most `price`.
    fn open_up_to(&mut self, fleet: &FleetFlexibility, costs: &[SlotCost], slots: &[usize], price: f64) {
        for slot in slots {
            match costs[*slot].reach_kw(price) {
                Some(kw) => self.open(*slot, kw * fleet.slot_h),
                None => self.open(*slot, f64::NEG_INFINITY),
            }
        }
    }

    fn of_cars(&self, fleet: &FleetFlexibility) -> Disaggregation {
        let mut shared = Disaggregation { first: alloc::vec![0], power_kw: Vec::new() };
        for (session, first) in fleet.sessions.iter().zip(&self.session_arc) {
            for (at, slot) in session.slots().enumerate() {
                let (least, _) = session.limits_kwh(slot, fleet.slot_h);
                shared.power_kw.push((self.network.flow(first + 2 * at) + least) / fleet.slot_h);
            }
            shared.first.push(shared.power_kw.len());
        }
        shared
    }
}
