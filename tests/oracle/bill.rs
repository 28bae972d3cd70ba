//! The bill of the oracle: prices × energy step by step, and the month's other charges from their documentation.

use microgrid::Scenario;
use microgrid::utility::{BillKind, DemandCharge, MinimumCredit, Price, PriceComponent, Proration};

use super::energy::EnergyBook;
use super::run::{Entry, hours, month_of, steps, value};

/// What one month is charged; export is what the utility pays, at least 0 at prices above 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct MonthBill {
    pub(crate) energy: f64,
    pub(crate) demand: f64,
    pub(crate) capacity: f64,
    pub(crate) power_factor: f64,
    pub(crate) fixed: f64,
    pub(crate) minimum: f64,
    pub(crate) export: f64,
    /// Credit moved to later months less that of earlier ones.
    pub(crate) credit: f64,
}

impl MonthBill {
    pub(crate) fn total(&self) -> f64 {
        self.energy + self.demand + self.capacity + self.power_factor + self.fixed + self.minimum + self.credit
            - self.export
    }

    pub(crate) fn of(&self, kind: BillKind) -> f64 {
        match kind {
            BillKind::Energy => self.energy,
            BillKind::Demand => self.demand,
            BillKind::Capacity => self.capacity,
            BillKind::PowerFactor => self.power_factor,
            BillKind::Fixed => self.fixed,
            BillKind::Minimum => self.minimum,
            BillKind::Export => -self.export,
            BillKind::Credit => self.credit,
        }
    }
}

/// The price per kWh of a component.
pub(crate) fn price(price: &Price, month: usize, step: usize) -> f64 {
    match price {
        Price::Constant(price) => *price,
        Price::Steps(prices) => prices[step],
        // Of blocks the first.
        Price::Blocks(table) => {
            let rows = &table.price_per_kwh[0];
            let row = if rows.len() == 1 { &rows[0] } else { &rows[month] };
            row[table.period_of_step[step] as usize]
        }
        Price::Periods(table) => {
            let rows = &table.price_per_kwh;
            let row = if rows.len() == 1 { &rows[0] } else { &rows[month] };
            row[table.period_of_step[step] as usize]
        }
    }
}

/// The sum of the components' prices per kWh.
pub(crate) fn price_of_all(components: &[PriceComponent], month: usize, step: usize) -> f64 {
    components.iter().map(|component| price(&component.price, month, step)).sum()
}

/// The import price averaged over the run's steps.
pub(crate) fn mean_import_price(site: &Scenario) -> f64 {
    let of_step = |step| price_of_all(&site.tariff.import, month_of(site, step), step);
    (0..steps(site)).map(of_step).sum::<f64>() / steps(site) as f64
}

/// The bill by month.
pub(crate) fn bill(site: &Scenario, entries: &[Entry]) -> Vec<MonthBill> {
    let tariff = &site.tariff;
    let h = hours(site);
    let mut book = EnergyBook::default();
    let mut bills: Vec<MonthBill> = (0..site.calendar.months.len())
        .map(|month| {
            let mut bill = MonthBill::default();
            let mut import_kwh = 0.0;
            for (_, entry) in entries.iter().enumerate().filter(|(step, _)| month_of(site, *step) == month) {
                import_kwh += entry.import_kw * h;
            }
            let energy = book.month(site, entries, month);
            (bill.energy, bill.export) = (energy.charge, energy.revenue);
            let share = share(site, month);
            bill.demand = tariff.demand.iter().map(|c| demand(site, entries, c, month, import_kwh)).sum();
            bill.capacity = tariff.capacity.iter().map(|c| c.price_per_kva * c.capacity_kva * share).sum();
            bill.fixed = tariff.fixed.iter().map(|c| of_month(&c.price_per_month, month) * share).sum();
            let days = site.calendar.day_first_step.iter().rev().skip(1);
            let days = days.filter(|first| month_of(site, **first as usize) == month).count() as f64;
            bill.fixed += tariff.daily.iter().map(|charge| charge.price_per_day * days).sum::<f64>();
            if let Some(adjustment) = &tariff.power_factor {
                let factor = power_factor(site, month, import_kwh);
                let level = adjustment.levels.iter().rfind(|level| level.from <= factor).unwrap();
                bill.power_factor = (bill.energy + bill.demand + bill.capacity) * level.percent / 100.0;
            }
            let charged = bill.total() + bill.export;
            bill.credit = book.credit(site, month, &energy, charged);
            bill
        })
        .collect();
    least_charges(site, &mut bills);
    bills
}

