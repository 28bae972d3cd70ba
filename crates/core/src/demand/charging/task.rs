//! Energy wanted within a window: charging sessions and deferrable loads, served as soon as they are there.
//!
//! Uncontrolled service depends on nothing that happens during the run, so it is worked out before the loop and enters
//! it as a load series. What is shed of that load in an outage is unserved load of its tier and is not caught up: the
//! charger does not know that it was cut off. Managed charging, which shares a lot's connection between its bays and
//! moves energy within the stays, depends on the run's state: that is a [`Station`](super::Station). The load keeps its
//! tasks ([`Load::tasks`](crate::demand::Load::tasks)), so that a bound can say what managing could be worth at most.
//!
//! Invariant: a task draws within its window only, never above its power and never more than its energy.
//!
//! # Model
//! A task of energy `E` at AC terminals and power `P`, there from `a` to `d`, draws `P` from `a` to
//! `min(d, a + E / P)` and nothing else. A step's power is the mean over the step: `P ×` the part of the step that it
//! draws in. This is exact at any step length.

use alloc::vec::Vec;

/// Energy wanted within a window of time: a car at a bay, a boiler's night. Seconds count from the run's start and may
/// lie before it or behind its end.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Task {
    /// Arrival, or the window's begin.
    pub from_s: i64,
    /// Departure, or the window's end (exclusive); after `from_s`.
    pub until_s: i64,
    /// Energy wanted, at the charger's AC terminals, kWh, at least 0.
    pub energy_kwh: f64,
    /// Greatest power, at the charger's AC terminals, kW, above 0.
    pub power_max_kw: f64,
}

impl Task {
    /// The same task, `seconds` later.
    #[must_use]
    pub const fn later_by(self, seconds: i64) -> Self {
        Self { from_s: self.from_s + seconds, until_s: self.until_s + seconds, ..self }
    }

    /// How long the task draws when it is served at once, in seconds: until its energy is there or its window ends.
    #[must_use]
    pub fn drawing_s(&self) -> f64 {
        let window_s = (self.until_s - self.from_s) as f64;
        let wanted_s = 3600.0 * self.energy_kwh / self.power_max_kw;
        if wanted_s < window_s { wanted_s } else { window_s }
    }

    /// Energy drawn from the window's begin up to `at_s`, kWh at AC terminals.
    #[must_use]
    pub fn drawn_kwh(&self, at_s: i64) -> f64 {
        let since_s = (at_s - self.from_s) as f64;
        let drawing_s = self.drawing_s();
        let drawn_s = if since_s < drawing_s { since_s } else { drawing_s };
        if drawn_s > 0.0 { self.power_max_kw * drawn_s / 3600.0 } else { 0.0 }
    }

    /// Mean power from `begin_s` over `length_s` seconds, kW at AC terminals.
    #[must_use]
    pub fn mean_kw(&self, begin_s: i64, length_s: u32) -> f64 {
        let (begin, end) = ((begin_s - self.from_s) as f64, (begin_s - self.from_s + i64::from(length_s)) as f64);
        let drawing_s = self.drawing_s();
        let from = if begin > 0.0 { begin } else { 0.0 };
        let until = if end < drawing_s { end } else { drawing_s };
        if until > from { self.power_max_kw * ((until - from) / f64::from(length_s)) } else { 0.0 }
    }

    /// Energy that the window is too short for, kWh at AC terminals.
    #[must_use]
    pub fn too_short_kwh(&self) -> f64 {
        let missing = self.energy_kwh - self.power_max_kw * self.drawing_s() / 3600.0;
        // Where the window suffices the difference is rounding, of either sign.
        let suffices = 3600.0 * self.energy_kwh <= self.power_max_kw * (self.until_s - self.from_s) as f64;
        if suffices || missing < 0.0 { 0.0 } else { missing }
    }
}

/// What tasks draw when each is served at once at its own power.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Served {
    /// Mean power of all tasks in each step, kW at AC terminals.
    pub power_kw: Vec<f64>,
    /// Number of tasks whose window meets the run; the others are left out of all sums.
    pub tasks: usize,
    /// Energy wanted by those tasks in the run: all of it but what they drew before the run, kWh.
    pub wanted_kwh: f64,
    /// Energy drawn in the run, kWh.
    pub drawn_kwh: f64,
    /// Energy drawn before the run's start, no part of `wanted_kwh`, kWh.
    pub before_kwh: f64,
    /// Energy that the windows are too short for, kWh.
    pub too_short_kwh: f64,
    /// Energy that would be drawn after the run's end, kWh.
    pub after_kwh: f64,
}

impl Served {
    /// Energy wanted in the run that it does not deliver, kWh: windows too short, and what the run's end cuts off.
    #[must_use]
    pub fn undelivered_kwh(&self) -> f64 {
        self.too_short_kwh + self.after_kwh
    }
}

