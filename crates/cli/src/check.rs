//! `microgrid check`: whether scenario folders can be run, and all that is wrong where they cannot.

use std::path::{Path, PathBuf};

use clap::Args;
use microgrid::{Problems, Scenario};

use crate::ending::{Ending, print};
use crate::refusal::{Style, refused_site};

/// Arguments of `microgrid check`.
#[derive(Args)]
pub(crate) struct Check {
    /// Scenario folders, or scenario files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Check {
    /// Runs the command. The verdicts are its result, so all of them go to standard output.
    pub(crate) fn run(&self) -> Ending {
        let mut text = String::new();
        let mut refused = false;
        for path in &self.paths {
            match verdict(path) {
                Ok(summary) => text.push_str(&format!("ok {}: {summary}\n", path.display())),
                Err(problems) => {
                    refused = true;
                    text.push_str(&refused_site(&problems, path, Style::of_stdout()));
                }
            }
        }
        match print(&text) {
            Ending::Done if refused => Ending::Refused,
            ending => ending,
        }
    }
}

/// A line about the scenario, where it can be compiled.
fn verdict(path: &Path) -> Result<String, Problems> {
    let site = microgrid::load(path)?;
    microgrid::fits(&site.scenario.dispatch, &microgrid::Plan::compile(&site.scenario)?)?;
    Ok(summary(&site.scenario))
}

fn summary(scenario: &Scenario) -> String {
    let calendar = &scenario.calendar;
    let counted = |count: usize, what: &str, many: &str| format!("{count} {}", if count == 1 { what } else { many });
    format!(
        "{}, {} of {} s over {}, {}, {}, {}, {}",
        scenario.name,
        counted(calendar.steps(), "step", "steps"),
        calendar.step_s,
        counted(calendar.day_first_step.len().saturating_sub(1), "day", "days"),
        counted(scenario.loads.len(), "load", "loads"),
        counted(scenario.generation.len(), "plant", "plants"),
        counted(scenario.storage.len(), "battery", "batteries"),
        scenario.dispatch.name(),
    )
}
