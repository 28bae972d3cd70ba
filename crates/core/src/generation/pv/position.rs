//! Where the sun stands: NREL's solar position algorithm at nodes eight days apart, interpolated between them.
//!
//! # Model
//! Reda & Andreas, *Solar position algorithm for solar radiation applications*, Solar Energy 76 (2004) 577–589, as
//! implemented by the crate `solar-positioning`. Its slow part, the sun seen from the Earth's centre, depends on time
//! alone and is smooth: declination δ, distance R, and E = H_G − (360°·t/day − 180°), the Greenwich hour angle less
//! the mean sun's (the equation of time as an angle). They are computed at midnights UT eight days apart,
//! brought to every midnight by the quintic through six nodes, and to the instant by the parabola through three
//! midnights. What is left per instant:
//!
//! - hour angle `H = 360°·t/day − 180° + E + λ` (λ longitude, east positive)
//! - `sin e = sin φ sin δ + cos φ cos δ cos H` (φ latitude, e elevation), and likewise the east and north components
//! - parallax lowers the sun by `8.794″/R · cos e` (first order; the observer's height and the Earth's flattening
//!   change this by less than 1e-5°)
//! - refraction raises it by `1.02′ P/1010 · 283/(273 + T) / tan(e + 10.3/(e + 5.11))`, e in degrees, P in hPa, T in °C
//!
//! Error against the full algorithm: below 3e-4° in elevation and azimuth over 1950–2050 (tested), which is the
//! algorithm's own uncertainty, at 0.06 µs instead of 5 µs an instant. Daily nodes alone would cost 1.5 ms a year.

use alloc::format;
use alloc::vec::Vec;
use core::f64::consts::{FRAC_PI_2, PI};

use solar_positioning::{Location as SpaLocation, SolarPositions, delta_t, time::JulianDate};

use crate::generation::{Location, TimeAxis};
use crate::{Problem, Problems};

/// Days between nodes: the error is then 2.1e-4°, as the Moon's monthly pull on the Earth sets it (six days: 1e-4°).
const NODE_DAYS: i64 = 8;
const DAY: i64 = 86_400;
const DAY_S: f64 = 86_400.0;
const RAD: f64 = PI / 180.0;
/// The sun's horizontal parallax at one astronomical unit, 8.794″.
const PARALLAX_RAD: f64 = 8.794 / 3600.0 * RAD;
/// Elevation of the sun's centre when its upper limb shows at a sea-level horizon: 34′ refraction, 16′ radius.
const SUNRISE_SIN: f64 = -0.014_543_9;
/// Below this elevation the algorithm leaves the sun where it is.
const LEAST_REFRACTED_DEG: f64 = -0.833_37;
/// Extraterrestrial irradiance at one astronomical unit, W/m² (ASTM E490-00a). The value measured since is 1361;
/// Erbs's and Perez's fits were made with the older scale.
const SOLAR_CONSTANT_W_PER_M2: f64 = 1366.1;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Centre {
    sin_declination: f64,
    cos_declination: f64,
    /// Hour angle of the true sun less the mean sun's, turns.
    equation_of_time: f64,
    parallax_rad: f64,
    extraterrestrial_w_per_m2: f64,
}

impl Centre {
    fn weighted<const N: usize>(nodes: &[Self], weights: [f64; N]) -> Self {
        let mut sum = Self::default();
        for (node, weight) in nodes.iter().zip(weights) {
            sum.sin_declination += weight * node.sin_declination;
            sum.cos_declination += weight * node.cos_declination;
            sum.equation_of_time += weight * node.equation_of_time;
            sum.parallax_rad += weight * node.parallax_rad;
            sum.extraterrestrial_w_per_m2 += weight * node.extraterrestrial_w_per_m2;
        }
        sum
    }
}

