//! Series are read by the rules that the scenario names, to the last digit, and refused without them.

use std::collections::BTreeMap;

use microgrid_core::utility::Price;
use microgrid_core::{Problems, Series};
use microgrid_io::{Loaded, read_text};

/// A day (or `days`) of a load from `load.csv` in hours, in the zone, with these options of the series.
fn load_of(zone: &str, start: &str, days: u32, minutes: u32, options: &str, csv: &str) -> Result<Loaded, Problems> {
    let text = format!(
        r#"
        site = {{ name = "shed", zone = "{zone}", currency = "EUR" }}
        time = {{ start = "{start}", days = {days}, step_minutes = {minutes} }}
        utility = {{ import_price_per_kwh = 0.2 }}
        [[demand.load]]
        scale = 1
        power_kw = {{ file = "load.csv", column = "load", {options} }}
        "#
    );
    read_text("scenario.toml", &text, &BTreeMap::from([("load.csv".to_owned(), csv.to_owned())]))
}

fn values(loaded: &Loaded) -> Vec<f64> {
    let steps = loaded.scenario.calendar.steps();
    (0..steps).map(|step| loaded.scenario.loads[0].power_kw.at(step)).collect()
}

/// Rows from 2025-07-01T00:00 on in steps of `minutes`, one for each value.
fn rows(minutes: usize, values: &[&str]) -> String {
    let mut text = String::from("time,load\n");
    for (i, value) in values.iter().enumerate() {
        let minute = i * minutes;
        let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
        text.push_str(&format!("2025-07-{day:02}T{hour:02}:{minute:02},{value}\n"));
    }
    text
}

fn shanghai(minutes: u32, options: &str, csv: &str) -> Vec<f64> {
    let read = load_of("Asia/Shanghai", "2025-07-01", 1, minutes, options, csv);
    values(&read.unwrap_or_else(|problems| panic!("{problems}")))
}

fn counting(count: usize) -> Vec<String> {
    (0..count).map(|i| i.to_string()).collect()
}

