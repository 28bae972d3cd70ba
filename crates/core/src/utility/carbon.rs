//! Carbon of the imported energy.

use crate::simulation::SeriesChecks;
use crate::{Problems, Series};

/// What a kWh from the grid emits, and what emitting costs. Export is never netted.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Carbon {
    /// Location-based intensity of the grid in kg CO₂ per kWh, at least 0.
    pub intensity_kg_per_kwh: Series,
    /// Price in currency per kg CO₂, at least 0; part of the objective, never of the bill.
    pub price_per_kg: f64,
}

impl Default for Carbon {
    fn default() -> Self {
        Self { intensity_kg_per_kwh: 0.0.into(), price_per_kg: 0.0 }
    }
}

impl Carbon {
    pub(crate) fn check(&self, problems: &mut Problems, checks: &mut SeriesChecks<'_>) {
        let field = format_args!("utility.carbon.intensity_kg_per_kwh");
        checks.series(&self.intensity_kg_per_kwh, problems, field, 0.0, 5.0);
        problems.require_range("utility.carbon.price_per_kg", self.price_per_kg, 0.0, 1e6);
    }
}
