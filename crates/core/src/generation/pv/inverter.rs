//! From direct to alternating current.

use alloc::format;

use crate::Problems;

/// An inverter: its curve, and what it draws while it is off.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Inverter {
    /// Power out by power in; default [`InverterCurve::pvwatts_v5`] at 96 %.
    pub curve: InverterCurve,
    /// What it draws from the site while the modules give it nothing, W per kW of its rating, 0 to 50; default 0.
    pub night_w_per_kw: f64,
}

/// Power out of an inverter by power in, for any size: the plant's rating scales it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum InverterCurve {
    /// [`pvwatts_kw`], PVWatts up to its version 5.
    PvwattsV5 {
        /// Nominal efficiency, 0.5 to 1.
        efficiency: f64,
    },
    /// [`pvwatts_v8_kw`], PVWatts since its version 8.
    PvwattsV8 {
        /// Nominal efficiency, 0.5 to 1.
        efficiency: f64,
    },
    /// [`SandiaInverter::ac_w`]: one inverter by its measured coefficients, as many of them as the plant's rating holds.
    Sandia(SandiaInverter),
}

/// An inverter by the coefficients that the California Energy Commission's list gives.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct SandiaInverter {
    /// Rated power out, W, above 0.
    pub paco_w: f64,
    /// Power in at which it gives `paco_w`, W, above `paco_w`.
    pub pdco_w: f64,
    /// Voltage in at which it does, V, above 0.
    pub vdco_v: f64,
    /// Power in at which it starts, W, 0 or more.
    pub pso_w: f64,
    /// Curvature of power out over power in at `vdco_v`, per W.
    pub c0_per_w: f64,
    /// Change of `pdco_w` with the voltage, per V.
    pub c1_per_v: f64,
    /// Change of `pso_w` with the voltage, per V.
    pub c2_per_v: f64,
    /// Change of `c0_per_w` with the voltage, per V.
    pub c3_per_v: f64,
    /// Voltage in at which it runs, V, above 0: the strings' at full power. Modules here have no voltage of their own.
    pub vdc_v: f64,
}

impl Default for Inverter {
    fn default() -> Self {
        Self { curve: InverterCurve::pvwatts_v5(), night_w_per_kw: 0.0 }
    }
}

impl Default for InverterCurve {
    fn default() -> Self {
        Self::pvwatts_v5()
    }
}

impl InverterCurve {
    /// PVWatts version 5's at 96 %.
    #[must_use]
    pub const fn pvwatts_v5() -> Self {
        Self::PvwattsV5 { efficiency: 0.96 }
    }

    /// PVWatts version 8's at 96 %.
    #[must_use]
    pub const fn pvwatts_v8() -> Self {
        Self::PvwattsV8 { efficiency: 0.96 }
    }

    /// Power out in kW, unclipped and perhaps negative, of inverters rated `rated_kw` for power in `dc_kw`.
    #[must_use]
    pub fn unclipped_kw(&self, dc_kw: f64, rated_kw: f64) -> f64 {
        match *self {
            Self::PvwattsV5 { efficiency } => pvwatts_unclipped_kw(dc_kw, rated_kw / efficiency, efficiency),
            Self::PvwattsV8 { efficiency } => pvwatts_v8_unclipped_kw(dc_kw, rated_kw, efficiency),
            Self::Sandia(inverter) => {
                let count = rated_kw * 1000.0 / inverter.paco_w;
                inverter.unclipped_w(dc_kw * 1000.0 / count) * count / 1000.0
            }
        }
    }

    /// Power in from which inverters rated `rated_kw` give it, kW: what comes beyond is clipped.
    #[must_use]
    pub fn full_dc_kw(&self, rated_kw: f64) -> f64 {
        match *self {
            Self::PvwattsV5 { efficiency } | Self::PvwattsV8 { efficiency } => rated_kw / efficiency,
            Self::Sandia(inverter) => {
                let over_v = inverter.vdc_v - inverter.vdco_v;
                rated_kw * (inverter.pdco_w / inverter.paco_w) * (1.0 + inverter.c1_per_v * over_v)
            }
        }
    }

