//! A sweep into a folder, and the tables of its results.

use std::fs::{self, File};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use microgrid_core::{Outcome, Plan, Problem, Problems};
use microgrid_io::SweepFolder;
#[cfg(feature = "parquet")]
use microgrid_report::results::ParquetWriter;
use microgrid_report::results::{
    CsvWriter, ResultColumns, ResultRow, StopRule, StopWatch, SweepSummary, SweepSums, encode, read_block,
};
use microgrid_runner::Runner;
use microgrid_runner::sweep::{
    DurableFile, Engine, Filled, Judge, MakeStrategy, Manifest, Numbering, Peers, Progress, Shard, Store, Watch,
};
use microgrid_sweep::Source;

use crate::bound;
use crate::optimum::controller_with;

/// How a sweep is run into a folder. Neither threads nor shard nor resuming changes a byte of the results.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// Threads; one for each processor where `None`.
    pub threads: Option<NonZeroUsize>,
    /// The part of the sweep to run.
    pub shard: Shard,
    /// Whether to go on with what the folder holds; else a folder with results is refused.
    pub resume: bool,
    /// Whether to prove a bound beside every outcome, which takes more time than the run.
    pub bound: bool,
    /// Ends a whole sweep of independent samples as soon as a comparison is clear enough; rows after that do not count.
    pub stop: Option<&'a StopRule>,
    /// Where this becomes true, no further block is begun.
    pub cancel: Option<&'a AtomicBool>,
    /// Called from time to time and at the end.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

impl Default for Settings<'_> {
    /// The whole sweep anew, on all processors, without bounds.
    fn default() -> Self {
        Self {
            threads: None,
            shard: Shard::WHOLE,
            resume: false,
            bound: false,
            stop: None,
            cancel: None,
            progress: None,
        }
    }
}

/// What a call of [`run`] came to.
#[derive(Debug)]
pub struct Ran {
    /// What of the sweep's blocks is there now.
    pub filled: Filled,
    /// The tables of the results; `None` where blocks are still missing, because it was cancelled or ran a shard.
    pub tables: Option<Tables>,
}

/// The tables of a sweep's results.
#[derive(Debug)]
pub struct Tables {
    /// What the rows come to.
    pub summary: SweepSummary,
    /// The files written, `results.csv` first.
    pub files: Vec<PathBuf>,
}

/// Runs the scenarios of `source` into the folder `out`, which is made where it is missing, and writes the tables of
/// their results there when all are done.
///
/// # Errors
/// A folder that holds other results, or results at all where `resume` is not set; one that is in use, cannot be read,
/// cannot be written, or is full. What is done is kept: call again with `resume`.
pub fn run(source: &dyn Source, out: &Path, settings: &Settings<'_>) -> Result<Ran, Problems> {
    run_with(&mut (), source, out, settings)
}

/// As [`run`], with other processes that run some of the blocks, such as the ranks of MPI.
///
/// # Errors
/// As [`run`]; peers that have read another sweep.
pub fn run_with(
    peers: &mut dyn Peers,
    source: &dyn Source,
    out: &Path,
    settings: &Settings<'_>,
) -> Result<Ran, Problems> {
    let store = stop_watch(source, settings)
        .and_then(|watch| {
            Store::open(out, manifest(source, settings), settings.shard, settings.resume).map(|store| (watch, store))
        })
        .inspect_err(|_| peers.dismiss());
    let (mut watch, store) = store?;
    let mut failure = None;
    let mut see =
        |payload: &[u8]| match watch.as_mut().map_or(Ok(ControlFlow::Continue(())), |watch| watch.see(payload)) {
            Ok(flow) => flow,
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        };
    let see: Option<&mut Watch<'_>> = if settings.stop.is_some() { Some(&mut see) } else { None };
    let filled = engine(source, settings).fill_with(peers, &store, settings.shard, &encode, see)?;
    if let Some(error) = failure {
        return Err(cannot_read(&store)(error));
    }
    let is_whole = settings.shard.is_whole() && !filled.is_cancelled;
    let tables = is_whole.then(|| write_tables(&store, filled.blocks, settings.threads)).transpose()?;
    Ok(Ran { filled, tables })
}

