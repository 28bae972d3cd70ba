//! The times of a file's rows: from texts to instants, and which of them are in order and on the grid.

use std::collections::{HashMap, HashSet};

use microgrid_core::{Problem, Problems};

use super::Stamps;
use super::column::{Found, Row, Rows};
use super::timeline::{Source, Timeline};
use crate::time::{Clock, Form, TimeFault, Zone};

/// Forms of times that files are found in, for hints.
const PATTERNS: [&str; 26] = [
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%y %H:%M",
    "%d/%m/%y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%b-%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%y %H:%M",
    "%b %d, %Y %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d %H:%M",
    "%Y%m%d%H%M",
    "%Y-%m-%d %H",
    "%s",
];

/// The instants of the rows, as written.
///
/// # Errors
/// Times that cannot be read, do not exist or exist twice, each kind with its first line.
pub(super) fn instants(source: Source<'_>, rows: &Rows<'_>, zone: &Zone) -> Result<Vec<i64>, Problems> {
    let form = form_of(source);
    let mut unreadable = Found::new();
    let mut impossible = Found::new();
    let mut seen = HashSet::new();
    let mut instants = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        let text = row.time.unwrap_or_default();
        match zone.instant_in_form(text, form) {
            Ok(instant) => instants.push(instant),
            Err(TimeFault::Repeated { first, second, .. }) if source.series.repeated_hour.is_some() => {
                instants.push(if seen.insert(first.0) { first.0 } else { second.0 });
            }
            Err(fault @ TimeFault::Repeated { .. }) => impossible.add(row.line, || {
                fault.problem(source.field, text).hint(
                    "write repeated_hour = \"in_order\" if its first row is before the change, or name another clock",
                )
            }),
            Err(fault @ TimeFault::Skipped { .. }) => impossible.add(row.line, || {
                fault.problem(source.field, text).hint("name the clock in which the times were written")
            }),
            Err(fault) => unreadable.add(row.line, || unreadable_time(source, &fault, text, rows)),
        }
    }
    let mut problems = Problems::none();
    for found in [unreadable, impossible] {
        if let Some(problem) = found.into_problem(&source.series.file) {
            problems.push(problem);
        }
    }
    problems.or_else(|| instants)
}

fn form_of(source: Source<'_>) -> Form<'_> {
    Form { pattern: source.series.time_format.as_deref(), hour_24: source.series.stamps == Some(Stamps::End) }
}

fn unreadable_time(source: Source<'_>, fault: &TimeFault, text: &str, rows: &Rows<'_>) -> Problem {
    let mut problem = fault.problem(source.field, format!("\"{text}\""));
    if *fault != TimeFault::Unreadable {
        return problem;
    }
    if let Some(pattern) = &source.series.time_format {
        problem.allowed = Some(format!("as in time_format, {pattern}"));
    }
    problem.hint = form_hint(source, rows);
    problem
}

/// The keys that would make all of the file's times readable, where some would.
fn form_hint(source: Source<'_>, rows: &Rows<'_>) -> Option<String> {
    let fits = |form: Form<'_>| rows.iter().all(|row| form.fits(row.time.unwrap_or_default()));
    let own = source.series.time_format.as_deref();
    for hour_24 in [false, true] {
        let ends = if hour_24 { "stamps = \"end\", for 24:00 ends its day" } else { "" };
        if fits(Form { pattern: own, hour_24 }) && hour_24 {
            return Some(format!("write {ends}"));
        }
        let found = PATTERNS.into_iter().filter(|pattern| fits(Form { pattern: Some(pattern), hour_24 }));
        let keys: Vec<String> = found.take(3).map(|pattern| format!("time_format = \"{pattern}\"")).collect();
        if !keys.is_empty() {
            let which = if keys.len() > 1 { ", whichever the file means" } else { "" };
            let and = if hour_24 { format!(", and {ends}") } else { String::new() };
            return Some(format!("write {}{which}{and}", keys.join(" or ")));
        }
    }
    None
}

/// Which rows stand out of the order of the others: all that are not in a longest row of times that never go back.
pub(super) fn strays(instants: &[i64]) -> Vec<bool> {
    if instants.windows(2).all(|pair| pair[0] <= pair[1]) {
        return vec![false; instants.len()];
    }
    // Patience sorting: `tails[k]` ends the best ascent of k + 1 rows, `before` chains each row to the one before it.
    let mut tails: Vec<usize> = Vec::new();
    let mut before = vec![None; instants.len()];
    for (row, instant) in instants.iter().enumerate() {
        let place = tails.partition_point(|tail| instants[*tail] <= *instant);
        before[row] = place.checked_sub(1).map(|place| tails[place]);
        if place == tails.len() {
            tails.push(row);
        } else {
            tails[place] = row;
        }
    }
    let mut strays = vec![true; instants.len()];
    let mut row = tails.last().copied();
    while let Some(kept) = row {
        strays[kept] = false;
        row = before[kept];
    }
    // Of two first rows that exclude each other the one nearer to the others is right.
    let kept: Vec<usize> = (0..instants.len()).filter(|row| !strays[*row]).take(2).collect();
    if let [first, second] = kept[..]
        && let Some(other) = (0..second).find(|row| strays[*row])
        && (instants[first] < instants[other] && instants[other] <= instants[second])
    {
        (strays[first], strays[other]) = (true, false);
    }
    strays
}

/// The most frequent distance between neighbours, and of equally frequent ones the shortest; `None` where all are 0.
pub(super) fn usual_distance(ascending: &[i64]) -> Option<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for pair in ascending.windows(2).filter(|pair| pair[1] > pair[0]) {
        *counts.entry(pair[1] - pair[0]).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(distance, count)| (*count, -distance)).map(|(distance, _)| distance)
}

