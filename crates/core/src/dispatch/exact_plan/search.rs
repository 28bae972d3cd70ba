//! The search for the caps of demand charges: rounds of whole solves, each a cut for every block of steps.

use super::capped::excess;
use super::cost::{Kink, Merit, larger, load_kwh, smaller};
use super::demand::{Accuracy, DemandCharge, holds, kink};
use super::law::{Gains, Law};
use super::master::Master;
use super::problem::{Steps, Window};
use super::solve::Solver;
use super::stage::{Caps, Stage};
use alloc::vec::Vec;
use core::ops::Range;

/// What is searched for: the columns of a site, and the charges on its peaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) steps: &'a Steps<'a>,
    pub(super) charges: &'a [DemandCharge<'a>],
}

/// A stretch of steps between two borders of periods, with the charges that hold in it.
#[derive(Debug, Clone)]
struct Block {
    first: usize,
    end: usize,
    /// Where in [`Search::members`] its charges stand.
    members: Range<usize>,
    masked: bool,
}

/// What a round's plan tells the master about one block.
#[derive(Debug, Clone, Default)]
struct Slopes {
    cost: f64,
    start: f64,
    end: f64,
    /// Derivatives of the block's least cost by its first and last level, and by each charge's cap.
    by_start: f64,
    by_end: f64,
    by_cap: Vec<f64>,
}

/// The search for the caps. Keeps its buffers, so that a second search of the same size allocates nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    gains: Gains,
    borders: Vec<usize>,
    blocks: Vec<Block>,
    /// The charges of every block, one block after the other.
    members: Vec<usize>,
    /// Largest cap of each charge that could bind.
    highest: Vec<f64>,
    master: Master,
    merit: Merit,
    /// Kinks of the step at hand by rising limit, and the charges they belong to.
    kinks: Vec<Kink>,
    owners: Vec<usize>,
    /// Steps that are not convex, whose slopes are those of [`super::capped::Capped`], ascending.
    bent: Vec<usize>,
    /// Values of the first and the last stored kWh before each step.
    ends: Vec<(f64, f64)>,
    /// Levels reserved at the end of each step; empty where none are.
    reserve: Vec<f64>,
    /// Value of the kWh below the reserve, at the end of each step that has one, before the reserve lifts it.
    under_reserve: Vec<f64>,
    slopes: Slopes,
    /// The best caps found, and those of the round at hand.
    best: Vec<f64>,
    caps: Vec<f64>,
    /// Of the round's plan: its peak under each charge, and what it pays for import above the caps.
    peaks: Vec<f64>,
    excess_cost: f64,
    /// Lower value, and rounds done.
    pub(super) lower: f64,
    pub(super) rounds: usize,
}

impl Search {
    /// Makes room for the windows of a rolling horizon: `count` steps of so many `offers`, `charges` at a time,
    /// `rounds` of a search.
    pub(super) fn reserve(&mut self, count: usize, charges: usize, offers: usize, rounds: usize) {
        let blocks = 2 * charges + 1;
        self.borders.reserve(blocks + 1);
        self.blocks.reserve(blocks);
        self.members.reserve(blocks * charges);
        for column in [&mut self.highest, &mut self.best, &mut self.caps, &mut self.peaks, &mut self.slopes.by_cap] {
            column.reserve(charges);
        }
        self.kinks.reserve(charges);
        self.owners.reserve(charges);
        self.merit.offers.reserve(offers);
        self.bent.reserve(count);
        self.ends.reserve(count);
        self.reserve.reserve(count);
        self.under_reserve.reserve(count);
        self.master.reserve(blocks, charges + blocks - 1, rounds);
    }

