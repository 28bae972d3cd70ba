//! The master programme over caps and border energies: least sum of linear prices and of maxima of cuts.
//!
//! minimise Σ_j D_j x_j + Σ_b η_b over 0 ≤ x ≤ range, η_b ≥ every cut of block b. It is solved from its dual side, where
//! a new cut is a new column and the last basis stays feasible: a revised simplex with an explicit dense inverse. Rows
//! are one per block (Σ weights = 1) and one per variable, a few dozen.

use alloc::vec::Vec;

/// A column of the dual: a cut, or a bound of a variable.
#[derive(Debug, Clone, Copy)]
struct Column {
    worth: f64,
    first: u32,
    end: u32,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Master {
    blocks: usize,
    rows: usize,
    right: Vec<f64>,
    columns: Vec<Column>,
    entries: Vec<(u32, f64)>,
    /// The first cut of each block: with the bounds it makes the first basis.
    first_cuts: Vec<usize>,
    basis: Vec<usize>,
    inverse: Vec<f64>,
    weights: Vec<f64>,
    /// Simplex multipliers: η of the blocks, then the variables.
    point: Vec<f64>,
    /// Scratch of an inversion and of a pivot.
    matrix: Vec<f64>,
    direction: Vec<f64>,
}

impl Master {
    /// Makes room for `rounds` cuts of every block over `variables`.
    pub(super) fn reserve(&mut self, blocks: usize, variables: usize, rounds: usize) {
        let rows = blocks + variables;
        self.right.reserve(rows);
        self.columns.reserve(2 * variables + rounds * blocks);
        self.entries.reserve(2 * variables + rounds * blocks * (1 + variables));
        self.first_cuts.reserve(blocks);
        self.basis.reserve(rows);
        for square in [&mut self.inverse, &mut self.matrix] {
            square.reserve(rows * rows);
        }
        for column in [&mut self.weights, &mut self.point, &mut self.direction] {
            column.reserve(rows);
        }
    }

    /// Starts again with one variable per `(price, range)`, and no cuts.
    pub(crate) fn reset(&mut self, blocks: usize, variables: impl Iterator<Item = (f64, f64)>) {
        self.blocks = blocks;
        self.columns.clear();
        self.entries.clear();
        self.basis.clear();
        self.first_cuts.clear();
        self.right.clear();
        self.right.resize(blocks, 1.0);
        for (price, range) in variables {
            let row = self.right.len() as u32;
            self.right.push(price);
            self.column(0.0, [(row, 1.0)].into_iter());
            self.column(-range, [(row, -1.0)].into_iter());
        }
        self.rows = self.right.len();
    }

    fn column(&mut self, worth: f64, entries: impl Iterator<Item = (u32, f64)>) {
        let first = self.entries.len() as u32;
        self.entries.extend(entries);
        self.columns.push(Column { worth, first, end: self.entries.len() as u32 });
    }

    /// Adds η_block ≥ constant + Σ slope · variable. Every block's first cut comes before the first solve, in order.
    pub(crate) fn cut(&mut self, block: usize, constant: f64, slopes: impl Iterator<Item = (usize, f64)>) {
        if self.first_cuts.len() == block {
            self.first_cuts.push(self.columns.len());
        }
        let blocks = self.blocks;
        let own = core::iter::once((block as u32, 1.0));
        self.column(constant, own.chain(slopes.map(|(variable, slope)| ((blocks + variable) as u32, -slope))));
    }

    /// Value of a variable at the last solution.
    pub(crate) fn variable(&self, variable: usize) -> f64 {
        self.point[self.blocks + variable]
    }

    /// Solves, and returns a value at or below the minimum over the cuts (any feasible weights of cuts give one).
    pub(crate) fn solve(&mut self) -> f64 {
        if self.basis.is_empty() {
            self.first_basis();
        }
        self.invert();
        let mut stalled = 0;
        for _ in 0..200 * self.rows {
            self.price();
            let Some(entering) = self.entering(stalled > 4 * self.rows) else { break };
            let step = self.pivot(entering);
            stalled = if step > 1e-14 { 0 } else { stalled + 1 };
        }
        self.basis.iter().zip(&self.weights).map(|(&column, weight)| self.columns[column].worth * weight).sum()
    }

    /// Full weight on the first cuts, and the bound of each variable whose multiplier is then feasible.
    fn first_basis(&mut self) {
        self.basis.extend_from_slice(&self.first_cuts);
        for row in self.blocks..self.rows {
            let mut rest = self.right[row];
            for &cut in &self.first_cuts {
                let column = self.columns[cut];
                for &(r, value) in &self.entries[column.first as usize..column.end as usize] {
                    if r as usize == row {
                        rest -= value;
                    }
                }
            }
            let lower = 2 * (row - self.blocks);
            self.basis.push(if rest >= 0.0 { lower } else { lower + 1 });
        }
    }

