//! How warm an oil-immersed transformer gets under a load that changes, and what life that takes.
//!
//! # Model
//! IEC 60076-7:2018, exponential equations. With the load factor K, the ambient temperature θ_a and the constants of
//! [`OilTransformer`]:
//! - Top oil: k₁₁τ_o·dθ_o/dt = Δθ_or·((1 + R·K²)/(1 + R))^x − (θ_o − θ_a).
//! - Hot spot above the oil: Δθ_h = Δθ_h1 − Δθ_h2, where k₂₂τ_w·dΔθ_h1/dt = k₂₁Δθ_hr·K^y − Δθ_h1 and
//!   (τ_o/k₂₂)·dΔθ_h2/dt = (k₂₁ − 1)Δθ_hr·K^y − Δθ_h2.
//! - Relative ageing of paper that is not thermally upgraded: V = 2^((θ_h − 98 °C)/6 K).
//!
//! Load and ambient temperature are constant within a step, so that the temperatures are exact sums of exponentials at any
//! step length. The life lost, ∫V dt, has no closed form: it is taken by Gauss and Legendre's rule of four points on parts
//! no longer than a quarter of the shortest time constant, which errs by less than 1e-7 of it (a test quarters the parts).
//!
//! The constants of [`OilTransformer::DISTRIBUTION`] are the standard's table for ONAN distribution transformers, as an open
//! implementation of it has them too (I. Daminov, `distribution_transformer.m`). Not modelled: moisture, oxygen, upgraded
//! paper, cold-start viscosity; dry-type transformers, whose table (IEC 60076-12) was not at hand to verify.

use crate::Problems;

/// Thermal constants of an oil-immersed transformer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OilTransformer {
    /// Δθ_or: top oil above ambient at rated load, K, above 0.
    pub oil_rise_c: f64,
    /// Δθ_hr: hot spot above top oil at rated current, K, above 0.
    pub gradient_c: f64,
    /// R: load loss at rated current over no-load loss, above 0.
    pub loss_ratio: f64,
    /// x, above 0.
    pub oil_exponent: f64,
    /// y, above 0.
    pub winding_exponent: f64,
    /// k₁₁, above 0.
    pub k11: f64,
    /// k₂₁, at least 1.
    pub k21: f64,
    /// k₂₂, above 0.
    pub k22: f64,
    /// τ_o, s, above 0.
    pub oil_time_constant_s: f64,
    /// τ_w, s, above 0.
    pub winding_time_constant_s: f64,
}

/// Temperatures at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OilTemperatures {
    /// Top oil, °C.
    pub top_oil_c: f64,
    /// Δθ_h1, K.
    pub fast_gradient_c: f64,
    /// Δθ_h2, K.
    pub slow_gradient_c: f64,
}

/// What a load did to a transformer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LoadingOutcome {
    /// Greatest hot-spot temperature at the steps' ends, °C.
    pub hot_spot_greatest_c: f64,
    /// Greatest top-oil temperature at the steps' ends, °C.
    pub top_oil_greatest_c: f64,
    /// Greatest load factor.
    pub load_greatest_pu: f64,
    /// Hours above rated load.
    pub overload_h: f64,
    /// Hours of the run.
    pub duration_h: f64,
    /// Hours of life at 98 °C that were lost.
    pub life_lost_h: f64,
}

/// The nodes and weights of Gauss and Legendre's rule of four points on [0, 1].
const NODES: [(f64, f64); 4] = [
    (0.069_431_844_202_973_71, 0.173_927_422_568_726_93),
    (0.330_009_478_207_571_87, 0.326_072_577_431_273_07),
    (0.669_990_521_792_428_1, 0.326_072_577_431_273_07),
    (0.930_568_155_797_026_3, 0.173_927_422_568_726_93),
];

impl OilTemperatures {
    /// The hot spot, °C.
    #[must_use]
    pub fn hot_spot_c(&self) -> f64 {
        self.top_oil_c + self.fast_gradient_c - self.slow_gradient_c
    }
}

impl OilTransformer {
    /// ONAN distribution transformers.
    pub const DISTRIBUTION: Self = Self {
        oil_rise_c: 55.0,
        gradient_c: 23.0,
        loss_ratio: 5.0,
        oil_exponent: 0.8,
        winding_exponent: 1.6,
        k11: 1.0,
        k21: 1.0,
        k22: 2.0,
        oil_time_constant_s: 180.0 * 60.0,
        winding_time_constant_s: 4.0 * 60.0,
    };

