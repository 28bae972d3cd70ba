//! The hours of a year from a weather file of any form: gathered, filled, checked and set on the scenario's year.

use jiff::civil::date;
use jiff::tz::TimeZone;
use microgrid_core::generation::pv::irradiance::split_global;
use microgrid_core::generation::pv::position::suns;
use microgrid_core::generation::{Location, Weather};
use microgrid_core::{Problem, Problems};

use super::closure::Closure;
use super::shift::{TimeShift, noon_shift_min, time_shift};
use super::{LeapDay, MissingValues, NoonCheck, WeatherFile, WeatherOptions};

/// What the head of a file says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) location: Location,
    pub(super) place: String,
    pub(super) source: String,
    /// The clock of the rows less UTC, seconds.
    pub(super) utc_offset_s: i32,
    /// By how many seconds an hour's interval begins after the clock's full hour, −1800 where a row stands for the
    /// moment of the full hour.
    pub(super) delay_s: i64,
}

/// A file's weather on the year of the options.
///
/// # Errors
/// What `report` holds; missing values and a shift that the options refuse; impossible values.
pub(super) fn finish(
    head: Head,
    rows: &[Row],
    mut report: Report<'_>,
    options: &WeatherOptions,
) -> Result<WeatherFile, Problems> {
    let file = report.file;
    let mut columns = Columns::of(rows);
    let filled = columns.fill(rows, options.missing, &mut report);
    columns.check(rows, &mut report);
    let days = Days::of(rows, options, &mut report);
    let problems = report.finish();
    if !problems.is_empty() {
        return Err(problems);
    }
    let midnight = date(options.year as i16, 1, 1).at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    let midnight = midnight.map_err(|error| Problem::new("year", error.to_string()).at(file, None))?;
    let mut weather = Weather {
        location: head.location,
        start_unix_s: midnight.timestamp().as_second() - i64::from(head.utc_offset_s) + head.delay_s,
        step_s: 3600,
        ghi_w_per_m2: days.arrange(&columns.ghi),
        dni_w_per_m2: days.arrange(&columns.dni),
        dhi_w_per_m2: days.arrange(&columns.dhi),
        temperature_c: days.arrange(&columns.temperature),
        wind_m_per_s: days.arrange(&columns.wind),
        pressure_pa: columns.pressure.as_deref().map(|pressure| days.arrange(pressure)),
    };
    complete(&mut weather, columns.given)?;
    let noon_shift_min = noon_shift_min(&weather)?;
    let (closure, time_shift) = match columns.given {
        Given::All => (Some(Closure::of(&weather)?), time_shift(&weather, noon_shift_min)?),
        _ => (None, TimeShift::NotIdentifiable),
    };
    if options.noon == NoonCheck::Refuse
        && let Some(problem) = shift_problem(noon_shift_min, time_shift)
    {
        return Err(problem.at(file, None).into());
    }
    let mut problems = Problems::none();
    weather.check("weather", &mut problems);
    problems.or_else(|| WeatherFile {
        weather,
        place: head.place,
        source: head.source,
        utc_offset_s: head.utc_offset_s,
        month_years: days.month_years,
        filled,
        noon_shift_min,
        time_shift,
        closure,
    })
}

/// Works out the irradiation that the file does not have: direct and diffuse by Erbs's split, or the global as their sum.
fn complete(weather: &mut Weather, given: Given) -> Result<(), Problems> {
    match given {
        Given::All => {}
        Given::Global => {
            let (dni, dhi) = split_global(&weather.location, &weather.axis(), &weather.ghi_w_per_m2)?;
            (weather.dni_w_per_m2, weather.dhi_w_per_m2) = (dni, dhi);
        }
        Given::Parts => {
            let suns = suns(&weather.location, &weather.axis())?;
            let direct = suns.iter().zip(&weather.dni_w_per_m2);
            let direct = direct.map(|(sun, dni)| sun.map_or(0.0, |(sun, share)| dni * sun.up.max(0.0) * share));
            weather.ghi_w_per_m2 = direct.zip(&weather.dhi_w_per_m2).map(|(direct, dhi)| direct + dhi).collect();
        }
    }
    Ok(())
}

