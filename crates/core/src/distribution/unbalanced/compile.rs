//! A three-phase network compiled for flows.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::super::feeder::complex::Complex;
use super::super::feeder::factor::{Factor, Rows};
use super::super::feeder::fixed_point::{self, moved, unsettle_infinite};
use super::super::feeder::topology::Sets;
use super::element::Primitive;
use super::load::Part;
use super::report::{PhaseFlow, PhaseSummary};
use super::{NodePair, PhaseNetwork, PhaseWinding};
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::lane::Lane;
use crate::{Problem, Problems};

/// A three-phase network compiled for power flows. See the module for the method.
#[derive(Debug, Clone)]
pub struct PhaseFeeder {
    pub(super) network: PhaseNetwork,
    /// Lines, then transformers, then capacitors, with their nodes.
    pub(super) elements: Vec<Primitive>,
    pub(super) source: Primitive,
    pub(super) is_live: Vec<bool>,
    pub(super) parts: Vec<Part>,
    /// Loads at nodes that no source reaches.
    pub(super) dark_loads: Vec<usize>,
    factor: Factor,
    /// What the source drives into each node, V·A per unit of its voltage.
    driven: Vec<Complex>,
}

/// L flows while they are found. Voltages per unit of the node's nominal; one node more for earth.
#[derive(Debug, Clone)]
pub(super) struct PhaseLanes<const L: usize> {
    pub(super) re: Vec<Lane<L>>,
    pub(super) im: Vec<Lane<L>>,
    pub(super) before_re: Vec<Lane<L>>,
    pub(super) before_im: Vec<Lane<L>>,
    old_re: Vec<Lane<L>>,
    old_im: Vec<Lane<L>>,
    /// Factor on each load.
    scale: Vec<Lane<L>>,
    /// Sweeps until the lane settled; 0 where it did not.
    pub(super) sweeps: [u32; L],
}

impl PhaseFeeder {
    /// Checks `network` and prepares its equations.
    ///
    /// # Errors
    /// Every number out of its range, every reference to nothing, matrices of the wrong size, impedances of 0, nodes that
    /// float: all at once.
    pub fn compile(network: &PhaseNetwork) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        check(network, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut elements = Vec::new();
        for (i, line) in network.lines.iter().enumerate() {
            match Primitive::of_line(line, network.frequency_hz) {
                Some(primitive) => elements.push(primitive),
                None => problems.push(no_impedance(format!("lines[{i}]"), &line.name)),
            }
        }
        for (i, unit) in network.transformers.iter().enumerate() {
            match Primitive::of_transformer(unit) {
                Some(primitive) => elements.push(primitive),
                None => problems.push(no_impedance(format!("transformers[{i}]"), &unit.name)),
            }
        }
        elements.extend(network.capacitors.iter().map(Primitive::of_capacitor));
        let Some(source) = Primitive::of_source(&network.source) else {
            problems.push(no_impedance("source".into(), &network.source.name));
            return Err(problems);
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let is_live = live(network);
        let mut feeder = Self {
            network: network.clone(),
            elements,
            source,
            is_live,
            parts: Vec::new(),
            dark_loads: Vec::new(),
            factor: Factor::of(Vec::new(), &[]).expect("nothing to factor"),
            driven: Vec::new(),
        };
        feeder.add_parts();
        feeder.drive();
        feeder.factor = feeder.factored().ok_or_else(|| {
            Problem::new("", "the network's equations are singular")
                .hint("some conductor floats: it has neither a way to the source nor an admittance to earth")
        })?;
        Ok(feeder)
    }

    /// The network it was made of.
    #[must_use]
    pub fn network(&self) -> &PhaseNetwork {
        &self.network
    }

    /// The flow of the network's own loads.
    #[must_use]
    pub fn solve(&self, settings: &FlowSettings) -> PhaseFlow {
        self.solve_with(|_| 1.0, settings)
    }

    /// The flow with each load `scale(load)` times what it is.
    #[must_use]
    pub fn solve_with(&self, scale: impl Fn(usize) -> f64, settings: &FlowSettings) -> PhaseFlow {
        let mut lanes = PhaseLanes::<1>::new(self);
        lanes.fill(|_, load| scale(load));
        lanes.solve(self, settings);
        self.report(&lanes, &scale, settings)
    }

    /// Flows of `steps` steps, eight side by side; `scale(step, load)` is the factor on each load. Each starts from the
    /// voltages with loads as impedances, so that results depend neither on the order nor on the neighbours of a step.
    #[must_use]
    pub fn solve_series(
        &self,
        steps: usize,
        scale: impl Fn(usize, usize) -> f64,
        settings: &FlowSettings,
    ) -> Vec<PhaseSummary> {
        const WIDE: usize = 8;
        let mut lanes = PhaseLanes::<WIDE>::new(self);
        let mut summaries = Vec::with_capacity(steps);
        for first in (0..steps).step_by(WIDE) {
            let count = WIDE.min(steps - first);
            // Lanes beyond the end repeat the last step and are not read.
            lanes.fill(|lane, load| scale(first + lane.min(count - 1), load));
            lanes.solve(self, settings);
            summaries.extend((0..count).map(|lane| self.summary(&lanes, lane)));
        }
        summaries
    }

    /// Voltages with every load off, V to earth, by node; 0 where no source reaches it.
    #[must_use]
    pub fn no_load_voltages_v(&self) -> Vec<f64> {
        let flow = self.solve_with(|_| 0.0, &FlowSettings { sweeps_max: 1000, ..FlowSettings::default() });
        flow.nodes.iter().map(|node| node.voltage_v).collect()
    }
}

/// Compiling.
impl PhaseFeeder {
    fn nominal_v(&self, node: Option<usize>) -> f64 {
        node.map_or(0.0, |node| self.network.nodes[node].nominal_v)
    }

