//! Which buses are one node, which branches are live, which islands a source reaches.
//!
//! Closed switches between buses merge them: a switch has no impedance and never enters the equations. A branch whose one
//! end is switched off keeps a node of its own at that end, so that its charging or magnetising current is still there.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::branch::TwoPort;
use super::complex::Complex;
use crate::distribution::network::{Network, SwitchedElement};
use crate::{Problem, Problems};

/// What a branch stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::distribution) enum Element {
    Line(usize),
    Transformer(usize),
    Source(usize),
}

/// A live branch between two nodes, before its island is known.
#[derive(Debug, Clone)]
pub(in crate::distribution) struct LiveBranch {
    pub(in crate::distribution) element: Element,
    pub(in crate::distribution) ends: [usize; 2],
    pub(super) port: TwoPort,
}

/// The network of one switch state, as nodes and branches.
#[derive(Debug, Clone)]
pub(in crate::distribution) struct Topology {
    pub(in crate::distribution) node_of_bus: Vec<usize>,
    pub(in crate::distribution) node_count: usize,
    pub(in crate::distribution) branches: Vec<LiveBranch>,
    /// Nodes of a given voltage, with the source that gives it.
    pub(super) fixed: Vec<(usize, usize)>,
    /// Closed bus switches that close a loop of switches, through which the flow is not determined.
    pub(super) looping_switches: Vec<usize>,
}

/// Disjoint sets, by union of indices.
pub(in crate::distribution) struct Sets(Vec<usize>);

impl Sets {
    pub(in crate::distribution) fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub(in crate::distribution) fn find(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    /// Whether the two were apart.
    pub(in crate::distribution) fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        // The smaller index leads, so that the result does not depend on the order of joins.
        self.0[a.max(b)] = a.min(b);
        a != b
    }
}

impl Topology {
    pub(in crate::distribution) fn of(network: &Network) -> Self {
        let (node_of_bus, merged, looping_switches) = merge(network);
        let mut topology =
            Self { node_of_bus, node_count: merged, branches: Vec::new(), fixed: Vec::new(), looping_switches };
        for (i, line) in network.lines.iter().enumerate().filter(|(_, line)| line.in_service) {
            let port = TwoPort::of_line(network, line);
            topology.add(network, Element::Line(i), SwitchedElement::Line(i), [line.from_bus, line.to_bus], port);
        }
        for (i, unit) in network.transformers.iter().enumerate().filter(|(_, unit)| unit.in_service) {
            let port = TwoPort::of_transformer(network, unit);
            let buses = [unit.high_bus, unit.low_bus];
            topology.add(network, Element::Transformer(i), SwitchedElement::Transformer(i), buses, port);
        }
        for (i, source) in network.sources.iter().enumerate() {
            let node = topology.node_of_bus[source.bus];
            match TwoPort::of_source(source) {
                None => topology.fixed.push((node, i)),
                Some(port) => {
                    let behind = topology.new_node();
                    topology.fixed.push((behind, i));
                    topology.branches.push(LiveBranch { element: Element::Source(i), ends: [behind, node], port });
                }
            }
        }
        topology
    }

    fn new_node(&mut self) -> usize {
        self.node_count += 1;
        self.node_count - 1
    }

    /// Adds a branch, unless it is switched off at both ends.
    fn add(
        &mut self,
        network: &Network,
        element: Element,
        switched: SwitchedElement,
        buses: [usize; 2],
        port: TwoPort,
    ) {
        let open = buses.map(|bus| {
            network.switches.iter().any(|switch| switch.element == switched && switch.bus == bus && !switch.is_closed)
        });
        if open == [true, true] {
            return;
        }
        let mut ends = buses.map(|bus| self.node_of_bus[bus]);
        for (end, open) in ends.iter_mut().zip(open) {
            if open {
                *end = self.new_node();
            }
        }
        self.branches.push(LiveBranch { element, ends, port });
    }

    /// The nodes of each island that has a source, in the order in which a walk from its first source meets them, each
    /// with the branch over which it was met.
    pub(super) fn islands(&self) -> Vec<Vec<(usize, Option<usize>)>> {
        let mut at_node = vec![Vec::new(); self.node_count];
        for (b, branch) in self.branches.iter().enumerate() {
            branch.ends.iter().for_each(|&end| at_node[end].push(b));
        }
        let mut seen = vec![false; self.node_count];
        let mut islands = Vec::new();
        for &(root, _) in &self.fixed {
            if core::mem::replace(&mut seen[root], true) {
                continue;
            }
            let mut island = vec![(root, None)];
            let mut next = 0;
            while next < island.len() {
                let node = island[next].0;
                next += 1;
                for &b in &at_node[node] {
                    let other = self.branches[b].ends.iter().sum::<usize>() - node;
                    if !core::mem::replace(&mut seen[other], true) {
                        island.push((other, Some(b)));
                    }
                }
            }
            islands.push(island);
        }
        islands
    }
}

