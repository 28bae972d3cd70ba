//! All the same: exact water-filling on the tree of limits.

use super::super::Lot;
use super::Scheduler;

#[derive(Debug)]
pub(super) struct EqualShare;

impl Scheduler for EqualShare {
    fn name(&self) -> &str {
        "equal_share"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        lot.give_evenly();
    }
}
