//! What is fuzzed: a reader each, and scenarios that run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use microgrid::io::tariff::{read_tariff, read_tariff_file};
use microgrid::io::weather::{WeatherOptions, read_weather};
use microgrid::io::{SweepFolder, read_plan_text, scenario};
use microgrid::results::{CsvResults, ResultRow};
use microgrid::sweep::Source;
use microgrid::{Audit, Controller, Dispatch, Loaded, Plan, simulate};

use crate::mutation::{Random, damaged, renumbered};

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The input was refused, with at least one problem.
    Refused,
    /// It was read.
    Read,
    /// It was read, and this many runs of it closed their books.
    Ran(u32),
}

/// A target: its name, and how it makes and tries one case.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) case: Box<dyn Fn(&mut Random) -> Verdict>,
}

/// All targets, with the files that they damage.
pub(crate) fn all() -> Vec<Target> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = |name, case: Box<dyn Fn(&mut Random) -> Verdict>| Target { name, case };
    let sound = sites(root, &["seeds", "tests/data/cases"]);
    let running: Vec<Site> = sound.iter().filter(|site| site.is_sound()).cloned().collect();
    // What is refused as it stands has forms that nothing else has; most cases are of what is read.
    let refused = sites(root, &["tests/bad_input"]);
    let sites: Vec<Site> = (0..3).flat_map(|_| sound.clone()).chain(refused).collect();
    let (again, also) = (sites.clone(), sites.clone());
    let weather = text(&root.join("tests/data/weather/atlanta_ga_722190_tmy3.epw"));
    vec![
        target("scenario", Box::new(move |random| read(&sites[random.below(sites.len())], "scenario.toml", random))),
        target(
            "data",
            Box::new(move |random| {
                let site = &again[random.below(again.len())];
                let names: Vec<&str> = site.files.keys().map(String::as_str).filter(|name| is_table(name)).collect();
                if names.is_empty() { Verdict::Refused } else { read(site, random.pick(&names), random) }
            }),
        ),
        target("tariff", tariff(root, &also)),
        target(
            "weather",
            Box::new(move |random| {
                verdict(&read_weather(&damaged(&weather, random), "x.epw", &WeatherOptions::for_year(2025)))
            }),
        ),
        target("plan_file", plan_file(root)),
        target("sweep", sweep(root)),
        target("results", results()),
        target("run", Box::new(move |random| run(&running[random.below(running.len())], random))),
    ]
}

/// A scenario's texts by name.
#[derive(Debug, Clone)]
struct Site {
    files: BTreeMap<String, String>,
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .into_owned()
}

fn is_table(name: &str) -> bool {
    [".csv", ".epw", ".json"].iter().any(|end| name.ends_with(end))
        || name.ends_with(".toml") && name != "scenario.toml"
}

impl Site {
    /// Whether it is read as it stands.
    fn is_sound(&self) -> bool {
        let loaded = scenario::read_text("scenario.toml", &self.files["scenario.toml"], &self.files);
        loaded.is_ok_and(|loaded| Plan::compile(&loaded.scenario).is_ok())
    }
}

/// The scenario folders in `parts`, all from memory.
fn sites(root: &Path, parts: &[&str]) -> Vec<Site> {
    let folders =
        parts.iter().flat_map(|part| std::fs::read_dir(root.join(part)).unwrap().map(|entry| entry.unwrap().path()));
    let mut folders: Vec<PathBuf> = folders.filter(|folder| folder.join("scenario.toml").is_file()).collect();
    folders.sort();
    let site = |folder: &PathBuf| {
        let mut files = BTreeMap::new();
        gather(folder, "", &mut files);
        Site { files }
    };
    let mut sites: Vec<Site> = folders.iter().map(site).collect();
    // Large sites would leave few cases a second.
    sites.retain(|site| site.files.values().map(String::len).sum::<usize>() < 3 << 20);
    sites
}

fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, text(&path));
        }
    }
}

fn verdict<T>(read: &Result<T, microgrid::Problems>) -> Verdict {
    match read {
        Ok(_) => Verdict::Read,
        Err(problems) => {
            assert!(!problems.is_empty() && !problems.to_string().is_empty(), "refused without a problem");
            Verdict::Refused
        }
    }
}

/// Reads a site of which one file is damaged.
fn read(site: &Site, name: &str, random: &mut Random) -> Verdict {
    let mut files = site.files.clone();
    let damaged = damaged(&files[name], random);
    files.insert(name.to_owned(), damaged);
    let loaded = scenario::read_text("scenario.toml", &files["scenario.toml"], &files);
    if let Ok(loaded) = &loaded {
        let _ = Plan::compile(&loaded.scenario).map_err(|problems| problems.to_string());
    }
    verdict(&loaded)
}

fn tariff(root: &Path, sites: &[Site]) -> Box<dyn Fn(&mut Random) -> Verdict> {
    let clock = loaded(root, "minimal").clock;
    let is_tariff = |name: &&String| name.contains("tariff") && (name.ends_with(".toml") || name.ends_with(".json"));
    let texts: Vec<(String, String)> = sites
        .iter()
        .flat_map(|site| site.files.iter().filter(|(name, _)| is_tariff(name)))
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect();
    Box::new(move |random| {
        let (name, text) = &texts[random.below(texts.len())];
        let text = damaged(text, random);
        let _ = read_tariff(&text, name, &clock).map_err(|problems| problems.to_string());
        verdict(&read_tariff_file(&text, name, &clock, &Default::default()))
    })
}

