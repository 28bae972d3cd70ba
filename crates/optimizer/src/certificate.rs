//! What is proven of a plan: a bound from below by duals, from above by running it.

use std::collections::BTreeSet;

use crate::relaxation::Relaxation;
use crate::solve::SolveStatus;

/// A proven lower bound of the objective over all that storage could do, on the same site.
#[derive(Debug, Clone, PartialEq)]
pub struct LpBound {
    /// The bound, in currency. No dispatch of the storage has an objective below it.
    pub objective: f64,
    /// By how much rounding can have lowered it, in currency; it is rounded down, never up.
    pub rounding: f64,
    /// What of the physics the linear programme leaves out where that can matter for this site. Where empty, the bound
    /// can be reached up to the solver's tolerance.
    pub relaxations: BTreeSet<Relaxation>,
    /// How the solver ended. The bound holds whatever it says; a poor solve gives a low bound.
    pub status: SolveStatus,
    /// Iterations of the solver.
    pub iterations: u32,
}

impl LpBound {
    /// The kind of bound, as reports name it: `lp_dual`, or `lp_relaxation` where the programme leaves out some of
    /// the physics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.relaxations.is_empty() { "lp_dual" } else { "lp_relaxation" }
    }
}

/// A plan's objective between two proven values.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// No plan costs less: see [`LpBound::objective`].
    pub lower: f64,
    /// What this plan costs when the simulator runs it, under the end rule of the settings. Infinite where the run
    /// breaks the end rule by more than [`Checked::END_TOLERANCE_SHARE`], or has a fault.
    pub upper: f64,
    /// `upper − lower`, in currency.
    pub gap: f64,
    /// What was checked, and what the solver said.
    pub checked: Checked,
}

/// What a certificate rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The bound from below, with its rounding and the names of what the programme leaves out.
    pub bound: LpBound,
    /// Objective as the solver's point has it; believed by nobody, printed beside the two proven values.
    pub solver_objective: f64,
    /// Residual of the run's energy books, kWh.
    pub replay_residual_kwh: f64,
    /// Greatest distance of the run's stored energy at its end from the plan's, over all batteries, kWh.
    pub end_error_kwh: f64,
    /// Greatest distance of what charging sessions and shiftable loads are planned to draw from what they want, kWh; 0
    /// where they are no decisions.
    pub task_error_kwh: f64,
}

impl Checked {
    /// Share of a battery's energy at the start (of 1 kWh, if that is more) by which a run may miss
    /// [`crate::EndRule::NotBelowStart`]: the solver's error.
    pub const END_TOLERANCE_SHARE: f64 = 1e-6;
}
