//! Newton's method for one lane whose fixed point did not settle: near the limit of what the network can carry, or with many
//! generators that hold voltages.
//!
//! # Model
//! Unknown are the voltages (real and imaginary parts) of the free nodes. The equations are Kirchhoff's current law at each,
//! Y·V + I_drawn(V) = 0; where a generator holds the voltage they are the balance of active power, Re(V·(Y·V)*) + p(V) = 0,
//! and |V|² = v². Each step is halved until the largest mismatch falls. Steps are solved by elimination of 2 × 2 blocks in
//! the order of least degree, as the admittance matrix itself.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::Feeder;
use super::complex::Complex;
use super::factor::Rows;
use super::island::Island;
use super::lanes::{FlowLanes, drawn};
use crate::distribution::power_flow::FlowSettings;

const MOST_STEPS: usize = 40;

/// Tries to find the voltages of a lane from the flat start; whether it did.
pub(super) fn solve<const L: usize>(
    feeder: &Feeder,
    lanes: &mut FlowLanes<L>,
    lane: usize,
    settings: &FlowSettings,
) -> bool {
    let mut found = Vec::new();
    for island in &feeder.islands {
        let equations = Equations::of(feeder, lanes, lane, island);
        match equations.solve(settings.tolerance_pu) {
            Some(voltages) => found.push((island, equations.reactive_given(&voltages), voltages)),
            None => return false,
        }
    }
    for (island, reactive, voltages) in found {
        for (node, voltage) in (island.first..island.last).zip(voltages) {
            lanes.re[node][lane] = voltage.re;
            lanes.im[node][lane] = voltage.im;
        }
        for (node, q) in reactive {
            lanes.held_q[node][lane] = q;
        }
    }
    true
}

/// A 2 × 2 block, row by row.
type Block = [f64; 4];

fn times(a: Block, b: Block) -> Block {
    [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]]
}

fn apply(a: Block, x: [f64; 2]) -> [f64; 2] {
    [a[0] * x[0] + a[1] * x[1], a[2] * x[0] + a[3] * x[1]]
}

/// The equations of one island in one lane.
struct Equations<'a, const L: usize> {
    feeder: &'a Feeder,
    lanes: &'a FlowLanes<L>,
    lane: usize,
    island: &'a Island,
    rows: Rows,
    free: Vec<usize>,
    /// Square of the voltage held, by node.
    held: BTreeMap<usize, f64>,
}

impl<'a, const L: usize> Equations<'a, L> {
    fn of(feeder: &'a Feeder, lanes: &'a FlowLanes<L>, lane: usize, island: &'a Island) -> Self {
        let nodes = island.first..island.last;
        let first_branch = feeder.branches.iter().position(|b| nodes.contains(&b.ends[0])).unwrap_or(0);
        let last_branch = feeder.branches.iter().rposition(|b| nodes.contains(&b.ends[0])).map_or(0, |b| b + 1);
        let rows = feeder.admittances(first_branch..last_branch, (island.first, island.last));
        let free = nodes.filter(|node| feeder.fixed[*node].is_none()).collect();
        let held = island.mesh().map(|mesh| mesh.held.iter().copied().collect()).unwrap_or_default();
        Self { feeder, lanes, lane, island, rows, free, held }
    }

    fn solve(&self, tolerance_pu: f64) -> Option<Vec<Complex>> {
        let flat = self.feeder.fixed[self.island.first]?;
        let start = |node: usize| match (self.feeder.fixed[node], self.held.get(&node)) {
            (Some(fixed), _) => fixed,
            (_, Some(square)) => flat.scale(libm::sqrt(square / flat.norm_squared())),
            _ => flat,
        };
        let mut voltages: Vec<Complex> = (self.island.first..self.island.last).map(start).collect();
        let mut left = self.mismatch(&voltages);
        for _ in 0..MOST_STEPS {
            let step = self.step(&voltages, &left)?;
            let size = step.iter().flatten().fold(0.0, |largest: f64, part| largest.max(part.abs()));
            let mut share = 1.0;
            let (moved, remaining) = loop {
                let mut moved = voltages.clone();
                for (&node, delta) in self.free.iter().zip(&step) {
                    let at = node - self.island.first;
                    moved[at] = moved[at] - Complex::new(delta[0], delta[1]).scale(share);
                }
                let remaining = self.mismatch(&moved);
                // The last steps are within rounding and need not fall.
                if size <= tolerance_pu || largest(&remaining) < largest(&left) {
                    break (moved, remaining);
                }
                share *= 0.5;
                if share < 1e-3 {
                    return None;
                }
            };
            (voltages, left) = (moved, remaining);
            if size <= tolerance_pu {
                return Some(voltages);
            }
        }
        None
    }

