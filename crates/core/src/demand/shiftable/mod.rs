//! Loads that can wait or be left: a washing machine, a pump, a night's heating, a chiller that may pause.
//!
//! # Model
//! A shiftable load has one of three forms ([`ShiftableForm`]):
//! - **Cycle**: in each of its windows it runs a course of powers, a step each. Without pauses (`least_on_steps` the whole course)
//!   it is a washing machine; with pauses between blocks of at least `least_on_steps` on and `least_off_steps` off it is a pump.
//!   A course that began is never moved: what may be decided is to begin, and to pause where a pause is allowed.
//! - **Energy**: in each of its windows it takes its energy at any power up to its most, with any breaks.
//! - **Curtailable**: a load of which a share may be left; what is left comes back in part, evenly over the steps that follow.
//!
//! In every step the load says what it must take at least, so that all can still be had by its window's end, and what it can take
//! at most. Between them it does what it is asked for, or unasked what its [`PlacingRule`] says. Under `off_peak` each job is
//! placed by the import price of its window, known ahead, at the least cost that there is, the earliest of those: a cycle by
//! dynamic programming over its begins and pauses (without pauses that is a search through every begin), energy by the cheapest
//! steps. Both are exact for a price per kWh and a load that shares no limit ([`cheapest_cycle`], [`cheapest_energy`]).
//!
//! What the site cannot bring to a cycle that runs, and what a window's end finds missing, is unserved: told, priced, never
//! dropped. Where the site is short a flexible load waits, pauses or is cut to its least before storage is touched, and any load
//! altogether before other load is shed; where the site has too much a flexible one takes it up before generation is curtailed, a
//! cycle if its power fits.

mod lanes;
mod placing;
mod step;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub(crate) use lanes::Shiftables;
pub use placing::{cheapest_cycle, cheapest_energy};
pub(crate) use step::ShiftableStep;

use crate::simulation::{Account, Carrier, Fingerprint, Role, SeriesChecks, ledger};
use crate::{Problem, Problems, Series};

/// A load that can wait or be left.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shiftable {
    /// What reports call it.
    pub name: String,
    /// How it can wait.
    pub form: ShiftableForm,
    /// When it runs unasked.
    pub placing: PlacingRule,
    /// Whether it gives way where the site is short, and takes up what the site would curtail.
    pub flexible: bool,
    /// Cost of a kWh that it does not get, at least 0, part of the objective.
    pub unserved_cost_per_kwh: f64,
}

/// How a load can wait.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ShiftableForm {
    /// A course of powers in each window.
    Cycle {
        /// The windows, ascending and apart, each at least as long as the course.
        windows: Arc<[StepWindow]>,
        /// Power of each step of the course at AC terminals, kW, above 0; one at least.
        power_kw: Vec<f64>,
        /// Steps that it runs before it may pause, 1 to the whole course: then it never pauses.
        least_on_steps: u32,
        /// Steps that a pause lasts at least, within a window; 1 or more.
        least_off_steps: u32,
    },
    /// Energy in each window.
    Energy {
        /// The windows, ascending and apart, each long enough for the energy at full power.
        windows: Arc<[StepWindow]>,
        /// Energy wanted in each window at AC terminals, kWh, at least 0.
        energy_kwh: f64,
        /// Most power at AC terminals, kW, above 0.
        power_max_kw: f64,
    },
    /// A load of which a share may be left.
    Curtailable {
        /// What it asks for, kW at AC terminals, at least 0.
        power_kw: Series,
        /// Percent of each step's power that may be left, 0 to 100.
        curtail_percent: f64,
        /// Percent of what was left that comes back later, 0 to 200: a room that was let warm takes about all of it.
        rebound_percent: f64,
        /// Steps over which it comes back, evenly from the next on, 1 to 1000.
        rebound_steps: u32,
        /// Cost of a kWh left, at least 0, part of the objective: what the inconvenience is worth.
        curtailed_cost_per_kwh: f64,
    },
}

/// Steps within which a job is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StepWindow {
    /// The first step.
    pub first: u32,
    /// The step after the last.
    pub end: u32,
}

impl StepWindow {
    fn steps(self) -> usize {
        self.end.saturating_sub(self.first) as usize
    }
}

