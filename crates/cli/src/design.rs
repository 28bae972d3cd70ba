//! `microgrid design`: sizes of a scenario folder, with their proof.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use microgrid::Problem;
use microgrid::design::sizing::{Ending as Searched, Progress};
use microgrid::io::DesignFolder;

use crate::ending::{Ending, print, refuse, refuse_site, tell};

/// Time until the first word on how far it is, and between two.
const PAUSE: Duration = Duration::from_secs(2);

/// Arguments of `microgrid design`.
#[derive(Args)]
pub(crate) struct Design {
    /// Folder with scenario.toml and design.toml
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Writes the scenario with the sizes found into this folder, which must not hold anything
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Ends the search at this proven distance from the least cost, such as 0.01 for 1 %; that of design.toml by default
    #[arg(long, value_name = "SHARE")]
    gap: Option<f64>,
}

impl Design {
    /// Runs the command. An interrupt ends the search, and what is proven by then is the result.
    pub(crate) fn run(&self) -> Ending {
        if let Some(gap) = self.gap.filter(|gap| !(1e-9..=0.5).contains(gap)) {
            return refuse(&Problem::new("--gap", "is out of range").value(gap).allowed("1e-9 to 0.5").into());
        }
        let folder = match DesignFolder::read(&self.path) {
            Ok(folder) => folder,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        // A second interrupt ends the program as usual.
        let handled = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        if handled.is_err() {
            tell("interrupts end the program at once here\n");
        }
        let mut told = Instant::now();
        let watch = |progress: Progress| {
            if told.elapsed() >= PAUSE && stderr().is_terminal() {
                told = Instant::now();
                let Progress { evaluations, upper, .. } = progress;
                tell(&format!("{evaluations} evaluations, cost {upper:.0}, gap {:.1e}\n", progress.gap()));
            }
            !stopped.load(Ordering::Relaxed)
        };
        let design = match microgrid::design_folder(&folder, self.gap, watch) {
            Ok(design) => design,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        if let Some(out) = &self.out
            && let Err(problems) = folder.write(&design.values(), out)
        {
            return refuse(&problems);
        }
        let mut text = microgrid::design_table(&design);
        if let Some(out) = &self.out {
            text += &format!("written: {0}; run it with: microgrid run {0} --strategy optimal\n", out.display());
        }
        match print(&text) {
            Ending::Done if design.ending == Searched::Stopped => Ending::Stopped,
            ending => ending,
        }
    }
}