    fn voltage(&self, voltages: &[Complex], node: usize) -> Complex {
        voltages[node - self.island.first]
    }

    /// Current that leaves a node into the network.
    fn flowing_from(&self, voltages: &[Complex], node: usize) -> Complex {
        let flowing = self.rows[node].iter().map(|(&other, &y)| y * self.voltage(voltages, other));
        flowing.fold(Complex::ZERO, |sum, current| sum + current)
    }

    fn drawn_power(&self, node: usize, v: Complex) -> (f64, f64) {
        self.lanes.power_at(self.feeder, node, self.lane, v.re, v.im)
    }

    /// The size of a node's own admittance, which brings |V|² − v² to the size of the other equations.
    fn weight(&self, node: usize) -> f64 {
        self.rows[node].get(&node).map_or(1.0, |y| y.norm())
    }

    fn mismatch(&self, voltages: &[Complex]) -> Vec<[f64; 2]> {
        let at = |&node: &usize| {
            let (v, flowing) = (self.voltage(voltages, node), self.flowing_from(voltages, node));
            let (p, q) = self.drawn_power(node, v);
            if let Some(square) = self.held.get(&node) {
                return [(v * flowing.conj()).re + p, self.weight(node) * (v.norm_squared() - square)];
            }
            let (re, im) = drawn(p, q, v.re, v.im);
            [flowing.re + re, flowing.im + im]
        };
        self.free.iter().map(at).collect()
    }

    /// The solution of the linearised equations at the free nodes.
    fn step(&self, voltages: &[Complex], mismatch: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
        let mut place = vec![usize::MAX; self.island.last];
        self.free.iter().enumerate().for_each(|(i, &node)| place[node] = i);
        let mut blocks: Vec<BTreeMap<usize, Block>> = vec![BTreeMap::new(); self.free.len()];
        for (i, &node) in self.free.iter().enumerate() {
            let v = self.voltage(voltages, node);
            for (&other, &y) in self.rows[node].iter().filter(|(other, _)| place[**other] != usize::MAX) {
                // d(Y·V) of the other's real and imaginary part; of active power Re(V·(Y·dV)*).
                let block = match self.held.contains_key(&node) {
                    false => [y.re, -y.im, y.im, y.re],
                    true => [v.re * y.re + v.im * y.im, v.im * y.re - v.re * y.im, 0.0, 0.0],
                };
                blocks[i].insert(place[other], block);
            }
            let own = self.own_slope(voltages, node);
            let block = blocks[i].entry(i).or_default();
            (0..4).for_each(|k| block[k] += own[k]);
        }
        eliminate_blocks(blocks, mismatch.to_vec())
    }

    /// The slope of a node's equations that its own voltage adds beside Y.
    fn own_slope(&self, voltages: &[Complex], node: usize) -> Block {
        let v = self.voltage(voltages, node);
        let held = self.held.contains_key(&node);
        // By differences: the law has a square root where loads are of constant current.
        let at = |v: Complex| {
            let (p, q) = self.drawn_power(node, v);
            if held { (p, 0.0) } else { drawn(p, q, v.re, v.im) }
        };
        let h = 1e-6;
        let mut slope = [0.0; 4];
        for (k, delta) in [Complex::new(h, 0.0), Complex::new(0.0, h)].into_iter().enumerate() {
            let (plus, minus) = (at(v + delta), at(v - delta));
            slope[k] = (plus.0 - minus.0) / (2.0 * h);
            slope[2 + k] = (plus.1 - minus.1) / (2.0 * h);
        }
        if held {
            let (flowing, weight) = (self.flowing_from(voltages, node), self.weight(node));
            slope[0] += flowing.re;
            slope[1] += flowing.im;
            slope[2] = 2.0 * weight * v.re;
            slope[3] = 2.0 * weight * v.im;
        }
        slope
    }

