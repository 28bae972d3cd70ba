//! Sizes of least cost over a site's year, with a proof.
//!
//! For: the power of plants and gensets, capacity and power of one storage (or of several that differ in size only, as one),
//! and the limit of import, each between bounds, at a cost per unit, of any value or in whole counts of a step; one year that
//! stands for all, or a list of years in which sizes have faded or the site is another, or that are chances of one year, by their mean or
//! by the mean of the worst; under a budget, and with critical load carried through any
//! outage of some hours ([`RideThrough`]). Not for: costs that jump, batteries that differ, prices below 0: [`Site::of`]
//! refuses by name what it cannot take, and [`Site::left_out`] names what it takes as cheaper than it is.
//!
//! # Model
//! **Cost.** C(x) = Σ_j c_j x_j + Σ_y w_y F(D_y x): c_j what a unit of size j costs (over the project, or a year), w_y what a
//! unit of money of year y counts, D_y what is left of each size in year y, and F(x) the least operating cost of the year
//! under the [exact plan](microgrid_core::dispatch::exact_plan). As the optimum of a linear programme in which sizes stand on
//! the right, F is convex in all sizes together. Demand charges join as one more size each, the cap on import: import above it
//! pays the charge per kWh, an exact penalty.
//!
//! **Cut.** For *any* prices λ_t of a kWh at the bus and μ_t of a stored kWh, F(x) is at least the Lagrangian of the bus's and
//! the storage's balance with each step minimised by itself over its box. With step length h, tiers of load at the
//! value v_i, plants of output g_k per unit, charging gain η_c φ, discharging cost φ/η_d, leak factor a, wear w, window
//! [θ₀, θ₁] and start σ as shares of the capacity E, and premiums 0 ≤ δ_jt ≤ D_j/h under the caps z_j:
//!
//! F(x) ≥ Σ_t h·[Σ_i load_it (λ_t − (λ_t − v_i)⁺) − imp_t (λ_t − p_t − Σ_j δ_jt)⁺ − exp_t (q_t − λ_t)⁺ − Σ_k x_k g_kt λ_t⁺
//!   − Σ_g x_g (λ_t − c_g)⁺ − P_c (η_c φ μ_t − λ_t)⁺ − P_d (λ_t − w − φ μ_t/η_d)⁺]
//!   + E·{Σ_t min over θ in \[θ₀, θ₁\] of (μ_(t−1) − a μ_t) θ + end(θ_T) − a σ μ_1 − (1 − a) θ₀ Σ_t μ_t}
//!   + Σ_j (D_j (z_j − free_j) − z_j h Σ_t δ_jt).
//!
//! It is affine in the sizes, takes O(T) arithmetic and no trust: a bad choice of prices makes it weak, never wrong
//! (`PricePaths::bound`). Prices read off the plan at x make it touch F at x, so its slopes are a subgradient.
//!
//! **Search.** A level method (Lemaréchal, Nemirovskii, Nesterov, *New variants of bundle methods*, 1995): the least
//! maximum of all cuts over the bounds is the lower value L, the best point evaluated the upper U; the next point is the one
//! nearest to the best whose cuts are below L + 0.7(U − L). Its small programmes are solved by Clarabel and nothing of theirs
//! is trusted: the weights that it gives the cuts mix their prices, and [`Certificate::lower_cost`] is proven from these alone.
//!
//! **Parts.** With a cap for each month a cut of the whole year says little of any month. So the year is searched in parts, whose
//! cuts have the energies stored at their borders as variables of the search; the mixed prices of the parts, side by side, prove
//! the lower value as those of a whole year do.
//!
//! **Counts.** A size with a step is what is existing and a whole count of it. Cuts hold for all sizes, so branch and bound over
//! counts has one pool of them: a node is a range of each size, its lower value the mix of cuts that proves most there. The node of
//! the least is next; a year is planned only at counts. The nodes left hold all counts between them, each with its proof
//! ([`Sizer::leaves`]); the least of these is the lower value.
//!
//! **Chances.** Where the years are chances of one year, the mean of the dearest share of them is the greatest Σ ω_y F_y over weights that
//! the share allows ([`Task::with_tail`]); the cut at a point has the weights of that point, and the certificate names those it mixes to.
//!
//! **A search that was killed** goes on from its [`Journal`]: it is run again, and what was planned is recalled.
//!
//! **Limits** (a budget, the worst outage) are rows of the search, and their prices a part of the certificate.
//!
//! **Bands.** Optima are flat. The least and the greatest value of a size at a cost of at most (1 + ε)U over the cuts is an
//! outer end, proven in the same way; a point that was evaluated gives an inner one ([`Band`]).
//!
//! Tested against six problems solved by HiGHS (interior point and simplex), to 1e-6 of the cost.

mod amounts;
mod band;
mod branching;
mod certificate;
mod columns;
mod earnings;
mod journal;
mod level;
mod limits;
mod oracle;
mod parts;
mod planned;
mod programme;
mod ride_through;
mod search;
mod site;
mod task;
mod worth;

pub use amounts::{Amounts, Quantity};
pub use band::Band;
pub use certificate::{Certificate, Leaf, PricePaths};
pub use earnings::Earnings;
pub use journal::{Digest, Journal};
pub use level::Sizer;
pub use limits::SizeLimit;
pub use ride_through::RideThrough;
pub use search::{Ending, Progress, Sized, Stop};
pub use site::Site;
pub use task::{Size, Task, Year};
pub use worth::Worth;
