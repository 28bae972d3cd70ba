//! From voltages of nodes to currents, powers and losses.

use alloc::vec::Vec;

use super::super::feeder::complex::Complex;
use super::compile::{PhaseFeeder, PhaseLanes};
use crate::distribution::power_flow::{FlowSettings, FlowStatus, Power};

/// Voltage of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseVoltage {
    /// Magnitude to earth, V; 0 where no source reaches the node.
    pub voltage_v: f64,
    /// The same per unit of the node's nominal voltage.
    pub voltage_pu: f64,
    /// Angle, degrees, in (−180, 180].
    pub angle_deg: f64,
}

/// What flows into a branch at one of its terminals.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseTerminal {
    /// The node; `None` for earth.
    pub node: Option<usize>,
    /// Current into the branch, A.
    pub current_a: f64,
    /// Its angle, degrees.
    pub angle_deg: f64,
    /// Active power into the branch, kW.
    pub power_kw: f64,
    /// Reactive power into it, kvar.
    pub reactive_kvar: f64,
}

/// Which element a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PhaseElement {
    /// A line, by its place among the lines.
    Line(usize),
    /// A transformer.
    Transformer(usize),
    /// A capacitor.
    Capacitor(usize),
}

/// What flows through a line, transformer or capacitor. A line's terminals are its from nodes, then its to nodes; a
/// transformer's go phase by phase, in each winding by winding, the two ends of a coil.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseBranch {
    /// The element.
    pub element: PhaseElement,
    /// Its terminals.
    pub terminals: Vec<PhaseTerminal>,
    /// What it loses, kW: the sum over its terminals.
    pub loss_kw: f64,
    /// Greatest current of a conductor over the line's rating, percent; 0 without a rating and for others.
    pub loading_percent: f64,
}

/// A three-phase flow.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseFlow {
    /// How it ended; the worst bus of a flow without solution is a node here.
    pub status: FlowStatus,
    /// Voltage of each node.
    pub nodes: Vec<PhaseVoltage>,
    /// Lines, transformers and capacitors, in that order.
    pub branches: Vec<PhaseBranch>,
    /// Delivered to each load.
    pub loads: Vec<Power>,
    /// Given by the source at its nodes, by phase.
    pub source: Vec<Power>,
    /// Losses of all branches, kW.
    pub loss_kw: f64,
    /// Sum over loads of the size of asked less delivered power, kVA: what the tolerance left.
    pub mismatch_kva: f64,
    /// Active power asked where no source reaches, kW.
    pub unserved_kw: f64,
}

impl PhaseFlow {
    /// Whether voltages were found.
    #[must_use]
    pub fn has_converged(&self) -> bool {
        !matches!(self.status, FlowStatus::Diverged { .. })
    }

    /// Given by the source, kW.
    #[must_use]
    pub fn source_kw(&self) -> f64 {
        self.source.iter().map(|power| power.power_kw).sum()
    }

    /// What Kirchhoff's laws leave over: the source less loads and losses, kW. Rounding, if the flow converged.
    #[must_use]
    pub fn residual_kw(&self) -> f64 {
        self.source_kw() - self.loads.iter().map(|power| power.power_kw).sum::<f64>() - self.loss_kw
    }
}

/// What a step of a series says of its flow.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseSummary {
    /// Whether voltages were found.
    pub has_converged: bool,
    /// Given by the source, kW.
    pub source_kw: f64,
    /// Lowest voltage of an energised node, per unit, and the node.
    pub lowest_pu: f64,
    /// The node of the lowest voltage.
    pub lowest_node: usize,
    /// Highest voltage, per unit.
    pub highest_pu: f64,
    /// The node of the highest voltage.
    pub highest_node: usize,
}

/// Voltages of a lane, V.
fn volts<const L: usize>(
    feeder: &PhaseFeeder,
    re: &[crate::simulation::lane::Lane<L>],
    im: &[crate::simulation::lane::Lane<L>],
    lane: usize,
) -> Vec<Complex> {
    let nodes = feeder.network.nodes.iter().enumerate();
    nodes.map(|(i, node)| Complex::new(re[i][lane], im[i][lane]).scale(node.nominal_v)).collect()
}

impl PhaseFeeder {
    pub(super) fn summary<const L: usize>(&self, lanes: &PhaseLanes<L>, lane: usize) -> PhaseSummary {
        let (mut lowest, mut highest) = ((f64::INFINITY, 0), (0.0, 0));
        for node in (0..self.network.nodes.len()).filter(|node| self.is_live[*node]) {
            let square = lanes.re[node][lane] * lanes.re[node][lane] + lanes.im[node][lane] * lanes.im[node][lane];
            lowest = if square < lowest.0 { (square, node) } else { lowest };
            highest = if square > highest.0 { (square, node) } else { highest };
        }
        let source = self.source_powers(&volts(self, &lanes.re, &lanes.im, lane));
        PhaseSummary {
            has_converged: lanes.sweeps[lane] > 0,
            source_kw: source.iter().map(|power| power.power_kw).sum(),
            lowest_pu: libm::sqrt(lowest.0),
            lowest_node: lowest.1,
            highest_pu: libm::sqrt(highest.0),
            highest_node: highest.1,
        }
    }

