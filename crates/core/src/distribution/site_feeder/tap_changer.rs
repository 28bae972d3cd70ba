//! A transformer whose taps move under load to hold the voltage of a bus.
//!
//! # Model
//! Where the voltage has been out of the dead-band for the delay, a tap moves towards it, one for each delay. A step longer than the
//! delay has time for several moves: flow and moves alternate within it, and the step is booked with the taps where they
//! end; what it had before is neglected. A step that is shorter carries the time on. Back in the band the time begins anew.
//! The changer stands still where no flow is found, and in outages.

use alloc::format;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::Network;
use crate::distribution::Feeder;
use crate::distribution::power_flow::FlowSettings;
use crate::{Problem, Problems};

/// Most positions of a changer.
const MOST_POSITIONS: i32 = 65;

/// An on-load tap changer.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TapChanger {
    /// The transformer, by its place in the network; its own position is the first one.
    pub transformer: usize,
    /// The bus whose voltage is held.
    pub bus: usize,
    /// The voltage that is held, per unit of nominal, 0.8 to 1.2.
    pub voltage_pu: f64,
    /// Width of the dead-band around it, per unit: at least what one tap moves, at most 0.2.
    pub band_pu: f64,
    /// How long the voltage is out of the band before each move, s, 0 to 86 400.
    pub delay_s: f64,
    /// Its positions, at most 65.
    pub positions: RangeInclusive<i32>,
}

/// A changer as a run needs it.
#[derive(Debug, Clone)]
pub(super) struct TapStep {
    pub(super) bus: usize,
    pub(super) voltage_pu: f64,
    pub(super) half_band_pu: f64,
    pub(super) delay_s: f64,
    /// The least position; those of the run are counted from it.
    pub(super) least: i32,
    pub(super) positions: usize,
    pub(super) first: usize,
    /// Whether a higher position raises the voltage.
    pub(super) rises: bool,
}

impl TapChanger {
    /// The network at each position.
    pub(super) fn networks(&self, network: &Network) -> Vec<Network> {
        let at = |position: i32| {
            let mut network = network.clone();
            network.transformers[self.transformer].tap_position = f64::from(position);
            network
        };
        self.positions.clone().map(at).collect()
    }

    pub(super) fn step(&self, network: &Network) -> TapStep {
        let least = *self.positions.start();
        let first = network.transformers[self.transformer].tap_position as i32 - least;
        TapStep {
            bus: self.bus,
            voltage_pu: self.voltage_pu,
            half_band_pu: 0.5 * self.band_pu,
            delay_s: self.delay_s,
            least,
            positions: self.positions.clone().count(),
            first: first as usize,
            rises: self.at_ends(network).is_some_and(|[low, high]| high > low),
        }
    }

    /// The voltage of its bus without load at its least and greatest position, per unit.
    fn at_ends(&self, network: &Network) -> Option<[f64; 2]> {
        let mut at = [0.0; 2];
        for (voltage_pu, position) in at.iter_mut().zip([self.positions.start(), self.positions.end()]) {
            let mut network = network.clone();
            network.loads.clear();
            network.transformers[self.transformer].tap_position = f64::from(*position);
            let flow = Feeder::compile(&network).ok()?.solve(&FlowSettings::default());
            *voltage_pu = flow.buses[self.bus].voltage_pu;
        }
        Some(at)
    }

    pub(super) fn check(&self, network: &Network, problems: &mut Problems) {
        let field = "distribution.feeder.tap_changer";
        problems.require_range(format_args!("{field}.voltage_pu"), self.voltage_pu, 0.8, 1.2);
        problems.require_range(format_args!("{field}.band_pu"), self.band_pu, 1e-4, 0.2);
        problems.require_range(format_args!("{field}.delay_s"), self.delay_s, 0.0, 86_400.0);
        let (least, greatest) = (*self.positions.start(), *self.positions.end());
        let Some(unit) = network.transformers.get(self.transformer) else {
            problems.push(Problem::new(format!("{field}.transformer"), "is no transformer of the network"));
            return;
        };
        if network.buses.get(self.bus).is_none() {
            problems.push(Problem::new(format!("{field}.bus"), "is no bus of the network"));
            return;
        }
        if !(1..MOST_POSITIONS).contains(&greatest.saturating_sub(least)) {
            let problem = Problem::new(format!("{field}.positions"), format!("go from {least} to {greatest}"));
            problems.push(problem.allowed(format!("2 to {MOST_POSITIONS} of them")));
            return;
        }
        let position = unit.tap_position;
        if position != libm::trunc(position) || !(f64::from(least)..=f64::from(greatest)).contains(&position) {
            let problem = Problem::new(format!("{field}.positions"), "do not hold the transformer's own");
            problems.push(problem.value(position).allowed(format!("a whole number from {least} to {greatest}")));
            return;
        }
        let Some([low, high]) = self.at_ends(network) else { return };
        let by_tap_pu = libm::fabs(high - low) / f64::from(greatest - least);
        if by_tap_pu < 1e-5 {
            let problem = Problem::new(format!("{field}.transformer"), "does not move the voltage of the bus");
            problems.push(problem.hint("its tap_step_percent is 0, or the bus does not stand behind it"));
        } else if self.band_pu < by_tap_pu {
            let problem =
                Problem::new(format!("{field}.band_pu"), "is less than one tap moves the voltage: it would never rest");
            problems.push(problem.value(self.band_pu).allowed(format!("at least {by_tap_pu:.5}")));
        }
    }
}
