//! The electrolyser: its parameters, and its numbers tabulated against AC power.

use super::gas::{KAH_PER_KG, LHV_KWH_PER_KG};
use super::polarisation::{Polarisation, faraday};
use super::table::Table;
use crate::{Problem, Problems};

/// An electrolyser, seen at its AC terminals: rectifier and auxiliaries inside, the compressor outside.
///
/// # Model
/// On at the AC power P, from `min_load` to 1 of the rating: the auxiliaries (water, cooling, drying) take the constant
/// `auxiliary_share` of the rating, the rectifier passes η of the rest to the stack, whose current I follows from its
/// polarisation curve, I·U(I) = η·(P − P_aux), scaled so that the rated current density meets the rating. It makes
/// η_F·I/26.59 kg/h, with 26.59 kA·h/kg = 2·F/M and the Faraday efficiency η_F. What is left of the stack's power is heat,
/// (U − η_F·1.2535 V)·I, counted against the lower heating value. The stack's temperature is that of its curve.
///
/// Not running, it stays warm for `standby_h` taking `standby_share`, then it is off and takes nothing. A start takes
/// `cold_start_s` from off and `warm_start_s` from standby, at `start_share` of the rating and without hydrogen. Starts and
/// standby may end within a step, so hydrogen does not depend on the step's length. It starts only where the tank has room
/// for an hour at its least load, and stops where it has none.
///
/// Use raises the voltage of a cell by `voltage_rise_v_per_h` while it makes hydrogen and by `voltage_rise_per_stop_v` each
/// time it stops; at the same power current and hydrogen then fall as U/(U + rise), U the rated voltage. The third term of
/// NREL's *electrolyzer*, the fatigue of swings between two starts, is not counted.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Electrolyser {
    /// Voltage against current density.
    pub polarisation: Polarisation,
    /// Greatest AC power, kW, above 0.
    pub rating_kw: f64,
    /// Least power while on, a share of the rating above `auxiliary_share`, at most 1.
    pub min_load: f64,
    /// Faraday efficiency at high current, 0.5 to 1.
    pub faraday_efficiency: f64,
    /// DC power per AC power of the rectifier, 0.5 to 1.
    pub rectifier_efficiency: f64,
    /// Power of the auxiliaries while on, a share of the rating, 0 to 0.5.
    pub auxiliary_share: f64,
    /// Pressure at its outlet, bar absolute, 1 to 1000.
    pub outlet_bar: f64,
    /// Power in standby, a share of the rating, 0 to 0.5.
    pub standby_share: f64,
    /// How long it stays in standby before it goes off, hours, 0 to 8784.
    pub standby_h: f64,
    /// Power during a start, a share of the rating, 0 to 1.
    pub start_share: f64,
    /// Time of a start from off, seconds, 0 to 86 400.
    pub cold_start_s: f64,
    /// Time of a start from standby, seconds, 0 to 86 400.
    pub warm_start_s: f64,
    /// Greatest rise or fall of its power while on between two steps, kW per hour, above 0; infinite where not limited
    /// (`"inf"` in JSON). A start may begin at any power, and it may stop from any.
    #[cfg_attr(feature = "serde", serde(with = "crate::unbounded"))]
    pub ramp_kw_per_h: f64,
    /// Rise of a cell's voltage while it makes hydrogen, V per hour, 0 to 1e-3.
    pub voltage_rise_v_per_h: f64,
    /// Rise of a cell's voltage at each stop, V, 0 to 0.01.
    pub voltage_rise_per_stop_v: f64,
    /// What the voltage of a cell has risen by before the run, V, 0 to 1; in years that follow each other what the year before left.
    #[cfg_attr(feature = "serde", serde(default))]
    pub initial_voltage_rise_v: f64,
    /// Unasked, it also runs at full power from the grid while the tank is below this share of its window, 0 to 1.
    pub grid_below_level: f64,
    /// Unasked, it also runs at full power from the grid in steps whose import price is at or below this; minus infinity
    /// for never (`"-inf"` in JSON).
    #[cfg_attr(feature = "serde", serde(with = "crate::unbounded"))]
    pub grid_up_to_price_per_kwh: f64,
}

