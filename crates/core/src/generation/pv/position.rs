//! Where the sun stands: NREL's solar position algorithm at nodes four days apart, interpolated between them.
//!
//! # Model
//! Reda & Andreas, *Solar position algorithm for solar radiation applications*, Solar Energy 76 (2004) 577–589, as
//! implemented by the crate `solar-positioning`. Its slow part, the sun seen from the Earth's centre, depends on time
//! alone and is smooth: declination δ, distance R, and E = H_G − (360°·t/day − 180°), the Greenwich hour angle less
//! the mean sun's (the equation of time as an angle). They are computed at midnights UT four days apart and
//! interpolated by the cubic through four nodes. What is left per instant:
//!
//! - hour angle `H = 360°·t/day − 180° + E + λ` (λ longitude, east positive)
//! - `sin e = sin φ sin δ + cos φ cos δ cos H` (φ latitude, e elevation), and likewise the east and north components
//! - parallax lowers the sun by `8.794″/R · cos e` (first order; the observer's height and the Earth's flattening
//!   change this by less than 1e-5°)
//! - refraction raises it by `1.02′ P/1010 · 283/(273 + T) / tan(e + 10.3/(e + 5.11))`, e in degrees, P in hPa, T in °C
//!
//! Error against the full algorithm: below 1e-4° in elevation and azimuth over 1950–2050 (tested), at 0.03 µs instead
//! of 5 µs an instant. Daily nodes would be exact to 1e-6° and cost 2 ms a year.

use alloc::format;
use alloc::vec::Vec;
use core::f64::consts::{FRAC_PI_2, PI};

use solar_positioning::{Location, SolarPositions, delta_t, time::JulianDate};

use crate::generation::{Site, TimeAxis};
use crate::{Problem, Problems};

/// Four days: the cubic's error is then 6e-5° (the Moon's monthly pull on the Earth sets it).
const NODE_S: i64 = 4 * 86_400;
const DAY_S: f64 = 86_400.0;
const RAD: f64 = PI / 180.0;
/// The sun's horizontal parallax at one astronomical unit, 8.794″.
const PARALLAX_RAD: f64 = 8.794 / 3600.0 * RAD;
/// Elevation of the sun's centre when its upper limb shows at a sea-level horizon: 34′ refraction, 16′ radius.
const SUNRISE_SIN: f64 = -0.014_543_9;
/// Extraterrestrial irradiance at one astronomical unit, W/m² (ASTM E490-00a). The value measured since is 1361;
/// Erbs's and Perez's fits were made with the older scale.
const SOLAR_CONSTANT_W_PER_M2: f64 = 1366.1;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    declination_rad: f64,
    equation_of_time_rad: f64,
    distance_au: f64,
}

/// The sun seen from the Earth's centre over a span of time, shared by all sites.
#[derive(Debug, Clone, PartialEq)]
pub struct Ephemeris {
    first_node: i64,
    nodes: Vec<Node>,
}

impl Ephemeris {
    /// Computes the nodes for `[start_unix_s, end_unix_s]`.
    ///
    /// # Errors
    /// Where the span is reversed or leaves 1900–2100.
    pub fn new(start_unix_s: i64, end_unix_s: i64) -> Result<Self, Problems> {
        const FIRST: i64 = -2_208_988_800;
        const LAST: i64 = 4_102_444_800;
        if start_unix_s > end_unix_s || start_unix_s < FIRST || end_unix_s > LAST {
            return Err(Problem::new("", "is a span of time the sun's position is not computed for")
                .value(format!("{start_unix_s} to {end_unix_s}"))
                .allowed(format!("{FIRST} to {LAST} (years 1900 to 2100), start before end"))
                .into());
        }
        // Nodes stand on fixed dates, so that a position never depends on where the span begins.
        let first_node = start_unix_s.div_euclid(NODE_S) - 1;
        let last_node = end_unix_s.div_euclid(NODE_S) + 2;
        let nodes = (first_node..=last_node).map(|k| node(k * NODE_S)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { first_node, nodes })
    }

    /// Declination, equation of time and distance at `unix_s`, which must lie in the span (nearest node outside it).
    fn at(&self, unix_s: f64) -> Node {
        let place = unix_s / NODE_S as f64 - self.first_node as f64;
        let left = (libm::floor(place) as usize).clamp(1, self.nodes.len() - 3);
        let u = place - left as f64;
        // Lagrange weights of the cubic through the nodes at -1, 0, 1, 2.
        let (a, b, c) = (u + 1.0, u - 1.0, u - 2.0);
        let weights = [-u * b * c / 6.0, a * b * c / 2.0, -a * u * c / 2.0, a * u * b / 6.0];
        let mut sum = Node { declination_rad: 0.0, equation_of_time_rad: 0.0, distance_au: 0.0 };
        for (node, weight) in self.nodes[left - 1..left + 3].iter().zip(weights) {
            sum.declination_rad += weight * node.declination_rad;
            sum.equation_of_time_rad += weight * node.equation_of_time_rad;
            sum.distance_au += weight * node.distance_au;
        }
        sum
    }
}

