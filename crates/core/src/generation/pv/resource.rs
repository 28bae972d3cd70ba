//! Weather and sun on a scenario's axis of time, worked out once for all arrays of a site.

use alloc::format;
use alloc::vec::Vec;

use super::chain::{Air, Chain, Instant, Link};
use super::horizon::Horizon;
use super::irradiance::air_mass;
use super::plant::PvPlant;
use super::position::{Ephemeris, Observer, Sun};
use crate::generation::{TimeAxis, Weather};
use crate::{Problem, Problems};

/// Finest resolution at which the chain is worked out.
const FINEST_S: u64 = 60;
/// How far an axis may reach beyond a typical year at either end; see [`SolarResource::new`].
const OVERHANG_S: i64 = 86_400;

/// The sun and the weather of every lit step of an axis.
///
/// # Model
/// **Resolution.** The chain runs at the greatest common divisor of the weather's step, the axis' step and their
/// offset, so that each fine step lies in one weather interval and one axis step; power is then averaged over the axis
/// step. Equal steps in phase: one evaluation per step, at the sun of the middle of its lit part.
///
/// **Held clearness.** Where weather intervals are cut into finer steps, global and diffuse light follow the sun's
/// height within the interval, `G_i = G · s_i sin e_i / mean(s sin e)`, and direct light its presence,
/// `B_i = B · s_i / mean(s)` (s share of the step that is lit, e elevation): clearness and diffuse share are held,
/// and the interval's global and diffuse energy is kept exactly. Direct light through the hour's path sums to 0.2 %
/// less on a horizontal plane than at the hour's middle. The rejected alternative, holding the mean
/// irradiance, gives the same energy and a staircase with a low sun under full light. Light while the sun is down is
/// left out: an array in the dark gives nothing. Temperature and wind are held.
///
/// **Coverage.** The weather must cover the axis. A whole year (365 days or more) counts as a typical year: an axis may
/// reach up to 24 h beyond either end and finds there the year's other end, so that a civil year whose clock is ahead
/// of standard time is covered. The sun is always that of the axis' own time.
#[derive(Debug, Clone, PartialEq)]
pub struct SolarResource {
    axis: TimeAxis,
    per_step: usize,
    lit: Vec<LitStep>,
    air_c: Vec<f64>,
    elevation_m: f64,
    horizon: Option<Horizon>,
    /// Month of each step of the axis, from 0; empty where nothing is told by month.
    months: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct LitStep {
    step: u32,
    is_hidden: bool,
    sun: Sun,
    air_mass: f64,
    air: Air,
}

/// A year of one plant, link by link, one value per step of the axis. Of several arrays, the means weighted by their power.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PvTrace {
    /// Irradiance on the plane, W/m².
    pub plane_w_per_m2: Vec<f64>,
    /// What of it reaches the cells, W/m².
    pub effective_w_per_m2: Vec<f64>,
    /// Cell temperature, °C: mean over the fine steps of the step, the air's where the sun is down.
    pub cell_c: Vec<f64>,
    /// Power at the inverter's input, kW.
    pub dc_kw: Vec<f64>,
    /// Power at the inverter's output, kW.
    pub ac_kw: Vec<f64>,
}

