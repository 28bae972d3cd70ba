//! A strategy made ready for one plan: what was computed with foresight before the loop, or a user's own.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::Dispatch;
use super::commitment::Committed;
use super::forecast::Forecast;
use super::optimal::OptimalPlan;
use super::rolling_horizon::{Prepared, RollingHorizon};
use super::rule::{CheapestRule, Rule};
use super::strategy::Strategy;
use super::time_of_use::Windows;
use crate::demand::{Scheduling, StationSchedule};
use crate::simulation::PlanCache;
use crate::{Plan, Problems, Series};

/// A strategy made ready for one plan.
///
/// Making it is where foresight lies: it may look at the whole plan. In the loop a strategy sees the present only.
pub struct Controller {
    name: String,
    foresight: String,
    follows: Option<String>,
    pub(crate) policy: Policy,
    stations: Arc<[Arc<StationSchedule>]>,
    swap_plans: Arc<[Option<Series>]>,
    stations_beside: Scheduling,
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
        let policy = match (Rule::ready(dispatch, plan, cache), dispatch) {
            (Some(rule), _) => rule.policy(),
            (None, Dispatch::RollingHorizon(settings)) => {
                let clipped = plan.with_clipped_generation();
                let plan = clipped.as_ref().unwrap_or(plan);
                let foreseen = plan.foreseen(dispatch);
                Policy::RollingHorizon(Arc::new(Prepared::new(*settings, foreseen.as_ref().unwrap_or(plan))?))
            }
            (None, _) => return Ok(Self::optimal(&OptimalPlan::solve(plan).map(Arc::new)?)),
        };
        Ok(Self::new(dispatch.name(), dispatch.foresight(), policy).beside(dispatch))
    }

    /// `optimal`, from a plan solved already: follows it, or the rule that it found cheaper.
    #[must_use]
    pub fn optimal(plan: &Arc<OptimalPlan>) -> Self {
        plan.cheaper_rule().map_or_else(|| Self::planned(plan), CheapestRule::controller)
    }

    /// `optimal`, following the plan itself.
    pub(crate) fn planned(plan: &Arc<OptimalPlan>) -> Self {
        let policy = match plan.site() {
            Some(site) => Policy::Gensets(Box::new(Committed::new(plan.clone(), site)), None),
            None => Policy::Optimal(plan.clone()),
        };
        Self::new(Dispatch::Optimal.name(), Dispatch::Optimal.foresight(), policy).beside(&Dispatch::Optimal)
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
        Ok(Self::new(dispatch.name(), name, Policy::RollingHorizon(Arc::new(prepared))).beside(&dispatch))
    }

    /// A user's own strategy, with its name and what of the future it saw when it was made (`none` if nothing).
    #[must_use]
    pub fn own(name: impl Into<String>, foresight: impl Into<String>, strategy: Box<dyn Strategy>) -> Self {
        Self::new(name, foresight, Policy::Own(strategy))
    }

    pub(crate) fn new(name: impl Into<String>, foresight: impl Into<String>, policy: Policy) -> Self {
        Self {
            name: name.into(),
            foresight: foresight.into(),
            follows: None,
            policy,
            stations: Arc::new([]),
            swap_plans: Arc::new([]),
            stations_beside: Scheduling::FollowSite,
        }
    }

    /// With what stations that follow the site do beside a built-in strategy.
    pub(crate) fn beside(self, dispatch: &Dispatch) -> Self {
        Self { stations_beside: Scheduling::of_site(dispatch), ..self }
    }

    /// What stations that follow the site do ([`Scheduling::FollowSite`]).
    pub(crate) fn stations_beside(&self) -> &Scheduling {
        &self.stations_beside
    }

    /// The same strategy as `optimal`, which follows it: a rule, or the plan of a linear programme.
    #[must_use]
    pub fn as_optimal(self, follows: impl Into<String>) -> Self {
        let optimal = Dispatch::Optimal;
        Self {
            name: optimal.name().into(),
            foresight: optimal.foresight().into(),
            follows: Some(follows.into()),
            ..self
        }
    }

    /// The same strategy with a plan for each charging station of the scenario, in its order: the stations follow it in place of
    /// their own schedulers.
    #[must_use]
    pub fn with_station_schedules(self, stations: Arc<[Arc<StationSchedule>]>) -> Self {
        Self { stations, ..self }
    }

    /// The plans that charging stations follow; none: their own schedulers.
    #[must_use]
    pub fn station_schedules(&self) -> &Arc<[Arc<StationSchedule>]> {
        &self.stations
    }

    /// The same strategy with a plan of the charging power of each swap station of the scenario, in its order, in kW by step; `None`,
    /// and none at all: its own rule.
    #[must_use]
    pub fn with_swap_plans(self, swap_plans: Arc<[Option<Series>]>) -> Self {
        Self { swap_plans, ..self }
    }

    /// The plans that swap stations follow.
    #[must_use]
    pub fn swap_plans(&self) -> &Arc<[Option<Series>]> {
        &self.swap_plans
    }

    /// What `optimal` follows where that is not its own plan.
    #[must_use]
    pub fn follows(&self) -> Option<&str> {
        self.follows.as_deref()
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
