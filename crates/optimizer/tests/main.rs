//! Plans and bounds by linear programme against other ways to the same optimum, one module each.

mod any_site;
mod blocks;
mod commitment;
mod exact_plan;
mod fleet_flexibility;
mod genset_weeks;
#[cfg(feature = "highs")]
mod milp;
mod peers;
mod random_site;
mod reference_year;
mod stations;
mod swap_stations;
mod tasks;
mod window_bound;