impl SolarResource {
    /// Places `weather` and its location's sun on `axis`.
    ///
    /// # Errors
    /// Impossible weather or axis, an axis the weather does not cover, or one out of phase with it by less than a
    /// minute; all problems at once.
    pub fn new(weather: &Weather, axis: &TimeAxis) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        weather.check("weather", &mut problems);
        axis.check("axis", &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let fine_s = resolution(weather, axis)?;
        covers(weather, axis)?;

        let weather_s = i64::from(weather.step_s);
        let per_weather = (weather_s / fine_s) as usize;
        let per_step = (i64::from(axis.step_s) / fine_s) as usize;
        let length_s = axis.end_unix_s() - axis.start_unix_s;
        let fine_steps = axis.steps * per_step;
        let ephemeris = Ephemeris::new(axis.start_unix_s - weather_s, axis.end_unix_s() + weather_s)?;
        let observer = Observer::at(&weather.location);
        let intervals = weather.ghi_w_per_m2.len() as i64;
        let mut lit = Vec::with_capacity(fine_steps / 2 + 64);
        let mut air_c = Vec::with_capacity(axis.steps);
        let mut suns = Vec::with_capacity(per_weather);

        let first = (axis.start_unix_s - weather.start_unix_s).div_euclid(weather_s);
        let last = (axis.end_unix_s() - 1 - weather.start_unix_s).div_euclid(weather_s);
        for interval in first..=last {
            let start_s = weather.start_unix_s + interval * weather_s;
            let row = interval.rem_euclid(intervals) as usize;
            let held = Air {
                ghi_w_per_m2: weather.ghi_w_per_m2[row],
                dni_w_per_m2: weather.dni_w_per_m2[row],
                dhi_w_per_m2: weather.dhi_w_per_m2[row],
                temperature_c: weather.temperature_c[row],
                wind_m_per_s: weather.wind_m_per_s[row],
            };
            let fine_sun =
                |i: usize| observer.sun_of_interval(&ephemeris, (start_s + i as i64 * fine_s) as f64, fine_s as f64);
            let mut place = |i: usize, sun: Option<(Sun, f64)>, parts: &Parts| {
                let offset_s = start_s + i as i64 * fine_s - axis.start_unix_s;
                if offset_s < 0 || offset_s >= length_s {
                    return;
                }
                let fine = (offset_s / fine_s) as usize;
                if fine.is_multiple_of(per_step) {
                    air_c.push(held.temperature_c);
                }
                if let Some((sun, share)) = sun {
                    let (air_mass, air) = (air_mass(&sun), parts.air(&held, &sun, share));
                    lit.push(LitStep { step: (fine / per_step) as u32, is_hidden: false, sun, air_mass, air });
                }
            };
            if per_weather == 1 {
                // Hourly weather on an hourly axis, the common case, needs no second look at its suns.
                place(0, fine_sun(0), &Parts::WHOLE);
            } else {
                suns.clear();
                suns.extend((0..per_weather).map(fine_sun));
                let parts = Parts::of(&suns);
                for (i, sun) in suns.iter().enumerate() {
                    place(i, *sun, &parts);
                }
            }
        }
        let elevation_m = weather.location.elevation_m;
        Ok(Self { axis: *axis, per_step, lit, air_c, elevation_m, horizon: None, months: Vec::new() })
    }