/// The sun seen from the Earth's centre over a span of time, shared by all sites.
#[derive(Debug, Clone, PartialEq)]
pub struct Ephemeris {
    first_day: i64,
    days: Vec<Centre>,
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
        let first_day = start_unix_s.div_euclid(DAY) - 1;
        let last_day = end_unix_s.div_euclid(DAY) + 2;
        let first_node = first_day.div_euclid(NODE_DAYS) - 2;
        let last_node = last_day.div_euclid(NODE_DAYS) + 3;
        let nodes = (first_node..=last_node).map(|k| node(k * NODE_DAYS * DAY)).collect::<Result<Vec<_>, _>>()?;
        let quintic = |day: i64| {
            let left = (day.div_euclid(NODE_DAYS) - first_node) as usize;
            let u = day.rem_euclid(NODE_DAYS) as f64 / NODE_DAYS as f64;
            // Lagrange weights of the nodes at -2 to 3.
            let [a, b, c, d, e] = [u + 2.0, u + 1.0, u - 1.0, u - 2.0, u - 3.0];
            let weights = [
                b * u * c * d * e / -120.0,
                a * u * c * d * e / 24.0,
                a * b * c * d * e / -12.0,
                a * b * u * d * e / 12.0,
                a * b * u * c * e / -24.0,
                a * b * u * c * d / 120.0,
            ];
            Centre::weighted(&nodes[left - 2..left + 4], weights)
        };
        Ok(Self { first_day, days: (first_day..=last_day).map(quintic).collect() })
    }

    /// The sun's centre at `unix_s`, which must lie in the span (extrapolated from its ends outside it).
    fn at(&self, unix_s: f64) -> Centre {
        let place = unix_s * (1.0 / DAY_S) - self.first_day as f64;
        // Positive within the span, so that truncation is the floor; the cast of anything else saturates.
        let nearest = ((place + 0.5) as usize).clamp(1, self.days.len() - 2);
        let u = place - nearest as f64;
        let weights = [0.5 * u * (u - 1.0), 1.0 - u * u, 0.5 * u * (u + 1.0)];
        let mut sum = Centre::weighted(&self.days[nearest - 1..nearest + 2], weights);
        // Back onto the unit circle (one Newton step), or a sun near the zenith would be moved by the error's root.
        let square = sum.sin_declination * sum.sin_declination + sum.cos_declination * sum.cos_declination;
        sum.sin_declination *= 1.5 - 0.5 * square;
        sum.cos_declination *= 1.5 - 0.5 * square;
        sum
    }
}

