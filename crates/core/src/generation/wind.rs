//! A wind turbine: wind to power by a curve, compiled to a series before the loop, as solar arrays are.
//!
//! # Model
//! - **Height.** The wind of the weather stands at 10 m; at the hub it is `v·(h/10)^α` by the power law (Hellmann; α about
//!   0.14 over open land, 0.2 to 0.25 where it is built up) or `v·ln(h/z₀)/ln(10/z₀)` by the logarithmic law of a neutral
//!   atmosphere (z₀ roughness length: water 0.0002 m, open land 0.03 m, suburbs 0.4 m).
//! - **Density.** ρ = p / (287.05 · T), with the weather's pressure, or without one that of the standard atmosphere at the
//!   station's elevation, 101 325·(1 − 2.25577e−5·z)^5.25588 Pa (ICAO); brought to the hub by the standard atmosphere's
//!   6.5 K/km, `ρ·(1 − 0.0065·h/T)^4.25588`, about 1 % less per 100 m. A turbine that limits its power by pitch follows
//!   its curve at the wind `v·(ρ/1.225)^(1/3)`, one that stalls gives `ρ/1.225` of the curve's power (normalisation to
//!   the curve's density, IEC 61400-12-1).
//! - **Curve.** Straight between its points, 0 below the first and above the last.
//! - **Cut-out with hysteresis.** At `cut_out_m_per_s` and above it stands still, until the wind is below
//!   `restart_m_per_s`. That is a function of the wind alone, so no state is left for the loop. The hub's wind counts, not
//!   corrected for density.
//! - **Losses** (wake, availability, electrical, icing) take a share of the power.
//!
//! Wind is held over each interval of the weather: gusts within the hour are not modelled, and a step longer than the
//! weather's has the mean of the powers, not the power of the mean.

use alloc::format;
use alloc::vec::Vec;

use super::pv::{covers, resolution};
use super::{TimeAxis, Weather};
use crate::{Problem, Problems};

/// Height of the weather's wind, m.
const WEATHER_HEIGHT_M: f64 = 10.0;
/// Density that power curves are given at, kg/m³.
const CURVE_DENSITY_KG_PER_M3: f64 = 1.225;
/// Fall of the temperature with height in the standard atmosphere, K/m.
const LAPSE_K_PER_M: f64 = 0.0065;
/// Gas constant of dry air, J/(kg K).
const AIR_J_PER_KG_K: f64 = 287.05;

/// A point of a power curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindPoint {
    /// Wind at the hub, m/s.
    pub wind_m_per_s: f64,
    /// Power at that wind, kW.
    pub power_kw: f64,
}

/// How a turbine limits its power in strong wind, and so how the density of the air acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PowerControl {
    /// The blades turn: thin air shifts the curve to stronger wind.
    #[default]
    Pitch,
    /// The flow stalls: thin air lowers the whole curve.
    Stall,
}

/// How the wind grows with height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shear {
    /// By a power of the height.
    Power {
        /// Exponent α, 0 to 1.
        exponent: f64,
    },
    /// By the logarithm of the height over the ground's roughness.
    Log {
        /// Roughness length z₀ in m, 0.0001 to 2.
        roughness_m: f64,
    },
}

impl Default for Shear {
    /// The power law over open land.
    fn default() -> Self {
        Self::Power { exponent: 0.14 }
    }
}

impl Shear {
    /// Wind at a height over the weather's, at 10 m.
    fn factor(&self, height_m: f64) -> f64 {
        match *self {
            Self::Power { exponent } => libm::pow(height_m / WEATHER_HEIGHT_M, exponent),
            // Below its roughness there is no wind.
            Self::Log { roughness_m } => {
                (libm::log(height_m / roughness_m) / libm::log(WEATHER_HEIGHT_M / roughness_m)).max(0.0)
            }
        }
    }
}

