//! What the cover of a module loses when light meets it at an angle.

use crate::Problems;

/// The cover of a module.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Cover {
    /// Glass by Snell, Fresnel and Bouguer: [`glass`].
    Glass {
        /// Refractive index of an anti-reflective coating, 1 to 1.526; 1 for none.
        coating_index: f64,
    },
    /// The one-parameter curve of ASHRAE 93-77: [`ashrae`].
    Ashrae {
        /// Incidence coefficient b₀, 0 to 0.2; 0.05 is common.
        coefficient: f64,
    },
    /// What PVWatts V8 makes of coated glass: [`pvwatts_v8`].
    PvwattsV8,
    /// No loss at any angle.
    None,
}

impl Default for Cover {
    /// Glass with an anti-reflective coating of index 1.3, as PVWatts V8 assumes for every module type (its manual's table).
    fn default() -> Self {
        Self::Glass { coating_index: 1.3 }
    }
}

impl Cover {
    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        match *self {
            Self::Glass { coating_index } => {
                problems.require_range(format_args!("{field}.coating_index"), coating_index, 1.0, GLASS_INDEX);
            }
            Self::Ashrae { coefficient } => {
                problems.require_range(format_args!("{field}.coefficient"), coefficient, 0.0, 0.2);
            }
            Self::PvwattsV8 | Self::None => {}
        }
    }
}

/// A cover with its transmission at normal incidence worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pane {
    cover: Cover,
    normal: f64,
}

impl Pane {
    /// The pane of this cover.
    #[must_use]
    pub fn new(cover: Cover) -> Self {
        let normal = if let Cover::Glass { coating_index } = cover { through(1.0, coating_index) } else { 1.0 };
        Self { cover, normal }
    }

    /// Share of the light that passes at this incidence, relative to normal incidence; 0 behind the plane.
    #[must_use]
    pub fn transmission(&self, cos_incidence: f64) -> f64 {
        if cos_incidence <= 0.0 {
            return 0.0;
        }
        match self.cover {
            Cover::Glass { coating_index } => through(cos_incidence, coating_index) / self.normal,
            Cover::Ashrae { coefficient } => ashrae(cos_incidence, coefficient),
            Cover::PvwattsV8 => pvwatts_v8(cos_incidence),
            Cover::None => 1.0,
        }
    }

    /// Transmission of the sky's light and of the ground's, at the angles that stand for them.
    ///
    /// # Model
    /// Brandemuehl & Beckman 1980, in Duffie & Beckman eq. 5.4.1–5.4.2 (and in SAM): sky `59.7 − 0.1388 β +
    /// 0.001497 β²`, ground `90 − 0.5788 β + 0.002693 β²`, tilt β in degrees.
    #[must_use]
    pub fn diffuse_transmission(&self, tilt_deg: f64) -> (f64, f64) {
        let tilt = tilt_deg;
        let at = |angle_deg: f64| {
            let cos_incidence = libm::cos(angle_deg.to_radians());
            match self.cover {
                Cover::PvwattsV8 => (through(cos_incidence, 1.0) / pvwatts_v8_normal()).min(1.0),
                _ => self.transmission(cos_incidence),
            }
        };
        (at(59.7 + tilt * (-0.1388 + tilt * 0.001_497)), at(90.0 + tilt * (-0.5788 + tilt * 0.002_693)))
    }
}

/// `1 − b (1/cos θ − 1)`, at least 0.
///
/// # Model
/// Souka & Safwat 1966, adopted by ASHRAE 93-77.
#[must_use]
pub fn ashrae(cos_incidence: f64, coefficient: f64) -> f64 {
    if cos_incidence <= 0.0 {
        return 0.0;
    }
    (1.0 - coefficient * (1.0 / cos_incidence - 1.0)).max(0.0)
}

const GLASS_INDEX: f64 = 1.526;
/// Extinction (4 /m) times thickness (2 mm) of the glass.
const GLASS_DEPTH: f64 = 4.0 * 0.002;

/// Transmission of coated glass relative to normal incidence.
///
/// # Model
/// De Soto, Klein & Beckman, Solar Energy 80 (2006) 78: Snell's law at each surface, Fresnel's reflection of each
/// polarisation, Bouguer's absorption `exp(−K L / cos θ')` with K = 4 /m, L = 2 mm, glass index 1.526. A coating adds
/// a surface; light reflected to and fro within it is summed (`1/(1 − ρ₁₂ρ₂₃)`), interference is not modelled.
#[must_use]
pub fn glass(cos_incidence: f64, coating_index: f64) -> f64 {
    through(cos_incidence, coating_index) / through(1.0, coating_index)
}

