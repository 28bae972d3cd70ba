//! The feeder: a network of one switch state, compiled for power flows.
//!
//! [`Feeder::compile`] checks a [`Network`], merges what closed switches join, finds the islands that a source reaches and
//! prepares each island's equations; [`Feeder::solve`] and [`Feeder::solve_series`] then answer for any loads.
//!
//! # Model
//! Balanced three-phase, one phase for three, per unit. The currents that loads draw at the last voltages are injected into
//! the linear network, whose voltages are the next ones (fixed point, "current injection"), until no voltage moves by more
//! than the tolerance; then once more, and *that* sweep's currents and voltages are the result. So Kirchhoff's laws close
//! to rounding at any tolerance, delivered power is V·I*, and what it misses of the asked power is a number of its own,
//! [`Flow::mismatch_kva`](super::power_flow::Flow::mismatch_kva). A radial island with one source is solved by sweeps along
//! its tree (Shirmohammadi et al. 1988, doi 10.1109/59.192932), any other by a sparse LDU made once per switch state.
//! Where the fixed point does not settle – near the limit of what a network can carry, or with many generators that hold
//! voltages – Newton's method tries from the flat start; where that fails too the step is flagged, with its worst bus.
//!
//! Not modelled: unbalance, harmonics, transients.

mod branch;
mod checks;
pub(super) mod complex;
pub(super) mod factor;
pub(super) mod fixed_point;
pub(in crate::distribution) mod in_step;
mod island;
mod lanes;
mod newton;
mod report;
pub(super) mod topology;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::network::{Network, VoltageDependence};
use super::power_flow::{Flow, FlowSettings, FlowSummary};
use crate::simulation::lane::Lane;
use crate::{Problem, Problems};
use branch::BASE_KVA;
use complex::Complex;
use factor::{Factor, Rows};
use island::{Branch, Island, Mesh, Method};
use lanes::FlowLanes;
use topology::{Topology, gauges, open_degrees};

/// A network compiled for power flows in one switch state. See the module for the method.
///
/// # Examples
/// ```
/// use microgrid_core::distribution::{Bus, Feeder, FlowSettings, Line, LoadPoint, Network, VoltageSource};
///
/// let mut network = Network::new("a house at the end of a cable");
/// network.buses = vec![Bus { name: "station".into(), nominal_kv: 0.4 }, Bus { name: "house".into(), nominal_kv: 0.4 }];
/// network.lines = vec![Line {
///     name: "cable".into(), from_bus: 0, to_bus: 1, length_km: 0.2, r_ohm_per_km: 0.2067, x_ohm_per_km: 0.0804,
///     c_nf_per_km: 830.0, g_us_per_km: 0.0, ampacity_a: 275.0, parallel: 1, in_service: true,
/// }];
/// network.sources = vec![VoltageSource {
///     name: "grid".into(), bus: 0, voltage_pu: 1.0, angle_deg: 0.0, short_circuit_kva: f64::INFINITY, r_to_x: 0.1,
/// }];
/// network.loads = vec![LoadPoint::new("house", 1, 30.0, 5.0)];
/// let flow = Feeder::compile(&network)?.solve(&FlowSettings::default());
/// assert!(flow.has_converged() && flow.buses[1].voltage_pu > 0.98 && flow.loss_kw < 0.3);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct Feeder {
    network: Network,
    /// The solver's node of each bus; `None` where no source reaches it.
    node_of_bus: Vec<Option<usize>>,
    /// Factor from gauged to own per unit of each node: scale, and turn in degrees.
    gauge: Vec<(f64, f64)>,
    /// Voltage of each source's node in gauged units, by node; `None` elsewhere.
    fixed: Vec<Option<Complex>>,
    islands: Vec<Island>,
    /// The node before each node on the way to the source, and the impedance to it.
    parent: Vec<usize>,
    parent_z: Vec<Complex>,
    /// The branch to the parent, and whether the parent is at its from end.
    parent_branch: Vec<Option<usize>>,
    /// Admittance to earth at each node of a tree.
    shunt: Vec<Complex>,
    branches: Vec<Branch>,
    /// Nodes at which some load follows the voltage.
    dependent_nodes: Vec<usize>,
    looping_switches: Vec<usize>,
}

