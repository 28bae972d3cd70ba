//! The bound beside every cost, and each run's gap to it.
//!
//! # Model
//! The bound is at or below the objective of every strategy on the same plan: any rule, any forecast, perfect foresight.
//! It is proven for decisions about storage and gensets; loads, generation and prices are given. A run's gap is its
//! objective less the bound, and its parts are signed and add up: what a rule, or a forecast and a horizon, cost beyond
//! `optimal`, and what `optimal` itself costs beyond the bound, by its cause:
//! - `integrality`: gensets are on or off, and the bound takes shares of them;
//! - `not_proven`: the bound leaves something else out or takes it by its hull, so that nobody knows whether a better
//!   plan exists;
//! - `heuristic`: the bound leaves nothing out, and the plan does not reach it.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::controller::{Controller, Policy};
use super::optimal::OptimalPlan;
use super::rule::is_known;
use super::window_bound::WindowBound;
use crate::simulation::{Account, Outcome, RunEnd, simulate};
use crate::{Plan, Problems};

/// The least objective that any strategy can reach on a plan, as far as it is proven.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bound {
    /// In the scenario's currency, fixed and capacity charges included; `None` where nothing is proven.
    pub objective: Option<f64>,
    /// What proves it.
    pub kind: BoundKind,
    /// Which decisions are free in it: `storage`, or `storage and gensets`.
    pub decisions: &'static str,
    /// What of the site it leaves out or makes cheaper, or why there is none; empty where it is exact.
    pub reasons: Vec<String>,
    /// Fixed and capacity charges, which no decision changes.
    pub standing_charges: f64,
    /// How runs are to end: those that do not are not held against it.
    pub run_end: RunEnd,
    /// Objective of the strategy `idle`.
    pub idle_objective: f64,
    /// Objective of the strategy `optimal`; `None` where it does not fit the site.
    pub optimal_objective: Option<f64>,
    /// The bound over more decisions, of loads that could be drawn at other times; `None` where there are none, or
    /// nobody asked.
    pub wider: Option<WiderBound>,
}

/// The least objective that could be reached if more were decided than any run decides.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WiderBound {
    /// In the scenario's currency, fixed and capacity charges included.
    pub objective: f64,
    /// What proves it.
    pub kind: BoundKind,
    /// Which decisions are free in it, such as `storage, sessions and shiftable loads`.
    pub decisions: &'static str,
    /// What of the site it leaves out; empty where it is exact.
    pub reasons: Vec<String>,
}

/// What proves a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BoundKind {
    /// The exact plan of the site: the bound is the optimum.
    ExactPlan,
    /// The exact plan, with the convex hull in the steps whose cost is not convex.
    Hull,
    /// The dual of a linear programme of the site, evaluated without trusting its solver (`microgrid-optimizer`).
    LpDual,
    /// The exact plan or the linear programme of a cheaper site: [`Bound::reasons`] says what is cheaper.
    Relaxation,
    /// Nothing is proven: [`Bound::reasons`] says why.
    None,
}

impl BoundKind {
    /// The kind in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExactPlan => "exact_plan",
            Self::Hull => "hull",
            Self::LpDual => "lp_dual",
            Self::Relaxation => "relaxation",
            Self::None => "none",
        }
    }
}

/// A run's distance from the bound.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Gap {
    /// Objective less the bound, in the scenario's currency.
    pub gap: f64,
    /// In percent of the bound without fixed and capacity charges, as an absolute number; `None` where that is below
    /// 1e-6 of the run's turnover.
    pub percent: Option<f64>,
    /// Share of what storage can save that the run saves: (idle − objective) / (idle − bound), in percent; `None` where
    /// there is nothing to save.
    pub captured_percent: Option<f64>,
    /// Signed parts that add up to the gap.
    pub parts: Vec<GapPart>,
}

/// A part of a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GapPart {
    /// `rule`, `forecast` or `horizon`, and `integrality`, `not_proven` or `heuristic`: see the module.
    pub name: &'static str,
    /// In the scenario's currency.
    pub amount: f64,
}

