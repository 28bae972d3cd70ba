//! A place's civil time, and the instants that texts and local times name in it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use microgrid_core::{Problem, Problems};

use super::written::{Form, Written};

/// An IANA time zone from the database that is built in: results do not depend on the machine's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// Why a time could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeFault {
    /// The text is not a date, or a date and time.
    Unreadable,
    /// The time is not a whole second.
    PartOfSecond,
    /// The local time is skipped where clocks are set forward.
    Skipped {
        /// The zone's name.
        zone: String,
    },
    /// The local time is passed twice where clocks are set back.
    Repeated {
        /// The zone's name.
        zone: String,
        /// The first instant, in seconds since 1970-01-01T00:00Z, and its offset from UTC.
        first: (i64, Offset),
        /// The second instant, in seconds since 1970-01-01T00:00Z, and its offset from UTC.
        second: (i64, Offset),
    },
    /// The offset written is not the zone's at that time.
    OffsetConflict {
        /// The zone's name.
        zone: String,
        /// The zone's offset at the instant written.
        offset: Offset,
    },
    /// The instant is not a border of the run's steps.
    OffGrid {
        /// Length of a step in seconds.
        step_s: u32,
    },
    /// The instant is before the run's start or after its end.
    OutsideRun {
        /// The run's start, and its end (exclusive).
        run: String,
    },
}

impl TimeFault {
    /// The fault as a problem of `field`, which holds `value`.
    #[must_use]
    pub fn problem(&self, field: impl ToString, value: impl ToString) -> Problem {
        let problem = |message: String| Problem::new(field, message).value(value);
        match self {
            Self::Unreadable => problem("is not a date and time".into())
                .allowed("such as 2025-07-01T06:30, or with an offset 2025-07-01T06:30+08:00"),
            Self::PartOfSecond => problem("is not a whole second".into()),
            Self::Skipped { zone } => problem(format!("does not exist in {zone}: clocks are set forward over it"))
                .hint("write the time after the change, or any time with its offset"),
            Self::Repeated { zone, first, second } => {
                problem(format!("exists twice in {zone}: clocks are set back over it"))
                    .hint(format!("add the offset: {} for the first, {} for the second", first.1, second.1))
            }
            Self::OffsetConflict { zone, offset } => {
                problem(format!("has an offset that {zone} does not have at that time"))
                    .allowed(format!("{offset}, or Z for UTC"))
            }
            Self::OffGrid { step_s } => {
                problem("is not a border of the run's steps".into()).allowed(format!("whole steps of {step_s} s"))
            }
            Self::OutsideRun { run } => problem("is outside the run".into()).allowed(run.clone()),
        }
    }
}

/// The date that a text is, if it is a date and nothing more.
pub(crate) fn date_of(text: &str) -> Option<Date> {
    let pieces = DateTimeParser::new().parse_pieces(text).ok()?;
    (pieces.time().is_none() && pieces.offset().is_none()).then(|| pieces.date())
}

