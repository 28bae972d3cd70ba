//! `[[generation.genset]]`: fuel to power.

use microgrid_core::Problem;
use microgrid_core::generation::{FuelCurve, FuelPoint, FuelUnit, Genset, HeatRecovery, SecondFuel};
use schemars::JsonSchema;

use crate::catalogue::{EquipmentTable, gensets};
use crate::document::Section;

/// A genset, seen at its AC terminals. Fuel is in `fuel_unit` throughout. What is left out is that of a diesel genset.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GensetTable {
    /// What reports call it; `genset 1`, `genset 2`, … by default.
    pub name: Option<String>,
    /// The genset of the catalogue whose fuel, least load and life it has where it does not say otherwise; `microgrid catalogue genset`
    /// lists them. Diesel in litres.
    #[schemars(with = "Option<String>", extend("enum" = preset_names()))]
    pub preset: Option<&'static EquipmentTable>,
    /// Greatest power at the AC terminals in kW, at least 0.
    pub rating_kw: f64,
    /// Least load while running, a share of the rating; 0.3 by default.
    pub min_load: Option<f64>,
    /// Unit of the fuel: `L` (default), `kg` or `m3`.
    #[schemars(with = "Option<String>", extend("enum" = FuelUnit::ALL.map(FuelUnit::name)))]
    pub fuel_unit: Option<FuelUnit>,
    /// Price of a unit of fuel, at least 0.
    pub fuel_price_per_unit: f64,
    /// Carbon of a unit of fuel burnt in kg, at least 0; 2.68, that of a litre of diesel, where the unit is `L`.
    pub fuel_carbon_kg_per_unit: Option<f64>,
    /// Fuel per hour at no load for each kW of rating, at least 0; 0.033 by default where the unit is `L`.
    pub fuel_no_load_per_rated_kwh: Option<f64>,
    /// Fuel per kWh beyond that, at least 0; 0.273 by default where the unit is `L`.
    pub fuel_slope_per_kwh: Option<f64>,
    /// Points of the fuel curve, instead of the two above: powers ascending, slopes not falling.
    #[schemars(with = "Option<Vec<FuelPointTable>>")]
    pub fuel_point: Vec<FuelPointTable>,
    /// Cost of a start, at least 0; 0 by default.
    pub start_cost: Option<f64>,
    /// Least time from a start to the next stop in hours, 0 to 8784; 0 by default.
    pub min_up_h: Option<f64>,
    /// Least time from a stop to the next start in hours, 0 to 8784; 0 by default.
    pub min_down_h: Option<f64>,
    /// Greatest change of power in kW per hour, above 0; not limited by default.
    pub ramp_kw_per_h: Option<f64>,
    /// Whether it can form the site's grid in an outage; `true` by default.
    pub grid_forming: Option<bool>,
    /// Maintenance per hour of running, at least 0; 0 by default.
    pub maintenance_cost_per_h: Option<f64>,
    /// Hours of running until it is replaced, 1 to 1e7; not counted by default.
    pub life_h: Option<f64>,
    /// Cost of a new one, at least 0; its part for each hour of its life counts as wear. 0 by default.
    pub replacement_cost: Option<f64>,
    /// A second fuel that it burns with the first; none by default.
    pub second_fuel: Option<SecondFuelTable>,
    /// What of its waste heat water heaters of the site take; nothing by default.
    pub heat_recovery: Option<HeatRecoveryTable>,
}

/// A second fuel that comes with each unit of the first, such as the diesel that lights a gas engine's charge.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SecondFuelTable {
    /// Its unit: `L` (default), `kg` or `m3`.
    #[schemars(with = "Option<String>", extend("enum" = FuelUnit::ALL.map(FuelUnit::name)))]
    pub unit: Option<FuelUnit>,
    /// How much of it comes with a unit of the first fuel, 0 to 1000.
    pub per_unit: f64,
    /// Price of a unit of it, at least 0.
    pub price_per_unit: f64,
    /// Carbon of a unit of it burnt in kg, at least 0.
    pub carbon_kg_per_unit: f64,
}

