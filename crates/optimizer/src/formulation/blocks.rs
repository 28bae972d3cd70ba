//! Blocks of energy whose prices rise: what of the energy lies above a border costs more by the difference of the prices.

use std::ops::Range;

use microgrid_core::utility::{BlockCount, BlockPrices, MeteringForm, Price, Tariff};

use super::Draft;
use super::demand::write_part_above;
use super::tariff::{ChargeFactors, MonthCharges};
use crate::programme::Sense;

/// Prices that count as equal.
const SAME_PRICE: f64 = 1e-12;

/// Which import components have blocks that the programme takes as they are: all import is bought by them, and what a block
/// costs more than the first is the same in all periods counted together and never falls. Those of a year leave out a least
/// charge, which compares months.
pub(crate) fn convex_blocks(tariff: &Tariff) -> Vec<bool> {
    let buys_all = matches!(tariff.metering.form, MeteringForm::NetBilling | MeteringForm::NetBillingCarried);
    let is_convex = |price: &Price| match price {
        Price::Blocks(blocks) => {
            let is_apart = tariff.minimum.is_none() || blocks.counted == BlockCount::Month;
            is_apart && counters(blocks).iter().all(|periods| rises(blocks, periods))
        }
        Price::Constant(_) | Price::Periods(_) | Price::Steps(_) => false,
    };
    tariff.import.iter().map(|component| buys_all && is_convex(&component.price)).collect()
}

/// The periods of each counter.
fn counters(blocks: &BlockPrices) -> Vec<Vec<usize>> {
    let count = blocks.counter_of_period.iter().max().map_or(0, |most| *most as usize + 1);
    let mut periods = vec![Vec::new(); count];
    for (period, counter) in blocks.counter_of_period.iter().enumerate() {
        periods[*counter as usize].push(period);
    }
    periods
}

/// What a block costs more than the first one in a row of prices.
fn surcharge(blocks: &BlockPrices, row: usize, block: usize, period: usize) -> f64 {
    blocks.price(block, row, period) - blocks.price(0, row, period)
}

/// Whether what blocks cost more never falls, and is one for the periods of a counter; over a year for all months too.
fn rises(blocks: &BlockPrices, periods: &[usize]) -> bool {
    let Some(&first) = periods.first() else { return true };
    let rows = blocks.price_per_kwh.iter().map(Vec::len).max().unwrap_or(1);
    let borders = |period: usize| &blocks.up_to_kwh[if blocks.up_to_kwh.len() == 1 { 0 } else { period }];
    let is_year = blocks.counted != BlockCount::Month;
    periods.iter().all(|period| borders(*period) == borders(first))
        && (0..rows).all(|row| {
            let of_first = |block: usize| surcharge(blocks, if is_year { 0 } else { row }, block, first);
            (1..blocks.blocks()).all(|block| {
                let is_one =
                    |period: &usize| (surcharge(blocks, row, block, *period) - of_first(block)).abs() <= SAME_PRICE;
                of_first(block) >= of_first(block - 1) && periods.iter().all(is_one)
            })
        })
}

impl Draft<'_> {
    /// Adds to the months what energy above the borders of blocks costs more.
    pub(super) fn write_blocks(&mut self, is_apart: &[bool], factors: &ChargeFactors, months: &mut [MonthCharges]) {
        let plan = self.plan;
        for component in plan.scenario().tariff.import.iter().zip(is_apart).filter(|(_, apart)| **apart) {
            let Price::Blocks(blocks) = &component.0.price else { continue };
            for (of, earlier_kwh) in counted_months(blocks, months.len()) {
                for (counter, periods) in counters(blocks).iter().enumerate() {
                    let earlier = earlier_kwh.get(counter).copied().unwrap_or(0.0);
                    self.write_counter(blocks, periods, (of.clone(), earlier), factors, months);
                }
            }
        }
    }

    /// One counter over some months, before which it had counted some energy.
    fn write_counter(
        &mut self,
        blocks: &BlockPrices,
        periods: &[usize],
        (of, earlier_kwh): (Range<usize>, f64),
        factors: &ChargeFactors,
        months: &mut [MonthCharges],
    ) {
        let Some(&period) = periods.first() else { return };
        let plan = self.plan;
        let calendar = &plan.scenario().calendar;
        let steps: Vec<Range<usize>> = calendar.month_steps().collect();
        let counts = |step: &usize| periods.contains(&(blocks.period_of_step[*step] as usize));
        let imports = (steps[of.start].start..steps[of.end - 1].end).filter(counts);
        let imports: Vec<_> = imports.filter_map(|step| self.site.ties[step].import).collect();
        let programme = &mut self.site.programme;
        let most_kwh = earlier_kwh + imports.iter().map(|import| programme.upper[*import]).sum::<f64>() * plan.step_h();
        let energy = programme.variable(0.0, earlier_kwh, most_kwh);
        let entries = imports.into_iter().map(|import| (import, -plan.step_h()));
        programme.row(Sense::Equal, earlier_kwh, std::iter::once((energy, 1.0)).chain(entries));
        let last = of.end - 1;
        // A part of a month has a part of its borders; a year, whole or not, has its own.
        let share = if blocks.counted == BlockCount::Month { calendar.months[last].share } else { 1.0 };
        let borders = &blocks.up_to_kwh[if blocks.up_to_kwh.len() == 1 { 0 } else { period }];
        for (block, border) in borders.iter().enumerate() {
            let more = surcharge(blocks, last, block + 1, period) - surcharge(blocks, last, block, period);
            if more > 0.0 {
                let (more, border) = (more * factors.charge, border * share);
                write_part_above(programme, &mut months[last].terms, energy, (border, most_kwh), more);
                // What was counted before is paid before.
                months[last].constant -= more * (earlier_kwh - border).max(0.0);
            }
        }
    }
}

/// The months counted together, with what was counted before them by counter.
fn counted_months(blocks: &BlockPrices, months: usize) -> Vec<(Range<usize>, &[f64])> {
    match &blocks.counted {
        BlockCount::Month => (0..months).map(|month| (month..month + 1, &[][..])).collect(),
        BlockCount::Year { begins, earlier_kwh } => {
            let firsts: Vec<usize> = (0..months).filter(|month| *month == 0 || begins[*month]).collect();
            let ends = firsts.iter().skip(1).copied().chain([months]);
            let before = |first: usize| if first == 0 { &earlier_kwh[..] } else { &[][..] };
            firsts.iter().zip(ends).map(|(first, end)| (*first..end, before(*first))).collect()
        }
    }
}
