//! How the tax office spreads the cost of equipment over years.

/// A depreciation schedule: the share of the basis that each year deducts from taxable income.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Depreciation {
    /// None.
    #[default]
    None,
    /// Equal shares over so many years of what is not the residual value, as in China (residual commonly 5 %).
    StraightLine {
        /// Years, at least 1.
        years: u32,
        /// Share of the basis that is never deducted, in [0, 1).
        residual_share: f64,
    },
    /// A share for each year, from year 1 on; together at most 1.
    Shares(Vec<f64>),
}

impl Depreciation {
    /// The US five-year schedule MACRS (IRS publication 946, table A-1, half-year convention).
    #[must_use]
    pub fn macrs_5() -> Self {
        Self::Shares(vec![0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576])
    }

    /// The US seven-year schedule MACRS (as [`Depreciation::macrs_5`]).
    #[must_use]
    pub fn macrs_7() -> Self {
        Self::Shares(vec![0.1429, 0.2449, 0.1749, 0.1249, 0.0893, 0.0892, 0.0893, 0.0446])
    }

    /// The share of year `year`, counted from 1.
    #[must_use]
    pub fn share(&self, year: u32) -> f64 {
        match self {
            Self::None => 0.0,
            Self::StraightLine { years, residual_share } if (1..=*years).contains(&year) => {
                (1.0 - residual_share) / f64::from(*years)
            }
            Self::StraightLine { .. } => 0.0,
            Self::Shares(shares) => (year as usize).checked_sub(1).and_then(|i| shares.get(i)).copied().unwrap_or(0.0),
        }
    }
}
