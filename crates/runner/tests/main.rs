//! What the runner promises, one module each.

mod lanes;
mod sweep;
