//! Weather files of any known form, told apart by their content.

use std::path::Path;

use microgrid_core::generation::Weather;
use microgrid_core::{Problem, Problems};

use super::closure::Closure;
use super::shift::TimeShift;
use super::table::{Report, finish};
use super::{epw, pvgis, sam_csv, tmy3};
use crate::files;

/// The forms that are known, for messages.
pub(super) const FORMS: &str = "SAM CSV (NSRDB), TMY3, PVGIS typical year (CSV, JSON)";

/// How to read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeatherOptions {
    /// The year onto which the file's months are set, 1901 to 2098.
    pub year: i32,
    /// What to do where the file's year and `year` differ in length.
    pub leap_day: LeapDay,
    /// What to do with missing values.
    pub missing: MissingValues,
    /// What to do with a file whose light does not follow the sun.
    pub noon: NoonCheck,
}

impl WeatherOptions {
    /// Reads onto `year`; refuses missing values and shifted files.
    #[must_use]
    pub fn for_year(year: i32) -> Self {
        Self { year, leap_day: LeapDay::default(), missing: MissingValues::default(), noon: NoonCheck::default() }
    }
}

/// What to do where file and target year differ in length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeapDay {
    /// A missing 29 February repeats 28 February; a surplus one is left out.
    #[default]
    Repeat28February,
    /// The file is refused.
    Refuse,
}

/// What to do with values the file marks as missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingValues {
    /// The file is refused.
    #[default]
    Refuse,
    /// Gaps are filled: temperature, pressure and wind on a straight line between the gap's neighbours, irradiation by
    /// the mean of the same hour of the day before and the day after. Longer gaps are refused.
    Fill {
        /// Longest gap that is filled, hours, at most 24.
        at_most_h: u8,
    },
}

/// What to do with a file whose light runs 45 minutes or more before or after the sun; see [`TimeShift`] and [`noon_shift_min`](super::noon_shift_min).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoonCheck {
    /// The file is refused.
    #[default]
    Refuse,
    /// The shift is only reported.
    Ignore,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct WeatherFile {
    /// The weather, on the target year.
    pub weather: Weather,
    /// City, region and country as the file names them.
    pub place: String,
    /// The file's own source, such as `TMY3`.
    pub source: String,
    /// The clock of the file's rows less UTC, seconds: local standard time, or 0 for a file in UTC.
    pub utc_offset_s: i32,
    /// The year each month comes from.
    pub month_years: [i32; 12],
    /// Missing values that were filled.
    pub filled: usize,
    /// By how many minutes the light comes before the sun by its noon; see [`noon_shift_min`](super::noon_shift_min).
    pub noon_shift_min: f64,
    /// By how many minutes direct and diffuse light come before the sun, by least squares.
    pub time_shift: TimeShift,
    /// Whether global, direct and diffuse irradiance agree; `None` where the file has not all three.
    pub closure: Option<Closure>,
}

/// Reads the file at `path`; problems name `path` as given.
///
/// # Errors
/// All that [`read_weather`] refuses, and a file that cannot be read.
pub fn read_weather_file(path: &Path, options: &WeatherOptions) -> Result<WeatherFile, Problems> {
    let name = path.display().to_string();
    match files::read_regular(path, files::DATA_MOST_BYTES) {
        Ok(bytes) => read_weather(&decoded(bytes), &name, options),
        Err(fault) => Err(Problem::new("", fault.to_string()).at(name, None).into()),
    }
}

/// Reads the text of a file; `file` is the name that problems carry.
///
/// # Forms
/// EnergyPlus (EPW), SAM CSV and NSRDB, TMY3, PVGIS typical years in CSV and JSON: the form is told by the first lines,
/// whatever the file is called. Years of hours only.
///
/// # Errors
/// Every problem of the file at once, with its line; of one kind the first ten, the rest counted.
pub fn read_weather(text: &str, file: &str, options: &WeatherOptions) -> Result<WeatherFile, Problems> {
    let mut report = Report::new(file);
    if !(1901..=2098).contains(&options.year) {
        report.add(0, "year", |p| p.value(options.year).allowed("1901 to 2098"), "is out of range");
    }
    let text = text.trim_start_matches('\u{feff}');
    let read = match () {
        () if pvgis::is_json(text) => pvgis::read_json(text, &mut report),
        () if pvgis::is_csv(text) => pvgis::read_csv(text, &mut report),
        () if tmy3::is_form_of(text) => tmy3::read(text, &mut report),
        () if sam_csv::is_form_of(text) => sam_csv::read(text, &mut report),
        () => epw::read(text, &mut report),
    };
    match read {
        Some((head, rows)) => finish(head, &rows, report, options),
        None => Err(report.finish()),
    }
}

/// The text of a weather file: UTF-8, or else Latin-1, in which older files write the names of cities.
pub(crate) fn decoded(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect())
}
