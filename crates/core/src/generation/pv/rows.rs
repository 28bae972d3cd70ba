//! Rows of modules in front of rows of modules: what the row in front hides.

use super::position::Sun;
use super::transposition::Plane;

/// Long parallel rows on level ground, seen by a row with another in front of it.
///
/// # Model
/// Two-dimensional geometry of infinite rows of slant length 1 at pitch `p = 1/GCR` (GCR ground coverage ratio, the
/// share of the ground that modules laid flat would cover).
///
/// - Sky: by crossed strings the row sees the opening between its own and the next row's upper edge with view factor
///   `(1 + p − √(p² − 2p cos β + 1))/2`, averaged over its height; relative to `(1 + cos β)/2` without a row in front.
/// - Sun: the share of the slant in shadow is `1 − p cos z / cos θ` where that is positive (θ incidence, z zenith).
///
/// Shading is linear: a shaded share loses its direct light, not its string (PVWatts V8 does the same).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rows {
    pitch: f64,
    /// Share of the sky's light that the row in front lets pass.
    pub sky_share: f64,
}

impl Rows {
    /// Rows of this ground coverage ratio with the plane's tilt.
    #[must_use]
    pub fn new(ground_coverage_ratio: f64, plane: &Plane) -> Self {
        let pitch = 1.0 / ground_coverage_ratio;
        let seen = 0.5 * (1.0 + pitch - libm::sqrt(pitch * pitch - 2.0 * pitch * plane.up + 1.0));
        Self { pitch, sky_share: (seen / (0.5 * (1.0 + plane.up))).min(1.0) }
    }

    /// Share of the slant that the sun reaches.
    #[must_use]
    pub fn lit_share(&self, sun: &Sun, cos_incidence: f64) -> f64 {
        if cos_incidence <= 0.0 {
            return 0.0;
        }
        (self.pitch * sun.up / cos_incidence).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of the local view factors `(1 + cos(β + ψ))/2` over the slant, ψ the skyline's height at each point.
    #[test]
    fn sky_share_is_the_mean_over_the_slant() {
        for (ratio, tilt_deg) in [(0.3, 30.0), (0.5, 20.0), (0.1, 60.0)] {
            let plane = Plane::facing(tilt_deg, 180.0);
            let tilt = f64::to_radians(tilt_deg);
            let mut mean = 0.0;
            for i in 0..10_000 {
                let below = 1.0 - (f64::from(i) + 0.5) / 10_000.0;
                let skyline = libm::atan2(below * libm::sin(tilt), 1.0 / ratio - below * libm::cos(tilt));
                mean += 0.5 * (1.0 + libm::cos(tilt + skyline)) / 10_000.0;
            }
            let expected = mean / (0.5 * (1.0 + plane.up));
            assert!((Rows::new(ratio, &plane).sky_share - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn flat_rows_hide_nothing() {
        let plane = Plane::facing(0.0, 180.0);
        assert!((Rows::new(0.9, &plane).sky_share - 1.0).abs() < 1e-12);
    }
}
