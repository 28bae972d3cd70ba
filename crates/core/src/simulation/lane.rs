//! Lanes: L scenarios side by side, one number of each in an array.

use alloc::sync::Arc;

use crate::Series;

/// One number of each of L scenarios, on a cache line of its own: eight lanes are one 64-byte register, and one that
/// straddles two lines costs the march a third.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(crate) struct Lane<const L: usize>(pub(crate) [f64; L]);

impl<const L: usize> Lane<L> {
    pub(crate) const ZERO: Self = Self([0.0; L]);

    /// The number of each scenario, from what stands for it.
    pub(crate) fn of<T>(scenarios: [T; L], number: impl FnMut(T) -> f64) -> Self {
        Self(scenarios.map(number))
    }
}

impl<const L: usize> core::ops::Deref for Lane<L> {
    type Target = [f64; L];
    #[inline(always)]
    fn deref(&self) -> &[f64; L] {
        &self.0
    }
}

impl<const L: usize> core::ops::DerefMut for Lane<L> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f64; L] {
        &mut self.0
    }
}

/// Reads one value of each lane at a step, in the cheapest way that the lanes' series allow.
///
/// Interleaving differing series instead cost 17 ns a step where the whole march takes 13.
#[derive(Debug)]
pub(crate) enum Row<const L: usize> {
    /// Constant in every lane.
    Constant(Lane<L>),
    /// All lanes share one series.
    Shared(Arc<[f64]>),
    /// Each lane has its own series.
    Own([Arc<[f64]>; L]),
}

impl<const L: usize> Row<L> {
    /// The row of L series of the same kind.
    pub(crate) fn pack(series: [&Series; L]) -> Self {
        if let Series::Constant(_) = series[0] {
            return Self::Constant(Lane::of(series, |s| s.at(0)));
        }
        let steps = series.map(|s| match s {
            Series::Steps(values) => values,
            Series::Constant(_) => unreachable!("lanes of one block have series of the same kind"),
        });
        Self::of_steps(steps)
    }

    /// The row of L series of equal length.
    pub(crate) fn of_steps(steps: [&Arc<[f64]>; L]) -> Self {
        let shared = steps.iter().all(|s| Arc::ptr_eq(s, steps[0]));
        if shared { Self::Shared(steps[0].clone()) } else { Self::Own(steps.map(Arc::clone)) }
    }

    /// Whether the value of any lane is 0 at `step`.
    #[inline(always)]
    pub(crate) fn has_zero(&self, step: usize) -> bool {
        match self {
            Self::Constant(values) => values.contains(&0.0),
            Self::Shared(values) => values[step] == 0.0,
            Self::Own(steps) => steps.iter().any(|values| values[step] == 0.0),
        }
    }

    /// The values at `step`.
    #[inline(always)]
    pub(crate) fn at(&self, step: usize) -> Lane<L> {
        match self {
            Self::Constant(values) => *values,
            Self::Shared(values) => Lane([values[step]; L]),
            Self::Own(steps) => {
                // A plain loop: `map` is not inlined for eight lanes, and its call costs every register. Through memory,
                // or the pieces in which it is gathered would cut the other two kinds in pieces too.
                let mut values = Lane::<L>::ZERO;
                for l in 0..L {
                    values[l] = steps[l][step];
                }
                core::hint::black_box(values)
            }
        }
    }
}

/// The greater of two numbers by compare and select; `b` where either is NaN.
#[inline(always)]
pub(crate) fn max(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The smaller of two numbers by compare and select; `b` where either is NaN.
#[inline(always)]
pub(crate) fn min(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// `x` without its sign, by clearing the bit.
#[inline(always)]
pub(crate) fn abs(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & (u64::MAX >> 1))
}

/// Whether any lane is above zero.
#[inline(always)]
pub(crate) fn any_positive<const L: usize>(lanes: &Lane<L>) -> bool {
    // Or over flags vectorises; a maximum over floats does not, because of NaN.
    let mut flag = 0u64;
    for value in &lanes.0 {
        flag |= u64::from(*value > 0.0);
    }
    flag != 0
}

/// Adds values lane by lane.
#[inline(always)]
pub(crate) fn add<const L: usize>(sum: &mut Lane<L>, values: &Lane<L>) {
    let mut lane = *sum;
    for l in 0..L {
        lane[l] += values[l];
    }
    *sum = lane;
}

/// Adds products lane by lane.
#[inline(always)]
pub(crate) fn add_product<const L: usize>(sum: &mut Lane<L>, a: &Lane<L>, b: &Lane<L>) {
    let mut lane = *sum;
    for l in 0..L {
        lane[l] += a[l] * b[l];
    }
    *sum = lane;
}
