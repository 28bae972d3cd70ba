//! `rolling_horizon`: plans a window ahead with a forecast, follows the plan's law, and plans again. Foresight: its
//! forecast; published prices, limits and outages count as known.
//!
//! # Model
//! At every re-plan the exact plan of the window from now to the horizon is solved; the run's end cuts the window short,
//! and there the energy left counts as in the objective. Between re-plans the law of the last plan is followed from
//! whatever is in store.
//!
//! **Demand charges.** Import up to a month's cap is free of the charge, import above it costs the charge per kW and step
//! more, which never understates it. A month's cap is what the first plan of the month finds best over its own window,
//! and rises with the peak metered since. Charges of months not yet begun do not count.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::columns::Columns;
use super::exact_plan::{Accuracy, DemandCharge, EndRule, Series, Solver, Steps, Tier, Window};
use super::forecast::{NamedForecast, Outlook};
use super::lane_strategy::{LaneStrategy, LaneView};
use super::optimal::Curtailment;
use crate::simulation::lane::Lane;
use crate::{Plan, Problems};

/// Settings of the strategy `rolling_horizon`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RollingHorizon {
    /// How far each plan looks, h, above 0, at most 8784; at least one step is planned.
    pub horizon_h: f64,
    /// Time from plan to plan, h, above 0, at most `horizon_h`; at least one step.
    pub replan_every_h: f64,
    /// Where loads and generation of the window come from.
    pub forecast: NamedForecast,
    /// What the energy left at the window's end is worth.
    pub end: HorizonEnd,
}

/// What the energy left at a window's end is worth, where the window ends before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HorizonEnd {
    /// Nothing.
    Free,
    /// At least as much as at the window's start, as far as it can be.
    NotBelowStart,
    /// The scenario's value of a stored kWh.
    Value,
}

impl HorizonEnd {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Free, Self::NotBelowStart, Self::Value];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::NotBelowStart => "not_below_start",
            Self::Value => "value",
        }
    }
}

impl RollingHorizon {
    /// 24 h ahead, every hour, a perfect forecast, a free end.
    pub const DEFAULT: Self =
        Self { horizon_h: 24.0, replan_every_h: 1.0, forecast: NamedForecast::Perfect, end: HorizonEnd::Free };

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.require_range("dispatch.horizon_h", self.horizon_h, 1e-3, 8784.0);
        problems.require_range(
            "dispatch.replan_every_h",
            self.replan_every_h,
            1e-3,
            self.horizon_h.clamp(1e-3, 8784.0),
        );
        if let NamedForecast::Noisy { error, .. } = self.forecast {
            problems.require_range("dispatch.forecast_error", error, 0.0, 2.0);
        }
    }
}

/// The strategy made ready for a plan.
#[derive(Debug)]
pub(crate) struct Prepared {
    settings: RollingHorizon,
    columns: Columns,
    horizon_steps: usize,
    replan_steps: usize,
    steps_per_hour: usize,
    curtailment: Option<Curtailment>,
}

impl Prepared {
    pub(crate) fn new(settings: RollingHorizon, plan: &Plan) -> Result<Self, Problems> {
        let in_steps = |hours: f64| (libm::round(hours / plan.step_h) as usize).max(1);
        let columns = Columns::of(plan)?;
        // What later plans cannot meet is refused here: the first load checks every column.
        let tiers = columns.tiers();
        Solver::new().load(&columns.storage, &columns.steps(&tiers, &[], true))?;
        drop(tiers);
        Ok(Self {
            settings,
            horizon_steps: in_steps(settings.horizon_h),
            replan_steps: in_steps(settings.replan_every_h),
            steps_per_hour: in_steps(1.0),
            curtailment: Curtailment::of(plan, &columns),
            columns,
        })
    }

    pub(crate) fn charges(&self) -> usize {
        self.columns.charges.len()
    }

    /// Whether windows of the whole run's slopes serve: the future is known, and no cap changes a slope.
    fn is_fixed(&self) -> bool {
        self.settings.forecast == NamedForecast::Perfect && self.columns.charges.is_empty()
    }
}

