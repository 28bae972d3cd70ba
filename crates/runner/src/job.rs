//! One run to be done.

use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::{Plan, Problems};

type Make<'p> = dyn Fn(&Plan) -> Result<Controller, Problems> + Send + Sync + 'p;

/// A plan, and how to make the strategy that it runs under.
pub struct Job<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) make: Box<Make<'p>>,
}

impl<'p> Job<'p> {
    /// A plan under a built-in strategy.
    #[must_use]
    pub fn new(plan: &'p Plan, dispatch: Dispatch) -> Self {
        Self::with(plan, move |plan| Controller::built_in(&dispatch, plan))
    }

    /// A plan under a strategy that `make` makes; only `make` may look ahead.
    #[must_use]
    pub fn with(plan: &'p Plan, make: impl Fn(&Plan) -> Result<Controller, Problems> + Send + Sync + 'p) -> Self {
        Self { plan, make: Box::new(make) }
    }
}
