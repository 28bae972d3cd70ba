//! Weather as the models take it: plain columns of interval means on one regular axis of UTC seconds.
//!
//! Not for reading files or for civil time: `microgrid-io` does both. Invariant: every column has the same length,
//! row `i` is the mean over `[start + i·step, start + (i+1)·step)`.

use alloc::format;
use alloc::vec::Vec;

use crate::{Problem, Problems};

/// At most this many bad values of one column are listed one by one; the rest are counted.
const LISTED: usize = 20;

/// A place on Earth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Location {
    /// Degrees north of the equator, -90 to 90.
    pub latitude_deg: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub longitude_deg: f64,
    /// Metres above sea level, -1000 to 9999.
    #[cfg_attr(feature = "serde", serde(default))]
    pub elevation_m: f64,
}

impl Location {
    /// Adds a problem for each impossible value; `field` is the path of this location, such as `location`.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format_args!("{field}.latitude_deg"), self.latitude_deg, -90.0, 90.0);
        problems.require_range(format_args!("{field}.longitude_deg"), self.longitude_deg, -180.0, 180.0);
        problems.require_range(format_args!("{field}.elevation_m"), self.elevation_m, -1000.0, 9999.9);
    }
}

/// A regular axis of time: `steps` intervals of `step_s` seconds from `start_unix_s` (UTC, POSIX: no leap seconds).
///
/// A civil day of 23 or 25 hours is simply 23 or 25 intervals here; a leap year has 8784.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeAxis {
    /// Start of the first interval.
    pub start_unix_s: i64,
    /// Length of an interval, 1 s to 1 day.
    pub step_s: u32,
    /// Number of intervals, at least 1.
    pub steps: usize,
}

impl TimeAxis {
    /// End of the last interval.
    #[must_use]
    pub fn end_unix_s(&self) -> i64 {
        self.start_unix_s.saturating_add((self.steps as i64).saturating_mul(i64::from(self.step_s)))
    }

    /// Adds a problem for each impossible value; `field` is the path of this axis.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format_args!("{field}.step_s"), f64::from(self.step_s), 1.0, 86_400.0);
        // 1900 to 2100: where the sun's position is tested, and where no arithmetic on seconds can overflow.
        problems.require_range(format_args!("{field}.start_unix_s"), self.start_unix_s as f64, -2_208_988_800.0, 4.1e9);
        problems.require_range(format_args!("{field}.steps"), self.steps as f64, 1.0, 1e9);
        if problems.is_empty() {
            problems.require_range(
                format_args!("{field}.end_unix_s"),
                self.end_unix_s() as f64,
                -2_208_988_800.0,
                4.1e9,
            );
        }
    }
}

/// Weather of one location: interval means in plain columns of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Weather {
    /// Where it was measured or modelled.
    pub location: Location,
    /// Start of the first interval, unix seconds UTC.
    pub start_unix_s: i64,
    /// Length of an interval in seconds, 3600 for hourly files.
    pub step_s: u32,
    /// Global horizontal irradiance, W/m², 0 to 1500.
    pub ghi_w_per_m2: Vec<f64>,
    /// Direct normal irradiance, W/m², 0 to 1500.
    pub dni_w_per_m2: Vec<f64>,
    /// Diffuse horizontal irradiance, W/m², 0 to 1500.
    pub dhi_w_per_m2: Vec<f64>,
    /// Air temperature at about 2 m, °C, -90 to 70.
    pub temperature_c: Vec<f64>,
    /// Wind speed at 10 m, m/s, 0 to 70.
    pub wind_m_per_s: Vec<f64>,
    /// Station pressure, Pa, 31 000 to 120 000; `None` where the source has none.
    pub pressure_pa: Option<Vec<f64>>,
}

impl Weather {
    /// The intervals of the columns.
    #[must_use]
    pub fn axis(&self) -> TimeAxis {
        TimeAxis { start_unix_s: self.start_unix_s, step_s: self.step_s, steps: self.ghi_w_per_m2.len() }
    }

    /// Whether the columns span a whole year (365 days or more), so that they may be read as a typical year that
    /// repeats.
    #[must_use]
    pub fn is_year(&self) -> bool {
        self.axis().end_unix_s().saturating_sub(self.start_unix_s) >= 365 * 86_400
    }

    /// Adds a problem for each impossible value; `field` is the path of this weather, such as `weather`.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        self.location.check(&format!("{field}.location"), problems);
        self.axis().check(field, problems);
        let steps = self.ghi_w_per_m2.len();
        let mut column = |name: &str, values: &[f64], least: f64, most: f64| {
            if values.len() != steps {
                problems.push(
                    Problem::new(format!("{field}.{name}"), "has another length than ghi_w_per_m2")
                        .value(values.len())
                        .allowed(format!("{steps}")),
                );
            }
            let bad = |value: &f64| !(least..=most).contains(value);
            // One branch-free pass over good columns: a year's check costs 20 µs instead of 100.
            if !values.iter().fold(false, |any, value| any | bad(value)) {
                return;
            }
            for (i, value) in values.iter().enumerate().filter(|(_, v)| bad(v)).take(LISTED) {
                problems.require_range(format_args!("{field}.{name}[{i}]"), *value, least, most);
            }
            let count = values.iter().filter(|v| bad(v)).count();
            if count > LISTED {
                problems.push(Problem::new(
                    format!("{field}.{name}"),
                    format!("has {} more values out of range", count - LISTED),
                ));
            }
        };
        column("ghi_w_per_m2", &self.ghi_w_per_m2, 0.0, 1500.0);
        column("dni_w_per_m2", &self.dni_w_per_m2, 0.0, 1500.0);
        column("dhi_w_per_m2", &self.dhi_w_per_m2, 0.0, 1500.0);
        column("temperature_c", &self.temperature_c, -90.0, 70.0);
        column("wind_m_per_s", &self.wind_m_per_s, 0.0, 70.0);
        if let Some(pressure) = &self.pressure_pa {
            column("pressure_pa", pressure, 31_000.0, 120_000.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn every_problem_is_listed_at_once() {
        let weather = Weather {
            location: Location { latitude_deg: 91.0, longitude_deg: 0.0, elevation_m: f64::NAN },
            start_unix_s: 0,
            step_s: 0,
            ghi_w_per_m2: vec![-5.0; 25],
            dni_w_per_m2: vec![0.0; 24],
            dhi_w_per_m2: vec![0.0; 25],
            temperature_c: vec![f64::NAN; 25],
            wind_m_per_s: vec![0.0; 25],
            pressure_pa: None,
        };
        let mut problems = Problems::none();
        weather.check("weather", &mut problems);
        // latitude, elevation, step, 20 + 1 of ghi, the short column, 20 + 1 of temperature
        assert_eq!(problems.iter().count(), 3 + 21 + 1 + 21, "{problems}");
    }
}
