//! The network of a fault: series impedances per unit, and what feeds it.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::fault::FaultCase;
use super::scheme::Scheme;
use crate::distribution::feeder::complex::Complex;
use crate::distribution::feeder::factor::Rows;
use crate::distribution::feeder::topology::{Element, Topology};
use crate::distribution::network::Network;

/// Base power, kVA.
pub(super) const BASE_KVA: f64 = 1000.0;

/// A branch: an ideal ratio at its from end, then a series impedance per unit of the to bus.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    pub(super) element: Element,
    pub(super) ends: [usize; 2],
    pub(super) ratio: f64,
    pub(super) z: Complex,
}

impl Series {
    /// The current from the from end to the to end, per unit of the to bus.
    pub(super) fn through(&self, voltages: &[Complex]) -> Complex {
        let [from, to] = self.ends.map(|node| voltages[node]);
        (from.scale(1.0 / self.ratio) - to) / self.z
    }
}

/// What feeds a fault as a voltage behind an impedance.
#[derive(Debug, Clone, Copy)]
pub(super) enum Feed {
    /// A voltage source of the network.
    Source(usize),
    /// A machine or a motor, by its bus.
    Machine(usize),
}

/// The impedances of one switch state, as far as a fault at a node reaches.
pub(super) struct Impedances {
    pub(super) topology: Topology,
    pub(super) branches: Vec<Series>,
    /// What feeds, at its node, with its impedance.
    pub(super) feeds: Vec<(Feed, usize, Complex)>,
    /// Nodes that current can reach from the fault.
    pub(super) reached: Vec<usize>,
}

/// What has not dropped out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present<'a> {
    pub(super) sources: &'a [bool],
    pub(super) inverters: &'a [bool],
}

/// What the impedances depend on beside the network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) scheme: &'a Scheme,
    pub(super) case: FaultCase,
    /// Factor on reactances: 1, or 0.4 for the equivalent frequency.
    pub(super) frequency: f64,
    pub(super) present: Present<'a>,
}

impl Circumstances<'_> {
    /// The voltage factor c at a nominal voltage.
    pub(super) fn voltage_factor(&self, nominal_kv: f64) -> f64 {
        let is_narrow = self.scheme.low_voltage_tolerance_percent == 6.0;
        match (self.case, nominal_kv < 1.0) {
            (FaultCase::Greatest, true) if is_narrow => 1.05,
            (FaultCase::Greatest, _) => 1.10,
            (FaultCase::Least, false) => 1.00,
            (FaultCase::Least, true) if is_narrow => 0.95,
            (FaultCase::Least, true) => 0.90,
        }
    }

    /// z of a size in p.u. with a ratio of resistance to reactance.
    fn sized(&self, size: f64, r_to_x: f64) -> Complex {
        let x = size / libm::sqrt(1.0 + r_to_x * r_to_x);
        Complex::new(r_to_x * x, x * self.frequency)
    }

    fn line(&self, network: &Network, i: usize) -> Complex {
        let line = &network.lines[i];
        let kv = network.buses[line.from_bus].nominal_kv;
        let warmth = match self.case {
            FaultCase::Greatest => 1.0,
            FaultCase::Least => 1.0 + 0.004 * (self.scheme.conductor_end_c - 20.0),
        };
        let per_unit = line.length_km / f64::from(line.parallel) / (kv * kv * 1000.0 / BASE_KVA);
        Complex::new(line.r_ohm_per_km * warmth, line.x_ohm_per_km * self.frequency).scale(per_unit)
    }

    fn transformer(&self, network: &Network, i: usize) -> (f64, Complex) {
        let unit = &network.transformers[i];
        let (high, low) = (&network.buses[unit.high_bus], &network.buses[unit.low_bus]);
        let (size, r) = (unit.short_circuit_percent / 100.0, unit.copper_loss_percent / 100.0);
        let x = libm::sqrt((size * size - r * r).max(0.0));
        let correction = match self.case {
            FaultCase::Greatest => 0.95 * self.voltage_factor(low.nominal_kv) / (1.0 + 0.6 * x),
            FaultCase::Least => 1.0,
        };
        let base = (unit.low_kv / low.nominal_kv) * (unit.low_kv / low.nominal_kv);
        let units = unit.rated_kva * f64::from(unit.parallel) / BASE_KVA;
        let ratio = (unit.high_kv / unit.low_kv) / (high.nominal_kv / low.nominal_kv);
        (ratio, Complex::new(r, x * self.frequency).scale(correction * base / units))
    }

    fn feeds(&self, network: &Network, node_of_bus: &[usize]) -> Vec<(Feed, usize, Complex)> {
        let mut feeds = Vec::new();
        for (i, source) in network.sources.iter().enumerate().filter(|(i, _)| self.present.sources[*i]) {
            let strength = self.scheme.sources.iter().find(|strength| strength.source == i);
            let (kva, r_to_x) = match (strength, self.case) {
                (Some(strength), FaultCase::Greatest) => (strength.greatest_kva, strength.greatest_r_to_x),
                (Some(strength), FaultCase::Least) => (strength.least_kva, strength.least_r_to_x),
                (None, _) => (source.short_circuit_kva, source.r_to_x),
            };
            let factor = self.voltage_factor(network.buses[source.bus].nominal_kv);
            feeds.push((Feed::Source(i), node_of_bus[source.bus], self.sized(factor * BASE_KVA / kva, r_to_x)));
        }
        for machine in &self.scheme.machines {
            let nominal_kv = network.buses[machine.bus].nominal_kv;
            let (x, cos) = (machine.subtransient_percent / 100.0, machine.power_factor);
            let greatest = Self { case: FaultCase::Greatest, ..*self }.voltage_factor(nominal_kv);
            let sin = libm::sqrt(1.0 - cos * cos);
            let correction = nominal_kv / machine.rated_kv * greatest / (1.0 + x * sin);
            let to_bus =
                (machine.rated_kv / nominal_kv) * (machine.rated_kv / nominal_kv) * BASE_KVA / machine.rated_kva;
            let z = Complex::new(machine.r_to_x * x, x * self.frequency).scale(correction * to_bus);
            feeds.push((Feed::Machine(machine.bus), node_of_bus[machine.bus], z));
        }
        if self.case == FaultCase::Greatest {
            for motor in &self.scheme.motors {
                let nominal_kv = network.buses[motor.bus].nominal_kv;
                let to_bus = (motor.rated_kv / nominal_kv) * (motor.rated_kv / nominal_kv) * BASE_KVA / motor.rated_kva;
                let z = self.sized(to_bus / motor.locked_rotor_ratio, motor.r_to_x);
                feeds.push((Feed::Machine(motor.bus), node_of_bus[motor.bus], z));
            }
        }
        feeds
    }
}