impl Feeder {
    /// Checks `network` and prepares its equations in its present switch state.
    ///
    /// # Errors
    /// Every number out of its range, every reference to nothing, buses that no source could ever reach, vector groups
    /// that do not close around a loop (a phase shifter's few degrees may stay open), sources out of phase: all at once.
    pub fn compile(network: &Network) -> Result<Self, Problems> {
        let mut problems = checks::check(network);
        if !problems.is_empty() {
            return Err(problems);
        }
        let topology = Topology::of(network);
        let mut feeder = Self::empty(network, &topology);
        for walk in topology.islands() {
            let gauge = gauges(network, &topology, &walk, &mut problems);
            feeder.add_island(&topology, &walk, &gauge, &mut problems);
        }
        feeder.dependent_nodes = feeder.nodes_that_follow_the_voltage();
        problems.or_else(|| feeder)
    }

    /// The network it was made of.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether a source reaches the bus in this switch state.
    #[must_use]
    pub fn is_energised(&self, bus: usize) -> bool {
        self.node_of_bus[bus].is_some()
    }

    /// Number of islands that a source reaches.
    #[must_use]
    pub fn island_count(&self) -> usize {
        self.islands.len()
    }

    /// Closed switches between buses that close a loop of switches: the flow through that loop is not determined.
    #[must_use]
    pub fn looping_switches(&self) -> &[usize] {
        &self.looping_switches
    }

    /// The power flow of the network's own loads.
    #[must_use]
    pub fn solve(&self, settings: &FlowSettings) -> Flow {
        let nominal = |load: usize| (self.network.loads[load].power_kw, self.network.loads[load].reactive_kvar);
        self.solve_with(nominal, settings)
    }

    /// The power flow of other powers at nominal voltage: `draw(load)` is kW and kvar.
    #[must_use]
    pub fn solve_with(&self, draw: impl Fn(usize) -> (f64, f64), settings: &FlowSettings) -> Flow {
        let mut lanes = FlowLanes::<1>::new(self);
        lanes.fill(self, |_, load| draw(load));
        lanes.solve(self, settings);
        self.report(&lanes, 0, &draw, settings)
    }

    /// Power flows of `steps` steps, eight side by side; `draw(step, load)` is kW and kvar at nominal voltage. Each starts
    /// from the flat voltages, so that the results depend neither on the order nor on the neighbours of a step.
    #[must_use]
    pub fn solve_series(
        &self,
        steps: usize,
        draw: impl Fn(usize, usize) -> (f64, f64),
        settings: &FlowSettings,
    ) -> Vec<FlowSummary> {
        const WIDE: usize = 8;
        let mut lanes = FlowLanes::<WIDE>::new(self);
        let mut summaries = Vec::with_capacity(steps);
        for first in (0..steps).step_by(WIDE) {
            let count = WIDE.min(steps - first);
            // Lanes beyond the end repeat the last step and are not read.
            lanes.fill(self, |lane, load| draw(first + lane.min(count - 1), load));
            lanes.solve(self, settings);
            summaries.extend((0..count).map(|lane| self.summary(&lanes, lane, settings)));
        }
        summaries
    }
}

/// Compiling.
impl Feeder {
    fn empty(network: &Network, topology: &Topology) -> Self {
        Self {
            network: network.clone(),
            node_of_bus: vec![None; network.buses.len()],
            gauge: Vec::new(),
            fixed: Vec::new(),
            islands: Vec::new(),
            parent: Vec::new(),
            parent_z: Vec::new(),
            parent_branch: Vec::new(),
            shunt: Vec::new(),
            branches: Vec::new(),
            dependent_nodes: Vec::new(),
            looping_switches: topology.looping_switches.clone(),
        }
    }

