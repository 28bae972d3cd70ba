//! How warm the cells get.

use crate::Problems;

/// Law of the cell temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum CellTemperature {
    /// [`sapm`]: Sandia's fit, wind at 10 m.
    Sapm {
        /// Natural logarithm of the module's warming per irradiance in still air, K per W/m²; about -3.5.
        a: f64,
        /// Effect of wind, s/m; about -0.06, at most 0.
        b: f64,
        /// Cell above module back at 1000 W/m², K; 0 to 3.
        delta_c: f64,
    },
    /// [`faiman`]: two heat-loss factors.
    Faiman {
        /// Loss in still air, W/(m² K); about 25.
        u0_w_per_m2_k: f64,
        /// Loss per wind speed, W s/(m³ K); about 6.84.
        u1_w_s_per_m3_k: f64,
    },
    /// [`noct`]: scaled from the nominal operating cell temperature, as SAM and PVWatts V8 do.
    Noct {
        /// Cell temperature at 800 W/m², 20 °C and 1 m/s without load, °C; 45 on a rack, 49 on a roof.
        noct_c: f64,
        /// Efficiency of the module at 1000 W/m² and 25 °C; about 0.19.
        module_efficiency: f64,
    },
    /// [`pvsyst`]: two heat-loss factors, what the module turns into power taken off.
    Pvsyst {
        /// Loss in still air, W/(m² K); 29 free-standing, 20 semi-integrated, 15 insulated.
        uc_w_per_m2_k: f64,
        /// Loss per wind speed, W s/(m³ K); 0 is usual.
        uv_w_s_per_m3_k: f64,
        /// Efficiency of the module; PVsyst's own default is 0.1.
        module_efficiency: f64,
    },
}

impl Default for CellTemperature {
    /// [`CellTemperature::open_rack_glass_polymer`].
    fn default() -> Self {
        Self::open_rack_glass_polymer()
    }
}

impl CellTemperature {
    /// Sandia's coefficients of glass/cell/glass modules on an open rack.
    #[must_use]
    pub const fn open_rack_glass_glass() -> Self {
        Self::Sapm { a: -3.47, b: -0.0594, delta_c: 3.0 }
    }

    /// Sandia's coefficients of glass/cell/polymer modules on an open rack.
    #[must_use]
    pub const fn open_rack_glass_polymer() -> Self {
        Self::Sapm { a: -3.56, b: -0.0750, delta_c: 3.0 }
    }

    /// Sandia's coefficients of glass/cell/glass modules close to a roof.
    #[must_use]
    pub const fn close_roof_glass_glass() -> Self {
        Self::Sapm { a: -2.98, b: -0.0471, delta_c: 1.0 }
    }

    /// Sandia's coefficients of glass/cell/polymer modules with an insulated back.
    #[must_use]
    pub const fn insulated_back_glass_polymer() -> Self {
        Self::Sapm { a: -2.81, b: -0.0455, delta_c: 0.0 }
    }

    /// Faiman's mean coefficients of seven module types on an open rack.
    #[must_use]
    pub const fn faiman_open_rack() -> Self {
        Self::Faiman { u0_w_per_m2_k: 25.0, u1_w_s_per_m3_k: 6.84 }
    }

    /// PVWatts V8's cells on an open rack or a tracker: 45 °C, and the efficiency of its standard module.
    #[must_use]
    pub const fn noct_open_rack() -> Self {
        Self::Noct { noct_c: 45.0, module_efficiency: PVWATTS_MODULE_EFFICIENCY }
    }

    /// PVWatts V8's cells of modules mounted on a roof with air behind them: 49 °C. About 10 K cooler in full sun than
    /// [`close_roof_glass_glass`](Self::close_roof_glass_glass), whose modules lie so close that no air passes.
    #[must_use]
    pub const fn noct_roof_mount() -> Self {
        Self::Noct { noct_c: 49.0, module_efficiency: PVWATTS_MODULE_EFFICIENCY }
    }

    /// PVsyst's free-standing modules.
    #[must_use]
    pub const fn pvsyst_free_standing() -> Self {
        Self::Pvsyst { uc_w_per_m2_k: 29.0, uv_w_s_per_m3_k: 0.0, module_efficiency: 0.1 }
    }

