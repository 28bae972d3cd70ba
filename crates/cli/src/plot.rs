//! `microgrid plot`: pictures of a run.

use std::path::PathBuf;
use std::slice;

use clap::Args;
use microgrid::{Problem, Problems};

use crate::ending::{Ending, cannot_write, print, refuse};
use crate::site::{Settings, file_stem, load_all, strategies, strategy_names};

/// Arguments of `microgrid plot`.
#[derive(Args)]
pub(crate) struct Plot {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Week to draw, counted in sevens of days from the run's first day; the duration curves of the run by default
    #[arg(long, value_name = "N")]
    week: Option<usize>,
    /// Strategy to draw; the scenario's own by default
    #[arg(long, value_name = "NAME", value_parser = strategy_names())]
    strategy: Option<String>,
    /// File to write, .svg or .png; named after the scenario, the strategy and the picture by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Plot {
    /// Runs the command and prints the names of the files it wrote.
    pub(crate) fn run(&self) -> Ending {
        let sites = match load_all(slice::from_ref(&self.path), &self.settings) {
            Ok(sites) => sites,
            Err(ending) => return ending,
        };
        let site = &sites[0];
        let chosen = match strategies(&site.scenario, self.strategy.as_slice()) {
            Ok(chosen) => chosen,
            Err(problems) => return refuse(&problems),
        };
        if let ([_, _, ..], Some(out)) = (chosen.as_slice(), &self.out) {
            let problem = Problem::new("--out", "is one file, but every strategy has a picture of its own");
            return refuse(&problem.value(out.display()).hint("leave it out, or choose one strategy").into());
        }
        let mut files = String::new();
        for strategy in &chosen {
            let trace = microgrid::trace(&site.scenario, strategy, |step| site.clock.label(step));
            match trace.and_then(|trace| self.draw(&trace)) {
                Ok(file) => files.push_str(&format!("{file}\n")),
                Err(problems) => return refuse(&problems),
            }
        }
        print(&files)
    }

    /// Writes the picture and returns its file's name.
    fn draw(&self, trace: &microgrid::Trace) -> Result<String, Problems> {
        let (svg, picture) = match self.week {
            Some(week) => (microgrid::week_svg(trace, week)?, format!("week{week}")),
            None => (microgrid::duration_curves_svg(trace)?, "duration".into()),
        };
        let default = || format!("{}_{}_{picture}.svg", file_stem(&trace.scenario), file_stem(&trace.strategy)).into();
        let path = self.out.clone().unwrap_or_else(default);
        let name = path.display().to_string();
        let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
        let bytes = match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("svg") => svg.into_bytes(),
            Some("png") => png(&svg, &name)?,
            _ => {
                let problem = Problem::new("--out", "is no picture").value(name);
                return Err(problem.allowed("a name that ends in .svg or .png").into());
            }
        };
        std::fs::write(&path, bytes).map_err(|error| cannot_write(&name, &error))?;
        Ok(name)
    }
}

/// The picture at twice its nominal size, for paper and screens of high density.
#[cfg(feature = "png")]
fn png(svg: &str, _name: &str) -> Result<Vec<u8>, Problems> {
    microgrid::png(svg, 2.0)
}

#[cfg(not(feature = "png"))]
fn png(_svg: &str, name: &str) -> Result<Vec<u8>, Problems> {
    let problem = Problem::new("--out", "PNG is not in this build").value(name);
    Err(problem.hint("write .svg, or build with `--features png`").into())
}
