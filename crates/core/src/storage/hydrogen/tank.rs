//! The tank and the compressor before it.

use super::HydrogenPlant;
use super::gas::{compression_kwh_per_kg, hydrogen_density_kg_per_m3, pressure_bar, stages};
use super::table::Table;
use crate::{Problem, Problems};

/// A tank of pressurised hydrogen, isothermal: filling and emptying are slow enough for its walls to hold its temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HydrogenTank {
    /// Volume, m³, above 0.
    pub volume_m3: f64,
    /// Least pressure, bar absolute, at least 1: what is below it stays in the tank.
    pub least_bar: f64,
    /// Greatest pressure, bar absolute, above `least_bar`, at most 1200.
    pub most_bar: f64,
    /// Temperature of the gas, °C, −50 to 85.
    pub temperature_c: f64,
    /// What it holds at the run's start, a share of the window between the two pressures, 0 to 1.
    pub initial_level: f64,
}

/// A compressor of as many stages as keep each pressure ratio at or below 2.1, cooled to the tank's temperature between
/// them, big enough for the electrolyser. Its work is what HDSAM of Argonne National Laboratory takes it to be.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Compressor {
    /// Isentropic work per work at the shaft, 0.1 to 1; 0.88 in HDSAM.
    pub isentropic_efficiency: f64,
    /// Work at the shaft per AC energy of the motor, 0.1 to 1.
    pub motor_efficiency: f64,
}

impl Default for Compressor {
    /// HDSAM's 0.88, and a motor of 0.95.
    fn default() -> Self {
        Self { isentropic_efficiency: 0.88, motor_efficiency: 0.95 }
    }
}

impl HydrogenTank {
    /// Hydrogen at the least and at the greatest pressure, kg.
    #[must_use]
    pub fn window_kg(&self) -> (f64, f64) {
        let at = |bar: f64| self.volume_m3 * hydrogen_density_kg_per_m3(bar, self.temperature_c);
        (at(self.least_bar), at(self.most_bar))
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("volume_m3", self.volume_m3, 1e-3, 1e7);
        range("least_bar", self.least_bar, 1.0, 1200.0);
        range("most_bar", self.most_bar, 1.0, 1200.0);
        range("temperature_c", self.temperature_c, -50.0, 85.0);
        range("initial_level", self.initial_level, 0.0, 1.0);
        if self.least_bar >= self.most_bar {
            let problem = Problem::new(format_args!("{field}.least_bar"), "leaves the tank no window");
            problems.push(problem.value(self.least_bar).allowed(alloc::format!("below most_bar, {}", self.most_bar)));
        }
    }

    pub(crate) fn hash(&self, number: impl FnMut(f64)) {
        let Self { volume_m3, least_bar, most_bar, temperature_c, initial_level } = *self;
        [volume_m3, least_bar, most_bar, temperature_c, initial_level].into_iter().for_each(number);
    }
}

impl Compressor {
    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, 0.1, 1.0);
        };
        range("isentropic_efficiency", self.isentropic_efficiency);
        range("motor_efficiency", self.motor_efficiency);
    }

    pub(crate) fn hash(&self, number: impl FnMut(f64)) {
        let Self { isentropic_efficiency, motor_efficiency } = *self;
        [isentropic_efficiency, motor_efficiency].into_iter().for_each(number);
    }
}

/// What of tank and compressor does not change in the run, against the mass in the tank.
#[derive(Debug, Clone)]
pub(crate) struct TankNumbers {
    pub(crate) least_kg: f64,
    pub(crate) most_kg: f64,
    pub(crate) start_kg: f64,
    /// Work of the compressor in kWh/kg, and pressure in bar.
    by_mass: Table<2>,
}

/// Cells of the table: at 128 work and pressure are good to 2e-4.
const CELLS: usize = 128;

impl TankNumbers {
    pub(crate) fn new(plant: &HydrogenPlant) -> Self {
        let tank = &plant.tank;
        let (least_kg, most_kg) = tank.window_kg();
        let outlet_bar = plant.electrolyser.as_ref().map_or(tank.most_bar, |electrolyser| electrolyser.outlet_bar);
        let stages = stages(outlet_bar, tank.most_bar);
        let by_mass = Table::new(least_kg, most_kg, CELLS, |kg| {
            let bar = pressure_bar(kg / tank.volume_m3, tank.temperature_c, 1.01 * tank.most_bar);
            let work = plant.compressor.map_or(0.0, |compressor| {
                let efficiency = compressor.isentropic_efficiency * compressor.motor_efficiency;
                compression_kwh_per_kg((outlet_bar, bar), tank.temperature_c, stages, efficiency)
            });
            [work, bar]
        });
        Self { least_kg, most_kg, start_kg: least_kg + tank.initial_level * (most_kg - least_kg), by_mass }
    }

    /// The mass at a share of the window.
    pub(crate) fn at_level(&self, level: f64) -> f64 {
        self.least_kg + level * (self.most_kg - self.least_kg)
    }

    pub(crate) fn work_kwh_per_kg(&self, kg: f64) -> f64 {
        self.by_mass.at(kg)[0]
    }

    pub(crate) fn bar(&self, kg: f64) -> f64 {
        self.by_mass.at(kg)[1]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Electrolyser;
    use super::*;

    #[test]
    fn the_table_is_near_the_gas() {
        let plant = HydrogenPlant {
            electrolyser: Some(Electrolyser::pem(100.0)),
            compressor: Some(Compressor::default()),
            ..HydrogenPlant::with_tank(10.0, 350.0)
        };
        let numbers = TankNumbers::new(&plant);
        for bar in [10.0, 45.0, 120.0, 240.0, 350.0] {
            let kg = 10.0 * hydrogen_density_kg_per_m3(bar, 15.0);
            assert!((numbers.bar(kg) / bar - 1.0).abs() < 2e-4, "{bar} {}", numbers.bar(kg));
            let work = compression_kwh_per_kg((30.0, bar), 15.0, 4.0, 0.88 * 0.95);
            assert!((numbers.work_kwh_per_kg(kg) - work).abs() < 2e-3, "{bar} {work}");
        }
        assert!((numbers.most_kg - 239.95).abs() < 0.01);
    }
}
