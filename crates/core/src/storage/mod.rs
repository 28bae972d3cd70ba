//! What keeps energy: batteries, and how they age.

pub mod ageing;
mod battery;
mod battery_lanes;

pub(crate) use ageing::StorageAgeing;
pub use ageing::{
    Ageing, BatteryAge, Cycle, EndOfLife, EndOfLifeAction, FadeModel, Faded, Rainflow, Warranty, WarrantyUse,
};
pub use battery::Battery;
pub(crate) use battery::BatteryStep;
pub(crate) use battery_lanes::BatteryLanes;
