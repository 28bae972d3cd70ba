//! The oracle's energy: blocks, set-off and credits, from the list of steps and the documentation of each term.

use std::collections::BTreeMap;

use microgrid::Scenario;
use microgrid::utility::{BlockCount, BlockPrices, CreditPays, MeteringForm, Price, PriceComponent, YearEnd};

use super::bill::price;
use super::run::{Entry, hours, month_of};

/// What tells steps apart on a bill: the period of every component of both directions, and the bucket.
type Key = Vec<u16>;

/// Energy of the steps of one key, kWh.
#[derive(Debug, Clone, Default)]
struct Kwh {
    import: f64,
    export: f64,
    taken: f64,
    /// One of its steps.
    step: usize,
}

/// One month's energy on the bill.
#[derive(Debug, Default)]
pub(crate) struct MonthEnergy {
    pub(crate) charge: f64,
    /// The part of the charge that no credit pays.
    pub(crate) not_payable: f64,
    pub(crate) revenue: f64,
    bought: BTreeMap<Key, f64>,
    sold: BTreeMap<Key, f64>,
}

/// What lives on from month to month.
#[derive(Debug, Default)]
pub(crate) struct EnergyBook {
    credit_kwh: BTreeMap<u16, f64>,
    carried: f64,
    /// By component's name and counted period: kWh so far in the year.
    counted: BTreeMap<(String, usize), f64>,
}

fn period(component: &PriceComponent, step: usize) -> u16 {
    match &component.price {
        Price::Periods(table) => table.period_of_step[step],
        Price::Blocks(table) => table.period_of_step[step],
        Price::Constant(_) | Price::Steps(_) => 0,
    }
}

impl EnergyBook {
    /// The energy lines of a month; months in order.
    pub(crate) fn month(&mut self, site: &Scenario, entries: &[Entry], month: usize) -> MonthEnergy {
        let (tariff, h) = (&site.tariff, hours(site));
        let bucket = |step: usize| tariff.metering.bucket_of_step.as_ref().map_or(0, |buckets| buckets[step]);
        let steps = || entries.iter().enumerate().filter(|(step, _)| month_of(site, *step) == month);
        let mut metered: BTreeMap<Key, Kwh> = BTreeMap::new();
        for (step, entry) in steps() {
            let components = tariff.import.iter().chain(&tariff.export);
            let key: Key = components.map(|c| period(c, step)).chain([bucket(step)]).collect();
            let kwh = metered.entry(key).or_default();
            kwh.import += entry.import_kw * h;
            kwh.export += entry.export_kw * h;
            kwh.taken += (entry.generation_kw - entry.curtailed_kw) * h;
            kwh.step = step;
        }
        let mut found = MonthEnergy::default();
        self.net(site, month, &metered, &mut found);
        for component in &tariff.import {
            let all: BTreeMap<Key, f64> = metered.iter().map(|(key, kwh)| (key.clone(), kwh.import)).collect();
            let on_all = tariff.metering.non_bypassable.contains(&component.name);
            let kwh = if on_all { &all } else { &found.bought };
            let stepwise = || steps().map(|(step, e)| e.import_kw * h * price(&component.price, month, step)).sum();
            let amount = self.amount(site, ("import", component), month, kwh, &metered, stepwise);
            found.charge += amount;
            found.not_payable += if on_all { amount } else { 0.0 };
        }
        for component in &tariff.export {
            let stepwise = || steps().map(|(step, e)| e.export_kw * h * price(&component.price, month, step)).sum();
            found.revenue += self.amount(site, ("export", component), month, &found.sold.clone(), &metered, stepwise);
        }
        found
    }

    /// What a component charges for the kWh of each key.
    fn amount(
        &mut self,
        site: &Scenario,
        (direction, component): (&str, &PriceComponent),
        month: usize,
        kwh: &BTreeMap<Key, f64>,
        metered: &BTreeMap<Key, Kwh>,
        stepwise: impl Fn() -> f64,
    ) -> f64 {
        match &component.price {
            Price::Steps(_) => stepwise(),
            Price::Constant(_) | Price::Periods(_) => {
                kwh.iter().map(|(key, kwh)| kwh * price(&component.price, month, metered[key].step)).sum()
            }
            Price::Blocks(blocks) => {
                let mut by_period = vec![0.0; blocks.periods.len()];
                for (key, kwh) in kwh {
                    by_period[period(component, metered[key].step) as usize] += kwh;
                }
                self.blocks(site, &format!("{direction} {}", component.name), blocks, month, &by_period)
            }
        }
    }

