//! The search in parts of the year, where caps on import are searched beside the sizes. The reference problem with a demand charge
//! takes 124 evaluations as a whole, and 26 in months.
//!
//! Columns of the programmes: sizes and caps over the unit box, then the energy at each border of parts over the greatest
//! capacity, then the operating cost of each part.

use std::ops::Range;
use std::sync::Arc;

use super::amounts::Quantity;
use super::certificate::{Certificate, PricePaths};
use super::level::Sizer;
use super::planned::Priced;
use super::programme::{Rows, least};
use super::search::Proof;
use super::task::Task;

/// Most parts: with more the programmes take longer than the plans that they save.
const PARTS_MOST: usize = 12;

/// The cut of a part of the year over the unit box, and in the energies stored at its start and end.
#[derive(Debug, Clone)]
pub(super) struct Part {
    constant: f64,
    slopes: Vec<f64>,
    start: f64,
    end: f64,
}

/// The parts in which a task's year is searched: as many billing months each; none without caps.
pub(super) fn parts_of(task: &Task) -> Vec<Range<usize>> {
    let mut months: Vec<Range<usize>> = Vec::new();
    for peak in &task.site.peaks {
        let month = peak.first_step..peak.end_step;
        if !months.contains(&month) {
            months.push(month);
        }
    }
    months.sort_by_key(|month| month.start);
    if months.len() < 2 || task.years.len() > 1 {
        return Vec::new();
    }
    let each = months.len().div_ceil(PARTS_MOST);
    let mut parts: Vec<Range<usize>> = months.chunks(each).map(|m| m[0].start..m[m.len() - 1].end).collect();
    // Months without a charge belong to the part before them.
    for k in 0..parts.len() {
        parts[k].start = if k == 0 { 0 } else { parts[k].start };
        parts[k].end = parts.get(k + 1).map_or(task.site.steps(), |next| next.start);
    }
    parts
}

impl Part {
    /// The cut of some steps that the prices prove.
    pub(super) fn of(sizer: &Sizer, prices: &PricePaths, steps: Range<usize>) -> Self {
        let task = &sizer.task;
        let weight = task.years[0].weight;
        let bound = prices.bound_over(&task.site, task.is_limit_sized(), steps);
        let mut constant = bound.constant + bound.slopes.dot(&task.unsized_amounts());
        let slopes = task.slopes_of(&bound.slopes, &task.years[0]).into_iter().chain(bound.caps);
        let slopes: Vec<f64> = slopes
            .zip(sizer.least.iter().zip(&sizer.width))
            .map(|(slope, (least, width))| {
                constant += slope * least;
                weight * slope * width
            })
            .collect();
        Self { constant: weight * constant, slopes, start: weight * bound.start, end: weight * bound.end }
    }
}

impl Sizer {
    /// Cost of the sizes over the unit box: constant, and slopes in all sizes and caps.
    fn fixed_costs(&self) -> (f64, Vec<f64>) {
        let mut slopes = vec![0.0; self.width.len()];
        for ((slope, size), width) in slopes.iter_mut().zip(&self.task.sizes).zip(&self.width) {
            *slope = size.cost_per_unit * width;
        }
        (self.task.fixed_cost(&self.least[..self.task.sizes.len()]), slopes)
    }

    /// Capacity over the unit box: constant and slopes, and the greatest.
    fn capacity(&self) -> (f64, Vec<f64>, f64) {
        let mut constant = self.task.unsized_amounts().capacity;
        let mut slopes = vec![0.0; self.width.len()];
        for (k, size) in self.task.sizes.iter().enumerate() {
            for (_, per_unit) in size.sets.iter().filter(|(quantity, _)| *quantity == Quantity::Capacity) {
                constant += per_unit * self.least[k];
                slopes[k] += per_unit * self.width[k];
            }
        }
        let greatest = constant + slopes.iter().sum::<f64>();
        (constant, slopes, greatest.max(1e-9))
    }

