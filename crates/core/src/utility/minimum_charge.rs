//! The least that a customer pays, whatever the meter says.

use alloc::vec::Vec;
use core::ops::Range;

use crate::{Problem, Problems};

/// A least charge of each month, or of months pooled.
///
/// # Model
/// With the charges C of a month, its export credit E and the least charge M (the price times the month's share under the
/// tariff's proration), the month pays, by the rule for credits:
///
/// - [`MinimumCredit::Lost`]: max(M, C − E). A credit beyond what lies above M is lost. So SAM and REopt count.
/// - [`MinimumCredit::Carried`]: max(M, C) − min((C − M)⁺, E + K), K the credit carried from the months before. What is
///   left at the run's end is lost.
/// - [`MinimumCredit::OnTop`]: max(M, C) − E. Credits are paid beside the least charge.
///
/// Pooled months are compared by their sums, once, in the last of them that the run has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MinimumCharge {
    /// Least charge of a billing month, at least 0.
    pub price_per_month: f64,
    /// Where months are compared by their sums, the pool of each billing month: from 0, each that of the month before or
    /// the next one.
    pub pool_of_month: Option<Vec<u32>>,
    /// What an export credit does to the least charge.
    pub credit: MinimumCredit,
}

/// What an export credit does to a least charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum MinimumCredit {
    /// It lowers the bill to the least charge; what is beyond is lost.
    #[default]
    Lost,
    /// It lowers the bill to the least charge; what is beyond lowers the bills of later months.
    Carried,
    /// It is paid beside the least charge.
    OnTop,
}

/// Charges and credits of one pool.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MinimumAccount {
    charges: f64,
    credit: f64,
    least: f64,
    /// Credit of the pools before that is not used.
    carried: f64,
}

impl MinimumCharge {
    /// A least charge of each month, after the export credit.
    #[must_use]
    pub const fn of_month(price_per_month: f64) -> Self {
        Self { price_per_month, pool_of_month: None, credit: MinimumCredit::Lost }
    }

    /// The billing months that are compared together, in order.
    #[must_use]
    pub fn pools(&self, months: usize) -> Vec<Range<usize>> {
        let pool_of = |month: usize| self.pool_of_month.as_ref().map_or(month as u32, |pools| pools[month]);
        let mut pools: Vec<Range<usize>> = Vec::new();
        for month in 0..months {
            match pools.last_mut().filter(|last| pool_of(last.start) == pool_of(month)) {
                Some(last) => last.end = month + 1,
                None => pools.push(month..month + 1),
            }
        }
        pools
    }

    /// Adds a month to its pool, and closes the pool where the month is its last: returns what is missing to the least
    /// charge and what credit carried from before lowers the bill, both at least 0.
    pub(crate) fn close_month(
        &self,
        account: &mut MinimumAccount,
        (charges, credit, share): (f64, f64, f64),
        is_last: bool,
    ) -> (f64, f64) {
        account.charges += charges;
        account.credit += credit;
        account.least += self.price_per_month * share;
        if !is_last {
            return (0.0, 0.0);
        }
        let MinimumAccount { charges, credit, least, carried } = *account;
        *account = MinimumAccount::default();
        match self.credit {
            MinimumCredit::Lost => ((least - (charges - credit)).max(0.0), 0.0),
            MinimumCredit::OnTop => ((least - charges).max(0.0), 0.0),
            MinimumCredit::Carried => {
                let used = (charges - least).max(0.0).min(credit + carried);
                account.carried = credit + carried - used;
                let due = charges.max(least) - used;
                let paid = charges - credit;
                ((due - paid).max(0.0), (paid - due).max(0.0))
            }
        }
    }

    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, months: usize) {
        problems.require_range(format_args!("{field}.price_per_month"), self.price_per_month, 0.0, 1e9);
        let Some(pools) = &self.pool_of_month else { return };
        let follow = |pair: &[u32]| pair[1] == pair[0] || pair[1] == pair[0] + 1;
        if pools.len() != months || pools.first() != Some(&0) || !pools.windows(2).all(follow) {
            problems.push(
                Problem::new(alloc::format!("{field}.pool_of_month"), "must number the months' pools from 0")
                    .allowed(alloc::format!("{months} numbers, each that of the month before or the next")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bills of months with (charges, credit) under a least charge of 25.
    fn bills(credit: MinimumCredit, pools: Option<Vec<u32>>, months: &[(f64, f64)]) -> Vec<f64> {
        let minimum = MinimumCharge { credit, pool_of_month: pools, ..MinimumCharge::of_month(25.0) };
        let lasts: Vec<usize> = minimum.pools(months.len()).iter().map(|pool| pool.end - 1).collect();
        let mut account = MinimumAccount::default();
        let bill = |(month, (charges, credit)): (usize, &(f64, f64))| {
            let (missing, lowered) =
                minimum.close_month(&mut account, (*charges, *credit, 1.0), lasts.contains(&month));
            charges - credit + missing - lowered
        };
        months.iter().enumerate().map(bill).collect()
    }

    #[test]
    fn each_rule_pays_what_its_formula_says() {
        let months = [(59.0, 69.0), (60.0, 0.0), (10.0, 0.0)];
        assert_eq!(bills(MinimumCredit::Lost, None, &months), [25.0, 60.0, 25.0]);
        assert_eq!(bills(MinimumCredit::OnTop, None, &months), [-10.0, 60.0, 25.0]);
        // 34 of the credit of 69 is used at once; the 35 left lower the next bill to its least.
        assert_eq!(bills(MinimumCredit::Carried, None, &months), [25.0, 25.0, 25.0]);
        // Pooled: 129 − 69 = 60 of 75.
        assert_eq!(bills(MinimumCredit::Lost, Some(alloc::vec![0; 3]), &months), [-10.0, 60.0, 25.0]);
        assert_eq!(bills(MinimumCredit::Lost, Some(alloc::vec![0, 0, 1]), &months), [-10.0, 60.0, 25.0]);
    }

    #[test]
    fn credit_that_is_carried_is_used_once() {
        let months = [(30.0, 100.0), (60.0, 0.0), (60.0, 0.0), (60.0, 0.0)];
        // 95 are carried: 35, 35 and 25 of them are used.
        assert_eq!(bills(MinimumCredit::Carried, None, &months), [25.0, 25.0, 25.0, 35.0]);
        assert_eq!(bills(MinimumCredit::Carried, None, &[(30.0, -5.0), (10.0, 0.0)]), [35.0, 25.0]);
    }
}
