//! `microgrid replay`: a plan file through the physics of a scenario folder.

use std::path::PathBuf;

use clap::Args;
use microgrid::{Plan, ReplayError};

use crate::ending::{Ending, print, print_runs, tell};
use crate::refusal::{Style, refused_site};
use crate::site::{Settings, load_all};

/// Arguments of `microgrid replay`.
#[derive(Args)]
pub(crate) struct Replay {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// CSV of what each battery and genset is to do, as `microgrid plan` writes it, or the trace of a run
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// Proves no bound beside the cost, which may take longer than the run
    #[arg(long)]
    no_bound: bool,
    /// Prints a JSON document instead of the table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Replay {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let site = match load_all(std::slice::from_ref(&self.path), &self.settings) {
            Ok(mut sites) => sites.remove(0),
            Err(ending) => return ending,
        };
        let read = Plan::compile(&site.scenario)
            .map_err(|problems| refused_site(&problems, &self.path, Style::of_stderr()))
            .and_then(|plan| match microgrid::read_plan_file(&self.plan, &plan, &site.clock) {
                Ok(schedule) => Ok((plan, schedule)),
                Err(problems) => Err(refused_site(&problems, &self.plan, Style::Lines)),
            });
        let (plan, schedule) = match read {
            Ok(read) => read,
            Err(refusal) => {
                tell(&refusal);
                return Ending::Refused;
            }
        };
        let replay = if self.no_bound { microgrid::dispatch::replay } else { microgrid::replay };
        match replay(&plan, &schedule) {
            Ok(mut outcome) => {
                outcome.notes.splice(0..0, site.notes.iter().cloned());
                let outcomes = [outcome];
                let text = if self.json { microgrid::json(&outcomes) } else { microgrid::table(&outcomes) };
                print_runs(&text, &outcomes)
            }
            Err(ReplayError::Broken(found)) => {
                let time = site.clock.label(found.step as usize);
                let text = if self.json {
                    microgrid::broken_json(&found, &time)
                } else {
                    format!("infeasible: the plan first breaks a limit at step {}, {time}\n  {found}\n", found.step)
                };
                match print(&text) {
                    Ending::Done => Ending::Fault,
                    ending => ending,
                }
            }
            Err(ReplayError::Refused(problems)) => {
                tell(&refused_site(&problems, &self.plan, Style::Lines));
                Ending::Refused
            }
        }
    }
}
