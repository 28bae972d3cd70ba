//! From a site's load, weather and prices to what to build, and what that earns its owner.
//!
//! [`sizing`] finds the sizes of least cost and proves how far any other could be below; [`economics`] turns yearly figures
//! of runs (bill, fuel, upkeep) and prices of equipment into net present cost, cash flow and the numbers that tools and banks
//! compare.

pub mod economics;
pub mod sizing;
