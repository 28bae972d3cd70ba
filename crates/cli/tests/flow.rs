//! Promise: another tool's network is imported and solved by two commands; what cannot be is refused with exit code 2.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn microgrid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microgrid")).args(arguments).output().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("flow-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn reference(name: &str) -> String {
    format!("{}/../../tests/data/feeders/pandapower/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn an_imported_network_is_solved() {
    let out = folder("cigre");
    let out = out.to_str().unwrap();
    let imported = microgrid(&["import", &reference("cigre_lv.json"), "--out", out]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let again = microgrid(&["import", &reference("cigre_lv.json"), "--out", out]);
    assert_eq!(again.status.code(), Some(2), "a network is not written over another");
    let json = microgrid(&["flow", out, "--json"]);
    assert!(json.status.success());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!((json["loss_kw"].as_f64().unwrap() - 28.32922).abs() < 1e-3);
    let bus = &json["buses"][2];
    assert_eq!(bus["bus"], "Bus R1");
    assert!((bus["v_pu"].as_f64().unwrap() - 0.980_892_85).abs() < 1e-6 && bus["angle_deg"].is_number());
    assert_eq!(json["branches"].as_array().unwrap().len(), 40);
    let table = String::from_utf8(microgrid(&["flow", out]).stdout).unwrap();
    assert!(table.contains("losses 28.329 kW") && table.contains("lowest voltage 0.91227 p.u. at Bus C12"), "{table}");
}

#[test]
fn what_is_no_network_is_refused() {
    let nothing = microgrid(&["flow", folder("nothing").to_str().unwrap()]);
    assert_eq!(nothing.status.code(), Some(2));
    let solution = microgrid(&["import", &reference("cigre_lv.solution.json"), "--out", folder("x").to_str().unwrap()]);
    assert_eq!(solution.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&solution.stderr).contains("is no network that can be imported"));
}
