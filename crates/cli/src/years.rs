//! `microgrid run --years`: years that follow each other.

use std::fs;
use std::path::{Path, PathBuf};

use microgrid::{Loaded, Problem, Problems, WornYears, YearRun, Years};

use crate::ending::{Ending, cannot_write, print_runs, refuse, refuse_site};
use crate::output::write_whole;
use crate::site::strategies;

/// What is asked of the years of some sites.
pub(crate) struct YearsAsked<'a> {
    /// Names of strategies; the scenario's own where empty.
    pub(crate) strategy: &'a [String],
    pub(crate) json: bool,
    pub(crate) csv: Option<&'a Path>,
    /// Where the picture of capacity goes.
    pub(crate) picture: Option<&'a Path>,
    /// Whether wear costs what the batteries' own ageing comes to.
    pub(crate) wear: bool,
}

/// The years that a site goes through: `count` in place of what its file says; `None` where one year is asked for.
pub(crate) fn years_of(site: &Loaded, count: Option<u32>) -> Option<Years> {
    let years = match (count, site.years) {
        (Some(count), Some(years)) => Years { count, ..years },
        (Some(count), None) => Years::alike(count),
        (None, years) => years?,
    };
    (years.count > 1).then_some(years)
}

impl YearsAsked<'_> {
    /// Runs each site's years under each strategy, and prints them.
    pub(crate) fn run(&self, sites: &[(&Loaded, Years)], paths: &[PathBuf]) -> Ending {
        let (mut runs, mut notes): (Vec<Vec<YearRun>>, String) = (Vec::new(), String::new());
        for ((site, years), path) in sites.iter().zip(paths) {
            let ran = strategies(&site.scenario, self.strategy).and_then(|strategies| {
                let scenario = site.over_years();
                let of = |strategy| match self.wear {
                    false => microgrid::run_years(&scenario, strategy, years),
                    true => microgrid::run_worn_years(&scenario, strategy, years).map(|worn| {
                        notes.push_str(&wear_lines(&worn));
                        worn.runs
                    }),
                };
                strategies.iter().map(of).collect::<Result<Vec<_>, Problems>>()
            });
            match ran {
                Ok(ran) => runs.extend(ran),
                Err(problems) => return refuse_site(&problems, path),
            }
        }
        if let Err(problems) = self.write(&runs) {
            return refuse(&problems);
        }
        let text = if self.json {
            microgrid::years_json(&runs)
        } else {
            let tables: Vec<String> = runs.iter().map(|years| microgrid::years_table(years)).collect();
            tables.join("\n")
                + &notes
                + "\nNo bound stands beside years: what they leave each other is no decision of one of them.\n"
        };
        print_runs(&text, runs.iter().flatten().map(|run| &run.outcome))
    }

    fn write(&self, runs: &[Vec<YearRun>]) -> Result<(), Problems> {
        if let Some(folder) = self.csv {
            fs::create_dir_all(folder).map_err(|error| cannot_write(&folder.display().to_string(), &error))?;
            write_whole(&folder.join("years.csv"), |file| microgrid::write_years_csv(file, runs))?;
        }
        if let Some(path) = self.picture {
            let of_one_site = runs.windows(2).all(|pair| {
                let name = |runs: &[YearRun]| runs.first().map(|run| run.outcome.scenario.clone());
                name(&pair[0]) == name(&pair[1])
            });
            if !of_one_site {
                return Err(Problem::new("--picture", "shows the years of one site").into());
            }
            let svg = microgrid::capacity_svg(runs)?;
            write_whole(path, |file| file.write_all(svg.as_bytes()))?;
        }
        Ok(())
    }
}

/// The wear costs that the years settled on.
fn wear_lines(worn: &WornYears) -> String {
    let Some(first) = worn.runs.first() else { return String::new() };
    let batteries = first.outcome.batteries.iter().zip(&worn.wear_cost_per_kwh);
    let lines = batteries.map(|(battery, cost)| {
        format!(
            "wear of {} under {}: {cost:.4} {} per kWh discharged, within {:.2} % of what its ageing comes to, {} rounds\n",
            battery.name, first.outcome.strategy, first.outcome.money.currency, worn.miss_percent, worn.rounds
        )
    });
    lines.collect()
}
