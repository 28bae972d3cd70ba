//! What makes power: solar from weather, metered series.

pub mod pv;
mod weather;

pub use weather::{Site, TimeAxis, Weather};
