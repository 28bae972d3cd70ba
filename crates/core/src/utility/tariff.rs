//! The tariff as the loop needs it: prices per step, charges per billing month.
//!
//! Civil time, seasons and hours are the reader's work (`microgrid-io`); here a period is an index per step.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{BlockPrices, DailyCharge, DemandCharge, Metering, MinimumCharge, PowerFactorAdjustment, Proration};
use crate::{Calendar, Problem, Problems};

/// What the utility charges and pays.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tariff {
    /// Components of the import price; the price is their sum.
    pub import: Vec<PriceComponent>,
    /// Components of the price paid for export; the price is their sum, 0 where there is none.
    pub export: Vec<PriceComponent>,
    /// What export is set against, and what becomes of credits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub metering: Metering,
    /// Charges on the greatest import of each billing month.
    pub demand: Vec<DemandCharge>,
    /// Charges on the transformer's rating.
    pub capacity: Vec<CapacityCharge>,
    /// Charges per billing month.
    pub fixed: Vec<FixedCharge>,
    /// Charges per civil day.
    #[cfg_attr(feature = "serde", serde(default))]
    pub daily: Vec<DailyCharge>,
    /// A bonus or malus on the charges by the month's power factor; needs the reactive power at the tie.
    pub power_factor: Option<PowerFactorAdjustment>,
    /// Least charge of a billing month, or of months pooled.
    pub minimum: Option<MinimumCharge>,
    /// What a month covered in part bears of a whole one's charges.
    pub proration: Proration,
    /// Says that export may pay more than import costs at a step. Without it such a tariff is refused, because it is
    /// a mistake more often than a fact.
    pub export_above_import: bool,
    /// What the reader of a bill should know, such as which prices are unverified; copied to the outcome's notes.
    pub notes: Vec<String>,
}

/// A named part of a price per kWh.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PriceComponent {
    /// The bill line's name, such as `purchase` or `transmission`.
    pub name: String,
    /// The price.
    pub price: Price,
}

/// A price per kWh over the run. May be negative.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Price {
    /// The same at every step, per kWh.
    Constant(f64),
    /// By named period, such as peak, flat and valley.
    Periods(PeriodPrices),
    /// By block of the month's or year's energy (tiers), and within a block by period.
    Blocks(BlockPrices),
    /// One price for each step, per kWh: real time or spot.
    Steps(Arc<[f64]>),
}

/// Prices by named period.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PeriodPrices {
    /// Names of the periods, as they stand on the bill.
    pub periods: Vec<String>,
    /// The period of each step, an index into `periods`.
    pub period_of_step: Arc<[u16]>,
    /// Price per kWh of each period: one row for all billing months, or a row for each.
    pub price_per_kwh: Vec<Vec<f64>>,
}

impl PeriodPrices {
    /// The prices of billing month `month` by period.
    #[must_use]
    pub fn of_month(&self, month: usize) -> &[f64] {
        &self.price_per_kwh[if self.price_per_kwh.len() == 1 { 0 } else { month }]
    }
}

impl Price {
    /// The period of each step, where the price has periods.
    pub(crate) const fn period_of_step(&self) -> Option<&Arc<[u16]>> {
        match self {
            Self::Periods(table) => Some(&table.period_of_step),
            Self::Blocks(table) => Some(&table.period_of_step),
            Self::Constant(_) | Self::Steps(_) => None,
        }
    }

    /// The price per kWh at `step` of billing month `month`; of prices by block the first block's.
    #[must_use]
    pub fn at(&self, month: usize, step: usize) -> f64 {
        match self {
            Self::Constant(price) => *price,
            Self::Periods(table) => table.of_month(month)[table.period_of_step[step] as usize],
            Self::Blocks(table) => table.price(0, month, table.period_of_step[step] as usize),
            Self::Steps(prices) => prices[step],
        }
    }

    fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, steps: usize, months: usize) {
        let price_range = (-1e6, 1e6);
        match self {
            Self::Constant(price) => {
                problems.require_range(format_args!("{field}.price_per_kwh"), *price, price_range.0, price_range.1);
            }
            Self::Blocks(table) => table.check(problems, field, steps, months),
            Self::Steps(prices) => crate::Series::Steps(prices.clone()).check(
                problems,
                format_args!("{field}.price_per_kwh"),
                steps,
                price_range.0,
                price_range.1,
            ),
            Self::Periods(table) => {
                if table.period_of_step.len() != steps
                    || table.period_of_step.iter().any(|period| *period as usize >= table.periods.len())
                {
                    problems.push(Problem::new(field, "must name a known period for each step"));
                }
                if ![1, months].contains(&table.price_per_kwh.len())
                    || table.price_per_kwh.iter().any(|row| row.len() != table.periods.len())
                {
                    problems.push(
                        Problem::new(field, "must have a price for each period")
                            .allowed(alloc::format!("one row for all months, or one for each of {months}")),
                    );
                }
                for price in table.price_per_kwh.iter().flatten() {
                    problems.require_range(field, *price, price_range.0, price_range.1);
                }
            }
        }
    }
}

