//! `microgrid compare`: strategies of a scenario folder by objective, beside the proven bound.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use microgrid::io::scenario::OtherChoice;
use microgrid::{Choice, Comparison};

use microgrid::results::{self, ReadRows, ResultsFile, SweepSummary};
use microgrid::{Problem, Problems};

use crate::ending::{Ending, print, print_runs, refuse, refuse_site};
use crate::site::{Settings, left_out, load_all, strategies, strategy_names};

/// Arguments of `microgrid compare`.
#[derive(Args)]
pub(crate) struct Compare {
    /// Scenario folder, scenario file, or folder with a sweep's results.csv
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Strategies to compare, separated by commas; every one that fits the site by default
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = strategy_names())]
    strategy: Vec<String>,
    /// Of results: the swept field whose levels are compared, sample by sample; all that the summary compares by default
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// Of results, with --by: the column to compare, such as bill_total; objective by default
    #[arg(long, value_name = "NAME", requires = "by")]
    column: Option<String>,
    /// Of results, with --by: the level that the others are compared with; idle or else the first by default
    #[arg(long, value_name = "LEVEL", requires = "by")]
    baseline: Option<String>,
    /// Proves no bound beside the costs, which may take longer than the runs
    #[arg(long)]
    no_bound: bool,
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
        if ResultsFile::is_at(&self.path) {
            return match self.compare_results() {
                Ok(text) => print(&text),
                Err(problems) => refuse(&problems),
            };
        }
        if self.by.is_some() {
            return refuse(&Problem::new("--by", "is for a sweep's results, and this is a scenario").into());
        }
        let all = ["all".to_owned()];
        let asked = if self.strategy.is_empty() { &all[..] } else { &self.strategy[..] };
        let sites = match load_all(std::slice::from_ref(&self.path), &self.settings) {
            Ok(sites) => sites,
            Err(ending) => return ending,
        };
        let site = &sites[0];
        let other = site.other_choice.as_ref();
        let ran = strategies(&site.scenario, asked).and_then(|strategies| {
            let compare = if self.no_bound { microgrid::compare_without_bound } else { microgrid::compare };
            compare(&site.scenario, &strategies, other.map(|other| &other.tariff), self.threads)
        });
        let mut found = match ran {
            Ok(found) => found,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        for outcome in &mut found.outcomes {
            outcome.notes.splice(0..0, site.notes.iter().cloned());
        }
        let mut text = self.text(&found, other);
        if !self.json {
            text.push_str(&left_out(&site.scenario, asked));
        }
        print_runs(&text, found.outcomes.iter().chain(&found.under_other_choice))
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

    /// The paired differences of a sweep's results as text.
    fn compare_results(&self) -> Result<String, Problems> {
        for (option, is_there) in [
            ("--strategy", !self.strategy.is_empty()),
            ("--threads", self.threads.is_some()),
            ("--no-bound", self.no_bound),
            ("--set", !self.settings.set.is_empty()),
        ] {
            if is_there {
                return Err(Problem::new(option, "is for a scenario, and this is a sweep's results").into());
            }
        }
        let results = ResultsFile::open(&self.path)?;
        let read: &ReadRows<'_> = &|see| results.read(see);
        let failed = |error: std::io::Error| Problem::new(self.path.display(), error.to_string());
        let Some(field) = &self.by else {
            let summary = SweepSummary::of(results.columns(), read).map_err(failed)?;
            return Ok(if self.json { summary.json() } else { results::summary_table(&summary) });
        };
        let column = self.column.as_deref().unwrap_or("objective");
        let comparison = results::compare(results.columns(), read, field, column, self.baseline.as_deref());
        let comparison = comparison.map_err(failed)?;
        let mut currency = String::new();
        results.read(&mut |row| row.text("currency").clone_into(&mut currency)).map_err(failed)?;
        Ok(if self.json { comparison.json() } else { results::comparison_table(&comparison, &currency) })
    }
}
