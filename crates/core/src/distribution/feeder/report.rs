//! From the last sweep's voltages and currents to powers, amperes and losses.

use alloc::vec;
use alloc::vec::Vec;

use super::Feeder;
use super::branch::BASE_KVA;
use super::complex::Complex;
use super::island::{Branch, Method};
use super::lanes::{FlowLanes, drawn};
use super::topology::{Element, factor};
use crate::distribution::network::SwitchedElement;
use crate::distribution::power_flow::{BranchFlow, BusVoltage, Flow, FlowSettings, FlowStatus, FlowSummary, Power};

/// The voltages and currents of one lane.
pub(super) struct Solved<'a, const L: usize> {
    pub(super) feeder: &'a Feeder,
    pub(super) lanes: &'a FlowLanes<L>,
    pub(super) lane: usize,
}

impl<const L: usize> Solved<'_, L> {
    pub(super) fn voltage(&self, node: usize) -> Complex {
        Complex::new(self.lanes.re[node][self.lane], self.lanes.im[node][self.lane])
    }

    fn before(&self, node: usize) -> Complex {
        Complex::new(self.lanes.before_re[node][self.lane], self.lanes.before_im[node][self.lane])
    }

    fn current(&self, node: usize) -> Complex {
        Complex::new(self.lanes.current_re[node][self.lane], self.lanes.current_im[node][self.lane])
    }

    /// Currents into a branch at its ends. In a tree they are the sums of the sweep, in a mesh Ohm's law gives them.
    pub(super) fn branch_currents(&self, branch: &Branch) -> [Complex; 2] {
        let feeder = self.feeder;
        let child = if feeder.parent[branch.ends[1]] == branch.ends[0] { 1 } else { 0 };
        let node = branch.ends[child];
        if !self.is_tree(node) {
            return branch.currents(branch.ends.map(|end| self.voltage(end)));
        }
        let through = self.current(node);
        let shunt = |end: usize| branch.shunt[end] * self.before(branch.ends[end]);
        let mut currents = [Complex::ZERO; 2];
        currents[child] = shunt(child) - through;
        currents[1 - child] = shunt(1 - child) + through;
        currents
    }

    fn is_tree(&self, node: usize) -> bool {
        let island = self.feeder.islands.iter().find(|island| node < island.last);
        island.is_some_and(|island| matches!(island.method, Method::Tree))
    }

    /// The voltage that shunts answered in the last sweep.
    fn shunt_voltage(&self, node: usize) -> Complex {
        if self.is_tree(node) { self.before(node) } else { self.voltage(node) }
    }
}

/// V·I* as a power.
pub(super) fn power(voltage: Complex, current: Complex) -> Power {
    let product = voltage * current.conj();
    Power { power_kw: product.re * BASE_KVA, reactive_kvar: product.im * BASE_KVA }
}

fn add(sum: &mut Power, power: Power, sign: f64) {
    sum.power_kw += sign * power.power_kw;
    sum.reactive_kvar += sign * power.reactive_kvar;
}

impl Feeder {
    /// The summary of a lane.
    pub(super) fn summary<const L: usize>(
        &self,
        lanes: &FlowLanes<L>,
        lane: usize,
        settings: &FlowSettings,
    ) -> FlowSummary {
        let solved = Solved { feeder: self, lanes, lane };
        let (mut lowest, mut highest) = ((f64::INFINITY, 0), (f64::NEG_INFINITY, 0));
        for (bus, node) in self.node_of_bus.iter().enumerate() {
            let Some(node) = *node else { continue };
            let square = solved.voltage(node).norm_squared() * self.gauge[node].0 * self.gauge[node].0;
            lowest = if square < lowest.0 { (square, bus) } else { lowest };
            highest = if square > highest.0 { (square, bus) } else { highest };
        }
        let (mut loss, mut loading) = (0.0, 0.0f64);
        for branch in &self.branches {
            let currents = solved.branch_currents(branch);
            if !matches!(branch.element, Element::Source(_)) {
                let at = |end: usize| power(solved.voltage(branch.ends[end]), currents[end]).power_kw;
                loss += at(0) + at(1);
                loading = loading.max(self.loading(branch, currents));
            }
        }
        let mut source = Power::default();
        for given in self.source_powers(&solved) {
            add(&mut source, given, 1.0);
        }
        FlowSummary {
            status: self.status(&solved, settings),
            loss_kw: loss,
            source_kw: source.power_kw,
            source_kvar: source.reactive_kvar,
            lowest_pu: libm::sqrt(lowest.0),
            lowest_bus: lowest.1,
            highest_pu: libm::sqrt(highest.0),
            highest_bus: highest.1,
            greatest_loading_percent: loading,
        }
    }

