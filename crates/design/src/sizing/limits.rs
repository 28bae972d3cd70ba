//! What sizes must meet beside their bounds: limits that are linear in them, told at the start or found on the way.

use microgrid_core::{Problem, Problems};

use super::level::Sizer;
use super::programme::{Rows, least};
use super::task::Task;

/// Σ per_unit × size ≤ most, such as a budget.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeLimit {
    /// What reports call it.
    pub name: String,
    /// What a unit of each size counts, in the order of the task.
    pub per_unit: Vec<f64>,
    /// The most that all may count together.
    pub most: f64,
}

impl SizeLimit {
    /// By how much sizes break it; at or below 0 where they keep it.
    #[must_use]
    pub fn excess(&self, sizes: &[f64]) -> f64 {
        self.per_unit.iter().zip(sizes).map(|(per_unit, size)| per_unit * size).sum::<f64>() - self.most
    }

    fn scale(&self) -> f64 {
        self.most.abs().max(1e-9)
    }
}

/// Rounds in which limits are sought that the next point would break. Each brings one more, so that few are needed.
const ROUNDS_MOST: usize = 60;

/// How far beyond a limit sizes may be, relative to it: what the programmes leave.
const TOLERANCE: f64 = 1e-7;

impl Sizer {
    /// A limit over the unit box: left sides, and the right one.
    pub(super) fn row_of(&self, limit: &SizeLimit) -> (Vec<f64>, f64) {
        let mut left: Vec<f64> = limit.per_unit.iter().zip(&self.width).map(|(a, width)| a * width).collect();
        left.resize(self.width.len(), 0.0);
        let at_least = limit.per_unit.iter().zip(&self.least).map(|(a, least)| a * least).sum::<f64>();
        (left, limit.most - at_least)
    }

    /// The box and the limits as rows over so many columns, the sizes and caps first.
    pub(super) fn bounds(&self, columns: usize) -> Rows {
        let mut rows = Rows::within(&self.range, columns);
        for (left, right) in &self.limit_rows {
            let scale = row_scale(left);
            let mut row: Vec<f64> = left.iter().map(|a| a / scale).collect();
            row.resize(columns, 0.0);
            rows.push(row, right / scale);
        }
        rows
    }

    /// The price of each limit from the duals of [`Sizer::bounds`], whose last rows they are.
    pub(super) fn limit_prices(&self, duals: &[f64]) -> Vec<f64> {
        let own = duals.iter().skip(2 * self.width.len());
        self.limit_rows.iter().zip(own).map(|((left, _), dual)| self.unit() * dual / row_scale(left)).collect()
    }

    /// Whether sizes keep all limits, those included that were not found yet.
    pub(super) fn keeps_limits(&self, sizes: &[f64]) -> bool {
        self.task.keeps_limits(sizes)
    }

    /// The limit of riding through that sizes break most.
    fn broken_by(&self, sizes: &[f64]) -> Option<SizeLimit> {
        let goal = self.task.ride_through.as_ref()?;
        let limit = goal.worst(&self.task, sizes)?;
        (limit.excess(sizes) > TOLERANCE * limit.scale()).then_some(limit)
    }

    /// Notes the limit that a point breaks most among those not noted; whether there was one.
    pub(super) fn note_broken(&mut self, point: &[f64]) -> bool {
        let Some(limit) = self.broken_by(&self.sizes_at(point)) else { return false };
        if self.limits.contains(&limit) {
            return false;
        }
        self.limit_rows.push(self.row_of(&limit));
        self.limits.push(limit);
        true
    }

    /// A point that keeps all limits: `point`, made anew with each limit that it broke.
    pub(super) fn kept(&mut self, mut make: impl FnMut(&Self) -> Vec<f64>) -> Vec<f64> {
        let mut point = make(self);
        for _ in 0..ROUNDS_MOST {
            if !self.note_broken(&point) {
                break;
            }
            point = make(self);
        }
        point
    }

    /// Brings the first point within the limits.
    ///
    /// # Errors
    /// Limits that no sizes within the bounds keep, with by how much they are missed.
    pub(super) fn begin_within_limits(&mut self) -> Result<(), Problems> {
        if self.keeps_limits(&self.sizes_at(&self.next)) {
            return Ok(());
        }
        if let Some(goal) = &self.task.ride_through {
            let greatest: Vec<f64> = self.least.iter().zip(&self.width).map(|(least, width)| least + width).collect();
            let greatest = &greatest[..self.task.sizes.len()];
            if let Some(limit) = goal.worst(&self.task, greatest).filter(|l| l.excess(greatest) > TOLERANCE * l.scale())
            {
                let problem = Problem::new("goal.ride_through_h", "is not met by the greatest sizes").value(format!(
                    "{}: {:.1} kWh are missing",
                    limit.name,
                    limit.excess(greatest)
                ));
                let hint =
                    "raise `most` of a size, the battery's reserve_soc (what is kept for this), or lower the hours";
                return Err(problem.hint(hint).into());
            }
        }
        let towards: Vec<f64> = self.next.iter().map(|y| -y).collect();
        let ones = vec![1.0; towards.len()];
        let point = self.kept(|sizer| sizer.tidy(least(&towards, &ones, &sizer.bounds(towards.len())).point));
        let sizes = self.sizes_at(&point);
        if !self.keeps_limits(&sizes) {
            return Err(self.missed(&sizes));
        }
        self.next.clone_from(&point);
        self.best = point;
        Ok(())
    }

    /// The refusal of limits that no sizes keep together.
    fn missed(&self, sizes: &[f64]) -> Problems {
        let excess = |limit: &&SizeLimit| limit.excess(sizes) / limit.scale();
        let worst = self.limits.iter().max_by(|a, b| excess(a).total_cmp(&excess(b)));
        let name = worst.map_or("goal", |limit| limit.name.as_str());
        let by = worst.map_or(0.0, |limit| limit.excess(sizes));
        let problem = Problem::new("goal", "cannot be met within the bounds together");
        problem.value(format!("{name} is missed by at least about {by:.1}")).hint("raise the budget or `most`").into()
    }
}

impl Task {
    /// Whether sizes keep the budget, and carry critical load where that is asked.
    #[must_use]
    pub fn keeps_limits(&self, sizes: &[f64]) -> bool {
        let kept = |limit: &SizeLimit| limit.excess(sizes) <= 10.0 * TOLERANCE * limit.scale();
        let worst = self.ride_through.as_ref().and_then(|goal| goal.worst(self, sizes));
        self.limits().iter().all(kept) && worst.as_ref().is_none_or(kept)
    }

    /// The limits told at the start.
    pub(super) fn limits(&self) -> Vec<SizeLimit> {
        let Some(budget) = self.budget else { return Vec::new() };
        let existing: f64 = self.sizes.iter().map(|size| size.capital_per_unit * size.existing).sum();
        let per_unit = self.sizes.iter().map(|size| size.capital_per_unit).collect();
        vec![SizeLimit { name: "budget".into(), per_unit, most: budget + existing }]
    }
}

/// What a limit's row is divided by.
fn row_scale(left: &[f64]) -> f64 {
    left.iter().copied().map(f64::abs).fold(0.0, f64::max).max(1e-9)
}