/// The full algorithm at one midnight.
fn node(unix_s: i64) -> Result<Node, Problems> {
    let failed = |error| Problem::new("", format!("the sun's position at {unix_s} s failed: {error}"));
    let days = unix_s as f64 / DAY_S;
    let delta_t = delta_t::estimate(1970.0 + days / 365.2425).map_err(failed)?;
    let time = JulianDate::new(2_440_587.5 + days, delta_t).map_err(failed)?;
    let sun = SolarPositions::new().for_time_from_julian(time).map_err(failed)?;
    // Seen from the pole, azimuth is 180° plus the Greenwich hour angle, free of parallax: the one way this API gives
    // the apparent sidereal time. At midnight the mean sun's hour angle is -180°.
    let pole = Location { latitude: 90.0, longitude: 0.0 };
    let equation_of_time = sun.at(pole, 0.0, None).map_err(failed)?.azimuth();
    let wrapped = if equation_of_time > 180.0 { equation_of_time - 360.0 } else { equation_of_time };
    Ok(Node {
        declination_rad: sun.declination() * RAD,
        equation_of_time_rad: wrapped * RAD,
        distance_au: sun.earth_radius_vector().unwrap_or(1.0),
    })
}

/// The sun at one instant and place: a unit vector towards it and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sun {
    /// East component of the unit vector towards the apparent sun.
    pub east: f64,
    /// North component.
    pub north: f64,
    /// Upward component: the cosine of the apparent zenith angle.
    pub up: f64,
    /// Apparent zenith angle in radians, refraction included.
    pub zenith_rad: f64,
    /// Irradiance on a plane facing the sun outside the atmosphere, W/m².
    pub extraterrestrial_w_per_m2: f64,
}

impl Sun {
    /// Apparent elevation above the horizon, degrees.
    #[must_use]
    pub fn elevation_deg(&self) -> f64 {
        90.0 - self.zenith_rad / RAD
    }

    /// Azimuth clockwise from north, degrees in `[0, 360)`.
    #[must_use]
    pub fn azimuth_deg(&self) -> f64 {
        let azimuth = libm::atan2(self.east, self.north) / RAD;
        if azimuth < 0.0 { azimuth + 360.0 } else { azimuth }
    }
}

/// Refraction in degrees at a true elevation; 0 where the sun is below `-0.83337°`.
#[must_use]
pub fn refraction_deg(elevation_deg: f64, pressure_hpa: f64, temperature_c: f64) -> f64 {
    if elevation_deg <= -0.833_37 {
        return 0.0;
    }
    let bent = (elevation_deg + 10.3 / (elevation_deg + 5.11)) * RAD;
    pressure_hpa / 1010.0 * (283.0 / (273.0 + temperature_c)) * 1.02 / (60.0 * libm::tan(bent))
}

/// An observer: the site's trigonometry, and the air that bends the light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observer {
    longitude_rad: f64,
    sin_latitude: f64,
    cos_latitude: f64,
    pressure_hpa: f64,
    temperature_c: f64,
}

impl Observer {
    /// An observer at `site` under the standard atmosphere of its elevation, 12 °C.
    ///
    /// # Model
    /// `P = 1013.25 (1 − 2.25577e-5 h)^5.25588` hPa, h in m (ICAO standard atmosphere). Real air changes refraction by
    /// 10 % at most: 0.05° at the horizon, 0.002° at 45°.
    #[must_use]
    pub fn at(site: &Site) -> Self {
        let pressure_hpa = 1013.25 * libm::pow(1.0 - 2.255_77e-5 * site.elevation_m, 5.255_88);
        Self::with_air(site, pressure_hpa, 12.0)
    }

    /// An observer at `site` under air of the given pressure and temperature.
    #[must_use]
    pub fn with_air(site: &Site, pressure_hpa: f64, temperature_c: f64) -> Self {
        let latitude_rad = site.latitude_deg * RAD;
        Self {
            longitude_rad: site.longitude_deg * RAD,
            sin_latitude: libm::sin(latitude_rad),
            cos_latitude: libm::cos(latitude_rad),
            pressure_hpa,
            temperature_c,
        }
    }

    /// The sun at `unix_s`.
    #[must_use]
    pub fn sun(&self, ephemeris: &Ephemeris, unix_s: f64) -> Sun {
        let centre = ephemeris.at(unix_s);
        self.see(&centre, self.hour_angle(&centre, unix_s))
    }