    /// What the source gives at its nodes: what its voltages drive less what its impedance takes back.
    fn source_powers(&self, voltages: &[Complex]) -> Vec<Power> {
        let source = &self.network.source;
        let behind = (0..source.nodes.len()).map(|k| {
            Complex::turn(source.angle_deg - 120.0 * k as f64).scale(source.voltage_v) - voltages[source.nodes[k]]
        });
        let currents = self.source.currents(&behind.collect::<Vec<_>>());
        source.nodes.iter().zip(currents).map(|(node, current)| power(voltages[*node], current)).collect()
    }

    pub(super) fn report(
        &self,
        lanes: &PhaseLanes<1>,
        scale: &impl Fn(usize) -> f64,
        settings: &FlowSettings,
    ) -> PhaseFlow {
        let voltages = volts(self, &lanes.re, &lanes.im, 0);
        let before = volts(self, &lanes.before_re, &lanes.before_im, 0);
        let node = |(node, voltage): (&super::PhaseNode, &Complex)| PhaseVoltage {
            voltage_v: voltage.norm(),
            voltage_pu: voltage.norm() / node.nominal_v,
            angle_deg: voltage.degrees(),
        };
        let branches: Vec<PhaseBranch> = (0..self.elements.len()).map(|i| self.branch(i, &voltages)).collect();
        let (loads, mismatch_kva, worst) = self.load_powers(&before, &voltages, scale);
        PhaseFlow {
            status: match lanes.sweeps[0] {
                0 => FlowStatus::Diverged { worst_bus: worst.1, residual_kva: worst.0 },
                sweeps => FlowStatus::Settled { sweeps: sweeps.min(settings.sweeps_max) },
            },
            nodes: self.network.nodes.iter().zip(&voltages).map(node).collect(),
            loss_kw: branches.iter().map(|branch| branch.loss_kw).sum(),
            branches,
            loads,
            source: self.source_powers(&voltages),
            mismatch_kva,
            unserved_kw: self.dark_loads.iter().map(|i| scale(*i) * self.network.loads[*i].power_kw).sum(),
        }
    }

    fn branch(&self, index: usize, voltages: &[Complex]) -> PhaseBranch {
        let primitive = &self.elements[index];
        let at = |node: &Option<usize>| node.map_or(Complex::ZERO, |node| voltages[node]);
        let across: Vec<Complex> = primitive.terminals.iter().map(at).collect();
        let terminals = primitive.terminals.iter().zip(primitive.currents(&across)).zip(&across);
        let terminals: Vec<PhaseTerminal> = terminals
            .map(|((node, current), voltage)| {
                let Power { power_kw, reactive_kvar } = power(*voltage, current);
                PhaseTerminal {
                    node: *node,
                    current_a: current.norm(),
                    angle_deg: current.degrees(),
                    power_kw,
                    reactive_kvar,
                }
            })
            .collect();
        let (lines, units) = (self.network.lines.len(), self.network.transformers.len());
        let element = match index {
            i if i < lines => PhaseElement::Line(i),
            i if i < lines + units => PhaseElement::Transformer(i - lines),
            i => PhaseElement::Capacitor(i - lines - units),
        };
        let rated_a = match element {
            PhaseElement::Line(i) => self.network.lines[i].ampacity_a,
            _ => f64::INFINITY,
        };
        let most_a = terminals.iter().map(|terminal| terminal.current_a).fold(0.0, f64::max);
        PhaseBranch {
            element,
            loss_kw: terminals.iter().map(|terminal| terminal.power_kw).sum(),
            loading_percent: 100.0 * most_a / rated_a,
            terminals,
        }
    }

    /// What each load got, what the tolerance left of what was asked, and the node where most is missing.
    fn load_powers(
        &self,
        before: &[Complex],
        voltages: &[Complex],
        scale: &impl Fn(usize) -> f64,
    ) -> (Vec<Power>, f64, (f64, usize)) {
        let mut delivered = alloc::vec![Power::default(); self.network.loads.len()];
        let (mut mismatch, mut worst) = (0.0, (0.0, 0));
        for part in &self.parts {
            let at = |voltages: &[Complex], node: usize| voltages.get(node).copied().unwrap_or(Complex::ZERO);
            let [a, b] = part.nodes;
            let (old, new) = (at(before, a) - at(before, b), at(voltages, a) - at(voltages, b));
            let (re, im) = part.extra(scale(part.load), old.re, old.im);
            let rated = Complex::new(part.power_w, -part.reactive_var).scale(1.0 / part.rated_square);
            let got = power(new, Complex::new(re, im) + rated * new);
            let (p, q) = part.power_at(new.norm_squared());
            let asked = Complex::new(p, q).scale(scale(part.load) / 1000.0);
            let missing = (asked - Complex::new(got.power_kw, got.reactive_kvar)).norm();
            mismatch += missing;
            worst = if missing > worst.0 || missing.is_nan() { (missing, a.min(voltages.len() - 1)) } else { worst };
            delivered[part.load].power_kw += got.power_kw;
            delivered[part.load].reactive_kvar += got.reactive_kvar;
        }
        (delivered, mismatch, worst)
    }
}

/// V·I* in kW and kvar.
fn power(voltage: Complex, current: Complex) -> Power {
    let product = voltage * current.conj();
    Power { power_kw: product.re / 1000.0, reactive_kvar: product.im / 1000.0 }
}
