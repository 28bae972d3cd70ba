//! A plant whose available power is given as a series, such as metered solar.

use alloc::string::String;

use crate::simulation::SeriesChecks;
use crate::{Problems, Series};

/// A plant that could deliver `scale × power_kw` at each step.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SeriesPlant {
    /// What reports call it.
    pub name: String,
    /// Available power at the plant's AC terminals in kW (or per unit of `scale`), at least 0.
    pub power_kw: Series,
    /// Factor on `power_kw`, at least 0; 1 by default.
    pub scale: f64,
    /// Whether the site may take less than is available, at no cost. What a plant that is not curtailable delivers
    /// beyond all uses goes into the named dump.
    pub curtailable: bool,
}

impl SeriesPlant {
    /// A curtailable plant at scale 1.
    #[must_use]
    pub fn new(name: impl Into<String>, power_kw: impl Into<Series>) -> Self {
        Self { name: name.into(), power_kw: power_kw.into(), scale: 1.0, curtailable: true }
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        problems.require_range(format_args!("{field}.scale"), self.scale, 0.0, 1e9);
        checks.series(&self.power_kw, problems, format_args!("{field}.power_kw"), 0.0, 1e9);
    }
}
