//! What you learn: what a year of sun gives on a roof, to the east and west behind one inverter, and on trackers, and where
//! the light goes that none of them turns into power.
//!
//! `cargo run --example pv_year`

use std::path::Path;

use microgrid::generation::pv::{PvArray, PvPlant, SolarResource, Waterfall};
use microgrid::io::weather::{WeatherOptions, read_weather_file};

fn show(name: &str, waterfall: &Waterfall) -> f64 {
    println!("{name}: {:.0} kWh/kWp of {:.0} on the modules", waterfall.ac_kwh / 100.0, waterfall.open_kwh / 100.0);
    for loss in waterfall.losses.iter().filter(|loss| loss.lost_percent.abs() >= 0.05) {
        println!("  {:<26} {:6.2} %", loss.name.replace('_', " "), loss.lost_percent);
    }
    assert!(waterfall.residual_kwh().abs() < 1e-6, "every loss has its own law, and together they explain all");
    waterfall.ac_kwh
}

fn main() -> Result<(), microgrid::Problems> {
    let path = Path::new("seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw");
    let weather = read_weather_file(path, &WeatherOptions::for_year(2023))?.weather;
    // Sun and light are worked out once and shared by all plants.
    let sky = SolarResource::new(&weather, &weather.axis())?;

    let roof = PvArray { tilt_deg: 20.0, ..PvArray::roof_mount(100.0) };
    let roof_kwh = show("roof to the south", &sky.waterfall(roof)?);

    // East and west share an inverter of half their power: they do not peak together.
    let half = |azimuth_deg| PvArray { dc_kw: 50.0, azimuth_deg, ..roof };
    let shared = PvPlant { arrays: vec![half(90.0), half(270.0)], dc_per_ac: 1.5, ..PvPlant::default() };
    let shared_kwh = show("roof to east and west", &sky.waterfall(&shared)?);
    let alone = PvPlant { dc_per_ac: 1.5, ..PvPlant::from(roof) };

    // Rows that turn with the sun and turn back before they shade each other.
    let tracker_kwh = show("trackers", &sky.waterfall(PvArray::tracker(100.0))?);
    // The same with the models of PVWatts V8, to compare with its figure for this file, 194 517 kWh.
    let peer_kwh: f64 = sky.ac_kw(PvPlant::pvwatts_v8(PvArray::tracker(100.0)))?.iter().sum();
    println!("trackers by PVWatts V8's models: {peer_kwh:.0} kWh");

    assert!(shared_kwh < roof_kwh && roof_kwh < tracker_kwh);
    let clipped = |plant: &PvPlant| -> Result<f64, microgrid::Problems> {
        Ok(sky.waterfall(plant)?.losses.iter().find(|loss| loss.name == "clipping").map_or(0.0, |loss| loss.lost_kwh))
    };
    assert!(
        clipped(&shared)? < clipped(&alone)? / 3.0,
        "a small inverter costs east and west a third of what it costs the south"
    );
    assert!((peer_kwh / 194_517.0 - 1.0).abs() < 0.005);
    Ok(())
}
