//! How far each size may be from the best at nearly the same cost.

use microgrid_core::Problems;

use super::level::Sizer;
use super::programme::{Found, least};

/// The range of a size over all sizes that cost at most a little more than the best.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Proven: below this no sizes cost so little.
    pub least: f64,
    /// Sizes with this value were found that cost so little.
    pub found_least: f64,
    /// Sizes with this value were found that cost so little.
    pub found_most: f64,
    /// Proven: above this no sizes cost so little.
    pub most: f64,
    /// All sizes of an alternative with the found least of this one; it costs at most so much.
    pub sizes_at_least: Vec<f64>,
    /// All sizes of an alternative with the found most of this one.
    pub sizes_at_most: Vec<f64>,
}

/// Most evaluations for an end of a band.
const ROUNDS_MOST: usize = 25;

/// How near the proven and the found end come, relative to the distance of the proven one from the best.
const NEAR: f64 = 0.02;

impl Sizer {
    /// The band of each size at costs of at most `1 + share` times the best. More evaluations are made, and sharpen the search's
    /// own values too.
    ///
    /// # Errors
    /// A plan that cannot be solved.
    pub fn bands(&mut self, share: f64) -> Result<Vec<Band>, Problems> {
        // A better point that is found on the way moves no band.
        let (best, cost) = (self.best.clone(), self.upper + share * self.upper.abs());
        let is_counted = self.branching.is_some();
        let mut bands = Vec::new();
        for size in 0..self.task.sizes.len() {
            let (least, at_least) = self.end_of_band(size, 1.0, &best, cost)?;
            let (most, at_most) = self.end_of_band(size, -1.0, &best, cost)?;
            // What lies between whole counts was not found.
            let ends = if is_counted { [&best, &best] } else { [&at_least, &at_most] };
            let [sizes_at_least, sizes_at_most] = ends.map(|point| self.sizes_at(point));
            let (from, width) = self.width_of(size);
            let (mut least, mut most) = (from + width * least, from - width * most);
            if let Some(step) = self.task.sizes[size].step {
                least = from + step * libm::ceil((least - from) / step - 1e-6);
                most = from + step * libm::floor((most - from) / step + 1e-6);
            }
            bands.push(Band {
                least,
                found_least: sizes_at_least[size],
                found_most: sizes_at_most[size],
                most,
                sizes_at_least,
                sizes_at_most,
            });
        }
        Ok(bands)
    }

    /// The least of sign × the size's share of its range at costs of at most `cost`: proven, and the point found.
    fn end_of_band(&mut self, size: usize, sign: f64, best: &[f64], cost: f64) -> Result<(f64, Vec<f64>), Problems> {
        let n = best.len();
        let upper = self.upper;
        let (mut proven, mut found) = (if sign > 0.0 { 0.0 } else { -1.0 }, best.to_vec());
        for _ in 0..ROUNDS_MOST {
            let mut q = vec![0.0; n];
            q[size] = sign;
            let rows = self.rows_below(cost);
            let Found { point, duals, .. } = least(&q, &vec![0.0; n], &rows);
            // Any weights of rows prove an end: sign·y_size + Σ w (row·y − right) is at most sign·y_size where rows hold.
            let (mut constant, mut slopes) = (0.0, q);
            for ((row, right), weight) in rows.left.iter().zip(&rows.right).zip(&duals).skip(2 * n) {
                constant -= weight * right;
                slopes.iter_mut().zip(row).for_each(|(slope, a)| *slope += weight * a);
            }
            let end = constant + slopes.iter().map(|slope| slope.min(0.0)).sum::<f64>();
            if end.is_finite() {
                proven = f64::max(proven, end);
            }
            if sign * found[size] - proven <= NEAR * (sign * best[size] - proven).abs() + 1e-6 {
                break;
            }
            let point = self.tidy(point);
            if self.note_broken(&point) {
                continue;
            }
            let there = self.evaluate(&point)?;
            // Between the best and this point costs are at most those between their costs.
            let part = if there > cost { (cost - upper) / (there - upper) } else { 1.0 };
            if sign * (best[size] + part * (point[size] - best[size])) < sign * found[size] {
                found = best.iter().zip(&point).map(|(from, to)| from + part * (to - from)).collect();
            }
        }
        Ok((proven, found))
    }
}
