//! The search: a level method over cuts of the yearly cost.

use std::ops;

use microgrid_core::Problems;

use super::branching::Branching;
use super::certificate::{Certificate, PricePaths};
use super::journal::{Digest, Journal};
use super::limits::SizeLimit;
use super::oracle::Oracle;
use super::parts::parts_of;
use super::planned::Costs;
use super::programme::{Rows, least};
use super::search::{Cut, Ending, Progress, Proof, Range, Sized, Stop};
use super::task::Task;

/// How far between the lower and the upper value the next point's cuts may reach. On the reference problems (without a demand
/// charge) 0.3 takes 29, 39 and 25 evaluations, 0.5 takes 21, 34 and 25, 0.7 takes 23, 28 and 20.
pub(super) const LEVEL: f64 = 0.7;

/// How near a whole count a size is taken for it, in steps.
const WHOLE: f64 = 1e-6;

/// Rounds without weight after which a cut is no longer asked.
const IDLE_MOST: usize = 12;

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
///     cost_per_unit: 300.0, capital_per_unit: 3_000.0, step: None,
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
    pub(super) oracle: Oracle,
    /// Where evaluations are recalled from and kept, and the digest of the task.
    pub(super) journal: Option<(Journal, Digest)>,
    /// Bounds of the sizes and then of the caps: least, and greatest less least.
    pub(super) least: Vec<f64>,
    pub(super) width: Vec<f64>,
    /// What sizes and caps are searched within.
    pub(super) range: Range,
    /// The limits told and found, and each over the unit box.
    pub(super) limits: Vec<SizeLimit>,
    pub(super) limit_rows: Vec<(Vec<f64>, f64)>,
    /// The parts in which the year is searched; none where it is searched as a whole.
    pub(super) parts: Vec<ops::Range<usize>>,
    pub(super) cuts: Vec<Cut>,
    /// Where to evaluate next, and the best point.
    pub(super) next: Vec<f64>,
    pub(super) best: Vec<f64>,
    best_operating: Vec<f64>,
    /// By how much the cut at the best point misses its cost.
    looseness: f64,
    /// Cost of the first point, for as long as none is the best.
    first_cost: f64,
    /// The point evaluated last, with caps at its own peaks where that is cheaper, and its cost.
    pub(super) seen: (f64, Vec<f64>),
    /// The search over counts, where sizes have steps.
    pub(super) branching: Option<Branching>,
    pub(super) upper: f64,
    pub(super) lower: f64,
    /// The weights of the cuts that prove the lower value, and the prices of the limits.
    pub(super) proof: Proof,
    pub(super) evaluations: usize,
}

impl Sizer {
    /// A search that begins at three tenths of the bounds, or at the nearest sizes that keep all limits.
    ///
    /// # Errors
    /// Sizes of which some lie beyond what the exact plan can take; limits that no sizes within the bounds keep, by how much.
    pub fn new(task: Task) -> Result<Self, Problems> {
        let bounds = task.sizes.iter().map(super::Size::reached).chain(task.cap_bounds());
        let (least, width): (Vec<f64>, Vec<f64>) = bounds.map(|(least, most)| (least, most - least)).unzip();
        let next = vec![0.3; least.len()];
        let mut sizer = Self {
            oracle: Oracle::default(),
            journal: None,
            range: Range::whole(least.len()),
            limits: task.limits(),
            limit_rows: Vec::new(),
            parts: parts_of(&task),
            cuts: Vec::new(),
            best: next.clone(),
            best_operating: Vec::new(),
            looseness: 0.0,
            first_cost: 1.0,
            seen: (f64::INFINITY, Vec::new()),
            branching: task.sizes.iter().any(|size| size.step.is_some()).then(|| Branching::over(least.len())),
            next,
            upper: f64::INFINITY,
            lower: f64::NEG_INFINITY,
            proof: Proof::default(),
            evaluations: 0,
            least,
            width,
            task,
        };
        sizer.limit_rows = sizer.limits.iter().map(|limit| sizer.row_of(limit)).collect();
        sizer.begin_within_limits()?;
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
        if self.branching.is_some() && ending.is_none() {
            ending = Some(self.branch(stop, &mut each)?);
        }
        while ending.is_none() {
            let point = core::mem::take(&mut self.next);
            self.evaluate(&point)?;
            self.prove();
            let goes_on = each(self.progress());
            ending = self.ended(stop).or((!goes_on).then_some(Ending::Stopped));
            self.move_on();
        }
        let lower = |leaf: &super::Leaf| leaf.certificate.lower_cost_within(&self.task, &leaf.bounds);
        Ok(Sized {
            sizes: self.sizes_at(&self.best),
            cost: self.upper,
            operating_costs: self.best_operating.clone(),
            lower: self.leaves().iter().map(lower).fold(f64::INFINITY, f64::min),
            evaluations: self.evaluations,
            ending: ending.unwrap_or(Ending::Stopped),
        })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { evaluations: self.evaluations, upper: self.upper, lower: self.lower }
    }

