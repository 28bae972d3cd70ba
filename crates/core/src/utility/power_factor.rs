//! The power-factor adjustment: a bonus or a malus on a month's charges by its mean power factor.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Problem, Problems};

/// An adjustment of the month's energy, demand and capacity charges by the month's power factor.
///
/// # Model
/// `cos φ = W / √(W² + Q²)` with the month's import W in kWh and reactive energy Q in kvarh, rounded to two digits
/// (halves up), 1 where both are 0. Q is what the site draws at the tie: storage and generation run at unity, so a plant
/// that lowers W lowers the power factor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerFactorAdjustment {
    /// The bill line's name.
    pub name: String,
    /// Percent on the charges by power factor: ascending, the first from 0.
    pub levels: Vec<PowerFactorLevel>,
}

/// From which power factor which percentage holds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerFactorLevel {
    /// Least power factor of the level, 0 to 1.
    pub from: f64,
    /// Percent added to the charges, −100 to 1000; negative is a bonus.
    pub percent: f64,
}

impl PowerFactorAdjustment {
    /// The month's power factor, rounded to two digits.
    #[must_use]
    pub fn power_factor(import_kwh: f64, reactive_kvarh: f64) -> f64 {
        let apparent = libm::sqrt(import_kwh * import_kwh + reactive_kvarh * reactive_kvarh);
        if apparent > 0.0 { libm::floor(import_kwh / apparent * 100.0 + 0.5) / 100.0 } else { 1.0 }
    }

    /// Percent added at a power factor.
    #[must_use]
    pub fn percent(&self, power_factor: f64) -> f64 {
        self.levels.iter().rev().find(|level| power_factor >= level.from).map_or(0.0, |level| level.percent)
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let field = alloc::format!("{field}.levels");
        let rising = self.levels.windows(2).all(|pair| pair[0].from < pair[1].from);
        if !rising || self.levels.first().is_none_or(|level| level.from != 0.0) {
            problems.push(Problem::new(field.as_str(), "must ascend from a power factor of 0"));
        }
        for level in &self.levels {
            problems.require_range(format_args!("{field}.from"), level.from, 0.0, 1.0);
            problems.require_range(format_args!("{field}.percent"), level.percent, -100.0, 1000.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_at_or_below_the_power_factor_holds() {
        let level = |from, percent| PowerFactorLevel { from, percent };
        let levels = alloc::vec![level(0.0, 20.0), level(0.80, 5.0), level(0.90, 0.0), level(0.95, -0.75)];
        let adjustment = PowerFactorAdjustment { name: "power factor".into(), levels };
        let percent = |kwh, kvarh| adjustment.percent(PowerFactorAdjustment::power_factor(kwh, kvarh));
        assert_eq!(percent(80.0, 60.0), 5.0); // Exactly 0.80.
        assert_eq!(percent(79.0, 61.3), 20.0); // 0.7900…
        assert_eq!(percent(100.0, 0.0), -0.75);
        assert_eq!(percent(0.0, 0.0), -0.75);
        assert_eq!(percent(0.0, 10.0), 20.0);
    }
}
