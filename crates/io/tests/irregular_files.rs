//! Promise: what is no regular file, or too large, is refused at once, whichever input it stands for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use microgrid_core::Plan;
use microgrid_io::sweep::SweepFolder;
use microgrid_io::time::Clock;
use microgrid_io::weather::{WeatherOptions, read_weather_file};
use microgrid_io::{read_folder, read_plan_file};

const SCENARIO: &str = "site = { name = \"shed\", zone = \"UTC\", currency = \"EUR\" }\n\
                        time = { start = \"2025-07-01\", days = 1, step_minutes = 60 }\n\
                        utility = { import_price_per_kwh = 0.7 }\n[[demand.load]]\n";
const FROM_FILE: &str = "power_kw = { file = \"load.csv\", column = \"kw\", unit = \"kW\", interval_minutes = 60 }\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("irregular-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// What `read` refuses with; a read that does not end in time hangs.
fn refusal<T: Send + 'static>(
    what: &str,
    read: impl FnOnce() -> Result<T, microgrid_core::Problems> + Send + 'static,
) -> String {
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(read().map(|_| ()).unwrap_err().to_string()));
    receiver.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("{what} hangs"))
}

fn site() -> (Plan, Clock) {
    let folder = folder("site");
    fs::write(folder.join("scenario.toml"), format!("{SCENARIO}power_kw = 12\n")).unwrap();
    let loaded = read_folder(&folder).unwrap();
    (Plan::compile(&loaded.scenario).unwrap(), loaded.clock)
}

/// Mutation it catches: any reader that opens a path before it has looked what it is.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused() {
    let folder = folder("pipes");
    let fifo = folder.join("scenario.toml");
    pipe(&fifo);
    pipe(&folder.join("sweep.toml"));
    for path in [fifo.clone(), folder.clone(), PathBuf::from("/dev/zero")] {
        let what = path.display().to_string();
        let text = refusal(&what, move || read_folder(path));
        assert!(text.contains("no regular file"), "{what}: {text}");
    }
    let sweep = folder.clone();
    assert!(refusal("sweep.toml", move || SweepFolder::read(&sweep)).contains("no regular file"));
    for path in [fifo, PathBuf::from("/dev/zero")] {
        let (plan, clock) = site();
        let (weather, what) = (path.clone(), path.display().to_string());
        let text = refusal(&what, move || read_plan_file(&path, &plan, &clock));
        assert!(text.contains("plan: cannot be read: it is no regular file"), "{text}");
        let text = refusal(&what, move || read_weather_file(&weather, &WeatherOptions::for_year(2025)));
        assert!(text.contains("no regular file"), "{text}");
    }
    fs::remove_file(folder.join("scenario.toml")).unwrap();
    fs::write(folder.join("scenario.toml"), format!("{SCENARIO}{FROM_FILE}")).unwrap();
    pipe(&folder.join("load.csv"));
    let data = folder.clone();
    assert!(
        refusal("load.csv", move || read_folder(&data))
            .contains("demand.load[0].power_kw.file: cannot be read: it is no regular")
    );
    let (plan, clock) = site();
    let text = refusal("a folder", move || read_plan_file(&folder, &plan, &clock));
    assert!(text.contains("it is a folder"), "{text}");
}

/// The files are sparse: their size is known before a byte of them is read.
#[test]
fn files_beyond_the_limits_are_refused() {
    let folder = folder("large");
    fs::write(folder.join("scenario.toml"), format!("{SCENARIO}{FROM_FILE}")).unwrap();
    let of_length = |name: &str, length| File::create(folder.join(name)).unwrap().set_len(length).unwrap();
    of_length("load.csv", (256 << 20) + 1);
    let text = read_folder(&folder).map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("it has 256.0 MiB, and at most 256 MiB are read"), "{text}");
    of_length("huge.toml", 1 << 40);
    let text = read_folder(folder.join("huge.toml")).map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("it has 1048576.0 MiB, and at most 16 MiB are read"), "{text}");
}