    /// The sun at the middle of the lit part of `[start_s, start_s + step_s]`, and that part's share of the interval;
    /// `None` where the sun is down throughout.
    ///
    /// The middle of the lit part, not of the interval, because half of a sunrise hour's light comes from a sun that
    /// is not yet up at its middle.
    #[must_use]
    pub fn sun_of_interval(&self, ephemeris: &Ephemeris, start_s: f64, step_s: f64) -> Option<(Sun, f64)> {
        let centre = ephemeris.at(start_s + 0.5 * step_s);
        let middle = self.hour_angle(&centre, start_s + 0.5 * step_s);
        let half = PI * step_s / DAY_S;
        // Hour angle of sunset; sunrise is its mirror image, for the declination hardly moves within a day.
        let (sin_declination, cos_declination) = libm::sincos(centre.declination_rad);
        let cos_sunset =
            (SUNRISE_SIN - self.sin_latitude * sin_declination) / (self.cos_latitude * cos_declination).max(1e-12);
        let (mut from, mut to) = (middle - half, middle + half);
        if cos_sunset >= 1.0 {
            return None;
        }
        if cos_sunset > -1.0 {
            let sunset = libm::acos(cos_sunset);
            from = from.max(-sunset);
            to = to.min(sunset);
        }
        if from >= to {
            return None;
        }
        Some((self.see(&centre, 0.5 * (from + to)), (to - from) / (2.0 * half)))
    }

    /// Hour angle in `(-π, π]`, 0 at true noon.
    fn hour_angle(&self, centre: &Node, unix_s: f64) -> f64 {
        let day = unix_s / DAY_S;
        let turn = (day - libm::floor(day)) - 0.5 + (centre.equation_of_time_rad + self.longitude_rad) / (2.0 * PI);
        (turn - libm::floor(turn + 0.5)) * 2.0 * PI
    }

    fn see(&self, centre: &Node, hour_angle_rad: f64) -> Sun {
        let (sin_declination, cos_declination) = libm::sincos(centre.declination_rad);
        let (sin_hour, cos_hour) = libm::sincos(hour_angle_rad);
        let up = self.sin_latitude * sin_declination + self.cos_latitude * cos_declination * cos_hour;
        let east = -cos_declination * sin_hour;
        let north = self.cos_latitude * sin_declination - self.sin_latitude * cos_declination * cos_hour;
        let horizontal = libm::sqrt(east * east + north * north);
        let elevation_rad = libm::asin(up.clamp(-1.0, 1.0)) - PARALLAX_RAD / centre.distance_au * horizontal;
        let apparent_rad =
            elevation_rad + refraction_deg(elevation_rad / RAD, self.pressure_hpa, self.temperature_c) * RAD;
        let (sin_apparent, cos_apparent) = libm::sincos(apparent_rad);
        let stretch = cos_apparent / horizontal.max(1e-12);
        Sun {
            east: east * stretch,
            north: north * stretch,
            up: sin_apparent,
            zenith_rad: FRAC_PI_2 - apparent_rad,
            extraterrestrial_w_per_m2: SOLAR_CONSTANT_W_PER_M2 / (centre.distance_au * centre.distance_au),
        }
    }
}

