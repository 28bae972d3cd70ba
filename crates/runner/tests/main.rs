//! What the runner promises, one module each.

mod sweep;
