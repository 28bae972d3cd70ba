//! Prices by block of energy: `[[import.block]]` and `[[export.block]]`.

use microgrid_core::Problem;
use microgrid_core::utility::{BlockCount, BlockPrices, Price};

use super::field::{Table, Value};
use super::price::{Base, ByHours, PriceMaker, round_half_away};
use crate::time::Clock;

/// Greatest border of a block that is believed, kWh.
const BORDER_MAX_KWH: f64 = 1e12;

/// One block as its table says it.
struct Block {
    base: Base,
    /// Absent in the last block.
    up_to_kwh: Option<ByHours>,
}

impl PriceMaker<'_> {
    /// Reads a component's `block` tables with what is counted in them: `counted`, `each_period`, `year_begins_month`,
    /// `earlier_kwh`.
    pub(super) fn blocks(&self, table: &Table, floats: Option<&Value>) -> Option<Price> {
        for key in ["price_per_kwh", "monthly_price_per_kwh"] {
            if let Some(value) = table.get(key) {
                value.refuse(|path| Problem::new(path, "stands beside blocks").hint("each block has its own price"));
            }
        }
        let tables = table.tables("block");
        let count = tables.len();
        let blocks: Vec<_> = tables.iter().enumerate().map(|(i, table)| self.block(table, i + 1 == count)).collect();
        let each_period = table.get("each_period").map_or(Some(false), |value| value.truth());
        let counted = self.block_count(table, each_period == Some(true));
        let float = match floats {
            Some(value) => self.by_hours(value, (-1.0, 100.0), Some(0.0))?,
            None => self.everywhere(0.0),
        };
        if let (Some(true), true, Some(value)) =
            (each_period, self.schedule.periods.is_empty(), table.get("each_period"))
        {
            value.refuse(|path| Problem::new(path, "says nothing in a tariff without periods of the day"));
            return None;
        }
        let blocks: Vec<Block> = blocks.into_iter().collect::<Option<_>>()?;
        let price = self.make_blocks(&blocks, &float, counted?, each_period?);
        if !rises(&price) {
            table.refuse(|path| {
                Problem::new(format!("{path}.block"), "must have borders that rise from block to block")
            });
            return None;
        }
        Some(Price::Blocks(price))
    }

    fn block(&self, table: &Table, is_last: bool) -> Option<Block> {
        let base = match (table.get("price_per_kwh"), table.get("monthly_price_per_kwh")) {
            (Some(price), None) => self.base(&price),
            (None, Some(monthly)) => self.by_month(&monthly, -super::price::PRICE_MAX).map(Base::Months),
            (Some(_), Some(monthly)) => {
                monthly.refuse(|path| Problem::new(path, "stands beside price_per_kwh").hint("keep one of them"));
                None
            }
            (None, None) => {
                table.refuse(|path| Problem::new(format!("{path}.price_per_kwh"), "is missing"));
                None
            }
        };
        if let (Some(Base::Steps(_)), Some(value)) = (&base, table.get("price_per_kwh")) {
            value.refuse(|path| {
                Problem::new(path, "is a price series within a block").hint("give the block one price a period")
            });
            return None;
        }
        let border = match (table.get("up_to_kwh"), is_last) {
            (Some(value), false) => Some(self.by_hours(&value, (1e-3, BORDER_MAX_KWH), None)?),
            (None, true) => None,
            (Some(value), true) => {
                value.refuse(|path| Problem::new(path, "bounds the last block").hint("the last block has no border"));
                return None;
            }
            (None, false) => {
                table.require("up_to_kwh");
                return None;
            }
        };
        table.finish();
        Some(Block { base: base?, up_to_kwh: border })
    }

    fn block_count(&self, table: &Table, each_period: bool) -> Option<BlockCount> {
        const COUNTS: [(&str, bool); 2] = [("month", false), ("year", true)];
        let of_year = table.get("counted").map_or(Some(false), |value| value.choice(&COUNTS))?;
        let begins = table.get("year_begins_month").map(|value| value.integer(1, 12));
        let earlier = table.get("earlier_kwh").map(|value| value.number(0.0, BORDER_MAX_KWH));
        if !of_year {
            for key in ["year_begins_month", "earlier_kwh"] {
                if let Some(value) = table.get(key) {
                    value.refuse(|path| {
                        Problem::new(path, "says nothing where blocks count by month").hint("counted = \"year\"")
                    });
                }
            }
            return Some(BlockCount::Month);
        }
        if let (Some(value), true) = (table.get("earlier_kwh"), each_period) {
            value.refuse(|path| {
                Problem::new(path, "is one number, and each period is counted for itself")
                    .hint("begin the run with the year")
            });
            return None;
        }
        let first = begins.unwrap_or(Some(1))?;
        let begins: Vec<bool> = calendar_months(self.clock).map(|month| month == first).collect();
        let earlier_kwh: Vec<f64> = match earlier {
            Some(kwh) => vec![kwh?],
            None => Vec::new(),
        };
        if earlier_kwh.is_empty() && !(begins[0] && self.clock.local(0).day() == 1) {
            self.notes.borrow_mut().push(
                "blocks of a year are counted from the run's start, which is within it; earlier_kwh says what was before".into(),
            );
        }
        Some(BlockCount::Year { begins, earlier_kwh })
    }

    /// Lays the blocks on price cells that tell all of them apart.
    fn make_blocks(&self, blocks: &[Block], float: &ByHours, counted: BlockCount, each_period: bool) -> BlockPrices {
        let hours = |block: &Block| match &block.base {
            Base::Hours(hours) => (hours.by_season, hours.by_period),
            Base::Months(_) | Base::Steps(_) => (false, false),
        };
        let border = |block: &Block| block.up_to_kwh.as_ref().map_or((false, false), |by| (by.by_season, by.by_period));
        let flags = blocks.iter().flat_map(|block| [hours(block), border(block)]);
        let (by_season, by_period) =
            flags.fold((float.by_season, float.by_period || each_period), |all, one| (all.0 || one.0, all.1 || one.1));
        let cells = self.cells(by_season, by_period);
        let round = |price: f64| self.digits.map_or(price, |digits| round_half_away(price, digits));
        let row = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            cells.pairs.iter().map(|&(s, p)| round(of(s, p) * (1.0 + float.value[s][p]))).collect()
        };
        let prices = |block: &Block| match &block.base {
            Base::Hours(hours) => vec![row(&|s, p| hours.value[s][p])],
            Base::Months(months) => months.iter().map(|price| row(&|_, _| *price)).collect(),
            Base::Steps(_) => Vec::new(),
        };
        let one_border = !blocks.iter().any(|block| border(block) != (false, false));
        let borders = |&(s, p): &(usize, usize)| -> Vec<f64> {
            blocks.iter().filter_map(|block| block.up_to_kwh.as_ref()).map(|by| by.value[s][p]).collect()
        };
        // Periods that occur, numbered in their order; seasons of one period are counted together.
        let mut counted_periods: Vec<usize> = Vec::new();
        let mut counter_of = |period: usize| {
            let known = counted_periods.iter().position(|other| *other == period);
            known.unwrap_or_else(|| {
                counted_periods.push(period);
                counted_periods.len() - 1
            })
        };
        let counter_of_period =
            cells.pairs.iter().map(|(_, period)| if each_period { counter_of(*period) as u16 } else { 0 }).collect();
        BlockPrices {
            up_to_kwh: cells.pairs.iter().take(if one_border { 1 } else { usize::MAX }).map(borders).collect(),
            price_per_kwh: blocks.iter().map(prices).collect(),
            periods: cells.names,
            period_of_step: cells.of_step,
            counted,
            counter_of_period,
        }
    }
}

fn rises(price: &BlockPrices) -> bool {
    price.up_to_kwh.iter().all(|row| row.windows(2).all(|pair| pair[0] < pair[1]))
}

/// The calendar month of each billing month of the run, 1 for January.
pub(super) fn calendar_months(clock: &Clock) -> impl Iterator<Item = u32> + '_ {
    let first_steps: Vec<usize> = clock.calendar().month_steps().map(|steps| steps.start).collect();
    first_steps.into_iter().map(|step| clock.local(step).month() as u32)
}
