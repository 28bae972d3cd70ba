//! What makes power: metered series, solar from weather.

pub mod pv;
mod series;
mod weather;

pub use series::SeriesPlant;
pub use weather::{Location, TimeAxis, Weather};
