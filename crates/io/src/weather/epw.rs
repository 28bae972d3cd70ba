//! EnergyPlus weather files (EPW).
//!
//! # Format
//! Eight header lines (`LOCATION`, `DESIGN CONDITIONS`, `TYPICAL/EXTREME PERIODS`, `GROUND TEMPERATURES`,
//! `HOLIDAYS/DAYLIGHT SAVINGS`, `COMMENTS 1`, `COMMENTS 2`, `DATA PERIODS`), then one comma-separated line per hour of
//! a year with 35 columns, of which the last three may be absent in old files. Read are
//!
//! | column (from 1) | quantity | unit | missing | allowed |
//! |---|---|---|---|---|
//! | 1–5 | year, month, day, hour 1–24, minute | | | in order, 1/1 hour 1 to 12/31 hour 24 |
//! | 7 | dry-bulb temperature | °C | 99.9 | −90 to 70 |
//! | 10 | station pressure | Pa | 999999 | 31 000 to 120 000 |
//! | 14, 15, 16 | global horizontal, direct normal, diffuse horizontal irradiation of the hour | Wh/m² | 9999 | 0 to 1500 |
//! | 22 | wind speed, 10 m | m/s | 999 | 0 to 70 |
//!
//! and of `LOCATION` latitude, longitude, hours east of Greenwich, elevation. The other columns and headers are not
//! used. Source: *Auxiliary Programs*, EnergyPlus documentation, "EnergyPlus Weather File (EPW) Data Dictionary".
//!
//! # Conventions
//! - **Interval edges.** Hour 1 is 00:00–01:00; irradiation is the sum over the hour, so its sun stands at 00:30.
//!   Temperature, pressure and wind are the hour's too.
//! - **Local standard time** throughout, whatever the daylight saving header says (EnergyPlus does the same).
//! - **Years.** The months of a typical year come from different years; all are set on the scenario's year, so that
//!   the sun is that of the scenario. Weekdays are not used.
//! - **Leap day**: [`LeapDay`]. **Missing values**: [`MissingValues`]. **Shifted files**: [`NoonCheck`].
//! - Where a file has no direct and no diffuse irradiation at all, the global is split by
//!   [`erbs`](microgrid_core::generation::pv::irradiance::erbs); where it has no pressure at all, there is none.

use std::path::Path;

use jiff::civil::date;
use jiff::tz::TimeZone;
use microgrid_core::generation::pv::irradiance::split_global;
use microgrid_core::generation::{Location, Weather};
use microgrid_core::{Problem, Problems};

use super::noon::noon_shift_min;
use crate::files;

/// How to read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpwOptions {
    /// The year onto which the file's months are set, 1901 to 2098.
    pub year: i32,
    /// What to do where the file's year and `year` differ in length.
    pub leap_day: LeapDay,
    /// What to do with missing values.
    pub missing: MissingValues,
    /// What to do with a file whose light does not follow the sun.
    pub noon: NoonCheck,
}

