//! A date and time as a text writes it, before a zone makes an instant of it.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::fmt::temporal::{DateTimeParser, PiecesOffset};
use jiff::tz::Offset;

use super::TimeFault;

/// A date, the time of day where one is written, and the offset where one is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Written {
    pub(super) date: Date,
    pub(super) time: Option<Time>,
    pub(super) offset: Option<Offset>,
    /// Whether the offset is `Z`.
    pub(super) is_zulu: bool,
}

/// How the times of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Form<'a> {
    /// Pattern of `strptime`; without it ISO 8601.
    pub(crate) pattern: Option<&'a str>,
    /// Whether hour 24 ends a day.
    pub(crate) hour_24: bool,
}

impl Form<'_> {
    pub(super) fn read(self, text: &str) -> Result<Written, TimeFault> {
        let read = |text: &str| match self.pattern {
            Some(pattern) => by_pattern(text, pattern),
            None => iso(text),
        };
        let text = text.trim();
        match read(text) {
            Err(TimeFault::Unreadable) if self.hour_24 => end_of_day(text, read).ok_or(TimeFault::Unreadable),
            found => found,
        }
    }

    /// Seconds from midnight to the time that a text writes, on the clock that wrote it; `None` where it cannot be read.
    pub(crate) fn time_of_day_s(self, text: &str) -> Option<i64> {
        let time = self.read(text).ok()?.time.unwrap_or(Time::midnight());
        Some(i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second()))
    }

    /// Whether the text can be read, and its year is one that a meter may have seen.
    pub(crate) fn fits(self, text: &str) -> bool {
        self.read(text).is_ok_and(|written| (1950..2150).contains(&written.date.year()))
    }
}

fn iso(text: &str) -> Result<Written, TimeFault> {
    let pieces = DateTimeParser::new().parse_pieces(text).map_err(|_| TimeFault::Unreadable)?;
    if pieces.time_zone_annotation().is_some() {
        return Err(TimeFault::Unreadable);
    }
    let is_zulu = pieces.offset() == Some(PiecesOffset::Zulu);
    let offset = pieces.offset().map(|_| pieces.to_numeric_offset().unwrap_or(Offset::UTC));
    Ok(Written { date: pieces.date(), time: pieces.time(), offset, is_zulu })
}

fn by_pattern(text: &str, pattern: &str) -> Result<Written, TimeFault> {
    let parts = BrokenDownTime::parse(pattern, text).map_err(|_| TimeFault::Unreadable)?;
    if let Some(instant) = parts.timestamp() {
        let utc = Offset::UTC.to_datetime(instant);
        return Ok(Written { date: utc.date(), time: Some(utc.time()), offset: Some(Offset::UTC), is_zulu: true });
    }
    let date = parts.to_date().map_err(|_| TimeFault::Unreadable)?;
    let time = parts.to_time().map_err(|_| TimeFault::Unreadable)?;
    Ok(Written { date, time: parts.hour().map(|_| time), offset: parts.offset(), is_zulu: false })
}

/// The day's end that a text with hour 24 names. Hour 24 is the one 24 that cannot be read and can as 00.
fn end_of_day(text: &str, read: impl Fn(&str) -> Result<Written, TimeFault>) -> Option<Written> {
    text.match_indices("24").find_map(|(at, _)| {
        let mut midnight = text.to_owned();
        midnight.replace_range(at..at + 2, "00");
        let written = read(&midnight).ok().filter(|written| written.time == Some(Time::midnight()))?;
        let time = written.offset.map(|_| Time::midnight());
        Some(Written { date: written.date.tomorrow().ok()?, time, ..written })
    })
}

/// Why a pattern cannot be used, where it cannot: an unknown part, or no day or hour.
pub(crate) fn pattern_fault(pattern: &str) -> Option<&'static str> {
    let moment: DateTime = date(2023, 6, 15).at(13, 45, 50, 0);
    let Ok(sample) = moment.to_zoned(jiff::tz::TimeZone::UTC) else { return None };
    let Ok(text) = strtime::format(pattern, &sample) else { return Some("has a part that is not known") };
    match by_pattern(&text, pattern) {
        Ok(read) if read.date == moment.date() && read.time.is_none_or(|time| time.hour() == moment.hour()) => None,
        _ => Some("does not tell the year, month, day and hour"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hour_24_ends_its_day_in_every_form() {
        for (pattern, text, day) in [
            (None, "2024-02-28 24:00", date(2024, 2, 29)),
            (None, "2023-12-31T24:00:00", date(2024, 1, 1)),
            (Some("%d.%m.%Y %H:%M"), "24.06.2024 24:00", date(2024, 6, 25)),
            (Some("%Y-%m-%d %H"), "2024-06-24 24", date(2024, 6, 25)),
        ] {
            let form = |hour_24| Form { pattern, hour_24 };
            assert_eq!(form(false).read(text), Err(TimeFault::Unreadable), "{text}");
            let read = form(true).read(text).unwrap();
            assert_eq!((read.date, read.time), (day, None), "{text}");
        }
        let form = Form { pattern: None, hour_24: true };
        assert!(form.read("2024-06-24 24:30").is_err());
        assert_eq!(form.read("2024-06-24T24:00+02:00").unwrap().time, Some(Time::midnight()));
    }

    #[test]
    fn patterns_that_lose_the_day_or_the_hour_are_refused() {
        for good in ["%d.%m.%Y %H:%M", "%m/%d/%y %I:%M %p", "%s", "%Y-%m-%d %H", "%d.%m.%Y", "%Y-%m-%dT%H:%M%z"] {
            assert_eq!(pattern_fault(good), None, "{good}");
        }
        for bad in ["%H:%M", "%d.%m. %H:%M", "%m/%d/%Y %I:%M", "DD.MM.YYYY", "%Q~", "%", ""] {
            assert!(pattern_fault(bad).is_some(), "{bad}");
        }
    }
}
