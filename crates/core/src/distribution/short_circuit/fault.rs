//! The currents of one fault.

use alloc::vec;
use alloc::vec::Vec;

use super::admittance::{BASE_KVA, Circumstances, Feed, Impedances, Present};
use super::scheme::{FaultInverter, Scheme};
use super::solution::{FedCurrent, Solution, behind_impedances, limited};
use crate::distribution::feeder::complex::Complex;
use crate::distribution::feeder::topology::Element;
use crate::distribution::network::{Network, Side, SwitchedElement};
use crate::distribution::protection::DevicePlace;

/// Which currents are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FaultCase {
    /// The greatest: what equipment must bear and breakers must break.
    Greatest,
    /// The least: what must still trip.
    Least,
}

/// The fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FaultKind {
    /// All three phases.
    ThreePhase,
    /// Two phases, clear of earth.
    TwoPhase,
}

/// What feeds a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Feeding {
    /// Nothing: the bus is dark.
    Nothing,
    /// Voltages behind impedances, as IEC 60909 has them.
    VoltageSources,
    /// Inverters alone, each at its limit. No case of IEC 60909.
    LimitedCurrent,
}

/// A fault's symmetrical currents, in A of each place's own voltage.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The faulted bus.
    pub bus: usize,
    /// What feeds it.
    pub feeding: Feeding,
    /// Initial symmetrical current I_k″ at the fault, A.
    pub initial_a: f64,
    /// What of it inverters give, A.
    pub inverter_a: f64,
    /// Peak current i_p, A.
    pub peak_a: f64,
    /// Thermal equivalent current I_th for 1 s, A.
    pub thermal_a: f64,
    /// Short-circuit power √3·U_n·I_k″ of a three-phase fault, kVA.
    pub short_circuit_kva: f64,
    /// Resistance of the network at the bus, Ω; 0 where only inverters feed.
    pub resistance_ohm: f64,
    /// Reactance, Ω; 0 where only inverters feed.
    pub reactance_ohm: f64,
    /// Voltage left at each bus, per unit of the one before; 1 where the fault does not reach.
    pub residual_pu: Vec<f64>,
    /// Current into each line at its from end, A.
    lines: Vec<Complex>,
    /// Current into each transformer at its high and low side, A.
    transformers: Vec<[Complex; 2]>,
    /// Given by each source, A.
    sources: Vec<Complex>,
    /// Given at each bus by sources, machines and inverters less what the fault takes, A.
    given: Vec<Complex>,
}

impl Fault {
    /// The fault of `kind` at `bus` of `network` in its switch state.
    pub(super) fn at(
        network: &Network,
        scheme: &Scheme,
        (bus, kind, case): (usize, FaultKind, FaultCase),
        present: Present<'_>,
    ) -> Self {
        let circumstances = Circumstances { scheme, case, frequency: 1.0, present };
        let impedances = Impedances::around(network, bus, circumstances);
        let share = if kind == FaultKind::TwoPhase { 0.5 * libm::sqrt(3.0) } else { 1.0 };
        let is_fed = !impedances.feeds.is_empty();
        let feeding = match is_fed {
            true => Feeding::VoltageSources,
            false if forms_grid(scheme, &impedances, present) => Feeding::LimitedCurrent,
            false => Feeding::Nothing,
        };
        let mut fault = Self::none(network, bus, feeding);
        // Inverters that follow may stand still: the least current is the one without them, beside a grid without any.
        let inverters = match (feeding, case) {
            (Feeding::Nothing, _) | (Feeding::VoltageSources, FaultCase::Least) => Vec::new(),
            (Feeding::LimitedCurrent, FaultCase::Least) => {
                fed_currents(scheme, &impedances, present, |one| one.forms_grid)
            }
            _ => fed_currents(scheme, &impedances, present, |_| true),
        };
        let emf = share * circumstances.voltage_factor(network.buses[bus].nominal_kv);
        let solution = match feeding {
            Feeding::Nothing => None,
            Feeding::VoltageSources => behind_impedances(&impedances, emf, &inverters),
            Feeding::LimitedCurrent => limited(&impedances, &inverters),
        };
        let Some(solution) = solution else { return fault };
        fault.take(network, &impedances, &solution, &inverters);
        if is_fed {
            let low = Impedances::around(network, bus, Circumstances { frequency: 0.4, ..circumstances });
            let low = behind_impedances(&low, emf, &[]).map_or(solution.z, |solution| solution.z);
            fault.shape(network, low, solution.z);
        }
        fault
    }

