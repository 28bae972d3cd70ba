//! Order: from a plain [`Scenario`] over the validated [`Plan`] to the march through time and its books.

mod aged_plan;
mod block;
mod calendar;
mod device_totals;
mod devices;
mod fingerprint;
mod gensets_alone;
pub(crate) mod kind;
pub(crate) mod lane;
mod ledger;
mod march;
pub(crate) mod meter;
mod outcome;
mod over_years;
pub(crate) mod phases;
mod plan;
mod plan_cache;
mod plan_handle;
mod recorder;
mod recourse;
mod roster;
mod scenario;
mod series;
mod serving_cost;
mod snapshot;
#[cfg(test)]
mod spoilt_books;
mod step_controller;
mod step_inputs;
mod unpack;
mod years;

pub use block::Block;
pub(crate) use block::Inputs;
pub use calendar::{Calendar, Month};
pub use device_totals::{Booked, DeviceTotals};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use ledger::ledger;
pub use ledger::{Account, Carrier, Entry, Role};
pub(crate) use meter::Meters;
pub use outcome::{
    BatteryHealth, BatteryTotals, CellTemperatures, Energy, GensetHeat, GensetTotals, HybridTotals, Indicators, Money,
    MonthTotals, Outcome, Status,
};
pub use plan::Plan;
pub use plan_cache::PlanCache;
pub(crate) use plan_cache::SeriesChecks;
pub use plan_handle::PlanHandle;
pub use recorder::{BatteryRecord, GensetRecord, Recorder, StepRecord};
pub(crate) use roster::Roster;
pub use scenario::{RunEnd, Scenario};
pub use series::Series;
pub use snapshot::Snapshot;
pub use step_controller::{ControllerSite, StepController};
pub use step_inputs::{InputFault, StepInputs};
pub use unpack::simulate;
pub use years::{YearRun, YearState, Years};
