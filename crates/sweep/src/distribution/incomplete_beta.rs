//! The regularised incomplete beta function.

use super::gamma_function::away_from_zero;

/// I_x(a, b) and 1 − I_x, the shares of a beta variable that are below and above `x` in [0, 1]; the smaller one keeps its
/// digits.
///
/// # Model
/// The continued fraction of Abramowitz and Stegun 26.5.8 by Lentz's method, for x beyond the mean by the symmetry
/// I_x(a, b) = 1 − I_(1−x)(b, a).
pub(super) fn beta_shares(a: f64, b: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let scale = libm::exp(log_scale(a, b) + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        let below = scale / a * fraction(a, b, x);
        (below, 1.0 - below)
    } else {
        let above = scale / b * fraction(b, a, 1.0 - x);
        (1.0 - above, above)
    }
}

/// Density of a beta variable at `x` in (0, 1).
pub(super) fn beta_density(a: f64, b: f64, x: f64) -> f64 {
    libm::exp(log_scale(a, b) + (a - 1.0) * libm::log(x) + (b - 1.0) * libm::log1p(-x))
}

fn log_scale(a: f64, b: f64) -> f64 {
    libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for step in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + step * d);
            c = away_from_zero(1.0 + step / c);
            value *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}
