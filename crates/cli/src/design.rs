//! `microgrid design`: sizes of a scenario folder, with their proof.

use std::fs;
use std::io::{self, IsTerminal, stderr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use microgrid::design::sizing::{Ending as Searched, Journal, Progress};
use microgrid::html::Language;
use microgrid::io::DesignFolder;
use microgrid::{DesignOptions, Problem, Problems};

use crate::ending::{Ending, cannot_write, print, print_styled, refuse, refuse_site, tell};
use crate::output::write_whole;

/// Time until the first word on how far it is, and between two.
const PAUSE: Duration = Duration::from_secs(2);

/// Arguments of `microgrid design`.
#[derive(Args)]
pub(crate) struct Design {
    /// Folder with scenario.toml and design.toml
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Writes the scenario with the sizes found into this folder, which must not hold anything
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Prints a JSON document with all of the design instead of the tables
    #[arg(long)]
    json: bool,
    /// Also writes sizes.csv, money.csv, cash_flow.csv, front.csv, sensitivity.csv, swings.csv, survival.csv,
    /// variants.csv and contracts.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Also writes the design as a report: one HTML file that opens with the network off
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Language of the report: en or zh
    #[arg(long, value_name = "CODE", value_parser = Language::ALL.map(Language::code), default_value = "en", requires = "report")]
    language: String,
    /// Also sizes the site anew with each assumption changed: costs, prices, load, yield, discount rate
    #[arg(long)]
    swings: bool,
    /// Designs this variant of design.toml in place of what is written
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Keeps every plan of the year in this file, so that the same command goes on where it was killed, to the same answer
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Ends the search at this proven distance from the least cost, such as 0.01 for 1 %; that of design.toml by default
    #[arg(long, value_name = "SHARE")]
    gap: Option<f64>,
}

impl Design {
    /// Runs the command. An interrupt ends the search, and what is proven by then is the result.
    pub(crate) fn run(&self) -> Ending {
        if let Some(gap) = self.gap.filter(|gap| !(1e-9..=0.5).contains(gap)) {
            return refuse(&Problem::new("--gap", "is out of range").value(gap).allowed("1e-9 to 0.5").into());
        }
        let folder = match DesignFolder::read(&self.path).and_then(|folder| self.varied(folder)) {
            Ok(folder) => folder,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let journal = match self.journal.as_deref().map(Journal::open).transpose() {
            Ok(journal) => journal,
            Err(error) => return refuse(&Problem::new("--journal", "cannot be used").value(error).into()),
        };
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        // A second interrupt ends the program as usual.
        let handled = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        if handled.is_err() {
            tell("interrupts end the program at once here\n");
        }
        let mut told = Instant::now();
        let watch = |progress: Progress| {
            if told.elapsed() >= PAUSE && stderr().is_terminal() {
                told = Instant::now();
                let Progress { evaluations, upper, .. } = progress;
                tell(&format!("{evaluations} evaluations, cost {upper:.0}, gap {:.1e}\n", progress.gap()));
            }
            !stopped.load(Ordering::Relaxed)
        };
        let swings = self.swings || self.report.is_some();
        let options = DesignOptions { gap: self.gap, swings, journal: journal.clone() };
        let design = match microgrid::design_folder_with(&folder, options, watch) {
            Ok(design) => design,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        match journal.map(|journal| journal.finish()).transpose() {
            Ok(told) => told.iter().for_each(|(recalled, kept)| {
                tell(&format!("journal: {recalled} plans and simulated years recalled, {kept} made\n"));
            }),
            Err(error) => return refuse(&cannot_write("the journal", &error)),
        }
        if let Some(out) = &self.out
            && let Err(problems) = folder.write(&design.values(), out)
        {
            return refuse(&problems);
        }
        if let Err(problems) = self.write_beside(&folder, &design) {
            return refuse(&problems);
        }
        let mut text = if self.json { microgrid::design_json(&design) } else { microgrid::design_table(&design) };
        if let Some(out) = self.out.as_ref().filter(|_| !self.json) {
            let priced = design.carbon_cap.filter(|cap| cap.price_per_kg > 0.0).map_or(String::new(), |cap| {
                let price_per_kg = folder.loaded.scenario.carbon.price_per_kg + cap.price_per_kg;
                format!(" --set utility.carbon.price_per_kg={price_per_kg}")
            });
            let (out, strategy) = (out.display(), design.strategy());
            let set: String = folder.set_fields().iter().map(|set| format!(" --set {}", quoted(set))).collect();
            text += &format!("written: {out}; run it with: microgrid run {out} --strategy {strategy}{priced}{set}\n");
        }
        // JSON is printed as it is.
        let printed = if self.json { print_styled(&text) } else { print(&text) };
        match printed {
            Ending::Done if design.ending == Searched::Stopped => Ending::Stopped,
            ending => ending,
        }
    }

    /// The variant that is asked for, or the folder as it is written.
    fn varied(&self, folder: DesignFolder) -> Result<DesignFolder, Problems> {
        let Some(name) = &self.variant else { return Ok(folder) };
        let names: Vec<&str> = folder.file.variant.iter().map(|variant| variant.name.as_str()).collect();
        match names.iter().position(|known| known == name) {
            Some(place) => folder.variant(place),
            None => {
                let problem = Problem::new("--variant", "is not in design.toml").value(name);
                Err(problem
                    .allowed(if names.is_empty() { "none: it has no [[variant]]".into() } else { names.join(", ") })
                    .into())
            }
        }
    }

    /// Writes what is asked for beside the printed result.
    fn write_beside(&self, folder: &DesignFolder, design: &microgrid::Design) -> Result<(), Problems> {
        if let Some(csv) = &self.csv {
            let place = csv.display().to_string();
            fs::create_dir_all(csv).map_err(|error| cannot_write(&place, &error))?;
            let write = |name: &str, text: &[u8]| {
                write_whole(&csv.join(name), |file| file.write_all(text)).map_err(io::Error::other)
            };
            microgrid::write_design_csv(design, write).map_err(|error| cannot_write(&place, &error))?;
        }
        if let Some(report) = &self.report {
            let gap = self.gap.map_or(String::new(), |gap| format!(" --gap {gap}"));
            let variant = self.variant.as_ref().map_or(String::new(), |name| format!(" --variant {}", quoted(name)));
            let (path, file) = (self.path.display(), report.display());
            let command = format!("microgrid design {path}{variant}{gap} --report {file}");
            let mut page = microgrid::design_page(folder, design, &command)?;
            page.language = Language::by_code(&self.language).unwrap_or_default();
            write_whole(report, |file| file.write_all(page.html().as_bytes()))?;
        }
        Ok(())
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-:=".contains(letter);
    if word.chars().all(is_plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
