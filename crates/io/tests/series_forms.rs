//! Files as people have them: each is read by the key that its refusal names, to the value that was worked out apart.
//!
//! A week of hourly load of a house in Paris, 386.4 kWh in whatever form its file is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::simulation::simulate;
use microgrid_core::{Plan, Problems, Series};
use microgrid_io::{Loaded, read_folder, read_text};

fn folder(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("tests/data/forms").join(name);
    if own.exists() { own } else { root.join("../../tests/bad_input").join(name) }
}

/// The folder's scenario with `keys` added to the load's table.
fn read_with(name: &str, keys: &str) -> Result<Loaded, Problems> {
    let folder = folder(name);
    let text = std::fs::read_to_string(folder.join("scenario.toml")).unwrap();
    let text = text.replace("time_column = \"t\"\n", &format!("time_column = \"t\"\n{keys}\n"));
    microgrid_io::scenario::read_text("scenario.toml", &text, &microgrid_io::Folder::new(folder))
}

fn kw(loaded: &Loaded) -> Vec<f64> {
    (0..loaded.scenario.calendar.steps()).map(|step| loaded.scenario.loads[0].power_kw.at(step)).collect()
}

/// Mutation it catches: a stamp read one interval off, a group taken for decimals, a day and a month exchanged.
#[test]
fn the_key_that_the_refusal_names_gives_the_value() {
    let plain = kw(&read_with("csv_stamps_59", "stamps = \"last_second\"").unwrap());
    assert_eq!(&plain[..5], [0.5, 0.651, 0.901, 1.239, 1.65]);
    let first_day = |name: &str| read_folder(folder(name)).unwrap_err().to_string();
    for (name, key, hint) in [
        ("csv_stamps_24h", "stamps = \"end\"", "stamps = \"end\""),
        ("csv_stamps_59", "stamps = \"last_second\"", "stamps = \"last_second\""),
        ("middle", "stamps = \"middle\"", "stamps = \"middle\""),
        ("csv_stamps_end", "stamps = \"end\"", "stamps = \"end\""),
        ("csv_stamps_end", "stamps = \"end\"\ngaps = \"hold\"", "stamps = \"end\""),
        ("csv_stamps_ampm", "time_format = \"%Y-%m-%d %I:%M %p\"", "time_format = \"%Y-%m-%d %I:%M %p\""),
        ("csv_stamps_dmy", "time_format = \"%d.%m.%Y %H:%M\"", "time_format = \"%d.%m.%Y %H:%M\""),
        ("csv_stamps_hm0", "time_format = \"%m/%d/%Y %H:%M\"", "or time_format = \"%d/%m/%Y %H:%M\", whichever"),
        (
            "csv_stamps_he",
            "time_format = \"%Y-%m-%d %H\"\nstamps = \"end\"",
            "time_format = \"%Y-%m-%d %H\", and stamps",
        ),
        ("csv_stamps_unix", "time_format = \"%s\"", "time_format = \"%s\""),
    ] {
        let refused = first_day(name);
        assert!(refused.contains(hint), "{name}: {refused}");
        let read = read_with(name, key).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        assert_eq!(kw(&read), plain, "{name}");
    }
    assert!((plain.iter().sum::<f64>() - 386.4).abs() < 1e-9);
    for (name, key, hint) in [
        ("csv_form_quoted_comma", "decimal = \",\"", "decimal = \",\""),
        ("semicolon_comma", "decimal = \",\"", "decimal = \",\""),
        ("csv_form_semicolon_without_saying", "separator = \";\"\ndecimal = \",\"", "separator = \";\""),
        ("csv_form_comment_lines", "skip_lines = 2", "skip_lines = 2"),
    ] {
        let refused = first_day(name);
        assert!(refused.contains(hint), "{name}: {refused}");
        let read = read_with(name, key).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let sum: f64 = kw(&read).iter().sum();
        assert!((sum - 386.4).abs() < 1e-9, "{name}: {sum}");
    }
    let read = read_with("csv_form_unavailable", "no_value = \"unavailable\"").unwrap();
    assert!(read.notes.iter().any(|note| note.contains("1 missing values filled")), "{:?}", read.notes);
}

