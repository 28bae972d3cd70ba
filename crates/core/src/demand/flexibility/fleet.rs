//! The fleet: its description by sums over cars, and the least cost at prices by the greedy.

use alloc::format;
use alloc::vec::Vec;

use super::super::Task;
use super::FlexibleSession;
use crate::problem::{Problem, Problems};

/// Sessions whose joint flexibility is known exactly.
///
/// # Examples
/// ```
/// use microgrid_core::demand::{FleetFlexibility, Task};
///
/// // Two cars from 0 to 4 h; each wants 10 kWh at up to 5 kW.
/// let car = Task { from_s: 0, until_s: 4 * 3600, energy_kwh: 10.0, power_max_kw: 5.0 };
/// let fleet = FleetFlexibility::of_tasks(&[car, car], 4, 3600)?;
/// assert_eq!(fleet.most_kwh(&[true, false, false, false]), 10.0);
/// assert_eq!(fleet.least_kwh(&[true, true, true, false]), 10.0);
/// let plan = fleet.least_cost(&[0.4, 0.1, 0.3, 0.2])?;
/// assert_eq!(plan.power_kw, [0.0, 10.0, 0.0, 10.0]);
/// assert!((plan.cost - 3.0).abs() < 1e-12);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FleetFlexibility {
    pub(super) slots: usize,
    pub(super) slot_h: f64,
    pub(super) sessions: Vec<FlexibleSession>,
}

/// A course of the fleet's power, and what it costs.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FleetPlan {
    /// Mean power of all cars in each slot, kW.
    pub power_kw: Vec<f64>,
    /// What it costs, counted from a fleet that takes nothing, in the currency of the prices.
    pub cost: f64,
}

/// What the fleet can do at most and at least: each number is reached by some course, not all of them by one.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Envelope {
    /// Greatest mean power in each slot, kW.
    pub power_max_kw: Vec<f64>,
    /// Least mean power in each slot, kW; negative where cars can give back.
    pub power_min_kw: Vec<f64>,
    /// Most energy taken from the first slot to the end of each, kWh.
    pub energy_most_kwh: Vec<f64>,
    /// Least energy taken from the first slot to the end of each, kWh.
    pub energy_least_kwh: Vec<f64>,
}