/// Refuses light that runs three quarters of an hour or more before or after the sun.
fn shift_problem(noon_shift_min: f64, time_shift: TimeShift) -> Option<Problem> {
    let shift_min = time_shift.minutes().unwrap_or(noon_shift_min);
    if shift_min.abs() < 45.0 {
        return None;
    }
    let hours = (shift_min / 60.0).abs().round().max(1.0);
    let plural = if hours == 1.0 { "" } else { "s" };
    let way = if shift_min > 0.0 { "before" } else { "after" };
    Some(
        Problem::new("ghi_w_per_m2", format!("looks shifted by {hours} hour{plural}: its noon comes {way} the sun's"))
            .value(format!("{:.0} minutes {way}", shift_min.abs()))
            .allowed("less than 45 minutes")
            .hint("correct the hours, or zone and longitude in the file's head (EPW: hour 1 is 00:00-01:00 of local standard time), or read with noon_check = \"ignore\""),
    )
}

/// Problems of one file: of each kind the first ten, the rest counted.
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    problems: Problems,
    kinds: Vec<(String, usize)>,
}

impl<'a> Report<'a> {
    const LISTED: usize = 10;

    pub(super) fn new(file: &'a str) -> Self {
        Self { file, problems: Problems::none(), kinds: Vec::new() }
    }

    /// Adds a problem of `field` at `line` (0 for the whole file).
    pub(super) fn add(&mut self, line: usize, field: &str, more: impl FnOnce(Problem) -> Problem, message: &str) {
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

    pub(super) fn finish(mut self) -> Problems {
        for (kind, count) in self.kinds.iter().filter(|(_, count)| *count > Self::LISTED) {
            let message = format!("{} more of \"{kind}\"", count - Self::LISTED);
            self.problems.push(Problem::new("", message).at(self.file, None));
        }
        self.problems
    }
}

/// One hour of the file; NaN where a value is missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) year: i32,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) temperature: f64,
    pub(super) pressure: f64,
    pub(super) ghi: f64,
    pub(super) dni: f64,
    pub(super) dhi: f64,
    pub(super) wind: f64,
}

pub(super) const MONTH_DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The hour after this one; 29 February only where the file goes there.
fn next_hour((month, day, hour): (u8, u8, u8), to_29_february: bool) -> (u8, u8, u8) {
    if hour < 24 {
        return (month, day, hour + 1);
    }
    let length = MONTH_DAYS[usize::from(month - 1)] + u8::from(month == 2 && to_29_february);
    if day < length { (month, day + 1, 1) } else { (month % 12 + 1, 1, 1) }
}

/// The hours of a year, each told by `read_row` from its line and the line's number.
pub(super) fn read_rows<'t>(
    lines: impl Iterator<Item = (usize, &'t str)>,
    report: &mut Report<'_>,
    read_row: impl Fn(&str, usize, &mut Report<'_>) -> Option<Row>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(8784);
    let (mut expected, mut unread) = ((1, 1, 1), 0);
    for (number, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let Some(row) = read_row(line, number, report) else {
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

struct Columns {
    ghi: Vec<f64>,
    dni: Vec<f64>,
    dhi: Vec<f64>,
    temperature: Vec<f64>,
    wind: Vec<f64>,
    pressure: Option<Vec<f64>>,
    /// Which of global and of direct and diffuse irradiation the file has.
    given: Given,
}

/// Which irradiation a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    /// Global, direct and diffuse.
    All,
    /// Global alone.
    Global,
    /// Direct and diffuse.
    Parts,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        let column = |get: fn(&Row) -> f64| -> Vec<f64> { rows.iter().map(get).collect() };
        let absent = |get: fn(&Row) -> f64| rows.iter().all(|row| get(row).is_nan());
        let given = match (rows.is_empty(), absent(|row| row.ghi), absent(|row| row.dni) && absent(|row| row.dhi)) {
            (false, false, true) => Given::Global,
            (false, true, false) => Given::Parts,
            _ => Given::All,
        };
        let without = |lacking: Given, get: fn(&Row) -> f64| match given == lacking {
            true => vec![0.0; rows.len()],
            false => column(get),
        };
        Self {
            ghi: without(Given::Parts, |row| row.ghi),
            dni: without(Given::Global, |row| row.dni),
            dhi: without(Given::Global, |row| row.dhi),
            temperature: column(|row| row.temperature),
            wind: column(|row| row.wind),
            pressure: (!absent(|row| row.pressure)).then(|| column(|row| row.pressure)),
            given,
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
    fn of(rows: &[Row], options: &WeatherOptions, report: &mut Report) -> Self {
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
