//! The site of tests/data/peers, whose optimum other solvers found.

use microgrid_core::demand::Load;
use microgrid_core::generation::SeriesPlant;
use microgrid_core::storage::Battery;
use microgrid_core::utility::{DemandCharge, Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario};

/// The site's year on the prices of `file`, with demand charges of `demand_price` per kW and month.
pub(crate) fn site(file: &str, demand_price: Option<f64>) -> Scenario {
    let path = format!("{}/../../tests/data/peers/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let column = |k: usize| -> Vec<f64> {
        text.lines().skip(1).map(|line| line.split(',').nth(k).unwrap().parse().unwrap()).collect()
    };
    let component = |name: &str, k| PriceComponent { name: name.into(), price: Price::Steps(column(k).into()) };
    let mut site = Scenario::new(file, Calendar::common_year(3600));
    site.generation = vec![SeriesPlant::new("solar", column(0))];
    site.loads = vec![Load::new("load", column(1))];
    site.storage = vec![Battery::lithium_iron_phosphate(150.0, 50.0)];
    site.connection.import_limit_kw = 100.0.into();
    site.connection.export_limit_kw = 60.0.into();
    site.tariff = Tariff {
        import: vec![component("energy", 2)],
        export: vec![component("export", 3)],
        demand: demand_price.into_iter().map(|price| DemandCharge::new("demand", price, 3600)).collect(),
        ..Tariff::default()
    }
    .into();
    site
}

/// The same, compiled.
pub(crate) fn plan(file: &str, demand_price: Option<f64>) -> Plan {
    Plan::compile(&site(file, demand_price)).unwrap()
}
