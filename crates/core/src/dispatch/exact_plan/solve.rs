//! The solver: slopes of every step, the backward sweep, the plan forwards.

use super::curve::Curve;
use super::law::{Bent, Decision, Gains, Law, Mark};
use super::problem::{EndRule, Steps, Storage, Window};
use super::search::Search;
use super::slopes::SlopeList;
use super::stage::{Caps, Stage};
use crate::{Problem, Problems};
use alloc::vec::Vec;

/// A solved window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimum {
    /// Cost of the plan, money: energy, sources, unserved load, wear and shortfalls, less the credit for the energy left.
    pub objective: f64,
    /// Proven lower value of the window's least cost, money. It is the objective, but where steps are not convex and V
    /// came to so many slopes that it was thinned.
    pub lower_cost: f64,
    /// Energy stored at the end of the plan, kWh.
    pub end_kwh: f64,
    /// What is missing to the level asked at the end, kWh; priced in the objective.
    pub end_shortfall_kwh: f64,
    /// Sum over the steps of what is missing to the reserve, kWh; priced in the objective.
    pub reserve_shortfall_kwh: f64,
    /// The price of a missing kWh, money.
    pub shortfall_price_per_kwh: f64,
    /// Value of the energy left beyond the start, money; subtracted in the objective.
    pub stored_credit: f64,
}

/// Knots of a step's cost that room is made for. More are taken, but then a solve may allocate.
const KNOTS_PER_STEP: usize = 16;

/// Plans one storage. Keeps its buffers, so that a second solve of the same size allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Solver {
    pub(super) law: Law,
    pub(super) stage: Stage,
    pub(super) list: SlopeList,
    /// V where it is not convex, and by how much thinning moved it at most.
    curve: Curve,
    thinned: f64,
    pub(super) levels: Vec<f64>,
    stored_kwh: Vec<f64>,
    pub(super) given_shortfall_price: Option<f64>,
    pub(super) search: Search,
}

impl Solver {
    /// A solver without steps.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for steps of this shape, up to `count` of them with `charges` demand charges at a time, so that
    /// neither a load nor a solve nor a search of `rounds` allocates.
    pub(crate) fn reserve(&mut self, count: usize, steps: &Steps<'_>, charges: usize, rounds: usize) {
        // Each offer is cut at most once, where charging begins: generation that must be taken and other, export, import
        // between caps, sources, tiers.
        let offers = 4 + charges + steps.sources.len() + steps.tiers.len();
        self.law.segments.reserve(2 * offers * count);
        self.law.marks.reserve(count + 1);
        self.law.bent.reserve(count);
        self.law.costs.reserve(KNOTS_PER_STEP * count);
        self.law.choices.reserve(count);
        self.law.knots.reserve(8 * KNOTS_PER_STEP * count);
        self.curve.reserve(32 * KNOTS_PER_STEP);
        self.law.least.reserve(if steps.discharge_floor_kwh.is_some() { count } else { 0 });
        self.law.reserve.reserve(if steps.reserve_kwh.is_some() { count } else { 0 });
        self.levels.reserve(count + 1);
        self.stage.reserve(offers, charges);
        // Each slope adds at most one piece, each reserve one more.
        self.list.reserve(2 * offers * count + count + 2);
        if charges > 0 {
            self.search.reserve(count, charges, offers, rounds);
        }
    }

    /// Takes a storage and the columns of its site, and builds the slopes of every step.
    ///
    /// # Errors
    /// Every value that is out of range, and every column of the wrong length. The solver then holds no steps.
    pub fn load(&mut self, storage: &Storage, steps: &Steps<'_>) -> Result<(), Problems> {
        self.law.marks.clear();
        let mut problems = Problems::none();
        storage.check(steps.step_h, &mut problems);
        steps.check(&mut problems);
        problems.or_else(|| ())?;
        self.law.gains = Gains::new(storage, steps.step_h);
        self.given_shortfall_price = steps.shortfall_price_per_kwh;
        self.begin_slopes(steps);
        for step in 0..steps.count {
            self.stage.build(&mut self.law, steps, step, &[], Caps::Law);
        }
        self.end_slopes();
        Ok(())
    }

