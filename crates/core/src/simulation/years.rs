//! Years that follow each other: what changes from year to year, and what a year leaves to the next.
//!
//! # Model
//! A year is a run of the scenario's whole calendar, whatever its length. Year n (the first is 1) has the first year's
//! weather, loads and tariff, every series as it was, times (1 + g)^(n−1) for each growth g of [`Years`]. It begins with the
//! energy in store and the age of every battery, and the hydrogen in every tank and the voltage of every stack, that the year
//! before left ([`YearState`]); strategies learn and plan anew, gensets and water heaters begin as in the first year. So year 1 is the run of one year, and a run that goes on from any year's end
//! is the run at once, to the bit.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::block::Block;
use crate::storage::BatteryAge;
use crate::utility::PriceFactors;
use crate::{Outcome, Problem, Problems, Scenario};

/// How many years, and what grows by how much a year, in percent; negative where it falls.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Years {
    /// Number of years, 1 to 100.
    pub count: u32,
    /// Loads; charging sessions and shiftable loads stay as they are.
    pub load_growth_percent: f64,
    /// Power of every plant: −0.5 for modules that lose half a percent a year.
    pub generation_growth_percent: f64,
    /// Prices of import.
    pub import_price_growth_percent: f64,
    /// Prices paid for export.
    pub export_price_growth_percent: f64,
    /// Prices of demand and of installed capacity.
    pub demand_price_growth_percent: f64,
    /// Charges per month and day, and least charges.
    pub fixed_price_growth_percent: f64,
    /// Prices of fuel.
    pub fuel_price_growth_percent: f64,
    /// Price of carbon.
    pub carbon_price_growth_percent: f64,
    /// Cost of new battery capacity.
    pub replacement_cost_growth_percent: f64,
}

impl Years {
    /// So many years without any growth.
    #[must_use]
    pub const fn alike(count: u32) -> Self {
        Self {
            count,
            load_growth_percent: 0.0,
            generation_growth_percent: 0.0,
            import_price_growth_percent: 0.0,
            export_price_growth_percent: 0.0,
            demand_price_growth_percent: 0.0,
            fixed_price_growth_percent: 0.0,
            fuel_price_growth_percent: 0.0,
            carbon_price_growth_percent: 0.0,
            replacement_cost_growth_percent: 0.0,
        }
    }

    /// Every growth, by its name in files.
    #[must_use]
    pub const fn growths(&self) -> [(&'static str, f64); 9] {
        [
            ("load_growth_percent", self.load_growth_percent),
            ("generation_growth_percent", self.generation_growth_percent),
            ("import_price_growth_percent", self.import_price_growth_percent),
            ("export_price_growth_percent", self.export_price_growth_percent),
            ("demand_price_growth_percent", self.demand_price_growth_percent),
            ("fixed_price_growth_percent", self.fixed_price_growth_percent),
            ("fuel_price_growth_percent", self.fuel_price_growth_percent),
            ("carbon_price_growth_percent", self.carbon_price_growth_percent),
            ("replacement_cost_growth_percent", self.replacement_cost_growth_percent),
        ]
    }

    /// Every number that is out of range.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if !(1..=100).contains(&self.count) {
            problems.push(Problem::new("years.count", "is out of range").value(self.count).allowed("1 to 100"));
        }
        for (name, growth) in self.growths() {
            problems.require_range(format_args!("years.{name}"), growth, -50.0, 50.0);
        }
        problems.or_else(|| ())
    }

    /// The factor that a growth has come to in year `year`, the first being 1.
    fn factor(growth_percent: f64, year: u32) -> f64 {
        libm::pow(1.0 + 0.01 * growth_percent, f64::from(year.saturating_sub(1)))
    }

    /// The scenario of year `year`, the first being 1, after `before`, the end of the year before it; of the first year it
    /// is the scenario itself.
    ///
    /// # Panics
    /// Where `before` is of another site: not an entry for each battery.
    #[must_use]
    pub fn scenario(&self, first: &Scenario, year: u32, before: Option<&YearState>) -> Scenario {
        let mut scenario = first.clone();
        let factor = |growth_percent| Self::factor(growth_percent, year);
        let grown = |growth_percent: f64| growth_percent != 0.0 && year > 1;
        if grown(self.load_growth_percent) {
            for load in scenario.loads.iter_mut().filter(|load| load.tasks.is_empty()) {
                load.scale *= factor(self.load_growth_percent);
            }
        }
        for plant in &mut scenario.generation {
            plant.scale *= factor(self.generation_growth_percent);
        }
        let prices = [
            self.import_price_growth_percent,
            self.export_price_growth_percent,
            self.demand_price_growth_percent,
            self.fixed_price_growth_percent,
        ];
        if prices.into_iter().any(grown) {
            let [import, export, demand, fixed] = prices.map(factor);
            scenario.tariff = Arc::new(first.tariff.at_prices(PriceFactors { import, export, demand, fixed }));
        }
        for genset in &mut scenario.gensets {
            genset.fuel_price_per_unit *= factor(self.fuel_price_growth_percent);
            if let Some(second) = &mut genset.second_fuel {
                second.price_per_unit *= factor(self.fuel_price_growth_percent);
            }
            genset.replacement_cost *= factor(self.replacement_cost_growth_percent);
        }
        scenario.carbon.price_per_kg *= factor(self.carbon_price_growth_percent);
        for ageing in scenario.storage.iter_mut().filter_map(|battery| battery.ageing.as_mut()) {
            ageing.end_of_life.cost_per_kwh *= factor(self.replacement_cost_growth_percent);
        }
        if let Some(before) = before {
            before.begin(&mut scenario);
        }
        scenario
    }
}

