//! `[site.weather]`: the sky over the site, from a weather file or from twelve monthly means, on the run's steps.

use jiff::civil::date;
use jiff::tz::TimeZone;
use microgrid_core::generation::pv::{Horizon, HorizonPoint, SolarResource};
use microgrid_core::generation::{Location, TimeAxis, Weather, WindResource};
use microgrid_core::{Problem, Problems};
use schemars::JsonSchema;

use super::SiteTable;
use super::loading::Reading;
use crate::document::Section;
use crate::files;
use crate::time::Clock;
use crate::weather::{
    Draw, LeapDay, MissingValues, NoonCheck, Normals, WeatherFile, WeatherOptions, WindModel, decoded, read_weather,
};

/// The sky over the site: a weather file, or weather drawn from monthly means.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WeatherTable {
    /// Weather file, relative to the scenario folder: EnergyPlus (EPW), SAM CSV or NSRDB, TMY3, or a typical year of
    /// PVGIS in CSV or JSON, told apart by content. It is a year of hours and is set on each year of the run; it brings
    /// its own place, whose sun it follows. Instead of `normals`.
    pub file: Option<String>,
    /// Weather file as `file`, by its older name.
    pub epw: Option<String>,
    /// Where file and run differ in 29 February: `repeat_28_february` (default; a surplus one is left out) or `refuse`.
    #[schemars(with = "Option<String>", extend("enum" = LEAP_DAYS.map(|choice| choice.0)))]
    pub leap_day: Option<LeapDay>,
    /// Longest run of missing values that is filled, in hours, 1 to 24; without it missing values are refused.
    #[schemars(with = "Option<u32>")]
    pub missing_max_hours: Option<u8>,
    /// A file whose light runs 45 minutes or more before or after the sun: `refuse` (default) or `ignore`.
    #[schemars(with = "Option<String>", extend("enum" = NOON_CHECKS.map(|choice| choice.0)))]
    pub noon_check: Option<NoonCheck>,
    /// Twelve monthly means from which a year of weather is drawn; instead of `file`.
    pub normals: Option<NormalsTable>,
    /// Seed of the draw; 0 by default. The run's second year takes the next seed, and so on. Only beside `normals`.
    #[schemars(with = "Option<u32>")]
    pub seed: Option<u64>,
    /// The skyline by points, azimuth ascending, straight between them and closed around the circle: it hides the sun and
    /// part of the sky from solar arrays.
    #[schemars(with = "Option<Vec<HorizonTable>>")]
    pub horizon: Vec<HorizonTable>,
}

/// A point of the skyline.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HorizonTable {
    /// Direction in degrees clockwise from north, 0 to below 360.
    pub azimuth_deg: f64,
    /// Height of the skyline there in degrees above the level, 0 to 90.
    pub elevation_deg: f64,
}

/// Weather on the run's steps, as each kind of plant takes it.
pub(super) struct SiteWeather {
    pub(super) solar: SolarResource,
    pub(super) wind: WindResource,
    /// The place of the weather.
    pub(super) location: Location,
}

/// Twelve monthly means, January first.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NormalsTable {
    /// Global horizontal irradiation of a mean day in kWh/m², 0 to 15.
    #[schemars(with = "Vec<f64>")]
    pub ghi_kwh_per_m2_day: [f64; 12],
    /// Diffuse horizontal irradiation of a mean day in kWh/m²; without it Erbs's split stands.
    #[schemars(with = "Option<Vec<f64>>")]
    pub dhi_kwh_per_m2_day: Option<[f64; 12]>,
    /// Air temperature in °C, −80 to 60.
    #[schemars(with = "Vec<f64>")]
    pub temperature_c: [f64; 12],
    /// Wind speed at 10 m in m/s, 0 to 30.
    #[schemars(with = "Vec<f64>")]
    pub wind_m_per_s: [f64; 12],
    /// Factor on global and diffuse irradiation, 0.5 to 1.5, for a source that reads high or low; 1 by default.
    pub irradiation_scale: Option<f64>,
    /// Standard deviation of a day's temperature from its month's in °C, 0 to 15; 3 by default.
    pub temperature_deviation_c: Option<f64>,
    /// How the wind varies about its means.
    pub wind: Option<WindTable>,
}

/// How the wind varies about its monthly means.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WindTable {
    /// Shape of the Weibull distribution, 1 to 5; 2 by default.
    pub weibull_shape: Option<f64>,
    /// Correlation of one hour with the next, 0 to 0.99; 0.85 by default.
    pub autocorrelation: Option<f64>,
    /// Amplitude of the daily course over the mean, 0 to 0.9; 0.25 by default.
    pub diurnal_strength: Option<f64>,
    /// Windiest hour of the day in local standard time, 0 to 24; 15 by default.
    pub peak_hour: Option<f64>,
}

const LEAP_DAYS: [(&str, LeapDay); 2] =
    [("repeat_28_february", LeapDay::Repeat28February), ("refuse", LeapDay::Refuse)];
const NOON_CHECKS: [(&str, NoonCheck); 2] = [("refuse", NoonCheck::Refuse), ("ignore", NoonCheck::Ignore)];

