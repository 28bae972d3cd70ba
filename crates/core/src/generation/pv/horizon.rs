//! The skyline of a site: hills, woods and buildings far off.

use alloc::format;
use alloc::vec::Vec;

use super::position::Sun;
use super::transposition::Plane;
use crate::{Problem, Problems};

/// A skyline by points, straight between them and closed around the circle.
///
/// # Model
/// The sun is hidden while its centre stands below the skyline: all of the direct light or none. Of the sky's light a
/// plane loses the share that an even sky would send from below the skyline,
/// `∫∫_{e < h(φ)} cos θ⁺ cos e de dφ / ∫∫ cos θ⁺ cos e de dφ`; a tracker that of its axis' own plane. The ground's light
/// stays.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Horizon {
    /// The points, azimuth ascending; at least one.
    pub points: Vec<HorizonPoint>,
}

/// A point of a skyline.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct HorizonPoint {
    /// Direction, degrees clockwise from north, 0 to below 360.
    pub azimuth_deg: f64,
    /// Height of the skyline there, degrees above the level, 0 to 90.
    pub elevation_deg: f64,
}

impl Horizon {
    /// Height of the skyline in a direction, degrees.
    #[must_use]
    pub fn elevation_deg(&self, azimuth_deg: f64) -> f64 {
        let after = self.points.partition_point(|point| point.azimuth_deg <= azimuth_deg);
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return 0.0 };
        let around = |point: &HorizonPoint, turn: f64| (point.azimuth_deg + turn, point.elevation_deg);
        let (from, low) = after.checked_sub(1).map_or(around(last, -360.0), |i| around(&self.points[i], 0.0));
        let (to, high) = self.points.get(after).map_or(around(first, 360.0), |point| around(point, 0.0));
        low + (high - low) * (azimuth_deg - from) / (to - from)
    }

    /// Whether the sun stands behind the skyline.
    #[must_use]
    pub fn hides(&self, sun: &Sun) -> bool {
        sun.elevation_deg() < self.elevation_deg(sun.azimuth_deg())
    }

    /// Share of an even sky's light on a plane that comes from above the skyline.
    #[must_use]
    pub fn sky_share(&self, plane: &Plane) -> f64 {
        let (mut above, mut whole) = (0.0, 0.0);
        for azimuth in 0..180 {
            let azimuth_deg = 2.0 * f64::from(azimuth) + 1.0;
            let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_deg.to_radians());
            let across = plane.east * sin_azimuth + plane.north * cos_azimuth;
            let skyline_deg = self.elevation_deg(azimuth_deg);
            for part in 0..90 {
                let (sin, cos) = libm::sincos((f64::from(part) + 0.5).to_radians());
                let light = (across * cos + plane.up * sin).max(0.0) * cos;
                whole += light;
                // The degree that the skyline crosses counts in part.
                above += light * (f64::from(part) + 1.0 - skyline_deg).clamp(0.0, 1.0);
            }
        }
        above / whole
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        if self.points.is_empty() {
            problems.push(Problem::new(field, "has no points").allowed("one point or more"));
        }
        for (i, point) in self.points.iter().enumerate() {
            problems.require_range(format_args!("{field}[{i}].azimuth_deg"), point.azimuth_deg, 0.0, 359.999_999);
            problems.require_range(format_args!("{field}[{i}].elevation_deg"), point.elevation_deg, 0.0, 90.0);
        }
        if let Some(i) = self.points.windows(2).position(|pair| pair[1].azimuth_deg <= pair[0].azimuth_deg) {
            let point = Problem::new(format!("{field}[{}].azimuth_deg", i + 1), "is not above the one before");
            problems.push(point.value(self.points[i + 1].azimuth_deg).hint("order the points by azimuth"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn skyline(points: &[(f64, f64)]) -> Horizon {
        let point = |&(azimuth_deg, elevation_deg): &(f64, f64)| HorizonPoint { azimuth_deg, elevation_deg };
        Horizon { points: points.iter().map(point).collect() }
    }

    #[test]
    fn it_closes_around_the_circle() {
        let horizon = skyline(&[(90.0, 10.0), (270.0, 20.0)]);
        for (azimuth, elevation) in
            [(90.0, 10.0), (180.0, 15.0), (270.0, 20.0), (0.0, 15.0), (359.0, 20.0 - 89.0 / 18.0)]
        {
            assert!((horizon.elevation_deg(azimuth) - elevation).abs() < 1e-9, "{azimuth}");
        }
        assert_eq!(skyline(&[(120.0, 7.0)]).elevation_deg(3.0), 7.0);
    }

    /// A level plane behind an even skyline of height h keeps cos² h of an even sky; half a skyline half of that loss.
    #[test]
    fn sky_share_of_a_level_plane_is_the_square_of_the_cosine() {
        let flat = Plane::facing(0.0, 180.0);
        for height in [0.0, 5.0, 20.0, 45.0] {
            let kept = libm::cos(f64::to_radians(height)).powi(2);
            assert!((skyline(&[(0.0, height)]).sky_share(&flat) - kept).abs() < 2e-4, "{height}");
        }
        let half = skyline(&[(0.0, 20.0), (179.999, 20.0), (180.001, 0.0), (359.999, 0.0)]);
        let kept = 0.5 + 0.5 * libm::cos(f64::to_radians(20.0)).powi(2);
        assert!((half.sky_share(&flat) - kept).abs() < 1e-3, "{}", half.sky_share(&flat));
        // Hills to the north take little from a plane that faces south.
        let north = skyline(&[(0.0, 15.0), (90.0, 0.0), (270.0, 0.0)]);
        let south = Plane::facing(40.0, 180.0);
        assert!(north.sky_share(&south) > north.sky_share(&Plane::facing(40.0, 0.0)));
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let mut problems = Problems::none();
        skyline(&[(360.0, 95.0), (10.0, -1.0)]).check("horizon", &mut problems);
        Horizon { points: vec![] }.check("other", &mut problems);
        assert_eq!(problems.iter().count(), 5, "{problems}");
    }
}
