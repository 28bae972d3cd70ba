//! Which variants of a scenario a sweep runs, and what one row of its results is.
//!
//! A sweep is a list of scenarios numbered from 0, each a pure function of its number: any of them can be made alone, in
//! any order, on any machine. [`Source`] is that list; a [`Row`] is what became of one of them. [`Sweep`] describes a
//! sweep by axes and draws, [`Variants`] tells what the fields of each variant are set to, and [`ScenarioSweep`] makes
//! scenarios of them with a function of one's own; `microgrid-io` makes them from a folder with `sweep.toml`.
//!
//! # Random numbers
//! A number drawn depends on the seed, on what it is drawn for (the field's path) and on the number of the sample, and on
//! nothing else: not on the axis point (common random numbers), not on what else is drawn, not on the order of asking.
//! All functions are `libm`'s, so that the bits are the same on every platform.

mod axis;
mod correlation;
mod distribution;
mod draw;
mod generator;
mod row;
mod sampling;
mod scenario_sweep;
mod source;
mod stream;
mod sweep;
mod value;
mod variants;

pub use axis::Axis;
pub use correlation::Correlation;
pub use distribution::Distribution;
pub use draw::Draw;
pub use generator::{DayDraw, OutageProcess, Season, SeriesBootstrap};
pub use row::{Row, RowFault};
pub use sampling::{Method, Samples};
pub use scenario_sweep::ScenarioSweep;
pub use source::{Input, Place, Source};
pub use stream::{Numbers, Stream, hash};
pub use sweep::Sweep;
pub use value::Value;
pub use variants::Variants;
