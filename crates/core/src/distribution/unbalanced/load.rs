//! A part of a load: what it draws at a voltage.

use super::PhaseLoad;
use crate::distribution::VoltageDependence;

/// A part of a load in the loop: branch-free but for its three regions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Nodes, or one beyond the last for earth.
    pub(super) nodes: [usize; 2],
    /// The load.
    pub(super) load: usize,
    /// W and var of the part at rated voltage, and the square of that voltage.
    pub(super) power_w: f64,
    pub(super) reactive_var: f64,
    pub(super) rated_square: f64,
    active: VoltageDependence,
    reactive: VoltageDependence,
    /// Squares of the region's ends, per unit.
    least_square: f64,
    greatest_square: f64,
}

impl Part {
    pub(super) fn new(load: &PhaseLoad, index: usize, nodes: [usize; 2]) -> Self {
        let count = load.parts.len() as f64;
        Self {
            nodes,
            load: index,
            power_w: 1000.0 * load.power_kw / count,
            reactive_var: 1000.0 * load.reactive_kvar / count,
            rated_square: load.rated_v * load.rated_v,
            active: load.active,
            reactive: load.reactive,
            least_square: load.voltage_least_pu * load.voltage_least_pu,
            greatest_square: load.voltage_greatest_pu * load.voltage_greatest_pu,
        }
    }

    /// W and var at a voltage across it, given by its square in V², per unit of what it draws at rated voltage.
    #[inline(always)]
    pub(super) fn power_at(&self, square: f64) -> (f64, f64) {
        let square_pu = square / self.rated_square;
        let within = if square_pu < self.least_square {
            self.least_square
        } else if square_pu > self.greatest_square {
            self.greatest_square
        } else {
            square_pu
        };
        // Beyond the region a constant impedance that meets it.
        let beyond = if within == square_pu { 1.0 } else { square_pu / within };
        let size = libm::sqrt(within);
        let at = |part: VoltageDependence| {
            let (current, impedance) = (part.constant_current, part.constant_impedance);
            (1.0 - current - impedance + current * size + impedance * within) * beyond
        };
        (self.power_w * at(self.active), self.reactive_var * at(self.reactive))
    }
}
