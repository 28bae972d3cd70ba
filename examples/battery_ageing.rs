//! What you learn: how to let a battery age in a run, what the models say of the same use, and what the warranty says to it.
//!
//! `cargo run --release --example battery_ageing`

use microgrid::{
    Ageing, Battery, Calendar, Dispatch, FadeModel, Load, Problems, Scenario, SeriesPlant, Warranty, run_without_bound,
};

fn site(ageing: Option<Ageing>) -> Scenario {
    let sun = |hour: u32| if (7..18).contains(&(hour % 24)) { 80.0 } else { 0.0 };
    let mut site = Scenario::new("workshop", Calendar::common_year(3600));
    site.generation.push(SeriesPlant::new("roof", (0..8760).map(sun).collect::<Vec<_>>()));
    site.loads.push(Load::new("machines", 30.0));
    site.storage.push(Battery { ageing, ..Battery::lithium_iron_phosphate(200.0, 60.0) });
    site.tariff = microgrid::Tariff::flat(0.8, 0.3).into();
    site
}

fn main() -> Result<(), Problems> {
    let cost = |ageing| -> Result<_, Problems> {
        Ok(run_without_bound(&site(ageing), &[Dispatch::SelfConsumption], None)?.remove(0))
    };
    let new = cost(None)?.money.objective;
    let warranty = Warranty { years: 10.0, capacity_percent: 70.0, full_cycles: Some(6000.0), throughput_kwh: None };
    println!(
        "{:>22} {:>10} {:>12} {:>8} {:>9} {:>10}",
        "model", "capacity %", "resistance %", "cycles", "warranty %", "costs more"
    );
    for model in FadeModel::ALL {
        let ageing = Ageing { temperature_c: 30.0.into(), warranty: Some(warranty), ..Ageing::new(model) };
        let outcome = cost(Some(ageing))?;
        let health = outcome.batteries[0].health.as_ref().expect("it ages");
        let used = health.warranty.as_ref().map_or(0.0, |warranty| warranty.used_percent);
        println!(
            "{:>22} {:10.2} {:12.1} {:8.0} {:9.1}  {:10.2}",
            model.name(),
            health.end_capacity_percent,
            health.end_resistance_percent,
            health.full_cycles,
            used,
            outcome.money.objective - new,
        );
        assert!(health.end_capacity_percent < 99.0 && outcome.money.objective > new);
    }
    Ok(())
}
