//! Small dense complex matrices, row by row: those of a line's conductors and a transformer's coils.

use alloc::vec;
use alloc::vec::Vec;

use super::super::feeder::complex::Complex;

/// A square matrix.
pub(super) type Dense = Vec<Vec<Complex>>;

pub(super) fn zeros(n: usize) -> Dense {
    vec![vec![Complex::ZERO; n]; n]
}

/// The inverse, by Gauss and Jordan with the greatest pivot of each column; `None` where there is none.
pub(super) fn inverse(mut a: Dense) -> Option<Dense> {
    let n = a.len();
    let mut inverse = zeros(n);
    (0..n).for_each(|i| inverse[i][i] = Complex::ONE);
    for column in 0..n {
        let size = |row: &usize| a[*row][column].norm_squared();
        let pivot = (column..n).max_by(|i, j| size(i).total_cmp(&size(j)))?;
        if !a[pivot][column].norm_squared().is_normal() {
            return None;
        }
        a.swap(column, pivot);
        inverse.swap(column, pivot);
        let scale = a[column][column].reciprocal();
        for j in 0..n {
            a[column][j] = a[column][j] * scale;
            inverse[column][j] = inverse[column][j] * scale;
        }
        for row in (0..n).filter(|row| *row != column) {
            let factor = a[row][column];
            for j in 0..n {
                a[row][j] = a[row][j] - factor * a[column][j];
                inverse[row][j] = inverse[row][j] - factor * inverse[column][j];
            }
        }
    }
    Some(inverse)
}
