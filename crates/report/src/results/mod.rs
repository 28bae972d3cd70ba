//! What a sweep found: a row for each scenario, in bytes for the store of a running sweep and as CSV for everyone.
//!
//! The engine [`encode`]s the rows of a block on the thread that ran it. When all blocks are there, [`Rows`] reads them
//! back one by one, in order, into one [`ResultRow`] that is used again and again, so that memory does not grow with
//! the number of scenarios.
//!
//! Invariant: a row has the same bits in every form; no number is rounded.

mod columns;
mod comparison;
mod confidence;
mod csv_file;
mod curves;
mod encoding;
#[cfg(test)]
pub(crate) mod fixture;
mod moments;
#[cfg(feature = "parquet")]
mod parquet_file;
mod quantiles;
mod row;
mod stop_rule;
mod summary;
mod summary_table;
mod sums;

pub use crate::plot::{distribution_svg, level_comparison_svg, outcome_duration_svg, size_svg};
pub use columns::{Column, ColumnKind, NumberColumn, ResultColumns, number_columns};
pub use comparison::{Comparison, Difference, compare};
pub(crate) use comparison::{Paired, paired};
pub use confidence::Interval;
pub use csv_file::{CsvResults, CsvWriter};
pub use curves::View;
pub(crate) use curves::{Spread, Survey, distributions, spreads};
pub use encoding::{Rows, encode, read_block};
#[cfg(feature = "parquet")]
pub use parquet_file::ParquetWriter;
#[cfg(feature = "parquet")]
pub(crate) use parquet_file::failed;
pub use row::{ResultRow, ResultStatus};
pub use stop_rule::{StopGoal, StopRule, StopWatch};
pub use summary::{Best, ColumnSummary, GroupSummary, SweepSummary};
pub use summary_table::{comparison_table, summary_table};
pub use sums::SweepSums;

/// Shows all rows of a result in the order of their index, each time it is called.
pub type ReadRows<'a> = dyn Fn(&mut dyn FnMut(&ResultRow)) -> std::io::Result<()> + 'a;
