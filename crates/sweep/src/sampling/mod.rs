//! Where the samples lie in the unit cube: at random, stratified in every direction, or on a low-discrepancy sequence.

mod method;
mod permutation;
mod plan;
mod sobol;
mod sobol_table;

pub use method::{Method, Samples};
pub(crate) use plan::UnitDraw;
