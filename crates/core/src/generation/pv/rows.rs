//! Rows of modules in front of rows of modules: what the row in front hides.

/// Long parallel rows, seen by a row with another in front of it.
///
/// # Model
/// Two-dimensional geometry of infinite rows of slant length 1 at pitch `p = 1/GCR` (GCR ground coverage ratio, the
/// share of the ground that modules laid flat would cover). β is the angle between the modules and the plane in which the
/// rows stand: their tilt, or with a tracker its rotation.
///
/// - Sky: by crossed strings the row sees the opening between its own and the next row's upper edge with view factor
///   `(1 + p − √(p² − 2p cos β + 1))/2`, averaged over its height; relative to `(1 + cos β)/2` without a row in front.
/// - Sun: the share of the slant in shadow is `1 − p sin e / cos θ` where that is positive (θ incidence, e the sun's
///   height above the rows' plane).
/// - Ground: of a strip of length y before its lower edge the row sees the view factor
///   `F(y) = (1 + y − √(y² + 2y cos β + 1))/2`, and of all the ground `(1 − cos β)/2 = F(∞)`. It sees the strip as far
///   as the next row, y = p, under the whole sky's light, and direct light on what of it the rows leave in the sun:
///   the `cos θ / sin e` before the next row lie in that row's shadow, or, with the sun behind, the same length before
///   its own edge. That the rows also take sky from the ground between them is left out.
///
/// Shading is linear: a shaded share loses its direct light, not its string (PVWatts V8 does the same).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rows {
    pitch: f64,
}

impl Rows {
    /// Rows of this ground coverage ratio.
    #[must_use]
    pub fn new(ground_coverage_ratio: f64) -> Self {
        Self { pitch: 1.0 / ground_coverage_ratio }
    }

    /// Share of the sky's light that the row in front lets pass; `turned_up` is cos β.
    #[must_use]
    pub fn sky_share(&self, turned_up: f64) -> f64 {
        let pitch = self.pitch;
        let seen = 0.5 * (1.0 + pitch - libm::sqrt(pitch * pitch - 2.0 * pitch * turned_up + 1.0));
        (seen / (0.5 * (1.0 + turned_up))).min(1.0)
    }

    /// Share of the slant that the sun reaches; `sun_up` is sin e.
    #[must_use]
    pub fn lit_share(&self, sun_up: f64, cos_incidence: f64) -> f64 {
        if cos_incidence <= 0.0 {
            return 0.0;
        }
        (self.pitch * sun_up / cos_incidence).clamp(0.0, 1.0)
    }

    /// View factors of the ground between the rows: of all of it, and of what of it lies in the sun.
    #[must_use]
    pub fn ground_views(&self, turned_up: f64, sun_up: f64, cos_incidence: f64) -> (f64, f64) {
        let view = |y: f64| 0.5 * (1.0 + y - libm::sqrt(y * y + 2.0 * y * turned_up + 1.0));
        let all = view(self.pitch);
        let shadow = if sun_up > 1e-6 { (cos_incidence.abs() / sun_up).min(self.pitch) } else { self.pitch };
        let lit = if cos_incidence > 0.0 { view(self.pitch - shadow) } else { all - view(shadow) };
        (all, lit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of the local view factors `(1 + cos(β + ψ))/2` over the slant, ψ the skyline's height at each point.
    #[test]
    fn sky_share_is_the_mean_over_the_slant() {
        for (ratio, tilt_deg) in [(0.3, 30.0), (0.5, 20.0), (0.1, 60.0)] {
            let tilt = f64::to_radians(tilt_deg);
            let mut mean = 0.0;
            for i in 0..10_000 {
                let below = 1.0 - (f64::from(i) + 0.5) / 10_000.0;
                let skyline = libm::atan2(below * libm::sin(tilt), 1.0 / ratio - below * libm::cos(tilt));
                mean += 0.5 * (1.0 + libm::cos(tilt + skyline)) / 10_000.0;
            }
            let up = libm::cos(tilt);
            let expected = mean / (0.5 * (1.0 + up));
            assert!((Rows::new(ratio).sky_share(up) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn flat_rows_hide_nothing() {
        let rows = Rows::new(0.9);
        assert!((rows.sky_share(1.0) - 1.0).abs() < 1e-12);
        assert_eq!(rows.ground_views(1.0, 0.5, 0.5), (0.0, 0.0));
    }

    /// The ground's view by rays: from points of the slant to points of the strip, `cos θ₁ cos θ₂ / (2 r)`.
    #[test]
    fn ground_views_are_the_integral_over_slant_and_strip() {
        let (ratio, tilt) = (0.4, f64::to_radians(35.0));
        let (sin, cos) = libm::sincos(tilt);
        let pitch = 1.0 / ratio;
        // The sun in front at 40°: the next row's shadow ends `cos θ / sin e` before that row.
        let elevation = f64::to_radians(40.0);
        let (sun_up, sun_front) = libm::sincos(elevation);
        let cos_incidence = cos * sun_up + sin * sun_front;
        let shadow = cos_incidence / sun_up;
        let parts = 800;
        let (mut all, mut lit) = (0.0, 0.0);
        for i in 0..parts {
            let s = (f64::from(i) + 0.5) / f64::from(parts);
            let (x, height) = (-s * cos, s * sin);
            for j in 0..parts {
                let ground = (f64::from(j) + 0.5) / f64::from(parts) * pitch;
                let (dx, dy) = (ground - x, -height);
                let square = dx * dx + dy * dy;
                // The slant's normal points to the front and up: (sin β, cos β).
                let facing = (dx * sin + dy * cos).max(0.0) * height / square;
                let part = 0.5 * facing / libm::sqrt(square) / f64::from(parts) * (pitch / f64::from(parts));
                all += part;
                if ground < pitch - shadow {
                    lit += part;
                }
            }
        }
        let (found_all, found_lit) = Rows::new(ratio).ground_views(cos, sun_up, cos_incidence);
        assert!((found_all - all).abs() < 1e-3 * all, "{found_all} {all}");
        assert!((found_lit - lit).abs() < 1e-2 * lit, "{found_lit} {lit}");
    }
}
