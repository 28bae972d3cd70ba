//! Sizing by the real binary: what is written runs to the cost that was printed, and what cannot be sized is refused by name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the seed in a folder of its own, with a change in one of its files.
fn folder(name: &str, file: &str, from: &str, to: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("design-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/design-workshop");
    for name in ["scenario.toml", "design.toml", "load.csv", "jiangsu-2025-energy.toml"] {
        fs::copy(seed.join(name), folder.join(name)).unwrap();
    }
    let text = fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
    folder
}

fn texts(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_microgrid")).current_dir(folder).args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    (out, err)
}

/// The word after `before` on the line that has it.
fn word_after<'t>(text: &'t str, before: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_whitespace().next().unwrap()
}

#[test]
fn what_is_written_runs_to_the_cost_printed() {
    let folder = folder("runs", "design.toml", "carbon_prices_per_kg = [0.0, 0.1, 0.5]", "");
    let (out, _) = texts(&folder, &["design", ".", "--out", "built"], 0);
    assert!(out.contains("proven after"), "{out}");
    assert_eq!(word_after(&out, "generation.pv[0].dc_kw"), "193.3", "{out}");
    let (run, _) = texts(&folder, &["run", "built", "--strategy", "optimal", "--json"], 0);
    let run: serde_json::Value = serde_json::from_str(&run).unwrap();
    let objective = run["runs"][0]["money"]["objective"].as_f64().unwrap();
    assert_eq!(word_after(&out, "a year under optimal: objective"), format!("{objective:.2}"));
    // Comments stay, and nothing but the sizes changes.
    let [before, after] = ["scenario.toml", "built/scenario.toml"].map(|f| fs::read_to_string(folder.join(f)).unwrap());
    let changed = before.lines().zip(after.lines()).filter(|(before, after)| before != after).count();
    assert_eq!((changed, before.lines().count()), (4, after.lines().count()));
    // What is written can be designed again, to the same; a folder that holds something is not written over.
    let (again, _) = texts(&folder, &["design", "built"], 0);
    assert_eq!(word_after(&again, "net present cost"), word_after(&out, "net present cost"));
    let (_, refused) = texts(&folder, &["design", ".", "--out", "built"], 2);
    assert!(refused.contains("is there already, and not empty"), "{refused}");
    // A search that is stopped early is a prefix, and its own gap is told.
    let (early, _) = texts(&folder, &["design", ".", "--gap", "0.01"], 0);
    let gap: f64 = word_after(&early, "; gap").parse().unwrap();
    assert!(gap > 1e-6 && gap <= 0.01, "{early}");
}

#[test]
fn a_size_of_zero_is_told_why() {
    let folder = folder("zero", "design.toml", "capital_cost_per_unit = 400", "capital_cost_per_unit = 4000");
    let (out, _) = texts(&folder, &["design", ".", "--out", "built"], 0);
    assert!(out.contains("why storage.battery[0].capacity_kwh is 0: the next unit would earn"), "{out}");
    texts(&folder, &["run", "built"], 0);
}

#[test]
fn what_cannot_be_sized_is_refused_by_name() {
    let cases = [
        (
            "unknown",
            "design.toml",
            "generation.pv[0].dc_kw",
            "generation.pv[0].dc_kv",
            "did you mean generation.pv[0].dc_kw?",
        ),
        ("no-size", "design.toml", "generation.pv[0].dc_kw", "generation.pv[0].tilt_deg", "cannot be sized"),
        ("not-there", "design.toml", "generation.pv[0].dc_kw", "generation.pv[1].dc_kw", "is not in the scenario"),
        ("endless", "design.toml", "most = 400 ", "least = 10 ", "size[0].most: is missing"),
        (
            "life",
            "design.toml",
            "lifetime_years = 25",
            "lifetime_years = 0",
            "lifetime_years: is out of range; found 0",
        ),
        ("below", "design.toml", "most = 400 ", "least = 500\nmost = 400 ", "is below the least value"),
        (
            "two-rates",
            "design.toml",
            "real_rate = 0.06",
            "real_rate = 0.06\nnominal_rate = 0.08\ninflation = 0.02",
            "is written beside real_rate",
        ),
        ("years", "design.toml", "years = 20", "years = 0", "economics.years: is not a whole number from 1 to 60"),
        ("later", "design.toml", "most = 500", "most = 500\nstep = 100", "size[2].step"),
        ("week", "scenario.toml", "days = 365", "days = 7", "a design needs a run of one year"),
        (
            "barred",
            "scenario.toml",
            "capacity_kwh = 0 ",
            "charge_from_grid = false\ncapacity_kwh = 0 ",
            "sizing takes no storage barred from the grid",
        ),
        ("budget", "design.toml", "gap = 1e-6 ", "budget = -1\ngap = 1e-6 ", "goal.budget: is out of range"),
    ];
    for (name, file, from, to, message) in cases {
        let (out, err) = texts(&folder(name, file, from, to), &["design", "."], 2);
        assert!(out.is_empty() && err.contains(message), "{name}: {err}");
    }
    let (_, err) = texts(&folder("gap", "design.toml", "", ""), &["design", ".", "--gap", "2"], 2);
    assert!(err.contains("--gap: is out of range"), "{err}");
    let alone = folder("alone", "design.toml", "", "");
    fs::remove_file(alone.join("design.toml")).unwrap();
    let (_, err) = texts(&alone, &["design", "."], 2);
    assert!(err.contains("a design needs a design.toml beside the scenario"), "{err}");
}

#[test]
fn a_budget_is_kept() {
    let folder = folder("kept", "design.toml", "gap = 1e-6 ", "budget = 200_000\ngap = 1e-6 ");
    let (out, _) = texts(&folder, &["design", "."], 0);
    let bought: f64 = word_after(&out, "bought in year 0").parse().unwrap();
    assert!((199_000.0..=200_001.0).contains(&bought), "{out}");
}

#[test]
fn the_catalogue_tells_price_date_and_source() {
    let here = folder("catalogue", "design.toml", "", "");
    let (out, _) = texts(&here, &["catalogue", "cabinet"], 0);
    assert!(out.contains("bess-cabinet-125-261 (storage): 486 to 537 CNY per kWh, usual 508, as of 2025-03-28"), "{out}");
    assert!(out.contains("source: ") && !out.contains("diesel"), "{out}");
    let (_, err) = texts(&here, &["catalogue", "flywheel"], 2);
    assert!(err.contains("is in no entry") && err.contains("genset-diesel-100"), "{err}");
    fs::write(here.join("own.toml"), "[[equipment]]\nid = \"mine\"\nkind = \"storage\"\n").unwrap();
    let (_, err) = texts(&here, &["catalogue", "--file", "own.toml"], 2);
    assert!(err.contains("equipment[0].source: is missing") && err.contains("equipment[0].price: is missing"), "{err}");
}
