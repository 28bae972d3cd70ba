//! What serving a kWh can cost at most: the least that a kWh without a price must count to be avoided first.

use super::plan::CompiledTariff;
use crate::utility::{Price, PriceComponent};
use crate::{Scenario, Series};

/// The most that a kWh of load can cost to serve, currency per kWh: from the grid the dearest price with carbon and
/// every demand price over its shortest peak, a window; or from a genset that starts for an hour at its least load.
pub(super) fn dearest_serving_per_kwh(scenario: &Scenario, tariff: &CompiledTariff) -> f64 {
    let carbon = &scenario.carbon;
    let most_carbon = match &carbon.intensity_kg_per_kwh {
        Series::Constant(intensity) => *intensity,
        Series::Steps(intensities) => intensities.iter().copied().fold(0.0, f64::max),
    };
    let grid = tariff.dearest_import_per_kwh + most_carbon * carbon.price_per_kg;
    let demand: f64 = (scenario.tariff.demand.iter())
        .map(|charge| {
            let price = charge.price_per_kw.iter().copied().fold(0.0, f64::max);
            let excess = charge.contract.map_or(1.0, |contract| contract.excess_factor);
            price * excess * 3600.0 / f64::from(charge.window_s.max(scenario.calendar.step_s))
        })
        .sum();
    let genset = scenario.gensets.iter().filter(|genset| genset.rating_kw > 0.0).map(|genset| {
        let power_kw = genset.min_kw().max(0.1 * genset.rating_kw);
        (genset.cost_per_h(power_kw, carbon.price_per_kg) + genset.start_cost) / power_kw
    });
    // Energy for it may have to go through storage.
    let through = scenario.storage.iter().map(|battery| battery.charge_efficiency * battery.discharge_efficiency);
    let round_trip = through.filter(|share| *share > 0.0).fold(1.0, f64::min);
    let wear = scenario.storage.iter().map(|battery| battery.wear_cost_per_kwh).fold(0.0, f64::max);
    genset.fold(grid + demand, f64::max) / round_trip + wear
}

/// The value at which an unserved kWh without a price counts: twice the dearest serving, and never nothing.
pub(super) fn avoided_value_per_kwh(scenario: &Scenario, tariff: &CompiledTariff) -> f64 {
    let stored = scenario.stored_value_per_kwh.unwrap_or(tariff.mean_import_price_per_kwh);
    2.0 * dearest_serving_per_kwh(scenario, tariff).max(stored).max(0.5)
}

/// The dearest import price of any step, of prices by block the dearest block's.
pub(super) fn dearest_import_per_kwh(components: &[PriceComponent], price_per_kwh: &[f64]) -> f64 {
    let of_steps = price_per_kwh.iter().copied().fold(0.0, f64::max);
    let above_first = components.iter().map(|component| match &component.price {
        Price::Blocks(blocks) => {
            let prices = || blocks.price_per_kwh.iter().flatten().flatten().copied();
            prices().fold(f64::NEG_INFINITY, f64::max) - prices().fold(f64::INFINITY, f64::min)
        }
        Price::Constant(_) | Price::Periods(_) | Price::Steps(_) => 0.0,
    });
    of_steps + above_first.sum::<f64>()
}