fn texts(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

#[test]
fn power_is_averaged_energy_is_summed_and_coarse_values_are_held() {
    let quarters = counting(96);
    let csv = rows(15, &texts(&quarters));
    let timed = r#"time_column = "time", "#;
    let mean = shanghai(60, &format!(r#"{timed} unit = "kW", resample = "mean""#), &csv);
    assert_eq!((mean[0], mean[1], mean[23]), (1.5, 5.5, 93.5));
    // 0 + 1 + 2 + 3 kWh in an hour are a mean of 6 kW.
    let sum = shanghai(60, &format!(r#"{timed} unit = "kWh", resample = "sum""#), &csv);
    assert_eq!((sum[0], sum[1]), (6.0, 22.0));
    // A kWh in a quarter hour is a mean of 4 kW.
    let energy = shanghai(15, &format!(r#"{timed} unit = "kWh""#), &csv);
    assert_eq!((energy[1], energy[95]), (4.0, 380.0));
    let hours = counting(24);
    let csv = rows(60, &texts(&hours));
    let held = shanghai(15, &format!(r#"{timed} unit = "MW", resample = "hold""#), &csv);
    assert_eq!(held.len(), 96);
    assert_eq!(&held[3..9], [0.0, 1000.0, 1000.0, 1000.0, 1000.0, 2000.0]);
    let spread = shanghai(15, &format!(r#"{timed} unit = "kWh", resample = "hold""#), &csv);
    assert_eq!(&spread[3..5], [0.0, 1.0]);
}

#[test]
fn a_longer_file_is_cut_to_the_run() {
    let hours = counting(72);
    let csv = rows(60, &texts(&hours));
    let read = load_of("Asia/Shanghai", "2025-07-02", 1, 60, r#"unit = "kW", time_column = "time""#, &csv).unwrap();
    let values = values(&read);
    assert_eq!((values.len(), values[0], values[23]), (24, 24.0, 47.0));
}

#[test]
fn rows_without_times_are_intervals_of_the_stated_length() {
    let halves = counting(48);
    let csv = rows(30, &texts(&halves));
    let mean = shanghai(60, r#"unit = "kW", interval_minutes = 30, resample = "mean""#, &csv);
    assert_eq!((mean[0], mean[23]), (0.5, 46.5));
    let same = shanghai(30, r#"unit = "kW", interval_s = 1800"#, &csv);
    assert_eq!(same[47], 47.0);
}

#[test]
fn gaps_are_filled_by_the_rule_and_counted() {
    let mut hours = counting(24);
    for (at, value) in [(7, ""), (8, "NaN"), (9, "NA")] {
        hours[at] = value.into();
    }
    hours[10] = "18".into();
    let csv = rows(60, &texts(&hours));
    let options = |rule| format!(r#"unit = "kW", time_column = "time", gaps = "{rule}""#);
    assert_eq!(&shanghai(60, &options("interpolate"), &csv)[6..11], [6.0, 9.0, 12.0, 15.0, 18.0]);
    assert_eq!(&shanghai(60, &options("hold"), &csv)[6..11], [6.0, 6.0, 6.0, 6.0, 18.0]);
    let read = load_of("Asia/Shanghai", "2025-07-01", 1, 60, &options("hold"), &csv).unwrap();
    let note = "demand.load[0].power_kw: 3 missing values filled with the value before in load.csv";
    assert_eq!(read.notes[0], note);
    let energy = "demand.load[0]: 278 kWh in the run, 101470 kWh a year at that rate, greatest step 23.000 kW";
    assert_eq!(read.notes[1..], [energy]);
    let short = format!("{}, gap_max_hours = 2", options("interpolate"));
    let refused = load_of("Asia/Shanghai", "2025-07-01", 1, 60, &short, &csv).unwrap_err().to_string();
    assert!(refused.contains("too long to fill; found 3 h"), "{refused}");
}

#[test]
fn duplicates_are_joined_by_the_rule() {
    let hours = counting(24);
    let mut csv = rows(60, &texts(&hours));
    csv.push_str("2025-07-01T05:00,8\n2025-07-01T05:00,20\n");
    let of = |rule| shanghai(60, &format!(r#"unit = "kW", time_column = "time", duplicates = "{rule}""#), &csv)[5];
    assert_eq!((of("mean"), of("first"), of("last")), (11.0, 5.0, 20.0));
}

#[test]
fn standby_consumption_may_count_as_nothing() {
    let mut hours = counting(24);
    (hours[0], hours[1]) = ("-3".into(), "-2.5".into());
    let csv = rows(60, &texts(&hours));
    let options = r#"unit = "W", time_column = "time", negatives = "zero""#;
    let read = load_of("Asia/Shanghai", "2025-07-01", 1, 60, options, &csv).unwrap();
    assert_eq!(&values(&read)[..3], [0.0, 0.0, 0.002]);
    assert_eq!(read.notes[0], "demand.load[0].power_kw: 2 negative values counted as 0 in load.csv");
}

#[test]
fn times_of_another_clock_are_moved_to_the_sites() {
    let hours = counting(48);
    let csv = rows(60, &texts(&hours));
    // 2025-07-02T00:00+08:00 is 2025-07-01T16:00Z.
    let read = |options: &str, csv: &str| {
        let loaded = load_of("Asia/Shanghai", "2025-07-02", 1, 60, options, csv);
        values(&loaded.unwrap_or_else(|problems| panic!("{problems}")))[0]
    };
    assert_eq!(read(r#"unit = "kW", time_column = "time", clock = "utc""#, &csv), 16.0);
    assert_eq!(read(r#"unit = "kW", time_column = "time", clock = "Europe/Berlin""#, &csv), 18.0);
    let with_offset =
        csv.replace(":00,", ":00-07:00,").replace("2025-07-02", "2025-07-03").replace("2025-07-01", "2025-07-02");
    let from_the_day_before = with_offset.replace("2025-07-02T", "2025-07-01T").replace("2025-07-03T", "2025-07-02T");
    // 2025-07-02T00:00+08:00 is 2025-07-01T09:00-07:00, an offset that Shanghai does not have.
    assert_eq!(read(r#"unit = "kW", time_column = "time""#, &from_the_day_before), 9.0);
}

#[test]
fn an_hour_that_exists_twice_is_read_in_order() {
    let mut csv = String::from("time,load\n");
    for (i, hour) in [0, 1, 2, 2, 3].into_iter().chain(4..24).enumerate() {
        csv.push_str(&format!("2025-10-26T{hour:02}:00,{i}\n"));
    }
    let options = r#"unit = "kW", time_column = "time", repeated_hour = "in_order""#;
    let read = load_of("Europe/Berlin", "2025-10-26", 1, 60, options, &csv).unwrap();
    assert_eq!(values(&read), (0..25).map(f64::from).collect::<Vec<_>>());
}

/// The simulator's own copy of the SimBench profiles: German wall clock, four quarter hours missing in March and four
/// double in October.
fn simbench() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../seeds/industrial-park/simbench/profiles_2016_15min_pu.csv");
    std::fs::read_to_string(path).expect("the seed is there").replace("G3-H", "load")
}

#[test]
fn simbench_is_whole_where_its_clock_is_known() {
    let csv = simbench();
    let timed = r#"unit = "pu", time_column = "time""#;
    let berlin = |options: &str| load_of("Europe/Berlin", "2016-01-01", 366, 15, options, &csv);
    let read = berlin(&format!(r#"{timed}, repeated_hour = "in_order""#)).unwrap();
    assert_eq!(read.notes.len(), 1, "nothing is missing and nothing is double: {:?}", read.notes);
    let of_file: Vec<f64> = csv.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(values(&read), of_file);
    let refused = berlin(timed).unwrap_err().to_string();
    assert!(refused.contains("load.csv:29094: ") && refused.contains("exists twice in Europe/Berlin"), "{refused}");
    assert!(refused.contains("(and in 7 more rows)"), "{refused}");
}

#[test]
fn simbench_on_a_clock_without_changes_needs_both_rules() {
    let csv = simbench();
    let timed = r#"unit = "pu", time_column = "time""#;
    let shanghai = |options: &str| load_of("Asia/Shanghai", "2016-01-01", 366, 15, options, &csv);
    let refused = shanghai(timed).unwrap_err().to_string();
    assert!(refused.contains("has a time twice (and in 3 more rows); found 2016-10-30T02:00:00"), "{refused}");
    let refused = shanghai(&format!(r#"{timed}, duplicates = "first""#)).unwrap_err().to_string();
    assert!(refused.contains("has a gap; found 1 h without a value from 2016-03-27T02:00:00"), "{refused}");
    let read = shanghai(&format!(r#"{timed}, duplicates = "mean", gaps = "interpolate""#)).unwrap();
    let values = values(&read);
    // 27 March: 0.6 at 01:45, 0.6417 at 03:00, a fifth of the way at 02:00.
    let two_o_clock = (31 + 29 + 26) * 96 + 8;
    assert_eq!((values[two_o_clock - 1], values[two_o_clock + 4]), (0.6, 0.6417));
    assert!((values[two_o_clock] - (0.6 + 0.0417 / 5.0)).abs() < 1e-12);
    // 30 October: 0.5833 and 0.55 at 02:00.
    let october = (366 - 63) * 96 + 8;
    assert!((values[october] - (0.5833 + 0.55) / 2.0).abs() < 1e-12);
}

/// Dutch day-ahead prices over the turn of 2023, whose hour 2023-12-30T23:00Z is missing.
fn dutch(start: &str, options: &str) -> Result<Loaded, Problems> {
    let csv = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nl_day_ahead/prices.csv"));
    let text = format!(
        r#"
        site = {{ name = "farm", zone = "Europe/Amsterdam", currency = "EUR" }}
        time = {{ start = "{start}", days = 2, step_minutes = 15 }}
        [utility.import_price_per_kwh]
        file = "prices.csv"
        column = "eur_per_mwh"
        unit = "EUR/MWh"
        time_column = "time_utc"
        {options}
        "#
    );
    read_text("scenario.toml", &text, &BTreeMap::from([("prices.csv".to_owned(), csv.expect("the data is there"))]))
}

#[test]
fn spot_prices_may_be_negative_and_their_gap_needs_a_rule() {
    let price = |loaded: &Loaded, hour: usize| match &loaded.scenario.tariff.import[0].price {
        Price::Steps(prices) => prices[hour * 4..hour * 4 + 4].to_vec(),
        other => panic!("{other:?}"),
    };
    let refused = dutch("2023-12-30T01:00", r#"resample = "hold""#).unwrap_err().to_string();
    assert!(refused.contains("prices.csv:25: "), "{refused}");
    assert!(refused.contains("has a gap; found 1 h without a value from 2023-12-31T00:00:00"), "{refused}");
    let read = dutch("2023-12-30T01:00", "resample = \"hold\"\ngaps = \"interpolate\"").unwrap();
    assert_eq!(price(&read, 0), [29.16e-3; 4]);
    let filled = (43.23 + 12.56) / 2.0 * 1e-3;
    assert!(price(&read, 23).iter().all(|price| (price - filled).abs() < 1e-15));
    assert_eq!(price(&read, 29), [-0.41e-3; 4]);
    // A run beyond the gap needs no rule for it.
    let read = dutch("2023-12-31T01:00", r#"resample = "hold""#).unwrap();
    assert_eq!(price(&read, 0), [12.56e-3; 4]);
    let refused = dutch("2023-12-31T01:00", "").unwrap_err().to_string();
    assert!(refused.contains("write resample = \"hold\""), "{refused}");
}

#[test]
fn constants_and_scales() {
    let text = r#"
        site = { name = "shed", zone = "Asia/Shanghai", currency = "CNY" }
        time = { start = "2025-01-01", days = 365, step_minutes = 60 }
        utility = { import_price_per_kwh = 0.7, carbon = { intensity_kg_per_kwh = 0.5, price_per_kg = 0.1 } }
        [[demand.load]]
        power_kw = 2
        annual_kwh = 8760
        [[demand.load]]
        power_kw = 2
        peak_kw = 5
        [distribution]
        export_limit_kw = 0
    "#;
    let scenario = read_text("scenario.toml", text, &BTreeMap::new()).unwrap().scenario;
    assert_eq!((scenario.loads[0].scale, scenario.loads[1].scale), (0.5, 2.5));
    assert_eq!(scenario.connection.export_limit_kw, Series::Constant(0.0));
    assert_eq!(scenario.connection.import_limit_kw, Series::Constant(f64::INFINITY));
    assert_eq!((scenario.carbon.intensity_kg_per_kwh, scenario.carbon.price_per_kg), (Series::Constant(0.5), 0.1));
    assert_eq!(scenario.tariff.import[0].price, Price::Constant(0.7));
    assert!(scenario.tariff.export.is_empty());
}