    /// Starts again with a case.
    pub(super) fn reset(&mut self, case: &Case<'_>, law: &Law) {
        let Case { steps, charges } = *case;
        let gains = law.gains;
        self.gains = gains;
        self.borders.clear();
        self.borders.extend([0, steps.count]);
        self.borders.extend(charges.iter().flat_map(|charge| [charge.first_step, charge.end_step]));
        self.borders.sort_unstable();
        self.borders.dedup();
        self.blocks.clear();
        self.members.clear();
        for pair in self.borders.windows(2) {
            let covers = |charge: &DemandCharge<'_>| charge.first_step <= pair[0] && pair[1] <= charge.end_step;
            let from = self.members.len();
            self.members.extend((0..charges.len()).filter(|&j| covers(&charges[j])));
            let masked = self.members[from..].iter().any(|&j| charges[j].counts.is_some());
            self.blocks.push(Block { first: pair[0], end: pair[1], members: from..self.members.len(), masked });
        }
        self.highest.clear();
        self.highest.extend(charges.iter().map(|charge| {
            let mut highest = charge.metered_kw;
            for step in charge.first_step..charge.end_step {
                if holds(charge, step) {
                    let most_kwh = load_kwh(steps, step) + gains.charge_max_kwh;
                    highest = highest.max(steps.import_limit_kw.at(step).min(most_kwh / steps.step_h));
                }
            }
            highest
        }));
        self.ends.clear();
        self.ends.resize(steps.count, (0.0, 0.0));
        self.reserve.clone_from(&law.reserve);
        self.under_reserve.clear();
        self.under_reserve.resize(law.reserve.len(), 0.0);
        (self.excess_cost, self.lower, self.rounds) = (0.0, f64::NEG_INFINITY, 0);
    }

    /// The best caps found by the last [`Search::run`].
    pub(super) fn best(&self) -> &[f64] {
        &self.best
    }

    /// Builds the slopes of all steps under the best caps, for the law.
    pub(super) fn build_best(&mut self, case: &Case<'_>, solver: &mut Solver) {
        let best = core::mem::take(&mut self.best);
        self.build(case, solver, &best, Caps::Law);
        self.best = best;
    }

    /// Searches the best caps.
    pub(super) fn run(&mut self, case: &Case<'_>, solver: &mut Solver, window: &Window, accuracy: &Accuracy) {
        let charges = case.charges;
        let ranges = charges.iter().zip(&self.highest).map(|(c, highest)| (c.price_per_kw, highest - c.metered_kw));
        let borders = (1..self.blocks.len()).map(|_| (0.0, self.gains.span));
        self.master.reset(self.blocks.len(), ranges.chain(borders));

        let mut caps = core::mem::take(&mut self.caps);
        caps.clone_from(&self.highest);
        self.best.clone_from(&caps);
        let mut upper = f64::INFINITY;
        while self.rounds < accuracy.rounds.max(1) {
            self.rounds += 1;
            let cost = self.round(case, solver, window, &caps);
            if cost < upper {
                upper = cost;
                self.best.clone_from(&self.peaks);
            }
            self.lower = self.lower.max(self.master.solve());
            if upper - self.lower <= accuracy.relative_gap * upper.abs() {
                break;
            }
            // Halfway from the best caps to the master's: its own jump between extremes while cuts are few.
            for (j, cap) in caps.iter_mut().enumerate() {
                let asked = charges[j].metered_kw + self.master.variable(j);
                *cap = self.best[j] + 0.5 * (asked - self.best[j]);
            }
        }
        self.caps = caps;
    }

    /// Builds the slopes of all steps under the caps.
    pub(super) fn build(&mut self, case: &Case<'_>, solver: &mut Solver, caps: &[f64], rule: Caps) {
        solver.begin_slopes(case.steps);
        self.bent.clear();
        for b in 0..self.blocks.len() {
            self.sort_block(b, caps);
            for step in self.blocks[b].first..self.blocks[b].end {
                self.take_kinks(case, b, step, caps);
                if !solver.stage.build(&mut solver.law, case.steps, step, &self.kinks, rule) {
                    self.bent.push(step);
                }
            }
        }
        solver.end_slopes();
    }

    fn sort_block(&mut self, b: usize, caps: &[f64]) {
        let members = &mut self.members[self.blocks[b].members.clone()];
        members.sort_unstable_by(|i, j| caps[*i].total_cmp(&caps[*j]).then(i.cmp(j)));
        self.kinks.clear();
        self.owners.clear();
    }

