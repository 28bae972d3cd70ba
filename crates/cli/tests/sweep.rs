//! Sweeps by the real binary: killed, resumed, parted and merged, with the same bytes; each row as its scenario alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

/// An empty folder of its own for each test, with the seed `minimal` as the base of a sweep.
fn sweep_folder(name: &str, samples: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sweep-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("site")).unwrap();
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/minimal");
    for file in ["scenario.toml", "week.csv"] {
        fs::copy(minimal.join(file), folder.join("site").join(file)).unwrap();
    }
    let sweep = format!(
        "seed = 5\ntraces = [2]\nsamples = {{ count = {samples} }}\n\n[[axis]]\nfield = \"dispatch.strategy\"\n\
         values = [\"idle\", \"self_consumption\", \"time_of_use\"]\n\n[[draw]]\n\
         field = \"storage.battery[0].capacity_kwh\"\n\
         distribution = {{ name = \"uniform\", least = 10, most = 200 }}\n\n[[draw]]\n\
         field = \"generation.series[0].scale\"\n\
         distribution = {{ name = \"triangular\", least = 0, mode = 20, most = 60 }}\n"
    );
    fs::write(folder.join("site/sweep.toml"), sweep).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microgrid"));
    command.current_dir(folder).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Standard output of a call that must end with `code`, and its standard error.
fn texts(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = run(folder, arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    (out, err)
}

/// All files of a folder but locks, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for part in [folder.to_owned(), folder.join("blocks")] {
        for entry in fs::read_dir(part).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_file() && !name.ends_with(".lock") {
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Whole numbers below `below`, from SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % below
    }
}

