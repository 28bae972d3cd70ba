//! The run's steps in civil time.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use microgrid_core::simulation::Month;
use microgrid_core::{Calendar, Problem, Problems};

use super::settings::{ClockSettings, RunEnd, Span, is_weekend};
use super::{DayType, TimeFault, Zone};

/// The run's steps in the civil time of its place. Steps are of equal length in elapsed time; local time jumps at
/// changes of clock.
///
/// # Examples
/// ```
/// use microgrid_io::time::Clock;
///
/// let clock = Clock::of_days("Europe/Berlin", "2016-01-01", 900, 366)?;
/// assert_eq!(clock.steps(), 8784 * 4);
/// assert_eq!(clock.label(0), "2016-01-01T00:00:00+01:00");
/// assert_eq!(clock.calendar().months.len(), 12);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    zone: Zone,
    start_unix_s: i64,
    step_s: u32,
    steps: u32,
    /// Stretches of one offset: their first steps and the offset in seconds.
    stretches: Vec<(u32, i32)>,
    /// The run's days and their first steps; a day that the zone skips is not among them.
    days: Vec<(Date, u32)>,
    months: Vec<Month>,
    holidays: BTreeSet<Date>,
    make_up_workdays: BTreeSet<Date>,
}

impl Clock {
    /// A clock without holidays that runs for `days` local days.
    ///
    /// # Errors
    /// As [`Clock::new`].
    pub fn of_days(zone: &str, start: &str, step_s: u32, days: u32) -> Result<Self, Problems> {
        Self::new(&ClockSettings {
            zone: zone.to_owned(),
            start: start.to_owned(),
            end: RunEnd::AfterDays(days),
            step_s,
            holidays: Vec::new(),
            make_up_workdays: Vec::new(),
        })
    }

