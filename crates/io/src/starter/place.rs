//! Where the site is: a place whose monthly means are here, or a weather file.

use std::path::{Path, PathBuf};

use microgrid_core::{Problem, Problems};

use crate::weather::{WeatherFile, WeatherOptions, read_weather, read_weather_file};

/// Where a site is and under which sky.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A place whose monthly means come with this crate.
    Known(&'static KnownPlace),
    /// The text of a weather file, which brings its place.
    WeatherText {
        /// What it is called in the folder.
        file: String,
        /// Its text.
        text: String,
        /// Latitude in degrees, north positive.
        latitude_deg: f64,
        /// IANA name of the zone.
        zone: String,
    },
    /// A weather file, which brings its place.
    WeatherFile {
        /// The file.
        path: PathBuf,
        /// Latitude in degrees, north positive.
        latitude_deg: f64,
        /// IANA name of the zone.
        zone: String,
    },
}

/// A place with its monthly means, January first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownPlace {
    /// Its name on the command line.
    pub name: &'static str,
    /// Where the means are from.
    pub source: &'static str,
    /// IANA name of its zone.
    pub zone: &'static str,
    /// Its usual currency.
    pub currency: &'static str,
    /// Degrees, north positive.
    pub latitude_deg: f64,
    /// Degrees, east positive.
    pub longitude_deg: f64,
    /// Global horizontal irradiation of a mean day, kWh/m².
    pub ghi_kwh_per_m2_day: [f64; 12],
    /// Diffuse horizontal irradiation of a mean day, kWh/m².
    pub dhi_kwh_per_m2_day: [f64; 12],
    /// Air temperature, °C.
    pub temperature_c: [f64; 12],
    /// Wind speed at 10 m, m/s.
    pub wind_m_per_s: [f64; 12],
}

/// Places whose monthly means come with this crate.
pub const KNOWN_PLACES: [KnownPlace; 3] = [
    KnownPlace {
        name: "atlanta",
        source: "means of the typical year TMY3 722190, Atlanta Hartsfield-Jackson (NREL, public domain)",
        zone: "America/New_York",
        currency: "USD",
        latitude_deg: 33.63,
        longitude_deg: -84.43,
        ghi_kwh_per_m2_day: [2.78, 3.33, 4.65, 5.74, 6.32, 6.73, 6.31, 5.82, 4.36, 3.84, 2.95, 2.53],
        dhi_kwh_per_m2_day: [1.18, 1.25, 1.86, 2.3, 2.83, 2.94, 2.89, 2.77, 2.02, 1.28, 1.27, 1.09],
        temperature_c: [4.0, 7.9, 13.8, 17.2, 20.8, 24.8, 26.1, 26.5, 22.5, 16.0, 11.9, 7.7],
        wind_m_per_s: [4.6, 5.2, 4.9, 4.0, 3.5, 3.9, 3.2, 3.4, 3.1, 4.0, 4.2, 4.7],
    },
    KnownPlace {
        name: "changzhou",
        source: "means of a typical year (1956-2023) of Shanghai Hongqiao, 145 km away; its irradiation reads high",
        zone: "Asia/Shanghai",
        currency: "CNY",
        latitude_deg: 31.8,
        longitude_deg: 119.97,
        ghi_kwh_per_m2_day: [2.88, 3.35, 3.93, 5.02, 5.08, 4.6, 5.33, 5.2, 4.07, 3.42, 2.89, 2.53],
        dhi_kwh_per_m2_day: [1.15, 1.36, 1.61, 1.83, 2.15, 2.19, 2.1, 2.02, 1.66, 1.29, 1.17, 1.01],
        temperature_c: [4.8, 6.2, 9.8, 15.6, 20.8, 24.4, 28.7, 28.5, 24.7, 19.3, 13.5, 7.3],
        wind_m_per_s: [3.6, 3.6, 4.0, 3.4, 3.8, 3.9, 2.6, 2.1, 4.4, 3.4, 3.0, 2.8],
    },
    KnownPlace {
        name: "san-diego",
        source: "means of the typical year TMY3 722904, San Diego Brown Field (NREL, public domain)",
        zone: "America/Los_Angeles",
        currency: "USD",
        latitude_deg: 32.58,
        longitude_deg: -116.98,
        ghi_kwh_per_m2_day: [3.33, 3.74, 4.61, 6.75, 6.64, 7.01, 7.64, 7.09, 5.56, 4.15, 3.52, 3.18],
        dhi_kwh_per_m2_day: [1.09, 1.59, 2.04, 1.95, 2.54, 2.36, 2.08, 1.79, 1.7, 1.3, 1.22, 0.95],
        temperature_c: [13.2, 13.3, 12.6, 15.3, 15.6, 17.7, 19.4, 19.7, 18.5, 18.8, 14.3, 13.6],
        wind_m_per_s: [2.2, 3.1, 2.9, 2.6, 2.9, 2.5, 2.4, 2.6, 2.2, 2.7, 2.5, 2.5],
    },
];

