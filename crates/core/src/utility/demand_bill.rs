//! The lines of a demand charge.

use alloc::vec::Vec;

use super::billing::push;
use super::{BillKind, BillLine, DemandCharge};
use crate::Calendar;

impl DemandCharge {
    /// Writes the lines of `month`, given the share of each month's charges that is billed, the run's peaks by month in kW
    /// and the month's import in kWh. A month that is not the last of its term has none.
    pub(super) fn bill(
        &self,
        lines: &mut Vec<BillLine>,
        month: usize,
        calendar: &Calendar,
        shares: &[f64],
        peaks_kw: &[f64],
        import_kwh: f64,
    ) {
        let Some(term) = self.terms(shares.len()).into_iter().find(|term| term.end == month + 1) else { return };
        let share = self.share_of_price(term.clone(), shares);
        let billed = self.billed(term, peaks_kw, import_kwh, calendar.months[month].share);
        for part in self.tier_parts(month, billed.kw) {
            let price = part.price_per_kw * billed.steady_factor * share;
            push(lines, month, BillKind::Demand, &self.name, part.kw, "kW", price);
            if let Some(line) = lines.last_mut() {
                line.period = part.name;
            }
        }
        if self.contract.is_some() {
            let (name, price) = (self.excess_name(), billed.excess_price * share);
            push(lines, month, BillKind::Demand, &name, billed.excess_kw, "kW", price);
        }
    }
}