impl Impedances {
    /// The impedances of `network` in its switch state, around a bus.
    pub(super) fn around(network: &Network, bus: usize, circumstances: Circumstances<'_>) -> Self {
        let topology = Topology::of(network);
        let mut branches = Vec::new();
        for live in &topology.branches {
            let (ratio, z) = match live.element {
                Element::Line(i) => (1.0, circumstances.line(network, i)),
                Element::Transformer(i) => circumstances.transformer(network, i),
                Element::Source(_) => continue,
            };
            branches.push(Series { element: live.element, ends: live.ends, ratio, z });
        }
        let mut reached = vec![topology.node_of_bus[bus]];
        let mut is_reached = vec![false; topology.node_count];
        is_reached[reached[0]] = true;
        let mut next = 0;
        while next < reached.len() {
            let node = reached[next];
            next += 1;
            for branch in branches.iter().filter(|branch| branch.ends.contains(&node)) {
                let other = branch.ends[0] + branch.ends[1] - node;
                if !core::mem::replace(&mut is_reached[other], true) {
                    reached.push(other);
                }
            }
        }
        branches.retain(|branch| is_reached[branch.ends[0]]);
        let mut feeds = circumstances.feeds(network, &topology.node_of_bus);
        feeds.retain(|(_, node, _)| is_reached[*node]);
        Self { topology, branches, feeds, reached }
    }

    /// The admittance matrix, feeds to earth.
    pub(super) fn rows(&self) -> Rows {
        let mut rows: Rows = vec![BTreeMap::new(); self.topology.node_count];
        let mut add = |i: usize, j: usize, y: Complex| {
            let entry = rows[i].entry(j).or_insert(Complex::ZERO);
            *entry = *entry + y;
        };
        for branch in &self.branches {
            let ([from, to], y, n) = (branch.ends, branch.z.reciprocal(), 1.0 / branch.ratio);
            add(from, from, y.scale(n * n));
            add(to, to, y);
            add(from, to, -y.scale(n));
            add(to, from, -y.scale(n));
        }
        for (_, node, z) in &self.feeds {
            add(*node, *node, z.reciprocal());
        }
        rows
    }
}
