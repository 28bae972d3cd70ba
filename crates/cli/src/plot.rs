//! `microgrid plot`: pictures of a run.

use std::path::PathBuf;
use std::slice;

use clap::{Args, ValueEnum};
use microgrid::results::{self, ReadRows, ResultsFile, View};
use microgrid::{Problem, Problems};

use crate::ending::{Ending, print, refuse};
use crate::output::write_whole;
use crate::site::{Settings, file_stem, load_all, strategies, strategy_names};

/// Arguments of `microgrid plot`.
#[derive(Args)]
pub(crate) struct Plot {
    /// Scenario folder, scenario file, or folder with a sweep's results.csv
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Week to draw, counted in sevens of days from the run's first day; the duration curves of the run by default
    #[arg(long, value_name = "N")]
    week: Option<usize>,
    /// Strategy to draw; the scenario's own by default
    #[arg(long, value_name = "NAME", value_parser = strategy_names())]
    strategy: Option<String>,
    /// Of results: what to draw; all that the results have by default
    #[arg(long, value_name = "NAME")]
    picture: Option<Picture>,
    /// Of results: the column to draw, such as bill_total; objective by default
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Of results: the swept field whose levels have a colour each; the first text of two to six levels by default
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// Of results: the swept number along the axis; the first one by default
    #[arg(long, value_name = "FIELD")]
    against: Option<String>,
    /// File to write, .svg or .png; named after the scenario, the strategy and the picture by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Plot {
    /// Runs the command and prints the names of the files it wrote.
    pub(crate) fn run(&self) -> Ending {
        if ResultsFile::is_at(&self.path) {
            return match self.draw_results() {
                Ok(files) => print(&files),
                Err(problems) => refuse(&problems),
            };
        }
        let of_results = [
            ("--picture", self.picture.is_some()),
            ("--column", self.column.is_some()),
            ("--by", self.by.is_some()),
            ("--against", self.against.is_some()),
        ];
        if let Some((option, _)) = of_results.iter().find(|(_, is_there)| *is_there) {
            return refuse(&Problem::new(*option, "is for a sweep's results, and this is a scenario").into());
        }
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
        write(&svg, self.out.clone().unwrap_or_else(default))
    }

    /// Writes the pictures of a sweep's results and returns their names.
    fn draw_results(&self) -> Result<String, Problems> {
        for (option, is_there) in [
            ("--week", self.week.is_some()),
            ("--strategy", self.strategy.is_some()),
            ("--set", !self.settings.set.is_empty()),
        ] {
            if is_there {
                return Err(Problem::new(option, "is for a scenario, and this is a sweep's results").into());
            }
        }
        if self.against.is_some() && self.picture.is_some_and(|picture| picture != Picture::Size) {
            return Err(Problem::new("--against", "is for the picture `size` only").into());
        }
        let results = ResultsFile::open(&self.path)?;
        let read: &ReadRows<'_> = &|see| results.read(see);
        let view = View {
            column: self.column.clone().unwrap_or_else(|| View::default().column),
            by: self.by.clone(),
            against: self.against.clone(),
        };
        if let (None, Some(out)) = (self.picture, &self.out) {
            let problem = Problem::new("--out", "is one file, and results have several pictures").value(out.display());
            return Err(problem.hint("leave it out, or choose one by --picture").into());
        }
        let mut files = String::new();
        for picture in Picture::value_variants().iter().filter(|p| self.picture.is_none_or(|asked| asked == **p)) {
            let drawn = match picture {
                Picture::Distribution => results::distribution_svg(results.columns(), read, &view),
                Picture::Duration => results::outcome_duration_svg(results.columns(), read, &view),
                Picture::Size => results::size_svg(results.columns(), read, &view),
                Picture::Levels => results::level_comparison_svg(results.columns(), read, &view),
            };
            // Results without a swept number or levels have no picture of them; one asked for by name is missed.
            let is_optional = self.picture.is_none()
                && match picture {
                    Picture::Size => self.against.is_none(),
                    Picture::Levels => self.by.is_none(),
                    Picture::Distribution | Picture::Duration => false,
                };
            let svg = match drawn {
                Err(_) if is_optional => continue,
                drawn => drawn?,
            };
            let default = || format!("{}_{}.svg", file_stem(&view.column), picture.name()).into();
            files.push_str(&write(&svg, self.out.clone().unwrap_or_else(default))?);
            files.push('\n');
        }
        Ok(files)
    }
}

/// What of a sweep's results is drawn.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Picture {
    /// Histogram and distribution function
    Distribution,
    /// Values in falling order
    Duration,
    /// Over a swept number
    Size,
    /// Strategies, or other levels, side by side
    Levels,
}

impl Picture {
    const fn name(self) -> &'static str {
        match self {
            Self::Distribution => "distribution",
            Self::Duration => "duration",
            Self::Size => "size",
            Self::Levels => "levels",
        }
    }
}

/// Writes a picture in the form that its name asks for, and returns the name.
fn write(svg: &str, path: PathBuf) -> Result<String, Problems> {
    let name = path.display().to_string();
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let bytes = match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("svg") => svg.as_bytes().to_vec(),
        Some("png") => png(svg, &name)?,
        _ => {
            let problem = Problem::new("--out", "is no picture").value(name);
            return Err(problem.allowed("a name that ends in .svg or .png").into());
        }
    };
    write_whole(&path, |file| file.write_all(&bytes))?;
    Ok(name)
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