/// The node of each bus, the number of nodes, and the switches that close a loop of switches.
fn merge(network: &Network) -> (Vec<usize>, usize, Vec<usize>) {
    let mut sets = Sets::new(network.buses.len());
    let mut looping = Vec::new();
    for (i, switch) in network.switches.iter().enumerate().filter(|(_, switch)| switch.is_closed) {
        if let SwitchedElement::Bus(other) = switch.element
            && !sets.join(switch.bus, other)
        {
            looping.push(i);
        }
    }
    let mut number = vec![usize::MAX; network.buses.len()];
    let mut count = 0;
    let node_of_bus = (0..network.buses.len()).map(|bus| {
        let leader = sets.find(bus);
        if number[leader] == usize::MAX {
            number[leader] = count;
            count += 1;
        }
        number[leader]
    });
    let node_of_bus = node_of_bus.collect();
    (node_of_bus, count, looping)
}

/// The complex factors between a node's own per-unit voltage and that of its island's first source without any current:
/// ratios and phase shifts, multiplied along the walk. In these units every branch of the walk is a plain impedance.
///
/// A loop of transformers whose vector groups do not fit, and sources that are out of phase, are problems.
pub(super) fn gauges(
    network: &Network,
    topology: &Topology,
    island: &[(usize, Option<usize>)],
    problems: &mut Problems,
) -> Vec<(f64, f64)> {
    let mut gauge = vec![(0.0, 0.0); topology.node_count];
    gauge[island[0].0] = (1.0, 0.0);
    for &(node, met_over) in &island[1..] {
        let branch = &topology.branches[met_over.expect("only the first node is met over no branch")];
        let TwoPort { ratio, shift_deg, .. } = branch.port;
        gauge[node] = if branch.ends[1] == node {
            let (scale, angle) = gauge[branch.ends[0]];
            (scale / ratio, angle - shift_deg)
        } else {
            let (scale, angle) = gauge[branch.ends[1]];
            (scale * ratio, angle + shift_deg)
        };
    }
    let is_in = |node: usize| gauge[node].0 > 0.0;
    for branch in topology.branches.iter().filter(|branch| is_in(branch.ends[0])) {
        let open = open_degrees(&branch.port, branch.ends.map(|end| gauge[end].1));
        if open.abs() > PHASE_SHIFTER_DEG {
            let Element::Transformer(i) = branch.element else { continue };
            let problem = Problem::new(format!("transformers[{i}].shift_deg"), "does not close the loop it is in");
            problems.push(
                problem.value(format!("{}, which leaves {open} degrees around the loop", branch.port.shift_deg)).hint(
                    format!(
                        "transformer \"{}\" is in parallel with others of another vector group",
                        network.transformers[i].name
                    ),
                ),
            );
        }
    }
    let first = topology.fixed.iter().find(|(node, _)| *node == island[0].0).expect("an island begins at a source").1;
    for &(node, i) in topology.fixed.iter().filter(|(node, i)| is_in(*node) && *i != first) {
        let source = &network.sources[i];
        let apart = source.angle_deg - gauge[node].1 - network.sources[first].angle_deg;
        if apart - 360.0 * libm::round(apart / 360.0) > 10.0 || 360.0 * libm::round(apart / 360.0) - apart > 10.0 {
            let message = format!("is out of phase with source \"{}\" in the same island", network.sources[first].name);
            problems
                .push(Problem::new(format!("sources[{i}].angle_deg"), message).value(format!("{apart} degrees apart")));
        }
    }
    gauge
}

/// Degrees that a phase shifter may leave open around a loop; vector groups that do not fit leave 30 or more.
const PHASE_SHIFTER_DEG: f64 = 20.0;

/// Degrees by which a branch's shift and the angles of its ends do not fit, in (−180, 180]; 0 where only rounding is left.
pub(super) fn open_degrees(port: &TwoPort, [from_deg, to_deg]: [f64; 2]) -> f64 {
    let open = from_deg - port.shift_deg - to_deg;
    let rest = open - 360.0 * libm::round(open / 360.0);
    if rest.abs() < 1e-9 { 0.0 } else { rest }
}

/// A gauge as a complex number.
pub(super) fn factor((scale, degrees): (f64, f64)) -> Complex {
    Complex::turn(degrees).scale(scale)
}