    pub(super) fn ended(&self, stop: Stop) -> Option<Ending> {
        let gap = self.upper - self.lower;
        if self.evaluations == 0 {
            None
        } else if self.upper == f64::INFINITY {
            (self.evaluations >= stop.evaluations).then_some(Ending::Spent)
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

    /// The prices that prove the lower value of sizes without steps; of counts, those of the part of the bounds searched last.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        self.certificate_of(&self.proof)
    }

    pub(super) fn certificate_of(&self, proof: &Proof) -> Certificate {
        let task = &self.task;
        let mut years: Vec<PricePaths> = task.years.iter().map(|year| PricePaths::zero(task.site_of(year))).collect();
        let weights: Vec<f64> = match task.tail_share {
            None => task.years.iter().map(|year| year.weight).collect(),
            // Each cut counts the years in its own way.
            Some(_) if proof.mixed.is_empty() => task.years.iter().map(|year| year.weight).collect(),
            Some(_) => (0..years.len()).map(|y| proof.mixed.iter().map(|(m, cut)| m * cut.weights[y]).sum()).collect(),
        };
        for (weight, cut) in &proof.mixed {
            for (y, (sum, own)) in years.iter_mut().zip(cut.paths(self)).enumerate() {
                let site = task.site_of(&task.years[y]);
                let share = task.tail_share.map_or(*weight, |_| weight * cut.weights[y] / f64::max(weights[y], 1e-300));
                sum.add(site, share, own);
            }
        }
        let priced = self.limits.iter().cloned().zip(proof.limit_prices.iter().copied());
        Certificate { years, weights, limits: priced.filter(|(_, price)| *price > 0.0).collect() }
    }

    /// The sizes of a point of the unit box.
    pub(super) fn sizes_at(&self, point: &[f64]) -> Vec<f64> {
        let at = |(k, size): (usize, &super::Size)| {
            let value = self.least[k] + self.width[k] * point[k];
            size.step.map_or(value, |step| {
                let counted = self.least[k] + step * libm::round((value - self.least[k]) / step);
                if (value - counted).abs() <= WHOLE * step { counted } else { value }
            })
        };
        self.task.sizes.iter().enumerate().map(at).collect()
    }

    /// Whether sizes with steps are whole counts of them.
    pub(super) fn is_whole(&self, sizes: &[f64]) -> bool {
        let whole = |((size, value), least): ((&super::Size, &f64), &f64)| {
            size.step.is_none_or(|step| {
                let count = (value - least) / step;
                (count - libm::round(count)).abs() <= 1e-9 * (1.0 + count)
            })
        };
        self.task.sizes.iter().zip(sizes).zip(&self.least).all(whole)
    }

    /// A size's share of its range is so many units.
    pub(super) fn width_of(&self, size: usize) -> (f64, f64) {
        (self.least[size], self.width[size])
    }

    /// Plans every year at a point: notes its cost and its cut, and the point itself where it is the best. Returns the cost.
    pub(super) fn evaluate(&mut self, point: &[f64]) -> Result<f64, Problems> {
        let (costs, prices, parts) = self.plan(point)?;
        let Costs { total, at_own_peaks, operating, peaks_kw, constant, slopes, .. } = costs;
        let (count, sizes) = (self.task.sizes.len(), self.sizes_at(point));
        let cut = Cut { constant, slopes, prices, parts, idle: 0 };
        self.evaluations += 1;
        if self.evaluations == 1 {
            self.first_cost = total.abs();
        }
        let mut there = point.to_vec();
        if at_own_peaks < total {
            for (k, peak_kw) in (count..point.len()).zip(&peaks_kw) {
                let share = if self.width[k] > 0.0 { (peak_kw - self.least[k]) / self.width[k] } else { 0.0 };
                there[k] = share.clamp(0.0, 1.0);
            }
        }
        let value = at_own_peaks.min(total);
        if value < self.upper && self.is_whole(&sizes) && self.keeps_limits(&sizes) {
            self.upper = value;
            self.best.clone_from(&there);
            self.looseness = total - cut.at(point);
            self.best_operating = operating;
        }
        self.seen = (value, there);
        self.cuts.push(cut);
        Ok(total)
    }

    /// The box, the limits and the cuts as rows over the point, and the model's value where `with_value`, in units of the
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

    pub(super) fn unit(&self) -> f64 {
        if self.upper.is_finite() { self.upper.abs().max(1e-9) } else { self.first_cost.max(1e-9) }
    }

    /// The lower value within the range: any weights of the cuts, and any prices of the limits, give one. Returns the point where
    /// the cuts are least.
    pub(super) fn prove(&mut self) -> Vec<f64> {
        if !self.parts.is_empty() {
            return self.prove_by_parts();
        }
        let n = self.width.len();
        let mut q = vec![0.0; n];
        q.push(1.0);
        let found = least(&q, &vec![0.0; n + 1], &self.rows(true, 0.0));
        let (of_rest, weights) = found.duals.split_at(found.duals.len() - self.cuts.len());
        let point = found.point[..n].to_vec();
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return point;
        }
        let (mut constant, mut slopes) = (0.0, vec![0.0; n]);
        for (cut, weight) in self.cuts.iter().zip(weights) {
            constant += cut.constant * (weight / sum);
            slopes.iter_mut().zip(&cut.slopes).for_each(|(mean, slope)| *mean += slope * (weight / sum));
        }
        let mut limit_prices = self.limit_prices(of_rest);
        limit_prices.iter_mut().for_each(|price| *price /= sum);
        for ((left, right), price) in self.limit_rows.iter().zip(&limit_prices) {
            constant -= price * right;
            slopes.iter_mut().zip(left).for_each(|(mean, a)| *mean += price * a);
        }
        let lower = constant + self.range.least(&slopes);
        if lower > self.lower {
            self.lower = lower;
            let used = self.cuts.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
            let mixed = used.map(|(cut, weight)| (weight / sum, cut.prices.clone())).collect();
            self.proof = Proof { mixed, limit_prices };
        }
        for (cut, weight) in self.cuts.iter_mut().zip(weights) {
            cut.idle = if *weight > 1e-7 * sum { 0 } else { cut.idle + 1 };
        }
        point
    }

