//! `microgrid verdict`: whether the charging stations of a folder can serve all their sessions.

use std::path::PathBuf;
use std::slice;

use clap::Args;

use crate::ending::{Ending, print, refuse_site};
use crate::site::{Settings, load_all};

/// Arguments of `microgrid verdict`.
#[derive(Args)]
pub(crate) struct Verdict {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

impl Verdict {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let site = match load_all(slice::from_ref(&self.path), &self.settings) {
            Ok(mut sites) => sites.remove(0),
            Err(ending) => return ending,
        };
        match microgrid::verdicts(&site) {
            Ok(text) => print(&text),
            Err(problems) => refuse_site(&problems, &self.path),
        }
    }
}
