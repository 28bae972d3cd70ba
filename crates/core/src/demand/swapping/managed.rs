//! A swap station's packs as one who plans them sees them.

use alloc::vec::Vec;

use super::super::Task;
use super::SwapStation;
use super::due::soonest;
use super::step::StationStep;
use crate::Plan;

/// What could be decided about a swap station's packs in a run: when each is charged, once a vehicle has brought it and before the swap
/// for which it has to be full. Each is a task at the chargers' AC terminals.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedSwaps {
    /// Packs that are to be full for a swap, each for the one that it serves where the station's chargers always work, at its time there.
    pub due: Vec<Task>,
    /// Packs that no swap of the run needs: they may be full by its end.
    pub left: Vec<Task>,
}

impl SwapStation {
    /// The packs of its run in `plan`, whose scenario has the station.
    #[must_use]
    pub fn managed(&self, plan: &Plan) -> ManagedSwaps {
        let step = StationStep::new(self, plan);
        let end_s = plan.steps() as f64 * step.step_s;
        let begun = soonest(&step, plan.steps());
        let packs = self.packs as usize;
        let mut needed_s = alloc::vec![None; packs + self.arrivals.len()];
        begun.iter().for_each(|swap| needed_s[swap.pack] = Some(swap.at_s));
        let at_start = (self.full_at_start as usize..packs).map(|pack| (pack, 0.0, self.initial_soc));
        let brought =
            begun.iter().map(|swap| (packs + swap.arrival, swap.at_s + self.swap_s, self.arrivals[swap.arrival].soc));
        let mut managed = ManagedSwaps { due: Vec::new(), left: Vec::new() };
        for (pack, from_s, soc) in at_start.chain(brought) {
            let task = Task {
                from_s: libm::ceil(from_s) as i64,
                until_s: libm::floor(needed_s[pack].unwrap_or(end_s)) as i64,
                energy_kwh: self.pack_kwh * (1.0 - soc) / self.charge_efficiency,
                power_max_kw: self.charger_kw,
            };
            if task.energy_kwh > 0.0 && task.from_s < task.until_s {
                let list = if needed_s[pack].is_some() { &mut managed.due } else { &mut managed.left };
                list.push(task);
            }
        }
        managed
    }
}
