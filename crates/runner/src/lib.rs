//! Runs many jobs over all processors: grouped by shape into lanes, in input order, with the same bits as one by one.
//!
//! A [`Job`] is a plan and how to make its strategy. [`Runner::run`] makes the strategies, packs jobs of one shape eight
//! to a block, runs the blocks over rayon, and hands the outcomes back in the order of the jobs. Neither the number of
//! threads nor the neighbours in a block changes a bit.
//!
//! [`sweep`] runs as many scenarios as a description makes, with memory that does not grow with their number, into a
//! folder that survives being killed.

mod job;
mod lanes;
mod runner;
pub mod sweep;
mod wide;

pub use job::Job;
pub use runner::{RunError, Runner};
