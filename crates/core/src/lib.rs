//! The microgrid simulator's physics, books and dispatch.
#![no_std]

extern crate alloc;

pub mod demand;
pub mod dispatch;
pub mod distribution;
pub mod generation;
mod problem;
pub mod simulation;
pub mod storage;
#[cfg(feature = "serde")]
mod unbounded;
pub mod utility;

pub use problem::{Place, Problem, Problems};
pub use simulation::{Block, Calendar, Outcome, Plan, Scenario, Series, simulate};
