//! From meter readings to the bill.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Bill, BillKind, BillLine, PowerFactorAdjustment, Price, PriceComponent, Prices, Tariff};
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
    for ((month, covered), days) in calendar.months.iter().enumerate().zip(calendar.month_days()) {
        let first = lines.len();
        bill_energy(&mut lines, BillKind::Energy, &tariff.import, import, &readings.import, month);
        let import_kwh = readings.import.energy_kwh[month].iter().sum();
        for (charge, peaks) in tariff.demand.iter().zip(&readings.peak_kw) {
            let billed = charge.billed(month, peaks, import_kwh, covered.share);
            push(&mut lines, month, BillKind::Demand, &charge.name, billed.kw, "kW", billed.price);
            if charge.contract.is_some() {
                let name = charge.excess_name();
                push(&mut lines, month, BillKind::Demand, &name, billed.excess_kw, "kW", billed.excess_price);
            }
        }
        for charge in &tariff.capacity {
            let price = charge.price_per_kva * covered.share;
            push(&mut lines, month, BillKind::Capacity, &charge.name, charge.capacity_kva, "kVA", price);
        }
        if let Some(adjustment) = &tariff.power_factor {
            let factor = PowerFactorAdjustment::power_factor(import_kwh, readings.reactive_kvarh[month]);
            let (charges, share) = (total(&lines[first..]), adjustment.percent(factor) / 100.0);
            push(&mut lines, month, BillKind::PowerFactor, &adjustment.name, charges, "charges", share);
        }
        for charge in &tariff.fixed {
            let price = charge.of_month(month);
            push(&mut lines, month, BillKind::Fixed, &charge.name, covered.share, "month", price);
        }
        for charge in &tariff.daily {
            push(&mut lines, month, BillKind::Fixed, &charge.name, days.len() as f64, "day", charge.price_per_day);
        }
        if let Some(minimum) = tariff.minimum_per_month {
            let missing = (minimum * covered.share - total(&lines[first..])).max(0.0);
            push(&mut lines, month, BillKind::Minimum, "minimum charge", 1.0, "month", missing);
        }
        bill_energy(&mut lines, BillKind::Export, &tariff.export, export, &readings.export, month);
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

fn total(lines: &[BillLine]) -> f64 {
    lines.iter().map(|line| line.amount).sum()
}

fn push(
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