/// Runs blocks of a sweep for the first of the ranks, which calls [`run_with`], until there are no more.
///
/// # Errors
/// The first rank has read another sweep.
#[cfg(feature = "mpi")]
pub fn help(
    ranks: &microgrid_runner::sweep::Ranks,
    source: &dyn Source,
    settings: &Settings<'_>,
) -> Result<(), Problems> {
    engine(source, settings).help(ranks, &manifest(source, settings), &encode)
}

/// What watches over the sweep, where a rule may end it.
fn stop_watch(source: &dyn Source, settings: &Settings<'_>) -> Result<Option<StopWatch>, Problems> {
    let Some(rule) = settings.stop else { return Ok(None) };
    if !settings.shard.is_whole() {
        let problem = Problem::new("stop", "ends a whole sweep, and this is a shard of one").value(settings.shard);
        return Err(problem.hint("a shard does not see the samples of the others; run the sweep whole").into());
    }
    let columns = ResultColumns::new(source.inputs(), source.samples_are_independent());
    let watch = rule.watch(&columns).map_err(|error| Problem::new("stop", error.to_string()))?;
    Ok(Some(watch))
}

fn manifest(source: &dyn Source, settings: &Settings<'_>) -> Manifest {
    let mut manifest = Manifest::of(source);
    // What stands in the folder depends on it; over which processes blocks are spread does not.
    if cfg!(feature = "parquet") {
        manifest.features.push("parquet".into());
    }
    manifest.options.insert("bound".into(), settings.bound.to_string());
    let stop = settings.stop.map_or_else(|| "none".into(), |rule| format!("{rule:?}"));
    manifest.options.insert("stop".into(), stop);
    manifest
}

fn engine<'a>(source: &'a dyn Source, settings: &Settings<'a>) -> Engine<'a> {
    const JUDGE: &Judge<'static> = &|plan: &Plan, outcome: &mut Outcome| outcome.judge(&bound(plan), None);
    // The same plans as of a single run.
    const STRATEGY: &MakeStrategy<'static> = &|_, plan, cache| controller_with(&plan.scenario().dispatch, plan, cache);
    Engine {
        runner: runner(settings.threads),
        strategy: Some(STRATEGY),
        judge: settings.bound.then_some(JUDGE),
        cancel: settings.cancel,
        progress: settings.progress,
        ..Engine::new(source)
    }
}

/// Puts the folders of all shards of a sweep together in `out`, and writes the tables of the results there: the same
/// bytes as of one machine. The traces that the shards wrote, of those of their own scenarios that the sweep names, are
/// taken along.
///
/// # Errors
/// Folders of different sweeps, by what differs; blocks that no shard has; a folder that cannot be read or written.
pub fn merge(out: &Path, shards: &[impl AsRef<Path>]) -> Result<Tables, Problems> {
    let store = microgrid_runner::sweep::merge(out, shards)?;
    let mut tables = write_tables(&store, store.manifest().numbering.blocks(), None)?;
    let mut traces = Vec::new();
    for shard in shards.iter().map(AsRef::as_ref) {
        let unreadable = |error: io::Error| Problem::new(shard.display(), "cannot be read").value(error);
        for entry in fs::read_dir(shard).map_err(unreadable)? {
            let from = entry.map_err(unreadable)?.path();
            let name = from.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let index = name.strip_prefix("trace_").and_then(|name| name.strip_suffix(".csv"));
            if let Some(index) = index.and_then(|index| index.parse::<u64>().ok()) {
                traces.push((index, out.join(name), from));
            }
        }
    }
    traces.sort();
    traces.dedup_by(|later, earlier| later.1 == earlier.1);
    for (_, to, from) in traces {
        // `out` may be the folder of one of the shards.
        if from != to {
            let copy = || {
                let mut file = DurableFile::create(&to, "trace")?;
                io::copy(&mut File::open(&from)?, &mut file)?;
                file.keep()
            };
            copy().map_err(cannot_write(&to))?;
        }
        tables.files.push(to);
    }
    Ok(tables)
}

