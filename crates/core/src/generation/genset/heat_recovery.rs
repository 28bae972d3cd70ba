//! Combined heat and power: what of a genset's waste heat is put to use.

use super::Genset;
use crate::simulation::lane::max;
use crate::{Problem, Problems};

/// A heat exchanger on a genset's cooling water and exhaust.
///
/// # Model
/// Of the energy that the fuel holds, by its lower heating value, beyond the power at the terminals a share becomes useful heat,
/// `Q = r·(F·H − P)` while it runs: HOMER's heat recovery ratio (manual, *Generator: Heat Recovery Ratio*). The share is the same at any
/// load. The genset runs for its power; the heat comes with it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HeatRecovery {
    /// Lower heating value of a unit of fuel, kWh, with that of the second fuel that comes with it; above 0. A litre of diesel
    /// holds 10.0 kWh (36.1 MJ/L, IPCC 2006), a cubic metre of natural gas about 10.
    pub fuel_kwh_per_unit: f64,
    /// Share of the waste heat that is recovered, r, percent, 0 to 95.
    pub recovered_percent: f64,
}

impl HeatRecovery {
    /// Heat recovered at so much fuel an hour and `power_kw`, kW.
    pub(super) fn heat_kw(&self, fuel_per_h: f64, power_kw: f64) -> f64 {
        0.01 * self.recovered_percent * max(fuel_per_h * self.fuel_kwh_per_unit - power_kw, 0.0)
    }

    pub(super) fn check(&self, genset: &Genset, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        problems.require_range(format_args!("{field}.fuel_kwh_per_unit"), self.fuel_kwh_per_unit, 1e-3, 1e3);
        problems.require_range(format_args!("{field}.recovered_percent"), self.recovered_percent, 0.0, 95.0);
        let burnt_kw = genset.fuel_curve.fuel_per_h(genset.rating_kw, genset.rating_kw) * self.fuel_kwh_per_unit;
        if burnt_kw < genset.rating_kw {
            let problem = Problem::new(
                format_args!("{field}.fuel_kwh_per_unit"),
                "leaves less energy in the fuel than the genset gives",
            );
            let problem = problem.value(alloc::format!("{burnt_kw:.1} kW of fuel at {} kW", genset.rating_kw));
            problems.push(problem.hint("give the heating value in kWh for the unit of the fuel curve"));
        }
    }
}