/// Serves every task from its window's begin at its power until its energy is there: the mean power in each of `steps`
/// steps of `step_s` seconds.
///
/// # Examples
/// ```
/// use microgrid_core::demand::{Task, serve};
///
/// // 5 kWh at 10 kW from minute 15 on: half an hour, over the border of two hours by none.
/// let served = serve(&[Task { from_s: 900, until_s: 36_000, energy_kwh: 5.0, power_max_kw: 10.0 }], 2, 3600);
/// assert_eq!(served.power_kw, [5.0, 0.0]);
/// assert_eq!(served.undelivered_kwh(), 0.0);
/// ```
#[must_use]
pub fn serve(tasks: &[Task], steps: usize, step_s: u32) -> Served {
    let length_s = i64::from(step_s);
    let end_s = steps as i64 * length_s;
    let mut served = Served { power_kw: alloc::vec![0.0; steps], ..Served::default() };
    for task in tasks.iter().filter(|task| task.from_s < end_s && task.until_s > 0) {
        let drawing_s = task.drawing_s();
        let (before, by_end) = (task.drawn_kwh(0), task.drawn_kwh(end_s));
        let all = task.power_max_kw * drawing_s / 3600.0;
        let too_short = task.too_short_kwh();
        served.tasks += 1;
        served.before_kwh += before;
        served.drawn_kwh += by_end - before;
        served.after_kwh += all - by_end;
        served.too_short_kwh += too_short;
        served.wanted_kwh += all - before + too_short;
        let first = task.from_s.max(0) / length_s;
        // Whole seconds past the drawing's end: the last step it touches, or one it does not touch.
        let last = ((task.from_s + drawing_s as i64) / length_s).min(steps as i64 - 1);
        for step in first..=last {
            served.power_kw[step as usize] += task.mean_kw(step * length_s, step_s);
        }
    }
    served
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn task(from_s: i64, until_s: i64, energy_kwh: f64) -> Task {
        Task { from_s, until_s, energy_kwh, power_max_kw: 6.0 }
    }

    #[test]
    fn partly_covered_steps_have_their_mean() {
        // 6 kW from 00:30 to 02:00 takes 9 kWh: half a step, a whole one, nothing.
        let served = serve(&[task(1800, 36_000, 9.0)], 4, 3600);
        assert_eq!(served.power_kw, [3.0, 6.0, 0.0, 0.0]);
        assert_eq!((served.drawn_kwh, served.undelivered_kwh()), (9.0, 0.0));
    }

    #[test]
    fn a_short_stay_leaves_energy_undelivered() {
        let served = serve(&[task(0, 1800, 9.0)], 2, 3600);
        assert_eq!(served.power_kw, [3.0, 0.0]);
        assert_eq!((served.too_short_kwh, served.after_kwh, served.wanted_kwh), (6.0, 0.0, 9.0));
    }

    #[test]
    fn the_run_cuts_what_lies_before_and_behind() {
        // Begins an hour before the run, needs four hours; the run has two.
        let served = serve(&[task(-3600, 36_000, 24.0), task(-7200, 0, 5.0), task(7200, 9000, 5.0)], 2, 3600);
        assert_eq!(served.power_kw, [6.0, 6.0]);
        assert_eq!(served.tasks, 1);
        assert_eq!((served.before_kwh, served.drawn_kwh, served.after_kwh), (6.0, 12.0, 6.0));
        assert_eq!(served.wanted_kwh, served.drawn_kwh + served.undelivered_kwh());
    }

    proptest! {
        /// Mutation it catches: power not cut at departure, energy not cut at the ask, a partly covered step counted
        /// whole, the last step left out.
        #[test]
        fn a_session_keeps_its_window_its_bay_and_its_energy(
            from_s in -100_000_i64..200_000, stay_s in 1_i64..200_000,
            energy_kwh in 0.0..80.0_f64, power_max_kw in 0.1..350.0_f64, step_s in prop::sample::select(&[1_u32, 60, 300, 900, 3600][..]),
        ) {
            let task = Task { from_s, until_s: from_s + stay_s, energy_kwh, power_max_kw };
            let steps = 86_400 / step_s as usize;
            let served = serve(&[task], steps, step_s);
            let hours = f64::from(step_s) / 3600.0;
            for (step, kw) in served.power_kw.iter().enumerate() {
                let (begin, end) = (step as i64 * i64::from(step_s), (step as i64 + 1) * i64::from(step_s));
                prop_assert!((0.0..=power_max_kw).contains(kw));
                prop_assert!(*kw == 0.0 || (end > task.from_s && begin < task.until_s), "draws outside its stay");
                let there_s = end.min(task.until_s) - begin.max(task.from_s);
                prop_assert!(kw * hours <= power_max_kw * there_s.max(0) as f64 / 3600.0 * (1.0 + 1e-12));
            }
            let drawn: f64 = served.power_kw.iter().sum::<f64>() * hours;
            prop_assert!((drawn - served.drawn_kwh).abs() < 1e-9, "{drawn} {}", served.drawn_kwh);
            prop_assert!(drawn <= energy_kwh * (1.0 + 1e-12) + 1e-12);
            if served.tasks == 1 {
                let whole = served.before_kwh + served.drawn_kwh + served.undelivered_kwh();
                prop_assert!((whole - energy_kwh).abs() < 1e-9);
                prop_assert!((served.wanted_kwh - served.drawn_kwh - served.undelivered_kwh()).abs() < 1e-9);
            } else {
                prop_assert_eq!(drawn, 0.0);
            }
        }

        /// The same energy in every hour, whatever the step.
        #[test]
        fn any_step_length_gives_the_same_hours(from_s in 0_i64..80_000, stay_s in 1_i64..80_000, energy_kwh in 0.0..80.0_f64) {
            let tasks = [task(from_s, from_s + stay_s, energy_kwh)];
            let hourly = serve(&tasks, 24, 3600).power_kw;
            for step_s in [60_u32, 900, 1800] {
                let per_hour = (3600 / step_s) as usize;
                let fine = serve(&tasks, 24 * per_hour, step_s).power_kw;
                for (hour, kw) in hourly.iter().enumerate() {
                    let mean = fine[hour * per_hour..(hour + 1) * per_hour].iter().sum::<f64>() / per_hour as f64;
                    prop_assert!((mean - kw).abs() < 1e-9);
                }
            }
        }
    }
}
