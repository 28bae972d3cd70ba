//! Which strategy a scenario asks for.

use super::{Forecast, RollingHorizon};

/// A built-in strategy and its settings.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Dispatch {
    /// Storage locked out: the reference for savings.
    Idle,
    /// Storage takes what generation leaves over and gives it back when the load asks for more.
    SelfConsumption,
    /// Storage charges in cheap hours what the dear hours will use.
    TimeOfUse,
    /// Storage holds the import at or below a target.
    PeakShaving {
        /// The target in kW, at least 0; `None` for the best constant target of each billing month.
        target_kw: Option<f64>,
    },
    /// The least cost of the whole run, known in advance; for one battery, or batteries that differ in size only.
    Optimal,
    /// The least cost of a window ahead, planned again and again with a forecast.
    RollingHorizon(RollingHorizon),
}

impl Dispatch {
    /// Every built-in strategy with its default settings, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::SelfConsumption,
        Self::TimeOfUse,
        Self::PeakShaving { target_kw: None },
        Self::RollingHorizon(RollingHorizon::DEFAULT),
        Self::Optimal,
    ];

    /// The name in files, reports and on the command line.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::SelfConsumption => "self_consumption",
            Self::TimeOfUse => "time_of_use",
            Self::PeakShaving { .. } => "peak_shaving",
            Self::Optimal => "optimal",
            Self::RollingHorizon(_) => "rolling_horizon",
        }
    }

    /// The strategy of that name with its default settings.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dispatch| dispatch.name() == name)
    }

    /// What of the future it sees: `none`, `tariff` (published prices) or `month` (the month's loads and generation) , `perfect` (the
    /// whole run), `horizon` (all of a window ahead) or the name of a forecast.
    #[must_use]
    pub const fn foresight(&self) -> &'static str {
        match self {
            Self::Idle | Self::SelfConsumption | Self::PeakShaving { target_kw: Some(_) } => "none",
            Self::TimeOfUse => "tariff",
            Self::PeakShaving { target_kw: None } => "month",
            Self::Optimal => "perfect",
            Self::RollingHorizon(settings) => match settings.forecast {
                Forecast::Perfect => "horizon",
                forecast => forecast.name(),
            },
        }
    }

    /// What it does, in a line.
    #[must_use]
    pub const fn summary(&self) -> &'static str {
        match self {
            Self::Idle => "storage locked out: the reference for savings",
            Self::SelfConsumption => "store surplus generation, give it back to the load",
            Self::TimeOfUse => "charge in cheap hours what the dear hours will use",
            Self::PeakShaving { .. } => "hold the import at or below a target, given or the month's best",
            Self::RollingHorizon(_) => "plan a window ahead with a forecast, again and again",
            Self::Optimal => "the least cost of the whole run, known in advance",
        }
    }

    /// Whether the strategy fits the site; cheap beside making it ready.
    ///
    /// # Errors
    /// Why it does not: `optimal` plans one battery, or batteries that differ in size only.
    pub fn fits(&self, plan: &crate::Plan) -> Result<(), crate::Problems> {
        match self {
            Self::Optimal | Self::RollingHorizon(_) => super::columns::Columns::fits(plan),
            Self::Idle | Self::SelfConsumption | Self::TimeOfUse | Self::PeakShaving { .. } => Ok(()),
        }
    }

    pub(crate) fn check(&self, problems: &mut crate::Problems) {
        if let Self::PeakShaving { target_kw: Some(target) } = self {
            problems.require_range("dispatch.target_kw", *target, 0.0, 1e9);
        }
        if let Self::RollingHorizon(settings) = self {
            settings.check(problems);
        }
    }
}
