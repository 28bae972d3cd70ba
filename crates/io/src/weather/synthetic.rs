//! A year of hourly weather drawn from twelve monthly means.
//!
//! For places without a weather file. What is drawn looks like weather (clear days follow clear days, clouds pass
//! within a day, winds persist) and reproduces the monthly means; it is not the weather of any real year.
//!
//! # Model
//! **Daily clearness** (global over extraterrestrial irradiation of a day): exponential between 0.05 and
//! `K_max = 0.6313 + 0.267 K̄ − 11.9 (K̄ − 0.75)⁸`, its rate set so that the mean is the month's K̄ (Bendt,
//! Collares-Pereira & Rabl, Solar Energy 27 (1981) 1; K_max of Hollands & Huget, Solar Energy 30 (1983) 195). Days
//! follow each other as a normal variable of lag-one correlation 0.29 carried through that distribution (Graham,
//! Hollands & Unny, Solar Energy 40 (1988) 83, the daily model HOMER uses). *K_max and 0.29 are quoted from memory and
//! could not be checked against a second source.*
//!
//! **Hourly clearness**: the TAG model (Aguiar & Collares-Pereira, Solar Energy 49 (1992) 167), h solar elevation, K
//! the day's clearness: mean `λ + ε exp(−κ / sin h)` with `λ = −0.19 + 1.12 K + 0.24 e^(−8K)`,
//! `ε = 0.32 − 1.6 (K − 0.5)²`, `κ = 0.19 + 2.27 K² − 2.51 K³`; standard deviation
//! `0.14 exp(−20 (K − 0.35)²) exp((3 (K − 0.45)² + 16 K⁵)(1 − sin h))`; a normal variable of lag-one correlation
//! `0.38 + 0.06 cos(7.4 K − 2.5)`. Values stay between 0 and clear sky, `0.88 cos(π (t − 12)/30)`, t solar hours. Each
//! day, then each month, is scaled below clear sky to its total; month totals are exact.
//!
//! **Diffuse light** by [`erbs_diffuse_share`], where the month's diffuse mean is given times a factor per month that
//! reproduces it. Direct light stays below 0.85 of the extraterrestrial.
//!
//! **Temperature**: monthly means joined by straight lines, plus the daily course
//! `A (0.4632 cos(τ − 3.805) + 0.0984 cos(2τ − 0.360) + 0.0168 cos(3τ − 0.822) + 0.0138 cos(4τ − 3.513))`,
//! `τ = 2π(t − 1)/24`, `A = 25.8 K − 5.21` °C, at least 0 (Erbs, Klein & Beckman, ASHRAE Journal 25/6 (1983) 60; the
//! coefficients are from memory, unchecked; the source takes the month's K, we take the day's, so that clear days swing
//! more), plus daily deviations of lag-one correlation 0.7 (our choice). Month means are exact.
//!
//! **Wind**: a normal variable of hourly lag-one correlation carried to a Weibull distribution, times a daily cosine,
//! as HOMER's synthesis with HOMER's defaults ([`WindModel`]; HOMER adds the daily course before the transformation,
//! we multiply after it). Month means are exact.
//!
//! Random numbers are ChaCha8's, one stream per quantity, and every function is `libm`'s: a seed gives the same bits on
//! every platform.

use std::f64::consts::{PI, SQRT_2};

use jiff::civil::date;
use microgrid_core::generation::pv::irradiance::erbs_diffuse_share;
use microgrid_core::generation::pv::position::{Sun, suns};
use microgrid_core::generation::{Location, TimeAxis, Weather};
use microgrid_core::{Problem, Problems};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Twelve monthly means of a place, January first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normals {
    /// Global horizontal irradiation of a mean day, kWh/m², 0 to 15.
    pub ghi_kwh_per_m2_day: [f64; 12],
    /// Diffuse horizontal irradiation of a mean day, kWh/m²; without it Erbs's split stands.
    #[serde(default)]
    pub dhi_kwh_per_m2_day: Option<[f64; 12]>,
    /// Air temperature, °C, -80 to 60.
    pub temperature_c: [f64; 12],
    /// Wind speed at 10 m, m/s, 0 to 30.
    pub wind_m_per_s: [f64; 12],
    /// Factor on global and diffuse irradiation, 0.5 to 1.5, for normals of another place or a source that reads high;
    /// default 1. State beside it where it comes from.
    #[serde(default = "one")]
    pub irradiation_scale: f64,
    /// Standard deviation of a day's temperature from its month's, °C, 0 to 15; default 3 (our choice).
    #[serde(default = "three")]
    pub temperature_deviation_c: f64,
    /// How the wind varies about its means.
    #[serde(default)]
    pub wind: WindModel,
}

