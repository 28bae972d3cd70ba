//! How an inverter answers to the voltage at its bus: volt-var, volt-watt, and the room that its rating leaves.
//!
//! # Model
//! Curves are straight between their points and level beyond them. Reactive power comes first, as IEEE 1547-2018 has it where
//! both do not fit the rating S: |P| ≤ √(S² − Q²). Below 5 % of its rating an inverter gives no reactive power. The voltages are
//! those at which flow and curves agree: the state after the responses' few seconds.

use crate::Problems;
use crate::simulation::lane::{abs, max, min};

/// Share of its rating below which an inverter gives no reactive power (IEEE 1547-2018, 5.2).
const AWAKE: f64 = 0.05;

/// The inverter of a plant or battery.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Inverter {
    /// Rated apparent power of all of the device, kVA, 0.001 to 1e9: at each of its buses it has its share.
    pub rated_kva: f64,
    /// Reactive power by voltage; none where `None`.
    pub volt_var: Option<VoltVar>,
    /// Greatest power given by voltage; not limited where `None`.
    pub volt_watt: Option<VoltWatt>,
}

/// Reactive power by voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VoltVar {
    /// Voltages, not falling, 0.5 to 1.5 p.u. of nominal.
    pub voltage_pu: [f64; 4],
    /// Reactive power given at each, per unit of the rating, not rising, −1 to 1; negative is drawn.
    pub reactive_pu: [f64; 4],
}

/// Greatest active power given by voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VoltWatt {
    /// Voltages, rising, 0.5 to 1.5 p.u. of nominal.
    pub voltage_pu: [f64; 2],
    /// Most power given at each, per unit of the rating, not rising, 0 to 1.
    pub power_pu: [f64; 2],
}

impl VoltVar {
    /// IEEE 1547-2018, table 8, default of category A.
    pub const CATEGORY_A: Self = Self { voltage_pu: [0.9, 1.0, 1.0, 1.1], reactive_pu: [0.25, 0.0, 0.0, -0.25] };
    /// IEEE 1547-2018, table 8, default of category B.
    pub const CATEGORY_B: Self = Self { voltage_pu: [0.92, 0.98, 1.02, 1.08], reactive_pu: [0.44, 0.0, 0.0, -0.44] };
}

impl VoltWatt {
    /// IEEE 1547-2018, table 10, the default of categories A and B, with a least power of a fifth.
    pub const DEFAULT: Self = Self { voltage_pu: [1.06, 1.1], power_pu: [1.0, 0.2] };
}

/// The steepest piece of a curve, per unit per unit.
fn steepest<const N: usize>(x: &[f64; N], y: &[f64; N]) -> f64 {
    let slope = |i: usize| if x[i + 1] > x[i] { abs((y[i + 1] - y[i]) / (x[i + 1] - x[i])) } else { 0.0 };
    (0..N - 1).map(slope).fold(0.0, max)
}

/// A curve at `at`.
fn along<const N: usize>(x: &[f64; N], y: &[f64; N], at: f64) -> f64 {
    if at <= x[0] {
        return y[0];
    }
    for i in 1..N {
        if at < x[i] {
            return y[i - 1] + (y[i] - y[i - 1]) * ((at - x[i - 1]) / (x[i] - x[i - 1]));
        }
    }
    y[N - 1]
}

impl Inverter {
    /// What it does at a voltage, per unit of its rating: reactive power given, and active power of which `available` is at
    /// hand, positive given.
    pub(crate) fn answer(&self, voltage_pu: f64, available: f64) -> (f64, f64) {
        let is_awake = abs(available) >= AWAKE;
        let reactive = self
            .volt_var
            .filter(|_| is_awake)
            .map_or(0.0, |curve| along(&curve.voltage_pu, &curve.reactive_pu, voltage_pu));
        let beside = libm::sqrt(max(1.0 - reactive * reactive, 0.0));
        let most = self
            .volt_watt
            .filter(|_| available > 0.0)
            .map_or(beside, |curve| min(beside, along(&curve.voltage_pu, &curve.power_pu, voltage_pu)));
        (reactive, if available > 0.0 { min(available, most) } else { max(available, -most) })
    }