    fn none(network: &Network, bus: usize, feeding: Feeding) -> Self {
        Self {
            bus,
            feeding,
            initial_a: 0.0,
            inverter_a: 0.0,
            peak_a: 0.0,
            thermal_a: 0.0,
            short_circuit_kva: 0.0,
            resistance_ohm: 0.0,
            reactance_ohm: 0.0,
            residual_pu: vec![1.0; network.buses.len()],
            lines: vec![Complex::ZERO; network.lines.len()],
            transformers: vec![[Complex::ZERO; 2]; network.transformers.len()],
            sources: vec![Complex::ZERO; network.sources.len()],
            given: vec![Complex::ZERO; network.buses.len()],
        }
    }

    /// Currents of every element, in A.
    fn take(&mut self, network: &Network, impedances: &Impedances, solution: &Solution, inverters: &[FedCurrent]) {
        let base_a = |bus: usize| BASE_KVA / (libm::sqrt(3.0) * network.buses[bus].nominal_kv);
        for branch in &impedances.branches {
            let through = branch.through(&solution.voltages);
            match branch.element {
                Element::Line(i) => self.lines[i] = through.scale(base_a(network.lines[i].from_bus)),
                Element::Transformer(i) => {
                    let unit = &network.transformers[i];
                    let high = through.scale(base_a(unit.high_bus) / branch.ratio);
                    self.transformers[i] = [high, -through.scale(base_a(unit.low_bus))];
                }
                Element::Source(_) => {}
            }
        }
        for (feed, node, z) in &impedances.feeds {
            let bus = match feed {
                Feed::Source(i) => network.sources[*i].bus,
                Feed::Machine(bus) => *bus,
            };
            let given = -(solution.voltages[*node] / *z).scale(base_a(bus));
            if let Feed::Source(i) = feed {
                self.sources[*i] = given;
            }
            self.given[bus] = self.given[bus] + given;
        }
        for (inverter, current) in inverters.iter().zip(&solution.fed) {
            self.given[inverter.bus] = self.given[inverter.bus] + current.scale(base_a(inverter.bus));
        }
        let total = solution.of_sources + solution.of_inverters;
        self.given[self.bus] = self.given[self.bus] - total.scale(base_a(self.bus));
        self.initial_a = total.norm() * base_a(self.bus);
        self.inverter_a = solution.of_inverters.norm() * base_a(self.bus);
        self.peak_a = libm::sqrt(2.0) * self.initial_a;
        self.thermal_a = self.initial_a;
        self.short_circuit_kva = total.norm() * BASE_KVA;
        for (bus, node) in impedances.topology.node_of_bus.iter().enumerate() {
            self.residual_pu[bus] = solution.residual[*node];
        }
    }

    /// Peak and thermal current of what voltage sources give, by the impedance at the equivalent frequency.
    fn shape(&mut self, network: &Network, low: Complex, z: Complex) {
        let kv = network.buses[self.bus].nominal_kv;
        let ohm = kv * kv * 1000.0 / BASE_KVA;
        (self.resistance_ohm, self.reactance_ohm) = (z.re * ohm, z.im * ohm);
        let kappa = 1.02 + 0.98 * libm::exp(-3.0 * low.re / low.im * 0.4);
        let sources_a = self.initial_a - self.inverter_a;
        self.peak_a = libm::sqrt(2.0) * (kappa * sources_a + self.inverter_a);
        let direct = direct_heat(kappa, network.frequency_hz, 1.0);
        self.thermal_a = libm::sqrt(self.initial_a * self.initial_a + direct * sources_a * sources_a);
    }

