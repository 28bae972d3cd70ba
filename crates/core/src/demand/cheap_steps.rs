//! Which steps are off peak.

use alloc::sync::Arc;

use crate::Plan;

/// Whether each step's import price is at or below its day's mean; a day of one price is cheap throughout.
pub(super) fn cheap_steps(plan: &Plan) -> Arc<[bool]> {
    let prices = plan.import_price_per_kwh();
    let days = plan.scenario().calendar.day_first_step.windows(2).map(|day| day[0] as usize..day[1] as usize);
    let of_day = days.flat_map(|day| {
        let mean = prices[day.clone()].iter().sum::<f64>() / day.len().max(1) as f64;
        let most = mean + 1e-9 * mean.abs();
        prices[day].iter().map(move |price| *price <= most)
    });
    of_day.collect()
}
