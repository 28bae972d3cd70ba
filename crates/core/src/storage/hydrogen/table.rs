//! Functions tabulated once on even steps of their argument, so that the loop needs one look and no transcendental.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::simulation::lane::{max, min};

/// N functions of one argument, each linear between its values on an even grid.
#[derive(Debug, Clone)]
pub(crate) struct Table<const N: usize> {
    first: f64,
    width: f64,
    cells_per_unit: f64,
    rows: Arc<[[f64; N]]>,
}

impl<const N: usize> Table<N> {
    /// Of `cells` cells from `first` to `last`, which is not below it.
    pub(crate) fn new(first: f64, last: f64, cells: usize, of: impl Fn(f64) -> [f64; N]) -> Self {
        let width = (last - first) / cells as f64;
        let rows: Vec<[f64; N]> =
            (0..=cells).map(|k| of(if k == cells { last } else { first + k as f64 * width })).collect();
        Self { first, width, cells_per_unit: if width > 0.0 { 1.0 / width } else { 0.0 }, rows: rows.into() }
    }

    /// The cell that holds an argument, and how far into it the argument is, held to the table.
    #[inline]
    fn place(&self, argument: f64) -> (usize, f64) {
        let last = (self.rows.len() - 2) as f64;
        let place = max((argument - self.first) * self.cells_per_unit, 0.0);
        let cell = min(place, last) as usize;
        (cell, min(place - cell as f64, 1.0))
    }

    /// The functions' values at an argument, held to the table.
    #[inline]
    pub(crate) fn at(&self, argument: f64) -> [f64; N] {
        let (cell, share) = self.place(argument);
        self.within(cell, share)
    }

    #[inline]
    fn within(&self, cell: usize, share: f64) -> [f64; N] {
        let (low, high) = (&self.rows[cell], &self.rows[cell + 1]);
        core::array::from_fn(|n| low[n] + share * (high[n] - low[n]))
    }

    #[inline]
    fn argument(&self, cell: usize, share: f64) -> f64 {
        self.first + (cell as f64 + share) * self.width
    }

    /// The argument at which itself and `weight` (at least 0) times the first function, which does not fall, add up to
    /// `sum`; held to the table.
    #[inline]
    pub(crate) fn where_sum_is(&self, sum: f64, weight: f64) -> f64 {
        let at = |node: usize| self.argument(node, 0.0) + weight * self.rows[node][0];
        let (mut cell, _) = self.place(sum - weight * self.at(sum)[0]);
        while cell > 0 && at(cell) > sum {
            cell -= 1;
        }
        while cell + 2 < self.rows.len() && at(cell + 1) < sum {
            cell += 1;
        }
        let (low, high) = (at(cell), at(cell + 1));
        let share = if high > low { (sum - low) / (high - low) } else { 0.0 };
        self.argument(cell, max(min(share, 1.0), 0.0))
    }

    /// The argument at which the first function, which does not fall, is `value`; held to the table.
    pub(crate) fn where_first_is(&self, value: f64) -> f64 {
        let cell = self.rows.partition_point(|row| row[0] <= value).saturating_sub(1).min(self.rows.len() - 2);
        let (low, high) = (self.rows[cell][0], self.rows[cell + 1][0]);
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        self.argument(cell, max(min(share, 1.0), 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_its_function_on_the_grid_and_held_at_its_ends() {
        let table = Table::new(1.0, 3.0, 8, |x| [x * x, -x]);
        assert_eq!(table.at(1.5), [2.25, -1.5]);
        assert_eq!((table.at(0.0), table.at(9.0)), ([1.0, -1.0], [9.0, -3.0]));
        for x in [1.0, 1.7, 2.3, 3.0] {
            assert!((table.where_first_is(table.at(x)[0]) - x).abs() < 1e-12, "{x}");
            for weight in [0.0, 0.1, 5.0] {
                let sum = x + weight * table.at(x)[0];
                assert!((table.where_sum_is(sum, weight) - x).abs() < 1e-12, "{x} {weight}");
            }
        }
        assert_eq!((table.where_sum_is(99.0, 1.0), table.where_sum_is(-9.0, 1.0)), (3.0, 1.0));
    }

    #[test]
    fn a_table_of_no_width_has_one_value() {
        assert_eq!(Table::new(2.0, 2.0, 4, |x| [x]).at(7.0), [2.0]);
    }
}
