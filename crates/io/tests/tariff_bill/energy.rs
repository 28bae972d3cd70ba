//! The energy of the plain bill: blocks, set-off and credits, month by month.

use std::collections::BTreeMap;

use super::plain::{Run, label, place, price};
use super::random::{Blocks, Component, Credit, Export, Spec, Spell};

/// One month's energy in money.
#[derive(Debug, Default, Clone)]
pub(crate) struct Energy {
    pub(crate) charge: f64,
    /// The part that no credit pays.
    pub(crate) not_payable: f64,
    pub(crate) revenue: f64,
}

/// kWh by period.
type ByPeriod = BTreeMap<usize, f64>;

/// The energy of each month.
pub(crate) fn energy(spec: &Spec, run: &Run) -> BTreeMap<String, Energy> {
    let mut months: BTreeMap<String, (ByPeriod, ByPeriod, usize, i8)> = BTreeMap::new();
    for (step, time) in run.civil().iter().enumerate() {
        let (season, period) = place(spec, run, time);
        let month = months.entry(label(time)).or_insert((ByPeriod::new(), ByPeriod::new(), season, time.month()));
        *month.0.entry(period).or_default() += run.import_kw[step] * run.hours();
        *month.1.entry(period).or_default() += run.export_kw[step] * run.hours();
    }
    let shares = run.shares();
    let mut credit = ByPeriod::new();
    let mut counted: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut found = BTreeMap::new();
    let count = months.len();
    for (m, (name, (import, export, season, month))) in months.into_iter().enumerate() {
        if month == spec.year_begins && m > 0 {
            counted.clear();
        }
        let (bought, mut sold) = net(spec, &import, &export, &mut credit);
        let mut energy = Energy::default();
        for (c, component) in spec.components.iter().enumerate() {
            let on_all = spec.non_bypassable == Some(c) && spec.credit().is_some();
            let kwh = if on_all { &import } else { &bought };
            let amount = charge(spec, (c, component), (season, month), kwh, shares[&name], &mut counted, m == 0);
            energy.charge += amount;
            energy.not_payable += if on_all { amount } else { 0.0 };
        }
        if let Export::NetMetering { money: None, .. } = &spec.export {
            sold.clear();
            let settles = spec.settles(month) && !(m + 1 == count && run.is_cut());
            if settles && spec.spell() != Spell::Rolled {
                let left: f64 = std::mem::take(&mut credit).values().sum();
                energy.revenue += if spec.spell() == Spell::Paid { left * spec.year_end_e4 as f64 / 1e4 } else { 0.0 };
            }
        }
        for (period, kwh) in &sold {
            energy.revenue += kwh * export_price(spec, season, *period, month);
        }
        found.insert(name, energy);
    }
    found
}

/// What is paid per exported kWh.
fn export_price(spec: &Spec, season: usize, period: usize, month: i8) -> f64 {
    let all: f64 = (spec.components.iter().filter(|component| component.blocks.is_none()))
        .map(|component| {
            let float = component.float_percent.as_ref().map_or(0, |floats| floats[period]);
            price(&component.price, 0, float, season, period, month, spec.digits)
        })
        .sum();
    match &spec.export {
        Export::None => 0.0,
        Export::FeedIn(e4) | Export::BuyAllSellAll(e4) => *e4 as f64 / 1e4,
        Export::NetBilling(percent) => all * *percent as f64 / 100.0,
        Export::NetMetering { money, .. } => money.map_or(0.0, |e4| e4 as f64 / 1e4),
    }
}