    fn add_parts(&mut self) {
        let earth = self.network.nodes.len();
        for (i, load) in self.network.loads.iter().enumerate() {
            let is_live = load.parts.iter().flatten().flatten().all(|node| self.is_live[*node]);
            if !is_live {
                self.dark_loads.push(i);
                continue;
            }
            let parts = load.parts.iter().map(|part| Part::new(load, i, part.map(|node| node.unwrap_or(earth))));
            self.parts.extend(parts);
        }
    }

    fn drive(&mut self) {
        let source = &self.network.source;
        let of_phase = |k: usize| Complex::turn(source.angle_deg - 120.0 * k as f64).scale(source.voltage_v);
        let voltages: Vec<Complex> = (0..source.nodes.len()).map(of_phase).collect();
        self.driven = vec![Complex::ZERO; self.network.nodes.len() + 1];
        for (node, current) in source.nodes.iter().zip(self.source.currents(&voltages)) {
            self.driven[*node] = self.driven[*node] + current.scale(self.network.nodes[*node].nominal_v);
        }
    }

    /// The factored matrix, loads at rated voltage in it.
    fn factored(&self) -> Option<Factor> {
        let mut rows: Rows = vec![BTreeMap::new(); self.network.nodes.len()];
        for primitive in self.elements.iter().chain([&self.source]) {
            self.add_primitive(primitive, &mut rows);
        }
        for part in &self.parts {
            let pair: NodePair = part.nodes.map(|node| (node < self.network.nodes.len()).then_some(node));
            let y = Complex::new(part.power_w, -part.reactive_var).scale(1.0 / part.rated_square);
            self.add_primitive(&Primitive::of_parts(&[pair], y), &mut rows);
        }
        let nodes: Vec<usize> = (0..self.network.nodes.len()).filter(|node| self.is_live[*node]).collect();
        Factor::of(rows, &nodes)
    }