fn runner(threads: Option<NonZeroUsize>) -> Runner {
    Runner { threads, ..Runner::default() }
}

/// Writes the steps of the scenarios that the sweep names for it, as far as they are of the shard, a file
/// `trace_<index>.csv` each, into `out`. A scenario that is refused has no steps; its row says why.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_traces(sweep: &SweepFolder, out: &Path, shard: Shard) -> Result<Vec<PathBuf>, Problems> {
    let mut files = Vec::new();
    let numbering = Numbering::of(sweep);
    for index in sweep.traces().iter().filter(|index| shard.has(numbering.block_of(**index))) {
        let traced = sweep
            .load(*index)
            .and_then(|site| crate::trace(&site.scenario, &site.scenario.dispatch, |step| site.clock.label(step)));
        let Ok(trace) = traced else { continue };
        let path = out.join(format!("trace_{index}.csv"));
        let file = DurableFile::create(&path, "trace");
        file.and_then(|mut file| trace.write_csv(&mut file).and_then(|()| file.keep())).map_err(cannot_write(&path))?;
        files.push(path);
    }
    Ok(files)
}

/// Text is made of the rows by many threads, a block each; what needs order is done on this one.
fn write_tables(store: &Store, blocks: u64, threads: Option<NonZeroUsize>) -> Result<Tables, Problems> {
    let [csv_path, json_path] = ["results.csv", "summary.json"].map(|name| store.folder().join(name));
    let columns = ResultColumns::new(&store.manifest().inputs(), store.manifest().samples_are_independent);
    let mut csv = store.create(&csv_path)?;
    CsvWriter::new(&mut csv, &columns).and_then(CsvWriter::finish).map_err(cannot_write(&csv_path))?;
    let text = |payload: Vec<u8>| {
        let mut part = CsvWriter::headless(Vec::with_capacity(2 * payload.len()), &columns);
        part.write_block(&payload).and_then(|()| part.finish()).map(|text| (text, payload))
    };
    #[cfg(feature = "parquet")]
    let (parquet_path, mut parquet) = {
        let path = store.folder().join("results.parquet");
        let file = ParquetWriter::new(store.create(&path)?, &columns).map_err(cannot_write(&path))?;
        (path, file)
    };
    let mut sums = SweepSums::new(&columns);
    store.read_in_order(blocks, runner(threads), &text, &mut |part| {
        let (text, payload) = part.map_err(cannot_read(store))?;
        csv.write_all(&text).map_err(cannot_write(&csv_path))?;
        #[cfg(feature = "parquet")]
        parquet.write_block(&payload).map_err(cannot_write(&parquet_path))?;
        sums.add_block(&payload).map_err(cannot_read(store))
    })?;
    csv.keep().map_err(cannot_write(&csv_path))?;
    #[cfg(feature = "parquet")]
    parquet.finish().and_then(DurableFile::keep).map_err(cannot_write(&parquet_path))?;
    let again = |show: &mut dyn FnMut(&ResultRow)| {
        store.payloads(blocks).try_for_each(|payload| read_block(&payload.map_err(io::Error::other)?, show))
    };
    let summary = sums.finish(&again).map_err(cannot_read(store))?;
    let mut json = store.create(&json_path)?;
    json.write_all(summary.json().as_bytes()).and_then(|()| json.keep()).map_err(cannot_write(&json_path))?;
    Ok(Tables {
        summary,
        files: vec![
            csv_path,
            #[cfg(feature = "parquet")]
            parquet_path,
            json_path,
        ],
    })
}

fn cannot_write(path: &Path) -> impl Fn(io::Error) -> Problems {
    move |error| {
        let problem = Problem::new(path.display().to_string(), "cannot be written").value(error);
        problem.hint("make room or give leave to write, then go on by --resume; what is done is kept").into()
    }
}

