//! From the horizontal to the tilted plane: what of the sky, the sun and the ground an array sees.

use super::position::Sun;

/// How diffuse light is spread over the sky.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Sky {
    /// [`perez_1990`]: an isotropic dome, a bright disc around the sun and a band at the horizon.
    #[default]
    Perez1990,
    /// [`hay_davies`]: an isotropic dome and a bright disc around the sun.
    HayDavies,
}

/// Orientation of a plane, as the transposition needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// East component of the plane's unit normal.
    pub east: f64,
    /// North component.
    pub north: f64,
    /// Upward component: the cosine of the tilt.
    pub up: f64,
    /// Sine of the tilt.
    pub sin_tilt: f64,
}

impl Plane {
    /// The plane tilted by `tilt_deg` from the horizontal towards `azimuth_deg`, clockwise from north.
    #[must_use]
    pub fn facing(tilt_deg: f64, azimuth_deg: f64) -> Self {
        let (sin_tilt, up) = libm::sincos(tilt_deg.to_radians());
        let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_deg.to_radians());
        Self { east: sin_tilt * sin_azimuth, north: sin_tilt * cos_azimuth, up, sin_tilt }
    }

    /// Cosine of the angle between the plane's normal and the sun; negative behind the plane.
    #[must_use]
    pub fn cos_incidence(&self, sun: &Sun) -> f64 {
        self.east * sun.east + self.north * sun.north + self.up * sun.up
    }
}

/// Sky light on a plane, W/m².
///
/// # Model
/// Hay & Davies 1980, as in Duffie & Beckman §2.16: `D [(1 − A)(1 + cos β)/2 + A R_b]`, anisotropy `A = DNI/E₀`, beam
/// ratio `R_b = max(cos θ, 0) / max(cos z, 0.01745)`; D diffuse horizontal, β tilt, θ incidence, z zenith angle.
#[must_use]
pub fn hay_davies(plane: &Plane, sun: &Sun, dni_w_per_m2: f64, dhi_w_per_m2: f64) -> f64 {
    let anisotropy = dni_w_per_m2 / sun.extraterrestrial_w_per_m2;
    let beam_ratio = plane.cos_incidence(sun).max(0.0) / sun.up.max(0.017_45);
    (dhi_w_per_m2 * ((1.0 - anisotropy) * 0.5 * (1.0 + plane.up) + anisotropy * beam_ratio)).max(0.0)
}

/// Upper borders of the sky's clearness classes, the last open.
const CLEARNESS: [f64; 7] = [1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2];

/// `f11, f12, f13, f21, f22, f23` per class ("allsites composite 1990").
const COEFFICIENTS: [[f64; 6]; 8] = [
    [-0.008, 0.588, -0.062, -0.060, 0.072, -0.022],
    [0.130, 0.683, -0.151, -0.019, 0.066, -0.029],
    [0.330, 0.487, -0.221, 0.055, -0.064, -0.026],
    [0.568, 0.187, -0.295, 0.109, -0.152, -0.014],
    [0.873, -0.392, -0.362, 0.226, -0.462, 0.001],
    [1.132, -1.237, -0.412, 0.288, -0.823, 0.056],
    [1.060, -1.600, -0.359, 0.264, -1.127, 0.131],
    [0.678, -0.327, -0.250, 0.156, -1.377, 0.251],
];

