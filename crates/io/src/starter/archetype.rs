//! Loads of a kind: the shape of a year that stands in until the site's own readings are there.

use jiff::civil::Weekday;

use crate::time::Clock;

/// Whose use of electricity a load is like.
///
/// # Model
/// BDEW's standard load profiles of 2025 (H25, G25, L25), published by the German association of energy and water
/// industries and taken from the package demandlib 0.2.2 (MIT), as means of each hour: by month, workday, Saturday and
/// Sunday. They are means of many customers, smoother than any single one, whose peaks they understate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Archetype {
    /// Homes: mornings and evenings.
    #[default]
    Household,
    /// Shops and offices: workdays.
    Business,
    /// Farms: milking times.
    Farm,
}

const PROFILES: &str = include_str!("bdew_2025_hourly.csv");

impl Archetype {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Household, Self::Business, Self::Farm];

    /// The name on the command line and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Business => "business",
            Self::Farm => "farm",
        }
    }

    /// The archetype of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|archetype| archetype.name() == name)
    }

    /// Power relative to the mean in each step of the clock; steps of an hour.
    pub(super) fn per_unit(self, clock: &Clock) -> Vec<f64> {
        let column = 3 + self as usize;
        let cell = |line: &str| line.split(',').nth(column).and_then(|cell| cell.parse::<f64>().ok()).unwrap_or(0.0);
        // A row for each hour of three kinds of day of twelve months, in that order.
        let rows: Vec<f64> = PROFILES.lines().skip(1).map(cell).collect();
        let power = |step: usize| {
            let local = clock.local(step);
            let day = match local.date().weekday() {
                Weekday::Saturday => 1,
                Weekday::Sunday => 2,
                _ => 0,
            };
            rows[((local.month() as usize - 1) * 3 + day) * 24 + local.hour() as usize]
        };
        let powers: Vec<f64> = (0..clock.steps()).map(power).collect();
        let mean = powers.iter().sum::<f64>() / powers.len() as f64;
        powers.iter().map(|power| power / mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_that_they_are_looked_up_in() {
        let mut rows = PROFILES.lines().skip(1);
        for month in 1..=12 {
            for day in ["workday", "saturday", "sunday"] {
                for hour in 0..24 {
                    assert!(rows.next().unwrap().starts_with(&format!("{month},{day},{hour},")));
                }
            }
        }
        assert_eq!(rows.next(), None);
    }

    #[test]
    fn each_kind_has_its_own_days() {
        let clock = Clock::of_days("Europe/Berlin", "2025-01-01", 3600, 365).unwrap();
        let of = |archetype: Archetype, day: usize| archetype.per_unit(&clock)[24 * day..][..24].iter().sum::<f64>();
        // 3 January 2025 is a Friday, the 5th a Sunday: offices rest, homes do not.
        assert!(of(Archetype::Business, 2) > 1.3 * of(Archetype::Business, 4));
        assert!(of(Archetype::Household, 2) < 1.1 * of(Archetype::Household, 4));
        for archetype in Archetype::ALL {
            let all = archetype.per_unit(&clock);
            assert_eq!(all.len(), 8760);
            assert!((all.iter().sum::<f64>() - 8760.0).abs() < 1e-6 && all.iter().all(|power| *power > 0.0));
            assert_eq!(Archetype::by_name(archetype.name()), Some(archetype));
        }
    }
}
