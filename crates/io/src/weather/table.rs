//! The rows of a year from a weather file of any form: gathered, filled, checked and set on the scenario's year.

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
    /// By how many seconds a row's interval begins after its place on the clock, such as −1800 where an hour's row stands
    /// for the moment of the full hour.
    pub(super) delay_s: i64,
    /// Rows of an hour, a divisor of 60.
    pub(super) rows_per_h: usize,
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
    let filled = columns.fill(rows, head.rows_per_h, options.missing, &mut report);
    columns.check(rows, &mut report);
    let days = Days::of(rows, head.rows_per_h, options, &mut report);
    let problems = report.finish();
    if !problems.is_empty() {
        return Err(problems);
    }
    let midnight = date(options.year as i16, 1, 1).at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    let midnight = midnight.map_err(|error| Problem::new("year", error.to_string()).at(file, None))?;
    let mut weather = Weather {
        location: head.location,
        start_unix_s: midnight.timestamp().as_second() - i64::from(head.utc_offset_s) + head.delay_s,
        step_s: 3600 / head.rows_per_h as u32,
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

/// One row of the file; NaN where a value is missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) year: i32,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    /// Which of the hour's rows it is, from 0.
    pub(super) part: u8,
    pub(super) temperature: f64,
    pub(super) pressure: f64,
    pub(super) ghi: f64,
    pub(super) dni: f64,
    pub(super) dhi: f64,
    pub(super) wind: f64,
}

pub(super) const MONTH_DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Month, day, hour from 1 to 24, and which row of the hour.
type Moment = (u8, u8, u8, u8);

/// The moment after this one; 29 February only where the file goes there.
fn next_moment((month, day, hour, part): Moment, rows_per_h: usize, to_29_february: bool) -> Moment {
    if usize::from(part) + 1 < rows_per_h {
        return (month, day, hour, part + 1);
    }
    if hour < 24 {
        return (month, day, hour + 1, 0);
    }
    let length = MONTH_DAYS[usize::from(month - 1)] + u8::from(month == 2 && to_29_february);
    if day < length { (month, day + 1, 1, 0) } else { (month % 12 + 1, 1, 1, 0) }
}

