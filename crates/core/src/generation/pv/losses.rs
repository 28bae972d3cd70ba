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
        }
    }

    /// Every loss with its name, in the order in which it applies.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, f64); 10] {
        [
            ("soiling_percent", self.soiling_percent),
            ("shading_percent", self.shading_percent),
            ("snow_percent", self.snow_percent),
            ("mismatch_percent", self.mismatch_percent),
            ("wiring_percent", self.wiring_percent),
            ("connections_percent", self.connections_percent),
            ("light_induced_degradation_percent", self.light_induced_degradation_percent),
            ("nameplate_percent", self.nameplate_percent),
            ("age_percent", self.age_percent),
            ("availability_percent", self.availability_percent),
        ]
    }

    /// Share that is left after all losses, 0 to 1.
    #[must_use]
    pub fn remaining_share(&self) -> f64 {
        self.named().iter().map(|(_, percent)| 1.0 - percent / 100.0).product()
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        for (name, percent) in self.named() {
            problems.require_range(format_args!("{field}.{name}"), percent, 0.0, 99.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_lose_what_the_manual_says() {
        assert!(((1.0 - Losses::default().remaining_share()) * 100.0 - 14.0757).abs() < 1e-4);
        assert_eq!(Losses::none().remaining_share(), 1.0);
    }
}