    /// The next point: the nearest to the best of those whose cuts are low enough.
    fn move_on(&mut self) {
        let level = self.lower + LEVEL * (self.upper - self.lower);
        let centre = self.best.clone();
        self.next = self.kept(|sizer| sizer.nearest(&centre, level));
        self.cuts.retain(|cut| cut.idle < IDLE_MOST);
    }

    /// The point of the range nearest to `centre` whose cuts are below a level.
    pub(super) fn nearest(&self, centre: &[f64], level: f64) -> Vec<f64> {
        let q: Vec<f64> = centre.iter().map(|y| -y).collect();
        self.tidy(if self.parts.is_empty() {
            least(&q, &vec![1.0; q.len()], &self.rows(false, level)).point
        } else {
            self.nearest_by_parts(q, level)
        })
    }

    /// A point that a programme gave, within the range; its nearly 0 becomes 0, as batteries of next to no power are the exact
    /// plan's slowest case.
    pub(super) fn tidy(&self, point: Vec<f64>) -> Vec<f64> {
        let within = |((y, best), (low, high)): ((f64, &f64), (&f64, &f64))| match y {
            y if y < 1e-7 => *low,
            y if y.is_nan() => best.max(*low).min(*high),
            y => y.max(*low).min(*high),
        };
        point.into_iter().zip(&self.best).zip(self.range.low.iter().zip(&self.range.high)).map(within).collect()
    }

    /// The rows of all cuts at or below a cost, for what else is asked of them.
    pub(super) fn rows_below(&self, cost: f64) -> Rows {
        self.rows(false, cost)
    }
}
