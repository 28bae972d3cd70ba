//! A plan that a block borrows, or shares.

use alloc::sync::Arc;
use core::ops::Deref;

use super::plan::Plan;

/// A plan that a [`super::Block`] runs: borrowed for as long as the block lives, or shared, so that a block of shared
/// plans borrows nothing and can be kept anywhere.
#[derive(Debug, Clone)]
pub enum PlanHandle<'p> {
    /// Somebody else keeps the plan.
    Borrowed(&'p Plan),
    /// The plan lives as long as anybody shares it.
    Shared(Arc<Plan>),
}

impl Deref for PlanHandle<'_> {
    type Target = Plan;
    fn deref(&self) -> &Plan {
        match self {
            Self::Borrowed(plan) => plan,
            Self::Shared(plan) => plan,
        }
    }
}

impl<'p> From<&'p Plan> for PlanHandle<'p> {
    fn from(plan: &'p Plan) -> Self {
        Self::Borrowed(plan)
    }
}

impl<'p> From<&'p Arc<Plan>> for PlanHandle<'p> {
    fn from(plan: &'p Arc<Plan>) -> Self {
        Self::Borrowed(plan)
    }
}

impl From<Arc<Plan>> for PlanHandle<'_> {
    fn from(plan: Arc<Plan>) -> Self {
        Self::Shared(plan)
    }
}
