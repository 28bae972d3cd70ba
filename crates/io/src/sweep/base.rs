//! A scenario of which a sweep makes variants.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use microgrid_core::{Plan, Problem, Problems, Scenario, Series};
use microgrid_sweep::{DayDraw, SeriesBootstrap, Value};

use super::direct::{DirectField, PriceSetter, Setter};
use super::generator::day_draw;
use super::input::{BASE, STRATEGY, SetField};
use super::recorded::RecordedFiles;
use crate::document::Document;
use crate::scenario::{Loaded, ScenarioFile, StrategySetting, read_whole, scenario_text};
use crate::setting::Setting;

/// How a value gets into a variant.
pub(super) enum Route {
    /// It is the base.
    Base,
    /// It is set in the scenario.
    Direct(Setter),
    /// It is set in the tariff, which scenarios of one value share.
    Price(PriceSetter),
    /// The base is read again with it.
    Read,
}

/// A base as it was read.
pub(super) struct ReadBase {
    pub(super) loaded: Loaded,
    pub(super) days: Option<DayDraw>,
}

/// A scenario folder or file of which variants are made.
pub(super) struct Base {
    /// As `sweep.toml` names it; empty for the scenario beside it.
    pub(super) name: String,
    file: String,
    text: String,
    /// Where its data files are, relative to the sweep's folder.
    data: PathBuf,
    files: RecordedFiles,
    tables: ScenarioFile,
    pub(super) read: Arc<ReadBase>,
    /// For each field that the sweep sets.
    pub(super) routes: Vec<Route>,
    /// The number that the base has written there.
    pub(super) own: Vec<Option<f64>>,
}

impl Base {
    /// Reads a base by its name relative to the sweep's `folder`; its data are in `files`, relative to that folder too, or
    /// beside it.
    pub(super) fn read(
        folder: &Path,
        name: &str,
        files: Option<&str>,
        bootstrap: Option<&SeriesBootstrap>,
    ) -> Result<Self, Problems> {
        let path = folder.join(name);
        // A sweep that is a file stands beside its base.
        let (file, text, own_folder) = scenario_text(&path, "scenario.toml")?;
        let parent = if path.is_dir() { Path::new(name) } else { Path::new(name).parent().unwrap_or(Path::new("")) };
        let data = files.map_or_else(|| parent.to_owned(), PathBuf::from);
        let recorded = RecordedFiles::new(&files.map_or(own_folder, |files| folder.join(files)));
        let shown = parent.join(&file).to_string_lossy().into_owned();
        let read = read_whole(&shown, &text, &recorded, &[]);
        let (tables, mut loaded) = read.map_err(|problems| placed(problems, &shown, &data))?;
        age_over_years(&mut loaded);
        keep_avoided_value(&mut loaded.scenario);
        let days = bootstrap.and_then(|bootstrap| day_draw(bootstrap, &loaded.clock));
        let read = Arc::new(ReadBase { loaded, days });
        let (routes, own) = (Vec::new(), Vec::new());
        Ok(Self { name: name.to_owned(), file: shown, text, data, files: recorded, tables, read, routes, own })
    }

    /// Finds out how each field is set; what the base does not have is a problem.
    pub(super) fn route(&mut self, fields: &[SetField], is_number: &[bool], relative: &[bool]) -> Result<(), Problems> {
        let settings: Vec<Setting> =
            fields.iter().filter(|one| one.field != BASE).map(|one| one.setting(&Value::Number(0.0))).collect();
        let mut problems = Problems::none();
        if let Err(missing) = Document::parse_with(&self.file, &self.text, &settings) {
            problems.extend(missing);
        }
        let document = Document::parse(&self.file, &self.text)?;
        for (one, relative) in fields.iter().zip(relative) {
            let own = document.number_at(&one.field);
            if *relative && own.is_none() {
                let mut problem =
                    Problem::new(&one.field, "is relative to a number that the base does not have written");
                problem.place = Some(one.place.clone());
                problems.push(problem);
            }
            self.own.push(own);
        }
        if !self.name.is_empty() {
            problems.iter_mut().for_each(|problem| problem.message += &format!(" (base \"{}\")", self.name));
        }
        let all: Vec<&str> = fields.iter().map(|one| one.field.as_str()).collect();
        for (one, is_number) in fields.iter().zip(is_number) {
            let direct = DirectField {
                field: &one.field,
                is_number: *is_number,
                tables: &self.tables,
                loaded: &self.read.loaded,
                all: &all,
            };
            self.routes.push(if one.field == BASE {
                Route::Base
            } else if let Some(setter) = direct.setter() {
                Route::Direct(setter)
            } else if let Some(setter) = direct.price_setter() {
                Route::Price(setter)
            } else {
                Route::Read
            });
        }
        problems.or_else(|| ())
    }