    /// Power out in kW, 0 to `rated_kw`.
    #[must_use]
    pub fn ac_kw(&self, dc_kw: f64, rated_kw: f64) -> f64 {
        if let Self::PvwattsV5 { efficiency } = *self {
            return pvwatts_kw(dc_kw, rated_kw / efficiency, efficiency);
        }
        self.unclipped_kw(dc_kw, rated_kw).clamp(0.0, rated_kw)
    }
}

impl Inverter {
    /// What inverters rated `rated_kw` draw while they are off, kW.
    #[must_use]
    pub fn night_kw(&self, rated_kw: f64) -> f64 {
        rated_kw * self.night_w_per_kw / 1000.0
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format_args!("{field}.night_w_per_kw"), self.night_w_per_kw, 0.0, 50.0);
        match self.curve {
            InverterCurve::PvwattsV5 { efficiency } | InverterCurve::PvwattsV8 { efficiency } => {
                problems.require_range(format_args!("{field}.efficiency"), efficiency, 0.5, 1.0);
            }
            InverterCurve::Sandia(inverter) => inverter.check(&format!("{field}.sandia"), problems),
        }
    }
}

impl SandiaInverter {
    /// Power out of one inverter in W, 0 to `paco_w`.
    ///
    /// # Model
    /// King, Gonzalez, Galbraith & Boyson, *Performance model for grid-connected photovoltaic inverters*,
    /// SAND2007-5036: with `A = P_dco (1 + C₁ (V − V_dco))`, `B = P_so (1 + C₂ (V − V_dco))`,
    /// `C = C₀ (1 + C₃ (V − V_dco))`,
    /// `P_ac = (P_aco/(A − B) − C (A − B)) (P_dc − B) + C (P_dc − B)²`, at most P_aco; off below P_so.
    #[must_use]
    pub fn ac_w(&self, dc_w: f64) -> f64 {
        self.unclipped_w(dc_w).clamp(0.0, self.paco_w)
    }

    fn unclipped_w(&self, dc_w: f64) -> f64 {
        if dc_w < self.pso_w {
            return 0.0;
        }
        let over_v = self.vdc_v - self.vdco_v;
        let full_w = self.pdco_w * (1.0 + self.c1_per_v * over_v);
        let start_w = self.pso_w * (1.0 + self.c2_per_v * over_v);
        let curvature = self.c0_per_w * (1.0 + self.c3_per_v * over_v);
        let (span_w, above_w) = (full_w - start_w, dc_w - start_w);
        (self.paco_w / span_w - curvature * span_w) * above_w + curvature * above_w * above_w
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("paco_w", self.paco_w, 1.0, 1e8);
        range("pdco_w", self.pdco_w, self.paco_w, 2.0 * self.paco_w);
        range("vdco_v", self.vdco_v, 1.0, 3000.0);
        range("pso_w", self.pso_w, 0.0, 0.2 * self.paco_w);
        // Beyond these the curve would bend back below its own rating.
        range("c0_per_w", self.c0_per_w, -0.2 / self.paco_w, 0.2 / self.paco_w);
        range("c1_per_v", self.c1_per_v, -0.01, 0.01);
        range("c2_per_v", self.c2_per_v, -0.1, 0.1);
        range("c3_per_v", self.c3_per_v, -0.1, 0.1);
        range("vdc_v", self.vdc_v, 0.5 * self.vdco_v, 2.0 * self.vdco_v);
    }
}

/// Alternating-current power of an inverter in kW, at least 0 and at most `efficiency · rated_dc_kw`.
///
/// # Model
/// PVWatts (Dobos, NREL/TP-6A20-62641, 2014): with load `ζ = P_dc / P_dc0`,
/// `η = η_nom/0.9637 · (−0.0162 ζ − 0.0059/ζ + 0.9858)`, `P_ac = η P_dc`, clipped at `P_ac0 = η_nom P_dc0`. Below about
/// 0.6 % load the inverter's own consumption exceeds its input: it is off, and at night it draws nothing.
///
/// `rated_dc_kw` is P_dc0, `efficiency` is η_nom.
#[must_use]
pub fn pvwatts_kw(dc_kw: f64, rated_dc_kw: f64, efficiency: f64) -> f64 {
    pvwatts_unclipped_kw(dc_kw, rated_dc_kw, efficiency).clamp(0.0, efficiency * rated_dc_kw)
}

