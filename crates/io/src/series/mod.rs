//! Quantities over the run, read from CSV files by explicit rules.
//!
//! Nothing is repaired in silence. A file whose times have gaps or duplicates, whose interval differs from the run's
//! step, or whose local times are ambiguous is refused unless the scenario names the rule that handles it
//! (`gaps = "interpolate"`, `duplicates = "mean"`, `resample = "hold"`, …); what a rule did is counted in the notes.
//! Values are means of their intervals, and an interval is labelled by its start; `stamps` says where a file does
//! otherwise. What people have beside that is told by keys too: the form of times (`time_format`) and numbers (`decimal`,
//! `thousands`, `no_value`), readings of a register (`readings`), other years (`redate_weeks`, `repeat_yearly`). A file
//! that fails for one of these reasons is refused with the key that it lacks.

mod cells;
mod column;
mod input;
mod layout;
mod number;
mod origin;
mod quantity;
mod reader;
mod resampling;
mod stamps;
mod timeline;

pub(crate) use column::{Found, Sheet};
pub(crate) use input::{DECIMALS, SEPARATORS, THOUSANDS};
pub use input::{Duplicates, Gaps, Negatives, RepeatedHour, Resample, SeriesFile, SeriesInput, Stamps};
pub(crate) use layout::Layout;
pub(crate) use quantity::Quantity;
pub(crate) use reader::SeriesReader;
