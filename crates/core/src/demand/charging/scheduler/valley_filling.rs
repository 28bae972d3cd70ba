//! Fills the valleys of the site's net load: the least sum of squares of what the site and its cars draw until the last of them leaves.
//!
//! # Model
//! With b the site's load less its generation in the steps to come, known ahead, and x what the cars that are there draw in
//! them, the scheduler draws now what the minimum of Σ (b_t + x_t)² draws now, and does so again in every step (Gan, Topcu and Low, *Optimal
//! decentralized protocol for electric vehicle charging*, 2013, have the problem). Car j of energy E_j, rate p_j and n_j steps
//! until its departure lets all x be had with x(A) ≤ f(A) = Σ_j min(E_j, p_j·|A ∩ first n_j steps|) for all sets A of steps, all of it in
//! the end: f is submodular, and the minimum is found exactly by decomposition (Fujishige 1980): where x_t = λ − b_t, λ making
//! it add up, breaks no set, that is it; else the set A that it breaks most is full in the optimum, and the steps in A and the others are
//! two problems of their own, of which only that with the present step matters. Because all cars are there already, their windows
//! are nested, and the worst set is found by a pass over the steps that carries how many of them are in it.
//!
//! Then what each car takes at the present step's level is known, and is shared back in time, from the last of the level's steps to the
//! present one: each step's power comes from the cars that are there, so that the greatest time that any of them still needs at its rate is
//! least. What is left for the present step is what each draws. Limits within the station hold in every step, but are not foreseen.
//! Beyond 192 steps ahead several count as one; a step that a car leaves within is not counted on.

use alloc::vec::Vec;

use super::super::Lot;
use super::Scheduler;
use crate::simulation::lane::{max, min};

/// Most slots that are looked ahead.
const SLOTS_MOST: usize = 192;

/// Sums of powers are rounded by less than this share of them.
const ROUNDED: f64 = 1e-12;

#[derive(Debug)]
pub(super) struct ValleyFilling;

impl Scheduler for ValleyFilling {
    fn name(&self) -> &str {
        "valley_filling"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        lot.sort(|car| car.until_s as f64);
        lot.fill_valleys();
        for at in 0..lot.cars().len() {
            let car = lot.order[at] as usize;
            let share_kw = lot.valley.rest.get(at).copied().unwrap_or(0.0);
            lot.give(car, max(share_kw, lot.cars()[car].urgent_kw));
        }
    }
}

/// What is known of a slot of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Slot {
    /// Of the problem at hand.
    Open,
    /// Of a set that is full without it.
    Full,
    /// Left to a problem that does not matter.
    Left,
}

/// A car as the search sees it.
#[derive(Debug, Clone, Copy)]
struct Wish {
    /// kW·slots.
    energy: f64,
    rate_kw: f64,
    /// Slots until it leaves, at least 1.
    slots: usize,
}

impl Wish {
    /// What it can take in so many slots.
    fn in_slots(&self, slots: usize) -> f64 {
        min(self.energy, self.rate_kw * slots as f64)
    }
}

/// What a car of which `rest` is left takes of a slot after which all need no more than `needs` slots at their rates, kW.
fn taken_kw(wish: &Wish, rest: f64, needs: f64) -> f64 {
    let beyond = rest - wish.rate_kw * needs;
    if beyond > 0.0 { min(beyond, wish.rate_kw) } else { 0.0 }
}

/// The slots that the cars may need after a slot in which they take `kw` together: by bisection, then straight between its ends.
fn needed_slots(wishes: &[Wish], rest: &[f64], kw: f64) -> f64 {
    let taken = |needs: f64| wishes.iter().zip(rest).fold(0.0, |sum, (wish, rest)| sum + taken_kw(wish, *rest, needs));
    let most = |most: f64, (wish, rest): (&Wish, &f64)| if *rest > 0.0 { max(most, rest / wish.rate_kw) } else { most };
    let (mut low, mut high) = (0.0, wishes.iter().zip(rest).fold(0.0, most));
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        (low, high) = if taken(middle) > kw { (middle, high) } else { (low, middle) };
    }
    let (of_low, of_high) = (taken(low), taken(high));
    if of_low > of_high { low + (high - low) * ((of_low - kw) / (of_low - of_high)) } else { high }
}

/// Room for the search, made before the run.
#[derive(Debug, Default)]
pub(in crate::demand::charging) struct Valley {
    wishes: Vec<Wish>,
    /// What each car has not been shared yet, kW·slots; in the end what it draws in the first slot, kW.
    rest: Vec<f64>,
    base_kw: Vec<f64>,
    slots: Vec<Slot>,
    /// Of the sets of the slots so far with so many in them, the least of f(A) − x(A); and whether the last slot is in it.
    least: Vec<f64>,
    is_in: Vec<bool>,
}

impl Valley {
    pub(in crate::demand::charging) fn for_cars(cars: usize) -> Self {
        Self {
            wishes: Vec::with_capacity(cars),
            rest: Vec::with_capacity(cars),
            base_kw: Vec::with_capacity(SLOTS_MOST),
            slots: Vec::with_capacity(SLOTS_MOST),
            least: alloc::vec![0.0; SLOTS_MOST + 1],
            is_in: alloc::vec![false; SLOTS_MOST * (SLOTS_MOST + 1)],
        }
    }

    /// The level of the first slot in the optimum.
    fn level_kw(&mut self) -> f64 {
        self.slots.clear();
        self.slots.resize(self.base_kw.len(), Slot::Open);
        loop {
            let (mut open, mut base) = (0.0, 0.0);
            for (_, kw) in self.slots.iter().zip(&self.base_kw).filter(|(slot, _)| **slot == Slot::Open) {
                open += 1.0;
                base += kw;
            }
            let (full, all) = (self.worth(|slot| slot == Slot::Full), self.worth(|slot| slot != Slot::Left));
            let level_kw = (base + all - full) / open;
            if !self.splits(level_kw, full - ROUNDED * (all + open * (level_kw + 1.0).abs())) {
                return level_kw;
            }
        }
    }

