//! The microgrid simulator's physics, books and dispatch.
#![no_std]

extern crate alloc;

pub mod dispatch;
pub mod generation;