    /// Ties steps to civil time.
    ///
    /// # Errors
    /// Problems of the fields `site.zone`, `time.start`, `time.end`, `time.days`, `time.step_s`, `time.holidays[i]`
    /// and `time.make_up_workdays[i]`: an unknown zone; a local time that does not exist or exists twice; a step that
    /// does not divide an hour; a run that is empty, too long or not a whole number of steps; a day border or a change
    /// of clock inside a step; a day listed twice, and a make-up workday that is a workday already.
    pub fn new(settings: &ClockSettings) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let zone = Zone::by_name(&settings.zone).map_err(|unknown| problems.extend(unknown)).ok();
        let step_s = settings.step_s;
        if step_s == 0 || 3600 % step_s != 0 {
            problems.push(
                Problem::new("time.step_s", "does not divide an hour")
                    .value(format!("{step_s} s"))
                    .allowed("divisors of 3600 s such as 60, 900 or 3600"),
            );
        }
        settings.check_day_lists(&mut problems);
        let span = zone.as_ref().and_then(|zone| settings.span(zone, &mut problems));
        let (Some(zone), Some(span), true) = (zone, span, problems.is_empty()) else { return Err(problems) };
        let mut clock = Self {
            zone,
            start_unix_s: span.start,
            step_s,
            steps: ((span.end - span.start) / i64::from(step_s)) as u32,
            stretches: Vec::new(),
            days: Vec::new(),
            months: Vec::new(),
            holidays: settings.holidays.iter().copied().collect(),
            make_up_workdays: settings.make_up_workdays.iter().copied().collect(),
        };
        clock.lay_stretches(&span).and_then(|()| clock.lay_days(&span))?;
        clock.lay_months(&span);
        Ok(clock)
    }

    /// Number of steps, at least 1.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps as usize
    }

    /// Length of a step in seconds.
    #[must_use]
    pub const fn step_s(&self) -> u32 {
        self.step_s
    }

    /// The run's zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The run's first instant in seconds since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn start_unix_s(&self) -> i64 {
        self.start_unix_s
    }

    /// The start of `step` in seconds since 1970-01-01T00:00Z; at `steps()`, the run's end.
    #[must_use]
    pub fn unix_s(&self, step: usize) -> i64 {
        self.start_unix_s + step as i64 * i64::from(self.step_s)
    }

    /// The local time at which `step` starts.
    ///
    /// # Panics
    /// Where `step` is above `steps()`.
    #[must_use]
    pub fn local(&self, step: usize) -> DateTime {
        self.offset(step).to_datetime(self.timestamp(step))
    }

    /// The start of `step` as RFC 3339 with the offset: `2025-07-01T00:00:00+08:00`.
    ///
    /// # Panics
    /// Where `step` is above `steps()`.
    #[must_use]
    pub fn label(&self, step: usize) -> String {
        self.timestamp(step).display_with_offset(self.offset(step)).to_string()
    }

    /// The days of the run in order, each with its steps. The first and the last may be covered in part.
    pub fn days(&self) -> impl Iterator<Item = (Date, Range<usize>)> + '_ {
        self.days.iter().enumerate().map(|(i, &(date, first))| {
            let end = self.days.get(i + 1).map_or(self.steps, |next| next.1);
            (date, first as usize..end as usize)
        })
    }

    /// The kind of a day; the list of holidays wins over the list of make-up workdays and the weekday.
    #[must_use]
    pub fn day_type(&self, date: Date) -> DayType {
        if self.holidays.contains(&date) {
            DayType::Holiday
        } else if is_weekend(date) && !self.make_up_workdays.contains(&date) {
            DayType::RestDay
        } else {
            DayType::Workday
        }
    }

    /// The time axis for core: local days as they are (23, 24 or 25 hours), billing months as calendar months with the
    /// share of each that the run covers.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        let firsts = self.days.iter().map(|day| day.1);
        let day_first_step = firsts.chain(std::iter::once(self.steps)).collect();
        Calendar { step_s: self.step_s, day_first_step, months: self.months.clone() }
    }

    /// The step border at the time that a text names, 0 to `steps()`; see [`Zone::instant`].
    ///
    /// # Errors
    /// A time that cannot be read, does not exist, exists twice, is outside the run or inside a step.
    pub fn step_at(&self, text: &str) -> Result<usize, TimeFault> {
        self.step_at_unix_s(self.zone.instant(text)?)
    }

    /// The step border at a local time, 0 to `steps()`.
    ///
    /// # Errors
    /// A time that does not exist, exists twice, is outside the run or inside a step.
    pub fn step_at_local(&self, local: DateTime) -> Result<usize, TimeFault> {
        self.step_at_unix_s(self.zone.instant_of(local)?)
    }

    /// The step border at an instant in seconds since 1970-01-01T00:00Z, 0 to `steps()`.
    ///
    /// # Errors
    /// An instant outside the run or inside a step.
    pub fn step_at_unix_s(&self, unix_s: i64) -> Result<usize, TimeFault> {
        if !(self.start_unix_s..=self.unix_s(self.steps())).contains(&unix_s) {
            let run = format!("{} to {}", self.label(0), self.label(self.steps()));
            return Err(TimeFault::OutsideRun { run });
        }
        let since = unix_s - self.start_unix_s;
        if since % i64::from(self.step_s) != 0 {
            return Err(TimeFault::OffGrid { step_s: self.step_s });
        }
        Ok((since / i64::from(self.step_s)) as usize)
    }

    fn offset(&self, step: usize) -> Offset {
        let stretch = self.stretches.partition_point(|stretch| stretch.0 as usize <= step).saturating_sub(1);
        Offset::from_seconds(self.stretches[stretch].1).expect("an offset that came from jiff")
    }

    fn timestamp(&self, step: usize) -> Timestamp {
        assert!(step <= self.steps(), "step {step} is beyond the run's end");
        Timestamp::from_second(self.unix_s(step)).expect("the run's years are bounded when the clock is built")
    }

    /// The step at an instant of the run, where it is a step border.
    fn border(&self, unix_s: i64) -> Option<u32> {
        let since = unix_s - self.start_unix_s;
        (since % i64::from(self.step_s) == 0).then(|| (since / i64::from(self.step_s)) as u32)
    }

    fn lay_stretches(&mut self, span: &Span) -> Result<(), Problems> {
        let start = self.timestamp(0);
        let mut stretches = vec![(0, self.zone.rules().to_offset(start).seconds())];
        for change in self.zone.rules().following(start) {
            let unix_s = change.timestamp().as_second();
            if unix_s >= span.end {
                break;
            }
            let offset_s = change.offset().seconds();
            if Some(offset_s) == stretches.last().map(|stretch| stretch.1) {
                continue; // The name or rule changed, the clock did not.
            }
            let Some(step) = self.border(unix_s) else {
                return Err(Problem::new("time.step_s", "is too long: the clock changes inside a step")
                    .value(format!("{} s", self.step_s))
                    .hint(format!("{} changes its clock at {}", self.zone.name(), change.timestamp()))
                    .into());
            };
            stretches.push((step, offset_s));
        }
        if let Some((_, offset_s)) = stretches.iter().find(|stretch| stretch.1 % 60 != 0) {
            return Err(Problem::new("time.start", "is in a time of offsets that are not whole minutes")
                .value(format!("{offset_s} s from UTC"))
                .hint("such offsets ended in the early 20th century")
                .into());
        }
        self.stretches = stretches;
        Ok(())
    }

    fn lay_days(&mut self, span: &Span) -> Result<(), Problems> {
        let mut date = self.local(0).date();
        let mut days = vec![(date, 0)];
        loop {
            date = date.tomorrow().map_err(|_| beyond_calendar("time.end"))?;
            let first = self.zone.first_instant(date).ok_or_else(|| beyond_calendar("time.end"))?;
            if first >= span.end {
                break;
            }
            let Some(step) = self.border(first) else {
                return Err(Problem::new("time.start", "puts midnight inside a step")
                    .value(self.label(0))
                    .hint(format!("with steps of {} s the day {date} would begin inside a step", self.step_s))
                    .into());
            };
            // A day that the zone skips begins when the day after it does.
            if days.last().is_some_and(|last| last.1 == step) {
                days.pop();
            }
            days.push((date, step));
        }
        self.days = days;
        Ok(())
    }

    fn lay_months(&mut self, span: &Span) {
        let mut months: Vec<Month> = Vec::new();
        for (day, (date, _)) in self.days.iter().enumerate() {
            let label = format!("{:04}-{:02}", date.year(), date.month());
            if months.last().is_some_and(|month| month.label == label) {
                continue;
            }
            let first = self.zone.first_instant(date.first_of_month());
            let next = date.last_of_month().tomorrow().ok().and_then(|next| self.zone.first_instant(next));
            // Years are bounded, so both exist; a share of 1 is the harmless answer where they did not.
            let share = first.zip(next).map_or(1.0, |(first, next)| {
                (span.end.min(next) - span.start.max(first)) as f64 / (next - first) as f64
            });
            months.push(Month { label, first_day: day as u32, share });
        }
        self.months = months;
    }
}

