//! Which variants of a scenario a sweep runs, and what one row of its results is.
//!
//! A sweep is a list of scenarios numbered from 0, each a pure function of its number: any of them can be made alone, in
//! any order, on any machine. [`Source`] is that list; a [`Row`] is what became of one of them.

mod row;
mod source;
mod value;

pub use row::{Row, RowFault};
pub use source::{Input, Place, Source};
pub use value::Value;
