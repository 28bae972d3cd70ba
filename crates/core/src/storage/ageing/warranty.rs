//! What a battery's maker promises, and whether it holds.

use super::age::BatteryAge;
use crate::Problems;

/// A warranty: the capacity left is at or above a share of the nominal one until the first of its limits is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Warranty {
    /// Time from the first day on, years of 365 days, above 0 to 50.
    pub years: f64,
    /// Capacity promised, percent of the nominal one, 1 to 100.
    pub capacity_percent: f64,
    /// Equivalent full cycles, above 0; `None` where they are not limited.
    pub full_cycles: Option<f64>,
    /// Energy discharged at the AC terminals, kWh, above 0; `None` where it is not limited.
    pub throughput_kwh: Option<f64>,
}

/// How a battery stands to its warranty.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WarrantyUse {
    /// Percent of the limit that is nearest to its end, or was reached first; above 100 the warranty is over.
    pub used_percent: f64,
    /// Which limit that is: `years`, `full_cycles` or `throughput`.
    pub by: &'static str,
    /// Days from its first day on after which the capacity fell below what is promised while the warranty ran; `None`
    /// where it did not.
    pub broken_after_days: Option<f64>,
}

impl Warranty {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let Self { years, capacity_percent, full_cycles, throughput_kwh } = *self;
        problems.require_range(format_args!("{field}.years"), years, f64::MIN_POSITIVE, 50.0);
        problems.require_range(format_args!("{field}.capacity_percent"), capacity_percent, 1.0, 100.0);
        for (name, limit) in [("full_cycles", full_cycles), ("throughput_kwh", throughput_kwh)] {
            if let Some(limit) = limit {
                problems.require_range(format_args!("{field}.{name}"), limit, f64::MIN_POSITIVE, 1e12);
            }
        }
    }

    /// The share of each limit that is used, the greatest of them, and its name.
    pub(super) fn used(&self, age: &BatteryAge) -> (f64, &'static str) {
        let mut most = (age.days / (365.0 * self.years), "years");
        let counts = [
            (self.full_cycles, age.full_cycles, "full_cycles"),
            (self.throughput_kwh, age.throughput_kwh, "throughput"),
        ];
        for (limit, used, name) in counts {
            if let Some(limit) = limit
                && used / limit > most.0
            {
                most = (used / limit, name);
            }
        }
        most
    }
}
