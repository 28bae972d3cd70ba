//! From a scenario folder to core's scenario.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use microgrid_core::demand::Load;
use microgrid_core::distribution::monitoring::Monitoring;
use microgrid_core::generation::pv::{PvPlant, SolarResource};
use microgrid_core::generation::{Location, SeriesPlant};
use microgrid_core::simulation::Years;
use microgrid_core::storage::{Ageing, Battery};
use microgrid_core::utility::Tariff;
use microgrid_core::{Problem, Problems, Scenario, Series};

use super::scaling::{Scaling, is_one_year};
use super::weather::SiteWeather;
use super::{BatteryTable, PvTable, ScenarioFile, YearsTable};
use crate::document::Document;
use crate::files::{self, Files, Folder};
use crate::series::{Quantity, SeriesInput, SeriesReader};
use crate::setting::Setting;
use crate::tariff::{Customer, TwoPart, read_tariff_file};
use crate::time::Clock;

/// A scenario with what core does not know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The scenario, checked.
    pub scenario: Scenario,
    /// The run's steps in civil time.
    pub clock: Clock,
    /// Where the site is, if it says so; else where its weather file is from.
    pub location: Option<Location>,
    /// What the reader of the numbers should know: what each named rule did to the data, and resulting scales.
    pub notes: Vec<String>,
    /// Where the tariff lets the customer choose between two charges, the choice that the scenario did not take.
    pub other_choice: Option<OtherChoice>,
    /// Years that follow the first, where the file says so.
    pub years: Option<Years>,
    /// Of each battery, how it ages where that is so only in runs of several years: see [`Loaded::over_years`].
    pub ageing_over_years: Vec<Option<Ageing>>,
    /// The solar plants under their sky, where there are any; what they make of it is in the scenario already.
    pub solar: Option<Arc<SolarSite>>,
    /// What is watched in a run, where the scenario says so.
    pub monitoring: Option<Monitoring>,
}

impl Loaded {
    /// The scenario as runs of several years take it: with the ageing of batteries that keep as new in a run of one year
    /// (`only_over_years`).
    #[must_use]
    pub fn over_years(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        for (battery, ageing) in scenario.storage.iter_mut().zip(&self.ageing_over_years) {
            if ageing.is_some() {
                battery.ageing.clone_from(ageing);
            }
        }
        scenario
    }
}

/// The solar plants of a scenario under their sky: to trace them link by link.
#[derive(Debug, Clone, PartialEq)]
pub struct SolarSite {
    /// Sun and weather on the run's steps.
    pub resource: SolarResource,
    /// Each plant with its name; one of 0 kW as 1 kW.
    pub plants: Vec<(String, PvPlant)>,
}

/// A two-part tariff's choice that the scenario did not take.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherChoice {
    /// The choice taken.
    pub chosen: TwoPart,
    /// The tariff with the other one.
    pub tariff: Arc<Tariff>,
}

/// Reads a scenario from a folder with `scenario.toml`, or from a `.toml` file whose folder holds its data.
///
/// # Errors
/// Every problem of a stage, each with its file and line.
pub fn read_folder(path: impl AsRef<Path>) -> Result<Loaded, Problems> {
    read_folder_with(path, &[])
}

/// As [`read_folder`], with values that stand in for what is written.
///
/// # Errors
/// Every problem of a stage, each with its file and line, or at the setting that brings it.
pub fn read_folder_with(path: impl AsRef<Path>, settings: &[Setting]) -> Result<Loaded, Problems> {
    let (name, text, folder) = scenario_text(path.as_ref(), "scenario.toml")?;
    read_whole(&name, &text, &Folder::new(folder), settings).map(|(_, loaded)| loaded)
}