    /// The same sky behind a skyline, which hides the sun and part of the sky from every plant.
    ///
    /// # Errors
    /// An impossible skyline, all problems at once, under the path `horizon`.
    pub fn behind(mut self, horizon: Horizon) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        horizon.check("horizon", &mut problems);
        problems.or_else(|| ())?;
        for step in &mut self.lit {
            step.is_hidden = horizon.hides(&step.sun);
        }
        self.horizon = Some(horizon);
        Ok(self)
    }

    /// The same sky with the month of each step, 0 to 11, for losses that are told by month.
    ///
    /// # Errors
    /// Another number of months than steps, or a month beyond 11.
    pub fn with_months(mut self, months: Vec<u8>) -> Result<Self, Problems> {
        if months.len() != self.axis.steps || months.iter().any(|month| *month > 11) {
            let wrong = Problem::new("months", "are not one of 0 to 11 for each step").value(months.len());
            return Err(wrong.allowed(format!("{} values of 0 to 11", self.axis.steps)).into());
        }
        self.months = months;
        Ok(self)
    }

    /// The axis all outputs are on.
    #[must_use]
    pub fn axis(&self) -> &TimeAxis {
        &self.axis
    }

    /// Temperature of the air in each step of the axis, °C: that of the weather's interval in which the step begins.
    #[must_use]
    pub fn air_c(&self) -> &[f64] {
        &self.air_c
    }

    /// Mean alternating-current power of a plant, or of an array behind an inverter of its own, in each step of the
    /// axis, kW, at least 0.
    ///
    /// # Errors
    /// Impossible values of the plant, all at once, under the path `pv`.
    pub fn ac_kw(&self, plant: impl Into<PvPlant>) -> Result<Vec<f64>, Problems> {
        let mut ac_kw = alloc::vec![0.0; self.axis.steps];
        let part = self.part();
        let walk = Walk::new(self, plant.into())?;
        let rated_kw = walk.plant.ac_kw();
        walk.each(|step, _, dc_kw| ac_kw[step] += part * walk.plant.inverter.curve.ac_kw(dc_kw, rated_kw));
        Ok(ac_kw)
    }

    /// Mean direct current in kW that a plant's inverter clips in each step of the axis: what a battery on that side of it could
    /// take. Within a step what is above the rating counts, also where the step's mean is below it.
    ///
    /// # Errors
    /// As [`SolarResource::ac_kw`].
    pub fn clipped_dc_kw(&self, plant: impl Into<PvPlant>) -> Result<Vec<f64>, Problems> {
        let mut clipped_kw = alloc::vec![0.0; self.axis.steps];
        let part = self.part();
        let walk = Walk::new(self, plant.into())?;
        let full_kw = walk.plant.inverter.curve.full_dc_kw(walk.plant.ac_kw());
        walk.each(|step, _, dc_kw| clipped_kw[step] += part * (dc_kw - full_kw).max(0.0));
        Ok(clipped_kw)
    }

    /// Mean power in kW that a plant's inverter draws from the site in each step because the modules give it nothing.
    ///
    /// # Errors
    /// As [`SolarResource::ac_kw`].
    pub fn night_kw(&self, plant: impl Into<PvPlant>) -> Result<Vec<f64>, Problems> {
        let part = self.part();
        let walk = Walk::new(self, plant.into())?;
        let (rated_kw, inverter) = (walk.plant.ac_kw(), walk.plant.inverter);
        let draw_kw = inverter.night_kw(rated_kw);
        let mut night_kw = alloc::vec![draw_kw; self.axis.steps];
        walk.each(|step, _, dc_kw| {
            if inverter.curve.ac_kw(dc_kw, rated_kw) > 0.0 {
                night_kw[step] -= part * draw_kw;
            }
        });
        // What rounding leaves of a step that gave power throughout.
        night_kw.iter_mut().filter(|kw| **kw < 1e-12 * draw_kw).for_each(|kw| *kw = 0.0);
        Ok(night_kw)
    }

    /// Every link of the chain for a plant, by the same arithmetic as [`SolarResource::ac_kw`].
    ///
    /// # Errors
    /// As [`SolarResource::ac_kw`].
    pub fn trace(&self, plant: impl Into<PvPlant>) -> Result<PvTrace, Problems> {
        let zeros = || alloc::vec![0.0; self.axis.steps];
        let mut trace = PvTrace {
            plane_w_per_m2: zeros(),
            effective_w_per_m2: zeros(),
            cell_c: self.air_c.clone(),
            dc_kw: zeros(),
            ac_kw: zeros(),
        };
        let part = self.part();
        let walk = Walk::new(self, plant.into())?;
        let (rated_kw, total_kw) = (walk.plant.ac_kw(), walk.plant.dc_kw());
        walk.each(|step, links, dc_kw| {
            for (array, link) in walk.plant.arrays.iter().zip(links) {
                let part = if links.len() == 1 { part } else { part * array.dc_kw / total_kw };
                trace.plane_w_per_m2[step] += part * link.plane_w_per_m2;
                trace.effective_w_per_m2[step] += part * link.effective_w_per_m2;
                trace.cell_c[step] += part * (link.cell_c - self.air_c[step]);
            }
            trace.dc_kw[step] += part * dc_kw;
            trace.ac_kw[step] += part * walk.plant.inverter.curve.ac_kw(dc_kw, rated_kw);
        });
        Ok(trace)
    }

    /// Share of a fine step in a step of the axis.
    pub(super) fn part(&self) -> f64 {
        1.0 / self.per_step as f64
    }
}

/// A plant's chains along the lit steps of a sky.
pub(super) struct Walk<'r> {
    resource: &'r SolarResource,
    pub(super) plant: PvPlant,
    pub(super) chains: Vec<Chain>,
}

