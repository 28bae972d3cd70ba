//! The fuel cell: its parameters, and its numbers tabulated against AC power.

use super::electrolyser::CELLS;
use super::gas::{KAH_PER_KG, LHV_KWH_PER_KG};
use super::polarisation::Polarisation;
use super::table::Table;
use crate::{Problem, Problems};

/// A fuel cell, seen at its AC terminals: inverter and auxiliaries inside.
///
/// # Model
/// On at the AC power P the stack gives I·U(I) = (P + P_aux)/η, its curve scaled so that the rated current density meets the
/// rating; it uses I/(26.59·u) kg/h with u the share of the hydrogen that reacts, and turns (1.2535 V/u − U)·I into heat,
/// counted against the lower heating value. It starts and stops within a step, and does not age.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FuelCell {
    /// Voltage against current density.
    pub polarisation: Polarisation,
    /// Greatest AC power, kW, above 0.
    pub rating_kw: f64,
    /// Least power while on, a share of the rating, 0.001 to 1.
    pub min_load: f64,
    /// Share of the hydrogen that reacts, 0.5 to 1.
    pub fuel_utilisation: f64,
    /// AC power per DC power of the inverter, 0.5 to 1.
    pub inverter_efficiency: f64,
    /// Power of the auxiliaries (air, cooling) while on, a share of the rating, 0 to 0.5.
    pub auxiliary_share: f64,
    /// Unasked it gives what the load asks for beyond generation and storage in steps whose import price is at or above
    /// this; minus infinity for always (`"-inf"` in JSON), plus infinity for where the site would be short only.
    #[cfg_attr(feature = "serde", serde(with = "crate::unbounded"))]
    pub from_price_per_kwh: f64,
    /// Unasked it leaves the tank at this share of its window, 0 to 1, but where the site would be short.
    pub reserve_level: f64,
    /// Whether it can form the site's grid in an outage.
    pub grid_forming: bool,
}

impl FuelCell {
    /// A PEM fuel cell that gives about 16 kWh/kg at its rating, 48 % of the lower heating value, and more at part load. Its
    /// least load, inverter and auxiliaries are usual figures without one source.
    #[must_use]
    pub fn pem(rating_kw: f64) -> Self {
        Self {
            polarisation: Polarisation::PemFuelCell,
            rating_kw,
            min_load: 0.1,
            fuel_utilisation: 0.98,
            inverter_efficiency: 0.96,
            auxiliary_share: 0.08,
            from_price_per_kwh: f64::NEG_INFINITY,
            reserve_level: 0.0,
            grid_forming: false,
        }
    }

    /// AC energy of a kilogram at the rating, kWh.
    #[must_use]
    pub fn rated_kwh_per_kg(&self) -> f64 {
        self.rating_kw / self.row(self.rating_kw)[0]
    }

    /// Hydrogen in kg/h and heat of the stack in kW at an AC power within the limits.
    fn row(&self, power_kw: f64) -> [f64; 2] {
        let auxiliary_kw = self.auxiliary_share * self.rating_kw;
        let dc_kw = |ac_kw: f64| (ac_kw + auxiliary_kw) / self.inverter_efficiency;
        let rated_dc_kw = dc_kw(self.rating_kw);
        let rated = self.polarisation.rated_a_per_cm2();
        let current = self.polarisation.current_at(dc_kw(power_kw) / rated_dc_kw);
        let ka = current * rated_dc_kw / self.polarisation.cell_v(rated);
        let lhv_v = LHV_KWH_PER_KG / KAH_PER_KG / self.fuel_utilisation;
        let heat_kw = ka * (lhv_v - self.polarisation.cell_v(current * rated));
        [ka / KAH_PER_KG / self.fuel_utilisation, heat_kw]
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("rating_kw", self.rating_kw, 1e-3, 1e9);
        range("min_load", self.min_load, 1e-3, 1.0);
        range("fuel_utilisation", self.fuel_utilisation, 0.5, 1.0);
        range("inverter_efficiency", self.inverter_efficiency, 0.5, 1.0);
        range("auxiliary_share", self.auxiliary_share, 0.0, 0.5);
        range("reserve_level", self.reserve_level, 0.0, 1.0);
        if !self.from_price_per_kwh.is_infinite() {
            range("from_price_per_kwh", self.from_price_per_kwh, -1e6, 1e6);
        }
        self.polarisation.check(problems, format_args!("{field}.polarisation_point"), false);
        // Below what water vapour gives up, or there would be no heat.
        if let Polarisation::Points(points) = &self.polarisation {
            for (i, point) in points.iter().enumerate().filter(|(_, point)| point.cell_v > 1.25 && point.cell_v <= 5.0)
            {
                let problem = Problem::new(format_args!("{field}.polarisation_point[{i}].cell_v"), "is above 1.25 V");
                problems.push(problem.value(point.cell_v).hint("a fuel cell gives less than hydrogen's heating value"));
            }
        }
    }

