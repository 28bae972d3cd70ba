//! Parts of a scenario that are drawn whole: days of its series, outages of the grid.

mod bootstrap;
mod outages;

pub use bootstrap::{DayDraw, Season, SeriesBootstrap};
pub use outages::OutageProcess;
