//! What keeps energy: batteries, what of them is more than plain, how they age, and hydrogen plants.

pub mod ageing;
mod battery;
mod battery_lanes;
pub mod detail;
mod hydrogen;

pub(crate) use ageing::StorageAgeing;
pub use ageing::{
    Ageing, BatteryAge, Cycle, EndOfLife, EndOfLifeAction, FadeModel, Faded, Rainflow, Warranty, WarrantyUse,
};
pub use battery::Battery;
pub(crate) use battery::BatteryStep;
pub(crate) use battery_lanes::BatteryLanes;
pub(crate) use detail::StorageDetail;
pub use detail::{BatteryDetail, CellTemperature, HybridInverter, PartLoad, PowerBySoc, PowerByTemperature, TwoWells};
pub use hydrogen::{
    Compressor, Electrolyser, ElectrolyserTotals, FuelCell, FuelCellTotals, HydrogenPlant, HydrogenSale, HydrogenTank,
    HydrogenTankTotals, Polarisation, PolarisationPoint, hydrogen_density_kg_per_m3,
};
pub(crate) use hydrogen::{HydrogenPlants, HydrogenStep};