    /// The temperatures in the end under a constant load.
    #[must_use]
    pub fn settled(&self, load_pu: f64, ambient_c: f64) -> OilTemperatures {
        let losses = (1.0 + self.loss_ratio * load_pu * load_pu) / (1.0 + self.loss_ratio);
        let gradient_c = self.gradient_c * libm::pow(load_pu, self.winding_exponent);
        OilTemperatures {
            top_oil_c: ambient_c + self.oil_rise_c * libm::pow(losses, self.oil_exponent),
            fast_gradient_c: self.k21 * gradient_c,
            slow_gradient_c: (self.k21 - 1.0) * gradient_c,
        }
    }

    /// The temperatures after a time under a constant load, from where they are.
    #[must_use]
    pub fn after(&self, from: OilTemperatures, settled: OilTemperatures, duration_s: f64) -> OilTemperatures {
        let approach = |from: f64, to: f64, constant_s: f64| to + (from - to) * libm::exp(-duration_s / constant_s);
        OilTemperatures {
            top_oil_c: approach(from.top_oil_c, settled.top_oil_c, self.k11 * self.oil_time_constant_s),
            fast_gradient_c: approach(
                from.fast_gradient_c,
                settled.fast_gradient_c,
                self.k22 * self.winding_time_constant_s,
            ),
            slow_gradient_c: approach(
                from.slow_gradient_c,
                settled.slow_gradient_c,
                self.oil_time_constant_s / self.k22,
            ),
        }
    }

    /// Relative rate of ageing V at a hot spot; 1 at 98 °C.
    #[must_use]
    pub fn ageing_rate(hot_spot_c: f64) -> f64 {
        libm::exp2((hot_spot_c - 98.0) / 6.0)
    }

    /// Life lost in a stretch of constant load, hours.
    #[must_use]
    pub fn life_lost_h(&self, from: OilTemperatures, settled: OilTemperatures, duration_s: f64) -> f64 {
        self.life_lost_in_parts_h(from, settled, duration_s, 0.25)
    }

    fn life_lost_in_parts_h(
        &self,
        from: OilTemperatures,
        settled: OilTemperatures,
        duration_s: f64,
        share_of_constant: f64,
    ) -> f64 {
        let constants = [
            self.k11 * self.oil_time_constant_s,
            self.k22 * self.winding_time_constant_s,
            self.oil_time_constant_s / self.k22,
        ];
        let shortest_s = constants.into_iter().fold(f64::INFINITY, f64::min);
        let parts = libm::ceil(duration_s / (share_of_constant * shortest_s)).max(1.0);
        let part_s = duration_s / parts;
        let mut lost_s = 0.0;
        for part in 0..parts as u32 {
            for (node, weight) in NODES {
                let at_s = (f64::from(part) + node) * part_s;
                lost_s += weight * part_s * Self::ageing_rate(self.after(from, settled, at_s).hot_spot_c());
            }
        }
        lost_s / 3600.0
    }

    /// What a series of loads and ambient temperatures does, from the temperatures settled under the first. `at(step)` is the
    /// load factor and the ambient temperature, °C, of a step.
    #[must_use]
    pub fn run(&self, steps: usize, step_s: f64, at: impl Fn(usize) -> (f64, f64)) -> LoadingOutcome {
        let mut outcome = LoadingOutcome { duration_h: steps as f64 * step_s / 3600.0, ..LoadingOutcome::default() };
        if steps == 0 {
            return outcome;
        }
        let (load_pu, ambient_c) = at(0);
        let mut now = self.settled(load_pu, ambient_c);
        outcome.hot_spot_greatest_c = now.hot_spot_c();
        outcome.top_oil_greatest_c = now.top_oil_c;
        for step in 0..steps {
            let (load_pu, ambient_c) = at(step);
            let settled = self.settled(load_pu, ambient_c);
            outcome.life_lost_h += self.life_lost_h(now, settled, step_s);
            now = self.after(now, settled, step_s);
            outcome.hot_spot_greatest_c = outcome.hot_spot_greatest_c.max(now.hot_spot_c());
            outcome.top_oil_greatest_c = outcome.top_oil_greatest_c.max(now.top_oil_c);
            outcome.load_greatest_pu = outcome.load_greatest_pu.max(load_pu);
            outcome.overload_h += if load_pu > 1.0 { step_s / 3600.0 } else { 0.0 };
        }
        outcome
    }

