//! The feedback law: what to do in a step, from any stored energy.

use super::problem::{Storage, Window};
use alloc::vec::Vec;

/// A slope of the cost of one step, with the level at which the value of stored energy crosses it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// Money per kWh of change of the level.
    pub(super) slope: f64,
    /// kWh of change of the level over which the slope holds, > 0.
    pub(super) length: f64,
    /// Level above the floor at the end of the step: charge up to it, or discharge down to it, at this slope.
    pub(super) target: f64,
}

/// Where a step's segments start, where charging begins among them, and what the step costs with the storage idle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Mark {
    pub(super) first: u32,
    pub(super) zero: u32,
    pub(super) idle_cost: f64,
}

/// The storage's constants for one step length.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Gains {
    pub(super) min_kwh: f64,
    /// `max_kwh − min_kwh`.
    pub(super) span: f64,
    /// Share of the level above the floor left after one step's self-discharge.
    pub(super) keep: f64,
    /// Rise of the level at the step's end per AC kWh charged.
    pub(super) charge: f64,
    /// Fall of the level at the step's end per AC kWh discharged.
    pub(super) discharge: f64,
    /// Their reciprocals.
    pub(super) per_charge: f64,
    pub(super) per_discharge: f64,
    pub(super) charge_max_kwh: f64,
    pub(super) discharge_max_kwh: f64,
    pub(super) wear: f64,
    pub(super) hours: f64,
}

impl Gains {
    pub(super) fn new(storage: &Storage, step_h: f64) -> Self {
        let span = storage.max_kwh - storage.min_kwh;
        let decay = storage.self_discharge_per_h * step_h;
        // The mean over the step of what is left of a steady flow: (1 − e^{−λh}) / (λh), 1 where nothing leaks.
        let keep = libm::exp(-decay);
        let held = if decay > 0.0 { -libm::expm1(-decay) / decay } else { 1.0 };
        let moves = if span > 0.0 { step_h } else { 0.0 };
        let charge = held * storage.charge_efficiency;
        let discharge = held / storage.discharge_efficiency;
        Self {
            min_kwh: storage.min_kwh,
            span,
            keep,
            charge,
            discharge,
            per_charge: 1.0 / charge,
            per_discharge: 1.0 / discharge,
            charge_max_kwh: storage.charge_max_kw * moves,
            discharge_max_kwh: storage.discharge_max_kw * moves,
            wear: storage.wear_cost_per_kwh,
            hours: step_h,
        }
    }

    /// Change of the level, per AC kWh drawn from the bus (negative: given to it).
    #[inline]
    pub(super) fn level_change(&self, bus_kwh: f64) -> f64 {
        if bus_kwh > 0.0 { bus_kwh * self.charge } else { bus_kwh * self.discharge }
    }

    /// AC kWh drawn from the bus, for a change of the level.
    #[inline]
    pub(super) fn bus_kwh(&self, change: f64) -> f64 {
        if change > 0.0 { change * self.per_charge } else { change * self.per_discharge }
    }
}

/// What the law asks of the storage in one step. At most one of the two powers is above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Charging power at the AC terminals, mean of the step, kW, ≥ 0.
    pub charge_kw: f64,
    /// Discharging power at the AC terminals, mean of the step, kW, ≥ 0.
    pub discharge_kw: f64,
    /// Energy stored at the end of the step, kWh, self-discharge included.
    pub stored_after_kwh: f64,
}

/// The optimal feedback law of a solved window: three to five target levels per step, valid from any stored energy.
///
/// Where several decisions cost the same, it takes the one that moves least.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Law {
    pub(super) gains: Gains,
    pub(super) segments: Vec<Segment>,
    /// One more than there are steps.
    pub(super) marks: Vec<Mark>,
    /// Steps whose cost was not convex and is replaced by its hull, ascending.
    pub(super) hull_steps: Vec<u32>,
    pub(super) window: Option<Window>,
    /// At the window's end: the level asked, the value of a stored kWh below it, and that from it on.
    pub(super) end: (f64, f64, f64),
    /// Level asked above the floor at the end of each step; empty where nothing is reserved.
    pub(super) reserve: Vec<f64>,
    /// Price of a kWh missing to the reserve.
    pub(super) shortfall_price: f64,
}

