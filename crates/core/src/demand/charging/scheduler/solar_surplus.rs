//! What generation leaves over; from the grid only what cannot wait.

use super::super::Lot;
use super::Scheduler;

#[derive(Debug)]
pub(super) struct SolarSurplus;

impl Scheduler for SolarSurplus {
    fn name(&self) -> &str {
        "solar_surplus"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        lot.give_in_order(|car| car.until_s as f64, |car| car.urgent_kw);
        let mut left_kw = lot.surplus_kw() - lot.total_kw();
        // In the same order, which the last call has left.
        for at in 0..lot.cars().len() {
            let car = lot.order[at] as usize;
            let lacks_kw = lot.cars()[car].wanted_kw - lot.allotted_kw(car);
            let kw = lacks_kw.min(left_kw);
            // Lifting to the least power would draw from the grid.
            if kw > 0.0 && lot.allotted_kw(car) + kw >= lot.cars()[car].least_kw.min(lot.cars()[car].wanted_kw) {
                left_kw -= lot.give(car, kw);
            }
        }
    }
}