    /// Pours the month's energy into its blocks, a block at a time.
    fn blocks(&mut self, site: &Scenario, name: &str, blocks: &BlockPrices, month: usize, kwh: &[f64]) -> f64 {
        let mut amount = 0.0;
        for (p, of_period) in kwh.iter().enumerate() {
            let counted = blocks.counter_of_period[p] as usize;
            let same = |q: &usize| blocks.counter_of_period[*q] == blocks.counter_of_period[p];
            let pooled: f64 = (0..kwh.len()).filter(same).map(|q| kwh[q]).sum();
            let (scale, before) = match &blocks.counted {
                BlockCount::Month => (site.calendar.months[month].share, 0.0),
                BlockCount::Year { begins, earlier_kwh } => {
                    let since = (1..=month).rev().find(|m| begins[*m]);
                    let in_run = self.counted.get(&(format!("{name} {}", since.unwrap_or(0)), counted));
                    let earlier = if since.is_some() { None } else { earlier_kwh.get(counted) };
                    (1.0, in_run.unwrap_or(&0.0) + earlier.unwrap_or(&0.0))
                }
            };
            let borders = if blocks.up_to_kwh.len() == 1 { &blocks.up_to_kwh[0] } else { &blocks.up_to_kwh[p] };
            let (mut at, mut left) = (before, pooled);
            for block in 0..blocks.price_per_kwh.len() {
                let room = borders.get(block).map_or(f64::INFINITY, |border| border * scale - at).max(0.0);
                let poured = left.min(room);
                let rows = &blocks.price_per_kwh[block];
                let price = if rows.len() == 1 { rows[0][p] } else { rows[month][p] };
                amount += if pooled > 0.0 { poured * of_period / pooled * price } else { 0.0 };
                at += poured;
                left -= poured;
            }
        }
        if let BlockCount::Year { begins, .. } = &blocks.counted {
            let since = (1..=month).rev().find(|m| begins[*m]).unwrap_or(0);
            for (p, of_period) in kwh.iter().enumerate() {
                let counted = blocks.counter_of_period[p] as usize;
                *self.counted.entry((format!("{name} {since}"), counted)).or_default() += of_period;
            }
        }
        amount
    }

    /// Sets export off against import, as the form has it.
    fn net(&mut self, site: &Scenario, month: usize, metered: &BTreeMap<Key, Kwh>, found: &mut MonthEnergy) {
        let metering = &site.tariff.metering;
        for (key, kwh) in metered {
            let (bought, sold) = match metering.form {
                MeteringForm::NetBilling | MeteringForm::NetBillingCarried => (kwh.import, kwh.export),
                MeteringForm::BuyAllSellAll => {
                    let drawn = kwh.import + kwh.taken - kwh.export;
                    if drawn >= 0.0 { (drawn, kwh.taken) } else { (0.0, kwh.taken - drawn) }
                }
                MeteringForm::NetMetering | MeteringForm::NetMeteringMoney => {
                    let net = kwh.import - kwh.export;
                    (net.max(0.0), (-net).max(0.0))
                }
            };
            found.bought.insert(key.clone(), bought);
            found.sold.insert(key.clone(), sold);
        }
        if !matches!(metering.form, MeteringForm::NetMetering | MeteringForm::NetMeteringMoney) {
            return;
        }
        let buckets: Vec<u16> = metered.keys().map(|key| *key.last().unwrap()).collect();
        for bucket in buckets.iter().copied().collect::<std::collections::BTreeSet<_>>() {
            let of = |kwh: &BTreeMap<Key, f64>| -> f64 {
                kwh.iter().filter(|(key, _)| key.last() == Some(&bucket)).map(|(_, kwh)| kwh).sum()
            };
            let (uses, surplus) = (of(&found.bought), of(&found.sold));
            let credit = self.credit_kwh.entry(bucket).or_default();
            let taken_from_credit = (uses - surplus).max(0.0).min(*credit);
            *credit -= taken_from_credit;
            let scale = |kwh: &mut BTreeMap<Key, f64>, by: f64| {
                kwh.iter_mut().filter(|(key, _)| key.last() == Some(&bucket)).for_each(|(_, kwh)| *kwh *= by);
            };
            let bought_left = (uses - surplus).max(0.0) - taken_from_credit;
            scale(&mut found.bought, if uses > 0.0 { bought_left / uses } else { 0.0 });
            scale(&mut found.sold, if surplus > 0.0 { (surplus - uses).max(0.0) / surplus } else { 0.0 });
            if metering.form == MeteringForm::NetMetering {
                *credit += of(&found.sold);
            }
        }
        if metering.form == MeteringForm::NetMetering {
            found.sold.values_mut().for_each(|kwh| *kwh = 0.0);
            if metering.true_up.get(month) == Some(&true) && metering.year_end != YearEnd::Rolled {
                let left: f64 = self.credit_kwh.values().sum();
                self.credit_kwh.clear();
                found.revenue +=
                    if metering.year_end == YearEnd::Paid { left * metering.year_end_price_per_kwh } else { 0.0 };
            }
        }
    }

    /// What the month's credit lines come to: credit moved to later months, less credit moved from earlier ones.
    pub(crate) fn credit(&mut self, site: &Scenario, month: usize, energy: &MonthEnergy, charges: f64) -> f64 {
        let metering = &site.tariff.metering;
        if !matches!(metering.form, MeteringForm::NetBillingCarried | MeteringForm::NetMeteringMoney) {
            return 0.0;
        }
        let payable = match metering.pays {
            CreditPays::Energy => energy.charge,
            CreditPays::Charges => charges,
        } - energy.not_payable;
        let before = self.carried;
        let unused = (before + energy.revenue - payable.max(0.0)).max(0.0);
        let settles = metering.true_up.get(month) == Some(&true);
        self.carried = match metering.year_end {
            YearEnd::Lapsed | YearEnd::Paid if settles => 0.0,
            _ => unused,
        };
        let is_paid = settles && metering.year_end == YearEnd::Paid;
        (if is_paid { 0.0 } else { unused }) - before
    }
}
