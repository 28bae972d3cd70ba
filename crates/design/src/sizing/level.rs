//! The search: a level method over cuts of the yearly cost.

use std::ops::Range;
use std::sync::Arc;

use microgrid_core::Problems;

use super::certificate::{Certificate, PricePaths};
use super::oracle::Oracle;
use super::parts::{Part, parts_of};
use super::programme::{Rows, least};
use super::task::Task;

/// How far between the lower and the upper value the next point's cuts may reach. On the reference problems (without a demand
/// charge) 0.3 takes 29, 39 and 25 evaluations, 0.5 takes 21, 34 and 25, 0.7 takes 23, 28 and 20.
const LEVEL: f64 = 0.7;

/// Rounds without weight after which a cut is no longer asked.
const IDLE_MOST: usize = 12;

/// When a search ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Upper less lower value, relative to the upper one.
    pub gap: f64,
    /// Evaluations: each plans every year once.
    pub evaluations: usize,
}

impl Default for Stop {
    fn default() -> Self {
        Self { gap: 1e-6, evaluations: 200 }
    }
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Evaluations so far.
    pub evaluations: usize,
    /// Least cost found.
    pub upper: f64,
    /// Proven lower value of the least cost.
    pub lower: f64,
}

impl Progress {
    /// Upper less lower value, relative to the upper one; infinite before anything is proven.
    #[must_use]
    pub fn gap(&self) -> f64 {
        match self.evaluations {
            0 => f64::INFINITY,
            _ if self.upper == self.lower => 0.0,
            _ => (self.upper - self.lower) / self.upper.abs(),
        }
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The gap asked is proven.
    Proven,
    /// Stopped by whoever watches it.
    Stopped,
    /// The evaluations are spent.
    Spent,
    /// The cut does not touch the cost at the best point, because steps are not convex there: no search proves more.
    Loose,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sized {
    /// The best sizes, in the order of the task.
    pub sizes: Vec<f64>,
    /// Their cost: of the sizes and of all years' operation.
    pub cost: f64,
    /// Cost of a year's operation, in the order of the years.
    pub operating_costs: Vec<f64>,
    /// What no sizes within the bounds cost less than, as the certificate proves it.
    pub lower: f64,
    /// Evaluations.
    pub evaluations: usize,
    /// How the search ended.
    pub ending: Ending,
}

/// A cut over the unit box of all sizes and caps.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) constant: f64,
    pub(super) slopes: Vec<f64>,
    pub(super) prices: Arc<Vec<PricePaths>>,
    /// The cut in its parts, where the year is searched in parts.
    pub(super) parts: Vec<Part>,
    pub(super) idle: usize,
}

/// What proves the lower value: how much of each cut's prices, and the price of the budget.
#[derive(Debug, Clone, Default)]
pub(super) struct Proof {
    pub(super) mixed: Vec<(f64, Arc<Vec<PricePaths>>)>,
    pub(super) budget_price: f64,
}

impl Cut {
    pub(super) fn at(&self, point: &[f64]) -> f64 {
        self.constant + self.slopes.iter().zip(point).map(|(slope, y)| slope * y).sum::<f64>()
    }
}

/// A search that can be watched, stopped and taken further.
///
/// # Examples
/// ```
/// use microgrid_core::{Plan, Scenario, demand::Load, generation::SeriesPlant, simulation::Calendar, utility::Tariff};
/// use microgrid_design::sizing::{Quantity, Size, Sizer, Stop, Task};
///
/// let mut site = Scenario::new("workshop", Calendar::common_year(3600));
/// site.loads.push(Load::new("machines", 40.0));
/// let sun = |hour: u32| if (8..17).contains(&(hour % 24)) { 0.6 } else { 0.0 };
/// site.generation.push(SeriesPlant::new("roof", (0..8760).map(sun).collect::<Vec<_>>()));
/// site.tariff = Tariff::flat(0.80, 0.0).into();
/// // A kW of roof yields 0.6 kWh in 9 hours a day, and costs 300 a year: less than the 1577 that it saves up to the load.
/// let roof = Size {
///     name: "roof".into(), sets: vec![(Quantity::Plant(0), 1.0)], least: 0.0, most: 500.0, existing: 0.0,
///     cost_per_unit: 300.0, capital_per_unit: 3_000.0,
/// };
/// let mut sizer = Sizer::new(Task::new(&Plan::compile(&site)?, vec![roof])?)?;
/// let found = sizer.run(Stop::default(), |_| true)?;
/// assert!((found.sizes[0] - 40.0 / 0.6).abs() < 1e-3);
/// assert!(found.cost - found.lower < 1e-6 * found.cost);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sizer {
    pub(super) task: Task,
    oracle: Oracle,
    /// Bounds of the sizes and then of the caps: least, and greatest less least.
    pub(super) least: Vec<f64>,
    pub(super) width: Vec<f64>,
    /// The budget over the unit box, per unit of its right side.
    budget_row: Option<(Vec<f64>, f64)>,
    /// The parts in which the year is searched; none where it is searched as a whole.
    pub(super) parts: Vec<Range<usize>>,
    pub(super) cuts: Vec<Cut>,
    /// Where to evaluate next, and the best point.
    next: Vec<f64>,
    pub(super) best: Vec<f64>,
    best_operating: Vec<f64>,
    /// By how much the cut at the best point misses its cost.
    looseness: f64,
    pub(super) upper: f64,
    pub(super) lower: f64,
    /// The weights of the cuts that prove the lower value, and the price of the budget.
    pub(super) proof: Proof,
    evaluations: usize,
}

