//! What you learn: a genset's waste heat keeps a tank hot, its running hours cost upkeep, and what nobody takes is lost by name.
//!
//! `cargo run --example heat_and_power`

use microgrid::demand::WaterHeater;
use microgrid::dispatch::Dispatch;
use microgrid::generation::HeatRecovery;
use microgrid::{Calendar, Genset, Load, Outcome, Problems, Scenario, run_without_bound};

/// A lodge off the grid: 30 kW by day, 10 by night, and hot water.
fn lodge(recovered_percent: f64) -> Scenario {
    let mut site = Scenario::new("lodge", Calendar::days(900, 30));
    let load: Vec<f64> = (0..2880).map(|step| if (24..88).contains(&(step % 96)) { 30.0 } else { 10.0 }).collect();
    site.loads = vec![Load::new("lodge", load)];
    site.gensets = vec![Genset {
        maintenance_cost_per_h: 1.2,
        life_h: 15_000.0,
        replacement_cost: 30_000.0,
        heat_recovery: Some(HeatRecovery { fuel_kwh_per_unit: 10.0, recovered_percent }),
        ..Genset::diesel(60.0, 1.4)
    }];
    site.water_heaters = vec![WaterHeater { draw_l_per_h: 120.0.into(), ..WaterHeater::electric(1000.0, 12.0) }];
    site.connection.import_limit_kw = 0.0.into();
    site.connection.export_limit_kw = 0.0.into();
    site
}

fn month(recovered_percent: f64) -> Result<Outcome, Problems> {
    Ok(run_without_bound(&lodge(recovered_percent), &[Dispatch::LoadFollowing], None)?.remove(0))
}

fn main() -> Result<(), Problems> {
    println!("heat recovered       used       lost    diesel    upkeep      cost");
    let mut costs = Vec::new();
    for percent in [0.0, 30.0, 60.0] {
        let outcome = month(percent)?;
        let genset = &outcome.gensets[0];
        let heat = genset.heat.expect("it recovers heat");
        let (used, lost) = (heat.used_kwh, heat.lost_kwh);
        let cost = outcome.money.objective;
        println!(
            "{percent:12.0} % {used:6.0} kWh {lost:6.0} kWh {:7.0} L {:9.2} {cost:9.2}",
            genset.fuel, genset.running_cost
        );
        costs.push(cost);
    }
    assert!(costs[1] < costs[0] && costs[2] <= costs[1]);
    Ok(())
}
