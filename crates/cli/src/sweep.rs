//! `microgrid sweep` and `microgrid merge`: a sweep into a folder, and shards of it put together.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use microgrid::results::{StopGoal, StopRule, summary_table};
use microgrid::sweep::{self, Settings, Shard, SweepFolder, Tables};
use microgrid::{Problem, Problems};

use crate::ending::{Ending, print, refuse};
use crate::progress::Reporter;
use crate::refusal::{Style, refused_site};

/// Arguments of `microgrid sweep`.
#[derive(Args)]
pub(crate) struct Sweep {
    /// Folder with a sweep.toml, or such a file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Folder for the results; results/NAME by default
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Threads to run on; all processors by default. The results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Goes on with what the folder holds
    #[arg(long)]
    resume: bool,
    /// Runs one of n parts of the sweep, counted from 1; `microgrid merge` puts them together
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Ends the sweep once the levels of a swept field, such as dispatch.strategy, differ in their objective beyond doubt
    /// (95 %, valid at every look); with =WIDTH, once each mean difference is known to that much. Needs monte_carlo
    #[arg(long, value_name = "FIELD[=WIDTH]", value_parser = stop_rule)]
    stop: Option<StopRule>,
    /// Proves a bound beside every outcome, and its gap; takes more time than the runs
    #[arg(long)]
    bound: bool,
}

/// Arguments of `microgrid merge`.
#[derive(Args)]
pub(crate) struct Merge {
    /// Folder for the whole sweep's results
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Folders of all shards
    #[arg(required = true, value_name = "SHARD")]
    shards: Vec<PathBuf>,
}

impl Sweep {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let source = match SweepFolder::read(&self.path) {
            Ok(source) => source,
            Err(problems) => {
                eprint!("{}", refused_site(&problems, &self.path, Style::of_stderr()));
                return Ending::Refused;
            }
        };
        let out = self.out.clone().unwrap_or_else(|| default_out(&self.path, self.shard()));
        let cancel = match cancel_on_interrupt() {
            Ok(cancel) => cancel,
            Err(problems) => return refuse(&problems),
        };
        let reporter = Reporter::new();
        let progress = |progress| reporter.show(progress);
        let settings = Settings {
            threads: self.threads,
            shard: self.shard(),
            resume: self.resume,
            bound: self.bound,
            stop: self.stop.as_ref(),
            cancel: Some(&cancel),
            progress: Some(&progress),
        };
        #[cfg(feature = "mpi")]
        let mut ranks = sweep::Ranks::join();
        #[cfg(feature = "mpi")]
        let ran = match &mut ranks {
            // Nothing is printed but by the first rank.
            Some(ranks) if !ranks.is_first() => {
                let helped = sweep::help(ranks, &source, &settings);
                return helped.map_or_else(|problems| refuse(&problems), |()| Ending::Done);
            }
            Some(ranks) => sweep::run_with(ranks, &source, &out, &settings),
            None => sweep::run(&source, &out, &settings),
        };
        #[cfg(not(feature = "mpi"))]
        let ran = sweep::run(&source, &out, &settings);
        reporter.end();
        let ran = match ran {
            Ok(ran) => ran,
            Err(problems) => return refuse(&problems),
        };
        for block in &ran.filled.damaged {
            eprintln!("block {block} was damaged and is run again");
        }
        if ran.filled.is_cancelled {
            eprintln!("stopped after {} scenarios; go on by\n  {}", ran.filled.rows, self.again(&out));
            return Ending::Stopped;
        }
        let Some(mut tables) = ran.tables else {
            let shard = self.shard();
            let text = format!(
                "shard {shard}: {} scenarios in {}\nwhen all shards are done: microgrid merge OUT SHARD…\n",
                ran.filled.rows,
                out.display()
            );
            return with_faults(print(&text), ran.filled.faults);
        };
        match sweep::write_traces(&source, &out) {
            Ok(files) => tables.files.extend(files),
            Err(problems) => return refuse(&problems),
        }
        show(&tables)
    }

    fn shard(&self) -> Shard {
        self.shard.unwrap_or(Shard::WHOLE)
    }

    /// The command that goes on with this sweep.
    fn again(&self, out: &Path) -> String {
        let mut text = format!("microgrid sweep {} --out {} --resume", self.path.display(), out.display());
        if let Some(shard) = self.shard {
            text += &format!(" --shard {shard}");
        }
        if let Some(stop) = &self.stop {
            let width = if let StopGoal::HalfWidth(width) = stop.goal { format!("={width}") } else { String::new() };
            text += &format!(" --stop {}{width}", stop.field);
        }
        if self.bound {
            text += " --bound";
        }
        text
    }
}

impl Merge {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        match sweep::merge(&self.out, &self.shards) {
            Ok(tables) => show(&tables),
            Err(problems) => refuse(&problems),
        }
    }
}

/// Prints what the rows come to, and which files hold them.
fn show(tables: &Tables) -> Ending {
    let summary = &tables.summary;
    let files: String = tables.files.iter().map(|file| format!("{}\n", file.display())).collect();
    let text = format!("{}\n\n{files}", summary_table(summary).trim_end());
    with_faults(print(&text), summary.faults + summary.unsolved + summary.refused + summary.panicked)
}

fn with_faults(ending: Ending, faults: u64) -> Ending {
    if ending == Ending::Done && faults > 0 { Ending::Fault } else { ending }
}

/// `FIELD` or `FIELD=WIDTH`.
fn stop_rule(text: &str) -> Result<StopRule, String> {
    let (field, goal) = match text.rsplit_once('=') {
        None => (text, StopGoal::Decided),
        Some((field, width)) => match width.parse() {
            Ok(width) => (field, StopGoal::HalfWidth(width)),
            Err(_) => return Err(format!("`{width}` is no width")),
        },
    };
    Ok(StopRule::new(field, "objective", goal))
}

fn shard(text: &str) -> Result<Shard, String> {
    text.parse().map_err(|problems: Problems| problems.to_string())
}

/// `results/NAME` below the current folder, after the sweep's own folder or file, and the shard.
fn default_out(path: &Path, shard: Shard) -> PathBuf {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_plain_file = full.file_name().is_some_and(|name| name == "sweep.toml");
    let named = if is_plain_file { full.parent().unwrap_or(&full) } else { &full };
    let name = if named.is_file() { named.file_stem() } else { named.file_name() };
    let mut name = name.map_or_else(|| "sweep".into(), |name| name.to_string_lossy().into_owned());
    if !shard.is_whole() {
        name += &format!("-{}", shard.to_string().replace('/', "-of-"));
    }
    Path::new("results").join(name)
}

/// A flag that an interrupt from the keyboard sets; the second one ends the process, which costs the blocks in flight.
fn cancel_on_interrupt() -> Result<Arc<AtomicBool>, Problems> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("\nstopping: finishing the blocks in flight; once more to stop at once");
    };
    ctrlc::set_handler(handler).map_err(|error| Problem::new("", "interrupts cannot be caught").value(error))?;
    Ok(cancel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named_after_the_sweep() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        let shard = "2/3".parse().unwrap();
        assert_eq!(default_out(&seeds.join("minimal"), Shard::WHOLE), Path::new("results/minimal"));
        assert_eq!(default_out(&seeds.join("minimal/"), shard), Path::new("results/minimal-2-of-3"));
        assert_eq!(default_out(&seeds.join("minimal/sweep.toml"), Shard::WHOLE), Path::new("results/minimal"));
        assert_eq!(default_out(&seeds.join("minimal/week.csv"), Shard::WHOLE), Path::new("results/week"));
    }
}
