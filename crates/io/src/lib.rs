//! Reads what describes a site, its year and its prices, and makes core's `Scenario` of it.

mod document;
mod suggestion;
pub mod time;
