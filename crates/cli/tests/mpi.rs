//! Sweeps over MPI ranks, by the real binary and the system's `mpirun`: the same bytes as of one process.
//!
//! Only with the feature `mpi`, which needs an MPI library: `cargo test -p microgrid-cli --features mpi mpi`.
#![cfg(feature = "mpi")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn sweep_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sweep-mpi");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("site")).unwrap();
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/minimal");
    for file in ["scenario.toml", "week.csv"] {
        fs::copy(minimal.join(file), folder.join("site").join(file)).unwrap();
    }
    let sweep = "samples = { count = 500 }\n[[axis]]\nfield = \"dispatch.strategy\"\n\
                 values = [\"idle\", \"time_of_use\"]\n[[draw]]\nfield = \"storage.battery[0].capacity_kwh\"\n\
                 distribution = { name = \"uniform\", least = 10, most = 200 }\n";
    fs::write(folder.join("site/sweep.toml"), sweep).unwrap();
    folder
}

/// `mpirun` with as many ranks.
fn ranks(folder: &Path, ranks: u32, arguments: &[&str]) -> Output {
    let mut command = Command::new("mpirun");
    command.current_dir(folder).args(["-n", &ranks.to_string(), "--oversubscribe", "--allow-run-as-root"]);
    command.arg(env!("CARGO_BIN_EXE_microgrid")).args(arguments).output().unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let parts = [folder.to_owned(), folder.join("blocks")];
    let entries = parts.iter().flat_map(|part| fs::read_dir(part).unwrap()).map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "lock"));
    files.map(|path| (path.strip_prefix(folder).unwrap().display().to_string(), fs::read(path).unwrap())).collect()
}

#[test]
fn any_number_of_ranks_writes_the_same_bytes() {
    let folder = sweep_folder();
    let one =
        Command::new(env!("CARGO_BIN_EXE_microgrid")).current_dir(&folder).args(["sweep", "site"]).output().unwrap();
    assert!(one.status.success());
    let whole = files(&folder.join("results/site"));
    assert!(whole.len() > 60, "{:?}", whole.keys());
    for count in 1..=3 {
        let out = format!("ranks-{count}");
        let ended = ranks(&folder, count, &["sweep", "site", "--out", &out, "--threads", "1"]);
        let err = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{err}");
        assert!(files(&folder.join(&out)) == whole, "{count} ranks");
        // Only the first rank prints.
        let printed = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(printed.matches("results.csv").count(), 1, "{printed}");
    }
    // What a lost rank has not run is missing, and is run by --resume.
    let lost = folder.join("ranks-3");
    for block in [3, 17, 40] {
        fs::remove_file(lost.join(format!("blocks/{block:08}"))).unwrap();
    }
    assert!(ranks(&folder, 2, &["sweep", "site", "--out", "ranks-3", "--resume"]).status.success());
    assert!(files(&lost) == whole);
    // Where the folder is refused, every rank ends.
    let ended = ranks(&folder, 3, &["sweep", "site", "--out", "ranks-3"]);
    let err = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(err.matches("holds results already").count(), 1, "{err}");
    assert!(!ended.status.success());
}
