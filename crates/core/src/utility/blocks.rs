//! Prices by block of energy (tiers): the first kWh of a month or a year at one price, those beyond a border at another.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::{Problem, Problems};

/// Prices by block of energy, and within a block by period.
///
/// # Model
/// A block is a range [l, u) of the energy E counted so far in the month, or in the year; the month's energy e is cut at
/// the borders, and block b holds |[E, E + e) ∩ [l_b, u_b)|. Where periods are counted together, e is that of all of
/// them, and each has its share of every block: k_p / e of it (SAM, `ssc/cmod_utilityrate5`; REopt has one period's
/// blocks the same way). Of a month covered in part, its share of the borders holds; borders of a year are the year's.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BlockPrices {
    /// Names of the periods, as they stand on the bill.
    pub periods: Vec<String>,
    /// The period of each step, an index into `periods`.
    pub period_of_step: Arc<[u16]>,
    /// Upper borders of all blocks but the last, which is open, kWh, not falling: one row for all periods, or a row for
    /// each.
    pub up_to_kwh: Vec<Vec<f64>>,
    /// Prices per kWh by block; of each block one row for all billing months, or a row for each; in a row, by period.
    pub price_per_kwh: Vec<Vec<Vec<f64>>>,
    /// Over what time energy is counted.
    pub counted: BlockCount,
    /// The counter of each period, from 0: periods of one counter are counted together.
    pub counter_of_period: Vec<u16>,
}

/// Over what time the energy of blocks is counted.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BlockCount {
    /// Each billing month anew.
    Month,
    /// Each year anew.
    Year {
        /// The billing months of the run with which a year begins.
        begins: Vec<bool>,
        /// Counted in the year before the run's first day by counter, kWh; empty for 0.
        earlier_kwh: Vec<f64>,
    },
}

impl BlockPrices {
    /// Number of blocks.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.price_per_kwh.len()
    }

    /// The price per kWh of a block and period in billing month `month`.
    #[must_use]
    pub fn price(&self, block: usize, month: usize, period: usize) -> f64 {
        let rows = &self.price_per_kwh[block];
        rows[if rows.len() == 1 { 0 } else { month }][period]
    }

    /// How many counters there are.
    pub(crate) fn counters(&self) -> usize {
        self.counter_of_period.iter().max().map_or(1, |most| *most as usize + 1)
    }

    /// Energy by counter, from that of each period.
    pub(crate) fn by_counter(&self, kwh: &[f64]) -> Vec<f64> {
        let mut sums = alloc::vec![0.0; self.counters()];
        self.counter_of_period.iter().zip(kwh).for_each(|(counter, kwh)| sums[*counter as usize] += kwh);
        sums
    }

    /// The block [l, u) of a period where `share` of the borders holds, kWh.
    pub(crate) fn range_kwh(&self, period: usize, block: usize, share: f64) -> (f64, f64) {
        let row = &self.up_to_kwh[if self.up_to_kwh.len() == 1 { 0 } else { period }];
        let border = |b: usize| row.get(b).map_or(f64::INFINITY, |kwh| kwh * share);
        (block.checked_sub(1).map_or(0.0, border), border(block))
    }

    /// The share of the borders that holds in a month of which the run covers `share`.
    pub(crate) fn share_of_borders(&self, share: f64) -> f64 {
        match self.counted {
            BlockCount::Month => share,
            BlockCount::Year { .. } => 1.0,
        }
    }

    /// The least price per kWh of a period in a month, whatever the block.
    pub(crate) fn least_price(&self, month: usize, period: usize) -> f64 {
        (0..self.blocks()).map(|block| self.price(block, month, period)).fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, steps: usize, months: usize) {
        let mut refuse = |message: &str, allowed: String| {
            problems.push(Problem::new(alloc::format!("{field}"), message).allowed(allowed));
        };
        let periods = self.periods.len();
        if self.period_of_step.len() != steps || self.period_of_step.iter().any(|p| *p as usize >= periods) {
            refuse("must name a known period for each step", alloc::format!("0 to {}", periods.saturating_sub(1)));
        }
        if self.price_per_kwh.is_empty()
            || self
                .price_per_kwh
                .iter()
                .any(|rows| ![1, months].contains(&rows.len()) || rows.iter().any(|row| row.len() != periods))
        {
            refuse("must have a price for each block and period", "one row for all months, or one for each".into());
        }
        let borders = self.blocks().saturating_sub(1);
        if ![1, periods].contains(&self.up_to_kwh.len())
            || self.up_to_kwh.iter().any(|row| {
                row.len() != borders
                    || row.windows(2).any(|pair| pair[0] > pair[1])
                    || row.iter().any(|kwh| kwh.is_nan() || *kwh <= 0.0)
            })
        {
            refuse("must have rising borders above 0 between its blocks", alloc::format!("{borders} borders in kWh"));
        }
        if self.counter_of_period.len() != periods || self.counters() > periods.max(1) {
            refuse("must name a counter for each period", alloc::format!("0 to {}", periods.saturating_sub(1)));
        }
        if let BlockCount::Year { begins, earlier_kwh } = &self.counted {
            if begins.len() != months {
                refuse("must say of each month whether a year begins with it", alloc::format!("{months} values"));
            }
            let counts = self.counters();
            let sound = |kwh: &f64| (0.0..=1e12).contains(kwh);
            if ![0, counts].contains(&earlier_kwh.len()) || !earlier_kwh.iter().all(sound) {
                refuse(
                    "must have energy of the year before the run, at least 0",
                    alloc::format!("none or {counts} values"),
                );
            }
        }
        for price in self.price_per_kwh.iter().flatten().flatten() {
            problems.require_range(field, *price, -1e6, 1e6);
        }
    }
}

