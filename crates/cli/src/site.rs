//! The folders and strategies that a command is about.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use microgrid::sweep::{Source, SweepFolder};
use microgrid::{Dispatch, Loaded, Outcome, Plan, Problem, Problems, Scenario, Setting};

use crate::ending::{Ending, refuse, refuse_site};

/// Names of all strategies, and `all`, as values of an option.
pub(crate) fn strategy_names() -> PossibleValuesParser {
    Dispatch::every().map(|dispatch| dispatch.name()).chain(["all"]).collect::<Vec<_>>().into()
}

/// Names of all strategies as values of an option.
pub(crate) fn one_strategy_name() -> PossibleValuesParser {
    Dispatch::every().map(|dispatch| dispatch.name()).collect::<Vec<_>>().into()
}

/// The strategies named, each once; the scenario's own where none is named. A name that is the scenario's own strategy
/// means it with the scenario's settings. `all` means every one that fits the site and makes a difference there.
pub(crate) fn strategies(scenario: &Scenario, names: &[String]) -> Result<Vec<Dispatch>, Problems> {
    let own = &scenario.dispatch;
    if names.is_empty() {
        return Ok(vec![own.clone()]);
    }
    let plan = Plan::compile(scenario)?;
    let is_named = |dispatch: &Dispatch| names.iter().any(|name| name == dispatch.name());
    let all = names.iter().any(|name| name == "all");
    let is_for = |dispatch: &Dispatch| {
        microgrid::fits(dispatch, &plan).is_ok() && Dispatch::every_for(scenario).any(|d| d == *dispatch)
    };
    let asked = |dispatch: &Dispatch| is_named(dispatch) || (all && is_for(dispatch));
    let with_settings = |dispatch: Dispatch| if dispatch.name() == own.name() { own.clone() } else { dispatch };
    Ok(Dispatch::every().filter(asked).map(with_settings).collect())
}

/// A line for each strategy that `all` leaves out, with its reason; empty where it leaves none out, or was not asked.
pub(crate) fn left_out(scenario: &Scenario, names: &[String]) -> String {
    if !names.iter().any(|name| name == "all") {
        return String::new();
    }
    let Ok(plan) = Plan::compile(scenario) else { return String::new() };
    let mut refused = String::new();
    let mut alike = Vec::new();
    for dispatch in Dispatch::every().filter(|dispatch| !names.iter().any(|name| name == dispatch.name())) {
        if let Err(problems) = microgrid::fits(&dispatch, &plan) {
            let reasons: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            refused.push_str(&format!("not run: {} ({})\n", dispatch.name(), reasons.join("; ")));
        } else if !Dispatch::every_for(scenario).any(|of_site| of_site.name() == dispatch.name()) {
            alike.push(dispatch.name());
        }
    }
    if !alike.is_empty() {
        let names = alike.join(", ");
        refused.push_str(&format!("not run: {names} (for gensets, and the site has none)\n"));
    }
    refused
}

/// Values that stand in for what scenarios have written.
#[derive(Args)]
pub(crate) struct Settings {
    /// Sets a field of the scenario by its path, such as storage.battery[0].capacity_kwh=500; may be given several times
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = setting)]
    pub(crate) set: Vec<Setting>,
}

fn setting(text: &str) -> Result<Setting, String> {
    Setting::parse(text).map_err(|problem| problem.to_string())
}

/// Reads every folder, or prints what is wrong with all of them to standard error.
pub(crate) fn load_all(folders: &[PathBuf], settings: &Settings) -> Result<Vec<Loaded>, Ending> {
    let mut loaded = Vec::with_capacity(folders.len());
    for folder in folders {
        match microgrid::load_with(folder, &settings.set) {
            Ok(site) => loaded.push(site),
            Err(problems) => _ = refuse_site(&problems, folder),
        }
    }
    if loaded.len() == folders.len() { Ok(loaded) } else { Err(Ending::Refused) }
}

/// Makes one variant of a sweep folder, or prints what is wrong to standard error.
pub(crate) fn load_variant(folders: &[PathBuf], index: u64) -> Result<Vec<Loaded>, Ending> {
    let [folder] = folders else {
        let problem = Problem::new("--index", "is of one sweep").value(format!("{} paths", folders.len()));
        return Err(refuse(&problem.into()));
    };
    let variant = SweepFolder::read(folder).and_then(|sweep| {
        if index < sweep.count() {
            return sweep.load(index);
        }
        let problem = Problem::new("--index", "is beyond the sweep").value(index);
        Err(problem.allowed(format!("0 to {}", sweep.count().saturating_sub(1))).into())
    });
    variant.map(|site| vec![site]).map_err(|problems| refuse_site(&problems, folder))
}

/// Runs a site under the strategies; the reader's notes stand before those of the run.
pub(crate) fn run(
    site: &Loaded,
    strategies: &[Dispatch],
    threads: Option<NonZeroUsize>,
) -> Result<Vec<Outcome>, Problems> {
    Ok(noted(site, microgrid::run(&site.scenario, strategies, threads)?))
}

/// As [`run`], without the bound.
pub(crate) fn run_without_bound(
    site: &Loaded,
    strategies: &[Dispatch],
    threads: Option<NonZeroUsize>,
) -> Result<Vec<Outcome>, Problems> {
    Ok(noted(site, microgrid::run_without_bound(&site.scenario, strategies, threads)?))
}

fn noted(site: &Loaded, mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    for outcome in &mut outcomes {
        outcome.notes.splice(0..0, site.notes.iter().cloned());
    }
    outcomes
}

/// `text` as part of a file's name: letters, digits, `-` and `_`, all else as `-`.
pub(crate) fn file_stem(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use microgrid::{Battery, Calendar, Genset};

    use super::*;

    #[test]
    fn the_scenarios_own_settings_survive_its_name() {
        let own = Dispatch::PeakShaving { target_kw: Some(7.0) };
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        site.dispatch = own.clone();
        let named = |site: &Scenario, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            strategies(site, &names).unwrap()
        };
        assert_eq!(named(&site, &[]), std::slice::from_ref(&own));
        let all = named(&site, &["all"]);
        assert_eq!(all.len(), Dispatch::ALL.len());
        assert!(all.contains(&own));
        assert_eq!(named(&site, &["time_of_use", "idle", "idle"]), [Dispatch::Idle, Dispatch::TimeOfUse]);
        // Two unlike batteries: the plans of one storage fit them too.
        let battery = Battery::lithium_iron_phosphate(10.0, 5.0);
        site.storage = vec![battery.clone(), Battery { charge_efficiency: 0.9, ..battery }];
        let all = named(&site, &["all"]);
        assert!(all.contains(&Dispatch::Optimal) && all.iter().any(|d| matches!(d, Dispatch::RollingHorizon(_))));
        assert_eq!(named(&site, &["all", "optimal"]).last(), Some(&Dispatch::Optimal));
        // A genset strategy can be named at any site; `all` has them where there is a genset, which plans of storage leave out.
        assert_eq!(named(&site, &["combined"]), [Dispatch::Combined]);
        site.gensets.push(Genset::diesel(10.0, 1.2));
        assert_eq!(named(&site, &["all"]).len(), Dispatch::every().count());
        site.storage.pop();
        assert_eq!(named(&site, &["all"]).len(), Dispatch::every().count());
    }

    #[test]
    fn a_file_stem_stays_in_its_folder() {
        assert_eq!(file_stem("../a b/园区"), "---a-b-园区");
    }
}
