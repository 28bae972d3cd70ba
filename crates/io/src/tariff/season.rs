//! Seasons: every day of the year belongs to exactly one.

use jiff::civil::Date;
use microgrid_core::Problem;

use super::field::{Table, Value};

/// The seasons of a tariff, as sets of months or of ranges of days.
#[derive(Debug, Clone)]
pub(super) struct Seasons {
    /// Names in the order of the file; empty names one season that is all the year.
    pub(super) names: Vec<String>,
    /// The season of each day of the year, at `(month − 1)·31 + day − 1`.
    of_day: Vec<usize>,
}

/// Days of each month; 29 February is a day of its season too.
const MONTH_DAYS: [usize; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The index of a day of the year.
fn index(month: usize, day: usize) -> usize {
    (month - 1) * 31 + day - 1
}

/// All days of a leap year as indices, in order.
fn days_of_year() -> impl DoubleEndedIterator<Item = usize> + Clone {
    (1..=12).flat_map(|month| (1..=MONTH_DAYS[month - 1]).map(move |day| index(month, day)))
}

fn day_name(day: usize) -> String {
    format!("{:02}-{:02}", day / 31 + 1, day % 31 + 1)
}

impl Seasons {
    /// One season, without a name.
    pub(super) fn all_year() -> Self {
        Self { names: Vec::new(), of_day: vec![0; 12 * 31] }
    }

    /// Seasons from ranges of month and day, both inclusive; a range may pass the year's end.
    ///
    /// # Errors
    /// The first day that has two seasons or none.
    pub(super) fn of_ranges(names: Vec<String>, ranges: &[(usize, DayRange)]) -> Result<Self, Uncovered> {
        let mut of_day = vec![usize::MAX; 12 * 31];
        for (season, range) in ranges {
            for day in range.days() {
                let taken = std::mem::replace(&mut of_day[day], *season);
                if taken != usize::MAX && taken != *season {
                    return Err(Uncovered::Twice { day: day_name(day), first: taken, second: *season });
                }
            }
        }
        match days_of_year().find(|day| of_day[*day] == usize::MAX) {
            Some(day) => Err(Uncovered::Never { day: day_name(day) }),
            None => Ok(Self { names, of_day }),
        }
    }

    /// Reads `[seasons]`: names, each with months (`[6, 7, 8]`) or ranges of days (`["06-15 to 09-14"]`).
    pub(super) fn read(root: &Table) -> Option<Self> {
        let Some(value) = root.get("seasons") else { return Some(Self::all_year()) };
        let table = value.table()?;
        let (mut names, mut ranges, mut sound) = (Vec::new(), Vec::new(), true);
        for (season, (name, value)) in table.entries().into_iter().enumerate() {
            names.push(name);
            let parts = value.one_or_many();
            if parts.is_empty() {
                value.refuse(|path| {
                    Problem::new(path, "is a season without a day").hint("give its months, as [6, 7, 8]")
                });
                sound = false;
            }
            for part in parts {
                match DayRange::read(&part) {
                    Some(range) => ranges.push((season, range)),
                    None => sound = false,
                }
            }
        }
        if names.is_empty() {
            value.refuse(|path| Problem::new(path, "names no season").hint("leave the table out where there are none"));
            return None;
        }
        if !sound {
            return None;
        }
        match Self::of_ranges(names.clone(), &ranges) {
            Ok(seasons) => Some(seasons),
            Err(uncovered) => {
                value.refuse(|path| Problem::new(path, uncovered.message(&names)).value(names.join(", ")));
                None
            }
        }
    }

    /// How many seasons there are, at least 1.
    pub(super) fn count(&self) -> usize {
        self.names.len().max(1)
    }

    /// The season of a date.
    pub(super) fn of(&self, date: Date) -> usize {
        self.of_day[index(date.month() as usize, date.day() as usize)]
    }
}

/// Why seasons do not make a year.
#[derive(Debug)]
pub(super) enum Uncovered {
    /// A day with two seasons, given by index.
    Twice { day: String, first: usize, second: usize },
    /// A day without a season.
    Never { day: String },
}

impl Uncovered {
    pub(super) fn message(&self, names: &[String]) -> String {
        match self {
            Self::Twice { day, first, second } => {
                format!("must not overlap: {day} is in \"{}\" and in \"{}\"", names[*first], names[*second])
            }
            Self::Never { day } => format!("must cover the year: {day} is in no season"),
        }
    }
}

/// Days from a first to a last one, both included; may pass the year's end.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayRange {
    first: usize,
    last: usize,
}

impl DayRange {
    /// From month and day to month and day; `None` where a day does not exist.
    pub(super) fn new(first: (usize, usize), last: (usize, usize)) -> Option<Self> {
        let day = |(month, day): (usize, usize)| {
            let exists = (1..=12).contains(&month) && (1..=MONTH_DAYS[month - 1]).contains(&day);
            exists.then(|| index(month, day))
        };
        Some(Self { first: day(first)?, last: day(last)? })
    }

    fn read(value: &Value) -> Option<Self> {
        if !value.is_text() {
            let month = value.integer(1, 12)? as usize;
            return Self::new((month, 1), (month, MONTH_DAYS[month - 1]));
        }
        let text = value.text()?;
        let range = text.split_once(" to ").and_then(|(first, last)| Self::new(month_day(first)?, month_day(last)?));
        if range.is_none() {
            value.refuse(|path| {
                Problem::new(path, "must be a month or a range of days").allowed("1 to 12, or \"06-15 to 09-14\"")
            });
        }
        range
    }

    fn days(self) -> impl Iterator<Item = usize> {
        days_of_year().filter(move |day| self.has(*day))
    }

    fn has(self, day: usize) -> bool {
        if self.first <= self.last {
            (self.first..=self.last).contains(&day)
        } else {
            day >= self.first || day <= self.last
        }
    }

    /// Whether the date is in the range.
    pub(super) fn holds(self, date: Date) -> bool {
        self.has(index(date.month() as usize, date.day() as usize))
    }
}

/// `06-15`, or `6-15`, as month and day.
pub(super) fn month_day(text: &str) -> Option<(usize, usize)> {
    let (month, day) = text.trim().split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: (usize, usize), last: (usize, usize)) -> DayRange {
        DayRange::new(first, last).unwrap()
    }

    #[test]
    fn a_season_passes_the_years_end_and_has_29_february() {
        let names = vec!["summer".to_string(), "winter".to_string()];
        let ranges = [(0, range((5, 1), (10, 31))), (1, range((11, 1), (4, 30)))];
        let seasons = Seasons::of_ranges(names, &ranges).unwrap();
        let of = |month, day| seasons.of(Date::new(2024, month, day).unwrap());
        assert_eq!([of(4, 30), of(5, 1), of(10, 31), of(11, 1), of(12, 31), of(2, 29)], [1, 0, 0, 1, 1, 1]);
    }

    #[test]
    fn a_day_with_two_seasons_or_none_is_named() {
        let names = vec!["a".to_string(), "b".to_string()];
        let twice = Seasons::of_ranges(names.clone(), &[(0, range((1, 1), (6, 30))), (1, range((6, 30), (12, 31)))]);
        assert_eq!(twice.unwrap_err().message(&names), "must not overlap: 06-30 is in \"a\" and in \"b\"");
        let never = Seasons::of_ranges(names.clone(), &[(0, range((1, 1), (2, 28))), (1, range((3, 1), (12, 31)))]);
        assert_eq!(never.unwrap_err().message(&names), "must cover the year: 02-29 is in no season");
        assert!(DayRange::new((2, 30), (3, 1)).is_none());
    }
}