    pub(super) fn begin_slopes(&mut self, steps: &Steps<'_>) {
        let law = &mut self.law;
        law.window = None;
        law.segments.clear();
        law.segments.reserve(4 * steps.count);
        law.marks.clear();
        law.marks.reserve(steps.count + 1);
        law.bent.clear();
        law.costs.clear();
        law.forget_choices();
        law.least.clear();
        if let Some(floor) = steps.discharge_floor_kwh {
            let gains = law.gains;
            law.least.extend((0..steps.count).map(|step| (floor.at(step) - gains.min_kwh).clamp(0.0, gains.span)));
        }
        law.reserve.clear();
        if let Some(reserve) = steps.reserve_kwh {
            let gains = law.gains;
            law.reserve.extend((0..steps.count).map(|step| (reserve.at(step) - gains.min_kwh).clamp(0.0, gains.span)));
        }
        self.stage.steepest = 0.0;
    }

    pub(super) fn end_slopes(&mut self) {
        let end = self.law.segments.len() as u32;
        self.law.marks.push(Mark { first: end, zero: end, idle_cost: 0.0 });
        self.law.shortfall_price = self.given_shortfall_price.unwrap_or(2.0 * self.stage.steepest + 1.0);
    }

    /// Solves a window of the steps loaded.
    ///
    /// # Errors
    /// A window that does not fit the steps or the storage; no steps loaded.
    pub fn solve(&mut self, window: &Window) -> Result<Optimum, Problems> {
        self.check(window)?;
        self.sweep_exactly(window);
        Ok(self.forward(window))
    }

    /// The first decision of a window's plan: what a rolling horizon needs, without the plan forwards.
    ///
    /// # Errors
    /// As [`Solver::solve`].
    pub fn first_decision(&mut self, window: &Window) -> Result<Decision, Problems> {
        self.check(window)?;
        self.sweep_exactly(window);
        Ok(self.law.decide(window.first_step, window.start_kwh))
    }

    /// The feedback law of the window solved last.
    #[must_use]
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The feedback law of the window solved last, without the solver.
    #[must_use]
    pub fn into_law(self) -> Law {
        self.law
    }

    /// Energy stored along the plan of the last [`Solver::solve`], kWh: one more value than the window has steps.
    pub fn stored_kwh(&mut self) -> &[f64] {
        let min_kwh = self.law.gains.min_kwh;
        self.stored_kwh.clear();
        self.stored_kwh.extend(self.levels.iter().map(|level| min_kwh + level));
        &self.stored_kwh
    }

    pub(super) fn check(&self, window: &Window) -> Result<(), Problems> {
        let gains = &self.law.gains;
        if self.law.count() == 0 {
            return Err(Problem::new("steps", "none are loaded").into());
        }
        window.check(self.law.count(), gains.min_kwh, gains.min_kwh + gains.span)
    }

    /// Sets V at the window's end, and returns the step after its last one.
    fn begin_sweep(&mut self, window: &Window) -> usize {
        let law = &mut self.law;
        let gains = law.gains;
        law.window = Some(*window);
        law.forget_choices();
        law.end = match window.end {
            EndRule::Free => (0.0, 0.0, 0.0),
            EndRule::NotBelowStart => (window.start_kwh - gains.min_kwh, law.shortfall_price, 0.0),
            EndRule::NotBelow(level) => (level - gains.min_kwh, law.shortfall_price, 0.0),
            EndRule::ValuePerKwh(value) => (gains.span, value, value),
        };
        self.thinned = 0.0;
        if gains.span > 0.0 {
            self.list.reset(gains.span, law.end.0, law.end.1, law.end.2);
        }
        (window.first_step + window.steps) % law.count()
    }

    /// Backwards over the window: merge each step's slopes into the list of values, note where they cross.
    ///
    /// `each` sees the list as it is before every step, latest first. Steps that are not convex count by their hull.
    pub(super) fn sweep(&mut self, window: &Window, mut each: impl FnMut(usize, &SlopeList)) {
        let mut step = self.begin_sweep(window);
        if self.law.gains.span <= 0.0 {
            return;
        }
        for _ in 0..window.steps {
            step = if step == 0 { self.law.count() } else { step } - 1;
            self.merge(step);
            each(step, &self.list);
        }
    }

