//! Quantities over the run, read from CSV files by explicit rules.
//!
//! Nothing is repaired in silence. A file whose times have gaps or duplicates, whose interval differs from the run's
//! step, or whose local times are ambiguous is refused unless the scenario names the rule that handles it
//! (`gaps = "interpolate"`, `duplicates = "mean"`, `resample = "hold"`, …); what a rule did is counted in the notes.
//! Values are means of their intervals, and an interval is labelled by its start.

mod cells;
mod column;
mod input;
mod quantity;
mod reader;
mod resampling;
mod timeline;

pub(crate) use column::{Found, Sheet};
pub use input::{Duplicates, Gaps, Negatives, RepeatedHour, Resample, SeriesFile, SeriesInput};
pub(crate) use quantity::Quantity;
pub(crate) use reader::SeriesReader;
