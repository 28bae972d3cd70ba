//! `microgrid flow`: the power flow of a distribution network.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use microgrid::Problem;
use microgrid::distribution::unbalanced::PhaseFeeder;
use microgrid::distribution::{Feeder, FlowSettings};

use crate::ending::{Ending, print, refuse, refuse_site};
use crate::output::write_whole;

/// Arguments of `microgrid flow`.
#[derive(Args)]
pub(crate) struct Flow {
    /// Folder with network.toml, or such a file; or an OpenDSS script (.dss), solved phase by phase
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Largest change of a voltage between sweeps that counts as settled, per unit
    #[arg(long, value_name = "PU", default_value_t = FlowSettings::default().tolerance_pu)]
    tolerance: f64,
    /// Also draws the one-line diagram, buses by voltage and branches by loading, into this SVG file
    #[arg(long, value_name = "FILE")]
    diagram: Option<PathBuf>,
}

impl Flow {
    /// Runs the command. A network that cannot carry its loads is a fault.
    pub(crate) fn run(&self) -> Ending {
        if !(1e-12..=0.1).contains(&self.tolerance) {
            let problem = Problem::new("--tolerance", "is out of range").value(self.tolerance).allowed("1e-12 to 0.1");
            return refuse(&problem.into());
        }
        if self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("dss")) {
            return self.run_phases();
        }
        let network = match microgrid::io::network::read_network(&self.path) {
            Ok(network) => network,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let feeder = match Feeder::compile(&network) {
            Ok(feeder) => feeder,
            Err(problems) => return refuse(&problems),
        };
        let flow = feeder.solve(&FlowSettings { tolerance_pu: self.tolerance, ..FlowSettings::default() });
        if let Some(path) = &self.diagram {
            let drawn = microgrid::one_line_svg(&network, &flow)
                .and_then(|svg| write_whole(path, |file: &mut (dyn Write + Send)| file.write_all(svg.as_bytes())));
            if let Err(problems) = drawn {
                return refuse(&problems);
            }
        }
        let text =
            if self.json { microgrid::flow_json(&network, &flow) } else { microgrid::flow_table(&network, &flow) };
        match print(&text) {
            Ending::Done if !flow.has_converged() => Ending::Fault,
            ending => ending,
        }
    }

    /// The flow of an OpenDSS script, phase by phase.
    fn run_phases(&self) -> Ending {
        if self.diagram.is_some() {
            let problem = Problem::new("--diagram", "is drawn of balanced networks only");
            return refuse(&problem.hint("leave it out for an OpenDSS script").into());
        }
        let imported = match microgrid::io::network::read_opendss(&self.path) {
            Ok(imported) => imported,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let feeder = match PhaseFeeder::compile(&imported.network) {
            Ok(feeder) => feeder,
            Err(problems) => return refuse(&problems),
        };
        let flow = feeder.solve(&FlowSettings { tolerance_pu: self.tolerance, ..FlowSettings::default() });
        let mut text = if self.json {
            microgrid::phase_flow_json(&imported.network, &flow)
        } else {
            microgrid::phase_flow_table(&imported.network, &flow)
        };
        if !self.json {
            imported.notes.iter().for_each(|note| text += &format!("note: {note}\n"));
        }
        match print(&text) {
            Ending::Done if !flow.has_converged() => Ending::Fault,
            ending => ending,
        }
    }
}