    /// The box, the limits, the window of the energies at borders, and the cuts of the parts, in units of the upper value.
    fn rows_by_parts(&self) -> Rows {
        let (n, count, unit) = (self.width.len(), self.parts.len(), self.unit());
        let columns = n + count - 1 + count;
        let mut rows = self.bounds(columns);
        let store = &self.task.site.storage;
        let (constant, slopes, greatest) = self.capacity();
        for border in 0..count - 1 {
            for (share, sign) in [(store.most, 1.0), (store.least, -1.0)] {
                let mut row: Vec<f64> = slopes.iter().map(|slope| -sign * share * slope / greatest).collect();
                row.resize(columns, 0.0);
                row[n + border] = sign;
                rows.push(row, sign * share * constant / greatest);
            }
        }
        for cut in &self.cuts {
            for (k, part) in cut.parts.iter().enumerate() {
                let mut row: Vec<f64> = part.slopes.iter().map(|slope| slope / unit).collect();
                row.resize(columns, 0.0);
                if k > 0 {
                    row[n + k - 1] = part.start * greatest / unit;
                }
                if k + 1 < count {
                    row[n + k] = part.end * greatest / unit;
                }
                row[n + count - 1 + k] = -1.0;
                rows.push(row, -part.constant / unit);
            }
        }
        rows
    }

    /// The lower value: the weights of each part's cuts mix their prices in its steps.
    pub(super) fn prove_by_parts(&mut self) -> Vec<f64> {
        let (n, count, unit) = (self.width.len(), self.parts.len(), self.unit());
        let mut q: Vec<f64> = self.fixed_costs().1.iter().map(|slope| slope / unit).collect();
        q.resize(n + count - 1, 0.0);
        q.resize(n + count - 1 + count, 1.0);
        let found = least(&q, &vec![0.0; q.len()], &self.rows_by_parts());
        let (duals, mut point) = (found.duals, found.point);
        point.truncate(n);
        let weights = &duals[duals.len() - count * self.cuts.len()..];
        let site = &self.task.site;
        let mut mixed = PricePaths::zero(site);
        for (k, steps) in self.parts.iter().enumerate() {
            let of_part = || weights.iter().skip(k).step_by(count);
            let sum: f64 = of_part().sum();
            if !(sum > 0.0 && sum.is_finite()) {
                return point;
            }
            for (cut, weight) in self.cuts.iter().zip(of_part()).filter(|(_, weight)| **weight > 0.0) {
                mixed.add_over(site, steps.clone(), weight / sum, &cut.prices.paths(self)[0]);
            }
        }
        let limit_prices = self.limit_prices(&duals);
        let limits = self.limits.iter().cloned().zip(limit_prices.iter().copied()).collect();
        let of_years = vec![self.task.years[0].weight];
        let certificate = Certificate { years: vec![mixed], weights: of_years, limits };
        let lower = certificate.lower_cost_within(&self.task, &self.bounds_of(&self.range));
        if lower > self.lower {
            self.lower = lower;
            let mixed = Priced::of(&self.task, certificate.years);
            self.proof = Proof { mixed: vec![(1.0, Arc::new(mixed))], limit_prices };
        }
        for (cut, weights) in self.cuts.iter_mut().zip(weights.chunks(count)) {
            cut.idle = if weights.iter().any(|weight| *weight > 1e-7) { 0 } else { cut.idle + 1 };
        }
        point
    }

    /// The point nearest to the one of which `q` is the negative, whose cuts are below a level.
    pub(super) fn nearest_by_parts(&self, mut q: Vec<f64>, level: f64) -> Vec<f64> {
        let (n, count, unit) = (self.width.len(), self.parts.len(), self.unit());
        let columns = n + count - 1 + count;
        let mut rows = self.rows_by_parts();
        let (constant, slopes) = self.fixed_costs();
        let mut row: Vec<f64> = slopes.iter().map(|slope| slope / unit).collect();
        row.resize(n + count - 1, 0.0);
        row.resize(columns, 1.0);
        rows.push(row, (level - constant) / unit);
        q.resize(columns, 0.0);
        let square: Vec<f64> = (0..columns).map(|k| if k < n { 1.0 } else { 0.0 }).collect();
        let mut point = least(&q, &square, &rows).point;
        point.truncate(n);
        point
    }
}
