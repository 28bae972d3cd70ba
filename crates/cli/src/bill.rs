//! `microgrid bill`: the invoice of a run.

use std::path::PathBuf;
use std::slice;

use clap::Args;

use crate::ending::{Ending, print_runs, refuse_site};
use crate::site::{self, Settings, load_all, strategies, strategy_names};

/// Arguments of `microgrid bill`.
#[derive(Args)]
pub(crate) struct Bill {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Strategies to bill, separated by commas; `all` for every one; the scenario's own by default
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = strategy_names())]
    strategy: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Bill {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let sites = match load_all(slice::from_ref(&self.path), &self.settings) {
            Ok(sites) => sites,
            Err(ending) => return ending,
        };
        let ran = strategies(&sites[0].scenario, &self.strategy)
            .and_then(|strategies| site::run_without_bound(&sites[0], &strategies, None));
        match ran {
            Ok(outcomes) => {
                print_runs(&outcomes.iter().map(microgrid::invoice).collect::<Vec<_>>().join("\n\n"), &outcomes)
            }
            Err(problems) => refuse_site(&problems, &self.path),
        }
    }
}
