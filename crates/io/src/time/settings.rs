//! What a clock is built from, and whether it can be.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use microgrid_core::{Problem, Problems};

use super::Zone;

/// Most steps of a run: a year and a half of seconds.
const STEPS_MAX: i64 = 50_000_000;

/// What a [`Clock`](super::Clock) is built from.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockSettings {
    /// IANA name of the site's zone, such as `Asia/Shanghai`.
    pub zone: String,
    /// The run's first instant: a date, a local date and time, or either with an offset. The year is 1900 to 2199.
    pub start: String,
    /// Where the run ends.
    pub end: RunEnd,
    /// Length of a step in seconds: a divisor of 3600.
    pub step_s: u32,
    /// Holidays, in any order.
    pub holidays: Vec<Date>,
    /// Saturdays and Sundays that are workdays, in any order.
    pub make_up_workdays: Vec<Date>,
}

/// Where a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// Before this time, written like the start.
    At(String),
    /// After so many local days, 23- and 25-hour days counted as one, at the start's time of day.
    AfterDays(u32),
}

/// The run's instants in seconds since 1970-01-01T00:00Z, the end exclusive.
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl ClockSettings {
    /// The run's first and last instant, or problems of `time.start`, `time.end`, `time.days`.
    pub(super) fn span(&self, zone: &Zone, problems: &mut Problems) -> Option<Span> {
        let instant = |problems: &mut Problems, field: &str, text: &str| {
            let found = zone.instant(text).map_err(|fault| problems.push(fault.problem(field, text))).ok()?;
            let year = zone.local(found)?.year();
            if (1900..2200).contains(&year) {
                return Some(found);
            }
            problems.push(Problem::new(field, "is out of range").value(text).allowed("the years 1900 to 2199"));
            None
        };
        let start = instant(problems, "time.start", &self.start);
        let (field, end) = match &self.end {
            RunEnd::At(text) => ("time.end", instant(problems, "time.end", text)),
            RunEnd::AfterDays(days) => {
                let end = end_after(zone, start?, *days);
                if end.is_none() {
                    problems.push(
                        Problem::new("time.days", "is out of range")
                            .value(days)
                            .allowed("1 day to the end of the year 2199"),
                    );
                }
                ("time.days", end.and_then(|end| instant(problems, "time.days", &end)))
            }
        };
        let (start, end) = (start?, end?);
        let step_s = i64::from(self.step_s).max(1);
        let found = || format!("{} s from start to end", end - start);
        if end <= start {
            problems.push(Problem::new(field, "is not after the start").value(found()));
        } else if 3600 % step_s == 0 && (end - start) % step_s != 0 {
            problems.push(
                Problem::new(field, "does not leave whole steps")
                    .value(found())
                    .allowed(format!("multiples of {step_s} s")),
            );
        } else if (end - start) / step_s > STEPS_MAX {
            problems.push(
                Problem::new(field, "makes the run too long").value(found()).allowed(format!("{STEPS_MAX} steps")),
            );
        } else {
            return Some(Span { start, end });
        }
        None
    }

    /// Refuses days listed twice, and make-up workdays that are workdays already.
    pub(super) fn check_day_lists(&self, problems: &mut Problems) {
        let mut seen = BTreeSet::new();
        for (field, dates) in [("time.holidays", &self.holidays), ("time.make_up_workdays", &self.make_up_workdays)] {
            for (i, date) in dates.iter().enumerate() {
                if !seen.insert(*date) {
                    problems.push(Problem::new(format!("{field}[{i}]"), "is listed twice").value(date));
                } else if field == "time.make_up_workdays" && !is_weekend(*date) {
                    problems.push(
                        Problem::new(format!("{field}[{i}]"), "is a workday without being listed")
                            .value(format!("{date}, a {:?}", date.weekday()))
                            .allowed("Saturdays and Sundays"),
                    );
                }
            }
        }
    }
}

/// The local time `days` days after `start`, with its offset where there is doubt; `None` out of the calendar.
fn end_after(zone: &Zone, start: i64, days: u32) -> Option<String> {
    let local = zone.local(start)?;
    let date = local.date().checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    let days_later = date.to_datetime(local.time());
    if days == 0 || date.year() > 2200 {
        return None;
    }
    // A run from a day's first instant ends at a day's first instant, whether or not that is midnight.
    let from_midnight = zone.first_instant(local.date()) == Some(start);
    Some(if from_midnight { date.to_string() } else { days_later.to_string() })
}

/// Whether a date is a Saturday or Sunday.
pub(super) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