    /// Sets the kinks of a step; they are those of the step before where no charge of the block has a mask.
    #[inline]
    fn take_kinks(&mut self, case: &Case<'_>, b: usize, step: usize, caps: &[f64]) {
        let block = &self.blocks[b];
        if step > block.first && !block.masked {
            return;
        }
        self.kinks.clear();
        self.owners.clear();
        for &j in &self.members[block.members.clone()] {
            if holds(&case.charges[j], step) {
                self.kinks.push(kink(&case.charges[j], caps[j], case.steps));
                self.owners.push(j);
            }
        }
    }

    /// Solves all steps for the caps, cuts the master in every block, and returns the cost of the plan at its own peaks.
    fn round(&mut self, case: &Case<'_>, solver: &mut Solver, window: &Window, caps: &[f64]) -> f64 {
        self.build(case, solver, caps, Caps::Bound);
        let Self { ends, reserve, under_reserve, .. } = self;
        solver.sweep(window, |step, list| {
            ends[step] = list.ends();
            if step > 0
                && let Some(&level) = reserve.get(step - 1)
            {
                under_reserve[step - 1] = list.value_below(level);
            }
        });
        if let (Some(level), Some(under)) = (reserve.last(), under_reserve.last_mut()) {
            let (asked, below, beyond) = solver.law.end;
            *under = if *level <= asked { below } else { beyond };
        }
        let optimum = solver.forward(window);

        self.peaks.clear();
        self.peaks.extend(case.charges.iter().map(|charge| charge.metered_kw));
        self.excess_cost = 0.0;
        let mut value = solver.list.value_at(solver.levels[0]);
        let mut slopes = core::mem::take(&mut self.slopes);
        for b in 0..self.blocks.len() {
            value = self.follow(case, solver, b, caps, value, &mut slopes);
            if b + 1 == self.blocks.len() {
                slopes.cost += solver.law.shortfall_price * optimum.end_shortfall_kwh - optimum.stored_credit;
            }
            self.cut(case, b, &slopes, caps);
        }
        self.slopes = slopes;
        let charges = case.charges.iter().zip(&self.peaks);
        optimum.objective - self.excess_cost
            + charges.map(|(charge, peak)| charge.price_per_kw * (peak - charge.metered_kw)).sum::<f64>()
    }

    /// Follows the plan through a block with the value of stored energy along it, which is the dual of the storage's
    /// balance: it stays the same but for the leak, and where the level is at a bound or at a reserve.
    fn follow(
        &mut self,
        case: &Case<'_>,
        solver: &mut Solver,
        b: usize,
        caps: &[f64],
        mut value: f64,
        slopes: &mut Slopes,
    ) -> f64 {
        self.sort_block(b, caps);
        let Block { first, end, .. } = self.blocks[b];
        let gains = self.gains;
        let slack = 1e-9 * gains.span;
        let price = solver.law.shortfall_price;
        slopes.by_cap.clear();
        slopes.by_cap.resize(case.charges.len(), 0.0);
        slopes.cost = 0.0;
        slopes.start = solver.levels[first];
        slopes.end = solver.levels[end];
        let mut bent = self.bent.partition_point(|step| *step < first);
        for step in first..end {
            self.take_kinks(case, b, step, caps);
            let level = solver.levels[step];
            // At its bounds the value may jump: what the past paid is not what the future pays.
            if level <= slack {
                value = self.ends[step].0;
            } else if level >= gains.span - slack {
                value = self.ends[step].1;
            }
            if step == first {
                slopes.by_start = -value;
            }
            let start = gains.keep * level;
            let (after, cost) = solver.law.advance_with_cost(step, start);
            slopes.cost += cost;
            value /= gains.keep;

            let bus_kwh = gains.bus_kwh(after - start);
            if self.bent.get(bent) == Some(&step) {
                bent += 1;
                self.bent_cap_slopes(case.steps, &mut solver.stage, step, after - start, value, &mut slopes.by_cap);
            } else if !self.kinks.is_empty() {
                self.cap_slopes(case.steps, step, bus_kwh, value, &mut slopes.by_cap);
            }
            if let Some(&reserve) = self.reserve.get(step) {
                slopes.cost += price * larger(reserve - after, 0.0);
                if after < reserve - slack {
                    value -= price;
                } else if after <= reserve + slack {
                    value = smaller(value, self.under_reserve[step]);
                }
            }
        }
        slopes.by_end = value;
        value
    }

