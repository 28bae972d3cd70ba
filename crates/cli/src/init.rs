//! `microgrid init`: a first scenario of one's own from three answers, asked for in a terminal or given as options.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use microgrid::io::starter::{Archetype, KNOWN_PLACES, KNOWN_TARIFFS, KnownTariff, Place, Prices, Starter};
use microgrid::{Problem, Problems};

use crate::ending::{Ending, cannot_write, print, refuse, tell};

/// Arguments of `microgrid init`.
#[derive(Args)]
pub(crate) struct Init {
    /// Folder to make
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[arg(long, value_name = "PLACE", help = place_help())]
    place: Option<String>,
    /// IANA name of the zone, such as Europe/Berlin; of a weather file its fixed offset from UTC by default
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Use of electricity in a year, kWh
    #[arg(long, value_name = "KWH")]
    annual_kwh: Option<f64>,
    /// What the load is like
    #[arg(long, value_name = "NAME", value_parser = Archetype::ALL.map(Archetype::name))]
    archetype: Option<String>,
    /// Price of import per kWh, the same at all hours
    #[arg(long, value_name = "PRICE", conflicts_with = "tariff")]
    price: Option<f64>,
    /// Price paid for export per kWh; 0 by default
    #[arg(long, value_name = "PRICE", conflicts_with = "tariff")]
    export_price: Option<f64>,
    #[arg(long, value_name = "TARIFF", help = tariff_help())]
    tariff: Option<PathBuf>,
    /// Currency of the prices, such as EUR; that of the place by default
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Also writes design.toml: roof and battery to be sized at usual prices in CNY or USD, for `microgrid design`
    #[arg(long)]
    design: bool,
}

fn tariff_help() -> String {
    let names: Vec<&str> = KNOWN_TARIFFS.iter().map(|tariff| tariff.name).collect();
    format!(
        "A tariff in place of a price: {}, or a file (our own TOML, OpenEI URDB or ACN-Sim JSON), which is copied into the folder",
        names.join(", ")
    )
}

fn place_help() -> String {
    let names: Vec<&str> = KNOWN_PLACES.iter().map(|place| place.name).collect();
    format!(
        "Where it is: {}, or a weather file (EPW, PVGIS, SAM, TMY3), which is copied into the folder",
        names.join(", ")
    )
}

