//! The peers' reference year as a scenario (tests/data/peers), for tests and benches.

use std::sync::Arc;

use microgrid::utility::{Price, PriceComponent, Tariff};
use microgrid::{Battery, Calendar, Load, Scenario, Series, SeriesPlant};

/// Time of use.
pub(crate) const TIME_OF_USE: &str = include_str!("../data/peers/case8760.csv");
/// 8760 different prices.
pub(crate) const SPOT: &str = include_str!("../data/peers/case8760_spot.csv");

/// The site of the peers under one of its price files; energy left in store is worth nothing.
pub(crate) fn site(text: &str) -> Scenario {
    let column = |k: usize| -> Vec<f64> {
        text.lines().skip(1).map(|line| line.split(',').nth(k).unwrap().parse().unwrap()).collect()
    };
    let price = |name: &str, k| vec![PriceComponent { name: name.into(), price: Price::Steps(column(k).into()) }];
    let mut site = Scenario {
        generation: vec![SeriesPlant::new("pv", column(0))],
        loads: vec![Load::new("load", column(1))],
        storage: vec![Battery::lithium_iron_phosphate(150.0, 50.0)],
        tariff: Arc::new(Tariff { import: price("energy", 2), export: price("export", 3), ..Tariff::default() }),
        stored_value_per_kwh: Some(0.0),
        ..Scenario::new("peers", Calendar::common_year(3600))
    };
    site.connection.import_limit_kw = 100.0.into();
    site.connection.export_limit_kw = 60.0.into();
    site
}

/// The same site with each hour in four equal quarters.
pub(crate) fn cut_in_four(site: &Scenario) -> Scenario {
    let cut = |values: &[f64]| values.iter().flat_map(|value| [*value; 4]).collect::<Vec<_>>();
    let series = |series: &Series| match series {
        Series::Steps(values) => cut(values).into(),
        Series::Constant(_) => series.clone(),
    };
    let mut quarters = Scenario { calendar: Arc::new(Calendar::common_year(900)), ..site.clone() };
    quarters.generation.iter_mut().for_each(|plant| plant.power_kw = series(&plant.power_kw));
    quarters.loads.iter_mut().for_each(|load| load.power_kw = series(&load.power_kw));
    let tariff = Arc::make_mut(&mut quarters.tariff);
    for component in tariff.import.iter_mut().chain(&mut tariff.export) {
        if let Price::Steps(prices) = &component.price {
            component.price = Price::Steps(cut(prices).into());
        }
    }
    quarters
}