    /// How steeply its reactive and active power can follow the voltage, per unit of its rating per unit of voltage.
    pub(crate) fn steepness(&self) -> (f64, f64) {
        let reactive = self.volt_var.map_or(0.0, |curve| steepest(&curve.voltage_pu, &curve.reactive_pu));
        let active = self.volt_watt.map_or(0.0, |curve| steepest(&curve.voltage_pu, &curve.power_pu));
        // Where the rating binds, active power follows reactive power by Q/P.
        let most = self.volt_var.map_or(0.0, |curve| curve.reactive_pu.iter().fold(0.0, |most, q| max(abs(*q), most)));
        (reactive, active + reactive * most / libm::sqrt(max(1.0 - most * most, 0.01)))
    }

    pub(crate) fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format_args!("{field}.rated_kva"), self.rated_kva, 1e-3, 1e9);
        let mut points = |name: &str, volts: &[f64], shares: &[f64], least: f64, rises: bool| {
            let (volt, share) = (alloc::format!("{field}.{name}.voltage_pu"), alloc::format!("{field}.{name} (share)"));
            for (i, (pu, value)) in volts.iter().zip(shares).enumerate() {
                let from = if i == 0 { 0.5 } else { volts[i - 1] + if rises { 1e-6 } else { 0.0 } };
                problems.require_range(format_args!("{volt}[{i}]"), *pu, from, 1.5);
                let most = if i == 0 { 1.0 } else { shares[i - 1] };
                problems.require_range(format_args!("{share}[{i}]"), *value, least, most);
            }
        };
        if let Some(VoltVar { voltage_pu, reactive_pu }) = &self.volt_var {
            points("volt_var", voltage_pu, reactive_pu, -1.0, false);
        }
        if let Some(VoltWatt { voltage_pu, power_pu }) = &self.volt_watt {
            points("volt_watt", voltage_pu, power_pu, 0.0, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EPRI's OpenDER 2.x, `test_volt_var_313` (BSD-3): 105 kVA, 100 kW of active power, category B; its tolerance is 0.1 kW and
    /// 0.1 kvar. Active power is what is at hand, 100 kW, or what reactive power leaves of the rating.
    #[test]
    fn category_b_is_epris() {
        let inverter = Inverter { rated_kva: 105.0, volt_var: Some(VoltVar::CATEGORY_B), volt_watt: None };
        for (voltage_pu, kw, kvar) in [
            (0.915, 94.3, 46.2),
            (0.925, 96.1, 42.4),
            (0.95, 100.0, 23.1),
            (0.975, 100.0, 3.9),
            (0.985, 100.0, 0.0),
            (1.015, 100.0, 0.0),
            (1.025, 100.0, -3.8),
            (1.05, 100.0, -23.1),
            (1.075, 96.1, -42.3),
            (1.085, 94.3, -46.2),
        ] {
            let (reactive, active) = inverter.answer(voltage_pu, 100.0 / 105.0);
            assert!((105.0 * active - kw).abs() < 0.1 && (105.0 * reactive - kvar).abs() < 0.1, "{voltage_pu}");
        }
        assert_eq!(inverter.answer(1.1, 0.04).0, 0.0, "asleep");
        assert!(inverter.answer(1.1, -0.5).1 == -0.5 && inverter.answer(1.1, -0.5).0 == -0.44, "charging");
    }

    /// Category A falls through its middle, and volt-watt along its line (IEEE 1547-2018, tables 8 and 10).
    #[test]
    fn category_a_and_volt_watt_are_the_standards() {
        let inverter =
            Inverter { rated_kva: 1.0, volt_var: Some(VoltVar::CATEGORY_A), volt_watt: Some(VoltWatt::DEFAULT) };
        let close = |(q, p): (f64, f64), (q_wanted, p_wanted): (f64, f64)| {
            (q - q_wanted).abs() < 1e-12 && (p - p_wanted).abs() < 1e-12
        };
        assert!(close(inverter.answer(0.95, 0.5), (0.125, 0.5)));
        assert!(close(inverter.answer(1.0, 1.0), (0.0, 1.0)));
        assert!(close(inverter.answer(1.08, 1.0), (-0.2, 0.6)));
        assert!(close(inverter.answer(1.2, 1.0), (-0.25, 0.2)));
    }
}
