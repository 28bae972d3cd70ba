//! `microgrid import`: another tool's network file as a folder that `microgrid flow` reads.

use std::path::PathBuf;

use clap::Args;
use microgrid::Problem;
use microgrid::io::network::{import_network, write_network};

use crate::ending::{Ending, cannot_write, print, refuse};

/// Arguments of `microgrid import`.
#[derive(Args)]
pub(crate) struct Import {
    /// pandapower's or power-grid-model's JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to write
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl Import {
    /// Runs the command. What an import left out is part of its result.
    pub(crate) fn run(&self) -> Ending {
        let name = self.file.display().to_string();
        let text = match microgrid::io::read_text_file(&self.file) {
            Ok(text) => text,
            Err(problems) => return refuse(&problems),
        };
        if self.out.join("network.toml").exists() {
            let problem = Problem::new("--out", "is the folder of a network already").value(self.out.display());
            return refuse(&problem.hint("name another folder").into());
        }
        let imported = match import_network(&text, &name) {
            Ok(imported) => imported,
            Err(problems) => return refuse(&problems),
        };
        if let Err(error) = write_network(&imported.network, &self.out) {
            return refuse(&cannot_write(&self.out.display().to_string(), &error));
        }
        let network = &imported.network;
        let mut text = format!(
            "wrote {}: {} buses, {} lines, {} transformers, {} switches, {} loads\n",
            self.out.display(),
            network.buses.len(),
            network.lines.len(),
            network.transformers.len(),
            network.switches.len(),
            network.loads.len()
        );
        for note in &imported.notes {
            text += &format!("note: {note}\n");
        }
        print(&text)
    }
}