/// A wind turbine, seen at its AC terminals.
#[derive(Debug, Clone, PartialEq)]
pub struct WindTurbine {
    /// The power curve: at least two points, winds ascending from 0 to 60 m/s, powers 0 to 1e6 kW.
    pub curve: Vec<WindPoint>,
    /// Height of the hub above ground in m, 1 to 300.
    pub hub_height_m: f64,
    /// How the wind grows with height; the power law with 0.14 by default.
    pub shear: Shear,
    /// Wind at which it stops in m/s, 5 to 60; 25 by default.
    pub cut_out_m_per_s: f64,
    /// Wind below which it starts again in m/s, 0 to `cut_out_m_per_s`; 22 by default.
    pub restart_m_per_s: f64,
    /// How it limits its power.
    pub control: PowerControl,
    /// Losses by name.
    pub losses: WindLosses,
}

/// What is lost between the curve and the AC terminals, each in percent of what the ones before leave, 0 to 99; 0 by
/// default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WindLosses {
    /// Of other turbines upwind.
    pub wake_percent: f64,
    /// Outages and repairs, as a yearly mean.
    pub availability_percent: f64,
    /// Cables and transformer.
    pub electrical_percent: f64,
    /// Ice and dirt on the blades, as a yearly mean.
    pub icing_percent: f64,
}

impl WindLosses {
    const fn by_name(&self) -> [(&'static str, f64); 4] {
        let Self { wake_percent, availability_percent, electrical_percent, icing_percent } = *self;
        [
            ("wake_percent", wake_percent),
            ("availability_percent", availability_percent),
            ("electrical_percent", electrical_percent),
            ("icing_percent", icing_percent),
        ]
    }

    /// The share that is left.
    fn kept(&self) -> f64 {
        self.by_name().iter().map(|(_, percent)| 1.0 - percent / 100.0).product()
    }
}

impl WindTurbine {
    /// A pitch-controlled turbine over open land without losses.
    #[must_use]
    pub fn new(curve: Vec<WindPoint>, hub_height_m: f64) -> Self {
        Self {
            curve,
            hub_height_m,
            shear: Shear::default(),
            cut_out_m_per_s: 25.0,
            restart_m_per_s: 22.0,
            control: PowerControl::Pitch,
            losses: WindLosses::default(),
        }
    }

    /// The curve of a small turbine from three winds: `P/P_r = (v³ − v_i³)/(v_r³ − v_i³)` between cut-in and rated wind,
    /// rated power from there to 60 m/s, in steps of about half a metre a second. A sketch for want of a maker's curve:
    /// cubic, as the power of the wind is.
    #[must_use]
    pub fn cubic_curve(rating_kw: f64, cut_in_m_per_s: f64, rated_m_per_s: f64) -> Vec<WindPoint> {
        let cube = |v: f64| v * v * v;
        let span = rated_m_per_s - cut_in_m_per_s;
        let parts = libm::ceil(span * 2.0).clamp(1.0, 120.0) as usize;
        let rising = (0..=parts).map(|i| {
            let wind_m_per_s = cut_in_m_per_s + span * (i as f64 / parts as f64);
            let share = (cube(wind_m_per_s) - cube(cut_in_m_per_s)) / (cube(rated_m_per_s) - cube(cut_in_m_per_s));
            WindPoint { wind_m_per_s, power_kw: rating_kw * share }
        });
        rising.chain([WindPoint { wind_m_per_s: 60.0, power_kw: rating_kw }]).collect()
    }

    /// Adds a problem for each impossible value; `field` is the path of this turbine, such as `wind`.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("hub_height_m", self.hub_height_m, 1.0, 300.0);
        match self.shear {
            Shear::Power { exponent } => range("shear_exponent", exponent, 0.0, 1.0),
            Shear::Log { roughness_m } => range("roughness_m", roughness_m, 0.0001, 2.0),
        }
        range("cut_out_m_per_s", self.cut_out_m_per_s, 5.0, 60.0);
        range("restart_m_per_s", self.restart_m_per_s, 0.0, self.cut_out_m_per_s);
        for (name, percent) in self.losses.by_name() {
            range(&format!("losses.{name}"), percent, 0.0, 99.0);
        }
        for (i, point) in self.curve.iter().enumerate() {
            range(&format!("curve[{i}].wind_m_per_s"), point.wind_m_per_s, 0.0, 60.0);
            range(&format!("curve[{i}].power_kw"), point.power_kw, 0.0, 1e6);
        }
        if self.curve.len() < 2 {
            let few = Problem::new(format!("{field}.curve"), "has too few points").value(self.curve.len());
            problems.push(few.allowed("two points or more, such as those at cut-in and at rated wind"));
        }
        if let Some(i) = self.curve.windows(2).position(|pair| pair[1].wind_m_per_s <= pair[0].wind_m_per_s) {
            let point = Problem::new(format!("{field}.curve[{}].wind_m_per_s", i + 1), "is not above the one before");
            problems.push(point.value(self.curve[i + 1].wind_m_per_s).hint("order the points by wind"));
        }
    }

