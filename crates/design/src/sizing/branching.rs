//! Sizes in whole counts: branch and bound over one pool of cuts.
//!
//! Cuts hold for all sizes, so that the nodes share them and most nodes cost a small programme but no plan. The node of the least
//! proven value is next, always; nothing is cut off by the gap asked, so that a search stopped early is the beginning of a
//! longer one. At the root the relaxed problem is searched to [`ROOT_GAP`]; then a node is split where its least point lies
//! between two counts, and a year is planned only at whole counts.

use microgrid_core::{Problem, Problems};

use super::certificate::Leaf;
use super::level::{LEVEL, Sizer};
use super::programme::least;
use super::search::{Ending, Progress, Proof, Range, Stop};

/// Relative distance between the relaxed problem's values from which on the root is split.
const ROOT_GAP: f64 = 3e-5;

/// Steps between a size and the nearest count from which on it is split: what the programmes leave is less.
const FRACTION: f64 = 1e-4;

/// Evaluations in one node of fixed counts after which its cuts are taken not to touch.
const VISITS_MOST: usize = 80;

/// Nodes after which a search ends.
const NODES_MOST: usize = 50_000;

/// A part of the bounds.
#[derive(Debug, Clone)]
struct Node {
    range: Range,
    lower: f64,
    proof: Proof,
    /// The best point seen in it, counts or not.
    upper: f64,
    best: Vec<f64>,
    visits: usize,
    /// The counts that were evaluated last, as a point.
    tried: Option<Vec<f64>>,
    is_root: bool,
}

/// The parts that hold all counts between them.
#[derive(Debug, Clone)]
pub(super) struct Branching {
    open: Vec<Node>,
    /// Parts in which no sizes keep the limits, with the prices that show it.
    empty: Vec<Node>,
}

/// What became of a node.
enum Visit {
    /// Its lower value rose, and another is below it now.
    Again,
    /// A year was planned in it.
    Evaluated,
    /// These take its place.
    Split(Vec<Node>),
    /// No sizes in it keep the limits.
    Empty,
    /// Its cuts do not touch the cost.
    Loose,
}

impl Branching {
    pub(super) fn over(count: usize) -> Self {
        let root = Node {
            range: Range::whole(count),
            lower: f64::NEG_INFINITY,
            proof: Proof::default(),
            upper: f64::INFINITY,
            best: vec![0.3; count],
            visits: 0,
            tried: None,
            is_root: true,
        };
        Self { open: vec![root], empty: Vec::new() }
    }

    /// The open node of the least lower value; the first of equals.
    fn least(&self) -> Option<usize> {
        (0..self.open.len()).min_by(|a, b| self.open[*a].lower.total_cmp(&self.open[*b].lower))
    }

    fn lower(&self) -> f64 {
        self.open.iter().map(|node| node.lower).fold(f64::INFINITY, f64::min)
    }
}

impl Sizer {
    /// Searches counts until `stop` says so or `each` returns `false`.
    pub(super) fn branch(&mut self, stop: Stop, each: &mut impl FnMut(Progress) -> bool) -> Result<Ending, Problems> {
        let Some(mut branching) = self.branching.take() else { return Ok(Ending::Spent) };
        let ending = self.search(&mut branching, stop, each);
        self.range = Range::whole(self.width.len());
        self.lower = branching.lower();
        self.branching = Some(branching);
        ending
    }

    fn search(
        &mut self,
        branching: &mut Branching,
        stop: Stop,
        each: &mut impl FnMut(Progress) -> bool,
    ) -> Result<Ending, Problems> {
        loop {
            self.lower = branching.lower();
            if let Some(ending) = self.ended(stop) {
                return Ok(ending);
            }
            let Some(at) = branching.least() else {
                let problem = Problem::new("size", "no whole counts within the bounds keep the limits of the goal");
                return Err(problem.hint("raise the budget, or lower a step").into());
            };
            if branching.open.len() + branching.empty.len() > NODES_MOST {
                return Ok(Ending::Spent);
            }
            let mut node = branching.open.remove(at);
            let visit = self.visit(&mut node, branching.lower())?;
            let is_evaluated = matches!(visit, Visit::Evaluated);
            match visit {
                Visit::Again | Visit::Evaluated => branching.open.push(node),
                Visit::Split(nodes) => branching.open.extend(nodes),
                Visit::Empty => branching.empty.push(node),
                Visit::Loose => {
                    branching.open.push(node);
                    return Ok(Ending::Loose);
                }
            }
            self.lower = branching.lower();
            if is_evaluated && !each(self.progress()) {
                return Ok(self.ended(stop).unwrap_or(Ending::Stopped));
            }
        }
    }