    pub(crate) fn hash(&self, mut number: impl FnMut(f64)) {
        let Self {
            polarisation,
            rating_kw,
            min_load,
            fuel_utilisation,
            inverter_efficiency,
            auxiliary_share,
            from_price_per_kwh,
            reserve_level,
            grid_forming,
        } = self;
        polarisation.hash(&mut number);
        for value in [
            rating_kw,
            min_load,
            fuel_utilisation,
            inverter_efficiency,
            auxiliary_share,
            from_price_per_kwh,
            reserve_level,
        ] {
            number(*value);
        }
        number(f64::from(u8::from(*grid_forming)));
    }
}

/// What of a fuel cell does not change in the run.
#[derive(Debug, Clone)]
pub(crate) struct FuelCellNumbers {
    pub(crate) least_kw: f64,
    pub(crate) rating_kw: f64,
    pub(crate) auxiliary_kw: f64,
    pub(crate) inverter_efficiency: f64,
    pub(crate) grid_forming: bool,
    /// Hydrogen in kg/h and heat in kW against AC power.
    pub(crate) on: Table<2>,
}

impl FuelCellNumbers {
    pub(crate) fn new(fuel_cell: &FuelCell) -> Self {
        let rating_kw = fuel_cell.rating_kw;
        let least_kw = fuel_cell.min_load * rating_kw;
        Self {
            least_kw,
            rating_kw,
            auxiliary_kw: fuel_cell.auxiliary_share * rating_kw,
            inverter_efficiency: fuel_cell.inverter_efficiency,
            grid_forming: fuel_cell.grid_forming,
            on: Table::new(least_kw, rating_kw, CELLS, |power_kw| fuel_cell.row(power_kw)),
        }
    }

    /// DC power of the stack at an AC power, kW.
    pub(crate) fn dc_kw(&self, power_kw: f64) -> f64 {
        (power_kw + self.auxiliary_kw) / self.inverter_efficiency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PEM system of 100 kW gives 48 % of the lower heating value at its rating (catalogues), and 53 % or more at half
    /// its load; within two points.
    #[test]
    fn a_rated_fuel_cell_gives_what_catalogues_say() {
        let cell = FuelCell::pem(100.0);
        let efficiency = |power: f64| power / cell.row(power)[0] / LHV_KWH_PER_KG;
        assert!((efficiency(100.0) - 0.48).abs() < 0.02, "{}", efficiency(100.0));
        assert!(efficiency(50.0) > efficiency(100.0) + 0.01, "{}", efficiency(50.0));
        assert!(efficiency(10.0) < efficiency(50.0), "auxiliaries weigh at low load");
    }

    #[test]
    fn the_table_is_near_the_curve_and_balances() {
        let cell = FuelCell::pem(100.0);
        let numbers = FuelCellNumbers::new(&cell);
        for i in 0..=1000 {
            let power = numbers.least_kw + 0.09 * f64::from(i);
            let [kg_per_h, heat_kw] = numbers.on.at(power);
            let misses = kg_per_h * LHV_KWH_PER_KG - heat_kw - numbers.dc_kw(power);
            assert!(misses.abs() < 1e-9, "{power}: {misses}");
            assert!((kg_per_h - cell.row(power)[0]).abs() < 4e-5 * cell.row(100.0)[0], "{power}");
        }
    }
}