    /// Power at a wind on the curve, kW.
    fn on_curve_kw(&self, wind_m_per_s: f64) -> f64 {
        let after = self.curve.partition_point(|point| point.wind_m_per_s <= wind_m_per_s);
        match (after.checked_sub(1).map(|i| self.curve[i]), self.curve.get(after)) {
            (Some(low), Some(high)) => {
                let share = (wind_m_per_s - low.wind_m_per_s) / (high.wind_m_per_s - low.wind_m_per_s);
                low.power_kw + share * (high.power_kw - low.power_kw)
            }
            (Some(last), None) if wind_m_per_s == last.wind_m_per_s => last.power_kw,
            _ => 0.0,
        }
    }

    /// Power at a wind at the hub in air of a density there, cut-out and losses left out, kW.
    fn power_kw(&self, wind_m_per_s: f64, density_kg_per_m3: f64) -> f64 {
        let thin = density_kg_per_m3 / CURVE_DENSITY_KG_PER_M3;
        match self.control {
            PowerControl::Pitch => self.on_curve_kw(wind_m_per_s * libm::cbrt(thin)),
            PowerControl::Stall => thin * self.on_curve_kw(wind_m_per_s),
        }
    }
}

/// Wind and density of the air on a scenario's axis of time, worked out once for all turbines of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct WindResource {
    steps: usize,
    per_step: usize,
    /// One row for each fine step, in the order of time.
    rows: Vec<WindRow>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct WindRow {
    wind_m_per_s: f64,
    /// At the station.
    density_kg_per_m3: f64,
    kelvin: f64,
}

impl WindRow {
    /// Density at a height above the station.
    ///
    /// `(1 − x)^4.25588` by its series to the cube: x is at most 0.01, the term left out 2e-9.
    fn density_at(&self, height_m: f64) -> f64 {
        const EXPONENT: f64 = 4.255_88;
        let x = LAPSE_K_PER_M * height_m / self.kelvin;
        let cubic = (EXPONENT - 2.0) / 3.0 * x;
        self.density_kg_per_m3 * (1.0 - EXPONENT * x * (1.0 - (EXPONENT - 1.0) / 2.0 * x * (1.0 - cubic)))
    }
}