    /// Proves a node anew, and where it stays the least, plans a year in it or splits it. `rest` is the least of the others.
    fn visit(&mut self, node: &mut Node, rest: f64) -> Result<Visit, Problems> {
        self.range.clone_from(&node.range);
        if self.evaluations == 0 {
            node.best.clone_from(&self.next);
            return self.plan_in(node, self.next.clone());
        }
        if let Some(prices) = self.prices_against(&node.range) {
            node.proof = Proof { mixed: Vec::new(), limit_prices: prices };
            node.lower = f64::INFINITY;
            return Ok(Visit::Empty);
        }
        self.lower = node.lower;
        self.proof = std::mem::take(&mut node.proof);
        let point = self.least_point();
        node.lower = self.lower;
        node.proof = std::mem::take(&mut self.proof);
        if node.lower > rest {
            return Ok(Visit::Again);
        }
        let between = self.most_fractional(&point);
        let level = node.lower + LEVEL * (node.upper - node.lower);
        match between {
            Some(_) if node.is_root && node.upper - node.lower > ROOT_GAP * self.unit() => {
                let centre = node.best.clone();
                let next = self.kept(|sizer| sizer.nearest(&centre, level));
                self.plan_in(node, next)
            }
            Some(size) if node.is_root && node.tried.is_none() => {
                // A first whole point, near the relaxed best.
                let rounded = self.counted(&node.best);
                node.tried = Some(rounded.clone());
                if self.keeps_limits(&self.sizes_at(&rounded)) {
                    return self.plan_in(node, rounded);
                }
                Ok(Visit::Split(self.split(node, size, &point)))
            }
            Some(size) => Ok(Visit::Split(self.split(node, size, &point))),
            None => self.visit_counts(node, point, level),
        }
    }

    /// The point of the range where the cuts are least, within all limits.
    fn least_point(&mut self) -> Vec<f64> {
        loop {
            let point = self.prove();
            let point = self.tidy(point);
            if !self.note_broken(&point) {
                return point;
            }
        }
    }

    /// A node whose least point is at whole counts.
    fn visit_counts(&mut self, node: &mut Node, point: Vec<f64>, level: f64) -> Result<Visit, Problems> {
        let counts = self.counted(&point);
        let same = |tried: &Vec<f64>| self.stepped().all(|k| tried[k] == counts[k]);
        let open = self.stepped().find(|k| node.range.low[*k] < node.range.high[*k]);
        match open {
            Some(size) if node.tried.as_ref().is_some_and(same) => Ok(Visit::Split(self.isolate(node, size, &counts))),
            Some(_) => {
                node.tried = Some(counts.clone());
                self.plan_in(node, counts)
            }
            None => {
                node.visits += 1;
                let is_settled = node.upper.is_finite() && self.stepped().count() == self.width.len();
                if node.visits > VISITS_MOST || is_settled {
                    return Ok(Visit::Loose);
                }
                let centre = node.best.clone();
                let next = match node.upper.is_finite() {
                    true => self.kept(|sizer| sizer.counted(&sizer.nearest(&centre, level))),
                    false => counts,
                };
                self.plan_in(node, next)
            }
        }
    }

    fn plan_in(&mut self, node: &mut Node, point: Vec<f64>) -> Result<Visit, Problems> {
        self.evaluate(&point)?;
        let (value, there) = self.seen.clone();
        if value < node.upper {
            (node.upper, node.best) = (value, there);
        }
        Ok(Visit::Evaluated)
    }