impl Law {
    /// Number of steps the law was built for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.marks.len().saturating_sub(1)
    }

    /// The corners of a step's cost over the change of the level, ascending: change in kWh, cost in money. Where the step
    /// is not convex, those of its hull.
    pub(crate) fn step_cost(&self, step: usize, corners: &mut Vec<(f64, f64)>) {
        corners.clear();
        let (mark, end) = (self.marks[step], self.marks[step + 1].first);
        let mut here = (0.0, mark.idle_cost);
        corners.push(here);
        for segment in self.segments[mark.first as usize..mark.zero as usize].iter().rev() {
            here = (here.0 - segment.length, here.1 - segment.slope * segment.length);
            corners.push(here);
        }
        corners.reverse();
        here = (0.0, mark.idle_cost);
        for segment in &self.segments[mark.zero as usize..end as usize] {
            here = (here.0 + segment.length, here.1 + segment.slope * segment.length);
            corners.push(here);
        }
    }

    /// What to do in `step` with `stored_kwh` in store at its start.
    ///
    /// A level outside the storage's bounds counts as the nearest bound (NaN as the lower one).
    ///
    /// # Panics
    /// Where `step` is not below [`Law::count`]. Steps outside the solved window have no meaning.
    #[inline]
    #[must_use]
    pub fn decide(&self, step: usize, stored_kwh: f64) -> Decision {
        let start = self.kept(stored_kwh);
        let (level, _) = self.advance(step, start);
        let bus_kw = self.gains.bus_kwh(level - start) / self.gains.hours;
        Decision {
            charge_kw: if bus_kw > 0.0 { bus_kw } else { 0.0 },
            discharge_kw: if bus_kw < 0.0 { -bus_kw } else { 0.0 },
            stored_after_kwh: self.gains.min_kwh + level,
        }
    }

    /// Value of one more stored kWh at the start of `step`, −V′, in money per kWh.
    ///
    /// Found by following the law until it stops inside a slope, whose price is then the value. At a kink of V it is
    /// one of the slopes that meet there. 0 where there is no storage or no window was solved.
    ///
    /// # Panics
    /// Where `step` is not below [`Law::count`].
    #[must_use]
    pub fn value_per_kwh(&self, step: usize, stored_kwh: f64) -> f64 {
        let Some(window) = self.window else { return 0.0 };
        if self.gains.span <= 0.0 {
            return 0.0;
        }
        let count = self.count();
        let done = (step + count - window.first_step) % count;
        let mut factor = 1.0;
        let mut missed = 0.0;
        let mut t = step;
        let mut level = self.kept(stored_kwh);
        for left in (0..window.steps.saturating_sub(done)).rev() {
            factor *= self.gains.keep;
            let (after, slope) = self.advance(t, level);
            if let Some(slope) = slope {
                return missed + factor * slope;
            }
            if self.reserve.get(t).is_some_and(|reserve| after < *reserve) {
                missed += factor * self.shortfall_price;
            }
            level = if left > 0 { after * self.gains.keep } else { after };
            t = if t + 1 == count { 0 } else { t + 1 };
        }
        let (asked, below, beyond) = self.end;
        missed + factor * if level < asked { below } else { beyond }
    }

    /// The energy kept of `stored_kwh` through one step, as a level above the floor.
    #[inline]
    pub(super) fn kept(&self, stored_kwh: f64) -> f64 {
        let level = stored_kwh - self.gains.min_kwh;
        let level = if level > 0.0 { level } else { 0.0 };
        self.gains.keep * if level < self.gains.span { level } else { self.gains.span }
    }

    /// The level after the step, and the slope inside which the move stopped, if it stopped inside one.
    #[inline]
    fn advance(&self, step: usize, start: f64) -> (f64, Option<f64>) {
        let (first, zero, end) = self.bounds(step);
        let mut level = start;
        for segment in &self.segments[zero..end] {
            let room = segment.target - level;
            if room <= 0.0 {
                break;
            }
            if room < segment.length {
                return (segment.target, Some(segment.slope));
            }
            level += segment.length;
        }
        if level > start {
            return (level, None);
        }
        for segment in self.segments[first..zero].iter().rev() {
            let excess = level - segment.target;
            if excess <= 0.0 {
                break;
            }
            if excess < segment.length {
                return (segment.target, Some(segment.slope));
            }
            level -= segment.length;
        }
        (level, None)
    }

    /// The level after the step, and the step's cost.
    #[inline]
    pub(super) fn advance_with_cost(&self, step: usize, start: f64) -> (f64, f64) {
        let (first, zero, end) = self.bounds(step);
        let mut cost = self.marks[step].idle_cost;
        let mut level = start;
        for segment in &self.segments[zero..end] {
            let room = segment.target - level;
            if room <= 0.0 {
                break;
            }
            if room < segment.length {
                return (segment.target, cost + segment.slope * room);
            }
            level += segment.length;
            cost += segment.slope * segment.length;
        }
        if level > start {
            return (level, cost);
        }
        for segment in self.segments[first..zero].iter().rev() {
            let excess = level - segment.target;
            if excess <= 0.0 {
                break;
            }
            if excess < segment.length {
                return (segment.target, cost - segment.slope * excess);
            }
            level -= segment.length;
            cost -= segment.slope * segment.length;
        }
        (level, cost)
    }

    #[inline]
    fn bounds(&self, step: usize) -> (usize, usize, usize) {
        (self.marks[step].first as usize, self.marks[step].zero as usize, self.marks[step + 1].first as usize)
    }
}
