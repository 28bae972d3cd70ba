//! What a bill adds to energy prices: peaks, least charges, the power factor, charges that nothing changes.

use std::ops::Range;

use microgrid_core::utility::{DemandCharge, Tariff};

use super::Draft;
use crate::programme::{Programme, Sense, Variable};
use crate::relaxation::Relaxation;

/// Factors on a month's charges, at most the true ones: 1 + the least percentage of the power-factor adjustment, for
/// charges, and 1 + the greatest for negative ones.
pub(super) struct ChargeFactors {
    charge: f64,
    gain: f64,
}

impl ChargeFactors {
    pub(super) fn of(tariff: &Tariff) -> Self {
        let levels = || tariff.power_factor.iter().flat_map(|adjustment| &adjustment.levels);
        let factor = |percent: f64| 1.0 + percent / 100.0;
        match levels().next() {
            None => Self { charge: 1.0, gain: 1.0 },
            Some(first) => Self {
                charge: factor(levels().map(|level| level.percent).fold(first.percent, f64::min)),
                gain: factor(levels().map(|level| level.percent).fold(first.percent, f64::max)),
            },
        }
    }

    /// The factor on a price.
    pub(super) fn on(&self, price: f64) -> f64 {
        if price < 0.0 { self.gain } else { self.charge }
    }
}

/// A demand charge's peak in one month.
#[derive(Clone, Copy)]
struct Peak {
    variable: Option<Variable>,
    most_kw: f64,
}

/// A billing month's charges as far as they are known: Σ terms + `constant`.
#[derive(Default)]
struct MonthCharges {
    terms: Vec<(Variable, f64)>,
    constant: f64,
}