/// When a shiftable load runs while nobody asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PlacingRule {
    /// As soon as its window begins; leaves nothing.
    #[default]
    Asap,
    /// Where its window is cheapest by the import price; leaves what it may in steps above their day's mean price.
    OffPeak,
    /// On what generation leaves over beyond the load: a cycle begins once the mean power of its next block is there, else as late as
    /// it can; leaves what it may where nothing is left over.
    Surplus,
}

impl PlacingRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Asap, Self::OffPeak, Self::Surplus];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asap => "asap",
            Self::OffPeak => "off_peak",
            Self::Surplus => "surplus",
        }
    }
}

impl Shiftable {
    /// A course of powers without pauses in each window, as soon as it begins, flexible.
    #[must_use]
    pub fn cycle(windows: impl Into<Arc<[StepWindow]>>, power_kw: impl Into<Vec<f64>>) -> Self {
        let power_kw = power_kw.into();
        let least_on_steps = power_kw.len() as u32;
        Self::of(ShiftableForm::Cycle { windows: windows.into(), power_kw, least_on_steps, least_off_steps: 1 })
    }

    /// Energy in each window, as soon as it begins, flexible.
    #[must_use]
    pub fn energy(windows: impl Into<Arc<[StepWindow]>>, energy_kwh: f64, power_max_kw: f64) -> Self {
        Self::of(ShiftableForm::Energy { windows: windows.into(), energy_kwh, power_max_kw })
    }

    /// A load of which `curtail_percent` may be left in any step, all of which comes back over the next `rebound_steps`.
    #[must_use]
    pub fn curtailable(power_kw: impl Into<Series>, curtail_percent: f64, rebound_steps: u32) -> Self {
        let (power_kw, rebound_percent, curtailed_cost_per_kwh) = (power_kw.into(), 100.0, 0.0);
        Self::of(ShiftableForm::Curtailable {
            power_kw,
            curtail_percent,
            rebound_percent,
            rebound_steps,
            curtailed_cost_per_kwh,
        })
    }

    /// A flexible load of that form, as soon as it can.
    #[must_use]
    pub fn of(form: ShiftableForm) -> Self {
        let (placing, flexible, unserved_cost_per_kwh) = (PlacingRule::Asap, true, 0.0);
        Self { name: "shiftable".into(), form, placing, flexible, unserved_cost_per_kwh }
    }

    /// Whether lanes of the two can run side by side: the same numbers to carry.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        self.ring_steps() == other.ring_steps()
    }

    /// Steps that what was left is remembered for.
    fn ring_steps(&self) -> usize {
        match self.form {
            ShiftableForm::Curtailable { rebound_steps, .. } => rebound_steps as usize,
            _ => 0,
        }
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        let cost = self.unserved_cost_per_kwh;
        problems.require_range(format_args!("{field}.unserved_cost_per_kwh"), cost, 0.0, 1e9);
        match &self.form {
            ShiftableForm::Cycle { windows, power_kw, least_on_steps, least_off_steps } => {
                let (on, off) = (f64::from(*least_on_steps), f64::from(*least_off_steps));
                problems.require_range(format_args!("{field}.power_kw (steps)"), power_kw.len() as f64, 1.0, 1e5);
                for kw in power_kw.iter().filter(|kw| !(1e-6..=1e9).contains(*kw)) {
                    let problem = Problem::new(format!("{field}.power_kw"), "has a power out of range");
                    problems.push(problem.value(*kw).allowed("above 0 to 1e9"));
                }
                problems.require_range(format_args!("{field}.least_on_steps"), on, 1.0, power_kw.len().max(1) as f64);
                problems.require_range(format_args!("{field}.least_off_steps"), off, 1.0, 1e6);
                check_windows(windows, power_kw.len() as f64, problems, field, checks.steps());
            }
            ShiftableForm::Energy { windows, energy_kwh, power_max_kw } => {
                problems.require_range(format_args!("{field}.energy_kwh"), *energy_kwh, 0.0, 1e9);
                problems.require_range(format_args!("{field}.power_max_kw"), *power_max_kw, 1e-6, 1e9);
                let job_steps = energy_kwh / power_max_kw * 3600.0 / f64::from(checks.step_s());
                // A job that fills its window may be a rounding longer.
                check_windows(windows, job_steps * (1.0 - 1e-9), problems, field, checks.steps());
            }
            ShiftableForm::Curtailable {
                power_kw,
                curtail_percent,
                rebound_percent,
                rebound_steps,
                curtailed_cost_per_kwh,
            } => {
                let mut range = |name: &str, value: f64, least: f64, most: f64| {
                    problems.require_range(format_args!("{field}.{name}"), value, least, most);
                };
                range("curtail_percent", *curtail_percent, 0.0, 100.0);
                range("rebound_percent", *rebound_percent, 0.0, 200.0);
                range("rebound_steps", f64::from(*rebound_steps), 1.0, 1000.0);
                range("curtailed_cost_per_kwh", *curtailed_cost_per_kwh, 0.0, 1e9);
                checks.series(power_kw, problems, format_args!("{field}.power_kw"), 0.0, 1e9);
            }
        }
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self { name: _, form, placing, flexible, unserved_cost_per_kwh } = self;
        let hash_windows = |hash: &mut Fingerprint, windows: &[StepWindow]| {
            hash.word(windows.len() as u64);
            for StepWindow { first, end } in windows {
                hash.word(u64::from(*first) << 32 | u64::from(*end));
            }
        };
        match form {
            ShiftableForm::Cycle { windows, power_kw, least_on_steps, least_off_steps } => {
                hash.word(1);
                hash_windows(hash, windows);
                hash.numbers(power_kw);
                hash.word(u64::from(*least_on_steps) << 32 | u64::from(*least_off_steps));
            }
            ShiftableForm::Energy { windows, energy_kwh, power_max_kw } => {
                hash.word(2);
                hash_windows(hash, windows);
                hash.numbers(&[*energy_kwh, *power_max_kw]);
            }
            ShiftableForm::Curtailable {
                power_kw,
                curtail_percent,
                rebound_percent,
                rebound_steps,
                curtailed_cost_per_kwh,
            } => {
                hash.word(3);
                hash.series(power_kw);
                hash.numbers(&[*curtail_percent, *rebound_percent, *curtailed_cost_per_kwh]);
                hash.word(u64::from(*rebound_steps));
            }
        }
        hash.word(*placing as u64);
        hash.word(u64::from(*flexible));
        hash.number(*unserved_cost_per_kwh);
    }
}