    fn add_island(
        &mut self,
        topology: &Topology,
        walk: &[(usize, Option<usize>)],
        gauge: &[(f64, f64)],
        problems: &mut Problems,
    ) {
        let first = self.gauge.len();
        let mut number = vec![usize::MAX; topology.node_count];
        for (i, &(node, _)) in walk.iter().enumerate() {
            number[node] = first + i;
            self.gauge.push(gauge[node]);
        }
        for (bus, node) in topology.node_of_bus.iter().enumerate().filter(|(_, node)| number[**node] != usize::MAX) {
            self.node_of_bus[bus] = Some(number[*node]);
        }
        let first_branch = self.branches.len();
        let mut new_number = vec![usize::MAX; topology.branches.len()];
        for (b, live) in topology.branches.iter().enumerate().filter(|(_, b)| number[b.ends[0]] != usize::MAX) {
            new_number[b] = self.branches.len();
            let [(from_scale, _), (to_scale, _)] = live.ends.map(|end| gauge[end]);
            let square = to_scale * to_scale;
            let turn = open_degrees(&live.port, live.ends.map(|end| gauge[end].1));
            self.branches.push(Branch {
                element: live.element,
                ends: live.ends.map(|end| number[end]),
                ratio: Complex::turn(turn).scale(from_scale / (live.port.ratio * to_scale)),
                z: live.port.z.scale(1.0 / square),
                shunt: live.port.shunt.map(|y| y.scale(square)),
            });
        }
        let last = self.gauge.len();
        self.add_nodes(walk, first, &new_number);
        self.fix_voltages(topology, &number, (first, last), problems);
        self.add_shunts(first_branch, (first, last));
        let sources = self.fixed[first..last].iter().flatten().count();
        let is_tree = self.branches.len() - first_branch == last - first - 1;
        let holds = self.network.generators.iter().any(|g| self.node_of_bus[g.bus].is_some_and(|n| n >= first));
        let method = if is_tree && sources == 1 && !holds {
            Method::Tree
        } else {
            match self.mesh(first_branch, (first, last)) {
                Some(mesh) => Method::Mesh(mesh),
                None => {
                    problems.push(Problem::new("", "the network's equations are singular"));
                    Method::Tree
                }
            }
        };
        self.islands.push(Island { first, last, method });
    }

    /// Each node's way to the source.
    fn add_nodes(&mut self, walk: &[(usize, Option<usize>)], first: usize, new_number: &[usize]) {
        for (i, &(_, met_over)) in walk.iter().enumerate() {
            let node = first + i;
            match met_over.map(|b| new_number[b]) {
                None => {
                    self.parent.push(node);
                    self.parent_z.push(Complex::ZERO);
                    self.parent_branch.push(None);
                }
                Some(b) => {
                    let branch = &mut self.branches[b];
                    // By the choice of units; set, so that rounding is not carried along.
                    branch.ratio = Complex::ONE;
                    self.parent.push(branch.ends[0] + branch.ends[1] - node);
                    self.parent_z.push(branch.z);
                    self.parent_branch.push(Some(b));
                }
            }
        }
    }

    fn fix_voltages(
        &mut self,
        topology: &Topology,
        number: &[usize],
        (first, last): (usize, usize),
        problems: &mut Problems,
    ) {
        self.fixed.resize(last, None);
        for &(node, i) in topology.fixed.iter().filter(|(node, _)| (first..last).contains(&number[*node])) {
            let source = &self.network.sources[i];
            let (scale, degrees) = self.gauge[number[node]];
            let voltage = Complex::turn(source.angle_deg - degrees).scale(source.voltage_pu / scale);
            if self.fixed[number[node]].replace(voltage).is_some() {
                let message = "is a second voltage without impedance where closed switches join two sources";
                problems.push(Problem::new(format!("sources[{i}].bus"), message));
            }
        }
    }

