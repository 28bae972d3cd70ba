//! From meter readings to the bill.

use alloc::vec::Vec;

use super::energy_billing::EnergyBilling;
use super::{Bill, BillKind, BillLine, MinimumAccount, PowerFactorAdjustment, Prices, Tariff};
use crate::Calendar;

/// One run's meter readings by billing month.
pub(crate) struct Readings {
    pub(crate) import: EnergyReadings,
    pub(crate) export: EnergyReadings,
    /// Generation taken by month and cell, kWh; empty where it is not metered for itself.
    pub(crate) taken_kwh: Vec<Vec<f64>>,
    /// Greatest counted window mean of each demand charge by month, kW.
    pub(crate) peak_kw: Vec<Vec<f64>>,
    /// Reactive energy drawn at the tie by month, kvarh.
    pub(crate) reactive_kvarh: Vec<f64>,
}

/// Energy in one direction.
pub(crate) struct EnergyReadings {
    /// By month and cell, kWh.
    pub(crate) energy_kwh: Vec<Vec<f64>>,
    /// Energy × price by step-priced component and month, in currency.
    pub(crate) stepwise: Vec<Vec<f64>>,
}

/// Writes the bill of a run from its readings: prices of import and export, and the bucket of each cell within which
/// export is set off (empty where it is not).
pub(crate) fn write_bill(
    tariff: &Tariff,
    (import, export): (&Prices, &Prices),
    bucket_of_cell: &[u16],
    calendar: &Calendar,
    readings: &Readings,
) -> Bill {
    let mut lines = Vec::new();
    let mut energy = EnergyBilling::new(tariff, (import, export), bucket_of_cell, readings);
    let shares = tariff.proration.shares(calendar);
    let demand_shares = tariff.proration.demand_shares(calendar);
    let mut pools = tariff.minimum.iter().flat_map(|minimum| minimum.pools(shares.len())).peekable();
    let mut account = MinimumAccount::default();
    for ((month, &share), days) in shares.iter().enumerate().zip(calendar.month_days()) {
        let first = lines.len();
        // Borders of blocks go by the days covered, whatever the charges do.
        let covered = calendar.months[month].share;
        let netted = energy.month(month);
        energy.bill_import(&mut lines, month, covered, &netted);
        let import_kwh = readings.import.energy_kwh[month].iter().sum();
        for (charge, peaks) in tariff.demand.iter().zip(&readings.peak_kw) {
            charge.bill(&mut lines, month, calendar, &demand_shares, peaks, import_kwh);
        }
        for charge in &tariff.capacity {
            let price = charge.price_per_kva * share;
            push(&mut lines, month, BillKind::Capacity, &charge.name, charge.capacity_kva, "kVA", price);
        }
        if let Some(adjustment) = &tariff.power_factor {
            let factor = PowerFactorAdjustment::power_factor(import_kwh, readings.reactive_kvarh[month]);
            let (charges, percent) = (total(&lines[first..]), adjustment.percent(factor));
            push(&mut lines, month, BillKind::PowerFactor, &adjustment.name, charges, "charges", percent / 100.0);
        }
        for charge in &tariff.fixed {
            let price = charge.of_month(month);
            push(&mut lines, month, BillKind::Fixed, &charge.name, share, "month", price);
        }
        for charge in &tariff.daily {
            push(&mut lines, month, BillKind::Fixed, &charge.name, days.len() as f64, "day", charge.price_per_day);
        }
        let charged = lines.len();
        energy.bill_export(&mut lines, month, covered, &netted, first..charged);
        if let Some(minimum) = &tariff.minimum {
            // What a month cannot use of its credits is a line that moves it to later months: those used are left.
            let is_credit = |line: &&BillLine| matches!(line.kind, BillKind::Export | BillKind::Credit);
            let credit = total(lines[first..].iter().filter(is_credit));
            let charges = total(lines[first..].iter().filter(|line| !is_credit(line)));
            let is_last = pools.next_if(|pool| pool.end == month + 1).is_some();
            let (missing, lowered) = minimum.close_month(&mut account, (charges, -credit, share), is_last);
            push(&mut lines, month, BillKind::Minimum, "minimum charge", 1.0, "month", missing);
            if lowered > 0.0 {
                push(&mut lines, month, BillKind::Minimum, "credit carried over", 1.0, "month", -lowered);
            }
        }
    }
    Bill { lines }
}

/// The sum of some lines.
pub(super) fn total<'a>(lines: impl IntoIterator<Item = &'a BillLine>) -> f64 {
    lines.into_iter().map(|line| line.amount).sum()
}

/// Adds a line of quantity × price.
pub(super) fn push(
    lines: &mut Vec<BillLine>,
    month: usize,
    kind: BillKind,
    component: &str,
    quantity: f64,
    unit: &'static str,
    price: f64,
) {
    let component = component.into();
    let amount = quantity * price;
    lines.push(BillLine { month, kind, component, period: None, block: None, quantity, unit, price, amount });
}