#[test]
fn a_sweep_prints_aggregates_and_names_its_files() {
    let folder = sweep_folder("prints", 40);
    let (out, err) = texts(&folder, &["sweep", "site"], 0);
    for part in ["120", "objective", "time_of_use", "results/site/results.csv\n", "results/site/trace_2.csv\n"] {
        assert!(out.contains(part), "{part} in\n{out}");
    }
    // A line for people, as standard error is no terminal here.
    assert!(err.contains("120 of 120 scenarios"), "{err}");
    assert_eq!(fs::read_to_string(folder.join("results/site/results.csv")).unwrap().lines().count(), 121);
    assert_eq!(fs::read_to_string(folder.join("results/site/trace_2.csv")).unwrap().lines().count(), 1 + 168);
    let (_, err) = texts(&folder, &["sweep", "site"], 2);
    assert!(err.contains("holds results already") && err.contains("--resume"), "{err}");
    let (again, _) = texts(&folder, &["sweep", "site", "--resume", "--threads", "1"], 0);
    assert_eq!(again, out);
    let toml = folder.join("site/sweep.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("mode = 20", "mode = 21")).unwrap();
    let (_, err) = texts(&folder, &["sweep", "site", "--resume"], 2);
    assert!(err.contains("sweep.toml: has changed since the folder was begun"), "{err}");
    fs::write(&toml, text).unwrap();
    let (_, err) = texts(&folder, &["sweep", "site", "--resume", "--bound"], 2);
    assert!(err.contains("option bound: has changed"), "{err}");
}

#[test]
fn a_variant_alone_is_its_row() {
    let folder = sweep_folder("alone", 4);
    texts(&folder, &["sweep", "site", "--bound"], 0);
    let csv = fs::read_to_string(folder.join("results/site/results.csv")).unwrap();
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let heads = lines.next().unwrap();
    let rows: Vec<_> = lines.collect();
    assert_eq!(rows.len(), 12);
    for (index, row) in rows.iter().enumerate() {
        let (out, _) = texts(&folder, &["run", "site", "--index", &index.to_string(), "--json"], 0);
        let document: Value = serde_json::from_str(&out).unwrap();
        let run = &document["runs"][0];
        let cell = |name: &str| row[heads.iter().position(|head| *head == name).unwrap()];
        assert_eq!(run["strategy"], cell("strategy"));
        let sections = ["energy", "money", "indicators"].map(|section| &run[section]);
        let mut compared = 0;
        for (head, cell) in heads.iter().zip(row) {
            let number = match *head {
                "bound_objective" => run["bound"]["objective"].as_f64(),
                "gap" => run["gap"]["gap"].as_f64(),
                head => sections.iter().find_map(|section| section[head].as_f64()),
            };
            let Some(number) = number else { continue };
            // Results keep the sign of zero, documents do not.
            assert_eq!((cell.parse::<f64>().unwrap() + 0.0).to_bits(), number.to_bits(), "{head} of {index}");
            compared += 1;
        }
        assert!(compared >= 35, "{compared} numbers compared");
    }
    let (_, err) = texts(&folder, &["run", "site", "--index", "12"], 2);
    assert!(err.contains("--index: is beyond the sweep") && err.contains("0 to 11"), "{err}");
}

#[test]
fn shards_merge_to_the_same_bytes() {
    let folder = sweep_folder("shards", 60);
    texts(&folder, &["sweep", "site", "--out", "whole", "--threads", "1"], 0);
    let whole = files(&folder.join("whole"));
    assert!(whole.len() > 30, "{:?}", whole.keys());
    for of in [1, 3, 7] {
        let shards: Vec<String> = (1..=of).map(|number| format!("shard-{number}-{of}")).collect();
        for (number, shard) in (1..).zip(&shards) {
            let (out, _) = texts(&folder, &["sweep", "site", "--out", shard, "--shard", &format!("{number}/{of}")], 0);
            assert!(of == 1 || out.contains("microgrid merge"), "{out}");
        }
        let merged = format!("merged-{of}");
        let arguments: Vec<&str> = ["merge", &merged].into_iter().chain(shards.iter().map(String::as_str)).collect();
        texts(&folder, &arguments, 0);
        // The trace that the sweep asks for is written by the shard of its scenario, and taken along.
        let there = files(&folder.join(&merged));
        assert!(there.contains_key("trace_2.csv") && there == whole, "{of} shards");
    }
    let (_, err) = texts(&folder, &["merge", "lost", "shard-1-3", "shard-3-3"], 2);
    assert!(err.contains("blocks are missing") && err.contains("--shard i/n --resume"), "{err}");
    let (_, err) = texts(&folder, &["sweep", "site", "--shard", "4/3"], 2);
    assert!(err.contains("1/n to n/n"), "{err}");
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    command(folder, arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Promise: `kill -9` at any moment loses at most the blocks in flight, and the resumed sweep has the same bytes.
#[test]
fn killed_at_random_moments_and_resumed_it_has_the_same_bytes() {
    let folder = sweep_folder("killed", 4000);
    let arguments = |out: &'static str| ["sweep", "site", "--out", out, "--threads", "2", "--resume"];
    texts(&folder, &arguments("whole"), 0);
    let whole = files(&folder.join("whole"));
    let mut random = Random(20);
    let (mut killed, mut blocks_seen) = (0, Vec::new());
    while killed < 24 {
        let _ = fs::remove_dir_all(folder.join("killed"));
        // Ever more time, so that a slow machine gets to the end too.
        for turn in 1.. {
            let mut child = start(&folder, &arguments("killed"));
            sleep(Duration::from_micros(random.below(60_000 * turn)));
            let is_over = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            let ended = child.wait_with_output().unwrap();
            let err = String::from_utf8(ended.stderr).unwrap();
            assert!(!err.contains("damaged") && !err.contains("refused"), "{err}");
            if is_over {
                assert!(ended.status.success(), "{err}");
                break;
            }
            killed += 1;
            blocks_seen.push(fs::read_dir(folder.join("killed/blocks")).map_or(0, Iterator::count));
        }
        let mut there = files(&folder.join("killed"));
        // What a killed process was writing is named so, is ignored, and is written anew.
        there.retain(|name, _| !name.ends_with(".tmp"));
        assert!(there == whole, "after {killed} kills: {:?}", there.keys());
    }
    blocks_seen.dedup();
    assert!(blocks_seen.len() > 5, "killed at unlike moments: {blocks_seen:?}");
}

/// What a cluster or a keyboard sends first is a request: blocks in flight are finished, and the way on is printed.
#[cfg(unix)]
#[test]
fn asked_to_end_it_says_how_to_go_on() {
    let folder = sweep_folder("asked", 40_000);
    let child = start(&folder, &["sweep", "site", "--out", "asked", "--threads", "1"]);
    while fs::read_dir(folder.join("asked/blocks")).map_or(0, Iterator::count) < 2 {
        sleep(Duration::from_millis(1));
    }
    let (_, err) = texts(&folder, &["sweep", "site", "--out", "asked", "--resume"], 2);
    assert!(err.contains("in use by another process"), "{err}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(3), "{err}");
    assert!(err.contains("microgrid sweep site --out asked --resume"), "{err}");
    assert!(
        fs::read_dir(folder.join("asked/blocks"))
            .unwrap()
            .all(|block| { !block.unwrap().file_name().to_string_lossy().ends_with(".tmp") })
    );
}

/// A file may grow to 8 kB only, as on a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn without_room_it_says_so_and_goes_on_later() {
    let folder = sweep_folder("room", 4000);
    texts(&folder, &["sweep", "site", "--out", "whole"], 0);
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" sweep site --out full --threads 2";
    let output =
        Command::new("sh").current_dir(&folder).args(["-c", limited, env!("CARGO_BIN_EXE_microgrid")]).output();
    let output = output.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot be written") && err.contains("--resume"), "{err}");
    texts(&folder, &["sweep", "site", "--out", "full", "--resume"], 0);
    assert!(files(&folder.join("full")) == files(&folder.join("whole")));
    let (_, err) = texts(&folder, &["sweep", "site", "--out", "site/week.csv"], 2);
    assert!(err.contains("site/week.csv"), "{err}");
}

/// What no scenario can have is refused before one runs, and what one cannot have is said on the terminal. Mutation it
/// catches: a sweep that runs for an hour and prints a table without a row that is a result.
#[test]
fn a_refused_sweep_says_why() {
    let folder = sweep_folder("why", 4);
    let toml = folder.join("site/sweep.toml");
    let text = fs::read_to_string(&toml).unwrap();
    let axis = |values: &str| {
        format!("{text}\n[[axis]]\nfield = \"storage.battery[0].charge_efficiency\"\nvalues = {values}\n")
    };
    fs::write(&toml, axis("[0.9, 0.95, 90]")).unwrap();
    let line = text.lines().count() + 3;
    for arguments in [&["sweep", "site"][..], &["check", "site"]] {
        let output = run(&folder, arguments);
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(
            shown.contains(&format!(
                "sweep.toml:{line}: storage.battery[0].charge_efficiency: is out of range; found 90"
            )),
            "{shown}"
        );
        assert!(!folder.join("results/site/blocks").exists(), "nothing ran");
    }
    fs::write(&toml, axis("[0.9, 0.95, 1]")).unwrap();
    texts(&folder, &["check", "site"], 0);
    // A draw that now and then is out of range is a row that is refused.
    fs::write(&toml, text.replace("least = 0, mode = 20, most = 60", "least = -60, mode = 20, most = 60")).unwrap();
    let (out, err) = texts(&folder, &["sweep", "site"], 1);
    assert!(out.contains("refused"), "{out}");
    let told = err.lines().find(|line| line.starts_with("scenario ")).unwrap_or_default();
    assert!(told.contains("generation") && told.contains("is out of range; found -"), "{err}");
}