/// Windows that are in order, apart, within the run and long enough; the first of a kind of fault is told.
fn check_windows(
    windows: &[StepWindow],
    job_steps: f64,
    problems: &mut Problems,
    field: core::fmt::Arguments<'_>,
    steps: usize,
) {
    let mut free_from = 0;
    for (i, window) in windows.iter().enumerate() {
        let text = || format!("steps {} to {}", window.first, window.end);
        if window.first < free_from || window.end <= window.first || window.end as usize > steps {
            let problem = Problem::new(format!("{field}.windows[{i}]"), "must be ascending, apart and within the run");
            problems.push(problem.value(text()).hint("a load has one job at a time: make it two loads"));
            return;
        }
        if (window.steps() as f64) < job_steps {
            let message = format!("is shorter than its job of {} steps", libm::ceil(job_steps));
            problems.push(Problem::new(format!("{field}.windows[{i}]"), message).value(text()));
            return;
        }
        free_from = window.end;
    }
}

ledger! {
    /// Totals of one shiftable load.
    ///
    /// The books: wanted + come back = electricity + left + unserved, in kWh.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ShiftableTotals {
        /// Taken at its AC terminals, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Wanted by its jobs, or asked for by its load, kWh.
        pub wanted_kwh: f64 = ("kWh", Role::Beside),
        /// What came back of what was left, kWh.
        pub rebound_kwh: f64 = ("kWh", Role::Beside),
        /// Left within what may be left, kWh.
        pub curtailed_kwh: f64 = ("kWh", Role::Beside),
        /// What it did not get, kWh: its window ended, or the site could not bring it.
        pub unserved_kwh: f64 = ("kWh", Role::Beside),
        /// What would still come back after the run's end, kWh.
        pub rebound_after_end_kwh: f64 = ("kWh", Role::Beside),
        /// Jobs whose window has ended.
        pub jobs: f64 = ("", Role::Beside),
        /// Those of them that did not get all.
        pub jobs_short: f64 = ("", Role::Beside),
        /// Mean time from a window's begin to its job's, hours, of the jobs that began.
        pub mean_wait_h: f64 = ("h", Role::Beside),
        /// Cost of what was left and of what was not served, in the scenario's currency.
        pub inconvenience_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// |wanted + come back − electricity − left − unserved|, kWh, each added up by itself.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}
