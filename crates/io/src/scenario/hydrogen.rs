//! `[[storage.hydrogen]]`: an electrolyser, a compressor, a tank and a fuel cell, with a load and a sale of hydrogen.

use microgrid_core::storage::{
    Compressor, Electrolyser, FuelCell, HydrogenPlant, HydrogenSale, HydrogenTank, Polarisation, PolarisationPoint,
};
use microgrid_core::{Problem, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;

/// A hydrogen plant: core's `HydrogenPlant`. It comes after batteries: the electrolyser takes what they leave over, the fuel
/// cell gives what they leave short. At least one of the two must be written.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HydrogenTable {
    /// What reports call it; `hydrogen 1`, `hydrogen 2`, … by default.
    pub name: Option<String>,
    /// Electricity to hydrogen.
    pub electrolyser: Option<ElectrolyserTable>,
    /// Lifts hydrogen from the electrolyser's outlet to the tank's pressure; needed where `most_bar` of the tank is above it.
    pub compressor: Option<CompressorTable>,
    /// What keeps it.
    pub tank: HydrogenTankTable,
    /// Hydrogen to electricity.
    pub fuel_cell: Option<FuelCellTable>,
    /// Who is to have hydrogen.
    pub load: Option<HydrogenLoadTable>,
    /// Who buys hydrogen whenever there is some.
    pub sale: Option<HydrogenSaleTable>,
    /// What a kilogram in the tank at the end beyond the start counts in the objective, at least 0; by default what the fuel
    /// cell makes of it at the value of a stored kWh, without a fuel cell the price of the sale or else of the load.
    pub stored_value_per_kg: Option<f64>,
}

/// An electrolyser, seen at its AC terminals: rectifier and auxiliaries inside, the compressor outside. What is left out is
/// that of its technology.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ElectrolyserTable {
    /// `pem` (default) or `alkaline`.
    #[schemars(with = "Option<String>", extend("enum" = ["pem", "alkaline"]))]
    pub technology: Option<Technology>,
    /// Greatest AC power in kW, above 0.
    pub rating_kw: f64,
    /// Points of a measured polarisation curve, instead of the technology's: current densities ascending, voltages not
    /// falling; the last is the rating.
    #[schemars(with = "Option<Vec<PolarisationPointTable>>")]
    pub polarisation_point: Vec<PolarisationPointTable>,
    /// Least power while on, a share of the rating; 0.1 by default, 0.3 of an alkaline one.
    pub min_load: Option<f64>,
    /// Faraday efficiency at high current, 0.5 to 1; 0.9909 by default, 0.96 of an alkaline one.
    pub faraday_efficiency: Option<f64>,
    /// DC per AC power of the rectifier, 0.5 to 1; 0.97 by default.
    pub rectifier_efficiency: Option<f64>,
    /// Power of the auxiliaries while on, a share of the rating; 0.03 by default.
    pub auxiliary_share: Option<f64>,
    /// Pressure at the outlet in bar absolute; 30 by default, 16 of an alkaline one.
    pub outlet_bar: Option<f64>,
    /// Power in standby, a share of the rating; 0.02 by default.
    pub standby_share: Option<f64>,
    /// How long it stays in standby before it goes off, in hours; 1 by default, 8 of an alkaline one.
    pub standby_h: Option<f64>,
    /// Power during a start, a share of the rating; 0.1 by default, 0.3 of an alkaline one.
    pub start_share: Option<f64>,
    /// Time of a start from off in seconds; 600 by default, 1800 of an alkaline one.
    pub cold_start_s: Option<f64>,
    /// Time of a start from standby in seconds; 30 by default, 300 of an alkaline one.
    pub warm_start_s: Option<f64>,
    /// Greatest change of power while on in kW per hour, above 0; not limited by default.
    pub ramp_kw_per_h: Option<f64>,
    /// Rise of a cell's voltage in V for each hour on; 5.1e-7 by default, 3e-6 of an alkaline one.
    pub voltage_rise_v_per_h: Option<f64>,
    /// Rise of a cell's voltage in V at each stop; 1.48e-4 by default, 0 of an alkaline one.
    pub voltage_rise_per_stop_v: Option<f64>,
    /// What the voltage of a cell has risen by before the run, in V, 0 to 1; 0 by default.
    pub initial_voltage_rise_v: Option<f64>,
    /// It also runs at full power from the grid while the tank is below this share of its window; 0 by default.
    pub grid_below_level: Option<f64>,
    /// It also runs at full power from the grid in steps whose import price is at or below this; never by default.
    pub grid_up_to_price_per_kwh: Option<f64>,
}

/// Of what kind an electrolyser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Technology {
    /// A proton-exchange membrane.
    Pem,
    /// A diaphragm in potash.
    Alkaline,
}

