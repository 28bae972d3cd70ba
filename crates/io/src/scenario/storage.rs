//! `[storage]`: what keeps energy.

use microgrid_core::Problem;
use microgrid_core::demand::Load;
use microgrid_core::storage::{Battery, BatteryDetail};
use schemars::JsonSchema;

use super::loading::Reading;
use super::{
    AgeingTable, AuxiliariesTable, CellsTable, GenerationTable, HybridTable, HydrogenTable, PartLoadTable, TaperTable,
    WellsTable,
};
use crate::catalogue::{StoragePreset, storage_presets};
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
    /// The kind of storage whose efficiencies, window, self-discharge and wells it has where it does not say otherwise; `microgrid
    /// catalogue preset` lists them. A lithium iron phosphate system of 0.95 each way by default.
    #[schemars(with = "Option<String>", extend("enum" = preset_names()))]
    pub preset: Option<&'static StoragePreset>,
    /// Nominal capacity in kWh, at least 0.
    pub capacity_kwh: f64,
    /// Most power taken at the AC terminals (with `hybrid` at those of direct current), in kW, at least 0.
    pub charge_max_kw: f64,
    /// Most power given at the AC terminals (with `hybrid` at those of direct current), in kW, at least 0.
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
    /// How it ages in the run; it does not by default.
    pub ageing: Option<AgeingTable>,
    /// How the efficiency falls beside its best load; it does not by default.
    pub part_load: Option<PartLoadTable>,
    /// Most charge by state of charge; no matter which by default.
    pub charge_taper: Option<TaperTable>,
    /// Most discharge by state of charge; no matter which by default.
    pub discharge_taper: Option<TaperTable>,
    /// The two wells of lead-acid cells; none by default.
    pub wells: Option<WellsTable>,
    /// The temperature of the cells; nobody follows it by default.
    pub cells: Option<CellsTable>,
    /// The inverter that it shares with a solar plant; it has its own by default.
    pub hybrid: Option<HybridTable>,
    /// What it draws beside its charge: a load of the site; nothing by default.
    pub auxiliaries: Option<AuxiliariesTable>,
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
        // Of a battery behind a shared inverter core's are at the bus, and may be above 1.
        let is_shared = section.has("hybrid");
        let efficiency = |section: &mut Section<'_>, key| {
            if is_shared { section.number_within(key, 0.01, 1.0) } else { section.number(key) }
        };
        let table = Self {
            name: section.text("name"),
            preset: section.choice("preset", &storage_presets().iter().map(|of| (&*of.name, of)).collect::<Vec<_>>()),
            capacity_kwh: section.required_number("capacity_kwh"),
            charge_max_kw: section.required_number("charge_max_kw"),
            discharge_max_kw: section.required_number("discharge_max_kw"),
            charge_efficiency: efficiency(section, "charge_efficiency"),
            discharge_efficiency: efficiency(section, "discharge_efficiency"),
            soc_min: section.number("soc_min"),
            soc_max: section.number("soc_max"),
            initial_soc: section.number("initial_soc"),
            self_discharge_per_h: section.number("self_discharge_per_h"),
            wear_cost_per_kwh: section.number("wear_cost_per_kwh"),
            charge_from_grid: section.flag("charge_from_grid"),
            export_to_grid: section.flag("export_to_grid"),
            reserve_soc: section.number("reserve_soc"),
            grid_forming: section.flag("grid_forming"),
            ageing: section.table("ageing", AgeingTable::read),
            part_load: section.table("part_load", PartLoadTable::read),
            charge_taper: section.table("charge_taper", TaperTable::read),
            discharge_taper: section.table("discharge_taper", TaperTable::read),
            wells: section.table("wells", WellsTable::read),
            cells: section.table("cells", CellsTable::read),
            hybrid: section.table("hybrid", HybridTable::read),
            auxiliaries: section.table("auxiliaries", AuxiliariesTable::read),
        };
        let given = table.ageing.as_ref().is_some_and(AgeingTable::gives_temperature);
        if table.cells.is_some() && given {
            let twice = Problem::new(section.field("ageing"), "gives the temperature of cells that `cells` works out");
            section.push(twice.hint("leave temperature_c and temperature_by_month_c out of one of them"));
        }
        table
    }

    /// Core's detail of the battery at `path`; `None` where it is plain.
    fn detail(&self, path: &str, reading: &mut Reading<'_>) -> Option<Box<BatteryDetail>> {
        let wells = self.wells.as_ref().map(WellsTable::wells);
        let detail = BatteryDetail {
            part_load: self.part_load.as_ref().map(PartLoadTable::part_load),
            charge_taper: self.charge_taper.as_ref().map(TaperTable::taper),
            discharge_taper: self.discharge_taper.as_ref().map(TaperTable::taper),
            wells: wells.or_else(|| self.preset.and_then(|preset| preset.wells)),
            cells: self.cells.as_ref().map(|cells| cells.cells(&format!("{path}.cells"), reading)),
            hybrid: None,
        };
        (detail != BatteryDetail::default()).then(|| Box::new(detail))
    }

    /// Core's battery, the `index`th of the scenario, counted from 0.
    pub(super) fn battery(&self, index: usize, generation: &GenerationTable, reading: &mut Reading<'_>) -> Battery {
        let path = format!("storage.battery[{index}]");
        let mut usual = Battery::lithium_iron_phosphate(self.capacity_kwh, self.charge_max_kw);
        if let Some(preset) = self.preset {
            usual.charge_efficiency = preset.charge_efficiency;
            usual.discharge_efficiency = preset.discharge_efficiency;
            (usual.soc_min, usual.soc_max) = (preset.soc_min, preset.soc_max);
            usual.initial_soc = usual.initial_soc.clamp(preset.soc_min, preset.soc_max);
            usual.self_discharge_per_h = preset.self_discharge_per_h;
        }
        let soc_min = self.soc_min.unwrap_or(usual.soc_min);
        let mut battery = Battery {
            name: self.name(index),
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
            ageing: self.ageing.as_ref().map(|ageing| ageing.ageing(&format!("{path}.ageing"), reading)),
            detail: self.detail(&path, reading),
        };
        let path = format!("{path}.hybrid");
        if let Some(hybrid) = self.hybrid.as_ref().filter(|_| !reading.is_faulty(&path)) {
            hybrid.connect(&mut battery, &path, generation, reading);
        }
        battery
    }

    fn name(&self, index: usize) -> String {
        self.name.clone().unwrap_or_else(|| format!("battery {}", index + 1))
    }

    /// The load of the site that its auxiliaries are, where it has any.
    pub(super) fn auxiliaries(&self, index: usize, reading: &mut Reading<'_>) -> Option<Load> {
        let path = format!("storage.battery[{index}].auxiliaries");
        self.auxiliaries.as_ref().map(|table| table.load(&self.name(index), &path, reading))
    }

    /// Whether something of it goes by the air of the site's weather.
    pub(super) fn stands_in_the_air(&self) -> bool {
        let parts = [
            self.cells.as_ref().and_then(|cells| cells.ambient_from_weather),
            self.ageing.as_ref().and_then(|ageing| ageing.ambient_from_weather),
            self.auxiliaries.as_ref().and_then(|auxiliaries| auxiliaries.ambient_from_weather),
        ];
        parts.contains(&Some(true))
    }

    /// Whether it ages only where a run goes through several years.
    pub(super) fn ages_only_over_years(&self) -> bool {
        self.ageing.as_ref().is_some_and(|ageing| ageing.only_over_years == Some(true))
    }
}

/// The names of the presets, for the schema.
fn preset_names() -> Vec<&'static str> {
    storage_presets().iter().map(|preset| &*preset.name).collect()
}
