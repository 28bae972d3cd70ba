//! The binary from outside: exit codes, what stands on standard output, and what on standard error.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn seed(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds").join(name).display().to_string()
}

/// An empty folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// `seeds/minimal` with its scenario edited.
fn edited(name: &str, edits: &[(&str, &str)]) -> String {
    let folder = folder(name);
    let minimal = PathBuf::from(seed("minimal"));
    fs::copy(minimal.join("week.csv"), folder.join("week.csv")).unwrap();
    let mut text = fs::read_to_string(minimal.join("scenario.toml")).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(folder.join("scenario.toml"), text).unwrap();
    folder.display().to_string()
}

fn microgrid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microgrid")).args(arguments).output().unwrap()
}

/// Standard output of a call that must end with `code`, and its standard error.
fn texts(arguments: &[&str], code: i32) -> (String, String) {
    let output = microgrid(arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    (out, err)
}

const STRATEGIES: [&str; 6] = ["idle", "self_consumption", "time_of_use", "peak_shaving", "rolling_horizon", "optimal"];

#[test]
fn a_run_prints_a_row_for_each_strategy_and_closed_books() {
    let (out, err) = texts(&["run", &seed("minimal"), "--strategy", "all"], 0);
    assert_eq!(err, "");
    assert!(out.starts_with("minimal: 2016-07, 168 steps of 1 h (168 h), money in USD\n"), "{out}");
    // Here the tariff's hours say nothing, so two strategies do the same and share a row.
    assert!(out.contains("\ntime_of_use = self_consumption\n"), "{out}");
    for strategy in STRATEGIES.into_iter().filter(|strategy| *strategy != "time_of_use") {
        let rows: Vec<&str> = out.lines().filter(|line| line.starts_with(&format!("{strategy} "))).collect();
        assert_eq!(rows.len(), 6, "{strategy} in\n{out}");
        assert!(rows[5].ends_with("  ok"), "{}", rows[5]);
    }
    assert!(out.lines().all(|line| line.chars().count() <= 120), "{out}");
    assert!(out.contains("saving against idle"));
    let (own, _) = texts(&["run", &seed("minimal")], 0);
    assert!(own.contains("\nself_consumption ") && !own.contains("\nidle "), "{own}");
}

#[test]
fn the_document_holds_every_run_and_does_not_depend_on_threads() {
    let seed = seed("minimal");
    let (out, _) = texts(&["run", &seed, "--strategy", "all", "--json", "--threads", "1"], 0);
    let document: Value = serde_json::from_str(&out).unwrap();
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["strategy"].as_str().unwrap()).collect::<Vec<_>>(), STRATEGIES);
    for run in runs {
        assert_eq!(run["status"], "completed");
        assert_eq!((run["steps"].as_u64(), run["step_s"].as_u64()), (Some(168), Some(3600)));
        let energy = |key: &str| run["energy"][key].as_f64().unwrap_or_else(|| panic!("{key}"));
        let missing = energy("generation_available_kwh") - energy("curtailed_kwh")
            + energy("import_kwh")
            + energy("discharge_kwh")
            + energy("unserved_kwh")
            - energy("load_kwh")
            - energy("charge_kwh")
            - energy("export_kwh");
        assert!(missing.abs() < 1e-9 * energy("load_kwh"), "{missing} kWh");
    }
    for threads in ["2", "3", "8"] {
        let again = texts(&["run", &seed, "--strategy", "all", "--json", "--threads", threads], 0).0;
        assert_eq!(again, out, "{threads} threads");
    }
}

#[test]
fn a_comparison_ranks_strategies_beside_the_bound() {
    let (out, err) = texts(&["compare", &seed("minimal")], 0);
    assert_eq!(err, "");
    // The rolling horizon may reach the optimum too, and then shares its rank.
    let optimal = out.lines().find(|line| line.contains("  optimal  ")).unwrap_or_default();
    assert!(optimal.trim_start().starts_with(['1', '2']) && optimal.contains("100.00"), "{out}");
    assert!(out.contains("\nbound: ") && out.contains("(exact plan)"), "{out}");
    let (json, _) = texts(&["compare", &seed("minimal"), "--json"], 0);
    let document: Value = serde_json::from_str(&json).unwrap();
    let runs = document["runs"].as_array().unwrap();
    let mut last = f64::NEG_INFINITY;
    for run in runs {
        let objective = run["money"]["objective"].as_f64().unwrap();
        let bound = run["bound"]["objective"].as_f64().unwrap();
        let gap = run["gap"].as_f64().unwrap();
        assert!(objective >= last && (objective - bound - gap).abs() < 1e-9);
        last = objective;
        assert_eq!(
            (run["bound"]["kind"].as_str(), run["bound"]["decisions"].as_str()),
            (Some("exact_plan"), Some("storage"))
        );
        let parts = run["gap_parts"].as_array().unwrap();
        let sum: f64 = parts.iter().map(|part| part["amount"].as_f64().unwrap()).sum();
        assert!((sum - gap).abs() < 1e-9, "{run}");
        assert!(run["gap_percent"].is_number() && run["captured_percent"].is_number());
    }
    assert_eq!(runs.len(), STRATEGIES.len());
}