    /// The sizes with steps, by their places.
    fn stepped(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.task.sizes.len()).filter(|k| self.task.sizes[*k].step.is_some() && self.width[*k] > 0.0)
    }

    /// A size's step over the unit box.
    fn unit_step(&self, size: usize) -> f64 {
        self.task.sizes[size].step.unwrap_or(0.0) / self.width[size]
    }

    /// The size that is farthest from whole counts, if any is.
    fn most_fractional(&self, point: &[f64]) -> Option<usize> {
        let distance = |k: usize| {
            let count = point[k] / self.unit_step(k);
            (count - libm::round(count)).abs()
        };
        let far = self.stepped().filter(|k| distance(*k) > FRACTION);
        far.max_by(|a, b| distance(*a).total_cmp(&distance(*b)))
    }

    /// The point with its sizes at the nearest counts within the range.
    fn counted(&self, point: &[f64]) -> Vec<f64> {
        let mut counted = point.to_vec();
        for k in self.stepped() {
            let step = self.unit_step(k);
            let count = step * libm::round(point[k] / step);
            counted[k] = count.max(self.range.low[k]).min(self.range.high[k]);
        }
        counted
    }

    /// The node below and above the counts between which a size lies.
    fn split(&self, node: &Node, size: usize, point: &[f64]) -> Vec<Node> {
        let step = self.unit_step(size);
        let below = libm::floor(point[size] / step);
        [(node.range.low[size], step * below), (step * (below + 1.0), node.range.high[size])]
            .into_iter()
            .filter_map(|ends| node.within(size, ends, 0.5 * step))
            .collect()
    }

    /// The node at a size's count, and those on either side.
    fn isolate(&self, node: &Node, size: usize, counts: &[f64]) -> Vec<Node> {
        let (step, at) = (self.unit_step(size), counts[size]);
        [(node.range.low[size], at - step), (at, at), (at + step, node.range.high[size])]
            .into_iter()
            .filter_map(|ends| node.within(size, ends, 0.5 * step))
            .collect()
    }

    /// The prices of the limits that show that no sizes of a range keep them: Σ price·(left·y − right) is above every cost there.
    fn prices_against(&self, range: &Range) -> Option<Vec<f64>> {
        let n = self.width.len();
        if self.limit_rows.is_empty() {
            return None;
        }
        let found = least(&vec![0.0; n], &vec![0.0; n], &self.bounds(n));
        if !found.is_infeasible {
            return None;
        }
        let prices = self.limit_prices(&found.duals);
        let (mut constant, mut slopes) = (0.0, vec![0.0; n]);
        for ((left, right), price) in self.limit_rows.iter().zip(&prices) {
            constant -= price * right;
            slopes.iter_mut().zip(left).for_each(|(slope, a)| *slope += price * a);
        }
        let missed = constant + range.least(&slopes);
        // With prices of 0 in the year the rest is at least the sizes' own cost, which is not negative.
        (missed > 0.0).then(|| prices.iter().map(|price| price * 1e3 * self.unit() / missed).collect())
    }

    /// The parts of the bounds with the proof of each: one where no size has a step.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf> {
        let Some(branching) = &self.branching else {
            let bounds = self.task.sizes.iter().map(|size| (size.least, size.most)).collect();
            return vec![Leaf { bounds, certificate: self.certificate() }];
        };
        let leaf =
            |node: &Node| Leaf { bounds: self.bounds_of(&node.range), certificate: self.certificate_of(&node.proof) };
        branching.open.iter().chain(&branching.empty).map(leaf).collect()
    }

    /// The least and the greatest value of each size in a range.
    pub(super) fn bounds_of(&self, range: &Range) -> Vec<(f64, f64)> {
        self.sizes_at(&range.low).into_iter().zip(self.sizes_at(&range.high)).collect()
    }
}

impl Node {
    /// The part of it in which a size lies between two ends; none where they cross.
    fn within(&self, size: usize, (low, high): (f64, f64), slack: f64) -> Option<Self> {
        if low > high + slack {
            return None;
        }
        let mut part = Self { upper: f64::INFINITY, visits: 0, tried: None, is_root: false, ..self.clone() };
        (part.range.low[size], part.range.high[size]) = (low, high.max(low));
        part.best[size] = part.best[size].max(low).min(part.range.high[size]);
        Some(part)
    }
}