impl Electrolyser {
    /// A PEM electrolyser: least load 10 %, ten minutes for a cold start (NREL's H2Integrate), half a minute for a warm one,
    /// an hour of standby at 2 %, outlet at 30 bar, voltage rising by 0.51 µV an hour and 148 µV a stop (NREL's
    /// *electrolyzer* 0.2.1). It takes 54.6 kWh/kg at its rating when new. Standby and warm start are usual figures
    /// without one source.
    #[must_use]
    pub fn pem(rating_kw: f64) -> Self {
        Self {
            polarisation: Polarisation::PemElectrolyser,
            rating_kw,
            min_load: 0.1,
            faraday_efficiency: 0.9909,
            rectifier_efficiency: 0.97,
            auxiliary_share: 0.03,
            outlet_bar: 30.0,
            standby_share: 0.02,
            standby_h: 1.0,
            start_share: 0.1,
            cold_start_s: 600.0,
            warm_start_s: 30.0,
            ramp_kw_per_h: f64::INFINITY,
            voltage_rise_v_per_h: 1.417_379_29e-10 * 3600.0,
            voltage_rise_per_stop_v: 1.478_215_15e-4,
            initial_voltage_rise_v: 0.0,
            grid_below_level: 0.0,
            grid_up_to_price_per_kwh: f64::NEG_INFINITY,
        }
    }

    /// An alkaline electrolyser: least load 30 % and outlet at 16 bar (5 MW units of Chinese tenders), half an hour for a
    /// cold start and five minutes for a warm one, eight hours of standby at 2 %, voltage rising by 3 µV an hour, which
    /// is +10 % in 60 000 hours. It takes 51.9 kWh/kg at its rating when new. Starts and standby are usual figures without
    /// one source.
    #[must_use]
    pub fn alkaline(rating_kw: f64) -> Self {
        Self {
            polarisation: Polarisation::AlkalineElectrolyser,
            min_load: 0.3,
            faraday_efficiency: 0.96,
            outlet_bar: 16.0,
            standby_h: 8.0,
            start_share: 0.3,
            cold_start_s: 1800.0,
            warm_start_s: 300.0,
            voltage_rise_v_per_h: 3e-6,
            voltage_rise_per_stop_v: 0.0,
            ..Self::pem(rating_kw)
        }
    }

    /// AC energy of a kilogram at the rating, new, without the compressor, kWh.
    #[must_use]
    pub fn rated_kwh_per_kg(&self) -> f64 {
        self.rating_kw / self.row(self.rating_kw)[0]
    }

