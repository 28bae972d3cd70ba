//! A power flow within a step of a run: L lanes, no allocation, and of its results only what is metered.

use alloc::vec::Vec;

use super::Feeder;
use super::branch::BASE_KVA;
use super::complex::Complex;
use super::fixed_point::grown;
use super::lanes::FlowLanes;
use super::report::{Solved, power};
use super::topology::Element;
use crate::distribution::Inverter;
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::lane::{Lane, abs, max};

/// A feeder with what its steps are judged by.
#[derive(Debug, Clone)]
pub(crate) struct StepFeeder {
    feeder: Feeder,
    /// Each energised bus: its number, its node, and own over gauged per unit there.
    buses: Vec<(usize, usize, f64)>,
    /// Each line and transformer: its branch, and by end its loading in percent over the gauged current.
    branches: Vec<(usize, [f64; 2])>,
}

/// Where a limit stands: the voltage of an energised bus, or the loading of a line or transformer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    Bus,
    Branch,
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
        let buses = feeder
            .node_of_bus
            .iter()
            .enumerate()
            .filter_map(|(bus, node)| Some((bus, (*node)?, feeder.gauge[(*node)?].0)));
        let buses = buses.collect();
        let branches = feeder.branches.iter().enumerate().filter_map(|(b, branch)| {
            // Percent of the rating per unit of gauged current, at a node of so many kV that is rated so many A.
            let per_unit = |node: usize, kv: f64, rated_a: f64| {
                100.0 / feeder.gauge[node].0 * BASE_KVA / (libm::sqrt(3.0) * kv) / rated_a
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
        self.buses.iter().map(move |&(bus, node, scale)| {
            let (re, im) = (flow.lanes.re[node][lane], flow.lanes.im[node][lane]);
            (bus, (re * re + im * im) * (scale * scale))
        })
    }

    /// Where a node's voltage stands among what is watched, and its own over its gauged per unit.
    pub(crate) fn watched_at(&self, node: usize) -> Option<(usize, f64)> {
        let at = self.buses.iter().position(|(_, other, _)| *other == node)?;
        Some((at, self.buses[at].2))
    }

    /// What is watched: every energised bus, then every line and transformer, in the order of [`StepFeeder::phasors`].
    pub(crate) fn watched(&self) -> impl Iterator<Item = Watched> {
        self.buses.iter().map(|_| Watched::Bus).chain(self.branches.iter().map(|_| Watched::Branch))
    }

    /// The phasor of each that is watched in a lane: the voltage of a bus, per unit; the current at a branch's from end, in
    /// percent of its rating, and the greater loading of its two ends.
    pub(crate) fn phasors<'a, const L: usize>(
        &'a self,
        flow: &'a StepFlows<L>,
        lane: usize,
    ) -> impl Iterator<Item = (Complex, f64)> + 'a {
        let solved = Solved { feeder: &self.feeder, lanes: &flow.lanes, lane };
        let voltage = move |node: usize| Complex::new(flow.lanes.re[node][lane], flow.lanes.im[node][lane]);
        let buses = self.buses.iter().map(move |&(_, node, scale)| {
            let volt = voltage(node).scale(scale);
            (volt, libm::sqrt(volt.norm_squared()))
        });
        let branches = self.branches.iter().map(move |&(b, percent)| {
            let currents = solved.branch_currents(&self.feeder.branches[b]);
            let square = |end: usize| currents[end].norm_squared() * (percent[end] * percent[end]);
            (currents[0].scale(percent[0]), libm::sqrt(max(square(0), square(1))))
        });
        buses.chain(branches)
    }
}

/// An inverter at a node, which answers to the voltage there.
#[derive(Debug, Clone)]
pub(crate) struct VoltageControl {
    pub(crate) inverter: Inverter,
    /// Its part of the rating, kVA.
    pub(crate) rated_kva: f64,
    pub(crate) node: usize,
    /// Own over gauged per unit at the node.
    pub(crate) scale: f64,
    /// Of what it is to move it moves so much after each sweep, that all of them together settle.
    pub(crate) relaxation: f64,
    /// How far a kW of it moves the voltage, per unit.
    pub(crate) volts_per_kw: f64,
}

