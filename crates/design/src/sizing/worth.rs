//! What the last and the next unit of a size are worth.

use microgrid_core::Problems;

use super::level::Sizer;

/// What a unit more or less of a size saves in operation, beside what it costs; in the money of the task, over its years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// What the last unit saves; that of the first one where the size is at its least.
    pub last: f64,
    /// What the next unit would save.
    pub next: f64,
    /// What a unit costs.
    pub cost: f64,
}

/// How far from the best size its neighbours are taken: a share of its range.
const STEP: f64 = 1e-3;

impl Sizer {
    /// What units of each size are worth beside the best sizes, by two evaluations each. Of a size with steps, what the last
    /// and the next step save, per unit.
    ///
    /// # Errors
    /// A plan that cannot be solved.
    pub fn worth(&mut self) -> Result<Vec<Worth>, Problems> {
        let best = self.best.clone();
        let mut found = Vec::new();
        for size in 0..self.task.sizes.len() {
            let (_, width) = self.width_of(size);
            let cost = self.task.sizes[size].cost_per_unit;
            let step = self.task.sizes[size].step.filter(|step| *step <= width);
            let upper = self.upper;
            let saves_at = |sizer: &mut Self, by: f64| -> Result<f64, Problems> {
                let share = match step {
                    Some(step) => best[size] + by * step / width,
                    None => best[size] + by * STEP,
                };
                let mut point = best.clone();
                point[size] = share.clamp(0.0, 1.0);
                let there = sizer.evaluate(&point)?;
                if let Some(step) = step.filter(|_| (0.0..=1.0).contains(&share)) {
                    return Ok(cost - by * (there - upper) / step);
                }
                let slope = sizer.cuts.last().map_or(0.0, |cut| cut.slopes[size]);
                Ok(if width > 0.0 { cost - slope / width } else { cost })
            };
            let last = saves_at(self, -1.0)?;
            let next = saves_at(self, 1.0)?;
            found.push(Worth { last, next, cost });
        }
        Ok(found)
    }
}
