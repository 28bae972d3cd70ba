//! What you learn: what a lot's cars can do together, exactly: their least cost beside the sun, how it is shared among them, and
//! what a grid operator would have to pay for less power in the evening.
//!
//! `cargo run --release --example fleet_flexibility`

use microgrid::demand::{FleetFlexibility, FlexibleSession, SlotCost, Task};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 60 cars in 24 slots of an hour: they come between 7 and 10, go between 15 and 20, and want 4 to 24 kWh at 7 kW.
    let car = |i: i64| Task {
        from_s: 3600 * (7 + i % 4),
        until_s: 3600 * (15 + i % 6),
        energy_kwh: 4.0 + (i * 7 % 21) as f64,
        power_max_kw: 7.0,
    };
    let fleet = FleetFlexibility::of_tasks(&(0..60).map(car).collect::<Vec<_>>(), 24, 3600)?;

    // A building takes 30 kW, more from 16 on, beside 120 kW of sun around noon; import is cheap until 10 and limited to
    // 130 kW, export pays little.
    let building_kw = |hour: usize| if hour < 16 { 30.0 } else { 50.0 };
    let sun_kw = |hour: usize| (120.0 - 30.0 * (hour as f64 - 12.5).abs()).max(0.0);
    let price = |hour: usize| if hour < 10 { 0.35 } else { 0.9 };
    let costs: Vec<SlotCost> = (0..24)
        .map(|hour| SlotCost::at_site(building_kw(hour) - sun_kw(hour), price(hour), 0.2, [130.0, 500.0]))
        .collect();
    let plan = fleet.least_convex_cost(&costs)?;
    let envelope = fleet.envelope();
    println!("hour   least kW   most kW   plan kW   sun kW");
    for hour in 7..20 {
        let (least, most) = (envelope.power_min_kw[hour], envelope.power_max_kw[hour]);
        println!("{hour:4} {least:10.1} {most:9.1} {:9.1} {:8.1}", plan.power_kw[hour], sun_kw(hour));
    }

    // Every course of the fleet is shared among its cars, each within its own limits.
    let shared = fleet.disaggregate(&plan.power_kw)?;
    let noon: f64 =
        fleet.sessions().iter().enumerate().map(|(i, car)| shared.session_kw(i)[12 - car.from_slot as usize]).sum();
    assert!((noon - plan.power_kw[12]).abs() < 1e-9);

    // Less power from 14 to 16: what each kW costs, up to what the cars can do.
    let range = fleet.bid_range(&plan, &costs, 14..16)?;
    let changes: Vec<f64> = (0..=4).map(|i| -range.down_kw * f64::from(i) / 4.0).collect();
    for bid in fleet.bid_curve(&plan, &costs, 14..16, &changes)?.into_iter().flatten() {
        println!("{:7.1} kW for two hours: {:6.2}", bid.change_kw, bid.extra_cost.abs());
    }

    // Cars that may be discharged by 5 kWh on the way cost less still.
    let both_ways = |car: &FlexibleSession| car.giving_back(7.0, 5.0, car.energy_most_kwh + 10.0);
    let giving = FleetFlexibility::new(fleet.sessions().iter().map(both_ways).collect(), 24, 3600)?;
    let with_return = giving.least_convex_cost(&costs)?;
    println!("least cost {:.2}, with cars that give back {:.2}", plan.cost, with_return.cost);
    assert!(with_return.cost < plan.cost - 1.0 && range.down_kw > 10.0);
    Ok(())
}
