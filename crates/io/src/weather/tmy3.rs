//! TMY3 files of the National Solar Radiation Data Base.
//!
//! # Format
//! A line with station number, name, state, hours east of Greenwich, latitude, longitude and elevation; a line of names
//! of the columns; 8760 lines. Read are `Date (MM/DD/YYYY)`, `Time (HH:MM)`, `GHI (W/m^2)`, `DNI (W/m^2)`, `DHI (W/m^2)`,
//! `Dry-bulb (C)`, `Wspd (m/s)` and `Pressure (mbar)`. The time is local standard time and names the hour's end, 01:00 to
//! 24:00. Source: Wilcox and Marion, *Users Manual for TMY3 Data Sets*, NREL/TP-581-43156, 2008.

use microgrid_core::generation::Location;

use super::columns::{Names, cells, head_number, plain};
use super::table::{Head, Report, Row, read_rows};

const NAMES: Names = Names {
    ghi: &["ghi"],
    dni: &["dni"],
    dhi: &["dhi"],
    temperature: &["dry-bulb"],
    wind: &["wspd"],
    pressure: &["pressure"],
    pa_per_unit: 100.0,
};

/// Whether the text begins as such a file does.
pub(super) fn is_form_of(text: &str) -> bool {
    let names = text.lines().nth(1).unwrap_or_default();
    names.starts_with("Date (MM/DD/YYYY),Time (HH:MM)")
}

/// Head and rows; `None` where they cannot be told, which the report then holds.
pub(super) fn read(text: &str, report: &mut Report<'_>) -> Option<(Head, Vec<Row>)> {
    let head_line = text.lines().next().unwrap_or_default();
    // A station's name may hold a comma: the numbers are counted from the line's end.
    let words = cells(head_line);
    let from_end = |back: usize| words.len().checked_sub(back).and_then(|at| words.get(at)).copied();
    let utc_offset_h = head_number(from_end(4), 1, "utc_offset_h", (-12.0, 14.0), report);
    let location = Location {
        latitude_deg: head_number(from_end(3), 1, "latitude_deg", (-90.0, 90.0), report),
        longitude_deg: head_number(from_end(2), 1, "longitude_deg", (-180.0, 180.0), report),
        elevation_m: head_number(from_end(1), 1, "elevation_m", (-1000.0, 9999.9), report),
    };
    let columns: Vec<String> = text.lines().nth(1).unwrap_or_default().split(',').map(plain).collect();
    let places = NAMES.places(&columns, 2, report)?;
    let read_row = |line: &str, number: usize, report: &mut Report<'_>| {
        let cells = cells(line);
        let moment = cells.first().zip(cells.get(1)).and_then(|(date, time)| moment(date, time));
        let Some(moment) = moment else {
            let found = cells.iter().take(2).copied().collect::<Vec<_>>().join(" ");
            let found: String = found.chars().take(40).collect();
            report.add(
                number,
                "hour",
                |p| p.value(format!("\"{found}\"")).allowed("MM/DD/YYYY and 01:00 to 24:00"),
                "is no time",
            );
            return None;
        };
        places.row(&cells, number, moment, report)
    };
    let lines = text.lines().enumerate().skip(2).map(|(i, line)| (i + 1, line));
    let rows = read_rows(lines, 1, report, read_row);
    let place = words.get(1..words.len().saturating_sub(4)).unwrap_or_default().join(", ");
    let utc_offset_s = (utc_offset_h * 3600.0).round() as i32;
    Some((Head { location, place, source: "TMY3".into(), utc_offset_s, delay_s: 0, rows_per_h: 1 }, rows))
}

fn moment(date: &str, time: &str) -> Option<(i32, u8, u8, u8)> {
    let mut parts = date.split('/');
    let (month, day, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (hour, minute) = time.split_once(':')?;
    let hour = hour.parse().ok().filter(|hour| (1..=24).contains(hour) && minute == "00")?;
    // A 29 February is what a leap year's file may have; order is checked by the rows.
    let longest = super::table::MONTH_DAYS.get(usize::from(month).checked_sub(1)?)? + u8::from(month == 2);
    (1..=longest).contains(&day).then_some((year, month, day, hour))
}
