//! What the site uses: loads in tiers of importance, charging sessions and stations, swap stations, loads that can wait, water
//! heaters, buildings.

mod building;
mod charging;
mod cheap_steps;
mod decay;
mod flexibility;
mod heating_rule;
mod load;
mod lost_load;
mod shiftable;
mod swapping;
mod water_heater;

pub use building::{Building, BuildingTotals, HeatPump, HeatPumpPoint, ThermalMass};
pub(crate) use building::{BuildingStep, Buildings};
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
pub use heating_rule::HeatingRule;
pub use load::{Load, Tier};
pub use lost_load::ValueOfLostLoad;
pub use shiftable::{
    PlacingRule, Shiftable, ShiftableForm, ShiftableTotals, StepWindow, cheapest_cycle, cheapest_energy,
};
pub(crate) use shiftable::{ShiftableStep, Shiftables};
pub(crate) use swapping::SwapStations;
pub use swapping::{ManagedSwaps, SwapArrival, SwapCharging, SwapStation, SwapStationTotals};
pub(crate) use water_heater::WaterHeaters;
pub use water_heater::{WaterHeater, WaterHeaterTotals};
