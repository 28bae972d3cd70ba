//! What it costs to stand at the end of a cable: the same workshop with its solar roof behind the meter, and 400 m away.

use microgrid::demand::Load;
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::distribution::{Bus, Line, Network, Placed, SiteFeeder, VoltageSource};
use microgrid::generation::SeriesPlant;
use microgrid::utility::Tariff;
use microgrid::{Calendar, Plan, Problems, Scenario, simulate};

fn main() -> Result<(), Problems> {
    let mut site = Scenario::new("workshop", Calendar::days(3600, 7));
    site.loads.push(Load::new("machines", (0..168).map(|h| if h % 24 < 8 { 5.0 } else { 60.0 }).collect::<Vec<f64>>()));
    let sun = |h: u32| if (9..16).contains(&(h % 24)) { 80.0 } else { 0.0 };
    site.generation.push(SeriesPlant::new("roof", (0..168).map(sun).collect::<Vec<f64>>()));
    site.tariff = Tariff::flat(0.30, 0.08).into();
    let beside = bill(&site)?;

    let mut network = Network::new("400 m of cable");
    network.buses = ["meter", "workshop"].map(|name| Bus { name: name.into(), nominal_kv: 0.4 }).into();
    network.lines = vec![Line {
        name: "cable 4 x 150 mm2".into(),
        from_bus: 0,
        to_bus: 1,
        length_km: 0.4,
        r_ohm_per_km: 0.206,
        x_ohm_per_km: 0.080,
        c_nf_per_km: 260.0,
        g_us_per_km: 0.0,
        ampacity_a: 270.0,
        parallel: 1,
        in_service: true,
    }];
    network.sources = vec![VoltageSource {
        name: "utility".into(),
        bus: 0,
        voltage_pu: 1.0,
        angle_deg: 0.0,
        short_circuit_kva: f64::INFINITY,
        r_to_x: 0.1,
    }];
    let mut feeder = SiteFeeder::new(network);
    feeder.place(Placed::Load(0), 1);
    feeder.place(Placed::Plant(0), 1);
    site.feeder = Some(feeder.into());
    let away = bill(&site)?;

    println!("bill beside the meter {beside:.2}, at the end of the cable {away:.2}");
    assert!(away > beside + 5.0, "the losses are paid for");
    Ok(())
}

/// The week's bill; of a site on a feeder also what its flows say.
fn bill(site: &Scenario) -> Result<f64, Problems> {
    let plan = Plan::compile(site)?;
    let outcome = simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?);
    for feeder in &outcome.devices {
        feeder.entries.iter().for_each(|entry| println!("{:>30} {:10.3} {}", entry.name, entry.value, entry.unit));
    }
    Ok(outcome.money.bill_total)
}