    /// The reactive power that holds each held node.
    fn reactive_given(&self, voltages: &[Complex]) -> Vec<(usize, f64)> {
        let at = |&node: &usize| {
            let v = self.voltage(voltages, node);
            let (_, q) = self.drawn_power(node, v);
            (node, (v * self.flowing_from(voltages, node).conj()).im + q)
        };
        self.held.keys().map(at).collect()
    }
}

/// The largest mismatch; one that is not a number stays.
fn largest(mismatch: &[[f64; 2]]) -> f64 {
    mismatch.iter().flatten().map(|part| part.abs()).fold(0.0, |a: f64, b| if b < a { a } else { b })
}

/// Solves blocks of a symmetric pattern; `None` where one on the diagonal is singular.
fn eliminate_blocks(mut rows: Vec<BTreeMap<usize, Block>>, mut right: Vec<[f64; 2]>) -> Option<Vec<[f64; 2]>> {
    let mut left: Vec<usize> = (0..rows.len()).collect();
    let mut done = Vec::with_capacity(rows.len());
    while !left.is_empty() {
        let at = (0..left.len()).min_by_key(|&i| rows[left[i]].len())?;
        let node = left.swap_remove(at);
        let mut row = core::mem::take(&mut rows[node]);
        let [a, b, c, d] = row.remove(&node)?;
        let determinant = a * d - b * c;
        if determinant.is_nan() || determinant.abs() <= 1e-30 {
            return None;
        }
        let inverse = [d, -b, -c, a].map(|part| part / determinant);
        row.values_mut().for_each(|block| *block = times(inverse, *block));
        right[node] = apply(inverse, right[node]);
        for &other in row.keys() {
            let below = rows[other].remove(&node)?;
            for (&b, &block) in &row {
                let change = times(below, block);
                let entry = rows[other].entry(b).or_default();
                (0..4).for_each(|k| entry[k] -= change[k]);
            }
            let change = apply(below, right[node]);
            (0..2).for_each(|k| right[other][k] -= change[k]);
        }
        done.push((node, row));
    }
    for (node, row) in done.into_iter().rev() {
        for (other, block) in row {
            let change = apply(block, right[other]);
            (0..2).for_each(|k| right[node][k] -= change[k]);
        }
    }
    Some(right)
}

/// The inverse of a square matrix, row by row; `None` where it is singular.
pub(super) fn inverse(mut matrix: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let mut right = vec![0.0; n * n];
    (0..n).for_each(|i| right[i * n + i] = 1.0);
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| matrix[a * n + k].abs().total_cmp(&matrix[b * n + k].abs()))?;
        if matrix[pivot * n + k].is_nan() || matrix[pivot * n + k].abs() <= 1e-14 {
            return None;
        }
        if pivot != k {
            (0..n).for_each(|j| matrix.swap(k * n + j, pivot * n + j));
            (0..n).for_each(|j| right.swap(k * n + j, pivot * n + j));
        }
        let scale = 1.0 / matrix[k * n + k];
        (0..n).for_each(|j| {
            matrix[k * n + j] *= scale;
            right[k * n + j] *= scale;
        });
        for row in (0..n).filter(|row| *row != k) {
            let factor = matrix[row * n + k];
            if factor != 0.0 {
                (0..n).for_each(|j| {
                    matrix[row * n + j] -= factor * matrix[k * n + j];
                    right[row * n + j] -= factor * right[k * n + j];
                });
            }
        }
    }
    Some(right)
}