    /// The whole flow of a lane.
    pub(super) fn report<const L: usize>(
        &self,
        lanes: &FlowLanes<L>,
        lane: usize,
        draw: &impl Fn(usize) -> (f64, f64),
        settings: &FlowSettings,
    ) -> Flow {
        let solved = Solved { feeder: self, lanes, lane };
        let (lines, transformers) = self.branch_flows(&solved);
        let (loads, mismatch_kva, unserved_kw) = self.load_powers(&solved, draw);
        let loss_kw = lines.iter().chain(&transformers).map(|flow| flow.loss_kw).sum();
        let mut flow = Flow {
            status: self.status(&solved, settings),
            buses: self.node_of_bus.iter().map(|node| self.bus_voltage(&solved, *node)).collect(),
            lines,
            transformers,
            switches: Vec::new(),
            loads,
            shunts: self.shunt_powers(&solved),
            sources: self.source_powers(&solved),
            generators: self.generator_powers(&solved),
            loss_kw,
            mismatch_kva,
            unserved_kw,
        };
        flow.switches = self.switch_flows(&flow);
        flow
    }

    fn bus_voltage<const L: usize>(&self, solved: &Solved<'_, L>, node: Option<usize>) -> BusVoltage {
        let Some(node) = node else { return BusVoltage { voltage_pu: 0.0, angle_deg: 0.0 } };
        let voltage = solved.voltage(node) * factor(self.gauge[node]);
        BusVoltage { voltage_pu: voltage.norm(), angle_deg: voltage.degrees() }
    }

    fn status<const L: usize>(&self, solved: &Solved<'_, L>, settings: &FlowSettings) -> FlowStatus {
        let (sweeps, lane) = (solved.lanes.sweeps[solved.lane], solved.lane);
        match (sweeps, solved.lanes.by_newton[lane]) {
            (0, _) => self.divergence(solved),
            (_, true) => FlowStatus::ByNewton,
            _ => FlowStatus::Settled { sweeps: sweeps.min(settings.sweeps_max) },
        }
    }

    /// The bus whose delivered power is farthest from what was asked of it.
    #[cold]
    fn divergence<const L: usize>(&self, solved: &Solved<'_, L>) -> FlowStatus {
        let mut worst = (f64::NEG_INFINITY, 0);
        for (bus, node) in self.node_of_bus.iter().enumerate() {
            let Some(node) = *node else { continue };
            let (before, voltage) = (solved.before(node), solved.voltage(node));
            let asked = |v: Complex| solved.lanes.power_at(self, node, solved.lane, v.re, v.im);
            let (p, q) = asked(before);
            let (re, im) = drawn(p, q, before.re, before.im);
            let delivered = voltage * Complex::new(re, im).conj();
            let (p, q) = asked(voltage);
            let missing = (delivered - Complex::new(p, q)).norm() * BASE_KVA;
            if missing.is_nan() {
                return FlowStatus::Diverged { worst_bus: bus, residual_kva: f64::NAN };
            }
            worst = if missing > worst.0 { (missing, bus) } else { worst };
        }
        FlowStatus::Diverged { worst_bus: worst.1, residual_kva: worst.0 }
    }

