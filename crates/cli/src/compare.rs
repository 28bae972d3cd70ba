//! `microgrid compare`: strategies of a scenario folder by objective, beside the proven bound.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::ending::{Ending, print_runs};
use crate::refusal::{Style, refused_site};
use crate::site::{self, Settings, load_all, strategies, strategy_names};

/// Arguments of `microgrid compare`.
#[derive(Args)]
pub(crate) struct Compare {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Strategies to compare, separated by commas; every one that fits the site by default
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = strategy_names(), default_value = "all")]
    strategy: Vec<String>,
    /// Prints a JSON document instead of the table, least objective first
    #[arg(long)]
    json: bool,
    /// Threads to run on; all processors by default. The results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    settings: Settings,
}

impl Compare {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let sites = match load_all(std::slice::from_ref(&self.path), &self.settings) {
            Ok(sites) => sites,
            Err(ending) => return ending,
        };
        let site = &sites[0];
        let ran = strategies(&site.scenario, &self.strategy)
            .and_then(|strategies| site::run(site, &strategies, self.threads));
        let mut outcomes = match ran {
            Ok(outcomes) => outcomes,
            Err(problems) => {
                eprint!("{}", refused_site(&problems, &self.path, Style::of_stderr()));
                return Ending::Refused;
            }
        };
        outcomes.sort_by(|a, b| a.money.objective.total_cmp(&b.money.objective));
        let text = if self.json { microgrid::json(&outcomes) } else { microgrid::comparison(&outcomes) };
        print_runs(&text, &outcomes)
    }
}