#[test]
fn refused_input_is_told_on_standard_error_and_runs_nothing() {
    let bad = edited("refused", &[("capacity_kwh = 100", "capacity_kwh = -5"), ("scale = 30", "sclae = 10")]);
    let (out, err) = texts(&["run", &seed("minimal"), &bad], 2);
    assert_eq!(out, "");
    assert!(err.starts_with(&format!("refused {bad}: ")), "{err}");
    assert!(err.contains("scenario.toml:5: ") && err.contains("found -5"), "{err}");
    assert!(err.contains("scenario.toml:8: ") && err.contains("sclae"), "{err}");
    assert!(!err.contains('\u{1b}'), "colour in a pipe: {err}");
    for arguments in [["bill", &bad], ["plot", &bad]] {
        assert_eq!(texts(&arguments, 2).0, "");
    }
}

#[test]
fn a_call_that_cannot_be_understood_is_refused() {
    let (out, err) = texts(&["run", &seed("minimal"), "--strategy", "peak_shavin"], 2);
    assert_eq!(out, "");
    assert!(err.contains("peak_shaving"), "{err}");
    texts(&["run", &seed("minimal"), "--threads", "0"], 2);
    texts(&["run"], 2);
    let (_, err) = texts(&["run", "no/such/folder"], 2);
    assert!(err.contains("no/such/folder"), "{err}");
}

#[test]
fn check_gives_a_verdict_on_every_folder() {
    let bad = edited("check", &[("discharge_max_kw = 50", "discharge_max_kw = -50")]);
    let (out, err) = texts(&["check", &seed("minimal"), &bad], 2);
    assert_eq!(err, "");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            "ok {}: minimal, 168 steps of 3600 s over 7 days, 1 load, 1 plant, 1 battery, self_consumption",
            seed("minimal")
        )
    );
    assert_eq!(lines[1], format!("refused {bad}: 1 problem"));
    assert!(lines[2].starts_with("  scenario.toml:5: ") && lines[2].contains("discharge_max_kw"), "{out}");
    assert_eq!(lines.len(), 3);
    assert_eq!(texts(&["check", &seed("minimal")], 0).0.lines().count(), 1);
}

#[test]
fn check_refuses_every_kind_of_bad_input_with_its_own_message() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bad_input");
    let mut paths: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let arguments: Vec<&str> = std::iter::once("check").chain(names.iter().map(String::as_str)).collect();
    let (out, _) = texts(&arguments, 2);
    let mut verdicts = out.split("refused ").skip(1);
    let mut cases = 0;
    for path in &paths {
        let verdict = verdicts.next().unwrap_or_else(|| panic!("no verdict on {}", path.display()));
        let expected = match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.is_dir() => path.join("expected.txt"),
            Some("toml") => path.with_extension("expected.txt"),
            // Neither a folder nor a scenario: named as such, in one line.
            _ => {
                assert!(verdict.contains(": 1 problem\n  is not a scenario; found "), "{verdict}");
                continue;
            }
        };
        let told: Vec<&str> = verdict.lines().skip(1).map(|line| line.trim_start()).collect();
        let expected = fs::read_to_string(expected).unwrap();
        assert_eq!(told, expected.lines().map(str::trim_start).collect::<Vec<_>>(), "{}", path.display());
        cases += 1;
    }
    assert!(cases >= 40 && verdicts.next().is_none(), "{cases} cases");
}

