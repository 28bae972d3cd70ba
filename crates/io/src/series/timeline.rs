//! Rows with times, or of a stated length, laid on an even grid of intervals: duplicates, repeated hours and gaps are
//! handled by their rules or refused.

use std::borrow::Cow;
use std::collections::HashSet;

use microgrid_core::{Problem, Problems};

use super::column::{Found, Row, Rows};
use super::stamps::{delay_s, instants, look_like_ends, strays, usual_distance, usual_phase};
use super::{Duplicates, Gaps, SeriesFile};
use crate::time::{Clock, Zone};

/// Most intervals of a file, a guard against a short interval over a long time.
const INTERVALS_MAX: i64 = 50_000_000;

/// Longest interval of a file.
const INTERVAL_MAX_S: i64 = 31 * 86_400;

/// Values of even intervals.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Timeline {
    /// Start of the first interval, seconds since 1970-01-01T00:00Z.
    pub(super) first: i64,
    /// Length of an interval in seconds.
    pub(super) interval_s: u32,
    /// The values; `None` where the file has none.
    pub(super) values: Vec<Option<f64>>,
    /// The file's line of each value; 0 where there is none.
    pub(super) lines: Vec<u32>,
    /// Whether the times look like the ends of their intervals.
    pub(super) looks_like_ends: bool,
    /// What rules did.
    pub(super) notes: Vec<String>,
}

/// A series while its file is read: its path in the scenario and its table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) field: &'a str,
    pub(super) series: &'a SeriesFile,
}

impl Timeline {
    /// Rows of the stated length from the run's start on.
    ///
    /// # Errors
    /// Rows that do not end with the run.
    pub(super) fn of_rows(source: Source<'_>, rows: &Rows<'_>, clock: &Clock) -> Result<Self, Problems> {
        let interval_s = source.series.stated_interval_s().unwrap_or(clock.step_s());
        let run_s = clock.steps() as i64 * i64::from(clock.step_s());
        if rows.len() as i64 * i64::from(interval_s) != run_s {
            let wanted = run_s as f64 / f64::from(interval_s);
            return Err(Problem::new(source.field, "has the wrong number of rows for the run")
                .value(rows.len())
                .allowed(format!("{wanted} rows of {interval_s} s"))
                .at(&source.series.file, None)
                .into());
        }
        Ok(Self {
            first: clock.start_unix_s(),
            interval_s,
            values: rows.iter().map(|row| row.value).collect(),
            lines: rows.iter().map(|row| row.line as u32).collect(),
            looks_like_ends: false,
            notes: Vec::new(),
        })
    }

    /// Rows at their times.
    ///
    /// # Errors
    /// Times that cannot be read, do not exist, exist twice, are out of order or off the grid; duplicates without a
    /// rule.
    pub(super) fn of_times(source: Source<'_>, rows: &Rows<'_>, zone: &Zone) -> Result<Self, Problems> {
        let file = &source.series.file;
        let instants = instants(source, rows, zone)?;
        let strays = strays(&instants);
        let kept = || instants.iter().zip(&strays).filter(|(_, stray)| !**stray).map(|(instant, _)| *instant);
        let in_order: Cow<'_, [i64]> = if strays.contains(&true) { kept().collect() } else { Cow::Borrowed(&instants) };
        let stated = source.series.stated_interval_s().map(i64::from);
        let Some(interval_s) = stated.or_else(|| usual_distance(&in_order)) else {
            return Err(Problem::new(source.field, "has no two times, so the length of its interval is not known")
                .hint("write interval_minutes")
                .at(file, None)
                .into());
        };
        if !(1..=INTERVAL_MAX_S).contains(&interval_s) {
            return Err(Problem::new(source.field, "has an interval that is out of range")
                .value(format!("{interval_s} s"))
                .allowed(format!("1 s to {} days", INTERVAL_MAX_S / 86_400))
                .at(file, None)
                .into());
        }
        let (least, last) = (in_order[0], in_order[in_order.len() - 1]);
        let first = least - (least - usual_phase(&in_order, interval_s)).rem_euclid(interval_s);
        let count = (last - first) / interval_s + 1;
        if count > INTERVALS_MAX {
            return Err(Problem::new(source.field, "spans too many intervals")
                .value(format!("{count} of {interval_s} s"))
                .allowed(format!("{INTERVALS_MAX}"))
                .at(file, None)
                .into());
        }
        let known: HashSet<i64> = if strays.contains(&true) { kept().collect() } else { HashSet::new() };
        let mut grid = Grid::new(source, first, interval_s, count as usize);
        for ((row, instant), stray) in rows.iter().zip(&instants).zip(&strays) {
            if *stray && !known.contains(instant) {
                let text = row.time.unwrap_or_default();
                let found = || Problem::new(source.field, "has a time out of the order of the others").value(text);
                grid.backwards.add(row.line, found);
            } else {
                grid.lay(&row, *instant, *stray);
            }
        }
        let timeline = grid.finish(zone)?;
        let first = timeline.first - delay_s(source.series.stamps, interval_s);
        Ok(Self { first, looks_like_ends: look_like_ends(source, rows, interval_s), ..timeline })
    }

