//! What is lost between the module's label and the inverter's terminals, by name.

use crate::Problems;

/// Direct-current losses in percent of what is left after the ones before, 0 to 99 each.
///
/// # Model
/// PVWatts: `1 − Π (1 − Lᵢ/100)`. Defaults of Dobos, *PVWatts Version 5 Manual*, NREL/TP-6A20-62641 (2014), unchanged
/// in V8: 14.0757 % in all.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Losses {
    /// Dust and dirt; default 2.
    pub soiling_percent: f64,
    /// Shadows of buildings and trees, beyond the rows' own; default 3.
    pub shading_percent: f64,
    /// Snow, as a yearly mean; default 0.
    pub snow_percent: f64,
    /// Modules that differ within a string; default 2.
    pub mismatch_percent: f64,
    /// Cables; default 2.
    pub wiring_percent: f64,
    /// Connectors; default 0.5.
    pub connections_percent: f64,
    /// Light-induced degradation in the first months; default 1.5.
    pub light_induced_degradation_percent: f64,
    /// Modules weaker than their label; default 1.
    pub nameplate_percent: f64,
    /// Years of service; default 0.
    pub age_percent: f64,
    /// Outages and repairs, as a yearly mean; default 3.
    pub availability_percent: f64,
    /// Dust and dirt by month, January first, in place of `soiling_percent`; default none.
    pub soiling_by_month_percent: Option<[f64; 12]>,
    /// Shadows by month, in place of `shading_percent`; default none.
    pub shading_by_month_percent: Option<[f64; 12]>,
    /// Snow by month, in place of `snow_percent`; default none.
    pub snow_by_month_percent: Option<[f64; 12]>,
}

impl Default for Losses {
    fn default() -> Self {
        Self {
            soiling_percent: 2.0,
            shading_percent: 3.0,
            snow_percent: 0.0,
            mismatch_percent: 2.0,
            wiring_percent: 2.0,
            connections_percent: 0.5,
            light_induced_degradation_percent: 1.5,
            nameplate_percent: 1.0,
            age_percent: 0.0,
            availability_percent: 3.0,
            soiling_by_month_percent: None,
            shading_by_month_percent: None,
            snow_by_month_percent: None,
        }
    }
}

impl Losses {
    /// No losses.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            soiling_percent: 0.0,
            shading_percent: 0.0,
            snow_percent: 0.0,
            mismatch_percent: 0.0,
            wiring_percent: 0.0,
            connections_percent: 0.0,
            light_induced_degradation_percent: 0.0,
            nameplate_percent: 0.0,
            age_percent: 0.0,
            availability_percent: 0.0,
            soiling_by_month_percent: None,
            shading_by_month_percent: None,
            snow_by_month_percent: None,
        }
    }

    /// Every loss of a month, counted from 0, with its name, in the order in which it applies.
    #[must_use]
    pub fn named(&self, month: usize) -> [(&'static str, f64); 10] {
        let of = |by_month: Option<[f64; 12]>, yearly| by_month.map_or(yearly, |by_month| by_month[month]);
        [
            ("soiling_percent", of(self.soiling_by_month_percent, self.soiling_percent)),
            ("shading_percent", of(self.shading_by_month_percent, self.shading_percent)),
            ("snow_percent", of(self.snow_by_month_percent, self.snow_percent)),
            ("mismatch_percent", self.mismatch_percent),
            ("wiring_percent", self.wiring_percent),
            ("connections_percent", self.connections_percent),
            ("light_induced_degradation_percent", self.light_induced_degradation_percent),
            ("nameplate_percent", self.nameplate_percent),
            ("age_percent", self.age_percent),
            ("availability_percent", self.availability_percent),
        ]
    }

    /// Whether a loss is told by month, so that the months of the steps are needed.
    #[must_use]
    pub const fn is_by_month(&self) -> bool {
        self.soiling_by_month_percent.is_some()
            || self.shading_by_month_percent.is_some()
            || self.snow_by_month_percent.is_some()
    }

    /// Share that is left after all losses of a month, counted from 0; 0 to 1.
    #[must_use]
    pub fn remaining_share(&self, month: usize) -> f64 {
        self.named(month).iter().map(|(_, percent)| 1.0 - percent / 100.0).product()
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        let yearly = Self {
            soiling_by_month_percent: None,
            shading_by_month_percent: None,
            snow_by_month_percent: None,
            ..*self
        };
        for (name, percent) in yearly.named(0) {
            problems.require_range(format_args!("{field}.{name}"), percent, 0.0, 99.0);
        }
        for (name, by_month) in [
            ("soiling_by_month_percent", self.soiling_by_month_percent),
            ("shading_by_month_percent", self.shading_by_month_percent),
            ("snow_by_month_percent", self.snow_by_month_percent),
        ] {
            for (month, percent) in by_month.iter().flatten().enumerate() {
                problems.require_range(format_args!("{field}.{name}[{month}]"), *percent, 0.0, 100.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_lose_what_the_manual_says() {
        assert!(((1.0 - Losses::default().remaining_share(0)) * 100.0 - 14.0757).abs() < 1e-4);
        assert_eq!(Losses::none().remaining_share(11), 1.0);
    }
}
