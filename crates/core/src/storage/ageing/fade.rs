//! The fade models: what a day's use costs in capacity and resistance.

use super::day::DayUse;
use super::{lfp_prismatic, nmc_kokam, wang, xu};

/// A published model of how a lithium-ion cell fades, by its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FadeModel {
    /// Large lithium iron phosphate cells (250 Ah and more, prismatic), NREL BLAST-Lite: time at rest by temperature and
    /// anode potential, cycles by depth and rate. No growth of resistance. Fitted at 10 to 45 °C, charge up to 0.65 per h,
    /// depths of 0.8 to 1.
    LfpPrismatic250Ah,
    /// Kokam 75 Ah nickel manganese cobalt pouch cells, NREL BLAST-Lite: lithium lost at rest and in cycles, active material
    /// lost in cycles, and the resistance of each. No effect of the rate. Fitted at 0 to 55 °C, depths of 0.8 to 1.
    NmcKokam75Ah,
    /// Lithium manganese oxide cells, Xu et al. 2018: rainflow cycles by depth, mean state of charge and temperature, time
    /// by state of charge and temperature. No growth of resistance.
    Xu2018,
    /// A123 26650 lithium iron phosphate power cells, Wang et al. 2011: throughput by rate and temperature. Nothing at rest,
    /// no effect of depth or state of charge, no growth of resistance. Fitted at 15 to 60 °C.
    Wang2011,
}

/// How far each of a model's losses has come; what each number is, the model says.
pub(super) type Losses = [f64; 5];

impl FadeModel {
    /// Every model.
    pub const ALL: [Self; 4] = [Self::LfpPrismatic250Ah, Self::NmcKokam75Ah, Self::Xu2018, Self::Wang2011];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LfpPrismatic250Ah => "lfp_prismatic_250ah",
            Self::NmcKokam75Ah => "nmc_kokam_75ah",
            Self::Xu2018 => "xu_2018",
            Self::Wang2011 => "wang_2011",
        }
    }

    /// The losses of a new cell.
    pub(super) fn new_cell(self) -> Losses {
        if self == Self::NmcKokam75Ah { nmc_kokam::NEW } else { [0.0; 5] }
    }

    /// The stress at rest at a state of charge in [0, 1], for a table.
    pub(super) fn rest_stress(self, soc: f64, temperature_k: f64) -> f64 {
        match self {
            Self::LfpPrismatic250Ah => lfp_prismatic::rest_rate(soc, temperature_k),
            Self::NmcKokam75Ah => nmc_kokam::rest_rate(soc, temperature_k),
            // Its stress is that of the mean state of charge; Wang's has none.
            Self::Xu2018 | Self::Wang2011 => 0.0,
        }
    }

    /// Whether the stress at rest is a table over the state of charge.
    pub(super) fn has_rest_table(self) -> bool {
        matches!(self, Self::LfpPrismatic250Ah | Self::NmcKokam75Ah)
    }

    /// The stress of a whole rainflow cycle.
    pub(super) fn cycle_stress(self, depth: f64, mean_soc: f64) -> f64 {
        if self == Self::Xu2018 { xu::cycle_stress(depth, mean_soc) } else { 0.0 }
    }

    /// The losses after a day, of a cell that had `capacity` left of 1 at its start.
    pub(super) fn advance(self, losses: &mut Losses, capacity: f64, day: &DayUse) {
        match self {
            Self::LfpPrismatic250Ah => lfp_prismatic::advance(losses, capacity, day),
            Self::NmcKokam75Ah => nmc_kokam::advance(losses, capacity, day),
            Self::Xu2018 => xu::advance(losses, day),
            Self::Wang2011 => wang::advance(losses, capacity, day),
        }
    }

    /// The capacity left, a share of that of a new cell, in [0, 1].
    pub(super) fn capacity(self, losses: &Losses) -> f64 {
        let left = match self {
            Self::LfpPrismatic250Ah => 1.0 - losses[0] - losses[1],
            Self::NmcKokam75Ah => nmc_kokam::capacity(losses),
            Self::Xu2018 => xu::capacity(losses),
            Self::Wang2011 => 1.0 - losses[0],
        };
        left.clamp(0.0, 1.0)
    }

    /// Capacity lost to use alone, a share of that of a new cell; `None` where the model does not tell it from time.
    pub(super) fn cycle_loss(self, losses: &Losses) -> Option<f64> {
        match self {
            Self::LfpPrismatic250Ah | Self::NmcKokam75Ah => Some(losses[1]),
            Self::Wang2011 => Some(losses[0]),
            Self::Xu2018 => None,
        }
    }

    /// The resistance, as a multiple of that of a new cell, at least 1.
    pub(super) fn resistance(self, losses: &Losses) -> f64 {
        if self == Self::NmcKokam75Ah { nmc_kokam::resistance(losses) } else { 1.0 }
    }
}
