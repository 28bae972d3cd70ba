//! The built-in rules made ready for a plan, and the cheapest of them there.

use alloc::boxed::Box;
use alloc::sync::Arc;

use super::Dispatch;
use super::combined::Combined;
use super::controller::{Controller, Policy};
use super::cycle_charging::CycleCharging;
use super::genset_rule::Commitment;
use super::load_following::LoadFollowing;
use super::peak_shaving::best_targets;
use super::priority_list::PriorityList;
use super::time_of_use::Windows;
use crate::Plan;
use crate::simulation::{Outcome, PlanCache, RunEnd, simulate};

/// A rule and what it learnt of the plan before the run.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    Idle,
    SelfConsumption,
    TimeOfUse(Arc<Windows>),
    PeakShaving(Arc<[f64]>),
    LoadFollowing(LoadFollowing),
    /// With its set-point.
    CycleCharging(CycleCharging, f64),
    Combined(Combined),
    PriorityList(PriorityList),
}

impl Rule {
    /// `None` for strategies that plan, which are no rules.
    pub(crate) fn ready(dispatch: &Dispatch, plan: &Plan, cache: &mut PlanCache) -> Option<Self> {
        let foreseen = plan.foreseen(dispatch);
        let plan = foreseen.as_ref().unwrap_or(plan);
        Some(match dispatch {
            Dispatch::Idle => Self::Idle,
            Dispatch::SelfConsumption => Self::SelfConsumption,
            Dispatch::TimeOfUse => Self::TimeOfUse(Windows::of(plan, cache)),
            Dispatch::PeakShaving { target_kw: Some(target) } => {
                Self::PeakShaving(alloc::vec![*target; plan.scenario.calendar.months.len()].into())
            }
            Dispatch::PeakShaving { target_kw: None } => Self::PeakShaving(best_targets(plan).into()),
            // Without gensets these rules are that one, at its speed.
            Dispatch::LoadFollowing | Dispatch::CycleCharging { .. } | Dispatch::Combined | Dispatch::PriorityList
                if plan.gensets.is_empty() =>
            {
                Self::SelfConsumption
            }
            Dispatch::LoadFollowing => Self::LoadFollowing(LoadFollowing { gensets: Commitment::new(plan.into()) }),
            Dispatch::CycleCharging { setpoint_soc } => {
                Self::CycleCharging(CycleCharging::new(plan.into(), *setpoint_soc), *setpoint_soc)
            }
            Dispatch::Combined => Self::Combined(Combined::new(plan.into())),
            Dispatch::PriorityList => Self::PriorityList(PriorityList { gensets: Commitment::by_merit(plan.into()) }),
            Dispatch::RollingHorizon(_) | Dispatch::Optimal => return None,
        })
    }

    pub(crate) fn policy(&self) -> Policy {
        match self.clone() {
            Self::Idle => Policy::Idle,
            Self::SelfConsumption => Policy::SelfConsumption,
            Self::TimeOfUse(windows) => Policy::TimeOfUse(windows),
            Self::PeakShaving(targets) => Policy::PeakShaving(targets),
            Self::LoadFollowing(rule) => Policy::Gensets(Box::new(rule), None),
            Self::CycleCharging(rule, setpoint_soc) => Policy::Gensets(Box::new(rule), Some(setpoint_soc)),
            Self::Combined(rule) => Policy::Gensets(Box::new(rule), None),
            Self::PriorityList(rule) => Policy::Gensets(Box::new(rule), None),
        }
    }
}

/// The rule that costs least on a plan, and what it costs: the least cost *known* before anything is planned.
///
/// `optimal` follows it where no plan costs less. Rules only, each some hundred nanoseconds a step; where the site keeps a
/// spinning reserve only rules that keep it, and only runs that end as [`Scenario::run_end`](crate::Scenario::run_end) asks.
///
/// # Examples
/// ```
/// use microgrid_core::dispatch::CheapestRule;
/// use microgrid_core::{Plan, Scenario, demand::Load, simulation::{Calendar, simulate}, utility::Tariff};
///
/// let mut site = Scenario::new("site", Calendar::days(3600, 2));
/// site.loads = vec![Load::new("machines", 12.0)];
/// site.tariff = Tariff::flat(0.7, 0.0).into();
/// let plan = Plan::compile(&site)?;
/// let rule = CheapestRule::of(&plan).unwrap();
/// // Without storage all cost the same, and the first of them stands for all.
/// assert_eq!(rule.dispatch().name(), "idle");
/// assert_eq!(simulate(&plan, rule.controller()).money.objective, rule.objective());
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct CheapestRule {
    dispatch: Dispatch,
    objective: f64,
    rule: Rule,
}

impl CheapestRule {
    /// Runs every rule of the plan's site; `None` where none of them completes its run.
    #[must_use]
    pub fn of(plan: &Plan) -> Option<Self> {
        let mut cache = PlanCache::default();
        let mut best: Option<Self> = None;
        for dispatch in Dispatch::every_for(&plan.scenario).filter(|dispatch| keeps_reserve(dispatch, plan)) {
            let Some(rule) = Rule::ready(&dispatch, plan, &mut cache) else { continue };
            let controller = Controller::new(dispatch.name(), dispatch.foresight(), rule.policy());
            let outcome = simulate(plan, controller.beside(&dispatch));
            let objective = outcome.money.objective;
            if is_known(&outcome, plan) && best.as_ref().is_none_or(|best| objective < best.objective) {
                best = Some(Self { dispatch, objective, rule });
            }
        }
        best
    }

    /// The rule, with the settings it was tried with.
    #[must_use]
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Objective of its run, in the scenario's currency.
    #[must_use]
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// `optimal` following the rule.
    #[must_use]
    pub fn controller(&self) -> Controller {
        Controller::new(self.dispatch.name(), self.dispatch.foresight(), self.rule.policy())
            .beside(&self.dispatch)
            .as_optimal(self.dispatch.name())
    }
}

/// Whether a run's objective is a cost that the site can have: the run is without fault and ends as it is to.
pub(crate) fn is_known(outcome: &Outcome, plan: &Plan) -> bool {
    let may_end_anyhow = plan.scenario.run_end == RunEnd::Value;
    outcome.status.is_completed() && (may_end_anyhow || !outcome.ends_below_start())
}

/// Rules without an eye for gensets keep no spinning reserve.
fn keeps_reserve(dispatch: &Dispatch, plan: &Plan) -> bool {
    let for_gensets = Dispatch::OF_GENSETS.iter().any(|rule| rule.name() == dispatch.name());
    for_gensets || !plan.scenario.spinning_reserve.is_kept()
}
