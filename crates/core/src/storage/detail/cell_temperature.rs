//! The temperature of a battery's cells: one node with the heat of its losses and the room around it.

use alloc::vec::Vec;

use super::check_points;
use super::line::Line;
use crate::simulation::SeriesChecks;
use crate::{Problems, Series};

/// How warm the cells get, and what that does to the power.
///
/// # Model
/// C·dT/dt = Q − U·(T − T_amb), whose solution over a step with the heat Q constant is exact:
/// `T' = T_s + (T − T_s)·a` with T_s = T_amb + Q/U and a = e^(−Uh/C), in the mean T_s + (T − T_s)·(1 − a)·C/(Uh) (as the lumped
/// model of SAM's battery). Q is `heat_percent` of the conversion losses at the best load; what a converter loses beside them
/// warms no cells. Power is held to a share of its limit by the temperature at the step's start, so that this limit, unlike
/// the temperature, depends on the step. It begins at the temperature of the room, in every year anew.
/// Where the battery ages, each day's mean counts in the place of [`Ageing::temperature_c`](crate::storage::Ageing).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CellTemperature {
    /// Temperature around the cells, °C, −60 to 80.
    pub ambient_c: Series,
    /// Time in which a difference to the room falls to 1/e, C/U, hours, 0.01 to 1000.
    pub time_constant_h: f64,
    /// Heat that the cells lose for each kelvin above the room, U, W for each kWh of nominal capacity, above 0.
    pub heat_loss_w_per_c: f64,
    /// Share of the conversion losses that warms the cells, percent, 0 to 100.
    pub heat_percent: f64,
    /// Most charge by temperature; `None` where it does not depend on it.
    pub charge: Option<PowerByTemperature>,
    /// Most discharge by temperature; `None` where it does not depend on it.
    pub discharge: Option<PowerByTemperature>,
}

/// A share of a power limit by the temperature of the cells: linear between its points, held beyond them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerByTemperature {
    /// Temperatures, °C, rising, −60 to 100; 2 to 32 of them.
    pub temperature_c: Vec<f64>,
    /// Power at each, percent of the limit, 0 to 100.
    pub power_percent: Vec<f64>,
}

impl CellTemperature {
    pub(super) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        checks.series(&self.ambient_c, problems, format_args!("{field}.ambient_c"), -60.0, 80.0);
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("time_constant_h", self.time_constant_h, 0.01, 1000.0);
        range("heat_loss_w_per_c", self.heat_loss_w_per_c, 1e-6, 1e6);
        range("heat_percent", self.heat_percent, 0.0, 100.0);
        for (name, limit) in [("charge", &self.charge), ("discharge", &self.discharge)] {
            if let Some(limit) = limit {
                let points = ("temperature_c", &*limit.temperature_c, [-60.0, 100.0]);
                check_points(
                    problems,
                    format_args!("{field}.{name}"),
                    points,
                    ("power_percent", &limit.power_percent),
                    2,
                );
            }
        }
    }
}

impl PowerByTemperature {
    fn line(&self) -> Line {
        Line::new(self.temperature_c.clone(), self.power_percent.iter().map(|percent| 0.01 * percent).collect())
    }
}

/// The numbers of [`CellTemperature`] for one step length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CellStep {
    ambient_c: Series,
    /// K per kW of heat.
    rise_c_per_kw: f64,
    /// Share of what the cells are above where they settle that is left at the step's end, a, and of it in the mean.
    kept: f64,
    kept_in_mean: f64,
    heat_share: f64,
    limits: [Option<Line>; 2],
}

impl CellStep {
    pub(super) fn new(cells: &CellTemperature, capacity_kwh: f64, step_h: f64) -> Self {
        let rate = step_h / cells.time_constant_h;
        Self {
            ambient_c: cells.ambient_c.clone(),
            rise_c_per_kw: 1.0 / (1e-3 * cells.heat_loss_w_per_c * capacity_kwh),
            kept: libm::exp(-rate),
            kept_in_mean: -libm::expm1(-rate) / rate,
            heat_share: 0.01 * cells.heat_percent,
            limits: [&cells.charge, &cells.discharge].map(|limit| limit.as_ref().map(PowerByTemperature::line)),
        }
    }

    pub(super) fn start_c(&self) -> f64 {
        self.ambient_c.at(0)
    }

    /// Share of the limits of charge and discharge at a temperature.
    pub(super) fn shares(&self, cell_c: f64) -> [f64; 2] {
        self.limits.each_ref().map(|limit| limit.as_ref().map_or(1.0, |line| line.held_at(cell_c)))
    }

    /// Temperature at the step's end and its mean, after so much conversion loss, kW.
    pub(super) fn run(&self, step: usize, cell_c: f64, loss_kw: f64) -> (f64, f64) {
        let settled_c = self.ambient_c.at(step) + self.heat_share * loss_kw * self.rise_c_per_kw;
        let above_c = cell_c - settled_c;
        (settled_c + above_c * self.kept, settled_c + above_c * self.kept_in_mean)
    }
}
