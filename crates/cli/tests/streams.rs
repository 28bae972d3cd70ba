//! Promise: a command ends with one of the documented exit codes, whatever its streams do.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How standard error is broken.
#[derive(Debug, Clone, Copy)]
enum Broken {
    /// `2>/dev/full`: every write fails for want of room.
    Full,
    /// A pipe whose reader is gone.
    Pipe,
}

const BROKEN: [Broken; 2] = [Broken::Full, Broken::Pipe];

/// An empty folder with the seed `minimal` as `site`, a sweep in it, and a scenario that is refused as `wrong`.
fn sites(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("streams-{name}"));
    let _ = fs::remove_dir_all(&folder);
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/minimal");
    for site in ["site", "wrong"] {
        fs::create_dir_all(folder.join(site)).unwrap();
        for file in ["scenario.toml", "week.csv"] {
            fs::copy(minimal.join(file), folder.join(site).join(file)).unwrap();
        }
    }
    let text = fs::read_to_string(folder.join("wrong/scenario.toml")).unwrap();
    fs::write(folder.join("wrong/scenario.toml"), text + "\n[nonsense]\n").unwrap();
    let sweep = "seed = 5\nsamples = { count = 1000 }\n\n[[draw]]\nfield = \"storage.battery[0].capacity_kwh\"\n\
                 distribution = { name = \"uniform\", least = 10, most = 200 }\n";
    fs::write(folder.join("site/sweep.toml"), sweep).unwrap();
    folder
}

/// Starts a command with a broken standard error.
fn start(folder: &Path, arguments: &[&str], broken: Broken) -> Child {
    let stderr = match broken {
        Broken::Full => OpenOptions::new().write(true).open("/dev/full").unwrap().into(),
        Broken::Pipe => Stdio::piped(),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_microgrid"));
    let command = command.current_dir(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(stderr).spawn().unwrap();
    drop(child.stderr.take());
    child
}

/// The exit code; a command that has not ended after a minute hangs.
fn code(mut child: Child, what: &str) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > Duration::from_secs(60) {
            let _ = child.kill();
            panic!("{what} hangs");
        }
        sleep(Duration::from_millis(5));
    }
}

/// Mutation it catches: any message written by a macro that panics.
#[cfg(target_os = "linux")]
#[test]
fn refusals_keep_their_code_without_a_standard_error() {
    let folder = sites("refused");
    for broken in BROKEN {
        for arguments in [
            &["run", "wrong"][..],
            &["check", "wrong"],
            &["compare", "wrong"],
            &["bill", "wrong"],
            &["plot", "wrong"],
            &["plan", "wrong"],
            &["replay", "wrong", "--plan", "none.csv"],
            &["replay", "site", "--plan", "none.csv"],
            &["sweep", "wrong"],
            &["merge", "out", "none"],
            &["run", "site", "--csv", "site/week.csv"],
            &["run"],
            &["nonsense"],
        ] {
            let what = format!("{arguments:?} {broken:?}");
            assert_eq!(code(start(&folder, arguments, broken), &what), Some(2), "{what}");
        }
        for arguments in [&["run", "site"][..], &["strategies"], &["--help"], &["--version"]] {
            let what = format!("{arguments:?} {broken:?}");
            assert_eq!(code(start(&folder, arguments, broken), &what), Some(0), "{what}");
        }
    }
}

/// A sweep whose progress nobody can read runs to its end. Mutation it catches: a panic in the progress callback, which
/// left the sweep hanging with its lock held.
#[cfg(target_os = "linux")]
#[test]
fn a_sweep_ends_without_a_standard_error() {
    let folder = sites("sweep");
    for broken in BROKEN {
        let out = format!("{broken:?}");
        for (arguments, expected) in [
            (&["sweep", "site", "--out", &out, "--threads", "2"][..], 0),
            (&["sweep", "site", "--out", &out], 2),
            (&["sweep", "site", "--out", &out, "--resume", "--threads", "4000"], 0),
        ] {
            let what = format!("{arguments:?}");
            assert_eq!(code(start(&folder, arguments, broken), &what), Some(expected), "{what}");
        }
        assert_eq!(fs::read_to_string(folder.join(&out).join("results.csv")).unwrap().lines().count(), 1001);
    }
}

/// A result that cannot be written is told by the code; a reader that has seen enough is no fault.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_told_by_the_code() {
    let folder = sites("stdout");
    for arguments in [&["run", "site"][..], &["strategies"], &["schema"], &["--help"], &["--version"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_microgrid"));
        let output = command.current_dir(&folder).args(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"), "{arguments:?}");
    }
}

/// A name with control characters reaches neither a table nor a message as it is.
#[test]
fn names_do_not_drive_the_terminal() {
    let folder = sites("names");
    let path = folder.join("site/scenario.toml");
    let text = fs::read_to_string(&path).unwrap();
    let evil = text.replacen("name = \"minimal\"", "name = \"a\\u001b[2Jb\"", 1);
    assert_ne!(evil, text);
    fs::write(&path, evil).unwrap();
    for arguments in
        [&["run", "site"][..], &["check", "site"], &["bill", "site"], &["compare", "site"], &["run", "\u{1b}[2J"]]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_microgrid"));
        let output = command.current_dir(&folder).args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        assert!(!text.contains(&0x1b), "{arguments:?}: {}", String::from_utf8_lossy(&text));
    }
}
