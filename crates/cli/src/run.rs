//! `microgrid run`: scenario folders through strategies.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use microgrid::{Delivery, Dispatch, Loaded, Outcome, Problem, Problems, WatchedRun, Years};

use crate::ending::{Ending, cannot_write, print_runs, refuse, refuse_site};
use crate::output::write_whole;
use crate::site::{self, Settings, file_stem, load_all, load_variant, strategies, strategy_names};
use crate::years::{YearsAsked, years_of};

/// Arguments of `microgrid run`.
#[derive(Args)]
pub(crate) struct Run {
    /// Scenario folders, or scenario files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Strategies to run, separated by commas; `all` for every one; the scenario's own by default
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = strategy_names())]
    strategy: Vec<String>,
    /// Runs this variant of a sweep folder, counted from 0: the same numbers as its row in the sweep's results
    #[arg(long, value_name = "N", conflicts_with = "set")]
    index: Option<u64>,
    /// Proves no bound beside the costs, which may take longer than the runs
    #[arg(long)]
    no_bound: bool,
    /// Prints a JSON document instead of the tables
    #[arg(long)]
    json: bool,
    /// With --json: also what each charging session, and each window of a shiftable load, got
    #[arg(long, requires = "json")]
    sessions: bool,
    /// Also writes summary.csv, bill.csv, months.csv, sessions.csv where there are charging sessions, events.csv and
    /// reliability.csv where the site is monitored, and a trace of every run into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Also writes the runs of one scenario as a report: one HTML file that opens with the network off
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Also writes a trace of every run as Parquet into this folder
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "DIR")]
    parquet: Option<PathBuf>,
    /// Runs so many years after each other, in place of `count` in `[years]`: energy in store and the age of batteries go over
    /// from year to year. Prints a row a year, without a bound; with --csv writes years.csv alone. 1 is the first year alone
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100), conflicts_with = "sessions")]
    years: Option<u32>,
    /// With years: wear costs what the batteries' own ageing comes to, found by running the years again until both agree
    #[arg(long)]
    wear: bool,
    /// With years: also draws the capacity of the batteries that age into this SVG file
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Threads to run on; all processors by default. The results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    settings: Settings,
}

impl Run {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let read = match self.index {
            Some(index) => load_variant(&self.paths, index),
            None => load_all(&self.paths, &self.settings),
        };
        let sites = match read {
            Ok(sites) => sites,
            Err(ending) => return ending,
        };
        let years: Vec<_> = sites.iter().filter_map(|site| Some((site, years_of(site, self.years)?))).collect();
        if years.len() == sites.len() {
            return self.run_years(&years);
        }
        if let Err(problems) = self.refuse_years(!years.is_empty()) {
            return refuse(&problems);
        }
        let run = if self.no_bound { site::run_without_bound } else { site::run };
        let mut runs = Vec::with_capacity(sites.len());
        for (site, path) in sites.iter().zip(&self.paths) {
            let ran = strategies(&site.scenario, &self.strategy)
                .and_then(|strategies| Ok((run(site, &strategies, self.threads)?, strategies)));
            match ran {
                Ok((outcomes, strategies)) => match watched(site, &strategies) {
                    Ok(watched) => runs.push(SiteRuns { site, strategies, outcomes, watched }),
                    Err(problems) => return refuse_site(&problems, path),
                },
                Err(problems) => return refuse_site(&problems, path),
            }
        }
        if let Some(folder) = &self.csv
            && let Err(problems) = write_csv(folder, &runs)
        {
            return refuse(&problems);
        }
        if let Some(report) = &self.report
            && let Err(problems) = write_report(report, &runs)
        {
            return refuse(&problems);
        }
        #[cfg(feature = "parquet")]
        if let Some(folder) = &self.parquet
            && let Err(problems) = write_parquet(folder, &runs)
        {
            return refuse(&problems);
        }
        let text = match self.text(&runs) {
            Ok(text) => text,
            Err(problems) => return refuse(&problems),
        };
        print_runs(&text, runs.iter().flat_map(|run| &run.outcomes))
    }
}

