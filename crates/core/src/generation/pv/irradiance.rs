//! How light splits between the sun's disc and the sky.

use alloc::vec::Vec;

use super::position::{Sun, suns};
use crate::generation::{Location, TimeAxis};
use crate::{Problem, Problems};

/// Cosine of 87°, beyond which no direct light is derived from a global value: a division by almost nothing.
const LEAST_COS_ZENITH: f64 = 0.052_335_956_242_943_835;

/// Air mass relative to the zenith's.
///
/// # Model
/// `AM = 1 / (cos z + 0.50572 (96.07995° − z)^−1.6364)`, z the apparent zenith angle in degrees. Kasten & Young,
/// *Revised optical air mass tables*, Applied Optics 28 (1989) 4735. Zenith angles beyond 90° count as 90°.
#[must_use]
pub fn air_mass(sun: &Sun) -> f64 {
    let zenith_deg = sun.zenith_rad.to_degrees().min(90.0);
    1.0 / (sun.up.max(0.0) + 0.505_72 * power(96.079_95 - zenith_deg))
}

/// Change of a silicon module's current with the colour of the light, about 1.
///
/// # Model
/// De Soto, Klein & Beckman, Solar Energy 80 (2006) 78, for crystalline silicon: `0.918093 + 0.086257 M − 0.024459 M² +
/// 0.002816 M³ − 0.000126 M⁴`, M the air mass at the site's [`pressure_share`], at most that of 86° from the zenith.
#[must_use]
pub fn air_mass_modifier(air_mass: f64, pressure_share: f64) -> f64 {
    let m = air_mass.min(AIR_MASS_AT_86_DEG) * pressure_share;
    0.918_093 + m * (0.086_257 + m * (-0.024_459 + m * (0.002_816 - m * 0.000_126)))
}

/// Pressure at a height over that at sea level, by which the air mass counts there: `e^(−0.0001184 h)`, h in m.
/// King, Boyson & Kratochvil, SAND2004-3535.
#[must_use]
pub fn pressure_share(elevation_m: f64) -> f64 {
    libm::exp(-0.000_118_4 * elevation_m)
}

const AIR_MASS_AT_86_DEG: f64 = 12.302;

/// `x^−1.6364` for x from 6.08 to 96.08, to 1e-6: by square roots as `x^−1.625`, and for the rest a quartic in `x^⅛`
/// fitted to `x^−0.0114`. By logarithm and exponential the air masses alone cost 0.2 ms a year.
fn power(x: f64) -> f64 {
    let half = libm::sqrt(x);
    let eighth = libm::sqrt(libm::sqrt(half));
    let rest = 1.158_303_027_4
        + eighth
            * (-0.256_492_427_4 + eighth * (0.132_543_393_7 + eighth * (-0.039_338_769_8 + eighth * 0.004_874_699_7)));
    rest / (x * half * eighth)
}

/// Share of global horizontal irradiance that comes from the sky.
///
/// # Model
/// Erbs, Klein & Duffie, Solar Energy 28 (1982) 293: with clearness `k = GHI / (E₀ cos z)`, `1 − 0.09 k` to 0.22,
/// `0.9511 − 0.1604 k + 4.388 k² − 16.638 k³ + 12.336 k⁴` to 0.8, 0.165 above.
#[must_use]
pub fn erbs_diffuse_share(clearness: f64) -> f64 {
    let k = clearness;
    if k <= 0.22 {
        1.0 - 0.09 * k
    } else if k <= 0.8 {
        0.9511 + k * (-0.1604 + k * (4.388 + k * (-16.638 + k * 12.336)))
    } else {
        0.165
    }
}

