//! What became of one scenario of a sweep.

use microgrid_core::{Outcome, Problems};

use crate::{Place, Value};

/// What became of one scenario of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The scenario's number.
    pub index: u64,
    /// Where it stands in the sweep.
    pub place: Place,
    /// What its fields were set to.
    pub inputs: Vec<Value>,
    /// Its outcome, or why it has none.
    pub result: Result<Outcome, RowFault>,
}

/// Why a scenario has no outcome. A run that ended in a fault has one, with its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFault {
    /// Its values, or its strategy's settings, were refused.
    Refused(Problems),
    /// A user's strategy panicked, with this message.
    Panicked(String),
}
