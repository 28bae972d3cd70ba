//! The prices that a plan of single steps may use where the bill's depend on a month or a year: of blocks, and of credits.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::{BlockCount, BlockPrices, MeteringForm, Price, PriceComponent, YearEnd};
use crate::Plan;

/// Prices per step with which energy costs no more than on the bill, whatever is imported and exported:
/// bill ≥ Σ import × import price − export × export price + generation taken × its price + `standing_cost`.
///
/// # Model
/// - Blocks: the month's (or year's) cost g(E) is at or above its convex envelope, and that above the tangent at the
///   energy that the site would take without storage: a price, and a standing amount. Rising blocks are their own
///   envelope, so a plan that stays within the reference's block is priced exactly. Where prices by period and block are
///   no sum of both, or a year's prices change by month, each period has the least price of its blocks.
/// - Net metering: an exported kWh is worth no more than the dearest kWh it can be set off against: of its bucket, in
///   this month and those up to the true-up; or what it is paid.
/// - Credits in money are worth no more than their amount, as if paid at once.
/// - Two meters: what storage moves is worth the import price either way, and generation taken costs import less export
///   price.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanningPrices {
    /// Of import, per kWh and step.
    pub import_price_per_kwh: Arc<[f64]>,
    /// Of export, per kWh and step.
    pub export_price_per_kwh: Arc<[f64]>,
    /// Of generation taken, per kWh and step, to be paid beside; `None` where it is not metered for itself.
    pub generation_price_per_kwh: Option<Arc<[f64]>>,
    /// What no step changes, at most 0.
    pub standing_cost: f64,
    /// How the prices come near the bill; empty where they are the bill's.
    pub reasons: Vec<String>,
}

impl PlanningPrices {
    /// The prices of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self::with_blocks_apart(plan, &[])
    }

    /// As [`PlanningPrices::of`], where the import components of which `is_apart` says so have the price of their first block:
    /// who asks adds what the further blocks cost more.
    #[must_use]
    pub fn with_blocks_apart(plan: &Plan, is_apart: &[bool]) -> Self {
        let (tariff, compiled) = (&plan.scenario.tariff, &plan.tariff);
        let in_blocks = |component: &PriceComponent| matches!(component.price, Price::Blocks(_));
        let is_apart = |component: usize| is_apart.get(component).copied().unwrap_or(false);
        let of_import = tariff.import.iter().enumerate().any(|(c, component)| in_blocks(component) && !is_apart(c));
        let has_blocks = of_import || tariff.export.iter().any(in_blocks);
        let form = tariff.metering.form;
        if form == MeteringForm::NetBilling && !has_blocks {
            return Self {
                import_price_per_kwh: compiled.import.price_per_kwh.clone(),
                export_price_per_kwh: compiled.export.price_per_kwh.clone(),
                generation_price_per_kwh: None,
                standing_cost: 0.0,
                reasons: Vec::new(),
            };
        }
        let mut reasons = Vec::new();
        let mut standing_cost = 0.0;
        let apart = (0..tariff.import.len()).map(is_apart).collect();
        let site = Reference { apart, ..Reference::of(plan) };
        let all = import_prices(&site, |_| true, &mut standing_cost);
        if has_blocks {
            reasons.push("energy blocks are priced by the tangent at the site's use without storage".into());
        }
        let export = export_prices(&site);
        let export_price_per_kwh = match form {
            MeteringForm::NetBilling => export,
            MeteringForm::NetBillingCarried => {
                reasons.push("credits for export are paid at once".into());
                export
            }
            MeteringForm::NetMetering | MeteringForm::NetMeteringMoney => {
                reasons.push("export is set off at the dearest price it can meet".into());
                let netted = |component: &PriceComponent| !tariff.metering.is_non_bypassable(&component.name);
                set_off_values(&site, &import_prices(&site, netted, &mut 0.0), &export)
            }
            MeteringForm::BuyAllSellAll => {
                reasons.push("storage beyond the load is sold at the import price".into());
                all.iter().zip(&export).map(|(import, export)| import.max(*export)).collect()
            }
        };
        let of_generation = || all.iter().zip(&export_prices(&site)).map(|(import, export)| import - export).collect();
        Self {
            generation_price_per_kwh: (form == MeteringForm::BuyAllSellAll).then(of_generation),
            import_price_per_kwh: all.into(),
            export_price_per_kwh: export_price_per_kwh.into(),
            standing_cost,
            reasons,
        }
    }
}