impl FleetFlexibility {
    /// A fleet in `slots` slots of `slot_s` seconds.
    ///
    /// # Errors
    /// Every session whose stay, power or energy is impossible: one that cannot take its least energy is refused, never cut.
    pub fn new(sessions: Vec<FlexibleSession>, slots: u32, slot_s: u32) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        problems.require_range("slots", f64::from(slots), 1.0, 1e6);
        problems.require_range("slot_s", f64::from(slot_s), 1.0, 86_400.0);
        let slot_h = f64::from(slot_s) / 3600.0;
        let settled = |(i, session): (usize, FlexibleSession)| {
            let session = session.settled(slot_h);
            session.check(&mut problems, format_args!("session[{i}]"), slots, slot_h);
            session
        };
        let sessions = sessions.into_iter().enumerate().map(settled).collect();
        problems.or_else(|| Self { slots: slots as usize, slot_h, sessions })
    }

    /// The fleet of tasks that only charge; those outside the slots are left out. What a stay is too short for is not asked of
    /// it: see [`Task::too_short_kwh`].
    ///
    /// # Errors
    /// As [`FleetFlexibility::new`].
    pub fn of_tasks(tasks: &[Task], slots: u32, slot_s: u32) -> Result<Self, Problems> {
        let sessions = tasks.iter().filter_map(|task| FlexibleSession::of_task(task, slots, slot_s));
        Self::new(sessions.collect(), slots, slot_s)
    }

    /// The sessions, in the order given.
    #[must_use]
    pub fn sessions(&self) -> &[FlexibleSession] {
        &self.sessions
    }

    /// Number of slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Length of a slot, hours.
    #[must_use]
    pub fn slot_h(&self) -> f64 {
        self.slot_h
    }

    /// Least and most energy of all stays, kWh.
    #[must_use]
    pub fn energy_kwh(&self) -> [f64; 2] {
        let all = alloc::vec![true; self.slots];
        [self.least_kwh(&all), self.most_kwh(&all)]
    }

    /// The most that the fleet can take in the slots marked, kWh: b(A). Slots that are not listed are not marked.
    #[must_use]
    pub fn most_kwh(&self, within: &[bool]) -> f64 {
        let is_in = |slot: usize| within.get(slot).copied().unwrap_or(false);
        self.sessions.iter().map(|session| session.most_kwh(self.slot_h, &is_in)).sum()
    }

    /// The least that the fleet must take in the slots marked, kWh: p(A).
    #[must_use]
    pub fn least_kwh(&self, within: &[bool]) -> f64 {
        let is_in = |slot: usize| within.get(slot).copied().unwrap_or(false);
        self.sessions.iter().map(|session| session.least_kwh(self.slot_h, &is_in)).sum()
    }

    /// Limits of power in each slot, and of energy up to each slot's end.
    #[must_use]
    pub fn envelope(&self) -> Envelope {
        let zero = || alloc::vec![0.0; self.slots];
        let [mut power_max_kw, mut power_min_kw] = [zero(), zero()];
        let [mut energy_most_kwh, mut energy_least_kwh] = [zero(), zero()];
        for session in &self.sessions {
            if session.only_charges() {
                self.add_charging(session, [&mut power_max_kw, &mut power_min_kw], true);
                self.add_charging(session, [&mut energy_most_kwh, &mut energy_least_kwh], false);
            } else {
                for slot in session.slots() {
                    power_max_kw[slot] += session.most_kwh(self.slot_h, &|other| other == slot);
                    power_min_kw[slot] += session.least_kwh(self.slot_h, &|other| other == slot);
                    energy_most_kwh[slot] += session.most_kwh(self.slot_h, &|other| other <= slot);
                    energy_least_kwh[slot] += session.least_kwh(self.slot_h, &|other| other <= slot);
                }
            }
        }
        // Gone, a car keeps what it took.
        let (mut most_gone, mut least_gone) = (zero(), zero());
        for session in self.sessions.iter().filter(|session| (session.until_slot as usize) < self.slots) {
            most_gone[session.until_slot as usize] += session.most_kwh(self.slot_h, &|_| true);
            least_gone[session.until_slot as usize] += session.least_kwh(self.slot_h, &|_| true);
        }
        let (mut most, mut least) = (0.0, 0.0);
        for slot in 0..self.slots {
            most += most_gone[slot];
            least += least_gone[slot];
            energy_most_kwh[slot] += most;
            energy_least_kwh[slot] += least;
            power_max_kw[slot] /= self.slot_h;
            power_min_kw[slot] /= self.slot_h;
        }
        Envelope { power_max_kw, power_min_kw, energy_most_kwh, energy_least_kwh }
    }

    /// Adds most and least of a car that only charges: of each slot alone, or of each prefix.
    fn add_charging(&self, session: &FlexibleSession, [most, least]: [&mut [f64]; 2], alone: bool) {
        let all: f64 = session.slots().map(|slot| session.limits_kwh(slot, self.slot_h).1).sum();
        let mut so_far = 0.0;
        for slot in session.slots() {
            let reach = session.limits_kwh(slot, self.slot_h).1;
            so_far = if alone { reach } else { so_far + reach };
            let must = session.energy_least_kwh - (all - so_far);
            most[slot] += if so_far < session.energy_most_kwh { so_far } else { session.energy_most_kwh };
            least[slot] += if must > 0.0 { must } else { 0.0 };
        }
    }

    /// The course of least cost at a price of each slot, by the greedy; exact. Of slots of one price the earlier are taken.
    ///
    /// # Errors
    /// Prices that are not one finite number a slot.
    pub fn least_cost(&self, price_per_kwh: &[f64]) -> Result<FleetPlan, Problems> {
        if price_per_kwh.len() != self.slots || price_per_kwh.iter().any(|price| !price.is_finite()) {
            let problem = Problem::new("price_per_kwh", "is not a finite price for each slot");
            return Err(problem
                .value(format!("{} numbers", price_per_kwh.len()))
                .allowed(format!("{}", self.slots))
                .into());
        }
        let mut order: Vec<u32> = (0..self.slots as u32).collect();
        order.sort_by(|a, b| price_per_kwh[*a as usize].total_cmp(&price_per_kwh[*b as usize]));
        let mut rank = alloc::vec![0_u32; self.slots];
        order.iter().zip(0..).for_each(|(slot, at)| rank[*slot as usize] = at);
        let mut greedy = Greedy {
            slot_h: self.slot_h,
            price_per_kwh,
            order: &order,
            rank: &rank,
            own: Vec::new(),
            taken: Vec::new(),
        };
        let mut power_kw = alloc::vec![0.0; self.slots];
        for session in &self.sessions {
            greedy.add(session, &mut power_kw);
        }
        let cost = power_kw.iter().zip(price_per_kwh).map(|(kwh, price)| kwh * price).sum();
        power_kw.iter_mut().for_each(|kwh| *kwh /= self.slot_h);
        Ok(FleetPlan { power_kw, cost })
    }
}

