//! Newton's method for one lane whose fixed point did not settle: near the limit of what the network can carry.
//!
//! # Model
//! Unknown are the voltages (real and imaginary parts) of the free nodes; the equations are Kirchhoff's current law at each,
//! Y·V + I_drawn(V) = 0. Each step is halved until the largest mismatch falls. Dense, since it is rare; islands with
//! generators that hold voltages, or of more than [`MOST_NODES`] nodes, are left as they are.

use alloc::vec;
use alloc::vec::Vec;

use super::Feeder;
use super::complex::Complex;
use super::island::{Island, Method};
use super::lanes::{FlowLanes, drawn};
use crate::distribution::power_flow::FlowSettings;

/// Larger islands would take seconds a step.
const MOST_NODES: usize = 400;
const MOST_STEPS: usize = 40;

/// Tries to find the voltages of a lane from the flat start; whether it did.
pub(super) fn solve<const L: usize>(
    feeder: &Feeder,
    lanes: &mut FlowLanes<L>,
    lane: usize,
    settings: &FlowSettings,
) -> bool {
    let mut found = Vec::new();
    for (i, island) in feeder.islands.iter().enumerate() {
        let too_many = island.last - island.first > MOST_NODES;
        let holds = matches!(&island.method, Method::Mesh(mesh) if !mesh.held.is_empty());
        if too_many || holds {
            return false;
        }
        match solve_island(feeder, lanes, lane, i, settings) {
            Some(voltages) => found.extend(voltages),
            None => return false,
        }
    }
    for (node, voltage) in found {
        lanes.re[node][lane] = voltage.re;
        lanes.im[node][lane] = voltage.im;
    }
    true
}

fn solve_island<const L: usize>(
    feeder: &Feeder,
    lanes: &FlowLanes<L>,
    lane: usize,
    index: usize,
    settings: &FlowSettings,
) -> Option<Vec<(usize, Complex)>> {
    let island = &feeder.islands[index];
    let nodes = island.first..island.last;
    let flat = feeder.fixed[island.first]?;
    let mut voltages: Vec<Complex> = nodes.clone().map(|node| feeder.fixed[node].unwrap_or(flat)).collect();
    let free: Vec<usize> = nodes.clone().filter(|node| feeder.fixed[*node].is_none()).collect();
    let first_branch = feeder.branches.iter().position(|b| nodes.contains(&b.ends[0])).unwrap_or(0);
    let last_branch = feeder.branches.iter().rposition(|b| nodes.contains(&b.ends[0])).map_or(0, |b| b + 1);
    let rows = feeder.admittances(first_branch..last_branch, (island.first, island.last));
    let power = |node: usize, v: Complex| lanes.power_at(feeder, node, lane, v.re, v.im);
    let mismatch = |voltages: &[Complex]| -> Vec<Complex> {
        let at = |node: &usize| {
            let v = voltages[node - island.first];
            let (p, q) = power(*node, v);
            let (re, im) = drawn(p, q, v.re, v.im);
            rows[*node].iter().fold(Complex::new(re, im), |sum, (other, y)| sum + *y * voltages[other - island.first])
        };
        free.iter().map(at).collect()
    };
    let largest =
        |mismatch: &[Complex]| mismatch.iter().map(|m| m.norm()).fold(0.0, |a: f64, b| if b < a { a } else { b });
    let mut left = mismatch(&voltages);
    for _ in 0..MOST_STEPS {
        let step = newton_step(feeder, lanes, lane, island, &rows, &free, &voltages, &left)?;
        let mut share = 1.0;
        let accepted = loop {
            let mut moved = voltages.clone();
            for (node, delta) in free.iter().zip(&step) {
                moved[node - island.first] = moved[node - island.first] - delta.scale(share);
            }
            let remaining = mismatch(&moved);
            if largest(&remaining) < largest(&left) {
                break Some((moved, remaining));
            }
            share *= 0.5;
            if share < 1e-3 {
                break None;
            }
        };
        let size = step.iter().map(|delta| delta.norm()).fold(0.0, f64::max);
        if size <= settings.tolerance_pu {
            return Some(nodes.zip(voltages).collect());
        }
        (voltages, left) = accepted?;
    }
    None
}

