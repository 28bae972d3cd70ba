//! `microgrid yield`: what solar plants give, link by link, and how it varies with the weather's years.

use std::path::PathBuf;

use clap::Args;
use microgrid::design::economics::exceeded_with;
use microgrid::{Problem, Problems, Setting};

use crate::ending::{Ending, print, refuse_site};
use crate::output::write_whole;
use crate::site::{Settings, file_stem};

/// Arguments of `microgrid yield`.
#[derive(Args)]
pub(crate) struct Yield {
    /// Scenario folder, or scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Draws this many years of weather from the site's monthly means, and tells P50 and P90 of the yield
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000), conflicts_with = "weather")]
    years: Option<u32>,
    /// Weather files of several years, relative to the scenario folder, separated by commas, in place of the site's own; tells
    /// P50 and P90 of the yield
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    weather: Vec<String>,
    /// Prints JSON
    #[arg(long, conflicts_with_all = ["years", "weather"])]
    json: bool,
    /// Draws where each plant's light goes into a picture of its own, .svg, named after site and plant
    #[arg(long, conflicts_with_all = ["years", "weather", "json"])]
    picture: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Yield {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let text = match (self.years, &self.weather[..]) {
            (Some(years), _) => self.over((0..years).map(|seed| ("site.weather.seed", seed.to_string())).collect()),
            (None, []) => self.one_year(),
            (None, files) => self.over(files.iter().map(|file| ("site.weather.file", file.clone())).collect()),
        };
        match text {
            Ok(text) => print(&text),
            Err(problems) => refuse_site(&problems, &self.path),
        }
    }

    fn one_year(&self) -> Result<String, Problems> {
        let site = microgrid::load_with(&self.path, &self.settings.set)?;
        let yields = microgrid::solar_yields(&site)?;
        if self.json {
            return Ok(microgrid::solar_yield_json(&yields));
        }
        if !self.picture {
            return Ok(microgrid::solar_yield_table(&yields));
        }
        let mut written = String::new();
        for plant in &yields {
            let name = format!("{}-{}-yield.svg", file_stem(&site.scenario.name), file_stem(&plant.name));
            let svg = microgrid::waterfall_svg(plant)?;
            write_whole(name.as_ref(), |file| file.write_all(svg.as_bytes()))?;
            written += &format!("{name}\n");
        }
        Ok(written)
    }

    /// The yield under each year's weather, with what is exceeded in half and in nine of ten years.
    fn over(&self, years: Vec<(&str, String)>) -> Result<String, Problems> {
        let mut text = String::from("weather\tyield, kWh\n");
        let mut yields_kwh = Vec::new();
        for (field, value) in years {
            let setting = Setting::parse(&format!("{field}={value}"))?;
            let mut settings = self.settings.set.clone();
            settings.push(setting);
            let site = microgrid::load_with(&self.path, &settings)?;
            let kwh: f64 = microgrid::solar_yields(&site)?.iter().map(|plant| plant.waterfall.ac_kwh).sum();
            text += &format!("{value}\t{kwh:.0}\n");
            yields_kwh.push(kwh);
        }
        Ok(text + &risk(&yields_kwh)?)
    }
}

/// Mean, spread and P50, P90, P99 of years, the yield being normal.
fn risk(yields_kwh: &[f64]) -> Result<String, Problems> {
    let count = yields_kwh.len() as f64;
    let mean = yields_kwh.iter().sum::<f64>() / count;
    if yields_kwh.len() < 2 || mean <= 0.0 {
        return Err(Problem::new("--weather", "names too few years with light").allowed("two or more").into());
    }
    let square: f64 = yields_kwh.iter().map(|kwh| (kwh - mean) * (kwh - mean)).sum();
    let deviation = (square / (count - 1.0)).sqrt() / mean;
    let exceeded = |probability| exceeded_with(probability, mean, deviation);
    Ok(format!(
        "{count} years: mean {mean:.0} kWh, standard deviation {:.2} %\nP50 {:.0} kWh, P90 {:.0} kWh, P99 {:.0} kWh: \
         exceeded in 50, 90 and 99 of 100 years, the yield being normal; weather alone\n",
        100.0 * deviation,
        exceeded(0.5),
        exceeded(0.9),
        exceeded(0.99),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_of_a_hundred_years_are_above_p90() {
        let text = risk(&[90.0, 100.0, 110.0]).unwrap();
        assert!(text.contains("mean 100 kWh, standard deviation 10.00 %"), "{text}");
        assert!(text.contains("P50 100 kWh, P90 87 kWh, P99 77 kWh"), "{text}");
        assert!(risk(&[90.0]).is_err());
    }
}