/// The strategy in L lanes.
#[derive(Debug)]
pub(crate) struct RollingLanes<const L: usize> {
    lanes: Vec<RollingLane>,
    /// Step of the last plan, −1 before the first, and what was stored then: with the caps, all that a plan depends on.
    origin: Lane<L>,
    start_kwh: Lane<L>,
    /// Cap of each charge of the columns, kW; −1 before its month.
    caps: Vec<Lane<L>>,
}

#[derive(Debug)]
struct RollingLane {
    prepared: Arc<Prepared>,
    solver: Solver,
    outlook: Outlook,
    /// Origin of the plan that the solver holds.
    solved: f64,
}

impl<const L: usize> RollingLanes<L> {
    pub(crate) fn pack(lanes: [Arc<Prepared>; L]) -> Self {
        let charges = lanes.iter().map(|lane| lane.columns.charges.len()).max().unwrap_or(0);
        let lane = |prepared: Arc<Prepared>| {
            let mut solver = Solver::new();
            if prepared.is_fixed() {
                let tiers = prepared.columns.tiers();
                let loaded = solver.load(&prepared.columns.storage, &prepared.columns.steps(&tiers, &[], true));
                debug_assert!(loaded.is_ok(), "checked when it was made ready");
            }
            RollingLane { prepared, solver, outlook: Outlook::default(), solved: -1.0 }
        };
        Self {
            lanes: lanes.into_iter().map(lane).collect(),
            origin: Lane([-1.0; L]),
            start_kwh: Lane::ZERO,
            caps: alloc::vec![Lane([-1.0; L]); charges],
        }
    }

    /// The settings of a lane, in a fixed order.
    pub(crate) fn settings(&self, lane: usize) -> Vec<u64> {
        let RollingHorizon { horizon_h, replan_every_h, forecast, end } = self.lanes[lane].prepared.settings;
        let (error, seed) = match forecast {
            NamedForecast::Noisy { error, seed } => (error, seed),
            _ => (0.0, 0),
        };
        let kinds = [forecast.index(), end as u64];
        [horizon_h.to_bits(), replan_every_h.to_bits(), error.to_bits(), seed].into_iter().chain(kinds).collect()
    }

    /// Visits what the strategy remembers, for snapshots.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        visit(&mut self.origin);
        visit(&mut self.start_kwh);
        self.caps.iter_mut().for_each(&mut *visit);
    }
}

impl<const L: usize> LaneStrategy<L> for RollingLanes<L> {
    const HOLDS_LIMITS: bool = false;
    const CURTAILS: bool = true;

    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        for l in 0..L {
            let lane = &mut self.lanes[l];
            let columns = &lane.prepared.columns;
            let mut stored_kwh = 0.0;
            for (stored, share) in view.stored.iter().zip(&columns.shares) {
                stored_kwh += if *share > 0.0 { stored[l] } else { 0.0 };
            }
            let is_due = self.origin[l] < 0.0 || view.step >= self.origin[l] as usize + lane.prepared.replan_steps;
            if is_due {
                self.origin[l] = view.step as f64;
                self.start_kwh[l] = stored_kwh;
                for (charge, cap) in columns.charges.iter().zip(&mut self.caps) {
                    if cap[l] >= 0.0 {
                        cap[l] = cap[l].max(charge.metered_kw(view, l));
                    }
                }
            }
            if lane.solved != self.origin[l] {
                lane.plan(self.origin[l] as usize, self.start_kwh[l], &mut self.caps, l);
                lane.solved = self.origin[l];
            }
            let first = if lane.prepared.is_fixed() { 0 } else { self.origin[l] as usize };
            let decision = lane.solver.law().decide(view.step - first, stored_kwh);
            let power = decision.discharge_kw - decision.charge_kw;
            for (ask, share) in ask.iter_mut().zip(&lane.prepared.columns.shares) {
                ask[l] = share * power;
            }
        }
    }

    #[inline(always)]
    fn least_net(&self, view: &LaneView<'_, L>, ask: &[Lane<L>]) -> Option<Lane<L>> {
        Curtailment::least_nets(view, ask, |l| self.lanes[l].prepared.curtailment.as_ref())
    }
}

