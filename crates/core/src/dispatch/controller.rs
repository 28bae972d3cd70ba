//! A strategy made ready for one plan: what was computed with foresight before the loop, or a user's own.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::Dispatch;
use super::combined::Combined;
use super::commitment::Committed;
use super::cycle_charging::CycleCharging;
use super::forecast::Forecast;
use super::genset_rule::Commitment;
use super::load_following::LoadFollowing;
use super::optimal::OptimalPlan;
use super::peak_shaving::best_targets;
use super::priority_list::PriorityList;
use super::rolling_horizon::{Prepared, RollingHorizon};
use super::strategy::Strategy;
use super::time_of_use::Windows;
use crate::simulation::PlanCache;
use crate::{Plan, Problems};

/// A strategy made ready for one plan.
///
/// Making it is where foresight lies: it may look at the whole plan. In the loop a strategy sees the present only.
pub struct Controller {
    name: String,
    foresight: String,
    pub(crate) policy: Policy,
}

/// What the loop runs.
pub(crate) enum Policy {
    Idle,
    SelfConsumption,
    TimeOfUse(Arc<Windows>),
    /// Target by billing month, kW.
    PeakShaving(Arc<[f64]>),
    /// A built-in rule for gensets, and what it is set to.
    Gensets(Box<dyn Strategy>, Option<f64>),
    Optimal(Arc<OptimalPlan>),
    RollingHorizon(Arc<Prepared>),
    Own(Box<dyn Strategy>),
}

impl Controller {
    /// Makes a built-in strategy ready for `plan`.
    ///
    /// # Errors
    /// Settings out of range; a site that the strategy does not fit, see [`Dispatch::fits`].
    pub fn built_in(dispatch: &Dispatch, plan: &Plan) -> Result<Self, Problems> {
        Self::built_in_with(dispatch, plan, &mut PlanCache::default())
    }

    /// As [`Controller::built_in`], taking what plans share from `cache`.
    ///
    /// # Errors
    /// As [`Controller::built_in`].
    pub fn built_in_with(dispatch: &Dispatch, plan: &Plan, cache: &mut PlanCache) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        dispatch.check(&mut problems);
        problems.or_else(|| ())?;
        dispatch.fits(plan)?;
        let policy = match dispatch {
            Dispatch::Idle => Policy::Idle,
            Dispatch::SelfConsumption => Policy::SelfConsumption,
            Dispatch::TimeOfUse => Policy::TimeOfUse(Windows::of(plan, cache)),
            Dispatch::PeakShaving { target_kw: Some(target) } => {
                Policy::PeakShaving(alloc::vec![*target; plan.scenario.calendar.months.len()].into())
            }
            Dispatch::PeakShaving { target_kw: None } => Policy::PeakShaving(best_targets(plan).into()),
            // Without gensets these rules are that one, at its speed.
            Dispatch::LoadFollowing | Dispatch::CycleCharging { .. } | Dispatch::Combined | Dispatch::PriorityList
                if plan.gensets.is_empty() =>
            {
                Policy::SelfConsumption
            }
            Dispatch::LoadFollowing => {
                Policy::Gensets(Box::new(LoadFollowing { gensets: Commitment::new(plan) }), None)
            }
            Dispatch::CycleCharging { setpoint_soc } => {
                Policy::Gensets(Box::new(CycleCharging::new(plan, *setpoint_soc)), Some(*setpoint_soc))
            }
            Dispatch::Combined => Policy::Gensets(Box::new(Combined::new(plan)), None),
            Dispatch::PriorityList => {
                Policy::Gensets(Box::new(PriorityList { gensets: Commitment::by_merit(plan) }), None)
            }
            Dispatch::RollingHorizon(settings) => Policy::RollingHorizon(Arc::new(Prepared::new(*settings, plan)?)),
            Dispatch::Optimal => return Ok(Self::optimal(&Arc::new(OptimalPlan::solve(plan)?))),
        };
        Ok(Self::new(dispatch.name(), dispatch.foresight(), policy))
    }

    /// `optimal`, from a plan solved already.
    #[must_use]
    pub fn optimal(plan: &Arc<OptimalPlan>) -> Self {
        let policy = match plan.site() {
            Some(_) => Policy::Gensets(Box::new(Committed::new(plan.clone())), None),
            None => Policy::Optimal(plan.clone()),
        };
        Self::new(Dispatch::Optimal.name(), Dispatch::Optimal.foresight(), policy)
    }

    /// `rolling_horizon` with a user's own forecast in place of the settings' one; `name` is what reports call the
    /// forecast.
    ///
    /// # Errors
    /// As [`Controller::built_in`] for [`Dispatch::RollingHorizon`].
    pub fn rolling_horizon(
        settings: &RollingHorizon,
        name: &str,
        forecast: Arc<dyn Forecast>,
        plan: &Plan,
    ) -> Result<Self, Problems> {
        let dispatch = Dispatch::RollingHorizon(*settings);
        let Policy::RollingHorizon(prepared) = Self::built_in(&dispatch, plan)?.policy else {
            unreachable!("made by its name")
        };
        let prepared = Arc::into_inner(prepared).expect("nobody else holds it").with(name, forecast);
        Ok(Self::new(dispatch.name(), name, Policy::RollingHorizon(Arc::new(prepared))))
    }

    /// A user's own strategy, with its name and what of the future it saw when it was made (`none` if nothing).
    #[must_use]
    pub fn own(name: impl Into<String>, foresight: impl Into<String>, strategy: Box<dyn Strategy>) -> Self {
        Self { name: name.into(), foresight: foresight.into(), policy: Policy::Own(strategy) }
    }

    pub(crate) fn new(name: &str, foresight: &str, policy: Policy) -> Self {
        Self { name: name.into(), foresight: foresight.into(), policy }
    }

    /// The strategy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What of the future it saw when it was made.
    #[must_use]
    pub fn foresight(&self) -> &str {
        &self.foresight
    }

    /// Whether it is a built-in strategy, with no forecast of a user's own: it cannot panic or ask for what is not a
    /// number.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        match &self.policy {
            Policy::Own(_) => false,
            Policy::RollingHorizon(prepared) => !prepared.has_own_forecast(),
            _ => true,
        }
    }

    /// Whether the two can run side by side in lanes.
    #[must_use]
    pub fn same_shape(&self, other: &Self) -> bool {
        match (&self.policy, &other.policy) {
            (Policy::TimeOfUse(a), Policy::TimeOfUse(b)) => Arc::ptr_eq(a, b) || a == b,
            // The caps of their charges stand side by side.
            (Policy::RollingHorizon(a), Policy::RollingHorizon(b)) => a.charges() == b.charges(),
            (a, b) => core::mem::discriminant(a) == core::mem::discriminant(b),
        }
    }
}

impl core::fmt::Debug for Controller {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Controller").field("name", &self.name).field("foresight", &self.foresight).finish()
    }
}
