//! Promise: what the cars of a folder can do together is one command; a day or window that is none is refused with exit code 2.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn microgrid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microgrid")).args(arguments).output().unwrap()
}

fn seed() -> String {
    format!("{}/../../seeds/workplace-hub", env!("CARGO_MANIFEST_DIR"))
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("flexibility-{name}"))
}

#[test]
fn a_days_cars_are_planned_shared_and_bid() {
    let (slots, cars) = (file("slots.csv"), file("cars.csv"));
    let [slots, cars] = [slots.to_str().unwrap(), cars.to_str().unwrap()];
    let seed = seed();
    let asked =
        ["flexibility", &seed, "--from", "2019-05-06", "--window", "10:00-12:00", "--out", slots, "--cars", cars];
    let table = microgrid(&asked);
    assert!(table.status.success(), "{}", String::from_utf8_lossy(&table.stderr));
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.contains("at least cost") && table.contains("In all slots from 05-06 10:00 to 05-06 12:00"),
        "{table}"
    );
    assert!(table.lines().all(|line| line.chars().count() <= 120), "{table}");

    let json = microgrid(&["flexibility", &seed, "--from", "2019-05-06", "--window", "10:00-12:00", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let cost = |of: &str| json[of]["cost"].as_f64().unwrap();
    assert!(cost("least_cost") < cost("uncontrolled") - 1.0, "{} {}", cost("least_cost"), cost("uncontrolled"));
    let curve = json["bids"]["curve"].as_array().unwrap();
    assert_eq!(curve.len(), 9);
    assert!(curve.iter().all(|bid| bid["extra_cost"].as_f64().unwrap() > -1e-9));

    // The cars' shares add up to the fleet's course, slot by slot.
    let course: Vec<f64> =
        json["least_cost"]["power_kw"].as_array().unwrap().iter().map(|kw| kw.as_f64().unwrap()).collect();
    let times: Vec<&str> = json["time"].as_array().unwrap().iter().map(|time| time.as_str().unwrap()).collect();
    let mut sums = vec![0.0; course.len()];
    for line in std::fs::read_to_string(cars).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        sums[times.iter().position(|time| *time == cells[2]).unwrap()] += cells[3].parse::<f64>().unwrap();
    }
    assert!(sums.iter().zip(&course).all(|(sum, kw)| (sum - kw).abs() < 1e-7), "{sums:?} {course:?}");
    assert_eq!(std::fs::read_to_string(slots).unwrap().lines().count(), course.len() + 1);
}

#[test]
fn days_and_windows_that_are_none_are_refused() {
    let seed = seed();
    for (arguments, told) in [
        (["--from", "2018-05-06"], "is no day of the run"),
        (["--window", "10:07-12:00"], "is no window of the first day"),
        (["--window", "morning"], "is no window of time"),
    ] {
        let refused = microgrid(&[&["flexibility", &*seed][..], &arguments[..]].concat());
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && text.contains(told), "{text}");
    }
    let none = microgrid(&["flexibility", &format!("{seed}/../minimal")]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("has no session that arrives in the run"));
}
