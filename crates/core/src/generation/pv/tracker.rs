//! One-axis trackers: rows that turn with the sun about an axis of their own.

use super::position::Sun;
use super::transposition::Plane;

/// A one-axis tracker: the array's tilt and azimuth are then those of its axis.
///
/// Every field has a default, which is PVWatts V8's.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Tracker {
    /// Greatest rotation to either side, degrees from the axis' own plane, 1 to 90; default 45.
    pub max_angle_deg: f64,
    /// Whether rows turn back in the morning and the evening so that none shades the next; default true. It needs the
    /// array's `ground_coverage_ratio`: without one nothing stands in front, and nothing turns back.
    pub backtracking: bool,
}

impl Default for Tracker {
    fn default() -> Self {
        Self { max_angle_deg: 45.0, backtracking: true }
    }
}

/// Where an array faces at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Facing {
    pub(super) plane: Plane,
    /// Cosine of the angle between the modules and the plane in which the rows stand: the ground, tilted as the axis is.
    pub(super) turned_up: f64,
    /// Part of the unit vector towards the sun that stands upright on that plane.
    pub(super) sun_up: f64,
}

/// A tracker's axis with its trigonometry worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Modules at rotation 0.
    level: Plane,
    /// Horizontal unit vector across the axis.
    across_east: f64,
    across_north: f64,
    sin_most: f64,
    cos_most: f64,
    /// Ground coverage ratio, where rows turn back.
    turns_back_by: Option<f64>,
}

impl Axis {
    pub(super) fn new(tracker: &Tracker, tilt_deg: f64, azimuth_deg: f64, ground_coverage_ratio: Option<f64>) -> Self {
        let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_deg.to_radians());
        let (sin_most, cos_most) = libm::sincos(tracker.max_angle_deg.to_radians());
        Self {
            level: Plane::facing(tilt_deg, azimuth_deg),
            across_east: -cos_azimuth,
            across_north: sin_azimuth,
            sin_most,
            cos_most,
            turns_back_by: ground_coverage_ratio.filter(|_| tracker.backtracking),
        }
    }

    /// The modules at rotation 0.
    pub(super) fn level(&self) -> &Plane {
        &self.level
    }

    /// Where the modules face under this sun.
    ///
    /// # Model
    /// Anderson & Mikofski, *Slope-aware backtracking for single-axis trackers*, NREL/TP-5K00-76626 (2020), on ground
    /// that slopes as the axis does. With the sun's parts x across the axis and z upright on the plane of the rows, the
    /// true-tracking rotation R has `sin R = x/√(x² + z²)`, `cos R = z/√(x² + z²)`. Rows of ground coverage ratio g shade
    /// each other where `|cos R| < g`; they then turn back by `arccos(|cos R|/g)`. Last comes the limit of rotation.
    /// All of it is done on sines and cosines: an angle would cost an arc tangent a step.
    #[inline]
    pub(super) fn facing(&self, sun: &Sun) -> Facing {
        let x = self.across_east * sun.east + self.across_north * sun.north;
        let z = self.level.cos_incidence(sun);
        let length = libm::sqrt(x * x + z * z);
        // A sun along the axis is the same to every rotation.
        let (side, cos_true) = if length > 1e-9 { (x.abs() / length, z / length) } else { (0.0, 1.0) };
        let (mut sin, mut cos) = (side, cos_true);
        if let Some(ratio) = self.turns_back_by
            && cos_true.abs() < ratio
        {
            let cos_back = cos_true.abs() / ratio;
            let sin_back = libm::sqrt(1.0 - cos_back * cos_back);
            sin = side * cos_back - cos_true * sin_back;
            cos = cos_true * cos_back + side * sin_back;
        }
        if cos < self.cos_most {
            (sin, cos) = (self.sin_most.copysign(sin), self.cos_most);
        }
        let sin = if x < 0.0 { -sin } else { sin };
        let Plane { east, north, up, .. } = self.level;
        let turned = up * cos;
        Facing {
            plane: Plane {
                east: east * cos + self.across_east * sin,
                north: north * cos + self.across_north * sin,
                up: turned,
                sin_tilt: libm::sqrt((1.0 - turned * turned).max(0.0)),
            },
            turned_up: cos,
            sun_up: z,
        }
    }
}

#[cfg(test)]
mod tests {
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

    /// pvlib 0.16.1 `tracking.singleaxis`: axis tilt and azimuth, limit, ratio (0: no backtracking), zenith and azimuth of
    /// the sun; tilt of the surface and angle of incidence.
    #[test]
    fn equals_pvlib() {
        for (axis_tilt, axis_azimuth, most, ratio, zenith, azimuth, tilt, incidence) in PVLIB {
            let tracker = Tracker { max_angle_deg: most, backtracking: ratio > 0.0 };
            let facing = Axis::new(&tracker, axis_tilt, axis_azimuth, (ratio > 0.0).then_some(ratio));
            let sun = sun(zenith, azimuth);
            let plane = facing.facing(&sun).plane;
            let found_tilt = libm::acos(plane.up).to_degrees();
            let found_incidence = libm::acos(plane.cos_incidence(&sun)).to_degrees();
            assert!((found_tilt - tilt).abs() < 1e-4, "{zenith} {azimuth}: tilt {found_tilt}, not {tilt}");
            assert!(
                (found_incidence - incidence).abs() < 1e-4,
                "{zenith} {azimuth}: {found_incidence}, not {incidence}"
            );
        }
    }

