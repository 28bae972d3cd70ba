//! A first scenario of one's own from three answers: where, how much, at what price.
//!
//! [`Starter::write`] makes a folder with a commented `scenario.toml` of about ten fields and a year of load in hours. Every
//! number that nobody gave is a size in proportion to the use, and the comment beside it says so; the folder is there to be
//! changed line by line.

mod archetype;
mod place;

pub use archetype::Archetype;
pub use place::{KNOWN_PLACES, KnownPlace, Place};

use std::fs;
use std::path::{Path, PathBuf};

use microgrid_core::{Problem, Problems};

use crate::files;
use crate::scenario::read_folder;
use crate::time::Clock;

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
    /// Use of a year, kWh, above 0 and at most 1e12.
    pub annual_kwh: f64,
    /// Currency of the prices, three capital letters.
    pub currency: String,
    /// What is paid for energy.
    pub prices: Prices,
}

/// The year of the profiles, and of the scenario.
const YEAR: i32 = 2025;

impl Starter {
    /// Writes the scenario into `folder`, which is made where it is missing, reads it again as every command does, and
    /// returns the files.
    ///
    /// # Errors
    /// A folder that is not empty, or cannot be written; answers that make no scenario, each by its field.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, Problems> {
        let mut problems = Problems::none();
        problems.require_range("annual_kwh", self.annual_kwh, 1e-6, 1e12);
        problems.or_else(|| ())?;
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            let problem = Problem::new("folder", "is not empty").value(folder.display());
            return Err(problem.hint("name a folder that is not there yet").into());
        }
        let clock = Clock::of_days(self.place.zone(), &format!("{YEAR}-01-01"), 3600, 365)?;
        let mut made = vec![
            ("scenario.toml".to_owned(), self.scenario().into_bytes()),
            ("load.csv".to_owned(), self.load(&clock)),
        ];
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

    /// A row for each hour of the year.
    fn load(&self, clock: &Clock) -> Vec<u8> {
        let mean_kw = self.annual_kwh / clock.steps() as f64;
        let mut text = String::from("time,load_kw\n");
        for (step, share) in self.archetype.per_unit(clock).into_iter().enumerate() {
            text += &format!("{},{:.4}\n", clock.label(step), share * mean_kw);
        }
        text.into_bytes()
    }

    /// The text of `scenario.toml`.
    fn scenario(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.into()).to_string();
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
        };
        format!(
            "# A first scenario, to be made your own line by line. `microgrid check FOLDER` says what is wrong and where;\n\
             # every field that there is: `microgrid schema`. What nobody said is marked as assumed.\n\
             \n\
             [site]\n\
             name = {name}\n\
             zone = {zone}\n\
             currency = \"{currency}\"\n\
             {site}\n\
             {weather}\n\
             [time]\n\
             start = \"{YEAR}-01-01\"\n\
             days = 365\n\
             step_minutes = 60             # 15 where the tariff charges quarter-hourly peaks\n\
             \n\
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
             [[demand.load]]\n\
             name = \"{archetype}\"\n\
             # {annual} kWh with the shape of BDEW's profile of 2025; put your own meter's readings here\n\
             power_kw = {{ file = \"load.csv\", column = \"load_kw\", unit = \"kW\", time_column = \"time\" }}\n\
             \n\
             [utility]\n\
             {prices}\n\
             \n\
             [dispatch]\n\
             strategy = \"self_consumption\" # all that there are: `microgrid strategies`\n",
            name = quoted(&self.name),
            zone = quoted(self.place.zone()),
            currency = self.currency,
            power_kw = round_number(battery_kwh / 2.0),
            archetype = self.archetype.name(),
            annual = self.annual_kwh,
        )
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
                let name = toml::Value::String(name_of(path)).to_string();
                (String::new(), format!("[site.weather]\nfile = {name}\n"))
            }
        }
    }
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
