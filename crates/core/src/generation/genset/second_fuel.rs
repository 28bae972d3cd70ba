//! A second fuel that is burnt with the first.

use super::super::FuelUnit;
use crate::Problems;

/// A second fuel that comes with each unit of a genset's fuel, such as the diesel that lights a gas engine's charge.
///
/// # Model
/// `per_unit` of it for each unit of the first, at any load: what HOMER calls a cofired generator at a constant substitution ratio. The
/// fuel curve is that of the first fuel as it is then burnt; so is the heat of the second, where heat is recovered, a part of
/// [`HeatRecovery::fuel_kwh_per_unit`](super::HeatRecovery).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecondFuel {
    /// Its unit.
    pub unit: FuelUnit,
    /// How much of it comes with a unit of the first fuel, 0 to 1e3.
    pub per_unit: f64,
    /// Price of a unit of it, at least 0.
    pub price_per_unit: f64,
    /// Carbon of a unit of it burnt, kg CO₂, at least 0.
    pub carbon_kg_per_unit: f64,
}

impl SecondFuel {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        problems.require_range(format_args!("{field}.per_unit"), self.per_unit, 0.0, 1e3);
        problems.require_range(format_args!("{field}.price_per_unit"), self.price_per_unit, 0.0, 1e6);
        problems.require_range(format_args!("{field}.carbon_kg_per_unit"), self.carbon_kg_per_unit, 0.0, 1e3);
    }
}
