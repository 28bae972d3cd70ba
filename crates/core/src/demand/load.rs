//! Loads in three tiers, shed lowest first when the site is short.

use alloc::string::String;

use crate::simulation::SeriesChecks;
use crate::{Problem, Problems, Series};

/// Importance of a load, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Tier {
    /// Shed last.
    Critical,
    /// Shed after the sheddable tier.
    #[default]
    Normal,
    /// Shed first.
    Sheddable,
}

impl Tier {
    /// All tiers in index order, highest first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Normal, Self::Sheddable];

    /// The tier's name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Normal => "normal",
            Self::Sheddable => "sheddable",
        }
    }
}

/// A load that asks for `scale × power_kw` at each step.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Load {
    /// What reports call it.
    pub name: String,
    /// Tier in which it is shed.
    pub tier: Tier,
    /// Power asked in kW (or per unit of `scale`), at least 0.
    pub power_kw: Series,
    /// Factor on `power_kw`, at least 0; 1 by default.
    pub scale: f64,
    /// Energy that its users want and that no step asks for, kWh, at least 0: charging stays that are too short, or cut
    /// off by the run's end. It is no part of `power_kw` and of the energy books; 0 by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub undelivered_kwh: f64,
    /// Cost of a kWh undelivered, at least 0, part of the objective and never of the bill; 0 by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub undelivered_cost_per_kwh: f64,
}

impl Load {
    /// A load of the normal tier at scale 1.
    #[must_use]
    pub fn new(name: impl Into<String>, power_kw: impl Into<Series>) -> Self {
        Self {
            name: name.into(),
            tier: Tier::Normal,
            power_kw: power_kw.into(),
            scale: 1.0,
            undelivered_kwh: 0.0,
            undelivered_cost_per_kwh: 0.0,
        }
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        problems.require_range(format_args!("{field}.scale"), self.scale, 0.0, 1e9);
        checks.series(&self.power_kw, problems, format_args!("{field}.power_kw"), 0.0, 1e9);
        problems.require_range(format_args!("{field}.undelivered_kwh"), self.undelivered_kwh, 0.0, 1e12);
        let cost = self.undelivered_cost_per_kwh;
        problems.require_range(format_args!("{field}.undelivered_cost_per_kwh"), cost, 0.0, 1e9);
    }
}

/// Value of lost load for each tier, in currency per kWh not served. Part of the objective, never of the bill.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValueOfLostLoad {
    /// Of the critical tier.
    pub critical_per_kwh: f64,
    /// Of the normal tier; at most the critical tier's.
    pub normal_per_kwh: f64,
    /// Of the sheddable tier; at most the normal tier's.
    pub sheddable_per_kwh: f64,
}

impl Default for ValueOfLostLoad {
    /// 100, 30 and 5 a kWh: an order of magnitude, to be replaced by the site's own.
    fn default() -> Self {
        Self { critical_per_kwh: 100.0, normal_per_kwh: 30.0, sheddable_per_kwh: 5.0 }
    }
}

impl ValueOfLostLoad {
    /// The values by tier index, highest tier first.
    #[must_use]
    pub const fn by_tier(&self) -> [f64; 3] {
        [self.critical_per_kwh, self.normal_per_kwh, self.sheddable_per_kwh]
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        const FIELD: &str = "demand.value_of_lost_load";
        for (tier, value) in Tier::ALL.iter().zip(self.by_tier()) {
            problems.require_range(format_args!("{FIELD}.{}_per_kwh", tier.name()), value, 0.0, 1e9);
        }
        let [critical, normal, sheddable] = self.by_tier();
        if critical < normal || normal < sheddable {
            problems.push(
                Problem::new(FIELD, "must not rise from critical over normal to sheddable")
                    .value(alloc::format!("{critical}, {normal}, {sheddable}"))
                    .hint("loads are shed lowest tier first; a lower tier must not be worth more"),
            );
        }
    }
}