impl Init {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let written = self.answers().and_then(|starter| self.written(&starter));
        let files = match written {
            Ok(files) => files,
            Err(problems) => return refuse(&problems),
        };
        let mut text = String::new();
        files.iter().for_each(|file| text.push_str(&format!("wrote {}\n", file.display())));
        let folder = self.folder.display();
        text.push_str(&format!(
            "next:\n  microgrid run {folder} --strategy all\n  microgrid plot {folder} --week 27\n{}  \
             then put your own numbers into {folder}/scenario.toml, and `microgrid check {folder}`\n",
            if self.design { format!("  microgrid design {folder}\n") } else { String::new() }
        ));
        print(&text)
    }

    fn written(&self, starter: &Starter) -> Result<Vec<PathBuf>, Problems> {
        // Before anything is written: prices may be missing.
        let design = self.design.then(|| starter.design(None)).transpose()?;
        let mut files = starter.write(&self.folder)?;
        if let Some(text) = design {
            let path = self.folder.join("design.toml");
            std::fs::write(&path, text).map_err(|error| cannot_write(&path.display().to_string(), &error))?;
            files.push(path);
        }
        Ok(files)
    }

    /// What the options say, and what a person at the terminal does.
    fn answers(&self) -> Result<Starter, Problems> {
        self.refuse_silence()?;
        let place = self.place()?;
        let annual_kwh = match self.annual_kwh {
            Some(kwh) => kwh,
            None => ask_number("use of electricity in a year, kWh", Some(30_000.0))?,
        };
        let archetype = match &self.archetype {
            Some(name) => name.clone(),
            None if self.is_asking() => ask("what is it like: household, business or farm", Some("business"))?,
            None => Archetype::default().name().into(),
        };
        let archetype = Archetype::by_name(&archetype).ok_or_else(|| {
            let names = Archetype::ALL.map(Archetype::name).join(", ");
            Problem::new("archetype", "is none of them").value(&archetype).allowed(names)
        })?;
        let prices = self.prices()?;
        let currency = match (&self.currency, place.currency()) {
            (Some(currency), _) => currency.clone(),
            (None, Some(currency)) => currency.into(),
            (None, None) => ask("currency of the prices, three letters", Some("EUR"))?,
        };
        let name = self.folder.file_name().map_or_else(|| "site".into(), |name| name.to_string_lossy().into_owned());
        Ok(Starter { name, place, archetype, annual_kwh, readings: None, currency, prices })
    }

    /// Whether somebody is there to ask, and has not said all as options.
    fn is_asking(&self) -> bool {
        !self.missing().is_empty() && io::stdin().is_terminal()
    }

    /// Options that there is no answer without.
    fn missing(&self) -> Vec<&'static str> {
        let is_weather_file = self.place.as_ref().is_some_and(|place| std::path::Path::new(place).is_file());
        let needed = [
            ("--place", self.place.is_none()),
            ("--annual-kwh", self.annual_kwh.is_none()),
            ("--price or --tariff", self.price.is_none() && self.tariff.is_none()),
            ("--currency", self.currency.is_none() && is_weather_file),
        ];
        needed.into_iter().filter(|(_, is_missing)| *is_missing).map(|(option, _)| option).collect()
    }

    /// A script gets all that is missing at once, not a question that nobody answers.
    fn refuse_silence(&self) -> Result<(), Problems> {
        if io::stdin().is_terminal() {
            return Ok(());
        }
        let mut problems = Problems::none();
        for option in self.missing() {
            problems.push(Problem::new(option, "is missing, and there is no terminal to ask in"));
        }
        problems.or_else(|| ())
    }

    fn place(&self) -> Result<Place, Problems> {
        let text = match &self.place {
            Some(place) => place.clone(),
            None => {
                let names: Vec<&str> = KNOWN_PLACES.iter().map(|place| place.name).collect();
                ask(&format!("where is it: {}, or a weather file", names.join(", ")), None)?
            }
        };
        Place::find(&text, self.zone.as_deref())
    }

    fn prices(&self) -> Result<Prices, Problems> {
        let export_per_kwh = self.export_price.unwrap_or(0.0);
        match (&self.tariff, self.price) {
            (Some(path), _) => Ok(tariff(path)),
            (None, Some(import_per_kwh)) => Ok(Prices::Flat { import_per_kwh, export_per_kwh }),
            (None, None) => {
                let answer = ask("price of import per kWh, or a tariff file", None)?;
                Ok(match answer.parse() {
                    Ok(import_per_kwh) => Prices::Flat { import_per_kwh, export_per_kwh },
                    Err(_) => tariff(Path::new(&answer)),
                })
            }
        }
    }
}

/// A tariff by its name here, else a file.
fn tariff(path: &Path) -> Prices {
    let known = path.to_str().and_then(KnownTariff::by_name);
    known.map_or_else(|| Prices::File(path.into()), Prices::from)
}

/// The answer to a question on the terminal; `default` where the line is empty.
fn ask(question: &str, default: Option<&str>) -> Result<String, Problems> {
    let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    tell(&format!("{question}{shown}: "));
    let mut line = String::new();
    let failed = |error: io::Error| Problem::new("", "no answer could be read").value(error);
    io::stderr().flush().and_then(|()| io::stdin().lock().read_line(&mut line)).map_err(failed)?;
    match (line.trim(), default) {
        ("", Some(default)) => Ok(default.into()),
        ("", None) => Err(Problem::new("", "needs an answer").value(question).into()),
        (answer, _) => Ok(answer.into()),
    }
}

fn ask_number(question: &str, default: Option<f64>) -> Result<f64, Problems> {
    let answer = ask(question, default.map(|number| number.to_string()).as_deref())?;
    answer.parse().map_err(|_| Problem::new("", "is no number").value(answer).into())
}
