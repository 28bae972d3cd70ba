//! How long critical load is carried without the grid, by simulation.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Problems, Scenario};
use microgrid_design::sizing::{RideThrough, Task};

/// The survival of critical load from any start of the year.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// Hours that the goal asks for.
    pub goal_h: f64,
    /// The share of starts that the goal asks for; `None`: all.
    pub share_least: Option<f64>,
    /// Hours, and the share of starts from which critical load is carried for so long; from what the run under `optimal` has stored
    /// there, in year 1.
    pub curve: Vec<(f64, f64)>,
}

impl Survival {
    /// The curve of sizes, up to a day or twice the goal.
    pub(super) fn of(goal: &RideThrough, task: &Task, sizes: &[f64], built: &Scenario) -> Result<Self, Problems> {
        let step_h = task.site.step_h;
        let goal_h = goal.steps as f64 * step_h;
        let trace = crate::trace(built, &Dispatch::Optimal, |step| step.to_string())?;
        let start_kwh = built.storage.first().map_or(0.0, |battery| battery.initial_soc * battery.capacity_kwh);
        let ends = trace.batteries.first().map_or(&[][..], |battery| &battery.stored_kwh[..]);
        let mut stored_kwh = vec![0.0; trace.load_kw.len()];
        if let Some(first) = stored_kwh.first_mut() {
            *first = start_kwh;
        }
        stored_kwh.iter_mut().skip(1).zip(ends).for_each(|(start, end)| *start = *end);
        let most = ((f64::max(24.0, 2.0 * goal_h) / step_h).round() as usize).min(stored_kwh.len());
        let carried = goal.steps_carried(task, sizes, &stored_kwh, most);
        let share = |steps: usize| {
            let long = carried.iter().filter(|carried| **carried >= steps).count();
            long as f64 / carried.len().max(1) as f64
        };
        let each = ((1.0 / step_h).round() as usize).max(1);
        let curve = (1..=most / each).map(|hour| ((hour * each) as f64 * step_h, share(hour * each))).collect();
        Ok(Self { goal_h, share_least: None, curve })
    }

    /// The share of starts from which critical load is carried for so many hours.
    #[must_use]
    pub fn share_at(&self, hours: f64) -> Option<f64> {
        self.curve.iter().find(|(at, _)| *at >= hours - 1e-9).map(|(_, share)| *share)
    }
}