/// The full algorithm at one midnight.
fn node(unix_s: i64) -> Result<Centre, Problems> {
    let failed = |error| Problem::new("", format!("the sun's position at {unix_s} s failed: {error}"));
    let days = unix_s as f64 / DAY_S;
    let delta_t = delta_t::estimate(1970.0 + days / 365.2425).map_err(failed)?;
    let time = JulianDate::new(2_440_587.5 + days, delta_t).map_err(failed)?;
    let sun = SolarPositions::new().for_time_from_julian(time).map_err(failed)?;
    // Seen from the pole, azimuth is 180° plus the Greenwich hour angle, free of parallax: the one way this API gives
    // the apparent sidereal time. At midnight the mean sun's hour angle is -180°.
    let pole = SpaLocation { latitude: 90.0, longitude: 0.0 };
    let equation_of_time = sun.at(pole, 0.0, None).map_err(failed)?.azimuth();
    let wrapped = if equation_of_time > 180.0 { equation_of_time - 360.0 } else { equation_of_time };
    let (sin_declination, cos_declination) = libm::sincos(sun.declination() * RAD);
    let distance_au = sun.earth_radius_vector().unwrap_or(1.0);
    Ok(Centre {
        sin_declination,
        cos_declination,
        equation_of_time: wrapped / 360.0,
        parallax_rad: PARALLAX_RAD / distance_au,
        extraterrestrial_w_per_m2: SOLAR_CONSTANT_W_PER_M2 / (distance_au * distance_au),
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
    if elevation_deg <= LEAST_REFRACTED_DEG {
        return 0.0;
    }
    let bent = (elevation_deg + 10.3 / (elevation_deg + 5.11)) * RAD;
    pressure_hpa / 1010.0 * (283.0 / (273.0 + temperature_c)) * 1.02 / (60.0 * libm::tan(bent))
}

/// An observer: the location's trigonometry, and the air that bends the light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observer {
    /// Longitude in turns.
    longitude: f64,
    sin_latitude: f64,
    cos_latitude: f64,
    /// Refraction times the tangent of the bent elevation.
    refraction_scale_rad: f64,
}

impl Observer {
    /// An observer at `location` under the standard atmosphere of its elevation, 12 °C.
    ///
    /// # Model
    /// `P = 1013.25 (1 − 2.25577e-5 h)^5.25588` hPa, h in m (ICAO standard atmosphere). Real air changes refraction by
    /// 10 % at most: 0.05° at the horizon, 0.002° at 45°.
    #[must_use]
    pub fn at(location: &Location) -> Self {
        let pressure_hpa = 1013.25 * libm::pow(1.0 - 2.255_77e-5 * location.elevation_m, 5.255_88);
        Self::with_air(location, pressure_hpa, 12.0)
    }

    /// An observer at `location` under air of the given pressure and temperature.
    #[must_use]
    pub fn with_air(location: &Location, pressure_hpa: f64, temperature_c: f64) -> Self {
        let latitude_rad = location.latitude_deg * RAD;
        Self {
            longitude: location.longitude_deg / 360.0,
            sin_latitude: libm::sin(latitude_rad),
            cos_latitude: libm::cos(latitude_rad),
            refraction_scale_rad: pressure_hpa / 1010.0 * (283.0 / (273.0 + temperature_c)) * 1.02 / 60.0 * RAD,
        }
    }

    /// The sun at `unix_s`.
    #[must_use]
    pub fn sun(&self, ephemeris: &Ephemeris, unix_s: f64) -> Sun {
        let centre = ephemeris.at(unix_s);
        self.see(&centre, libm::sincos(self.hour_angle(&centre, unix_s)))
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
        // Cosine of the hour angle of sunset; sunrise is its mirror image, for the declination hardly moves in a day.
        let cos_sunset = (SUNRISE_SIN - self.sin_latitude * centre.sin_declination)
            / (self.cos_latitude * centre.cos_declination).max(1e-12);
        if cos_sunset >= 1.0 {
            return None;
        }
        // No cosine changes faster than its angle: most hours need no arc cosine.
        // Nor a cosine at night: it lies below its series' first terms, and falls.
        let short = (middle * middle).min(4.84);
        if 1.0 + short * (-0.5 + short / 24.0) + half <= cos_sunset {
            return None;
        }
        let (sin_middle, cos_middle) = libm::sincos(middle);
        if cos_middle + half <= cos_sunset {
            return None;
        }
        let around_midnight = middle.abs() + half > PI;
        if cos_sunset <= -1.0 || (cos_middle - half >= cos_sunset && !around_midnight) {
            return Some((self.see(&centre, (sin_middle, cos_middle)), 1.0));
        }
        let sunset = libm::acos(cos_sunset);
        let (from, to) = ((middle - half).max(-sunset), (middle + half).min(sunset));
        if from >= to {
            return None;
        }
        Some((self.see(&centre, libm::sincos(0.5 * (from + to))), (to - from) / (2.0 * half)))
    }

    /// Hour angle in `[-π, π)`, 0 at true noon.
    fn hour_angle(&self, centre: &Centre, unix_s: f64) -> f64 {
        // The mean sun stands at -180° at midnight in Greenwich; whole turns drop out.
        let turns = unix_s * (1.0 / DAY_S) + centre.equation_of_time + self.longitude;
        (turns - libm::floor(turns) - 0.5) * 2.0 * PI
    }

    fn see(&self, centre: &Centre, (sin_hour, cos_hour): (f64, f64)) -> Sun {
        let Centre { sin_declination, cos_declination, .. } = *centre;
        let up = self.sin_latitude * sin_declination + self.cos_latitude * cos_declination * cos_hour;
        let east = -cos_declination * sin_hour;
        let north = self.cos_latitude * sin_declination - self.sin_latitude * cos_declination * cos_hour;
        let across = libm::sqrt(east * east + north * north);
        // Parallax turns the sun down by at most 4e-5 rad: one term of the series will do.
        let parallax_rad = centre.parallax_rad * across;
        let (seen_up, seen_across) = (up - parallax_rad * across, across + parallax_rad * up);
        let seen_rad = libm::asin(seen_up.clamp(-1.0, 1.0));
        // Refraction turns it up by at most 0.01 rad: the term left out is 4e-10.
        let raised_rad = self.refraction_rad(seen_rad, seen_up, seen_across);
        let square = raised_rad * raised_rad;
        let (sin_raised, cos_raised) = (raised_rad * (1.0 - square / 6.0), 1.0 - 0.5 * square);
        let stretch = (seen_across * cos_raised - seen_up * sin_raised) / across.max(1e-12);
        Sun {
            east: east * stretch,
            north: north * stretch,
            up: seen_up * cos_raised + seen_across * sin_raised,
            zenith_rad: FRAC_PI_2 - seen_rad - raised_rad,
            extraterrestrial_w_per_m2: centre.extraterrestrial_w_per_m2,
        }
    }

    /// [`refraction_deg`] in radians, by the tangent's addition theorem instead of a tangent; `up` and `across` are the
    /// elevation's sine and cosine.
    fn refraction_rad(&self, elevation_rad: f64, up: f64, across: f64) -> f64 {
        let elevation_deg = elevation_rad / RAD;
        if elevation_deg <= LEAST_REFRACTED_DEG {
            return 0.0;
        }
        let bend = 10.3 / (elevation_deg + 5.11) * RAD;
        let square = bend * bend;
        // At most 2.4°: the term left out is 1e-9.
        let tan_bend = bend * (1.0 + square * (1.0 / 3.0 + square * (2.0 / 15.0)));
        self.refraction_scale_rad * (across - up * tan_bend) / (up + across * tan_bend)
    }
}

/// The sun of each interval of an axis at a location; `None` where it is down throughout.
///
/// # Errors
/// Impossible location or axis, all problems at once.
pub fn suns(location: &Location, axis: &TimeAxis) -> Result<Vec<Option<(Sun, f64)>>, Problems> {
    let mut problems = Problems::none();
    location.check("location", &mut problems);
    axis.check("axis", &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let ephemeris = Ephemeris::new(axis.start_unix_s, axis.end_unix_s())?;
    let observer = Observer::at(location);
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
        let location = Location { latitude_deg: 39.742_476, longitude_deg: -105.1786, elevation_m: 1830.14 };
        let unix_s = 1_066_419_030;
        let ephemeris = Ephemeris::new(unix_s, unix_s).unwrap();
        let bare = Observer::with_air(&location, 0.0, 11.0).sun(&ephemeris, unix_s as f64);
        let seen = Observer::with_air(&location, 820.0, 11.0).sun(&ephemeris, unix_s as f64);
        assert!((bare.elevation_deg() - 39.872_046).abs() < 3e-4, "{}", bare.elevation_deg());
        assert!((bare.azimuth_deg() - 194.340_241).abs() < 3e-4, "{}", bare.azimuth_deg());
        assert!((seen.elevation_deg() - 39.888_378).abs() < 3e-4, "{}", seen.elevation_deg());
    }

    /// The stated error of the interpolation, against the full algorithm over a century and many places.
    #[test]
    fn interpolation_stays_within_its_stated_error() {
        let (start, end) = (-631_152_000_i64, 2_524_608_000);
        let ephemeris = Ephemeris::new(start, end).unwrap();
        let (mut worst_elevation, mut worst_azimuth) = (0.0_f64, 0.0_f64);
        for i in 0..4000_i64 {
            let unix_s = start + i * ((end - start) / 4000) + i * 7919 % 86_400;
            let location = Location {
                latitude_deg: ((i * 37) % 140 - 70) as f64,
                longitude_deg: ((i * 53) % 360 - 180) as f64,
                elevation_m: 0.0,
            };
            let days = unix_s as f64 / DAY_S;
            let delta_t = delta_t::estimate(1970.0 + days / 365.2425).unwrap();
            let time = JulianDate::new(2_440_587.5 + days, delta_t).unwrap();
            let place = SpaLocation { latitude: location.latitude_deg, longitude: location.longitude_deg };
            let air = RefractionCorrection::new(1013.25, 12.0).unwrap();
            let full = SolarPositions::new().at_from_julian(time, place, 0.0, Some(air)).unwrap();
            let ours = Observer::at(&location).sun(&ephemeris, unix_s as f64);
            worst_elevation = worst_elevation.max((full.elevation_angle() - ours.elevation_deg()).abs());
            let mut turn = full.azimuth() - ours.azimuth_deg();
            turn -= 360.0 * libm::round(turn / 360.0);
            // On the sphere: azimuth means nothing at the zenith.
            worst_azimuth = worst_azimuth.max(turn.abs() * libm::cos(ours.elevation_deg() * RAD));
        }
        assert!(worst_elevation < 3e-4 && worst_azimuth < 3e-4, "{worst_elevation} {worst_azimuth}");
    }

    #[test]
    fn position_does_not_depend_on_where_the_span_begins() {
        let observer = Observer::at(&Location { latitude_deg: 31.8, longitude_deg: 119.97, elevation_m: 5.0 });
        let long = Ephemeris::new(1_600_000_000, 1_700_000_000).unwrap();
        let short = Ephemeris::new(1_650_000_000, 1_650_000_000).unwrap();
        assert_eq!(observer.sun(&long, 1.65e9), observer.sun(&short, 1.65e9));
    }

    #[test]
    fn polar_day_and_night() {
        let location = Location { latitude_deg: 78.0, longitude_deg: 15.0, elevation_m: 0.0 };
        // 2023-06-21 and 2023-12-21
        for (start_unix_s, lit) in [(1_687_305_600, 24), (1_703_116_800, 0)] {
            let suns = suns(&location, &TimeAxis { start_unix_s, step_s: 3600, steps: 24 }).unwrap();
            assert_eq!(suns.iter().flatten().count(), lit);
        }
        // The pole itself has no hour angle of sunset.
        let pole = Location { latitude_deg: 90.0, longitude_deg: 0.0, elevation_m: 0.0 };
        assert!(suns(&pole, &TimeAxis { start_unix_s: 1_687_305_600, step_s: 3600, steps: 24 }).unwrap()[3].is_some());
    }

    /// Lit shares of a day add up to its length.
    #[test]
    fn lit_share_is_the_day_length() {
        let location = Location { latitude_deg: 52.0, longitude_deg: 13.0, elevation_m: 0.0 };
        for step_s in [60_u32, 900, 3600] {
            let axis = TimeAxis { start_unix_s: 1_687_305_600, step_s, steps: (86_400 / step_s) as usize };
            let lit: f64 = suns(&location, &axis).unwrap().iter().flatten().map(|(_, share)| share).sum();
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
