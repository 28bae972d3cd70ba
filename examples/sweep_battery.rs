//! What you learn: how to run many variants of one site at once: eight side by side in lanes, over all processors.
//!
//! `cargo run --example sweep_battery`

use microgrid::runner::{Job, Runner};
use microgrid::{Battery, Dispatch, Plan, PlanCache};

fn main() -> Result<(), microgrid::Problems> {
    let park = microgrid::load("seeds/industrial-park")?.scenario;
    // Series and tariff are shared by all variants; only the battery differs.
    let mut cache = PlanCache::default();
    let capacities_kwh: Vec<f64> = (0..=16).map(|i| 1000.0 * f64::from(i)).collect();
    let plan_of = |capacity_kwh: &f64| {
        let mut variant = park.clone();
        let base = &park.storage[0];
        let power_kw = capacity_kwh / 4.0;
        variant.storage = vec![Battery {
            capacity_kwh: *capacity_kwh,
            charge_max_kw: power_kw,
            discharge_max_kw: power_kw,
            ..base.clone()
        }];
        Plan::compile_with(&variant, &mut cache)
    };
    let plans = capacities_kwh.iter().map(plan_of).collect::<Result<Vec<_>, _>>()?;
    let jobs: Vec<Job<'_>> = plans.iter().map(|plan| Job::new(plan, Dispatch::SelfConsumption)).collect();
    let outcomes = Runner::default().run(&jobs, &|_| ());

    println!("capacity_kwh  export_kwh  bill_cny");
    let mut least_export = f64::INFINITY;
    for (capacity_kwh, outcome) in capacities_kwh.iter().zip(outcomes) {
        let outcome = outcome.expect("a built-in strategy does not fail");
        println!("{capacity_kwh:>12} {:>11.0} {:>9.0}", outcome.energy.export_kwh, outcome.money.bill_total);
        // More storage never exports more.
        assert!(outcome.energy.export_kwh <= least_export + 1e-6);
        least_export = outcome.energy.export_kwh;
    }
    Ok(())
}