/// The name, the text and the folder of a `.toml` file, or of the file `usual` in a folder.
///
/// # Errors
/// A file that cannot be read or is not text.
pub(crate) fn scenario_text(path: &Path, usual: &str) -> Result<(String, String, PathBuf), Problems> {
    let file = if path.is_dir() { path.join(usual) } else { path.to_owned() };
    let name = file.file_name().map_or_else(|| usual.to_owned(), |name| name.to_string_lossy().into_owned());
    let bytes = files::read_regular(&file, files::TOML_MOST_BYTES).map_err(|fault| {
        let message = fault.to_string();
        let hint = format!("name a folder with a {usual}, or a .toml file");
        Problem::new("", message).hint(hint).at(file.display().to_string(), None)
    })?;
    let text = files::text_of(bytes, &name)?;
    Ok((name, text, file.parent().unwrap_or(Path::new(".")).to_owned()))
}

/// Reads a scenario from the text of a `scenario.toml` that messages call `file`, with its data from `files`.
///
/// # Errors
/// Every problem of a stage, each with its file and line.
///
/// # Examples
/// ```
/// use std::collections::BTreeMap;
///
/// let text = r#"
///     site = { name = "shed", zone = "Asia/Shanghai", currency = "CNY" }
///     time = { start = "2025-07-01", days = 1, step_minutes = 60 }
///     utility = { import_price_per_kwh = 0.7 }
///     [[demand.load]]
///     power_kw = 12
/// "#;
/// let loaded = microgrid_io::scenario::read_text("scenario.toml", text, &BTreeMap::new())?;
/// assert_eq!(loaded.scenario.calendar.steps(), 24);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub fn read_text(file: &str, text: &str, files: &dyn Files) -> Result<Loaded, Problems> {
    read_whole(file, text, files, &[]).map(|(_, loaded)| loaded)
}

/// Reads a scenario with `settings` in place of what is written, and returns its tables too.
pub(crate) fn read_whole(
    file: &str,
    text: &str,
    files: &dyn Files,
    settings: &[Setting],
) -> Result<(ScenarioFile, Loaded), Problems> {
    let document = Document::parse_with(file, text, settings)?;
    let tables = ScenarioFile::read(&document);
    let clock = clock(&tables, &document);
    let Some(clock) = clock else { return Err(document.into_problems()) };
    let mut reading = Reading {
        document: &document,
        clock: &clock,
        currency: &tables.site.currency,
        files,
        series: SeriesReader::new(files, &clock),
        notes: Vec::new(),
        sky: None,
        other_choice: None,
        night_loads: Vec::new(),
        solar_plants: Vec::new(),
    };
    let mut scenario = reading.scenario(&tables);
    let Reading { series, mut notes, sky, other_choice, solar_plants: plants, .. } = reading;
    let location = tables.site.location().or(sky.as_ref().map(|sky| sky.location));
    let solar = sky.filter(|_| !plants.is_empty()).map(|sky| Arc::new(SolarSite { resource: sky.solar, plants }));
    notes.splice(0..0, series.notes);
    document.extend(series.problems);
    check(&scenario, &tables, &document);
    let only_over_years = |(battery, table): (&mut Battery, &BatteryTable)| {
        if table.ages_only_over_years() { battery.ageing.take() } else { None }
    };
    let ageing_over_years = scenario.storage.iter_mut().zip(&tables.storage.battery).map(only_over_years).collect();
    let monitoring = tables.monitoring.as_ref().map(|table| table.monitoring(&scenario, &document));
    let years = tables.years.as_ref().map(YearsTable::years);
    if let Some(years) = years.filter(|years| years.count > 1) {
        notes
            .push(format!("years: `run` and `sweep` go through {}; all other commands look at the first", years.count));
    }
    document.into_problems().or_else(|| {
        let loaded =
            Loaded { scenario, clock, location, notes, other_choice, solar, monitoring, years, ageing_over_years };
        (tables, loaded)
    })
}

fn clock(tables: &ScenarioFile, document: &Document<'_>) -> Option<Clock> {
    let settings = tables.time.clock_settings(&tables.site.zone, document)?;
    let clock = Clock::new(&settings).map_err(|mut problems| {
        for problem in problems.iter_mut() {
            if problem.field == "time.step_s" && tables.time.step_s.is_none() {
                problem.field = "time.step_minutes".into();
            }
        }
        document.extend(problems);
    });
    clock.ok()
}