/// The rows of a year, so many an hour, each told by `read_row` from its line and the line's number.
pub(super) fn read_rows<'t>(
    lines: impl Iterator<Item = (usize, &'t str)>,
    rows_per_h: usize,
    report: &mut Report<'_>,
    read_row: impl Fn(&str, usize, &mut Report<'_>) -> Option<Row>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(8784 * rows_per_h);
    let (mut expected, mut unread) = ((1, 1, 1, 0), 0);
    for (number, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let Some(row) = read_row(line, number, report) else {
            // Its place in the year is taken all the same, or every row after it would be called out of order.
            expected = next_moment(expected, rows_per_h, false);
            unread += 1;
            continue;
        };
        let found = (row.month, row.day, row.hour, row.part);
        if found == (2, 29, 1, 0) && expected == (3, 1, 1, 0) {
            expected = found;
        }
        if found != expected {
            let name = |(month, day, hour, part): Moment| match rows_per_h {
                1 => format!("{month}/{day} hour {hour}"),
                _ => format!("{month}/{day} hour {hour}, row {} of {rows_per_h}", part + 1),
            };
            report.add(row.line, "hour", |p| p.value(name(found)).allowed(name(expected)), "is out of order");
        }
        expected = next_moment(found, rows_per_h, found.1 == 29);
        rows.push(row);
    }
    let (found, [common, leap]) = (rows.len() + unread, [8760, 8784].map(|hours| hours * rows_per_h));
    if found != common && found != leap {
        report.add(0, "", |p| p.value(found).allowed(format!("{common} or {leap}")), "has not the hours of a year");
    } else if expected != (1, 1, 1, 0) {
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
    fn fill(&mut self, rows: &[Row], rows_per_h: usize, rule: MissingValues, report: &mut Report) -> usize {
        let mut filled = 0;
        let mut fill = |name: &str, column: &mut [f64], filler: Filler| {
            filled += fill_column(name, column, (rows, rows_per_h), rule, report, filler);
        };
        for (name, column) in [
            ("temperature_c", Some(&mut self.temperature)),
            ("wind_m_per_s", Some(&mut self.wind)),
            ("pressure_pa", self.pressure.as_mut()),
        ] {
            if let Some(column) = column {
                fill(name, column, straight_line);
            }
        }
        for (name, column) in
            [("ghi_w_per_m2", &mut self.ghi), ("dni_w_per_m2", &mut self.dni), ("dhi_w_per_m2", &mut self.dhi)]
        {
            fill(name, column, days_around);
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

/// What stands for `gap` in a column of so many rows an hour: `None` where nothing can.
type Filler = fn(&[f64], std::ops::Range<usize>, usize) -> Option<Vec<f64>>;

fn fill_column(
    name: &str,
    column: &mut [f64],
    (rows, rows_per_h): (&[Row], usize),
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
        match (length <= at_most_h * rows_per_h).then(|| filler(column, gap.clone(), rows_per_h)).flatten() {
            Some(values) => {
                column[gap].copy_from_slice(&values);
                filled += length;
            }
            None => report.add(
                rows[i].line,
                name,
                |p| {
                    p.value(format!("{} h without a value", length as f64 / rows_per_h as f64))
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

fn straight_line(column: &[f64], gap: std::ops::Range<usize>, _rows_per_h: usize) -> Option<Vec<f64>> {
    let before = gap.start.checked_sub(1).and_then(|i| column.get(i)).copied();
    let after = column.get(gap.end).copied();
    // At an end of the file the one neighbour stands alone.
    let (from, to) = (before.or(after)?, after.or(before)?);
    let parts = (gap.len() + 1) as f64;
    Some((1..=gap.len()).map(|k| from + (to - from) * k as f64 / parts).collect())
}

fn days_around(column: &[f64], gap: std::ops::Range<usize>, rows_per_h: usize) -> Option<Vec<f64>> {
    let day = 24 * rows_per_h;
    gap.map(|i| {
        let known = |i: Option<usize>| i.and_then(|i| column.get(i)).copied().filter(|value| !value.is_nan());
        match (known(i.checked_sub(day)), known(Some(i + day))) {
            (Some(before), Some(after)) => Some(0.5 * (before + after)),
            (one, other) => one.or(other),
        }
    })
    .collect()
}

/// Which rows of the file make up the target year.
struct Days {
    rows: Vec<std::ops::Range<usize>>,
    month_years: [i32; 12],
}

impl Days {
    fn of(rows: &[Row], rows_per_h: usize, options: &WeatherOptions, report: &mut Report) -> Self {
        let mut month_years = [0; 12];
        for row in rows {
            month_years[usize::from(row.month - 1)] = row.year;
        }
        let (count, day) = (rows.len(), 24 * rows_per_h);
        let target_is_leap = date(options.year.clamp(1, 9999) as i16, 1, 1).in_leap_year();
        let file_is_leap = count == 366 * day;
        // 29 February begins after 59 days.
        let (february_28, february_29, march_1) = (58 * day, 59 * day, 60 * day);
        let rows = match (file_is_leap, target_is_leap) {
            (false, true) if count == 365 * day => vec![0..february_29, february_28..february_29, february_29..count],
            (true, false) => vec![0..february_29, march_1..count],
            _ => vec![0..count; 1],
        };
        if options.leap_day == LeapDay::Refuse && file_is_leap != target_is_leap {
            let found = format!("{} days for {}", count / day, options.year);
            let hint = "name a rule for the leap day, such as repeat 28 February";
            report.add(0, "leap_day", |p| p.value(found).hint(hint), "differs between the file and the year");
        }
        Self { rows, month_years }
    }

    fn arrange(&self, column: &[f64]) -> Vec<f64> {
        self.rows.iter().flat_map(|rows| &column[rows.clone()]).copied().collect()
    }
}
