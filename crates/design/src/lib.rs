//! From what a site costs to run to what it earns its owner.
//!
//! [`economics`] turns yearly figures of runs (bill, fuel, upkeep) and prices of equipment into net present cost, cash flow
//! and the numbers that tools and banks compare. It runs nothing itself and knows no site: its inputs are plain numbers,
//! which [`Outcome`](microgrid_core::Outcome)s provide.

pub mod economics;
