//! The energy lines of a bill: by component, period and block, after set-off, with what becomes of credits.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::billing::{EnergyReadings, Readings, push, total};
use super::blocks::BlockCounter;
use super::netting::{Credits, MeteredMonth, NettedMonth};
use super::{BillKind, BillLine, CreditPays, MeteringForm, Price, PriceComponent, Prices, Tariff, YearEnd};

/// Bills energy month after month: blocks of a year count on, and credits live on.
pub(super) struct EnergyBilling<'a> {
    tariff: &'a Tariff,
    import: Direction<'a>,
    export: Direction<'a>,
    bucket_of_cell: &'a [u16],
    readings: &'a Readings,
    credits: Credits,
    /// Credit in money of earlier months.
    carried: f64,
}

/// One direction's components with what their blocks have counted.
struct Direction<'a> {
    kind: BillKind,
    components: &'a [PriceComponent],
    prices: &'a Prices,
    readings: &'a EnergyReadings,
    counters: Vec<Option<BlockCounter>>,
}

impl<'a> EnergyBilling<'a> {
    pub(super) fn new(
        tariff: &'a Tariff,
        (import, export): (&'a Prices, &'a Prices),
        bucket_of_cell: &'a [u16],
        readings: &'a Readings,
    ) -> Self {
        let buckets = bucket_of_cell.iter().max().map_or(0, |most| *most as usize + 1);
        Self {
            tariff,
            import: Direction::new(BillKind::Energy, &tariff.import, import, &readings.import),
            export: Direction::new(BillKind::Export, &tariff.export, export, &readings.export),
            bucket_of_cell,
            readings,
            credits: Credits::new(buckets),
            carried: 0.0,
        }
    }

    /// Nets a month; months in order.
    pub(super) fn month(&mut self, month: usize) -> NettedMonth {
        let metered = MeteredMonth {
            import_kwh: &self.readings.import.energy_kwh[month],
            export_kwh: &self.readings.export.energy_kwh[month],
            taken_kwh: self.readings.taken_kwh.get(month).map_or(&[], |row| &row[..]),
        };
        self.credits.month(&self.tariff.metering, month, &metered, self.bucket_of_cell)
    }

    /// The lines of import; non-bypassable components on all of it.
    pub(super) fn bill_import(&mut self, lines: &mut Vec<BillLine>, month: usize, share: f64, netted: &NettedMonth) {
        let all_kwh = &self.readings.import.energy_kwh[month];
        for component in 0..self.tariff.import.len() {
            let is_on_all = self.tariff.metering.is_non_bypassable(&self.tariff.import[component].name);
            let by_cell = if is_on_all { all_kwh } else { &netted.bought_kwh };
            self.import.bill(lines, component, month, share, by_cell);
        }
    }

    /// The lines of export, and of credits: what pays of the month's `charges`, and what is left.
    pub(super) fn bill_export(
        &mut self,
        lines: &mut Vec<BillLine>,
        month: usize,
        share: f64,
        netted: &NettedMonth,
        charges: Range<usize>,
    ) {
        let first = lines.len();
        for component in 0..self.tariff.export.len() {
            self.export.bill(lines, component, month, share, &netted.sold_kwh);
        }
        let metering = &self.tariff.metering;
        match metering.form {
            MeteringForm::NetMetering => self.bill_energy_credit(lines, month, netted),
            form if form.carries_money() => {
                let payable = |line: &&BillLine| match metering.pays {
                    _ if metering.is_non_bypassable(&line.component) && line.kind == BillKind::Energy => false,
                    CreditPays::Energy => line.kind == BillKind::Energy,
                    CreditPays::Charges => true,
                };
                let payable = lines[charges].iter().filter(payable).map(|line| line.amount).sum::<f64>();
                let credit = -total(&lines[first..]);
                self.carry(lines, month, payable, credit);
            }
            _ => {}
        }
    }

