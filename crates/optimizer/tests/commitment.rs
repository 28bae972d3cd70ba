//! The commitment plan against optima that HiGHS found: its bound is at or below them, and its plan near them.

use std::sync::Arc;

use microgrid_core::dispatch::{Controller, OptimalPlan};
use microgrid_core::simulate;
use microgrid_optimizer::bound;

#[test]
fn the_commitment_plan_encloses_the_optimum() {
    for (name, plan, optimum) in crate::genset_weeks::all() {
        let optimal = Arc::new(OptimalPlan::solve(&plan).unwrap());
        let (lower, linear) = (optimal.lower().unwrap(), bound(&plan).objective);
        let upper = simulate(&plan, Controller::optimal(&optimal)).money.objective;
        println!("{name}: {linear:.4} {lower:.4} {optimum:.4} {upper:.4}");
        // HiGHS stopped within 1e-6.
        assert!(linear <= lower + 1e-7 * optimum && lower <= optimum * (1.0 + 2e-6), "{name}: {linear} {lower}");
        assert!(upper >= optimum * (1.0 - 2e-6) && upper <= 1.02 * optimum, "{name}: {upper} {optimum}");
        assert!(lower >= 0.97 * optimum, "{name}: {lower} {optimum}");
    }
}
