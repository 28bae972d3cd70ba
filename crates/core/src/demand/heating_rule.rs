//! What keeps heat – a tank, a building – does with it unasked.

/// What a heater does when nobody asks it for a power. Every rule holds the least that is allowed in any case: a tank's
/// `least_c`, a building's comfort band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HeatingRule {
    /// Holds what is set.
    #[default]
    Thermostat,
    /// Holds what is set in steps whose import price is at or below the mean of their day, else the least only.
    OffPeak,
    /// Takes what generation leaves over beyond the load, up to the most that is allowed.
    Surplus,
}

impl HeatingRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Thermostat, Self::OffPeak, Self::Surplus];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thermostat => "thermostat",
            Self::OffPeak => "off_peak",
            Self::Surplus => "surplus",
        }
    }
}
