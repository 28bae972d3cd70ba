//! Charges on peaks, with the terms that utilities add: ratchet, contract, discount for steady use.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{DemandTerm, DemandTier, Ratchet};
use crate::{Problem, Problems};

/// A charge on the greatest mean import of each billing month, or of several months together.
///
/// # Model
/// With the month's metered peak p, the ratchet's floor r and the contract's floor c, the month is billed
/// `max(p, r, c)` kW at the month's price, less what lies above the contract's threshold; of the metered peak that
/// lies above it is billed at the excess factor times the price. With tiers, each kW billed has the price of its block.
///
/// A window's mean is that of its steps that count: a window of an hour of which two quarters count has the mean of these
/// two. Windows follow each other from midnight; windows that slide begin every `slide_s` within a billing month.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DemandCharge {
    /// The bill line's name.
    pub name: String,
    /// Price per kW and billing month (of a [`DemandTerm`]: per kW and term): one for all months, or one for each. Of
    /// the first block where there are tiers.
    pub price_per_kw: Vec<f64>,
    /// Further blocks of the billed demand, rising in `above_kw`; none with a contract.
    pub tiers: Vec<DemandTier>,
    /// Length of the window whose mean import counts, in seconds. A window longer than the step averages steps; for a
    /// window shorter than the step the step's mean is taken and reported as understated.
    pub window_s: u32,
    /// Seconds from the start of a window to that of the next where windows slide: a multiple of the step that divides the
    /// window. `None`: windows follow each other.
    pub slide_s: Option<u32>,
    /// The steps that count; all where `None`.
    pub counted_steps: Option<Arc<[bool]>>,
    /// Months that are charged together; each by itself where `None`.
    pub term: Option<DemandTerm>,
    /// Peak metered in the run's first month, or term, before the run starts, kW.
    pub peak_so_far_kw: f64,
    /// Peaks of earlier months that still count.
    pub ratchet: Option<Ratchet>,
    /// Demand agreed with the utility.
    pub contract: Option<DemandContract>,
    /// Lower price in months of steady use.
    pub discount: Option<DemandDiscount>,
}

/// A contract on demand.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DemandContract {
    /// Demand agreed, kW, above 0.
    pub contract_kw: f64,
    /// Share of the contract that is billed at least, percent, at least 0.
    pub floor_percent: f64,
    /// Share of the contract above which a metered peak is in excess, percent, at least 100.
    pub excess_above_percent: f64,
    /// Price of the excess as a multiple of the charge's price, at least 1.
    pub excess_factor: f64,
}

/// A lower demand price in months of steady use, such as China's 0.9 from 260 kWh per kVA.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DemandDiscount {
    /// Monthly import per kVA from which it holds, kWh per kVA, above 0; of a month covered in part, its share.
    pub from_kwh_per_kva: f64,
    /// Installed capacity, kVA, above 0.
    pub capacity_kva: f64,
    /// Factor on the price, 0 to 1. It does not touch the price of an excess.
    pub factor: f64,
}

/// What one month or term is billed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BilledDemand {
    pub(crate) kw: f64,
    /// The discount's factor on the price of every block.
    pub(crate) steady_factor: f64,
    pub(crate) excess_kw: f64,
    pub(crate) excess_price: f64,
}

impl DemandCharge {
    /// A charge of the same price in all months, on every step, without further terms.
    #[must_use]
    pub fn new(name: impl Into<String>, price_per_kw: f64, window_s: u32) -> Self {
        Self {
            name: name.into(),
            price_per_kw: alloc::vec![price_per_kw],
            tiers: Vec::new(),
            window_s,
            slide_s: None,
            counted_steps: None,
            term: None,
            peak_so_far_kw: 0.0,
            ratchet: None,
            contract: None,
            discount: None,
        }
    }

    /// Price per kW of billing month `month`, before a discount.
    #[must_use]
    pub fn of_month(&self, month: usize) -> f64 {
        self.price_per_kw[if self.price_per_kw.len() == 1 { 0 } else { month }]
    }

    /// The name of the line that bills an excess.
    pub(crate) fn excess_name(&self) -> String {
        alloc::format!("{} in excess", self.name)
    }

    /// Whether the charge writes lines of this name.
    pub(crate) fn is_billed_as(&self, name: &str) -> bool {
        self.name == name || self.excess_name() == name
    }