    /// The symmetrical current through a place, A; `None` in a loop of closed switches, where it is not determined.
    #[must_use]
    pub fn current_a(&self, network: &Network, place: DevicePlace) -> Option<f64> {
        match place.as_branch_end(network) {
            DevicePlace::Line { line, .. } => Some(self.lines[line].norm()),
            DevicePlace::Transformer { transformer, side } => {
                Some(self.transformers[transformer][usize::from(side == Side::Low)].norm())
            }
            DevicePlace::Source(source) => Some(self.sources[source].norm()),
            DevicePlace::Switch(switch) if !network.switches[switch].is_closed => Some(0.0),
            DevicePlace::Switch(switch) => self.through_switch(network, switch).map(Complex::norm),
        }
    }

    /// What Kirchhoff leaves for a switch between buses: all that is given on its side.
    fn through_switch(&self, network: &Network, switch: usize) -> Option<Complex> {
        let SwitchedElement::Bus(other) = network.switches[switch].element else { return None };
        let mut side = vec![network.switches[switch].bus];
        let mut next = 0;
        while next < side.len() {
            let bus = side[next];
            next += 1;
            let closed = network.switches.iter().enumerate().filter(|(i, s)| *i != switch && s.is_closed);
            for (_, joint) in closed {
                let SwitchedElement::Bus(end) = joint.element else { continue };
                let beyond = match bus {
                    _ if bus == joint.bus => end,
                    _ if bus == end => joint.bus,
                    _ => continue,
                };
                if !side.contains(&beyond) {
                    side.push(beyond);
                }
            }
        }
        if side.contains(&other) {
            return None;
        }
        let mut sum = side.iter().fold(Complex::ZERO, |sum, bus| sum + self.given[*bus]);
        let mut leave = |bus: usize, current: Complex| {
            if side.contains(&bus) {
                sum = sum - current;
            }
        };
        for (line, current) in network.lines.iter().zip(&self.lines) {
            leave(line.from_bus, *current);
            leave(line.to_bus, -*current);
        }
        for (unit, [high, low]) in network.transformers.iter().zip(&self.transformers) {
            leave(unit.high_bus, *high);
            leave(unit.low_bus, *low);
        }
        Some(sum)
    }
}

/// m of IEC 60909: heat of the direct part over a duration, as a share of that of the symmetrical current.
pub(super) fn direct_heat(kappa: f64, frequency_hz: f64, duration_s: f64) -> f64 {
    let log = libm::log(kappa - 1.0);
    let m = (libm::exp(4.0 * frequency_hz * duration_s * log) - 1.0) / (2.0 * frequency_hz * duration_s * log);
    if m.is_finite() { m } else { 0.0 }
}

/// The inverters that are there and in reach, with their nodes.
fn inverters_in_reach<'a>(
    scheme: &'a Scheme,
    impedances: &'a Impedances,
    present: Present<'a>,
) -> impl Iterator<Item = (usize, &'a FaultInverter)> {
    let there = scheme.inverters.iter().zip(present.inverters).filter(|(_, is_there)| **is_there);
    let at_nodes = there.map(|(inverter, _)| (impedances.topology.node_of_bus[inverter.bus], inverter));
    at_nodes.filter(|(node, _)| impedances.reached.contains(node))
}

fn forms_grid(scheme: &Scheme, impedances: &Impedances, present: Present<'_>) -> bool {
    inverters_in_reach(scheme, impedances, present).any(|(_, inverter)| inverter.forms_grid)
}

fn fed_currents(
    scheme: &Scheme,
    impedances: &Impedances,
    present: Present<'_>,
    counts: impl Fn(&FaultInverter) -> bool,
) -> Vec<FedCurrent> {
    let of = |(node, inverter): (usize, &FaultInverter)| FedCurrent {
        node,
        bus: inverter.bus,
        amount: inverter.rated_kva * inverter.current_ratio / BASE_KVA,
    };
    inverters_in_reach(scheme, impedances, present).filter(|(_, one)| counts(one)).map(of).collect()
}
