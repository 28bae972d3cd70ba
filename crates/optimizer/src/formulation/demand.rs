//! Demand charges: a variable at or above every counted mean of a month, and what is billed of it.

use std::ops::Range;

use microgrid_core::utility::{DemandCharge, Ratchet};

use super::Draft;
use super::tariff::{ChargeFactors, MonthCharges};
use crate::programme::{Programme, Sense, Variable};
use crate::relaxation::Relaxation;

/// A demand charge's peak in one month, or term of months.
#[derive(Clone, Copy)]
struct Peak {
    variable: Option<Variable>,
    most_kw: f64,
}

/// A mean of steps: the imports of those that count and can import, and how many count.
struct Mean {
    imports: Vec<Variable>,
    counted: usize,
}

impl Draft<'_> {
    /// The charge on the greatest mean import of a window in each month, with ratchet, contract, tiers and discount.
    pub(super) fn write_demand(
        &mut self,
        charge: &DemandCharge,
        factors: &ChargeFactors,
        shares: &[f64],
        months: &mut [MonthCharges],
    ) {
        let DemandCharge {
            name: _,
            price_per_kw: _,
            tiers: _,
            window_s: _,
            slide_s: _,
            counted_steps: _,
            term: _,
            peak_so_far_kw: _,
            ratchet,
            contract,
            discount,
        } = charge;
        let terms = charge.terms(shares.len());
        let peaks: Vec<Peak> = terms.iter().map(|term| self.write_peak(term.clone(), charge)).collect();
        let (floor, threshold, excess_factor) = contract.map_or((0.0, f64::INFINITY, 1.0), |contract| {
            let part = contract.contract_kw / 100.0;
            (part * contract.floor_percent, part * contract.excess_above_percent, contract.excess_factor)
        });
        let steady = discount.map_or(1.0, |discount| discount.factor);
        if steady < 1.0 {
            self.site.relaxations.insert(Relaxation::DemandDiscount);
        }
        if charge.has_falling_tiers(shares.len()) {
            self.site.relaxations.insert(Relaxation::FallingTiers);
        }
        let programme = &mut self.site.programme;
        for (index, term) in terms.into_iter().enumerate() {
            let month = term.end - 1;
            let price_factor = factors.charge * charge.share_of_price(term, shares);
            let peak = peaks[index];
            let billed = match ratchet {
                None if floor == 0.0 => peak,
                _ => write_billed(programme, ratchet.as_ref(), floor, index, &peaks),
            };
            let Some(variable) = billed.variable else { continue };
            let charges = &mut months[month].terms;
            let mut price_before = 0.0;
            for (above_kw, price) in charge.convex_blocks(month, billed.most_kw) {
                let more = (price - price_before) * price_factor * steady;
                price_before = price;
                if more > 0.0 {
                    write_part_above(programme, charges, variable, (above_kw, billed.most_kw), more);
                }
            }
            // The part above the threshold moves from the discounted price to the dearer one.
            if let Some(variable) = peak.variable {
                let more = charge.of_month(month) * price_factor * (excess_factor - steady);
                write_part_above(programme, charges, variable, (threshold, peak.most_kw), more);
            }
        }
    }

    /// A variable at or above every counted mean of a term, and what was metered of it before the run.
    fn write_peak(&mut self, term: Range<usize>, charge: &DemandCharge) -> Peak {
        let so_far = if term.start == 0 { charge.peak_so_far_kw } else { 0.0 };
        let means: Vec<Mean> = term.flat_map(|month| self.means(month, charge)).collect();
        let programme = &mut self.site.programme;
        let most =
            |mean: &Mean| mean.imports.iter().map(|import| programme.upper[*import]).sum::<f64>() / mean.counted as f64;
        let most_kw = means.iter().map(most).fold(so_far, f64::max);
        if most_kw == 0.0 {
            return Peak { variable: None, most_kw };
        }
        let peak = programme.variable(0.0, so_far, most_kw);
        if charge.price_per_kw.iter().any(|price| *price > 0.0) {
            self.site.peaks.push(means.iter().flat_map(|mean| mean.imports.iter().copied()).collect());
        }
        for Mean { imports, counted } in means {
            let entries = imports.into_iter().map(|import| (import, -1.0 / counted as f64));
            programme.row(Sense::AtLeast, 0.0, std::iter::once((peak, 1.0)).chain(entries));
        }
        Peak { variable: Some(peak), most_kw }
    }

    /// The means of a month that count and can be above 0. Windows follow each other from midnight, or slide within the
    /// month; the mean of a window is that of its steps that count.
    fn means(&self, month: usize, charge: &DemandCharge) -> Vec<Mean> {
        let calendar = &self.plan.scenario().calendar;
        let steps_of = |seconds: u32| (seconds / calendar.step_s).max(1) as usize;
        let window = steps_of(charge.window_s);
        let counts = |step: &usize| charge.counted_steps.as_ref().is_none_or(|counted| counted[*step]);
        let mean = |steps: Range<usize>| {
            let counted: Vec<usize> = steps.filter(counts).collect();
            let imports: Vec<Variable> = counted.iter().filter_map(|step| self.site.ties[*step].import).collect();
            (!imports.is_empty()).then_some(Mean { imports, counted: counted.len() })
        };
        if let Some(slide_s) = charge.slide_s {
            let steps = calendar.month_steps().nth(month).unwrap_or(0..0);
            let firsts = (steps.start..(steps.end + 1).saturating_sub(window)).step_by(steps_of(slide_s));
            return firsts.filter_map(|first| mean(first..first + window)).collect();
        }
        let days = calendar.month_days().nth(month).unwrap_or(0..0);
        let of_day = |day: usize| calendar.day_first_step[day] as usize..calendar.day_first_step[day + 1] as usize;
        days.map(of_day)
            .flat_map(|day| day.clone().step_by(window).map(move |first| first..(first + window).min(day.end)))
            .filter_map(mean)
            .collect()
    }
}