/// The sun of each interval of an axis at a site; `None` where it is down throughout.
///
/// # Errors
/// Impossible site or axis, all problems at once.
pub fn suns(site: &Site, axis: &TimeAxis) -> Result<Vec<Option<(Sun, f64)>>, Problems> {
    let mut problems = Problems::none();
    site.check("site", &mut problems);
    axis.check("axis", &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let ephemeris = Ephemeris::new(axis.start_unix_s, axis.end_unix_s())?;
    let observer = Observer::at(site);
    let step_s = f64::from(axis.step_s);
    Ok((0..axis.steps)
        .map(|i| {
            let start_s = (axis.start_unix_s + i as i64 * i64::from(axis.step_s)) as f64;
            observer.sun_of_interval(&ephemeris, start_s, step_s)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use solar_positioning::RefractionCorrection;

    /// The example of the algorithm's report: 2003-10-17 12:30:30 UTC-7, Golden, Colorado.
    #[test]
    fn published_example() {
        let site = Site { latitude_deg: 39.742_476, longitude_deg: -105.1786, elevation_m: 1830.14 };
        let unix_s = 1_066_419_030;
        let ephemeris = Ephemeris::new(unix_s, unix_s).unwrap();
        let bare = Observer::with_air(&site, 0.0, 11.0).sun(&ephemeris, unix_s as f64);
        let seen = Observer::with_air(&site, 820.0, 11.0).sun(&ephemeris, unix_s as f64);
        assert!((bare.elevation_deg() - 39.872_046).abs() < 1e-4, "{}", bare.elevation_deg());
        assert!((bare.azimuth_deg() - 194.340_241).abs() < 1e-4, "{}", bare.azimuth_deg());
        assert!((seen.elevation_deg() - 39.888_378).abs() < 1e-4, "{}", seen.elevation_deg());
    }

    /// The stated error of the interpolation, against the full algorithm over a century and many places.
    #[test]
    fn interpolation_stays_within_its_stated_error() {
        let (start, end) = (-631_152_000_i64, 2_524_608_000);
        let ephemeris = Ephemeris::new(start, end).unwrap();
        let (mut worst_elevation, mut worst_azimuth) = (0.0_f64, 0.0_f64);
        for i in 0..4000_i64 {
            let unix_s = start + i * ((end - start) / 4000) + i * 7919 % 86_400;
            let site = Site {
                latitude_deg: ((i * 37) % 140 - 70) as f64,
                longitude_deg: ((i * 53) % 360 - 180) as f64,
                elevation_m: 0.0,
            };
            let days = unix_s as f64 / DAY_S;
            let delta_t = delta_t::estimate(1970.0 + days / 365.2425).unwrap();
            let time = JulianDate::new(2_440_587.5 + days, delta_t).unwrap();
            let place = Location { latitude: site.latitude_deg, longitude: site.longitude_deg };
            let air = RefractionCorrection::new(1013.25, 12.0).unwrap();
            let full = SolarPositions::new().at_from_julian(time, place, 0.0, Some(air)).unwrap();
            let ours = Observer::at(&site).sun(&ephemeris, unix_s as f64);
            worst_elevation = worst_elevation.max((full.elevation_angle() - ours.elevation_deg()).abs());
            let mut turn = full.azimuth() - ours.azimuth_deg();
            turn -= 360.0 * libm::round(turn / 360.0);
            // On the sphere: azimuth means nothing at the zenith.
            worst_azimuth = worst_azimuth.max(turn.abs() * libm::cos(ours.elevation_deg() * RAD));
        }
        assert!(worst_elevation < 1e-4 && worst_azimuth < 1e-4, "{worst_elevation} {worst_azimuth}");
    }

    #[test]
    fn position_does_not_depend_on_where_the_span_begins() {
        let observer = Observer::at(&Site { latitude_deg: 31.8, longitude_deg: 119.97, elevation_m: 5.0 });
        let long = Ephemeris::new(1_600_000_000, 1_700_000_000).unwrap();
        let short = Ephemeris::new(1_650_000_000, 1_650_000_000).unwrap();
        assert_eq!(observer.sun(&long, 1.65e9), observer.sun(&short, 1.65e9));
    }

    #[test]
    fn polar_day_and_night() {
        let site = Site { latitude_deg: 78.0, longitude_deg: 15.0, elevation_m: 0.0 };
        // 2023-06-21 and 2023-12-21
        for (start_unix_s, lit) in [(1_687_305_600, 24), (1_703_116_800, 0)] {
            let suns = suns(&site, &TimeAxis { start_unix_s, step_s: 3600, steps: 24 }).unwrap();
            assert_eq!(suns.iter().flatten().count(), lit);
        }
        // The pole itself has no hour angle of sunset.
        let pole = Site { latitude_deg: 90.0, longitude_deg: 0.0, elevation_m: 0.0 };
        assert!(suns(&pole, &TimeAxis { start_unix_s: 1_687_305_600, step_s: 3600, steps: 24 }).unwrap()[3].is_some());
    }

    /// Lit shares of a day add up to its length.
    #[test]
    fn lit_share_is_the_day_length() {
        let site = Site { latitude_deg: 52.0, longitude_deg: 13.0, elevation_m: 0.0 };
        for step_s in [60_u32, 900, 3600] {
            let axis = TimeAxis { start_unix_s: 1_687_305_600, step_s, steps: (86_400 / step_s) as usize };
            let lit: f64 = suns(&site, &axis).unwrap().iter().flatten().map(|(_, share)| share).sum();
            // 2 acos((sin(-0.8333°) - sin φ sin δ)/(cos φ cos δ)) with δ = 23.436°
            let hours = lit * f64::from(step_s) / 3600.0;
            assert!((hours - 16.734).abs() < 0.003, "{hours}");
        }
    }

    #[test]
    fn spans_outside_the_tested_years_are_refused() {
        assert!(Ephemeris::new(0, -1).is_err());
        assert!(Ephemeris::new(i64::MIN, 0).is_err());
        assert!(Ephemeris::new(0, i64::MAX).is_err());
    }
}