    /// Amperes at an end of a branch, from its gauged current.
    fn amperes(&self, node: usize, nominal_kv: f64, current: Complex) -> f64 {
        current.norm() / self.gauge[node].0 * BASE_KVA / (libm::sqrt(3.0) * nominal_kv)
    }

    /// The larger end current over its rating, percent.
    fn loading(&self, branch: &Branch, currents: [Complex; 2]) -> f64 {
        let network = &self.network;
        let of = |end: usize, bus: usize, rated_a: f64| {
            let current = self.amperes(branch.ends[end], network.buses[bus].nominal_kv, currents[end]);
            if rated_a == f64::INFINITY { 0.0 } else { 100.0 * current / rated_a }
        };
        let [from, to] = match branch.element {
            Element::Source(_) => return 0.0,
            Element::Line(i) => {
                let line = &network.lines[i];
                let rated_a = line.ampacity_a * f64::from(line.parallel);
                [of(0, line.from_bus, rated_a), of(1, line.to_bus, rated_a)]
            }
            Element::Transformer(i) => {
                let unit = &network.transformers[i];
                let rated_a = |kv: f64| unit.rated_kva * f64::from(unit.parallel) / (libm::sqrt(3.0) * kv);
                [of(0, unit.high_bus, rated_a(unit.high_kv)), of(1, unit.low_bus, rated_a(unit.low_kv))]
            }
        };
        from.max(to)
    }

    fn branch_flows<const L: usize>(&self, solved: &Solved<'_, L>) -> (Vec<BranchFlow>, Vec<BranchFlow>) {
        let network = &self.network;
        let mut lines = vec![BranchFlow::default(); network.lines.len()];
        let mut transformers = vec![BranchFlow::default(); network.transformers.len()];
        for branch in &self.branches {
            let (place, buses) = match branch.element {
                Element::Line(i) => (&mut lines[i], [network.lines[i].from_bus, network.lines[i].to_bus]),
                Element::Transformer(i) => {
                    (&mut transformers[i], [network.transformers[i].high_bus, network.transformers[i].low_bus])
                }
                Element::Source(_) => continue,
            };
            let currents = solved.branch_currents(branch);
            let ends: [Power; 2] = core::array::from_fn(|end| power(solved.voltage(branch.ends[end]), currents[end]));
            let amperes: [f64; 2] = core::array::from_fn(|end| {
                self.amperes(branch.ends[end], network.buses[buses[end]].nominal_kv, currents[end])
            });
            *place = BranchFlow {
                from_kw: ends[0].power_kw,
                from_kvar: ends[0].reactive_kvar,
                to_kw: ends[1].power_kw,
                to_kvar: ends[1].reactive_kvar,
                from_a: amperes[0],
                to_a: amperes[1],
                loading_percent: self.loading(branch, currents),
                loss_kw: ends[0].power_kw + ends[1].power_kw,
            };
        }
        (lines, transformers)
    }

    /// What each load got, what the tolerance left of what was asked, and what was asked where no source reaches.
    fn load_powers<const L: usize>(
        &self,
        solved: &Solved<'_, L>,
        draw: &impl Fn(usize) -> (f64, f64),
    ) -> (Vec<Power>, f64, f64) {
        let (mut mismatch, mut unserved) = (0.0, 0.0);
        let delivered = self.network.loads.iter().enumerate().map(|(i, load)| {
            let (kw, kvar) = draw(i);
            let Some(node) = self.node_of_bus[load.bus] else {
                unserved += kw;
                return Power::default();
            };
            let asked_at = |voltage: Complex| {
                let size = voltage.norm() * self.gauge[node].0;
                let at = |part: crate::distribution::VoltageDependence| {
                    let (current, impedance) = (part.constant_current, part.constant_impedance);
                    1.0 - current - impedance + current * size + impedance * size * size
                };
                Complex::new(kw * at(load.active), kvar * at(load.reactive)).scale(1.0 / BASE_KVA)
            };
            let before = solved.before(node);
            let asked = asked_at(before);
            let (re, im) = drawn(asked.re, asked.im, before.re, before.im);
            let delivered = solved.voltage(node) * Complex::new(re, im).conj();
            mismatch += (delivered - asked_at(solved.voltage(node))).norm() * BASE_KVA;
            Power { power_kw: delivered.re * BASE_KVA, reactive_kvar: delivered.im * BASE_KVA }
        });
        let delivered = delivered.collect();
        (delivered, mismatch, unserved)
    }

