//! What you learn: how to put a wind turbine beside solar under one weather, and what each of the two spares a farm.
//!
//! `cargo run --example wind_beside_solar`

use std::collections::BTreeMap;

use microgrid::{Controller, Dispatch, Outcome, Plan, Problems, simulate};

/// A windy coast: more wind in winter and at noon, when it is not the sun's best time.
const FARM: &str = r#"
    time = { start = "2025-01-01", end = "2026-01-01", step_minutes = 60 }
    utility = { import_price_per_kwh = 0.7, export_price_per_kwh = 0.3 }
    [site]
    name = "farm on the coast"
    zone = "Asia/Shanghai"
    currency = "CNY"
    latitude_deg = 32.5
    longitude_deg = 121.0
    [site.weather.normals]
    ghi_kwh_per_m2_day = [2.9, 3.4, 3.9, 5.0, 5.1, 4.6, 5.3, 5.2, 4.1, 3.4, 2.9, 2.5]
    temperature_c = [3, 5, 9, 15, 20, 24, 28, 28, 24, 18, 12, 6]
    wind_m_per_s = [5.6, 5.7, 5.9, 5.5, 5.2, 4.9, 4.8, 4.6, 4.7, 5.0, 5.3, 5.6]
    [[demand.load]]
    power_kw = 40
"#;
const SOLAR: &str = "
    [[generation.pv]]
    dc_kw = 100
";
/// A cubic curve for want of a maker's: rated at 12 m/s, cut out at 25 m/s, back below 22 m/s.
const WIND: &str = "
    [[generation.wind]]
    rating_kw = 100
    hub_height_m = 40
    shear_exponent = 0.16
    losses = { wake_percent = 0, availability_percent = 3, electrical_percent = 2 }
";

fn run(parts: &[&str]) -> Result<Outcome, Problems> {
    let text = [&[FARM], parts].concat().concat();
    let loaded = microgrid::io::scenario::read_text("farm.toml", &text, &BTreeMap::new())?;
    loaded.notes.iter().for_each(|note| println!("  {note}"));
    let plan = Plan::compile(&loaded.scenario)?;
    Ok(simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?))
}

fn main() -> Result<(), Problems> {
    let mut shares = Vec::new();
    for (what, parts) in [("solar", &[SOLAR][..]), ("wind", &[WIND]), ("both", &[SOLAR, WIND])] {
        println!("{what}:");
        let outcome = run(parts)?;
        let share = outcome.indicators.self_sufficiency_percent.expect("the farm has a load");
        println!("  {share:.0} % of the load from own generation, bill {:.0} CNY", outcome.money.bill_total);
        assert!(outcome.energy.residual_kwh < 1e-9 * outcome.energy.throughput_kwh(), "the books close");
        shares.push(share);
    }
    assert!(shares[1] > shares[0], "wind blows by night too");
    assert!(shares[2] > shares[1] && shares[2] < shares[0] + shares[1], "both at once is more than one, not their sum");
    Ok(())
}
