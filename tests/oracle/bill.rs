//! The bill of the oracle: prices × energy step by step, and the month's other charges from their documentation.

use microgrid::Scenario;
use microgrid::utility::{BillKind, DemandCharge, Price, PriceComponent};

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
    (0..site.calendar.months.len())
        .map(|month| {
            let mut bill = MonthBill::default();
            let mut import_kwh = 0.0;
            for (_, entry) in entries.iter().enumerate().filter(|(step, _)| month_of(site, *step) == month) {
                import_kwh += entry.import_kw * h;
            }
            let energy = book.month(site, entries, month);
            (bill.energy, bill.export) = (energy.charge, energy.revenue);
            let share = site.calendar.months[month].share;
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
            if let Some(least) = tariff.minimum_per_month {
                bill.minimum = (least * share - charged).max(0.0);
            }
            bill.credit = book.credit(site, month, &energy, charged);
            bill
        })
        .collect()
}

/// One demand charge of a month: ratchet and contract lift the billed peak, an excess over the contract costs more,
/// steady use less.
fn demand(site: &Scenario, entries: &[Entry], charge: &DemandCharge, month: usize, import_kwh: f64) -> f64 {
    let peak = peak_kw(site, entries, charge, month);
    let mut billed = peak;
    if let Some(ratchet) = &charge.ratchet {
        // All months on one line, those before the run first, and the ones looked back on from its end.
        let mut past = ratchet.earlier_peaks_kw.clone();
        for earlier in 0..month {
            let counts = ratchet.counted_months.as_ref().is_none_or(|counted| counted[earlier]);
            past.push(if counts { peak_kw(site, entries, charge, earlier) } else { 0.0 });
        }
        let first = past.len().saturating_sub(ratchet.look_back_months as usize);
        let greatest = past[first..].iter().fold(0.0_f64, |a, b| a.max(*b));
        billed = billed.max(greatest * ratchet.percent / 100.0);
    }
    let full_price = of_month(&charge.price_per_kw, month);
    let mut price = full_price;
    if let Some(discount) = &charge.discount {
        let share = site.calendar.months[month].share;
        if import_kwh / discount.capacity_kva / share >= discount.from_kwh_per_kva {
            price *= discount.factor;
        }
    }
    let Some(contract) = &charge.contract else { return billed * price };
    let billed = billed.max(contract.contract_kw * contract.floor_percent / 100.0);
    let excess = (peak - contract.contract_kw * contract.excess_above_percent / 100.0).max(0.0);
    (billed - excess) * price + excess * full_price * contract.excess_factor
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

/// The month's greatest window mean. Windows begin at midnight; a window's steps that do not count import nothing.
fn peak_kw(site: &Scenario, entries: &[Entry], charge: &DemandCharge, month: usize) -> f64 {
    let window = (charge.window_s / site.calendar.step_s).max(1) as usize;
    let counted = |step: usize| charge.counted_steps.as_ref().is_none_or(|counted| counted[step]);
    let mut peak: f64 = 0.0;
    for day in site.calendar.day_first_step.windows(2) {
        let steps: Vec<usize> = (day[0] as usize..day[1] as usize).collect();
        for steps in steps.chunks(window).filter(|steps| month_of(site, steps[0]) == month) {
            let sum: f64 = steps.iter().filter(|step| counted(**step)).map(|step| entries[*step].import_kw).sum();
            peak = peak.max(sum / steps.len() as f64);
        }
    }
    peak
}