impl<'r> Walk<'r> {
    pub(super) fn new(resource: &'r SolarResource, plant: PvPlant) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        plant.check("pv", &mut problems);
        if resource.months.is_empty() && plant.arrays.iter().any(|array| array.losses.is_by_month()) {
            let without = Problem::new("pv.losses", "are told by month, but the steps have no months");
            problems.push(without.hint("give them by SolarResource::with_months"));
        }
        problems.or_else(|| ())?;
        let sky_share = |plane: &_| resource.horizon.as_ref().map_or(1.0, |horizon| horizon.sky_share(plane));
        let chains = plant.arrays.iter().map(|array| Chain::new(array, resource.elevation_m, sky_share)).collect();
        Ok(Self { resource, plant, chains })
    }

    /// Month of a step, from 0.
    pub(super) fn month(&self, step: usize) -> usize {
        self.resource.months.get(step).map_or(0, |month| usize::from(*month))
    }

    /// Share of the modules' first power that is left at a step.
    pub(super) fn kept_share(&self, step: usize) -> f64 {
        const YEAR_S: u64 = 31_557_600;
        let yearly = self.plant.degradation_percent_per_year;
        if yearly == 0.0 {
            return 1.0;
        }
        let years = step as u64 * u64::from(self.resource.axis.step_s) / YEAR_S;
        (1.0 - yearly / 100.0 * years as f64).max(0.0)
    }

    /// Tells each lit fine step: its step, what each array makes of it, and the power at the inverter's input in kW.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(usize, &[Link], f64)) {
        let mut links = Vec::with_capacity(self.chains.len());
        for LitStep { step, is_hidden, sun, air_mass, air } in &self.resource.lit {
            let step = *step as usize;
            let month = self.month(step);
            let instant = Instant { sun, air_mass: *air_mass, air, is_hidden: *is_hidden, month };
            if let [chain] = &self.chains[..] {
                let link = chain.link(&instant);
                let dc_kw = link.dc_kw * self.kept_share(step);
                take(step, core::slice::from_ref(&link), dc_kw);
                continue;
            }
            links.clear();
            links.extend(self.chains.iter().map(|chain| chain.link(&instant)));
            let dc_kw = links.iter().map(|link| link.dc_kw).sum::<f64>() * self.kept_share(step);
            take(step, &links, dc_kw);
        }
    }
}

/// Means over the fine steps of one weather interval, by which its light is spread.
struct Parts {
    mean_height: f64,
    mean_share: f64,
}

impl Parts {
    /// An interval that is not cut: its means are kept as they are.
    const WHOLE: Self = Self { mean_height: 0.0, mean_share: 1.0 };

    fn of(suns: &[Option<(Sun, f64)>]) -> Self {
        let count = suns.len() as f64;
        Self {
            mean_height: suns.iter().flatten().map(|(sun, share)| share * sun.up.max(0.0)).sum::<f64>() / count,
            mean_share: suns.iter().flatten().map(|(_, share)| share).sum::<f64>() / count,
        }
    }

    fn air(&self, held: &Air, sun: &Sun, share: f64) -> Air {
        // Also where the sun only grazes the horizon: the ratio of heights means nothing there.
        if self.mean_height < 1e-6 {
            return *held;
        }
        let height = share * sun.up.max(0.0) / self.mean_height;
        Air {
            ghi_w_per_m2: held.ghi_w_per_m2 * height,
            dhi_w_per_m2: held.dhi_w_per_m2 * height,
            dni_w_per_m2: held.dni_w_per_m2 * share / self.mean_share,
            ..*held
        }
    }
}