/// Sky light on a plane, W/m².
///
/// # Model
/// Perez, Ineichen, Seals, Michalsky & Stewart, Solar Energy 44 (1990) 271: clearness
/// `ε = ((D + B)/D + κz³)/(1 + κz³)`, κ = 1.041, z in radians; brightness `Δ = D·AM/E₀`; class of ε gives
/// `F₁ = max(0, f₁₁ + f₁₂Δ + f₁₃z)`, `F₂ = f₂₁ + f₂₂Δ + f₂₃z`; sky light
/// `D [(1 − F₁)(1 + cos β)/2 + F₁ max(0, cos θ)/max(cos z, cos 85°) + F₂ sin β]`, at least 0. D diffuse horizontal,
/// B direct normal, AM the relative [`air_mass`](super::irradiance::air_mass), worked out once for all arrays.
#[must_use]
pub fn perez_1990(plane: &Plane, sun: &Sun, air_mass: f64, dni_w_per_m2: f64, dhi_w_per_m2: f64) -> f64 {
    if dhi_w_per_m2 <= 0.0 {
        return 0.0;
    }
    let z = sun.zenith_rad;
    let cubed = 1.041 * z * z * z;
    let clearness = ((dhi_w_per_m2 + dni_w_per_m2) / dhi_w_per_m2 + cubed) / (1.0 + cubed);
    let brightness = dhi_w_per_m2 * air_mass / sun.extraterrestrial_w_per_m2;
    let class = CLEARNESS.iter().filter(|border| clearness >= **border).count();
    let [f11, f12, f13, f21, f22, f23] = COEFFICIENTS[class];
    let circumsolar = (f11 + f12 * brightness + f13 * z).max(0.0);
    let horizon = f21 + f22 * brightness + f23 * z;
    let disc = plane.cos_incidence(sun).max(0.0) / sun.up.max(0.087_155_742_747_658_17);
    let sky = (1.0 - circumsolar) * 0.5 * (1.0 + plane.up) + circumsolar * disc + horizon * plane.sin_tilt;
    (dhi_w_per_m2 * sky).max(0.0)
}

/// Light reflected by the ground onto a plane, W/m².
///
/// # Model
/// `GHI ρ (1 − cos β)/2`: an even ground of albedo ρ without shadows, β tilt.
#[must_use]
pub fn ground(plane: &Plane, ghi_w_per_m2: f64, albedo: f64) -> f64 {
    ghi_w_per_m2 * albedo * 0.5 * (1.0 - plane.up)
}

#[cfg(test)]
mod tests {
    use super::super::irradiance::air_mass;
    use super::*;

    fn sun(zenith_deg: f64, azimuth_deg: f64) -> Sun {
        let (sin_zenith, up) = libm::sincos(zenith_deg.to_radians());
        let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_deg.to_radians());
        Sun {
            east: sin_zenith * sin_azimuth,
            north: sin_zenith * cos_azimuth,
            up,
            zenith_rad: zenith_deg.to_radians(),
            extraterrestrial_w_per_m2: 1366.1,
        }
    }

    /// A horizontal plane sees the whole sky and no ground.
    #[test]
    fn horizontal_plane_sees_the_horizontal_values() {
        let flat = Plane::facing(0.0, 180.0);
        for zenith in [5.0, 40.0, 80.0] {
            for (dni, dhi) in [(0.0, 100.0), (700.0, 90.0), (950.0, 40.0)] {
                assert!((hay_davies(&flat, &sun(zenith, 120.0), dni, dhi) - dhi).abs() < 1e-9);
                let sun = sun(zenith, 120.0);
                assert!((perez_1990(&flat, &sun, air_mass(&sun), dni, dhi) - dhi).abs() < 1e-9);
            }
        }
        assert_eq!(ground(&flat, 500.0, 0.2), 0.0);
    }

    /// pvlib 0.16.1's figures for the same inputs (with its own air mass, from the same formula).
    #[test]
    fn tilted_plane_equals_pvlib() {
        let plane = Plane::facing(30.0, 180.0);
        for (zenith, azimuth, dni, dhi, perez, haydavies) in [
            (20.0, 180.0, 800.0, 100.0, 106.621616, 100.035642),
            (55.0, 120.0, 350.0, 220.0, 232.607718, 221.611398),
            (70.0, 250.0, 0.0, 60.0, 53.6498375, 55.9807621),
            (84.0, 100.0, 120.0, 40.0, 43.8874205, 39.9876817),
            (40.0, 200.0, 950.0, 60.0, 73.0694539, 69.6355841),
            (60.0, 60.0, 600.0, 150.0, 120.207763, 107.011418),
            (35.0, 170.0, 120.0, 330.0, 342.268773, 315.946886),
        ] {
            let sun = sun(zenith, azimuth);
            assert!((perez_1990(&plane, &sun, air_mass(&sun), dni, dhi) - perez).abs() < 1e-6, "{zenith} {dni} {dhi}");
            assert!((hay_davies(&plane, &sun, dni, dhi) - haydavies).abs() < 1e-6, "{zenith} {dni} {dhi}");
        }
    }

    #[test]
    fn no_diffuse_light_no_sky() {
        assert_eq!(perez_1990(&Plane::facing(30.0, 180.0), &sun(30.0, 180.0), 1.15, 900.0, 0.0), 0.0);
    }
}