    /// Hydrogen in kg/h and heat of the stack in kW at an AC power within the limits, when new.
    fn row(&self, power_kw: f64) -> [f64; 2] {
        let auxiliary_kw = self.auxiliary_share * self.rating_kw;
        let (dc_kw, rated_dc_kw) = (power_kw - auxiliary_kw, self.rating_kw - auxiliary_kw);
        let (dc_kw, rated_dc_kw) = (dc_kw * self.rectifier_efficiency, rated_dc_kw * self.rectifier_efficiency);
        let rated = self.polarisation.rated_a_per_cm2();
        let current = self.polarisation.current_at(dc_kw / rated_dc_kw);
        let ka = current * rated_dc_kw / self.polarisation.cell_v(rated);
        let faraday = faraday(current * rated, self.faraday_efficiency);
        let lhv_v = LHV_KWH_PER_KG / KAH_PER_KG;
        let heat_kw = ka * (self.polarisation.cell_v(current * rated) - faraday * lhv_v);
        [faraday * ka / KAH_PER_KG, heat_kw]
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("rating_kw", self.rating_kw, 1e-3, 1e9);
        range("min_load", self.min_load, 1e-3, 1.0);
        range("faraday_efficiency", self.faraday_efficiency, 0.5, 1.0);
        range("rectifier_efficiency", self.rectifier_efficiency, 0.5, 1.0);
        range("auxiliary_share", self.auxiliary_share, 0.0, 0.5);
        range("outlet_bar", self.outlet_bar, 1.0, 1000.0);
        range("standby_share", self.standby_share, 0.0, 0.5);
        range("standby_h", self.standby_h, 0.0, 8784.0);
        range("start_share", self.start_share, 0.0, 1.0);
        range("cold_start_s", self.cold_start_s, 0.0, 86_400.0);
        range("warm_start_s", self.warm_start_s, 0.0, 86_400.0);
        range("voltage_rise_v_per_h", self.voltage_rise_v_per_h, 0.0, 1e-3);
        range("voltage_rise_per_stop_v", self.voltage_rise_per_stop_v, 0.0, 0.01);
        range("initial_voltage_rise_v", self.initial_voltage_rise_v, 0.0, 1.0);
        range("grid_below_level", self.grid_below_level, 0.0, 1.0);
        // Infinity is an input with a meaning here: not limited, and never.
        if self.ramp_kw_per_h != f64::INFINITY {
            range("ramp_kw_per_h", self.ramp_kw_per_h, 1e-6, 1e12);
        }
        if self.grid_up_to_price_per_kwh != f64::NEG_INFINITY {
            range("grid_up_to_price_per_kwh", self.grid_up_to_price_per_kwh, -1e6, 1e6);
        }
        if (0.0..=0.5).contains(&self.auxiliary_share) && self.min_load <= self.auxiliary_share {
            let problem = Problem::new(format_args!("{field}.min_load"), "leaves nothing beyond the auxiliaries");
            let above = alloc::format!("above auxiliary_share, {}", self.auxiliary_share);
            problems.push(problem.value(self.min_load).allowed(above));
        }
        self.polarisation.check(problems, format_args!("{field}.polarisation_point"), true);
    }

    pub(crate) fn hash(&self, mut number: impl FnMut(f64)) {
        let Self {
            polarisation,
            rating_kw,
            min_load,
            faraday_efficiency,
            rectifier_efficiency,
            auxiliary_share,
            outlet_bar,
            standby_share,
            standby_h,
            start_share,
            cold_start_s,
            warm_start_s,
            ramp_kw_per_h,
            voltage_rise_v_per_h,
            voltage_rise_per_stop_v,
            initial_voltage_rise_v,
            grid_below_level,
            grid_up_to_price_per_kwh,
        } = self;
        polarisation.hash(&mut number);
        for value in [
            rating_kw,
            min_load,
            faraday_efficiency,
            rectifier_efficiency,
            auxiliary_share,
            outlet_bar,
            standby_share,
            standby_h,
            start_share,
            cold_start_s,
            warm_start_s,
            ramp_kw_per_h,
            voltage_rise_v_per_h,
            voltage_rise_per_stop_v,
            grid_below_level,
            grid_up_to_price_per_kwh,
        ] {
            number(*value);
        }
        if *initial_voltage_rise_v > 0.0 {
            number(*initial_voltage_rise_v);
        }
    }
}

/// What of an electrolyser does not change in the run.
#[derive(Debug, Clone)]
pub(crate) struct ElectrolyserNumbers {
    /// AC power while on: least and greatest, kW.
    pub(crate) least_kw: f64,
    pub(crate) rating_kw: f64,
    pub(crate) auxiliary_kw: f64,
    pub(crate) rectifier_efficiency: f64,
    pub(crate) standby_kw: f64,
    pub(crate) standby_s: f64,
    pub(crate) start_kw: f64,
    pub(crate) cold_start_s: f64,
    pub(crate) warm_start_s: f64,
    /// Most change of power from step to step.
    pub(crate) ramp_kw: f64,
    pub(crate) rise_v_per_h: f64,
    pub(crate) rise_per_stop_v: f64,
    pub(crate) initial_rise_v: f64,
    pub(crate) rated_v: f64,
    /// Hydrogen in kg/h and heat in kW against AC power, when new.
    pub(crate) on: Table<2>,
}

