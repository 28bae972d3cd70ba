//! `microgrid fault`: short circuits of a distribution network, and what its protection makes of them.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use microgrid::Problem;
use microgrid::distribution::short_circuit::{FaultCase, FaultKind, FaultStudy, Operation};

use crate::ending::{Ending, print, refuse, refuse_site};
use crate::output::write_whole;

/// Arguments of `microgrid fault`.
#[derive(Args)]
pub(crate) struct Fault {
    /// Folder with network.toml and protection.toml, or its network.toml
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The faulted bus; without it every bus is surveyed
    #[arg(long, value_name = "BUS")]
    at: Option<String>,
    /// Which phases touch
    #[arg(long, value_enum, default_value_t = Kind::ThreePhase, requires = "at")]
    kind: Kind,
    /// The greatest currents, for what equipment bears, or the least, for what must still trip
    #[arg(long, value_enum, default_value_t = Case::Greatest, requires = "at")]
    case: Case,
    /// Without the utility's sources
    #[arg(long, requires = "at")]
    island: bool,
    /// Longest time that a fault may last, in the survey's judgement, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, conflicts_with = "at")]
    allowed: f64,
    /// Also draws the time-current curves of the devices that see a fault at BUS into this SVG file
    #[arg(long, value_name = "FILE", requires = "at")]
    picture: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    ThreePhase,
    TwoPhase,
}

#[derive(Clone, Copy, ValueEnum)]
enum Case {
    Greatest,
    Least,
}

impl Fault {
    /// Runs the command. A fault that nothing ends is a fault of the run too.
    pub(crate) fn run(&self) -> Ending {
        let read = microgrid::io::network::read_network(&self.path).and_then(|network| {
            let scheme = microgrid::io::protection::read_scheme(&self.path, &network)?;
            FaultStudy::new(&network, &scheme)
        });
        let study = match read {
            Ok(study) => study,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        match &self.at {
            Some(bus) => self.one(&study, bus),
            None => self.survey(&study),
        }
    }

    fn one(&self, study: &FaultStudy, name: &str) -> Ending {
        let buses = &study.network().buses;
        let Some(bus) = buses.iter().position(|bus| bus.name == name) else {
            let names: Vec<&str> = buses.iter().map(|bus| bus.name.as_str()).collect();
            let problem = Problem::new("--at", "is no bus of the network").value(format!("\"{name}\""));
            return refuse(&problem.allowed(names.join(", ")).into());
        };
        let operation = if self.island { Operation::Islanded } else { Operation::GridTied };
        let kind = match self.kind {
            Kind::ThreePhase => FaultKind::ThreePhase,
            Kind::TwoPhase => FaultKind::TwoPhase,
        };
        let case = match self.case {
            Case::Greatest => FaultCase::Greatest,
            Case::Least => FaultCase::Least,
        };
        let course = study.course(operation, bus, kind, case);
        if let Some(path) = &self.picture {
            let drawn = microgrid::time_current_svg(study, operation, bus)
                .and_then(|svg| write_whole(path, |file: &mut (dyn Write + Send)| file.write_all(svg.as_bytes())));
            if let Err(problems) = drawn {
                return refuse(&problems);
            }
        }
        let asked = (operation, kind, case);
        let text = if self.json {
            microgrid::fault_json(study, asked, &course)
        } else {
            microgrid::fault_table(study, asked, &course)
        };
        ending(&text, course.is_blind())
    }

    fn survey(&self, study: &FaultStudy) -> Ending {
        if !(self.allowed > 0.0 && self.allowed <= 86_400.0) {
            let problem = Problem::new("--allowed", "is out of range").value(self.allowed);
            return refuse(&problem.allowed("above 0, at most 86400").into());
        }
        let survey = study.survey(self.allowed);
        let text = if self.json {
            microgrid::survey_json(study, &survey, self.allowed)
        } else {
            microgrid::survey_table(study, &survey, self.allowed)
        };
        let is_blind = survey.iter().any(|bus| {
            bus.grid_tied.course.is_blind() || bus.islanded.as_ref().is_some_and(|one| one.course.is_blind())
        });
        ending(&text, is_blind)
    }
}

fn ending(text: &str, is_fault: bool) -> Ending {
    match print(text) {
        Ending::Done if is_fault => Ending::Fault,
        ending => ending,
    }
}