/// A variable at or above a month's peak, the floor, and the ratchet's share of the peaks before it.
fn write_billed(
    programme: &mut Programme,
    ratchet: Option<&Ratchet>,
    floor: f64,
    month: usize,
    peaks: &[Peak],
) -> Peak {
    let (mut earlier, mut known, mut share) = (Vec::new(), 0.0, 0.0);
    if let Some(ratchet) = ratchet {
        let look_back = ratchet.look_back_months as usize;
        let counted = |month: &usize| ratchet.counted_months.as_ref().is_none_or(|counted| counted[*month]);
        share = ratchet.percent / 100.0;
        earlier = (month.saturating_sub(look_back)..month).filter(counted).collect();
        let before = ratchet.earlier_peaks_kw.iter().rev().take(look_back.saturating_sub(month));
        known = before.copied().fold(0.0, f64::max) * share;
    }
    let (peak, least) = (peaks[month], floor.max(known));
    let most_kw = earlier.iter().map(|m: &usize| share * peaks[*m].most_kw).fold(least.max(peak.most_kw), f64::max);
    let billed = programme.variable(0.0, least, most_kw);
    let mut above = |peak: Peak, share: f64| {
        if let Some(peak) = peak.variable {
            programme.row(Sense::AtLeast, 0.0, [(billed, 1.0), (peak, -share)]);
        }
    };
    above(peak, 1.0);
    earlier.iter().for_each(|m| above(peaks[*m], share));
    Peak { variable: Some(billed), most_kw }
}

/// Charges `price` on what of a variable lies above `from`.
pub(super) fn write_part_above(
    programme: &mut Programme,
    charges: &mut Vec<(Variable, f64)>,
    variable: Variable,
    (from, most): (f64, f64),
    price: f64,
) {
    if most <= from {
        return;
    }
    if from == 0.0 {
        programme.cost[variable] += price;
        charges.push((variable, price));
        return;
    }
    let part = programme.variable(price, 0.0, most - from);
    programme.row(Sense::AtLeast, -from, [(part, 1.0), (variable, -1.0)]);
    charges.push((part, price));
}
