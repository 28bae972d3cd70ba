//! How much cost buys how much carbon: the front of both, a proven point for each price of carbon.
//!
//! A workshop's roof and battery are sized under rising prices of carbon. The price is not paid, it only leads the search: each
//! point is the least cost of all sites that emit no more than it does.

use microgrid::design::economics::capital_recovery_factor;
use microgrid::design::sizing::{Quantity, Size, Sizer, Stop, Task};
use microgrid::simulation::RunEnd;
use microgrid::{Battery, Calendar, Load, Plan, Price, PriceComponent, Problems, Scenario, SeriesPlant, Tariff};

/// Carbon of a kWh from the grid, kg.
const INTENSITY: f64 = 0.54;

fn main() -> Result<(), Problems> {
    let of_day = |of: fn(usize) -> f64| (0..8760).map(|step| of(step % 24)).collect::<Vec<f64>>();
    let mut site = Scenario::new("workshop", Calendar::common_year(3600));
    site.loads.push(Load::new("machines", of_day(|hour| if (7..19).contains(&hour) { 60.0 } else { 15.0 })));
    site.generation.push(SeriesPlant::new("roof", of_day(|hour| if (8..17).contains(&hour) { 0.45 } else { 0.0 })));
    site.storage.push(Battery::lithium_iron_phosphate(1.0, 1.0));
    let prices = of_day(|hour| if (14..22).contains(&hour) { 1.0 } else { 0.4 });
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    site.tariff = Tariff { import, ..Tariff::default() }.into();
    site.run_end = RunEnd::NotBelowStart;
    site.carbon.intensity_kg_per_kwh = INTENSITY.into();

    let size = |name: &str, sets: &[Quantity], most: f64, (capital, years): (f64, f64)| Size {
        name: name.into(),
        sets: sets.iter().map(|quantity| (*quantity, 1.0)).collect(),
        least: 0.0,
        most,
        existing: 0.0,
        cost_per_unit: capital * capital_recovery_factor(0.06, years),
        capital_per_unit: capital,
        step: None,
    };
    let sizes = [
        size("roof, kW", &[Quantity::Plant(0)], 600.0, (2600.0, 25.0)),
        size("battery, kWh", &[Quantity::Capacity], 1500.0, (400.0, 12.0)),
        size("battery, kW", &[Quantity::ChargePower, Quantity::DischargePower], 500.0, (225.0, 12.0)),
    ];
    println!("price, 1/kg    cost a year    carbon, t    roof, kW    battery, kWh");
    let mut front: Vec<(f64, f64)> = Vec::new();
    for price_per_kg in [0.0, 0.2, 0.5, 1.0, 2.0] {
        site.carbon.price_per_kg = price_per_kg;
        let mut sizer = Sizer::new(Task::new(&Plan::compile(&site)?, sizes.to_vec())?)?;
        let found = sizer.run(Stop::default(), |_| true)?;
        assert!(found.cost - found.lower <= 1e-6 * found.cost, "each point is proven");
        // The year at these sizes says how much carbon there is; without its price it is what is paid.
        (site.generation[0].scale, site.storage[0].capacity_kwh) = (found.sizes[0], found.sizes[1]);
        (site.storage[0].charge_max_kw, site.storage[0].discharge_max_kw) = (found.sizes[2], found.sizes[2]);
        let year = microgrid::run_without_bound(&site, &[microgrid::Dispatch::Optimal], None)?.remove(0);
        let (cost, carbon_t) = (found.cost - price_per_kg * year.carbon_kg, year.carbon_kg / 1000.0);
        println!("{price_per_kg:>11.1}{cost:>15.0}{carbon_t:>13.1}{:>12.1}{:>16.1}", found.sizes[0], found.sizes[1]);
        front.push((cost, carbon_t));
    }
    // Along the front less carbon costs more.
    assert!(front.windows(2).all(|pair| pair[1].0 >= 0.999 * pair[0].0 && pair[1].1 <= pair[0].1 + 0.1));
    let dearer = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) / (pair[0].1 - pair[1].1).max(1e-9);
    println!("the first tonnes cost {:.0} each, the last {:.0}", dearer(&front[0..2]), dearer(&front[3..5]));
    Ok(())
}