fn pvwatts_unclipped_kw(dc_kw: f64, rated_dc_kw: f64, efficiency: f64) -> f64 {
    let load = dc_kw / rated_dc_kw;
    efficiency / 0.9637 * rated_dc_kw * (load * (0.9858 - 0.0162 * load) - 0.0059)
}

/// Power in at which PVWatts V8's inverter starts, per rated power out.
const PVWATTS_V8_START: f64 = 0.004_931;

/// Alternating-current power in kW of PVWatts V8's inverter, 0 to `rated_kw`.
///
/// # Model
/// [`SandiaInverter::ac_w`] with C₀ to C₃ 0, `P_dco = P_aco/η` and `P_so = 0.004931 P_aco`: a straight line from the
/// start to the rating, so that η holds at the rating and falls towards the start. V8's source names a smaller start
/// below 1 MW, but compares watts with it: above 1 kW of modules all its plants have this one.
#[must_use]
pub fn pvwatts_v8_kw(dc_kw: f64, rated_kw: f64, efficiency: f64) -> f64 {
    pvwatts_v8_unclipped_kw(dc_kw, rated_kw, efficiency).clamp(0.0, rated_kw)
}

fn pvwatts_v8_unclipped_kw(dc_kw: f64, rated_kw: f64, efficiency: f64) -> f64 {
    let start_kw = PVWATTS_V8_START * rated_kw;
    rated_kw / (rated_kw / efficiency - start_kw) * (dc_kw - start_kw)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pvlib 0.16.1 `inverter.pvwatts`, and the ends of the curve.
    #[test]
    fn published_points() {
        for (dc_kw, ac_kw) in [
            (0.0, 0.000000000),
            (0.3, 0.000000000),
            (1.0, 0.394119000),
            (5.0, 4.318306527),
            (20.0, 18.988017018),
            (50.0, 48.109577669),
            (80.0, 76.940657881),
            (99.0, 95.050099076),
            (105.0, 96.000000000),
            (150.0, 96.000000000),
        ] {
            assert!((pvwatts_kw(dc_kw, 100.0, 0.96) - ac_kw).abs() < 1e-6, "{dc_kw}");
        }
    }

    /// An inverter of the California Energy Commission's list (SMA SB5000TL-US-22 at 208 V), whose own figures are public.
    fn listed() -> SandiaInverter {
        SandiaInverter {
            paco_w: 4580.0,
            pdco_w: 4747.125,
            vdco_v: 400.0,
            pso_w: 19.087_717,
            c0_per_w: -3.762_056e-6,
            c1_per_v: -3.7e-5,
            c2_per_v: 0.001_107,
            c3_per_v: -6.7e-5,
            vdc_v: 400.0,
        }
    }

    /// pvlib 0.16.1 `inverter.sandia` for the same inverter, by voltage and power in.
    #[test]
    fn sandia_equals_pvlib() {
        for (vdc_v, dc_w, ac_w) in [
            (400.0, 2373.5625, 2301.779188444),
            (400.0, 17.178_945, 0.0),
            (440.0, 3797.7, 3678.943134418),
            (360.0, 5696.55, 4580.0),
            (360.0, 474.7125, 448.811416988),
        ] {
            let found = SandiaInverter { vdc_v, ..listed() }.ac_w(dc_w);
            assert!((found - ac_w).abs() < 1e-6, "{dc_w} W: {found}");
        }
    }

    /// Twenty inverters make a plant of twenty times the power: mutation it catches: the count left out on one side.
    #[test]
    fn a_plant_holds_as_many_as_its_rating() {
        let curve = InverterCurve::Sandia(listed());
        let one = listed().ac_w(2000.0);
        assert!((curve.ac_kw(40.0, 20.0 * 4.58) - 0.02 * one).abs() < 1e-9);
        let mut problems = Problems::none();
        Inverter { curve, night_w_per_kw: 0.3 }.check("inverter", &mut problems);
        assert!(problems.is_empty(), "{problems}");
        let bad = SandiaInverter { paco_w: 5000.0, vdc_v: f64::NAN, ..listed() };
        Inverter { curve: InverterCurve::Sandia(bad), night_w_per_kw: -1.0 }.check("inverter", &mut problems);
        let fields: alloc::vec::Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["inverter.night_w_per_kw", "inverter.sandia.pdco_w", "inverter.sandia.vdc_v"]);
    }
}