/// Adds what core finds wrong, but for tables in which a harmless value stands in for a faulty one.
fn check(scenario: &Scenario, tables: &ScenarioFile, document: &Document<'_>) {
    let Err(problems) = scenario.check() else { return };
    for mut problem in problems {
        // In a file the parts of a battery's detail stand in its own table.
        if problem.field.starts_with("storage.battery[") {
            problem.field = problem.field.replace(".detail", "");
        }
        // `storage.battery[0]` of `storage.battery[0].soc_min`.
        let entry =
            problem.field.match_indices('.').nth(1).map_or(problem.field.as_str(), |(end, _)| &problem.field[..end]);
        if document.is_faulty(entry) {
            continue;
        }
        let tariff_part = ["utility.import", "utility.export", "utility.demand", "utility.capacity", "utility.fixed"]
            .iter()
            .find(|part| problem.field.strip_prefix(*part).is_some_and(|rest| rest.starts_with('[')));
        if let Some(part) = tariff_part {
            if tables.utility.tariff.is_some() {
                problem.place = Some(document.place_of("utility.tariff"));
            } else {
                problem.field = format!("{part}_price_per_kwh");
            }
        }
        document.note(problem);
    }
}

/// A scenario while its data files are read.
pub(super) struct Reading<'a> {
    document: &'a Document<'a>,
    pub(super) clock: &'a Clock,
    pub(super) currency: &'a str,
    pub(super) files: &'a dyn Files,
    series: SeriesReader<'a>,
    notes: Vec<String>,
    pub(super) sky: Option<SiteWeather>,
    other_choice: Option<OtherChoice>,
    /// What the inverters of solar plants draw at night.
    pub(super) night_loads: Vec<Load>,
    pub(super) solar_plants: Vec<(String, PvPlant)>,
}