    fn shunt_powers<const L: usize>(&self, solved: &Solved<'_, L>) -> Vec<Power> {
        let of = |shunt: &crate::distribution::Shunt| {
            let Some(node) = self.node_of_bus[shunt.bus] else { return Power::default() };
            let scale = self.gauge[node].0 * self.gauge[node].0 / BASE_KVA;
            let admittance = Complex::new(shunt.power_kw, -shunt.reactive_kvar).scale(scale);
            power(solved.voltage(node), admittance * solved.shunt_voltage(node))
        };
        self.network.shunts.iter().map(of).collect()
    }

    /// What generators give. Those at one node share the reactive power that holds its voltage equally.
    fn generator_powers<const L: usize>(&self, solved: &Solved<'_, L>) -> Vec<Power> {
        let generators = &self.network.generators;
        let of = |generator: &crate::distribution::Generator| {
            let Some(node) = self.node_of_bus[generator.bus] else { return Power::default() };
            let at_node = generators.iter().filter(|other| self.node_of_bus[other.bus] == Some(node)).count();
            let reactive = solved.lanes.held_q[node][solved.lane] / at_node as f64;
            let before = solved.before(node);
            let (re, im) = drawn(generator.power_kw / BASE_KVA, reactive, before.re, before.im);
            power(solved.voltage(node), Complex::new(re, im))
        };
        generators.iter().map(of).collect()
    }

    /// What each source gives at its bus.
    fn source_powers<const L: usize>(&self, solved: &Solved<'_, L>) -> Vec<Power> {
        let mut given = vec![Power::default(); self.network.sources.len()];
        for branch in &self.branches {
            if let Element::Source(i) = branch.element {
                add(&mut given[i], power(solved.voltage(branch.ends[1]), solved.branch_currents(branch)[1]), -1.0);
            }
        }
        for (i, source) in self.network.sources.iter().enumerate() {
            if source.short_circuit_kva != f64::INFINITY {
                continue;
            }
            let Some(node) = self.node_of_bus[source.bus] else { continue };
            // What leaves the node: into branches, loads and shunts in a tree the sweep's sum, in a mesh added up here.
            let mut current = solved.current(node);
            if !solved.is_tree(node) {
                let of_branches = self.branches.iter().filter(|branch| branch.ends.contains(&node));
                for branch in of_branches {
                    let end = usize::from(branch.ends[1] == node);
                    current = current + solved.branch_currents(branch)[end];
                }
                let device = self.device_admittance(node);
                current = current + device * solved.voltage(node);
            }
            given[i] = power(solved.voltage(node), current);
        }
        given
    }

    /// The admittance of a node's shunts, without the branches'.
    fn device_admittance(&self, node: usize) -> Complex {
        let scale = self.gauge[node].0 * self.gauge[node].0 / BASE_KVA;
        let at_node = self.network.shunts.iter().filter(|shunt| self.node_of_bus[shunt.bus] == Some(node));
        at_node.fold(Complex::ZERO, |sum, shunt| sum + Complex::new(shunt.power_kw, -shunt.reactive_kvar).scale(scale))
    }