#[test]
fn csv_files_hold_the_same_numbers_as_the_document() {
    let out = folder("csv");
    let csv = out.join("tables").display().to_string();
    // The same site twice: neither run may overwrite the other's trace.
    let seed = seed("minimal");
    let (text, _) = texts(&["run", &seed, &seed, "--json", "--csv", &csv], 0);
    let document: Value = serde_json::from_str(&text).unwrap();
    let summary = fs::read_to_string(out.join("tables/summary.csv")).unwrap();
    assert_eq!(summary.lines().count(), 3);
    for name in ["bill.csv", "months.csv"] {
        assert!(fs::read_to_string(out.join("tables").join(name)).unwrap().lines().count() >= 3, "{name}");
    }
    for name in ["trace_minimal_self_consumption.csv", "trace_minimal_self_consumption_2.csv"] {
        let trace = fs::read_to_string(out.join("tables").join(name)).unwrap();
        let mut lines = trace.lines();
        let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
        let import = heads.iter().position(|head| *head == "import_kw").unwrap();
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 168);
        assert_eq!(rows[0][0], "2016-07-11T00:00:00-06:00");
        let sum: f64 = rows.iter().map(|row| row[import].parse::<f64>().unwrap()).sum();
        let total = document["runs"][0]["energy"]["import_kwh"].as_f64().unwrap();
        assert!((sum - total).abs() < 1e-6, "{sum} against {total}");
    }
    // A file where the folder should be.
    fs::write(out.join("taken"), "").unwrap();
    let (_, err) = texts(&["run", &seed, "--csv", &out.join("taken").display().to_string()], 2);
    assert!(err.contains("cannot be written"), "{err}");
}

#[test]
fn charging_sessions_tell_what_they_got() {
    let folder = folder("sessions");
    let seed = seed("residential-community");
    let csv = folder.display().to_string();
    let (text, _) = texts(&["run", &seed, "--json", "--sessions", "--csv", &csv], 0);
    let document: Value = serde_json::from_str(&text).unwrap();
    let run = &document["runs"][0];
    let deliveries = run["deliveries"].as_array().unwrap();
    let sum = |key: &str| deliveries.iter().map(|delivery| delivery[key].as_f64().unwrap()).sum::<f64>();
    // Nothing is shed there, so what is wanted is delivered or named as undelivered.
    let undelivered = run["energy"]["undelivered_kwh"].as_f64().unwrap();
    assert!(
        (sum("wanted_kwh") - sum("delivered_kwh") - undelivered).abs() < 1e-6 && undelivered > 1.0,
        "{undelivered}"
    );
    let rows = fs::read_to_string(folder.join("sessions.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + deliveries.len());
    assert_eq!(
        (run["indicators"]["shed_h"].as_f64(), run["indicators"]["shed_max_kw"].as_f64()),
        (Some(0.0), Some(0.0))
    );
    texts(&["run", &seed, "--sessions"], 2);
}

#[test]
fn the_bill_adds_up_to_the_runs() {
    let seed = seed("minimal");
    let (text, _) = texts(&["run", &seed, "--json"], 0);
    let document: Value = serde_json::from_str(&text).unwrap();
    let total = document["runs"][0]["money"]["bill_total"].as_f64().unwrap();
    let (bill, _) = texts(&["bill", &seed], 0);
    assert!(bill.contains(&format!("total of the unrounded lines  {total:.6} USD")), "{bill}");
    assert!(bill.contains("2016-07  subtotal"), "{bill}");
    let (all, _) = texts(&["bill", &seed, "--strategy", "idle,time_of_use"], 0);
    assert_eq!(all.matches("invoice, each line rounded").count(), 2);
}

#[test]
fn a_plot_is_written_where_it_is_told() {
    let folder = folder("plot");
    let at = |name: &str| folder.join(name).display().to_string();
    let seed = seed("minimal");
    let (out, _) = texts(&["plot", &seed, "--week", "1", "--out", &at("week.svg")], 0);
    assert_eq!(out, format!("{}\n", at("week.svg")));
    let week = fs::read_to_string(at("week.svg")).unwrap();
    assert!(week.contains("week 1, 2016-07-11 to 2016-07-17") && week.contains("USD/kWh"));
    texts(&["plot", &seed, "--out", &at("curves.svg")], 0);
    assert!(fs::read_to_string(at("curves.svg")).unwrap().contains("duration curves"));
    for (arguments, reason) in [
        (vec!["--week", "2"], "allowed: 1 to 1"),
        (vec!["--out", "x.bmp"], "is no picture"),
        (vec!["--out", "x.svg", "--strategy", "all"], "a picture of its own"),
    ] {
        let (_, err) = texts(&[vec!["plot", &seed], arguments].concat(), 2);
        assert!(err.contains(reason), "{err}");
    }
    let own = ["plot", &seed, "--out", &at("own.svg")];
    for (arguments, texts_of) in [
        (&["--picture", "bill"][..], &["bill by month", "2016-07"][..]),
        (&["--picture", "heat-map", "--column", "load_kw"], &["load_kw by hour and day"]),
        (&["--week", "1", "--strategy", "idle,optimal"], &["idle and optimal: week 1", "optimal: power, kW"]),
        (&["--strategy", "idle,optimal"], &["import, kW"]),
    ] {
        texts(&[&own[..], arguments].concat(), 0);
        let svg = fs::read_to_string(at("own.svg")).unwrap();
        assert!(texts_of.iter().all(|text| svg.contains(text)), "{arguments:?}");
    }
    for (arguments, reason) in [
        (["--picture", "heat-map", "--column", "load"], "is not in the trace"),
        (["--picture", "duration", "--column", "load_kw"], "--picture heat-map"),
        (["--picture", "levels", "--strategy", "idle"], "a sweep's results"),
    ] {
        let (_, err) = texts(&[&own[..], &arguments].concat(), 2);
        assert!(err.contains(reason), "{err}");
    }
    // Help promises what the build can do.
    assert_eq!(texts(&["plot", "--help"], 0).0.contains(".png"), cfg!(feature = "png"));
    let output = Command::new(env!("CARGO_BIN_EXE_microgrid")).current_dir(&folder).args(["plot", &seed]).output();
    let name = "minimal_self_consumption_duration.svg";
    assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), format!("{name}\n"));
    assert!(folder.join(name).exists());
}