/// What blocks have counted so far, month after month.
#[derive(Debug, Clone)]
pub(crate) struct BlockCounter {
    counted_kwh: Vec<f64>,
}

impl BlockCounter {
    /// Before the run's first month.
    pub(crate) fn new(blocks: &BlockPrices) -> Self {
        let mut counted_kwh = alloc::vec![0.0; blocks.counters()];
        if let BlockCount::Year { earlier_kwh, .. } = &blocks.counted
            && !earlier_kwh.is_empty()
        {
            counted_kwh.clone_from(earlier_kwh);
        }
        Self { counted_kwh }
    }

    /// Cuts a month's energy: kWh by period and block, from the kWh of each period.
    pub(crate) fn month(&mut self, blocks: &BlockPrices, month: usize, share: f64, kwh: &[f64]) -> Vec<Vec<f64>> {
        let begins = match &blocks.counted {
            BlockCount::Month => true,
            // What was counted before the run is of its first month's year.
            BlockCount::Year { begins, .. } => month > 0 && begins[month],
        };
        if begins {
            self.counted_kwh.fill(0.0);
        }
        let used_kwh = blocks.by_counter(kwh);
        let share = blocks.share_of_borders(share);
        let cut = |(period, kwh): (usize, &f64)| {
            let counter = blocks.counter_of_period[period] as usize;
            let (before, used) = (self.counted_kwh[counter], used_kwh[counter]);
            let part = |block: usize| {
                let (low, high) = blocks.range_kwh(period, block, share);
                let within = ((before + used).min(high) - before.max(low)).max(0.0);
                if used > 0.0 { within * (kwh / used) } else { 0.0 }
            };
            (0..blocks.blocks()).map(part).collect()
        };
        let parts = kwh.iter().enumerate().map(cut).collect();
        self.counted_kwh.iter_mut().zip(&used_kwh).for_each(|(sum, kwh)| *sum += kwh);
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(counted: BlockCount, counter_of_period: [u16; 2]) -> BlockPrices {
        BlockPrices {
            periods: alloc::vec!["day".into(), "night".into()],
            period_of_step: [0_u16, 1].into(),
            up_to_kwh: alloc::vec![alloc::vec![100.0, 300.0]],
            price_per_kwh: alloc::vec![alloc::vec![alloc::vec![0.1, 0.05]]; 3],
            counted,
            counter_of_period: counter_of_period.to_vec(),
        }
    }

    #[test]
    fn a_month_is_cut_at_the_borders_and_shared_by_period() {
        let blocks = blocks(BlockCount::Month, [0, 0]);
        let mut counter = BlockCounter::new(&blocks);
        // 400 kWh: 100 | 200 | 100, three quarters of each by day.
        assert_eq!(counter.month(&blocks, 0, 1.0, &[300.0, 100.0]), [[75.0, 150.0, 75.0], [25.0, 50.0, 25.0]]);
        // Half a month has half the borders, and begins anew.
        assert_eq!(counter.month(&blocks, 1, 0.5, &[60.0, 0.0]), [[50.0, 10.0, 0.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn each_period_may_count_for_itself() {
        let blocks = blocks(BlockCount::Month, [0, 1]);
        let mut counter = BlockCounter::new(&blocks);
        assert_eq!(counter.month(&blocks, 0, 1.0, &[300.0, 90.0]), [[100.0, 200.0, 0.0], [90.0, 0.0, 0.0]]);
    }

    #[test]
    fn a_year_counts_on_until_it_begins_anew() {
        let begins = alloc::vec![true, false, true];
        let blocks = blocks(BlockCount::Year { begins, earlier_kwh: alloc::vec![40.0] }, [0, 0]);
        let mut counter = BlockCounter::new(&blocks);
        assert_eq!(counter.month(&blocks, 0, 1.0, &[50.0, 0.0])[0], [50.0, 0.0, 0.0]);
        assert_eq!(counter.month(&blocks, 1, 0.3, &[250.0, 0.0])[0], [10.0, 200.0, 40.0]);
        assert_eq!(counter.month(&blocks, 2, 1.0, &[50.0, 0.0])[0], [50.0, 0.0, 0.0]);
    }
}
