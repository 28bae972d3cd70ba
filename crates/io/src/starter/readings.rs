//! A meter's readings in place of an archetype.

use microgrid_core::{Problem, Problems};

/// Readings of a meter as CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readings {
    /// The file's text: a line of heads, then a line for each interval, its start first.
    pub csv: String,
    /// The column of the readings; `None`: the second one.
    pub column: Option<String>,
    /// What they are in: `kW`, or `kWh` of each interval.
    pub unit: &'static str,
}

/// What of the file a scenario names.
pub(super) struct Columns {
    pub(super) time: String,
    pub(super) readings: String,
    /// The year of the first interval.
    pub(super) year: i32,
    /// How they become hours; `None` where they are hours already, or the second time says nothing.
    pub(super) resample: Option<&'static str>,
}

impl Readings {
    /// The columns, and the year that the readings are of.
    ///
    /// # Errors
    /// A file without two columns, or whose first time does not begin with a year.
    pub(super) fn columns(&self) -> Result<Columns, Problems> {
        let refused = |message: &str, found: &str| -> Problems {
            let problem = Problem::new("readings", message).value(found);
            problem.hint("a line such as time,load_kw; then 2025-01-01 00:00,12.5 for each interval").into()
        };
        let mut lines = self.csv.trim_start_matches('\u{feff}').lines();
        let head: Vec<&str> = lines.next().unwrap_or("").split(',').map(|name| name.trim().trim_matches('"')).collect();
        let [time, second, ..] = head[..] else { return Err(refused("have no two columns", &head.join(","))) };
        let first = lines.next().unwrap_or("").trim_start_matches('"');
        let year = first.get(..4).and_then(|year| year.parse().ok()).filter(|_| first.get(4..5) == Some("-"));
        let Some(year) = year else {
            return Err(refused("do not begin with a time whose year comes first", first));
        };
        let resample = match (minute_of_day(first), lines.next().and_then(minute_of_day)) {
            (Some(first), Some(next)) => match (next - first).rem_euclid(24 * 60) {
                1..60 => Some(if self.unit == "kWh" { "sum" } else { "mean" }),
                60 => None,
                _ => Some("hold"),
            },
            _ => None,
        };
        let readings = self.column.clone().unwrap_or_else(|| second.into());
        Ok(Columns { time: time.into(), readings, year, resample })
    }
}

/// Of a line that begins as `2025-01-01 00:30`.
fn minute_of_day(line: &str) -> Option<i32> {
    let (hour, minute) = line.trim_start_matches('"').get(11..16)?.split_once(':')?;
    Some(60 * hour.parse::<i32>().ok()? + minute.parse::<i32>().ok()?)
}

/// Days of a year of the Gregorian calendar.
pub(super) const fn days_of(year: i32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if is_leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_by_the_head_and_the_year_by_the_first_time() {
        let of = |csv: &str, column: Option<&str>| {
            let readings = Readings { csv: csv.into(), column: column.map(str::to_owned), unit: "kW" };
            readings.columns().map(|c| (c.time, c.readings, c.year))
        };
        let found = of("\u{feff}Time,Power,Other\n2024-01-01 00:00,1,2\n", None).unwrap();
        assert_eq!(found, ("Time".to_owned(), "Power".to_owned(), 2024));
        assert_eq!(of("t,a,b\n2023-01-01T00:00,1,2\n", Some("b")).unwrap().1, "b");
        for wrong in ["", "power\n1\n", "t,p\n01.01.2024 00:00,1\n", "t,p\n"] {
            assert!(of(wrong, None).unwrap_err().to_string().contains("readings"), "{wrong}");
        }
        let every = |next: &str, unit| {
            let csv = format!("t,p\n2024-01-01 00:00,1\n2024-01-01 {next},2\n");
            Readings { csv, column: None, unit }.columns().unwrap().resample
        };
        assert_eq!([every("00:15", "kW"), every("00:30", "kWh")], [Some("mean"), Some("sum")]);
        assert_eq!([every("01:00", "kWh"), every("02:00", "kW")], [None, Some("hold")]);
        assert_eq!([2023, 2024, 1900, 2000].map(days_of), [365, 366, 365, 366]);
    }
}
