//! `microgrid compare`: strategies of a scenario folder by objective, beside the proven bound.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use microgrid::io::scenario::OtherChoice;
use microgrid::{Choice, Comparison};

use crate::ending::{Ending, print_runs};
use crate::refusal::{Style, refused_site};
use crate::site::{Settings, load_all, strategies, strategy_names};

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
        let other = site.other_choice.as_ref();
        let ran = strategies(&site.scenario, &self.strategy).and_then(|strategies| {
            microgrid::compare(&site.scenario, &strategies, other.map(|other| &other.tariff), self.threads)
        });
        let mut found = match ran {
            Ok(found) => found,
            Err(problems) => {
                eprint!("{}", refused_site(&problems, &self.path, Style::of_stderr()));
                return Ending::Refused;
            }
        };
        for outcome in &mut found.outcomes {
            outcome.notes.splice(0..0, site.notes.iter().cloned());
        }
        print_runs(&self.text(&found, other), found.outcomes.iter().chain(&found.under_other_choice))
    }

    fn text(&self, found: &Comparison, other: Option<&OtherChoice>) -> String {
        let both = other.map(|other| {
            let taken = Choice { name: other.chosen.name(), taken: true, outcomes: &found.outcomes };
            let name = other.chosen.other().name();
            let mut both = [taken, Choice { name, taken: false, outcomes: &found.under_other_choice }];
            both.sort_by_key(|choice| choice.name);
            both
        });
        match (self.json, both) {
            (true, None) => microgrid::json(&found.outcomes),
            (true, Some(both)) => microgrid::json_with_choices(&found.outcomes, &both),
            (false, None) => microgrid::comparison(&found.outcomes),
            (false, Some(both)) => {
                format!("{}\n{}", microgrid::comparison(&found.outcomes), microgrid::choices(&both))
            }
        }
    }
}
