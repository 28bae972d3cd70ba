//! What you learn: how a published tariff becomes a bill of lines, and what a battery does to its demand charge.
//!
//! `cargo run --example tariff_bill`

use microgrid::{BillKind, Dispatch};

fn main() -> Result<(), microgrid::Problems> {
    // SCE's TOU-EV-4 of March 2019, as ACN-Sim ships it: energy by time of use, 15.51 USD per kW and month.
    let hub = microgrid::load("seeds/workplace-hub")?;
    let strategies = [Dispatch::Idle, hub.scenario.dispatch.clone()];
    let outcomes = microgrid::run(&hub.scenario, &strategies, None)?;
    println!("{}", microgrid::invoice(&outcomes[0]));

    for outcome in &outcomes {
        // Every line can be traced: quantity × price, and the lines add up to the bill.
        let lines: f64 = outcome.bill.lines.iter().map(|line| line.amount).sum();
        assert!((lines - outcome.money.bill_total).abs() < 1e-6);
        for line in outcome.bill.lines.iter().filter(|line| line.kind == BillKind::Demand) {
            assert!((line.amount - line.quantity * 15.51).abs() < 1e-6);
        }
        println!(
            "{:13} demand {:9.2}, bill {:10.2} USD",
            outcome.strategy, outcome.money.demand_charge, outcome.money.bill_total
        );
    }
    assert!(outcomes[1].money.demand_charge < outcomes[0].money.demand_charge);
    Ok(())
}
