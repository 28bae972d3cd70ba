//! Loads that can wait: charging sessions and shiftable loads as energy by a deadline.

use std::collections::BTreeMap;
use std::sync::Arc;

use microgrid_core::demand::{Load, Task};

use super::Draft;
use super::fleet::{COLUMNS_MOST, Fleet};
use crate::programme::{Sense, Variable};
use crate::relaxation::Relaxation;

/// Tasks alike in window, power and energy, drawn together: what is best for one is best for all.
#[derive(Debug, Clone)]
pub(crate) struct TaskGroup {
    /// Index of the load in the scenario.
    pub(crate) load: usize,
    /// Energy wanted within the run, kWh, of all of them.
    pub(crate) energy_kwh: f64,
    /// The steps in which they may draw, and their variables, mean power in kW.
    pub(crate) draws: Vec<(usize, Variable)>,
    /// What they do not get, kWh; only where the site may be short within the window.
    pub(crate) unserved: Option<Variable>,
}

/// What of a load's tasks is to be planned, by step.
#[derive(Debug, Clone, Default)]
pub(super) struct Movable {
    /// The loads that are planned task by task, by index.
    loads: Vec<bool>,
    /// Power of tasks that leave no choice, by tier and step.
    fixed_kw: [Vec<f64>; 3],
    /// Most power of the others, by step.
    most_kw: Vec<f64>,
    /// The variables of each step.
    pub(super) draws: Vec<Vec<Variable>>,
}

impl Movable {
    /// Nothing yet: every load is taken as it is.
    pub(super) fn none(loads: usize, steps: usize) -> Self {
        let (most_kw, draws) = (vec![0.0; steps], vec![Vec::new(); steps]);
        Self { loads: vec![false; loads], most_kw, draws, ..Self::default() }
    }

    /// Takes up a variable of a step, and the most that it can be.
    pub(super) fn take_up(&mut self, step: usize, variable: Variable, most_kw: f64) {
        self.most_kw[step] += most_kw;
        self.draws[step].push(variable);
    }

    pub(super) fn is_planned(&self, load: usize) -> bool {
        self.loads[load]
    }

    pub(super) fn fixed_kw(&self, tier: usize, step: usize) -> f64 {
        self.fixed_kw[tier].get(step).copied().unwrap_or(0.0)
    }

    pub(super) fn most_kw(&self, step: usize) -> f64 {
        self.most_kw.get(step).copied().unwrap_or(0.0)
    }

    pub(super) fn of_step(&self, step: usize) -> &[Variable] {
        self.draws.get(step).map_or(&[], Vec::as_slice)
    }
}

/// One window as steps: the first, and the most mean power of each, kW. And the energy wanted in it, kWh.
#[derive(Debug, PartialEq)]
pub(super) struct Span {
    pub(super) first: usize,
    pub(super) most_kw: Vec<f64>,
    pub(super) energy_kwh: f64,
}

impl Span {
    /// `None` where the run has no part in it.
    pub(super) fn of(task: &Task, scale: f64, steps: usize, step_s: u32) -> Option<Self> {
        let (length_s, end_s) = (i64::from(step_s), steps as i64 * i64::from(step_s));
        let (from_s, until_s) = (task.from_s.max(0), task.until_s.min(end_s));
        // Served at once a task draws the most that it can by any time: so this can be had, and no more.
        let energy_kwh = scale * (task.drawn_kwh(end_s) - task.drawn_kwh(0));
        if from_s >= until_s || energy_kwh <= 0.0 {
            return None;
        }
        let first = from_s / length_s;
        let most = |step: i64| {
            let there_s = until_s.min((step + 1) * length_s) - from_s.max(step * length_s);
            scale * task.power_max_kw * there_s as f64 / f64::from(step_s)
        };
        let most_kw = (first..=(until_s - 1) / length_s).map(most).collect();
        Some(Self { first: first as usize, most_kw, energy_kwh })
    }

    /// What tells it from others, bit by bit.
    fn key(&self) -> (usize, usize, u64, u64, u64) {
        let (first, last) = (self.most_kw.first(), self.most_kw.last());
        let bits = |kw: Option<&f64>| kw.map_or(0, |kw| kw.to_bits());
        (self.first, self.most_kw.len(), bits(first), bits(last), self.energy_kwh.to_bits())
    }
}

