//! The shipped weather files read as they should.

use microgrid_io::weather::{
    LeapDay, MissingValues, WeatherFile, WeatherOptions, noon_shift_min, read_weather, read_weather_file,
};
use std::path::Path;

const SAN_DIEGO: &str = "seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw";
const ATLANTA: &str = "tests/data/weather/atlanta_ga_722190_tmy3.epw";

fn read(path: &str, options: &WeatherOptions) -> WeatherFile {
    read_weather_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path), options).unwrap()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn san_diego() {
    let epw = read(SAN_DIEGO, &WeatherOptions::for_year(2023));
    assert_eq!(epw.place, "San Diego-Brown Field Muni AP, CA, USA");
    assert_eq!(epw.source, "TMY3");
    assert_eq!(epw.utc_offset_s, -8 * 3600);
    // Months from different years, as the file has them.
    assert_eq!(epw.month_years, [2000, 2003, 1998, 2000, 1998, 1998, 2000, 2001, 1999, 1997, 2003, 2000]);
    let weather = &epw.weather;
    assert_eq!((weather.location.latitude_deg, weather.location.longitude_deg), (32.58, -116.98));
    // 2023-01-01 00:00 UTC-8
    assert_eq!((weather.start_unix_s, weather.step_s, weather.ghi_w_per_m2.len()), (1_672_560_000, 3600, 8760));
    // 16 June hour 11 (10:00-11:00) stands at line 4003: 31+28+31+30+31+15 days and ten hours from the start.
    let hour = 166 * 24 + 10;
    assert_eq!(
        (weather.ghi_w_per_m2[hour], weather.dni_w_per_m2[hour], weather.dhi_w_per_m2[hour]),
        (278.0, 6.0, 273.0)
    );
    assert_eq!((weather.temperature_c[hour], weather.wind_m_per_s[hour]), (19.0, 4.6));
    assert_eq!(weather.pressure_pa.as_ref().unwrap()[hour], 99_200.0);
    let kwh_per_m2 = weather.ghi_w_per_m2.iter().sum::<f64>() / 1000.0;
    println!("San Diego: {kwh_per_m2:.0} kWh/m2, noon {:+.0} min", epw.noon_shift_min);
    // The sum of column 14.
    assert!((kwh_per_m2 - 1924.852).abs() < 1e-6, "{kwh_per_m2}");
    assert!(epw.noon_shift_min.abs() < 25.0, "{}", epw.noon_shift_min);
}

#[test]
fn atlanta() {
    let epw = read(ATLANTA, &WeatherOptions::for_year(2023));
    assert_eq!(epw.month_years[0], 1988);
    println!("Atlanta: noon {:+.0} min", epw.noon_shift_min);
    assert!(epw.noon_shift_min.abs() < 25.0, "{}", epw.noon_shift_min);
}

#[test]
fn a_leap_year_repeats_28_february() {
    let common = read(SAN_DIEGO, &WeatherOptions::for_year(2023)).weather;
    let leap = read(SAN_DIEGO, &WeatherOptions::for_year(2024)).weather;
    assert_eq!(leap.ghi_w_per_m2.len(), 8784);
    assert_eq!(leap.ghi_w_per_m2[..59 * 24], common.ghi_w_per_m2[..59 * 24]);
    assert_eq!(leap.temperature_c[59 * 24..60 * 24], common.temperature_c[58 * 24..59 * 24]);
    assert_eq!(leap.wind_m_per_s[60 * 24..], common.wind_m_per_s[59 * 24..]);
    let refuse = WeatherOptions { leap_day: LeapDay::Refuse, ..WeatherOptions::for_year(2024) };
    assert!(read_weather(&text(SAN_DIEGO), "x.epw", &refuse).is_err());
}

