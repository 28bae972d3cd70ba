//! Every car the most that it can take, from its arrival on.

use super::super::Lot;
use super::Scheduler;

#[derive(Debug)]
pub(super) struct Uncontrolled;

impl Scheduler for Uncontrolled {
    fn name(&self) -> &str {
        "uncontrolled"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        for car in 0..lot.cars().len() {
            lot.give(car, lot.cars()[car].most_kw);
        }
    }
}