#[test]
fn strategies_and_schema_are_printed() {
    let (out, _) = texts(&["strategies"], 0);
    assert_eq!(out.lines().count(), 1 + microgrid::Dispatch::every().count());
    let (out, _) = texts(&["schema"], 0);
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert!(schema["properties"]["storage"].is_object());
}

#[test]
fn a_plan_and_a_trace_replay_to_their_cost_and_a_broken_plan_names_its_break() {
    let seed = seed("minimal");
    let folder = folder("replay");
    let at = |name: &str| folder.join(name).display().to_string();
    let objective = |arguments: &[&str]| {
        let document: Value = serde_json::from_str(&texts(arguments, 0).0).unwrap();
        document["runs"][0]["money"]["objective"].as_f64().unwrap()
    };
    let optimal = objective(&["run", &seed, "--strategy", "optimal", "--json", "--csv", &at("")]);
    texts(&["plan", &seed, "--out", &at("plan.csv")], 0);
    for file in ["plan.csv", "trace_minimal_optimal.csv"] {
        let replayed = objective(&["replay", &seed, "--plan", &at(file), "--json"]);
        assert!((replayed - optimal).abs() <= 1e-9 * optimal.abs(), "{file}: {replayed} {optimal}");
    }
    let (out, _) = texts(&["replay", &seed, "--plan", &at("plan.csv")], 0);
    assert!(out.contains("\nplan ") && out.contains("bound"), "{out}");
    // To standard output it is the same file.
    let plan = fs::read_to_string(at("plan.csv")).unwrap();
    assert_eq!(texts(&["plan", &seed], 0).0, plan);
    let trace = fs::read_to_string(at("trace_minimal_optimal.csv")).unwrap();
    assert!(trace.lines().next().unwrap().ends_with(",why,limit,stored_value_per_kwh"));
    assert!(trace.contains(",discharge_to_target,") && trace.contains(",hold_level,"), "{trace}");

    // Too much in step 5.
    let heads: Vec<&str> = plan.lines().next().unwrap().split(',').collect();
    let broken = plan.lines().enumerate().map(|(line, row)| {
        let mut cells: Vec<String> = row.split(',').map(String::from).collect();
        if line == 6 {
            cells[heads.iter().position(|head| head.starts_with("charge_kw")).unwrap()] = "1e4".into();
            cells[heads.iter().position(|head| head.starts_with("discharge_kw")).unwrap()] = "0".into();
        }
        cells.join(",") + "\n"
    });
    fs::write(folder.join("broken.csv"), broken.collect::<String>()).unwrap();
    let (out, _) = texts(&["replay", &seed, "--plan", &at("broken.csv")], 1);
    assert!(out.starts_with("infeasible: the plan first breaks a limit at step 5, 2016-07-"), "{out}");
    assert!(out.contains("charge_kw asks 10000 kW, ") && out.contains("(charge_max_kw)"), "{out}");
    let (out, _) = texts(&["replay", &seed, "--plan", &at("broken.csv"), "--json"], 1);
    let document: Value = serde_json::from_str(&out).unwrap();
    let found = &document["broken"];
    assert_eq!((found["step"].as_u64(), found["limit"].as_str()), (Some(5), Some("charge_max_kw")));
    assert_eq!(found["asked_kw"].as_f64(), Some(1e4));

    fs::write(folder.join("bad.csv"), plan.replacen("charge_kw", "charge_kva", 1)).unwrap();
    let (_, err) = texts(&["replay", &seed, "--plan", &at("bad.csv")], 2);
    assert!(
        err.contains("has a column that is none of a plan's") && err.contains("has no column `charge_kw["),
        "{err}"
    );
    let (_, err) = texts(&["replay", &seed, "--plan", &at("none.csv")], 2);
    assert!(err.contains("is not there"), "{err}");
}
