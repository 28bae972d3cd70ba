//! `[[demand.shiftable]]`: loads that can wait or be left.

use jiff::civil::Time;
use microgrid_core::demand::{PlacingRule, Shiftable, ShiftableForm, StepWindow};
use microgrid_core::{Problem, Problems};
use schemars::JsonSchema;

use super::loading::Reading;
use super::windows::{self, Days, Window, time_of_day};
use crate::document::Section;
use crate::series::{Quantity, SeriesInput};

/// A load that can wait within windows of time, or of which a part can be left. One of four: a course of powers that runs in one
/// go (`profile_kw`), a power for a time with pauses (`on_kw`), energy (`energy_kwh`), or a load of which a share may be left
/// (`load_kw`). A course that began is never moved. Windows that reach beyond the run are left out, and a note says how many.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ShiftableTable {
    /// What reports call it; `shiftable 1`, `shiftable 2`, … by default.
    pub name: Option<String>,
    /// Course of powers at AC terminals in kW, each above 0, once in each window.
    #[schemars(with = "Option<Vec<f64>>")]
    pub profile_kw: Vec<f64>,
    /// Length of each of them in minutes; the run's step by default.
    pub profile_minutes: Option<f64>,
    /// Power while it is on at AC terminals in kW, 0.001 to 1 000 000; for `on_minutes` in each window.
    pub on_kw: Option<f64>,
    /// Time that it is on in each window, in minutes. Needed beside `on_kw`.
    pub on_minutes: Option<f64>,
    /// Least time that it is on before it may pause, in minutes; beside `on_kw` a step by default, beside `profile_kw` the whole
    /// course: it does not pause.
    pub least_on_minutes: Option<f64>,
    /// Least length of a pause in minutes; a step by default.
    pub least_off_minutes: Option<f64>,
    /// Energy in each window at AC terminals in kWh, at least 0, at any power up to `power_max_kw`.
    pub energy_kwh: Option<f64>,
    /// Greatest power at AC terminals in kW, 0.001 to 1 000 000. Needed beside `energy_kwh`.
    pub power_max_kw: Option<f64>,
    /// Power asked at AC terminals in kW, at least 0, of which `curtail_percent` may be left.
    pub load_kw: Option<SeriesInput>,
    /// Percent of `load_kw` that may be left in any step, 0 to 100. Needed beside `load_kw`.
    pub curtail_percent: Option<f64>,
    /// Percent of what was left that comes back, 0 to 200; 100 by default.
    pub rebound_percent: Option<f64>,
    /// Time over which it comes back, evenly, in minutes; 60 by default.
    pub rebound_minutes: Option<f64>,
    /// What leaving a kWh costs its users, at least 0, part of the objective; 0 by default.
    pub curtailed_cost_per_kwh: Option<f64>,
    /// Local time at which each day's window begins, such as `07:00`; with `until`, instead of `window`.
    #[schemars(with = "Option<String>")]
    pub from: Option<Time>,
    /// Local time at which it ends; of the next day where it is not after `from`.
    #[schemars(with = "Option<String>")]
    pub until: Option<Time>,
    /// Days on which a window begins: `all` (default), `workdays` or `rest_days` (with holidays). Only beside `from`.
    #[schemars(with = "Option<String>", extend("enum" = Days::ALL.map(|choice| choice.0)))]
    pub days: Option<Days>,
    /// Windows one by one, ascending and apart; instead of `from` and `until`.
    #[schemars(with = "Option<Vec<JobWindowTable>>")]
    pub window: Vec<JobWindowTable>,
    /// When it runs unasked: `asap` (default) as soon as its window begins, and it leaves nothing; `off_peak` where its window is
    /// cheapest by the import price, and it leaves what it may above its day's mean price; `surplus` on what generation leaves
    /// over, else as late as it can.
    #[schemars(with = "Option<String>", extend("enum" = PlacingRule::ALL.map(PlacingRule::name)))]
    pub placing: Option<PlacingRule>,
    /// Whether it gives way where the site is short, and takes up what would be curtailed; `true` by default.
    pub flexible: Option<bool>,
    /// Cost of a kWh that it does not get, at least 0, part of the objective; 0 by default.
    pub unserved_cost_per_kwh: Option<f64>,
    #[schemars(skip)]
    path: String,
}

/// A window of time.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JobWindowTable {
    /// Its begin in the site's time.
    pub start: String,
    /// Its end in the site's time, after the begin.
    pub end: String,
}

const FORMS: [&str; 4] = ["profile_kw", "on_kw", "energy_kwh", "load_kw"];

