//! A shiftable load's numbers for the steps of a run, and the scalar equations of the module's model.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::cheap_steps::cheap_steps;
use super::{PlacingRule, Shiftable, ShiftableForm, StepWindow, cheapest_cycle, cheapest_energy};
use crate::dispatch::FlexibleUse;
use crate::simulation::lane::{max, min};
use crate::{Plan, Series};

/// What does not change in the run.
#[derive(Debug, Clone)]
pub(crate) struct ShiftableStep {
    form: Form,
    rule: PlacingRule,
    step_h: f64,
    pub(super) flexible: bool,
}

#[derive(Debug, Clone)]
enum Form {
    Cycle {
        windows: Arc<[StepWindow]>,
        power_kw: Vec<f64>,
        least_on: f64,
        least_off: f64,
        /// Whether it runs in each step; empty where its rule asks for no plan.
        planned: Vec<bool>,
    },
    Energy {
        windows: Arc<[StepWindow]>,
        energy_kwh: f64,
        power_max_kw: f64,
        /// kW of each step, likewise.
        planned: Vec<f64>,
    },
    Curtailable {
        power_kw: Series,
        /// Share of the power that may be left.
        curtail: f64,
        /// Share of what is left in a step that comes back in each of the next.
        rebound: f64,
        is_cheap: Arc<[bool]>,
    },
}

/// How far a load has come, in numbers that a snapshot holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Windows that have ended.
    job: f64,
    /// Of the present window's job: steps that have run, or kWh. Of a curtailable load: steps of the run.
    done: f64,
    /// Steps that it has run since it was off, or as a negative number has paused; 0 before its first.
    streak: f64,
    /// What the present job did not get, kWh.
    missed_kwh: f64,
    /// What was left in each of the last steps, kWh, by the run's step modulo their number.
    left_kwh: Vec<f64>,
}

/// What a step did, kWh, and whether a window ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) wanted_kwh: f64,
    pub(super) rebound_kwh: f64,
    pub(super) curtailed_kwh: f64,
    pub(super) unserved_kwh: f64,
    /// Steps that a job has waited which begins in this one.
    pub(super) began_after: Option<f64>,
    /// Whether a job ended, and whether it is short.
    pub(super) ended: Option<bool>,
}

impl ShiftableStep {
    pub(crate) fn new(shiftable: &Shiftable, plan: &Plan) -> Self {
        let (step_h, prices) = (plan.step_h(), plan.import_price_per_kwh());
        let is_placed = shiftable.placing == PlacingRule::OffPeak;
        let window_prices = |window: &StepWindow| &prices[window.first as usize..window.end as usize];
        let form = match &shiftable.form {
            ShiftableForm::Cycle { windows, power_kw, least_on_steps, least_off_steps } => {
                let (on, off) = (*least_on_steps as usize, *least_off_steps as usize);
                let mut planned = alloc::vec![false; if is_placed { plan.steps() } else { 0 }];
                for window in windows.iter().filter(|_| is_placed) {
                    let runs = cheapest_cycle(window_prices(window), power_kw, on, off);
                    planned[window.first as usize..window.end as usize].copy_from_slice(&runs);
                }
                let (windows, power_kw) = (windows.clone(), power_kw.clone());
                Form::Cycle { windows, power_kw, least_on: on as f64, least_off: off as f64, planned }
            }
            ShiftableForm::Energy { windows, energy_kwh, power_max_kw } => {
                let mut planned = alloc::vec![0.0; if is_placed { plan.steps() } else { 0 }];
                for window in windows.iter().filter(|_| is_placed) {
                    let power_kw = cheapest_energy(window_prices(window), *energy_kwh, *power_max_kw, step_h);
                    planned[window.first as usize..window.end as usize].copy_from_slice(&power_kw);
                }
                let (energy_kwh, power_max_kw) = (*energy_kwh, *power_max_kw);
                Form::Energy { windows: windows.clone(), energy_kwh, power_max_kw, planned }
            }
            ShiftableForm::Curtailable { power_kw, curtail_percent, rebound_percent, rebound_steps, .. } => {
                Form::Curtailable {
                    power_kw: power_kw.clone(),
                    curtail: curtail_percent / 100.0,
                    rebound: rebound_percent / 100.0 / f64::from(*rebound_steps),
                    is_cheap: if is_placed { cheap_steps(plan) } else { Arc::new([]) },
                }
            }
        };
        Self { form, rule: shiftable.placing, step_h, flexible: shiftable.flexible }
    }

    pub(super) fn step_h(&self) -> f64 {
        self.step_h
    }

