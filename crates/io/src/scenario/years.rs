//! `[years]`: years that follow the first.

use microgrid_core::simulation::Years;
use schemars::JsonSchema;

use crate::document::Section;

/// How many years `microgrid run` and sweeps go through, each with the weather, loads and tariff of the first times the growth a year
/// in percent, negative where it falls; 0 by default. Energy in store and the age of batteries go over from year to year.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct YearsTable {
    /// Number of years, 1 to 100.
    pub count: u32,
    /// Growth of loads; charging sessions and shiftable loads stay as they are.
    pub load_growth_percent: Option<f64>,
    /// Growth of the power of every plant: -0.5 for modules that lose half a percent a year.
    pub generation_growth_percent: Option<f64>,
    /// Growth of prices of import.
    pub import_price_growth_percent: Option<f64>,
    /// Growth of prices paid for export.
    pub export_price_growth_percent: Option<f64>,
    /// Growth of prices of demand and installed capacity.
    pub demand_price_growth_percent: Option<f64>,
    /// Growth of charges per month and day, and of least charges.
    pub fixed_price_growth_percent: Option<f64>,
    /// Growth of prices of fuel.
    pub fuel_price_growth_percent: Option<f64>,
    /// Growth of the price of carbon.
    pub carbon_price_growth_percent: Option<f64>,
    /// Growth of the cost of new battery capacity.
    pub replacement_cost_growth_percent: Option<f64>,
}

impl YearsTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("count") {
            section.missing("count", "a whole number from 1 to 100");
        }
        let count = section.whole_within("count", 1, 100).unwrap_or(1);
        let mut growth = |key| section.number_within(key, -50.0, 50.0);
        Self {
            count: count as u32,
            load_growth_percent: growth("load_growth_percent"),
            generation_growth_percent: growth("generation_growth_percent"),
            import_price_growth_percent: growth("import_price_growth_percent"),
            export_price_growth_percent: growth("export_price_growth_percent"),
            demand_price_growth_percent: growth("demand_price_growth_percent"),
            fixed_price_growth_percent: growth("fixed_price_growth_percent"),
            fuel_price_growth_percent: growth("fuel_price_growth_percent"),
            carbon_price_growth_percent: growth("carbon_price_growth_percent"),
            replacement_cost_growth_percent: growth("replacement_cost_growth_percent"),
        }
    }

    /// Core's years.
    pub(super) fn years(&self) -> Years {
        let or_none = |growth: Option<f64>| growth.unwrap_or(0.0);
        Years {
            count: self.count,
            load_growth_percent: or_none(self.load_growth_percent),
            generation_growth_percent: or_none(self.generation_growth_percent),
            import_price_growth_percent: or_none(self.import_price_growth_percent),
            export_price_growth_percent: or_none(self.export_price_growth_percent),
            demand_price_growth_percent: or_none(self.demand_price_growth_percent),
            fixed_price_growth_percent: or_none(self.fixed_price_growth_percent),
            fuel_price_growth_percent: or_none(self.fuel_price_growth_percent),
            carbon_price_growth_percent: or_none(self.carbon_price_growth_percent),
            replacement_cost_growth_percent: or_none(self.replacement_cost_growth_percent),
        }
    }
}
