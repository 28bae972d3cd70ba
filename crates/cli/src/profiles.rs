//! `microgrid profiles`: what each car of a charging station is to draw, as OCPP charging profiles.

use std::path::PathBuf;
use std::slice;

use clap::Args;

use crate::ending::{Ending, print, refuse, refuse_site};
use crate::output::write_whole;
use crate::site::{Settings, load_all, one_strategy_name, strategies};

/// Arguments of `microgrid profiles`.
#[derive(Args)]
pub(crate) struct Profiles {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Strategy whose plan of the cars is written; where it plans none, what the station's scheduler decides. The scenario's by default
    #[arg(long, value_name = "NAME", value_parser = one_strategy_name())]
    strategy: Option<String>,
    /// Name of the station, where there are several
    #[arg(long, value_name = "NAME")]
    station: Option<String>,
    /// Writes the file instead of printing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Profiles {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let site = match load_all(slice::from_ref(&self.path), &self.settings) {
            Ok(mut sites) => sites.remove(0),
            Err(ending) => return ending,
        };
        let asked: Vec<String> = self.strategy.iter().cloned().collect();
        let found = strategies(&site.scenario, &asked)
            .and_then(|strategies| microgrid::charging_profiles(&site, &strategies[0], self.station.as_deref()));
        let text = match found {
            Ok(text) => text,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let Some(out) = &self.out else { return print(&text) };
        match write_whole(out, |writer| writer.write_all(text.as_bytes())) {
            Ok(()) => Ending::Done,
            Err(problems) => refuse(&problems),
        }
    }
}
