//! Kinds of day: day types of the calendar, weekdays, and the tariff's own special days.

use jiff::civil::{Date, Weekday};
use microgrid_core::Problem;

use super::field::{Table, Value, unknown};
use super::season::{DayRange, month_day};
use crate::time::{Clock, DayType};

/// Names that a day can be called by in every tariff.
const NAMES: [(&str, DayLabel); 11] = [
    ("all", DayLabel::All),
    ("workday", DayLabel::Type(DayType::Workday)),
    ("rest_day", DayLabel::Type(DayType::RestDay)),
    ("holiday", DayLabel::Type(DayType::Holiday)),
    ("monday", DayLabel::Weekday(Weekday::Monday)),
    ("tuesday", DayLabel::Weekday(Weekday::Tuesday)),
    ("wednesday", DayLabel::Weekday(Weekday::Wednesday)),
    ("thursday", DayLabel::Weekday(Weekday::Thursday)),
    ("friday", DayLabel::Weekday(Weekday::Friday)),
    ("saturday", DayLabel::Weekday(Weekday::Saturday)),
    ("sunday", DayLabel::Weekday(Weekday::Sunday)),
];

/// What a rule says it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayLabel {
    /// Every day.
    All,
    /// A day type; `rest_day` takes holidays too, unless a rule names `holiday`.
    Type(DayType),
    /// A day of the week, whatever its type.
    Weekday(Weekday),
    /// One of the tariff's own sets of days, by index.
    Special(usize),
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayKind {
    pub(super) weekday: Weekday,
    pub(super) day_type: DayType,
    /// Index of the special set it is in.
    pub(super) special: Option<usize>,
}

impl DayKind {
    /// How closely `label` means this day, 0 where it does not: a special set, a holiday, a weekday, a day type, all.
    pub(super) fn closeness(self, label: DayLabel) -> u8 {
        match label {
            DayLabel::Special(set) if self.special == Some(set) => 5,
            DayLabel::Type(DayType::Holiday) if self.day_type == DayType::Holiday => 4,
            DayLabel::Weekday(weekday) if weekday == self.weekday => 3,
            DayLabel::Type(day_type) if day_type == self.day_type => 2,
            DayLabel::Type(DayType::RestDay) if self.day_type == DayType::Holiday => 2,
            DayLabel::All => 1,
            _ => 0,
        }
    }

    /// Every kind of day there can be with `specials` special sets.
    pub(super) fn all(specials: usize) -> impl Iterator<Item = Self> {
        let sets = std::iter::once(None).chain((0..specials).map(Some));
        sets.flat_map(|special| {
            [DayType::Workday, DayType::RestDay, DayType::Holiday].into_iter().flat_map(move |day_type| {
                Weekday::Monday.cycle_forward().take(7).map(move |weekday| Self { weekday, day_type, special })
            })
        })
    }

    pub(super) fn name(self, days: &Days) -> String {
        let type_name = match self.day_type {
            DayType::Workday => "workday",
            DayType::RestDay => "rest day",
            DayType::Holiday => "holiday",
        };
        match self.special {
            Some(set) => days.special[set].clone(),
            None => format!("a {type_name} that is a {:?}", self.weekday).to_lowercase(),
        }
    }
}

/// The tariff's own dates, over the calendar's.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// Names of the special sets.
    special: Vec<String>,
    marks: Vec<(DateRule, DayLabel)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DateRule {
    Once(Date),
    /// Each year on month and day.
    Yearly(usize, usize),
}

impl DateRule {
    fn meets(self, date: Date) -> bool {
        match self {
            Self::Once(once) => once == date,
            Self::Yearly(month, day) => (month, day) == (date.month() as usize, date.day() as usize),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        if value.is_text() {
            let text = value.text()?;
            if let Some((month, day)) = month_day(&text)
                && DayRange::new((month, day), (month, day)).is_some()
            {
                return Some(Self::Yearly(month, day));
            }
        }
        value.date().map(Self::Once)
    }
}

impl Days {
    /// Reads `[days]`: `workday`, `rest_day` and `holiday` lists correct the calendar; any other name is a special set.
    /// Dates are `2025-10-01`, or `"10-01"` for each year.
    pub(super) fn read(root: &Table) -> Self {
        let mut days = Self::default();
        let Some(table) = root.get("days").and_then(|value| value.table()) else { return days };
        for (name, value) in table.entries() {
            let label = match NAMES.iter().find(|(known, _)| *known == name) {
                Some((_, label @ DayLabel::Type(_))) => *label,
                Some(_) => {
                    value.refuse(|path| {
                        Problem::new(path, "cannot be a list of dates")
                            .allowed("workday, rest_day, holiday, or a name of your own")
                    });
                    continue;
                }
                None => {
                    days.special.push(name.clone());
                    DayLabel::Special(days.special.len() - 1)
                }
            };
            for part in value.one_or_many() {
                let Some(rule) = DateRule::read(&part) else { continue };
                if days.marks.iter().any(|(other, _)| *other == rule) {
                    part.refuse(|path| Problem::new(path, "is listed twice under [days]"));
                }
                days.marks.push((rule, label));
            }
        }
        days
    }

    /// Number of special sets.
    pub(super) fn specials(&self) -> usize {
        self.special.len()
    }

    /// What `date` is: the tariff's own marks over the calendar's day type.
    pub(super) fn kind(&self, date: Date, clock: &Clock) -> DayKind {
        let mut kind = DayKind { weekday: date.weekday(), day_type: clock.day_type(date), special: None };
        for (rule, label) in &self.marks {
            match label {
                _ if !rule.meets(date) => {}
                DayLabel::Special(set) => kind.special = Some(*set),
                DayLabel::Type(day_type) => kind.day_type = *day_type,
                _ => {}
            }
        }
        kind
    }

    /// Reads the labels of `days = …`, `all` where it is absent.
    pub(super) fn labels(&self, table: &Table) -> Option<Vec<DayLabel>> {
        let Some(value) = table.get("days") else { return Some(vec![DayLabel::All]) };
        let labels: Vec<_> = value.one_or_many().iter().map(|part| self.label(part)).collect();
        if labels.is_empty() {
            value.refuse(|path| Problem::new(path, "names no day"));
            return None;
        }
        labels.into_iter().collect()
    }

    fn label(&self, value: &Value) -> Option<DayLabel> {
        let name = value.text()?;
        let own = self.special.iter().position(|special| *special == name).map(DayLabel::Special);
        let label = own.or_else(|| NAMES.iter().find(|(known, _)| *known == name).map(|(_, label)| *label));
        if label.is_none() {
            let names: Vec<&str> =
                NAMES.iter().map(|(name, _)| *name).chain(self.special.iter().map(String::as_str)).collect();
            value.refuse(|path| unknown(path, "is not a known day", &name, &names));
        }
        label
    }
}
