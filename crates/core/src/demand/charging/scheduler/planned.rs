//! As a plan says.

use super::super::{Lot, StationSchedule};
use super::Scheduler;

impl Scheduler for StationSchedule {
    fn name(&self) -> &str {
        "planned"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        let step = lot.step();
        for car in 0..lot.cars().len() {
            let seen = lot.cars()[car];
            let Some(session) = self.sessions.get(seen.session as usize) else { continue };
            let planned_kw = session.at(step);
            // What cannot wait is above the plan's by more than a rounding only where the car could not follow it.
            let late_kw = if session.catches_up { seen.urgent_kw } else { 0.0 };
            lot.give(car, if late_kw > planned_kw { late_kw } else { planned_kw });
        }
    }
}
