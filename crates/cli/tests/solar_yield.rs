//! Promise: `microgrid yield` tells where a solar plant's light goes, its months, and how years of weather vary.

use std::path::Path;
use std::process::{Command, Output};

fn microgrid(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microgrid")).args(arguments).current_dir(folder).output().unwrap()
}

fn seed(name: &str) -> String {
    format!("{}/../../seeds/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

#[test]
fn the_light_of_a_seed_is_followed_to_its_current() {
    let table = microgrid(here(), &["yield", &seed("workplace-hub")]);
    let table = text(&table.stdout);
    for words in
        ["canopy: 160.0 kW of modules", "performance ratio", "light on the modules' plane", "temperature", "-12"]
    {
        assert!(table.contains(words), "{words} in\n{table}");
    }
    let json = microgrid(here(), &["yield", &seed("workplace-hub"), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let plant = &json["plants"][0];
    let number = |key: &str| plant[key].as_f64().unwrap();
    assert!(number("residual_kwh").abs() < 1e-9 * number("open_kwh"));
    let months: f64 = plant["months"].as_array().unwrap().iter().map(|month| month["ac_kwh"].as_f64().unwrap()).sum();
    assert!((months - number("ac_kwh")).abs() < 1e-9 * number("ac_kwh"));
}

#[test]
fn years_have_a_p90_below_their_mean() {
    let folder = here().join("yield-years");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("scenario.toml"), NORMALS).unwrap();
    let years = microgrid(&folder, &["yield", ".", "--years", "4"]);
    let out = text(&years.stdout);
    assert!(out.contains("4 years: mean") && out.contains("P90"), "{out}\n{}", text(&years.stderr));
    let kwh: Vec<f64> =
        out.lines().skip(1).take(4).map(|line| line.split('\t').nth(1).unwrap().parse().unwrap()).collect();
    assert!(kwh.windows(2).any(|pair| pair[0] != pair[1]), "each year has weather of its own: {kwh:?}");
    let picture = microgrid(&folder, &["yield", ".", "--picture"]);
    assert_eq!(text(&picture.stdout), "lot-pv-1-yield.svg\n", "{}", text(&picture.stderr));
    assert!(std::fs::read_to_string(folder.join("lot-pv-1-yield.svg")).unwrap().contains("where the light goes"));
    let files = microgrid(&folder, &["yield", ".", "--weather", "none.epw,other.epw"]);
    assert_eq!(files.status.code(), Some(2), "{}", text(&files.stdout));
}

#[test]
fn a_site_without_sun_is_refused() {
    let refused = microgrid(here(), &["yield", &seed("minimal")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("no solar arrays"), "{}", text(&refused.stderr));
}

const NORMALS: &str = r#"
[site]
name = "lot"
zone = "Asia/Shanghai"
currency = "CNY"
latitude_deg = 31.8
longitude_deg = 120.0

[site.weather.normals]
ghi_kwh_per_m2_day = [2.5, 3.0, 3.6, 4.6, 5.0, 4.6, 5.2, 4.9, 4.0, 3.3, 2.7, 2.4]
temperature_c = [3, 5, 9, 15, 21, 25, 28, 28, 24, 18, 12, 6]
wind_m_per_s = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]

[time]
start = "2025-01-01"
end = "2026-01-01"
step_minutes = 60

[utility]
import_price_per_kwh = 0.7

[[demand.load]]
power_kw = 10

[[generation.pv]]
dc_kw = 100
preset = "pvwatts_v8"
mounting = "roof_mount"
"#;
