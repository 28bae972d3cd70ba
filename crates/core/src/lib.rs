//! The microgrid simulator's physics, books and dispatch.
#![no_std]

extern crate alloc;

pub mod dispatch;
pub mod generation;
mod problem;

pub use problem::{Place, Problem, Problems};