/// What the site would take without storage, and could take at most, by step in kWh.
struct Reference<'a> {
    plan: &'a Plan,
    months: Vec<Range<usize>>,
    use_kwh: Vec<f64>,
    most_kwh: Vec<f64>,
    /// Whether an import component has the price of its first block.
    apart: Vec<bool>,
}

impl<'a> Reference<'a> {
    fn of(plan: &'a Plan) -> Self {
        let two_meters = plan.tariff.meters_generation;
        let charge_max_kw: f64 = plan.scenario.storage.iter().map(|battery| battery.charge_max_kw).sum();
        let net = |step: usize| plan.load_kw(step) - if two_meters { 0.0 } else { plan.generation_kw(step) };
        let nets = plan.scenario.tariff.metering.form.nets();
        Self {
            plan,
            months: plan.scenario.calendar.month_steps().collect(),
            use_kwh: (0..plan.steps)
                .map(|step| if nets { net(step) } else { net(step).max(0.0) } * plan.step_h)
                .collect(),
            most_kwh: (0..plan.steps).map(|step| (plan.load_kw(step) + charge_max_kw) * plan.step_h).collect(),
            apart: alloc::vec![false; plan.scenario.tariff.import.len()],
        }
    }

    /// Energy of the steps of each period.
    fn by_period(&self, kwh: &[f64], blocks: &BlockPrices, steps: Range<usize>) -> Vec<f64> {
        let mut sums = alloc::vec![0.0; blocks.periods.len()];
        for step in steps {
            sums[blocks.period_of_step[step] as usize] += kwh[step];
        }
        sums.iter().map(|kwh: &f64| kwh.max(0.0)).collect()
    }
}

/// The import price of each step over the components that `counts` names.
fn import_prices(site: &Reference<'_>, counts: impl Fn(&PriceComponent) -> bool, standing_cost: &mut f64) -> Vec<f64> {
    let mut sums = alloc::vec![0.0; site.plan.steps];
    let components = site.plan.scenario.tariff.import.iter().zip(&site.apart);
    for (component, is_apart) in components.filter(|(component, _)| counts(component)) {
        match &component.price {
            Price::Blocks(blocks) if !is_apart => {
                let tangents = tangents(site, blocks, standing_cost);
                for (month, steps) in site.months.iter().enumerate() {
                    steps.clone().for_each(|t| sums[t] += tangents[month][blocks.period_of_step[t] as usize]);
                }
            }
            price => {
                for (month, steps) in site.months.iter().enumerate() {
                    steps.clone().for_each(|step| sums[step] += price.at(month, step));
                }
            }
        }
    }
    sums
}

/// The export price of each step, of blocks the dearest.
fn export_prices(site: &Reference<'_>) -> Vec<f64> {
    let mut sums = alloc::vec![0.0; site.plan.steps];
    for component in &site.plan.scenario.tariff.export {
        for (month, steps) in site.months.iter().enumerate() {
            for step in steps.clone() {
                sums[step] += match &component.price {
                    Price::Blocks(blocks) => {
                        let period = blocks.period_of_step[step] as usize;
                        let prices = (0..blocks.blocks()).map(|block| blocks.price(block, month, period));
                        prices.fold(f64::NEG_INFINITY, f64::max)
                    }
                    price => price.at(month, step),
                };
            }
        }
    }
    sums
}

/// What an exported kWh of each step is worth at most where it is set off.
fn set_off_values(site: &Reference<'_>, netted: &[f64], export: &[f64]) -> Vec<f64> {
    let metering = &site.plan.scenario.tariff.metering;
    let bucket = |step: usize| metering.bucket_of_step.as_ref().map_or(0, |buckets| buckets[step] as usize);
    let buckets = (0..site.plan.steps).map(bucket).max().unwrap_or(0) + 1;
    let in_energy = metering.form == MeteringForm::NetMetering;
    let paid = match metering.year_end {
        YearEnd::Paid if in_energy => metering.year_end_price_per_kwh,
        _ => 0.0,
    };
    let mut values = alloc::vec![0.0; site.plan.steps];
    let mut best = alloc::vec![f64::NEG_INFINITY; buckets];
    for (month, steps) in site.months.iter().enumerate().rev() {
        // Credits of a later month's use live up to it, unless they are settled before.
        if !in_energy || (metering.settles(month) && metering.year_end != YearEnd::Rolled) {
            best.fill(f64::NEG_INFINITY);
        }
        for step in steps.clone() {
            best[bucket(step)] = best[bucket(step)].max(netted[step]);
        }
        for step in steps.clone() {
            let otherwise = if in_energy { paid } else { export[step] };
            values[step] = best[bucket(step)].max(otherwise);
        }
    }
    values
}