/// Forms that need no key: an offset in the times, another clock, Excel's `sep=` line, an empty last column.
#[test]
fn what_says_itself_is_read() {
    for (name, kwh) in [("z", 386.4), ("end_clock_trick", 386.4), ("sep_line", 386.4), ("trailing_separator", 386.4)] {
        let read = read_folder(folder(name)).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let sum: f64 = kw(&read).iter().sum();
        assert!((sum - kwh).abs() < 1e-9, "{name}: {sum}");
        assert_eq!(read.notes.len(), 1, "{:?}", read.notes);
        assert!(read.notes[0].contains(&format!("{kwh:.0} kWh in the run")), "{:?}", read.notes);
    }
    let note = &read_folder(folder("thousands_dot")).unwrap().notes[0];
    assert!(note.contains("else thousands = \".\""), "{note}");
}

/// A file longer than its run, whose times name ends, is not read one interval off: with the key the bill is the one
/// worked out apart.
#[test]
fn a_longer_file_of_ends_is_read_at_its_intervals() {
    let read = read_with("csv_stamps_end_longer_than_the_run", "stamps = \"end\"").unwrap();
    let plan = Plan::compile(&read.scenario).unwrap();
    let total = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap()).money.bill_total;
    assert!((total - 91.273).abs() < 1e-9, "{total}");
}

#[test]
fn a_register_is_differenced_and_one_taken_for_energy_is_noted() {
    let noted = read_folder(folder("meter_readings")).unwrap();
    assert!(noted.notes.iter().any(|note| note.contains("never falls in 168 values")), "{:?}", noted.notes);
    // 168 readings make 167 intervals: the run must end with the last reading.
    let refused = read_with("meter_readings", "readings = true").unwrap_err().to_string();
    assert!(refused.contains("a register needs a reading at the run's end too"), "{refused}");
    let folder = folder("meter_readings");
    let text = std::fs::read_to_string(folder.join("scenario.toml")).unwrap();
    let text = text.replace("2023-06-12", "2023-06-11T23:00").replace("unit =", "readings = true\nunit =");
    let read = microgrid_io::scenario::read_text("scenario.toml", &text, &microgrid_io::Folder::new(folder)).unwrap();
    let sum: f64 = kw(&read).iter().sum();
    // The last reading less the first, to the digits of the file.
    assert!((sum - 385.9).abs() < 1e-8, "{sum}");
    assert!((kw(&read)[0] - 0.651).abs() < 1e-9);
}

/// A load from `load.csv` over a run, with these options.
fn load_of(zone: &str, time: &str, options: &str, csv: &str) -> Result<Loaded, Problems> {
    let text = format!(
        r#"
        site = {{ name = "shed", zone = "{zone}", currency = "EUR" }}
        time = {{ {time}, step_minutes = 60 }}
        utility = {{ import_price_per_kwh = 0.2 }}
        [[demand.load]]
        power_kw = {{ file = "load.csv", column = "load", unit = "kWh", time_column = "time", {options} }}
        "#
    );
    read_text("scenario.toml", &text, &BTreeMap::from([("load.csv".to_owned(), csv.to_owned())]))
}

/// A gap in a register is bridged without losing energy; a meter that begins anew is not.
#[test]
fn a_gap_in_a_register_keeps_its_energy() {
    let csv = "time,load\n2025-01-01T00:00,100\n2025-01-01T01:00,101\n2025-01-01T04:00,107\n2025-01-01T05:00,107\n";
    let run = "start = \"2025-01-01\", end = \"2025-01-01T05:00\"";
    let read = load_of("UTC", run, "readings = true, gaps = \"interpolate\"", csv).unwrap();
    assert_eq!(kw(&read), [1.0, 2.0, 2.0, 2.0, 0.0]);
    let refused = load_of("UTC", run, "readings = true", csv).unwrap_err().to_string();
    assert!(refused.contains("load.csv:4") && refused.contains("has a gap"), "{refused}");
    let anew = csv.replace("05:00,107", "05:00,3");
    let refused = load_of("UTC", run, "readings = true, gaps = \"interpolate\"", &anew).unwrap_err().to_string();
    assert!(refused.contains("load.csv:5") && refused.contains("3 after 107"), "{refused}");
}