/// A time of the grid that most of the times are on.
pub(super) fn usual_phase(instants: &[i64], interval_s: i64) -> i64 {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for instant in instants {
        *counts.entry(instant.rem_euclid(interval_s)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(phase, count)| (*count, -phase)).map_or(0, |(phase, _)| phase)
}

/// How many seconds after its interval's start a time stands.
pub(super) fn delay_s(stamps: Option<Stamps>, interval_s: i64) -> i64 {
    match stamps {
        None | Some(Stamps::Start) => 0,
        Some(Stamps::Middle) => interval_s / 2,
        Some(Stamps::LastSecond) => interval_s - 1,
        Some(Stamps::End) => interval_s,
    }
}

/// Whether the times look like the ends of their intervals: on the clock that wrote them the first is an interval after
/// midnight and the last at midnight.
pub(super) fn look_like_ends(source: Source<'_>, rows: &Rows<'_>, interval_s: i64) -> bool {
    let form = form_of(source);
    let time_of_day_s = |row: Option<Row<'_>>| form.time_of_day_s(row?.time?);
    let (first, last) = (time_of_day_s(rows.get(0)), time_of_day_s(rows.get(rows.len().saturating_sub(1))));
    rows.len() > 1 && interval_s < 86_400 && first == Some(interval_s) && last == Some(0)
}

/// Refuses a file whose times look like ends where the scenario does not say what they are. A file that covers just the
/// run is taken as it is.
///
/// # Errors
/// Such a file.
pub(super) fn refuse_doubtful(source: Source<'_>, timeline: &Timeline, clock: &Clock) -> Result<(), Problems> {
    let series = source.series;
    let interval_s = i64::from(timeline.interval_s);
    let end = timeline.first + timeline.values.len() as i64 * interval_s;
    let covers_the_run = timeline.first == clock.start_unix_s() && end == clock.unix_s(clock.steps());
    let is_told = series.stamps.is_some() || series.readings == Some(true);
    if is_told || covers_the_run || !timeline.looks_like_ends {
        return Ok(());
    }
    let local = |unix_s: i64| clock.zone().local_text(unix_s);
    Err(Problem::new(source.field, "has times that seem to name the ends of their intervals")
        .value(format!("{} to {} in the site's time", local(timeline.first), local(end - interval_s)))
        .hint("write stamps = \"end\" if they do, or stamps = \"start\"")
        .at(&series.file, None)
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_that_is_wrong_is_the_stray() {
        let at = |instants: &[i64]| {
            let strays = strays(instants);
            (0..strays.len()).filter(|row| strays[*row]).collect::<Vec<_>>()
        };
        assert_eq!(at(&[0, 1, 2, 3]), [0; 0]);
        assert_eq!(at(&[0, 1, 2, 90, 4, 5, 6]), [3], "a leap forward, not the four after it");
        assert_eq!(at(&[90, 1, 2, 3, 4]), [0], "the first row");
        assert_eq!(at(&[10, 1, 12, 13]), [1], "the second row");
        assert_eq!(at(&[3, 4, 5, 1, 6]), [3], "a leap back");
        assert_eq!(at(&[0, 1, 2, 3, 0, 1]).len(), 2);
    }

    #[test]
    fn grid_and_interval_are_those_of_most_rows() {
        assert_eq!(usual_distance(&[0, 3600, 7200, 10_801, 14_400, 18_000]), Some(3600));
        assert_eq!(usual_distance(&[5, 5]), None);
        assert_eq!(usual_phase(&[3601, 7200, 10_800], 3600), 0);
    }
}
