//! A user's data can never cause a panic: scenarios damaged at random are read or refused.

use std::collections::BTreeMap;

use microgrid_io::{SweepFolder, read_text};
use microgrid_sweep::Source;

const SCENARIO: &str = r#"
[site]
name = "shed"
zone = "Europe/Berlin"
currency = "EUR"
latitude_deg = 52.5
longitude_deg = 13.4
[time]
start = "2025-03-29"
days = 3
step_minutes = 60
holidays = [2025-03-31]
make_up_workdays = ["2025-03-30"]
[[generation.series]]
name = "solar"
peak_kw = 40
curtailable = true
[generation.series.power_kw]
file = "data.csv"
column = "pv"
unit = "pu"
time_column = "time"
stamps = "start"
time_format = "%Y-%m-%dT%H:%M"
clock = "utc"
separator = ","
skip_lines = 0
decimal = "."
thousands = "'"
no_value = ["none"]
readings = false
redate_weeks = 0
gaps = "interpolate"
gap_max_hours = 6
duplicates = "mean"
negatives = "zero"
[[storage.battery]]
capacity_kwh = 100
charge_max_kw = 50
discharge_max_kw = 50
soc_min = 0.1
initial_soc = 0.5
reserve_soc = 0.2
grid_forming = true
[distribution]
import_limit_kw = 200
transformer = { rating_kva = 250, load_power_factor = 0.95 }
[[demand.load]]
tier = "critical"
power_kw = { file = "data.csv", column = "load", unit = "kWh", interval_minutes = 60, separator = "," }
scale = 2
[demand.value_of_lost_load]
critical_per_kwh = 50
[utility]
import_price_per_kwh = 0.3
export_price_per_kwh = 0.1
carbon = { intensity_kg_per_kwh = 0.4, price_per_kg = 0.1 }
[[utility.outage]]
start = "2025-03-30T03:00"
end = "2025-03-30T06:00+02:00"
[dispatch]
strategy = "peak_shaving"
target_kw = 60
stored_value_per_kwh = 0.2
"#;

const STRANGE: [&str; 26] = [
    "-1",
    "0",
    "1e308",
    "-1e308",
    "1e999",
    "nan",
    "inf",
    "\"\"",
    "\"x\"",
    "true",
    "[]",
    "{}",
    "2025-03-30T02:30:00",
    "9999-12-31",
    "-0.0",
    "4294967295",
    "99999999999999999999",
    "0xFFFFFFFFFFFFFFFF",
    "\"2025-10-26T02:30\"",
    "07:30:00",
    "\"-009999-01-01\"",
    "\"9999-12-31T23:59:59Z\"",
    "[1, \"a\", {}]",
    "\"é€\u{1F600}\"",
    "\n[[a]]\n",
    "1e-320",
];

/// The 71 hours of three days, one of them short, in UTC.
fn data() -> String {
    let mut csv = String::from("time,pv,load\n");
    for hour in 23..23 + 71 {
        csv.push_str(&format!("2025-03-{}T{:02}:00,{}.5,{}\n", 28 + hour / 24, hour % 24, hour % 7, 10 + hour % 5));
    }
    csv
}

/// A plain generator of numbers: the same damage in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most.max(1)
    }
}

fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(lines.len());
        match dice.below(7) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = dice.below(lines.len());
                lines.swap(at, other);
            }
            3 => {
                let line: Vec<char> = lines[at].chars().collect();
                lines[at] = line[..dice.below(line.len() + 1)].iter().collect();
            }
            4 => lines[at] = lines[at].replace(['0', '3'], "9"),
            5 => lines[at] = lines[at].replace(',', ";"),
            _ => {
                let strange = STRANGE[dice.below(STRANGE.len())];
                lines[at] = match lines[at].split_once(" = ") {
                    Some((key, _)) => format!("{key} = {strange}"),
                    None => match lines[at].rsplit_once(',') {
                        Some((start, _)) => format!("{start},{strange}"),
                        None => strange.to_owned(),
                    },
                };
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

#[test]
fn damaged_scenarios_are_read_or_refused() {
    let data = data();
    let files = |data: String| BTreeMap::from([("data.csv".to_owned(), data)]);
    let mut dice = Dice(7);
    assert!(read_text("scenario.toml", SCENARIO, &files(data.clone())).is_ok());
    let (mut read, mut refused) = (0, 0);
    for round in 0..6000 {
        let (text, data) = match round % 3 {
            0 => (SCENARIO.to_owned(), damaged(&data, &mut dice)),
            1 => (damaged(SCENARIO, &mut dice), data.clone()),
            _ => (damaged(SCENARIO, &mut dice), damaged(&data, &mut dice)),
        };
        match read_text("scenario.toml", &text, &files(data)) {
            Ok(_) => read += 1,
            Err(problems) => {
                assert!(!problems.is_empty(), "refused without a problem:\n{text}");
                assert!(
                    problems.iter().all(|problem| problem.place.is_some()),
                    "a problem without a place: {problems}"
                );
                refused += 1;
            }
        }
    }
    // Both ways must be taken, or the damage tests nothing.
    assert!(read > 50 && refused > 3000, "{read} read, {refused} refused");
}

const SWEEP: &str = r#"
seed = 7
traces = [0, 3]
[samples]
method = "sobol"
count = 8
replicates = 2
[[axis]]
field = "dispatch.strategy"
values = ["idle", "time_of_use"]
[[axis]]
fields = ["site.name", "storage.battery[0].grid_forming"]
rows = [["a", true], ["b", false]]
[[axis]]
field = "utility.import_price_per_kwh"
from = 0.1
to = 0.3
count = 3
[[draw]]
fields = ["storage.battery[0].capacity_kwh", "storage.battery[0].charge_max_kw"]
relative = true
[draw.distribution]
name = "lognormal"
median = 1
log_deviation = 0.3
[[draw]]
field = "storage.battery[0].initial_soc"
[draw.distribution]
name = "truncated_normal"
mean = 0.5
deviation = 0.3
least = 0.1
most = 0.9
[[draw]]
field = "dispatch.stored_value_per_kwh"
[draw.distribution]
name = "pert"
least = 0
mode = 0.1
most = 0.3
[[draw]]
field = "generation.series[0].scale"
[draw.distribution]
name = "integers"
least = 3
most = 30
[[draw]]
field = "demand.load[0].tier"
[draw.distribution]
name = "choice"
values = ["critical", "normal"]
weights = [1, 3]
[[correlation]]
fields = ["storage.battery[0].capacity_kwh", "generation.series[0].scale"]
spearman = 0.6
[bootstrap]
block_days = 2
season = "year"
[outages]
rate_per_year = 40
[outages.duration_h]
name = "gamma"
shape = 2
scale = 1.5
"#;

#[test]
fn damaged_sweeps_are_read_or_refused() {
    let seed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/minimal").display().to_string();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-panic");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let sweep = |text: &str| {
        let text = format!("base = {seed:?}\n{text}");
        std::fs::write(folder.join("sweep.toml"), text).expect("the file can be written");
        SweepFolder::read(&folder)
    };
    let mut dice = Dice(11);
    assert_eq!(sweep(SWEEP).map(|read| read.count()).map_err(|problems| problems.to_string()), Ok(192));
    let (mut made, mut refused) = (0, 0);
    for _ in 0..2000 {
        let text = damaged(SWEEP, &mut dice);
        match sweep(&text) {
            Ok(read) => {
                let last = read.count() - 1;
                for index in [0, last / 3, last] {
                    let values = read.values(index);
                    assert_eq!(values.len(), read.inputs().len());
                    made += usize::from(read.scenario(index, &values).is_ok());
                }
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "refused without a problem:\n{text}");
                assert!(problems.iter().all(|problem| problem.place.is_some()), "without a place: {problems}\n{text}");
                refused += 1;
            }
        }
    }
    assert!(made > 300 && refused > 500, "{made} made, {refused} refused");
}