/// A point of a polarisation curve.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PolarisationPointTable {
    /// Current density in A/cm², above 0.
    pub current_a_per_cm2: f64,
    /// Voltage of a cell in V, 0.1 to 5.
    pub cell_v: f64,
}

/// A compressor of stages with a pressure ratio of at most 2.1, cooled between them.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CompressorTable {
    /// Isentropic work per work at the shaft, 0.1 to 1; 0.88 by default.
    pub isentropic_efficiency: Option<f64>,
    /// Work at the shaft per AC energy of the motor, 0.1 to 1; 0.95 by default.
    pub motor_efficiency: Option<f64>,
}

/// A tank of pressurised hydrogen, which keeps its temperature.
#[derive(Debug, Clone, Copy, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HydrogenTankTable {
    /// Volume in m³, above 0.
    pub volume_m3: f64,
    /// Greatest pressure in bar absolute, at most 1200.
    pub most_bar: f64,
    /// Least pressure in bar absolute: what is below it stays in the tank; 10 by default.
    pub least_bar: Option<f64>,
    /// Temperature of the gas in °C; 15 by default.
    pub temperature_c: Option<f64>,
    /// What it holds at the run's start, a share of the window between the two pressures; 0.5 by default.
    pub initial_level: Option<f64>,
}

/// A PEM fuel cell, seen at its AC terminals: inverter and auxiliaries inside.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FuelCellTable {
    /// Greatest AC power in kW, above 0.
    pub rating_kw: f64,
    /// Points of a measured polarisation curve, instead of the usual one: current densities ascending, voltages not rising,
    /// power rising; the last is the rating.
    #[schemars(with = "Option<Vec<PolarisationPointTable>>")]
    pub polarisation_point: Vec<PolarisationPointTable>,
    /// Least power while on, a share of the rating; 0.1 by default.
    pub min_load: Option<f64>,
    /// Share of the hydrogen that reacts, 0.5 to 1; 0.98 by default.
    pub fuel_utilisation: Option<f64>,
    /// AC per DC power of the inverter, 0.5 to 1; 0.96 by default.
    pub inverter_efficiency: Option<f64>,
    /// Power of the auxiliaries while on, a share of the rating; 0.08 by default.
    pub auxiliary_share: Option<f64>,
    /// It gives what the load asks for beyond generation and storage in steps whose import price is at or above this; in all
    /// by default.
    pub from_price_per_kwh: Option<f64>,
    /// Whether it gives only where the site would be short; `false` by default.
    pub backup_only: Option<bool>,
    /// It leaves the tank at this share of its window, but where the site would be short; 0 by default.
    pub reserve_level: Option<f64>,
    /// Whether it can form the site's grid in an outage; `false` by default.
    pub grid_forming: Option<bool>,
}

/// Hydrogen that is asked for.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HydrogenLoadTable {
    /// Kilograms a day, the same in every hour, at least 0.
    pub kg_per_day: Option<f64>,
    /// Kilograms in each hour of every day, 24 numbers; instead of `kg_per_day`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub kg_by_hour: Vec<f64>,
    /// Paid for a kilogram delivered, at least 0; 0 by default.
    pub price_per_kg: Option<f64>,
    /// What a kilogram asked for and not delivered costs, at least 0; 0 by default.
    pub unserved_cost_per_kg: Option<f64>,
}

/// Hydrogen that is sold whenever there is some.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HydrogenSaleTable {
    /// Paid for a kilogram, at least 0.
    pub price_per_kg: f64,
    /// Most that is taken in kg/h, at least 0.
    pub most_kg_per_h: f64,
    /// Only what the tank holds above this share of its window is sold; 0.5 by default.
    pub above_level: Option<f64>,
}