fn loaded(root: &Path, seed: &str) -> Loaded {
    microgrid::load(root.join("seeds").join(seed)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn plan_file(root: &Path) -> Box<dyn Fn(&mut Random) -> Verdict> {
    let site = loaded(root, "minimal");
    let plan = Plan::compile(&site.scenario).unwrap_or_else(|problems| panic!("{problems}"));
    let trace = microgrid::trace(&site.scenario, &Dispatch::SelfConsumption, |step| site.clock.label(step));
    let mut bytes = Vec::new();
    trace.unwrap_or_else(|problems| panic!("{problems}")).write_csv(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    Box::new(move |random| {
        let read = read_plan_text("plan.csv", &damaged(&text, random), &plan, &site.clock);
        if let Ok(schedule) = &read {
            let _ = microgrid::dispatch::replay(&plan, schedule).map_err(|error| error.to_string());
        }
        verdict(&read)
    })
}

fn sweep(root: &Path) -> Box<dyn Fn(&mut Random) -> Verdict> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz-sweep");
    std::fs::create_dir_all(&folder).unwrap();
    let base = root.join("seeds/minimal");
    let text = format!(
        "base = {base:?}\nseed = 5\ntraces = [2]\nsamples = {{ count = 40 }}\n[[axis]]\nfield = \"dispatch.strategy\"\n\
         values = [\"idle\", \"self_consumption\"]\n[[axis]]\nfield = \"storage.battery[0].charge_max_kw\"\n\
         from = 10\nto = 50\ncount = 5\n[[draw]]\nfield = \"storage.battery[0].capacity_kwh\"\n\
         distribution = {{ name = \"uniform\", least = 10, most = 200 }}\n[[draw]]\nfield = \"generation.series[0].scale\"\n\
         distribution = {{ name = \"triangular\", least = 0, mode = 20, most = 60 }}\n"
    );
    std::fs::write(folder.join("sweep.toml"), &text).unwrap();
    SweepFolder::read(&folder).unwrap_or_else(|problems| panic!("{problems}"));
    Box::new(move |random| {
        std::fs::write(folder.join("sweep.toml"), damaged(&text, random)).unwrap();
        let read = SweepFolder::read(&folder);
        if let Ok(sweep) = &read {
            for index in [0, sweep.count() / 2, sweep.count().saturating_sub(1)] {
                let _ = sweep.load(index).map_err(|problems| problems.to_string());
            }
        }
        verdict(&read)
    })
}

fn results() -> Box<dyn Fn(&mut Random) -> Verdict> {
    use microgrid::results::{CsvWriter, ResultColumns, encode};
    use microgrid::sweep::{Axis, ScenarioSweep, Sweep, Value};
    use microgrid::{Calendar, Load, Scenario};
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    site.loads.push(Load::new("load", 1.0));
    let axes = Sweep::new(1).axis(Axis::list("scale", [1.0, 2.0, 3.0]));
    let scale = |site: &mut Scenario, values: &[Value]| {
        if let Some(Value::Number(scale)) = values.first() {
            site.loads[0].scale = *scale;
        }
    };
    let source = ScenarioSweep::new(site, &axes, scale).unwrap_or_else(|problems| panic!("{problems}"));
    let engine = microgrid::runner::sweep::Engine::new(&source);
    let rows: Vec<_> = (0..source.count()).map(|index| engine.row(index)).collect();
    let columns = ResultColumns::new(source.inputs(), source.samples_are_independent());
    let mut csv = CsvWriter::new(Vec::new(), &columns).unwrap();
    csv.write_block(&encode(&rows)).unwrap();
    let text = String::from_utf8(csv.finish().unwrap()).unwrap();
    Box::new(move |random| {
        let text = damaged(&text, random);
        let read = CsvResults::new(text.as_bytes()).and_then(|mut results| {
            let mut row = ResultRow::default();
            while results.read(&mut row)? {}
            Ok(())
        });
        match read {
            Ok(()) => Verdict::Read,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                Verdict::Refused
            }
        }
    })
}

/// Runs a site with other numbers under every rule that fits: no panic, and the books close.
fn run(site: &Site, random: &mut Random) -> Verdict {
    let text = renumbered(&site.files["scenario.toml"], random);
    let Ok(loaded) = scenario::read_text("scenario.toml", &text, &site.files) else { return Verdict::Refused };
    let Ok(plan) = Plan::compile(&loaded.scenario) else { return Verdict::Refused };
    let mut runs = 0;
    for dispatch in Dispatch::every().filter(|dispatch| dispatch.fits(&plan).is_ok()) {
        // Plans of a year take longer than its rules by a thousand times.
        if plan.steps() > 1000 && matches!(dispatch, Dispatch::Optimal | Dispatch::RollingHorizon(_)) {
            continue;
        }
        let Ok(controller) = Controller::built_in(&dispatch, &plan) else { continue };
        let outcome = simulate(&plan, controller);
        assert!(
            Audit::of(&outcome).closes(),
            "{}: the books do not close by {}",
            dispatch.name(),
            outcome.energy.residual_kwh
        );
        assert!(outcome.money.objective.is_finite(), "{}: no finite objective", dispatch.name());
        runs += 1;
    }
    Verdict::Ran(runs)
}
