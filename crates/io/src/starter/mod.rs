//! A first scenario of one's own from three answers: where, how much, at what price.
//!
//! [`Starter::write`] makes a folder with a commented `scenario.toml` of about ten fields and a year of load in hours. Every
//! number that nobody gave is a size in proportion to the use, and the comment beside it says so; the folder is there to be
//! changed line by line.

mod archetype;
mod design;
mod place;
mod readings;
mod tariffs;

pub use archetype::Archetype;
pub use design::EquipmentPrices;
pub use place::{KNOWN_PLACES, KnownPlace, Place};
pub use readings::Readings;
pub use tariffs::{KNOWN_TARIFFS, KnownTariff};

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use microgrid_core::{Problem, Problems};

use crate::files;
use crate::scenario::read_folder;
use crate::time::Clock;
use readings::days_of;

/// What is paid for energy.
#[derive(Debug, Clone, PartialEq)]
pub enum Prices {
    /// The same at all hours, in the currency per kWh.
    Flat {
        /// Of import.
        import_per_kwh: f64,
        /// Paid for export.
        export_per_kwh: f64,
    },
    /// A tariff file in one of the formats of [`tariff`](crate::tariff).
    File(PathBuf),
    /// The text of such a file, and what it is called in the folder.
    Text {
        /// Its name.
        file: String,
        /// Its text.
        text: String,
    },
}

impl From<&KnownTariff> for Prices {
    fn from(tariff: &KnownTariff) -> Self {
        Self::Text { file: tariff.file.into(), text: tariff.text.into() }
    }
}

/// The answers that a first scenario is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Starter {
    /// What the site is called.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Whose use of electricity it is like.
    pub archetype: Archetype,
    /// Use of a year, kWh, above 0 and at most 1e12; where there are readings, their sum stands in for it.
    pub annual_kwh: f64,
    /// Readings of the site's own meter, in place of the archetype.
    pub readings: Option<Readings>,
    /// Currency of the prices, three capital letters.
    pub currency: String,
    /// What is paid for energy.
    pub prices: Prices,
}

/// The year of the profiles, and of a scenario without readings.
const YEAR: i32 = 2025;

