//! A sparse factorisation of a complex matrix, LDU, made once per switch state and used by every lane.
//!
//! # Model
//! A = L·D·U without pivots (admittance matrices of networks with sources are regular and diagonally strong), eliminated by
//! least degree, which leaves a tree without any fill (George & Liu 1981, chapter 5). The pattern is symmetric; so are the
//! values, but for phase shifters in loops.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::complex::Complex;
use crate::simulation::lane::Lane;

/// Entries by row, of a symmetric pattern; the diagonal is at the row itself.
pub(in crate::distribution) type Rows = Vec<BTreeMap<usize, Complex>>;

/// The factors, in the order of elimination.
#[derive(Debug, Clone)]
pub(in crate::distribution) struct Factor {
    /// Node eliminated, reciprocal of its pivot, and where its column of L and row of U end in `entries`.
    pivots: Vec<(usize, Complex, usize)>,
    /// Entries of L below and of U beside the diagonal: node, both values.
    entries: Vec<(usize, Complex, Complex)>,
}

impl Factor {
    /// Factors the matrix of `rows` over `nodes`; entries of other nodes are not read. `None` where a pivot
    /// vanishes.
    pub(in crate::distribution) fn of(mut rows: Rows, nodes: &[usize]) -> Option<Self> {
        let mut is_open = vec![false; rows.len()];
        nodes.iter().for_each(|&node| is_open[node] = true);
        for row in &mut rows {
            row.retain(|&other, _| is_open[other]);
        }
        let mut factor = Self { pivots: Vec::with_capacity(nodes.len()), entries: Vec::new() };
        let mut left: Vec<usize> = nodes.to_vec();
        while !left.is_empty() {
            // The first of least degree, so that the order is the same everywhere.
            let at = (0..left.len()).min_by_key(|&i| rows[left[i]].len())?;
            let node = left.swap_remove(at);
            let row = core::mem::take(&mut rows[node]);
            let pivot = *row.get(&node)?;
            if pivot.norm_squared().is_nan() || pivot.norm_squared() <= 1e-30 {
                return None;
            }
            let inverse = pivot.reciprocal();
            let others: Vec<(usize, Complex)> = row.into_iter().filter(|(other, _)| *other != node).collect();
            for &(a, right_of_a) in &others {
                let below = rows[a].remove(&node)? * inverse;
                for &(b, right) in &others {
                    let entry = rows[a].entry(b).or_insert(Complex::ZERO);
                    *entry = *entry - below * right;
                }
                factor.entries.push((a, below, right_of_a * inverse));
            }
            factor.pivots.push((node, inverse, factor.entries.len()));
        }
        Some(factor)
    }

    /// Solves in place for every lane; other nodes' numbers are left alone.
    #[inline(always)]
    pub(in crate::distribution) fn solve<const L: usize>(&self, re: &mut [Lane<L>], im: &mut [Lane<L>]) {
        let mut begin = 0;
        for &(node, _, end) in &self.pivots {
            let (b_re, b_im) = (re[node], im[node]);
            for &(other, value, _) in &self.entries[begin..end] {
                for l in 0..L {
                    re[other][l] -= value.re * b_re[l] - value.im * b_im[l];
                    im[other][l] -= value.re * b_im[l] + value.im * b_re[l];
                }
            }
            begin = end;
        }
        let mut end = self.entries.len();
        for (k, &(node, inverse, _)) in self.pivots.iter().enumerate().rev() {
            let begin = if k == 0 { 0 } else { self.pivots[k - 1].2 };
            let (mut x_re, mut x_im) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
            for l in 0..L {
                x_re[l] = re[node][l] * inverse.re - im[node][l] * inverse.im;
                x_im[l] = re[node][l] * inverse.im + im[node][l] * inverse.re;
            }
            for &(other, _, value) in &self.entries[begin..end] {
                for l in 0..L {
                    x_re[l] -= value.re * re[other][l] - value.im * im[other][l];
                    x_im[l] -= value.re * im[other][l] + value.im * re[other][l];
                }
            }
            (re[node], im[node]) = (x_re, x_im);
            end = begin;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring of five nodes with a chord, one edge of it turned, and a leak at each node: the solution times the matrix is the right side.
    #[test]
    fn the_solution_times_the_matrix_is_the_right_side() {
        let edges = [(0, 1, 2.0), (1, 2, 3.0), (2, 3, 1.5), (3, 4, 4.0), (4, 0, 2.5), (1, 3, 0.7)];
        let mut rows: Rows = vec![BTreeMap::new(); 5];
        let mut add = |i: usize, j: usize, y: Complex| {
            let entry = rows[i].entry(j).or_insert(Complex::ZERO);
            *entry = *entry + y;
        };
        for (a, b, size) in edges {
            let y = Complex::new(size, -2.0 * size);
            add(a, a, y);
            add(b, b, y);
            let turn = Complex::turn(if a == 3 { 10.0 } else { 0.0 });
            add(a, b, -(y * turn));
            add(b, a, -(y * turn.conj()));
        }
        for i in 0..5 {
            add(i, i, Complex::new(0.1, 0.2 * i as f64));
        }
        let factor = Factor::of(rows.clone(), &[0, 1, 2, 3, 4]).unwrap();
        let right: Vec<Complex> = (0..5).map(|i| Complex::new(1.0 + i as f64, 3.0 - 2.0 * i as f64)).collect();
        let mut re: Vec<Lane<1>> = right.iter().map(|b| Lane([b.re])).collect();
        let mut im: Vec<Lane<1>> = right.iter().map(|b| Lane([b.im])).collect();
        factor.solve(&mut re, &mut im);
        for (row, right) in rows.iter().zip(right) {
            let product = row.iter().fold(Complex::ZERO, |sum, (&j, &y)| sum + y * Complex::new(re[j][0], im[j][0]));
            assert!((product - right).norm() < 1e-12, "{product:?} {right:?}");
        }
    }
}
