//! Typical years of PVGIS, in CSV and JSON.
//!
//! # Format
//! Latitude, longitude and elevation, the year that each month comes from, and a row for each hour: `time(UTC)` as
//! `20140101:0000`, air temperature `T2m` in °C, irradiance `G(h)` global horizontal, `Gb(n)` direct normal and `Gd(h)`
//! diffuse horizontal in W/m², wind `WS10m` in m/s, pressure `SP` in Pa. CSV has these under `name: value` lines and a
//! line of names, and ends with notes; JSON has them under `inputs.location` and `outputs.tmy_hourly`. Source: PVGIS,
//! "Typical meteorological year (TMY) generator", EU Joint Research Centre.
//!
//! # Conventions
//! Times are UTC, and irradiance is that of a moment: the full hour plus the offset that newer files state
//! (`Irradiance Time Offset (h)`, `irradiance_time_offset`; some ten minutes). A row stands for the half hours around
//! that moment; where no offset is stated, around the full hour.
//!
//! Hourly series of PVGIS (`seriescalc`), whose light is that of a tilted plane, are refused.

use microgrid_core::generation::Location;
use serde_json::Value;

use super::columns::{Names, cells, head_number, plain};
use super::table::{Head, Report, Row, read_rows};

const NAMES: Names = Names {
    ghi: &["g(h)"],
    dni: &["gb(n)"],
    dhi: &["gd(h)"],
    temperature: &["t2m"],
    wind: &["ws10m"],
    pressure: &["sp"],
    pa_per_unit: 1.0,
};

/// The columns of a row that are read, in the order in which a row of JSON is written as a line.
const COLUMNS: [&str; 7] = ["time(UTC)", "G(h)", "Gb(n)", "Gd(h)", "T2m", "WS10m", "SP"];

pub(super) fn is_csv(text: &str) -> bool {
    text.starts_with("Latitude (decimal degrees)")
}

pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Head and rows; `None` where they cannot be told, which the report then holds.
pub(super) fn read_csv(text: &str, report: &mut Report<'_>) -> Option<(Head, Vec<Row>)> {
    let names_at = text.lines().take(60).position(|line| line.starts_with("time"));
    let stated = |name: &str| {
        let mut lines = text.lines().take(names_at.unwrap_or(0)).enumerate();
        lines.find_map(|(i, line)| Some((i + 1, line.strip_prefix(name)?.trim_start_matches(':').trim())))
    };
    let mut number = |name: &str, field: &str, range: (f64, f64)| {
        let (line, cell) = stated(name).unwrap_or((1, ""));
        head_number(Some(cell), line, field, range, report)
    };
    let location = Location {
        latitude_deg: number("Latitude (decimal degrees)", "latitude_deg", (-90.0, 90.0)),
        longitude_deg: number("Longitude (decimal degrees)", "longitude_deg", (-180.0, 180.0)),
        elevation_m: number("Elevation (m)", "elevation_m", (-1000.0, 9999.9)),
    };
    let offset_h = match stated("Irradiance Time Offset (h)") {
        Some((line, cell)) => head_number(Some(cell), line, "irradiance_time_offset_h", (-1.0, 1.0), report),
        None => 0.0,
    };
    let Some((names_at, names)) = names_at.and_then(|at| Some((at, text.lines().nth(at)?))) else {
        report.add(0, "", |p| p.allowed("time(UTC),T2m,…"), "has no line of names");
        return None;
    };
    let columns: Vec<String> = names.split(',').map(plain).collect();
    if columns.iter().any(|name| name == "g(i)" || name == "gb(i)") {
        report.add(names_at + 1, "", |p| p.hint(TMY_HINT), "is PVGIS's hourly series on a plane");
        return None;
    }
    let places = NAMES.places(&columns, names_at + 1, report)?;
    let read_row = |line: &str, number: usize, report: &mut Report<'_>| {
        let cells = cells(line);
        let moment = moment_of(cells.first().copied().unwrap_or_default(), number, report)?;
        places.row(&cells, number, moment, report)
    };
    // Behind an empty line stand notes.
    let lines = text.lines().enumerate().skip(names_at + 1).map(|(i, line)| (i + 1, line));
    let lines = lines.take_while(|(_, line)| !line.trim().is_empty());
    let rows = read_rows(lines, 1, report, read_row);
    Some((head(location, offset_h), rows))
}