impl WindResource {
    /// Places `weather` on `axis`, at the resolution and with the coverage of
    /// [`SolarResource`](super::pv::SolarResource).
    ///
    /// # Errors
    /// As [`SolarResource::new`](super::pv::SolarResource::new).
    pub fn new(weather: &Weather, axis: &TimeAxis) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        weather.check("weather", &mut problems);
        axis.check("axis", &mut problems);
        problems.or_else(|| ())?;
        let fine_s = resolution(weather, axis)?;
        covers(weather, axis)?;
        let per_step = (i64::from(axis.step_s) / fine_s) as usize;
        let intervals = weather.wind_m_per_s.len() as i64;
        let standard_pa = standard_pressure_pa(weather.location.elevation_m);
        let rows = (0..(axis.steps * per_step) as i64).map(|fine| {
            let time_s = axis.start_unix_s + fine * fine_s - weather.start_unix_s;
            let row = time_s.div_euclid(i64::from(weather.step_s)).rem_euclid(intervals) as usize;
            let pressure_pa = weather.pressure_pa.as_ref().map_or(standard_pa, |pressure| pressure[row]);
            let kelvin = weather.temperature_c[row] + 273.15;
            WindRow {
                wind_m_per_s: weather.wind_m_per_s[row],
                density_kg_per_m3: pressure_pa / (AIR_J_PER_KG_K * kelvin),
                kelvin,
            }
        });
        Ok(Self { steps: axis.steps, per_step, rows: rows.collect() })
    }

    /// Mean power of `turbine` in each step of the axis, kW, at least 0.
    ///
    /// # Errors
    /// Impossible values of the turbine, all at once, under the path `wind`.
    ///
    /// # Examples
    /// ```
    /// use microgrid_core::generation::{Location, TimeAxis, Weather, WindResource, WindTurbine};
    ///
    /// let winds = [2.0, 6.0, 20.0, 26.0];
    /// let zeros = vec![0.0; 4];
    /// let weather = Weather {
    ///     location: Location::default(),
    ///     start_unix_s: 0,
    ///     step_s: 3600,
    ///     ghi_w_per_m2: zeros.clone(),
    ///     dni_w_per_m2: zeros.clone(),
    ///     dhi_w_per_m2: zeros,
    ///     temperature_c: vec![15.0; 4],
    ///     wind_m_per_s: winds.to_vec(),
    ///     pressure_pa: None,
    /// };
    /// let resource = WindResource::new(&weather, &TimeAxis { start_unix_s: 0, step_s: 3600, steps: 4 })?;
    /// let turbine = WindTurbine::new(WindTurbine::cubic_curve(100.0, 3.0, 12.0), 10.0);
    /// let kw = resource.power_kw(&turbine)?;
    /// assert_eq!((kw[0], kw[3]), (0.0, 0.0), "below cut-in, and cut out");
    /// assert!((kw[2] - 100.0).abs() < 1e-9 && (10.0..14.0).contains(&kw[1]), "{kw:?}");
    /// # Ok::<(), microgrid_core::Problems>(())
    /// ```
    pub fn power_kw(&self, turbine: &WindTurbine) -> Result<Vec<f64>, Problems> {
        let mut problems = Problems::none();
        turbine.check("wind", &mut problems);
        problems.or_else(|| ())?;
        let to_hub = turbine.shear.factor(turbine.hub_height_m);
        let part = turbine.losses.kept() / self.per_step as f64;
        let mut is_out = false;
        let mut power_kw = alloc::vec![0.0; self.steps];
        for (i, row) in self.rows.iter().enumerate() {
            let wind_m_per_s = row.wind_m_per_s * to_hub;
            is_out = wind_m_per_s >= turbine.cut_out_m_per_s || (is_out && wind_m_per_s >= turbine.restart_m_per_s);
            if !is_out {
                let density_kg_per_m3 = row.density_at(turbine.hub_height_m);
                power_kw[i / self.per_step] += part * turbine.power_kw(wind_m_per_s, density_kg_per_m3);
            }
        }
        Ok(power_kw)
    }
}

