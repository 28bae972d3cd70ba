//! The exact plan against other ways to the same optimum, one module each.

mod exact_plan_bent;
mod exact_plan_random;
mod reference_exact_plan;
mod station;