    /// PVsyst's modules semi-integrated, with an air duct behind.
    #[must_use]
    pub const fn pvsyst_semi_integrated() -> Self {
        Self::Pvsyst { uc_w_per_m2_k: 20.0, uv_w_s_per_m3_k: 0.0, module_efficiency: 0.1 }
    }

    /// PVsyst's modules integrated with an insulated back.
    #[must_use]
    pub const fn pvsyst_insulated() -> Self {
        Self::Pvsyst { uc_w_per_m2_k: 15.0, uv_w_s_per_m3_k: 0.0, module_efficiency: 0.1 }
    }

    /// Cell temperature in °C at this irradiance on the plane and behind the cover, air temperature and wind at 10 m.
    #[must_use]
    pub fn cell_c(&self, plane_w_per_m2: f64, effective_w_per_m2: f64, air_c: f64, wind_m_per_s: f64) -> f64 {
        match *self {
            Self::Noct { noct_c, module_efficiency } => {
                noct(plane_w_per_m2, effective_w_per_m2, wind_m_per_s, air_c, noct_c, module_efficiency)
            }
            Self::Pvsyst { uc_w_per_m2_k, uv_w_s_per_m3_k, module_efficiency } => {
                let heat_w_per_m2 = plane_w_per_m2 * 0.9 * (1.0 - module_efficiency);
                pvsyst(heat_w_per_m2, wind_m_per_s, air_c, uc_w_per_m2_k, uv_w_s_per_m3_k)
            }
            Self::Sapm { a, b, delta_c } => sapm(plane_w_per_m2, wind_m_per_s, air_c, a, b, delta_c),
            Self::Faiman { u0_w_per_m2_k, u1_w_s_per_m3_k } => {
                faiman(plane_w_per_m2, wind_m_per_s, air_c, u0_w_per_m2_k, u1_w_s_per_m3_k)
            }
        }
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        match *self {
            Self::Sapm { a, b, delta_c } => {
                problems.require_range(format_args!("{field}.a"), a, -6.0, -2.0);
                problems.require_range(format_args!("{field}.b"), b, -0.3, 0.0);
                problems.require_range(format_args!("{field}.delta_c"), delta_c, 0.0, 10.0);
            }
            Self::Faiman { u0_w_per_m2_k, u1_w_s_per_m3_k } => {
                problems.require_range(format_args!("{field}.u0_w_per_m2_k"), u0_w_per_m2_k, 5.0, 100.0);
                problems.require_range(format_args!("{field}.u1_w_s_per_m3_k"), u1_w_s_per_m3_k, 0.0, 50.0);
            }
            Self::Noct { noct_c, module_efficiency } => {
                problems.require_range(format_args!("{field}.noct_c"), noct_c, 30.0, 80.0);
                problems.require_range(format_args!("{field}.module_efficiency"), module_efficiency, 0.0, 0.5);
            }
            Self::Pvsyst { uc_w_per_m2_k, uv_w_s_per_m3_k, module_efficiency } => {
                problems.require_range(format_args!("{field}.uc_w_per_m2_k"), uc_w_per_m2_k, 5.0, 100.0);
                problems.require_range(format_args!("{field}.uv_w_s_per_m3_k"), uv_w_s_per_m3_k, 0.0, 50.0);
                problems.require_range(format_args!("{field}.module_efficiency"), module_efficiency, 0.0, 0.5);
            }
        }
    }
}

/// Efficiency of PVWatts V8's standard module, 322.558 W on 1.6864 m².
const PVWATTS_MODULE_EFFICIENCY: f64 = 0.191_27;

/// Cell temperature, °C.
///
/// # Model
/// King, Boyson & Kratochvil, *Photovoltaic array performance model*, SAND2004-3535: module
/// `T_m = T_a + G e^(a + b w)`, cell `T_c = T_m + G/1000 · ΔT`; G irradiance on the plane, w wind at 10 m.
#[must_use]
pub fn sapm(plane_w_per_m2: f64, wind_m_per_s: f64, air_c: f64, a: f64, b: f64, delta_c: f64) -> f64 {
    air_c + plane_w_per_m2 * (libm::exp(a + b * wind_m_per_s) + delta_c / 1000.0)
}

