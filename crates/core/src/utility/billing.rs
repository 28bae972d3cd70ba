//! From meter readings to the bill.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Bill, BillKind, BillLine, MinimumAccount, PowerFactorAdjustment, Price, PriceComponent, Prices, Tariff};
use crate::Calendar;

/// One run's meter readings by billing month.
pub(crate) struct Readings {
    pub(crate) import: EnergyReadings,
    pub(crate) export: EnergyReadings,
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

/// Writes the bill of a run.
pub(crate) fn write_bill(
    tariff: &Tariff,
    import: &Prices,
    export: &Prices,
    calendar: &Calendar,
    readings: &Readings,
) -> Bill {
    let mut lines = Vec::new();
    let shares = tariff.proration.shares(calendar);
    let mut pools = tariff.minimum.iter().flat_map(|minimum| minimum.pools(shares.len())).peekable();
    let mut account = MinimumAccount::default();
    for (month, &share) in shares.iter().enumerate() {
        let first = lines.len();
        bill_energy(&mut lines, BillKind::Energy, &tariff.import, import, &readings.import, month);
        let import_kwh = readings.import.energy_kwh[month].iter().sum();
        for (charge, peaks) in tariff.demand.iter().zip(&readings.peak_kw) {
            charge.bill(&mut lines, month, calendar, &shares, peaks, import_kwh);
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
        bill_energy(&mut lines, BillKind::Export, &tariff.export, export, &readings.export, month);
        if let Some(minimum) = &tariff.minimum {
            let paid = &lines[first..];
            let credit = total(paid.iter().filter(|line| line.kind == BillKind::Export));
            let charges = total(paid.iter().filter(|line| line.kind != BillKind::Export));
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

/// A line for each component and period of one direction.
fn bill_energy(
    lines: &mut Vec<BillLine>,
    kind: BillKind,
    components: &[PriceComponent],
    prices: &Prices,
    readings: &EnergyReadings,
    month: usize,
) {
    let by_cell = &readings.energy_kwh[month];
    let total_kwh: f64 = by_cell.iter().sum();
    let sign = if kind == BillKind::Export { -1.0 } else { 1.0 };
    for (c, component) in components.iter().enumerate() {
        let mut line = |period: Option<String>, quantity: f64, price: f64, amount: f64| {
            lines.push(BillLine {
                month,
                kind,
                component: component.name.clone(),
                period,
                quantity,
                unit: "kWh",
                price,
                amount: sign * amount,
            });
        };
        match &component.price {
            Price::Constant(price) => line(None, total_kwh, *price, total_kwh * price),
            Price::Steps(_) => {
                let place = prices.stepwise.iter().position(|(index, _)| *index == c).unwrap_or_default();
                let amount = readings.stepwise[place][month];
                line(None, total_kwh, if total_kwh > 0.0 { amount / total_kwh } else { 0.0 }, amount);
            }
            Price::Periods(table) => {
                for (p, (name, price)) in table.periods.iter().zip(table.of_month(month)).enumerate() {
                    let cells = prices.periods_of_cell.iter().zip(by_cell);
                    let kwh: f64 = cells.filter(|(periods, _)| periods[c] as usize == p).map(|(_, kwh)| kwh).sum();
                    line(Some(name.clone()), kwh, *price, kwh * price);
                }
            }
        }
    }
}

fn total<'a>(lines: impl IntoIterator<Item = &'a BillLine>) -> f64 {
    lines.into_iter().map(|line| line.amount).sum()
}

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
    lines.push(BillLine { month, kind, component, period: None, quantity, unit, price, amount: quantity * price });
}
