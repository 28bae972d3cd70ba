//! What you learn: how recorded charging sessions become a load, what a stay too short leaves undelivered, and what the
//! lot's peak costs.
//!
//! `cargo run --example charging_lot`

use microgrid::demand::{Task, serve};
use microgrid::io::sessions::{Ask, SessionRules, read_sessions};
use microgrid::io::time::Clock;

fn main() -> Result<(), microgrid::Problems> {
    // Half a year of real sessions at a workplace; times carry their own offset from UTC.
    let file = "seeds/workplace-hub/sessions/acn_jpl_2019-05-01_2019-08-31.csv";
    let text = std::fs::read_to_string(file).map_err(|error| microgrid::Problem::new(file, error.to_string()))?;
    let clock = Clock::of_days("America/Los_Angeles", "2019-05-01", 900, 123)?;
    let sessions = read_sessions("sessions", &[(file, &text)], &SessionRules::of(Ask::Delivered, clock.zone()))?;

    // A bay gives 6.656 kW (32 A at 208 V) from the arrival on, until the energy is there or the car leaves.
    let lot = |bay_power_kw: f64| {
        let tasks = sessions.iter().map(|session| Task {
            from_s: session.arrival_unix_s - clock.start_unix_s(),
            until_s: session.departure_unix_s - clock.start_unix_s(),
            energy_kwh: session.energy_kwh,
            power_max_kw: bay_power_kw,
        });
        serve(&tasks.collect::<Vec<_>>(), clock.steps(), clock.step_s())
    };
    println!("bay kW   drawn kWh   undelivered kWh   peak kW");
    for bay_power_kw in [3.3, 6.656, 11.0] {
        let served = lot(bay_power_kw);
        let peak_kw = served.power_kw.iter().copied().fold(0.0, f64::max);
        println!("{bay_power_kw:6.3} {:11.0} {:17.1} {peak_kw:9.1}", served.drawn_kwh, served.undelivered_kwh());
    }
    // Slower bays halve the peak and still deliver nearly everything: cars stay longer than they need.
    let (slow, usual) = (lot(3.3), lot(6.656));
    let peak = |power_kw: &[f64]| power_kw.iter().copied().fold(0.0, f64::max);
    assert!(peak(&slow.power_kw) < 0.75 * peak(&usual.power_kw));
    assert!(usual.undelivered_kwh() < 1e-3 * usual.wanted_kwh);
    Ok(())
}