/// Import and export after set-off.
fn net(spec: &Spec, import: &ByPeriod, export: &ByPeriod, credit: &mut ByPeriod) -> (ByPeriod, ByPeriod) {
    let (mut bought, mut sold) = (import.clone(), export.clone());
    let (across, money) = match &spec.export {
        Export::BuyAllSellAll(_) => {
            // Generation is the export: what is drawn is the import.
            return (bought, sold);
        }
        Export::NetMetering { across, money } => (*across || spec.periods.len() < 2, money.is_some()),
        _ => return (bought, sold),
    };
    for (period, kwh) in &mut bought {
        let given = sold.entry(*period).or_default();
        let off = kwh.min(*given);
        *kwh -= off;
        *given -= off;
    }
    let buckets: Vec<Vec<usize>> = if across {
        vec![bought.keys().copied().collect()]
    } else {
        bought.keys().map(|period| vec![*period]).collect()
    };
    for bucket in buckets {
        let sum = |kwh: &ByPeriod| bucket.iter().map(|period| kwh[period]).sum::<f64>();
        let (uses, surplus) = (sum(&bought), sum(&sold));
        let kept = credit.entry(if across { usize::MAX } else { bucket[0] }).or_default();
        let from_credit = if money { 0.0 } else { kept.min((uses - surplus).max(0.0)) };
        *kept -= from_credit;
        for period in &bucket {
            let (uses_left, surplus_left) = ((uses - surplus).max(0.0) - from_credit, (surplus - uses).max(0.0));
            *bought.get_mut(period).unwrap() *= if uses > 0.0 { uses_left / uses } else { 0.0 };
            *sold.get_mut(period).unwrap() *= if surplus > 0.0 { surplus_left / surplus } else { 0.0 };
        }
        if !money {
            *kept += sum(&sold);
        }
    }
    (bought, sold)
}

/// One component's charge for kWh by period.
fn charge(
    spec: &Spec,
    (c, component): (usize, &Component),
    (season, month): (usize, i8),
    kwh: &ByPeriod,
    share: f64,
    counted: &mut BTreeMap<(usize, usize), f64>,
    is_first: bool,
) -> f64 {
    let price_of = |period: usize, shift: i64| {
        let float = component.float_percent.as_ref().map_or(0, |floats| floats[period]);
        price(&component.price, shift, float, season, period, month, spec.digits)
    };
    let Some(Blocks { borders_kwh, shifts_e4, of_year, each_period, earlier_kwh }) = &component.blocks else {
        return kwh.iter().map(|(period, kwh)| kwh * price_of(*period, 0)).sum();
    };
    let total: f64 = kwh.values().sum();
    let mut amount = 0.0;
    for (period, own) in kwh {
        let place = (c, if *each_period { *period } else { usize::MAX });
        let pooled = if *each_period { *own } else { total };
        let first = if is_first { *earlier_kwh as f64 } else { 0.0 };
        let before = if *of_year { *counted.entry(place).or_insert(first) } else { 0.0 };
        let scale = if *of_year { 1.0 } else { share };
        let mut lower = 0.0;
        for (block, shift) in shifts_e4.iter().enumerate() {
            let upper = borders_kwh.get(block).map_or(f64::INFINITY, |kwh| *kwh as f64 * scale);
            let within = ((before + pooled).min(upper) - before.max(lower)).max(0.0);
            amount += if pooled > 0.0 { within * own / pooled * price_of(*period, *shift) } else { 0.0 };
            lower = upper;
        }
    }
    if *of_year {
        for (period, own) in kwh {
            *counted.entry((c, if *each_period { *period } else { usize::MAX })).or_default() += own;
        }
    }
    amount
}

impl Spec {
    /// The terms of credits, where the form has any.
    pub(crate) fn credit(&self) -> Option<&Credit> {
        let carries = matches!(self.export, Export::FeedIn(_) | Export::NetBilling(_)) && self.carry.is_some();
        let nets = matches!(self.export, Export::NetMetering { .. });
        (carries || nets).then_some(&self.terms)
    }

    pub(crate) fn settles(&self, month: i8) -> bool {
        self.terms.true_up_month == month
    }

    /// What becomes of credits at the true-up.
    pub(crate) fn spell(&self) -> Spell {
        self.terms.year_end
    }

    /// What a month's credit lines come to; `carried` is the credit of earlier months.
    pub(crate) fn credit_moved(&self, settles: bool, payable: f64, revenue: f64, carried: &mut f64) -> f64 {
        let in_money = match &self.export {
            Export::NetMetering { money, .. } => money.is_some(),
            _ => self.credit().is_some(),
        };
        if !in_money {
            return 0.0;
        }
        let before = *carried;
        let unused = (before + revenue - payable.max(0.0)).max(0.0);
        let ends = settles && self.spell() != Spell::Rolled;
        *carried = if ends { 0.0 } else { unused };
        (if settles && self.spell() == Spell::Paid { 0.0 } else { unused }) - before
    }
}
