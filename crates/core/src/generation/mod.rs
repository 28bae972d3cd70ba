//! What makes power: metered series, solar and wind from weather, gensets.

mod fuel;
mod genset;
pub mod pv;
mod series;
mod spinning_reserve;
mod weather;
mod wind;

pub use fuel::{FuelCurve, FuelPoint, FuelUnit};
pub use genset::{Genset, HeatRecovery, SecondFuel};
pub(crate) use genset::{GensetLanes, GensetLimits, GensetState, GensetStep, Gensets, START_ABOVE_KW};
pub use series::SeriesPlant;
pub use spinning_reserve::SpinningReserve;
pub use weather::{Location, TimeAxis, Weather};
pub use wind::{PowerControl, Shear, WindLosses, WindPoint, WindResource, WindTurbine};
