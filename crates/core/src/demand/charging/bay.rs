//! Bays, what they supply, and the limits that they share.

use alloc::string::String;

use crate::Problems;
use crate::simulation::Fingerprint;

/// A place where a car is plugged in.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bay {
    /// What reports call it.
    pub name: String,
    /// What its charger supplies.
    pub supply: Supply,
    /// Index of the limit in [`Station::limits`](super::Station::limits) that it is behind; none: the site's alone.
    pub limit: Option<u32>,
}

/// What a charger supplies.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Supply {
    /// A power, whatever the car's on-board charger: for sessions of which only the energy is known.
    Power {
        /// Greatest power at its AC terminals, kW, 0.1 to 10 000.
        power_max_kw: f64,
        /// Least power while it charges, kW, from 0 to the greatest.
        power_min_kw: f64,
        /// Energy into the pack per energy at the AC terminals, 0.3 to 1.
        efficiency: f64,
    },
    /// Alternating current, in each of one to three phases 0 or at least 6 A (IEC 61851-1); P = phases · V · I. A car takes
    /// it by as many phases as both have, two by its charger for three.
    Ac {
        /// Number of phases, 1 to 3.
        phases: u8,
        /// Greatest current in each phase, A, 6 to 1000.
        current_max_a: f64,
        /// Voltage of a phase to neutral, or between the two wires where there is none, V, 50 to 1000.
        phase_v: f64,
    },
    /// Direct current: P = min(rating, current · pack voltage) into the pack, at most what the pack takes.
    Dc {
        /// Greatest power into the pack, kW, 0.1 to 10 000.
        power_max_kw: f64,
        /// Greatest current, A, above 0.
        current_max_a: f64,
        /// Energy into the pack per energy at the charger's AC terminals, 0.3 to 1.
        efficiency: f64,
    },
}

/// A limit on the mean power of a step of all that is behind it: a pedestal, a transformer, a feeder.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerLimit {
    /// What reports call it.
    pub name: String,
    /// Greatest power, kW at AC terminals, at least 0.
    pub power_max_kw: f64,
    /// Index of the limit that it is behind itself, a smaller one; none: the site's alone.
    pub within: Option<u32>,
}

/// Least current of AC charging, A: IEC 61851-1 has no smaller one.
pub(super) const LEAST_CURRENT_A: f64 = 6.0;

impl Supply {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        match *self {
            Self::Power { power_max_kw, power_min_kw, efficiency } => {
                range("power_max_kw", power_max_kw, 0.1, 1e4);
                range("power_min_kw", power_min_kw, 0.0, power_max_kw.max(0.0));
                range("efficiency", efficiency, 0.3, 1.0);
            }
            Self::Ac { phases, current_max_a, phase_v } => {
                range("phases", f64::from(phases), 1.0, 3.0);
                range("current_max_a", current_max_a, LEAST_CURRENT_A, 1000.0);
                range("phase_v", phase_v, 50.0, 1000.0);
            }
            Self::Dc { power_max_kw, current_max_a, efficiency } => {
                range("power_max_kw", power_max_kw, 0.1, 1e4);
                range("current_max_a", current_max_a, 1.0, 1e5);
                range("efficiency", efficiency, 0.3, 1.0);
            }
        }
    }

    /// Greatest power at its AC terminals, whatever the car, kW.
    #[must_use]
    pub fn rating_kw(&self) -> f64 {
        match *self {
            Self::Power { power_max_kw, .. } => power_max_kw,
            Self::Ac { phases, current_max_a, phase_v } => f64::from(phases) * current_max_a * phase_v / 1000.0,
            Self::Dc { power_max_kw, efficiency, .. } => power_max_kw / efficiency,
        }
    }

    pub(super) fn hash(&self, hash: &mut Fingerprint) {
        let (kind, numbers) = match *self {
            Self::Power { power_max_kw, power_min_kw, efficiency } => (0, [power_max_kw, power_min_kw, efficiency]),
            Self::Ac { phases, current_max_a, phase_v } => (1, [f64::from(phases), current_max_a, phase_v]),
            Self::Dc { power_max_kw, current_max_a, efficiency } => (2, [power_max_kw, current_max_a, efficiency]),
        };
        hash.word(kind);
        numbers.into_iter().for_each(|number| hash.number(number));
    }
}
