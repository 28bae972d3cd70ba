//! The tariff's demand charges as the exact plan sees them: prices on peaks above what is free.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::lane_strategy::LaneView;
use crate::Plan;
use crate::utility::{DemandCharge, DemandMeter};

/// One billing month, or term of months, of one demand charge, or of a block of it.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub(crate) first_step: usize,
    pub(crate) end_step: usize,
    pub(crate) price_per_kw: f64,
    /// Import up to it is free of this charge.
    pub(crate) free_kw: f64,
    pub(crate) counts: Option<Arc<[bool]>>,
    pub(crate) months: Range<usize>,
    /// Whether it counts means of windows longer than a step. In a plan its peak is that of the steps, which is at least
    /// that of the windows; a bound leaves it out.
    pub(crate) windowed: bool,
    /// Steps of a window, at least 1.
    pub(crate) window_steps: usize,
    /// Its meter among those that count windows or some steps only; `None` where it is the month's peak.
    pub(crate) meter: Option<usize>,
}

impl Charge {
    /// Whether another charge is on the same peak above the same free part, whatever its price.
    fn is_of_one_peak(&self, other: &Self) -> bool {
        let of = |charge: &Self| (charge.first_step, charge.end_step, charge.window_steps, charge.free_kw.to_bits());
        of(self) == of(other) && self.counts == other.counts && self.meter == other.meter
    }

    /// Whether `step` is in its months.
    pub(crate) fn has_begun(&self, step: usize) -> bool {
        (self.first_step..self.end_step).contains(&step)
    }

    /// Whether it counts the import of `step`.
    pub(crate) fn holds(&self, step: usize) -> bool {
        self.has_begun(step) && self.counts.as_ref().is_none_or(|counts| counts[step])
    }

    /// The peak metered so far in its months, kW.
    pub(crate) fn metered_kw<const L: usize>(&self, view: &LaneView<'_, L>, lane: usize) -> f64 {
        let peaks = self.meter.map_or(&view.meters.peak_import, |meter| &view.meters.windows[meter].peak);
        peaks[self.months.clone()].iter().map(|peak| peak[lane]).fold(0.0, f64::max)
    }
}

/// All charges of a tariff.
#[derive(Debug, Default)]
pub(crate) struct Charges {
    pub(crate) list: Vec<Charge>,
    /// What is paid whatever the run's peaks are, by billing month: floors of contracts, peaks of before the run.
    pub(crate) floor_cost_by_month: Vec<f64>,
    /// What the list leaves out, each making the site cheaper.
    pub(crate) left_out: Vec<String>,
}

impl Charges {
    /// The charges of a plan whose power-factor adjustment is the factor `adjusted` and whose import is at most `most_kw`.
    ///
    /// A contract is two charges: its floor is free and paid in any case, its excess costs more above its threshold. A
    /// further tier is a charge of its price less the price before on what lies above it. Where prices fall from tier to
    /// tier the cost is not convex: its lower hull stands for it.
    pub(crate) fn of(plan: &Plan, adjusted: f64, most_kw: f64) -> Self {
        let scenario = &plan.scenario;
        let shares = scenario.tariff.proration.demand_shares(&scenario.calendar);
        let mut charges = Self { floor_cost_by_month: alloc::vec![0.0; shares.len()], ..Self::default() };
        let mut meters = 0;
        for (charge, meter) in scenario.tariff.demand.iter().zip(&plan.tariff.demand) {
            let counts_apart = !matches!(meter, DemandMeter::StepPeak);
            let meter = counts_apart.then_some(meters);
            meters += usize::from(counts_apart);
            charges.name_left_out(charge, plan);
            for term in charge.terms(shares.len()) {
                let price_factor = adjusted * charge.share_of_price(term.clone(), &shares);
                charges.add(plan, charge, meter, term, (price_factor, most_kw));
            }
        }
        charges.list = grouped(charges.list);
        charges
    }

    fn name_left_out(&mut self, charge: &DemandCharge, plan: &Plan) {
        let (calendar, name) = (&plan.scenario.calendar, &charge.name);
        let mut leave_out = |what: String| self.left_out.push(what);
        if charge.window_s > calendar.step_s {
            leave_out(alloc::format!("demand charge `{name}` over windows longer than a step is left out"));
        }
        if charge.ratchet.as_ref().is_some_and(|ratchet| ratchet.percent > 0.0) && calendar.months.len() > 1 {
            leave_out(alloc::format!("the ratchet of `{name}` on the run's own months is left out"));
        }
        if charge.discount.is_some() {
            leave_out(alloc::format!("the discount of `{name}` holds in every month"));
        }
        if charge.has_falling_tiers(calendar.months.len()) {
            leave_out(alloc::format!("the falling tiers of `{name}` are replaced by their convex hull"));
        }
    }

    fn add(
        &mut self,
        plan: &Plan,
        charge: &DemandCharge,
        meter: Option<usize>,
        term: Range<usize>,
        (price_factor, most_kw): (f64, f64),
    ) {
        let calendar = &plan.scenario.calendar;
        let mut months = calendar.month_steps().skip(term.start);
        let first = months.next().unwrap_or(0..0);
        let end_step = months.take(term.len() - 1).last().map_or(first.end, |last| last.end);
        let charged = |price_per_kw: f64, free_kw: f64| Charge {
            first_step: first.start,
            end_step,
            price_per_kw,
            free_kw,
            counts: charge.counted_steps.clone(),
            months: term.clone(),
            windowed: charge.window_s > calendar.step_s,
            window_steps: (charge.window_s / calendar.step_s).max(1) as usize,
            meter,
        };
        let steady = charge.discount.map_or(1.0, |discount| discount.factor.min(1.0));
        // With no peak in the run, what is billed is the floor: of the contract, of earlier months, of the month so far.
        let no_peaks = alloc::vec![0.0; calendar.months.len()];
        let floor = charge.billed(term.clone(), &no_peaks, 0.0, 1.0);
        let floor_kw = floor.kw + floor.excess_kw;
        let month = term.end - 1;
        let mut price_before = 0.0;
        for (above_kw, price) in charge.convex_blocks(month, most_kw.max(floor_kw)) {
            let more = (price - price_before) * price_factor * steady;
            price_before = price;
            if more > 0.0 {
                self.list.push(charged(more, above_kw.max(floor_kw)));
                self.floor_cost_by_month[month] += more * (floor_kw - above_kw).max(0.0);
            }
        }
        if let Some(contract) = charge.contract {
            let threshold = contract.contract_kw * contract.excess_above_percent / 100.0;
            let more = charge.of_month(month) * price_factor * (contract.excess_factor - steady);
            // Of the month so far, an excess is paid already.
            if more > 0.0 {
                self.list.push(charged(more, threshold.max(floor.excess_kw + threshold)));
                self.floor_cost_by_month[month] += more * floor.excess_kw;
            }
        }
    }
}

/// Charges on one peak as one, at the sum of their prices: each is a cap to be searched for, and the search grows faster than
/// the cube of their number.
fn grouped(charges: Vec<Charge>) -> Vec<Charge> {
    let mut groups: Vec<Charge> = Vec::with_capacity(charges.len());
    for charge in charges {
        match groups.iter_mut().find(|group| group.is_of_one_peak(&charge)) {
            Some(group) => group.price_per_kw += charge.price_per_kw,
            None => groups.push(charge),
        }
    }
    groups
}