/// Pressure of the ICAO standard atmosphere, Pa.
fn standard_pressure_pa(elevation_m: f64) -> f64 {
    101_325.0 * libm::pow(1.0 - 2.255_77e-5 * elevation_m, 5.255_88)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::Location;
    use alloc::vec;

    fn weather(wind_m_per_s: Vec<f64>, temperature_c: f64, pressure_pa: Option<f64>) -> Weather {
        let zeros = vec![0.0; wind_m_per_s.len()];
        Weather {
            location: Location::default(),
            start_unix_s: 0,
            step_s: 3600,
            ghi_w_per_m2: zeros.clone(),
            dni_w_per_m2: zeros.clone(),
            dhi_w_per_m2: zeros.clone(),
            temperature_c: vec![temperature_c; zeros.len()],
            pressure_pa: pressure_pa.map(|pressure| vec![pressure; zeros.len()]),
            wind_m_per_s,
        }
    }

    fn power_kw(weather: &Weather, step_s: u32, turbine: &WindTurbine) -> Vec<f64> {
        let seconds = weather.wind_m_per_s.len() * 3600;
        let axis = TimeAxis { start_unix_s: 0, step_s, steps: seconds / step_s as usize };
        WindResource::new(weather, &axis).unwrap().power_kw(turbine).unwrap()
    }

    fn turbine() -> WindTurbine {
        WindTurbine::new(WindTurbine::cubic_curve(100.0, 3.0, 12.0), 10.0)
    }

    /// ICAO Doc 7488: 1.225 kg/m³ at sea level and 15 °C, 89 874.6 Pa at 1000 m.
    #[test]
    fn the_standard_atmosphere() {
        assert!((standard_pressure_pa(1000.0) - 89_874.6).abs() < 2.0, "{}", standard_pressure_pa(1000.0));
        let resource =
            WindResource::new(&weather(vec![5.0], 15.0, None), &TimeAxis { start_unix_s: 0, step_s: 3600, steps: 1 });
        assert!((resource.unwrap().rows[0].density_kg_per_m3 - 1.225).abs() < 1e-4);
    }

    #[test]
    fn it_stops_at_the_cut_out_and_starts_again_below_the_restart() {
        let winds = vec![24.9, 25.0, 24.0, 22.0, 21.9, 24.0, 30.0, 22.5];
        let runs: Vec<bool> =
            power_kw(&weather(winds, 15.0, None), 3600, &turbine()).iter().map(|kw| *kw > 0.0).collect();
        assert_eq!(runs, [true, false, false, false, true, true, false, false]);
    }

    #[test]
    fn losses_multiply() {
        let losses =
            WindLosses { wake_percent: 10.0, availability_percent: 5.0, electrical_percent: 2.0, icing_percent: 1.0 };
        let [whole, less] = [WindLosses::default(), losses]
            .map(|losses| power_kw(&weather(vec![9.0], 15.0, None), 3600, &WindTurbine { losses, ..turbine() })[0]);
        assert!((less / whole - 0.9 * 0.95 * 0.98 * 0.99).abs() < 1e-12);
    }

    #[test]
    fn wind_grows_with_height_by_the_power_law() {
        let high = WindTurbine { hub_height_m: 80.0, shear: Shear::Power { exponent: 0.2 }, ..turbine() };
        let [kw] = power_kw(&weather(vec![5.0], 15.0, None), 3600, &high)[..] else { panic!() };
        let air =
            WindRow { wind_m_per_s: 5.0, density_kg_per_m3: 101_325.0 / (AIR_J_PER_KG_K * 288.15), kelvin: 288.15 };
        let expected = turbine().power_kw(5.0 * libm::pow(8.0, 0.2), air.density_at(80.0));
        assert!((kw - expected).abs() < 1e-9 && kw > 2.0 * turbine().on_curve_kw(5.0));
    }

    /// windpowerlib's test of its logarithmic law (`test_logarithmic_profile`): 5.0 and 6.5 m/s at 10 m, roughness 0.15 m,
    /// hub at 100 m.
    #[test]
    fn wind_grows_with_height_by_the_logarithmic_law() {
        let factor = Shear::Log { roughness_m: 0.15 }.factor(100.0);
        assert!((5.0 * factor - 7.741_365_2).abs() < 1e-6 && (6.5 * factor - 10.063_774_8).abs() < 1e-6, "{factor}");
        assert_eq!(Shear::Log { roughness_m: 2.0 }.factor(1.0), 0.0);
    }

    /// windpowerlib's test of its ideal-gas density: 101 125 and 101 000 Pa at the ground, 267 and 268 K at the hub at
    /// 100 m. It takes a straight fall of the pressure, 0.125 Pa/cm: hence a third of a thousandth.
    #[test]
    fn density_falls_with_height() {
        for (ground_pa, hub_kelvin, expected) in [(101_125.0, 267.0, 1.303_094_39), (101_000.0, 268.0, 1.296_579_93)] {
            let kelvin = hub_kelvin + 0.65;
            let row = WindRow { wind_m_per_s: 0.0, density_kg_per_m3: ground_pa / (AIR_J_PER_KG_K * kelvin), kelvin };
            let found = row.density_at(100.0);
            assert!((found / expected - 1.0).abs() < 4e-4, "{found}");
        }
        let row = WindRow { wind_m_per_s: 0.0, density_kg_per_m3: 1.225, kelvin: 288.15 };
        let exact = 1.225 * libm::pow(1.0 - 0.0065 * 300.0 / 288.15, 4.255_88);
        assert!((row.density_at(300.0) - exact).abs() < 1e-8, "{} {exact}", row.density_at(300.0));
    }

    /// Below rated wind a cubic curve has the power of the wind, so thin air takes the same share by either control;
    /// at rated wind pitch holds the power.
    #[test]
    fn thin_air_gives_less() {
        let curve = vec![
            WindPoint { wind_m_per_s: 0.0, power_kw: 0.0 },
            WindPoint { wind_m_per_s: 10.0, power_kw: 100.0 },
            WindPoint { wind_m_per_s: 30.0, power_kw: 100.0 },
        ];
        let of = |control, wind| {
            let turbine =
                WindTurbine { control, shear: Shear::Power { exponent: 0.0 }, ..WindTurbine::new(curve.clone(), 1.0) };
            // 0.98 kg/m³, eight tenths of the curve's: 80 000 Pa and 11.24 °C.
            // The hub stands as low as a hub may, so that its height hardly thins the air.
            let kelvin = 80_000.0 / (AIR_J_PER_KG_K * 0.98);
            power_kw(&weather(vec![wind], kelvin - 273.15, Some(80_000.0)), 3600, &turbine)[0]
        };
        assert!((of(PowerControl::Stall, 5.0) - 40.0).abs() < 1e-2);
        assert!((of(PowerControl::Pitch, 5.0) - 50.0 * libm::cbrt(0.8)).abs() < 1e-2);
        assert!((of(PowerControl::Stall, 20.0) - 80.0).abs() < 1e-2);
        assert!((of(PowerControl::Pitch, 20.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn energy_is_the_same_at_any_step() {
        let winds: Vec<f64> = (0..48).map(|hour| 4.0 + f64::from(hour * 37 % 23)).collect();
        let weather = weather(winds, 10.0, None);
        let kwh = |step_s: u32| power_kw(&weather, step_s, &turbine()).iter().sum::<f64>() * f64::from(step_s) / 3600.0;
        for step_s in [900, 1800, 7200, 14_400] {
            assert!((kwh(step_s) - kwh(3600)).abs() < 1e-9 * kwh(3600), "{step_s}");
        }
    }

    /// Mean power in wind of a Weibull distribution against Simpson's rule over its density: the textbook's capacity
    /// factor, from drawn hours. The tolerance is four times the standard error of the mean.
    #[test]
    fn weibull_winds_give_the_mean_of_their_distribution() {
        let (shape, scale) = (2.0, 8.0);
        let turbine = WindTurbine { cut_out_m_per_s: 60.0, restart_m_per_s: 60.0, ..turbine() };
        let hours = 20_000;
        // Quantiles in an order that cut-out cannot tell: the mean needs no chance.
        let quantile = |i: usize| scale * libm::pow(-libm::log(1.0 - (i as f64 + 0.5) / hours as f64), 1.0 / shape);
        let run = power_kw(&weather((0..hours).map(quantile).collect(), 15.0, Some(101_325.0)), 3600, &turbine);
        let mean = run.iter().sum::<f64>() / hours as f64;
        let density =
            |v: f64| (shape / scale) * libm::pow(v / scale, shape - 1.0) * libm::exp(-libm::pow(v / scale, shape));
        let air =
            WindRow { wind_m_per_s: 0.0, density_kg_per_m3: 101_325.0 / (AIR_J_PER_KG_K * 288.15), kelvin: 288.15 };
        let (parts, most) = (4000, 40.0);
        let width = most / parts as f64;
        let integral: f64 = (0..=parts)
            .map(|i| {
                let weight = if i == 0 || i == parts { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
                let v = i as f64 * width;
                weight * density(v) * turbine.power_kw(v, air.density_at(10.0))
            })
            .sum::<f64>()
            * width
            / 3.0;
        assert!((mean - integral).abs() < 1e-3 * integral, "{mean} against {integral}");
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let point = |wind_m_per_s, power_kw| WindPoint { wind_m_per_s, power_kw };
        let bad = WindTurbine {
            hub_height_m: 0.0,
            restart_m_per_s: 26.0,
            losses: WindLosses { icing_percent: f64::NAN, ..WindLosses::default() },
            ..WindTurbine::new(vec![point(5.0, -1.0), point(5.0, 3.0)], 10.0)
        };
        let mut problems = Problems::none();
        bad.check("wind", &mut problems);
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        let expected =
            ["hub_height_m", "restart_m_per_s", "losses.icing_percent", "curve[0].power_kw", "curve[1].wind_m_per_s"];
        assert_eq!(fields, expected.map(|name| format!("wind.{name}")));
    }
}
