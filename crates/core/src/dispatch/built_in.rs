//! Which strategy a scenario asks for.

use super::{NamedForecast, RollingHorizon};

/// A built-in strategy and its settings.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
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
    /// The least cost of the whole run, known in advance; for one battery, or batteries that differ in size only, and up
    /// to four gensets, with which it is near the least cost, and the bound says how near.
    Optimal,
    /// Gensets give what the load asks for beyond generation and storage, and no more.
    LoadFollowing,
    /// Gensets, when needed, run at full power and charge storage up to a set-point.
    CycleCharging {
        /// State of charge over all batteries up to which a charge goes on once it has begun, in [0, 1]; 0 for no
        /// set-point: gensets charge only while they are needed.
        setpoint_soc: f64,
    },
    /// Load following where the load left to gensets is high, cycle charging where it is low.
    Combined,
    /// Load following with the cheapest genset first.
    PriorityList,
    /// The least cost of a window ahead, planned again and again with a forecast; batteries that differ are planned as one,
    /// gensets as sources that may give any power.
    RollingHorizon(RollingHorizon),
}

impl Dispatch {
    /// Every built-in strategy for any site with its default settings, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::SelfConsumption,
        Self::TimeOfUse,
        Self::PeakShaving { target_kw: None },
        Self::RollingHorizon(RollingHorizon::DEFAULT),
        Self::Optimal,
    ];

    /// The set-point of HOMER's example, used where none is given.
    const SETPOINT_SOC: f64 = 0.8;

    /// Every built-in strategy for sites with gensets with its default settings, in the order of reports. On a site
    /// without gensets each of them is `self_consumption`.
    pub const OF_GENSETS: [Self; 4] = [
        Self::LoadFollowing,
        Self::CycleCharging { setpoint_soc: Self::SETPOINT_SOC },
        Self::Combined,
        Self::PriorityList,
    ];

    /// Every built-in strategy with its default settings, in the order of reports.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::OF_GENSETS)
    }

    /// Every built-in strategy that makes a difference at the site: those for gensets only where it has one.
    pub fn every_for(scenario: &crate::Scenario) -> impl Iterator<Item = Self> + use<> {
        let gensets = if scenario.gensets.is_empty() { &[][..] } else { &Self::OF_GENSETS[..] };
        Self::ALL.into_iter().chain(gensets.iter().cloned())
    }

    /// The name in files, reports and on the command line.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::SelfConsumption => "self_consumption",
            Self::TimeOfUse => "time_of_use",
            Self::PeakShaving { .. } => "peak_shaving",
            Self::Optimal => "optimal",
            Self::LoadFollowing => "load_following",
            Self::CycleCharging { .. } => "cycle_charging",
            Self::Combined => "combined",
            Self::PriorityList => "priority_list",
            Self::RollingHorizon(_) => "rolling_horizon",
        }
    }

    /// The strategy of that name with its default settings.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::every().find(|dispatch| dispatch.name() == name)
    }

    /// What of the future it sees: `none`, `tariff` (published prices) or `month` (the month's loads and generation) , `perfect` (the
    /// whole run), `horizon` (all of a window ahead) or the name of a forecast.
    #[must_use]
    pub const fn foresight(&self) -> &'static str {
        match self {
            Self::Idle | Self::SelfConsumption | Self::PeakShaving { target_kw: Some(_) } => "none",
            Self::LoadFollowing | Self::CycleCharging { .. } | Self::Combined | Self::PriorityList => "none",
            Self::TimeOfUse => "tariff",
            Self::PeakShaving { target_kw: None } => "month",
            Self::Optimal => "perfect",
            Self::RollingHorizon(settings) => match settings.forecast {
                NamedForecast::Perfect => "horizon",
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
            Self::LoadFollowing => "gensets give what the load needs beyond storage, no more",
            Self::CycleCharging { .. } => "gensets, when needed, run full and charge storage to a set-point",
            Self::Combined => "cycle charging at low load, load following at high load",
            Self::PriorityList => "load following, the genset with the cheapest kWh first",
            Self::RollingHorizon(_) => "plan a window ahead with a forecast, again and again",
            Self::Optimal => "the least cost of the whole run, known in advance",
        }
    }

    /// Whether the strategy fits the site; cheap beside making it ready.
    ///
    /// # Errors
    /// Why it does not: `optimal` plans one battery, or batteries that differ in size only, and up to four gensets.
    pub fn fits(&self, plan: &crate::Plan) -> Result<(), crate::Problems> {
        match self {
            Self::Optimal => {
                super::commitment::CommitmentPlan::fits(plan)?;
                super::columns::Columns::fits(plan)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn check(&self, problems: &mut crate::Problems) {
        if let Self::PeakShaving { target_kw: Some(target) } = self {
            problems.require_range("dispatch.target_kw", *target, 0.0, 1e9);
        }
        if let Self::CycleCharging { setpoint_soc } = self {
            problems.require_range("dispatch.setpoint_soc", *setpoint_soc, 0.0, 1.0);
        }
        if let Self::RollingHorizon(settings) = self {
            settings.check(problems);
        }
    }
}