/// Combined heat and power: a share of what the fuel holds beyond the power.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HeatRecoveryTable {
    /// Share of the waste heat that is recovered, in percent, 0 to 95.
    pub recovered_percent: f64,
    /// Lower heating value of a unit of fuel in kWh, that of a second fuel that comes with it included; 10.0, that of a litre of diesel,
    /// where the unit is `L`.
    pub fuel_kwh_per_unit: Option<f64>,
}

/// A point of a fuel curve.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FuelPointTable {
    /// Power at the AC terminals in kW, at least 0.
    pub power_kw: f64,
    /// Fuel per hour at that power, at least 0.
    pub fuel_per_h: f64,
}

impl GensetTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            preset: section.choice("preset", &gensets().iter().map(|of| (&*of.id, of)).collect::<Vec<_>>()),
            rating_kw: section.required_number("rating_kw"),
            min_load: section.number("min_load"),
            fuel_unit: section.choice("fuel_unit", &FuelUnit::ALL.map(|unit| (unit.name(), unit))),
            fuel_price_per_unit: section.required_number("fuel_price_per_unit"),
            fuel_carbon_kg_per_unit: section.number("fuel_carbon_kg_per_unit"),
            fuel_no_load_per_rated_kwh: section.number("fuel_no_load_per_rated_kwh"),
            fuel_slope_per_kwh: section.number("fuel_slope_per_kwh"),
            fuel_point: section.tables("fuel_point", FuelPointTable::read),
            start_cost: section.number("start_cost"),
            min_up_h: section.number("min_up_h"),
            min_down_h: section.number("min_down_h"),
            ramp_kw_per_h: section.number("ramp_kw_per_h"),
            grid_forming: section.flag("grid_forming"),
            maintenance_cost_per_h: section.number("maintenance_cost_per_h"),
            life_h: section.number("life_h"),
            replacement_cost: section.number("replacement_cost"),
            second_fuel: section.table("second_fuel", SecondFuelTable::read),
            heat_recovery: section.table("heat_recovery", HeatRecoveryTable::read),
        };
        table.check(section);
        table
    }

    /// What core cannot see: which keys are written.
    fn check(&self, section: &Section<'_>) {
        section.allow_one(&["fuel_point", "fuel_no_load_per_rated_kwh"]);
        section.allow_one(&["fuel_point", "fuel_slope_per_kwh"]);
        let line = ["fuel_no_load_per_rated_kwh", "fuel_slope_per_kwh"];
        if let [true, false] | [false, true] = line.map(|key| section.has(key)) {
            let (written, missing) = if section.has(line[0]) { (line[0], line[1]) } else { (line[1], line[0]) };
            section.push(
                Problem::new(section.field(written), "is half a fuel curve").hint(format!("write {missing} too")),
            );
        }
        let counts_life = section.has("life_h") || self.preset.is_some_and(|preset| preset.lifetime_h.is_some());
        if section.has("replacement_cost") && !counts_life {
            let alone = Problem::new(section.field("replacement_cost"), "has no meaning without life_h");
            section.push(alone);
        }
        if self.fuel_unit.is_none_or(|unit| unit == FuelUnit::Litre) {
            return;
        }
        if self.preset.is_some() {
            let other = Problem::new(section.field("fuel_unit"), "is not that of the preset, litres of diesel");
            section.push(other.hint("leave preset or fuel_unit out"));
        }
        if self.heat_recovery.is_some_and(|recovery| recovery.fuel_kwh_per_unit.is_none()) {
            let message = "kWh in a unit of fuel, which only diesel in litres knows by itself";
            section.missing("heat_recovery.fuel_kwh_per_unit", message);
        }
        // The usual curve and carbon are those of a litre of diesel.
        for key in line.into_iter().filter(|key| !section.has("fuel_point") && !section.has(key)) {
            section.missing(key, "fuel in the unit that fuel_unit names");
        }
        if !section.has("fuel_carbon_kg_per_unit") {
            section.missing(
                "fuel_carbon_kg_per_unit",
                "kg CO2 per unit of fuel, which only diesel in litres knows by itself",
            );
        }
    }

    /// Core's genset, the `index`th of the scenario, counted from 0.
    #[must_use]
    pub fn genset(&self, index: usize) -> Genset {
        let usual = Genset::diesel(self.rating_kw, self.fuel_price_per_unit);
        let of_preset = |of: fn(&EquipmentTable) -> Option<f64>| self.preset.and_then(of);
        let line = self.fuel_no_load_per_rated_kwh.zip(self.fuel_slope_per_kwh);
        let fuel_curve = match line {
            _ if !self.fuel_point.is_empty() => FuelCurve::Points(self.fuel_point.iter().map(|p| p.point()).collect()),
            Some((no_load_per_rated_kwh, slope_per_kwh)) => FuelCurve::Line { no_load_per_rated_kwh, slope_per_kwh },
            None => (self.preset).and_then(|preset| preset.no_load_l_per_rated_kwh.zip(preset.slope_l_per_kwh)).map_or(
                usual.fuel_curve,
                |(no_load_per_rated_kwh, slope_per_kwh)| FuelCurve::Line { no_load_per_rated_kwh, slope_per_kwh },
            ),
        };
        Genset {
            name: self.name.clone().unwrap_or_else(|| format!("genset {}", index + 1)),
            rating_kw: self.rating_kw,
            min_load: self.min_load.or(of_preset(|preset| preset.min_load)).unwrap_or(usual.min_load),
            fuel_curve,
            fuel_unit: self.fuel_unit.unwrap_or_default(),
            fuel_price_per_unit: self.fuel_price_per_unit,
            fuel_carbon_kg_per_unit: self.fuel_carbon_kg_per_unit.unwrap_or(usual.fuel_carbon_kg_per_unit),
            start_cost: self.start_cost.unwrap_or(usual.start_cost),
            min_up_h: self.min_up_h.unwrap_or(usual.min_up_h),
            min_down_h: self.min_down_h.unwrap_or(usual.min_down_h),
            ramp_kw_per_h: self.ramp_kw_per_h.unwrap_or(usual.ramp_kw_per_h),
            grid_forming: self.grid_forming.unwrap_or(usual.grid_forming),
            maintenance_cost_per_h: self.maintenance_cost_per_h.unwrap_or(usual.maintenance_cost_per_h),
            life_h: self.life_h.or(of_preset(|preset| preset.lifetime_h)).unwrap_or(usual.life_h),
            replacement_cost: self.replacement_cost.unwrap_or(usual.replacement_cost),
            second_fuel: self.second_fuel.map(SecondFuelTable::second_fuel),
            heat_recovery: self.heat_recovery.map(HeatRecoveryTable::heat_recovery),
        }
    }
}

