//! `[time]`: from when to when, in which steps, and which days are not what their weekday says.

use jiff::civil::Date;
use microgrid_core::Problem;
use schemars::JsonSchema;

use crate::document::{Document, Section, Text};
use crate::time::{ClockSettings, RunEnd, date_of};

/// From when to when the run goes, and in which steps.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TimeTable {
    /// First instant in the site's time: a date, a date and time, or either with an offset where it exists twice.
    pub start: String,
    /// End (exclusive), written like the start; instead of `days`.
    pub end: Option<String>,
    /// Number of local days; instead of `end`.
    pub days: Option<u32>,
    /// Length of a step in minutes; a divisor of 60, or a part of a minute that is a divisor of 3600 s.
    pub step_minutes: Option<f64>,
    /// Length of a step in seconds, a divisor of 3600; instead of `step_minutes`.
    pub step_s: Option<u32>,
    /// Dates of holidays, for tariffs that tell them apart.
    #[schemars(with = "Option<Vec<String>>")]
    pub holidays: Vec<Date>,
    /// Dates of Saturdays and Sundays that are workdays.
    #[schemars(with = "Option<Vec<String>>")]
    pub make_up_workdays: Vec<Date>,
}

impl TimeTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let start = section.required_moment("start", "a date such as 2025-01-01");
        let table = Self {
            start,
            end: section.moment("end"),
            days: section.whole("days"),
            step_minutes: section.minutes("step_minutes"),
            step_s: section.seconds("step_s"),
            holidays: dates(section, "holidays"),
            make_up_workdays: dates(section, "make_up_workdays"),
        };
        section.require_one(&["end", "days"]);
        section.require_one(&["step_minutes", "step_s"]);
        table
    }

    /// What the clock is built from; `None` where a field it needs has a problem.
    pub(super) fn clock_settings(&self, zone: &str, document: &Document<'_>) -> Option<ClockSettings> {
        let needed =
            ["site.zone", "time.start", "time.end", "time.days", "time.step_minutes", "time.step_s", "time.holidays"];
        if needed.iter().chain(&["time.make_up_workdays"]).any(|field| document.is_faulty(field)) {
            return None;
        }
        let end = match (&self.end, self.days) {
            (Some(end), None) => RunEnd::At(end.clone()),
            (None, Some(days)) => RunEnd::AfterDays(days),
            _ => return None,
        };
        let step_s = self.step_s.or(self.step_minutes.map(|minutes| (minutes * 60.0) as u32))?;
        Some(ClockSettings {
            zone: zone.to_owned(),
            start: self.start.clone(),
            end,
            step_s,
            holidays: self.holidays.clone(),
            make_up_workdays: self.make_up_workdays.clone(),
        })
    }
}

fn dates(section: &mut Section<'_>, key: &'static str) -> Vec<Date> {
    let texts = section.moments(key);
    let date = |Text { field, text }: Text| {
        let date = date_of(&text);
        if date.is_none() {
            section
                .push(Problem::new(field, "is not a date").value(format!("\"{text}\"")).allowed("such as 2025-10-01"));
        }
        date
    };
    texts.into_iter().filter_map(date).collect()
}
