//! Choice: the strategies, one file each, the exact plan of one storage, and the interface for a user's own.

mod built_in;
mod controller;
pub mod exact_plan;
pub(crate) mod idle;
pub(crate) mod lane_strategy;
pub(crate) mod own;
pub(crate) mod peak_shaving;
pub(crate) mod self_consumption;
mod strategy;
pub(crate) mod time_of_use;

pub use built_in::Dispatch;
pub use controller::Controller;
pub(crate) use controller::Policy;
pub use strategy::{Request, Site, Strategy};