    /// Shares the first slot's level among the cars, once it is found.
    fn share(&mut self, level_kw: f64) {
        self.rest.clear();
        let (mut full, mut open, mut at) = (0, 0, 0);
        for wish in &self.wishes {
            while at < wish.slots {
                full += usize::from(self.slots[at] == Slot::Full);
                open += usize::from(self.slots[at] == Slot::Open);
                at += 1;
            }
            self.rest.push(wish.in_slots(full + open) - wish.in_slots(full));
        }
        for t in (1..self.slots.len()).rev().filter(|t| self.slots[*t] == Slot::Open) {
            let there = self.wishes.partition_point(|wish| wish.slots <= t);
            let (wishes, rest) = (&self.wishes[there..], &mut self.rest[there..]);
            let needs = needed_slots(wishes, rest, level_kw - self.base_kw[t]);
            for (rest, wish) in rest.iter_mut().zip(wishes) {
                *rest -= taken_kw(wish, *rest, needs);
            }
        }
    }

    /// f of the slots that `is` picks.
    fn worth(&self, is: impl Fn(Slot) -> bool) -> f64 {
        let (mut sum, mut count, mut at) = (0.0, 0, 0);
        for wish in &self.wishes {
            while at < wish.slots {
                count += usize::from(is(self.slots[at]));
                at += 1;
            }
            sum += wish.in_slots(count);
        }
        sum
    }

    /// Finds the set that x = level − base breaks most; where it is below `least`, cuts the problem in two at it.
    fn splits(&mut self, level_kw: f64, least: f64) -> bool {
        let count = self.slots.len();
        let width = count + 1;
        self.least[..width].fill(f64::INFINITY);
        self.least[0] = 0.0;
        let mut wishes = self.wishes.iter().peekable();
        for (t, slot) in self.slots.iter().enumerate() {
            let gain = if *slot == Slot::Open { level_kw - self.base_kw[t] } else { 0.0 };
            for k in (0..=t + 1).rev() {
                let with = if k == 0 || *slot == Slot::Left { f64::INFINITY } else { self.least[k - 1] - gain };
                let without = if *slot == Slot::Full { f64::INFINITY } else { self.least[k] };
                self.is_in[t * width + k] = with < without;
                self.least[k] = min(with, without);
            }
            while let Some(wish) = wishes.next_if(|wish| wish.slots == t + 1) {
                for k in 0..=t + 1 {
                    self.least[k] += wish.in_slots(k);
                }
            }
        }
        let mut k = 0;
        for other in 1..width {
            k = if self.least[other] < self.least[k] { other } else { k };
        }
        if self.least[k] >= least {
            return false;
        }
        let is_first_in = self.mark(k);
        let (mut kept, mut dropped) = (0_u32, 0_u32);
        for (t, slot) in self.slots.iter_mut().enumerate().filter(|(_, slot)| **slot == Slot::Open) {
            let is_in = self.is_in[t];
            match (is_first_in, is_in) {
                (true, false) => (*slot, dropped) = (Slot::Left, dropped + 1),
                (false, true) => (*slot, dropped) = (Slot::Full, dropped + 1),
                _ => kept += 1,
            }
        }
        kept > 0 && dropped > 0
    }

    /// Follows the set of `k` slots back from the last, into the first row of `is_in`; whether the first slot is in it.
    fn mark(&mut self, mut k: usize) -> bool {
        let width = self.slots.len() + 1;
        for t in (0..self.slots.len()).rev() {
            let is_in = self.is_in[t * width + k];
            k -= usize::from(is_in);
            // Row t is not needed any more, and its own place lies at or behind those of the rows before it.
            self.is_in[t * width] = is_in;
        }
        for t in 1..self.slots.len() {
            self.is_in[t] = self.is_in[t * width];
        }
        self.is_in[0]
    }
}

impl Lot<'_> {
    /// Finds what each car draws in this step in the optimum over those that are there, in `valley.rest`; to be called with the cars
    /// in the order of their departures.
    fn fill_valleys(&mut self) {
        let (step, begin_s, step_s) = (self.step(), self.begin_s(self.step()), i64::from(self.step_s()));
        let base_kw = self.net_load_kw.get(step..).unwrap_or_default();
        let steps_of = |until_s: i64| (((until_s - begin_s) / step_s).max(1) as usize).min(base_kw.len());
        let last = self.order[..self.cars.len()].last().map_or(0, |car| steps_of(self.cars[*car as usize].until_s));
        let each = last.div_ceil(SLOTS_MOST).max(1);
        let step_h = self.step_h();
        let valley = &mut *self.valley;
        valley.wishes.clear();
        for car in self.order[..self.cars.len()].iter().map(|car| &self.cars[*car as usize]) {
            let slots = (steps_of(car.until_s) / each).max(1);
            let energy = min(car.rest_kwh / step_h / each as f64, car.rate_kw * slots as f64);
            valley.wishes.push(Wish { energy, rate_kw: car.rate_kw, slots });
        }
        let slots = valley.wishes.last().map_or(0, |wish| wish.slots);
        valley.base_kw.clear();
        let means = base_kw.chunks(each).take(slots).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64);
        valley.base_kw.extend(means);
        valley.rest.clear();
        if !valley.base_kw.is_empty() {
            let level_kw = valley.level_kw();
            valley.share(level_kw);
        }
    }
}
