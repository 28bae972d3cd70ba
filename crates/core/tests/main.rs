//! The exact plan against other ways to the same optimum, and devices against theory, one module each.

mod exact_plan_bent;
mod exact_plan_random;
mod reference_acn_sim;
mod reference_exact_plan;
mod station;
mod swap_station;
