//! What is done with a battery that has faded.

use crate::Problems;

/// What is done once the capacity left is at or below a share of the nominal one, at that day's end.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EndOfLife {
    /// Capacity left, percent of the nominal one, at which it is done; 1 to 99, 80 by default.
    pub capacity_percent: f64,
    /// What is done.
    pub action: EndOfLifeAction,
    /// Cost of a kWh of new capacity, in currency, at least 0. It is told beside the run and is no part of its objective,
    /// in which `wear_cost_per_kwh` stands for it.
    pub cost_per_kwh: f64,
}

/// See [`EndOfLife`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum EndOfLifeAction {
    /// Nothing: it goes on fading.
    #[default]
    Keep,
    /// All cells are replaced by new ones with the same energy in store; open half cycles are forgotten.
    Replace,
    /// New modules beside the old ones bring the capacity back to the nominal one; each ages from its own first day.
    Augment,
}

impl EndOfLifeAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Replace, Self::Augment];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Replace => "replace",
            Self::Augment => "augment",
        }
    }
}

impl Default for EndOfLife {
    fn default() -> Self {
        Self { capacity_percent: 80.0, action: EndOfLifeAction::Keep, cost_per_kwh: 0.0 }
    }
}

impl EndOfLife {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        problems.require_range(format_args!("{field}.end_of_life_percent"), self.capacity_percent, 1.0, 99.0);
        problems.require_range(format_args!("{field}.replacement_cost_per_kwh"), self.cost_per_kwh, 0.0, 1e6);
    }
}
