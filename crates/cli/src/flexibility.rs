//! `microgrid flexibility`: what the charging sessions of a site can do together.

use std::path::PathBuf;
use std::slice;

use clap::Args;
use microgrid::{FlexibilityQuestion, GiveBack};

use crate::ending::{Ending, print, refuse, refuse_site};
use crate::output::write_whole;
use crate::site::{Settings, load_all};

/// Arguments of `microgrid flexibility`.
#[derive(Args)]
pub(crate) struct Flexibility {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// First day of arrivals, such as 2019-05-06; the first with a session by default
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Days of arrivals
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Window of the first day whose bid curve is asked for, such as 17:00-19:00
    #[arg(long, value_name = "HH:MM-HH:MM")]
    window: Option<String>,
    /// Lets every car give back up to so many kW, without losses
    #[arg(long, value_name = "KW")]
    give_back_kw: Option<f64>,
    /// How far a car may be discharged below what it arrives with
    #[arg(long, value_name = "KWH", default_value_t = 0.0, requires = "give_back_kw")]
    reserve_kwh: f64,
    /// Writes a CSV file with a row for each slot
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Writes a CSV file with each car's share of the course of least cost
    #[arg(long, value_name = "FILE")]
    cars: Option<PathBuf>,
    /// Prints a JSON document instead of the table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Flexibility {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let site = match load_all(slice::from_ref(&self.path), &self.settings) {
            Ok(mut sites) => sites.remove(0),
            Err(ending) => return ending,
        };
        let give_back =
            self.give_back_kw.map(|discharge_max_kw| GiveBack { discharge_max_kw, reserve_kwh: self.reserve_kwh });
        let question = FlexibilityQuestion {
            from: self.from.clone(),
            days: usize::from(self.days),
            window: self.window.clone(),
            give_back,
        };
        let (report, cars) = match microgrid::flexibility(&site, &question) {
            Ok(found) => found,
            Err(problems) => return refuse_site(&problems, &self.path),
        };
        let write = |file: &Option<PathBuf>, cars_too: bool| match file {
            Some(path) => write_whole(path, |writer| {
                if cars_too {
                    microgrid::write_cars_csv(writer, &report, &cars)
                } else {
                    microgrid::write_flexibility_csv(writer, &report)
                }
            }),
            None => Ok(()),
        };
        if let Err(problems) = write(&self.out, false).and_then(|()| write(&self.cars, true)) {
            return refuse(&problems);
        }
        print(&if self.json { microgrid::flexibility_json(&report) } else { microgrid::flexibility_table(&report) })
    }
}
