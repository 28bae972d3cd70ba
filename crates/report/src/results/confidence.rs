//! Intervals: of a mean by Student's t, of a share by Wilson, and of a mean that may be looked at any number of times.

/// An interval of a number.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    pub(crate) fn around(middle: f64, half_width: f64) -> Self {
        Self { low: middle - half_width, high: middle + half_width }
    }

    /// Whether 0 lies outside.
    pub(crate) fn has_sign(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Half width of the `confidence` (in (0, 1)) interval of a mean in standard errors, with `degrees` degrees of freedom
/// (at least 1): the quantile of Student's t.
pub(crate) fn student_t(confidence: f64, degrees: u64) -> f64 {
    let tail = 0.5 * (1.0 - confidence);
    // P(T > t) = I_x(n/2, 1/2) / 2 with x = n / (n + t²) falls with t; halving finds t to the last bit.
    let n = degrees as f64;
    let above = |t: f64| 0.5 * incomplete_beta(0.5 * n, 0.5, n / (n + t * t));
    let (mut low, mut high) = (0.0, 1.0);
    while above(high) > tail {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if above(middle) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function I_x(a, b) by its continued fraction (Abramowitz and Stegun 26.5.8),
/// evaluated by Lentz's method.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x); // Where the fraction converges fast.
    }
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - log_beta) / a;
    let away_from_0 = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut c, mut d) = (1.0, 1.0 / away_from_0(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..1000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / away_from_0(1.0 + numerator * d);
            c = away_from_0(1.0 + numerator / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

/// The 95 % interval of the probability behind `hits` of `count` independent trials: Wilson's score interval (1927), which
/// keeps its coverage where hits are few (Brown, Cai, DasGupta 2001). `None` of no trials.
pub(crate) fn wilson(hits: u64, count: u64) -> Option<Interval> {
    if count == 0 {
        return None;
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (count as f64, hits as f64 / count as f64);
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * libm::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    // Rounding must not take the ends beyond what is certain.
    Some(Interval {
        low: if hits == 0 { 0.0 } else { middle - half },
        high: if hits == count { 1.0 } else { middle + half },
    })
}

/// Half width, in standard deviations, of an interval of a mean after `count` independent values that holds at all
/// counts at once with probability 1 − `alpha`: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha,
/// Kennedy and Ramdas (*Time-uniform central limit theory and asymptotic confidence sequences*, Annals of Statistics
/// 2024, theorem 2.2), narrowest about `tuned_for` values (their equation for ρ).
pub(crate) fn any_time_half_width(alpha: f64, count: u64, tuned_for: u64) -> f64 {
    let log = -2.0 * libm::log(alpha);
    let rho2 = (log + libm::log(log + 1.0)) / tuned_for as f64;
    let t = count as f64;
    let grown = t * rho2 + 1.0;
    libm::sqrt(2.0 * grown / (t * t * rho2) * libm::log(libm::sqrt(grown) / alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the table of Abramowitz and Stegun (26.10), three decimals, and for 1 degree the closed form
    /// tan(π·0.475).
    #[test]
    fn students_t_is_that_of_the_tables() {
        for (confidence, degrees, expected) in [
            (0.95, 2, 4.303),
            (0.95, 4, 2.776),
            (0.95, 9, 2.262),
            (0.95, 30, 2.042),
            (0.95, 120, 1.980),
            (0.90, 5, 2.015),
            (0.99, 10, 3.169),
        ] {
            let t = student_t(confidence, degrees);
            assert!((t - expected).abs() < 5e-4, "{confidence} {degrees}: {t}");
        }
        assert!((student_t(0.95, 1) - (std::f64::consts::PI * 0.475).tan()).abs() < 1e-9);
        assert!((student_t(0.95, 1_000_000) - 1.959_963_984_540_054).abs() < 1e-5);
    }

    /// Against the worked figures of Newcombe (*Statistics in Medicine* 17, 1998, table I, method 3).
    #[test]
    fn wilsons_interval_is_the_published_one() {
        for (hits, count, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let found = wilson(hits, count).unwrap();
            assert!((found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5, "{hits}/{count}: {found:?}");
        }
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(20, 20).unwrap().high, 1.0);
    }

    /// An interval that may be looked at any time is wider than one that is looked at once, by less than twice about
    /// the count it is tuned for.
    #[test]
    fn looking_always_costs_some_width() {
        for count in [100, 1_000, 10_000] {
            let ratio = any_time_half_width(0.05, count, 1_000) * (count as f64).sqrt() / 1.96;
            assert!((1.2..2.0).contains(&ratio), "{count}: {ratio}");
        }
    }
}
