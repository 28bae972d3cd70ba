//! A plan through the physics, beside the bound.

use microgrid_core::dispatch::{ReplayError, Schedule};
use microgrid_core::{Outcome, Plan};

use crate::optimum::bound;

/// Runs a schedule, ours, a solver's or one's own, through the physics, and sets its cost beside the plan's bound.
///
/// # Errors
/// What makes it no schedule of the site, or else the first limit that it breaks, with step and amount.
pub fn replay(plan: &Plan, schedule: &Schedule) -> Result<Outcome, ReplayError> {
    let mut outcome = microgrid_core::dispatch::replay(plan, schedule)?;
    outcome.judge(&bound(plan), None);
    Ok(outcome)
}
