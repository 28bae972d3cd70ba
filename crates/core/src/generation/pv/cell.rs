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

    /// Cell temperature in °C at this irradiance on the plane, air temperature and wind at 10 m.
    #[must_use]
    pub fn cell_c(&self, plane_w_per_m2: f64, air_c: f64, wind_m_per_s: f64) -> f64 {
        match *self {
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
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_points() {
        let cell = CellTemperature::open_rack_glass_glass().cell_c(1000.0, 10.0, 0.0);
        assert!((cell - 44.117_030_66).abs() < 1e-8, "{cell}");
        assert_eq!(CellTemperature::faiman_open_rack().cell_c(500.0, 20.0, 0.0), 40.0);
    }

    #[test]
    fn dark_cells_have_the_air_s_temperature() {
        for law in [CellTemperature::default(), CellTemperature::faiman_open_rack()] {
            assert_eq!(law.cell_c(0.0, -7.5, 3.0), -7.5);
        }
    }
}
