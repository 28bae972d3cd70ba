//! What makes power.

mod series;

pub use series::SeriesPlant;
