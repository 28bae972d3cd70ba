//! Linear programmes of a site's run: the optimum of several storages, bounds that trust no solver, plans to follow.
//!
//! For: sites that the [exact plan](microgrid_core::dispatch::exact_plan) does not reach, of several batteries or with
//! demand windows longer than a step, and as the second implementation of its optimum. [`plan`] plans all storage with
//! perfect foresight, runs the plan through the simulator and returns it with a [`Certificate`]; [`bound`] only proves
//! what no dispatch can beat. A year of hours takes about a second.
//!
//! Not for: commitments of gensets and whatever else is a whole number, but with the feature `highs`; plans of one
//! storage, for which the exact plan is hundreds of times faster.
//!
//! Invariants: a plan is given only where the solver claims the tolerance asked, but by [`plan_stations`]. A bound holds whatever the solver did:
//! it is computed here from its duals, rounded down. Same inputs give the same bits on the same build of the solver.
//!
//! # Model
//!
//! Steps t of h hours, batteries b. Powers in kW, at the AC terminals, all at least 0; energy in kWh; money in the
//! scenario's currency. Every variable has a finite upper bound, drawn from the limits of devices and tie.
//!
//! | symbol | meaning |
//! |---|---|
//! | c, d | charge and discharge of a battery |
//! | s | stored energy above the battery's floor at the step's end; s₀ at the start |
//! | i, e | import and export, up to the tie's limits after transformer and outages |
//! | g | generation not taken, up to all that is available |
//! | v_k | load of tier k not served |
//! | p_m, n_m, x_m | peak of month m, demand billed, and the part of it in excess of a contract, kW |
//! | E, B | energy counted for blocks of prices, and the border of a block, kWh |
//! | y_m | what is missing to the month's least charge, money |
//! | L, G | load asked for and generation available, kW |
//!
//! **Bus.** i − e − g + Σ_k v_k + Σ_b (d_b − c_b) = L − G.
//!
//! **Storage.** s_t = a·s_{t−1} + φ·h·(η_c·c − d/η_d), 0 ≤ s ≤ span, with a = e^(−λh), φ = (1 − a)/(λh), 1 without
//! self-discharge λ: the law of [`microgrid_core::storage`]. While the grid is up no discharge ends below the reserve
//! r: s_t is at least the level that self-discharge alone leaves of min(s₀, r); and where that is below r, after an outage
//! or by self-discharge, s_t·d_max ≥ r·d. Batteries barred from grid charging together take at most the surplus of what is
//! taken, c ≤ max(G − g − L, 0), which where import pays is not convex and stands with its hull; one barred from export
//! gives at most the deficit L − G.
//!
//! **Recourse.** The site sheds only what generation and tie do not reach, lowest tier first: so v_k is at most what is
//! left of L − G − i_max after lower tiers, and no battery charges beyond i_max + G − L and what others discharge. In an
//! outage i and e are 0. Without a grid-former the site is dark: all load is lost, storage rests and leaks.
//!
//! **Tasks**, where [`Decisions::StorageAndTasks`] frees them: each charging session or shiftable load j draws q_j in the
//! steps of its window, up to its power × the part of the step in its window, and Σ_t h·q_j + u_j is the energy that the
//! run draws for it. Served at once, as every run serves it, a task has the most energy by any time, so all of it can be
//! had. u_j, not served, costs the value of its tier's lost load, and is there only where the site may be short. Tasks
//! alike in window, power and energy are one, tasks of no choice are load. Σ_j q_j stands on the bus as load does.
//!
//! **Stations**, where [`Decisions::StorageAndStations`] frees them: each stay j of a car draws q_j in the steps of its stay, up to
//! its greatest power × the part of the step in it, and Σ_t h·q_j + u_j is the energy that its pack takes at full power throughout,
//! over the best efficiency of its charger; u_j costs what the station asks for a kWh undelivered. Σ_j q_j of those behind a
//! limit is at most the limit. Very many stays are one q with limits on what is drawn by any time, [`Relaxation::SessionsTogether`].
//! The plan then says what each car draws: [`LpPlan::station_schedules`]. **Swap stations** whose losses have a price are energy in packs: for a
//! bound with a part of each vehicle that may be lost, for a plan with each pack charged between the vehicle that brings it and the swap
//! that needs it; so such a plan's bound is another solve's.
//!
//! **Peaks.** p_m ≥ the mean of i over the steps that count of each window of the month; windows begin anew each day, as
//! the meter's, or slide within the month. n_m ≥ p_m, ≥ the ratchet's share of earlier peaks, ≥ the contract's floor;
//! x_m ≥ p_m − threshold. A tier's price is added, less that of the tier before, on what of n_m lies above its threshold.
//! A charge per year has one p over the months of the year.
//!
//! **Blocks.** The energy E that a counter counts in a month, or in a year, costs the price of the first block in each step, and
//! for each border B what the next block costs more on max(E − B, 0).
//!
//! **Objective.**
//! ```text
//!   Σ_t h·[(price + carbon price × intensity)·i − export price·e + Σ_k value_k·v_k + Σ_b wear_b·d_b]
//! + Σ_m [demand price·(n_m − x_m) + excess price·x_m + y_m] + fixed and capacity charges
//! − value of a stored kWh·Σ_b (s_end − s₀)
//! ```
//! with y_m ≥ the least charge − the month's charges + its export credit, pooled over months where the tariff pools them;
//! without the credit where credits are paid beside it; where they are carried over, one y for the run, see
//! [`microgrid_core::utility::MinimumCharge`]. It is the objective of every run's outcome, term by term; with
//! [`EndRule::Free`] and [`EndRule::NotBelowStart`] without the last line.
//!
//! **What is relaxed** stands in [`Relaxation`], and each bound names those that can matter for its site. Where it names
//! none the optimum is one the site can reach. A demand discount and the power-factor adjustment are taken at the best
//! of their levels: then the bound counts charges too low, never too high.
//!
//! # What is proven
//!
//! With any λ, at least 0 on rows `≥`, each feasible x costs at least λ·right + Σ_j min over its bounds of
//! (cost_j − (Aᵀλ)_j)·x_j: weak duality, in which bounded variables mend every λ (Neumaier and Shcherbina, *Safe bounds
//! in linear and mixed-integer linear programming*, 2004). The solver's λ gives a bound near its optimum, garbage gives a
//! poor one that still holds. All sums run in intervals that round outwards, so the bound is one of the programme as it
//! stands in f64; [`LpBound::rounding`] says what that costs, some 1e-12 of the objective. The upper value is the
//! outcome of the simulator under the strategy that follows the plan's levels.
//!
//! # Tolerances
//!
//! Clarabel solves to 1e-9 of the objective by default ([`Settings::tolerance`]). On the years of `tests/data/peers`
//! lower and upper then enclose the optimum of other solvers to 2e-10, with and without monthly demand charges. On 400
//! random convex sites the bound is never above the exact plan's cost (1e-12) and at most 1e-7 below it. At negative
//! prices the exact plan's hull is at or above this programme, which may charge and discharge at once, where the hull's
//! power limits are held to what the storage's span takes in a step; else it may be below.
//!
//! # Examples
//! ```
//! # use microgrid_core::{Calendar, Plan, Scenario, demand::Load, storage::Battery, utility::Tariff};
//! let mut site = Scenario::new("two batteries", Calendar::days(3600, 2));
//! site.loads = vec![Load::new("machines", 10.0)];
//! site.storage = vec![Battery::lithium_iron_phosphate(20.0, 5.0), Battery::lithium_iron_phosphate(60.0, 8.0)];
//! site.tariff = Tariff::flat(0.8, 0.3).into();
//! let bound = microgrid_optimizer::bound(&Plan::compile(&site)?);
//! assert!(bound.status.is_solved() && bound.relaxations.is_empty());
//! // Without storage the two days would cost this.
//! assert!(bound.objective <= 48.0 * 10.0 * 0.8);
//! # Ok::<(), microgrid_core::Problems>(())
//! ```

mod certificate;
#[cfg(test)]
mod checks;
mod dual_bound;
mod error;
mod follow_levels;
mod formulation;
mod interval;
mod lp_plan;
#[cfg(feature = "highs")]
mod milp;
mod programme;
mod relaxation;
mod settings;
mod solve;
mod station_plans;

pub use certificate::{Certificate, Checked, LpBound};
pub use error::Unsolved;
pub use lp_plan::{LpPlan, bound, bound_with, plan, plan_stations, plan_with, takes_blocks};
#[cfg(feature = "highs")]
pub use milp::{MilpPlan, bound_by_simplex, milp_plan};
pub use relaxation::Relaxation;
pub use settings::{Decisions, EndRule, Settings};
pub use solve::SolveStatus;
