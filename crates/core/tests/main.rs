//! The exact plan against other ways to the same optimum, and ageing against other programs, one module each.

mod ageing_runs;
mod exact_plan_bent;
mod exact_plan_random;
mod rainflow;
mod reference_ageing;
mod reference_exact_plan;
