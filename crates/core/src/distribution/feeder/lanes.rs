//! The fixed point over L flows side by side: branch-free, each lane frozen where it has settled.

use alloc::vec;
use alloc::vec::Vec;

use super::Feeder;
use super::branch::BASE_KVA;
use super::fixed_point::{self, grown, moved, unsettle_infinite};
use super::island::{Island, Mesh, Method};
use super::newton;
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::lane::Lane;

/// Powers drawn at a node per unit, gauged so that they multiply powers of the gauged voltage: constant, of constant
/// current (× v), of constant impedance (× v²).
#[derive(Debug, Clone)]
pub(super) struct Draw<const L: usize> {
    pub(super) p: [Lane<L>; 3],
    pub(super) q: [Lane<L>; 3],
}

/// One flow a lane, while it is found.
#[derive(Debug, Clone)]
pub(super) struct FlowLanes<const L: usize> {
    /// Powers drawn at each node.
    constant_p: Vec<Lane<L>>,
    constant_q: Vec<Lane<L>>,
    /// The same for nodes whose load follows the voltage, in the order of the feeder's list.
    dependent: Vec<Draw<L>>,
    /// Voltages at the beginning of the last sweep, whose load currents the last voltages answer.
    pub(super) before_re: Vec<Lane<L>>,
    pub(super) before_im: Vec<Lane<L>>,
    pub(super) re: Vec<Lane<L>>,
    pub(super) im: Vec<Lane<L>>,
    /// Room for voltages while a mesh is solved in their place.
    old_re: Vec<Lane<L>>,
    old_im: Vec<Lane<L>>,
    /// Current drawn at each node, and after the sweep that of the node and all beyond it (in trees).
    pub(super) current_re: Vec<Lane<L>>,
    pub(super) current_im: Vec<Lane<L>>,
    /// Reactive power that generators give, by node, to hold their voltage.
    pub(super) held_q: Vec<Lane<L>>,
    /// Sweeps until the lane settled; 0 where it did not.
    pub(super) sweeps: [u32; L],
    /// Whether Newton's method found the voltages.
    pub(super) by_newton: [bool; L],
}

/// Load current of a power p + jq at a voltage: conj(S/V).
#[inline(always)]
pub(super) fn drawn(p: f64, q: f64, re: f64, im: f64) -> (f64, f64) {
    let inverse = 1.0 / (re * re + im * im);
    ((p * re + q * im) * inverse, (p * im - q * re) * inverse)
}

impl<const L: usize> FlowLanes<L> {
    pub(super) fn new(feeder: &Feeder) -> Self {
        let zeros = || vec![Lane::<L>::ZERO; feeder.gauge.len()];
        let none = Draw { p: [Lane::ZERO; 3], q: [Lane::ZERO; 3] };
        Self {
            constant_p: zeros(),
            constant_q: zeros(),
            dependent: vec![none; feeder.dependent_nodes.len()],
            before_re: zeros(),
            before_im: zeros(),
            re: zeros(),
            im: zeros(),
            old_re: zeros(),
            old_im: zeros(),
            current_re: zeros(),
            current_im: zeros(),
            held_q: zeros(),
            sweeps: [0; L],
            by_newton: [false; L],
        }
    }

    /// Forgets all powers drawn.
    pub(super) fn clear(&mut self) {
        for lanes in [&mut self.constant_p, &mut self.constant_q] {
            lanes.fill(Lane::ZERO);
        }
    }

    /// Adds constant powers drawn at a node, kW and kvar.
    pub(super) fn add_draw(&mut self, node: usize, lane: usize, kw: f64, kvar: f64) {
        self.constant_p[node][lane] += kw * (1.0 / BASE_KVA);
        self.constant_q[node][lane] += kvar * (1.0 / BASE_KVA);
    }

    /// Gathers the powers of loads and generators at the nodes; `draw(lane, load)` is kW and kvar at nominal voltage.
    pub(super) fn fill(&mut self, feeder: &Feeder, draw: impl Fn(usize, usize) -> (f64, f64)) {
        self.clear();
        for node in &mut self.dependent {
            *node = Draw { p: [Lane::ZERO; 3], q: [Lane::ZERO; 3] };
        }
        for (i, load) in feeder.network.loads.iter().enumerate() {
            let Some(node) = feeder.node_of_bus[load.bus] else { continue };
            let at =
                if feeder.dependent_nodes.is_empty() { None } else { feeder.dependent_nodes.binary_search(&node).ok() };
            let scale = feeder.gauge[node].0;
            for l in 0..L {
                let (kw, kvar) = draw(l, i);
                let (p, q) = (kw * (1.0 / BASE_KVA), kvar * (1.0 / BASE_KVA));
                let Some(at) = at else {
                    self.constant_p[node][l] += p;
                    self.constant_q[node][l] += q;
                    continue;
                };
                let gather = |sums: &mut [Lane<L>; 3], power: f64, current: f64, impedance: f64| {
                    sums[0][l] += power * (1.0 - current - impedance);
                    sums[1][l] += power * current * scale;
                    sums[2][l] += power * impedance * scale * scale;
                };
                let Draw { p: p_sums, q: q_sums } = &mut self.dependent[at];
                gather(p_sums, p, load.active.constant_current, load.active.constant_impedance);
                gather(q_sums, q, load.reactive.constant_current, load.reactive.constant_impedance);
            }
        }
        for generator in &feeder.network.generators {
            if let Some(node) = feeder.node_of_bus[generator.bus] {
                for l in 0..L {
                    self.constant_p[node][l] -= generator.power_kw / BASE_KVA;
                }
            }
        }
    }

