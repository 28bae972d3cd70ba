//! What several of these tests are made of.

pub(crate) mod low_voltage;
mod numbers;
mod same_bits;

pub(crate) use numbers::Numbers;
pub(crate) use same_bits::same_bits;