impl Sizer {
    /// A search that begins at three tenths of the bounds, or where the scenario's own sizes are.
    ///
    /// # Errors
    /// Sizes of which some lie beyond what the exact plan can take.
    pub fn new(task: Task) -> Result<Self, Problems> {
        let bounds = task.sizes.iter().map(|size| (size.least, size.most)).chain(task.cap_bounds());
        let (least, width): (Vec<f64>, Vec<f64>) = bounds.map(|(least, most)| (least, most - least)).unzip();
        let budget_row = task.budget.map(|budget| {
            let left: Vec<f64> = (0..least.len())
                .map(|k| task.sizes.get(k).map_or(0.0, |size| size.capital_per_unit * width[k]))
                .collect();
            let fixed = |size: &super::Size| size.capital_per_unit * (size.least - size.existing);
            (left, budget - task.sizes.iter().map(fixed).sum::<f64>())
        });
        let next = vec![0.3; least.len()];
        let mut sizer = Self {
            oracle: Oracle::default(),
            budget_row,
            parts: parts_of(&task),
            cuts: Vec::new(),
            best: next.clone(),
            best_operating: Vec::new(),
            looseness: 0.0,
            next,
            upper: f64::INFINITY,
            lower: f64::NEG_INFINITY,
            proof: Proof::default(),
            evaluations: 0,
            least,
            width,
            task,
        };
        // Three tenths may be beyond the budget.
        if let Some((left, right)) = &sizer.budget_row {
            let spent: f64 = left.iter().zip(&sizer.next).map(|(a, y)| a * y).sum();
            let count = sizer.task.sizes.len();
            let share = if spent > *right { (right / spent).max(0.0) } else { 1.0 };
            sizer.next[..count].iter_mut().for_each(|y| *y *= share);
            sizer.best.clone_from(&sizer.next);
        }
        Ok(sizer)
    }

    /// Begins at these sizes instead; each is brought within its bounds.
    #[must_use]
    pub fn starting_at(mut self, sizes: &[f64]) -> Self {
        for (k, size) in sizes.iter().enumerate().take(self.task.sizes.len()) {
            let share = if self.width[k] > 0.0 { (size - self.least[k]) / self.width[k] } else { 0.0 };
            self.next[k] = share.clamp(0.0, 1.0);
        }
        self
    }

    /// What is sized.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Searches until `stop` says so or `each`, called after every evaluation, returns `false`. A search taken further
    /// goes on where it stood, so that one stopped early is the beginning of one that goes on.
    ///
    /// # Errors
    /// A plan that cannot be solved.
    pub fn run(&mut self, stop: Stop, mut each: impl FnMut(Progress) -> bool) -> Result<Sized, Problems> {
        let mut ending = self.ended(stop);
        while ending.is_none() {
            let point = core::mem::take(&mut self.next);
            self.evaluate(&point)?;
            self.prove();
            let goes_on = each(self.progress());
            ending = self.ended(stop).or((!goes_on).then_some(Ending::Stopped));
            self.move_on();
        }
        let certificate = self.certificate();
        Ok(Sized {
            sizes: self.sizes_at(&self.best),
            cost: self.upper,
            operating_costs: self.best_operating.clone(),
            lower: certificate.lower_cost(&self.task),
            evaluations: self.evaluations,
            ending: ending.unwrap_or(Ending::Stopped),
        })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { evaluations: self.evaluations, upper: self.upper, lower: self.lower }
    }

