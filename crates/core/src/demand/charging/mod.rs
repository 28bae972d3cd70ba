//! Charging: energy wanted within a window of time, and stations of bays that share what there is.
//!
//! [`serve`] is uncontrolled charging worked out before the run, as a load. A [`Station`] is a device of the run: its cars
//! stand at bays with packs of their own, its scheduler says at every step who gets how much within a tree of limits, and
//! the site may ask it for more or less.

mod assign;
mod bay;
mod books;
mod car;
mod curve;
mod known_cars;
mod lanes;
mod lot;
mod managed;
mod outlet;
mod profile;
mod schedule;
mod scheduler;
mod session;
mod station;
mod station_lane;
mod task;
mod timetable;
mod verdict;

pub use bay::{Bay, PowerLimit, Supply};
pub use books::{SessionOutcome, StationTotals};
pub use car::{Car, CurrentEfficiency};
pub use curve::{ChargeCurve, CurvePoint};
pub(crate) use lanes::Stations;
pub use lot::{Lot, PluggedCar};
pub use managed::{ManagedStay, ManagedStays};
pub use profile::{ChargingProfile, ProfilePeriod, ProfilePurpose, composite_limit_kw};
pub use schedule::{SessionSchedule, StationSchedule};
pub use scheduler::{Scheduler, Scheduling};
pub use session::{ChargingSession, Declared};
pub use station::Station;
pub use task::{Served, Task, serve};
pub use verdict::{BlamedLimit, Servable, ShortSession, Verdict};