fn one() -> f64 {
    1.0
}

fn three() -> f64 {
    3.0
}

/// How the wind varies about its monthly means; the defaults are HOMER Pro's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindModel {
    /// Shape of the Weibull distribution, 1 to 5; default 2.
    pub weibull_shape: f64,
    /// Correlation of one hour with the next, 0 to 0.99; default 0.85.
    pub autocorrelation: f64,
    /// Amplitude of the daily course over the mean, 0 to 0.9; default 0.25.
    pub diurnal_strength: f64,
    /// Windiest hour of the day, local standard time, 0 to 24; default 15.
    pub peak_hour: f64,
}

impl Default for WindModel {
    fn default() -> Self {
        Self { weibull_shape: 2.0, autocorrelation: 0.85, diurnal_strength: 0.25, peak_hour: 15.0 }
    }
}

/// Where and when weather is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// The place.
    pub location: Location,
    /// Local standard time less UTC, seconds, -12 h to 14 h.
    pub utc_offset_s: i32,
    /// The year, 1901 to 2098.
    pub year: i32,
    /// One seed, one year of weather.
    pub seed: u64,
}

impl Normals {
    /// Draws the year: 8760 or 8784 hours from 1 January 00:00 local standard time.
    ///
    /// # Errors
    /// Impossible values, and months with more light than a clear sky gives or less diffuse light than the sun leaves;
    /// all problems at once.
    pub fn year(&self, draw: &Draw) -> Result<Weather, Problems> {
        let mut problems = Problems::none();
        self.check(&mut problems);
        draw.location.check("location", &mut problems);
        problems.require_range("year", f64::from(draw.year), 1901.0, 2098.0);
        problems.require_range("utc_offset_s", f64::from(draw.utc_offset_s), -43_200.0, 50_400.0);
        if !problems.is_empty() {
            return Err(problems);
        }
        let calendar = Calendar::of(draw)?;
        let suns = suns(&draw.location, &calendar.axis)?;
        let (daily, mut ghi) = self.global(&calendar, &suns, draw, &mut problems);
        let (dni, dhi) = self.split(&calendar, &suns, &mut ghi, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let weather = Weather {
            location: draw.location,
            start_unix_s: calendar.axis.start_unix_s,
            step_s: 3600,
            ghi_w_per_m2: ghi,
            dni_w_per_m2: dni,
            dhi_w_per_m2: dhi,
            temperature_c: self.temperature(&calendar, &daily, draw),
            wind_m_per_s: self.wind(&calendar, draw),
            pressure_pa: None,
        };
        weather.check("weather", &mut problems);
        problems.or_else(|| weather)
    }

    fn check(&self, problems: &mut Problems) {
        let dhi = self.dhi_kwh_per_m2_day.as_ref();
        for (name, months, least, most) in [
            ("ghi_kwh_per_m2_day", Some(&self.ghi_kwh_per_m2_day), 0.0, 15.0),
            ("dhi_kwh_per_m2_day", dhi, 0.0, 10.0),
            ("temperature_c", Some(&self.temperature_c), -80.0, 60.0),
            ("wind_m_per_s", Some(&self.wind_m_per_s), 0.0, 30.0),
        ] {
            for (month, value) in months.into_iter().flatten().enumerate() {
                problems.require_range(format!("{name}[{month}]"), *value, least, most);
            }
        }
        problems.require_range("irradiation_scale", self.irradiation_scale, 0.5, 1.5);
        problems.require_range("temperature_deviation_c", self.temperature_deviation_c, 0.0, 15.0);
        problems.require_range("wind.weibull_shape", self.wind.weibull_shape, 1.0, 5.0);
        problems.require_range("wind.autocorrelation", self.wind.autocorrelation, 0.0, 0.99);
        problems.require_range("wind.diurnal_strength", self.wind.diurnal_strength, 0.0, 0.9);
        problems.require_range("wind.peak_hour", self.wind.peak_hour, 0.0, 24.0);
    }

    /// Clearness of each day and global irradiance of each hour.
    fn global(
        &self,
        calendar: &Calendar,
        suns: &[Option<(Sun, f64)>],
        draw: &Draw,
        problems: &mut Problems,
    ) -> (Vec<f64>, Vec<f64>) {
        // Irradiation outside the atmosphere, and the most that a clear sky lets through.
        let above: Vec<f64> = suns
            .iter()
            .map(|sun| sun.map_or(0.0, |(sun, share)| sun.extraterrestrial_w_per_m2 * share * sun.up.max(0.0)))
            .collect();
        let clear: Vec<f64> =
            above.iter().enumerate().map(|(hour, above)| above * clear_sky(calendar.solar_hour(hour, draw))).collect();
        let (mut days, mut hours) = (Noise::new(draw.seed, 0), Noise::new(draw.seed, 1));
        let (mut daily, mut ghi) = (Vec::with_capacity(366), vec![0.0; above.len()]);
        for (month, range) in calendar.months.iter().enumerate() {
            let target = self.ghi_kwh_per_m2_day[month] * self.irradiation_scale * 1000.0 * (range.len() / 24) as f64;
            let sum = |hours: &[f64]| hours.iter().sum::<f64>();
            let mean = if target > 0.0 { target / sum(&above[range.clone()]) } else { 0.0 };
            if target > sum(&clear[range.clone()]) {
                let most = sum(&clear[range.clone()]) / (range.len() / 24) as f64 / 1000.0 / self.irradiation_scale;
                let problem = Problem::new(format!("ghi_kwh_per_m2_day[{month}]"), "is more than a clear sky gives")
                    .value(self.ghi_kwh_per_m2_day[month])
                    .allowed(format!("at most {most:.2} at this site"));
                problems.push(problem);
                continue;
            }
            let clearness = DailyClearness::of_mean(mean);
            for day in range.clone().step_by(24).map(|start| start..start + 24) {
                let k = clearness.at(normal_share(days.next(0.29)));
                daily.push(k);
                for hour in day.clone().filter(|hour| above[*hour] > 0.0) {
                    let height = (suns[hour].map_or(0.0, |(sun, _)| sun.up)).max(0.01);
                    let (mean, deviation, correlation) = tag(k, height);
                    ghi[hour] = above[hour] * (mean + deviation * hours.next(correlation)).max(0.02);
                }
                // A day has its own total, as far as a clear sky allows.
                let most = 0.98 * sum(&clear[day.clone()]);
                scale_below(&mut ghi[day.clone()], &clear[day.clone()], (k * sum(&above[day])).min(most));
            }
            scale_below(&mut ghi[range.clone()], &clear[range.clone()], target);
        }
        (daily, ghi)
    }

    /// Direct normal and diffuse horizontal irradiance.
    fn split(
        &self,
        calendar: &Calendar,
        suns: &[Option<(Sun, f64)>],
        ghi: &mut [f64],
        problems: &mut Problems,
    ) -> (Vec<f64>, Vec<f64>) {
        let (mut dni, mut dhi) = (vec![0.0; ghi.len()], ghi.to_vec());
        for (month, range) in calendar.months.iter().enumerate() {
            let mut split = |factor: f64| -> f64 {
                let mut total = 0.0;
                for hour in range.clone() {
                    let Some((sun, share)) = suns[hour] else { continue };
                    let most = 0.85 * sun.extraterrestrial_w_per_m2 * share;
                    // Below 3° everything is diffuse, as in Erbs's split.
                    let beam = if sun.up < 0.052 {
                        0.0
                    } else {
                        let clearness = ghi[hour] / (sun.extraterrestrial_w_per_m2 * share * sun.up.max(0.065));
                        let diffuse = (factor * erbs_diffuse_share(clearness.min(1.0))).min(1.0);
                        (ghi[hour] * (1.0 - diffuse) / sun.up).min(most)
                    };
                    dni[hour] = beam;
                    dhi[hour] = ghi[hour] - beam * sun.up.max(0.0);
                    total += dhi[hour];
                }
                total
            };
            let Some(normals) = &self.dhi_kwh_per_m2_day else {
                split(1.0);
                continue;
            };
            let days = (range.len() / 24) as f64;
            let target = normals[month] * self.irradiation_scale * 1000.0 * days;
            let (least, most) = (split(0.0), split(20.0));
            if target < least * 0.999 || target > most * 1.001 {
                let unit = 1000.0 * days * self.irradiation_scale;
                let problem =
                    Problem::new(format!("dhi_kwh_per_m2_day[{month}]"), "does not fit the global irradiation")
                        .value(normals[month])
                        .allowed(format!("{:.2} to {:.2}", least / unit, most / unit));
                problems.push(problem);
                continue;
            }
            let factor = bisect(0.0, 20.0, |factor| split(factor) < target);
            split(factor);
        }
        (dni, dhi)
    }

    fn temperature(&self, calendar: &Calendar, daily: &[f64], draw: &Draw) -> Vec<f64> {
        let mut noise = Noise::new(draw.seed, 2);
        let deviations: Vec<f64> = daily.iter().map(|_| self.temperature_deviation_c * noise.next(0.7)).collect();
        let hours = calendar.axis.steps;
        let varying: Vec<f64> = (0..hours)
            .map(|hour| {
                let swing = (25.8 * daily[hour / 24] - 5.21).max(0.0) * diurnal(hour % 24);
                // A day's deviation stands at its noon and moves to the next day's in a straight line.
                let place = (hour as f64 + 0.5) / 24.0 - 0.5;
                let left = place.max(0.0) as usize;
                let right = (left + 1).min(deviations.len() - 1);
                let part = (place - left as f64).clamp(0.0, 1.0);
                swing + deviations[left] * (1.0 - part) + deviations[right] * part
            })
            .collect();
        // The corners of the yearly course, moved until every month has its mean.
        let mut corners = self.temperature_c;
        let mut temperature = vec![0.0; hours];
        for _ in 0..60 {
            for (hour, value) in temperature.iter_mut().enumerate() {
                *value = calendar.between_months(hour, &corners) + varying[hour];
            }
            for (month, range) in calendar.months.iter().enumerate() {
                let mean = temperature[range.clone()].iter().sum::<f64>() / range.len() as f64;
                corners[month] += self.temperature_c[month] - mean;
            }
        }
        temperature
    }

    fn wind(&self, calendar: &Calendar, draw: &Draw) -> Vec<f64> {
        let mut noise = Noise::new(draw.seed, 3);
        let model = &self.wind;
        let mut wind: Vec<f64> = (0..calendar.axis.steps)
            .map(|hour| {
                let share = normal_share(noise.next(model.autocorrelation)).min(1.0 - 1e-12);
                let weibull = libm::pow(-libm::log(1.0 - share), 1.0 / model.weibull_shape);
                let angle = 2.0 * PI * ((hour % 24) as f64 + 0.5 - model.peak_hour) / 24.0;
                weibull * (1.0 + model.diurnal_strength * libm::cos(angle))
            })
            .collect();
        for (month, range) in calendar.months.iter().enumerate() {
            let mean = wind[range.clone()].iter().sum::<f64>() / range.len() as f64;
            wind[range.clone()].iter_mut().for_each(|wind| *wind *= self.wind_m_per_s[month] / mean);
        }
        wind
    }
}

/// The hours of a year in local standard time.
struct Calendar {
    axis: TimeAxis,
    /// The hours of each month.
    months: [std::ops::Range<usize>; 12],
}

impl Calendar {
    fn of(draw: &Draw) -> Result<Self, Problems> {
        let failed = |error: jiff::Error| Problem::new("year", error.to_string());
        let new_year = date(draw.year as i16, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).map_err(failed)?;
        let mut end = 0;
        let months = std::array::from_fn(|month| {
            let days = date(draw.year as i16, month as i8 + 1, 1).days_in_month();
            let start = end;
            end += 24 * days as usize;
            start..end
        });
        let start_unix_s = new_year.timestamp().as_second() - i64::from(draw.utc_offset_s);
        Ok(Self { axis: TimeAxis { start_unix_s, step_s: 3600, steps: end }, months })
    }