    fn ended(&self, stop: Stop) -> Option<Ending> {
        let gap = self.upper - self.lower;
        if self.evaluations == 0 {
            None
        } else if gap <= stop.gap * self.upper.abs() {
            Some(Ending::Proven)
        } else if self.looseness > 0.5 * gap && self.looseness > 1e-12 * self.upper.abs() {
            Some(Ending::Loose)
        } else if self.evaluations >= stop.evaluations {
            Some(Ending::Spent)
        } else {
            None
        }
    }

    /// The prices that prove the lower value.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        let site = &self.task.site;
        let mut years: Vec<PricePaths> = self.task.years.iter().map(|_| PricePaths::zero(site)).collect();
        for (weight, prices) in &self.proof.mixed {
            years.iter_mut().zip(prices.iter()).for_each(|(sum, own)| sum.add(site, *weight, own));
        }
        Certificate { years, budget_price: self.proof.budget_price }
    }

    /// The sizes of a point of the unit box.
    pub(super) fn sizes_at(&self, point: &[f64]) -> Vec<f64> {
        let count = self.task.sizes.len();
        (0..count).map(|k| self.least[k] + self.width[k] * point[k]).collect()
    }

    /// A size's share of its range is so many units.
    pub(super) fn width_of(&self, size: usize) -> (f64, f64) {
        (self.least[size], self.width[size])
    }

    /// Plans every year at a point: notes its cost and its cut, and the point itself where it is the best. Returns the cost.
    pub(super) fn evaluate(&mut self, point: &[f64]) -> Result<f64, Problems> {
        let count = self.task.sizes.len();
        let sizes = self.sizes_at(point);
        let caps_kw: Vec<f64> = (count..point.len()).map(|k| self.least[k] + self.width[k] * point[k]).collect();
        let task = &self.task;
        let fixed = task.fixed_cost(&sizes);
        let mut constant = task.constant_cost();
        let mut slopes: Vec<f64> = task.sizes.iter().map(|size| size.cost_per_unit).collect();
        slopes.resize(point.len(), 0.0);
        let (mut operating, mut at_own_peaks) = (Vec::with_capacity(task.years.len()), fixed);
        let (mut total, mut prices) = (fixed, Vec::with_capacity(task.years.len()));
        let unsized_amounts = task.unsized_amounts();
        for year in &task.years {
            let left: Vec<f64> = sizes.iter().zip(&year.left).map(|(size, left)| size * left).collect();
            let found = self.oracle.evaluate(&task.site, &task.amounts(&left), &caps_kw)?;
            let bound = found.prices.bound(&task.site, task.is_limit_sized());
            constant += year.weight * (bound.constant + bound.slopes.dot(&unsized_amounts));
            for (slope, own) in slopes.iter_mut().zip(task.slopes_of(&bound.slopes, year).into_iter().chain(bound.caps))
            {
                *slope += year.weight * own;
            }
            total += year.weight * found.cost;
            at_own_peaks += year.weight * found.cost_at_own_peaks;
            operating.push(found.cost_at_own_peaks);
            prices.push(found.prices);
        }
        constant += slopes.iter().zip(&self.least).map(|(slope, least)| slope * least).sum::<f64>();
        slopes.iter_mut().zip(&self.width).for_each(|(slope, width)| *slope *= width);
        let parts = self.parts.iter().map(|steps| Part::of(self, &prices[0], steps.clone())).collect();
        let cut = Cut { constant, slopes, prices: Arc::new(prices), parts, idle: 0 };
        self.evaluations += 1;
        if at_own_peaks.min(total) < self.upper {
            self.upper = at_own_peaks.min(total);
            self.best = point.to_vec();
            self.looseness = total - cut.at(point);
            self.best_operating = operating;
            if at_own_peaks < total {
                for (k, peak_kw) in (count..point.len()).zip(&self.oracle.peaks_kw) {
                    let share = if self.width[k] > 0.0 { (peak_kw - self.least[k]) / self.width[k] } else { 0.0 };
                    self.best[k] = share.clamp(0.0, 1.0);
                }
            }
        }
        self.cuts.push(cut);
        Ok(total)
    }

    /// The box, the budget and the cuts as rows over the point, and the model's value where `with_value`, in units of the
    /// upper value. Cuts are below `level`, or below the value.
    fn rows(&self, with_value: bool, level: f64) -> Rows {
        let (n, unit) = (self.width.len(), self.unit());
        let mut rows = self.bounds(n + usize::from(with_value));
        for cut in &self.cuts {
            let mut row: Vec<f64> = cut.slopes.iter().map(|slope| slope / unit).collect();
            if with_value {
                row.push(-1.0);
            }
            rows.push(row, (if with_value { 0.0 } else { level } - cut.constant) / unit);
        }
        rows
    }

    /// The box and the budget as rows over so many columns, the sizes and caps first.
    pub(super) fn bounds(&self, columns: usize) -> Rows {
        let mut rows = Rows::unit_box(self.width.len(), columns);
        if let Some((left, right)) = &self.budget_row {
            let scale = budget_scale(left);
            let mut row: Vec<f64> = left.iter().map(|a| a / scale).collect();
            row.resize(columns, 0.0);
            rows.push(row, right / scale);
        }
        rows
    }

    /// The price of the budget from the dual of its row, the last of [`Sizer::bounds`].
    pub(super) fn budget_price(&self, duals: &[f64]) -> f64 {
        let dual = duals.get(2 * self.width.len()).copied().unwrap_or(0.0);
        self.budget_row.as_ref().map_or(0.0, |(left, _)| self.unit() * dual / budget_scale(left))
    }

    pub(super) fn unit(&self) -> f64 {
        self.upper.abs().max(1e-9)
    }

    /// The lower value: any weights of the cuts, and any price of the budget, give one.
    fn prove(&mut self) {
        if !self.parts.is_empty() {
            return self.prove_by_parts();
        }
        let n = self.width.len();
        let mut q = vec![0.0; n];
        q.push(1.0);
        let (_, duals) = least(&q, &vec![0.0; n + 1], &self.rows(true, 0.0));
        let (of_rest, weights) = duals.split_at(duals.len() - self.cuts.len());
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return;
        }
        let (mut constant, mut slopes) = (0.0, vec![0.0; n]);
        for (cut, weight) in self.cuts.iter().zip(weights) {
            constant += cut.constant * (weight / sum);
            slopes.iter_mut().zip(&cut.slopes).for_each(|(mean, slope)| *mean += slope * (weight / sum));
        }
        let budget_price = self.budget_price(of_rest) / sum;
        if let Some((left, right)) = &self.budget_row {
            constant -= budget_price * right;
            slopes.iter_mut().zip(left).for_each(|(mean, a)| *mean += budget_price * a);
        }
        let lower = constant + slopes.iter().map(|slope| slope.min(0.0)).sum::<f64>();
        if lower > self.lower {
            self.lower = lower;
            let used = self.cuts.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
            let mixed = used.map(|(cut, weight)| (weight / sum, cut.prices.clone())).collect();
            self.proof = Proof { mixed, budget_price };
        }
        for (cut, weight) in self.cuts.iter_mut().zip(weights) {
            cut.idle = if *weight > 1e-7 * sum { 0 } else { cut.idle + 1 };
        }
    }

    /// The next point: the nearest to the best of those whose cuts are low enough.
    fn move_on(&mut self) {
        let level = self.lower + LEVEL * (self.upper - self.lower);
        let point = if self.parts.is_empty() {
            let q: Vec<f64> = self.best.iter().map(|y| -y).collect();
            least(&q, &vec![1.0; q.len()], &self.rows(false, level)).0
        } else {
            self.nearest_by_parts(level)
        };
        self.next = self.tidy(point);
        self.cuts.retain(|cut| cut.idle < IDLE_MOST);
    }

    /// A point that a programme gave, within the box; its nearly 0 becomes 0, as batteries of next to no power are the exact
    /// plan's slowest case.
    pub(super) fn tidy(&self, point: Vec<f64>) -> Vec<f64> {
        let within = |(y, best): (f64, &f64)| match y {
            y if y < 1e-7 => 0.0,
            y if y.is_nan() => *best,
            y => y.min(1.0),
        };
        point.into_iter().zip(&self.best).map(within).collect()
    }

    /// The rows of all cuts at or below a cost, for what else is asked of them.
    pub(super) fn rows_below(&self, cost: f64) -> Rows {
        self.rows(false, cost)
    }
}

/// What the budget's row is divided by.
fn budget_scale(left: &[f64]) -> f64 {
    left.iter().copied().fold(0.0, f64::max).max(1e-9)
}
