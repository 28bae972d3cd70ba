//! The coincident peak of a URDB rate: a price per kW of the hour in which the utility's own peak fell.

use std::sync::Arc;

use microgrid_core::Problem;
use microgrid_core::utility::{DemandCharge, Tariff};

use super::urdb::Rate;
use super::urdb_demand::tiers;

const STRUCTURE: &str = "coincidentratestructure";
const SCHEDULE: &str = "coincidentrateschedule";

impl Rate<'_> {
    /// A charge for each period of the coincident schedule that has a price, on the hours that begin at the steps `starts`
    /// and fall in it.
    pub(super) fn coincident(&self, tariff: &mut Tariff, starts: Option<&[usize]>) -> Option<()> {
        let Some(structure) = self.node.get(STRUCTURE).filter(|node| !node.is_void()) else {
            return self.refuse_without_structure(starts);
        };
        self.require_unit("coincidentrateunit", &["kW"]);
        self.node.require(SCHEDULE)?;
        let periods = self.blocks(STRUCTURE)?;
        let period_of_step = self.schedule(SCHEDULE, SCHEDULE, periods.len())?;
        let steps = (3600 / self.clock.step_s()) as usize;
        let Some(starts) = starts.filter(|_| steps > 0) else {
            structure.refuse(|path| {
                Problem::new(path, "charges the hours of the utility's own peak, and nobody says which they were")
                    .hint("utility.coincident = [\"2024-07-15T17:00\"] in the scenario, with steps of an hour at most")
            });
            return None;
        };
        for (period, blocks) in
            periods.iter().enumerate().filter(|(_, blocks)| blocks.iter().any(|block| block.1 != 0.0))
        {
            let count = self.clock.steps();
            let mut counted = vec![false; count];
            for step in starts.iter().flat_map(|start| *start..(start + steps).min(count)) {
                counted[step] = usize::from(period_of_step[step]) == period;
            }
            let charge = DemandCharge::new(format!("coincident period {period}"), blocks[0].1, 3600);
            tariff.demand.push(DemandCharge {
                tiers: tiers(&[blocks]),
                counted_steps: Some(Arc::from(counted)),
                ..charge
            });
        }
        Some(())
    }

    /// A schedule, or hours, of a peak that the rate does not charge.
    fn refuse_without_structure(&self, starts: Option<&[usize]>) -> Option<()> {
        if let Some(schedule) = self.node.get(SCHEDULE).filter(|node| !node.is_void()) {
            schedule.refuse(|path| Problem::new(path, format!("stands without {STRUCTURE}")));
            return None;
        }
        if starts.is_some() {
            self.node.refuse(|_| {
                Problem::new("coincidentratestructure", "is not in this rate, and utility.coincident names its hours")
                    .hint("leave utility.coincident out")
            });
            return None;
        }
        Some(())
    }
}
