//! Why there is no plan.

use crate::solve::SolveStatus;

/// Why there is no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsolved {
    /// How the solve ended.
    pub status: SolveStatus,
    /// Iterations of the solver.
    pub iterations: u32,
}

impl std::fmt::Display for Unsolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the linear programme ended {} after {} iterations; it gives no plan", self.status, self.iterations)
    }
}

impl std::error::Error for Unsolved {}