impl HydrogenTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        section.require_table("tank");
        Self {
            name: section.text("name"),
            electrolyser: section.table("electrolyser", ElectrolyserTable::read),
            compressor: section.table("compressor", |section| CompressorTable {
                isentropic_efficiency: section.number("isentropic_efficiency"),
                motor_efficiency: section.number("motor_efficiency"),
            }),
            tank: section.table("tank", HydrogenTankTable::read).unwrap_or_default(),
            fuel_cell: section.table("fuel_cell", FuelCellTable::read),
            load: section.table("load", HydrogenLoadTable::read),
            sale: section.table("sale", |section| HydrogenSaleTable {
                price_per_kg: section.required_number("price_per_kg"),
                most_kg_per_h: section.required_number("most_kg_per_h"),
                above_level: section.number("above_level"),
            }),
            stored_value_per_kg: section.number("stored_value_per_kg"),
        }
    }

    /// Core's plant, the `index`th of the scenario, counted from 0.
    pub(super) fn plant(&self, index: usize, reading: &Reading<'_>) -> HydrogenPlant {
        let usual = HydrogenPlant::with_tank(self.tank.volume_m3, self.tank.most_bar);
        let load = self.load.as_ref();
        HydrogenPlant {
            name: self.name.clone().unwrap_or_else(|| format!("hydrogen {}", index + 1)),
            electrolyser: self.electrolyser.as_ref().map(ElectrolyserTable::electrolyser),
            compressor: self.compressor.map(|table| {
                let usual = Compressor::default();
                Compressor {
                    isentropic_efficiency: table.isentropic_efficiency.unwrap_or(usual.isentropic_efficiency),
                    motor_efficiency: table.motor_efficiency.unwrap_or(usual.motor_efficiency),
                }
            }),
            tank: HydrogenTank {
                least_bar: self.tank.least_bar.unwrap_or(usual.tank.least_bar),
                temperature_c: self.tank.temperature_c.unwrap_or(usual.tank.temperature_c),
                initial_level: self.tank.initial_level.unwrap_or(usual.tank.initial_level),
                ..usual.tank
            },
            fuel_cell: self.fuel_cell.as_ref().map(FuelCellTable::fuel_cell),
            load_kg_per_h: load.map_or(Series::Constant(0.0), |load| load.kg_per_h(reading)),
            load_price_per_kg: load.and_then(|load| load.price_per_kg).unwrap_or(0.0),
            unserved_cost_per_kg: load.and_then(|load| load.unserved_cost_per_kg).unwrap_or(0.0),
            sale: self.sale.map(|sale| HydrogenSale {
                price_per_kg: sale.price_per_kg,
                most_kg_per_h: sale.most_kg_per_h,
                above_level: sale.above_level.unwrap_or(0.5),
            }),
            stored_value_per_kg: self.stored_value_per_kg,
        }
    }
}

fn read_curve(section: &mut Section<'_>) -> Vec<PolarisationPointTable> {
    section.tables("polarisation_point", |section| PolarisationPointTable {
        current_a_per_cm2: section.required_number("current_a_per_cm2"),
        cell_v: section.required_number("cell_v"),
    })
}

fn curve(points: &[PolarisationPointTable], usual: Polarisation) -> Polarisation {
    let point = |point: &PolarisationPointTable| PolarisationPoint {
        current_a_per_cm2: point.current_a_per_cm2,
        cell_v: point.cell_v,
    };
    if points.is_empty() { usual } else { Polarisation::Points(points.iter().map(point).collect()) }
}

impl ElectrolyserTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            technology: section.choice("technology", &[("pem", Technology::Pem), ("alkaline", Technology::Alkaline)]),
            rating_kw: section.required_number("rating_kw"),
            polarisation_point: read_curve(section),
            min_load: section.number("min_load"),
            faraday_efficiency: section.number("faraday_efficiency"),
            rectifier_efficiency: section.number("rectifier_efficiency"),
            auxiliary_share: section.number("auxiliary_share"),
            outlet_bar: section.number("outlet_bar"),
            standby_share: section.number("standby_share"),
            standby_h: section.number("standby_h"),
            start_share: section.number("start_share"),
            cold_start_s: section.number("cold_start_s"),
            warm_start_s: section.number("warm_start_s"),
            ramp_kw_per_h: section.number_within("ramp_kw_per_h", 1e-6, 1e12),
            voltage_rise_v_per_h: section.number("voltage_rise_v_per_h"),
            voltage_rise_per_stop_v: section.number("voltage_rise_per_stop_v"),
            initial_voltage_rise_v: section.number("initial_voltage_rise_v"),
            grid_below_level: section.number("grid_below_level"),
            grid_up_to_price_per_kwh: section.number_within("grid_up_to_price_per_kwh", -1e6, 1e6),
        }
    }

    fn electrolyser(&self) -> Electrolyser {
        let usual = match self.technology.unwrap_or(Technology::Pem) {
            Technology::Pem => Electrolyser::pem(self.rating_kw),
            Technology::Alkaline => Electrolyser::alkaline(self.rating_kw),
        };
        Electrolyser {
            polarisation: curve(&self.polarisation_point, usual.polarisation),
            rating_kw: self.rating_kw,
            min_load: self.min_load.unwrap_or(usual.min_load),
            faraday_efficiency: self.faraday_efficiency.unwrap_or(usual.faraday_efficiency),
            rectifier_efficiency: self.rectifier_efficiency.unwrap_or(usual.rectifier_efficiency),
            auxiliary_share: self.auxiliary_share.unwrap_or(usual.auxiliary_share),
            outlet_bar: self.outlet_bar.unwrap_or(usual.outlet_bar),
            standby_share: self.standby_share.unwrap_or(usual.standby_share),
            standby_h: self.standby_h.unwrap_or(usual.standby_h),
            start_share: self.start_share.unwrap_or(usual.start_share),
            cold_start_s: self.cold_start_s.unwrap_or(usual.cold_start_s),
            warm_start_s: self.warm_start_s.unwrap_or(usual.warm_start_s),
            ramp_kw_per_h: self.ramp_kw_per_h.unwrap_or(usual.ramp_kw_per_h),
            voltage_rise_v_per_h: self.voltage_rise_v_per_h.unwrap_or(usual.voltage_rise_v_per_h),
            voltage_rise_per_stop_v: self.voltage_rise_per_stop_v.unwrap_or(usual.voltage_rise_per_stop_v),
            initial_voltage_rise_v: self.initial_voltage_rise_v.unwrap_or(usual.initial_voltage_rise_v),
            grid_below_level: self.grid_below_level.unwrap_or(usual.grid_below_level),
            grid_up_to_price_per_kwh: self.grid_up_to_price_per_kwh.unwrap_or(usual.grid_up_to_price_per_kwh),
        }
    }
}