/// The greedy of one car after the other.
struct Greedy<'a> {
    slot_h: f64,
    price_per_kwh: &'a [f64],
    /// Slots by ascending price, and the place of each in that order.
    order: &'a [u32],
    rank: &'a [u32],
    /// A car's slots by ascending price.
    own: Vec<u32>,
    /// Whether a slot is in the set that has grown so far.
    taken: Vec<bool>,
}

impl Greedy<'_> {
    fn add(&mut self, session: &FlexibleSession, energy_kwh: &mut [f64]) {
        if session.only_charges() && 8 * session.slots().len() > self.order.len() {
            // The order of all slots, without those when it is away: cheaper than sorting its own.
            let there = self.order.iter().copied().filter(|slot| session.is_there(*slot as usize));
            fill(session, there, self.slot_h, self.price_per_kwh, energy_kwh);
            return;
        }
        self.own.clear();
        self.own.extend(session.from_slot..session.until_slot);
        self.own.sort_unstable_by_key(|slot| self.rank[*slot as usize]);
        if session.only_charges() {
            fill(session, self.own.iter().copied(), self.slot_h, self.price_per_kwh, energy_kwh);
        } else {
            self.add_both_ways(session, energy_kwh);
        }
    }

    /// Edmonds' greedy from both ends.
    fn add_both_ways(&mut self, session: &FlexibleSession, energy_kwh: &mut [f64]) {
        let first = session.from_slot as usize;
        let paid = self.own.iter().take_while(|slot| self.price_per_kwh[**slot as usize] < 0.0).count();
        self.taken.clear();
        self.taken.resize(session.slots().len(), false);
        let mut sum = 0.0;
        for slot in self.own[..paid].iter().map(|slot| *slot as usize) {
            self.taken[slot - first] = true;
            let most = session.most_kwh(self.slot_h, &|other| self.taken[other - first]);
            energy_kwh[slot] += most - sum;
            sum = most;
        }
        self.taken.fill(false);
        sum = 0.0;
        for slot in self.own[paid..].iter().rev().map(|slot| *slot as usize) {
            self.taken[slot - first] = true;
            let least = session.least_kwh(self.slot_h, &|other| self.taken[other - first]);
            energy_kwh[slot] += least - sum;
            sum = least;
        }
    }
}

/// The greedy of a car that only charges: the cheapest slots up to the least energy, and on while it is paid to take more.
fn fill(
    session: &FlexibleSession,
    cheapest_first: impl Iterator<Item = u32>,
    slot_h: f64,
    price_per_kwh: &[f64],
    energy_kwh: &mut [f64],
) {
    let (mut must, mut may) = (session.energy_least_kwh, session.energy_most_kwh);
    for slot in cheapest_first.map(|slot| slot as usize) {
        let wanted = if price_per_kwh[slot] < 0.0 { may } else { must };
        if wanted <= 0.0 {
            return;
        }
        let reach = session.limits_kwh(slot, slot_h).1;
        let taken = if reach < wanted { reach } else { wanted };
        energy_kwh[slot] += taken;
        must -= taken;
        may -= taken;
    }
}