/// Head and rows; `None` where they cannot be told, which the report then holds. Lines are the places of the rows in
/// their list, from 1.
pub(super) fn read_json(text: &str, report: &mut Report<'_>) -> Option<(Head, Vec<Row>)> {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            report.add(error.line(), "", |p| p, "is not readable JSON");
            return None;
        }
    };
    let Some(hours) = document.pointer("/outputs/tmy_hourly").and_then(Value::as_array) else {
        report.add(0, "outputs.tmy_hourly", |p| p.hint(TMY_HINT), "is missing, so this is no typical year of PVGIS");
        return None;
    };
    let of_place = |name: &str| document.pointer(&format!("/inputs/location/{name}")).map(Value::to_string);
    let mut number =
        |name: &str, field: &str, range: (f64, f64)| head_number(of_place(name).as_deref(), 0, field, range, report);
    let location = Location {
        latitude_deg: number("latitude", "latitude_deg", (-90.0, 90.0)),
        longitude_deg: number("longitude", "longitude_deg", (-180.0, 180.0)),
        elevation_m: number("elevation", "elevation_m", (-1000.0, 9999.9)),
    };
    let offset_h = match of_place("irradiance_time_offset") {
        Some(cell) => head_number(Some(&cell), 0, "irradiance_time_offset_h", (-1.0, 1.0), report),
        None => 0.0,
    };
    let cell = |hour: &Value, name: &str| match hour.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let lines: Vec<String> = hours.iter().map(|hour| COLUMNS.map(|name| cell(hour, name)).join(",")).collect();
    let columns: Vec<String> = COLUMNS.iter().map(|name| plain(name)).collect();
    let places = NAMES.places(&columns, 0, report)?;
    let read_row = |line: &str, number: usize, report: &mut Report<'_>| {
        let cells = cells(line);
        let moment = moment_of(cells.first().copied().unwrap_or_default(), number, report)?;
        places.row(&cells, number, moment, report)
    };
    let rows = read_rows(lines.iter().enumerate().map(|(i, line)| (i + 1, line.as_str())), 1, report, read_row);
    Some((head(location, offset_h), rows))
}

const TMY_HINT: &str = "download the typical year (TMY) in CSV or JSON";

fn head(location: Location, offset_h: f64) -> Head {
    let place = format!("{}°, {}°", location.latitude_deg, location.longitude_deg);
    // Whole minutes, so that rows and steps share a grid.
    let delay_s = ((offset_h * 60.0).round() as i64 - 30) * 60;
    Head { location, place, source: "PVGIS TMY".into(), utc_offset_s: 0, delay_s, rows_per_h: 1 }
}

/// `20140101:0000` as year, month, day and hour from 1 to 24.
fn moment_of(text: &str, number: usize, report: &mut Report<'_>) -> Option<(i32, u8, u8, u8)> {
    let moment = (text.len() == 13 && text.is_ascii() && text.ends_with("00") && &text[8..9] == ":").then(|| {
        let part = |range: std::ops::Range<usize>| text[range].parse::<i32>().ok();
        let (year, month, day, hour) = (part(0..4)?, part(4..6)?, part(6..8)?, part(9..11)?);
        let longest = super::table::MONTH_DAYS.get(usize::try_from(month - 1).ok()?)? + u8::from(month == 2);
        let fits = (1..=i32::from(longest)).contains(&day) && (0..=23).contains(&hour);
        fits.then_some((year, month as u8, day as u8, hour as u8 + 1))
    });
    if moment.flatten().is_none() {
        let found: String = text.chars().take(40).collect();
        report.add(number, "hour", |p| p.value(format!("\"{found}\"")).allowed("such as 20140101:0000"), "is no time");
    }
    moment.flatten()
}
