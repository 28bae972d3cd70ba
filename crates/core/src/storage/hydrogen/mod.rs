//! A hydrogen plant: electrolyser, compressor, tank and fuel cell behind the site's bus, with a load and a sale in kg.
//!
//! # Model
//! One kind of device and not three: what electrolyser and fuel cell may do hangs on the tank that both use, and the
//! compressor's work on its pressure. So the plant is the thing that has limits; its electrolyser, tank and fuel cell keep
//! books of their own, which close for each carrier: electricity and the energy of hydrogen (kWh of its lower heating
//! value, 33.33 kWh/kg) at the two stacks, kilograms at the tank.
//!
//! Each step the load is served first, as far as production and tank go; then the fuel cell uses what is above the least
//! pressure, or the sale takes what is above its level. Electrolyser and fuel cell never run in the same step. The tank is
//! isothermal at `temperature_c` and holds real gas; the compressor works at the pressure that it has in the middle of
//! the step (with the production that there is at the pressure of its start). The stacks are straight lines between 65 powers
//! from the least to the rated one, work and pressure between 129 masses. All heat of stacks and compressor is a named loss.
//!
//! **The rule.** Unasked the plant comes after storage: in a step with the grid the electrolyser takes what generation,
//! load and storage leave over, if that is its least load or more, and the fuel cell gives what they leave short, where the
//! import price is at or above `from_price_per_kwh` and the tank above `reserve_level`. Below `grid_below_level`, and at
//! prices up to `grid_up_to_price_per_kwh`, the electrolyser runs at full power from whatever there is. Where the site would
//! be short the electrolyser is cut first, and the fuel cell gives after storage, before gensets; where it would curtail,
//! the electrolyser takes it up. In an outage only that holds. A strategy may ask instead ([`crate::dispatch::Request`]).

mod electrolyser;
mod fuel_cell;
mod gas;
mod lanes;
mod polarisation;
mod step;
mod table;
mod tank;
mod totals;

use alloc::string::String;

pub use electrolyser::Electrolyser;
pub use fuel_cell::FuelCell;
pub use gas::hydrogen_density_kg_per_m3;
pub(crate) use lanes::HydrogenPlants;
pub use polarisation::{Polarisation, PolarisationPoint};
pub(crate) use step::HydrogenStep;
pub use tank::{Compressor, HydrogenTank};
pub use totals::{ElectrolyserTotals, FuelCellTotals, HydrogenTankTotals};

use crate::simulation::{Fingerprint, SeriesChecks};
use crate::{Problem, Problems, Series};

/// A hydrogen plant. At least one of electrolyser and fuel cell makes sense of it; either may be missing.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HydrogenPlant {
    /// What reports call it.
    pub name: String,
    /// Electricity to hydrogen.
    pub electrolyser: Option<Electrolyser>,
    /// Lifts hydrogen from the electrolyser's outlet to the tank's pressure; needed where the tank goes above the outlet.
    pub compressor: Option<Compressor>,
    /// What keeps it.
    pub tank: HydrogenTank,
    /// Hydrogen to electricity.
    pub fuel_cell: Option<FuelCell>,
    /// Hydrogen asked for, kg/h, at least 0.
    pub load_kg_per_h: Series,
    /// Paid for a kilogram delivered to the load, at least 0.
    pub load_price_per_kg: f64,
    /// What a kilogram asked for and not delivered costs, at least 0.
    pub unserved_cost_per_kg: f64,
    /// What the tank's surplus is sold to.
    pub sale: Option<HydrogenSale>,
    /// What a kilogram in the tank at the end beyond the start counts in the objective. `None`: what the fuel cell makes of
    /// it at the plan's value of a stored kWh; without a fuel cell the sale's price, or else the load's.
    pub stored_value_per_kg: Option<f64>,
}

/// Who buys hydrogen whenever there is some.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HydrogenSale {
    /// Paid for a kilogram, at least 0.
    pub price_per_kg: f64,
    /// Most that is taken, kg/h, at least 0.
    pub most_kg_per_h: f64,
    /// Only what the tank holds above this share of its window is sold, 0 to 1.
    pub above_level: f64,
}

