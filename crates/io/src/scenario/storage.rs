//! `[storage]`: what keeps energy.

use microgrid_core::storage::Battery;
use schemars::JsonSchema;

use super::HydrogenTable;
use crate::document::Section;

/// What keeps energy.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StorageTable {
    /// Batteries, in the order in which they are used.
    #[schemars(with = "Option<Vec<BatteryTable>>")]
    pub battery: Vec<BatteryTable>,
    /// Hydrogen plants, in the order in which they take what batteries leave over.
    #[schemars(with = "Option<Vec<HydrogenTable>>")]
    pub hydrogen: Vec<HydrogenTable>,
}

/// A battery system, seen at its AC terminals. What is left out is that of a lithium iron phosphate system.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BatteryTable {
    /// What reports call it; `battery 1`, `battery 2`, … by default.
    pub name: Option<String>,
    /// Nominal capacity in kWh, at least 0.
    pub capacity_kwh: f64,
    /// Most power taken at the AC terminals, in kW, at least 0.
    pub charge_max_kw: f64,
    /// Most power given at the AC terminals, in kW, at least 0.
    pub discharge_max_kw: f64,
    /// Stored energy per AC energy charged, 0.01 to 1; 0.95 by default.
    pub charge_efficiency: Option<f64>,
    /// AC energy discharged per stored energy, 0.01 to 1; 0.95 by default.
    pub discharge_efficiency: Option<f64>,
    /// Least state of charge, a share of the capacity; 0.1 by default.
    pub soc_min: Option<f64>,
    /// Greatest state of charge, a share of the capacity; 1 by default.
    pub soc_max: Option<f64>,
    /// State of charge at the run's start; 0.5 by default.
    pub initial_soc: Option<f64>,
    /// Leak of the energy above `soc_min`, as a rate per hour; 0 by default.
    pub self_discharge_per_h: Option<f64>,
    /// Cost of wear per AC kWh discharged, part of the objective and never of the bill; 0 by default.
    pub wear_cost_per_kwh: Option<f64>,
    /// Whether it may charge with energy from the grid; `true` by default.
    pub charge_from_grid: Option<bool>,
    /// Whether its energy may leave the site; `true` by default.
    pub export_to_grid: Option<bool>,
    /// State of charge held back while the grid is there and released in an outage; `soc_min` by default.
    pub reserve_soc: Option<f64>,
    /// Whether it can form the site's grid in an outage; `false` by default.
    pub grid_forming: Option<bool>,
}

impl StorageTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            battery: section.tables("battery", BatteryTable::read),
            hydrogen: section.tables("hydrogen", HydrogenTable::read),
        }
    }
}

impl BatteryTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            name: section.text("name"),
            capacity_kwh: section.required_number("capacity_kwh"),
            charge_max_kw: section.required_number("charge_max_kw"),
            discharge_max_kw: section.required_number("discharge_max_kw"),
            charge_efficiency: section.number("charge_efficiency"),
            discharge_efficiency: section.number("discharge_efficiency"),
            soc_min: section.number("soc_min"),
            soc_max: section.number("soc_max"),
            initial_soc: section.number("initial_soc"),
            self_discharge_per_h: section.number("self_discharge_per_h"),
            wear_cost_per_kwh: section.number("wear_cost_per_kwh"),
            charge_from_grid: section.flag("charge_from_grid"),
            export_to_grid: section.flag("export_to_grid"),
            reserve_soc: section.number("reserve_soc"),
            grid_forming: section.flag("grid_forming"),
        }
    }

    /// Core's battery, the `index`th of the scenario, counted from 0.
    #[must_use]
    pub fn battery(&self, index: usize) -> Battery {
        let usual = Battery::lithium_iron_phosphate(self.capacity_kwh, self.charge_max_kw);
        let soc_min = self.soc_min.unwrap_or(usual.soc_min);
        Battery {
            name: self.name.clone().unwrap_or_else(|| format!("battery {}", index + 1)),
            capacity_kwh: self.capacity_kwh,
            charge_max_kw: self.charge_max_kw,
            discharge_max_kw: self.discharge_max_kw,
            charge_efficiency: self.charge_efficiency.unwrap_or(usual.charge_efficiency),
            discharge_efficiency: self.discharge_efficiency.unwrap_or(usual.discharge_efficiency),
            soc_min,
            soc_max: self.soc_max.unwrap_or(usual.soc_max),
            initial_soc: self.initial_soc.unwrap_or(usual.initial_soc),
            self_discharge_per_h: self.self_discharge_per_h.unwrap_or(usual.self_discharge_per_h),
            wear_cost_per_kwh: self.wear_cost_per_kwh.unwrap_or(usual.wear_cost_per_kwh),
            charge_from_grid: self.charge_from_grid.unwrap_or(usual.charge_from_grid),
            export_to_grid: self.export_to_grid.unwrap_or(usual.export_to_grid),
            reserve_soc: self.reserve_soc.unwrap_or(soc_min),
            grid_forming: self.grid_forming.unwrap_or(usual.grid_forming),
        }
    }
}
