//! What you learn: a battery behind a solar plant's inverter stores what the inverter clips, and one behind the bus does not.
//!
//! `cargo run --example hybrid_inverter`

use microgrid::dispatch::Dispatch;
use microgrid::storage::{BatteryDetail, HybridInverter};
use microgrid::{Battery, Calendar, Load, Outcome, Problems, Scenario, SeriesPlant, Tariff, run_without_bound};

/// Of the inverter, at its rating of 50 kW.
const EFFICIENCY: f64 = 0.97;

/// A June week: 100 kW of modules on an inverter of 50 kW.
fn site() -> Scenario {
    let dc_kw: Vec<f64> = (0..168).map(|hour| 95.0 - 2.6 * f64::from((hour % 24 - 12) * (hour % 24 - 12))).collect();
    let ac_kw: Vec<f64> = dc_kw.iter().map(|kw| (EFFICIENCY * kw).clamp(0.0, 50.0)).collect();
    let clipped_kw: Vec<f64> = dc_kw.iter().map(|kw| (kw - 50.0 / EFFICIENCY).max(0.0)).collect();
    let mut site = Scenario::new("roof", Calendar::days(3600, 7));
    site.generation = vec![SeriesPlant::new("roof", ac_kw)];
    site.loads = vec![Load::new("cold store", 30.0)];
    site.tariff = Tariff::flat(0.8, 0.3).into();
    let hybrid = HybridInverter {
        plant: 0,
        clipped_kw: clipped_kw.into(),
        rated_kw: 50.0,
        inverter_efficiency: EFFICIENCY,
        rectifier_efficiency: None,
    };
    // Its efficiencies as seen at the bus: 96 % one way at its own terminals.
    site.storage = vec![Battery {
        charge_efficiency: 0.96 / EFFICIENCY,
        discharge_efficiency: 0.96 * EFFICIENCY,
        detail: Some(Box::new(BatteryDetail { hybrid: Some(hybrid), ..BatteryDetail::default() })),
        ..Battery::lithium_iron_phosphate(200.0, 60.0)
    }];
    site
}

fn week(site: &Scenario) -> Result<Outcome, Problems> {
    Ok(run_without_bound(site, &[Dispatch::SelfConsumption], None)?.remove(0))
}

fn main() -> Result<(), Problems> {
    let mut site = site();
    let behind = week(&site)?;
    // The same battery with an inverter of its own: both ways through it.
    site.storage[0].detail = None;
    site.storage[0].charge_efficiency = 0.96 * EFFICIENCY;
    let apart = week(&site)?;
    let hybrid = behind.batteries[0].hybrid.expect("it is behind a hybrid inverter");
    println!("clipped in the week  {:7.1} kWh of direct current", hybrid.clipped_kwh);
    println!("of it stored         {:7.1} kWh", hybrid.clipped_stored_kwh);
    println!("loss spared          {:7.1} kWh of the inverter's", hybrid.spared_loss_kwh);
    for (name, outcome) in [("behind the inverter", &behind), ("behind the bus", &apart)] {
        println!("{name:<20} {:7.1} kWh from the grid, {:6.2}", outcome.energy.import_kwh, outcome.money.objective);
    }
    assert!(hybrid.clipped_stored_kwh > 0.3 * hybrid.clipped_kwh);
    assert!(behind.money.objective < apart.money.objective);
    Ok(())
}
