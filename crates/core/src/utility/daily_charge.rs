//! A charge per civil day.

use alloc::string::String;

use crate::Problems;

/// A charge per civil day, whatever its length: a day of 23 or 25 hours is one day, and of a month that the run covers
/// in part the days of the run are billed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DailyCharge {
    /// The bill line's name.
    pub name: String,
    /// Price per day, at least 0.
    pub price_per_day: f64,
}

impl DailyCharge {
    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        problems.require_range(format_args!("{field}.price_per_day"), self.price_per_day, 0.0, 1e6);
    }
}