    /// Power drawn at a node at its voltage in one lane, per unit, without what generators give to hold it.
    pub(super) fn power_at(&self, feeder: &Feeder, node: usize, lane: usize, re: f64, im: f64) -> (f64, f64) {
        let (p, q) = (self.constant_p[node][lane], self.constant_q[node][lane]);
        let Ok(at) = feeder.dependent_nodes.binary_search(&node) else { return (p, q) };
        let square = re * re + im * im;
        let size = libm::sqrt(square);
        let of = |sums: &[Lane<L>; 3]| sums[0][lane] + sums[1][lane] * size + sums[2][lane] * square;
        let Draw { p: p_sums, q: q_sums } = &self.dependent[at];
        (p + of(p_sums), q + of(q_sums))
    }

    /// Finds the voltages of all lanes.
    pub(super) fn solve(&mut self, feeder: &Feeder, settings: &FlowSettings) {
        let moving = self.settle(feeder, settings, |_, _, _| {});
        for l in (0..L).filter(|&l| moving[l] > 0.0) {
            if newton::solve(feeder, self, l, settings) {
                self.by_newton[l] = true;
                self.sweeps[l] = settings.sweeps_max;
            }
        }
        self.conclude(feeder);
    }

    /// Finds the voltages of all lanes by sweeps alone, which needs no memory beyond these arrays. A lane that has not
    /// settled has no sweeps. After each sweep `follow` may move the powers of lanes that still move, and tells by how much
    /// that may yet change a voltage.
    pub(super) fn solve_by_sweeps(
        &mut self,
        feeder: &Feeder,
        settings: &FlowSettings,
        follow: impl FnMut(&mut Self, &Lane<L>, &mut Lane<L>),
    ) {
        self.settle(feeder, settings, follow);
        self.conclude(feeder);
    }

    /// Sweeps from flat voltages until every lane has settled; returns 1 for each that has not.
    fn settle(
        &mut self,
        feeder: &Feeder,
        settings: &FlowSettings,
        mut follow: impl FnMut(&mut Self, &Lane<L>, &mut Lane<L>),
    ) -> Lane<L> {
        self.start_flat(feeder);
        self.by_newton = [false; L];
        let (sweeps, moving) = fixed_point::settle(settings, |moving| {
            let mut change = self.sweep(feeder, moving);
            for mesh in feeder.islands.iter().filter_map(Island::mesh) {
                self.hold_voltages(mesh, moving, &mut change);
            }
            follow(self, moving, &mut change);
            change
        });
        self.sweeps = sweeps;
        moving
    }

    /// The sweep that is the result: its currents belong to its voltages.
    fn conclude(&mut self, feeder: &Feeder) {
        self.before_re.copy_from_slice(&self.re);
        self.before_im.copy_from_slice(&self.im);
        self.sweep(feeder, &Lane([1.0; L]));
        unsettle_infinite(&self.re, &self.im, &mut self.sweeps);
    }

    /// Every node at the voltage of its island's first source, in gauged units: the voltages without any current.
    fn start_flat(&mut self, feeder: &Feeder) {
        self.held_q.fill(Lane::ZERO);
        for island in &feeder.islands {
            let flat = feeder.fixed[island.first].expect("an island begins at a source");
            for node in island.first..island.last {
                let voltage = feeder.fixed[node].unwrap_or(flat);
                self.re[node] = Lane([voltage.re; L]);
                self.im[node] = Lane([voltage.im; L]);
            }
        }
    }

    /// One sweep of all islands: currents from voltages, voltages from currents. Lanes that are not `moving` keep their
    /// voltages. Returns the largest change of a voltage's real or imaginary part.
    #[inline(always)]
    fn sweep(&mut self, feeder: &Feeder, moving: &Lane<L>) -> Lane<L> {
        self.draw_currents(feeder);
        let mut change = Lane::<L>::ZERO;
        for island in &feeder.islands {
            match &island.method {
                Method::Tree => self.sweep_tree(feeder, island, moving, &mut change),
                Method::Mesh(mesh) => self.sweep_mesh(island, mesh, moving, &mut change),
            }
        }
        change
    }

