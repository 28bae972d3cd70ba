//! Order: from a plain [`Scenario`] over the validated [`Plan`] to the march through time and its books.

mod block;
mod calendar;
mod fingerprint;
mod gensets;
pub(crate) mod lane;
mod march;
mod meter;
mod outcome;
mod phases;
mod plan;
mod plan_cache;
mod recorder;
mod recourse;
mod scenario;
mod series;
mod snapshot;
#[cfg(test)]
mod spoilt_books;
mod unpack;

pub use block::Block;
pub(crate) use block::Inputs;
pub use calendar::{Calendar, Month};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use gensets::{Gensets, START_ABOVE_KW};
pub(crate) use meter::Meters;
pub use outcome::{BatteryTotals, Energy, GensetTotals, Indicators, Money, MonthTotals, Outcome, Status};
pub use plan::Plan;
pub use plan_cache::PlanCache;
pub(crate) use plan_cache::SeriesChecks;
pub use recorder::{BatteryRecord, GensetRecord, Recorder, StepRecord};
pub use scenario::{RunEnd, Scenario};
pub use series::Series;
pub use snapshot::Snapshot;
pub use unpack::simulate;
