//! In turns: of the cars in the order of their arrival, each step another one is the first to be served.

use super::super::Lot;
use super::Scheduler;

#[derive(Debug)]
pub(super) struct RoundRobin;

impl Scheduler for RoundRobin {
    fn name(&self) -> &str {
        "round_robin"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        let count = lot.cars().len();
        for turn in 0..count {
            let car = (lot.step() + turn) % count;
            lot.give(car, lot.cars()[car].wanted_kw);
        }
    }
}
