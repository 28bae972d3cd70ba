//! What keeps energy: batteries.

mod battery;

pub use battery::Battery;
pub(crate) use battery::BatteryStep;
