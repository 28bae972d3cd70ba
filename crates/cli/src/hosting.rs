//! `microgrid hosting`: how much generation each bus of a network can take.

use std::path::PathBuf;

use clap::Args;
use microgrid::distribution::{HostingSettings, hosting_capacities};

use crate::ending::{Ending, print, refuse, refuse_site};

/// Arguments of `microgrid hosting`.
#[derive(Args)]
pub(crate) struct Hosting {
    /// Folder with network.toml, or such a file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Greatest voltage, per unit
    #[arg(long, value_name = "PU", default_value_t = HostingSettings::default().voltage_greatest_pu)]
    voltage: f64,
    /// Greatest loading of lines and transformers, percent
    #[arg(long, value_name = "PERCENT", default_value_t = HostingSettings::default().loading_greatest_percent)]
    loading: f64,
    /// Share of their power that loads draw meanwhile
    #[arg(long, value_name = "SHARE", default_value_t = HostingSettings::default().load_share)]
    load_share: f64,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Hosting {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let network = match microgrid::io::network::read_network(&self.path) {
            Ok(network) => network,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let settings = HostingSettings {
            voltage_greatest_pu: self.voltage,
            loading_greatest_percent: self.loading,
            load_share: self.load_share,
            ..HostingSettings::default()
        };
        match hosting_capacities(&network, &settings) {
            Err(problems) => refuse(&problems),
            Ok(hosting) if self.json => print(&microgrid::hosting_json(&network, &settings, &hosting)),
            Ok(hosting) => print(&microgrid::hosting_table(&network, &settings, &hosting)),
        }
    }
}
