//! What you learn: how to put a charging station behind a limit, what its schedulers are worth, and how to write your own.
//!
//! `cargo run --release --example managed_charging`

use std::sync::Arc;

use microgrid::demand::{ChargingSession, Lot, PowerLimit, Scheduler, Scheduling, Station, Supply};
use microgrid::{
    Calendar, Controller, Dispatch, Load, Plan, Price, PriceComponent, Problems, Scenario, Tariff, simulate,
};

/// Cheap hours in full; in dear ones only what cannot wait.
#[derive(Debug)]
struct Patient;

impl Scheduler for Patient {
    fn name(&self) -> &str {
        "patient"
    }
    fn allot(&self, lot: &mut Lot<'_>) {
        let is_cheap = lot.import_price_per_kwh()[lot.step()] < 0.5;
        lot.give_in_order(|car| car.until_s as f64, move |car| if is_cheap { car.wanted_kw } else { car.urgent_kw });
    }
}

/// Forty bays of 7 kW behind 120 kW, and forty cars that come home between 17:00 and 20:00 and leave at 7:00, for three
/// days; the night is cheap.
fn garage(scheduler: Scheduling) -> Scenario {
    let mut site = Scenario::new("garage", Calendar::days(900, 4));
    let price = |step: usize| if (22..24).contains(&(step / 4 % 24)) || step / 4 % 24 < 6 { 0.3 } else { 0.9 };
    let price = Price::Steps((0..site.calendar.steps()).map(price).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    site.loads = vec![Load::new("house", 20.0)];
    let hour = 3600;
    let car = |i: i64| {
        let (day, bay) = (i / 40, i % 40);
        let from_s = (24 * day + 17) * hour + bay * 270;
        let stay = ChargingSession::new(from_s, (24 * day + 31) * hour, 10.0 + (bay % 7) as f64 * 3.0);
        ChargingSession { bay: Some(bay as u32), ..stay }
    };
    let supply = Supply::Power { power_max_kw: 7.0, power_min_kw: 1.4, efficiency: 0.92 };
    let mut station = Station { scheduler, undelivered_cost_per_kwh: 2.0, ..Station::of_bays(40, supply) };
    station.sessions = (0..120).map(car).collect();
    station.limits = vec![PowerLimit { name: "garage".into(), power_max_kw: 120.0, within: None }];
    station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    site.stations = vec![station];
    site
}

fn main() -> Result<(), Problems> {
    println!("scheduler            bill, CNY   peak, kW   delivered, %   met   fairness, %");
    let mut bills = Vec::new();
    for scheduler in Scheduling::BUILT_IN.into_iter().chain([Scheduling::Own(Arc::new(Patient))]) {
        let name = scheduler.name().to_owned();
        let plan = Plan::compile(&garage(scheduler))?;
        let outcome = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan)?);
        let of = |entry: &str| outcome.devices[0].get(entry).unwrap_or(f64::NAN);
        println!(
            "{name:<20} {:9.2} {:10.1} {:14.2} {:5} {:13.2}",
            outcome.money.bill_total,
            of("peak_kw"),
            of("delivered_percent"),
            of("sessions_met"),
            of("fairness_percent"),
        );
        assert!(of("peak_kw") <= 120.0 + 1e-9 && outcome.devices[0].residual_kwh() < 1e-9);
        bills.push((name, outcome.money.bill_total, of("sessions_met")));
    }
    let of = |name: &str| bills.iter().find(|bill| bill.0 == name).expect("ran");
    // The night does it for less, and nobody leaves without what they wanted.
    assert!(of("off_peak").1 < 0.75 * of("uncontrolled").1 && of("off_peak").2 == 120.0, "{bills:?}");
    assert!(of("patient").1 < of("uncontrolled").1, "{bills:?}");
    Ok(())
}
