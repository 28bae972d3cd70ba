//! What each price and each assumption does to the net present cost.
//!
//! # Model
//! At the best sizes under the best dispatch the derivative of the least cost by a price is the quantity that it is paid for (the
//! envelope theorem): one per cent of a price changes the net present cost by one per cent of what is paid at it. A swing is more:
//! the site is sized anew with an assumption changed, so that sizes answer it.

use microgrid_core::{Outcome, Problems};
use microgrid_design::sizing::{Site, Stop, Task};

use super::cases::Project;

/// What a price does.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// The price.
    pub name: String,
    /// Change of the net present cost where the price is 1 % higher.
    pub change_per_percent: f64,
}

/// What an assumption does: the site sized anew at both ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    /// The assumption, and from where to where it goes.
    pub name: String,
    /// Net present cost at the lower end.
    pub at_low: f64,
    /// Net present cost at the upper end.
    pub at_high: f64,
}

/// What every price does to the net present cost, the greatest first. Where years or cases differ the parts of the bill differ with
/// them, and only the prices of what is bought are told.
pub(super) fn sensitivities(project: &Project<'_>, task: &Task, sizes: &[f64], run: &Outcome) -> Vec<Sensitivity> {
    let weight: f64 = task.years.iter().map(|year| year.weight).sum();
    let mut found = Vec::new();
    let mut add = |name: String, amount: f64| {
        if amount != 0.0 {
            found.push(Sensitivity { name, change_per_percent: 0.01 * amount });
        }
    };
    for (component, owners) in project.bought(sizes).iter().zip(project.owners_costs_of(sizes)) {
        let upkeep = project.kept() * owners.costs.upkeep_cost;
        add(format!("price of {}", component.name), owners.total() - upkeep);
        add(format!("upkeep of {}", component.name), upkeep);
    }
    let is_one_year = task.years.iter().all(|year| year.site.is_none());
    let mut charges: Vec<(&str, f64)> = Vec::new();
    for line in run.bill.lines.iter().filter(|_| is_one_year) {
        match charges.iter_mut().find(|(name, _)| *name == line.component) {
            Some((_, sum)) => *sum += line.amount,
            None => charges.push((&line.component, line.amount)),
        }
    }
    for (name, amount) in charges {
        add(format!("tariff: {name}"), weight * amount);
    }
    for (name, amount) in [
        ("fuel", run.money.fuel_cost),
        ("wear of storage", run.money.wear_cost),
        ("value of lost load", run.money.unserved_cost),
        ("carbon", run.money.carbon_cost),
    ] {
        add(name.into(), if is_one_year { weight * amount } else { 0.0 });
    }
    found.sort_by(|a, b| b.change_per_percent.abs().total_cmp(&a.change_per_percent.abs()));
    found
}

/// Gap to which a swing is searched.
const GAP: f64 = 1e-4;

/// The swings of assumptions, the widest first. `standing` is what no size changes in a year.
pub(super) fn swings(project: &Project<'_>, task: &Task, best: &[f64], standing: f64) -> Result<Vec<Swing>, Problems> {
    let cost = |task: Task| -> Result<f64, Problems> {
        let weight: f64 = task.years.iter().map(|year| year.weight).sum();
        let stop = Stop { gap: GAP, evaluations: 400 };
        Ok(project.sizer(task)?.starting_at(best).run(stop, |_| true)?.cost + weight * standing)
    };
    let mut found = Vec::new();
    let mut add = |name: String, change: &dyn Fn(f64) -> Option<Task>, ends: [f64; 2]| -> Result<(), Problems> {
        if let (Some(low), Some(high)) = (change(ends[0]), change(ends[1])) {
            found.push(Swing { name, at_low: cost(low)?, at_high: cost(high)? });
        }
        Ok(())
    };
    for i in 0..task.sizes.len() {
        let priced = |factor: f64| {
            let mut task = task.clone();
            task.sizes[i].cost_per_unit *= factor;
            task.sizes[i].capital_per_unit *= factor;
            Some(task)
        };
        add(format!("all costs of {}, -20 % to +20 %", project.folder.label(i)), &priced, [0.8, 1.2])?;
    }
    let scaled = |change: fn(&mut Site, f64)| {
        move |factor: f64| {
            let mut task = task.clone();
            task.change_sites(|site| change(site, factor));
            Some(task)
        }
    };
    let prices = |site: &mut Site, factor: f64| {
        let columns = [&mut site.import_price_per_kwh, &mut site.export_price_per_kwh];
        columns.into_iter().flatten().for_each(|price| *price *= factor);
        site.peaks.iter_mut().for_each(|peak| peak.price_per_kw *= factor);
        site.shortfall_price_per_kwh *= factor.max(1.0);
        site.tiers.iter_mut().for_each(|(_, value)| *value *= factor.max(1.0));
    };
    add("prices of the tariff, -20 % to +20 %".into(), &scaled(prices), [0.8, 1.2])?;
    let load = |site: &mut Site, factor: f64| {
        site.tiers.iter_mut().flat_map(|(load, _)| load).for_each(|kw| *kw *= factor);
    };
    add("load, -10 % to +10 %".into(), &scaled(load), [0.9, 1.1])?;
    if !task.site.plants.is_empty() {
        let yields = |site: &mut Site, factor: f64| {
            site.plants.iter_mut().flatten().for_each(|kw| *kw *= factor);
        };
        add("yield of generation, -10 % to +10 %".into(), &scaled(yields), [0.9, 1.1])?;
    }
    let rated = |shift: f64| {
        let rate = project.rate + shift;
        (rate >= 0.0).then(|| project.at_rate(rate).repriced(task))
    };
    add("discount rate, -2 to +2 points".into(), &rated, [-0.02, 0.02])?;
    found.sort_by(|a, b| (b.at_high - b.at_low).abs().total_cmp(&(a.at_high - a.at_low).abs()));
    Ok(found)
}