    fn add_primitive(&self, primitive: &Primitive, rows: &mut Rows) {
        for (a, row) in primitive.terminals.iter().zip(&primitive.y) {
            for (b, y) in primitive.terminals.iter().zip(row) {
                let (Some(i), Some(j)) = (*a, *b) else { continue };
                // Of coils that share a node, and of conductors that are not coupled, both entries must be there.
                for (i, j, y) in [(i, j, *y), (j, i, Complex::ZERO)] {
                    let entry = rows[i].entry(j).or_insert(Complex::ZERO);
                    *entry = *entry + y.scale(self.nominal_v(Some(i)) * self.nominal_v(Some(j)));
                }
            }
        }
    }
}

impl<const L: usize> PhaseLanes<L> {
    fn new(feeder: &PhaseFeeder) -> Self {
        let zeros = || vec![Lane::<L>::ZERO; feeder.network.nodes.len() + 1];
        Self {
            re: zeros(),
            im: zeros(),
            before_re: zeros(),
            before_im: zeros(),
            old_re: zeros(),
            old_im: zeros(),
            scale: vec![Lane([1.0; L]); feeder.network.loads.len()],
            sweeps: [0; L],
        }
    }

    fn fill(&mut self, scale: impl Fn(usize, usize) -> f64) {
        for (load, lanes) in self.scale.iter_mut().enumerate() {
            (0..L).for_each(|l| lanes[l] = scale(l, load));
        }
    }

    pub(super) fn solve(&mut self, feeder: &PhaseFeeder, settings: &FlowSettings) {
        self.re.fill(Lane::ZERO);
        self.im.fill(Lane::ZERO);
        // From the voltages with loads as impedances.
        self.drive(feeder);
        feeder.factor.solve(&mut self.re, &mut self.im);
        (self.sweeps, _) = fixed_point::settle(settings, |moving| self.sweep(feeder, moving));
        // The sweep that is the result: its currents belong to its voltages.
        self.before_re.copy_from_slice(&self.re);
        self.before_im.copy_from_slice(&self.im);
        self.sweep(feeder, &Lane([1.0; L]));
        unsettle_infinite(&self.re, &self.im, &mut self.sweeps);
    }

    fn drive(&mut self, feeder: &PhaseFeeder) {
        for (node, driven) in feeder.driven.iter().enumerate() {
            (self.re[node], self.im[node]) = (Lane([driven.re; L]), Lane([driven.im; L]));
        }
    }

