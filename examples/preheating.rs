//! What you learn: how to put a house with a heat pump into a site, what heating and cooling ahead is worth, and what it costs in comfort.
//!
//! `cargo run --release --example preheating`

use std::collections::BTreeMap;

use microgrid::{Controller, Dispatch, Outcome, Plan, Problems, simulate};

/// GridLAB-D's default house (2500 ft², UA = 522.1 Btu/(h·°F)) near Shanghai under 6 kW of sun, with a heat pump and a back-up.
const HOUSE: &str = r#"
    time = { start = "2025-01-01", end = "2026-01-01", step_minutes = 30 }
    utility = { tariff = "tariff.toml" }
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
    dc_kw = 6
    [[demand.load]]
    power_kw = 0.4
    [[demand.building]]
    name = "house"
    loss_kw_per_c = 0.2754
    air_kwh_per_c = 0.5697
    mass = { heat_kwh_per_c = 2.258, coupling_kw_per_c = 4.92 }
    gains_kw = 0.4
    window = [{ area_m2 = 3, azimuth_deg = 180 }, { area_m2 = 3, azimuth_deg = 0 }]
    heat_pump = { heating_kw = 9, heating_cop = 3.5, cooling_kw = 9, cooling_cop = 3.2 }
    backup_kw = 4
    least_c = 18
    heating_set_c = 21
    cooling_set_c = 24
    most_c = 27
"#;

const TARIFF: &str = r#"
    name = "day and night"
    currency = "CNY"
    zone = "Asia/Shanghai"
    source = "the size of a household's two rates"
    [[hours]]
    periods.day = "08:00-21:00"
    periods.night = "21:00-08:00"
    [[import]]
    name = "energy"
    price_per_kwh = { day = 0.56, night = 0.36 }
    [export]
    class = "feed_in"
    price_per_kwh = 0.2
"#;

fn run(rule: &str) -> Result<Outcome, Problems> {
    let text = format!("{HOUSE}    heating = \"{rule}\"\n");
    let files = BTreeMap::from([("tariff.toml".to_owned(), TARIFF.to_owned())]);
    let plan = Plan::compile(&microgrid::io::scenario::read_text("house.toml", &text, &files)?.scenario)?;
    Ok(simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?))
}

fn main() -> Result<(), Problems> {
    let mut bills = Vec::new();
    for rule in ["thermostat", "off_peak", "surplus"] {
        let outcome = run(rule)?;
        let of = |name: &str| outcome.devices[0].get(name).unwrap_or(f64::NAN);
        println!(
            "{rule:>10}: bill {:7.2} CNY, {:5.0} kWh of electricity for {:5.0} kWh of heat and {:5.0} of cold, {:4.0} of back-up; {:4.1} to {:4.1} °C, {:.1} °C·h off comfort",
            outcome.money.bill_total,
            of("electricity_kwh"),
            of("heating_kwh"),
            of("cooling_kwh"),
            of("backup_kwh"),
            of("lowest_c"),
            of("highest_c"),
            of("too_cold_degree_h") + of("too_hot_degree_h"),
        );
        assert!(outcome.devices[0].residual_kwh() < 1e-6, "the heat balance closes");
        bills.push(outcome.money.bill_total);
    }
    assert!(bills[1] < bills[0], "heating and cooling ahead at night costs less: {bills:?}");
    Ok(())
}
