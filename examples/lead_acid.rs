//! What you learn: a lead-acid battery gives less the faster it is asked, and more again after a rest.
//!
//! `cargo run --example lead_acid`

use microgrid::dispatch::Controller;
use microgrid::simulation::StepRecord;
use microgrid::storage::{BatteryDetail, TwoWells};
use microgrid::{Battery, Block, Calendar, Plan, Problems, Request, Scenario, Site};

/// A battery of 10 kWh, full and without losses, with the two wells of the kinetic battery model.
fn bench() -> Result<Plan, Problems> {
    let wells = Some(TwoWells { available_percent: 44.8, exchange_per_h: 0.78 });
    let mut bench = Scenario::new("bench", Calendar::days(900, 1));
    bench.storage = vec![Battery {
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        soc_min: 0.0,
        reserve_soc: 0.0,
        initial_soc: 1.0,
        detail: Some(Box::new(BatteryDetail { wells, ..BatteryDetail::default() })),
        ..Battery::lithium_iron_phosphate(10.0, 50.0)
    }];
    Plan::compile(&bench)
}

/// Energy given, kWh, where `asked_kw` is asked for in the steps for which `asks` holds.
fn given_kwh(asked_kw: f64, asks: fn(u32) -> bool) -> Result<f64, Problems> {
    let plan = bench()?;
    let ask = move |now: &Site, ask: &mut Request| {
        ask.battery(0).discharge(if asks(now.step()) { asked_kw } else { 0.0 });
    };
    let mut block = Block::pack([&plan], [Controller::own("bench", "none", Box::new(ask))]);
    let mut given_kwh = 0.0;
    block.march(1, &mut |_: usize, step: &StepRecord<'_>| given_kwh += 0.25 * step.batteries[0].discharge_kw);
    Ok(given_kwh)
}

fn main() -> Result<(), Problems> {
    println!("of 10 kWh in store come out");
    let slow = given_kwh(0.5, |step| step < 80)?;
    let fast = given_kwh(10.0, |step| step < 4)?;
    let rested = given_kwh(10.0, |step| step < 4 || (12..16).contains(&step))?;
    println!("  {slow:.2} kWh in 20 hours at 0.5 kW");
    println!("  {fast:.2} kWh in one hour of 10 kW asked");
    println!("  {rested:.2} kWh in two such hours with two hours of rest between them");
    assert!(fast < 0.7 * slow && rested > 1.2 * fast && rested < slow);
    Ok(())
}