    /// Inverts the basis anew by Gauss–Jordan with row pivoting, so that roundings do not add up from solve to solve.
    fn invert(&mut self) {
        let n = self.rows;
        let mut matrix = core::mem::take(&mut self.matrix);
        matrix.clear();
        matrix.resize(n * n, 0.0);
        for (k, &column) in self.basis.iter().enumerate() {
            let column = self.columns[column];
            for &(row, value) in &self.entries[column.first as usize..column.end as usize] {
                matrix[row as usize * n + k] = value;
            }
        }
        self.inverse.clear();
        self.inverse.resize(n * n, 0.0);
        for i in 0..n {
            self.inverse[i * n + i] = 1.0;
        }
        for k in 0..n {
            let best = (k..n).max_by(|a, b| matrix[a * n + k].abs().total_cmp(&matrix[b * n + k].abs())).unwrap_or(k);
            if best != k {
                for j in 0..n {
                    matrix.swap(k * n + j, best * n + j);
                    self.inverse.swap(k * n + j, best * n + j);
                }
            }
            let factor = 1.0 / matrix[k * n + k];
            for j in 0..n {
                matrix[k * n + j] *= factor;
                self.inverse[k * n + j] *= factor;
            }
            for i in 0..n {
                let factor = matrix[i * n + k];
                if i != k && factor != 0.0 {
                    for j in 0..n {
                        matrix[i * n + j] -= factor * matrix[k * n + j];
                        self.inverse[i * n + j] -= factor * self.inverse[k * n + j];
                    }
                }
            }
        }
        self.weights.clear();
        for i in 0..n {
            let row = &self.inverse[i * n..(i + 1) * n];
            let weight: f64 = row.iter().zip(&self.right).map(|(a, b)| a * b).sum();
            self.weights.push(weight.max(0.0));
        }
        self.matrix = matrix;
    }

    fn price(&mut self) {
        let n = self.rows;
        self.point.clear();
        self.point.resize(n, 0.0);
        for (i, &column) in self.basis.iter().enumerate() {
            let worth = self.columns[column].worth;
            if worth != 0.0 {
                for (price, value) in self.point.iter_mut().zip(&self.inverse[i * n..(i + 1) * n]) {
                    *price += worth * value;
                }
            }
        }
    }

    /// The column that gains most; the first that gains where the simplex stalls (Bland's rule ends every cycle).
    fn entering(&self, first: bool) -> Option<usize> {
        let mut best = None;
        let mut most = 0.0;
        for (k, column) in self.columns.iter().enumerate() {
            let mut gain = column.worth;
            let mut size = 1.0 + column.worth.abs();
            for &(row, value) in &self.entries[column.first as usize..column.end as usize] {
                let part = value * self.point[row as usize];
                gain -= part;
                size += part.abs();
            }
            if gain > 1e-12 * size && gain > most {
                best = Some(k);
                most = gain;
                if first {
                    break;
                }
            }
        }
        best
    }

    /// Brings a column into the basis; returns the weight it got.
    fn pivot(&mut self, entering: usize) -> f64 {
        let n = self.rows;
        let column = self.columns[entering];
        let mut direction = core::mem::take(&mut self.direction);
        direction.clear();
        direction.resize(n, 0.0);
        for &(row, value) in &self.entries[column.first as usize..column.end as usize] {
            for (i, rate) in direction.iter_mut().enumerate() {
                *rate += value * self.inverse[i * n + row as usize];
            }
        }
        let mut leaving: Option<(usize, f64)> = None;
        for (i, &rate) in direction.iter().enumerate() {
            if rate > 1e-10 {
                let ratio = self.weights[i] / rate;
                let better = leaving
                    .is_none_or(|(best, least)| ratio < least || (ratio == least && self.basis[i] < self.basis[best]));
                if better {
                    leaving = Some((i, ratio));
                }
            }
        }
        // Every variable is bounded, so the dual cannot be unbounded but through roundings.
        let Some((out, step)) = leaving else {
            self.direction = direction;
            return 0.0;
        };
        for (weight, rate) in self.weights.iter_mut().zip(&direction) {
            *weight = (*weight - step * rate).max(0.0);
        }
        self.weights[out] = step;
        self.basis[out] = entering;
        let factor = 1.0 / direction[out];
        let (before, rest) = self.inverse.split_at_mut(out * n);
        let (row, after) = rest.split_at_mut(n);
        row.iter_mut().for_each(|value| *value *= factor);
        let others = before.chunks_exact_mut(n).zip(&direction[..out]);
        for (other, rate) in others.chain(after.chunks_exact_mut(n).zip(&direction[out + 1..])) {
            if *rate != 0.0 {
                for (value, pivot) in other.iter_mut().zip(&*row) {
                    *value -= rate * pivot;
                }
            }
        }
        self.direction = direction;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_share_a_variable() {
        // min 2 x + η0 + η1, 0 ≤ x ≤ 10: η0 ≥ 8 − 3x, η0 ≥ 1, η1 ≥ x − 4, η1 ≥ 0 → x = 7/3: 14/3 + 1 + 0.
        let mut master = Master::default();
        master.reset(2, [(2.0, 10.0)].into_iter());
        master.cut(0, 8.0, [(0, -3.0)].into_iter());
        master.cut(1, -4.0, [(0, 1.0)].into_iter());
        assert!((master.solve() - 4.0).abs() < 1e-12);
        master.cut(0, 1.0, core::iter::empty());
        master.cut(1, 0.0, core::iter::empty());
        assert!((master.solve() - (14.0 / 3.0 + 1.0)).abs() < 1e-12);
        assert!((master.variable(0) - 7.0 / 3.0).abs() < 1e-12);
    }
}