impl Run {
    fn run_years(&self, years: &[(&Loaded, Years)]) -> Ending {
        #[cfg(feature = "parquet")]
        if self.parquet.is_some() {
            return refuse(&Problem::new("--parquet", "writes the steps of one year").hint("add --years 1").into());
        }
        if self.report.is_some() {
            return refuse(&Problem::new("--report", "tells one year").hint("add --years 1").into());
        }
        if self.sessions {
            return refuse(&Problem::new("--sessions", "shows those of one year").hint("add --years 1").into());
        }
        let (csv, picture) = (self.csv.as_deref(), self.picture.as_deref());
        YearsAsked { strategy: &self.strategy, json: self.json, csv, picture, wear: self.wear }.run(years, &self.paths)
    }

    /// What is asked of years, where there is one year, or where some sites have one and others more.
    fn refuse_years(&self, any_has_years: bool) -> Result<(), Problems> {
        let problem = if any_has_years {
            Problem::new("--years", "is needed: some of the scenarios have [years], others have none")
        } else if self.picture.is_some() {
            Problem::new("--picture", "shows years").hint("add --years with 2 or more")
        } else if self.wear {
            Problem::new("--wear", "is of years").hint("add --years with 2 or more")
        } else {
            return Ok(());
        };
        Err(problem.into())
    }

    fn text(&self, runs: &[SiteRuns<'_>]) -> Result<String, Problems> {
        if self.json {
            let all = runs.iter().flat_map(|run| run.outcomes.iter().cloned()).collect::<Vec<Outcome>>();
            let deliveries = if self.sessions {
                Some(runs.iter().map(SiteRuns::deliveries).collect::<Result<Vec<_>, Problems>>()?.concat())
            } else {
                None
            };
            let watched: Vec<_> = runs.iter().flat_map(SiteRuns::watched).collect();
            return Ok(microgrid::json_with(&all, deliveries.as_deref(), &watched));
        }
        let table = |run: &SiteRuns<'_>| {
            let left_out = site::left_out(&run.site.scenario, &self.strategy);
            let watched = microgrid::watched_table(&run.watched);
            let gap = if watched.is_empty() { "" } else { "\n" };
            microgrid::table(&run.outcomes) + &left_out + gap + &watched
        };
        Ok(runs.iter().map(table).collect::<Vec<_>>().join("\n\n"))
    }
}

impl SiteRuns<'_> {
    /// What each session got, a list for each strategy.
    fn deliveries(&self) -> Result<Vec<Vec<Delivery>>, Problems> {
        self.strategies.iter().map(|strategy| microgrid::deliveries(&self.site.scenario, strategy)).collect()
    }

    /// What was watched, for each outcome; `None` where nothing was.
    fn watched(&self) -> Vec<Option<&WatchedRun>> {
        (0..self.outcomes.len()).map(|i| self.watched.get(i)).collect()
    }

    fn has_sessions(&self) -> bool {
        self.site.scenario.loads.iter().any(|load| !load.tasks.is_empty())
    }
}

/// What one site did.
struct SiteRuns<'a> {
    site: &'a Loaded,
    strategies: Vec<Dispatch>,
    outcomes: Vec<Outcome>,
    /// A run for each strategy, where the site is monitored.
    watched: Vec<WatchedRun>,
}

/// The runs of a monitored site once more, watched; empty where it is not monitored.
fn watched(site: &Loaded, strategies: &[Dispatch]) -> Result<Vec<WatchedRun>, Problems> {
    let Some(settings) = &site.monitoring else { return Ok(Vec::new()) };
    let run = |strategy| microgrid::watch(&site.scenario, strategy, settings, |step| site.clock.label(step));
    strategies.iter().map(run).collect()
}