impl Place {
    /// A known place by its name, or the place of a weather file, of any form that scenarios take. `zone` is the zone to use
    /// instead of what the place has.
    ///
    /// # Errors
    /// A name that is none of them, and no file; all that the reader of weather refuses; a file whose clock does not tell the
    /// place's zone to the hour, for which the zone must be given.
    pub fn find(text: &str, zone: Option<&str>) -> Result<Self, Problems> {
        if let Some(place) = KNOWN_PLACES.iter().find(|place| place.name == text) {
            if let Some(zone) = zone.filter(|zone| *zone != place.zone) {
                let problem = Problem::new("zone", "is not the zone of the place").value(zone);
                return Err(problem.allowed(place.zone).into());
            }
            return Ok(Self::Known(place));
        }
        let path = Path::new(text);
        if !path.is_file() {
            let names: Vec<&str> = KNOWN_PLACES.iter().map(|place| place.name).collect();
            let problem = Problem::new("place", "is not known here, and no file").value(text);
            let problem = problem.allowed(format!("{}, or a weather file", names.join(", ")));
            return Err(problem.hint("climate.onebuilding.org and PVGIS have weather files of most places").into());
        }
        let file = read_weather_file(path, &WeatherOptions::for_year(super::YEAR))?;
        let (latitude_deg, zone) = located(&file, text, zone)?;
        Ok(Self::WeatherFile { path: path.to_owned(), latitude_deg, zone })
    }

    /// The place of the text of a weather file, which is called `file` in the folder.
    ///
    /// # Errors
    /// As [`Place::find`].
    pub fn of_weather(file: &str, text: &str, zone: Option<&str>) -> Result<Self, Problems> {
        let read = read_weather(text, file, &WeatherOptions::for_year(super::YEAR))?;
        let (latitude_deg, zone) = located(&read, file, zone)?;
        Ok(Self::WeatherText { file: file.into(), text: text.into(), latitude_deg, zone })
    }

    pub(super) fn zone(&self) -> &str {
        match self {
            Self::Known(place) => place.zone,
            Self::WeatherFile { zone, .. } | Self::WeatherText { zone, .. } => zone,
        }
    }

    pub(super) fn latitude_deg(&self) -> f64 {
        match self {
            Self::Known(place) => place.latitude_deg,
            Self::WeatherFile { latitude_deg, .. } | Self::WeatherText { latitude_deg, .. } => *latitude_deg,
        }
    }

    /// The usual currency, where it is known.
    #[must_use]
    pub fn currency(&self) -> Option<&'static str> {
        match self {
            Self::Known(place) => Some(place.currency),
            Self::WeatherFile { .. } | Self::WeatherText { .. } => None,
        }
    }
}

/// Latitude and zone of a weather file.
fn located(file: &WeatherFile, name: &str, zone: Option<&str>) -> Result<(f64, String), Problems> {
    let location = file.weather.location;
    let zone = match zone {
        Some(zone) => zone.to_owned(),
        // A clock of UTC far from Greenwich says nothing about the place's; the sign of these names is the other way round.
        None if file.utc_offset_s % 3600 == 0 && (file.utc_offset_s != 0 || location.longitude_deg.abs() < 15.0) => {
            format!("Etc/GMT{:+}", -file.utc_offset_s / 3600)
        }
        None => {
            let problem = Problem::new("zone", "must be given: the weather file's clock does not tell it").value(name);
            return Err(problem.allowed("an IANA name such as Europe/Berlin").into());
        }
    };
    Ok((location.latitude_deg, zone))
}
