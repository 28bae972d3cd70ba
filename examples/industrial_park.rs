//! What you learn: how to run a scenario folder under every strategy and read what came out.
//!
//! `cargo run --example industrial_park`

use microgrid::{Dispatch, Outcome};

fn main() -> Result<(), microgrid::Problems> {
    let park = microgrid::load("seeds/industrial-park")?;
    let outcomes = microgrid::run(&park.scenario, &Dispatch::ALL, None)?;
    println!("{}", microgrid::table(&outcomes));

    // The books close: what went in came out, was stored or was lost by a named loss.
    for outcome in &outcomes {
        assert!(outcome.energy.residual_kwh <= 1e-9 * outcome.energy.throughput_kwh());
    }
    // Storage is worth having here, and most of it by holding the peak down.
    let objective = |name: &str| {
        let run: Option<&Outcome> = outcomes.iter().find(|outcome| outcome.strategy == name);
        run.map_or(f64::NAN, |outcome| outcome.money.objective)
    };
    assert!(objective("peak_shaving") < objective("self_consumption"));
    assert!(objective("self_consumption") < objective("idle"));
    println!("peak shaving saves {:.0} CNY a year against idle", objective("idle") - objective("peak_shaving"));
    Ok(())
}
