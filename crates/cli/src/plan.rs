//! `microgrid plan`: what a strategy does at a scenario folder, as a plan file.

use std::path::PathBuf;

use clap::Args;

use crate::ending::{Ending, cannot_write, print, refuse, refuse_site};
use crate::output::write_whole;
use crate::site::{Settings, load_all, one_strategy_name, strategies};

/// Arguments of `microgrid plan`.
#[derive(Args)]
pub(crate) struct Plan {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The strategy whose plan it is
    #[arg(long, value_name = "NAME", value_parser = one_strategy_name(), default_value = "optimal")]
    strategy: String,
    /// The file to write; standard output by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Plan {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let site = match load_all(std::slice::from_ref(&self.path), &self.settings) {
            Ok(mut sites) => sites.remove(0),
            Err(ending) => return ending,
        };
        let traced = strategies(&site.scenario, std::slice::from_ref(&self.strategy))
            // One name names one strategy.
            .and_then(|strategies| microgrid::trace(&site.scenario, &strategies[0], |step| site.clock.label(step)));
        let trace = match traced {
            Ok(trace) => trace,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let Some(path) = &self.out else {
            let mut text = Vec::new();
            return match trace.write_plan_csv(&mut text) {
                Ok(()) => print(&String::from_utf8_lossy(&text)),
                Err(error) => refuse(&cannot_write("standard output", &error)),
            };
        };
        match write_whole(path, |file| trace.write_plan_csv(file)) {
            Ok(()) => Ending::Done,
            Err(problems) => refuse(&problems),
        }
    }
}
