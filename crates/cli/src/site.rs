//! The folders and strategies that a command is about.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use microgrid::{Dispatch, Loaded, Outcome, Problems};

use crate::ending::Ending;
use crate::refusal::{Style, refused_site};

/// Names of all strategies, and `all`, as values of an option.
pub(crate) fn strategy_names() -> PossibleValuesParser {
    Dispatch::ALL.iter().map(Dispatch::name).chain(["all"]).collect::<Vec<_>>().into()
}

/// The strategies named, each once; the scenario's own where none is named. A name that is the scenario's own strategy
/// means it with the scenario's settings.
pub(crate) fn strategies(own: &Dispatch, names: &[String]) -> Vec<Dispatch> {
    if names.is_empty() {
        return vec![own.clone()];
    }
    let asked = |dispatch: &Dispatch| names.iter().any(|name| name == "all" || name == dispatch.name());
    let with_settings = |dispatch: Dispatch| if dispatch.name() == own.name() { own.clone() } else { dispatch };
    Dispatch::ALL.into_iter().filter(asked).map(with_settings).collect()
}

/// Reads every folder, or prints what is wrong with all of them to standard error.
pub(crate) fn load_all(folders: &[PathBuf]) -> Result<Vec<Loaded>, Ending> {
    let mut loaded = Vec::with_capacity(folders.len());
    for folder in folders {
        match microgrid::load(folder) {
            Ok(site) => loaded.push(site),
            Err(problems) => eprint!("{}", refused_site(&problems, folder, Style::of_stderr())),
        }
    }
    if loaded.len() == folders.len() { Ok(loaded) } else { Err(Ending::Refused) }
}

/// Runs a site under the strategies; the reader's notes stand before those of the run.
pub(crate) fn run(
    site: &Loaded,
    strategies: &[Dispatch],
    threads: Option<NonZeroUsize>,
) -> Result<Vec<Outcome>, Problems> {
    let mut outcomes = microgrid::run(&site.scenario, strategies, threads)?;
    for outcome in &mut outcomes {
        outcome.notes.splice(0..0, site.notes.iter().cloned());
    }
    Ok(outcomes)
}

/// `text` as part of a file's name: letters, digits, `-` and `_`, all else as `-`.
pub(crate) fn file_stem(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scenarios_own_settings_survive_its_name() {
        let own = Dispatch::PeakShaving { target_kw: Some(7.0) };
        assert_eq!(strategies(&own, &[]), std::slice::from_ref(&own));
        let all = strategies(&own, &["all".into()]);
        assert_eq!(all.len(), Dispatch::ALL.len());
        assert!(all.contains(&own));
        let two = strategies(&own, &["time_of_use".into(), "idle".into(), "idle".into()]);
        assert_eq!(two, [Dispatch::Idle, Dispatch::TimeOfUse]);
    }

    #[test]
    fn a_file_stem_stays_in_its_folder() {
        assert_eq!(file_stem("../a b/园区"), "---a-b-园区");
    }
}
