//! Demand charges: a price on the largest mean import of a period, planned by cuts over caps and border energies.

use super::cost::{Flows, Kink, evaluate_under_caps};
use super::problem::{EndRule, Steps, Storage, Window};
use super::search::{Case, Search};
use super::solve::{Optimum, Solver};
use super::stage::Caps;
use crate::{Problem, Problems};
use alloc::format;
use alloc::vec::Vec;

/// A price on the largest mean import of a step, over a stretch of steps: one billing month of one tariff line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DemandCharge<'a> {
    /// First step of the period.
    pub first_step: usize,
    /// Step after the last of the period.
    pub end_step: usize,
    /// Money per kW, ≥ 0.
    pub price_per_kw: f64,
    /// Peak already metered in this period, kW, ≥ 0: import up to it is free of this charge.
    pub metered_kw: f64,
    /// Which steps count, one value per step of the site; `None`: all of the period.
    pub counts: Option<&'a [bool]>,
}

/// When the search for the caps ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Gap between upper and lower value, relative to the upper, at which the search ends.
    pub relative_gap: f64,
    /// Most rounds, one sweep over all steps each.
    pub rounds: usize,
}

impl Default for Accuracy {
    fn default() -> Self {
        Self { relative_gap: 1e-7, rounds: 200 }
    }
}

/// An optimum with demand charges. The solver's law is the one for these caps.
#[derive(Debug, Clone, PartialEq)]
pub struct DemandOptimum {
    /// Cost of the plan, money, demand charges included: an upper value of the optimum.
    pub objective: f64,
    /// Proven lower value of the optimum, money.
    pub lower_cost: f64,
    /// The law's cap of each charge, kW, not below the metered peak. Sources dearer than import run to keep it where
    /// they are cheaper than import above it.
    pub caps_kw: Vec<f64>,
    /// The plan's peak under each charge, kW, not below the metered one.
    pub peaks_kw: Vec<f64>,
    /// Demand charges of the plan beyond what is metered already, money; part of the objective.
    pub demand_cost: f64,
    /// The plan without demand charges; its objective includes what the law pays for import above the caps.
    pub plan: Optimum,
    /// Sweeps over all steps.
    pub rounds: usize,
    /// Steps that are not convex: the plan has them as they are, the lower value by a cost that is jointly convex in
    /// stored energy and caps, at most the true one.
    pub hull_steps: usize,
}

/// Rounds that follow a plan's own peaks, where steps are not convex.
const OWN_PEAKS: usize = 8;

impl Solver {
    /// Plans all steps of a site with demand charges.
    ///
    /// Loads the storage and the columns, searches the caps to the accuracy asked, and leaves the law and the plan of
    /// the best caps in the solver. Rounds that run out are no error: the gap found is returned.
    ///
    /// # Errors
    /// As [`Solver::load`] and [`Solver::solve`]; charges that are out of range.
    pub fn solve_demand(
        &mut self,
        storage: &Storage,
        steps: &Steps<'_>,
        (start_kwh, end): (f64, EndRule),
        charges: &[DemandCharge<'_>],
        accuracy: &Accuracy,
    ) -> Result<DemandOptimum, Problems> {
        let window = Window::whole(steps.count, start_kwh, end);
        let search = self.search_caps(storage, steps, &window, charges, accuracy)?;
        let (caps, lower, rounds) = (search.best().to_vec(), search.lower, search.rounds);
        let mut best = self.plan_under(storage, steps, &window, charges, caps)?;
        // Under caps at its own peaks the best plan costs no more. Where all is convex the search has seen to that.
        let mut is_best = true;
        for _ in 0..if self.law.bent.is_empty() { 0 } else { OWN_PEAKS } {
            let caps = best.peaks_kw.clone();
            self.build_under(steps, charges, &caps);
            let found = self.plan_under(storage, steps, &window, charges, caps)?;
            is_best = found.objective < best.objective;
            if !is_best {
                break;
            }
            best = found;
        }
        if !is_best {
            self.build_under(steps, charges, &best.caps_kw);
            best = self.plan_under(storage, steps, &window, charges, best.caps_kw)?;
        }
        best.hull_steps = self.law.bent.len();
        (best.lower_cost, best.rounds) = (lower.min(best.objective), rounds);
        Ok(best)
    }

    /// Builds the slopes of all steps under caps, for the law.
    fn build_under(&mut self, steps: &Steps<'_>, charges: &[DemandCharge<'_>], caps_kw: &[f64]) {
        let mut search = core::mem::take(&mut self.search);
        search.build(&Case { steps, charges }, self, caps_kw, Caps::Law);
        self.search = search;
    }

