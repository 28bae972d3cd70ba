//! The exact plan against other ways to the same optimum, and charging stations, one module each.

mod exact_plan_bent;
mod exact_plan_random;
mod reference_acn_sim;
mod reference_exact_plan;
mod station;
