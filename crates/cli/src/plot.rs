//! `microgrid plot`: pictures of runs, and of a sweep's results.

use std::path::PathBuf;
use std::slice;

use clap::{Args, ValueEnum};
use microgrid::results::{self, ReadRows, ResultsFile, View};
use microgrid::{Dispatch, Loaded, Problem, Problems};

use crate::ending::{Ending, print, refuse};
use crate::output::write_whole;
use crate::site::{self, Settings, file_stem, load_all, strategies, strategy_names};

/// Arguments of `microgrid plot`.
#[derive(Args)]
pub(crate) struct Plot {
    /// Scenario folder, scenario file, or folder with a sweep's results.csv
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Week to draw, counted in sevens of days from the run's first day
    #[arg(long, value_name = "N", conflicts_with = "picture")]
    week: Option<usize>,
    /// Strategies to draw in one picture, up to four, separated by commas; `all` for a picture of every one; the scenario's
    /// own by default
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = strategy_names())]
    strategy: Vec<String>,
    /// What to draw: of a scenario its duration curves by default, of results all that they have
    #[arg(long, value_name = "NAME")]
    picture: Option<Picture>,
    /// Of results: the column to draw, such as bill_total; objective by default. Of a heat map: the column of the trace,
    /// such as generation_kw; import_kw by default
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Of the picture of bays: the day, counted from 0
    #[arg(long, value_name = "N")]
    day: Option<usize>,
    /// Of results: the swept field whose levels have a colour each; the first text of two to six levels by default
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// Of results: the swept number along the axis; the first one by default
    #[arg(long, value_name = "FIELD")]
    against: Option<String>,
    #[cfg_attr(feature = "png", doc = "File to write, .svg or .png; named after what it shows by default")]
    #[cfg_attr(not(feature = "png"), doc = "File to write, .svg; named after what it shows by default")]
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
        if let Err(problem) = self.check_options_of_a_scenario() {
            return refuse(&problem.into());
        }
        let sites = match load_all(slice::from_ref(&self.path), &self.settings) {
            Ok(sites) => sites,
            Err(ending) => return ending,
        };
        match self.draw_scenario(&sites[0]) {
            Ok(files) => print(&files),
            Err(problems) => refuse(&problems),
        }
    }

    #[expect(clippy::result_large_err, reason = "one problem that its caller prints")]
    fn check_options_of_a_scenario(&self) -> Result<(), Problem> {
        let is_heat_map = self.picture == Some(Picture::HeatMap);
        let of_results = [
            ("--picture", self.picture.is_some_and(|picture| !picture.is_of_a_scenario())),
            ("--by", self.by.is_some()),
            ("--against", self.against.is_some()),
        ];
        if let Some((option, _)) = of_results.iter().find(|(_, is_there)| *is_there) {
            return Err(Problem::new(*option, "is for a sweep's results, and this is a scenario"));
        }
        if self.day.is_some() && self.picture != Some(Picture::Bays) {
            return Err(Problem::new("--day", "is for --picture bays"));
        }
        if self.column.is_some() && !is_heat_map {
            return Err(Problem::new("--column", "is for a sweep's results, or for --picture heat-map"));
        }
        Ok(())
    }

    /// Writes the pictures of a scenario and returns their names, each in a line.
    fn draw_scenario(&self, site: &Loaded) -> Result<String, Problems> {
        let chosen = strategies(&site.scenario, &self.strategy)?;
        // `all` is a picture of each; strategies that are named share one.
        let shared: Vec<&[Dispatch]> =
            if self.strategy.iter().any(|name| name == "all") { chosen.chunks(1).collect() } else { vec![&chosen] };
        if let ([_, _, ..], Some(out)) = (shared.as_slice(), &self.out) {
            let problem = Problem::new("--out", "is one file, but every strategy has a picture of its own");
            return Err(problem.value(out.display()).hint("leave it out, or name the strategies to draw").into());
        }
        let mut files = String::new();
        for strategies in shared {
            let (svg, picture) = self.picture_of(site, strategies)?;
            let names: Vec<String> = strategies.iter().map(|strategy| file_stem(strategy.name())).collect();
            let default = || format!("{}_{}_{picture}.svg", file_stem(&site.scenario.name), names.join("_")).into();
            files.push_str(&write(&svg, self.out.clone().unwrap_or_else(default))?);
            files.push('\n');
        }
        Ok(files)
    }

    /// The picture of strategies side by side, and what it is called.
    fn picture_of(&self, site: &Loaded, strategies: &[Dispatch]) -> Result<(String, String), Problems> {
        if self.picture == Some(Picture::Bill) {
            return Ok((microgrid::bill_svg(&site::run(site, strategies, None)?)?, "bill".into()));
        }
        if self.picture == Some(Picture::Bays) {
            if let [_, second, ..] = strategies {
                let problem = Problem::new("--strategy", "has more than one name, and bays are drawn of one run");
                return Err(problem.value(second.name()).into());
            }
            let day = self.day.unwrap_or(0);
            let bays = microgrid::bay_day(&site.scenario, &strategies[0], 0, day)?;
            return Ok((microgrid::bays_svg(&bays)?, format!("bays_day{day}")));
        }
        let trace = |strategy| microgrid::trace(&site.scenario, strategy, |step| site.clock.label(step));
        let traces = strategies.iter().map(trace).collect::<Result<Vec<_>, Problems>>()?;
        match (self.week, self.picture) {
            (Some(week), _) => Ok((microgrid::week_svg(&traces, week)?, format!("week{week}"))),
            (None, Some(Picture::HeatMap)) => {
                let column = self.column.as_deref().unwrap_or("import_kw");
                Ok((microgrid::heat_map_svg(&traces, column)?, format!("heat-map_{}", file_stem(column))))
            }
            (None, _) => Ok((microgrid::duration_curves_svg(&traces)?, "duration".into())),
        }
    }

    /// Writes the pictures of a sweep's results and returns their names.
    fn draw_results(&self) -> Result<String, Problems> {
        for (option, is_there) in [
            ("--week", self.week.is_some()),
            ("--day", self.day.is_some()),
            ("--strategy", !self.strategy.is_empty()),
            ("--set", !self.settings.set.is_empty()),
        ] {
            if is_there {
                return Err(Problem::new(option, "is for a scenario, and this is a sweep's results").into());
            }
        }
        if self.picture.is_some_and(|picture| !picture.is_of_results()) {
            return Err(Problem::new("--picture", "is of a scenario, and this is a sweep's results").into());
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
        let asked = |picture: &&Picture| picture.is_of_results() && self.picture.is_none_or(|asked| asked == **picture);
        for picture in Picture::value_variants().iter().filter(asked) {
            let drawn = match picture {
                Picture::Distribution => results::distribution_svg(results.columns(), read, &view),
                Picture::Size => results::size_svg(results.columns(), read, &view),
                Picture::Levels => results::level_comparison_svg(results.columns(), read, &view),
                _ => results::outcome_duration_svg(results.columns(), read, &view),
            };
            // Results without a swept number or levels have no picture of them; one asked for by name is missed.
            let is_optional = self.picture.is_none()
                && match picture {
                    Picture::Size => self.against.is_none(),
                    Picture::Levels => self.by.is_none(),
                    _ => false,
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

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Picture {
    /// Of results: histogram and distribution function
    Distribution,
    /// Values in falling order: powers of a scenario, or outcomes of a sweep
    Duration,
    /// Of a scenario: the bill by month, stacked of its charges
    Bill,
    /// Of a scenario: a column by hour and day
    HeatMap,
    /// Of a scenario: a day of its first charging station, bay by bay
    Bays,
    /// Of results: over a swept number
    Size,
    /// Of results: strategies, or other levels, side by side
    Levels,
}

impl Picture {
    const fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Bill => "bill",
            Self::HeatMap => "heat-map",
            Self::Bays => "bays",
            Self::Distribution => "distribution",
            Self::Size => "size",
            Self::Levels => "levels",
        }
    }

    const fn is_of_a_scenario(self) -> bool {
        matches!(self, Self::Duration | Self::Bill | Self::HeatMap | Self::Bays)
    }

    const fn is_of_results(self) -> bool {
        !matches!(self, Self::Bill | Self::HeatMap | Self::Bays)
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
            let allowed =
                if cfg!(feature = "png") { "a name that ends in .svg or .png" } else { "a name that ends in .svg" };
            return Err(problem.allowed(allowed).into());
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