impl WeatherTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            file: section.text("file"),
            epw: section.text("epw"),
            leap_day: section.choice("leap_day", &LEAP_DAYS),
            missing_max_hours: section.whole_within("missing_max_hours", 1, 24).map(|hours| hours as u8),
            noon_check: section.choice("noon_check", &NOON_CHECKS),
            normals: section.table("normals", NormalsTable::read),
            seed: section.whole("seed").map(u64::from),
            horizon: section.tables("horizon", |section| HorizonTable {
                azimuth_deg: section.required_number("azimuth_deg"),
                elevation_deg: section.required_number("elevation_deg"),
            }),
        };
        section.require_one(&["file", "epw", "normals"]);
        let file_key = if section.has("epw") { "epw" } else { "file" };
        for key in ["leap_day", "missing_max_hours", "noon_check"] {
            section.refuse_without(key, file_key);
        }
        section.refuse_without("seed", "normals");
        table
    }

    /// Weather on the run's steps; `None` where it has a problem, which is kept.
    pub(super) fn on_steps(&self, site: &SiteTable, reading: &mut Reading<'_>) -> Option<SiteWeather> {
        if reading.is_faulty("site") {
            return None;
        }
        let years = reading.clock.local(0).year()..=reading.clock.local(reading.clock.steps() - 1).year();
        let mut whole: Option<Weather> = None;
        for (i, year) in years.enumerate() {
            let weather = match (self.file.as_ref().or(self.epw.as_ref()), &self.normals) {
                (Some(name), _) => self.file(name, i32::from(year), i == 0, site, reading)?,
                (_, Some(normals)) => self.drawn(normals, (i as u64, i32::from(year)), site, reading)?,
                _ => return None,
            };
            match &mut whole {
                Some(whole) => append(whole, weather),
                None => whole = Some(weather),
            }
        }
        let weather = whole?;
        let clock = reading.clock;
        let axis = TimeAxis { start_unix_s: clock.start_unix_s(), step_s: clock.step_s(), steps: clock.steps() };
        let keep = |problems| {
            reading.extend(renamed(problems, |field| match field {
                "axis" => "time.start".into(),
                field if field.starts_with("horizon") => format!("site.weather.{field}"),
                field => field.replace("axis.", "time."),
            }));
        };
        let solar =
            SolarResource::new(&weather, &axis).and_then(|solar| self.behind_horizon(solar)).map_err(keep).ok()?;
        // What the sun has no problem with, the wind has none with either.
        let wind = WindResource::new(&weather, &axis).map_err(keep).ok()?;
        Some(SiteWeather { solar, wind, location: weather.location })
    }

    fn behind_horizon(&self, solar: SolarResource) -> Result<SolarResource, Problems> {
        if self.horizon.is_empty() {
            return Ok(solar);
        }
        let point = |at: &HorizonTable| HorizonPoint { azimuth_deg: at.azimuth_deg, elevation_deg: at.elevation_deg };
        solar.behind(Horizon { points: self.horizon.iter().map(point).collect() })
    }

    fn file(&self, name: &str, year: i32, first: bool, site: &SiteTable, reading: &mut Reading<'_>) -> Option<Weather> {
        let options = WeatherOptions {
            year,
            leap_day: self.leap_day.unwrap_or_default(),
            missing: self
                .missing_max_hours
                .map_or(MissingValues::Refuse, |hours| MissingValues::Fill { at_most_h: hours }),
            noon: self.noon_check.unwrap_or_default(),
        };
        let field = if self.file.is_some() { "site.weather.file" } else { "site.weather.epw" };
        let bytes = files::read_bytes(reading.files, field, name).map_err(|faults| reading.extend(faults));
        let read = read_weather(&decoded(bytes.ok()?), name, &options).map_err(|problems| {
            // Their fields are those of the weather file, which spoil none of the scenario's.
            problems.into_iter().for_each(|problem| reading.note_problem(problem));
        });
        let read = read.ok()?;
        if first {
            note_file(&read, site, reading);
        }
        Some(read.weather)
    }

    fn drawn(
        &self,
        table: &NormalsTable,
        (ordinal, year): (u64, i32),
        site: &SiteTable,
        reading: &Reading<'_>,
    ) -> Option<Weather> {
        let utc_offset_s = standard_offset_s(reading.clock, year);
        let seed = self.seed.unwrap_or(0) + ordinal;
        let draw = Draw { location: site.location()?, utc_offset_s, year, seed };
        let weather = table.normals().year(&draw).map_err(|problems| {
            reading.extend(renamed(problems, |field| match field {
                "year" => "time.start".into(),
                field => format!("site.weather.normals.{field}"),
            }));
        });
        weather.ok()
    }
}

impl SiteWeather {
    /// The same weather with the month of each step.
    pub(super) fn with_months(self, reading: &Reading<'_>) -> Option<Self> {
        let clock = reading.clock;
        let months = (0..clock.steps()).map(|step| (clock.local(step).month() - 1) as u8).collect();
        let solar = self.solar.with_months(months).map_err(|problems| reading.extend(problems)).ok()?;
        Some(Self { solar, ..self })
    }
}

