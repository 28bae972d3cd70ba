//! The point of common coupling: limits of the tie to the utility grid.

use crate::simulation::SeriesChecks;
use crate::{Problems, Series};

/// The tie to the utility grid.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Connection {
    /// Most power taken from the grid, in kW, at least 0; infinite where not limited.
    pub import_limit_kw: Series,
    /// Most power given to the grid, in kW, at least 0; 0 where export is not allowed.
    pub export_limit_kw: Series,
    /// The transformer at the tie, whose rating limits both directions.
    pub transformer: Option<Transformer>,
    /// Reactive power that the site draws at the tie, kvar, at least 0; `None` where it is not known. It is billed, where
    /// the tariff has a power-factor adjustment; it takes no part in limits. In an outage none is drawn.
    pub reactive_kvar: Option<Series>,
}

impl Default for Connection {
    /// No limit in either direction.
    fn default() -> Self {
        Self {
            import_limit_kw: f64::INFINITY.into(),
            export_limit_kw: f64::INFINITY.into(),
            transformer: None,
            reactive_kvar: None,
        }
    }
}

/// A transformer as a limit of active power; losses come with the feeder.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Transformer {
    /// Rated apparent power in kVA, above 0.
    pub rating_kva: f64,
    /// Power factor of the power through it, in (0, 1].
    pub load_power_factor: f64,
}

impl Transformer {
    /// Most active power through the transformer in kW: S·cos φ.
    #[must_use]
    pub fn limit_kw(&self) -> f64 {
        self.rating_kva * self.load_power_factor
    }
}

impl Connection {
    /// The limit in kW at `step` after the transformer's, given the tie's own `limit_kw`.
    pub(crate) fn limited(&self, limit_kw: f64) -> f64 {
        self.transformer.map_or(limit_kw, |transformer| limit_kw.min(transformer.limit_kw()))
    }

    pub(crate) fn check(&self, problems: &mut Problems, checks: &mut SeriesChecks<'_>) {
        for (field, series) in [
            ("distribution.import_limit_kw", &self.import_limit_kw),
            ("distribution.export_limit_kw", &self.export_limit_kw),
        ] {
            // Infinity is the one infinite input with a meaning: not limited.
            if *series != Series::Constant(f64::INFINITY) {
                checks.series(series, problems, format_args!("{field}"), 0.0, 1e9);
            }
        }
        if let Some(reactive) = &self.reactive_kvar {
            checks.series(reactive, problems, format_args!("distribution.reactive_kvar"), 0.0, 1e9);
        }
        if let Some(transformer) = &self.transformer {
            let field = "distribution.transformer";
            problems.require_range(format_args!("{field}.rating_kva"), transformer.rating_kva, 1e-3, 1e9);
            problems.require_range(format_args!("{field}.load_power_factor"), transformer.load_power_factor, 0.01, 1.0);
        }
    }
}
