//! Weather files of every form hold the same year, and what is wrong with one is told.
//!
//! The forms are written from the shipped typical year of San Diego (NREL TMY3), in the layouts that NREL, the NSRDB and
//! PVGIS publish.

use std::fmt::Write;

use microgrid_io::weather::{TimeShift, WeatherFile, WeatherOptions, read_weather, time_shift};
use microgrid_io::{FileFault, Files, Loaded, read_text};

fn epw() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw");
    std::fs::read_to_string(path).unwrap()
}

fn atlanta() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/weather/atlanta_ga_722190_tmy3.epw");
    std::fs::read_to_string(path).unwrap()
}

fn read(text: &str) -> WeatherFile {
    read_weather(text, "x", &WeatherOptions::for_year(2023)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(text: &str) -> String {
    read_weather(text, "x", &WeatherOptions::for_year(2023)).map(|_| ()).unwrap_err().to_string()
}

/// The hours of the EPW: year, month, day, hour 1 to 24 and the cells.
fn hours(epw: &str) -> Vec<(i32, u32, u32, u32, Vec<String>)> {
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    epw.lines()
        .skip(8)
        .map(cells)
        .map(|c| (c[0].parse().unwrap(), c[1].parse().unwrap(), c[2].parse().unwrap(), c[3].parse().unwrap(), c))
        .collect()
}

/// Temperature, wind, pressure in Pa, GHI, DNI, DHI.
fn values(cells: &[String]) -> [&str; 6] {
    [6, 21, 9, 13, 14, 15].map(|at| cells[at].as_str())
}

fn sam_csv(epw: &str) -> String {
    sam_csv_at(epw, &[30])
}

/// With a row at each of the minutes, all of an hour alike.
fn sam_csv_at(epw: &str, minutes: &[u32]) -> String {
    let mut text = String::from(
        "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone\n\
         NSRDB,722904,San Diego,CA,USA,32.58,-116.98,-8,160,-8\n\
         Year,Month,Day,Hour,Minute,GHI,DNI,DHI,Temperature,Wind Speed,Pressure,Surface Albedo\n",
    );
    for (year, month, day, hour, cells) in hours(epw) {
        let [temperature, wind, pressure, ghi, dni, dhi] = values(&cells);
        let mbar = pressure.parse::<f64>().unwrap() / 100.0;
        for minute in minutes {
            let time = format!("{year},{month},{day},{},{minute}", hour - 1);
            writeln!(text, "{time},{ghi},{dni},{dhi},{temperature},{wind},{mbar},0.2").unwrap();
        }
    }
    text
}

fn tmy3(epw: &str) -> String {
    let mut text = String::from(
        "722904,\"SAN DIEGO, BROWN FIELD\",CA,-8.0,32.580,-116.980,160\n\
         Date (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),GHI source,DNI (W/m^2),DHI (W/m^2),Dry-bulb (C),Pressure (mbar),Wspd (m/s)\n",
    );
    for (year, month, day, hour, cells) in hours(epw) {
        let [temperature, wind, pressure, ghi, dni, dhi] = values(&cells);
        let mbar = pressure.parse::<f64>().unwrap() / 100.0;
        let time = format!("{month:02}/{day:02}/{year},{hour:02}:00");
        writeln!(text, "{time},{ghi},1,{dni},{dhi},{temperature},{mbar},{wind}").unwrap();
    }
    text
}

/// The rows of PVGIS: those of the EPW eight hours on, from the end of the year to its beginning.
fn in_utc(epw: &str) -> Vec<(String, [String; 6])> {
    let hours = hours(epw);
    let count = hours.len();
    (0..count)
        .map(|i| {
            let (_, month, day, hour, _) = &hours[i];
            let cells = &hours[(i + count - 8) % count].4;
            (format!("2014{month:02}{day:02}:{:02}00", hour - 1), values(cells).map(str::to_owned))
        })
        .collect()
}

fn pvgis_csv(epw: &str) -> String {
    let mut text = String::from(
        "Latitude (decimal degrees): 32.58\nLongitude (decimal degrees): -116.98\nElevation (m): 160.0\n\
         Irradiance Time Offset (h): 0.5\nmonth,year\n1,2014\n2,2011\ntime(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP\n",
    );
    for (time, [temperature, wind, pressure, ghi, dni, dhi]) in in_utc(epw) {
        let dni = if dni == "0" { "-0.0" } else { &dni };
        writeln!(text, "{time},{temperature},90.9,{ghi},{dni},{dhi},253.7,{wind},231.0,{pressure}").unwrap();
    }
    text + "\nT2m: 2-m air temperature (degree Celsius)\nPVGIS (c) European Union\n"
}

fn pvgis_json(epw: &str) -> String {
    let row = |(time, [temperature, wind, pressure, ghi, dni, dhi]): (String, [String; 6])| {
        format!(
            "{{\"time(UTC)\":\"{time}\",\"T2m\":{temperature},\"RH\":90.9,\"G(h)\":{ghi},\"Gb(n)\":{dni},\"Gd(h)\":{dhi},\
             \"IR(h)\":253.7,\"WS10m\":{wind},\"WD10m\":231.0,\"SP\":{pressure}}}"
        )
    };
    let rows: Vec<String> = in_utc(epw).into_iter().map(row).collect();
    format!(
        "{{\"inputs\":{{\"location\":{{\"latitude\":32.58,\"longitude\":-116.98,\"elevation\":160.0,\
         \"irradiance_time_offset\":0.5}}}},\"outputs\":{{\"months_selected\":[],\"tmy_hourly\":[{}]}},\"meta\":{{}}}}",
        rows.join(",")
    )
}

/// Mutation it catches: a column taken for another, an hour off, a unit of pressure, a zone of the wrong sign.
#[test]
fn every_form_holds_the_same_year() {
    let epw = epw();
    let wanted = read(&epw).weather;
    for (name, text) in [("SAM", sam_csv(&epw)), ("TMY3", tmy3(&epw))] {
        let found = read(&text);
        assert_eq!(found.utc_offset_s, -8 * 3600, "{name}");
        assert_eq!(found.weather.start_unix_s, wanted.start_unix_s, "{name}");
        assert_eq!(found.weather.ghi_w_per_m2, wanted.ghi_w_per_m2, "{name}");
        assert_eq!(found.weather.dni_w_per_m2, wanted.dni_w_per_m2, "{name}");
        assert_eq!(found.weather.dhi_w_per_m2, wanted.dhi_w_per_m2, "{name}");
        assert_eq!(found.weather.temperature_c, wanted.temperature_c, "{name}");
        assert_eq!(found.weather.wind_m_per_s, wanted.wind_m_per_s, "{name}");
        let pressures = found.weather.pressure_pa.unwrap();
        let differ = pressures.iter().zip(wanted.pressure_pa.as_ref().unwrap());
        assert!(differ.into_iter().all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{name}");
    }
    for text in [pvgis_csv(&epw), pvgis_json(&epw)] {
        let found = read(&text);
        assert_eq!((found.utc_offset_s, found.weather.start_unix_s), (0, wanted.start_unix_s - 8 * 3600));
        let rolled = |column: &[f64]| column[8..].to_vec();
        assert_eq!(rolled(&found.weather.ghi_w_per_m2), wanted.ghi_w_per_m2[..8752]);
        assert_eq!(rolled(&found.weather.dni_w_per_m2), wanted.dni_w_per_m2[..8752]);
        assert_eq!(rolled(&found.weather.dhi_w_per_m2), wanted.dhi_w_per_m2[..8752]);
        assert_eq!(found.weather.temperature_c[..8], wanted.temperature_c[8752..]);
        assert!(found.weather.dni_w_per_m2.iter().all(|dni| dni.is_sign_positive()), "no -0");
        assert!(
            matches!(found.time_shift, TimeShift::Sharp { minutes } if minutes.abs() < 2.0),
            "{:?}",
            found.time_shift
        );
    }
    // SAM's older files have no global column: it is the sum of the other two.
    let without = sam_csv(&epw).replacen("GHI", "ETR", 1);
    let found = read(&without);
    assert!(found.closure.is_none());
    let sums = |column: &[f64]| column.iter().sum::<f64>();
    let ratio = sums(&found.weather.ghi_w_per_m2) / sums(&wanted.ghi_w_per_m2);
    assert!((ratio - 1.0).abs() < 0.005, "{ratio}");
    // A row that stands for the moment of the full hour is the half hours around it.
    let moments = read(&sam_csv_at(&epw, &[0])).weather;
    assert_eq!(moments.start_unix_s, wanted.start_unix_s - 1800);
}

/// A line of the EPW with these cells (counted from 1) changed by `change`.
fn changed(epw: &str, columns: &[usize], change: impl Fn(f64) -> f64) -> String {
    let line = |(i, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if i >= 8 {
            for column in columns {
                cells[column - 1] = format!("{:.4}", change(cells[column - 1].parse().unwrap()));
            }
        }
        cells.join(",")
    };
    epw.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// Counted: four kinds of fault in two files found, none in the files as they are.
#[test]
fn closure_finds_wrong_units_and_zeroed_columns() {
    let mut found = 0;
    for good in [epw(), atlanta()] {
        let closure = read(&good).closure.unwrap();
        assert!(closure.hours > 3000 && closure.failed_hours * 100 <= closure.hours, "{closure:?}");
        assert_eq!(closure.warning(), None);
        for (columns, factor, guess) in [
            (&[14][..], 1e-3, "as if global were in kWh"),
            (&[14][..], 0.0, "as if the global column were empty"),
            (&[15, 16][..], 0.0, "sunny hours"),
            (&[14][..], 0.6, "median ratio 0.60"),
        ] {
            let file = read(&changed(&good, columns, |value| value * factor));
            let warning = file.closure.unwrap().warning().unwrap_or_default();
            assert!(warning.contains(guess), "{columns:?} × {factor}: {warning}");
            found += 1;
        }
    }
    assert_eq!(found, 8);
}

/// Files made with one sun tell a shift to the minute; noise on the global column leaves at best ten minutes.
#[test]
fn the_shift_is_told_to_the_minute_where_the_columns_know_it() {
    for good in [epw(), atlanta()] {
        let file = read(&good);
        let TimeShift::Sharp { minutes } = file.time_shift else { panic!("{:?}", file.time_shift) };
        assert!(minutes.abs() < 1.5, "{minutes}");
        for moved_min in [-60_i64, -30, -7, 12, 30, 90] {
            let mut weather = file.weather.clone();
            weather.start_unix_s -= moved_min * 60;
            let noon = microgrid_io::weather::noon_shift_min(&weather).unwrap();
            let found = time_shift(&weather, noon).unwrap();
            assert!(
                matches!(found, TimeShift::Sharp { minutes: told } if (told - minutes - moved_min as f64).abs() < 1.5),
                "{moved_min}: {found:?}"
            );
        }
        let mut noisy = file.weather.clone();
        for (i, ghi) in noisy.ghi_w_per_m2.iter_mut().enumerate() {
            *ghi *= 1.0 + 0.05 * (((i * 7919) % 201) as f64 / 100.0 - 1.0);
        }
        let found = time_shift(&noisy, file.noon_shift_min).unwrap();
        assert!(!matches!(found, TimeShift::Sharp { .. }), "{found:?}");
        assert!(found.minutes().is_none_or(|minutes| minutes.abs() < 10.0), "{found:?}");
    }
}

struct Bytes(Vec<u8>);

impl Files for Bytes {
    fn read(&self, name: &str) -> Result<Vec<u8>, FileFault> {
        if name == "w" { Ok(self.0.clone()) } else { Err(FileFault::Missing) }
    }
}

fn site(weather: &str, pv: &str, bytes: Vec<u8>) -> Result<Loaded, microgrid_core::Problems> {
    let text = format!(
        r#"
        time = {{ start = "2023-06-01", days = 7, step_minutes = 60 }}
        utility = {{ import_price_per_kwh = 0.2 }}
        [site]
        name = "shed"
        zone = "Etc/GMT+8"
        currency = "USD"
        [site.weather]
        {weather}
        [[generation.pv]]
        dc_kw = 10
        {pv}
        [[demand.load]]
        power_kw = 2
        "#
    );
    read_text("scenario.toml", &text, &Bytes(bytes))
}

#[test]
fn a_scenario_reads_any_form_and_says_what_it_found() {
    let epw = epw();
    let pv = |loaded: &Loaded| {
        let plant = &loaded.scenario.generation[0];
        (0..168).map(|step| plant.power_kw.at(step)).collect::<Vec<f64>>()
    };
    let wanted = site("epw = \"w\"", "", epw.clone().into_bytes()).unwrap();
    assert!(wanted.notes[0].contains("in time with the sun (least squares)"), "{:?}", wanted.notes);
    for text in [sam_csv(&epw), tmy3(&epw), pvgis_csv(&epw), pvgis_json(&epw)] {
        let read = site("file = \"w\"", "", text.into_bytes()).unwrap_or_else(|problems| panic!("{problems}"));
        let worst = pv(&read).iter().zip(pv(&wanted)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-6, "{worst}");
    }
    // A city's name in Latin-1.
    let mut latin = epw.clone().into_bytes();
    let at = epw.find("San Diego").unwrap();
    latin[at + 1] = 0xFC;
    let read = site("file = \"w\"", "", latin).unwrap();
    assert!(read.notes[0].contains("Sün Diego"), "{:?}", read.notes);
    // A zone an hour off is refused, and read as it is where the check is off, with the shift told.
    let off = epw.replacen(",-8.0,", ",-9.0,", 1);
    let message = site("file = \"w\"", "", off.clone().into_bytes()).unwrap_err().to_string();
    assert!(message.contains("looks shifted by 1 hour"), "{message}");
    let read = site("file = \"w\"\nnoon_check = \"ignore\"", "", off.into_bytes()).unwrap();
    assert!(read.notes[0].contains("60 min") && read.notes[1].contains("60 minutes"), "{:?}", read.notes);
    let doubtful = changed(&epw, &[14], |ghi| 0.6 * ghi);
    let read = site("file = \"w\"", "", doubtful.into_bytes()).unwrap();
    assert!(read.notes.iter().any(|note| note.contains("doubtful file")), "{:?}", read.notes);
}

/// An array that faces the pole is noted, whichever hemisphere, and only that.
#[test]
fn an_array_that_faces_away_from_the_equator_is_noted() {
    let normals = "ghi_kwh_per_m2_day = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]\n\
                   temperature_c = [23, 23, 21, 18, 15, 12, 12, 13, 16, 18, 20, 22]\n\
                   wind_m_per_s = [4, 4, 4, 3, 3, 3, 3, 4, 4, 4, 4, 4]\n";
    let mut noted = 0;
    for (latitude, azimuth, away) in [
        (-33.9, "", true),
        (-33.9, "azimuth_deg = 0", false),
        (33.9, "", false),
        (33.9, "azimuth_deg = 20", true),
        (33.9, "azimuth_deg = 90", false),
        (2.0, "azimuth_deg = 0", false),
    ] {
        let text = format!(
            "site = {{ name = \"s\", zone = \"Etc/GMT-10\", currency = \"AUD\", latitude_deg = {latitude}, \
             longitude_deg = 151, weather = {{ normals = {{ {} }} }} }}\n\
             time = {{ start = \"2023-06-01\", days = 2, step_minutes = 60 }}\nutility = {{ import_price_per_kwh = 0.2 }}\n\
             demand.load = [{{ power_kw = 1 }}]\n[[generation.pv]]\ndc_kw = 10\n{azimuth}\n",
            normals.trim().replace('\n', ", ")
        );
        let read =
            read_text("scenario.toml", &text, &Bytes(Vec::new())).unwrap_or_else(|problems| panic!("{problems}"));
        let found = read.notes.iter().any(|note| note.contains("away from the equator"));
        assert_eq!(found, away, "{latitude} {azimuth}: {:?}", read.notes);
        noted += usize::from(found);
    }
    assert_eq!(noted, 2);
}

/// As the NSRDB gives them: half hours and quarters at their moments, and at their middles.
#[test]
fn parts_of_an_hour_are_read_as_they_are() {
    let epw = epw();
    let hourly = read(&epw).weather;
    for (minutes, delay_s) in
        [(&[0, 30][..], -900), (&[15, 45], 0), (&[0, 15, 30, 45], -450), (&[5, 15, 25, 35, 45, 55], 0)]
    {
        let file = read(&sam_csv_at(&epw, minutes));
        let parts = file.weather;
        assert_eq!(parts.step_s, 3600 / minutes.len() as u32);
        assert_eq!(parts.start_unix_s, hourly.start_unix_s + delay_s);
        let repeated = |column: &[f64]| column.iter().flat_map(|value| vec![*value; minutes.len()]).collect::<Vec<_>>();
        assert_eq!(parts.ghi_w_per_m2, repeated(&hourly.ghi_w_per_m2));
        assert_eq!(parts.temperature_c, repeated(&hourly.temperature_c));
    }
    // A leap year wants its 29 February, whatever the rows.
    let leap = read_weather(&sam_csv_at(&epw, &[0, 30]), "x", &WeatherOptions::for_year(2024));
    assert_eq!(leap.unwrap().weather.ghi_w_per_m2.len(), 366 * 48);
    let lacking = sam_csv_at(&epw, &[0, 30]).replacen(",1,1,5,0,", ",1,1,5,10,", 1);
    assert!(refused(&lacking).contains("x:14: minute: is between the file's rows; found 10"), "{}", refused(&lacking));
    let lines: Vec<_> = sam_csv_at(&epw, &[0, 30]).lines().map(str::to_owned).collect();
    let short = [&lines[..9], &lines[10..]].concat().join("\n");
    assert!(
        refused(&short).contains("x:10: hour: is out of order; found 1/1 hour 4, row 2 of 2"),
        "{}",
        refused(&short)
    );
}

#[test]
fn what_is_no_such_file_is_refused_with_its_reason() {
    let epw = epw();
    let sam = sam_csv(&epw);
    for (text, message) in [
        (sam.replacen("Wind Speed", "Wind Rose", 1), "x:3: wind_m_per_s: has no column; allowed: wind speed or"),
        (sam.replacen(",1,1,30,", ",1,0,45,", 1), "x:4: minute: is no regular minute; found 30 and 45"),
        (sam.replacen(",32.58,", ",132.58,", 1), "x:2: latitude_deg: is out of range"),
        (sam.lines().take(4000).collect::<Vec<_>>().join("\n"), "has not the hours of a year; found 3997"),
        (tmy3(&epw).replacen("01:00", "00:00", 1), "x:3: hour: is no time"),
        (
            pvgis_csv(&epw).replacen("time(UTC),T2m,RH,G(h)", "time,G(i),H_sun,T2m", 1),
            "is PVGIS's hourly series on a plane",
        ),
        (pvgis_csv(&epw).replacen("20140101:0100", "2014-01-01 01:00", 1), "x:10: hour: is no time"),
        (pvgis_json(&epw).replacen("tmy_hourly", "hourly", 1), "outputs.tmy_hourly: is missing"),
        ("{\"inputs\":".into(), "x:1: is not readable JSON"),
        ("a,b\n1,2\n".into(), "other forms: SAM CSV (NSRDB), TMY3, PVGIS typical year (CSV, JSON)"),
    ] {
        let found = refused(&text);
        assert!(found.contains(message), "wanted {message}, found {}", found.chars().take(400).collect::<String>());
    }
}

/// No text can make the readers panic: cut at every few bytes of the head and of the first rows.
#[test]
fn cut_files_are_refused() {
    let epw = epw();
    for text in [sam_csv(&epw), tmy3(&epw), pvgis_csv(&epw), pvgis_json(&epw)] {
        for end in (0..900).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            assert!(read_weather(&text[..end], "cut", &WeatherOptions::for_year(2023)).is_err());
        }
    }
}