    /// One sweep: injections from voltages, voltages from injections. Lanes that are not `moving` keep their voltages.
    /// Returns the largest change of a voltage's real or imaginary part.
    fn sweep(&mut self, feeder: &PhaseFeeder, moving: &Lane<L>) -> Lane<L> {
        self.old_re.copy_from_slice(&self.re);
        self.old_im.copy_from_slice(&self.im);
        self.drive(feeder);
        for part in &feeder.parts {
            let [a, b] = part.nodes;
            let nominal = |node: usize| feeder.network.nodes.get(node).map_or(0.0, |node| node.nominal_v);
            let (at_a, at_b) = (nominal(a), nominal(b));
            for l in 0..L {
                let re = self.old_re[a][l] * at_a - self.old_re[b][l] * at_b;
                let im = self.old_im[a][l] * at_a - self.old_im[b][l] * at_b;
                let (extra_re, extra_im) = part.extra(self.scale[part.load][l], re, im);
                self.re[a][l] -= extra_re * at_a;
                self.im[a][l] -= extra_im * at_a;
                self.re[b][l] += extra_re * at_b;
                self.im[b][l] += extra_im * at_b;
            }
        }
        feeder.factor.solve(&mut self.re, &mut self.im);
        let mut change = Lane::<L>::ZERO;
        for node in 0..feeder.network.nodes.len() {
            let (old_re, old_im) = (self.old_re[node], self.old_im[node]);
            if !feeder.is_live[node] {
                (self.re[node], self.im[node]) = (Lane::ZERO, Lane::ZERO);
                continue;
            }
            for l in 0..L {
                self.re[node][l] = moved(moving[l], old_re[l], self.re[node][l], &mut change[l]);
                self.im[node][l] = moved(moving[l], old_im[l], self.im[node][l], &mut change[l]);
            }
        }
        let earth = feeder.network.nodes.len();
        (self.re[earth], self.im[earth]) = (Lane::ZERO, Lane::ZERO);
        change
    }
}

impl Part {
    /// Current at a voltage across it, V, beyond that of its impedance at rated voltage, A; `scale` is on the load.
    #[inline(always)]
    pub(super) fn extra(&self, scale: f64, re: f64, im: f64) -> (f64, f64) {
        let square = re * re + im * im;
        let (p, q) = self.power_at(square);
        // conj(S/V) less conj(S_rated)·V/V_rated²: both are a complex number times V.
        let per_square = if square > 0.0 { scale / square } else { 0.0 };
        let g = p * per_square - self.power_w / self.rated_square;
        let b = q * per_square - self.reactive_var / self.rated_square;
        (g * re + b * im, g * im - b * re)
    }
}

/// Nodes that lines and transformers join to the source.
fn live(network: &PhaseNetwork) -> Vec<bool> {
    let mut sets = Sets::new(network.nodes.len());
    for line in &network.lines {
        line.from.iter().zip(&line.to).for_each(|(a, b)| {
            sets.join(*a, *b);
        });
    }
    for unit in &network.transformers {
        let of = |winding: &PhaseWinding| winding.coils.clone();
        let mut nodes = unit.windings.iter().flat_map(of).flatten().flatten();
        let Some(first) = nodes.next() else { continue };
        nodes.for_each(|node| {
            sets.join(first, node);
        });
    }
    let roots: Vec<usize> = network.source.nodes.iter().map(|node| sets.find(*node)).collect();
    (0..network.nodes.len()).map(|node| roots.contains(&sets.find(node))).collect()
}

fn no_impedance(field: alloc::string::String, name: &str) -> Problem {
    Problem::new(field, "has no series impedance, or one without inverse").value(format!("\"{name}\""))
}

fn check(network: &PhaseNetwork, problems: &mut Problems) {
    problems.require_range("frequency_hz", network.frequency_hz, 1.0, 1000.0);
    let count = network.nodes.len();
    for (i, node) in network.nodes.iter().enumerate() {
        problems.require_range(format_args!("nodes[{i}].nominal_v"), node.nominal_v, 1e-3, 1e7);
    }
    let source = &network.source;
    if !(source.nodes.len() == 1 || source.nodes.len() == 3) || source.nodes.iter().any(|node| *node >= count) {
        problems.push(Problem::new("source.nodes", "are not one or three nodes of the network"));
    }
    problems.require_range("source.voltage_v", source.voltage_v, 1e-3, 1e7);
    problems.require_range("source.angle_deg", source.angle_deg, -720.0, 720.0);
    for (name, ohm) in [("r1_ohm", source.r1_ohm), ("r0_ohm", source.r0_ohm)] {
        problems.require_range(format_args!("source.{name}"), ohm, 0.0, 1e9);
    }
    for (name, ohm) in [("x1_ohm", source.x1_ohm), ("x0_ohm", source.x0_ohm)] {
        problems.require_range(format_args!("source.{name}"), ohm, -1e9, 1e9);
    }
    for (i, line) in network.lines.iter().enumerate() {
        let field = format!("lines[{i}]");
        let n = line.from.len();
        if n == 0 || line.to.len() != n || line.from.iter().chain(&line.to).any(|node| *node >= count) {
            problems.push(Problem::new(field.clone(), "does not join as many nodes at both ends").value(&*line.name));
        }
        for (name, matrix, most) in
            [("r_ohm", &line.r_ohm, 1e9), ("x_ohm", &line.x_ohm, 1e9), ("c_nf", &line.c_nf, 1e12)]
        {
            if matrix.len() != n || matrix.iter().any(|row| row.len() != n) {
                problems.push(Problem::new(format!("{field}.{name}"), format!("is no matrix of {n} × {n}")));
            }
            matrix.iter().flatten().for_each(|value| {
                problems.require_range(format_args!("{field}.{name}"), *value, -most, most);
            });
        }
        if line.ampacity_a != f64::INFINITY {
            problems.require_range(format_args!("{field}.ampacity_a"), line.ampacity_a, 1e-6, 1e9);
        }
    }
    check_transformers(network, problems);
    let pairs = |parts: &[NodePair]| !parts.is_empty() && parts.iter().flatten().flatten().all(|node| *node < count);
    for (i, capacitor) in network.capacitors.iter().enumerate() {
        let field = format!("capacitors[{i}]");
        if !pairs(&capacitor.parts) {
            problems.push(Problem::new(format!("{field}.parts"), "are no nodes of the network"));
        }
        problems.require_range(format_args!("{field}.rated_v"), capacitor.rated_v, 1e-3, 1e7);
        problems.require_range(format_args!("{field}.given_kvar"), capacitor.given_kvar, -1e9, 1e9);
    }
    for (i, load) in network.loads.iter().enumerate() {
        let field = format!("loads[{i}]");
        if !pairs(&load.parts) {
            problems.push(Problem::new(format!("{field}.parts"), "are no nodes of the network"));
        }
        problems.require_range(format_args!("{field}.rated_v"), load.rated_v, 1e-3, 1e7);
        problems.require_range(format_args!("{field}.power_kw"), load.power_kw, -1e9, 1e9);
        problems.require_range(format_args!("{field}.reactive_kvar"), load.reactive_kvar, -1e9, 1e9);
        problems.require_range(format_args!("{field}.voltage_least_pu"), load.voltage_least_pu, 0.0, 1.0);
        if load.voltage_greatest_pu != f64::INFINITY {
            problems.require_range(format_args!("{field}.voltage_greatest_pu"), load.voltage_greatest_pu, 1.0, 1e3);
        }
        for part in [load.active, load.reactive] {
            for share in [part.constant_current, part.constant_impedance] {
                problems.require_range(format_args!("{field} (shares by voltage)"), share, -10.0, 10.0);
            }
        }
    }
}

fn check_transformers(network: &PhaseNetwork, problems: &mut Problems) {
    for (i, unit) in network.transformers.iter().enumerate() {
        let field = format!("transformers[{i}]");
        let windings = unit.windings.len();
        let reactances = if windings == 3 { 3 } else { 1 };
        if !(2..=3).contains(&windings) || unit.reactance_percent.len() != reactances {
            let message = "has not two windings with one reactance, or three with three";
            problems.push(Problem::new(field, message).value(&*unit.name));
            continue;
        }
        let phases = unit.windings[0].coils.len();
        for winding in &unit.windings {
            let mut nodes = winding.coils.iter().flatten().flatten();
            if winding.coils.is_empty()
                || winding.coils.len() != phases
                || nodes.any(|node| *node >= network.nodes.len())
            {
                problems
                    .push(Problem::new(format!("{field}.coils"), "are not as many in each winding, or at no nodes"));
            }
            problems.require_range(format_args!("{field}.coil_v"), winding.coil_v, 1e-3, 1e7);
            problems.require_range(format_args!("{field}.rated_kva"), winding.rated_kva, 1e-6, 1e9);
            problems.require_range(format_args!("{field}.resistance_percent"), winding.resistance_percent, 0.0, 1e4);
            problems.require_range(format_args!("{field}.tap_ratio"), winding.tap_ratio, 0.5, 1.5);
        }
        for x in &unit.reactance_percent {
            problems.require_range(format_args!("{field}.reactance_percent"), *x, -1e4, 1e4);
        }
        problems.require_range(format_args!("{field}.no_load_loss_percent"), unit.no_load_loss_percent, 0.0, 100.0);
        problems.require_range(format_args!("{field}.magnetising_percent"), unit.magnetising_percent, 0.0, 1000.0);
        problems.require_range(format_args!("{field}.anti_float_ppm"), unit.anti_float_ppm, 0.0, 1e6);
    }
}
