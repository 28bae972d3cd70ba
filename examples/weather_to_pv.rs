//! What you learn: how a weather file becomes solar power, and how tilt changes its year.
//!
//! `cargo run --example weather_to_pv`

use std::path::Path;

use microgrid::generation::pv::{PvArray, SolarResource};
use microgrid::io::weather::{WeatherOptions, read_weather_file};

fn main() -> Result<(), microgrid::Problems> {
    // A typical year of San Diego, set on 2023 so that the sun is that year's.
    let path = Path::new("seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw");
    let epw = read_weather_file(path, &WeatherOptions::for_year(2023))?;
    println!("{}, {}: {}", epw.place, epw.source, epw.time_shift.words());

    // Sun and light are worked out once and shared by all arrays.
    let resource = SolarResource::new(&epw.weather, &epw.weather.axis())?;
    let mut yields = Vec::new();
    for tilt_deg in [0.0, 10.0, 20.0, 30.0, 45.0, 90.0] {
        let array = PvArray { tilt_deg, ..PvArray::open_rack(1.0) };
        let kwh: f64 = resource.ac_kw(array)?.iter().sum();
        println!("tilt {tilt_deg:2}°: {kwh:6.0} kWh/kWp");
        yields.push(kwh);
    }
    // South-facing modules near the latitude's tilt make the most, a wall the least.
    assert!(yields[3] > yields[0] && yields[3] > yields[5]);
    assert!((1300.0..1900.0).contains(&yields[3]));
    Ok(())
}
