//! What you learn: how to put a water heater beside solar, what its rules are worth, and how to ask it for heat yourself.
//!
//! `cargo run --release --example off_peak_heat`

use std::collections::BTreeMap;

use microgrid::{Controller, Dispatch, Outcome, Plan, Problems, Request, Site, simulate};

/// A house with 5 kW of sun and a tank of 300 L, drawn from in the morning and in the evening.
const HOUSE: &str = r#"
    time = { start = "2025-01-01", end = "2026-01-01", step_minutes = 60 }
    utility = { import_price_per_kwh = 0.6, export_price_per_kwh = 0.2 }
    [site]
    name = "house"
    zone = "Asia/Shanghai"
    currency = "CNY"
    latitude_deg = 31.2
    longitude_deg = 121.5
    [site.weather.normals]
    ghi_kwh_per_m2_day = [2.5, 3.0, 3.5, 4.4, 4.9, 4.5, 5.2, 4.9, 4.0, 3.4, 2.8, 2.4]
    temperature_c = [5, 6, 10, 16, 21, 24, 29, 28, 24, 19, 13, 7]
    wind_m_per_s = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    [[generation.pv]]
    dc_kw = 5
    [[demand.load]]
    power_kw = 0.4
    [[demand.water_heater]]
    volume_l = 300
    rating_kw = 3
    draw_l_by_hour = [0, 0, 0, 0, 0, 0, 30, 40, 10, 0, 0, 0, 10, 0, 0, 0, 0, 0, 10, 30, 40, 20, 10, 0]
"#;

fn plan(rule: &str) -> Result<Plan, Problems> {
    let text = format!("{HOUSE}    heating = \"{rule}\"\n");
    Plan::compile(&microgrid::io::scenario::read_text("house.toml", &text, &BTreeMap::new())?.scenario)
}

fn show(what: &str, outcome: &Outcome) -> f64 {
    let heat = &outcome.devices[0];
    let of = |name: &str| heat.get(name).unwrap_or(f64::NAN);
    println!(
        "{what:>10}: bill {:7.2} CNY, {:6.0} kWh of electricity = {:6.0} drawn + {:4.0} lost + {:4.1} kept; too cold {} h",
        outcome.money.bill_total,
        of("electricity_kwh"),
        of("heat_drawn_kwh"),
        of("heat_loss_kwh"),
        of("heat_change_kwh"),
        of("too_cold_h"),
    );
    outcome.money.bill_total
}

fn main() -> Result<(), Problems> {
    let mut bills = Vec::new();
    for rule in ["thermostat", "off_peak", "surplus"] {
        let plan = plan(rule)?;
        bills.push(show(rule, &simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?)));
    }
    // The same by a strategy of one's own: whatever the sun leaves over, up to what the tank can take.
    let plan = plan("off_peak")?;
    let sunny =
        |site: &Site, ask: &mut Request| ask.flexible_use(0).draw((site.generation_kw() - site.load_kw()).max(0.0));
    let own = show("own", &simulate(&plan, Controller::own("sunny", "none", Box::new(sunny))));
    assert!(bills[2] < bills[0], "the sun's surplus is worth less than what is imported for heat: {bills:?}");
    assert!((own - bills[2]).abs() < 0.01 * own, "asking for the surplus is the rule `surplus`: {own} {bills:?}");
    Ok(())
}