    /// Problems of the constants as fields of `field`.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("oil_rise_c", self.oil_rise_c, 1.0, 200.0);
        range("gradient_c", self.gradient_c, 1.0, 200.0);
        range("loss_ratio", self.loss_ratio, 0.1, 100.0);
        range("oil_exponent", self.oil_exponent, 0.1, 3.0);
        range("winding_exponent", self.winding_exponent, 0.1, 3.0);
        range("k11", self.k11, 0.1, 10.0);
        range("k21", self.k21, 1.0, 10.0);
        range("k22", self.k22, 0.1, 10.0);
        range("oil_time_constant_s", self.oil_time_constant_s, 60.0, 1e6);
        range("winding_time_constant_s", self.winding_time_constant_s, 1.0, 1e5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: OilTransformer = OilTransformer::DISTRIBUTION;

    /// Rated load at 20 °C is 98 °C and ageing 1; 1.1 of it 109.363 °C and 3.716.
    #[test]
    fn settled_temperatures_are_the_standard_s() {
        let hot = |load_pu: f64| UNIT.settled(load_pu, 20.0).hot_spot_c();
        assert!((hot(1.0) - 98.0).abs() < 1e-9 && (OilTransformer::ageing_rate(hot(1.0)) - 1.0).abs() < 1e-9);
        assert!((hot(1.1) - 109.363).abs() < 5e-4, "{}", hot(1.1));
        assert!((OilTransformer::ageing_rate(hot(1.1)) - 3.716).abs() < 5e-4);
        let year = UNIT.run(24, 3600.0, |_| (1.0, 20.0));
        assert!((year.life_lost_h - 24.0).abs() < 1e-9 && year.overload_h == 0.0 && year.duration_h == 24.0);
    }

    /// The standard's difference equations, in steps of a second: the exponentials at hours agree to 0.05 K, the life to 0.5 %.
    #[test]
    fn the_difference_equations_of_the_standard_come_near() {
        let load = |hour: usize| [0.4, 0.5, 1.3, 1.4, 0.9, 0.3][hour % 6];
        let ambient = |hour: usize| [10.0, 15.0, 25.0, 30.0, 20.0, 12.0][hour % 6];
        // A power transformer's k₂₁ of 2 has the overshoot.
        for unit in [UNIT, OilTransformer { k11: 0.5, k21: 2.0, k22: 2.0, ..UNIT }] {
            let mut now = unit.settled(load(0), ambient(0));
            let mut slow = now;
            let (mut lost_h, mut greatest) = (0.0, 0.0f64);
            for hour in 0..24 {
                let settled = unit.settled(load(hour), ambient(hour));
                now = unit.after(now, settled, 3600.0);
                for _ in 0..3600 {
                    let step = |x: f64, to: f64, constant_s: f64| x + (to - x) / constant_s;
                    slow.top_oil_c = step(slow.top_oil_c, settled.top_oil_c, unit.k11 * unit.oil_time_constant_s);
                    slow.fast_gradient_c =
                        step(slow.fast_gradient_c, settled.fast_gradient_c, unit.k22 * unit.winding_time_constant_s);
                    slow.slow_gradient_c =
                        step(slow.slow_gradient_c, settled.slow_gradient_c, unit.oil_time_constant_s / unit.k22);
                    lost_h += OilTransformer::ageing_rate(slow.hot_spot_c()) / 3600.0;
                }
                assert!((slow.hot_spot_c() - now.hot_spot_c()).abs() < 0.05, "{hour}");
                greatest = greatest.max(now.hot_spot_c());
            }
            let outcome = unit.run(24, 3600.0, |hour| (load(hour), ambient(hour)));
            assert!((outcome.life_lost_h / lost_h - 1.0).abs() < 5e-3, "{} {lost_h}", outcome.life_lost_h);
            assert!((outcome.hot_spot_greatest_c - greatest).abs() < 1e-9 && outcome.overload_h == 8.0);
        }
    }

    /// Parts a quarter as long change the life by less than 1e-7; steps a quarter as long by no more.
    #[test]
    fn the_quadrature_errs_by_less_than_stated() {
        for (from, to) in [(0.0, 1.5), (1.5, 0.2), (0.5, 1.0), (1.0, 2.0)] {
            for duration_s in [60.0, 900.0, 3600.0, 86_400.0] {
                let (from, to) = (UNIT.settled(from, 20.0), UNIT.settled(to, 35.0));
                let [coarse, fine] = [0.25, 0.0625].map(|share| UNIT.life_lost_in_parts_h(from, to, duration_s, share));
                assert!((coarse / fine - 1.0).abs() < 1e-7, "{duration_s}: {coarse} {fine}");
            }
        }
        let load = |step: usize| 0.3 + (step % 24) as f64 / 20.0;
        let hourly = UNIT.run(48, 3600.0, |step| (load(step), 25.0));
        let quarterly = UNIT.run(192, 900.0, |step| (load(step / 4), 25.0));
        assert!((hourly.life_lost_h / quarterly.life_lost_h - 1.0).abs() < 1e-7);
        assert!((hourly.top_oil_greatest_c - quarterly.top_oil_greatest_c).abs() < 1e-9);
    }
}
