//! The simulator's promises, one module each, seen through the public API of the whole library.
//!
//! One program, so that a newcomer links once; a file here is a module only if it is named below (`programs` checks that).

mod balance;
mod bills;
mod bits;
mod cases;
mod demand_bills;
mod determinism;
mod faults;
mod forecast;
mod gap;
mod genset_upkeep;
mod gensets;
mod hydrogen;
mod least_known;
mod lost_load;
mod microcontroller;
mod names;
mod no_alloc;
#[cfg(unix)]
mod no_std;
mod optimal_days;
mod oracle;
mod peak_shaving;
mod peers;
mod programs;
mod random_site;
mod reference_optimum;
mod reference_pv;
mod reference_rule_based;
mod replay;
mod scenario_json;
mod sessions;
mod snapshots;
mod step_controller;
mod step_length;
mod steps;
mod synthetic_weather;
mod time_of_use;
mod water_heater;
mod what_a_strategy_sees;
mod why;
mod years;
