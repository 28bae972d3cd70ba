//! Quantile functions: the value that a share of all values is below.

use super::gamma_function::{gamma_density, gamma_shares};
use super::incomplete_beta::{beta_density, beta_shares};
use super::inversion::{SMALLEST, invert};
use super::{Distribution, normal_cdf, normal_quantile};
use crate::Value;

impl Distribution {
    /// The value that the share `p` of all values is below; `p` in the open interval from 0 to 1.
    ///
    /// # Model
    /// Closed forms where there are ones (Johnson, Kotz, Balakrishnan, *Continuous Univariate Distributions*), the inverse
    /// of the distribution function for beta and gamma.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Value {
        match self {
            Self::Choice { values, weights } => chosen(values, weights, p),
            _ => Value::Number(self.number(p)),
        }
    }

    fn number(&self, p: f64) -> f64 {
        match *self {
            Self::Constant { value } => value,
            Self::Uniform { least, most } => between(least, most, p),
            Self::Normal { mean, deviation } => mean + deviation * normal_quantile(p),
            Self::TruncatedNormal { mean, deviation, least, most } => {
                let z = truncated((least - mean) / deviation, (most - mean) / deviation, p);
                (mean + deviation * z).clamp(least, most)
            }
            Self::Lognormal { median, log_deviation } => median * libm::exp(log_deviation * normal_quantile(p)),
            Self::Triangular { least, mode, most } => triangular(least, mode, most, p),
            Self::Beta { alpha, beta, least, most } => between(least, most, beta_quantile(alpha, beta, p)),
            Self::Pert { least, mode, most } => {
                let at = (mode - least) / (most - least);
                between(least, most, beta_quantile(1.0 + 4.0 * at, 1.0 + 4.0 * (1.0 - at), p))
            }
            Self::Exponential { mean } => -mean * libm::log1p(-p),
            Self::Weibull { scale, shape } => scale * libm::pow(-libm::log1p(-p), 1.0 / shape),
            Self::Gamma { shape, scale } => scale * gamma_quantile(shape, p),
            Self::Integers { least, most } => {
                let count = (most - least + 1) as f64;
                (least as f64 + (p * count).floor()).min(most as f64)
            }
            Self::Choice { .. } => f64::NAN, // Chosen above.
        }
    }
}

fn between(least: f64, most: f64, share: f64) -> f64 {
    (least + (most - least) * share).clamp(least, most)
}

/// Quantile of the standard normal distribution within `[low, high]`, by the tail in which its digits are.
fn truncated(low: f64, high: f64, p: f64) -> f64 {
    if low > 0.0 {
        return -truncated(-high, -low, 1.0 - p);
    }
    let (below, above) = (normal_cdf(low), normal_cdf(high));
    normal_quantile((below + p * (above - below)).clamp(SMALLEST, 1.0 - f64::EPSILON / 2.0))
}

fn triangular(least: f64, mode: f64, most: f64, p: f64) -> f64 {
    let width = most - least;
    if p * width < mode - least {
        least + libm::sqrt(p * width * (mode - least))
    } else {
        most - libm::sqrt((1.0 - p) * width * (most - mode))
    }
}

fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    invert(|x| beta_shares(a, b, x), |x| beta_density(a, b, x), p, (0.0, 1.0), a / (a + b))
}

fn gamma_quantile(a: f64, p: f64) -> f64 {
    // Wilson and Hilferty's cube is near; below it the leading term of the series is.
    let root = 1.0 - 1.0 / (9.0 * a) + normal_quantile(p) / (3.0 * libm::sqrt(a));
    let start = if root > 0.2 { a * root * root * root } else { libm::exp((libm::log(p) + libm::lgamma(a + 1.0)) / a) };
    let most = 10.0 * a + 800.0;
    invert(|x| gamma_shares(a, x), |x| gamma_density(a, x), p, (0.0, most), start.max(SMALLEST))
}

fn chosen(values: &[Value], weights: &[f64], p: f64) -> Value {
    let at = if weights.is_empty() {
        (p * values.len() as f64) as usize
    } else {
        let wanted = p * weights.iter().sum::<f64>();
        let sums = weights.iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        // The last of positive weight where rounding leaves the sum short.
        let last = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
        sums.take(last).take_while(|sum| *sum <= wanted).count()
    };
    values.get(at.min(values.len().saturating_sub(1))).cloned().unwrap_or(Value::Number(f64::NAN))
}