    /// As [`Solver::sweep`], with steps that are not convex as they are.
    pub(super) fn sweep_exactly(&mut self, window: &Window) {
        if self.law.bent.is_empty() && self.law.least.iter().all(|least| *least <= 0.0) {
            return self.sweep(window, |_, _| ());
        }
        let mut step = self.begin_sweep(window);
        if self.law.gains.span <= 0.0 {
            return;
        }
        let mut is_curve = false;
        for _ in 0..window.steps {
            step = if step == 0 { self.law.count() } else { step } - 1;
            let bent = self.law.bent_at(step);
            if is_curve || bent.is_some() || self.law.least.get(step).is_some_and(|least| *least > 0.0) {
                if !is_curve {
                    self.curve.take(&self.list);
                }
                self.bend(step, bent);
                is_curve = !self.curve.give(&mut self.list);
            } else {
                self.merge(step);
            }
        }
    }

    /// One step back where step and V are convex.
    #[inline]
    fn merge(&mut self, step: usize) {
        let (law, list) = (&mut self.law, &mut self.list);
        if let Some(&reserve) = law.reserve.get(step) {
            list.lift(reserve, law.shortfall_price);
        }
        let mark = law.marks[step];
        let end = law.marks[step + 1].first as usize;
        let segments = &mut law.segments[mark.first as usize..end];
        let (discharges, charges) = segments.split_at_mut((mark.zero - mark.first) as usize);
        for segment in charges.iter_mut().rev() {
            segment.target = list.charge(segment.slope, segment.length);
        }
        for segment in discharges {
            segment.target = list.discharge(segment.slope, segment.length);
        }
        if law.gains.keep < 1.0 {
            list.leak(law.gains.keep);
        }
    }

    /// One step back where step or V is not convex.
    fn bend(&mut self, step: usize, bent: Option<Bent>) {
        let (law, curve) = (&mut self.law, &mut self.curve);
        let Gains { keep, span, .. } = law.gains;
        if let Some(&reserve) = law.reserve.get(step) {
            curve.lift(reserve, law.shortfall_price);
        }
        let step = law.take_choice(step, bent, &curve.knots);
        self.thinned += curve.step(&step, keep, span);
    }

    /// Follows the law from the window's start and sums the cost.
    pub(super) fn forward(&mut self, window: &Window) -> Optimum {
        let law = &self.law;
        let gains = law.gains;
        let count = law.count();
        self.levels.clear();
        self.levels.reserve(window.steps + 1);
        let mut level = window.start_kwh - gains.min_kwh;
        self.levels.push(level);
        let mut objective = 0.0;
        let mut reserve_shortfall_kwh = 0.0;
        let mut step = window.first_step;
        for _ in 0..window.steps {
            let (after, cost) = law.advance_with_cost(step, gains.keep * level);
            level = after;
            objective += cost;
            if let Some(reserve) = law.reserve.get(step) {
                reserve_shortfall_kwh += (reserve - level).max(0.0);
            }
            self.levels.push(level);
            step = if step + 1 == count { 0 } else { step + 1 };
        }
        let (end_shortfall_kwh, stored_credit) = match window.end {
            EndRule::ValuePerKwh(value) => (0.0, value * (gains.min_kwh + level - window.start_kwh)),
            EndRule::Free => (0.0, 0.0),
            EndRule::NotBelow(_) | EndRule::NotBelowStart => ((law.end.0 - level).max(0.0), 0.0),
        };
        objective += law.shortfall_price * (end_shortfall_kwh + reserve_shortfall_kwh) - stored_credit;
        Optimum {
            objective,
            // By as much V may have risen, and the plan may cost more than it.
            lower_cost: objective - 2.0 * self.thinned,
            end_kwh: gains.min_kwh + level,
            end_shortfall_kwh,
            reserve_shortfall_kwh,
            shortfall_price_per_kwh: law.shortfall_price,
            stored_credit,
        }
    }
}
