//! Reads what describes a site, its year and its prices, and makes core's `Scenario` of it.

mod suggestion;
pub mod tariff;
pub mod time;
