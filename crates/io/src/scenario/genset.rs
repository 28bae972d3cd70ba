//! `[[generation.genset]]`: fuel to power.

use microgrid_core::Problem;
use microgrid_core::generation::{FuelCurve, FuelPoint, FuelUnit, Genset};
use schemars::JsonSchema;

use crate::document::Section;

/// A genset, seen at its AC terminals. Fuel is in `fuel_unit` throughout. What is left out is that of a diesel genset.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GensetTable {
    /// What reports call it; `genset 1`, `genset 2`, … by default.
    pub name: Option<String>,
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
        if self.fuel_unit.is_none_or(|unit| unit == FuelUnit::Litre) {
            return;
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
        let line = self.fuel_no_load_per_rated_kwh.zip(self.fuel_slope_per_kwh);
        let fuel_curve = match line {
            _ if !self.fuel_point.is_empty() => FuelCurve::Points(self.fuel_point.iter().map(|p| p.point()).collect()),
            Some((no_load_per_rated_kwh, slope_per_kwh)) => FuelCurve::Line { no_load_per_rated_kwh, slope_per_kwh },
            None => usual.fuel_curve,
        };
        Genset {
            name: self.name.clone().unwrap_or_else(|| format!("genset {}", index + 1)),
            rating_kw: self.rating_kw,
            min_load: self.min_load.unwrap_or(usual.min_load),
            fuel_curve,
            fuel_unit: self.fuel_unit.unwrap_or_default(),
            fuel_price_per_unit: self.fuel_price_per_unit,
            fuel_carbon_kg_per_unit: self.fuel_carbon_kg_per_unit.unwrap_or(usual.fuel_carbon_kg_per_unit),
            start_cost: self.start_cost.unwrap_or(usual.start_cost),
            min_up_h: self.min_up_h.unwrap_or(usual.min_up_h),
            min_down_h: self.min_down_h.unwrap_or(usual.min_down_h),
            ramp_kw_per_h: self.ramp_kw_per_h.unwrap_or(usual.ramp_kw_per_h),
            grid_forming: self.grid_forming.unwrap_or(usual.grid_forming),
        }
    }
}

impl FuelPointTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self { power_kw: section.required_number("power_kw"), fuel_per_h: section.required_number("fuel_per_h") }
    }

    const fn point(&self) -> FuelPoint {
        FuelPoint { power_kw: self.power_kw, fuel_per_h: self.fuel_per_h }
    }
}
