//! What the site uses: loads in tiers of importance, charging sessions and stations, water heaters.

mod charging;
mod load;
mod lost_load;
mod water_heater;

pub(crate) use charging::Stations;
pub use charging::{
    Bay, Car, ChargeCurve, ChargingSession, CurrentEfficiency, CurvePoint, Declared, Lot, PluggedCar, PowerLimit,
    Scheduler, Scheduling, Served, SessionOutcome, Station, StationTotals, Supply, Task, serve,
};
pub use load::{Load, Tier};
pub use lost_load::ValueOfLostLoad;
pub(crate) use water_heater::WaterHeaters;
pub use water_heater::{HeatingRule, WaterHeater, WaterHeaterTotals};