fn cannot_read(store: &Store) -> impl Fn(io::Error) -> Problems {
    |error| Problem::new(store.folder().display().to_string(), "cannot be read").value(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{Axis, ScenarioSweep, Sweep, Value};
    use crate::{Battery, Calendar, Dispatch, Load, Scenario, Tariff};

    /// A row over years is the years together, alone and in lanes; an axis may set what grows, and how many years there are.
    #[test]
    fn a_row_over_years_is_the_years_together() {
        let folder = std::env::temp_dir().join(format!("microgrid-sweep-years-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let scenario = r#"
            site = { name = "shed", zone = "Asia/Shanghai", currency = "CNY" }
            time = { start = "2025-07-01", days = 9, step_minutes = 60 }
            utility = { import_price_per_kwh = 0.7, export_price_per_kwh = 0.2 }
            years = { count = 3, load_growth_percent = 4 }
            generation = { series = [{ power_kw = 12 }] }
            [[storage.battery]]
            capacity_kwh = 40
            charge_max_kw = 12
            discharge_max_kw = 20
            ageing = { model = "nmc_kokam_75ah", temperature_c = 50, only_over_years = true }
            [[demand.load]]
            power_kw = 10
        "#;
        let axes = r#"
            axis = [
                { field = "storage.battery[0].capacity_kwh", values = [30, 40, 50, 60, 70, 80, 90, 100, 110] },
                { field = "years.count", values = [1, 2, 4] },
            ]
        "#;
        fs::write(folder.join("scenario.toml"), scenario).unwrap();
        fs::write(folder.join("sweep.toml"), axes).unwrap();
        let source = SweepFolder::read(&folder).unwrap_or_else(|problems| panic!("{problems}"));
        let mut rows = Vec::new();
        Engine::new(&source).rows(|block| {
            rows.extend(block);
            ControlFlow::Continue(())
        });
        assert_eq!(rows.len(), 27);
        for row in rows {
            let outcome = row.result.unwrap_or_else(|fault| panic!("{fault:?}"));
            let first = source.scenario(row.index, &row.inputs).unwrap();
            let Some(years) = source.years(row.index, &row.inputs).unwrap() else {
                assert_eq!((row.inputs[1].number(), outcome.steps), (Some(1.0), 216));
                assert!(outcome.batteries[0].health.is_none(), "one year alone keeps the battery");
                continue;
            };
            let mut runs =
                crate::run_years(&first, &first.dispatch, &years).unwrap().into_iter().map(|run| run.outcome);
            let mut together = runs.next().unwrap();
            let mut import_kwh = together.energy.import_kwh;
            for run in runs {
                import_kwh += run.energy.import_kwh;
                together.take_up_year(run);
            }
            assert_eq!(outcome, together);
            assert_eq!(outcome.energy.import_kwh, import_kwh);
            assert_eq!(outcome.steps, 216 * years.count as usize);
            assert!(outcome.batteries[0].health.as_ref().unwrap().end_capacity_percent < 100.0);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    /// Where the exact plan does not reach, `optimal` is planned by linear programme. Mutation it catches: a sweep that
    /// asks for the exact plan only, and refuses what a single run plans.
    #[test]
    fn a_row_runs_the_plan_that_a_single_run_runs() {
        let mut site = Scenario::new("site", Calendar::days(3600, 2));
        site.loads.push(Load::new("load", (0..48).map(|hour| f64::from(hour % 24)).collect::<Vec<_>>()));
        site.tariff = Tariff::flat(0.8, 0.3).into();
        let worn = Battery { charge_efficiency: 0.8, ..Battery::lithium_iron_phosphate(30.0, 5.0) };
        site.storage = vec![Battery::lithium_iron_phosphate(20.0, 10.0), worn];
        site.dispatch = Dispatch::Optimal;
        let alone = crate::run(&site, &[Dispatch::Optimal], None).unwrap().remove(0);
        let one = Sweep::new(1).axis(Axis::list("unused", [0.0]));
        let source = ScenarioSweep::new(site, &one, |_: &mut Scenario, _: &[Value]| ()).unwrap();
        let row = engine(&source, &Settings::default()).row(0).result.unwrap();
        assert_eq!(row.money.objective.to_bits(), alone.money.objective.to_bits());
        assert_eq!(row.energy, alone.energy);
    }
}
