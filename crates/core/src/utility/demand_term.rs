//! Demand that is charged once for several months: a price per kW and year, a peak of the year's.

use alloc::vec::Vec;
use core::ops::Range;

use super::DemandCharge;
use crate::{Problem, Problems};

/// Billing months that a demand charge takes together. They are charged once, in the last of them that the run has, on
/// the greatest of their peaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DemandTerm {
    /// The term of each billing month of the run: from 0, each the term of the month before or the next one.
    pub term_of_month: Vec<u32>,
    /// Billing months that the charge's price is for, such as 12 for a price per kW and year.
    pub price_months: u32,
}

impl DemandCharge {
    /// The billing months that are charged together, in order: each by itself, or those of a [`DemandTerm`].
    #[must_use]
    pub fn terms(&self, months: usize) -> Vec<Range<usize>> {
        let Some(term) = &self.term else { return (0..months).map(|month| month..month + 1).collect() };
        let mut terms: Vec<Range<usize>> = Vec::new();
        for (month, number) in term.term_of_month.iter().enumerate() {
            match terms.last_mut().filter(|last| term.term_of_month[last.start] == *number) {
                Some(last) => last.end = month + 1,
                None => terms.push(month..month + 1),
            }
        }
        terms
    }

    /// The share of the price that a term bears, given the shares of the run's months: that of a month, or the sum of a
    /// term's months over those that the price is for, at most 1.
    #[must_use]
    pub fn share_of_price(&self, term: Range<usize>, shares: &[f64]) -> f64 {
        match &self.term {
            None => shares[term.start],
            Some(by) => (shares[term].iter().sum::<f64>() / f64::from(by.price_months.max(1))).min(1.0),
        }
    }

    /// The greatest peak of a term, kW, given those of the run's months; with that metered before the run where the term
    /// is the run's first.
    #[must_use]
    pub fn peak_of_term_kw(&self, term: Range<usize>, peaks_kw: &[f64]) -> f64 {
        let before = if term.start == 0 { self.peak_so_far_kw } else { 0.0 };
        peaks_kw[term].iter().copied().fold(before, f64::max)
    }

    pub(super) fn check_term(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, months: usize) {
        let Some(DemandTerm { term_of_month, price_months }) = &self.term else { return };
        let follow = |pair: &[u32]| pair[1] == pair[0] || pair[1] == pair[0] + 1;
        if term_of_month.len() != months || term_of_month.first() != Some(&0) || !term_of_month.windows(2).all(follow) {
            problems.push(
                Problem::new(alloc::format!("{field}.term.term_of_month"), "must number the months' terms from 0")
                    .allowed(alloc::format!("{months} numbers, each that of the month before or the next")),
            );
        }
        if !(1..=120).contains(price_months) {
            problems.push(
                Problem::new(alloc::format!("{field}.term.price_months"), "is out of range")
                    .value(*price_months)
                    .allowed("1 to 120"),
            );
        }
        let beside = [("ratchet", self.ratchet.is_some()), ("discount", self.discount.is_some())];
        for (key, _) in beside.into_iter().filter(|(_, is_there)| *is_there) {
            problems.push(
                Problem::new(alloc::format!("{field}.{key}"), "stands beside a charge of several months")
                    .hint("it is a term of monthly charges"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_of_a_year_are_charged_together() {
        let term = DemandTerm { term_of_month: alloc::vec![0, 0, 1, 1, 1], price_months: 12 };
        let charge = DemandCharge { term: Some(term), peak_so_far_kw: 70.0, ..DemandCharge::new("year", 120.0, 900) };
        assert_eq!(charge.terms(5), [0..2, 2..5]);
        let peaks = [50.0, 60.0, 10.0, 40.0, 20.0];
        assert_eq!(charge.peak_of_term_kw(0..2, &peaks), 70.0);
        assert_eq!(charge.peak_of_term_kw(2..5, &peaks), 40.0);
        assert!((charge.share_of_price(2..5, &[1.0, 1.0, 1.0, 1.0, 0.4]) - 0.2).abs() < 1e-15);
        assert_eq!(DemandCharge::new("month", 1.0, 900).terms(2), [0..1, 1..2]);
    }
}
