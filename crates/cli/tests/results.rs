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

/// What was cut, doubled or put in another order since it was written is no result of the sweep whose manifest lies beside
/// it. Mutation it catches: a reader that takes whatever rows are there.
#[test]
fn results_are_checked_against_the_manifest_beside_them() {
    let folder = swept("checked");
    let path = folder.join("results/site/results.csv");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 31);
    let swapped = [&lines[..5], &lines[6..7], &lines[5..6], &lines[7..]].concat().concat();
    for (text, message) in [
        (lines[..21].concat(), "has not the rows that the manifest beside it tells of; found 20; allowed: 30"),
        (lines.concat() + &lines[1..].concat(), "found scenario 0; allowed: scenario 30"),
        ([&lines[..1], &lines[2..]].concat().concat(), "found scenario 1; allowed: scenario 0"),
        (swapped, "found scenario 5; allowed: scenario 4"),
        (whole[..whole.len() - 1].to_owned(), "ends in the middle of a line"),
        (whole[..whole.len() - 40].to_owned(), "results.csv"),
        (lines[0].to_owned(), "found 0; allowed: 30"),
    ] {
        fs::write(&path, text).unwrap();
        for arguments in
            [&["compare", "results/site"][..], &["plot", "results/site"], &["plot", "results/site/results.csv"]]
        {
            let (code, out, error) = microgrid(&folder, arguments);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{message}");
            assert!(error.contains(message) && error.contains("results.csv"), "{message}: {error}");
        }
    }
    // A copy elsewhere, with rows that its user chose, is theirs.
    fs::write(folder.join("few.csv"), lines[..21].concat()).unwrap();
    assert_eq!(microgrid(&folder, &["compare", "few.csv"]).0, Some(0));
    fs::write(&path, &whole).unwrap();
    assert_eq!(microgrid(&folder, &["compare", "results/site"]).0, Some(0));
    // The manifest is damaged: what is said brings the sweep back, and no block is run again.
    let manifest = folder.join("results/site/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    for damaged in [&text[..text.len() / 2], "", "\u{feff}{}"] {
        fs::write(&manifest, damaged).unwrap();
        for arguments in [&["sweep", "site", "--resume"][..], &["compare", "results/site"]] {
            let (code, _, error) = microgrid(&folder, arguments);
            assert_eq!(code, Some(2), "{error}");
            assert!(error.contains("manifest.json") && error.contains("delete this file"), "{error}");
        }
        fs::remove_file(&manifest).unwrap();
        assert!(microgrid(&folder, &["sweep", "site"]).2.contains("holds results already"));
        let (code, _, error) = microgrid(&folder, &["sweep", "site", "--resume"]);
        assert_eq!(code, Some(0), "{error}");
        assert!(!error.contains("damaged"), "{error}");
        assert_eq!(
            (fs::read_to_string(&manifest).unwrap(), fs::read_to_string(&path).unwrap()),
            (text.clone(), whole.clone())
        );
    }
}

/// Files are written beside and renamed. Mutation it catches: a command that opens its output for writing before it has it.
#[cfg(target_os = "linux")]
#[test]
fn what_was_there_stays_where_a_file_cannot_be_written() {
    let folder = swept("beside");
    for (arguments, name) in [
        (&["plan", "site", "--strategy", "idle", "--out", "plan.csv"][..], "plan.csv"),
        (&["plot", "site", "--week", "1", "--out", "week.svg"], "week.svg"),
        (&["run", "site", "--csv", "out"], "out/trace_minimal_self_consumption.csv"),
    ] {
        assert_eq!(microgrid(&folder, arguments).0, Some(0), "{arguments:?}");
        let whole = fs::read(folder.join(name)).unwrap();
        // A file may grow to 1 kB only, as on a disk that is full.
        let limited = "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        let command =
            command.current_dir(&folder).args(["-c", limited, env!("CARGO_BIN_EXE_microgrid")]).args(arguments);
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains("cannot be written"), "{arguments:?}: {error}");
        assert!(fs::read(folder.join(name)).unwrap() == whole, "{name}");
        let left = fs::read_dir(folder.join(name).parent().unwrap()).unwrap();
        let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
    }
    // A device is written to as it is, and a link keeps leading where it led.
    let to_stdout = ["plan", "site", "--strategy", "idle", "--out", "/dev/stdout"];
    assert!(microgrid(&folder, &to_stdout).1.starts_with("time,charge_kw,discharge_kw\n"));
    std::os::unix::fs::symlink("plan.csv", folder.join("link.csv")).unwrap();
    let linked = ["plan", "site", "--strategy", "self_consumption", "--out", "link.csv"];
    assert_eq!(microgrid(&folder, &linked).0, Some(0));
    assert!(fs::symlink_metadata(folder.join("link.csv")).unwrap().is_symlink());
}
