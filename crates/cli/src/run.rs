//! `microgrid run`: scenario folders through strategies.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use microgrid::{Dispatch, Loaded, Outcome, Problems};

use crate::ending::{Ending, cannot_write, print_runs, refuse, refuse_site};
use crate::output::write_whole;
use crate::site::{self, Settings, file_stem, load_all, load_variant, strategies, strategy_names};

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
    /// Also writes summary.csv, bill.csv, months.csv and a trace of every run into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
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
        let run = if self.no_bound { site::run_without_bound } else { site::run };
        let mut runs = Vec::with_capacity(sites.len());
        for (site, path) in sites.iter().zip(&self.paths) {
            let ran = strategies(&site.scenario, &self.strategy)
                .and_then(|strategies| Ok((run(site, &strategies, self.threads)?, strategies)));
            match ran {
                Ok((outcomes, strategies)) => runs.push(SiteRuns { site, strategies, outcomes }),
                Err(problems) => return refuse_site(&problems, path),
            }
        }
        if let Some(folder) = &self.csv
            && let Err(problems) = write_csv(folder, &runs)
        {
            return refuse(&problems);
        }
        let text = if self.json {
            let all: Vec<Outcome> = runs.iter().flat_map(|run| run.outcomes.iter().cloned()).collect();
            microgrid::json(&all)
        } else {
            runs.iter().map(|run| microgrid::table(&run.outcomes)).collect::<Vec<_>>().join("\n\n")
        };
        print_runs(&text, runs.iter().flat_map(|run| &run.outcomes))
    }
}

/// What one site did.
struct SiteRuns<'a> {
    site: &'a Loaded,
    strategies: Vec<Dispatch>,
    outcomes: Vec<Outcome>,
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
    let mut taken = HashSet::new();
    for run in runs {
        for strategy in &run.strategies {
            let trace = microgrid::trace(&run.site.scenario, strategy, |step| run.site.clock.label(step))?;
            let stem = format!("trace_{}_{}", file_stem(&trace.scenario), file_stem(&trace.strategy));
            // Two folders may hold scenarios of one name; neither may overwrite the other's trace.
            let names = (1..).map(|n| if n == 1 { stem.clone() } else { format!("{stem}_{n}") });
            let name = names.into_iter().find(|name| taken.insert(name.clone())).unwrap_or(stem.clone());
            write_whole(&folder.join(format!("{name}.csv")), |file| trace.write_csv(file))?;
        }
    }
    Ok(())
}