/// The share of a month's charges that is billed.
fn share(site: &Scenario, month: usize) -> f64 {
    let covered = site.calendar.months[month].share;
    let first_day = |month: usize| site.calendar.months.get(month).map(|month| month.first_day);
    let days =
        first_day(month + 1).unwrap_or(site.calendar.day_first_step.len() as u32 - 1) - first_day(month).unwrap();
    match site.tariff.proration {
        Proration::Standing | Proration::Calendar => covered,
        Proration::Thirtieths if covered == 1.0 || days > 30 => 1.0,
        Proration::Thirtieths => f64::from(days) / 30.0,
        Proration::None => 1.0,
    }
}

/// The share of a month's demand charges that is billed: a peak is charged whole unless the rule is one for demand too.
fn demand_share(site: &Scenario, month: usize) -> f64 {
    if site.tariff.proration == Proration::Standing { 1.0 } else { share(site, month) }
}

/// Adds what is missing to the least charge, pool by pool.
fn least_charges(site: &Scenario, bills: &mut [MonthBill]) {
    let Some(minimum) = &site.tariff.minimum else { return };
    let (mut charged, mut credit, mut least, mut kept) = (0.0, 0.0, 0.0, 0.0);
    for month in 0..bills.len() {
        // Credit that is moved to another month is none of this one's.
        let used = bills[month].export - bills[month].credit;
        charged += bills[month].total() + used;
        credit += used;
        least += minimum.price_per_month * share(site, month);
        let pool_goes_on = |pools: &Vec<u32>| pools.get(month + 1) == Some(&pools[month]);
        if minimum.pool_of_month.as_ref().is_some_and(pool_goes_on) {
            continue;
        }
        bills[month].minimum = match minimum.credit {
            MinimumCredit::OnTop if charged < least => least - charged,
            MinimumCredit::Lost if charged - credit < least => least - charged + credit,
            MinimumCredit::OnTop | MinimumCredit::Lost => 0.0,
            MinimumCredit::Carried => {
                // What is due above the least charge is paid from all credit there is; a debt of credits is paid at once.
                let above = if charged > least { charged - least } else { 0.0 };
                let there = kept + credit;
                let used = if there < above { there } else { above };
                kept = there - used;
                let due = least + above - used;
                due - (charged - credit)
            }
        };
        (charged, credit, least) = (0.0, 0.0, 0.0);
    }
}

/// The months that a charge takes together with `month`; `None` where it is charged later.
fn term(site: &Scenario, charge: &DemandCharge, month: usize) -> Option<Vec<usize>> {
    let Some(term) = &charge.term else { return Some(vec![month]) };
    let number = |month: usize| term.term_of_month.get(month);
    let months = (0..site.calendar.months.len()).filter(|other| number(*other) == number(month)).collect();
    (number(month + 1) != number(month)).then_some(months)
}

