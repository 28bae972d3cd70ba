//! Windows of time in which something is wanted: one for each day, or listed one by one.

use jiff::civil::Time;
use microgrid_core::{Problem, Problems};

use super::loading::Reading;
use crate::document::Section;
use crate::time::{Clock, DayType};

/// On which days windows begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Days {
    /// On all days.
    #[default]
    All,
    /// On workdays.
    Work,
    /// On rest days and holidays.
    Rest,
}

impl Days {
    /// The choices by their names.
    pub(super) const ALL: [(&'static str, Self); 3] =
        [("all", Self::All), ("workdays", Self::Work), ("rest_days", Self::Rest)];
}

/// Begin and end of a window, seconds since 1970.
pub(super) type Window = (i64, i64);

/// A window for each day of the run, and for the day before, whose window may reach into it: from one local time until another,
/// of the next day where it is not later.
pub(super) fn daily(clock: &Clock, from: Time, until: Time, days: Days) -> Vec<Window> {
    let counts = |date: &jiff::civil::Date| match clock.day_type(*date) {
        DayType::Workday => days != Days::Rest,
        _ => days != Days::Work,
    };
    let eve = clock.local(0).date().yesterday().ok();
    let dates = eve.into_iter().chain(clock.days().map(|(date, _)| date)).filter(counts);
    dates
        .filter_map(|date| {
            let end_date = if until > from { date } else { date.tomorrow().ok()? };
            let begin = clock.zone().nearest_instant(date.to_datetime(from))?;
            let end = clock.zone().nearest_instant(end_date.to_datetime(until))?;
            // A window within the hour that a change of clock skips has no length.
            (end > begin).then_some((begin, end))
        })
        .collect()
}

/// The windows of the table `path.window` as written, each with its index.
pub(super) fn listed<'w>(
    path: &str,
    windows: impl Iterator<Item = (&'w str, &'w str)>,
    reading: &Reading<'_>,
) -> Result<Vec<Window>, Problems> {
    let mut problems = Problems::none();
    let mut found = Vec::new();
    for (i, (start_text, end_text)) in windows.enumerate() {
        let mut instant = |key: &str, text: &str| {
            let read = reading.clock.zone().instant(text);
            let field = || format!("{path}.window[{i}].{key}");
            read.map_err(|fault| problems.push(fault.problem(field(), text))).ok()
        };
        let (start, end) = (instant("start", start_text), instant("end", end_text));
        let Some((start, end)) = start.zip(end) else { continue };
        if end > start {
            found.push((start, end));
        } else {
            let problem = Problem::new(format!("{path}.window[{i}].end"), "is not after the start");
            problems.push(problem.value(end_text));
        }
    }
    problems.or_else(|| found)
}

/// A time of day, such as `22:00`.
pub(super) fn time_of_day(section: &mut Section<'_>, key: &'static str) -> Option<Time> {
    let text = section.moment(key)?;
    let time = text.parse::<Time>().ok();
    if time.is_none() {
        let problem = Problem::new(section.field(key), "is not a time of day").value(format!("\"{text}\""));
        section.push(problem.allowed("00:00 to 23:59, such as 22:00"));
    }
    time
}