/// Writes the log and the other files of monitored sites, as far as they have rows.
fn write_watched(folder: &Path, runs: &[SiteRuns]) -> Result<(), Problems> {
    let watched: Vec<WatchedRun> = runs.iter().flat_map(|run| run.watched.iter().cloned()).collect();
    if watched.is_empty() {
        return Ok(());
    }
    type Table = fn(&mut dyn Write, &[WatchedRun]) -> io::Result<()>;
    let has_meters = watched.iter().any(|run| !run.watched.meters.is_empty());
    let has_survival = watched.iter().any(|run| run.survival.is_some());
    let tables: [(&str, bool, Table); 4] = [
        ("events.csv", true, |file, runs| microgrid::write_events_csv(file, runs)),
        ("reliability.csv", true, |file, runs| microgrid::write_reliability_csv(file, runs)),
        ("meters.csv", has_meters, |file, runs| microgrid::write_meters_csv(file, runs)),
        ("survival.csv", has_survival, |file, runs| microgrid::write_survival_csv(file, runs)),
    ];
    for (name, _, write) in tables.into_iter().filter(|(_, has_rows, _)| *has_rows) {
        write_whole(&folder.join(name), |file| write(file, &watched))?;
    }
    Ok(())
}

/// Writes all CSV files of the runs into `folder`, which is made where it is missing.
fn write_csv(folder: &Path, runs: &[SiteRuns]) -> Result<(), Problems> {
    fs::create_dir_all(folder).map_err(|error| cannot_write(&folder.display().to_string(), &error))?;
    let outcomes: Vec<Outcome> = runs.iter().flat_map(|run| run.outcomes.iter().cloned()).collect();
    type Table = fn(&mut dyn Write, &[Outcome]) -> io::Result<()>;
    let tables: [(&str, Table); 3] = [
        ("summary.csv", |file, outcomes| microgrid::write_summary_csv(file, outcomes)),
        ("bill.csv", |file, outcomes| microgrid::write_bill_csv(file, outcomes)),
        ("months.csv", |file, outcomes| microgrid::write_months_csv(file, outcomes)),
    ];
    for (name, write) in tables {
        write_whole(&folder.join(name), |file| write(file, &outcomes))?;
    }
    if runs.iter().any(SiteRuns::has_sessions) {
        let deliveries = runs.iter().map(SiteRuns::deliveries).collect::<Result<Vec<_>, Problems>>()?.concat();
        let rows =
            outcomes.iter().zip(&deliveries).map(|(o, got)| (o.scenario.as_str(), o.strategy.as_str(), &got[..]));
        write_whole(&folder.join("sessions.csv"), |file| microgrid::write_deliveries_csv(file, rows))?;
    }
    write_watched(folder, runs)?;
    each_trace(runs, |stem, trace| write_whole(&folder.join(format!("{stem}.csv")), |file| trace.write_csv(file)))
}

/// Writes the runs of a site as HTML.
fn write_report(path: &Path, runs: &[SiteRuns<'_>]) -> Result<(), Problems> {
    let [run] = runs else {
        let problem = Problem::new("--report", "is of one scenario").value(format!("{} paths", runs.len()));
        return Err(problem.into());
    };
    let html = microgrid::run_html(run.site, &run.strategies, &run.outcomes)?;
    write_whole(path, |file| file.write_all(html.as_bytes()))
}

/// Writes the trace of each run as Parquet into `folder`, which is made where it is missing.
#[cfg(feature = "parquet")]
fn write_parquet(folder: &Path, runs: &[SiteRuns]) -> Result<(), Problems> {
    fs::create_dir_all(folder).map_err(|error| cannot_write(&folder.display().to_string(), &error))?;
    each_trace(runs, |stem, trace| {
        write_whole(&folder.join(format!("{stem}.parquet")), |file| trace.write_parquet(file))
    })
}

/// Hands the trace of each run to `write`, with a name for its file that no other has.
fn each_trace(
    runs: &[SiteRuns],
    mut write: impl FnMut(&str, &microgrid::Trace) -> Result<(), Problems>,
) -> Result<(), Problems> {
    let mut taken = HashSet::new();
    for run in runs {
        for strategy in &run.strategies {
            let trace = microgrid::trace(&run.site.scenario, strategy, |step| run.site.clock.label(step))?;
            let stem = format!("trace_{}_{}", file_stem(&trace.scenario), file_stem(&trace.strategy));
            // Two folders may hold scenarios of one name; neither may overwrite the other's trace.
            let names = (1..).map(|n| if n == 1 { stem.clone() } else { format!("{stem}_{n}") });
            let name = names.into_iter().find(|name| taken.insert(name.clone())).unwrap_or(stem.clone());
            write(&name, &trace)?;
        }
    }
    Ok(())
}