/// A year of hours on the wall clock of `zone`, each hour's value its weekday (Monday 1) and hour as `d.hh`.
fn year_of_weekdays(zone: &str, year: i32) -> String {
    let clock = microgrid_io::time::Clock::of_days(zone, &format!("{year}-01-01"), 3600, 365).unwrap();
    let mut csv = String::from("time,load\n");
    for step in 0..clock.steps() {
        let local = clock.local(step);
        let value = f64::from(local.weekday().to_monday_one_offset()) + f64::from(local.hour()) / 100.0;
        csv.push_str(&format!("{},{value}\n", clock.label(step)));
    }
    csv
}

/// Every hour of another year has the value of its own weekday and hour, over changes of clock in both years and over a
/// leap year: counted, with at most the two hours that a change of clock makes or takes a year apart.
#[test]
fn a_year_moves_to_other_years_by_whole_weeks() {
    let csv = year_of_weekdays("Europe/Berlin", 2019);
    for (time, options, note) in [
        ("start = \"2025-01-06\", days = 300", "redate_weeks = 313", "moved by 313 weeks"),
        ("start = \"2023-01-01\", end = \"2027-01-01\"", "repeat_yearly = true", "a year from 2019-01-01 on repeated"),
        ("start = \"2012-03-01\", end = \"2013-03-01\"", "repeat_yearly = true", "a year from 2019-01-01 on repeated"),
    ] {
        let read = load_of("Europe/Berlin", time, options, &csv).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(read.notes.iter().any(|found| found.contains(note)), "{:?}", read.notes);
        let values = kw(&read);
        let right = values.iter().enumerate().filter(|(step, value)| {
            let local = read.clock.local(*step);
            let wanted = f64::from(local.weekday().to_monday_one_offset()) + f64::from(local.hour()) / 100.0;
            (**value - wanted).abs() < 1e-9
        });
        let years = values.len() / 8700 + 1;
        let wrong = values.len() - right.count();
        assert!(wrong <= 2 * years, "{time}: {wrong} of {}", values.len());
    }
    let short = csv.lines().take(8000).collect::<Vec<_>>().join("\n");
    let refused = load_of("Europe/Berlin", "start = \"2025-01-01\", days = 365", "repeat_yearly = true", &short);
    assert!(refused.unwrap_err().to_string().contains("too short to be repeated"));
    let refused = load_of("Europe/Berlin", "start = \"2025-01-01\", days = 365", "gaps = \"hold\"", &csv);
    assert!(refused.unwrap_err().to_string().contains("redate_weeks"));
    let series = load_of("Europe/Berlin", "start = \"2019-01-01\", days = 2", "redate_weeks = 0", &csv).unwrap();
    assert!(matches!(series.scenario.loads[0].power_kw, Series::Steps(_)));
}

/// One row out of place is named itself, whichever it is, and not its neighbours.
#[test]
fn the_line_named_is_the_line_that_is_wrong() {
    let good: Vec<String> = (0..48).map(|hour| format!("2025-01-{:02}T{:02}:00,1", 1 + hour / 24, hour % 24)).collect();
    let mut seen = [0; 3];
    for at in 0..48 {
        for (kind, time) in [
            format!("2025-01-{:02}T{:02}:00:01", 1 + at / 24, at % 24),
            "2024-06-01T00:00".into(),
            "2026-06-01T00:00".into(),
        ]
        .into_iter()
        .enumerate()
        {
            // A first row that lies before all others, and a last row behind them, is only far away.
            if (kind == 1 && at == 0) || (kind == 2 && at == 47) {
                continue;
            }
            let mut rows = good.clone();
            rows[at] = format!("{time},1");
            let csv = format!("time,load\n{}\n", rows.join("\n"));
            let refused = load_of("UTC", "start = \"2025-01-01\", days = 2", "", &csv).unwrap_err();
            let first = refused.iter().next().unwrap();
            let line = first.place.as_ref().and_then(|place| place.line);
            assert_eq!(line, Some(at + 2), "{time} at {at}: {refused}");
            assert!(!first.message.contains("more row"), "{refused}");
            seen[kind] += 1;
        }
    }
    assert_eq!(seen, [48, 47, 47]);
}