/// What a year leaves to the next.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct YearState {
    /// Energy in each battery, kWh.
    pub stored_kwh: Vec<f64>,
    /// Age of each battery; `None` where it does not age.
    pub ages: Vec<Option<Arc<BatteryAge>>>,
    /// Hydrogen in each tank, kg.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hydrogen_kg: Vec<f64>,
    /// Rise of the voltage of each electrolyser's cells, V; 0 where there is none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub voltage_rise_v: Vec<f64>,
}

impl YearState {
    /// Makes `scenario` begin with it.
    fn begin(&self, scenario: &mut Scenario) {
        assert_eq!(self.stored_kwh.len(), scenario.storage.len(), "a year's end of the same site");
        for ((battery, stored_kwh), age) in scenario.storage.iter_mut().zip(&self.stored_kwh).zip(&self.ages) {
            if let (Some(age), Some(mut ageing)) = (age, battery.ageing.take()) {
                age.apply(&ageing, battery);
                ageing.start = Some(age.clone());
                battery.ageing = Some(ageing);
            }
            if battery.capacity_kwh > 0.0 {
                // Rounding must not bring it beyond the window.
                battery.initial_soc = (stored_kwh / battery.capacity_kwh).clamp(battery.soc_min, battery.soc_max);
            }
        }
        for ((plant, kg), rise_v) in scenario.hydrogen.iter_mut().zip(&self.hydrogen_kg).zip(&self.voltage_rise_v) {
            let (least_kg, most_kg) = plant.tank.window_kg();
            plant.tank.initial_level = ((kg - least_kg) / (most_kg - least_kg)).clamp(0.0, 1.0);
            if let Some(electrolyser) = &mut plant.electrolyser {
                electrolyser.initial_voltage_rise_v = *rise_v;
            }
        }
    }
}

/// A year that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct YearRun {
    /// The first is 1.
    pub year: u32,
    /// What it did.
    pub outcome: Outcome,
    /// What it leaves to the next.
    pub state: YearState,
}

impl<const L: usize> Block<'_, L> {
    /// What the run leaves of a lane to the year after it.
    #[must_use]
    pub fn year_state(&self, lane: usize) -> YearState {
        let batteries = 0..self.state.stored.len();
        let (hydrogen_kg, voltage_rise_v) = self.roster.hydrogen.left(lane).unzip();
        YearState {
            hydrogen_kg,
            voltage_rise_v,
            stored_kwh: self.state.stored.iter().map(|stored| stored[lane]).collect(),
            ages: batteries.map(|i| self.battery_age(i, lane).map(Arc::new)).collect(),
        }
    }
}