    #[inline(always)]
    fn draw_currents(&mut self, feeder: &Feeder) {
        for node in 0..self.re.len() {
            let (re, im) = (self.re[node], self.im[node]);
            let (p, q, held) = (self.constant_p[node], self.constant_q[node], self.held_q[node]);
            let (mut current_re, mut current_im) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
            for l in 0..L {
                (current_re[l], current_im[l]) = drawn(p[l], q[l] - held[l], re[l], im[l]);
            }
            (self.current_re[node], self.current_im[node]) = (current_re, current_im);
        }
        for (at, &node) in feeder.dependent_nodes.iter().enumerate() {
            let Draw { p, q } = &self.dependent[at];
            for l in 0..L {
                let (re, im) = (self.re[node][l], self.im[node][l]);
                let square = re * re + im * im;
                let size = libm::sqrt(square);
                let power = |sums: &[Lane<L>; 3]| sums[0][l] + sums[1][l] * size + sums[2][l] * square;
                let (more_re, more_im) = drawn(power(p), power(q), re, im);
                self.current_re[node][l] += more_re;
                self.current_im[node][l] += more_im;
            }
        }
    }

    /// Sums currents towards the source, then drops voltages from it.
    #[inline(always)]
    fn sweep_tree(&mut self, feeder: &Feeder, island: &Island, moving: &Lane<L>, change: &mut Lane<L>) {
        for node in island.first..island.last {
            let y = feeder.shunt[node];
            if y.re != 0.0 || y.im != 0.0 {
                for l in 0..L {
                    self.current_re[node][l] += y.re * self.re[node][l] - y.im * self.im[node][l];
                    self.current_im[node][l] += y.re * self.im[node][l] + y.im * self.re[node][l];
                }
            }
        }
        for node in (island.first + 1..island.last).rev() {
            let (parent, re, im) = (feeder.parent[node], self.current_re[node], self.current_im[node]);
            for l in 0..L {
                self.current_re[parent][l] += re[l];
                self.current_im[parent][l] += im[l];
            }
        }
        let mut largest = *change;
        for node in island.first + 1..island.last {
            let (parent, z) = (feeder.parent[node], feeder.parent_z[node]);
            let (from_re, from_im) = (self.re[parent], self.im[parent]);
            let (current_re, current_im) = (self.current_re[node], self.current_im[node]);
            let (old_re, old_im) = (self.re[node], self.im[node]);
            let (mut new_re, mut new_im) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
            for l in 0..L {
                let re = from_re[l] - (z.re * current_re[l] - z.im * current_im[l]);
                let im = from_im[l] - (z.re * current_im[l] + z.im * current_re[l]);
                new_re[l] = moved(moving[l], old_re[l], re, &mut largest[l]);
                new_im[l] = moved(moving[l], old_im[l], im, &mut largest[l]);
            }
            (self.re[node], self.im[node]) = (new_re, new_im);
        }
        *change = largest;
    }

    /// Solves the factored equations for the currents drawn.
    #[inline(always)]
    fn sweep_mesh(&mut self, island: &Island, mesh: &Mesh, moving: &Lane<L>, change: &mut Lane<L>) {
        // The currents stay as they were drawn; the solution takes the place of the voltages.
        let nodes = island.first..island.last;
        for node in nodes.clone() {
            (self.old_re[node], self.old_im[node]) = (self.re[node], self.im[node]);
        }
        for node in nodes.clone() {
            let driven = mesh.driven[node - island.first];
            for l in 0..L {
                self.re[node][l] = driven.re - self.current_re[node][l];
                self.im[node][l] = driven.im - self.current_im[node][l];
            }
        }
        for &(node, voltage) in &mesh.fixed {
            (self.re[node], self.im[node]) = (Lane([voltage.re; L]), Lane([voltage.im; L]));
        }
        mesh.factor.solve(&mut self.re, &mut self.im);
        for node in nodes {
            let (old_re, old_im) = (self.old_re[node], self.old_im[node]);
            for l in 0..L {
                self.re[node][l] = moved(moving[l], old_re[l], self.re[node][l], &mut change[l]);
                self.im[node][l] = moved(moving[l], old_im[l], self.im[node][l], &mut change[l]);
            }
        }
    }

    /// Moves reactive powers by what the reactances say that the missing voltages need: ΔQ = X⁻¹·(v_set² − v²)/2.
    fn hold_voltages(&mut self, mesh: &Mesh, moving: &Lane<L>, change: &mut Lane<L>) {
        let n = mesh.held.len();
        for l in (0..L).filter(|&l| moving[l] > 0.0) {
            for i in 0..n {
                let mut more = 0.0;
                for (j, &(node, square)) in mesh.held.iter().enumerate() {
                    let (re, im) = (self.re[node][l], self.im[node][l]);
                    let missing = 0.5 * (square - (re * re + im * im));
                    change[l] = grown(change[l], missing);
                    more += mesh.inverse_reactance[i * n + j] * missing;
                }
                self.held_q[mesh.held[i].0][l] += more;
            }
        }
    }
}