impl EpwOptions {
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

/// What to do with a file whose light runs 45 minutes or more before or after the sun; see [`noon_shift_min`].
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
pub struct Epw {
    /// The weather, on the target year.
    pub weather: Weather,
    /// City, region and country as the file names them.
    pub place: String,
    /// The file's own source, such as `TMY3`.
    pub source: String,
    /// Local standard time less UTC, seconds.
    pub utc_offset_s: i32,
    /// The year each month comes from.
    pub month_years: [i32; 12],
    /// Missing values that were filled.
    pub filled: usize,
    /// By how many minutes the light comes before the sun; see [`noon_shift_min`].
    pub noon_shift_min: f64,
}

/// Reads the file at `path`; problems name `path` as given.
///
/// # Errors
/// All that [`read_epw`] refuses, and a file that cannot be read. Bytes that are not UTF-8 (old city names) are
/// replaced.
pub fn read_epw_file(path: &Path, options: &EpwOptions) -> Result<Epw, Problems> {
    let name = path.display().to_string();
    match files::read_regular(path, files::DATA_MOST_BYTES) {
        Ok(bytes) => read_epw(&String::from_utf8_lossy(&bytes), &name, options),
        Err(fault) => Err(Problem::new("", fault.to_string()).at(name, None).into()),
    }
}

/// Reads the text of a file; `file` is the name problems carry.
///
/// # Errors
/// Every problem of the file at once, with its line; of one kind the first ten, the rest counted.
pub fn read_epw(text: &str, file: &str, options: &EpwOptions) -> Result<Epw, Problems> {
    let mut report = Report::new(file);
    if !(1901..=2098).contains(&options.year) {
        report.add(0, "year", |p| p.value(options.year).allowed("1901 to 2098"), "is out of range");
    }
    let Some(header) = Header::read(text, &mut report) else { return Err(report.finish()) };
    let rows = read_rows(text, &mut report);
    let mut columns = Columns::of(&rows);
    let filled = columns.fill(&rows, options.missing, &mut report);
    columns.check(&rows, &mut report);
    let days = Days::of(&rows, options, &mut report);
    let problems = report.finish();
    if !problems.is_empty() {
        return Err(problems);
    }

    let midnight = date(options.year as i16, 1, 1).at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    let midnight = midnight.map_err(|error| Problem::new("year", error.to_string()).at(file, None))?;
    let mut weather = Weather {
        location: header.location,
        start_unix_s: midnight.timestamp().as_second() - i64::from(header.utc_offset_s),
        step_s: 3600,
        ghi_w_per_m2: days.arrange(&columns.ghi),
        dni_w_per_m2: days.arrange(&columns.dni),
        dhi_w_per_m2: days.arrange(&columns.dhi),
        temperature_c: days.arrange(&columns.temperature),
        wind_m_per_s: days.arrange(&columns.wind),
        pressure_pa: columns.pressure.as_deref().map(|pressure| days.arrange(pressure)),
    };
    if columns.global_only {
        let (dni, dhi) = split_global(&weather.location, &weather.axis(), &weather.ghi_w_per_m2)?;
        (weather.dni_w_per_m2, weather.dhi_w_per_m2) = (dni, dhi);
    }
    let noon_shift_min = noon_shift_min(&weather)?;
    if options.noon == NoonCheck::Refuse && noon_shift_min.abs() >= 45.0 {
        let hours = (noon_shift_min / 60.0).abs().round().max(1.0);
        let plural = if hours == 1.0 { "" } else { "s" };
        let way = if noon_shift_min > 0.0 { "before" } else { "after" };
        return Err(Problem::new("ghi_w_per_m2", format!("looks shifted by {hours} hour{plural}: its noon comes {way} the sun's"))
            .value(format!("{:.0} minutes {way}", noon_shift_min.abs()))
            .allowed("less than 45 minutes")
            .hint("hour 1 is 00:00-01:00 of local standard time: correct the hours, or the zone and longitude in LOCATION, or read with the noon check off")
            .at(file, None)
            .into());
    }
    let mut problems = Problems::none();
    weather.check("weather", &mut problems);
    problems.or_else(|| Epw {
        weather,
        place: header.place,
        source: header.source,
        utc_offset_s: header.utc_offset_s,
        month_years: days.month_years,
        filled,
        noon_shift_min,
    })
}

/// Problems of one file: of each kind the first ten, the rest counted.
struct Report<'a> {
    file: &'a str,
    problems: Problems,
    kinds: Vec<(String, usize)>,
}

impl<'a> Report<'a> {
    const LISTED: usize = 10;

    fn new(file: &'a str) -> Self {
        Self { file, problems: Problems::none(), kinds: Vec::new() }
    }

    /// Adds a problem of `field` at `line` (0 for the whole file).
    fn add(&mut self, line: usize, field: &str, more: impl FnOnce(Problem) -> Problem, message: &str) {
        let kind = format!("{field}: {message}");
        let place = match self.kinds.iter().position(|(known, _)| *known == kind) {
            Some(place) => place,
            None => {
                self.kinds.push((kind, 0));
                self.kinds.len() - 1
            }
        };
        self.kinds[place].1 += 1;
        if self.kinds[place].1 <= Self::LISTED {
            let line = (line > 0).then_some(line);
            self.problems.push(more(Problem::new(field, message)).at(self.file, line));
        }
    }

    fn finish(mut self) -> Problems {
        for (kind, count) in self.kinds.iter().filter(|(_, count)| *count > Self::LISTED) {
            let message = format!("{} more of \"{kind}\"", count - Self::LISTED);
            self.problems.push(Problem::new("", message).at(self.file, None));
        }
        self.problems
    }
}