impl ShiftableTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            profile_kw: section.numbers("profile_kw"),
            profile_minutes: section.minutes("profile_minutes"),
            on_kw: section.number_within("on_kw", 1e-3, 1e6),
            on_minutes: section.minutes("on_minutes"),
            least_on_minutes: section.minutes("least_on_minutes"),
            least_off_minutes: section.minutes("least_off_minutes"),
            energy_kwh: section.number_within("energy_kwh", 0.0, 1e9),
            power_max_kw: section.number_within("power_max_kw", 1e-3, 1e6),
            load_kw: SeriesInput::read(section, "load_kw"),
            curtail_percent: section.number_within("curtail_percent", 0.0, 100.0),
            rebound_percent: section.number_within("rebound_percent", 0.0, 200.0),
            rebound_minutes: section.minutes("rebound_minutes"),
            curtailed_cost_per_kwh: section.number_within("curtailed_cost_per_kwh", 0.0, 1e9),
            from: time_of_day(section, "from"),
            until: time_of_day(section, "until"),
            days: section.choice("days", &Days::ALL),
            window: section.tables("window", |section| JobWindowTable {
                start: section.required_moment("start", "a local time"),
                end: section.required_moment("end", "a local time"),
            }),
            placing: section.choice("placing", &PlacingRule::ALL.map(|rule| (rule.name(), rule))),
            flexible: section.flag("flexible"),
            unserved_cost_per_kwh: section.number_within("unserved_cost_per_kwh", 0.0, 1e9),
            path: section.path().to_owned(),
        };
        table.check_keys(section);
        table
    }

    /// Every key belongs to the form that is written.
    fn check_keys(&self, section: &Section<'_>) {
        section.require_one(&FORMS);
        for (key, form) in [
            ("profile_minutes", "profile_kw"),
            ("on_minutes", "on_kw"),
            ("power_max_kw", "energy_kwh"),
            ("curtail_percent", "load_kw"),
            ("rebound_percent", "load_kw"),
            ("rebound_minutes", "load_kw"),
            ("curtailed_cost_per_kwh", "load_kw"),
            ("days", "from"),
            ("until", "from"),
            ("from", "until"),
        ] {
            section.refuse_without(key, form);
        }
        for (form, key) in [("on_kw", "on_minutes"), ("energy_kwh", "power_max_kw"), ("load_kw", "curtail_percent")] {
            if section.has(form) && !section.has(key) {
                section.missing(key, &format!("one of the numbers that {form} needs"));
            }
        }
        for key in ["least_on_minutes", "least_off_minutes"] {
            if section.has(key) && !section.has("on_kw") && !section.has("profile_kw") {
                section.push(Problem::new(section.field(key), "has no meaning without profile_kw or on_kw"));
            }
        }
        if section.has("load_kw") {
            for key in ["from", "window"].into_iter().filter(|key| section.has(key)) {
                section.push(Problem::new(section.field(key), "has no meaning beside load_kw, which has no windows"));
            }
        } else if FORMS.iter().any(|form| section.has(form)) {
            section.require_one(&["from", "window"]);
        }
        if let Some(kw) = self.profile_kw.iter().find(|kw| !(1e-3..=1e6).contains(*kw)) {
            let problem = Problem::new(section.field("profile_kw"), "has a power out of range").value(kw);
            section.push(problem.allowed("0.001 to 1000000").hint("a pause within the course is its standby power"));
        }
        if section.has("profile_kw") && self.profile_kw.is_empty() {
            section.push(
                Problem::new(section.field("profile_kw"), "is empty").allowed("a power for each part of the course"),
            );
        }
    }

    /// Core's load, the `index`th of the scenario counted from 0; a harmless one where it has a problem.
    pub(super) fn shiftable(&self, index: usize, reading: &mut Reading<'_>) -> Shiftable {
        let form = self.form(reading);
        Shiftable {
            name: self.name.clone().unwrap_or_else(|| format!("shiftable {}", index + 1)),
            form,
            placing: self.placing.unwrap_or_default(),
            flexible: self.flexible.unwrap_or(true),
            unserved_cost_per_kwh: self.unserved_cost_per_kwh.unwrap_or(0.0),
        }
    }

    fn form(&self, reading: &mut Reading<'_>) -> ShiftableForm {
        let step_minutes = f64::from(reading.clock.step_s()) / 60.0;
        // At least a step; a rounding is none.
        let steps = |minutes: f64| (minutes / step_minutes - 1e-9).ceil().max(1.0) as u32;
        let nothing = ShiftableForm::Energy { windows: [].into(), energy_kwh: 0.0, power_max_kw: 1.0 };
        if reading.is_faulty(&self.path) {
            return nothing;
        }
        if let Some(load_kw) = &self.load_kw {
            let field = format!("{}.load_kw", self.path);
            return ShiftableForm::Curtailable {
                power_kw: reading.series(&field, load_kw, Quantity::Power { per_unit: false }),
                curtail_percent: self.curtail_percent.unwrap_or(0.0),
                rebound_percent: self.rebound_percent.unwrap_or(100.0),
                rebound_steps: steps(self.rebound_minutes.unwrap_or(60.0)),
                curtailed_cost_per_kwh: self.curtailed_cost_per_kwh.unwrap_or(0.0),
            };
        }
        let (profile, minutes) = match (self.on_kw, self.on_minutes) {
            (Some(kw), Some(minutes)) => (vec![kw], minutes),
            _ => (self.profile_kw.clone(), self.profile_minutes.unwrap_or(step_minutes)),
        };
        let power_kw = on_steps(&profile, minutes, step_minutes);
        let energy = self.energy_kwh.zip(self.power_max_kw);
        let job_minutes = energy.map_or(power_kw.len() as f64 * step_minutes, |(kwh, kw)| 60.0 * kwh / kw);
        let windows = match self.windows(job_minutes, reading) {
            Ok(windows) => windows,
            Err(problems) => {
                reading.extend(problems);
                return nothing;
            }
        };
        if let Some((energy_kwh, power_max_kw)) = energy {
            return ShiftableForm::Energy { windows: windows.into(), energy_kwh, power_max_kw };
        }
        let course = power_kw.len() as u32;
        let least_on = self.least_on_minutes.map(steps);
        let least_on_steps = least_on.unwrap_or(if self.on_kw.is_some() { 1 } else { course });
        let least_off_steps = self.least_off_minutes.map_or(1, steps);
        ShiftableForm::Cycle { windows: windows.into(), power_kw, least_on_steps, least_off_steps }
    }

    /// The windows that lie within the run, as whole steps.
    fn windows(&self, job_minutes: f64, reading: &mut Reading<'_>) -> Result<Vec<StepWindow>, Problems> {
        let (clock, step_s) = (reading.clock, i64::from(reading.clock.step_s()));
        let all: Vec<Window> = match self.from.zip(self.until) {
            Some((from, until)) => windows::daily(clock, from, until, self.days.unwrap_or_default()),
            None => windows::listed(&self.path, self.window.iter().map(|w| (&*w.start, &*w.end)), reading)?,
        };
        let (start, end) = (clock.start_unix_s(), clock.start_unix_s() + clock.steps() as i64 * step_s);
        let mut problems = Problems::none();
        let mut found = Vec::new();
        let mut free_from = i64::MIN;
        for (i, (begin_unix_s, end_unix_s)) in all.iter().enumerate() {
            let field =
                if self.from.is_some() { format!("{}.until", self.path) } else { format!("{}.window[{i}]", self.path) };
            if *begin_unix_s < free_from {
                let problem = Problem::new(field.clone(), "begins before the window before it has ended");
                problems.push(problem.hint("a load has one job at a time: make it two loads"));
            }
            free_from = *end_unix_s;
            let (first, last) =
                ((begin_unix_s - start + step_s - 1).div_euclid(step_s), (end_unix_s - start).div_euclid(step_s));
            let whole_minutes = (last - first).max(0) as f64 * step_s as f64 / 60.0;
            if whole_minutes < job_minutes * (1.0 - 1e-9) {
                let begin = clock.zone().local_text(*begin_unix_s);
                let message = format!("makes a window shorter than its job of {job_minutes:.0} minutes");
                let problem =
                    Problem::new(field, message).value(format!("{whole_minutes} minutes in whole steps, from {begin}"));
                problems.push(problem.hint("where clocks change a window may be an hour shorter than on other days"));
                break;
            }
            if *begin_unix_s >= start && *end_unix_s <= end {
                found.push(StepWindow { first: first as u32, end: last as u32 });
            }
        }
        let outside = all.len() - found.len();
        if outside > 0 {
            reading.note(format!(
                "{}: {outside} of {} windows reach beyond the run and are left out",
                self.path,
                all.len()
            ));
        }
        problems.or_else(|| found)
    }
}