/// The price of each month and period that stands for the blocks; adds what stands beside it.
fn tangents(site: &Reference<'_>, blocks: &BlockPrices, standing_cost: &mut f64) -> Vec<Vec<f64>> {
    let months = &site.plan.scenario.calendar.months;
    match &blocks.counted {
        BlockCount::Month => (site.months.iter().zip(months).enumerate())
            .map(|(month, (steps, covered))| {
                let reference = site.by_period(&site.use_kwh, blocks, steps.clone());
                let most = site.by_period(&site.most_kwh, blocks, steps.clone());
                let tangents = period_tangents(blocks, month, covered.share, &reference, &most);
                *standing_cost += standing(blocks, &tangents, &most);
                tangents.into_iter().map(|(price, _)| price).collect()
            })
            .collect(),
        BlockCount::Year { begins, earlier_kwh } => {
            let mut prices = Vec::new();
            let mut first = 0;
            while first < months.len() {
                let end = (first + 1..months.len()).find(|month| begins[*month]).unwrap_or(months.len());
                let earlier = if first == 0 { &earlier_kwh[..] } else { &[] };
                let row = year_tangents(site, blocks, first..end, earlier, standing_cost);
                prices.extend((first..end).map(|month| match &row {
                    Some(row) => row.clone(),
                    None => (0..blocks.periods.len()).map(|period| blocks.least_price(month, period)).collect(),
                }));
                first = end;
            }
            prices
        }
    }
}

/// Price and standing amount of each period of a month.
fn period_tangents(blocks: &BlockPrices, month: usize, share: f64, reference: &[f64], most: &[f64]) -> Vec<(f64, f64)> {
    let (reference, most) = (blocks.by_counter(reference), blocks.by_counter(most));
    let of = |period: usize| {
        let counter = blocks.counter_of_period[period] as usize;
        let (at, most) = (reference[counter], most[counter]);
        tangent(blocks, period, share, |block| blocks.price(block, month, period), at, most)
    };
    (0..blocks.periods.len()).map(of).collect()
}

/// What stands beside the prices of a month: of each counter no less than the least amount of its periods.
fn standing(blocks: &BlockPrices, tangents: &[(f64, f64)], most: &[f64]) -> f64 {
    let mut least = alloc::vec![0.0_f64; blocks.counters()];
    for (period, (_, amount)) in tangents.iter().enumerate().filter(|(period, _)| most[*period] > 0.0) {
        let of_counter = &mut least[blocks.counter_of_period[period] as usize];
        *of_counter = of_counter.min(*amount);
    }
    least.iter().sum()
}

/// The prices of a year counted on, where blocks add the same to every period and month.
fn year_tangents(
    site: &Reference<'_>,
    blocks: &BlockPrices,
    months: Range<usize>,
    earlier_kwh: &[f64],
    standing_cost: &mut f64,
) -> Option<Vec<f64>> {
    let surcharge = |block: usize, period: usize| blocks.price(block, 0, period) - blocks.price(0, 0, period);
    let is_sum = (0..blocks.blocks())
        .all(|b| (0..blocks.periods.len()).all(|p| (surcharge(b, p) - surcharge(b, 0)).abs() <= 1e-12));
    let one_row = blocks.price_per_kwh.iter().all(|rows| rows.len() == 1) && blocks.up_to_kwh.len() == 1;
    if !is_sum || !one_row || blocks.counters() > 1 {
        return None;
    }
    let earlier = earlier_kwh.first().copied().unwrap_or(0.0);
    let steps = site.months[months.start].start..site.months[months.end - 1].end;
    let sum = |kwh: &[f64]| earlier + site.by_period(kwh, blocks, steps.clone()).iter().sum::<f64>();
    let (price, amount) = tangent(blocks, 0, 1.0, |block| surcharge(block, 0), sum(&site.use_kwh), sum(&site.most_kwh));
    let paid_before: f64 = (0..blocks.blocks())
        .map(|block| {
            let (low, high) = blocks.range_kwh(0, block, 1.0);
            (earlier.min(high) - low).max(0.0) * surcharge(block, 0)
        })
        .sum();
    *standing_cost += (amount + price * earlier - paid_before).min(0.0);
    Some((0..blocks.periods.len()).map(|period| blocks.price(0, 0, period) + price).collect())
}

