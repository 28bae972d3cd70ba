//! Ratchets: peaks of earlier months that still count.

use alloc::vec::Vec;

use crate::{Problem, Problems};

/// A ratchet: each month is billed at least a share of the greatest peak of the months before it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ratchet {
    /// Months looked back on, the billed one not among them; at least 1.
    pub look_back_months: u32,
    /// Share of their greatest peak that is billed at least, percent, 0 to 100.
    pub percent: f64,
    /// Peaks of the months before the run, oldest first, kW; empty where they are not known, which bills the run's first
    /// months too low.
    pub earlier_peaks_kw: Vec<f64>,
    /// The billing months of the run whose peaks count; all where `None`.
    pub counted_months: Option<Vec<bool>>,
}

impl Ratchet {
    /// The least kW billed in `month`; `so_far_kw` is what the run's first month had metered before the run.
    pub(crate) fn floor_kw(&self, month: usize, peaks_kw: &[f64], so_far_kw: f64) -> f64 {
        let counts = |month: usize| self.counted_months.as_ref().is_none_or(|counted| counted[month]);
        let look_back = self.look_back_months as usize;
        let within_run = (month.saturating_sub(look_back)..month).filter(|month| counts(*month));
        let within_run = within_run.map(|m| peaks_kw[m].max(if m == 0 { so_far_kw } else { 0.0 }));
        let before = self.earlier_peaks_kw.iter().rev().take(look_back.saturating_sub(month)).copied();
        within_run.chain(before).fold(0.0, f64::max) * self.percent / 100.0
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, months: usize) {
        if self.look_back_months == 0 || self.look_back_months > 120 {
            problems.push(
                Problem::new(alloc::format!("{field}.look_back_months"), "is out of range")
                    .value(self.look_back_months)
                    .allowed("1 to 120"),
            );
        }
        problems.require_range(format_args!("{field}.percent"), self.percent, 0.0, 100.0);
        for peak in &self.earlier_peaks_kw {
            problems.require_range(format_args!("{field}.earlier_peaks_kw"), *peak, 0.0, 1e9);
        }
        if self.counted_months.as_ref().is_some_and(|counted| counted.len() != months) {
            problems.push(Problem::new(alloc::format!("{field}.counted_months"), "must have a value for each month"));
        }
    }
}
