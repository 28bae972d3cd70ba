//! The search for the caps of demand charges: rounds of whole solves, each a cut for every block of steps.

use super::cost::{Kink, Merit, larger, load_kwh, smaller};
use super::demand::{Accuracy, DemandCharge, holds, kink};
use super::law::{Gains, Law};
use super::master::Master;
use super::problem::{Steps, Window};
use super::solve::Solver;
use super::stage::Caps;
use alloc::vec;
use alloc::vec::Vec;

/// A stretch of steps between two borders of periods, with the charges that hold in it.
#[derive(Debug, Clone)]
struct Block {
    first: usize,
    end: usize,
    charges: Vec<usize>,
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

/// The search for the caps.
pub(super) struct Search<'a> {
    steps: &'a Steps<'a>,
    charges: &'a [DemandCharge<'a>],
    gains: Gains,
    blocks: Vec<Block>,
    /// Largest cap of each charge that could bind.
    highest: Vec<f64>,
    master: Master,
    merit: Merit,
    /// Kinks of the step at hand by rising limit, and the charges they belong to.
    kinks: Vec<Kink>,
    owners: Vec<usize>,
    /// Steps whose slopes leave the kinks out, ascending.
    unkinked: Vec<usize>,
    /// Values of the first and the last stored kWh before each step.
    ends: Vec<(f64, f64)>,
    /// Levels reserved at the end of each step; empty where none are.
    reserve: Vec<f64>,
    /// Value of the kWh below the reserve, at the end of each step that has one, before the reserve lifts it.
    under_reserve: Vec<f64>,
    slopes: Slopes,
    /// Of the round's plan: its peak under each charge, and what it pays for import above the caps.
    peaks: Vec<f64>,
    excess_cost: f64,
    /// Lower value, and rounds done.
    pub(super) lower: f64,
    pub(super) rounds: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(steps: &'a Steps<'a>, charges: &'a [DemandCharge<'a>], law: &Law) -> Self {
        let gains = law.gains;
        let mut borders: Vec<usize> = charges.iter().flat_map(|charge| [charge.first_step, charge.end_step]).collect();
        borders.extend([0, steps.count]);
        borders.sort_unstable();
        borders.dedup();
        let blocks = borders
            .windows(2)
            .map(|pair| {
                let covers = |charge: &DemandCharge<'_>| charge.first_step <= pair[0] && pair[1] <= charge.end_step;
                let charges_here: Vec<usize> = (0..charges.len()).filter(|&j| covers(&charges[j])).collect();
                let masked = charges_here.iter().any(|&j| charges[j].counts.is_some());
                Block { first: pair[0], end: pair[1], charges: charges_here, masked }
            })
            .collect();
        let highest = charges
            .iter()
            .map(|charge| {
                let mut highest = charge.metered_kw;
                for step in charge.first_step..charge.end_step {
                    if holds(charge, step) {
                        let most_kwh = load_kwh(steps, step) + gains.charge_max_kwh;
                        highest = highest.max(steps.import_limit_kw.at(step).min(most_kwh / steps.step_h));
                    }
                }
                highest
            })
            .collect();
        Self {
            steps,
            charges,
            gains,
            blocks,
            highest,
            master: Master::default(),
            merit: Merit::default(),
            kinks: Vec::new(),
            owners: Vec::new(),
            unkinked: Vec::new(),
            ends: vec![(0.0, 0.0); steps.count],
            under_reserve: vec![0.0; law.reserve.len()],
            reserve: law.reserve.clone(),
            slopes: Slopes::default(),
            peaks: Vec::new(),
            excess_cost: 0.0,
            lower: f64::NEG_INFINITY,
            rounds: 0,
        }
    }

    /// Returns the best caps found.
    pub(super) fn run(&mut self, solver: &mut Solver, window: &Window, accuracy: &Accuracy) -> Vec<f64> {
        let caps = self.charges.iter().zip(&self.highest).map(|(c, highest)| (c.price_per_kw, highest - c.metered_kw));
        let borders = (1..self.blocks.len()).map(|_| (0.0, self.gains.span));
        self.master.reset(self.blocks.len(), caps.chain(borders));

        let mut caps = self.highest.clone();
        let mut best = caps.clone();
        let mut upper = f64::INFINITY;
        while self.rounds < accuracy.rounds.max(1) {
            self.rounds += 1;
            let cost = self.round(solver, window, &caps);
            if cost < upper {
                upper = cost;
                best.clone_from(&self.peaks);
            }
            self.lower = self.lower.max(self.master.solve());
            if upper - self.lower <= accuracy.relative_gap * upper.abs() {
                break;
            }
            // Halfway from the best caps to the master's: its own jump between extremes while cuts are few.
            for (j, cap) in caps.iter_mut().enumerate() {
                let asked = self.charges[j].metered_kw + self.master.variable(j);
                *cap = best[j] + 0.5 * (asked - best[j]);
            }
        }
        best
    }

    /// Builds the slopes of all steps under the caps.
    pub(super) fn build(&mut self, solver: &mut Solver, caps: &[f64], rule: Caps) {
        solver.begin_slopes(self.steps);
        self.unkinked.clear();
        for b in 0..self.blocks.len() {
            self.sort_block(b, caps);
            for step in self.blocks[b].first..self.blocks[b].end {
                self.take_kinks(b, step, caps);
                if !solver.stage.build(&mut solver.law, self.steps, step, &self.kinks, rule) {
                    self.unkinked.push(step);
                }
            }
        }
        solver.end_slopes();
    }

    fn sort_block(&mut self, b: usize, caps: &[f64]) {
        self.blocks[b].charges.sort_by(|i, j| caps[*i].total_cmp(&caps[*j]));
        self.kinks.clear();
        self.owners.clear();
    }

    /// Sets the kinks of a step; they are those of the step before where no charge of the block has a mask.
    #[inline]
    fn take_kinks(&mut self, b: usize, step: usize, caps: &[f64]) {
        let block = &self.blocks[b];
        if step > block.first && !block.masked {
            return;
        }
        self.kinks.clear();
        self.owners.clear();
        for &j in &block.charges {
            if holds(&self.charges[j], step) {
                self.kinks.push(kink(&self.charges[j], caps[j], self.steps));
                self.owners.push(j);
            }
        }
    }

    /// Solves all steps for the caps, cuts the master in every block, and returns the cost of the plan at its own peaks.
    fn round(&mut self, solver: &mut Solver, window: &Window, caps: &[f64]) -> f64 {
        self.build(solver, caps, Caps::Bound);
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
        self.peaks.extend(self.charges.iter().map(|charge| charge.metered_kw));
        self.excess_cost = 0.0;
        let mut value = solver.list.value_at(solver.levels[0]);
        let mut slopes = core::mem::take(&mut self.slopes);
        for b in 0..self.blocks.len() {
            value = self.follow(solver, b, caps, value, &mut slopes);
            if b + 1 == self.blocks.len() {
                slopes.cost += solver.law.shortfall_price * optimum.end_shortfall_kwh - optimum.stored_credit;
            }
            self.cut(b, &slopes, caps);
        }
        self.slopes = slopes;
        let charges = self.charges.iter().zip(&self.peaks);
        optimum.objective - self.excess_cost
            + charges.map(|(charge, peak)| charge.price_per_kw * (peak - charge.metered_kw)).sum::<f64>()
    }

    /// Follows the plan through a block with the value of stored energy along it, which is the dual of the storage's
    /// balance: it stays the same but for the leak, and where the level is at a bound or at a reserve.
    fn follow(&mut self, solver: &Solver, b: usize, caps: &[f64], mut value: f64, slopes: &mut Slopes) -> f64 {
        self.sort_block(b, caps);
        let Block { first, end, .. } = self.blocks[b];
        let gains = self.gains;
        let slack = 1e-9 * gains.span;
        let price = solver.law.shortfall_price;
        slopes.by_cap.clear();
        slopes.by_cap.resize(self.charges.len(), 0.0);
        slopes.cost = 0.0;
        slopes.start = solver.levels[first];
        slopes.end = solver.levels[end];
        let mut unkinked = self.unkinked.partition_point(|step| *step < first);
        for step in first..end {
            self.take_kinks(b, step, caps);
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
            if self.unkinked.get(unkinked) == Some(&step) {
                unkinked += 1;
                self.note_peak(step, bus_kwh);
            } else if !self.kinks.is_empty() {
                self.cap_slopes(step, bus_kwh, value, &mut slopes.by_cap);
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

    /// Notes the peak of a step that knows no caps.
    fn note_peak(&mut self, step: usize, bus_kwh: f64) {
        if let Some((flows, _)) = self.merit.flows(&self.gains, self.steps, step, &self.kinks, bus_kwh, 1e-7) {
            for &j in &self.owners {
                self.peaks[j] = self.peaks[j].max(flows.import_kwh / self.gains.hours);
            }
        }
    }

    /// Adds the derivatives of a step's cost by the caps, and notes its peak and what it pays above the caps.
    #[inline]
    fn cap_slopes(&mut self, step: usize, bus_kwh: f64, value: f64, by_cap: &mut [f64]) {
        let gains = &self.gains;
        let marginal = self.merit.marginal(gains, self.steps, step, &self.kinks, bus_kwh);
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
        let most = self.steps.import_limit_kw.at(step) * gains.hours;
        let mut base = self.steps.import_price_per_kwh.at(step);
        for (kink, &j) in self.kinks.iter().zip(&self.owners) {
            if kink.limit_kwh < most {
                by_cap[j] -= gains.hours * (bus_price - base).clamp(0.0, kink.excess_per_kwh);
                self.excess_cost += kink.excess_per_kwh * larger(import_kwh - kink.limit_kwh, 0.0);
            }
            base += kink.excess_per_kwh;
        }
    }

    /// The block's least cost lies above its tangent at this round's levels and caps.
    fn cut(&mut self, b: usize, slopes: &Slopes, caps: &[f64]) {
        let charges = self.charges;
        let mut constant = slopes.cost;
        let mut variables: Vec<(usize, f64)> = Vec::new();
        for &j in &self.blocks[b].charges {
            constant -= slopes.by_cap[j] * (caps[j] - charges[j].metered_kw);
            if slopes.by_cap[j] != 0.0 {
                variables.push((j, slopes.by_cap[j]));
            }
        }
        if b > 0 {
            constant -= slopes.by_start * slopes.start;
            variables.push((charges.len() + b - 1, slopes.by_start));
        }
        if b + 1 < self.blocks.len() {
            constant -= slopes.by_end * slopes.end;
            variables.push((charges.len() + b, slopes.by_end));
        }
        self.master.cut(b, constant, variables.into_iter());
    }
}