impl SecondFuelTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            unit: section.choice("unit", &FuelUnit::ALL.map(|unit| (unit.name(), unit))),
            per_unit: section.required_number("per_unit"),
            price_per_unit: section.required_number("price_per_unit"),
            carbon_kg_per_unit: section.required_number("carbon_kg_per_unit"),
        }
    }

    fn second_fuel(self) -> SecondFuel {
        let Self { unit, per_unit, price_per_unit, carbon_kg_per_unit } = self;
        SecondFuel { unit: unit.unwrap_or_default(), per_unit, price_per_unit, carbon_kg_per_unit }
    }
}

impl HeatRecoveryTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            recovered_percent: section.required_number("recovered_percent"),
            fuel_kwh_per_unit: section.number("fuel_kwh_per_unit"),
        }
    }

    fn heat_recovery(self) -> HeatRecovery {
        let Self { recovered_percent, fuel_kwh_per_unit } = self;
        HeatRecovery { recovered_percent, fuel_kwh_per_unit: fuel_kwh_per_unit.unwrap_or(10.0) }
    }
}

/// The names of the presets, for the schema.
fn preset_names() -> Vec<&'static str> {
    gensets().iter().map(|preset| &*preset.id).collect()
}

impl FuelPointTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self { power_kw: section.required_number("power_kw"), fuel_per_h: section.required_number("fuel_per_h") }
    }

    const fn point(&self) -> FuelPoint {
        FuelPoint { power_kw: self.power_kw, fuel_per_h: self.fuel_per_h }
    }
}