    /// The plan under the caps whose slopes are built, and what it costs at its own peaks.
    fn plan_under(
        &mut self,
        storage: &Storage,
        steps: &Steps<'_>,
        window: &Window,
        charges: &[DemandCharge<'_>],
        caps_kw: Vec<f64>,
    ) -> Result<DemandOptimum, Problems> {
        self.sweep_exactly(window);
        let plan = self.forward(window);
        let path = self.stored_kwh().to_vec();
        let mut peaks_kw: Vec<f64> = charges.iter().map(|charge| charge.metered_kw).collect();
        let mut order: Vec<usize> = (0..charges.len()).collect();
        order.sort_by(|i, j| caps_kw[*i].total_cmp(&caps_kw[*j]));
        let under_caps = |step: usize, kinks: &mut Vec<Kink>| {
            kinks.clear();
            kinks.extend(
                order.iter().filter(|j| holds(&charges[**j], step)).map(|&j| kink(&charges[j], caps_kw[j], steps)),
            );
        };
        let meter = |step: usize, flows: &Flows| {
            for (charge, peak) in charges.iter().zip(&mut peaks_kw) {
                if holds(charge, step) {
                    *peak = peak.max(flows.import_kwh / steps.step_h);
                }
            }
        };
        let price = plan.shortfall_price_per_kwh;
        let bill = evaluate_under_caps(storage, steps, window, &path, price, under_caps, meter)?;
        let demand_cost: f64 =
            charges.iter().zip(&peaks_kw).map(|(c, peak)| c.price_per_kw * (peak - c.metered_kw)).sum();
        let objective = bill.objective + demand_cost;
        let lower_cost = f64::NEG_INFINITY;
        Ok(DemandOptimum { objective, lower_cost, caps_kw, peaks_kw, demand_cost, plan, rounds: 0, hull_steps: 0 })
    }

    /// Loads the storage and the columns, searches the caps to the accuracy asked, and leaves the slopes under the best
    /// caps in the solver.
    fn search_caps(
        &mut self,
        storage: &Storage,
        steps: &Steps<'_>,
        window: &Window,
        charges: &[DemandCharge<'_>],
        accuracy: &Accuracy,
    ) -> Result<&Search, Problems> {
        self.load(storage, steps)?;
        self.check(window)?;
        check(charges, steps.count)?;
        // One price in all rounds, above every slope the caps can make.
        let dearest: f64 = charges.iter().map(|charge| charge.price_per_kw).sum();
        let steepest = self.stage.steepest + dearest / (steps.step_h * self.law.gains.charge);
        self.given_shortfall_price = Some(steps.shortfall_price_per_kwh.unwrap_or(2.0 * steepest + 1.0));

        let case = Case { steps, charges };
        let mut search = core::mem::take(&mut self.search);
        search.reset(&case, &self.law);
        search.run(&case, self, window, accuracy);
        search.build_best(&case, self);
        self.search = search;
        Ok(&self.search)
    }

    /// The best caps of a window, kW, as [`Solver::solve_demand`] finds them, without the bill of their plan. A second
    /// search of the same size allocates nothing.
    pub(crate) fn best_caps(
        &mut self,
        storage: &Storage,
        steps: &Steps<'_>,
        window: &Window,
        charges: &[DemandCharge<'_>],
        accuracy: &Accuracy,
    ) -> Result<&[f64], Problems> {
        Ok(self.search_caps(storage, steps, window, charges, accuracy)?.best())
    }
}

impl Solver {
    /// Takes a storage and its columns as [`Solver::load`] does, with given caps: import above a cap costs
    /// `price_per_kw / step_h` more per kWh. Windows solved thereafter pay that in their objective; the caps
    /// themselves are not in it. This is the plan within a billing month once its caps are set.
    ///
    /// # Errors
    /// As [`Solver::load`]; charges or caps that are out of range.
    pub fn load_under_caps(
        &mut self,
        storage: &Storage,
        steps: &Steps<'_>,
        charges: &[DemandCharge<'_>],
        caps_kw: &[f64],
    ) -> Result<(), Problems> {
        self.load(storage, steps)?;
        let checked = check(charges, steps.count).and_then(|()| {
            let mut problems = Problems::none();
            if caps_kw.len() != charges.len() {
                problems.push(
                    Problem::new("caps_kw", "has the wrong number of values")
                        .value(caps_kw.len())
                        .allowed(format!("{}, one per charge", charges.len())),
                );
            }
            for (i, cap) in caps_kw.iter().enumerate() {
                problems.require_range(format_args!("caps_kw[{i}]"), *cap, 0.0, 1e12);
            }
            problems.or_else(|| ())
        });
        if checked.is_err() {
            self.law.marks.clear();
            return checked;
        }
        let case = Case { steps, charges };
        let mut search = core::mem::take(&mut self.search);
        search.reset(&case, &self.law);
        search.build(&case, self, caps_kw, Caps::Law);
        self.search = search;
        Ok(())
    }
}

fn check(charges: &[DemandCharge<'_>], count: usize) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for (i, charge) in charges.iter().enumerate() {
        if charge.first_step >= charge.end_step || charge.end_step > count {
            problems.push(
                Problem::new(format!("charges[{i}]"), "has an empty or too long period")
                    .value(format!("{} to {}", charge.first_step, charge.end_step))
                    .allowed(format!("within 0 to {count}")),
            );
        }
        problems.require_range(format_args!("charges[{i}].price_per_kw"), charge.price_per_kw, 0.0, 1e12);
        problems.require_range(format_args!("charges[{i}].metered_kw"), charge.metered_kw, 0.0, 1e12);
        if let Some(counts) = charge.counts
            && counts.len() != count
        {
            problems.push(
                Problem::new(format!("charges[{i}].counts"), "has the wrong number of values")
                    .value(counts.len())
                    .allowed(format!("{count}, one per step")),
            );
        }
    }
    problems.or_else(|| ())
}

pub(super) fn holds(charge: &DemandCharge<'_>, step: usize) -> bool {
    (charge.first_step..charge.end_step).contains(&step) && charge.counts.is_none_or(|counts| counts[step])
}

pub(super) fn kink(charge: &DemandCharge<'_>, cap_kw: f64, steps: &Steps<'_>) -> Kink {
    Kink { limit_kwh: cap_kw * steps.step_h, excess_per_kwh: charge.price_per_kw / steps.step_h }
}