const HEADERS: [&str; 8] = [
    "LOCATION",
    "DESIGN CONDITIONS",
    "TYPICAL/EXTREME PERIODS",
    "GROUND TEMPERATURES",
    "HOLIDAYS/DAYLIGHT SAVING",
    "COMMENTS 1",
    "COMMENTS 2",
    "DATA PERIODS",
];

struct Header {
    location: Location,
    place: String,
    source: String,
    utc_offset_s: i32,
}

impl Header {
    fn read(text: &str, report: &mut Report) -> Option<Self> {
        // A byte order mark is no part of the first word.
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let mut cells: [Vec<&str>; 8] = Default::default();
        for (i, name) in HEADERS.iter().enumerate() {
            let line = lines.next().unwrap_or_default();
            if !line.to_ascii_uppercase().starts_with(name) {
                let found: String = line.chars().take(24).collect();
                let hint = format!("an EPW file begins with the headers {}", HEADERS.join(", "));
                report.add(
                    i + 1,
                    "",
                    |p| p.value(format!("\"{found}\"")).hint(hint),
                    &format!("the header {name} is missing"),
                );
                return None;
            }
            cells[i] = line.split(',').map(str::trim).collect();
        }
        let words = &cells[0];
        let mut number = |column: usize, name: &str, least: f64, most: f64| -> f64 {
            let cell = words.get(column).copied().unwrap_or_default();
            let value = cell.parse().unwrap_or(f64::NAN);
            if !(least..=most).contains(&value) {
                let allowed = format!("{least} to {most}");
                report.add(1, name, |p| p.value(format!("\"{cell}\"")).allowed(allowed), "is out of range");
            }
            value
        };
        let location = Location {
            latitude_deg: number(6, "latitude_deg", -90.0, 90.0),
            longitude_deg: number(7, "longitude_deg", -180.0, 180.0),
            elevation_m: number(9, "elevation_m", -1000.0, 9999.9),
        };
        let utc_offset_s = (number(8, "utc_offset_h", -12.0, 14.0) * 3600.0).round() as i32;
        for (column, name) in [(1, "data periods"), (2, "records per hour")] {
            let cell = cells[7].get(column).copied().unwrap_or_default();
            if cell != "1" {
                report.add(8, name, |p| p.value(format!("\"{cell}\"")).allowed("1"), "is not one");
            }
        }
        let place = words.get(1..4).unwrap_or_default().join(", ");
        Some(Self { location, place, source: words.get(4).copied().unwrap_or_default().to_owned(), utc_offset_s })
    }
}

/// One hour of the file; NaN where a value is missing.
#[derive(Debug, Clone, Copy)]
struct Row {
    line: usize,
    year: i32,
    month: u8,
    day: u8,
    hour: u8,
    temperature: f64,
    pressure: f64,
    ghi: f64,
    dni: f64,
    dhi: f64,
    wind: f64,
}

const MONTH_DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The hour after this one; 29 February only where the file goes there.
fn next_hour((month, day, hour): (u8, u8, u8), to_29_february: bool) -> (u8, u8, u8) {
    if hour < 24 {
        return (month, day, hour + 1);
    }
    let length = MONTH_DAYS[usize::from(month - 1)] + u8::from(month == 2 && to_29_february);
    if day < length { (month, day + 1, 1) } else { (month % 12 + 1, 1, 1) }
}

fn read_rows(text: &str, report: &mut Report) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(8784);
    let (mut expected, mut unread) = ((1, 1, 1), 0);
    for (i, line) in text.lines().enumerate().skip(HEADERS.len()) {
        if line.trim().is_empty() {
            continue;
        }
        let Some(row) = read_row(line, i + 1, report) else {
            // Its place in the year is taken all the same, or every row after it would be called out of order.
            expected = next_hour(expected, false);
            unread += 1;
            continue;
        };
        let found = (row.month, row.day, row.hour);
        if found == (2, 29, 1) && expected == (3, 1, 1) {
            expected = found;
        }
        if found != expected {
            let name = |(month, day, hour): (u8, u8, u8)| format!("{month}/{day} hour {hour}");
            report.add(row.line, "hour", |p| p.value(name(found)).allowed(name(expected)), "is out of order");
        }
        expected = next_hour(found, found.1 == 29);
        rows.push(row);
    }
    let hours = rows.len() + unread;
    if hours != 8760 && hours != 8784 {
        report.add(0, "", |p| p.value(hours).allowed("8760 or 8784"), "has not the hours of a year");
    } else if expected != (1, 1, 1) {
        report.add(0, "", |p| p, "does not end with 12/31 hour 24");
    }
    rows
}

