//! `microgrid check`: whether scenario folders can be run, and all that is wrong where they cannot.

use std::path::{Path, PathBuf};

use clap::Args;
use microgrid::io::SweepFolder;
use microgrid::{Problem, Problems, Scenario};

use crate::ending::{Ending, print_styled};
use crate::plain;
use crate::refusal::{Style, refused_site};
use crate::site::Settings;

/// Arguments of `microgrid check`.
#[derive(Args)]
pub(crate) struct Check {
    /// Scenario folders, or scenario files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Check {
    /// Runs the command. The verdicts are its result, so all of them go to standard output.
    pub(crate) fn run(&self) -> Ending {
        let mut text = String::new();
        let mut refused = false;
        for path in &self.paths {
            match self.verdict(path) {
                Ok(summary) => text.push_str(&(plain::line(&format!("ok {}: {summary}", path.display())) + "\n")),
                Err(problems) => {
                    refused = true;
                    text.push_str(&refused_site(&problems, path, Style::of_stdout()));
                }
            }
        }
        match print_styled(&text) {
            Ending::Done if refused => Ending::Refused,
            ending => ending,
        }
    }

    /// A line about the scenario, where it can be compiled; about the sweep too, where there is one.
    fn verdict(&self, path: &Path) -> Result<String, Problems> {
        let sweep = if SweepFolder::is_at(path) { Some(SweepFolder::read(path)?) } else { None };
        let has_scenario = sweep.is_none() || path.join("scenario.toml").exists();
        let site = match &sweep {
            Some(_) if !has_scenario && !self.settings.set.is_empty() => {
                return Err(Problem::new("", "sets fields of a sweep's bases").at("--set", None).into());
            }
            Some(sweep) if !has_scenario => sweep.load(0)?,
            _ => microgrid::load_with(path, &self.settings.set)?,
        };
        microgrid::fits(&site.scenario.dispatch, &microgrid::Plan::compile(&site.scenario)?)?;
        let mut text = summary(&site.scenario);
        if let Some(sweep) = sweep {
            sweep.check_axes()?;
            let (variants, points) = (sweep.variants().count(), sweep.variants().points());
            text += &format!("; sweep of {variants} variants, {points} points of {} samples", variants / points);
        }
        Ok(text)
    }
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
