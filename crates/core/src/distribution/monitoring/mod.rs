//! Monitoring: what happened in a run, and how reliably its loads were served.
//!
//! A [`Watcher`] is a recorder: it sees every step of a run and keeps [`Event`]s (outages, islands, sheds, a tie at its limit,
//! empty storage, alarms with limits and hysteresis), [`MeterSeries`], the [`Reliability`] of the supply, and what the load
//! does to the transformer at the tie. [`survival_hours`] asks of every hour how long the site would live without the grid
//! from then on. All of it works at the one bus of a site.

mod event;
mod reliability;
mod settings;
mod survival;
mod watcher;

pub use event::{Event, EventKind};
pub use reliability::{LoadReliability, Reliability};
pub use settings::{Alarm, AlarmLimit, Meter, Monitoring, Quantity, Reduction, SurvivalSettings, TransformerWatch};
pub use survival::{Survival, survival_hours};
pub use watcher::{MeterSeries, Watched, Watcher};