/// A course of powers of so many minutes each as means over steps, the last of which it may fill in part.
fn on_steps(profile_kw: &[f64], minutes: f64, step_minutes: f64) -> Vec<f64> {
    let whole = profile_kw.len() as f64 * minutes;
    let steps = (whole / step_minutes - 1e-9).ceil().max(1.0) as usize;
    let mean = |step: usize| {
        let (from, until) = (step as f64 * step_minutes, (step + 1) as f64 * step_minutes);
        let part = |(i, kw): (usize, &f64)| {
            let overlap = until.min((i + 1) as f64 * minutes) - from.max(i as f64 * minutes);
            kw * overlap.max(0.0)
        };
        profile_kw.iter().enumerate().map(part).sum::<f64>() / step_minutes
    };
    (0..steps).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutation it catches: energy that the grid of steps loses.
    #[test]
    fn a_course_keeps_its_energy_on_any_step() {
        let profile = [2.0, 0.3, 1.0];
        for (step_minutes, steps) in [(5.0, 12), (15.0, 4), (20.0, 3), (30.0, 2), (60.0, 1)] {
            let on_steps = on_steps(&profile, 20.0, step_minutes);
            assert_eq!(on_steps.len(), steps);
            let kwh = on_steps.iter().sum::<f64>() * step_minutes / 60.0;
            assert!((kwh - 3.3 / 3.0).abs() < 1e-12, "{step_minutes}: {on_steps:?}");
        }
        assert_eq!(on_steps(&profile, 20.0, 30.0), [(2.0 * 20.0 + 0.3 * 10.0) / 30.0, (0.3 * 10.0 + 20.0) / 30.0]);
    }
}