    /// The kW and prices of `term`, given the peaks of the run's months in kW, its import in kWh and the months of it that
    /// the run covers.
    pub(crate) fn billed(
        &self,
        term: core::ops::Range<usize>,
        peaks_kw: &[f64],
        import_kwh: f64,
        covered: f64,
    ) -> BilledDemand {
        let month = term.end - 1;
        let peak = self.peak_of_term_kw(term, peaks_kw);
        let earlier =
            self.ratchet.as_ref().map_or(0.0, |ratchet| ratchet.floor_kw(month, peaks_kw, self.peak_so_far_kw));
        let (floor, threshold, factor) = self.contract.map_or((0.0, f64::INFINITY, 1.0), |contract| {
            let part = contract.contract_kw / 100.0;
            (part * contract.floor_percent, part * contract.excess_above_percent, contract.excess_factor)
        });
        let steady =
            self.discount.filter(|discount| import_kwh >= discount.from_kwh_per_kva * discount.capacity_kva * covered);
        let excess_kw = (peak - threshold).max(0.0);
        BilledDemand {
            kw: peak.max(earlier).max(floor) - excess_kw,
            steady_factor: steady.map_or(1.0, |discount| discount.factor),
            excess_kw,
            excess_price: self.of_month(month) * factor,
        }
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        steps: usize,
        months: usize,
        step_s: u32,
    ) {
        if ![1, months].contains(&self.price_per_kw.len()) {
            problems.push(
                Problem::new(alloc::format!("{field}.price_per_kw"), "has the wrong number of prices")
                    .value(self.price_per_kw.len())
                    .allowed(alloc::format!("one for all months, or one for each of {months}")),
            );
        }
        for price in &self.price_per_kw {
            problems.require_range(format_args!("{field}.price_per_kw"), *price, 0.0, 1e6);
        }
        let window = self.window_s;
        let fits = window > 0 && 3600 % window == 0 && (window <= step_s || window.is_multiple_of(step_s.max(1)));
        if !fits {
            problems.push(
                Problem::new(alloc::format!("{field}.window_s"), "does not fit the steps")
                    .value(window)
                    .allowed("a divisor of 3600 that is a multiple of the step, or shorter than the step"),
            );
        }
        if let Some(slide) = self.slide_s
            && (slide == 0 || !slide.is_multiple_of(step_s.max(1)) || !window.is_multiple_of(slide) || window < step_s)
        {
            problems.push(
                Problem::new(alloc::format!("{field}.slide_s"), "does not fit the steps")
                    .value(slide)
                    .allowed(alloc::format!("a multiple of the step of {step_s} s that divides the window")),
            );
        }
        self.check_tiers(problems, field, months);
        self.check_term(problems, field, months);
        problems.require_range(format_args!("{field}.peak_so_far_kw"), self.peak_so_far_kw, 0.0, 1e9);
        if self.counted_steps.as_ref().is_some_and(|counted| counted.len() != steps) {
            problems.push(Problem::new(alloc::format!("{field}.counted_steps"), "must have a value for each step"));
        }
        if let Some(ratchet) = &self.ratchet {
            ratchet.check(problems, format_args!("{field}.ratchet"), months);
        }
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        if let Some(contract) = &self.contract {
            range("contract.contract_kw", contract.contract_kw, 1e-3, 1e9);
            range("contract.floor_percent", contract.floor_percent, 0.0, 1000.0);
            range("contract.excess_above_percent", contract.excess_above_percent, 100.0, 1000.0);
            range("contract.excess_factor", contract.excess_factor, 1.0, 100.0);
        }
        if let Some(discount) = &self.discount {
            range("discount.from_kwh_per_kva", discount.from_kwh_per_kva, 1e-3, 1e4);
            range("discount.capacity_kva", discount.capacity_kva, 1e-3, 1e9);
            range("discount.factor", discount.factor, 0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge() -> DemandCharge {
        DemandCharge::new("demand", 10.0, 900)
    }

    #[test]
    fn a_ratchet_looks_back_over_the_runs_start() {
        let ratchet = Ratchet {
            look_back_months: 2,
            percent: 80.0,
            earlier_peaks_kw: alloc::vec![500.0, 90.0, 50.0],
            counted_months: None,
        };
        let charge = DemandCharge { ratchet: Some(ratchet), ..charge() };
        let peaks = [60.0, 100.0, 20.0, 20.0, 20.0];
        let billed: Vec<f64> = (0..5).map(|month| charge.billed(month..month + 1, &peaks, 0.0, 1.0).kw).collect();
        // January sees 90 and 50 before the run, not the 500 of three months ago; May sees March and April only.
        assert_eq!(billed, [72.0, 100.0, 80.0, 80.0, 20.0]);
    }

    #[test]
    fn months_that_do_not_count_leave_no_trace() {
        let ratchet = Ratchet {
            look_back_months: 12,
            percent: 100.0,
            earlier_peaks_kw: Vec::new(),
            counted_months: Some(alloc::vec![false, true, true]),
        };
        let charge = DemandCharge { ratchet: Some(ratchet), ..charge() };
        let peaks = [100.0, 50.0, 10.0];
        assert_eq!(charge.billed(1..2, &peaks, 0.0, 1.0).kw, 50.0);
        assert_eq!(charge.billed(2..3, &peaks, 0.0, 1.0).kw, 50.0);
    }

    #[test]
    fn a_contract_has_a_floor_and_a_dear_excess() {
        let contract =
            DemandContract { contract_kw: 200.0, floor_percent: 40.0, excess_above_percent: 105.0, excess_factor: 2.0 };
        let charge = DemandCharge { contract: Some(contract), ..charge() };
        let billed = |peak: f64| {
            let billed = charge.billed(0..1, &[peak], 0.0, 1.0);
            (billed.kw, billed.excess_kw, billed.kw * 10.0 + billed.excess_kw * billed.excess_price)
        };
        assert_eq!(billed(50.0), (80.0, 0.0, 800.0));
        assert_eq!(billed(205.0), (205.0, 0.0, 2050.0));
        assert_eq!(billed(220.0), (210.0, 10.0, 2100.0 + 200.0));
    }

    #[test]
    fn steady_use_lowers_the_price() {
        let discount = DemandDiscount { from_kwh_per_kva: 260.0, capacity_kva: 100.0, factor: 0.9 };
        let charge = DemandCharge { discount: Some(discount), ..charge() };
        assert_eq!(charge.billed(0..1, &[80.0], 26_000.0, 1.0).steady_factor, 0.9);
        assert_eq!(charge.billed(0..1, &[80.0], 25_999.9, 1.0).steady_factor, 1.0);
        assert_eq!(charge.billed(0..1, &[80.0], 13_000.0, 0.5).steady_factor, 0.9);
    }
}