impl HydrogenPlant {
    /// A tank from empty to `most_bar` of `volume_m3` at 15 °C, half full, with nothing around it.
    #[must_use]
    pub fn with_tank(volume_m3: f64, most_bar: f64) -> Self {
        Self {
            name: "hydrogen".into(),
            electrolyser: None,
            compressor: None,
            tank: HydrogenTank { volume_m3, least_bar: 10.0, most_bar, temperature_c: 15.0, initial_level: 0.5 },
            fuel_cell: None,
            load_kg_per_h: Series::Constant(0.0),
            load_price_per_kg: 0.0,
            unserved_cost_per_kg: 0.0,
            sale: None,
            stored_value_per_kg: None,
        }
    }

    /// What a kilogram kept at the end counts where a stored kWh counts `stored_value_per_kwh`.
    #[must_use]
    pub fn value_per_kg(&self, stored_value_per_kwh: f64) -> f64 {
        self.stored_value_per_kg.unwrap_or_else(|| match (&self.fuel_cell, &self.sale) {
            (Some(cell), _) => cell.rated_kwh_per_kg() * stored_value_per_kwh,
            (None, Some(sale)) => sale.price_per_kg,
            (None, None) => self.load_price_per_kg,
        })
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        self.tank.check(problems, format_args!("{field}.tank"));
        if let Some(electrolyser) = &self.electrolyser {
            electrolyser.check(problems, format_args!("{field}.electrolyser"));
            if self.compressor.is_none() && self.tank.most_bar > electrolyser.outlet_bar {
                let problem = Problem::new(format_args!("{field}.tank.most_bar"), "is out of the electrolyser's reach");
                let allowed =
                    alloc::format!("at most its outlet_bar, {}, without a compressor", electrolyser.outlet_bar);
                let hint = "add a compressor, or lower most_bar";
                problems.push(problem.value(self.tank.most_bar).allowed(allowed).hint(hint));
            }
        }
        if let Some(compressor) = &self.compressor {
            compressor.check(problems, format_args!("{field}.compressor"));
            if self.electrolyser.is_none() {
                let problem = Problem::new(format_args!("{field}.compressor"), "has no electrolyser to serve");
                problems.push(problem.hint("add an electrolyser, or leave the compressor out"));
            }
        }
        if let Some(cell) = &self.fuel_cell {
            cell.check(problems, format_args!("{field}.fuel_cell"));
        }
        if self.electrolyser.is_none() && self.fuel_cell.is_none() {
            let problem = Problem::new(field, "has neither electrolyser nor fuel cell");
            problems.push(problem.hint("add one of them: a tank alone does nothing"));
        }
        checks.series(&self.load_kg_per_h, problems, format_args!("{field}.load_kg_per_h"), 0.0, 1e6);
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("load_price_per_kg", self.load_price_per_kg, 0.0, 1e6);
        range("unserved_cost_per_kg", self.unserved_cost_per_kg, 0.0, 1e6);
        if let Some(value) = self.stored_value_per_kg {
            range("stored_value_per_kg", value, 0.0, 1e6);
        }
        if let Some(HydrogenSale { price_per_kg, most_kg_per_h, above_level }) = self.sale {
            range("sale.price_per_kg", price_per_kg, 0.0, 1e6);
            range("sale.most_kg_per_h", most_kg_per_h, 0.0, 1e6);
            range("sale.above_level", above_level, 0.0, 1.0);
        }
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self {
            name: _,
            electrolyser,
            compressor,
            tank,
            fuel_cell,
            load_kg_per_h,
            load_price_per_kg,
            unserved_cost_per_kg,
            sale,
            stored_value_per_kg,
        } = self;
        hash.series(load_kg_per_h);
        // What is there: two plants of the same numbers and other parts differ.
        let parts = [electrolyser.is_some(), compressor.is_some(), fuel_cell.is_some(), sale.is_some()];
        parts.into_iter().for_each(|part| hash.word(u64::from(part)));
        let mut number = |value: f64| hash.number(value);
        electrolyser.iter().for_each(|part| part.hash(&mut number));
        compressor.iter().for_each(|part| part.hash(&mut number));
        tank.hash(&mut number);
        fuel_cell.iter().for_each(|part| part.hash(&mut number));
        if let Some(HydrogenSale { price_per_kg, most_kg_per_h, above_level }) = sale {
            [*price_per_kg, *most_kg_per_h, *above_level].into_iter().for_each(&mut number);
        }
        [*load_price_per_kg, *unserved_cost_per_kg, stored_value_per_kg.unwrap_or(-1.0)].into_iter().for_each(number);
    }
}