    /// Gathers admittances to earth at the nodes.
    fn add_shunts(&mut self, first_branch: usize, (first, last): (usize, usize)) {
        self.shunt.resize(last, Complex::ZERO);
        for branch in &self.branches[first_branch..] {
            let [from, to] = branch.ends;
            self.shunt[from] = self.shunt[from] + branch.shunt[0].scale(branch.ratio.norm_squared());
            self.shunt[to] = self.shunt[to] + branch.shunt[1];
        }
        for shunt in &self.network.shunts {
            if let Some(node) = self.node_of_bus[shunt.bus].filter(|node| (first..last).contains(node)) {
                let scale = self.gauge[node].0 * self.gauge[node].0 / BASE_KVA;
                self.shunt[node] = self.shunt[node] + Complex::new(shunt.power_kw, -shunt.reactive_kvar).scale(scale);
            }
        }
    }

    /// The admittance matrix of an island, factored; `None` where it is singular.
    fn mesh(&self, first_branch: usize, (first, last): (usize, usize)) -> Option<Mesh> {
        let rows = self.admittances(first_branch..self.branches.len(), (first, last));
        let free: Vec<usize> = (first..last).filter(|node| self.fixed[*node].is_none()).collect();
        let driven = (first..last).map(|node| {
            let driven_by = |(&other, &y): (&usize, &Complex)| self.fixed[other].map(|voltage| -(y * voltage));
            rows[node].iter().filter_map(driven_by).fold(Complex::ZERO, |sum, current| sum + current)
        });
        let driven = driven.collect();
        let fixed = (first..last).filter_map(|node| Some((node, self.fixed[node]?))).collect();
        let factor = Factor::of(rows, &free)?;
        let held = self.held_voltages(&free);
        let inverse_reactance = self.inverse_reactance(&factor, &held)?;
        Some(Mesh { factor, driven, fixed, held, inverse_reactance })
    }

    fn admittances(&self, branches: Range<usize>, (first, last): (usize, usize)) -> Rows {
        let mut rows: Rows = vec![BTreeMap::new(); last];
        let mut add = |i: usize, j: usize, y: Complex| {
            let entry = rows[i].entry(j).or_insert(Complex::ZERO);
            *entry = *entry + y;
        };
        for branch in &self.branches[branches] {
            let ([from, to], y) = (branch.ends, branch.z.reciprocal());
            add(from, from, y.scale(branch.ratio.norm_squared()));
            add(to, to, y);
            add(from, to, -(y * branch.ratio.conj()));
            add(to, from, -(y * branch.ratio));
        }
        for node in first..last {
            add(node, node, self.shunt[node]);
        }
        rows
    }

    /// The free nodes where generators hold the voltage, each with the square of that voltage in gauged units. Of several
    /// generators at a node the first one's voltage counts.
    fn held_voltages(&self, free: &[usize]) -> Vec<(usize, f64)> {
        let mut held: Vec<(usize, f64)> = Vec::new();
        for generator in &self.network.generators {
            let Some(node) = self.node_of_bus[generator.bus].filter(|node| free.contains(node)) else { continue };
            if held.iter().all(|(other, _)| *other != node) {
                let voltage = generator.voltage_pu / self.gauge[node].0;
                held.push((node, voltage * voltage));
            }
        }
        held
    }

    /// The inverse of the reactances between the held nodes, row by row.
    fn inverse_reactance(&self, factor: &Factor, held: &[(usize, f64)]) -> Option<Vec<f64>> {
        let n = held.len();
        let mut reactance = vec![0.0; n * n];
        let nodes = self.gauge.len();
        for (j, &(node, _)) in held.iter().enumerate() {
            let (mut re, mut im) = (vec![Lane::<1>::ZERO; nodes], vec![Lane::<1>::ZERO; nodes]);
            re[node][0] = 1.0;
            factor.solve(&mut re, &mut im);
            for (i, &(other, _)) in held.iter().enumerate() {
                reactance[i * n + j] = im[other][0];
            }
        }
        newton::inverse(reactance, n)
    }

    fn nodes_that_follow_the_voltage(&self) -> Vec<usize> {
        let follows = |part: VoltageDependence| part != VoltageDependence::default();
        let loads = self.network.loads.iter().filter(|load| follows(load.active) || follows(load.reactive));
        let mut nodes: Vec<usize> = loads.filter_map(|load| self.node_of_bus[load.bus]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }
}
