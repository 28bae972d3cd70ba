//! What you learn: how to run a rule at a live site, step by step, with what meters say; the same code, to the bit, as a
//! simulated year, on a gateway or a microcontroller (`tests/microcontroller`).
//!
//! Where the plan is, a day ahead, the tariff's windows are learnt; at the site a controller is told each step's window
//! and what its meters say, and answers with set-points.
//!
//! `cargo run --release --example controller`

use microgrid::utility::{PeriodPrices, Price, PriceComponent};
use microgrid::{
    Battery, Calendar, ControllerSite, Dispatch, InputFault, Load, Plan, Scenario, SeriesPlant, StepController,
};
use microgrid::{StepInputs, StepRule, Tariff};

fn main() -> Result<(), microgrid::Problems> {
    // Tomorrow as it is expected, in quarter hours.
    let hour = |step: u32| f64::from(step) / 4.0;
    let sun = |step: u32| (60.0 - 2.0 * (hour(step) - 12.5) * (hour(step) - 12.5)).max(0.0);
    let shop = |step: u32| if (8.0..21.0).contains(&hour(step)) { 35.0 } else { 6.0 };
    let mut tomorrow = Scenario::new("shop", Calendar::days(900, 1));
    tomorrow.generation.push(SeriesPlant::new("roof", (0..96).map(sun).collect::<Vec<_>>()));
    tomorrow.loads.push(Load::new("shop", (0..96).map(shop).collect::<Vec<_>>()));
    tomorrow.storage.push(Battery::lithium_iron_phosphate(100.0, 30.0));
    let prices = PeriodPrices {
        periods: ["low", "middle", "high"].map(String::from).to_vec(),
        period_of_step: (0..96).map(|step| [0, 1, 2, 1][usize::from(step >= 24) + usize::from(step >= 68)]).collect(),
        price_per_kwh: vec![vec![0.10, 0.22, 0.45]],
    };
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Periods(prices) }];
    tomorrow.tariff = Tariff { import, ..Tariff::default() }.into();
    let plan = Plan::compile(&tomorrow)?;
    let (rule, guidance) = StepRule::learn(&Dispatch::TimeOfUse, &plan)?;

    // At the site: no plan, no tariff, no bill; after this line no heap.
    let site = ControllerSite::of(&tomorrow);
    let mut controller = StepController::new(&site, rule)?;
    let mut inputs = StepInputs::of(&site);
    let (mut gauge_kwh, mut spent, mut spent_without, mut refused) = (50.0, 0.0, 0.0, 0);
    println!("{:>5} {:>8} {:>8} {:>9} {:>9} {:>8}", "hour", "sun kW", "load kW", "charge kW", "disch. kW", "kWh");
    for step in 0..96 {
        // What the meters say: clouds, a busier shop, and one reading that is none.
        inputs.read(&plan, step as usize);
        inputs.generation_kw[0] *= if step % 7 == 3 { 0.4 } else { 0.95 };
        inputs.load_kw[0] *= 1.1;
        inputs.guidance = guidance[step as usize];
        let load_kw = inputs.load_kw[0];
        if step == 50 {
            inputs.load_kw[0] = f64::NAN;
            assert_eq!(controller.step(&inputs).unwrap_err(), InputFault::Load { load: 0 });
            inputs.load_kw[0] = load_kw; // Read again.
            refused += 1;
        }
        controller.measure_battery(0, gauge_kwh).expect("the gauge gives numbers");
        let done = controller.step(&inputs).expect("the meters give numbers");
        let (battery, price) = (done.batteries[0], plan.import_price_per_kwh()[step as usize]);
        spent += 0.25 * price * done.import_kw;
        spent_without += 0.25 * price * (load_kw - done.generation_kw).max(0.0);
        gauge_kwh = battery.stored_kwh - 0.01; // The real battery feeds its own electronics.
        if step % 8 == 0 {
            let (sun, charge, discharge) = (done.generation_kw, battery.charge_kw, battery.discharge_kw);
            println!("{:>5} {sun:>8.1} {load_kw:>8.1} {charge:>9.1} {discharge:>9.1} {gauge_kwh:>8.1}", hour(step));
        }
    }
    println!("spent {spent:.2}, without the battery {spent_without:.2}; readings refused: {refused}");
    assert!(spent < 0.9 * spent_without && refused == 1);
    Ok(())
}