/// A charge on installed capacity, such as the capacity price of China's two-part tariff.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CapacityCharge {
    /// The bill line's name.
    pub name: String,
    /// Price per kVA and billing month, at least 0.
    pub price_per_kva: f64,
    /// Capacity billed, kVA, at least 0.
    pub capacity_kva: f64,
}

/// A charge per billing month.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FixedCharge {
    /// The bill line's name.
    pub name: String,
    /// Price per billing month, at least 0: one for all months, or one for each. A month covered in part is billed by
    /// its share under the tariff's proration.
    pub price_per_month: Vec<f64>,
}

impl FixedCharge {
    /// Price of billing month `month`.
    #[must_use]
    pub fn of_month(&self, month: usize) -> f64 {
        self.price_per_month[if self.price_per_month.len() == 1 { 0 } else { month }]
    }
}

impl Tariff {
    /// A single import price and a single export price, per kWh.
    #[must_use]
    pub fn flat(import_price_per_kwh: f64, export_price_per_kwh: f64) -> Self {
        let component = |name: &str, price| PriceComponent { name: name.into(), price: Price::Constant(price) };
        Self {
            import: alloc::vec![component("energy", import_price_per_kwh)],
            export: alloc::vec![component("export", export_price_per_kwh)],
            ..Self::default()
        }
    }

    /// A note on the billing months that the run covers in part, where the tariff charges by month.
    pub(crate) fn part_months(&self, calendar: &Calendar) -> Option<String> {
        let has_charges = !(self.demand.is_empty() && self.capacity.is_empty() && self.fixed.is_empty());
        let part: Vec<String> = (calendar.months.iter().zip(calendar.month_days()))
            .filter(|(month, _)| month.share < 1.0)
            .map(|(month, days)| alloc::format!("{} ({} days)", month.label, days.len()))
            .collect();
        if part.is_empty() || !(has_charges || self.minimum.is_some()) {
            return None;
        }
        let rule = match self.proration {
            Proration::Standing if self.demand.is_empty() => "charges per month are billed by the days covered",
            Proration::Standing => {
                "fixed, capacity and least charges are billed by the days covered, demand charges for whole months \
                 (proration = \"calendar\" bills demand by days too)"
            }
            Proration::Calendar => "charges per month are billed by the days covered, demand charges too",
            Proration::Thirtieths => {
                "charges per month are billed by thirtieths, one for each day covered, demand charges too"
            }
            Proration::None => "charges per month are billed for whole months",
        };
        Some(alloc::format!("the run covers a part of {}: {rule}", part.join(" and ")))
    }

    pub(crate) fn check(&self, problems: &mut Problems, steps: usize, months: usize, step_s: u32) {
        for (field, components) in [("utility.import", &self.import), ("utility.export", &self.export)] {
            for (i, component) in components.iter().enumerate() {
                component.price.check(problems, format_args!("{field}[{i}]"), steps, months);
            }
        }
        self.metering.check(problems, self, steps, months);
        for (i, charge) in self.demand.iter().enumerate() {
            charge.check(problems, format_args!("utility.demand[{i}]"), steps, months, step_s);
        }
        for (i, charge) in self.capacity.iter().enumerate() {
            let field = alloc::format!("utility.capacity[{i}]");
            problems.require_range(format_args!("{field}.price_per_kva"), charge.price_per_kva, 0.0, 1e6);
            problems.require_range(format_args!("{field}.capacity_kva"), charge.capacity_kva, 0.0, 1e9);
        }
        for (i, charge) in self.fixed.iter().enumerate() {
            let field = alloc::format!("utility.fixed[{i}].price_per_month");
            if ![1, months].contains(&charge.price_per_month.len()) {
                problems.push(
                    Problem::new(field.as_str(), "has the wrong number of prices")
                        .value(charge.price_per_month.len())
                        .allowed(alloc::format!("one for all months, or one for each of {months}")),
                );
            }
            for price in &charge.price_per_month {
                problems.require_range(field.as_str(), *price, 0.0, 1e9);
            }
        }
        for (i, charge) in self.daily.iter().enumerate() {
            charge.check(problems, format_args!("utility.daily[{i}]"));
        }
        if let Some(adjustment) = &self.power_factor {
            adjustment.check(problems, format_args!("utility.power_factor"));
        }
        if let Some(minimum) = &self.minimum {
            minimum.check(problems, format_args!("utility.minimum"), months);
        }
    }
}
