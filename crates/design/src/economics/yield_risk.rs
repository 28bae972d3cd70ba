//! What a yield is exceeded with: P50, P75, P90 of a bank's reading.

use microgrid_sweep::Distribution;

/// The yearly yield that is exceeded with probability `exceedance` in (0, 1), of a mean (P50) and a relative standard
/// deviation, the yield being normal: P90 is `exceeded_with(0.9, …)`. Independent sources of uncertainty add in squares.
///
/// # Examples
/// ```
/// let p90_kwh = microgrid_design::economics::exceeded_with(0.9, 1_000_000.0, 0.06);
/// assert!((p90_kwh - 923_107.0).abs() < 1.0);
/// ```
#[must_use]
pub fn exceeded_with(exceedance: f64, mean: f64, relative_deviation: f64) -> f64 {
    let standard = Distribution::Normal { mean: 0.0, deviation: 1.0 };
    let quantile = standard.quantile(1.0 - exceedance).number().expect("a normal value is a number");
    mean * (1.0 + relative_deviation * quantile)
}
