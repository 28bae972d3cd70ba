//! Critical load through an outage that may begin at any time: a goal that is linear in the sizes, piece by piece.
//!
//! # Model
//! In an outage of H hours from step s the storage gives what the plants and gensets leave short of the critical load c_t:
//! Σ_t h·(c_t − Σ_k x_k g_kt − Σ_g x_g)⁺ over the window is at most η_d e^(−λH) (r − θ₀) E, and each step's shortage at most the
//! power. r is the reserve that every dispatch keeps (`reserve_soc`), θ₀ the floor. Energy that comes back into the storage
//! within the outage is not counted, load that is not critical is shed: the safe side. A sum of positive parts is the greatest
//! of linear functions, so that the worst window of some sizes is a limit ([`SizeLimit`]) for all.

use microgrid_core::demand::Tier;
use microgrid_core::{Plan, Problem, Problems};

use super::amounts::Amounts;
use super::limits::SizeLimit;
use super::task::Task;

/// Critical load is carried for some hours from any start.
#[derive(Debug, Clone, PartialEq)]
pub struct RideThrough {
    /// Length of the outage, steps, at least 1.
    pub steps: usize,
    /// Critical load, kW by step.
    pub critical_kw: Vec<f64>,
    /// AC kWh that each kWh of capacity is sure to give.
    pub usable_share: f64,
    /// The floor of the storage in an outage, as a share of its capacity.
    pub floor: f64,
    /// The share of the critical load that the sizes must carry from what is held in reserve, at least 0, 1 by default. Another
    /// one is a goal for a share of the starts: [`RideThrough::steps_carried`], which knows what is really stored, is of the
    /// whole load.
    pub needed_share: f64,
}

impl RideThrough {
    /// The goal at a scenario: its loads of tier `critical`, and what its battery keeps in reserve.
    ///
    /// # Errors
    /// Hours outside 0 to 720 or not whole steps; a scenario without critical load.
    pub fn of(plan: &Plan, hours: f64) -> Result<Self, Problems> {
        let scenario = plan.scenario();
        let mut problems = Problems::none();
        problems.require_range("goal.ride_through_h", hours, plan.step_h(), 720.0);
        let steps = libm::round(hours / plan.step_h());
        if (steps * plan.step_h() - hours).abs() > 1e-9 {
            let problem = Problem::new("goal.ride_through_h", "is not a number of whole steps").value(hours);
            problems.push(problem.allowed(format!("multiples of {} h", plan.step_h())));
        }
        let mut critical_kw = vec![0.0; plan.steps()];
        for load in scenario.loads.iter().filter(|load| load.tier == Tier::Critical) {
            critical_kw.iter_mut().enumerate().for_each(|(t, sum)| *sum += load.scale * load.power_kw.at(t));
        }
        if critical_kw.iter().all(|kw| *kw == 0.0) {
            let problem = Problem::new("goal.ride_through_h", "has no critical load to carry");
            problems.push(problem.hint("set tier = \"critical\" on a [[demand.load]]"));
        }
        let share = |battery: &microgrid_core::storage::Battery| {
            let kept = libm::exp(-battery.self_discharge_per_h * hours);
            (battery.reserve_soc - battery.soc_min).max(0.0) * kept * battery.discharge_efficiency
        };
        let usable_share = scenario.storage.first().map_or(0.0, share);
        let floor = scenario.storage.first().map_or(0.0, |battery| battery.soc_min);
        let steps = (steps as usize).clamp(1, plan.steps());
        problems.or_else(|| Self { steps, critical_kw, usable_share, floor, needed_share: 1.0 })
    }

    /// The same for a share of the critical load, at least 0; more than 1 asks for more than it.
    #[must_use]
    pub fn needing(self, needed_share: f64) -> Self {
        Self { needed_share, ..self }
    }

