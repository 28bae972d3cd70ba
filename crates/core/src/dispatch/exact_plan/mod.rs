//! The exact plan of one storage: the least cost of a window, and what to do in each step from any stored energy.
//!
//! For: a site with one storage behind one meter, whose steps are linked by the stored energy alone (and by demand
//! charges): load by tier, generation that may be curtailed, import and export at prices, sources without memory,
//! limits per step, outages, self-discharge, wear. An 8760-step year takes well under a millisecond, a re-plan of a
//! day less than a microsecond.
//!
//! Not for: several storages, gensets with minimum load or start cost, deferrable loads, demand windows longer than a
//! step, losses that depend on power. Those need a linear or integer programme.
//!
//! Invariants: same inputs give the same bits. Costs are summed forwards along the plan from its own flows; the sweep
//! only decides. [`evaluate`] costs any path of stored energy from the columns alone.
//!
//! # Examples
//! ```
//! use microgrid_core::dispatch::exact_plan::{EndRule, Series, Solver, Steps, Storage, Tier, Window};
//!
//! let storage = Storage {
//!     min_kwh: 0.0,
//!     max_kwh: 10.0,
//!     charge_max_kw: 5.0,
//!     discharge_max_kw: 5.0,
//!     charge_efficiency: 1.0,
//!     discharge_efficiency: 1.0,
//!     self_discharge_per_h: 0.0,
//!     wear_cost_per_kwh: 0.0,
//! };
//! let tiers = [Tier { load_kw: Series::Constant(4.0), value_of_lost_load_per_kwh: 10.0 }];
//! let steps = Steps {
//!     import_price_per_kwh: Series::Steps(&[0.1, 0.4, 0.4]),
//!     ..Steps::grid_tied(3, 1.0, &tiers)
//! };
//! let mut solver = Solver::new();
//! solver.load(&storage, &steps)?;
//! let optimum = solver.solve(&Window::whole(3, 0.0, EndRule::Free))?;
//! assert!((optimum.objective - (9.0 * 0.1 + 3.0 * 0.4)).abs() < 1e-12);
//! // The law holds from any level: with 2 kWh in store at the start, 5 kW more still pay.
//! assert_eq!(solver.law().decide(0, 2.0).charge_kw, 5.0);
//! assert_eq!(solver.law().value_per_kwh(1, 2.0), 0.4);
//! # Ok::<(), microgrid_core::Problems>(())
//! ```
//!
//! # Model
//!
//! **One step.** Let x be the energy the storage draws from the bus in a step (negative: gives), h the step's length.
//! The site meets load + x from offers: generation at 0, import at p up to its limit, sources at their cost, exporting
//! less at the export price, and where supply does not reach the load, load shed at the value of its tier, lowest
//! first. Taken in rising order their least cost r(x) is convex and piecewise linear. With the level s counted from
//! the floor `min_kwh`, the step's change Δ of the level costs
//!
//! c(Δ) = r(Δ / (φ η_c)) for Δ ≥ 0, c(Δ) = r(Δ η_d / φ) − w Δ η_d / φ for Δ < 0,
//!
//! η_c and η_d the one-way efficiencies, w the wear per AC kWh discharged. Self-discharge at rate λ, exact at any step
//! length for steady power, makes the level after the step a s + Δ with a = e^{−λh}, φ = (1 − a)/(λh) (1 where λ = 0).
//! A storage that may not charge from the grid draws at most the surplus of generation taken over load: while it charges
//! nothing is imported, also where import pays. One that may not export gives at most the deficit. Generation that must be
//! taken comes first whatever the prices; what of it is neither used nor exported is dumped, and discharge gives way to it.
//! Below a step's discharge floor the storage may charge, and does not discharge.
//!
//! **When a step is convex.** Import price ≥ export price, shed load dearer than supply, and at Δ = 0
//! r′₊/η_c ≥ (r′₋ − w) η_d: so negative import prices with losses fail, and negative export prices where sun is spilled.
//! Nobody buys and sells, or charges and discharges, at once: the cost of a step that fails is the lower envelope of that
//! of a site that only sells and of one that only buys, in two parts, for discharging and for charging.
//!
//! **The sweep.** The cost-to-go V_t(s) = min_Δ c_t(Δ) + V_{t+1}(a s + Δ) over levels in [0, span] is convex. As a
//! function of a s it is an infimal convolution, whose slopes are the merged slopes of both functions (Rockafellar,
//! *Convex Analysis*, 1970, §5 and §16), trimmed to the span; then slopes shrink by a and lengths grow by 1/a. V is
//! kept as a sorted list of values −V′ with lengths. Charging slopes enter from the empty end and discharging slopes
//! from the full end, and as much as enters is trimmed there, so a step touches a few pieces. The list is as long as
//! the span holds segments of different value, ten to sixty in common cases; time is linear in steps for a given one.
//!
//! **Where steps are not convex** V need not be, and the same convolution is the lower envelope of those of all pairs of
//! convex runs of both: each pair merges its slopes, neighbours are joined. V turns convex again by itself a few steps
//! before such a stretch, and the list takes over. With 458 negative hours of 8784 a year takes some milliseconds. Values
//! within 4e-15 of span × steepest slope count as equal, so the plan is optimal to that a step. Prices without any pattern
//! and a large storage can bend V in thousands of places; from 1500 on it is thinned, and [`Optimum::lower_cost`] says
//! by how much the plan may miss.
//!
//! **The law.** Where −V′_{t+1} crosses a slope of c_t lies that slope's *target level*: charge up to it while the slope
//! lasts, or discharge down to it. Three to five targets a step are optimal from any level ([`Law::decide`]). Where step or
//! V is not convex, the law keeps both: on each stretch both are linear, so a corner of one of them is best. V′ at a
//! level is the slope inside which the law stops, there or in the first later step where it stops inside one.
//!
//! **The end.** Free: V = 0. A value per kWh: V′ = −v. Not below a level, and reserves at a step's end: missing energy
//! costs a price, stated in the result and by default above every slope, so that (without self-discharge) energy is
//! missing only where it cannot be stored. With a negative value the storage still does not charge and discharge at
//! once to burn energy, as a linear programme would.
//!
//! **Demand charges.** A cap z on import makes import above it cost D/h more per kWh, D the charge per kW. For any cap
//! this is at least the true cost, since D Σ excess ≥ D max excess, and with the plan's own peak as cap it is the true
//! cost: so min over z of D z + V₀(s₀; z) is the optimum, jointly convex in all caps. A round solves all steps for given
//! caps. Its duals, the values along the path and the bus prices at the caps, are a tangent to each period's least
//! cost as a function of its caps and of the levels at its borders. The master takes the tangents as cuts and gives a
//! lower value and the next caps; the best plan at its own peaks is the upper value (Kelley, *The Cutting-Plane Method
//! for Solving Convex Programs*, 1960). The next caps lie halfway between the best and the master's, as the master
//! jumps while cuts are few. Periods may overlap, and a charge may count only some steps. Caps never shed load: where
//! shed load would be cheaper than a peak the step is not convex. Steps that are not convex stand in the rounds with a cost
//! that is jointly convex in level and caps, the convex hull over the ways to run them, at least as high as that of a
//! linear programme; the plan has them as they are, under the best caps and then under its own peaks while that gains.
//! A charge on means over windows longer than a step counts here by its steps' peaks, which are at least
//! those of the windows: a plan may use it, a bound leaves it out or goes to the linear programme. Where load, generation
//! and prices are steady within each window the two peaks of the best plan are the same.

mod capped;
mod cost;
mod curve;
mod demand;
mod law;
mod master;
mod piecewise;
mod problem;
mod search;
mod slopes;
mod solve;
mod stage;

pub use cost::{Bill, Flows, evaluate};
pub use demand::{Accuracy, DemandCharge, DemandOptimum};
pub use law::{Decision, Law};
pub(crate) use master::Master;
pub use problem::{EndRule, Series, Source, Steps, Storage, Tier, Window};
pub use solve::{Optimum, Solver};
