//! The least laxity first.

use super::super::Lot;
use super::Scheduler;

#[derive(Debug)]
pub(super) struct LeastLaxity;

impl Scheduler for LeastLaxity {
    fn name(&self) -> &str {
        "least_laxity"
    }

    /// Laxity: hours until departure less hours that the rest takes at full power.
    fn allot(&self, lot: &mut Lot<'_>) {
        let begin_s = lot.begin_s(lot.step());
        lot.give_in_order(
            |car| (car.until_s - begin_s) as f64 / 3600.0 - car.rest_kwh / car.rate_kw,
            |car| car.wanted_kw,
        );
    }
}