impl Draft<'_> {
    /// Writes the tasks of all loads that have them: each group's energy, from the powers of its steps.
    pub(super) fn write_tasks(&mut self) {
        let scenario = self.plan.scenario();
        let (steps, step_s, step_h) = (self.plan.steps(), scenario.calendar.step_s, self.plan.step_h());
        let mut movable = std::mem::take(&mut self.movable);
        movable.loads = scenario.loads.iter().map(|load| !load.tasks.is_empty()).collect();
        let mut unmoved_kw = vec![Vec::new(); scenario.loads.len()];
        let dark = self.dark_steps();
        for (index, load) in scenario.loads.iter().enumerate().filter(|(_, load)| !load.tasks.is_empty()) {
            let spans = spans(load, steps, step_s);
            let columns: usize = spans.iter().map(|(span, _)| span.most_kw.len()).sum();
            let mut fleet = (self.only_bounds && columns > COLUMNS_MOST).then(|| Fleet::new(steps));
            for (span, count) in spans {
                let full: f64 = span.most_kw.iter().sum::<f64>() * step_h;
                if span.energy_kwh >= full * (1.0 - 1e-9) {
                    for fixed in [&mut movable.fixed_kw[load.tier as usize], &mut unmoved_kw[index]] {
                        fixed.resize(steps, 0.0);
                        for (kw, most) in fixed[span.first..].iter_mut().zip(&span.most_kw) {
                            *kw += count * most;
                        }
                    }
                    continue;
                }
                if let Some(fleet) = &mut fleet {
                    fleet.add(&span, count, step_h, &dark);
                    continue;
                }
                let lit = |(i, most): (usize, &f64)| {
                    let step = span.first + i;
                    (!dark[step] && *most > 0.0).then(|| (step, count * most))
                };
                let mut draws = Vec::with_capacity(span.most_kw.len());
                for (step, most_kw) in span.most_kw.iter().enumerate().filter_map(lit) {
                    let variable = self.site.programme.variable(0.0, 0.0, most_kw);
                    movable.take_up(step, variable, most_kw);
                    draws.push((step, variable));
                }
                let energy_kwh = count * span.energy_kwh;
                self.site.tasks.push(TaskGroup { load: index, energy_kwh, draws, unserved: None });
            }
            if let Some(mut fleet) = fleet {
                for (step, variable, most_kw) in fleet.write_draws(&mut self.site.programme, |_| f64::INFINITY) {
                    movable.take_up(step, variable, most_kw);
                }
                self.fleets.push((index, fleet));
                self.site.relaxations.insert(Relaxation::SessionsTogether);
            }
        }
        self.site.unmoved_kw = unmoved_kw;
        self.movable = movable;
        self.write_task_energy();
    }

    /// Steps in which nothing draws: without grid and what forms one.
    pub(super) fn dark_steps(&self) -> Vec<bool> {
        (0..self.plan.steps()).map(|step| !self.plan.grid_is_up(step) && !self.has_former()).collect()
    }

    fn write_task_energy(&mut self) {
        let scenario = self.plan.scenario();
        let step_h = self.plan.step_h();
        let values = self.plan.value_of_lost_load_per_kwh();
        let may_be_short: Vec<bool> = (0..self.plan.steps())
            .map(|step| {
                let seen = self.observe(step, self.plan.grid_is_up(step));
                seen.deficit + seen.movable > seen.import_limit
            })
            .collect();
        for (load, fleet) in &self.fleets {
            let value = values[scenario.loads[*load].tier as usize];
            let value = fleet.may_be_short(&may_be_short).then_some(value);
            fleet.write_energy(&mut self.site.programme, step_h, value);
        }
        for index in 0..self.site.tasks.len() {
            let group = self.site.tasks[index].clone();
            let reach: f64 = group.draws.iter().map(|(_, v)| self.site.programme.upper[*v]).sum::<f64>() * step_h;
            let short = group.draws.iter().any(|(step, _)| may_be_short[*step]) || reach < group.energy_kwh;
            let programme = &mut self.site.programme;
            let value = values[scenario.loads[group.load].tier as usize];
            let unserved = short.then(|| programme.variable(value, 0.0, group.energy_kwh));
            let drawn = group.draws.iter().map(|(_, variable)| (*variable, step_h));
            programme.row(Sense::Equal, group.energy_kwh, drawn.chain(unserved.map(|u| (u, 1.0))));
            self.site.tasks[index].unserved = unserved;
        }
    }
}

/// The windows of a load's tasks, each with how many are alike.
fn spans(load: &Load, steps: usize, step_s: u32) -> Vec<(Span, f64)> {
    let mut groups: BTreeMap<_, (Span, f64)> = BTreeMap::new();
    let tasks: &Arc<[Task]> = &load.tasks;
    for span in tasks.iter().filter_map(|task| Span::of(task, load.scale, steps, step_s)) {
        groups.entry(span.key()).and_modify(|group| group.1 += 1.0).or_insert((span, 1.0));
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_its_steps_as_far_as_the_run_has_them() {
        // 6 kW from 00:30 to 02:15, 4 kWh.
        let task = Task { from_s: 1800, until_s: 8100, energy_kwh: 4.0, power_max_kw: 6.0 };
        let span = Span::of(&task, 2.0, 24, 3600).unwrap();
        assert_eq!(span, Span { first: 0, most_kw: vec![6.0, 12.0, 3.0], energy_kwh: 8.0 });
        // The run ends in it: what it can still draw is wanted.
        let span = Span::of(&task, 1.0, 1, 3600).unwrap();
        assert_eq!(span, Span { first: 0, most_kw: vec![3.0], energy_kwh: 3.0 });
        // It began an hour before the run, and has drawn 6 kWh by then.
        let early = Task { from_s: -3600, until_s: 7200, energy_kwh: 10.0, power_max_kw: 6.0 };
        assert_eq!(Span::of(&early, 1.0, 24, 3600).unwrap().energy_kwh, 4.0);
        assert_eq!(Span::of(&Task { until_s: 0, ..early }, 1.0, 24, 3600), None);
    }
}