impl Draft<'_> {
    pub(super) fn write_tariff(&mut self, factors: &ChargeFactors) {
        let scenario = self.plan.scenario();
        let Tariff {
            import: _,
            export: _,
            demand,
            capacity,
            fixed,
            power_factor,
            minimum_per_month,
            export_above_import: _,
            notes: _,
        } = &*scenario.tariff;
        if power_factor.as_ref().is_some_and(|adjustment| adjustment.levels.len() > 1) {
            self.site.relaxations.insert(Relaxation::PowerFactor);
        }
        let mut months: Vec<MonthCharges> = scenario.calendar.months.iter().map(|_| MonthCharges::default()).collect();
        for charge in demand {
            self.write_demand(charge, factors, &mut months);
        }
        for ((month, charges), covered) in months.iter_mut().enumerate().zip(&scenario.calendar.months) {
            let capacity: f64 = capacity.iter().map(|charge| charge.price_per_kva * charge.capacity_kva).sum();
            let fixed: f64 = fixed.iter().map(|charge| charge.of_month(month)).sum();
            charges.constant += (capacity * factors.charge + fixed) * covered.share;
            self.site.programme.constant += charges.constant;
        }
        if let Some(minimum) = minimum_per_month {
            let steps: Vec<Range<usize>> = scenario.calendar.month_steps().collect();
            for ((charges, steps), covered) in months.into_iter().zip(steps).zip(&scenario.calendar.months) {
                self.write_minimum(charges, steps, factors, minimum * covered.share);
            }
        }
    }

    /// The charge on the greatest mean import of a window in each month, with ratchet, contract and discount.
    fn write_demand(&mut self, charge: &DemandCharge, factors: &ChargeFactors, months: &mut [MonthCharges]) {
        let DemandCharge { name: _, price_per_kw: _, window_s, counted_steps, ratchet, contract, discount } = charge;
        let window = (window_s / self.plan.scenario().calendar.step_s).max(1) as usize;
        let counts = |step: usize| counted_steps.as_ref().is_none_or(|counted| counted[step]);
        let days: Vec<Range<usize>> = self.plan.scenario().calendar.month_days().collect();
        let peaks: Vec<Peak> = days.into_iter().map(|days| self.write_peak(days, window, &counts)).collect();
        let (floor, threshold, excess_factor) = contract.map_or((0.0, f64::INFINITY, 1.0), |contract| {
            let part = contract.contract_kw / 100.0;
            (part * contract.floor_percent, part * contract.excess_above_percent, contract.excess_factor)
        });
        let steady = discount.map_or(1.0, |discount| discount.factor);
        if steady < 1.0 {
            self.site.relaxations.insert(Relaxation::DemandDiscount);
        }
        let programme = &mut self.site.programme;
        for (month, charges) in months.iter_mut().enumerate() {
            let price = charge.of_month(month) * factors.charge;
            let peak = peaks[month];
            // What is billed: the peak where no further term can raise it, else a variable above all terms.
            let billed = match ratchet {
                None if floor == 0.0 => peak.variable,
                _ => {
                    let (earlier, known) = ratchet.as_ref().map_or((Vec::new(), 0.0), |ratchet| {
                        let look_back = ratchet.look_back_months as usize;
                        let counted =
                            |month: &usize| ratchet.counted_months.as_ref().is_none_or(|counted| counted[*month]);
                        let within = (month.saturating_sub(look_back)..month).filter(counted).collect();
                        let before = ratchet.earlier_peaks_kw.iter().rev().take(look_back.saturating_sub(month));
                        (within, before.copied().fold(0.0, f64::max) * ratchet.percent / 100.0)
                    });
                    let share = ratchet.as_ref().map_or(0.0, |ratchet| ratchet.percent / 100.0);
                    let least = floor.max(known);
                    let most =
                        earlier.iter().map(|m| share * peaks[*m].most_kw).fold(least.max(peak.most_kw), f64::max);
                    let billed = programme.variable(0.0, least, most);
                    let above = |programme: &mut Programme, peak: Peak, share: f64| {
                        if let Some(peak) = peak.variable {
                            programme.row(Sense::AtLeast, 0.0, [(billed, 1.0), (peak, -share)]);
                        }
                    };
                    above(programme, peak, 1.0);
                    earlier.iter().for_each(|m| above(programme, peaks[*m], share));
                    Some(billed)
                }
            };
            let mut bill = |variable: Variable, cost: f64| {
                programme.cost[variable] += cost;
                charges.terms.push((variable, cost));
            };
            if let Some(billed) = billed {
                bill(billed, price * steady);
            }
            // The part above the threshold moves from the discounted price to the dearer one.
            if let Some(variable) = peak.variable.filter(|_| peak.most_kw > threshold) {
                let cost = price * (excess_factor - steady);
                let excess = programme.variable(cost, 0.0, peak.most_kw - threshold);
                programme.row(Sense::AtLeast, -threshold, [(excess, 1.0), (variable, -1.0)]);
                charges.terms.push((excess, cost));
            }
        }
    }

    /// A variable at or above every counted window mean of a month. Windows begin anew each day.
    fn write_peak(&mut self, days: Range<usize>, window: usize, counts: &dyn Fn(usize) -> bool) -> Peak {
        let calendar = &self.plan.scenario().calendar;
        let programme = &mut self.site.programme;
        let mut most_kw = 0.0_f64;
        let mut windows: Vec<(f64, Vec<Variable>)> = Vec::new();
        for day in days {
            let steps: Vec<usize> =
                (calendar.day_first_step[day] as usize..calendar.day_first_step[day + 1] as usize).collect();
            for window in steps.chunks(window) {
                let imports: Vec<Variable> = window
                    .iter()
                    .filter(|step| counts(**step))
                    .filter_map(|step| self.site.ties[*step].import)
                    .collect();
                let most: f64 = imports.iter().map(|import| programme.upper[*import]).sum();
                most_kw = most_kw.max(most / window.len() as f64);
                if !imports.is_empty() {
                    windows.push((window.len() as f64, imports));
                }
            }
        }
        if windows.is_empty() {
            return Peak { variable: None, most_kw: 0.0 };
        }
        let peak = programme.variable(0.0, 0.0, most_kw);
        for (length, imports) in windows {
            let entries = imports.into_iter().map(|import| (import, -1.0 / length));
            programme.row(Sense::AtLeast, 0.0, std::iter::once((peak, 1.0)).chain(entries));
        }
        Peak { variable: Some(peak), most_kw }
    }

    /// What is missing to a month's least charge: a variable at or above `least` − the month's charges.
    fn write_minimum(&mut self, charges: MonthCharges, steps: Range<usize>, factors: &ChargeFactors, least: f64) {
        let step_h = self.plan.step_h();
        let prices = self.plan.import_price_per_kwh();
        let energy = steps.filter_map(|step| {
            self.site.ties[step].import.map(|import| (import, factors.on(prices[step]) * prices[step] * step_h))
        });
        let terms: Vec<(Variable, f64)> = energy.chain(charges.terms).collect();
        let programme = &mut self.site.programme;
        let at_least: f64 = terms
            .iter()
            .map(|(variable, cost)| (cost * programme.lower[*variable]).min(cost * programme.upper[*variable]))
            .sum();
        let most = least - charges.constant - at_least;
        if most > 0.0 {
            let missing = programme.variable(1.0, 0.0, most);
            programme.row(Sense::AtLeast, least - charges.constant, std::iter::once((missing, 1.0)).chain(terms));
        }
    }
}