fn read_row(line: &str, number: usize, report: &mut Report) -> Option<Row> {
    let mut cells = [""; 35];
    let mut count = 0;
    for cell in line.split(',') {
        if let Some(place) = cells.get_mut(count) {
            *place = cell.trim();
        }
        count += 1;
    }
    if !(32..=35).contains(&count) {
        report.add(number, "", |p| p.value(count).allowed("32 to 35"), "has the wrong number of columns");
        return None;
    }
    let mut good = true;
    let mut integer = |column: usize, name: &str, least: i32, most: i32| -> i32 {
        match cells[column].parse::<i32>() {
            Ok(value) if (least..=most).contains(&value) => value,
            _ => {
                let (cell, allowed) = (cells[column], format!("{least} to {most}"));
                report.add(number, name, |p| p.value(format!("\"{cell}\"")).allowed(allowed), "is out of range");
                good = false;
                least
            }
        }
    };
    let year = integer(0, "year", 1800, 2200);
    let month = integer(1, "month", 1, 12) as u8;
    let longest = MONTH_DAYS[usize::from(month - 1)] + u8::from(month == 2);
    let day = integer(2, "day", 1, i32::from(longest)) as u8;
    let hour = integer(3, "hour", 1, 24) as u8;
    let mut value = |column: usize, name: &str, missing: f64| -> f64 {
        match cells[column].parse::<f64>() {
            Ok(value) if value.is_finite() => {
                if value >= missing {
                    f64::NAN
                } else {
                    value
                }
            }
            _ => {
                let cell = cells[column];
                report.add(number, name, |p| p.value(format!("\"{cell}\"")), "is not a number");
                good = false;
                0.0
            }
        }
    };
    let row = Row {
        line: number,
        year,
        month,
        day,
        hour,
        temperature: value(6, "temperature_c", 99.9),
        pressure: value(9, "pressure_pa", 999_999.0),
        ghi: value(13, "ghi_w_per_m2", 9999.0),
        dni: value(14, "dni_w_per_m2", 9999.0),
        dhi: value(15, "dhi_w_per_m2", 9999.0),
        wind: value(21, "wind_m_per_s", 999.0),
    };
    good.then_some(row)
}

struct Columns {
    ghi: Vec<f64>,
    dni: Vec<f64>,
    dhi: Vec<f64>,
    temperature: Vec<f64>,
    wind: Vec<f64>,
    pressure: Option<Vec<f64>>,
    global_only: bool,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        let column = |get: fn(&Row) -> f64| -> Vec<f64> { rows.iter().map(get).collect() };
        let absent = |get: fn(&Row) -> f64| rows.iter().all(|row| get(row).is_nan());
        let global_only = !rows.is_empty() && absent(|row| row.dni) && absent(|row| row.dhi);
        let direct = |get: fn(&Row) -> f64| if global_only { vec![0.0; rows.len()] } else { column(get) };
        Self {
            ghi: column(|row| row.ghi),
            dni: direct(|row| row.dni),
            dhi: direct(|row| row.dhi),
            temperature: column(|row| row.temperature),
            wind: column(|row| row.wind),
            pressure: (!absent(|row| row.pressure)).then(|| column(|row| row.pressure)),
            global_only,
        }
    }

    /// Fills or refuses what is missing; returns how many values were filled.
    fn fill(&mut self, rows: &[Row], rule: MissingValues, report: &mut Report) -> usize {
        let mut filled = 0;
        for (name, column) in [
            ("temperature_c", Some(&mut self.temperature)),
            ("wind_m_per_s", Some(&mut self.wind)),
            ("pressure_pa", self.pressure.as_mut()),
        ] {
            if let Some(column) = column {
                filled += fill_column(name, column, rows, rule, report, straight_line);
            }
        }
        for (name, column) in
            [("ghi_w_per_m2", &mut self.ghi), ("dni_w_per_m2", &mut self.dni), ("dhi_w_per_m2", &mut self.dhi)]
        {
            filled += fill_column(name, column, rows, rule, report, days_around);
        }
        filled
    }

    fn check(&self, rows: &[Row], report: &mut Report) {
        let mut column = |name: &str, values: &[f64], least: f64, most: f64| {
            for (row, value) in rows.iter().zip(values) {
                // What is missing has been reported as missing.
                if !value.is_nan() && !(least..=most).contains(value) {
                    let allowed = format!("{least} to {most}");
                    report.add(row.line, name, |p| p.value(value).allowed(allowed), "is out of range");
                }
            }
        };
        column("temperature_c", &self.temperature, -90.0, 70.0);
        column("wind_m_per_s", &self.wind, 0.0, 70.0);
        column("ghi_w_per_m2", &self.ghi, 0.0, 1500.0);
        column("dni_w_per_m2", &self.dni, 0.0, 1500.0);
        column("dhi_w_per_m2", &self.dhi, 0.0, 1500.0);
        if let Some(pressure) = &self.pressure {
            column("pressure_pa", pressure, 31_000.0, 120_000.0);
        }
    }
}

