//! The small programmes of the search, by Clarabel. Nothing that they say is trusted: their point is where to look next, and
//! their duals are weights that any arithmetic may check.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus};

use super::search::Range;

/// Rows a·x ≤ b.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) left: Vec<Vec<f64>>,
    pub(super) right: Vec<f64>,
}

impl Rows {
    pub(super) fn push(&mut self, left: Vec<f64>, right: f64) {
        self.left.push(left);
        self.right.push(right);
    }

    /// The range's ends for the first of `columns`.
    pub(super) fn within(range: &Range, columns: usize) -> Self {
        let mut rows = Self::default();
        for (k, (low, high)) in range.low.iter().zip(&range.high).enumerate() {
            let side = |sign: f64| (0..columns).map(|i| if i == k { sign } else { 0.0 }).collect();
            rows.push(side(-1.0), -low);
            rows.push(side(1.0), *high);
        }
        rows
    }
}

/// What a programme found; not a number, and duals of 0, where it found nothing.
pub(super) struct Found {
    pub(super) point: Vec<f64>,
    /// Of each row; negative ones as 0.
    pub(super) duals: Vec<f64>,
    /// Whether it says that no point keeps the rows; the duals are then weights of rows that may show it.
    pub(super) is_infeasible: bool,
}

/// The least of q·x + ½ Σ square·x² under the rows.
pub(super) fn least(q: &[f64], square: &[f64], rows: &Rows) -> Found {
    let n = q.len();
    let p = CscMatrix::new(n, n, (0..=n).collect(), (0..n).collect(), square.to_vec());
    let (mut starts, mut lines, mut values) = (vec![0], Vec::new(), Vec::new());
    for column in 0..n {
        for (line, row) in rows.left.iter().enumerate().filter(|(_, row)| row[column] != 0.0) {
            lines.push(line);
            values.push(row[column]);
        }
        starts.push(lines.len());
    }
    let a = CscMatrix::new(rows.left.len(), n, starts, lines, values);
    let nothing = || Found { point: vec![f64::NAN; n], duals: vec![0.0; rows.left.len()], is_infeasible: false };
    // One thread: the same bits wherever it runs.
    let Ok(settings) = DefaultSettingsBuilder::default().verbose(false).max_threads(1).build() else {
        return nothing();
    };
    let cones = [NonnegativeConeT(rows.left.len())];
    let Ok(mut solver) = DefaultSolver::new(&p, q, &a, &rows.right, &cones, settings) else { return nothing() };
    solver.solve();
    let duals = solver.solution.z.iter().map(|z| if *z > 0.0 { *z } else { 0.0 }).collect();
    let status = solver.solution.status;
    let is_infeasible = matches!(status, SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible);
    Found { point: solver.solution.x.clone(), duals, is_infeasible }
}
