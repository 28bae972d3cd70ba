//! What you learn: how to put a hydrogen plant behind a site, what its rule does with the sun that a battery leaves, how its
//! books in kWh and in kg close, and what the price of a kilogram comes to.
//!
//! `cargo run --release --example hydrogen`

use std::collections::BTreeMap;

use microgrid::simulation::Carrier;
use microgrid::{Controller, Dispatch, Outcome, Plan, Problems, simulate};

/// A works with more sun than it uses. The plant stands behind the battery; forklifts take 12 kg a day.
const WORKS: &str = r#"
    time = { start = "2025-01-01", end = "2026-01-01", step_minutes = 60 }
    utility = { import_price_per_kwh = 0.7, export_price_per_kwh = 0.1 }
    [site]
    name = "works"
    zone = "Asia/Shanghai"
    currency = "CNY"
    latitude_deg = 31.2
    longitude_deg = 121.5
    [site.weather.normals]
    ghi_kwh_per_m2_day = [2.5, 3.0, 3.5, 4.4, 4.9, 4.5, 5.2, 4.9, 4.0, 3.4, 2.8, 2.4]
    temperature_c = [5, 6, 10, 16, 21, 24, 29, 28, 24, 19, 13, 7]
    wind_m_per_s = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    [[generation.pv]]
    dc_kw = 1000
    [[demand.load]]
    power_kw = 80
    [[storage.battery]]
    capacity_kwh = 400
    charge_max_kw = 200
    discharge_max_kw = 200
"#;

const PLANT: &str = r#"
    [[storage.hydrogen]]
    electrolyser = { rating_kw = 300 }
    compressor = {}
    tank = { volume_m3 = 20, most_bar = 350 }
    fuel_cell = { rating_kw = 60, reserve_level = 0.3 }
    load = { kg_per_day = 12, price_per_kg = 30, unserved_cost_per_kg = 60 }
"#;

fn run(text: &str) -> Result<Outcome, Problems> {
    let plan = Plan::compile(&microgrid::io::scenario::read_text("works.toml", text, &BTreeMap::new())?.scenario)?;
    Ok(simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?))
}

fn main() -> Result<(), Problems> {
    let (without, with) = (run(WORKS)?, run(&format!("{WORKS}{PLANT}"))?);
    let of = |part: &str, name: &str| {
        let device = with.devices.iter().find(|device| device.kind.ends_with(part));
        device.and_then(|device| device.get(name)).unwrap_or(f64::NAN)
    };
    for (what, outcome) in [("without", &without), ("with", &with)] {
        let (energy, money) = (&outcome.energy, &outcome.money);
        println!(
            "{what:>8} the plant: import {:7.0} kWh, export {:7.0} kWh, objective {:9.2} CNY",
            energy.import_kwh, energy.export_kwh, money.objective
        );
    }
    println!(
        "{:.0} kg made of {:.0} kWh, {:.1} kWh/kg with starts, standby and compressor",
        of("electrolyser", "made_kg"),
        of("electrolyser", "electricity_kwh"),
        of("electrolyser", "electricity_kwh_per_kg")
    );
    println!(
        "{:.0} kg delivered, {:.0} kg back to {:.0} kWh, {:+.1} kg kept; {:.1} kg not delivered",
        of("tank", "delivered_kg"),
        of("tank", "fuel_cell_kg"),
        of("fuel_cell", "electricity_kwh"),
        of("tank", "change_kg"),
        of("tank", "unserved_kg")
    );
    // What the plant's electricity would have earned and saved, for each kilogram delivered.
    let forgone = (without.energy.export_kwh - with.energy.export_kwh) * 0.1
        - (without.energy.import_kwh - with.energy.import_kwh) * 0.7;
    println!("a kilogram delivered costs {:.2} CNY of electricity", forgone / of("tank", "delivered_kg"));
    for device in &with.devices {
        let misses = [Carrier::HydrogenEnergy, Carrier::Hydrogen].map(|carrier| device.balance_kwh(carrier).abs());
        assert!(misses.iter().all(|miss| *miss < 1e-6), "{} closes in kWh and in kg: {misses:?}", device.kind);
    }
    let per_kg = of("electrolyser", "electricity_kwh_per_kg");
    assert!((50.0..62.0).contains(&per_kg), "a kilogram takes {per_kg} kWh");
    assert!(with.money.objective < without.money.objective, "the plant earns more than its electricity would");
    Ok(())
}
