//! `protection.toml` beside a network: what faults and devices need and power flows do not.
//!
//! ```toml
//! [[source]]                       # how strong the grid is
//! name = "grid"
//! greatest_kva = 100_000
//! least_kva = 80_000
//! greatest_r_to_x = 0.1
//!
//! [[inverter]]                     # a source of limited current
//! name = "battery"
//! bus = "station"
//! rated_kva = 250
//! current_ratio = 1.2
//! forms_grid = true
//!
//! [[breaker]]                      # a device at the end of a line
//! name = "Q1"
//! line = "street"
//! end = "from"
//! long_time = { setting_a = 250, time_s = 8 }
//! instantaneous = { pick_up_a = 2000 }
//! ```
//!
//! [`read_scheme`] reads it; names are those of the network. All tables and keys are those of `microgrid schema protection`.

mod devices;
mod feeds;
mod file;

pub use file::{protection_schema, read_scheme};