    /// As [`Search::cap_slopes`], of a step that is not convex.
    fn bent_cap_slopes(
        &mut self,
        steps: &Steps<'_>,
        stage: &mut Stage,
        step: usize,
        change: f64,
        value: f64,
        by_cap: &mut [f64],
    ) {
        stage.gather_capped(&self.gains, steps, step, &self.kinks);
        let (import_kwh, slope) = stage.capped.at(change, value);
        let mut worth = stage.capped.worth_of_caps(&self.kinks, slope);
        self.excess_cost += excess(&self.kinks, import_kwh);
        for (kink, &j) in self.kinks.iter().zip(&self.owners) {
            self.peaks[j] = self.peaks[j].max(import_kwh / self.gains.hours);
            let part = worth.clamp(0.0, kink.excess_per_kwh);
            by_cap[j] -= self.gains.hours * part;
            worth -= part;
        }
    }

    /// Adds the derivatives of a step's cost by the caps, and notes its peak and what it pays above the caps.
    #[inline]
    fn cap_slopes(&mut self, steps: &Steps<'_>, step: usize, bus_kwh: f64, value: f64, by_cap: &mut [f64]) {
        let gains = &self.gains;
        let marginal = self.merit.marginal(gains, steps, step, &self.kinks, bus_kwh);
        let import_kwh = marginal.import_kwh;
        for &j in &self.owners {
            let peak = &mut self.peaks[j];
            *peak = peak.max(import_kwh / gains.hours);
        }
        if import_kwh < self.kinks[0].limit_kwh - 1e-9 * (1.0 + import_kwh) {
            return;
        }
        // The bus price: that at which the storage is content, within those of the offers next to it.
        let asked = if bus_kwh < 0.0 { value * gains.discharge + gains.wear } else { value * gains.charge };
        let bus_price = asked.max(marginal.last).min(marginal.next);
        let most = steps.import_limit_kw.at(step) * gains.hours;
        let mut base = steps.import_price_per_kwh.at(step);
        for (kink, &j) in self.kinks.iter().zip(&self.owners) {
            if kink.limit_kwh < most {
                by_cap[j] -= gains.hours * (bus_price - base).clamp(0.0, kink.excess_per_kwh);
                self.excess_cost += kink.excess_per_kwh * larger(import_kwh - kink.limit_kwh, 0.0);
            }
            base += kink.excess_per_kwh;
        }
    }

    /// The block's least cost lies above its tangent at this round's levels and caps.
    fn cut(&mut self, case: &Case<'_>, b: usize, slopes: &Slopes, caps: &[f64]) {
        let charges = case.charges;
        let (blocks, count) = (self.blocks.len(), charges.len());
        let members = &self.members[self.blocks[b].members.clone()];
        let mut constant = slopes.cost;
        for &j in members {
            constant -= slopes.by_cap[j] * (caps[j] - charges[j].metered_kw);
        }
        let start = (b > 0).then(|| (count + b - 1, slopes.by_start));
        let end = (b + 1 < blocks).then_some((count + b, slopes.by_end));
        if let Some((_, slope)) = start {
            constant -= slope * slopes.start;
        }
        if let Some((_, slope)) = end {
            constant -= slope * slopes.end;
        }
        let by_cap = members.iter().map(|&j| (j, slopes.by_cap[j])).filter(|(_, slope)| *slope != 0.0);
        self.master.cut(b, constant, by_cap.chain(start).chain(end));
    }
}
