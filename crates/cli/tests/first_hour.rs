//! What a newcomer does first: a site of one's own, the shell's help.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("first-hour-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The program without a terminal, as a script has it.
fn microgrid(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microgrid"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = microgrid(folder, arguments);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    if code == 0 { out } else { err }
}

const ANSWERS: [&str; 8] = ["init", "bakery", "--place", "changzhou", "--annual-kwh", "84000", "--price", "0.71"];

#[test]
fn a_site_of_ones_own_is_made_run_and_drawn() {
    let folder = folder("own");
    let made = text(&folder, &ANSWERS, 0);
    assert!(made.contains("wrote bakery/scenario.toml\nwrote bakery/load.csv\n"), "{made}");
    assert!(
        text(&folder, &["check", "bakery"], 0).starts_with("ok bakery: bakery, 8760 steps of 3600 s over 365 days")
    );
    let table = text(&folder, &["run", "bakery", "--strategy", "idle,self_consumption"], 0);
    assert!(table.contains("money in CNY") && table.lines().all(|line| line.chars().count() <= 120), "{table}");
    // Export earns nothing where no price was given, and that is said.
    assert!(table.contains("note (idle): ") && table.contains("earned nothing"), "{table}");
    text(&folder, &["plot", "bakery", "--week", "27"], 0);
    assert!(folder.join("bakery_self_consumption_week27.svg").exists());
    // Nothing of it is ever written over.
    assert!(text(&folder, &ANSWERS, 2).contains("is not empty"));
}

#[test]
fn a_script_is_told_all_that_is_missing_at_once() {
    let folder = folder("missing");
    let told = text(&folder, &["init", "x", "--currency", "EUR"], 2);
    for option in ["--place", "--annual-kwh", "--price or --tariff"] {
        assert!(told.contains(option), "{told}");
    }
    let told = text(&folder, &["init", "x", "--place", "atlantis", "--annual-kwh", "1", "--price", "1"], 2);
    assert!(told.contains("san-diego") && told.contains("weather file"), "{told}");
    assert!(!folder.join("x").exists());
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = folder("shell");
    let commands =
        ["init", "run", "check", "compare", "bill", "plot", "sweep", "merge", "plan", "replay", "strategies"];
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&folder, &["completions", shell], 0);
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
        assert!(script.contains("annual-kwh"), "{shell}");
    }
    let page = text(&folder, &["man"], 0);
    assert!(page.starts_with(".ie") && commands.iter().all(|command| page.contains(command)), "{page}");
    assert!(text(&folder, &["man", "init"], 0).contains("Use of electricity in a year"));
    assert!(text(&folder, &["man", "fly"], 2).contains("is no command"));
    let schema = text(&folder, &["schema", "tariff"], 0);
    assert!(schema.contains("\"title\": \"tariff.toml\"") && schema.contains("price_per_kwh"), "{schema}");
}