impl NormalsTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            ghi_kwh_per_m2_day: section.required_months("ghi_kwh_per_m2_day"),
            dhi_kwh_per_m2_day: section.months("dhi_kwh_per_m2_day"),
            temperature_c: section.required_months("temperature_c"),
            wind_m_per_s: section.required_months("wind_m_per_s"),
            irradiation_scale: section.number("irradiation_scale"),
            temperature_deviation_c: section.number("temperature_deviation_c"),
            wind: section.table("wind", |section| WindTable {
                weibull_shape: section.number("weibull_shape"),
                autocorrelation: section.number("autocorrelation"),
                diurnal_strength: section.number("diurnal_strength"),
                peak_hour: section.number("peak_hour"),
            }),
        }
    }

    /// The means with what is left out at its default.
    #[must_use]
    pub fn normals(&self) -> Normals {
        let usual = WindModel::default();
        let wind = self.wind.as_ref().map_or(usual, |wind| WindModel {
            weibull_shape: wind.weibull_shape.unwrap_or(usual.weibull_shape),
            autocorrelation: wind.autocorrelation.unwrap_or(usual.autocorrelation),
            diurnal_strength: wind.diurnal_strength.unwrap_or(usual.diurnal_strength),
            peak_hour: wind.peak_hour.unwrap_or(usual.peak_hour),
        });
        Normals {
            ghi_kwh_per_m2_day: self.ghi_kwh_per_m2_day,
            dhi_kwh_per_m2_day: self.dhi_kwh_per_m2_day,
            temperature_c: self.temperature_c,
            wind_m_per_s: self.wind_m_per_s,
            irradiation_scale: self.irradiation_scale.unwrap_or(1.0),
            temperature_deviation_c: self.temperature_deviation_c.unwrap_or(3.0),
            wind,
        }
    }
}

/// What the reader of the numbers should know of a weather file: place, source, shift, and whether its columns agree.
fn note_file(read: &WeatherFile, site: &SiteTable, reading: &mut Reading<'_>) {
    let mut note = format!("site.weather: {} ({})", read.place, read.source);
    if let Some(location) = site.location() {
        note += &format!(", {:.0} km from the site", distance_km(&location, &read.weather.location));
    }
    if read.filled > 0 {
        note += &format!(", {} missing values filled", read.filled);
    }
    note += &match read.time_shift.minutes() {
        Some(_) => format!(", {}", read.time_shift.words()),
        None => format!(", {}; noon {:+.0} min from the sun's", read.time_shift.words(), read.noon_shift_min),
    };
    reading.note(note);
    let shift_min = read.time_shift.minutes().unwrap_or(0.0);
    if shift_min.abs() >= 15.0 {
        let way = if shift_min > 0.0 { "early" } else { "late" };
        reading.note(format!("site.weather: solar power comes {:.0} minutes {way} by that shift", shift_min.abs()));
    }
    if let Some(warning) = read.closure.and_then(|closure| closure.warning()) {
        reading.note(format!("site.weather: doubtful file: {warning}"));
    }
}

/// The problems under other fields.
fn renamed(mut problems: Problems, name: impl Fn(&str) -> String) -> Problems {
    problems.iter_mut().for_each(|problem: &mut Problem| problem.field = name(&problem.field));
    problems
}

/// Sets the hours of the next year behind those of the years before: both begin on 1 January in local standard time.
fn append(weather: &mut Weather, next: Weather) {
    weather.ghi_w_per_m2.extend(next.ghi_w_per_m2);
    weather.dni_w_per_m2.extend(next.dni_w_per_m2);
    weather.dhi_w_per_m2.extend(next.dhi_w_per_m2);
    weather.temperature_c.extend(next.temperature_c);
    weather.wind_m_per_s.extend(next.wind_m_per_s);
    if let (Some(pressure), Some(next)) = (&mut weather.pressure_pa, next.pressure_pa) {
        pressure.extend(next);
    }
}

/// Local standard time less UTC: the lesser of the offsets of midwinter and midsummer.
fn standard_offset_s(clock: &Clock, year: i32) -> i32 {
    let offset_s = |month: i8| {
        let noon = date(year as i16, month, 1).at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
        noon.map_or(0, |noon| clock.zone().rules().to_offset(noon.timestamp()).seconds())
    };
    offset_s(1).min(offset_s(7))
}

/// Distance on a sphere, km.
fn distance_km(a: &Location, b: &Location) -> f64 {
    let [latitude_a, latitude_b] = [a, b].map(|place| place.latitude_deg.to_radians());
    let half_north = libm::sin(0.5 * (latitude_a - latitude_b));
    let half_east = libm::sin(0.5 * (a.longitude_deg - b.longitude_deg).to_radians());
    let chord = half_north * half_north + libm::cos(latitude_a) * libm::cos(latitude_b) * half_east * half_east;
    2.0 * 6371.0 * libm::asin(libm::sqrt(chord.min(1.0)))
}
