//! Promise: the faults of a network folder are told by one command, as tables, JSON and a picture; what cannot be asked is
//! refused with exit code 2, what nothing ends is a fault with exit code 1.

use std::path::Path;
use std::process::{Command, Output};

fn fault(arguments: &[&str]) -> Output {
    let seed = format!("{}/../../seeds/protected-street", env!("CARGO_MANIFEST_DIR"));
    Command::new(env!("CARGO_BIN_EXE_microgrid")).arg("fault").arg(seed).args(arguments).output().unwrap()
}

#[test]
fn a_fault_is_told_and_drawn() {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fault.svg");
    let told = fault(&["--at", "houses", "--picture", picture.to_str().unwrap()]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.success() && text.contains("IEC 60909") && text.contains("Q1 opens at"), "{text}");
    assert!(text.contains("by the nearest devices alone") && text.contains("of the k²S²"), "{text}");
    assert!(std::fs::read_to_string(picture).unwrap().contains("time to interruption, s"));
    let island = fault(&["--at", "houses", "--island", "--case", "least"]);
    let text = String::from_utf8(island.stdout).unwrap();
    assert!(text.contains("no case of IEC 60909") && text.contains("433"), "{text}");
    let json = fault(&["--at", "school", "--kind", "two-phase", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["openings"][0]["device"], "F2");
    assert_eq!((json["fault"]["fed_by"].as_str(), json["kind"].as_str()), (Some("iec_60909"), Some("two_phase")));
}

#[test]
fn every_bus_is_surveyed() {
    let survey = fault(&[]);
    let text = String::from_utf8(survey.stdout).unwrap();
    // A fault of the utility's own bus is not this network's to end.
    assert_eq!(survey.status.code(), Some(1), "{text}");
    assert!(text.contains("PROTECTION BLIND, tied to the grid (1): utility"), "{text}");
    assert!(text.contains("not cleared by the nearest devices alone, islanded"), "{text}");
    let json: serde_json::Value = serde_json::from_slice(&fault(&["--json"]).stdout).unwrap();
    assert_eq!(json["buses"].as_array().unwrap().len(), 6);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (arguments, part) in [
        (&["--at", "moon"][..], "is no bus of the network"),
        (&["--allowed=-1"], "is out of range"),
        (&["--island"], "--at"),
    ] {
        let refused = fault(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(part), "{arguments:?}");
    }
}