/// Transmission of direct light that PVWatts V8 counts, at most 1.
///
/// # Model
/// As [`glass`] with a coating of 1.3, but relative to a normal transmission that takes the glass behind the coating as if
/// it stood in air (`(1 − ρ_coat)(1 − ρ_glass)`, 3.9 % less), and capped at 1: full light up to about 65°. Diffuse light
/// passes bare glass relative to the same. It lets 0.4 to 0.7 % more of a year's light through than [`glass`]. This is
/// what V8's source does (`calculateIrradianceThroughCoverDeSoto` of NREL's ssc), kept for the sake of comparison.
#[must_use]
pub fn pvwatts_v8(cos_incidence: f64) -> f64 {
    if cos_incidence <= 0.0 {
        return 0.0;
    }
    // V8 sees no light beyond 89°.
    (through(cos_incidence.max(0.017_452_4), 1.3) / pvwatts_v8_normal()).min(1.0)
}

fn pvwatts_v8_normal() -> f64 {
    let coating = reflections(1.0, 1.0, 1.3, 1.0).0;
    (1.0 - coating) * through(1.0, 1.0)
}

fn through(cos_air: f64, coating_index: f64) -> f64 {
    // Along the plane the formulas of bare glass are 0/0; the cosine of 90° is 6e-17.
    if cos_air < 1e-12 {
        return 0.0;
    }
    let sin2 = 1.0 - cos_air * cos_air;
    let cos_coating = libm::sqrt(1.0 - sin2 / (coating_index * coating_index));
    let cos_glass = libm::sqrt(1.0 - sin2 / (GLASS_INDEX * GLASS_INDEX));
    let (outer_s, outer_p) = reflections(1.0, cos_air, coating_index, cos_coating);
    let (inner_s, inner_p) = reflections(coating_index, cos_coating, GLASS_INDEX, cos_glass);
    let passed = |outer: f64, inner: f64| (1.0 - outer) * (1.0 - inner) / (1.0 - outer * inner);
    // The depth is at most 0.0106: the exponential's series to the fourth power is exact to 1e-12.
    let depth = GLASS_DEPTH / cos_glass;
    let absorbed = depth * (1.0 - depth * (0.5 - depth * (1.0 / 6.0 - depth / 24.0)));
    0.5 * (passed(outer_s, inner_s) + passed(outer_p, inner_p)) * (1.0 - absorbed)
}

/// Fresnel's reflectances for light polarised across and in the plane of incidence.
fn reflections(from_index: f64, from_cos: f64, to_index: f64, to_cos: f64) -> (f64, f64) {
    let across = (from_index * from_cos - to_index * to_cos) / (from_index * from_cos + to_index * to_cos);
    let within = (from_index * to_cos - to_index * from_cos) / (from_index * to_cos + to_index * from_cos);
    (across * across, within * within)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pvlib 0.16.1 `iam.physical` and `iam.ashrae`.
    #[test]
    fn equals_pvlib() {
        for (angle, bare, coated, ashrae05) in [
            (0.0, 1.000000000, 1.000000000, 1.000000000),
            (30.0, 0.997886863, 0.998473752, 0.992264973),
            (50.0, 0.979841952, 0.985747538, 0.972213809),
            (60.0, 0.946002914, 0.960083003, 0.950000000),
            (70.0, 0.859720190, 0.887799439, 0.903809780),
            (80.0, 0.634116693, 0.673897233, 0.762061476),
            (85.0, 0.400879150, 0.433424255, 0.476314338),
        ] {
            let cos_incidence = libm::cos(f64::to_radians(angle));
            assert!((glass(cos_incidence, 1.0) - bare).abs() < 1e-8, "{angle}");
            assert!((glass(cos_incidence, 1.3) - coated).abs() < 1e-8, "{angle}");
            assert!((ashrae(cos_incidence, 0.05) - ashrae05).abs() < 1e-8, "{angle}");
        }
    }

    #[test]
    fn nothing_passes_from_behind_or_along_the_plane() {
        for cover in [Cover::default(), Cover::Ashrae { coefficient: 0.05 }, Cover::PvwattsV8, Cover::None] {
            let pane = Pane::new(cover);
            assert_eq!(pane.transmission(-0.5), 0.0);
            assert_eq!(pane.transmission(1.0), 1.0);
        }
        assert!(glass(1e-9, 1.3) < 1e-6);
        // A level array's ground stands at 90°, also behind bare glass.
        let bare = Pane::new(Cover::Glass { coating_index: 1.0 });
        assert_eq!(bare.diffuse_transmission(0.0).1, 0.0);
    }
}
