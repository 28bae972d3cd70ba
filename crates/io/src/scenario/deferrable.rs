//! `[[demand.deferrable]]`: energy wanted within windows of time.

use jiff::civil::Time;
use microgrid_core::Problems;
use microgrid_core::demand::{Load, Task, Tier, serve};
use schemars::JsonSchema;

use super::loading::Reading;
use super::sessions::{load_of, summary};
use super::windows::{self, Days, Window, time_of_day};
use crate::document::Section;

/// Energy that is wanted by the end of a window, such as a boiler's night: on every day, or in windows listed one by
/// one. It is served as soon as its window begins, at full power, until it is there; what an outage sheds of it is
/// unserved load and is not caught up.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeferrableTable {
    /// What reports call it; `deferrable 1`, `deferrable 2`, … by default.
    pub name: Option<String>,
    /// In which order it is shed when the site is short: `critical` last, then `normal` (default), `sheddable` first.
    #[schemars(with = "Option<String>", extend("enum" = Tier::ALL.map(Tier::name)))]
    pub tier: Option<Tier>,
    /// Greatest power at AC terminals in kW, 0.001 to 1 000 000.
    pub power_max_kw: f64,
    /// Energy of each day's window in kWh at AC terminals, at least 0; instead of `window`.
    pub energy_kwh: Option<f64>,
    /// Local time at which each day's window begins, such as `22:00`. Needed beside `energy_kwh`.
    #[schemars(with = "Option<String>")]
    pub from: Option<Time>,
    /// Local time at which it ends; of the next day where it is not after `from`. Needed beside `energy_kwh`.
    #[schemars(with = "Option<String>")]
    pub until: Option<Time>,
    /// Days on which a window begins: `all` (default), `workdays` or `rest_days` (with holidays). Only beside
    /// `energy_kwh`.
    #[schemars(with = "Option<String>", extend("enum" = Days::ALL.map(|choice| choice.0)))]
    pub days: Option<Days>,
    /// Windows one by one; instead of `energy_kwh`.
    #[schemars(with = "Option<Vec<WindowTable>>")]
    pub window: Vec<WindowTable>,
    /// Cost of a kWh that a window is too short for or the run's end cuts off, at least 0, part of the objective; 0 by
    /// default: reported and not priced.
    pub undelivered_cost_per_kwh: Option<f64>,
    #[schemars(skip)]
    pub(super) path: String,
}

/// A window of time with its energy.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WindowTable {
    /// Its begin in the site's time; may lie outside the run.
    pub start: String,
    /// Its end in the site's time, after the begin.
    pub end: String,
    /// Energy wanted in kWh at AC terminals, at least 0.
    pub energy_kwh: f64,
}

impl DeferrableTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            tier: section.choice("tier", &Tier::ALL.map(|tier| (tier.name(), tier))),
            power_max_kw: {
                if !section.has("power_max_kw") {
                    section.missing("power_max_kw", "a number");
                }
                section.number_within("power_max_kw", 1e-3, 1e6).unwrap_or(1.0)
            },
            energy_kwh: section.number_within("energy_kwh", 0.0, 1e9),
            from: time_of_day(section, "from"),
            until: time_of_day(section, "until"),
            days: section.choice("days", &Days::ALL),
            window: section.tables("window", |section| WindowTable {
                start: section.required_moment("start", "a local time"),
                end: section.required_moment("end", "a local time"),
                energy_kwh: {
                    if !section.has("energy_kwh") {
                        section.missing("energy_kwh", "a number");
                    }
                    section.number_within("energy_kwh", 0.0, 1e9).unwrap_or(0.0)
                },
            }),
            undelivered_cost_per_kwh: section.number_within("undelivered_cost_per_kwh", 0.0, 1e9),
            path: section.path().to_owned(),
        };
        section.require_one(&["energy_kwh", "window"]);
        for key in ["from", "until", "days"] {
            section.refuse_without(key, "energy_kwh");
        }
        for key in ["from", "until"] {
            if section.has("energy_kwh") && !section.has(key) {
                section.missing(key, "one of the day's times, such as 22:00");
            }
        }
        table
    }

    /// The windows as a load, the `index`th of the scenario counted from 0; nothing where it has a problem.
    pub(super) fn load(&self, index: usize, reading: &mut Reading<'_>) -> Load {
        let name = self.name.clone().unwrap_or_else(|| format!("deferrable {}", index + 1));
        let tasks = if reading.is_faulty(&self.path) {
            None
        } else {
            let tasks = if self.window.is_empty() { Ok(self.daily(reading)) } else { self.listed(reading) };
            tasks.map_err(|problems| reading.extend(problems)).ok()
        };
        let Some(tasks) = tasks else { return Load::new(name, 0.0) };
        let served = serve(&tasks, reading.clock.steps(), reading.clock.step_s());
        reading.note(format!("{}: {}", self.path, summary(&served, tasks.len(), "windows")));
        load_of(name, self.tier, self.undelivered_cost_per_kwh, served, tasks)
    }

    fn task(&self, (from, until): Window, energy_kwh: f64, reading: &Reading<'_>) -> Task {
        let start = reading.clock.start_unix_s();
        let (from_s, until_s) = (from - start, until - start);
        Task { from_s, until_s, energy_kwh, power_max_kw: self.power_max_kw }
    }

    /// A window for each day of the run, and for the day before, whose window may reach into it.
    fn daily(&self, reading: &Reading<'_>) -> Vec<Task> {
        let (Some(from), Some(until), Some(energy_kwh)) = (self.from, self.until, self.energy_kwh) else {
            return Vec::new();
        };
        let windows = windows::daily(reading.clock, from, until, self.days.unwrap_or_default());
        windows.into_iter().map(|window| self.task(window, energy_kwh, reading)).collect()
    }

    fn listed(&self, reading: &Reading<'_>) -> Result<Vec<Task>, Problems> {
        let written = self.window.iter().map(|window| (&*window.start, &*window.end));
        let windows = windows::listed(&self.path, written, reading)?;
        let energies = self.window.iter().map(|window| window.energy_kwh);
        Ok(windows.into_iter().zip(energies).map(|(window, kwh)| self.task(window, kwh, reading)).collect())
    }
}
