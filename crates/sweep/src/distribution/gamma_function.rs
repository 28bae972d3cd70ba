//! The regularised incomplete gamma function.

use super::inversion::SMALLEST;

/// P(a, x) and Q(a, x) = 1 − P, the shares of a gamma variable of shape `a` and scale 1 that are below and above `x`; the
/// smaller one keeps its digits.
///
/// # Model
/// For x < a + 1 the series x^a e^−x / Γ(a + 1) · Σ x^n / ((a + 1) … (a + n)), else 1 − Q with Legendre's continued
/// fraction (Abramowitz and Stegun 6.5.29 and 6.5.31) by Lentz's method.
pub(super) fn gamma_shares(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (sum * scale, 1.0 - sum * scale);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / SMALLEST;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let step = -i * (i - a);
        b += 2.0;
        d = 1.0 / away_from_zero(step * d + b);
        c = away_from_zero(b + step / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (1.0 - scale * fraction, scale * fraction)
}

/// Density of a gamma variable of shape `a` and scale 1 at `x` above 0.
pub(super) fn gamma_density(a: f64, x: f64) -> f64 {
    libm::exp((a - 1.0) * libm::log(x) - x - libm::lgamma(a))
}

pub(super) fn away_from_zero(value: f64) -> f64 {
    if value.abs() < SMALLEST { SMALLEST } else { value }
}
