//! The programme handed to Clarabel, and what came back. Nothing here is trusted: see [`crate::dual_bound`].

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};

use crate::programme::{Programme, Sense};
use crate::settings::Settings;

/// How a solve ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SolveStatus {
    /// To the tolerance asked.
    Solved,
    /// No point satisfies all rows.
    Infeasible,
    /// The objective has no end.
    Unbounded,
    /// The solver stopped at a point that is not accurate to the tolerance asked.
    Inaccurate,
    /// The solver reached its limit of iterations or time.
    LimitReached,
    /// The solver failed in its arithmetic.
    Failed,
}

impl SolveStatus {
    /// Whether the solver claims the optimum to the tolerance asked. Only then is there a plan.
    #[must_use]
    pub const fn is_solved(self) -> bool {
        matches!(self, Self::Solved)
    }
}

impl std::fmt::Display for SolveStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Solved => "solved",
            Self::Infeasible => "infeasible",
            Self::Unbounded => "unbounded",
            Self::Inaccurate => "inaccurate",
            Self::LimitReached => "limit reached",
            Self::Failed => "failed",
        })
    }
}

impl From<SolverStatus> for SolveStatus {
    fn from(status: SolverStatus) -> Self {
        match status {
            SolverStatus::Solved => Self::Solved,
            SolverStatus::PrimalInfeasible => Self::Infeasible,
            SolverStatus::DualInfeasible => Self::Unbounded,
            SolverStatus::MaxIterations | SolverStatus::MaxTime => Self::LimitReached,
            SolverStatus::AlmostSolved
            | SolverStatus::AlmostPrimalInfeasible
            | SolverStatus::AlmostDualInfeasible
            | SolverStatus::InsufficientProgress => Self::Inaccurate,
            SolverStatus::Unsolved | SolverStatus::NumericalError | SolverStatus::CallbackTerminated => Self::Failed,
        }
    }
}

/// What the solver found: a point and duals, of whatever quality the status says.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    pub(crate) status: SolveStatus,
    pub(crate) values: Vec<f64>,
    /// One a row of the programme, not repaired.
    pub(crate) duals: Vec<f64>,
    pub(crate) iterations: u32,
    /// The solver's own objective, with the programme's constant.
    pub(crate) objective: f64,
}

pub(crate) fn solve(programme: &Programme, settings: &Settings) -> Solution {
    let form = ConicForm::of(programme);
    let Some((status, x, z, iterations)) = form.run(settings) else {
        return Solution {
            status: SolveStatus::Failed,
            values: programme.lower.clone(),
            duals: vec![0.0; programme.row_count()],
            iterations: 0,
            objective: f64::NAN,
        };
    };
    let mut values = programme.lower.clone();
    for (column, variable) in form.variable_of_column.iter().enumerate() {
        values[*variable] = x[column];
    }
    let mut duals = vec![0.0; programme.row_count()];
    for (i, (row, sign)) in form.row_of_line.iter().enumerate() {
        duals[*row] = sign * z[i];
    }
    let objective = programme.value(&values);
    Solution { status, values, duals, iterations, objective }
}

/// min q·x, A x + s = b with s = 0 on the first lines and s ≥ 0 on the rest; fixed variables are left out.
struct ConicForm {
    variable_of_column: Vec<usize>,
    /// The row of the programme behind each line but those of bounds, and the sign from the line's dual to the row's.
    row_of_line: Vec<(usize, f64)>,
    q: Vec<f64>,
    a: CscMatrix<f64>,
    b: Vec<f64>,
    equalities: usize,
}

impl ConicForm {
    fn of(programme: &Programme) -> Self {
        let variable_of_column: Vec<usize> =
            (0..programme.variables()).filter(|variable| !programme.is_fixed(*variable)).collect();
        let mut column_of_variable = vec![usize::MAX; programme.variables()];
        for (column, variable) in variable_of_column.iter().enumerate() {
            column_of_variable[*variable] = column;
        }
        let (mut b, mut row_of_line) = (Vec::new(), Vec::new());
        let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); variable_of_column.len()];
        let mut equalities = 0;
        for sense in [Sense::Equal, Sense::AtLeast] {
            // A row `≥ right` is the line −row + s = −right, whose dual is the row's; of `=` it has the other sign.
            let (sign, dual_sign) = if sense == Sense::Equal { (1.0, -1.0) } else { (-1.0, 1.0) };
            for (index, row) in programme.rows().enumerate().filter(|(_, row)| row.sense == sense) {
                let free = row.entries.iter().filter(|(variable, _)| !programme.is_fixed(*variable));
                if free.clone().next().is_none() {
                    continue; // Nothing to choose; its dual stays 0.
                }
                let fixed = row.entries.iter().filter(|(variable, _)| programme.is_fixed(*variable));
                let known: f64 = fixed.map(|(variable, value)| value * programme.lower[*variable]).sum();
                for (variable, value) in free {
                    columns[column_of_variable[*variable]].push((b.len(), sign * value));
                }
                b.push(sign * (row.right - known));
                row_of_line.push((index, dual_sign));
            }
            if sense == Sense::Equal {
                equalities = b.len();
            }
        }
        for (column, variable) in variable_of_column.iter().enumerate() {
            columns[column].push((b.len(), -1.0));
            columns[column].push((b.len() + 1, 1.0));
            b.extend([-programme.lower[*variable], programme.upper[*variable]]);
        }
        let mut column_starts = vec![0];
        let (mut lines, mut values) = (Vec::new(), Vec::new());
        for column in columns {
            lines.extend(column.iter().map(|(line, _)| *line));
            values.extend(column.iter().map(|(_, value)| *value));
            column_starts.push(lines.len());
        }
        let a = CscMatrix::new(b.len(), variable_of_column.len(), column_starts, lines, values);
        let q = variable_of_column.iter().map(|variable| programme.cost[*variable]).collect();
        Self { variable_of_column, row_of_line, q, a, b, equalities }
    }

    fn run(&self, settings: &Settings) -> Option<(SolveStatus, Vec<f64>, Vec<f64>, u32)> {
        if self.variable_of_column.is_empty() {
            return Some((SolveStatus::Solved, Vec::new(), vec![0.0; self.b.len()], 0));
        }
        let tolerance = settings.tolerance.clamp(1e-12, 1e-3);
        // The absolute gap must not end a solve early, so that the relative one alone decides.
        let options = DefaultSettingsBuilder::default()
            .verbose(false)
            .max_iter(settings.max_iterations)
            .tol_gap_rel(tolerance)
            .tol_gap_abs(1e-3 * tolerance)
            .tol_feas(tolerance)
            .max_threads(1)
            .build()
            .ok()?;
        let columns = self.variable_of_column.len();
        let no_quadratic = CscMatrix::zeros((columns, columns));
        let cones = [ZeroConeT(self.equalities), NonnegativeConeT(self.b.len() - self.equalities)];
        let mut solver = DefaultSolver::new(&no_quadratic, &self.q, &self.a, &self.b, &cones, options).ok()?;
        solver.solve();
        let found = &solver.solution;
        let finite = found.x.iter().chain(&found.z).all(|value| value.is_finite());
        let status = if finite { found.status.into() } else { SolveStatus::Failed };
        Some((status, found.x.clone(), found.z.clone(), found.iterations))
    }
}
