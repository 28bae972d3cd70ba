//! The bill: what the utility charges, line by line and month by month.

use alloc::string::String;
use alloc::vec::Vec;

/// All lines of the run's bill, month by month in the order of the tariff.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bill {
    /// The lines, unrounded.
    pub lines: Vec<BillLine>,
}

/// What a line charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum BillKind {
    /// Import energy.
    Energy,
    /// A peak.
    Demand,
    /// Installed capacity.
    Capacity,
    /// The month.
    Fixed,
    /// A power-factor adjustment; negative where it is a bonus.
    PowerFactor,
    /// What is missing to the least charge of a month.
    Minimum,
    /// Export energy; the amount is negative.
    Export,
}

/// One line of the bill: `amount = quantity × price` (a series-priced line has its mean price).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BillLine {
    /// Billing month, an index into the calendar's months.
    pub month: usize,
    /// What it charges for.
    pub kind: BillKind,
    /// The component's name in the tariff.
    pub component: String,
    /// The period's name, where the component has periods.
    pub period: Option<String>,
    /// Billed quantity in `unit`.
    pub quantity: f64,
    /// `kWh`, `kW`, `kVA`, `month`, or `charges` for the money that an adjustment is a share of.
    pub unit: &'static str,
    /// Price per unit of quantity.
    pub price: f64,
    /// Amount in the scenario's currency; negative where the utility pays.
    pub amount: f64,
}

impl Bill {
    /// The sum of the unrounded amounts.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// The sum of the unrounded amounts of one kind.
    #[must_use]
    pub fn total_of(&self, kind: BillKind) -> f64 {
        self.lines.iter().filter(|line| line.kind == kind).map(|line| line.amount).sum()
    }

    /// The sum of the unrounded amounts of one month.
    #[must_use]
    pub fn total_of_month(&self, month: usize) -> f64 {
        self.lines.iter().filter(|line| line.month == month).map(|line| line.amount).sum()
    }

    /// The sum of the lines, each rounded to the cent (half away from zero), as an invoice prints it.
    #[must_use]
    pub fn invoice_total(&self) -> f64 {
        let cents: f64 = self.lines.iter().map(|line| libm::round(line.amount * 100.0)).sum();
        cents / 100.0
    }
}
