//! Memory of a sweep into a folder: the peak of 100 000 scenarios against that of 1 000, each in a process of its own.
//! Linux only: it reads `VmHWM`.

use std::fs;
use std::path::Path;
use std::process::Command;

use microgrid::Dispatch;
use microgrid::sweep::Settings;

#[allow(dead_code)] // The other benches' sites.
mod site;

/// Runs a sweep and prints the peak of the process in kB.
fn child(samples: u64) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-memory-{samples}"));
    let _ = fs::remove_dir_all(&out);
    let source = site::variants::variants(samples, Dispatch::SelfConsumption);
    microgrid::sweep::run(&source, &out, &Settings::default()).unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("{}", peak.trim().trim_end_matches(" kB"));
    fs::remove_dir_all(&out).unwrap();
}

fn peak_kb(samples: u64) -> f64 {
    let output = Command::new(std::env::current_exe().unwrap()).arg(format!("samples={samples}")).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn main() {
    if let Some(samples) = std::env::args().find_map(|argument| argument.strip_prefix("samples=")?.parse().ok()) {
        return child(samples);
    }
    let (few, many) = (peak_kb(1_000), peak_kb(100_000));
    println!("peak memory: 1 000 scenarios {:.1} MB, 100 000 {:.1} MB, ratio {:.2}", few / 1e3, many / 1e3, many / few);
}