/// Direct normal and diffuse horizontal irradiance (W/m²) of a global horizontal value, by [`erbs_diffuse_share`].
///
/// Clearness is taken with cos z of at least 0.065 and is at most 1; beyond 87° all light counts as diffuse. Always
/// `GHI = DHI + DNI cos z`.
#[must_use]
pub fn erbs(ghi_w_per_m2: f64, sun: &Sun) -> (f64, f64) {
    if sun.up < LEAST_COS_ZENITH {
        return (0.0, ghi_w_per_m2);
    }
    let clearness = (ghi_w_per_m2 / (sun.extraterrestrial_w_per_m2 * sun.up.max(0.065))).min(1.0);
    let dhi = ghi_w_per_m2 * erbs_diffuse_share(clearness);
    ((ghi_w_per_m2 - dhi) / sun.up, dhi)
}

/// Splits a column of global horizontal irradiance by [`erbs`]: direct normal and diffuse horizontal columns, W/m².
/// Light that arrives while the sun is down (twilight) is diffuse.
///
/// # Errors
/// Impossible location or axis, or a column of another length.
pub fn split_global(
    location: &Location,
    axis: &TimeAxis,
    ghi_w_per_m2: &[f64],
) -> Result<(Vec<f64>, Vec<f64>), Problems> {
    if ghi_w_per_m2.len() != axis.steps {
        return Err(Problem::new("ghi_w_per_m2", "has another length than the axis")
            .value(ghi_w_per_m2.len())
            .allowed(alloc::format!("{}", axis.steps))
            .into());
    }
    Ok(suns(location, axis)?
        .iter()
        .zip(ghi_w_per_m2)
        .map(|(sun, &ghi)| sun.as_ref().map_or((0.0, ghi), |(sun, _)| erbs(ghi, sun)))
        .unzip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sun(zenith_deg: f64) -> Sun {
        let zenith_rad = zenith_deg.to_radians();
        Sun { east: 0.0, north: 0.0, up: libm::cos(zenith_rad), zenith_rad, extraterrestrial_w_per_m2: 1366.1 }
    }

    /// pvlib 0.16.1's `kastenyoung1989`.
    #[test]
    fn air_mass_equals_pvlib_s() {
        for (zenith, expected) in [(0.0, 0.9997120), (60.0, 1.9942929), (80.0, 5.5860359), (90.0, 37.9196084)] {
            let found = air_mass(&sun(zenith));
            assert!((found / expected - 1.0).abs() < 1e-6, "{zenith}: {found}");
        }
    }

    /// pvlib 0.16.1 `spectrum.spectral_factor_sapm` with these five coefficients, and Sandia's pressure at 1000 m.
    #[test]
    fn air_mass_modifier_equals_pvlib_s() {
        for (air_mass, expected) in [(1.0, 0.982581), (1.5, 1.001_311_9), (5.0, 1.011_153)] {
            let found = air_mass_modifier(air_mass, pressure_share(0.0));
            assert!((found - expected).abs() < 1e-5, "{air_mass}: {found}");
        }
        assert!((pressure_share(1000.0) - 0.888_34).abs() < 1e-5);
        assert_eq!(air_mass_modifier(38.0, 1.0), air_mass_modifier(13.0, 1.0));
    }

    #[test]
    fn power_is_the_power() {
        for i in 0..=9000 {
            let x = 6.079_95 + f64::from(i) * 0.01;
            assert!((power(x) / libm::pow(x, -1.6364) - 1.0).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn erbs_closes_and_is_continuous() {
        for ghi in [0.0, 10.0, 200.0, 700.0, 1100.0] {
            for zenith in [0.0, 45.0, 80.0, 86.9, 87.1, 89.9] {
                let sun = sun(zenith);
                let (dni, dhi) = erbs(ghi, &sun);
                assert!((dhi + dni * sun.up - ghi).abs() < 1e-9);
                assert!(dni >= 0.0 && dhi >= 0.0);
            }
        }
        assert!((erbs_diffuse_share(0.22) - erbs_diffuse_share(0.220_001)).abs() < 2e-3);
        assert!((erbs_diffuse_share(0.8) - erbs_diffuse_share(0.800_001)).abs() < 2e-3);
    }
}
