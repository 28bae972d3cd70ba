//! `[storage.battery.part_load]`, `.charge_taper`, `.discharge_taper`, `.wells` and `.cells`: what a plain battery leaves out.

use microgrid_core::Series;
use microgrid_core::storage::{CellTemperature, PartLoad, PowerBySoc, PowerByTemperature, TwoWells};
use schemars::JsonSchema;

use super::ambient::Ambient;
use super::loading::Reading;
use super::months;
use crate::document::Section;

/// Efficiency by load, both ways alike; the battery's efficiencies are those at the best load.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartLoadTable {
    /// Loads in percent of the greater of the power limits: rising, above 0, at most 100; 1 to 32 of them.
    pub load_percent: Vec<f64>,
    /// Efficiency at each, in percent; only how they stand to their best counts.
    pub efficiency_percent: Vec<f64>,
}

/// A share of a power limit by state of charge, linear between its points.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TaperTable {
    /// States of charge in percent of the capacity that is left, rising, 0 to 100; 2 to 32 of them.
    pub soc_percent: Vec<f64>,
    /// Power at each, in percent of the limit.
    pub power_percent: Vec<f64>,
}

/// The two wells of the kinetic battery model, for lead-acid cells: how much they can give depends on how fast.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WellsTable {
    /// Share of the capacity in the available well, c, in percent, 1 to 99.
    pub available_percent: f64,
    /// Rate at which the wells level out, k per hour, 0.0001 to 100.
    pub exchange_per_h: f64,
}

/// The temperature of the cells: one node with the heat of its losses and the room around it.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CellsTable {
    /// Temperature around the cells in °C, −60 to 80.
    pub ambient_c: Option<f64>,
    /// The same by calendar month: twelve numbers, January first; instead of `ambient_c`.
    pub ambient_by_month_c: Option<[f64; 12]>,
    /// Whether it is the air of the site's weather, step by step; instead of `ambient_c`.
    pub ambient_from_weather: Option<bool>,
    /// Time in which a difference to the room falls to 1/e, in hours, 0.01 to 1000.
    pub time_constant_h: f64,
    /// Heat lost for each kelvin above the room, in W for each kWh of capacity.
    pub heat_loss_w_per_c: f64,
    /// Share of the conversion losses that warms the cells, in percent; 40 by default.
    pub heat_percent: Option<f64>,
    /// Most charge by temperature; no matter which by default.
    pub charge: Option<PowerByTemperatureTable>,
    /// Most discharge by temperature; no matter which by default.
    pub discharge: Option<PowerByTemperatureTable>,
}

/// A share of a power limit by the temperature of the cells, linear between its points.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PowerByTemperatureTable {
    /// Temperatures in °C, rising; 2 to 32 of them.
    pub temperature_c: Vec<f64>,
    /// Power at each, in percent of the limit.
    pub power_percent: Vec<f64>,
}

/// A list that must be written.
fn required_list(section: &mut Section<'_>, key: &'static str) -> Vec<f64> {
    if !section.has(key) {
        section.missing(key, "a list of numbers, such as [10, 50, 100]");
    }
    section.numbers(key)
}

impl PartLoadTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            load_percent: required_list(section, "load_percent"),
            efficiency_percent: required_list(section, "efficiency_percent"),
        }
    }

    pub(super) fn part_load(&self) -> PartLoad {
        PartLoad { load_percent: self.load_percent.clone(), efficiency_percent: self.efficiency_percent.clone() }
    }
}

impl TaperTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            soc_percent: required_list(section, "soc_percent"),
            power_percent: required_list(section, "power_percent"),
        }
    }

    pub(super) fn taper(&self) -> PowerBySoc {
        PowerBySoc { soc_percent: self.soc_percent.clone(), power_percent: self.power_percent.clone() }
    }
}

impl WellsTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            available_percent: section.required_number("available_percent"),
            exchange_per_h: section.required_number("exchange_per_h"),
        }
    }

    pub(super) fn wells(&self) -> TwoWells {
        TwoWells { available_percent: self.available_percent, exchange_per_h: self.exchange_per_h }
    }
}

impl CellsTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            ambient_c: section.number("ambient_c"),
            ambient_by_month_c: months::within(section, "ambient_by_month_c", -60.0, 80.0),
            ambient_from_weather: section.flag("ambient_from_weather"),
            time_constant_h: section.required_number("time_constant_h"),
            heat_loss_w_per_c: section.required_number("heat_loss_w_per_c"),
            heat_percent: section.number("heat_percent"),
            charge: section.table("charge", PowerByTemperatureTable::read),
            discharge: section.table("discharge", PowerByTemperatureTable::read),
        };
        section.require_one(&["ambient_c", "ambient_by_month_c", "ambient_from_weather"]);
        table
    }

    pub(super) fn cells(&self, path: &str, reading: &mut Reading<'_>) -> CellTemperature {
        let ambient = Ambient {
            constant_c: self.ambient_c,
            by_month_c: self.ambient_by_month_c.as_ref(),
            from_weather: self.ambient_from_weather,
            // Where none is written, that is refused, and what stands in counts nowhere.
            usual_c: &Series::Constant(25.0),
        };
        CellTemperature {
            ambient_c: ambient.series(path, reading),
            time_constant_h: self.time_constant_h,
            heat_loss_w_per_c: self.heat_loss_w_per_c,
            heat_percent: self.heat_percent.unwrap_or(40.0),
            charge: self.charge.as_ref().map(PowerByTemperatureTable::limit),
            discharge: self.discharge.as_ref().map(PowerByTemperatureTable::limit),
        }
    }
}

impl PowerByTemperatureTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            temperature_c: required_list(section, "temperature_c"),
            power_percent: required_list(section, "power_percent"),
        }
    }

    fn limit(&self) -> PowerByTemperature {
        PowerByTemperature { temperature_c: self.temperature_c.clone(), power_percent: self.power_percent.clone() }
    }
}