    /// What it can take in a step; what it takes unasked is not known yet.
    pub(super) fn range(&self, step: usize, progress: &Progress) -> FlexibleUse {
        match &self.form {
            Form::Cycle { windows, power_kw, least_on, least_off, .. } => {
                let Some((left, _)) = present(windows, step, progress) else { return FlexibleUse::default() };
                let rest = power_kw.len() as f64 - progress.done;
                if rest <= 0.0 {
                    return FlexibleUse::default();
                }
                let kw = power_kw[progress.done as usize];
                let (may_run, may_wait) = if progress.streak > 0.0 {
                    // A pause is for one that has run long enough, and for which time for another block is left.
                    let paused_in_time = rest >= *least_on && left >= least_off + rest;
                    (true, progress.streak >= *least_on && paused_in_time)
                } else {
                    let is_rested = progress.streak == 0.0 || -progress.streak >= *least_off;
                    (is_rested, !is_rested || left > rest)
                };
                let least_kw = if may_wait { 0.0 } else { kw };
                FlexibleUse {
                    least_kw,
                    most_kw: if may_run { kw } else { 0.0 },
                    is_whole: true,
                    ..FlexibleUse::default()
                }
            }
            Form::Energy { windows, energy_kwh, power_max_kw, .. } => {
                let Some((left, _)) = present(windows, step, progress) else { return FlexibleUse::default() };
                let rest_kw = max(energy_kwh - progress.done, 0.0) / self.step_h;
                let most_kw = min(rest_kw, *power_max_kw);
                let least_kw = max(rest_kw - power_max_kw * (left - 1.0), 0.0);
                // What rounding leaves of nothing is nothing.
                let least_kw = if least_kw > 1e-12 * power_max_kw { min(least_kw, most_kw) } else { 0.0 };
                FlexibleUse { least_kw, most_kw, ..FlexibleUse::default() }
            }
            Form::Curtailable { power_kw, curtail, .. } => {
                let (asked_kw, back_kw) = (power_kw.at(step), self.back_kw(progress));
                let least_kw = asked_kw * (1.0 - curtail) + back_kw;
                FlexibleUse { least_kw, most_kw: asked_kw + back_kw, ..FlexibleUse::default() }
            }
        }
    }

    /// What comes back in a step of what was left before, kW.
    fn back_kw(&self, progress: &Progress) -> f64 {
        let Form::Curtailable { rebound, .. } = &self.form else { return 0.0 };
        rebound * progress.left_kwh.iter().sum::<f64>() / self.step_h
    }

    /// What it takes unasked, kW: `surplus_kw` is what generation leaves over.
    pub(super) fn unasked_kw(&self, step: usize, progress: &Progress, range: &FlexibleUse, surplus_kw: f64) -> f64 {
        let wanted_kw = match (self.rule, &self.form) {
            (PlacingRule::Asap, _) => range.most_kw,
            (PlacingRule::OffPeak, Form::Cycle { planned, .. }) => {
                if planned[step] {
                    range.most_kw
                } else {
                    0.0
                }
            }
            (PlacingRule::OffPeak, Form::Energy { planned, .. }) => planned[step],
            (PlacingRule::OffPeak, Form::Curtailable { is_cheap, .. }) => {
                if is_cheap[step] {
                    range.most_kw
                } else {
                    0.0
                }
            }
            (PlacingRule::Surplus, Form::Cycle { power_kw, least_on, .. }) if range.most_kw > 0.0 => {
                let rest = &power_kw[progress.done as usize..];
                let block =
                    if progress.streak > 0.0 { &rest[..1] } else { &rest[..rest.len().min(*least_on as usize)] };
                let mean_kw = block.iter().sum::<f64>() / block.len() as f64;
                if surplus_kw >= mean_kw { range.most_kw } else { 0.0 }
            }
            (PlacingRule::Surplus, _) => surplus_kw,
        };
        range.held_kw(wanted_kw)
    }

    /// A step under `power_kw`; `runs` says whether a cycle's course goes on.
    pub(super) fn run(&self, step: usize, progress: &mut Progress, power_kw: f64, runs: bool) -> Done {
        let mut done = Done::default();
        match &self.form {
            Form::Cycle { windows, power_kw: course_kw, .. } => {
                let Some((left, waited)) = present(windows, step, progress) else { return done };
                let rest = &course_kw[(progress.done as usize).min(course_kw.len())..];
                if let (true, Some(kw)) = (runs, rest.first()) {
                    done.began_after = (progress.done == 0.0).then_some(waited);
                    done.wanted_kwh = kw * self.step_h;
                    done.unserved_kwh = max(kw - power_kw, 0.0) * self.step_h;
                    progress.done += 1.0;
                    progress.streak = max(progress.streak, 0.0) + 1.0;
                } else if progress.streak != 0.0 {
                    progress.streak = min(progress.streak, 0.0) - 1.0;
                }
                let after = rest.get(usize::from(runs)..).unwrap_or(&[]);
                let missing_kwh = after.iter().sum::<f64>() * self.step_h;
                progress.close(left, missing_kwh, course_kw.iter().sum::<f64>() * self.step_h, &mut done);
            }
            Form::Energy { windows, energy_kwh, .. } => {
                let Some((left, waited)) = present(windows, step, progress) else { return done };
                done.began_after = (progress.done == 0.0 && power_kw > 0.0).then_some(waited);
                done.wanted_kwh = power_kw * self.step_h;
                progress.done += done.wanted_kwh;
                progress.close(left, max(energy_kwh - progress.done, 0.0), *energy_kwh, &mut done);
            }
            Form::Curtailable { power_kw: asked, curtail, .. } => {
                let (asked_kw, back_kw) = (asked.at(step), self.back_kw(progress));
                let least_kw = asked_kw * (1.0 - curtail) + back_kw;
                done.wanted_kwh = asked_kw * self.step_h;
                done.rebound_kwh = back_kw * self.step_h;
                done.curtailed_kwh = max(asked_kw + back_kw - max(power_kw, least_kw), 0.0) * self.step_h;
                done.unserved_kwh = max(least_kw - power_kw, 0.0) * self.step_h;
                let at = step % progress.left_kwh.len();
                progress.left_kwh[at] = done.curtailed_kwh;
                progress.done += 1.0;
            }
        }
        done
    }

