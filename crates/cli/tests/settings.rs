//! `--set`, `check` of a sweep, and `schema sweep`, from outside.

use std::path::{Path, PathBuf};
use std::process::Command;

fn seed(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds").join(name).display().to_string()
}

/// Standard output and standard error of a call that must end with `code`.
fn texts(arguments: &[&str], code: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_microgrid")).args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    (out, err)
}

#[test]
fn a_field_is_set_for_one_run() {
    let minimal = seed("minimal");
    let (own, _) = texts(&["run", &minimal, "--json"], 0);
    let (same, _) = texts(&["run", &minimal, "--json", "--set", "storage.battery[0].capacity_kwh=100"], 0);
    assert_eq!(own, same);
    let doubled = ["--set", "storage.battery[0].capacity_kwh=200", "--set", "dispatch.strategy=time_of_use"];
    let (changed, _) = texts(&[&["run", &minimal, "--json"], &doubled[..]].concat(), 0);
    assert!(changed.contains("\"time_of_use\"") && changed != own, "{changed}");
    for command in ["bill", "compare", "check"] {
        let (own, _) = texts(&[command, &minimal], 0);
        let (set, _) = texts(&[command, &minimal, "--set", "demand.load[0].power_kw=7", "--set", "site.name=other"], 0);
        assert_ne!(own, set, "{command}");
    }
}

#[test]
fn a_wrong_setting_is_refused_where_it_is_given() {
    let minimal = seed("minimal");
    let (_, err) = texts(&["run", &minimal, "--set", "storage.battery[0].capacity=5"], 2);
    assert!(err.contains("did you mean storage.battery[0].capacity_kwh?"), "{err}");
    let (_, err) = texts(&["run", &minimal, "--set", "storage.battery[0].capacity_kwh"], 2);
    assert!(err.contains("FIELD=VALUE"), "{err}");
    let (_, err) = texts(&["run", &minimal, "--set", "storage.battery[0].capacity_kwh=-5"], 2);
    assert!(err.contains("--set: storage.battery[0].capacity_kwh: is out of range; found -5"), "{err}");
    let (_, err) = texts(&["run", &minimal, "--set", "storage.battery[0].capacity_kwh=big"], 2);
    assert!(err.contains("--set: storage.battery[0].capacity_kwh: is not a number; found \"big\""), "{err}");
    let (_, err) = texts(&["run", &minimal, "--set", "storage.battery[1].capacity_kwh=5"], 2);
    assert!(err.contains("is not there: the scenario has 1 battery"), "{err}");
}

#[test]
fn a_sweep_is_checked_without_running_it() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sweep-checked");
    std::fs::create_dir_all(&folder).unwrap();
    let minimal = seed("minimal");
    let text = |field: &str| {
        format!("base = {minimal:?}\nsamples = {{ count = 5 }}\naxis = [{{ field = {field:?}, values = [1, 2, 3] }}]\n")
    };
    std::fs::write(folder.join("sweep.toml"), text("storage.battery[0].capacity_kwh")).unwrap();
    let path = folder.display().to_string();
    let (out, _) = texts(&["check", &path], 0);
    assert!(out.contains("sweep of 15 variants, 3 points of 5 samples"), "{out}");
    std::fs::write(folder.join("sweep.toml"), text("storage.battery[0].capacity")).unwrap();
    let (out, _) = texts(&["check", &path], 2);
    assert!(out.contains("sweep.toml:3: storage.battery[0].capacity: is not a field"), "{out}");
    let (_, _) = texts(&["check", &path, "--set", "site.name=a"], 2);
}

#[test]
fn both_schemas_are_printed() {
    let (scenario, _) = texts(&["schema"], 0);
    let (sweep, _) = texts(&["schema", "sweep"], 0);
    assert!(scenario.contains("\"title\": \"scenario.toml\"") && sweep.contains("\"title\": \"sweep.toml\""));
}
