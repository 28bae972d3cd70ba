//! The invoice: every line of a run's bill by month, with subtotals and both totals.

use microgrid_core::simulation::Outcome;
use microgrid_core::utility::{BillKind, BillLine};

use crate::currency::{minor_digits, rounded};
use crate::number::grouped;
use crate::table::header;
use crate::text_table::{Column, render_unbroken};

/// The bill of `outcome` as an invoice: month, charge, component, period, quantity, unit, price and amount of each
/// line, a subtotal for each month, and two totals: of the unrounded lines, and of the lines each rounded to the
/// currency's minor unit as an invoice adds them. Amounts of the lines are printed to that unit.
#[must_use]
pub fn invoice(outcome: &Outcome) -> String {
    let bill = &outcome.bill;
    let currency = &outcome.money.currency;
    let digits = minor_digits(currency);
    let mut rows: Vec<[String; 8]> = Vec::new();
    for month in 0..outcome.months.len() {
        let label = &outcome.months[month].month;
        let lines = bill.lines.iter().filter(|line| line.month == month);
        rows.extend(lines.map(|line| line_cells(label, line, digits)));
        let mut subtotal: [String; 8] = Default::default();
        subtotal[0].clone_from(label);
        subtotal[1] = "subtotal".into();
        subtotal[7] = grouped(bill.total_of_month(month), digits);
        rows.push(subtotal);
    }
    let column = |i: usize| rows.iter().map(move |row| row[i].clone());
    let table = render_unbroken(&[
        Column::names("month", column(0)),
        Column::names("charge", column(1)),
        Column::names("component", column(2)),
        Column::names("period", column(3)),
        Column::numbers("", "quantity", "", column(4)),
        Column::names("unit", column(5)),
        Column::numbers("", "price", &format!("{currency}/unit"), column(6)),
        Column::numbers("", "amount", currency, column(7)),
    ]);
    format!(
        "{}strategy {}\n\n{table}\ntotal of the unrounded lines  {} {currency}\ninvoice, each line rounded    {} {currency}\n",
        header(outcome),
        outcome.strategy,
        grouped(bill.total(), 6),
        grouped(invoice_total(outcome), digits),
    )
}

/// The sum of the bill's lines, each rounded to the currency's minor unit, as an invoice prints it.
pub(crate) fn invoice_total(outcome: &Outcome) -> f64 {
    let currency = &outcome.money.currency;
    let sum = outcome.bill.lines.iter().map(|line| rounded(line.amount, currency)).sum();
    // The sum of rounded amounts is itself one but for the last bits.
    rounded(sum, currency)
}

/// What a line charges for, as reports call it.
pub(crate) const fn kind_name(kind: BillKind) -> &'static str {
    match kind {
        BillKind::Energy => "energy",
        BillKind::Demand => "demand",
        BillKind::Capacity => "capacity",
        BillKind::Fixed => "fixed",
        BillKind::PowerFactor => "power_factor",
        BillKind::Minimum => "minimum",
        BillKind::Export => "export",
    }
}

fn line_cells(month: &str, line: &BillLine, digits: usize) -> [String; 8] {
    [
        month.into(),
        kind_name(line.kind).into(),
        line.component.clone(),
        line.period.clone().unwrap_or_default(),
        grouped(line.quantity, 3),
        line.unit.into(),
        grouped(line.price, 5),
        grouped(line.amount, digits),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_invoice_of_a_strategy() {
        fixture::assert_golden("invoice.txt", &invoice(&fixture::industrial_park()[2]));
    }

    #[test]
    fn rounding_by_line_differs_from_rounding_the_total() {
        let mut outcome = fixture::industrial_park().remove(0);
        outcome.bill.lines.truncate(3);
        for line in &mut outcome.bill.lines {
            line.amount = 0.005;
        }
        let text = invoice(&outcome);
        assert!(text.contains("unrounded lines  0.015000 CNY"), "{text}");
        assert!(text.contains("each line rounded    0.03 CNY"), "{text}");
        outcome.money.currency = "KWD".into();
        assert!(invoice(&outcome).contains("each line rounded    0.015 KWD"));
        outcome.money.currency = "JPY".into();
        assert!(invoice(&outcome).contains("each line rounded    0 JPY"));
    }
}