impl RollingLane {
    /// Solves the window that begins at `now`.
    #[inline(never)]
    fn plan<const L: usize>(&mut self, now: usize, start_kwh: f64, caps: &mut [Lane<L>], l: usize) {
        let Self { prepared, solver, outlook, .. } = self;
        let columns = &prepared.columns;
        let count = columns.generation_kw.len();
        let until = count.min(now + prepared.horizon_steps);
        let steps = now..until;
        let storage = &columns.storage;
        let top = storage.min_kwh + (storage.max_kwh - storage.min_kwh);
        let start_kwh = start_kwh.min(top).max(storage.min_kwh);
        let end = match prepared.settings.end {
            _ if until == count => columns.end,
            HorizonEnd::Value => columns.end,
            HorizonEnd::Free => EndRule::Free,
            HorizonEnd::NotBelowStart => EndRule::NotBelowStart,
        };
        let solved = if prepared.is_fixed() {
            solver.first_decision(&Window { first_step: now, steps: steps.len(), start_kwh, end })
        } else {
            outlook.fill(prepared.settings.forecast, columns, steps.clone(), prepared.steps_per_hour);
            let none = Tier { load_kw: Series::Constant(0.0), value_of_lost_load_per_kwh: 0.0 };
            let mut tiers = [none; 3];
            let mut used = 0;
            for (load, value) in outlook.load_kw.iter().zip(columns.value_of_lost_load) {
                if !load.is_empty() {
                    tiers[used] = Tier { load_kw: Series::Steps(load), value_of_lost_load_per_kwh: value };
                    used += 1;
                }
            }
            let whole = columns.steps(&tiers[..used], &[], true);
            let steps_here = Steps {
                count: steps.len(),
                generation_kw: Series::Steps(&outlook.generation_kw),
                import_price_per_kwh: Series::Steps(&columns.import_price_per_kwh[steps.clone()]),
                export_price_per_kwh: Series::Steps(&columns.export_price_per_kwh[steps.clone()]),
                import_limit_kw: Series::Steps(&columns.import_limit_kw[steps.clone()]),
                export_limit_kw: Series::Steps(&columns.export_limit_kw[steps.clone()]),
                charge_max_kw: columns.storage_max_kw.as_ref().map(|most| Series::Steps(&most[steps.clone()])),
                discharge_max_kw: columns.storage_max_kw.as_ref().map(|most| Series::Steps(&most[steps.clone()])),
                reserve_kwh: columns.reserve_kwh.as_ref().map(|reserve| Series::Steps(&reserve[steps.clone()])),
                ..whole
            };
            let has_begun = |first_step: usize, end_step: usize| first_step <= now && now < end_step;
            let mut charges: Vec<DemandCharge<'_>> = Vec::new();
            let mut limits: Vec<f64> = Vec::new();
            let mut is_new = false;
            for (charge, cap) in columns.charges.iter().zip(caps.iter()) {
                if has_begun(charge.first_step, charge.end_step) {
                    is_new |= cap[l] < 0.0;
                    limits.push(cap[l].max(charge.free_kw));
                    charges.push(DemandCharge {
                        first_step: 0,
                        end_step: charge.end_step.min(until) - now,
                        price_per_kw: charge.price_per_kw,
                        metered_kw: charge.free_kw.max(cap[l]),
                        counts: charge.counts.as_deref().map(|counts| &counts[steps.clone()]),
                    });
                }
            }
            if is_new {
                let accuracy = Accuracy { relative_gap: 1e-6, rounds: 60 };
                if let Ok(found) = solver.solve_demand(storage, &steps_here, (start_kwh, end), &charges, &accuracy) {
                    limits.clone_from(&found.caps_kw);
                }
                let begun = columns.charges.iter().zip(caps.iter_mut());
                let begun = begun.filter(|(charge, _)| has_begun(charge.first_step, charge.end_step));
                for ((_, cap), limit) in begun.zip(&limits) {
                    cap[l] = *limit;
                }
            }
            let loaded = if charges.is_empty() {
                solver.load(storage, &steps_here)
            } else {
                solver.load_under_caps(storage, &steps_here, &charges, &limits)
            };
            loaded.and_then(|()| solver.first_decision(&Window::whole(steps.len(), start_kwh, end)))
        };
        debug_assert!(solved.is_ok(), "checked when it was made ready: {solved:?}");
    }
}
