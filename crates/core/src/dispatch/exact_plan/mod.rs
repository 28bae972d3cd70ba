//! The exact plan of one storage.

mod cost;
mod demand;
mod law;
mod master;
mod problem;
mod slopes;
mod solve;
mod stage;

pub use cost::{Bill, Flows, evaluate};
pub use demand::{Accuracy, DemandCharge, DemandOptimum};
pub use law::{Decision, Law};
pub use problem::{EndRule, Series, Source, Steps, Storage, Tier, Window};
pub use solve::{Kind, Optimum, Solver};