/// Cell temperature, °C.
///
/// # Model
/// Faiman, Progress in Photovoltaics 16 (2008) 307: `T_c = T_a + G/(u₀ + u₁ w)`. His wind is measured at module
/// height; wind at 10 m is higher, so the cells come out up to a few kelvin too cool with it.
#[must_use]
pub fn faiman(plane_w_per_m2: f64, wind_m_per_s: f64, air_c: f64, u0_w_per_m2_k: f64, u1_w_s_per_m3_k: f64) -> f64 {
    air_c + plane_w_per_m2 / (u0_w_per_m2_k + u1_w_s_per_m3_k * wind_m_per_s)
}

/// Cell temperature, °C.
///
/// # Model
/// Duffie & Beckman §23.3 as SAM has it (Gilman et al., *SAM photovoltaic model technical reference update*,
/// NREL/TP-6A20-67399, 2018): `T_c = T_a + G/800 (NOCT − 20)(1 − η/τα) · 9.5/(5.7 + 3.8 w')`, the transmittance and
/// absorptance τα = 0.9 times the cover's share of the light `G_eff/G`, and w' = 0.51 w the wind at the modules of a
/// building of one storey, w that at 10 m.
#[must_use]
pub fn noct(
    plane_w_per_m2: f64,
    effective_w_per_m2: f64,
    wind_m_per_s: f64,
    air_c: f64,
    noct_c: f64,
    module_efficiency: f64,
) -> f64 {
    // `G (1 − η G/(0.9 G_eff))`, without a division by darkness.
    let electric = module_efficiency * plane_w_per_m2 / (0.9 * effective_w_per_m2.max(1e-9));
    let heat_w_per_m2 = plane_w_per_m2 * (1.0 - electric).max(0.0);
    air_c + heat_w_per_m2 / 800.0 * (noct_c - 20.0) * 9.5 / (5.7 + 3.8 * 0.51 * wind_m_per_s)
}

/// Cell temperature, °C.
///
/// # Model
/// PVsyst's help, *Array thermal losses*: `T_c = T_a + α G (1 − η)/(U_c + U_v w)` with α = 0.9 absorbed; `heat_w_per_m2`
/// is `α G (1 − η)`.
#[must_use]
pub fn pvsyst(heat_w_per_m2: f64, wind_m_per_s: f64, air_c: f64, uc_w_per_m2_k: f64, uv_w_s_per_m3_k: f64) -> f64 {
    air_c + heat_w_per_m2 / (uc_w_per_m2_k + uv_w_s_per_m3_k * wind_m_per_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_points() {
        let cell = CellTemperature::open_rack_glass_glass().cell_c(1000.0, 1000.0, 10.0, 0.0);
        assert!((cell - 44.117_030_66).abs() < 1e-8, "{cell}");
        assert_eq!(CellTemperature::faiman_open_rack().cell_c(500.0, 500.0, 20.0, 0.0), 40.0);
        // pvlib 0.16.1's tests of `noct_sam`, and the same with 90 % of the light behind the cover.
        for (effective, expected) in [(1000.0, 55.230_790_492), (900.0, 54.271_082_857)] {
            let cell = noct(1000.0, effective, 1.0, 25.0, 45.0, 0.2);
            assert!((cell - expected).abs() < 1e-6, "{cell}");
        }
        // pvlib 0.16.1's test of `pvsyst_cell`: 900 W/m², 20 °C.
        let cell = CellTemperature::pvsyst_free_standing().cell_c(900.0, 900.0, 20.0, 5.0);
        assert!((cell - 45.137_931_034).abs() < 1e-6, "{cell}");
    }

    #[test]
    fn dark_cells_have_the_air_s_temperature() {
        for law in [
            CellTemperature::default(),
            CellTemperature::faiman_open_rack(),
            CellTemperature::noct_open_rack(),
            CellTemperature::pvsyst_insulated(),
        ] {
            assert_eq!(law.cell_c(0.0, 0.0, -7.5, 3.0), -7.5);
        }
    }
}
