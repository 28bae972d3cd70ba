//! How to size a site in a program, and how to check the proof of it.
//!
//! A workshop's roof, battery and inverter are sized at yearly costs per unit. The search is watched; then the range of each size
//! within 1 % of the cost, what units are worth, and the lower value again from the certificate's prices alone.

use microgrid::design::economics::capital_recovery_factor;
use microgrid::design::sizing::{Quantity, Size, Sizer, Stop, Task};
use microgrid::simulation::RunEnd;
use microgrid::{Battery, Calendar, Load, Plan, Price, PriceComponent, Problems, Scenario, SeriesPlant, Tariff};

fn main() -> Result<(), Problems> {
    let hour = |step: usize| step % 24;
    let of_day = |of: fn(usize) -> f64| (0..8760).map(|step| of(hour(step))).collect::<Vec<f64>>();
    let mut site = Scenario::new("workshop", Calendar::common_year(3600));
    site.loads.push(Load::new("machines", of_day(|hour| if (7..19).contains(&hour) { 60.0 } else { 15.0 })));
    site.generation.push(SeriesPlant::new("roof", of_day(|hour| if (8..17).contains(&hour) { 0.45 } else { 0.0 })));
    site.storage.push(Battery::lithium_iron_phosphate(1.0, 1.0));
    let prices = of_day(|hour| if (14..22).contains(&hour) { 1.0 } else { 0.4 });
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    site.tariff = Tariff { import, ..Tariff::default() }.into();
    site.run_end = RunEnd::NotBelowStart;

    // Capital, life and upkeep of a unit as a cost a year.
    let size = |name: &str, sets: &[Quantity], most: f64, (capital, years, upkeep): (f64, f64, f64)| Size {
        name: name.into(),
        sets: sets.iter().map(|quantity| (*quantity, 1.0)).collect(),
        least: 0.0,
        most,
        existing: 0.0,
        cost_per_unit: capital * capital_recovery_factor(0.06, years) + upkeep,
        capital_per_unit: capital,
        step: None,
    };
    let sizes = vec![
        size("roof, kW", &[Quantity::Plant(0)], 400.0, (2600.0, 25.0, 40.0)),
        size("battery, kWh", &[Quantity::Capacity], 1500.0, (400.0, 12.0, 8.0)),
        size("battery, kW", &[Quantity::ChargePower, Quantity::DischargePower], 500.0, (225.0, 12.0, 0.0)),
    ];
    let mut sizer = Sizer::new(Task::new(&Plan::compile(&site)?, sizes)?)?;
    let found = sizer.run(Stop::default(), |progress| {
        println!("{:>3} evaluations, gap {:.1e}", progress.evaluations, progress.gap());
        true
    })?;
    let (certificate, worth, bands) = (sizer.certificate(), sizer.worth()?, sizer.bands(0.01)?);
    for (((size, value), band), worth) in sizer.task().sizes.iter().zip(&found.sizes).zip(&bands).zip(&worth) {
        println!(
            "{:<13}{value:>8.1}, {:.1} to {:.1} within 1 %; a unit costs {:.2} a year, the next would earn {:.2}",
            size.name, band.least, band.most, worth.cost, worth.next
        );
    }
    println!("cost {:.2} a year, proven: not below {:.2}", found.cost, found.lower);
    // Whoever has the site's columns can prove the lower value again, from the prices alone.
    assert_eq!(certificate.lower_cost(sizer.task()), found.lower);
    assert!(found.cost - found.lower <= 1e-6 * found.cost);
    Ok(())
}