    /// Flows through switches: at the end of a branch that end's, between buses by Kirchhoff's current law, taking off
    /// buses with one undetermined switch one by one.
    fn switch_flows(&self, flow: &Flow) -> Vec<Option<Power>> {
        let network = &self.network;
        let mut surplus = self.bus_surplus(flow);
        let mut through: Vec<Option<Power>> = network
            .switches
            .iter()
            .map(|switch| match switch.element {
                _ if !switch.is_closed || self.node_of_bus[switch.bus].is_none() => Some(Power::default()),
                SwitchedElement::Bus(_) => None,
                SwitchedElement::Line(i) => {
                    let end = usize::from(network.lines[i].to_bus == switch.bus);
                    Some(end_power(&flow.lines[i], end))
                }
                SwitchedElement::Transformer(i) => {
                    let end = usize::from(network.transformers[i].low_bus == switch.bus);
                    Some(end_power(&flow.transformers[i], end))
                }
            })
            .collect();
        loop {
            let open = |bus: usize, through: &[Option<Power>]| {
                let ends = |i: &usize| switch_buses(network, *i).is_some_and(|ends| ends.contains(&bus));
                let mut undetermined = (0..through.len()).filter(|i| through[*i].is_none()).filter(ends);
                (undetermined.next(), undetermined.next())
            };
            let leaf = (0..network.buses.len()).find_map(|bus| match open(bus, &through) {
                (Some(switch), None) => Some((bus, switch)),
                _ => None,
            });
            let Some((bus, switch)) = leaf else { return through };
            let from_here = surplus[bus];
            let at_bus = network.switches[switch].bus == bus;
            let sign = if at_bus { 1.0 } else { -1.0 };
            let mut flowing = Power::default();
            add(&mut flowing, from_here, sign);
            through[switch] = Some(flowing);
            let [a, b] = switch_buses(network, switch).expect("only switches between buses are undetermined");
            add(&mut surplus[a + b - bus], from_here, 1.0);
            surplus[bus] = Power::default();
        }
    }

    /// What each bus has over for its switches: given by sources and generators, less drawn by loads, shunts and branches.
    fn bus_surplus(&self, flow: &Flow) -> Vec<Power> {
        let network = &self.network;
        let mut surplus = vec![Power::default(); network.buses.len()];
        for (source, given) in network.sources.iter().zip(&flow.sources) {
            add(&mut surplus[source.bus], *given, 1.0);
        }
        for (generator, given) in network.generators.iter().zip(&flow.generators) {
            add(&mut surplus[generator.bus], *given, 1.0);
        }
        for (load, got) in network.loads.iter().zip(&flow.loads) {
            add(&mut surplus[load.bus], *got, -1.0);
        }
        for (shunt, drawn) in network.shunts.iter().zip(&flow.shunts) {
            add(&mut surplus[shunt.bus], *drawn, -1.0);
        }
        for (line, flow) in network.lines.iter().zip(&flow.lines) {
            add(&mut surplus[line.from_bus], end_power(flow, 0), -1.0);
            add(&mut surplus[line.to_bus], end_power(flow, 1), -1.0);
        }
        for (unit, flow) in network.transformers.iter().zip(&flow.transformers) {
            add(&mut surplus[unit.high_bus], end_power(flow, 0), -1.0);
            add(&mut surplus[unit.low_bus], end_power(flow, 1), -1.0);
        }
        surplus
    }
}

fn end_power(flow: &BranchFlow, end: usize) -> Power {
    match end {
        0 => Power { power_kw: flow.from_kw, reactive_kvar: flow.from_kvar },
        _ => Power { power_kw: flow.to_kw, reactive_kvar: flow.to_kvar },
    }
}

/// The two buses of a switch between buses.
fn switch_buses(network: &crate::distribution::Network, switch: usize) -> Option<[usize; 2]> {
    match network.switches[switch].element {
        SwitchedElement::Bus(other) => Some([network.switches[switch].bus, other]),
        _ => None,
    }
}