    /// What is still to come back, kWh.
    pub(super) fn still_to_come_kwh(&self, progress: &Progress) -> f64 {
        let Form::Curtailable { rebound, .. } = &self.form else { return 0.0 };
        let ring = progress.left_kwh.len();
        let last = progress.done as usize + ring - 1;
        // What was left `ago` steps before the last comes back in so many steps fewer.
        let of_step = |ago: usize| progress.left_kwh[(last - ago) % ring] * rebound * (ring - ago) as f64;
        (0..ring).map(of_step).fold(0.0, |sum, kwh| sum + kwh)
    }

    /// What it takes in each step of a run in which nobody asks and nothing is short or over, kW.
    pub(super) fn course(&self, plan: &Plan, mut progress: Progress, taken_before: &mut [f64]) -> Vec<f64> {
        let power = |(step, taken): (usize, &mut f64)| {
            let surplus_kw = plan.generation_kw(step) - plan.load_kw(step) - *taken;
            let range = self.range(step, &progress);
            let power_kw = self.unasked_kw(step, &progress, &range, surplus_kw);
            self.run(step, &mut progress, power_kw, power_kw > 0.0);
            *taken += power_kw;
            power_kw
        };
        taken_before.iter_mut().enumerate().map(power).collect()
    }
}

impl Progress {
    pub(super) fn new(shiftable: &Shiftable) -> Self {
        Self { left_kwh: alloc::vec![0.0; shiftable.ring_steps()], ..Self::default() }
    }

    /// Ends the present job in the last step of its window: what is missing is not served.
    fn close(&mut self, left: f64, missing_kwh: f64, job_kwh: f64, done: &mut Done) {
        self.missed_kwh += done.unserved_kwh;
        if left > 1.0 {
            return;
        }
        done.wanted_kwh += missing_kwh;
        done.unserved_kwh += missing_kwh;
        done.ended = Some(self.missed_kwh + missing_kwh > 1e-9 * job_kwh);
        (self.job, self.done, self.streak, self.missed_kwh) = (self.job + 1.0, 0.0, 0.0, 0.0);
    }

    /// What the present job still wants, kWh.
    pub(super) fn waiting_kwh(&self, step: &ShiftableStep, at: usize) -> f64 {
        match &step.form {
            Form::Cycle { windows, power_kw, .. } if present(windows, at, self).is_some() => {
                power_kw[(self.done as usize).min(power_kw.len())..].iter().sum::<f64>() * step.step_h
            }
            Form::Energy { windows, energy_kwh, .. } if present(windows, at, self).is_some() => {
                max(energy_kwh - self.done, 0.0)
            }
            _ => 0.0,
        }
    }

    pub(super) fn each(&mut self, visit: &mut impl FnMut(&mut f64)) {
        let Self { job, done, streak, missed_kwh, left_kwh } = self;
        [job, done, streak, missed_kwh].into_iter().for_each(&mut *visit);
        left_kwh.iter_mut().for_each(visit);
    }

    /// Whether no run leaves it so.
    pub(super) fn is_impossible(&self, step: &ShiftableStep) -> bool {
        let is_count = |number: f64| number >= 0.0 && number == libm::floor(number);
        let sound = |windows: &[StepWindow], is_done: bool| {
            is_count(self.job) && self.job <= windows.len() as f64 && is_done && self.missed_kwh >= 0.0
        };
        !match &step.form {
            Form::Cycle { windows, power_kw, .. } => {
                let is_done = is_count(self.done) && self.done <= power_kw.len() as f64;
                sound(windows, is_done && is_count(self.streak.abs()))
            }
            Form::Energy { windows, energy_kwh, .. } => {
                sound(windows, (0.0..=energy_kwh * (1.0 + 1e-9)).contains(&self.done))
            }
            Form::Curtailable { .. } => {
                is_count(self.done) && self.left_kwh.iter().all(|kwh| (0.0..1e12).contains(kwh))
            }
        }
    }
}

/// Steps that are left of the window in which `step` is, with that one, and steps that have gone; `None` between windows.
fn present(windows: &[StepWindow], step: usize, progress: &Progress) -> Option<(f64, f64)> {
    let window = windows.get(progress.job as usize)?;
    let gone = step.checked_sub(window.first as usize)?;
    Some(((window.end as usize - step) as f64, gone as f64))
}
