//! Thermal overload (ANSI 49): a body of one time constant heated by the square of the current.

use alloc::format;

use crate::Problems;

/// A thermal image.
///
/// # Model
/// τ·dθ/dt = (I / (k·I_r))² − θ, tripping at θ = 1 (IEC 60255-149, formerly 60255-8). Over a stretch of constant current the
/// solution is exact: θ(t) = q + (θ₀ − q)·e^{−t/τ} with q = (I / (k·I_r))², so that it trips after
/// t = τ·ln((q − θ₀) / (q − 1)) where q > 1.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ThermalImage {
    /// Rated current I_r of what it protects, A, above 0.
    pub rated_a: f64,
    /// k: multiple of the rated current that may flow for ever, 0.5 to 2; 1.05 by default.
    pub overload_factor: f64,
    /// τ, s, above 0.
    pub time_constant_s: f64,
}

impl ThermalImage {
    /// The image with k = 1.05.
    #[must_use]
    pub const fn new(rated_a: f64, time_constant_s: f64) -> Self {
        Self { rated_a, overload_factor: 1.05, time_constant_s }
    }

    /// The image in the end at a constant current; 1 trips.
    #[must_use]
    pub fn settled(&self, current_a: f64) -> f64 {
        let load = current_a / (self.overload_factor * self.rated_a);
        load * load
    }

    /// Time to trip at a constant current from an image, s; infinite where it never trips.
    #[must_use]
    pub fn left_s(&self, image: f64, current_a: f64) -> f64 {
        let settled = self.settled(current_a);
        match image {
            _ if image >= 1.0 => 0.0,
            _ if settled <= 1.0 => f64::INFINITY,
            _ => self.time_constant_s * libm::log((settled - image) / (settled - 1.0)),
        }
    }

    /// The image after a time at a constant current.
    #[must_use]
    pub fn after(&self, image: f64, current_a: f64, duration_s: f64) -> f64 {
        let settled = self.settled(current_a);
        settled + (image - settled) * libm::exp(-duration_s / self.time_constant_s)
    }

    pub(super) fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format!("{field}.rated_a"), self.rated_a, 1e-6, 1e9);
        problems.require_range(format!("{field}.overload_factor"), self.overload_factor, 0.5, 2.0);
        problems.require_range(format!("{field}.time_constant_s"), self.time_constant_s, 1e-3, 1e7);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// τ = 600 s, k = 1.05, twice the rated current: 193.47 s cold, 57.70 s after 0.9 of it.
    #[test]
    fn it_trips_at_the_closed_form() {
        let image = ThermalImage::new(100.0, 600.0);
        assert!((image.left_s(0.0, 200.0) - 193.47).abs() < 0.005, "{}", image.left_s(0.0, 200.0));
        assert!((image.left_s(image.settled(90.0), 200.0) - 57.70).abs() < 0.005);
        assert_eq!(image.left_s(0.5, 105.0), f64::INFINITY);
        let half = image.after(0.0, 200.0, 96.0);
        assert!((image.left_s(half, 200.0) + 96.0 - image.left_s(0.0, 200.0)).abs() < 1e-9);
    }
}
