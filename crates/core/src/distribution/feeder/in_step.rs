//! A power flow within a step of a run: L lanes, no allocation, and of its results only what is metered.

use alloc::vec::Vec;

use super::Feeder;
use super::branch::BASE_KVA;
use super::lanes::FlowLanes;
use super::report::{Solved, power};
use super::topology::Element;
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::lane::max;

/// A feeder with what its steps are judged by.
#[derive(Debug, Clone)]
pub(crate) struct StepFeeder {
    feeder: Feeder,
    /// Each energised bus: its number, its node, and the square of own over gauged per unit there.
    buses: Vec<(usize, usize, f64)>,
    /// Each line and transformer: its branch, and by end the square of its loading over that of the gauged current.
    branches: Vec<(usize, [f64; 2])>,
}

/// What is metered of one lane's flow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct StepFlow {
    /// Whether voltages were found; nothing else has a meaning where not.
    pub(crate) is_solved: bool,
    /// Losses of lines and transformers, kW.
    pub(crate) loss_kw: f64,
    pub(crate) lowest_pu: f64,
    pub(crate) lowest_bus: usize,
    pub(crate) highest_pu: f64,
    pub(crate) highest_bus: usize,
    /// Greatest loading of a line or transformer, percent.
    pub(crate) loading_percent: f64,
    /// The line or transformer that bears it: lines first, then transformers.
    pub(crate) loaded: usize,
}

impl StepFeeder {
    pub(crate) fn new(feeder: Feeder) -> Self {
        let network = &feeder.network;
        let buses = feeder.node_of_bus.iter().enumerate().filter_map(|(bus, node)| {
            let scale = feeder.gauge[(*node)?].0;
            Some((bus, (*node)?, scale * scale))
        });
        let buses = buses.collect();
        let branches = feeder.branches.iter().enumerate().filter_map(|(b, branch)| {
            // Percent of the rating per unit of gauged current, at a node of so many kV that is rated so many A.
            let per_unit = |node: usize, kv: f64, rated_a: f64| {
                let percent = 100.0 / feeder.gauge[node].0 * BASE_KVA / (libm::sqrt(3.0) * kv) / rated_a;
                percent * percent
            };
            let kv = |bus: usize| network.buses[bus].nominal_kv;
            let [from, to] = branch.ends;
            match branch.element {
                Element::Source(_) => None,
                Element::Line(i) => {
                    let line = &network.lines[i];
                    let rated_a = line.ampacity_a * f64::from(line.parallel);
                    Some((b, [per_unit(from, kv(line.from_bus), rated_a), per_unit(to, kv(line.to_bus), rated_a)]))
                }
                Element::Transformer(i) => {
                    let unit = &network.transformers[i];
                    let rated_a = |kv: f64| unit.rated_kva * f64::from(unit.parallel) / (libm::sqrt(3.0) * kv);
                    let high = per_unit(from, kv(unit.high_bus), rated_a(unit.high_kv));
                    Some((b, [high, per_unit(to, kv(unit.low_bus), rated_a(unit.low_kv))]))
                }
            }
        });
        let branches = branches.collect();
        Self { feeder, buses, branches }
    }

    /// The node of a bus; `None` where no source reaches it.
    pub(crate) fn node(&self, bus: usize) -> Option<usize> {
        self.feeder.node_of_bus[bus]
    }

    /// Each energised bus with the square of its voltage in a lane, per unit.
    pub(crate) fn squares_pu<const L: usize>(
        &self,
        flow: &StepFlows<L>,
        lane: usize,
    ) -> impl Iterator<Item = (usize, f64)> {
        self.buses.iter().map(move |&(bus, node, square)| {
            let (re, im) = (flow.lanes.re[node][lane], flow.lanes.im[node][lane]);
            (bus, (re * re + im * im) * square)
        })
    }
}

/// L flows of a [`StepFeeder`], in room that is made once.
#[derive(Debug, Clone)]
pub(crate) struct StepFlows<const L: usize> {
    lanes: FlowLanes<L>,
}

impl<const L: usize> StepFlows<L> {
    pub(crate) fn new(step: &StepFeeder) -> Self {
        Self { lanes: FlowLanes::new(&step.feeder) }
    }

    /// Forgets all powers drawn.
    pub(crate) fn clear(&mut self) {
        self.lanes.clear();
    }

    /// Adds constant powers drawn at a node, kW and kvar; given ones are negative.
    pub(crate) fn draw(&mut self, node: usize, lane: usize, kw: f64, kvar: f64) {
        self.lanes.add_draw(node, lane, kw, kvar);
    }

    /// Solves all lanes, each from flat voltages: what a lane finds depends on its draws alone.
    pub(crate) fn solve(&mut self, step: &StepFeeder, settings: &FlowSettings) {
        self.lanes.solve_by_sweeps(&step.feeder, settings);
    }

    /// What is metered of a lane.
    pub(crate) fn measure(&self, step: &StepFeeder, lane: usize) -> StepFlow {
        let feeder = &step.feeder;
        if self.lanes.sweeps[lane] == 0 {
            return StepFlow::default();
        }
        let solved = Solved { feeder, lanes: &self.lanes, lane };
        let (mut lowest, mut highest) = ((f64::INFINITY, 0), (0.0, 0));
        for (bus, square) in step.squares_pu(self, lane) {
            lowest = if square < lowest.0 { (square, bus) } else { lowest };
            highest = if square > highest.0 { (square, bus) } else { highest };
        }
        let (mut loss_kw, mut loading) = (0.0, (0.0, 0));
        for &(b, squares) in &step.branches {
            let branch = &feeder.branches[b];
            let currents = solved.branch_currents(branch);
            let [from, to] = [0, 1].map(|end| power(solved.voltage(branch.ends[end]), currents[end]).power_kw);
            loss_kw += from + to;
            let [at_from, at_to] = [0, 1].map(|end| currents[end].norm_squared() * squares[end]);
            let square = max(at_from, at_to);
            let element = match branch.element {
                Element::Transformer(i) => feeder.network.lines.len() + i,
                Element::Line(i) | Element::Source(i) => i,
            };
            loading = if square > loading.0 { (square, element) } else { loading };
        }
        StepFlow {
            is_solved: true,
            loss_kw,
            lowest_pu: libm::sqrt(lowest.0),
            lowest_bus: lowest.1,
            highest_pu: libm::sqrt(highest.0),
            highest_bus: highest.1,
            loading_percent: libm::sqrt(loading.0),
            loaded: loading.1,
        }
    }
}