impl Zone {
    /// The zone of an IANA name such as `Asia/Shanghai`, upper and lower case alike.
    ///
    /// # Errors
    /// A problem of the field `site.zone`, with the nearest known name as its hint.
    pub fn by_name(name: &str) -> Result<Self, Problems> {
        let database = TimeZoneDatabase::bundled();
        match database.get(name) {
            Ok(rules) => Ok(Self { name: rules.iana_name().unwrap_or(name).to_owned(), rules }),
            Err(_) => {
                let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
                let problem = Problem::new("site.zone", "is not a zone of the IANA database").value(name);
                let problem = match crate::suggestion::nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => problem.hint(format!("did you mean {near}?")),
                    None => problem.hint("write a name such as Asia/Shanghai, Europe/Berlin or UTC"),
                };
                Err(problem.into())
            }
        }
    }

    /// The zone's IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// jiff's rules of the zone.
    #[must_use]
    pub const fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// The instant, in seconds since 1970-01-01T00:00Z, that a text names: a date (its first instant), a local date
    /// and time, or either with an offset. The offset must be the zone's own at that time, or `Z`.
    ///
    /// # Errors
    /// Text that is no time, a local time that does not exist or exists twice, an offset that is not the zone's.
    pub fn instant(&self, text: &str) -> Result<i64, TimeFault> {
        self.read(text, true)
    }

    /// As [`Zone::instant`], but an offset is taken as written, the zone's own or not: data loggers often keep one
    /// offset all year.
    ///
    /// # Errors
    /// Text that is no time, a local time that does not exist or exists twice.
    pub fn logged_instant(&self, text: &str) -> Result<i64, TimeFault> {
        self.read(text, false)
    }

    /// As [`Zone::logged_instant`], for times written in a form of their own.
    ///
    /// # Errors
    /// As [`Zone::logged_instant`].
    pub(crate) fn instant_in_form(&self, text: &str, form: Form<'_>) -> Result<i64, TimeFault> {
        self.resolve(form.read(text)?, false)
    }

    fn read(&self, text: &str, own_offset: bool) -> Result<i64, TimeFault> {
        self.resolve(Form::default().read(text)?, own_offset)
    }

    fn resolve(&self, written: Written, own_offset: bool) -> Result<i64, TimeFault> {
        let Some(time) = written.time else {
            return self.first_instant(written.date).ok_or(TimeFault::Unreadable);
        };
        let local = written.date.to_datetime(time);
        if local.subsec_nanosecond() != 0 {
            return Err(TimeFault::PartOfSecond);
        }
        let Some(offset) = written.offset else { return self.instant_of(local) };
        let instant = offset.to_timestamp(local).map_err(|_| TimeFault::Unreadable)?;
        let own = self.rules.to_offset(instant);
        if own_offset && own != offset && !written.is_zulu {
            return Err(TimeFault::OffsetConflict { zone: self.name.clone(), offset: own });
        }
        Ok(instant.as_second())
    }

    /// The instant of a local time moved by whole weeks, its offset left out, in seconds since 1970-01-01T00:00Z; of two
    /// instants the first, and in a gap the time after it. `None` for a text that is no time, and out of the calendar.
    pub(crate) fn instant_weeks_later(&self, text: &str, weeks: i64) -> Option<i64> {
        let pieces = DateTimeParser::new().parse_pieces(text.trim()).ok()?;
        let moved = pieces.date().checked_add(jiff::Span::new().try_weeks(weeks).ok()?).ok()?;
        self.nearest_instant(moved.to_datetime(pieces.time()?))
    }

    /// The instant of a local time; of two the first, and in a gap the time after it.
    pub(crate) fn nearest_instant(&self, local: DateTime) -> Option<i64> {
        self.rules.to_ambiguous_timestamp(local).compatible().ok().map(Timestamp::as_second)
    }

    /// The instant of a local time, in seconds since 1970-01-01T00:00Z.
    ///
    /// # Errors
    /// A local time that does not exist or exists twice.
    pub fn instant_of(&self, local: DateTime) -> Result<i64, TimeFault> {
        let at = |offset: Offset| {
            offset.to_timestamp(local).map(|instant| instant.as_second()).map_err(|_| TimeFault::Unreadable)
        };
        match self.rules.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset),
            AmbiguousOffset::Gap { .. } => Err(TimeFault::Skipped { zone: self.name.clone() }),
            AmbiguousOffset::Fold { before, after } => Err(TimeFault::Repeated {
                zone: self.name.clone(),
                first: (at(before)?, before),
                second: (at(after)?, after),
            }),
        }
    }

    /// The local time at an instant; `None` out of the calendar.
    pub(crate) fn local(&self, unix_s: i64) -> Option<DateTime> {
        Timestamp::from_second(unix_s).ok().map(|instant| self.rules.to_datetime(instant))
    }

    /// The local time at an instant, as text for messages.
    pub(crate) fn local_text(&self, unix_s: i64) -> String {
        self.local(unix_s).map_or_else(|| format!("{unix_s} s since 1970"), |local| local.to_string())
    }

    /// The first instant of a date, in seconds since 1970-01-01T00:00Z: midnight, or the first time after it where
    /// midnight does not exist. `None` at the ends of the calendar.
    #[must_use]
    pub(crate) fn first_instant(&self, date: Date) -> Option<i64> {
        let midnight = self.rules.to_ambiguous_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
        midnight.compatible().ok().map(Timestamp::as_second)
    }
}
