//! What you learn: how to put a battery-swapping station at a site, what charging off peak saves, and what it costs in vehicles
//! that find no full pack.
//!
//! `cargo run --release --example swap_station`

use std::collections::BTreeMap;

use microgrid::{Controller, Dispatch, Outcome, Plan, Price, PriceComponent, Problems, Tariff, simulate};

/// A station of 13 packs of 75 kWh, as of a second generation of such stations, at a tariff with a valley at night and at noon.
const HUB: &str = r#"
    site = { name = "swap hub", zone = "Asia/Shanghai", currency = "CNY" }
    time = { start = "2025-03-01", days = 28, step_minutes = 15 }
    utility = { import_price_per_kwh = 0.64 }
    [[demand.load]]
    power_kw = 15
    [[demand.swap_station]]
    packs = 13
    pack_kwh = 75
    charger_kw = 40
    vehicles_by_hour = [1, 1, 1, 1, 1, 2, 4, 6, 6, 5, 5, 5, 6, 6, 5, 5, 5, 6, 7, 6, 5, 4, 2, 1]
"#;

fn run(charging: &str) -> Result<Outcome, Problems> {
    let text = format!("{HUB}    charging = \"{charging}\"\n");
    let mut site = microgrid::io::scenario::read_text("hub.toml", &text, &BTreeMap::new())?.scenario;
    // Spring hours of Jiangsu: valley from 2 to 6 and from 10 to 14, peak from 15 to 22.
    let price = |hour: usize| match hour {
        2..=5 | 10..=13 => 0.31,
        15..=21 => 0.96,
        _ => 0.64,
    };
    let price = Price::Steps((0..site.calendar.steps()).map(|step| price(step / 4 % 24)).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    let plan = Plan::compile(&site)?;
    Ok(simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?))
}

fn main() -> Result<(), Problems> {
    let [at_once, off_peak] = [run("at_once")?, run("off_peak")?];
    let of = |outcome: &Outcome, name: &str| outcome.devices[0].get(name).unwrap_or(f64::NAN);
    println!("charging   CNY/kWh   served %   mean wait s   turns a day   peak kW");
    for (name, outcome) in [("at once", &at_once), ("off peak", &off_peak)] {
        println!(
            "{name:8} {:9.3} {:10.2} {:13.0} {:13.2} {:9.0}",
            outcome.money.bill_total / (outcome.energy.load_kwh + of(outcome, "electricity_kwh")),
            of(outcome, "served_percent"),
            of(outcome, "wait_mean_s"),
            of(outcome, "turns_per_day"),
            of(outcome, "peak_kw"),
        );
    }
    assert!(off_peak.money.bill_total < at_once.money.bill_total);
    assert!(of(&off_peak, "served_percent") > 90.0 && at_once.devices[0].residual_kwh() < 1e-6);
    Ok(())
}
