//! What keeps energy: batteries, and hydrogen plants.

mod battery;
mod battery_lanes;
mod hydrogen;

pub use battery::Battery;
pub(crate) use battery::BatteryStep;
pub(crate) use battery_lanes::BatteryLanes;
pub use hydrogen::{
    Compressor, Electrolyser, ElectrolyserTotals, FuelCell, FuelCellTotals, HydrogenPlant, HydrogenSale, HydrogenTank,
    HydrogenTankTotals, Polarisation, PolarisationPoint, hydrogen_density_kg_per_m3,
};
pub(crate) use hydrogen::{HydrogenPlants, HydrogenStep};