    /// Mean solar time of the middle of an hour, 0 to 24 h.
    fn solar_hour(&self, hour: usize, draw: &Draw) -> f64 {
        let universal = hour as f64 + 0.5 - f64::from(draw.utc_offset_s) / 3600.0;
        (universal + draw.location.longitude_deg / 15.0).rem_euclid(24.0)
    }

    /// Value at an hour of the closed line through the months' middles.
    fn between_months(&self, hour: usize, corners: &[f64; 12]) -> f64 {
        let middle = |month: usize| 0.5 * (self.months[month].start + self.months[month].end) as f64;
        let (time, year) = (hour as f64 + 0.5, self.axis.steps as f64);
        let right = (0..12).find(|&month| middle(month) > time).unwrap_or(12);
        let left = (right + 11) % 12;
        let from = if right == 0 { middle(11) - year } else { middle(left) };
        let to = if right == 12 { middle(0) + year } else { middle(right) };
        let part = (time - from) / (to - from);
        corners[left] * (1.0 - part) + corners[right % 12] * part
    }
}

/// First-order autoregressive standard normal noise.
struct Noise {
    random: ChaCha8Rng,
    last: f64,
}

impl Noise {
    fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        let mut noise = Self { random, last: 0.0 };
        noise.last = noise.normal();
        noise
    }

