//! A temperature around a device: a number, twelve by month, or the air of the site's weather.

use microgrid_core::{Problem, Series};

use super::loading::Reading;
use super::months;

/// As it is written; `usual_c` stands where nothing is.
pub(super) struct Ambient<'t> {
    pub(super) constant_c: Option<f64>,
    pub(super) by_month_c: Option<&'t [f64; 12]>,
    pub(super) from_weather: Option<bool>,
    pub(super) usual_c: &'t Series,
}

impl Ambient<'_> {
    /// The temperature of each step; `path` is that of the table that asks for it.
    pub(super) fn series(&self, path: &str, reading: &mut Reading<'_>) -> Series {
        if self.from_weather == Some(true) {
            return reading.air_c().unwrap_or_else(|| {
                if !reading.is_faulty("site.weather") {
                    let missing = Problem::new(format!("{path}.ambient_from_weather"), "has no weather");
                    reading.extend(missing.hint("write [site.weather] with file or normals, or ambient_c").into());
                }
                Series::Constant(25.0)
            });
        }
        match (self.by_month_c, self.constant_c) {
            (Some(by_month_c), _) => months::series(by_month_c, reading.clock),
            (None, Some(constant_c)) => Series::Constant(constant_c),
            (None, None) => self.usual_c.clone(),
        }
    }
}
