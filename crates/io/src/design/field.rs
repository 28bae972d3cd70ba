//! Which fields of a scenario can be sized, and what they are in core's scenario.

use microgrid_core::{Problem, Scenario};

use crate::scenario::ScenarioFile;
use crate::setting::FieldPath;

/// What a field is in core's scenario, with how much of it a unit of the field is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sized {
    /// The scale of a plant.
    Plant {
        /// Its place in the scenario's generation.
        index: usize,
        /// Scale per unit of the field.
        per_unit: f64,
    },
    /// The rating of a genset, by its place.
    Genset(usize),
    /// The capacity of the battery.
    Capacity,
    /// Its power of charging.
    ChargePower,
    /// Its power of discharging.
    DischargePower,
    /// The limit of import.
    ImportLimit,
}

const FIELDS: &str = "generation.pv[i].dc_kw, generation.series[i].scale or peak_kw, generation.genset[i].rating_kw, \
                      storage.battery[0].capacity_kwh, charge_max_kw or discharge_max_kw, distribution.import_limit_kw";

impl Sized {
    /// The fields of a scenario's tables that are sizes, whether they are written or not.
    pub(super) fn fields_of(tables: &ScenarioFile) -> impl Iterator<Item = String> {
        let every =
            |kind: &'static str, count: usize, key: &'static str| (0..count).map(move |i| format!("{kind}[{i}].{key}"));
        let battery = tables.storage.battery.len().min(1);
        every("generation.series", tables.generation.series.len(), "scale")
            .chain(every("generation.series", tables.generation.series.len(), "peak_kw"))
            .chain(every("generation.pv", tables.generation.pv.len(), "dc_kw"))
            .chain(every("generation.genset", tables.generation.genset.len(), "rating_kw"))
            .chain(every("storage.battery", battery, "capacity_kwh"))
            .chain(every("storage.battery", battery, "charge_max_kw"))
            .chain(every("storage.battery", battery, "discharge_max_kw"))
            .chain(std::iter::once("distribution.import_limit_kw".to_owned()))
    }

    /// The unit of the field.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Capacity => "kWh",
            _ => "kW",
        }
    }

    /// What the field of that path is.
    ///
    /// # Errors
    /// A path that no scenario has; a field that is no size; an entry that this scenario does not have.
    #[expect(clippy::result_large_err, reason = "one problem that its caller places")]
    pub(super) fn of(path: &str, tables: &ScenarioFile, scenario: &Scenario) -> Result<Self, Problem> {
        crate::setting::field_kind(path)?;
        let parsed = FieldPath::parse(path);
        let parts = parsed.as_ref().and_then(FieldPath::parts).unwrap_or_default();
        let (series, pv) = (tables.generation.series.len(), tables.generation.pv.len());
        let (found, count) = match parts[..] {
            [("generation", None), ("series", Some(i)), ("scale", None)] => {
                (Self::Plant { index: i, per_unit: 1.0 }, Some((i, series)))
            }
            [("generation", None), ("series", Some(i)), ("peak_kw", None)] if i < series => {
                let power = &scenario.generation[i].power_kw;
                let peak = (0..scenario.calendar.steps()).map(|step| power.at(step)).fold(0.0, f64::max);
                (Self::Plant { index: i, per_unit: 1.0 / peak.max(1e-9) }, Some((i, series)))
            }
            [("generation", None), ("pv", Some(i)), ("dc_kw", None)] => {
                (Self::Plant { index: series + i, per_unit: 1.0 }, Some((i, pv)))
            }
            [("generation", None), ("genset", Some(i)), ("rating_kw", None)] => {
                (Self::Genset(i), Some((i, tables.generation.genset.len())))
            }
            [("storage", None), ("battery", Some(i)), (key, None)] => {
                let count = Some((i, tables.storage.battery.len().min(1)));
                match key {
                    "capacity_kwh" => (Self::Capacity, count),
                    "charge_max_kw" => (Self::ChargePower, count),
                    "discharge_max_kw" => (Self::DischargePower, count),
                    _ => return Err(Problem::new(path, "cannot be sized").allowed(FIELDS)),
                }
            }
            [("distribution", None), ("import_limit_kw", None)] => (Self::ImportLimit, None),
            _ => return Err(Problem::new(path, "cannot be sized").allowed(FIELDS)),
        };
        match count {
            Some((place, count)) if place >= count => {
                let problem = Problem::new(path, "is not in the scenario, or not the first of its storage");
                Err(problem.allowed(format!("{count} of its kind, counted from 0")))
            }
            _ => Ok(found),
        }
    }
}
