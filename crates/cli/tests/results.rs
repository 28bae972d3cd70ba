//! `plot` and `compare` of a sweep's results, by the real binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A sweep of the seed `minimal`, run: three strategies in ten samples.
fn swept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("results-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("site")).unwrap();
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/minimal");
    for file in ["scenario.toml", "week.csv"] {
        fs::copy(minimal.join(file), folder.join("site").join(file)).unwrap();
    }
    let sweep = "seed = 5\nsamples = { count = 10 }\n\n[[axis]]\nfield = \"dispatch.strategy\"\n\
                 values = [\"idle\", \"self_consumption\", \"time_of_use\"]\n\n[[draw]]\n\
                 field = \"storage.battery[0].capacity_kwh\"\n\
                 distribution = { name = \"uniform\", least = 10, most = 200 }\n";
    fs::write(folder.join("site/sweep.toml"), sweep).unwrap();
    let (code, _, error) = microgrid(&folder, &["sweep", "site"]);
    assert_eq!(code, Some(0), "{error}");
    folder
}

fn microgrid(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_microgrid")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn all_pictures_of_results_are_drawn() {
    let folder = swept("plot");
    let (code, names, error) = microgrid(&folder, &["plot", "results/site"]);
    assert_eq!(code, Some(0), "{error}");
    let expected = ["distribution", "duration", "size", "levels"].map(|picture| format!("objective_{picture}.svg\n"));
    assert_eq!(names, expected.concat());
    for name in names.lines() {
        assert!(fs::read_to_string(folder.join(name)).unwrap().contains("self_consumption"), "{name}");
    }
    let one = ["plot", "results/site/results.csv", "--picture", "size", "--column", "import_kwh", "--out", "x.svg"];
    assert_eq!(microgrid(&folder, &one).1, "x.svg\n");
    assert!(fs::read_to_string(folder.join("x.svg")).unwrap().contains("mean import, kWh"));
}

#[test]
fn levels_are_compared_sample_by_sample() {
    let folder = swept("compare");
    let by =
        ["compare", "results/site", "--by", "dispatch.strategy", "--column", "bill_total", "--baseline", "time_of_use"];
    let (code, table, error) = microgrid(&folder, &by);
    assert_eq!(code, Some(0), "{error}");
    assert!(table.starts_with("bill total less that of `time_of_use`, sample by sample\n"), "{table}");
    assert_eq!(
        table.lines().filter(|line| line.starts_with("idle") || line.starts_with("self_consumption")).count(),
        2
    );
    // Without a field, what the sweep itself printed and wrote.
    let (_, summary, _) = microgrid(&folder, &["compare", "results/site", "--json"]);
    assert_eq!(summary, fs::read_to_string(folder.join("results/site/summary.json")).unwrap());
}

/// Mutation it catches: a rule that never ends the sweep, or ends it after another sample on other threads.
#[test]
fn a_stop_rule_ends_the_sweep_at_one_place() {
    let folder = swept("stop");
    let sweep = fs::read_to_string(folder.join("site/sweep.toml")).unwrap().replace("count = 10 ", "count = 2000 ");
    fs::write(folder.join("site/sweep.toml"), sweep).unwrap();
    let csv = |threads: &str| {
        let arguments = ["sweep", "site", "--out", threads, "--threads", threads, "--stop", "dispatch.strategy=1e6"];
        let (code, _, error) = microgrid(&folder, &arguments);
        assert_eq!(code, Some(0), "{error}");
        fs::read_to_string(folder.join(threads).join("results.csv")).unwrap()
    };
    let one = csv("1");
    let rows = one.lines().count() - 1;
    assert!((300..3_000).contains(&rows), "{rows} rows: 100 samples of three are the least");
    assert!(one == csv("3"));
    let shard = ["sweep", "site", "--out", "shard", "--shard", "1/2", "--stop", "dispatch.strategy"];
    assert!(microgrid(&folder, &shard).2.contains("ends a whole sweep"));
}

/// Mutation it catches: an option that is accepted and does nothing.
#[test]
fn options_that_mean_nothing_here_are_refused() {
    let folder = swept("refused");
    for (arguments, message) in [
        (&["plot", "results/site", "--week", "1"][..], "--week: is for a scenario"),
        (&["plot", "results/site", "--strategy", "idle"], "--strategy: is for a scenario"),
        (&["plot", "results/site", "--out", "x.svg"], "choose one by --picture"),
        (&["plot", "results/site", "--picture", "levels", "--against", "x"], "--against: is for the picture `size`"),
        (&["plot", "results/site", "--column", "costs"], "no column `costs`"),
        (&["plot", "site", "--picture", "levels"], "--picture: is for a sweep's results"),
        (&["compare", "results/site", "--threads", "2"], "--threads: is for a scenario"),
        (&["compare", "results/site", "--by", "strategy"], "does not set `strategy`"),
        (&["compare", "site", "--by", "dispatch.strategy"], "--by: is for a sweep's results"),
        (&["plot", "site/week.csv"], "is no result of a sweep"),
    ] {
        let (code, out, error) = microgrid(&folder, arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(error.contains(message), "{arguments:?}: {error}");
    }
}