impl Reading<'_> {
    /// The series of a field; 0 stands in where it has a problem.
    pub(super) fn series(&mut self, field: &str, input: &SeriesInput, quantity: Quantity<'_>) -> Series {
        if self.is_faulty(field) {
            return Series::Constant(0.0);
        }
        self.series.read(field, input, quantity)
    }

    /// The factor on the series of the table `path`; 1 stands in where it has a problem.
    pub(super) fn scale(&mut self, path: &str, scaling: Scaling, power_kw: &Series) -> f64 {
        if self.is_faulty(path) {
            return 1.0;
        }
        let factor =
            scaling.factor(path, power_kw, self.clock).map_err(|problems| self.extend(problems)).unwrap_or(1.0);
        if let Scaling::AnnualKwh(_) | Scaling::PeakKw(_) = scaling {
            self.notes.push(format!("{path}: scaled by {factor}"));
        }
        factor
    }

    /// Notes the energy and the peak of a series that is not scaled to either, so that a wrong unit is seen.
    pub(super) fn echo_energy(&mut self, path: &str, scaling: Scaling, power_kw: &Series) {
        let scale = match scaling {
            Scaling::None => 1.0,
            Scaling::Scale(scale) => scale,
            Scaling::AnnualKwh(_) | Scaling::PeakKw(_) => return,
        };
        if self.is_faulty(path) {
            return;
        }
        let powers = (0..self.clock.steps()).map(|step| scale * power_kw.at(step));
        let (sum_kw, peak_kw) = powers.fold((0.0, 0.0), |(sum, peak), kw: f64| (sum + kw, f64::max(peak, kw)));
        let run_h = self.clock.steps() as f64 * f64::from(self.clock.step_s()) / 3600.0;
        let mean_kw = sum_kw / self.clock.steps() as f64;
        let energy = match is_one_year(self.clock) {
            true => format!("{:.0} kWh a year", mean_kw * run_h),
            false => format!("{:.0} kWh in the run, {:.0} kWh a year at that rate", mean_kw * run_h, mean_kw * 8760.0),
        };
        self.notes.push(format!("{path}: {energy}, greatest step {peak_kw:.3} kW"));
    }

    /// Whether a field, or one within it, has a problem.
    pub(super) fn is_faulty(&self, field: &str) -> bool {
        let within = |problem: &Problem| problem.field.starts_with(field);
        self.document.is_faulty(field) || self.series.problems.iter().any(within)
    }

    pub(super) fn extend(&self, problems: Problems) {
        self.document.extend(problems);
    }

    /// Keeps a problem of another file, which spoils no field of the scenario.
    pub(super) fn note_problem(&self, problem: Problem) {
        self.document.note(problem);
    }

    /// Temperature of the air of the site's weather, °C; `None` where there is no sky.
    pub(super) fn air_c(&self) -> Option<Series> {
        Some(Series::Steps(self.sky.as_ref()?.solar.air_c().into()))
    }

    /// Direct current that the inverter of a plant clips in each step, kW; `None` where there is no sky.
    pub(super) fn clipped_kw(&self, plant: &PvPlant) -> Option<Vec<f64>> {
        self.sky.as_ref()?.solar.clipped_dc_kw(plant).ok()
    }

    /// Adds a line for the reader of the numbers.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn scenario(&mut self, tables: &ScenarioFile) -> Scenario {
        let utility = &tables.utility;
        let tariff = match &utility.tariff {
            Some(name) => self.tariff_file(name, tables),
            None => utility.inline_tariff(self),
        };
        let gensets = tables.generation.genset.iter().enumerate();
        let batteries = tables.storage.battery.iter().enumerate();
        let hydrogen = tables.storage.hydrogen.iter().enumerate();
        let heaters = tables.demand.water_heater.iter().enumerate();
        let stations = tables.demand.station.iter().enumerate();
        let swap_stations = tables.demand.swap_station.iter().enumerate();
        let shiftables = tables.demand.shiftable.iter().enumerate();
        let buildings = tables.demand.building.iter().enumerate();
        let mut scenario = Scenario {
            name: tables.site.name.clone(),
            currency: tables.site.currency.clone(),
            calendar: Arc::new(self.clock.calendar()),
            generation: self.plants(tables),
            gensets: gensets.map(|(i, genset)| genset.genset(i)).collect(),
            spinning_reserve: tables.generation.spinning_reserve(),
            storage: batteries.map(|(i, battery)| battery.battery(i, &tables.generation, self)).collect(),
            hydrogen: hydrogen.map(|(i, table)| table.plant(i, self)).collect(),
            connection: tables.distribution.connection(self),
            feeder: None,
            loads: self.loads(tables),
            water_heaters: heaters.map(|(i, heater)| heater.water_heater(i, self)).collect(),
            stations: stations.map(|(i, station)| station.station(i, self)).collect(),
            swap_stations: swap_stations.map(|(i, station)| station.swap_station(i, self)).collect(),
            shiftables: shiftables.map(|(i, load)| load.shiftable(i, self)).collect(),
            buildings: buildings.map(|(i, building)| building.building(i, self)).collect(),
            value_of_lost_load: tables.demand.value_of_lost_load(),
            tariff: Arc::new(tariff),
            carbon: utility.carbon(self),
            outages: utility.outages(self),
            dispatch: tables.dispatch.dispatch(),
            stored_value_per_kwh: tables.dispatch.stored_value_per_kwh,
            run_end: tables.dispatch.run_end(),
        };
        if let Some(feeder) = &tables.distribution.feeder {
            scenario.feeder = feeder.feeder(&scenario, self).map(Arc::new);
        }
        scenario
    }

    /// Plants of given power, then solar arrays, then wind turbines.
    fn plants(&mut self, tables: &ScenarioFile) -> Vec<SeriesPlant> {
        let generation = &tables.generation;
        let given = generation.series.iter().enumerate();
        let mut plants: Vec<SeriesPlant> = given.map(|(i, plant)| plant.plant(i, self)).collect();
        let in_the_air = tables.storage.battery.iter().filter(|battery| battery.stands_in_the_air()).count();
        let under_the_sky = [
            ("generation.pv", generation.pv.len()),
            ("generation.wind", generation.wind.len()),
            ("demand.building", tables.demand.building.len()),
            ("storage.battery", in_the_air),
        ];
        let users = under_the_sky.into_iter().filter(|(_, count)| *count > 0).map(|(table, _)| table);
        match &tables.site.weather {
            Some(_) if users.clone().next().is_none() && !self.is_faulty("generation") => {
                let unused = Problem::new("site.weather", "is used by nothing");
                let hint =
                    "write [[generation.pv]], [[generation.wind]] or [[demand.building]], or leave the weather out";
                self.document.push(unused.hint(hint));
            }
            None if !self.is_faulty("site") => users.for_each(|table| {
                let missing = Problem::new(table, "has no weather");
                self.document.push(missing.hint("write [site.weather] with file or normals"));
            }),
            Some(weather) => self.sky = weather.on_steps(&tables.site, self),
            None => {}
        }
        let mut sky = self.sky.take();
        if generation.pv.iter().any(PvTable::is_by_month) {
            sky = sky.and_then(|sky| sky.with_months(self));
        }
        plants.extend(generation.pv.iter().enumerate().map(|(i, plant)| plant.series_plant(i, sky.as_ref(), self)));
        plants.extend(generation.wind.iter().enumerate().map(|(i, turbine)| turbine.plant(i, sky.as_ref(), self)));
        self.sky = sky;
        plants
    }

    /// Loads of given power, then charging sessions, then deferrable loads, then what inverters draw at night.
    fn loads(&mut self, tables: &ScenarioFile) -> Vec<Load> {
        let demand = &tables.demand;
        let given = demand.load.iter().enumerate();
        let mut loads: Vec<Load> = given.map(|(i, load)| load.load(i, self)).collect();
        loads.extend(demand.sessions.iter().enumerate().map(|(i, sessions)| sessions.load(i, self)));
        loads.extend(demand.deferrable.iter().enumerate().map(|(i, deferrable)| deferrable.load(i, self)));
        loads.append(&mut self.night_loads);
        for (i, battery) in tables.storage.battery.iter().enumerate() {
            let path = format!("storage.battery[{i}].auxiliaries");
            if let Some(load) = battery.auxiliaries(i, self).filter(|_| !self.is_faulty(&path)) {
                self.echo_energy(&path, Scaling::None, &load.power_kw);
                loads.push(load);
            }
        }
        loads
    }

    fn tariff_file(&mut self, name: &str, tables: &ScenarioFile) -> Tariff {
        let folder = self.files.folder().map(|folder| folder.join(name));
        let coincident_steps = tables.utility.coincident_steps(self);
        let customer = Customer {
            folder: folder.as_deref().and_then(Path::parent),
            currency: Some(&tables.site.currency),
            choose: tables.utility.two_part,
            contract_kw: tables.utility.contract_kw,
            coincident_steps: coincident_steps.as_deref(),
            capacity_kva: tables.distribution.transformer.map(|transformer| transformer.rating_kva),
        };
        let text = files::read_text(self.files, "utility.tariff", name);
        let read =
            |customer: &Customer<'_>| text.clone().and_then(|text| read_tariff_file(&text, name, self.clock, customer));
        match read(&customer) {
            Ok(file) => {
                self.other_choice = file.chosen.and_then(|chosen| {
                    // A site may lack what the other charge asks for, such as its capacity: then there is no choice.
                    let mut other = read(&Customer { choose: Some(chosen.other()), ..customer.clone() }).ok()?;
                    // What was metered for a charge of one choice means nothing to the other.
                    let _ = tables.utility.give_metered(&mut other.tariff);
                    Some(OtherChoice { chosen, tariff: Arc::new(other.tariff) })
                });
                let mut tariff = file.tariff;
                if let Err(problems) = tables.utility.give_metered(&mut tariff) {
                    self.extend(problems);
                }
                tariff // Core copies the tariff's notes to the outcome.
            }
            Err(problems) => {
                // Their fields are those of the tariff's file, which spoil none of the scenario's.
                problems.into_iter().for_each(|problem| self.document.note(problem));
                Tariff::default()
            }
        }
    }
}
