//! Choice: the strategies, one file each, the exact plan of one storage, and the interface for a user's own.

mod built_in;
mod combined;
mod controller;
mod cycle_charging;
pub mod exact_plan;
mod genset_rule;
pub(crate) mod idle;
pub(crate) mod lane_strategy;
mod load_following;
pub(crate) mod own;
pub(crate) mod peak_shaving;
mod priority_list;
pub(crate) mod self_consumption;
mod strategy;
pub(crate) mod time_of_use;

pub use built_in::Dispatch;
pub use controller::Controller;
pub(crate) use controller::Policy;
pub use strategy::{Request, Site, Strategy};
