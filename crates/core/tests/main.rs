//! The exact plan against other ways to the same optimum, and devices against theory and other programs, one module each.

mod ageing_runs;
mod battery_detail;
mod exact_plan_bent;
mod exact_plan_random;
mod feeder_inverters;
mod feeder_limits;
mod hybrid_inverter;
mod rainflow;
mod reference_acn_sim;
mod reference_ageing;
mod reference_exact_plan;
mod reference_pysam_battery;
mod schedulers;
mod site_feeder;
mod station;
mod swap_station;
