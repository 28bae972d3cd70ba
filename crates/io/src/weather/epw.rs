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
//! - **Leap day**: [`LeapDay`](super::LeapDay). **Missing values**: [`MissingValues`](super::MissingValues). **Shifted files**: [`NoonCheck`](super::NoonCheck).
//! - Where a file has no direct and no diffuse irradiation at all, the global is split by
//!   [`erbs`](microgrid_core::generation::pv::irradiance::erbs); where it has no pressure at all, there is none.

use microgrid_core::generation::Location;

use super::table::{Head, MONTH_DAYS, Report, Row, read_rows};

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

/// The head of the file; `None` where it cannot be told, which the report then holds.
pub(super) fn read(text: &str, report: &mut Report<'_>) -> Option<(Head, Vec<Row>)> {
    let head = head(text, report)?;
    let lines = text.lines().enumerate().skip(HEADERS.len()).map(|(i, line)| (i + 1, line));
    Some((head, read_rows(lines, 1, report, read_row)))
}

fn head(text: &str, report: &mut Report<'_>) -> Option<Head> {
    // A byte order mark is no part of the first word.
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let mut cells: [Vec<&str>; 8] = Default::default();
    for (i, name) in HEADERS.iter().enumerate() {
        let line = lines.next().unwrap_or_default();
        if !line.to_ascii_uppercase().starts_with(name) {
            let found: String = line.chars().take(24).collect();
            let hint = format!(
                "an EPW file begins with the headers {}; other forms: {}",
                HEADERS.join(", "),
                super::file::FORMS
            );
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
    let source = words.get(4).copied().unwrap_or_default().to_owned();
    Some(Head { location, place, source, utc_offset_s, delay_s: 0, rows_per_h: 1 })
}

fn read_row(line: &str, number: usize, report: &mut Report<'_>) -> Option<Row> {
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
        part: 0,
        temperature: value(6, "temperature_c", 99.9),
        pressure: value(9, "pressure_pa", 999_999.0),
        ghi: value(13, "ghi_w_per_m2", 9999.0),
        dni: value(14, "dni_w_per_m2", 9999.0),
        dhi: value(15, "dhi_w_per_m2", 9999.0),
        wind: value(21, "wind_m_per_s", 999.0),
    };
    good.then_some(row)
}
