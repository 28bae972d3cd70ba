//! What the site uses: loads in tiers of importance, charging sessions and stations, swap stations, water heaters.

mod charging;
mod cheap_steps;
mod flexibility;
mod load;
mod lost_load;
mod swapping;
mod water_heater;

pub(crate) use charging::Stations;
pub use charging::{
    Bay, BlamedLimit, Car, ChargeCurve, ChargingProfile, ChargingSession, CurrentEfficiency, CurvePoint, Declared, Lot,
    ManagedStay, ManagedStays, PluggedCar, PowerLimit, ProfilePeriod, ProfilePurpose, Scheduler, Scheduling, Servable,
    Served, SessionOutcome, SessionSchedule, ShortSession, Station, StationSchedule, StationTotals, Supply, Task,
    Verdict, composite_limit_kw, serve,
};
pub use flexibility::{
    Bid, BidRange, CostPiece, Disaggregation, Envelope, FleetFlexibility, FleetPlan, FlexibleSession, SlotCost,
    Unservable,
};
pub use load::{Load, Tier};
pub use lost_load::ValueOfLostLoad;
pub(crate) use swapping::SwapStations;
pub use swapping::{ManagedSwaps, SwapArrival, SwapCharging, SwapStation, SwapStationTotals};
pub(crate) use water_heater::WaterHeaters;
pub use water_heater::{HeatingRule, WaterHeater, WaterHeaterTotals};
