//! Numbers known to lie between two others: every operation rounds outwards, so that the true result lies between too.

use std::ops::{Add, Mul, Sub};

/// An interval of reals with ends in f64. An end that is NaN makes later ends NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    pub(crate) const ZERO: Self = Self::exactly(0.0);

    pub(crate) const fn exactly(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// One step outwards: rounding to nearest errs by less.
    fn outwards(low: f64, high: f64) -> Self {
        Self { low: low.next_down(), high: high.next_up() }
    }

    /// Where `value × x` may lie at its least over `x` in `[lower, upper]`: as the minimum of a linear function it is
    /// at an end.
    pub(crate) fn least_product(self, lower: f64, upper: f64) -> Self {
        let (a, b) = (self * Self::exactly(lower), self * Self::exactly(upper));
        if a.low.is_nan() || b.low.is_nan() {
            return Self::exactly(f64::NAN);
        }
        Self { low: a.low.min(b.low), high: a.high.min(b.high) }
    }
}

impl Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        // Adding nothing is exact, and common.
        if other == Self::ZERO {
            return self;
        }
        Self::outwards(self.low + other.low, self.high + other.high)
    }
}

impl Sub for Interval {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { low: -other.high, high: -other.low }
    }
}

impl Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        if self == Self::ZERO || other == Self::ZERO {
            return Self::ZERO;
        }
        let ends = [self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high];
        if ends.iter().any(|end| end.is_nan()) {
            return Self::exactly(f64::NAN);
        }
        Self::outwards(
            ends.into_iter().fold(f64::INFINITY, f64::min),
            ends.into_iter().fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_true_sum_lies_inside() {
        // Ten times a tenth is not one in f64; a tenth itself is 0.1 + 5.55e-18.
        let tenth = Interval::exactly(0.1);
        let sum = (0..10).fold(Interval::ZERO, |sum, _| sum + tenth);
        assert!(sum.low < 1.0 && sum.high > 1.0 + 5.5e-17 && sum.high - sum.low < 1e-14, "{sum:?}");
        let cancelled = sum - Interval::exactly(1.0);
        assert!(cancelled.low < 0.0 && cancelled.high > 5.5e-17);
    }

    #[test]
    fn a_product_is_least_at_an_end() {
        let price = Interval { low: -0.1, high: 0.2 };
        let least = price.least_product(-3.0, 5.0);
        assert!(least.low <= -0.6 && least.low > -0.6 - 1e-12, "{least:?}");
        assert_eq!(Interval::exactly(2.0).least_product(0.0, 5.0).low, 0.0);
        assert!(Interval::exactly(f64::NAN).least_product(0.0, 1.0).low.is_nan());
    }
}