    type Case = (f64, f64, f64, f64, f64, f64, f64, f64);

    const PVLIB: [Case; 36] = [
        (0.0, 180.0, 45.0, 0.3, 20.0, 140.0, 13.167828, 15.188924),
        (0.0, 180.0, 45.0, 0.3, 55.0, 100.0, 45.0, 12.576019),
        (0.0, 180.0, 45.0, 0.3, 75.0, 95.0, 44.919904, 30.37548),
        (0.0, 180.0, 45.0, 0.3, 84.0, 110.0, 15.365799, 69.608792),
        (0.0, 180.0, 45.0, 0.3, 60.0, 250.0, 45.0, 21.721269),
        (0.0, 180.0, 45.0, 0.3, 80.0, 265.0, 25.481461, 54.6319),
        (0.0, 180.0, 60.0, 0.4, 20.0, 140.0, 13.167828, 15.188924),
        (0.0, 180.0, 60.0, 0.4, 55.0, 100.0, 54.586817, 8.177733),
        (0.0, 180.0, 60.0, 0.4, 75.0, 95.0, 25.438121, 49.680627),
        (0.0, 180.0, 60.0, 0.4, 84.0, 110.0, 9.752397, 74.851531),
        (0.0, 180.0, 60.0, 0.4, 60.0, 250.0, 58.433296, 17.229397),
        (0.0, 180.0, 60.0, 0.4, 80.0, 265.0, 15.794231, 64.27066),
        (0.0, 180.0, 60.0, 0.0, 20.0, 140.0, 13.167828, 15.188924),
        (0.0, 180.0, 60.0, 0.0, 55.0, 100.0, 54.586817, 8.177733),
        (0.0, 180.0, 60.0, 0.0, 75.0, 95.0, 60.0, 15.689223),
        (0.0, 180.0, 60.0, 0.0, 84.0, 110.0, 60.0, 30.502858),
        (0.0, 180.0, 60.0, 0.0, 60.0, 250.0, 58.433296, 17.229397),
        (0.0, 180.0, 60.0, 0.0, 80.0, 265.0, 60.0, 20.536778),
        (20.0, 180.0, 45.0, 0.3, 20.0, 140.0, 23.570287, 4.312247),
        (20.0, 180.0, 45.0, 0.3, 55.0, 100.0, 48.358857, 9.615957),
        (20.0, 180.0, 45.0, 0.3, 75.0, 95.0, 48.358857, 29.22029),
        (20.0, 180.0, 45.0, 0.3, 84.0, 110.0, 39.926555, 44.339974),
        (20.0, 180.0, 45.0, 0.3, 60.0, 250.0, 48.358857, 11.676093),
        (20.0, 180.0, 45.0, 0.3, 80.0, 265.0, 34.592905, 50.075804),
        (10.0, 200.0, 55.0, 0.35, 20.0, 140.0, 19.844945, 0.30001),
        (10.0, 200.0, 55.0, 0.35, 55.0, 100.0, 55.607255, 13.918193),
        (10.0, 200.0, 55.0, 0.35, 75.0, 95.0, 28.098723, 52.827685),
        (10.0, 200.0, 55.0, 0.35, 84.0, 110.0, 14.970448, 72.895491),
        (10.0, 200.0, 55.0, 0.35, 60.0, 250.0, 49.165349, 27.476789),
        (10.0, 200.0, 55.0, 0.35, 80.0, 265.0, 34.757118, 45.965485),
        (0.0, 90.0, 60.0, 0.3, 20.0, 140.0, 15.579394, 12.700006),
        (0.0, 90.0, 60.0, 0.3, 55.0, 100.0, 13.928088, 53.77546),
        (0.0, 90.0, 60.0, 0.3, 75.0, 95.0, 18.018135, 74.206776),
        (0.0, 90.0, 60.0, 0.3, 84.0, 110.0, 60.0, 69.705858),
        (0.0, 90.0, 60.0, 0.3, 60.0, 250.0, 30.642342, 54.468652),
        (0.0, 90.0, 60.0, 0.3, 80.0, 265.0, 26.302486, 78.831047),
    ];

    /// Backtracking leaves no shadow and wastes no light: just so far back that the next row is touched.
    #[test]
    fn backtracking_rows_just_touch_each_other_s_shadow() {
        use super::super::rows::Rows;
        let (ratio, tracker) = (0.4, Tracker { max_angle_deg: 90.0, backtracking: true });
        let axis = Axis::new(&tracker, 0.0, 180.0, Some(ratio));
        let mut back = 0;
        for zenith in [60.0, 70.0, 80.0, 88.0] {
            for azimuth in [70.0, 95.0, 120.0, 250.0, 285.0] {
                let sun = sun(zenith, azimuth);
                let facing = axis.facing(&sun);
                let cos_incidence = facing.plane.cos_incidence(&sun);
                let lit = Rows::new(ratio).lit_share(facing.sun_up, cos_incidence);
                assert!(lit > 1.0 - 1e-9, "{zenith} {azimuth}: {lit}");
                let true_cos = facing.sun_up / libm::hypot(sun.east, facing.sun_up);
                if true_cos < ratio {
                    back += 1;
                    assert!((facing.sun_up / ratio - cos_incidence).abs() < 1e-9, "{zenith} {azimuth}");
                }
            }
        }
        assert!(back >= 8, "{back} of 20 turned back");
    }
}