impl HydrogenTankTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            volume_m3: section.required_number("volume_m3"),
            most_bar: section.required_number("most_bar"),
            least_bar: section.number("least_bar"),
            temperature_c: section.number("temperature_c"),
            initial_level: section.number("initial_level"),
        }
    }
}

impl FuelCellTable {
    fn read(section: &mut Section<'_>) -> Self {
        section.allow_one(&["from_price_per_kwh", "backup_only"]);
        Self {
            rating_kw: section.required_number("rating_kw"),
            polarisation_point: read_curve(section),
            min_load: section.number("min_load"),
            fuel_utilisation: section.number("fuel_utilisation"),
            inverter_efficiency: section.number("inverter_efficiency"),
            auxiliary_share: section.number("auxiliary_share"),
            from_price_per_kwh: section.number_within("from_price_per_kwh", -1e6, 1e6),
            backup_only: section.flag("backup_only"),
            reserve_level: section.number("reserve_level"),
            grid_forming: section.flag("grid_forming"),
        }
    }

    fn fuel_cell(&self) -> FuelCell {
        let usual = FuelCell::pem(self.rating_kw);
        let from = if self.backup_only == Some(true) { f64::INFINITY } else { usual.from_price_per_kwh };
        FuelCell {
            polarisation: curve(&self.polarisation_point, usual.polarisation),
            rating_kw: self.rating_kw,
            min_load: self.min_load.unwrap_or(usual.min_load),
            fuel_utilisation: self.fuel_utilisation.unwrap_or(usual.fuel_utilisation),
            inverter_efficiency: self.inverter_efficiency.unwrap_or(usual.inverter_efficiency),
            auxiliary_share: self.auxiliary_share.unwrap_or(usual.auxiliary_share),
            from_price_per_kwh: self.from_price_per_kwh.unwrap_or(from),
            reserve_level: self.reserve_level.unwrap_or(usual.reserve_level),
            grid_forming: self.grid_forming.unwrap_or(usual.grid_forming),
        }
    }
}

impl HydrogenLoadTable {
    fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            kg_per_day: section.number_within("kg_per_day", 0.0, 1e7),
            kg_by_hour: section.numbers("kg_by_hour"),
            price_per_kg: section.number_within("price_per_kg", 0.0, 1e6),
            unserved_cost_per_kg: section.number_within("unserved_cost_per_kg", 0.0, 1e6),
        };
        section.require_one(&["kg_per_day", "kg_by_hour"]);
        let count = table.kg_by_hour.len();
        if section.has("kg_by_hour") && count != 24 {
            let problem = Problem::new(section.field("kg_by_hour"), "is no day of hours");
            section.push(problem.value(format!("{count} numbers")).allowed("24 numbers, one for each hour of the day"));
        }
        if let Some(kg) = table.kg_by_hour.iter().find(|kg| !(0.0..=1e6).contains(*kg)) {
            let problem = Problem::new(section.field("kg_by_hour"), "is out of range");
            section.push(problem.value(kg).allowed("0 to 1000000"));
        }
        table
    }

    fn kg_per_h(&self, reading: &Reading<'_>) -> Series {
        if self.kg_by_hour.len() != 24 {
            return Series::Constant(self.kg_per_day.unwrap_or(0.0) / 24.0);
        }
        let hours = (0..reading.clock.steps()).map(|step| reading.clock.local(step).hour());
        Series::Steps(hours.map(|hour| self.kg_by_hour[usize::from(hour.unsigned_abs())]).collect())
    }
}