/// The resolution of the chain in seconds.
pub(crate) fn resolution(weather: &Weather, axis: &TimeAxis) -> Result<i64, Problems> {
    let offset = (axis.start_unix_s - weather.start_unix_s).unsigned_abs();
    let fine = gcd(gcd(u64::from(weather.step_s), u64::from(axis.step_s)), offset);
    if fine < FINEST_S {
        return Err(Problem::new("axis", "does not align with the weather's intervals to the minute")
            .value(format!("weather every {} s, steps of {} s, offset {offset} s", weather.step_s, axis.step_s))
            .allowed("steps and offset with a common divisor of 60 s or more")
            .hint("use a step that divides an hour, starting at a full hour")
            .into());
    }
    Ok(fine as i64)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whether the weather covers the axis.
pub(crate) fn covers(weather: &Weather, axis: &TimeAxis) -> Result<(), Problems> {
    let overhang = if weather.is_year() { OVERHANG_S } else { 0 };
    let (from, to) = (weather.start_unix_s, weather.axis().end_unix_s());
    if axis.start_unix_s < from - overhang || axis.end_unix_s() > to + overhang {
        return Err(Problem::new("axis", "is not covered by the weather")
            .value(format!("{} to {} s", axis.start_unix_s, axis.end_unix_s()))
            .allowed(format!("{from} to {to} s, unix seconds UTC, with {overhang} s to spare at either end"))
            .hint("read the weather file for the scenario's year")
            .into());
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod fixture {
    use super::super::inverter::{Inverter, InverterCurve};
    use super::super::irradiance::split_global;
    use super::super::{Horizon, HorizonPoint, Losses, PvArray};
    use super::*;
    use crate::generation::Location;
    use alloc::vec;

    pub(in super::super) const YEAR_2023: i64 = 1_672_531_200;

    pub(in super::super) fn clear_year(step_s: u32, days: usize) -> Weather {
        let location = Location { latitude_deg: 48.1, longitude_deg: 11.6, elevation_m: 520.0 };
        let steps = days * 86_400 / step_s as usize;
        let axis = TimeAxis { start_unix_s: YEAR_2023, step_s, steps };
        let suns = super::super::position::suns(&location, &axis).unwrap();
        let ghi: Vec<f64> =
            suns.iter().map(|sun| sun.as_ref().map_or(0.0, |(sun, share)| 950.0 * share * sun.up.max(0.0))).collect();
        let (dni, dhi) = split_global(&location, &axis, &ghi).unwrap();
        Weather {
            location,
            start_unix_s: YEAR_2023,
            step_s,
            ghi_w_per_m2: ghi,
            dni_w_per_m2: dni,
            dhi_w_per_m2: dhi,
            temperature_c: vec![10.0; steps],
            wind_m_per_s: vec![2.0; steps],
            pressure_pa: None,
        }
    }

    /// Two clear years by double hours behind hills, with months, and plants in which every link works.
    pub(in super::super) fn sky_and_plants() -> (SolarResource, Vec<PvPlant>) {
        let weather = clear_year(7200, 731);
        let axis = weather.axis();
        let points = [(60.0, 12.0), (120.0, 3.0), (300.0, 8.0)];
        let point = |(azimuth_deg, elevation_deg)| HorizonPoint { azimuth_deg, elevation_deg };
        let months = (0..axis.steps).map(|step| (step / 366 % 12) as u8).collect();
        let resource = SolarResource::new(&weather, &axis).unwrap().with_months(months).unwrap();
        let resource = resource.behind(Horizon { points: points.map(point).to_vec() }).unwrap();
        let losses = Losses {
            soiling_by_month_percent: Some([1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]),
            snow_percent: 1.0,
            age_percent: 0.5,
            ..Losses::default()
        };
        let rows = PvArray { ground_coverage_ratio: Some(0.5), losses, ..PvArray::open_rack(4.0) };
        let west = PvArray { azimuth_deg: 270.0, ..PvArray::roof_mount(6.0) };
        let inverter = Inverter { curve: InverterCurve::pvwatts_v5(), night_w_per_kw: 2.0 };
        let shared = PvPlant { arrays: vec![rows, west], dc_per_ac: 1.9, inverter, degradation_percent_per_year: 0.5 };
        (resource, vec![shared, PvPlant::pvwatts_v8(PvArray::tracker(7.0)), PvArray::tracker(2.0).into()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::PvArray;
    use super::fixture::{YEAR_2023, clear_year};
    use super::*;

    /// Plane-of-array energy hardly depends on how the hour is cut: mutation it catches: weights not normalised.
    #[test]
    fn energy_is_kept_at_any_step() {
        let weather = clear_year(3600, 365);
        let array = PvArray { losses: super::super::Losses::none(), ..PvArray::open_rack(1.0) };
        let hourly = TimeAxis { start_unix_s: YEAR_2023, step_s: 3600, steps: 8760 };
        let energy = |axis: &TimeAxis| {
            let kw = SolarResource::new(&weather, axis).unwrap().ac_kw(array).unwrap();
            assert_eq!(kw.len(), axis.steps);
            kw.iter().sum::<f64>() * f64::from(axis.step_s) / 3600.0
        };
        let reference = energy(&hourly);
        for step_s in [300_u32, 900, 1800, 7200, 86_400] {
            let axis = TimeAxis { step_s, steps: 365 * 86_400 / step_s as usize, ..hourly };
            let change = energy(&axis) / reference - 1.0;
            assert!(change.abs() < 1e-3, "{step_s} s: {change}");
        }
        // On the horizontal plane too; what is left is direct light, seen at the hour's middle or along its path.
        let flat = PvArray { tilt_deg: 0.0, ..array };
        let plane = |axis: &TimeAxis| {
            let trace = SolarResource::new(&weather, axis).unwrap().trace(flat).unwrap();
            trace.plane_w_per_m2.iter().sum::<f64>() * f64::from(axis.step_s) / 3600.0
        };
        let quarters = TimeAxis { step_s: 900, steps: 35_040, ..hourly };
        let change = plane(&quarters) / plane(&hourly) - 1.0;
        assert!(change.abs() < 2e-3, "{change}");
    }

    /// Weather finer than the axis is averaged, not sampled.
    #[test]
    fn quarter_hour_weather_on_an_hourly_axis() {
        let weather = clear_year(900, 30);
        let array = PvArray::open_rack(1.0);
        let on = |step_s: u32| {
            let axis = TimeAxis { start_unix_s: YEAR_2023, step_s, steps: 30 * 86_400 / step_s as usize };
            SolarResource::new(&weather, &axis).unwrap().ac_kw(array).unwrap()
        };
        let (quarters, hours) = (on(900), on(3600));
        for (hour, kw) in hours.iter().enumerate() {
            let mean = quarters[4 * hour..4 * hour + 4].iter().sum::<f64>() / 4.0;
            assert!((mean - kw).abs() < 1e-12);
        }
    }

    /// A civil year that begins an hour before the weather's, a leap year's end, a half-hour zone.
    #[test]
    fn a_typical_year_covers_a_day_more_at_either_end() {
        let weather = clear_year(3600, 365);
        let array = PvArray::open_rack(1.0);
        let start_unix_s = YEAR_2023 - 3600;
        let whole = TimeAxis { start_unix_s, step_s: 3600, steps: 8760 };
        let early = SolarResource::new(&weather, &whole).unwrap().ac_kw(array).unwrap();
        let plain = SolarResource::new(&weather, &TimeAxis { start_unix_s: YEAR_2023, ..whole }).unwrap();
        assert_eq!(early[1..], plain.ac_kw(array).unwrap()[..8759]);
        assert!(SolarResource::new(&weather, &TimeAxis { start_unix_s: YEAR_2023, steps: 8784, ..whole }).is_ok());
        assert!(SolarResource::new(&weather, &TimeAxis { start_unix_s: YEAR_2023 + 1800, ..whole }).is_ok());
        let outside = TimeAxis { start_unix_s: YEAR_2023, steps: 8785, ..whole };
        let problems = SolarResource::new(&weather, &outside).unwrap_err();
        assert!(problems.iter().any(|p| p.message == "is not covered by the weather"), "{problems}");
        let askew = TimeAxis { start_unix_s: YEAR_2023 + 7, ..whole };
        assert!(SolarResource::new(&weather, &askew).is_err());
    }

    #[test]
    fn trace_and_power_agree_to_the_bit_and_stay_within_the_rating() {
        let weather = clear_year(3600, 365);
        let axis = weather.axis();
        let resource = SolarResource::new(&weather, &axis).unwrap();
        let plant = PvPlant { dc_per_ac: 1.8, ..PvPlant::from(PvArray::open_rack(9.0)) };
        let (kw, trace) = (resource.ac_kw(&plant).unwrap(), resource.trace(&plant).unwrap());
        assert_eq!(kw, trace.ac_kw);
        assert!(kw.iter().all(|kw| (0.0..=plant.ac_kw()).contains(kw)));
        assert!(kw.iter().any(|kw| *kw == plant.ac_kw()), "nothing clipped");
        assert!(resource.ac_kw(PvArray::open_rack(-1.0)).is_err());
    }

    /// Two arrays that face alike are one of their sum, and an array turned to the west comes later.
    #[test]
    fn arrays_on_one_inverter_add_up_before_it() {
        let weather = clear_year(3600, 40);
        let resource = SolarResource::new(&weather, &weather.axis()).unwrap();
        let plant = |arrays: &[PvArray]| PvPlant { arrays: arrays.to_vec(), dc_per_ac: 1.6, ..PvPlant::default() };
        let [one, small, large] = [10.0, 4.0, 6.0].map(PvArray::open_rack);
        let whole = resource.ac_kw(plant(&[one])).unwrap();
        let parts = resource.ac_kw(plant(&[small, large])).unwrap();
        assert!(whole.iter().zip(&parts).all(|(a, b)| (a - b).abs() < 1e-12));
        // A shared inverter clips what two of their own would not: east and west do not peak together.
        let turned = |azimuth_deg| PvArray { azimuth_deg, tilt_deg: 40.0, ..PvArray::open_rack(5.0) };
        let alone = |array: PvArray| resource.ac_kw(plant(&[array])).unwrap().iter().sum::<f64>();
        let together: f64 = resource.ac_kw(plant(&[turned(90.0), turned(270.0)])).unwrap().iter().sum();
        assert!(together > alone(turned(90.0)) + alone(turned(270.0)), "they share what the other leaves");
        let per_kw = plant(&[small, large]).per_kw();
        assert!((per_kw.dc_kw() - 1.0).abs() < 1e-12);
        let tenth = resource.ac_kw(per_kw).unwrap();
        assert!(parts.iter().zip(&tenth).all(|(a, b)| (a - 10.0 * b).abs() < 1e-9));
    }

    /// At night, and where the light is too weak to start it, an inverter draws: by hand.
    #[test]
    fn an_inverter_draws_while_it_is_off() {
        let weather = clear_year(3600, 3);
        let resource = SolarResource::new(&weather, &weather.axis()).unwrap();
        let mut plant = PvPlant::from(PvArray::open_rack(11.5));
        plant.inverter.night_w_per_kw = 3.0;
        let (night, ac) = (resource.night_kw(&plant).unwrap(), resource.ac_kw(&plant).unwrap());
        for (night, ac) in night.iter().zip(&ac) {
            assert!((night - if *ac > 0.0 { 0.0 } else { 0.03 }).abs() < 1e-15, "{night} {ac}");
        }
        assert!(night.iter().filter(|kw| **kw > 0.0).count() >= 3 * 12);
    }

    #[test]
    fn losses_by_month_ask_for_months() {
        let weather = clear_year(3600, 60);
        let resource = SolarResource::new(&weather, &weather.axis()).unwrap();
        let mut array = PvArray::open_rack(1.0);
        let plain = resource.ac_kw(array).unwrap();
        array.losses.snow_by_month_percent = Some([100.0, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(resource.ac_kw(array).unwrap_err().iter().any(|p| p.message.contains("no months")));
        assert!(resource.clone().with_months(alloc::vec![0; 3]).is_err());
        let months = (0..1440).map(|hour| u8::from(hour >= 744)).collect();
        let snowy = resource.with_months(months).unwrap().ac_kw(array).unwrap();
        assert!(snowy[..744].iter().all(|kw| *kw == 0.0), "buried in January");
        assert!((744..1440).all(|hour| snowy[hour] <= 0.51 * plain[hour]), "half of it in February");
    }

    #[test]
    fn modules_lose_their_part_at_each_full_year() {
        let weather = clear_year(7200, 1096);
        let resource = SolarResource::new(&weather, &weather.axis()).unwrap();
        let old = PvPlant { degradation_percent_per_year: 1.0, ..PvPlant::default() };
        let (new, old) = (resource.trace(PvArray::default()).unwrap(), resource.trace(&old).unwrap());
        for (day, kept) in [(10, 1.0), (364, 1.0), (400, 0.99), (740, 0.98), (1095, 0.98)] {
            let noon = day * 12 + 5;
            assert!((old.dc_kw[noon] / new.dc_kw[noon] - kept).abs() < 1e-12, "day {day}");
        }
    }
}
