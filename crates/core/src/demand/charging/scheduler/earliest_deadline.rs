//! The earliest departure first.

use super::super::Lot;
use super::Scheduler;

#[derive(Debug)]
pub(super) struct EarliestDeadline;

impl Scheduler for EarliestDeadline {
    fn name(&self) -> &str {
        "earliest_deadline"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        lot.give_in_order(|car| car.until_s as f64, |car| car.wanted_kw);
    }
}
