//! `microgrid sweep` and `microgrid merge`: a sweep into a folder, and shards of it put together.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use microgrid::results::{ResultsFile, StopGoal, StopRule, summary_table};
use microgrid::sweep::{self, Settings, Shard, SweepFolder, Tables};
use microgrid::{Problem, Problems};

use crate::ending::{Ending, print, refuse, refuse_site, tell};
use crate::plain;
use crate::progress::Reporter;

/// Most messages shown of scenarios without a result; the commonest ones.
const MESSAGES_MOST: usize = 5;

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
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        if let Err(problems) = source.check_axes() {
            return refuse_site(&problems, &self.path);
        }
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
            tell(&format!("block {block} was damaged and is run again\n"));
        }
        if ran.filled.is_cancelled {
            let again = self.again(&out);
            tell(&format!("stopped after {} scenarios; go on by\n  {}\n", ran.filled.rows, plain::line(&again)));
            return Ending::Stopped;
        }
        let traces = match sweep::write_traces(&source, &out, self.shard()) {
            Ok(traces) => traces,
            Err(problems) => return refuse(&problems),
        };
        let Some(mut tables) = ran.tables else {
            let shard = self.shard();
            let text = format!(
                "shard {shard}: {} scenarios in {}\nwhen all shards are done: microgrid merge OUT SHARD…\n",
                ran.filled.rows,
                out.display()
            );
            return with_faults(print(&text), ran.filled.faults);
        };
        tables.files.extend(traces);
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
    if summary.unsolved + summary.refused + summary.panicked > 0 {
        tell(&without_result(&tables.files[0]));
    }
    let files: String = tables.files.iter().map(|file| format!("{}\n", file.display())).collect();
    let text = format!("{}\n\n{files}", summary_table(summary).trim_end());
    with_faults(print(&text), summary.faults + summary.unsolved + summary.refused + summary.panicked)
}

/// Why scenarios have no result, by what they were refused with.
fn without_result(results_csv: &Path) -> String {
    let mut messages: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let read = ResultsFile::open(results_csv).map(|results| {
        results.read(&mut |row| {
            // Texts of a value each are many; the first ones do.
            if !row.message.is_empty() && (messages.len() < 1000 || messages.contains_key(&row.message)) {
                messages.entry(row.message.clone()).or_insert((row.index, 0)).1 += 1;
            }
        })
    });
    if !matches!(read, Ok(Ok(()))) {
        return String::new();
    }
    let mut sorted: Vec<_> = messages.into_iter().collect();
    sorted.sort_by_key(|(_, (first, count))| (std::cmp::Reverse(*count), *first));
    let line = |(message, (first, count)): &(String, (u64, u64))| {
        let more = if *count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        format!("scenario {first}{more}: {}\n", plain::line(message))
    };
    let mut text: String = sorted.iter().take(MESSAGES_MOST).map(line).collect();
    if sorted.len() > MESSAGES_MOST {
        text += &format!("and {} other messages, in {}\n", sorted.len() - MESSAGES_MOST, results_csv.display());
    }
    text
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
            std::process::exit(Ending::Stopped.code().into());
        }
        tell("\nstopping: finishing the blocks in flight; once more to stop at once\n");
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
