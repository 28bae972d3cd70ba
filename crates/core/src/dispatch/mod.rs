//! Choice: the strategies, one file each, the exact plan of one storage, and the interface for a user's own.

mod bound;
mod built_in;
pub(crate) mod columns;
mod combined;
pub(crate) mod commitment;
mod controller;
mod cycle_charging;
pub mod exact_plan;
mod forecast;
mod genset_rule;
pub(crate) mod idle;
pub(crate) mod lane_strategy;
mod load_following;
mod named_forecast;
pub(crate) mod optimal;
pub(crate) mod own;
pub(crate) mod peak_shaving;
mod priority_list;
pub(crate) mod rolling_horizon;
pub(crate) mod self_consumption;
mod strategy;
pub(crate) mod time_of_use;

pub use bound::{Bound, BoundKind, Gap, GapPart, WiderBound};
pub use built_in::Dispatch;
pub use controller::Controller;
pub(crate) use controller::Policy;
pub use forecast::{Forecast, Outlook, Past};
pub use named_forecast::NamedForecast;
pub use optimal::OptimalPlan;
pub use rolling_horizon::{HorizonEnd, RollingHorizon};
pub use strategy::{Request, Site, Strategy};
