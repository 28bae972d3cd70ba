//! Promise: `microgrid-core` needs no std. A program without std (`tests/no_std_program`) links it, allocator aside,
//! runs a site under two strategies and exits with 0 where the books close.
//!
//! It catches a `use std`, a dependency that brings std (two panic handlers do not link), and a default feature that
//! does.
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn a_program_without_std_links_the_core_and_runs_a_site() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A target folder of its own: the outer cargo holds the lock of the workspace's.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_std_program");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--manifest-path"])
        .arg(root.join("tests/no_std_program/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let mut program = Command::new(target.join("debug/no_std_program")).spawn().unwrap();
    // A panic in the program spins, for want of anything better; it has a minute for what takes microseconds.
    let began = Instant::now();
    let status = loop {
        if let Some(status) = program.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(60) {
            program.kill().unwrap();
            panic!("the program did not end: it panicked");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0), "1: the books do not close or storage saves nothing; 2: the site is refused");
}
