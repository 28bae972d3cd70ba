//! The commitment plan: which gensets run when, beside one storage, with perfect foresight.
//!
//! For: sites of up to four gensets and one storage. It proves a bound that counts least loads, no-load fuel,
//! starts and least times in full, and it is the strategy `optimal` at such sites.
//!
//! Not for: ramps, demand charges and rules against grid charging, which it leaves out and names.
//!
//! # Model
//! A genset's phase is whether it is on and for how many steps, counted up to its least time. A site's phase σ is that of
//! all its gensets, and with the set of running gensets given, a step is the exact plan's: their least loads are
//! generation that may be dumped, what they can give beyond it are sources at the slopes of their fuel curves, and their
//! cost at the least load is a constant. So with c the cost of a step over the change Δ of the stored energy, a what
//! self-discharge leaves, and C the cost of starts,
//!
//! V_t(σ, s) = min over σ′ that may follow σ of C(σ, σ′) + min_Δ c_t(σ′, Δ) + V_{t+1}(σ′, a s + Δ).
//!
//! The inner minimum is an infimal convolution of convex piecewise linear functions, and convex. The outer one is not,
//! and is replaced by its convex envelope in s, one for each phase: what follows is at or below the true cost-to-go, so
//! V_0 is a bound. It is at or above that of the linear programme whose gensets run by shares, which makes all of (σ, s)
//! convex at once: by induction backwards, the envelope in s of a minimum that is nowhere below the programme's
//! cost-to-go, itself convex in s, is nowhere below it either.
//!
//! Forwards nothing is convexified: in each step the plan takes the successor and the change that cost least with V of
//! the next step, from whatever phase and stored energy the site is in. What that costs in the simulator is an upper
//! value, and the distance of the two is the gap's part `integrality`, or `not_proven` where the plan
//! leaves more out.
//!
//! Least times that would make too many phases for memory and time are left out, and named.

mod curve;
mod day;
mod phases;
mod plan;
mod strategy;

pub(crate) use phases::Clockwork;
pub(crate) use plan::CommitmentPlan;
pub(crate) use strategy::{Committed, CommittedSite};
