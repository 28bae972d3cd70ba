//! What a sweep found: a row for each scenario, in bytes for the store of a running sweep and as CSV for everyone.
//!
//! The engine [`encode`]s the rows of a block on the thread that ran it. When all blocks are there, [`Rows`] reads them
//! back one by one, in order, into one [`ResultRow`] that is used again and again, so that memory does not grow with
//! the number of scenarios.
//!
//! Invariant: a row has the same bits in every form; no number is rounded.

mod columns;
mod csv_file;
mod encoding;
#[cfg(test)]
mod fixture;
mod row;

pub use columns::{Column, ColumnKind, NumberColumn, ResultColumns, number_columns};
pub use csv_file::{CsvResults, CsvWriter};
pub use encoding::{Rows, encode};
pub use row::{ResultRow, ResultStatus};