/// The solution of the linearised equations at the free nodes.
#[expect(clippy::too_many_arguments, reason = "the parts of one iteration")]
fn newton_step<const L: usize>(
    feeder: &Feeder,
    lanes: &FlowLanes<L>,
    lane: usize,
    island: &Island,
    rows: &super::factor::Rows,
    free: &[usize],
    voltages: &[Complex],
    mismatch: &[Complex],
) -> Option<Vec<Complex>> {
    let n = 2 * free.len();
    let mut matrix = vec![0.0; n * n];
    let mut place = vec![usize::MAX; island.last];
    free.iter().enumerate().for_each(|(i, &node)| place[node] = i);
    for (i, &node) in free.iter().enumerate() {
        for (&other, &y) in rows[node].iter().filter(|(other, _)| place[**other] != usize::MAX) {
            let j = place[other];
            matrix[2 * i * n + 2 * j] += y.re;
            matrix[2 * i * n + 2 * j + 1] -= y.im;
            matrix[(2 * i + 1) * n + 2 * j] += y.im;
            matrix[(2 * i + 1) * n + 2 * j + 1] += y.re;
        }
        // The drawn current's slope by differences: its law has a square root where loads are of constant current.
        let v = voltages[node - island.first];
        let at = |v: Complex| {
            let (p, q) = lanes.power_at(feeder, node, lane, v.re, v.im);
            drawn(p, q, v.re, v.im)
        };
        let h = 1e-6;
        for (k, delta) in [Complex::new(h, 0.0), Complex::new(0.0, h)].into_iter().enumerate() {
            let (plus, minus) = (at(v + delta), at(v - delta));
            matrix[2 * i * n + 2 * i + k] += (plus.0 - minus.0) / (2.0 * h);
            matrix[(2 * i + 1) * n + 2 * i + k] += (plus.1 - minus.1) / (2.0 * h);
        }
    }
    let mut right: Vec<f64> = mismatch.iter().flat_map(|m| [m.re, m.im]).collect();
    eliminate(&mut matrix, &mut right, n, 1)?;
    Some(right.chunks(2).map(|pair| Complex::new(pair[0], pair[1])).collect())
}

/// The inverse of a square matrix, row by row; `None` where it is singular.
pub(super) fn inverse(mut matrix: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let mut right = vec![0.0; n * n];
    (0..n).for_each(|i| right[i * n + i] = 1.0);
    eliminate(&mut matrix, &mut right, n, n)?;
    Some(right)
}

/// Gauss's elimination with row pivots: `right` (n rows of `columns`) becomes the solution.
fn eliminate(matrix: &mut [f64], right: &mut [f64], n: usize, columns: usize) -> Option<()> {
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| matrix[a * n + k].abs().total_cmp(&matrix[b * n + k].abs()))?;
        if matrix[pivot * n + k].is_nan() || matrix[pivot * n + k].abs() <= 1e-14 {
            return None;
        }
        if pivot != k {
            (0..n).for_each(|j| matrix.swap(k * n + j, pivot * n + j));
            (0..columns).for_each(|j| right.swap(k * columns + j, pivot * columns + j));
        }
        for row in k + 1..n {
            let factor = matrix[row * n + k] / matrix[k * n + k];
            if factor != 0.0 {
                (k..n).for_each(|j| matrix[row * n + j] -= factor * matrix[k * n + j]);
                (0..columns).for_each(|j| right[row * columns + j] -= factor * right[k * columns + j]);
            }
        }
    }
    for k in (0..n).rev() {
        for j in 0..columns {
            let known: f64 = (k + 1..n).map(|i| matrix[k * n + i] * right[i * columns + j]).sum();
            right[k * columns + j] = (right[k * columns + j] - known) / matrix[k * n + k];
        }
    }
    Some(())
}
