//! What keeps energy: batteries.

mod battery;
mod battery_lanes;

pub use battery::Battery;
pub(crate) use battery::BatteryStep;
pub(crate) use battery_lanes::BatteryLanes;