/// Amounts below this share of the turnover are rounding.
pub(crate) const ROUNDING: f64 = 1e-9;

impl Bound {
    /// The reason of bounds on sites whose batteries age: an aged one can do nothing that a new one could not.
    pub const AS_NEW: &'static str = "batteries are taken as new, and as if they did not age";

    /// The reason of bounds on sites whose batteries are more than plain: see [`crate::storage::detail`].
    pub const AS_PLAIN: &'static str =
        "batteries are taken at their best efficiency, without taper, wells and temperature of the cells";

    /// The reason of bounds on sites with a hybrid inverter: see [`Plan::with_clipped_generation`].
    pub const PAST_THE_RATING: &'static str = "what hybrid inverters clip is taken as generation past their rating";

    /// What a bound says of batteries that are more than plain.
    pub(crate) fn reasons_of_detail(plan: &Plan) -> impl Iterator<Item = String> {
        let has = |yes: bool, reason: &str| yes.then(|| String::from(reason));
        let is_hybrid = plan.scenario.storage.iter().any(|battery| battery.hybrid().is_some());
        has(plan.has_detail(), Self::AS_PLAIN).into_iter().chain(has(is_hybrid, Self::PAST_THE_RATING))
    }

    /// The bound of a plan. Solves the exact plan, and runs `idle` and `optimal` beside it.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self::with(plan, OptimalPlan::solve(plan).map(Arc::new).as_ref())
    }

    /// As [`Bound::of`], from a plan solved already, or the reason why it could not be.
    #[must_use]
    pub fn with(plan: &Plan, optimal: Result<&Arc<OptimalPlan>, &Problems>) -> Self {
        let idle = simulate(plan, Controller::new("idle", "none", Policy::Idle));
        let mut bound = Self {
            objective: None,
            kind: BoundKind::None,
            decisions: if plan.gensets.is_empty() { "storage" } else { "storage and gensets" },
            reasons: Vec::new(),
            standing_charges: idle.money.fixed_charge + idle.money.capacity_charge,
            run_end: plan.scenario.run_end,
            idle_objective: idle.money.objective,
            optimal_objective: None,
            wider: None,
        };
        let optimal = match optimal {
            Ok(optimal) => optimal,
            Err(problems) => {
                bound.reasons = problems.iter().map(|problem| problem.message.clone()).collect();
                return bound;
            }
        };
        let run = simulate(plan, Controller::optimal(optimal));
        bound.optimal_objective = is_known(&run, plan).then_some(run.money.objective);
        bound.reasons = optimal.reasons().to_vec();
        let Some(lower) = optimal.lower() else { return bound };
        let lower = lower + bound.standing_charges;
        bound.objective = Some(lower);
        let small = (ROUNDING * turnover(&run).max(turnover(&idle))).max(1e-12 * bound.standing_charges.abs());
        let is_reached = (run.money.objective - lower).abs() <= small;
        bound.kind = if is_reached {
            // A bound that a run reaches is the optimum, whatever was left out on the way to it.
            bound.reasons.clear();
            BoundKind::ExactPlan
        } else if !bound.reasons.is_empty() {
            BoundKind::Relaxation
        } else if optimal.hull_steps() > 0 {
            BoundKind::Hull
        } else {
            // The optimum of the columns, and no run of the plan reaches it.
            bound.reasons.push("the order of recourse undoes part of the plan".into());
            BoundKind::Relaxation
        };
        if optimal.hull_steps() > 0 && !is_reached {
            bound.reasons.push(alloc::format!("{} steps are replaced by their convex hull", optimal.hull_steps()));
        }
        bound
    }

    /// The bound of a plan whose demand charges count windows of several steps, without the plan of `optimal`, which takes
    /// dozens of times as long; `None` where there is no such charge, or this does not reach the site. See
    /// [`Bound::reasons`] for what it takes too low.
    ///
    /// # Model
    /// The greatest of a month's window means is at or above every weighted mean of them, and a weighted mean is a price on
    /// each step's import: so the exact plan under those prices is a bound, whatever the weights. They are the prices that
    /// the best caps have on a coarser site, whose steps are the windows; on convex sites the bound is then near that of the
    /// linear programme.
    #[must_use]
    pub fn of_windows(plan: &Plan) -> Option<Self> {
        let new = plan.with_new_batteries();
        if new.is_some() && !plan.new_batteries_bound() {
            return None;
        }
        if plan.detail_credit() > 0.0 {
            return None;
        }
        let planned = new.as_ref().unwrap_or(plan);
        let clipped = planned.with_clipped_generation();
        let mut found = WindowBound::of(clipped.as_ref().unwrap_or(planned))?;
        if new.is_some() {
            found.reasons.push(Self::AS_NEW.into());
        }
        found.reasons.extend(Self::reasons_of_detail(plan));
        let idle = simulate(plan, Controller::new("idle", "none", Policy::Idle));
        let standing_charges = idle.money.fixed_charge + idle.money.capacity_charge;
        Some(Self {
            objective: Some(found.lower + standing_charges),
            kind: BoundKind::Relaxation,
            decisions: "storage",
            reasons: found.reasons,
            standing_charges,
            run_end: plan.scenario.run_end,
            idle_objective: idle.money.objective,
            optimal_objective: None,
            wider: None,
        })
    }

    /// What keeps `optimal` from the bound: see the module.
    fn remainder(&self) -> &'static str {
        // What is left out of gensets, here or in the linear programme, says so by its name.
        let is_of_gensets = |reason: &String| reason.contains("genset");
        if self.reasons.is_empty() {
            "heuristic"
        } else if self.reasons.iter().all(is_of_gensets) {
            "integrality"
        } else {
            "not_proven"
        }
    }

    /// The gap of a run of the same plan; `None` where there is no bound, or the run ends otherwise than it is to. `perfect_forecast` is the objective of the
    /// same strategy with a perfect forecast, where it has one.
    #[must_use]
    pub fn gap(&self, outcome: &Outcome, perfect_forecast: Option<f64>) -> Option<Gap> {
        let objective = outcome.money.objective;
        let bound = self.objective?;
        if self.run_end == RunEnd::NotBelowStart && outcome.ends_below_start() {
            return None;
        }
        let small = turnover(outcome);
        let percent_of = (bound - self.standing_charges).abs();
        let can_save = self.idle_objective - bound;
        let optimal = self.optimal_objective.unwrap_or(bound);
        let mut parts = Vec::new();
        let mut part = |name, amount| parts.push(GapPart { name, amount });
        match (outcome.strategy.as_str(), perfect_forecast) {
            ("optimal", _) => {}
            ("rolling_horizon", perfect) => {
                let perfect = perfect.unwrap_or(objective);
                part("forecast", objective - perfect);
                part("horizon", perfect - optimal);
            }
            _ => part("rule", objective - optimal),
        }
        if self.optimal_objective.is_some() {
            part(self.remainder(), optimal - bound);
        }
        Some(Gap {
            gap: objective - bound,
            percent: (percent_of > 1e-6 * small).then(|| 100.0 * (objective - bound) / percent_of),
            captured_percent: (can_save > 1e-6 * small).then(|| 100.0 * (self.idle_objective - objective) / can_save),
            parts,
        })
    }
}

/// All money that a run moved, without fixed and capacity charges: the scale of its rounding.
pub(crate) fn turnover(outcome: &Outcome) -> f64 {
    let money = &outcome.money;
    let lines = outcome.bill.lines.iter().map(|line| line.amount.abs()).sum::<f64>();
    let beyond_bill = money.turnover_of(Account::Objective) - money.bill_total.abs();
    lines + beyond_bill - money.fixed_charge - money.capacity_charge
}
