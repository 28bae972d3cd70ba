//! A lower bound from any vector of duals, by arithmetic that cannot err downwards and trusts no solver.

use crate::interval::Interval;
use crate::programme::{Programme, Sense};

/// A proven lower bound of a programme's optimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DualBound {
    /// The bound; −∞ where the duals were too large to compute with.
    pub(crate) lower: f64,
    /// By how much rounding can have lowered it.
    pub(crate) rounding: f64,
}

/// Evaluates weak duality at `duals`, one a row.
///
/// For any λ, with λ ≥ 0 on rows `≥`: every feasible x costs at least
/// `constant + λ·right + Σ_j min over [lower_j, upper_j] of (cost_j − (Aᵀλ)_j) x_j`.
/// A dual of the wrong sign, or that is not a number, counts as 0, so that every vector gives a bound: a poor one gives a
/// low one. Sums run over intervals that round outwards; the bound is the lower end.
pub(crate) fn dual_bound(programme: &Programme, duals: &[f64]) -> DualBound {
    let mut reduced: Vec<Interval> = programme.cost.iter().map(|cost| Interval::exactly(*cost)).collect();
    let mut sum = Interval::exactly(programme.constant);
    for (row, dual) in programme.rows().zip(duals) {
        let dual = repaired(row.sense, *dual);
        if dual == 0.0 {
            continue;
        }
        let dual = Interval::exactly(dual);
        sum = sum + dual * Interval::exactly(row.right);
        for (variable, value) in row.entries {
            reduced[*variable] = reduced[*variable] - dual * Interval::exactly(*value);
        }
    }
    // Summed in blocks first: the rounding of a sum grows with the number of its terms.
    let terms: Vec<Interval> =
        reduced.iter().enumerate().map(|(j, r)| r.least_product(programme.lower[j], programme.upper[j])).collect();
    for block in terms.chunks(256) {
        sum = sum + block.iter().fold(Interval::ZERO, |sum, term| sum + *term);
    }
    if sum.low.is_finite() && sum.high.is_finite() {
        DualBound { lower: sum.low, rounding: sum.high - sum.low }
    } else {
        DualBound { lower: f64::NEG_INFINITY, rounding: f64::INFINITY }
    }
}

/// The nearest value that a dual of a row may have; 0 where it is not a number.
pub(crate) fn repaired(sense: Sense, dual: f64) -> f64 {
    match sense {
        _ if !dual.is_finite() => 0.0,
        Sense::Equal => dual,
        Sense::AtLeast => dual.max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// min 2x + 3y over x + y ≥ 4, x − y = 1, 0 ≤ x, y ≤ 10: x = 2.5, y = 1.5, cost 9.5, duals 2.5 and −0.5.
    fn small() -> Programme {
        let mut programme = Programme::default();
        let x = programme.variable(2.0, 0.0, 10.0);
        let y = programme.variable(3.0, 0.0, 10.0);
        programme.row(Sense::AtLeast, 4.0, [(x, 1.0), (y, 1.0)]);
        programme.row(Sense::Equal, 1.0, [(x, 1.0), (y, -1.0)]);
        programme
    }

    #[test]
    fn optimal_duals_give_the_optimum_and_all_others_less() {
        let best = dual_bound(&small(), &[2.5, -0.5]);
        assert!((best.lower - 9.5).abs() < 1e-12 && best.lower <= 9.5 && best.rounding < 1e-12, "{best:?}");
        let mut seed = 7_u64;
        for _ in 0..10_000 {
            let mut random = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                ((seed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 10.0
            };
            let lower = dual_bound(&small(), &[random(), random()]).lower;
            assert!(lower <= 9.5, "{lower}");
        }
    }

    #[test]
    fn garbage_gives_a_bound_or_none() {
        // A negative dual of a ≥ row, or one that is no number, counts as 0.
        assert_eq!(dual_bound(&small(), &[-3.0, f64::NAN]).lower, 0.0);
        assert_eq!(dual_bound(&small(), &[f64::INFINITY, 0.0]).lower, 0.0);
        assert_eq!(dual_bound(&small(), &[1e308, 1e308]).lower, f64::NEG_INFINITY);
    }
}