    /// Fills the gaps that touch the intervals `from..to` by the rule.
    ///
    /// # Errors
    /// Gaps without a rule, longer than the rule may fill, or without the values that it needs.
    pub(super) fn fill(&mut self, source: Source<'_>, from: usize, to: usize, clock: &Clock) -> Result<(), Problems> {
        let mut filled = 0;
        let mut refused = Found::new();
        let longest_h = source.series.gap_max_hours.unwrap_or(6.0);
        let mut at = from;
        while at < to {
            if self.values[at].is_some() {
                at += 1;
                continue;
            }
            let before = self.values[..at].iter().rposition(Option::is_some);
            let after = self.values[at..].iter().position(Option::is_some).map(|distance| at + distance);
            let start = before.map_or(0, |before| before + 1);
            let end = after.unwrap_or(self.values.len());
            let gap_h = (end - start) as f64 * f64::from(self.interval_s) / 3600.0;
            let line = after.or(before).map_or(0, |near| self.lines[near].into());
            let problem = |message: &str| {
                let unix_s = self.first + start as i64 * i64::from(self.interval_s);
                let at = clock.zone().local_text(unix_s);
                Problem::new(source.field, message.to_owned())
                    .value(format!("{gap_h} h without a value from {at} in the site's time"))
            };
            let ends =
                before.map(|before| (before, self.values[before])).zip(after.map(|after| (after, self.values[after])));
            match (source.series.gaps, before, ends) {
                (None, ..) => refused.add(line, || {
                    problem("has a gap").hint("write gaps = \"interpolate\" or gaps = \"hold\" to fill it")
                }),
                (Some(_), ..) if gap_h > longest_h => refused.add(line, || {
                    problem("has a gap that is too long to fill")
                        .allowed(format!("at most {longest_h} h"))
                        .hint("gap_max_hours says how long a gap may be")
                }),
                (Some(Gaps::Hold), Some(before), _) => {
                    for slot in start..end {
                        self.values[slot] = self.values[before];
                    }
                    filled += end - start;
                }
                (Some(Gaps::Interpolate), _, Some(((before, Some(low)), (after, Some(high))))) => {
                    for slot in start..end {
                        let part = (slot - before) as f64 / (after - before) as f64;
                        self.values[slot] = Some(low + (high - low) * part);
                    }
                    filled += end - start;
                }
                _ => refused.add(line, || problem("has a gap at its end that no value beyond can fill")),
            }
            at = end;
        }
        if filled > 0 {
            let how = match source.series.gaps {
                Some(Gaps::Hold) => "filled with the value before",
                _ => "interpolated",
            };
            self.notes.push(format!("{filled} missing values {how}"));
        }
        match refused.into_problem(&source.series.file) {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }
}

impl Timeline {
    /// Turns readings of a register into the energies of the intervals `from..to`.
    ///
    /// # Errors
    /// A reading below the one before.
    pub(super) fn differences(&mut self, source: Source<'_>, from: usize, to: usize) -> Result<(), Problems> {
        let mut falls = Found::new();
        for at in from..to {
            let next = self.values.get(at + 1).copied().flatten();
            let pair = self.values[at].zip(next);
            if let Some((reading, next)) = pair.filter(|(reading, next)| next < reading) {
                falls.add(self.lines[at + 1].into(), || {
                    Problem::new(
                        source.field,
                        "has a reading below the one before, as where a meter was changed or began anew",
                    )
                    .value(format!("{next} after {reading}"))
                    .hint("add up the readings before they come here")
                });
            }
            self.values[at] = pair.map(|(reading, next)| next - reading);
        }
        match falls.into_problem(&source.series.file) {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }
}

/// Rows being laid on their intervals.
struct Grid<'a> {
    source: Source<'a>,
    first: i64,
    interval_s: i64,
    sums: Vec<(f64, u32)>,
    /// The line that holds each interval's time; 0 where none does.
    laid: Vec<u32>,
    /// The intervals whose time stands on a line that is out of order.
    strayed: HashSet<usize>,
    off_grid: Found,
    backwards: Found,
    doubled: Vec<(u64, i64)>,
}

impl<'a> Grid<'a> {
    fn new(source: Source<'a>, first: i64, interval_s: i64, count: usize) -> Self {
        Self {
            source,
            first,
            interval_s,
            sums: vec![(0.0, 0); count],
            laid: vec![0; count],
            strayed: HashSet::new(),
            off_grid: Found::new(),
            backwards: Found::new(),
            doubled: Vec::new(),
        }
    }

