//! What serving a kWh can cost at most: the least that a kWh without a price must count to be avoided first.

use super::plan::CompiledTariff;
use crate::generation::Genset;
use crate::utility::{DemandCharge, Price, PriceComponent};
use crate::{Scenario, Series};

/// How many times what serving costs at most an unserved kWh without a price counts. What serving costs is an upper value
/// already, so once is enough for all but the smallest needs from a genset; far more would only drown the other costs.
const AVOIDED_TIMES: f64 = 2.0;

/// The most that a kWh of load can cost to serve, currency per kWh: the dearest import price with carbon, the greatest malus
/// of the power factor, and every demand price over its shortest peak, one window; or a genset started for it at its least
/// load for its least time; brought through the least efficient battery, with the greatest wear.
pub(super) fn dearest_serving_per_kwh(scenario: &Scenario, tariff: &CompiledTariff) -> f64 {
    let carbon = &scenario.carbon;
    let most_carbon = match &carbon.intensity_kg_per_kwh {
        _ if carbon.price_per_kg <= 0.0 => 0.0,
        Series::Constant(intensity) => *intensity,
        Series::Steps(intensities) => intensities.iter().copied().fold(0.0, f64::max),
    };
    let malus = scenario.tariff.power_factor.iter().flat_map(|adjustment| &adjustment.levels);
    let malus = malus.map(|level| level.percent).fold(0.0, f64::max) / 100.0;
    let step_s = scenario.calendar.step_s;
    let demand: f64 = scenario.tariff.demand.iter().map(|charge| shortest_peak_per_kwh(charge, step_s)).sum();
    let grid = (1.0 + malus) * (tariff.dearest_import_per_kwh + demand) + most_carbon * carbon.price_per_kg;
    let dearest = scenario.gensets.iter().map(|genset| start_per_kwh(genset, carbon.price_per_kg)).fold(grid, f64::max);
    let batteries = || scenario.storage.iter().filter(|battery| battery.capacity_kwh > 0.0);
    let through = batteries().map(|battery| battery.charge_efficiency * battery.discharge_efficiency);
    let worst = through.filter(|share| *share > 0.0).fold(1.0, f64::min);
    dearest / worst + batteries().map(|battery| battery.wear_cost_per_kwh).fold(0.0, f64::max)
}

/// A demand charge on a peak of one window, by kWh. What a ratchet makes of it later is no plan's reason to shed.
fn shortest_peak_per_kwh(charge: &DemandCharge, step_s: u32) -> f64 {
    let of_tiers = charge.tiers.iter().flat_map(|tier| &tier.price_per_kw);
    let price = charge.price_per_kw.iter().chain(of_tiers).copied().fold(0.0, f64::max);
    let excess = charge.contract.map_or(1.0, |contract| contract.excess_factor.max(1.0));
    price * excess * 3600.0 / f64::from(charge.window_s.max(step_s))
}

/// A genset started for one hour's need, run at its least load (a tenth of its rating where it has none) for its least time.
fn start_per_kwh(genset: &Genset, carbon_price_per_kg: f64) -> f64 {
    if genset.rating_kw <= 0.0 {
        // One that is yet to be sized.
        return genset.marginal_cost_per_kwh(carbon_price_per_kg);
    }
    let power_kw = genset.min_kw().max(0.1 * genset.rating_kw);
    (genset.cost_per_h(power_kw, carbon_price_per_kg) * genset.min_up_h.max(1.0) + genset.start_cost) / power_kw
}

/// What an unserved kWh without a price counts, of the sheddable tier; never nothing.
pub(super) fn avoided_value_per_kwh(scenario: &Scenario, tariff: &CompiledTariff, serving_per_kwh: f64) -> f64 {
    let stored = scenario.stored_value_per_kwh.unwrap_or(tariff.mean_import_price_per_kwh);
    let dearest = serving_per_kwh.max(stored);
    let derived = if dearest > 0.0 { (AVOIDED_TIMES * dearest).min(1e9) } else { 1.0 };
    scenario.value_of_lost_load.avoided_per_kwh.unwrap_or(derived)
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