/// Cells of the tables: at 64 the error between the curve and the straight lines is below 4e-5 of the rated flow.
pub(crate) const CELLS: usize = 64;

impl ElectrolyserNumbers {
    pub(crate) fn new(electrolyser: &Electrolyser, step_h: f64) -> Self {
        let rating_kw = electrolyser.rating_kw;
        let least_kw = electrolyser.min_load * rating_kw;
        Self {
            least_kw,
            rating_kw,
            auxiliary_kw: electrolyser.auxiliary_share * rating_kw,
            rectifier_efficiency: electrolyser.rectifier_efficiency,
            standby_kw: electrolyser.standby_share * rating_kw,
            standby_s: electrolyser.standby_h * 3600.0,
            start_kw: electrolyser.start_share * rating_kw,
            cold_start_s: electrolyser.cold_start_s,
            warm_start_s: electrolyser.warm_start_s,
            ramp_kw: electrolyser.ramp_kw_per_h * step_h,
            rise_v_per_h: electrolyser.voltage_rise_v_per_h,
            rise_per_stop_v: electrolyser.voltage_rise_per_stop_v,
            initial_rise_v: electrolyser.initial_voltage_rise_v,
            rated_v: electrolyser.polarisation.cell_v(electrolyser.polarisation.rated_a_per_cm2()),
            on: Table::new(least_kw, rating_kw, CELLS, |power_kw| electrolyser.row(power_kw)),
        }
    }

    /// DC power of the stack at an AC power, kW.
    pub(crate) fn dc_kw(&self, power_kw: f64) -> f64 {
        (power_kw - self.auxiliary_kw) * self.rectifier_efficiency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 50 to 56 kWh/kg at the rating, AC in, rectifier and auxiliaries included, compressor excluded, when new. Makers' DC
    /// figures convert: 4.3 kWh/Nm³ is 47.8 kWh/kg, 4.6 is 51.2.
    #[test]
    fn rated_electrolysers_take_what_makers_say() {
        for (electrolyser, dc_per_nm3) in [(Electrolyser::pem(1000.0), 4.6), (Electrolyser::alkaline(5000.0), 4.4)] {
            let ac = electrolyser.rated_kwh_per_kg();
            assert!((50.0..=56.0).contains(&ac), "{ac}");
            let share = electrolyser.rectifier_efficiency * (1.0 - electrolyser.auxiliary_share);
            let dc = ac * share / 11.126;
            assert!((dc / dc_per_nm3 - 1.0).abs() < 0.02, "{dc} kWh/Nm³");
        }
    }

    /// At every power the stack's power is what goes into hydrogen and what goes into heat, and the table is near the curve.
    #[test]
    fn the_table_is_near_the_curve_and_balances() {
        for electrolyser in [Electrolyser::pem(1000.0), Electrolyser::alkaline(1000.0)] {
            let numbers = ElectrolyserNumbers::new(&electrolyser, 1.0);
            let rated = electrolyser.row(1000.0)[0];
            for i in 0..=1000 {
                let power = numbers.least_kw + (1000.0 - numbers.least_kw) * f64::from(i) / 1000.0;
                let [kg_per_h, heat_kw] = numbers.on.at(power);
                let misses = numbers.dc_kw(power) - kg_per_h * LHV_KWH_PER_KG - heat_kw;
                assert!(misses.abs() < 1e-9, "{power}: {misses}");
                assert!((kg_per_h - electrolyser.row(power)[0]).abs() < 4e-5 * rated, "{power}");
            }
        }
    }
}