    fn next(&mut self, correlation: f64) -> f64 {
        self.last = correlation * self.last + libm::sqrt(1.0 - correlation * correlation) * self.normal();
        self.last
    }

    /// Box & Muller's transformation.
    fn normal(&mut self) -> f64 {
        let mut share = || ((self.random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let radius = libm::sqrt(-2.0 * libm::log(share()));
        radius * libm::cos(2.0 * PI * share())
    }
}

/// Share of standard normal values below `z`.
fn normal_share(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Distribution of daily clearness about a month's mean.
struct DailyClearness {
    least: f64,
    most: f64,
    rate: f64,
}

impl DailyClearness {
    fn of_mean(mean: f64) -> Self {
        let away = mean - 0.75;
        let (square, fourth) = (away * away, away * away * away * away);
        let most = (0.6313 + 0.267 * mean - 11.9 * fourth * square * square).max(mean + 0.02);
        let least = 0.05_f64.min(0.5 * mean);
        // Mean of a density that grows as exp(rate · K) between least and most.
        let of_rate = |rate: f64| {
            let reach = rate * (most - least);
            if reach.abs() < 1e-6 {
                0.5 * (least + most)
            } else {
                least + (most - least) / (1.0 - libm::exp(-reach)) - 1.0 / rate
            }
        };
        Self { least, most, rate: bisect(-300.0, 300.0, |rate| of_rate(rate) < mean) }
    }

    /// The clearness that a share of days stays below.
    fn at(&self, share: f64) -> f64 {
        let reach = self.rate * (self.most - self.least);
        if reach.abs() < 1e-6 {
            return self.least + share * (self.most - self.least);
        }
        let k = self.least + libm::log1p(share * libm::expm1(reach)) / self.rate;
        k.clamp(self.least, self.most)
    }
}

/// Mean, standard deviation and correlation of hourly clearness on a day of clearness `k`.
fn tag(k: f64, height: f64) -> (f64, f64, f64) {
    let base = -0.19 + 1.12 * k + 0.24 * libm::exp(-8.0 * k);
    let rise = 0.32 - 1.6 * (k - 0.5) * (k - 0.5);
    let depth = 0.19 + k * k * (2.27 - 2.51 * k);
    let spread = 3.0 * (k - 0.45) * (k - 0.45) + 16.0 * k * k * k * k * k;
    let deviation = 0.14 * libm::exp(-20.0 * (k - 0.35) * (k - 0.35)) * libm::exp(spread * (1.0 - height));
    (base + rise * libm::exp(-depth / height), deviation, 0.38 + 0.06 * libm::cos(7.4 * k - 2.5))
}

/// Clearness of a clear sky at a solar hour.
fn clear_sky(solar_hour: f64) -> f64 {
    (0.88 * libm::cos(PI * (solar_hour - 12.0) / 30.0)).max(0.3)
}

fn diurnal(hour: usize) -> f64 {
    let t = 2.0 * PI * (hour as f64 - 0.5) / 24.0;
    0.4632 * libm::cos(t - 3.805)
        + 0.0984 * libm::cos(2.0 * t - 0.360)
        + 0.0168 * libm::cos(3.0 * t - 0.822)
        + 0.0138 * libm::cos(4.0 * t - 3.513)
}

/// Scales `hours` by one factor, each at most its `limit`, to the total `target`, at most that of the limits.
fn scale_below(hours: &mut [f64], limits: &[f64], target: f64) {
    let total = |factor: f64| hours.iter().zip(limits).map(|(hour, limit)| (hour * factor).min(*limit)).sum::<f64>();
    let factor = bisect(0.0, 1e3, |factor| total(factor) < target);
    for (hour, limit) in hours.iter_mut().zip(limits) {
        *hour = (*hour * factor).min(*limit);
    }
}

/// Where `below` turns from true to false between `low` and `high`, to the last bits of a double.
fn bisect(mut low: f64, mut high: f64, mut below: impl FnMut(f64) -> bool) -> f64 {
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
