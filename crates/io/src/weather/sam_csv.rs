//! SAM's CSV for weather, in which NSRDB's downloads come too.
//!
//! # Format
//! A line of names of the head, a line of its values, a line of names of the columns, and a line for each hour of a year, or
//! for each of its equal parts (the NSRDB has half hours, quarters, 10 and 5 minutes).
//! Of the head are read `Latitude`, `Longitude`, `Time Zone` (hours east of Greenwich of the rows' clock), `Elevation`,
//! and for the notes `City`, `State`, `Country`, `Source`. Of the columns `Year`, `Month`, `Day`, `Hour` (0 to 23) and
//! `Minute`; global, direct normal and diffuse horizontal irradiance in W/m², of which global alone or the other two are
//! enough; air temperature in °C, wind speed in m/s and pressure in mbar, each by the names that SAM knows them by,
//! capitals or not, with or without a unit in brackets. Source: SAM's help, "Weather File Formats", and the NSRDB's
//! "Standard Time Series Data File Format".
//!
//! # Conventions
//! The minute says where in its interval a row's sun stands: 30 for the mean of the hour, as without the column; 0 for the
//! moment at which the hour begins, so that the row stands for the half hours around it; 0 and 30 in half-hourly files
//! likewise, each for the quarters of an hour around it. The first two rows tell the distance of all, an equal part of an hour.

use microgrid_core::generation::Location;

use super::columns::{Names, cells, head_number, plain, whole};
use super::table::{Head, MONTH_DAYS, Report, Row, read_rows};

const NAMES: Names = Names {
    ghi: &["ghi", "gh", "global", "global horizontal", "global horizontal irradiance"],
    dni: &["dni", "dn", "beam", "direct", "direct normal", "direct normal irradiance"],
    dhi: &["dhi", "df", "diffuse", "diffuse horizontal", "diffuse horizontal irradiance"],
    temperature: &[
        "temperature",
        "tdry",
        "dry bulb",
        "dry-bulb",
        "drybulb",
        "air temperature",
        "ambient temperature",
        "tamb",
    ],
    wind: &["wind speed", "wspd", "windspd", "windspeed", "wind"],
    pressure: &["pressure", "pres", "station pressure"],
    pa_per_unit: 100.0,
};

/// Whether the text begins as such a file does.
pub(super) fn is_form_of(text: &str) -> bool {
    let names: Vec<String> = text.lines().next().unwrap_or_default().split(',').map(plain).collect();
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    has(&["latitude", "lat"]) && has(&["longitude", "lon", "lng"]) && has(&["time zone", "tz", "timezone"])
}

/// Head and rows; `None` where they cannot be told, which the report then holds.
pub(super) fn read(text: &str, report: &mut Report<'_>) -> Option<(Head, Vec<Row>)> {
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap_or_default();
    let names: Vec<String> = next().split(',').map(plain).collect();
    let values = cells(next());
    let columns: Vec<String> = next().split(',').map(plain).collect();
    let of = |wanted: &[&str]| {
        let at = names.iter().position(|name| wanted.contains(&name.as_str()));
        at.and_then(|at| values.get(at)).copied()
    };
    let location = Location {
        latitude_deg: head_number(of(&["latitude", "lat"]), 2, "latitude_deg", (-90.0, 90.0), report),
        longitude_deg: head_number(of(&["longitude", "lon", "lng"]), 2, "longitude_deg", (-180.0, 180.0), report),
        elevation_m: of(&["elevation", "elev"])
            .map_or(0.0, |cell| head_number(Some(cell), 2, "elevation_m", (-1000.0, 9999.9), report)),
    };
    let utc_offset_h = head_number(of(&["time zone", "tz", "timezone"]), 2, "utc_offset_h", (-12.0, 14.0), report);
    let place: Vec<&str> = [&["city"][..], &["state", "region"], &["country"]].into_iter().filter_map(of).collect();
    let place = place.into_iter().filter(|name| !name.is_empty() && *name != "-").collect::<Vec<_>>().join(", ");
    let places = NAMES.places(&columns, 3, report)?;
    let mut time = |name: &str, needed: bool| {
        let at = columns.iter().position(|column| column == name);
        if at.is_none() && needed {
            report.add(3, name, |p| p, "has no column");
        }
        at
    };
    let (month_at, day_at, hour_at) = (time("month", true), time("day", true), time("hour", true));
    let (year_at, minute_at) = (time("year", false), time("minute", false));
    let (month_at, day_at, hour_at) = (month_at?, day_at?, hour_at?);
    let minutes = minute_at.and_then(|at| {
        let mut minutes = text.lines().skip(3).map(|line| cells(line).get(at)?.parse::<i32>().ok());
        minutes.next().flatten().zip(minutes.next().flatten())
    });
    let (first, second) = minutes.unwrap_or((30, 30));
    let distance_min = if second > first { second - first } else { 60 };
    let is_part = distance_min > 0 && 60 % distance_min == 0 && (0..distance_min).contains(&first);
    if !is_part {
        let found = format!("{first} and {second}");
        report.add(
            4,
            "minute",
            |p| p.value(found).allowed("one in each equal part of an hour"),
            "is no regular minute",
        );
        return None;
    }
    let rows_per_h = (60 / distance_min) as usize;
    let read_row = |line: &str, number: usize, report: &mut Report<'_>| {
        let cells = cells(line);
        if cells.len() != places.count {
            return places.row(&cells, number, (0, 1, 1, 1), report);
        }
        let mut at = |at: usize, name: &str, range: (i32, i32)| whole(cells[at], number, name, range, report);
        let year = year_at.map_or(Some(0), |year_at| at(year_at, "year", (1800, 2200)))?;
        let month = at(month_at, "month", (1, 12))? as u8;
        let longest = MONTH_DAYS[usize::from(month - 1)] + u8::from(month == 2);
        let day = at(day_at, "day", (1, i32::from(longest)))? as u8;
        let hour = at(hour_at, "hour", (0, 23))? as u8;
        let part = match minute_at {
            Some(minute_at) => {
                let minute = at(minute_at, "minute", (first, first + 60 - distance_min))?;
                if (minute - first) % distance_min != 0 {
                    let allowed = format!("{first} and every {distance_min} after it");
                    report.add(number, "minute", |p| p.value(minute).allowed(allowed), "is between the file's rows");
                    return None;
                }
                ((minute - first) / distance_min) as u8
            }
            None => 0,
        };
        let row = places.row(&cells, number, (year, month, day, hour + 1), report)?;
        Some(Row { part, ..row })
    };
    let lines = text.lines().enumerate().skip(3).map(|(i, line)| (i + 1, line));
    let rows = read_rows(lines, rows_per_h, report, read_row);
    let head = Head {
        location,
        place,
        source: of(&["source"]).unwrap_or("SAM CSV").to_owned(),
        utc_offset_s: (utc_offset_h * 3600.0).round() as i32,
        delay_s: i64::from(2 * first - distance_min) * 30,
        rows_per_h,
    };
    Some((head, rows))
}