/// What an inverter does in L lanes, per unit of its part of the rating.
#[derive(Debug, Clone)]
struct ControlLanes<const L: usize> {
    available: Lane<L>,
    active: Lane<L>,
    reactive: Lane<L>,
}

/// L flows of a [`StepFeeder`], in room that is made once.
#[derive(Debug, Clone)]
pub(crate) struct StepFlows<const L: usize> {
    lanes: FlowLanes<L>,
    controls: Vec<ControlLanes<L>>,
}

impl<const L: usize> StepFlows<L> {
    /// With so many inverters that answer to the voltage.
    pub(crate) fn new(step: &StepFeeder, controls: usize) -> Self {
        let at_rest = ControlLanes { available: Lane::ZERO, active: Lane::ZERO, reactive: Lane::ZERO };
        Self { lanes: FlowLanes::new(&step.feeder), controls: alloc::vec![at_rest; controls] }
    }

    /// Forgets all powers drawn.
    pub(crate) fn clear(&mut self) {
        self.lanes.clear();
        for control in &mut self.controls {
            *control = ControlLanes { available: Lane::ZERO, active: Lane::ZERO, reactive: Lane::ZERO };
        }
    }

    /// Adds constant powers drawn at a node, kW and kvar; given ones are negative.
    pub(crate) fn draw(&mut self, node: usize, lane: usize, kw: f64, kvar: f64) {
        self.lanes.add_draw(node, lane, kw, kvar);
    }

    /// Adds what is available to an inverter, kW, positive given.
    pub(crate) fn feed(&mut self, (at, control): (usize, &VoltageControl), lane: usize, kw: f64) {
        self.lanes.add_draw(control.node, lane, -kw, 0.0);
        let lanes = &mut self.controls[at];
        (lanes.available[lane], lanes.active[lane]) = (kw / control.rated_kva, kw / control.rated_kva);
    }

    /// What an inverter was fed, what of it the inverter takes, kW, and what it gives in kvar.
    pub(crate) fn followed(&self, (at, control): (usize, &VoltageControl), lane: usize) -> (f64, f64, f64) {
        let ControlLanes { available, active, reactive } = &self.controls[at];
        let of = |lanes: &Lane<L>| lanes[lane] * control.rated_kva;
        (of(available), of(active), of(reactive))
    }

    /// Solves all lanes, each from flat voltages: what a lane finds depends on its draws alone.
    pub(crate) fn solve(&mut self, step: &StepFeeder, controls: &[VoltageControl], settings: &FlowSettings) {
        let Self { lanes, controls: followed } = self;
        lanes.solve_by_sweeps(&step.feeder, settings, |lanes, moving, change| {
            for (control, followed) in controls.iter().zip(&mut *followed) {
                for l in (0..L).filter(|&l| moving[l] > 0.0) {
                    let (re, im) = (lanes.re[control.node][l], lanes.im[control.node][l]);
                    let voltage_pu = libm::sqrt(re * re + im * im) * control.scale;
                    let (reactive, active) = control.inverter.answer(voltage_pu, followed.available[l]);
                    let (more, less) = (active - followed.active[l], reactive - followed.reactive[l]);
                    followed.active[l] += control.relaxation * more;
                    followed.reactive[l] += control.relaxation * less;
                    let kva = -control.relaxation * control.rated_kva;
                    lanes.add_draw(control.node, l, kva * more, kva * less);
                    let size_kva = (abs(more) + abs(less)) * control.rated_kva;
                    change[l] = grown(change[l], size_kva * control.volts_per_kw);
                }
            }
        });
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
        for &(b, percent) in &step.branches {
            let branch = &feeder.branches[b];
            let currents = solved.branch_currents(branch);
            let [from, to] = [0, 1].map(|end| power(solved.voltage(branch.ends[end]), currents[end]).power_kw);
            loss_kw += from + to;
            let [at_from, at_to] = [0, 1].map(|end| currents[end].norm_squared() * (percent[end] * percent[end]));
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
