//! When swaps begin at a station whose chargers always work: the earliest that packs allow, and so what a plan must keep.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::step::StationStep;
use super::yard::Yard;

/// A swap that began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Begun {
    /// When, seconds from the run's start.
    pub(super) at_s: f64,
    /// Index of its vehicle.
    pub(super) arrival: usize,
    /// The pack that it takes: one of those at the start, or behind them by the vehicle that brought it.
    pub(super) pack: usize,
}

/// The swaps of a run of `steps` steps in which all chargers always work, in their order.
pub(super) fn soonest(station: &StationStep, steps: usize) -> Vec<Begun> {
    let mut yard = Yard::new(station);
    yard.log = Some(Vec::new());
    for step in 0..steps {
        yard.run(station, station.begin_s(step), station.most());
    }
    yard.log.unwrap_or_default()
}

/// A plan of a station's power, and when each swap is to begin under it.
#[derive(Debug, Clone)]
pub(super) struct ChargingPlan {
    pub(super) power_kw: crate::Series,
    /// Seconds from the run's start, ascending.
    pub(super) due_s: Arc<[f64]>,
}

impl ChargingPlan {
    pub(super) fn new(station: &StationStep, power_kw: crate::Series, steps: usize) -> Self {
        Self { power_kw, due_s: soonest(station, steps).iter().map(|begun| begun.at_s).collect() }
    }
}

/// What must be charged in a step for the swaps to come to begin in time: so many chargers, each for so long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Urgent {
    pub(super) chargers: usize,
    pub(super) for_s: f64,
}