/// One demand charge of a month: ratchet and contract lift the billed peak, an excess over the contract costs more,
/// steady use less.
fn demand(site: &Scenario, entries: &[Entry], charge: &DemandCharge, month: usize, import_kwh: f64) -> f64 {
    let Some(months) = term(site, charge, month) else { return 0.0 };
    let metered = |month: usize| {
        let before = if month == 0 { charge.peak_so_far_kw } else { 0.0 };
        peak_kw(site, entries, charge, month).max(before)
    };
    let peak = months.iter().map(|month| metered(*month)).fold(0.0, f64::max);
    let share = match &charge.term {
        None => demand_share(site, month),
        Some(term) => {
            let covered: f64 = months.iter().map(|month| demand_share(site, *month)).sum();
            (covered / f64::from(term.price_months)).min(1.0)
        }
    };
    let mut billed = peak;
    if let Some(ratchet) = &charge.ratchet {
        // All months on one line, those before the run first, and the ones looked back on from its end.
        let mut past = ratchet.earlier_peaks_kw.clone();
        for earlier in 0..month {
            let counts = ratchet.counted_months.as_ref().is_none_or(|counted| counted[earlier]);
            past.push(if counts { metered(earlier) } else { 0.0 });
        }
        let first = past.len().saturating_sub(ratchet.look_back_months as usize);
        let greatest = past[first..].iter().fold(0.0_f64, |a, b| a.max(*b));
        billed = billed.max(greatest * ratchet.percent / 100.0);
    }
    let mut factor = 1.0;
    if let Some(discount) = &charge.discount {
        let covered = site.calendar.months[month].share;
        if import_kwh / discount.capacity_kva / covered >= discount.from_kwh_per_kva {
            factor = discount.factor;
        }
    }
    let full_price = of_month(&charge.price_per_kw, month) * share;
    let Some(contract) = &charge.contract else {
        // Kilowatt by block: each block takes what is left above the blocks before it.
        let mut cost = billed * full_price;
        let mut price_before = full_price;
        for tier in &charge.tiers {
            let price = of_month(&tier.price_per_kw, month) * share;
            cost += (billed - of_month(&tier.above_kw, month)).max(0.0) * (price - price_before);
            price_before = price;
        }
        return cost * factor;
    };
    let billed = billed.max(contract.contract_kw * contract.floor_percent / 100.0);
    let excess = (peak - contract.contract_kw * contract.excess_above_percent / 100.0).max(0.0);
    (billed - excess) * full_price * factor + excess * full_price * contract.excess_factor
}

/// W / √(W² + Q²) to two digits; no reactive power is drawn in an outage.
fn power_factor(site: &Scenario, month: usize, import_kwh: f64) -> f64 {
    let reactive = site.connection.reactive_kvar.as_ref().expect("a power-factor adjustment needs reactive power");
    let mut drawn_kvarh = 0.0;
    for step in (0..steps(site)).filter(|step| month_of(site, *step) == month) {
        if !site.outages.iter().any(|outage| outage.contains(&(step as u32))) {
            drawn_kvarh += value(reactive, step) * hours(site);
        }
    }
    let apparent = import_kwh.hypot(drawn_kvarh);
    if apparent == 0.0 { 1.0 } else { (import_kwh / apparent * 100.0).round() / 100.0 }
}

/// The price of a month: one for all, or one for each.
fn of_month(prices: &[f64], month: usize) -> f64 {
    if prices.len() == 1 { prices[0] } else { prices[month] }
}

/// The month's greatest window mean, over the steps of each window that count. Windows begin at midnight, or slide from the
/// month's first step.
fn peak_kw(site: &Scenario, entries: &[Entry], charge: &DemandCharge, month: usize) -> f64 {
    let steps_of = |seconds: u32| (seconds / site.calendar.step_s).max(1) as usize;
    let window = steps_of(charge.window_s);
    let of_month: Vec<usize> = (0..steps(site)).filter(|step| month_of(site, *step) == month).collect();
    let mut windows: Vec<Vec<usize>> = Vec::new();
    match charge.slide_s {
        Some(slide) => windows.extend(of_month.windows(window).step_by(steps_of(slide)).map(<[usize]>::to_vec)),
        None => {
            for day in site.calendar.day_first_step.windows(2) {
                let of_day: Vec<usize> = (day[0] as usize..day[1] as usize).collect();
                windows
                    .extend(of_day.chunks(window).filter(|steps| of_month.contains(&steps[0])).map(<[usize]>::to_vec));
            }
        }
    }
    let mut peak: f64 = 0.0;
    for mut steps in windows {
        steps.retain(|step| charge.counted_steps.as_ref().is_none_or(|counted| counted[*step]));
        if !steps.is_empty() {
            let sum: f64 = steps.iter().map(|step| entries[*step].import_kw).sum();
            peak = peak.max(sum / steps.len() as f64);
        }
    }
    peak
}
