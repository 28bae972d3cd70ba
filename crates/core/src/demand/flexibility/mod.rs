//! What a fleet of cars can do together, exactly: how much it can take in any slots, its least cost, what a shift costs.
//!
//! For: sessions with constant limits in each slot, without taper, least current or losses of discharge, and without a limit
//! that they share other than one on their sum. Everything here is exact for such fleets, never a bound: whatever the
//! aggregate promises, [`FleetFlexibility::disaggregate`] shares among the cars.
//!
//! Not for: cars whose power falls as they fill, or that lose energy when they discharge; there the same description is
//! only an outer bound.
//!
//! # Model
//! Car i takes x_it kWh at its AC terminals in slot t, l_it ≤ x_it ≤ u_it (l = 0, or what it may give back), in all between
//! `energy_least_kwh` and `energy_most_kwh`; one that gives energy back keeps its level Σ_{τ≤t} x_iτ within limits of its
//! own at the end of each slot. These constraints are a laminar family (slots and prefixes of slots), so the set of a car
//! is a generalised polymatroid, and so is the Minkowski sum X_t = Σ_i x_it, which is described without loss by
//! b(A) = max Σ_{t∈A} X_t and p(A) = min Σ_{t∈A} X_t, each the sum of the cars' own (Frank and Tardos, *Generalized
//! polymatroids and submodular flows*, 1988; for fleets Mukhi, Loho and Abate, *Exact characterization of aggregate
//! flexibility via generalized polymatroids*, 2025). For cars that only charge
//! - b_i(A) = min(Σ_{t∈A} u_it, `energy_most_kwh`),
//! - p_i(A) = max(0, `energy_least_kwh` − Σ_{t∉A} u_it).
//!
//! A linear cost is least by Edmonds' greedy: slots of negative price in ascending order take b(S_k) − b(S_{k−1}), the
//! others in descending order p(R_k) − p(R_{k−1}). A separable convex cost, as the kink between import and export or a limit
//! on the sum, is least by the same greedy over its pieces, cheapest first: each takes what still leaves room, which is a
//! maximum flow from slots through cars to the energy that they need.

mod bid;
mod cost;
mod fleet;
mod flow;
mod network;
mod session;

pub use bid::{Bid, BidRange};
pub use cost::{CostPiece, SlotCost};
pub use fleet::{Envelope, FleetFlexibility, FleetPlan};
pub use flow::{Disaggregation, Unservable};
pub(super) use network::Network;
pub use session::FlexibleSession;

#[cfg(test)]
mod tests;