impl Starter {
    /// Writes the scenario into `folder`, which is made where it is missing, reads it again as every command does, and
    /// returns the files.
    ///
    /// # Errors
    /// A folder that is not empty, or cannot be written; answers that make no scenario, each by its field.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, Problems> {
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            let problem = Problem::new("folder", "is not empty").value(folder.display());
            return Err(problem.hint("name a folder that is not there yet").into());
        }
        let starter = self.measured()?;
        let mut problems = Problems::none();
        problems.require_range("annual_kwh", starter.annual_kwh, 1e-6, 1e12);
        problems.or_else(|| ())?;
        let mut made = vec![
            ("scenario.toml".to_owned(), starter.scenario()?.into_bytes()),
            ("load.csv".to_owned(), starter.load()?),
        ];
        if let Prices::Text { file, text } = &self.prices {
            made.push((file.clone(), text.clone().into_bytes()));
        }
        if let Place::WeatherText { file, text, .. } = &self.place {
            made.push((file.clone(), text.clone().into_bytes()));
        }
        for source in [self.weather_file(), self.tariff_file()].into_iter().flatten() {
            let bytes = files::read_regular(source, files::DATA_MOST_BYTES)
                .map_err(|fault| Problem::new("", fault.to_string()).at(source.display().to_string(), None))?;
            made.push((name_of(source), bytes));
        }
        fs::create_dir_all(folder).map_err(|error| cannot("be made", folder, &error))?;
        let mut written = Vec::with_capacity(made.len());
        for (name, bytes) in made {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(|error| cannot("be written", &path, &error))?;
            written.push(path);
        }
        read_folder(folder)?;
        Ok(written)
    }

    fn weather_file(&self) -> Option<&Path> {
        if let Place::WeatherFile { path, .. } = &self.place { Some(path) } else { None }
    }

    fn tariff_file(&self) -> Option<&Path> {
        if let Prices::File(path) = &self.prices { Some(path) } else { None }
    }

    /// The same with the use of a year as the readings have it, where there are any.
    fn measured(&self) -> Result<Self, Problems> {
        let mut measured = self.clone();
        if let Some(readings) = &self.readings {
            let files: BTreeMap<String, String> = [("load.csv".to_owned(), readings.csv.clone())].into();
            let site = format!(
                "site = {{ name = \"readings\", zone = {}, currency = {} }}\nutility = {{ import_price_per_kwh = 0 }}\n{}{}",
                quoted(self.place.zone()),
                quoted(&self.currency),
                self.time()?,
                self.demand()?
            );
            let loaded = crate::scenario::read_text("scenario.toml", &site, &files)?;
            let load = &loaded.scenario.loads[0].power_kw;
            measured.annual_kwh = (0..loaded.scenario.calendar.steps()).map(|step| load.at(step)).sum();
        }
        Ok(measured)
    }

    /// The table of the time: a year in hours.
    fn time(&self) -> Result<String, Problems> {
        let year =
            self.readings.as_ref().map_or(Ok(YEAR), |readings| readings.columns().map(|columns| columns.year))?;
        let days = days_of(year);
        Ok(format!(
            "[time]\nstart = \"{year}-01-01\"\ndays = {days}\nstep_minutes = 60             # 15 where the tariff charges quarter-hourly peaks\n"
        ))
    }

    /// The table of the load.
    fn demand(&self) -> Result<String, Problems> {
        let Some(readings) = &self.readings else {
            return Ok(format!(
                "[[demand.load]]\n\
                 name = \"{}\"\n\
                 # {} kWh with the shape of BDEW's profile of 2025; put your own meter's readings here\n\
                 power_kw = {{ file = \"load.csv\", column = \"load_kw\", unit = \"kW\", time_column = \"time\" }}\n",
                self.archetype.name(),
                self.annual_kwh
            ));
        };
        let columns = readings.columns()?;
        Ok(format!(
            "[[demand.load]]\nname = \"meter\"\npower_kw = {{ file = \"load.csv\", column = {}, unit = \"{}\", time_column = {}{} }}\n",
            quoted(&columns.readings),
            readings.unit,
            quoted(&columns.time),
            columns.resample.map_or_else(String::new, |rule| format!(", resample = \"{rule}\""))
        ))
    }

    /// The load's file: the readings as they are, or a row for each hour of the year.
    fn load(&self) -> Result<Vec<u8>, Problems> {
        if let Some(readings) = &self.readings {
            return Ok(readings.csv.clone().into_bytes());
        }
        let clock = Clock::of_days(self.place.zone(), &format!("{YEAR}-01-01"), 3600, days_of(YEAR))?;
        let mean_kw = self.annual_kwh / clock.steps() as f64;
        let mut text = String::from("time,load_kw\n");
        for (step, share) in self.archetype.per_unit(&clock).into_iter().enumerate() {
            text += &format!("{},{:.4}\n", clock.label(step), share * mean_kw);
        }
        Ok(text.into_bytes())
    }

    /// The text of `scenario.toml`.
    fn scenario(&self) -> Result<String, Problems> {
        let (site, weather) = self.sky();
        // Half of the use in a place of 1200 kWh a kWp; a quarter of a mean day, in two hours.
        let pv_kw = round_number(0.5 * self.annual_kwh / 1200.0);
        let battery_kwh = round_number(0.25 * self.annual_kwh / 365.0);
        let azimuth_deg = if self.place.latitude_deg() < 0.0 { 0 } else { 180 };
        let prices = match &self.prices {
            Prices::Flat { import_per_kwh, export_per_kwh } => format!(
                "import_price_per_kwh = {import_per_kwh}\nexport_price_per_kwh = {export_per_kwh}\n\
                 # By hour and season, with demand charges: tariff = \"my-tariff.toml\" (its keys: `microgrid schema tariff`)"
            ),
            Prices::File(path) => format!("tariff = {}", quoted(&name_of(path))),
            Prices::Text { file, .. } => format!("tariff = {}", quoted(file)),
        };
        Ok(format!(
            "# A first scenario, to be made your own line by line. `microgrid check FOLDER` says what is wrong and where;\n\
             # every field that there is: `microgrid schema`. What nobody said is marked as assumed.\n\
             \n\
             [site]\n\
             name = {name}\n\
             zone = {zone}\n\
             currency = {currency}\n\
             {site}\n\
             {weather}\n\
             {time}\n\
             [[generation.pv]]\n\
             name = \"roof\"\n\
             dc_kw = {pv_kw}                   # assumed: makes about half of the year's use\n\
             tilt_deg = 20                 # assumed\n\
             azimuth_deg = {azimuth_deg}             # clockwise from north\n\
             \n\
             [[storage.battery]]\n\
             name = \"battery\"\n\
             capacity_kwh = {battery_kwh}              # assumed: a quarter of a mean day's use, in two hours\n\
             charge_max_kw = {power_kw}\n\
             discharge_max_kw = {power_kw}\n\
             \n\
             {demand}\n\
             [utility]\n\
             {prices}\n\
             \n\
             [dispatch]\n\
             strategy = \"self_consumption\" # all that there are: `microgrid strategies`\n",
            name = quoted(&self.name),
            zone = quoted(self.place.zone()),
            currency = quoted(&self.currency),
            power_kw = round_number(battery_kwh / 2.0),
            time = self.time()?,
            demand = self.demand()?,
        ))
    }

    /// Latitude and longitude, and the table of the weather.
    fn sky(&self) -> (String, String) {
        match &self.place {
            Place::Known(place) => (
                format!("latitude_deg = {}\nlongitude_deg = {}\n", place.latitude_deg, place.longitude_deg),
                format!(
                    "# Monthly {}.\n# A weather file says more: file = \"my-place.epw\"\n[site.weather.normals]\n\
                     ghi_kwh_per_m2_day = {:?}\ndhi_kwh_per_m2_day = {:?}\ntemperature_c = {:?}\nwind_m_per_s = {:?}\n",
                    place.source,
                    place.ghi_kwh_per_m2_day,
                    place.dhi_kwh_per_m2_day,
                    place.temperature_c,
                    place.wind_m_per_s
                ),
            ),
            Place::WeatherFile { path, .. } => {
                (String::new(), format!("[site.weather]\nfile = {}\n", quoted(&name_of(path))))
            }
            Place::WeatherText { file, .. } => (String::new(), format!("[site.weather]\nfile = {}\n", quoted(file))),
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

/// With two significant digits, as a size that is only a guess should look.
fn round_number(value: f64) -> f64 {
    let unit = libm::pow(10.0, libm::floor(libm::log10(value)) - 1.0);
    // Whole where it can be, so that no tail of binary digits is written.
    let count = libm::round(value / unit);
    if unit >= 1.0 { count * unit } else { count / libm::round(1.0 / unit) }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(path.display(), format!("cannot {what}")).value(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("microgrid-starter-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn starter(place: Place, prices: Prices) -> Starter {
        let currency = place.currency().unwrap_or("EUR").into();
        Starter {
            name: "my \"own\" site".into(),
            place,
            archetype: Archetype::Business,
            annual_kwh: 84_000.0,
            readings: None,
            currency,
            prices,
        }
    }

    #[test]
    fn every_known_place_makes_a_scenario_with_its_use() {
        for place in &KNOWN_PLACES {
            let folder = folder(place.name);
            let prices = Prices::Flat { import_per_kwh: 0.31, export_per_kwh: 0.08 };
            starter(Place::find(place.name, None).unwrap(), prices).write(&folder).unwrap();
            let loaded = read_folder(&folder).unwrap();
            let scenario = &loaded.scenario;
            let load_kwh: f64 = (0..8760).map(|step| scenario.loads[0].power_kw.at(step)).sum();
            assert!((load_kwh - 84_000.0).abs() < 1.0, "{load_kwh}");
            let sun_kwh: f64 =
                (0..8760).map(|step| scenario.generation[0].scale * scenario.generation[0].power_kw.at(step)).sum();
            assert!((0.4..1.0).contains(&(sun_kwh / load_kwh)), "{}: {sun_kwh}", place.name);
            assert_eq!((scenario.name.as_str(), scenario.currency.as_str()), ("my \"own\" site", place.currency));
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn files_of_ones_own_come_along() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        let weather = seeds.join("workplace-hub/weather/san_diego_ca_722904_tmy3.epw");
        let place = Place::find(&weather.display().to_string(), None).unwrap();
        assert_eq!((place.zone(), place.latitude_deg()), ("Etc/GMT+8", 32.58));
        let folder = folder("files");
        let tariff = seeds.join("workplace-hub/tariff/sce_tou_ev_4_march_2019.json");
        let starter = Starter { currency: "USD".into(), ..starter(place, Prices::File(tariff)) };
        let names = starter.write(&folder).unwrap();
        let names: Vec<String> = names.iter().map(|path| name_of(path)).collect();
        let own = ["scenario.toml", "load.csv", "san_diego_ca_722904_tmy3.epw", "sce_tou_ev_4_march_2019.json"];
        assert_eq!(names, own);
        assert!(!read_folder(&folder).unwrap().scenario.tariff.demand.is_empty());
        // What is there is never written over.
        assert!(starter.write(&folder).unwrap_err().to_string().contains("is not empty"));
        fs::remove_dir_all(folder).unwrap();
    }

    /// Caught: a weather file that is known by its name alone, which a page does not have.
    #[test]
    fn weather_and_tariff_come_as_texts_too() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        let text = fs::read_to_string(seeds.join("workplace-hub/weather/san_diego_ca_722904_tmy3.epw")).unwrap();
        let place = Place::of_weather("weather-file", &text, None).unwrap();
        assert_eq!((place.zone(), place.latitude_deg()), ("Etc/GMT+8", 32.58));
        let prices = Prices::from(KnownTariff::by_name("sce-tou-ev-4").unwrap());
        let folder = folder("texts");
        let starter = Starter { currency: "USD".into(), ..starter(place, prices) };
        let names: Vec<String> = starter.write(&folder).unwrap().iter().map(|path| name_of(path)).collect();
        assert_eq!(names, ["scenario.toml", "load.csv", "sce_tou_ev_4_march_2019.json", "weather-file"]);
        fs::remove_dir_all(folder).unwrap();
    }

    /// Caught: readings of another year read as those of the profiles', or energies as powers.
    #[test]
    fn readings_of_ones_own_stand_in_for_the_archetype() {
        let clock = Clock::of_days("Asia/Shanghai", "2024-01-01", 1800, 366).unwrap();
        let rows: String = (0..clock.steps()).map(|step| format!("{},0.75\n", &clock.label(step)[..16])).collect();
        let readings = Readings { csv: format!("from,energy\n{rows}"), column: None, unit: "kWh" };
        let folder = folder("readings");
        let prices = Prices::from(KnownTariff::by_name("jiangsu-single-part").unwrap());
        let place = Place::find("changzhou", None).unwrap();
        let starter = Starter { annual_kwh: 0.0, readings: Some(readings), ..starter(place, prices) };
        starter.write(&folder).unwrap();
        assert!((starter.measured().unwrap().annual_kwh - 1.5 * 8784.0).abs() < 1e-6);
        assert!(starter.design(None).unwrap().contains("most = 22 "), "twice 13 176 kWh at 1200 kWh a kWp");
        let loaded = read_folder(&folder).unwrap();
        assert_eq!((loaded.scenario.calendar.steps(), loaded.scenario.loads[0].power_kw.at(5000)), (8784, 1.5));
        assert!(!loaded.scenario.tariff.import.is_empty());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn answers_that_make_no_scenario_are_refused() {
        assert!(Place::find("atlantis", None).unwrap_err().to_string().contains("san-diego"));
        assert!(Place::find("atlanta", Some("Asia/Shanghai")).is_err());
        assert!(Place::find("no-such-file.epw", None).unwrap_err().to_string().contains("no file"));
        let prices = Prices::Flat { import_per_kwh: 0.31, export_per_kwh: 0.08 };
        let folder = folder("refused");
        let wrong = Starter { annual_kwh: f64::NAN, ..starter(Place::Known(&KNOWN_PLACES[0]), prices) };
        assert!(wrong.write(&folder).unwrap_err().to_string().contains("annual_kwh"));
        assert!(!folder.exists());
    }

    #[test]
    fn sizes_have_two_digits() {
        for (value, rounded) in [(35.0, 35.0), (57.534, 58.0), (0.1234, 0.12), (123_456.0, 120_000.0), (9.97, 10.0)] {
            assert_eq!(round_number(value), rounded);
        }
    }
}
