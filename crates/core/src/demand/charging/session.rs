//! A car's stay at a station.

use crate::simulation::Fingerprint;

/// A car's stay. Seconds count from the run's start and may lie before it or behind its end.
///
/// What has happened by the run's start, of a car that is there then, is as uncontrolled charging would have it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChargingSession {
    /// Arrival.
    pub from_s: i64,
    /// Departure (exclusive), after the arrival.
    pub until_s: i64,
    /// Energy that the pack takes, if it can, kWh, at least 0: a car stops charging when it has that.
    pub energy_kwh: f64,
    /// State of charge at arrival, 0 to 1; of cars whose kind is known.
    pub arrival_soc: f64,
    /// Index of its kind in [`Station::cars`](super::Station::cars); none: only its energy is known, and its pack takes
    /// whatever power it is given.
    pub car: Option<u32>,
    /// Index of its bay; none: the first that is free, or it waits for one. Of a station's sessions all say it, or none.
    pub bay: Option<u32>,
    /// What its driver said, where that was not what happened.
    pub declared: Option<Declared>,
}

/// What a driver says at arrival: all that schedulers know.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Declared {
    /// Departure.
    pub until_s: i64,
    /// Energy wanted in the pack, kWh, at least 0.
    pub energy_kwh: f64,
}

impl ChargingSession {
    /// A stay of a car of which only the energy is known, at any bay.
    #[must_use]
    pub fn new(from_s: i64, until_s: i64, energy_kwh: f64) -> Self {
        Self { from_s, until_s, energy_kwh, arrival_soc: 0.0, car: None, bay: None, declared: None }
    }

    pub(super) fn hash(&self, hash: &mut Fingerprint) {
        let Self { from_s, until_s, energy_kwh, arrival_soc, car, bay, declared } = self;
        hash.word(*from_s as u64);
        hash.word(*until_s as u64);
        hash.number(*energy_kwh);
        hash.number(*arrival_soc);
        for index in [car, bay] {
            hash.word(index.map_or(u64::MAX, u64::from));
        }
        if let Some(Declared { until_s, energy_kwh }) = declared {
            hash.word(*until_s as u64);
            hash.number(*energy_kwh);
        }
    }
}
