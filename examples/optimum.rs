//! What you learn: what the best possible dispatch of a site costs, how near a rule comes to it, why it does what it does
//! in each step, and that its plan is a law: from any stored energy it knows what to do.
//!
//! `cargo run --example optimum`

use std::sync::Arc;

use microgrid::{Block, Bound, BoundKind, Controller, Dispatch, OptimalPlan, Plan, StepRecord, simulate};

fn main() -> Result<(), microgrid::Problems> {
    let site = microgrid::load("seeds/minimal")?;
    let plan = Plan::compile(&site.scenario)?;
    let optimal = Arc::new(OptimalPlan::solve(&plan)?);
    let bound = Bound::with(&plan, Ok(&optimal));

    let rule = Controller::built_in(&Dispatch::SelfConsumption, &plan)?;
    let mut outcomes = [simulate(&plan, Controller::optimal(&optimal)), simulate(&plan, rule)];
    outcomes.iter_mut().for_each(|outcome| outcome.judge(&bound, None));
    println!("{}", microgrid::comparison(&outcomes));

    // Nothing costs less, and the optimum costs just that.
    let least = bound.objective.unwrap();
    assert_eq!(bound.kind, BoundKind::ExactPlan);
    assert!((outcomes[0].money.objective - least).abs() <= 1e-9 * least);
    assert!(outcomes[1].money.objective >= least);

    // A day of it, with the reason of each step and what a stored kWh is worth to the plan.
    let mut block = Block::pack([&plan], [Controller::optimal(&optimal)]);
    println!("time                       charge  discharge  stored   why                  a stored kWh is worth");
    block.march(1, &mut |_: usize, step: &StepRecord<'_>| {
        let (battery, time) = (step.batteries[0], site.clock.label(step.step as usize));
        let value = step.stored_value_per_kwh.unwrap_or(f64::NAN);
        let [charge, discharge, stored] = [battery.charge_kw, battery.discharge_kw, battery.stored_kwh];
        println!("{time}  {charge:6.1}  {discharge:9.1}  {stored:6.1}   {:<19}  {value:.3}", step.why.name());
    });

    // The law holds from any level, not only along the plan: the emptier the store, the more a kWh in it is worth.
    let [low, high] = [15.0, 95.0].map(|stored_kwh| optimal.law().value_per_kwh(17, stored_kwh));
    println!("at 17:00 a kWh is worth {low:.3} in a store of 15 kWh and {high:.3} in one of 95 kWh");
    assert!(low >= high);
    Ok(())
}
