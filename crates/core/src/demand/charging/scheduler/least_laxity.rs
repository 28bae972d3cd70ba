//! The least laxity first.

use super::super::{Lot, PluggedCar};
use super::Scheduler;

#[derive(Debug)]
pub(super) struct LeastLaxity;

impl Scheduler for LeastLaxity {
    fn name(&self) -> &str {
        "least_laxity"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        let begin_s = lot.begin_s(lot.step());
        lot.give_in_order(|car| laxity_h(car, begin_s), |car| car.wanted_kw);
    }
}

/// Hours until departure less hours that the rest takes at full power.
pub(super) fn laxity_h(car: &PluggedCar, begin_s: i64) -> f64 {
    (car.until_s - begin_s) as f64 / 3600.0 - car.rest_kwh / car.rate_kw
}
