//! The feedback law: what to do in a step, from any stored energy.

use super::curve::BentStep;
use super::piecewise::{Knot, height, piece};
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

/// The cost of a step that is not convex, in [`Law::costs`]: for discharging, for charging.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Bent {
    pub(super) step: u32,
    pub(super) first: u32,
    pub(super) zero: u32,
    pub(super) end: u32,
}

/// What a step is decided by where its cost or what comes after is not convex, in [`Law::knots`]: its cost for
/// discharging and for charging, and V of the next step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Choice {
    step: u32,
    first: u32,
    zero: u32,
    value: u32,
    end: u32,
    floor: f64,
}

/// What the law does in a step from a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) level: f64,
    pub(super) cost: f64,
    /// The slope inside which the move stopped, if it stopped inside one.
    slope: Option<f64>,
    /// Cost with what comes after, and the change of the level.
    total: f64,
    change: f64,
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
    /// Steps whose cost is not convex, ascending. The slopes above are those of its hull.
    pub(super) bent: Vec<Bent>,
    pub(super) costs: Vec<Knot>,
    /// What the window solved last is decided by where its slopes are not enough; latest first.
    pub(super) choices: Vec<Choice>,
    pub(super) knots: Vec<Knot>,
    /// Level above the floor below which the storage is not discharged in each step; empty where there is none.
    pub(super) least: Vec<f64>,
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
        if let Some(choice) = self.choice(step) {
            let found = self.choose(choice, start);
            return (found.level, found.slope);
        }
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
        if let Some(choice) = self.choice(step) {
            let found = self.choose(choice, start);
            return (found.level, found.cost);
        }
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

/// Steps that slopes and targets do not decide.
impl Law {
    /// The cost of `step` if it is not convex.
    pub(super) fn bent_at(&self, step: usize) -> Option<Bent> {
        let at = self.bent.binary_search_by_key(&(step as u32), |bent| bent.step).ok()?;
        Some(self.bent[at])
    }

    pub(super) fn forget_choices(&mut self) {
        self.choices.clear();
        self.knots.clear();
    }

    /// Takes up a step with V of the next one, after all later steps of the window; returns it as the sweep takes it.
    pub(super) fn take_choice(&mut self, step: usize, bent: Option<Bent>, value: &[Knot]) -> BentStep<'_> {
        let first = self.knots.len();
        let zero = match bent {
            Some(bent) => {
                self.knots.extend_from_slice(&self.costs[bent.first as usize..bent.end as usize]);
                first + (bent.zero - bent.first) as usize
            }
            None => self.convex_cost(step),
        };
        let after = self.knots.len();
        self.knots.extend_from_slice(value);
        let floor = self.least.get(step).copied().unwrap_or(0.0);
        let (step, end) = (step as u32, self.knots.len() as u32);
        self.choices.push(Choice { step, first: first as u32, zero: zero as u32, value: after as u32, end, floor });
        BentStep { discharging: &self.knots[first..zero], charging: &self.knots[zero..after], floor }
    }

    /// Appends the cost of a convex step to the knots; returns where charging begins.
    fn convex_cost(&mut self, step: usize) -> usize {
        let (first, zero, end) = self.bounds(step);
        let from = self.knots.len();
        let idle = (0.0, self.marks[step].idle_cost);
        let mut here = idle;
        self.knots.push(Knot::new(here.0, here.1, 0.0));
        for segment in self.segments[first..zero].iter().rev() {
            here = (here.0 - segment.length, here.1 - segment.slope * segment.length);
            self.knots.push(Knot::new(here.0, here.1, segment.slope));
        }
        self.knots[from..].reverse();
        let charging = self.knots.len();
        here = idle;
        for segment in &self.segments[zero..end] {
            self.knots.push(Knot::new(here.0, here.1, segment.slope));
            here = (here.0 + segment.length, here.1 + segment.slope * segment.length);
        }
        self.knots.push(Knot::new(here.0, here.1, 0.0));
        charging
    }

    #[inline]
    fn choice(&self, step: usize) -> Option<&Choice> {
        if self.choices.is_empty() { None } else { self.find_choice(step) }
    }

    /// Steps count from the window's first, as it may wrap around the last one.
    fn find_choice(&self, step: usize) -> Option<&Choice> {
        let (count, first) = (self.count(), self.window?.first_step);
        let done = |step: usize| (step + count - first) % count;
        let at = self.choices.binary_search_by(|choice| done(step).cmp(&done(choice.step as usize))).ok()?;
        self.choices.get(at)
    }

    /// The best move from a level: both the cost and what comes after are linear between their knots, so that a knot of
    /// one of them is best. Of equal moves the least.
    fn choose(&self, choice: &Choice, start: f64) -> Move {
        let of = |from: u32, to: u32| &self.knots[from as usize..to as usize];
        let value = of(choice.value, choice.end);
        let least = if start > choice.floor { choice.floor } else { start };
        let resting = Move { level: start, cost: 0.0, slope: None, total: f64::INFINITY, change: f64::INFINITY };
        let parts = [
            (of(choice.first, choice.zero), (least - start, 0.0)),
            (of(choice.zero, choice.value), (0.0, self.gains.span - start)),
        ];
        parts.into_iter().fold(resting, |best, (cost, range)| choose_in(cost, value, start, range, best))
    }
}

/// The better of `best` and the best move with a change of the level within `range` and the cost's own.
fn choose_in(cost: &[Knot], value: &[Knot], start: f64, range: (f64, f64), mut best: Move) -> Move {
    let (Some(first), Some(last)) = (cost.first(), cost.last()) else { return best };
    let (low, high) = (first.x.max(range.0), last.x.min(range.1));
    let mut consider = |change: f64, level: f64, stops: bool| {
        let (own, after) = (height(cost, change), height(value, level));
        let total = own + after;
        let tie = 4e-15 * (own.abs() + after.abs());
        if total < best.total - tie || (total <= best.total + tie && change.abs() < best.change.abs()) {
            let slope = if stops { piece(cost, change).map(|piece| piece.slope) } else { None };
            best = Move { level, cost: own, slope, total, change };
        }
    };
    for knot in cost.iter().filter(|knot| (low..=high).contains(&knot.x)) {
        consider(knot.x, start + knot.x, false);
    }
    let from = value.partition_point(|knot| knot.x < start + low);
    for knot in value[from..].iter().take_while(|knot| knot.x <= start + high) {
        consider((knot.x - start).max(low).min(high), knot.x, true);
    }
    // Where the storage itself ends.
    if range.0 > first.x && range.0 < 0.0 {
        consider(range.0, start + range.0, true);
    }
    if range.1 < last.x && range.1 > 0.0 {
        consider(range.1, start + range.1, true);
    }
    best
}