/// What stands for `gap` in a column: `None` where nothing can.
type Filler = fn(&[f64], std::ops::Range<usize>) -> Option<Vec<f64>>;

fn fill_column(
    name: &str,
    column: &mut [f64],
    rows: &[Row],
    rule: MissingValues,
    report: &mut Report,
    filler: Filler,
) -> usize {
    let at_most_h = match rule {
        MissingValues::Refuse => 0,
        MissingValues::Fill { at_most_h } => usize::from(at_most_h.min(24)),
    };
    let (mut filled, mut i) = (0, 0);
    while i < column.len() {
        let length = column[i..].iter().take_while(|value| value.is_nan()).count();
        if length == 0 {
            i += 1;
            continue;
        }
        let gap = i..i + length;
        match (length <= at_most_h).then(|| filler(column, gap.clone())).flatten() {
            Some(values) => {
                column[gap].copy_from_slice(&values);
                filled += length;
            }
            None => report.add(
                rows[i].line,
                name,
                |p| {
                    p.value(format!("{length} h without a value"))
                        .allowed(format!("gaps of {at_most_h} h"))
                        .hint("name a rule for missing values, such as fill with at_most_h")
                },
                "is missing",
            ),
        }
        i += length;
    }
    filled
}

fn straight_line(column: &[f64], gap: std::ops::Range<usize>) -> Option<Vec<f64>> {
    let before = gap.start.checked_sub(1).and_then(|i| column.get(i)).copied();
    let after = column.get(gap.end).copied();
    // At an end of the file the one neighbour stands alone.
    let (from, to) = (before.or(after)?, after.or(before)?);
    let parts = (gap.len() + 1) as f64;
    Some((1..=gap.len()).map(|k| from + (to - from) * k as f64 / parts).collect())
}

fn days_around(column: &[f64], gap: std::ops::Range<usize>) -> Option<Vec<f64>> {
    gap.map(|i| {
        let known = |i: Option<usize>| i.and_then(|i| column.get(i)).copied().filter(|value| !value.is_nan());
        match (known(i.checked_sub(24)), known(Some(i + 24))) {
            (Some(before), Some(after)) => Some(0.5 * (before + after)),
            (one, other) => one.or(other),
        }
    })
    .collect()
}

/// Which hours of the file make up the target year.
struct Days {
    hours: Vec<std::ops::Range<usize>>,
    month_years: [i32; 12],
}

impl Days {
    fn of(rows: &[Row], options: &EpwOptions, report: &mut Report) -> Self {
        let mut month_years = [0; 12];
        for row in rows {
            month_years[usize::from(row.month - 1)] = row.year;
        }
        let count = rows.len();
        let target_is_leap = date(options.year.clamp(1, 9999) as i16, 1, 1).in_leap_year();
        let file_is_leap = count == 8784;
        // 29 February begins after 59 days.
        let (february_28, february_29, march_1) = (58 * 24, 59 * 24, 60 * 24);
        let hours = match (file_is_leap, target_is_leap) {
            (false, true) if count == 8760 => vec![0..february_29, february_28..february_29, february_29..count],
            (true, false) => vec![0..february_29, march_1..count],
            _ => vec![0..count; 1],
        };
        if options.leap_day == LeapDay::Refuse && file_is_leap != target_is_leap {
            let found = format!("{} days for {}", count / 24, options.year);
            let hint = "name a rule for the leap day, such as repeat 28 February";
            report.add(0, "leap_day", |p| p.value(found).hint(hint), "differs between the file and the year");
        }
        Self { hours, month_years }
    }

    fn arrange(&self, column: &[f64]) -> Vec<f64> {
        self.hours.iter().flat_map(|hours| &column[hours.clone()]).copied().collect()
    }
}