    fn lay(&mut self, row: &Row<'_>, instant: i64, stray: bool) {
        let since = instant - self.first;
        if since % self.interval_s != 0 {
            let (field, interval_s) = (self.source.field, self.interval_s);
            self.off_grid.add(row.line, || {
                Problem::new(field, "has a time off the grid of the others")
                    .value(row.time.unwrap_or_default())
                    .allowed(format!("whole intervals of {interval_s} s"))
            });
            return;
        }
        let slot = (since / self.interval_s) as usize;
        // Of two rows of a time the one out of order is the second in mind, and named.
        let (line, laid) = (row.line, u64::from(self.laid[slot]));
        if laid == 0 || (!stray && self.strayed.remove(&slot)) {
            self.laid[slot] = line as u32;
            if stray {
                self.strayed.insert(slot);
            }
        }
        if laid != 0 {
            self.doubled.push((if u64::from(self.laid[slot]) == line { laid } else { line }, instant));
        }
        if let Some(value) = row.value {
            let (sum, count) = &mut self.sums[slot];
            match self.source.series.duplicates {
                Some(Duplicates::Last) => (*sum, *count) = (value, 1),
                Some(Duplicates::First) if *count > 0 => {}
                _ => (*sum, *count) = (*sum + value, *count + 1),
            }
        }
    }

    fn finish(self, zone: &Zone) -> Result<Timeline, Problems> {
        let file = &self.source.series.file;
        let mut problems = Problems::none();
        for found in [self.off_grid, self.backwards] {
            if let Some(problem) = found.into_problem(file) {
                problems.push(problem);
            }
        }
        let mut notes = Vec::new();
        match (self.source.series.duplicates, self.doubled.first()) {
            (None, Some((line, instant))) => {
                let time = zone.local_text(*instant);
                let mut found = Found::new();
                for _ in 0..self.doubled.len() {
                    found.add(*line, || {
                        Problem::new(self.source.field, "has a time twice")
                            .value(&time)
                            .hint("write duplicates = \"mean\", \"first\" or \"last\" to take one value of them")
                    });
                }
                if let Some(problem) = found.into_problem(file) {
                    problems.push(problem);
                }
            }
            (Some(rule), Some(_)) => notes.push(format!(
                "{} duplicate times, {}",
                self.doubled.len(),
                match rule {
                    Duplicates::Mean => "their mean taken",
                    Duplicates::First => "the first taken",
                    Duplicates::Last => "the last taken",
                }
            )),
            _ => {}
        }
        let value = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
        problems.or_else(|| Timeline {
            first: self.first,
            interval_s: self.interval_s as u32,
            values: self.sums.into_iter().map(value).collect(),
            lines: self.laid,
            looks_like_ends: false,
            notes,
        })
    }
}
