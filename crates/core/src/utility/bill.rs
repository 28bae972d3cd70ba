//! The bill: what the utility charges, line by line and month by month.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Price, Tariff};
use crate::Calendar;

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
    /// The month, or its days.
    Fixed,
    /// A power-factor adjustment; negative where it is a bonus.
    PowerFactor,
    /// What is missing to the least charge of a month or a year; negative where a credit carried from earlier months lowers
    /// the bill.
    Minimum,
    /// Export energy; the amount is negative.
    Export,
    /// Credits of export: earned and used in kWh, or carried between months in money.
    Credit,
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
    /// The period's name, where the component has periods; the block's, where it has tiers.
    pub period: Option<String>,
    /// The block of energy, 1 for the first, where the component has blocks.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub block: Option<u16>,
    /// Billed quantity in `unit`.
    pub quantity: f64,
    /// `kWh`, `kW`, `kVA`, `month`, `day`, or `charges` for the money that an adjustment is a share of.
    pub unit: &'static str,
    /// Price per unit of quantity.
    pub price: f64,
    /// Amount in the scenario's currency; negative where the utility pays.
    pub amount: f64,
}

impl BillLine {
    /// The steps that the line is metered on: those of its month and period for energy (of a block the whole period's, and of
    /// netted energy the steps on both sides), those that count for a peak (of all months that it is charged for), all of its
    /// month else. With `tariff` and `calendar` of the run that was billed.
    ///
    /// # Examples
    /// ```
    /// # use microgrid_core::{dispatch::{Controller, Dispatch}, demand::Load, utility::Tariff, Calendar, Scenario};
    /// # use microgrid_core::simulation::{Plan, simulate};
    /// let mut scenario = Scenario::new("shed", Calendar::days(3600, 2));
    /// scenario.loads = vec![Load::new("machines", 12.0)];
    /// scenario.tariff = Tariff::flat(0.7, 0.0).into();
    /// let plan = Plan::compile(&scenario)?;
    /// let outcome = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan)?);
    /// let line = &outcome.bill.lines[0];
    /// let hours = line.steps(&scenario.tariff, &scenario.calendar).len() as f64;
    /// assert_eq!(line.quantity, 12.0 * hours);
    /// # Ok::<(), microgrid_core::Problems>(())
    /// ```
    #[must_use]
    pub fn steps(&self, tariff: &Tariff, calendar: &Calendar) -> Vec<usize> {
        let Some(month) = calendar.month_steps().nth(self.month) else { return Vec::new() };
        let components = if self.kind == BillKind::Export { &tariff.export } else { &tariff.import };
        let table = components.iter().find(|component| component.name == self.component).map(|found| &found.price);
        let charge = tariff.demand.iter().find(|charge| charge.is_billed_as(&self.component));
        match (self.kind, table, charge) {
            (BillKind::Energy | BillKind::Export, Some(Price::Periods(table)), _) => {
                let period = table.periods.iter().position(|name| Some(name) == self.period.as_ref());
                month.filter(|step| Some(table.period_of_step[*step] as usize) == period).collect()
            }
            (BillKind::Energy | BillKind::Export, Some(Price::Blocks(table)), _) => {
                let period = table.periods.iter().position(|name| Some(name) == self.period.as_ref());
                month.filter(|step| Some(table.period_of_step[*step] as usize) == period).collect()
            }
            (BillKind::Demand, _, Some(charge)) => {
                let counted = charge.counted_steps.as_ref();
                let mut terms = charge.terms(calendar.months.len()).into_iter();
                let first = terms.find(|term| term.end == self.month + 1).map_or(self.month, |term| term.start);
                let from = calendar.month_steps().nth(first).map_or(month.start, |steps| steps.start);
                (from..month.end).filter(|step| counted.is_none_or(|counted| counted[*step])).collect()
            }
            _ => month.collect(),
        }
    }
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