    /// Reads the base again with the values of all fields that ask for it.
    pub(super) fn read_with(
        &self,
        fields: &[SetField],
        values: &[Value],
        bootstrap: Option<&SeriesBootstrap>,
    ) -> Result<ReadBase, Problems> {
        let mut loaded = self.load_with(
            fields
                .iter()
                .zip(values)
                .zip(&self.routes)
                .filter_map(|(pair, route)| matches!(route, Route::Read).then_some(pair)),
        )?;
        age_over_years(&mut loaded);
        share(&mut loaded.scenario, &self.read.loaded.scenario);
        loaded.scenario.value_of_lost_load.avoided_per_kwh =
            self.read.loaded.scenario.value_of_lost_load.avoided_per_kwh;
        let days = bootstrap.and_then(|bootstrap| day_draw(bootstrap, &loaded.clock));
        Ok(ReadBase { loaded, days })
    }

    /// Reads the base again with some values in the place of what is written.
    ///
    /// A setting that means nothing to the strategy of a variant, or to its forecast, but does to others of the sweep, is
    /// carried: it is not set there.
    pub(super) fn load_with<'v>(
        &self,
        set: impl Iterator<Item = (&'v SetField, &'v Value)>,
    ) -> Result<Loaded, Problems> {
        let mut set: Vec<(&SetField, &Value)> = set.collect();
        // First, as it makes the file forget what is written for another one.
        set.sort_by_key(|(field, _)| field.field != STRATEGY);
        let text = |name: &str| set.iter().find(|(field, _)| field.field == name).and_then(|(_, value)| value.text());
        let (strategy, forecast) = (text(STRATEGY), text("dispatch.forecast"));
        let is_carried = |field: &SetField| {
            field.is_of_some_strategy
                && StrategySetting::of_field(&field.field).is_some_and(|setting| {
                    strategy.is_some_and(|strategy| !setting.is_of(strategy))
                        || forecast.is_some_and(|forecast| setting.is_foreign_to(forecast))
                })
        };
        let settings: Vec<Setting> =
            set.iter().filter(|(field, _)| !is_carried(field)).map(|(field, value)| field.setting(value)).collect();
        let read = read_whole(&self.file, &self.text, &self.files, &settings);
        read.map(|(_, loaded)| loaded).map_err(|problems| placed(problems, &self.file, &self.data))
    }

    /// The text of its file and the data files read so far, each with its name and hash.
    pub(super) fn hashes(&self) -> Vec<(String, u64)> {
        let text = (self.file.clone(), microgrid_sweep::hash(self.text.as_bytes()));
        let data = self.files.hashes().into_iter();
        let name = |name: String| self.data.join(name).to_string_lossy().into_owned();
        std::iter::once(text).chain(data.map(|(file, hash)| (name(file), hash))).collect()
    }

    /// Whether some value asks to read the base again.
    pub(super) fn is_read_again(&self) -> bool {
        self.routes.iter().any(|route| matches!(route, Route::Read))
    }
}

/// The problems with the names of data files as seen from the sweep's folder.
fn placed(mut problems: Problems, file: &str, data: &Path) -> Problems {
    for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
        if place.file != file && !place.file.ends_with("sweep.toml") {
            place.file = data.join(&place.file).to_string_lossy().into_owned();
        }
    }
    problems
}

/// Batteries that age only over years do so where there are several.
fn age_over_years(loaded: &mut Loaded) {
    if loaded.years.is_some_and(|years| years.count > 1) {
        loaded.scenario = loaded.over_years();
    }
}

/// What an unserved kWh without a price counts in the base counts in all its variants: their objectives would else differ by
/// what each derives. A base that does not compile leaves it to them.
fn keep_avoided_value(base: &mut Scenario) {
    if base.value_of_lost_load.given().contains(&None)
        && let Ok(plan) = Plan::compile(base)
    {
        base.value_of_lost_load.avoided_per_kwh = Some(plan.avoided_value_per_kwh());
    }
}

/// Gives `scenario` the parts of `base` that are equal, so that plans and lanes share them.
fn share(scenario: &mut Scenario, base: &Scenario) {
    let series = |own: &mut Series, base: &Series| {
        if own == base {
            own.clone_from(base);
        }
    };
    if scenario.calendar == base.calendar {
        scenario.calendar = base.calendar.clone();
    }
    if scenario.tariff == base.tariff {
        scenario.tariff = base.tariff.clone();
    }
    scenario
        .generation
        .iter_mut()
        .zip(&base.generation)
        .for_each(|(own, base)| series(&mut own.power_kw, &base.power_kw));
    scenario.loads.iter_mut().zip(&base.loads).for_each(|(own, base)| series(&mut own.power_kw, &base.power_kw));
    for (own, base) in scenario.loads.iter_mut().zip(&base.loads).filter(|(own, base)| own.tasks == base.tasks) {
        own.tasks = base.tasks.clone();
    }
    series(&mut scenario.carbon.intensity_kg_per_kwh, &base.carbon.intensity_kg_per_kwh);
}