/// A file with 29 February, made from the shipped one, onto a common year and onto a leap year.
#[test]
fn a_file_of_a_leap_year() {
    let mut lines: Vec<String> = text(SAN_DIEGO).lines().map(str::to_owned).collect();
    let february_28: Vec<String> = lines[8 + 58 * 24..8 + 59 * 24].to_vec();
    let february_29 = february_28.iter().map(|line| line.replacen(",2,28,", ",2,29,", 1));
    lines.splice(8 + 59 * 24..8 + 59 * 24, february_29);
    let text = lines.join("\r\n");
    let onto = |year| read_weather(&text, "leap.epw", &WeatherOptions::for_year(year)).unwrap().weather;
    assert_eq!(onto(2024), read(SAN_DIEGO, &WeatherOptions::for_year(2024)).weather);
    assert_eq!(onto(2023), read(SAN_DIEGO, &WeatherOptions::for_year(2023)).weather);
}

/// Cells of a line of the file, by line and column counted from 1.
fn with_cells(cells: &[(usize, usize, &str)]) -> String {
    let mut lines: Vec<String> = text(SAN_DIEGO).lines().map(str::to_owned).collect();
    for (line, column, cell) in cells {
        let mut columns: Vec<&str> = lines[line - 1].split(',').collect();
        columns[column - 1] = cell;
        lines[line - 1] = columns.join(",");
    }
    lines.join("\n")
}

#[test]
fn named_rules_fill_what_is_missing() {
    let fill = WeatherOptions { missing: MissingValues::Fill { at_most_h: 3 }, ..WeatherOptions::for_year(2023) };
    let line = 9 + 166 * 24 + 10;
    let patched = with_cells(&[(line, 7, "99.9"), (line + 1, 7, "99.9"), (line, 14, "9999"), (9, 22, "999")]);
    let whole = read(SAN_DIEGO, &WeatherOptions::for_year(2023)).weather;
    let epw = read_weather(&patched, "x.epw", &fill).unwrap();
    assert_eq!(epw.filled, 4);
    let i = line - 9;
    let (before, after) = (whole.temperature_c[i - 1], whole.temperature_c[i + 2]);
    assert!((epw.weather.temperature_c[i] - (before + (after - before) / 3.0)).abs() < 1e-12);
    let around = 0.5 * (whole.ghi_w_per_m2[i - 24] + whole.ghi_w_per_m2[i + 24]);
    assert_eq!(epw.weather.ghi_w_per_m2[i], around);
    assert_eq!(epw.weather.wind_m_per_s[0], whole.wind_m_per_s[1]);
    assert!(read_weather(&patched, "x.epw", &WeatherOptions::for_year(2023)).is_err());
}

#[test]
fn a_file_with_global_irradiation_only_is_split() {
    let lines: Vec<String> = text(SAN_DIEGO)
        .lines()
        .enumerate()
        .map(|(i, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if i >= 8 {
                (cells[9], cells[14], cells[15]) = ("999999", "9999", "9999");
            }
            cells.join(",")
        })
        .collect();
    let split = read_weather(&lines.join("\n"), "x.epw", &WeatherOptions::for_year(2023)).unwrap().weather;
    let given = read(SAN_DIEGO, &WeatherOptions::for_year(2023)).weather;
    assert_eq!(split.ghi_w_per_m2, given.ghi_w_per_m2);
    assert_eq!(split.pressure_pa, None);
    let ratio = split.dhi_w_per_m2.iter().sum::<f64>() / given.dhi_w_per_m2.iter().sum::<f64>();
    println!("diffuse by Erbs over diffuse given: {ratio:.3}");
    assert!((0.8..1.2).contains(&ratio), "{ratio}");
}

/// Shifts by whole hours are told to the quarter of an hour.
#[test]
fn the_noon_check_measures_a_shift() {
    let mut weather = read(ATLANTA, &WeatherOptions::for_year(2023)).weather;
    let straight = noon_shift_min(&weather).unwrap();
    for hours in [-3_i64, -1, 1, 2] {
        weather.start_unix_s -= hours * 3600;
        let shift = noon_shift_min(&weather).unwrap() - straight;
        assert!((shift - hours as f64 * 60.0).abs() < 15.0, "{hours} h: {shift} min");
        weather.start_unix_s += hours * 3600;
    }
    weather.ghi_w_per_m2.fill(0.0);
    assert_eq!(noon_shift_min(&weather).unwrap(), 0.0);
}
