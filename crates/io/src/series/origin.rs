//! Where in its file the value of a step stands: at the step's own time, or at the same time on the wall clock of other
//! weeks.
//!
//! # Model
//! `redate_weeks = w`: a step at the local time t takes what the file has at t − 7w days. `repeat_yearly`: the file begins
//! at the local date d. A step at t lies in the nth year from d on; with D days from d to its nth anniversary the shift
//! is round(D / 7) weeks, so that weekdays hold and the season is at most four days off; what then lies before or behind
//! the file is moved by 52 weeks once more. Local times are the site's. A local time that exists twice takes the first,
//! and one that does not exist the time after it, so that a change of clock in either year leaves no gap.

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};
use microgrid_core::{Problem, Problems};

use super::timeline::{Source, Timeline};
use crate::time::Clock;

const DAY_S: i64 = 86_400;

/// For each step, seconds from the file's start to where its value begins.
///
/// # Errors
/// A file that is shorter than 52 weeks and is to be repeated; dates that leave the calendar.
pub(super) fn origins(source: Source<'_>, timeline: &mut Timeline, clock: &Clock) -> Result<Vec<i64>, Problems> {
    let repeats = source.series.repeat_yearly == Some(true);
    let Some(weeks) = source.series.redate_weeks.or(repeats.then_some(0)) else {
        return Ok((0..clock.steps()).map(|step| clock.unix_s(step) - timeline.first).collect());
    };
    let moved = |local: DateTime, weeks: i64| {
        let earlier = local.checked_sub(Span::new().try_weeks(weeks).ok()?).ok()?;
        Some(clock.zone().nearest_instant(earlier)? - timeline.first)
    };
    let length_s = timeline.values.len() as i64 * i64::from(timeline.interval_s);
    let first = clock.zone().local(timeline.first).map(DateTime::date);
    if repeats && length_s < 52 * 7 * DAY_S {
        return Err(Problem::new(source.field, "is too short to be repeated every year")
            .value(format!("{:.1} days", length_s as f64 / DAY_S as f64))
            .allowed("at least 364 days, 52 weeks")
            .at(&source.series.file, None)
            .into());
    }
    let origin = |step: usize| {
        let local = clock.local(step);
        if !repeats {
            return moved(local, weeks);
        }
        let weeks = weeks_since(first?, local.date())?;
        let since = moved(local, weeks)?;
        match since {
            _ if since < 0 => moved(local, weeks - 52),
            _ if since + i64::from(clock.step_s()) > length_s => moved(local, weeks + 52),
            _ => Some(since),
        }
    };
    let origins: Option<Vec<i64>> = (0..clock.steps()).map(origin).collect();
    let key = if repeats { "repeat_yearly" } else { "redate_weeks" };
    let origins = origins.ok_or_else(|| Problem::new(format!("{}.{key}", source.field), "leaves the calendar"))?;
    timeline.notes.push(match repeats {
        true => format!("a year from {} on repeated by whole weeks", first.map_or_else(String::new, |d| d.to_string())),
        false => format!("moved by {weeks} weeks"),
    });
    Ok(origins)
}

/// Whole weeks from `first` to the anniversary of it that `date` follows, rounded.
fn weeks_since(first: Date, date: Date) -> Option<i64> {
    let early = i16::from((date.month(), date.day()) < (first.month(), first.day()));
    let years = date.year() - first.year() - early;
    let anniversary = first.checked_add(years.years()).ok()?;
    let days = i64::from((anniversary - first).get_days());
    Some((days + 3).div_euclid(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weekdays_hold_and_the_season_is_four_days_off_at_most() {
        for first in [date(2019, 1, 1), date(2016, 2, 29), date(2023, 7, 1)] {
            let mut day = date(2015, 1, 1);
            while day < date(2040, 1, 1) {
                let weeks = weeks_since(first, day).unwrap();
                let source = day.checked_sub(weeks.weeks()).unwrap();
                assert_eq!(source.weekday(), day.weekday());
                let since = i64::from((source - first).get_days());
                assert!((-4..=369).contains(&since), "{day} from {first}: {since}");
                day = day.tomorrow().unwrap();
            }
        }
    }
}
