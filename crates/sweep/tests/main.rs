//! What a sweep's draws promise, one module each.

mod distributions;
mod same_bits;