fn beyond_calendar(field: &str) -> Problems {
    Problem::new(field, "is beyond the calendar").allowed("the years 1900 to 2199").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn message(result: Result<Clock, Problems>) -> String {
        result.expect_err("the clock must be refused").to_string()
    }

    #[test]
    fn a_leap_year_has_8784_hours_and_whole_months() {
        let clock = Clock::of_days("Asia/Shanghai", "2016-01-01", 900, 366).unwrap();
        assert_eq!(clock.steps(), 8784 * 4);
        assert_eq!(clock.label(clock.steps()), "2017-01-01T00:00:00+08:00");
        let calendar = clock.calendar();
        assert_eq!(calendar.months.len(), 12);
        assert!(calendar.months.iter().all(|month| month.share == 1.0));
        assert_eq!(calendar.months[2].label, "2016-03");
        assert_eq!(calendar.months[2].first_day, 60);
    }

    #[test]
    fn days_are_23_and_25_hours_long_where_clocks_change() {
        let clock = Clock::of_days("Europe/Berlin", "2016-01-01", 3600, 366).unwrap();
        assert_eq!(clock.steps(), 8784);
        let hours = |wanted| clock.days().find(|(day, _)| *day == wanted).unwrap().1.len();
        assert_eq!(hours(date(2016, 3, 27)), 23);
        assert_eq!(hours(date(2016, 10, 30)), 25);
        assert_eq!(hours(date(2016, 3, 26)), 24);
        let first = clock.days().find(|(day, _)| *day == date(2016, 10, 30)).unwrap().1.start;
        assert_eq!(clock.label(first + 2), "2016-10-30T02:00:00+02:00");
        assert_eq!(clock.label(first + 3), "2016-10-30T02:00:00+01:00");
        assert_eq!(clock.local(first + 3), clock.local(first + 2));
        assert_eq!(clock.step_at("2016-10-30T02:00+01:00"), Ok(first + 3));
        assert!(matches!(clock.step_at("2016-10-30T02:00"), Err(TimeFault::Repeated { .. })));
        assert!(matches!(clock.step_at("2016-03-27T02:00"), Err(TimeFault::Skipped { .. })));
        // Every step's local time is jiff's own.
        for step in 0..clock.steps() {
            let instant = Timestamp::from_second(clock.unix_s(step)).unwrap();
            assert_eq!(clock.local(step), clock.zone().rules().to_datetime(instant));
        }
    }

    #[test]
    fn midnight_that_does_not_exist_and_a_skipped_day() {
        // Clocks in Beirut went from 2022-03-27T00:00 to 01:00.
        let beirut = Clock::of_days("Asia/Beirut", "2022-03-26", 3600, 3).unwrap();
        let lengths: Vec<_> = beirut.days().map(|(_, steps)| steps.len()).collect();
        assert_eq!(lengths, [24, 23, 24]);
        assert_eq!(beirut.label(24), "2022-03-27T01:00:00+03:00");
        let from_the_gap = Clock::of_days("Asia/Beirut", "2022-03-27", 3600, 1).unwrap();
        assert_eq!((from_the_gap.steps(), from_the_gap.label(0).as_str()), (23, "2022-03-27T01:00:00+03:00"));
        // Samoa had no 2011-12-30.
        let apia = Clock::of_days("Pacific/Apia", "2011-12-29", 3600, 3).unwrap();
        let days: Vec<_> = apia.days().map(|(day, steps)| (day.day(), steps.len())).collect();
        assert_eq!(days, [(29, 24), (31, 24)]);
    }

    #[test]
    fn half_hour_zones_fit_and_half_hour_changes_need_half_hour_steps() {
        let kolkata = Clock::of_days("Asia/Kolkata", "2025-01-01", 3600, 365).unwrap();
        assert_eq!(kolkata.label(1), "2025-01-01T01:00:00+05:30");
        let lord_howe = |step_s| Clock::of_days("Australia/Lord_Howe", "2025-01-01", step_s, 365);
        assert_eq!(lord_howe(1800).unwrap().steps(), 8760 * 2);
        assert!(message(lord_howe(3600)).contains("the clock changes inside a step"));
    }

    #[test]
    fn a_part_of_a_month_has_its_share() {
        let clock = Clock::of_days("Asia/Shanghai", "2025-06-16", 3600, 20).unwrap();
        let months = clock.calendar().months;
        assert_eq!((months[0].label.as_str(), months[0].share), ("2025-06", 0.5));
        assert_eq!((months[1].label.as_str(), months[1].first_day, months[1].share), ("2025-07", 15, 5.0 / 31.0));
    }

    #[test]
    fn a_run_may_start_inside_a_day_and_end_at_a_time() {
        let settings = ClockSettings {
            zone: "Asia/Shanghai".into(),
            start: "2025-07-01T18:00+08:00".into(),
            end: RunEnd::At("2025-07-02T22:00Z".into()),
            step_s: 3600,
            holidays: vec![],
            make_up_workdays: vec![],
        };
        let clock = Clock::new(&settings).unwrap();
        let lengths: Vec<_> = clock.days().map(|(_, steps)| steps.len()).collect();
        assert_eq!(lengths, [6, 24, 6]);
        assert_eq!(clock.calendar().day_first_step, [0, 6, 30, 36]);
    }

    #[test]
    fn holidays_win_over_make_up_workdays_over_weekdays() {
        let mut settings = ClockSettings {
            zone: "Asia/Shanghai".into(),
            start: "2025-01-01".into(),
            end: RunEnd::AfterDays(365),
            step_s: 3600,
            holidays: vec![date(2025, 10, 1)],
            make_up_workdays: vec![date(2025, 9, 28)],
        };
        let clock = Clock::new(&settings).unwrap();
        assert_eq!(clock.day_type(date(2025, 10, 1)), DayType::Holiday);
        assert_eq!(clock.day_type(date(2025, 9, 28)), DayType::Workday);
        assert_eq!(clock.day_type(date(2025, 9, 27)), DayType::RestDay);
        assert_eq!(clock.day_type(date(2025, 9, 26)), DayType::Workday);
        settings.make_up_workdays = vec![date(2025, 9, 26), date(2025, 10, 1)];
        let problems = message(Clock::new(&settings));
        assert!(problems.contains("time.make_up_workdays[0]: is a workday"), "{problems}");
        assert!(problems.contains("time.make_up_workdays[1]: is listed twice"), "{problems}");
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let of = |zone, start, step_s, days| message(Clock::of_days(zone, start, step_s, days));
        assert!(of("Asia/Shangai", "2025-01-01", 900, 1).contains("did you mean Asia/Shanghai?"));
        assert!(of("Asia/Shanghai", "2025-02-30", 900, 1).contains("time.start: is not a date and time"));
        assert!(of("Asia/Shanghai", "2025-01-01", 7, 1).contains("time.step_s: does not divide an hour"));
        assert!(of("Asia/Shanghai", "-009999-01-01", 900, 1).contains("time.start: is"));
        assert!(of("Asia/Shanghai", "2025-01-01", 900, 0).contains("time.days: is out of range"));
        assert!(of("Asia/Shanghai", "2025-01-01", 900, u32::MAX).contains("time.days: is out of range"));
        assert!(of("Asia/Shanghai", "2025-01-01", 1, 3650).contains("too long"));
        assert!(of("Asia/Shanghai", "0001-01-01", 900, 1).contains("time.start: is out of range"));
        assert!(of("Asia/Shanghai", "9999-12-31", 900, 1).contains("time.start: is out of range"));
        assert!(of("Asia/Shanghai", "1900-01-01", 900, 1).contains("not whole minutes"));
        assert!(of("Asia/Shanghai", "2025-01-01T00:20", 3600, 2).contains("puts midnight inside a step"));
        assert!(of("Asia/Shanghai", "2025-01-01T00:00+09:00", 900, 1).contains("allowed: +08"));
        assert!(of("Europe/Berlin", "2025-03-30T02:30", 900, 1).contains("does not exist in Europe/Berlin"));
        assert!(of("Europe/Berlin", "2025-10-26T02:30", 900, 1).contains("add the offset: +02 for the first"));
    }
}