/// The tangent of the convex envelope of a block cost over [0, `most`] at `at`: price per kWh, and the amount at 0 kWh,
/// which is at most 0.
fn tangent(
    blocks: &BlockPrices,
    period: usize,
    share: f64,
    price: impl Fn(usize) -> f64,
    at: f64,
    most: f64,
) -> (f64, f64) {
    // The corners of the cost, of which the lower hull is kept.
    let mut hull = alloc::vec![(0.0, 0.0)];
    let (mut kwh, mut cost) = (0.0, 0.0);
    for block in 0..blocks.blocks() {
        let (low, high) = blocks.range_kwh(period, block, share);
        let high = high.min(most);
        if high <= low {
            continue;
        }
        cost += (high - kwh) * price(block);
        kwh = high;
        while let [.., (x0, y0), (x1, y1)] = hull[..]
            && (y1 - y0) * (kwh - x0) >= (cost - y0) * (x1 - x0)
        {
            hull.pop();
        }
        hull.push((kwh, cost));
    }
    let segment = hull.windows(2).find(|pair| at <= pair[1].0).or_else(|| hull.windows(2).last());
    let Some(&[(x0, y0), (x1, y1)]) = segment else { return (price(0), 0.0) };
    let slope = (y1 - y0) / (x1 - x0);
    (slope, (y0 - slope * x0).min(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(prices: [f64; 3]) -> BlockPrices {
        BlockPrices {
            periods: alloc::vec!["all".into()],
            period_of_step: [0_u16].into(),
            up_to_kwh: alloc::vec![alloc::vec![100.0, 300.0]],
            price_per_kwh: prices.map(|price| alloc::vec![alloc::vec![price]]).to_vec(),
            counted: BlockCount::Month,
            counter_of_period: alloc::vec![0],
        }
    }

    fn tangent_at(blocks: &BlockPrices, at: f64, most: f64) -> (f64, f64) {
        tangent(blocks, 0, 1.0, |block| blocks.price(block, 0, 0), at, most)
    }

    #[test]
    fn the_tangent_of_rising_blocks_is_the_block_at_the_reference() {
        let rising = blocks([0.1, 0.2, 0.4]);
        let near = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-12 && (b - d).abs() < 1e-12;
        assert!(near(tangent_at(&rising, 50.0, 1000.0), (0.1, 0.0)));
        assert!(near(tangent_at(&rising, 200.0, 1000.0), (0.2, -10.0)));
        assert!(near(tangent_at(&rising, 500.0, 1000.0), (0.4, -70.0)));
    }

    #[test]
    fn falling_blocks_have_the_chord_to_what_can_be_taken() {
        // 100 · 0.4 + 200 · 0.2 + 100 · 0.1 = 90 for 400 kWh.
        let (price, amount) = tangent_at(&blocks([0.4, 0.2, 0.1]), 50.0, 400.0);
        assert!((price - 90.0 / 400.0).abs() < 1e-12 && amount == 0.0, "{price} {amount}");
    }

    /// Whatever the blocks and the reference, no energy costs less on the bill than by the tangent.
    #[test]
    fn no_energy_costs_less_than_by_the_tangent() {
        for prices in [[0.1, 0.2, 0.4], [0.4, 0.2, 0.1], [0.3, 0.1, 0.5], [0.1, 0.5, 0.2]] {
            let blocks = blocks(prices);
            for at in [0.0, 60.0, 100.0, 180.0, 300.0, 800.0] {
                let (price, amount) = tangent_at(&blocks, at, 900.0);
                for kwh in (0..=90).map(|i| f64::from(i) * 10.0) {
                    let part = |block: usize| {
                        let (low, high) = blocks.range_kwh(0, block, 1.0);
                        (kwh.min(high) - low).max(0.0) * blocks.price(block, 0, 0)
                    };
                    let cost: f64 = (0..3).map(part).sum();
                    assert!(cost >= price * kwh + amount - 1e-9, "{prices:?} at {at}: {kwh} kWh cost {cost}");
                }
            }
        }
    }
}
