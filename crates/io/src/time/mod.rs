//! Civil time: zones, changes of clock, day types, billing months.
//!
//! Not for physics: core never sees a date. A [`Clock`] ties the run's steps to a place's civil time and hands core
//! its [`Calendar`](microgrid_core::Calendar). Invariant: once a clock is built, every step has one civil time, and
//! every day border and every change of clock within the run is a step border.

mod clock;
mod day_type;
mod settings;
mod written;
mod zone;

pub use clock::Clock;
pub use day_type::DayType;
pub use settings::{ClockSettings, RunEnd};
pub(crate) use written::{Form, pattern_fault};
pub(crate) use zone::date_of;
pub use zone::{TimeFault, Zone};
