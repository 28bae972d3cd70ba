//! Linear programmes, certificates and bounds for microgrid dispatch.

mod certificate;
#[cfg(test)]
mod checks;
mod dual_bound;
mod error;
mod follow_levels;
mod formulation;
mod interval;
mod lp_plan;
mod programme;
mod relaxation;
mod settings;
mod solve;

pub use certificate::{Certificate, Checked, LpBound};
pub use error::Unsolved;
pub use lp_plan::{LpPlan, bound, bound_with, plan, plan_with};
pub use relaxation::Relaxation;
pub use settings::{EndRule, Settings};
pub use solve::SolveStatus;
