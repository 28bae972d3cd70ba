//! A tariff at the prices of another year.

use super::{Price, PriceComponent, Tariff};

/// Factors on the prices of a tariff, each at least 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PriceFactors {
    /// On energy bought.
    pub(crate) import: f64,
    /// On energy sold.
    pub(crate) export: f64,
    /// On peaks and installed capacity.
    pub(crate) demand: f64,
    /// On charges per month and day, and least charges.
    pub(crate) fixed: f64,
}

impl Tariff {
    /// The same tariff with all prices times their factor. Shares of charges, such as a power-factor adjustment, are as
    /// they were.
    pub(crate) fn at_prices(&self, factors: PriceFactors) -> Self {
        let mut tariff = self.clone();
        let PriceFactors { import, export, demand, fixed } = factors;
        for (components, factor) in [(&mut tariff.import, import), (&mut tariff.export, export)] {
            components.iter_mut().for_each(|PriceComponent { price, .. }| price.multiply(factor));
        }
        tariff.metering.year_end_price_per_kwh *= export;
        for charge in &mut tariff.demand {
            charge.price_per_kw.iter_mut().for_each(|price| *price *= demand);
            charge.tiers.iter_mut().flat_map(|tier| &mut tier.price_per_kw).for_each(|price| *price *= demand);
        }
        tariff.capacity.iter_mut().for_each(|charge| charge.price_per_kva *= demand);
        tariff.fixed.iter_mut().flat_map(|charge| &mut charge.price_per_month).for_each(|price| *price *= fixed);
        tariff.daily.iter_mut().for_each(|charge| charge.price_per_day *= fixed);
        if let Some(minimum) = &mut tariff.minimum {
            minimum.price_per_month *= fixed;
        }
        tariff
    }
}

impl Price {
    fn multiply(&mut self, factor: f64) {
        match self {
            Self::Constant(price) => *price *= factor,
            Self::Steps(prices) => *prices = prices.iter().map(|price| price * factor).collect(),
            Self::Periods(table) => table.price_per_kwh.iter_mut().flatten().for_each(|price| *price *= factor),
            Self::Blocks(table) => {
                table.price_per_kwh.iter_mut().flatten().flatten().for_each(|price| *price *= factor)
            }
        }
    }
}