    /// Credits in kWh cost nothing and pay nothing; they are lines so that a reader can follow them.
    fn bill_energy_credit(&self, lines: &mut Vec<BillLine>, month: usize, netted: &NettedMonth) {
        let metering = &self.tariff.metering;
        for (name, kwh) in [("credit used", netted.used_kwh), ("credit earned", netted.earned_kwh)] {
            if kwh > 0.0 {
                push(lines, month, BillKind::Credit, name, kwh, "kWh", 0.0);
            }
        }
        if netted.settled_kwh > 0.0 {
            let (kind, name, price) = match metering.year_end {
                YearEnd::Paid => (BillKind::Export, "credit paid at the true-up", metering.year_end_price_per_kwh),
                YearEnd::Lapsed | YearEnd::Rolled => (BillKind::Credit, "credit lapsed at the true-up", 0.0),
            };
            push(lines, month, kind, name, netted.settled_kwh, "kWh", price);
            if let Some(line) = lines.last_mut().filter(|line| line.kind == BillKind::Export) {
                line.amount = -line.amount;
            }
        }
    }

    /// Moves what a month's payable charges leave of its credit to later months, or settles it.
    fn carry(&mut self, lines: &mut Vec<BillLine>, month: usize, payable: f64, credit: f64) {
        let metering = &self.tariff.metering;
        let mut line = |name: &str, amount: f64| {
            if amount != 0.0 {
                push(lines, month, BillKind::Credit, name, 1.0, "month", amount);
            }
        };
        line("credit of earlier months", -self.carried);
        let left = (self.carried + credit - payable.max(0.0)).max(0.0);
        self.carried = left;
        if metering.settles(month) && metering.year_end != YearEnd::Rolled {
            self.carried = 0.0;
            if metering.year_end == YearEnd::Lapsed {
                line("credit lapsed at the true-up", left);
            }
        } else {
            line("credit for later months", left);
        }
    }
}

impl<'a> Direction<'a> {
    fn new(kind: BillKind, components: &'a [PriceComponent], prices: &'a Prices, readings: &'a EnergyReadings) -> Self {
        let counter = |component: &PriceComponent| match &component.price {
            Price::Blocks(blocks) => Some(BlockCounter::new(blocks)),
            Price::Constant(_) | Price::Periods(_) | Price::Steps(_) => None,
        };
        Self { kind, components, prices, readings, counters: components.iter().map(counter).collect() }
    }

    /// A line for each period, and block, of a component.
    fn bill(&mut self, lines: &mut Vec<BillLine>, c: usize, month: usize, share: f64, by_cell: &[f64]) {
        let total_kwh: f64 = by_cell.iter().sum();
        let (kind, component) = (self.kind, &self.components[c]);
        let sign = if kind == BillKind::Export { -1.0 } else { 1.0 };
        let mut line = |period: Option<&String>, block: Option<u16>, quantity: f64, price: f64, amount: f64| {
            lines.push(BillLine {
                month,
                kind,
                component: component.name.clone(),
                period: period.cloned(),
                block,
                quantity,
                unit: "kWh",
                price,
                amount: sign * amount,
            });
        };
        let of_period = |p: usize| -> f64 {
            let cells = self.prices.periods_of_cell.iter().zip(by_cell);
            cells.filter(|(periods, _)| periods[c] as usize == p).map(|(_, kwh)| kwh).sum()
        };
        match &component.price {
            Price::Constant(price) => line(None, None, total_kwh, *price, total_kwh * price),
            Price::Steps(_) => {
                let place = self.prices.stepwise.iter().position(|(index, _)| *index == c).unwrap_or_default();
                let amount = self.readings.stepwise[place][month];
                line(None, None, total_kwh, if total_kwh > 0.0 { amount / total_kwh } else { 0.0 }, amount);
            }
            Price::Periods(table) => {
                for (p, (name, price)) in table.periods.iter().zip(table.of_month(month)).enumerate() {
                    let kwh = of_period(p);
                    line(Some(name), None, kwh, *price, kwh * price);
                }
            }
            Price::Blocks(table) => {
                let kwh: Vec<f64> = (0..table.periods.len()).map(of_period).collect();
                let Some(counter) = &mut self.counters[c] else { return };
                for (p, parts) in counter.month(table, month, share, &kwh).into_iter().enumerate() {
                    for (block, kwh) in parts.into_iter().enumerate() {
                        let price = table.price(block, month, p);
                        line(Some(&table.periods[p]), Some(block as u16 + 1), kwh, price, kwh * price);
                    }
                }
            }
        }
    }
}