    /// The limit that sizes come nearest to or break most: of a window's energy, or of a step's power.
    #[must_use]
    pub fn worst(&self, task: &Task, sizes: &[f64]) -> Option<SizeLimit> {
        let last = task.years.last()?;
        let left: Vec<f64> = sizes.iter().zip(&last.left).map(|(size, left)| size * left).collect();
        let amounts = task.amounts(&left);
        let short_kw = self.short_kw(task, &amounts);
        let greatest = |values: &[f64]| (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b]));
        let at_power = greatest(&short_kw)?;
        let windows = window_sums(&short_kw, self.steps);
        let start = greatest(&windows)?;
        let h = task.site.step_h;
        let (needed_kwh, usable_kwh) = (h * windows[start], self.usable_share * amounts.capacity);
        let beyond = |needed: f64, given: f64| (needed - given) / needed.max(1e-9);
        if beyond(short_kw[at_power], amounts.discharge) > beyond(needed_kwh, usable_kwh) {
            return Some(self.limit(task, at_power..at_power + 1, &short_kw, true));
        }
        Some(self.limit(task, start..start + self.steps, &short_kw, false))
    }

    /// How many steps the critical load is carried when the grid is lost at the start of a step, at most `most`: by simulation of
    /// new sizes from the energy really stored there (`stored_kwh`, at each step's start), with what comes back into the
    /// storage. One for each step that `most` steps follow.
    #[must_use]
    pub fn steps_carried(&self, task: &Task, sizes: &[f64], stored_kwh: &[f64], most: usize) -> Vec<usize> {
        let (amounts, store, h) = (task.amounts(sizes), &task.site.storage, task.site.step_h);
        let gensets_kw: f64 = amounts.gensets.iter().sum();
        let mut made_kw = vec![0.0; self.critical_kw.len()];
        for (plant, scale) in task.site.plants.iter().zip(&amounts.plants) {
            made_kw.iter_mut().zip(plant).for_each(|(sum, power)| *sum += scale * power);
        }
        let keep = store.keep(h);
        let (floor_kwh, top_kwh) = (self.floor * amounts.capacity, store.most * amounts.capacity);
        let carried = |start: usize| {
            let mut level = (stored_kwh[start] - floor_kwh).max(0.0);
            for (count, t) in (start..start + most).enumerate() {
                let short = self.critical_kw[t] - made_kw[t];
                let from_store = (short - gensets_kw).max(0.0);
                let over = (-short).max(0.0).min(amounts.charge);
                level = keep * level + h * (store.charge_efficiency * over - from_store / store.discharge_efficiency);
                level = level.min(top_kwh - floor_kwh);
                if from_store > amounts.discharge * (1.0 + 1e-9) + 1e-9 || level < -1e-6 * (1.0 + top_kwh) {
                    return count;
                }
                level = level.max(0.0);
            }
            most
        };
        (0..=self.critical_kw.len().saturating_sub(most)).map(carried).collect()
    }

    /// What the plants and gensets leave short of the critical load.
    fn short_kw(&self, task: &Task, amounts: &Amounts) -> Vec<f64> {
        let gensets_kw: f64 = amounts.gensets.iter().sum();
        let mut short: Vec<f64> = self.critical_kw.iter().map(|kw| self.needed_share * kw - gensets_kw).collect();
        for (plant, scale) in task.site.plants.iter().zip(&amounts.plants) {
            short.iter_mut().zip(plant).for_each(|(short, power)| *short -= scale * power);
        }
        short.iter_mut().for_each(|short| *short = short.max(0.0));
        short
    }

    /// The limit of the short steps of a window, in energy or in power, as a row over the sizes.
    fn limit(&self, task: &Task, window: std::ops::Range<usize>, short_kw: &[f64], is_power: bool) -> SizeLimit {
        let h = if is_power { 1.0 } else { task.site.step_h };
        let steps: Vec<usize> = window.clone().filter(|t| short_kw[*t] > 0.0).collect();
        let mut carries = Amounts::zeros_like(&task.site.amounts);
        for (sum, plant) in carries.plants.iter_mut().zip(&task.site.plants) {
            *sum = steps.iter().map(|t| h * plant[*t]).sum();
        }
        carries.gensets.iter_mut().for_each(|sum| *sum = h * steps.len() as f64);
        if is_power {
            carries.discharge = 1.0;
        } else {
            carries.capacity = self.usable_share;
        }
        let needed: f64 = steps.iter().map(|t| h * self.needed_share * self.critical_kw[*t]).sum();
        let last = &task.years[task.years.len() - 1];
        let name = match is_power {
            true => format!("power of the critical load at step {}", window.start),
            false => format!("an outage of {} steps from step {}", self.steps, window.start),
        };
        SizeLimit {
            name,
            per_unit: task.slopes_of(&carries, last).iter().map(|carried| -carried).collect(),
            most: carries.dot(&task.unsized_amounts()) - needed,
        }
    }
}

/// The sum of each window of `count` values, by its first.
fn window_sums(values: &[f64], count: usize) -> Vec<f64> {
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(values.iter().scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        }))
        .collect();
    (0..=values.len() - count).map(|start| sums[start + count] - sums[start]).collect()
}
