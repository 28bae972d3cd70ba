//! Charges beside the price per kWh: on peaks, on capacity, on time.

use microgrid_core::Problem;
use microgrid_core::utility::{CapacityCharge, DemandCharge, FixedCharge, PowerFactorAdjustment, PowerFactorLevel};

use super::field::{Table, Value};
use super::price::PriceMaker;
use super::{Customer, TwoPart};

/// Greatest price per kW, kVA or month that is believed.
pub(super) const PRICE_MAX: f64 = 1e6;

/// What one part of the tariff charges, month by month.
#[derive(Debug, Default)]
pub(super) struct Charges {
    pub(super) demand: Vec<DemandCharge>,
    pub(super) capacity: Vec<CapacityCharge>,
    pub(super) fixed: Vec<FixedCharge>,
    /// Which charge of `[two_part]` is among them.
    pub(super) chosen: Option<TwoPart>,
}

impl PriceMaker<'_> {
    /// Reads `[[demand]]`, `[[capacity]]`, `[two_part]` and `[[fixed]]`.
    pub(super) fn charges(&self, root: &Table, customer: &Customer) -> Charges {
        let mut charges = Charges::default();
        for table in root.tables("demand") {
            charges.demand.extend(self.demand(&table, customer, "demand"));
        }
        for table in root.tables("capacity") {
            charges.capacity.extend(self.capacity(&table, customer, "capacity"));
        }
        if let Some(table) = root.get("two_part").and_then(|value| value.table()) {
            self.two_part(&table, customer, &mut charges);
        }
        let names = charges.demand.iter().map(|charge| charge.name.as_str());
        if let Some(twice) =
            names.clone().enumerate().find(|(i, name)| names.clone().take(*i).any(|other| other == *name))
        {
            root.refuse(|_| {
                Problem::new("demand", "names two charges alike")
                    .value(format!("\"{}\"", twice.1))
                    .hint("bill lines are told apart by name")
            });
        }
        for table in root.tables("fixed") {
            charges.fixed.extend(self.fixed(&table));
        }
        charges
    }

    /// Reads `[two_part]`: a charge on capacity or on demand, of which the customer chooses one. Both are checked.
    fn two_part(&self, table: &Table, customer: &Customer, charges: &mut Charges) {
        const CHOICES: [(&str, TwoPart); 2] = [("capacity", TwoPart::Capacity), ("demand", TwoPart::Demand)];
        let in_file = table.get("choose").map(|value| value.choice(&CHOICES));
        let chosen = customer.choose.or(in_file.flatten());
        if chosen.is_none() && in_file.is_none() {
            table.refuse(|path| {
                Problem::new(format!("{path}.choose"), "is missing").allowed("\"capacity\" or \"demand\"")
            });
        }
        let part = |name: &str| table.require(name).and_then(|value| value.table());
        let on_demand = part("demand").and_then(|part| self.demand(&part, customer, "demand"));
        let on_capacity = part("capacity").and_then(|part| {
            // A site on the demand price need not say its capacity.
            let spared =
                chosen != Some(TwoPart::Capacity) && customer.capacity_kva.is_none() && !part.has("capacity_kva");
            let unbilled = Customer { capacity_kva: Some(0.0), ..customer.clone() };
            self.capacity(&part, if spared { &unbilled } else { customer }, "capacity")
        });
        table.finish();
        charges.chosen = chosen;
        match chosen {
            Some(TwoPart::Demand) => charges.demand.extend(on_demand),
            Some(TwoPart::Capacity) => charges.capacity.extend(on_capacity),
            None => {}
        }
    }

    fn capacity(&self, table: &Table, customer: &Customer, name: &str) -> Option<CapacityCharge> {
        let name = table.get("name").map_or_else(|| Some(name.to_owned()), |value| value.text());
        let price = table.require("price_per_kva").and_then(|value| value.number(0.0, PRICE_MAX));
        let capacity =
            customers(table, "capacity_kva", customer.capacity_kva, "the site's transformer in the scenario");
        table.finish();
        Some(CapacityCharge { name: name?, price_per_kva: price?, capacity_kva: capacity? })
    }

    /// Reads a fixed charge per month or per day; a day's price is billed for the days of each month.
    fn fixed(&self, table: &Table) -> Option<FixedCharge> {
        let name = table.get("name").map_or_else(|| Some("fixed".to_owned()), |value| value.text());
        let price = |value: Value| value.number(0.0, PRICE_MAX);
        let per_month = match (table.get("price_per_month"), table.get("price_per_day")) {
            (None, Some(day)) => price(day).map(|price| self.month_days().iter().map(|days| days * price).collect()),
            (month, day) => {
                if let (Some(_), Some(day)) = (&month, day) {
                    day.refuse(|path| Problem::new(path, "stands beside price_per_month").hint("keep one of them"));
                }
                month.or_else(|| table.require("price_per_month")).and_then(price).map(|price| vec![price])
            }
        };
        table.finish();
        Some(FixedCharge { name: name?, price_per_month: per_month? })
    }

    /// Days of each billing month, the whole month also where the run covers a part.
    fn month_days(&self) -> Vec<f64> {
        let first_step = self.clock.calendar().month_steps().map(|steps| steps.start).collect::<Vec<_>>();
        first_step.iter().map(|step| f64::from(self.clock.local(*step).date().days_in_month())).collect()
    }
}

/// Reads the optional table `key`: `None` where it is wrong, `Some(None)` where it is absent.
pub(super) fn part<T>(table: &Table, key: &str, read: impl FnOnce(&Table) -> Option<T>) -> Option<Option<T>> {
    let Some(value) = table.get(key) else { return Some(None) };
    let inner = value.table()?;
    let found = read(&inner);
    inner.finish();
    found.map(Some)
}

/// A number that the customer brings, else the file.
pub(super) fn customers(table: &Table, key: &str, brought: Option<f64>, else_from: &str) -> Option<f64> {
    let in_file = table.get(key).map(|value| value.number(1e-3, 1e9));
    if brought.is_none() && in_file.is_none() {
        table.refuse(|path| {
            Problem::new(format!("{path}.{key}"), "is missing").hint(format!("give it here, or {else_from}"))
        });
    }
    brought.or(in_file.flatten())
}

pub(super) fn number(table: &Table, key: &str, default: Option<f64>, least: f64, most: f64) -> Option<f64> {
    match (table.get(key), default) {
        (None, Some(default)) => Some(default),
        (None, None) => table.require(key).and(None),
        (Some(value), _) => value.number(least, most),
    }
}

/// Reads `[power_factor]`: `levels`, each with `from` and `percent`.
pub(super) fn power_factor(root: &Table) -> Option<PowerFactorAdjustment> {
    let table = root.get("power_factor")?.table()?;
    let name = table.get("name").map_or_else(|| Some("power factor".to_owned()), |value| value.text());
    let rows = table.tables("levels");
    let mut levels = Vec::new();
    for row in &rows {
        let (from, percent) = (number(row, "from", None, 0.0, 1.0), number(row, "percent", None, -100.0, 1000.0));
        row.finish();
        levels.extend(from.zip(percent).map(|(from, percent)| PowerFactorLevel { from, percent }));
    }
    table.finish();
    let rising = levels.windows(2).all(|pair| pair[0].from < pair[1].from);
    if levels.len() == rows.len() && (!rising || levels.first().is_none_or(|level| level.from != 0.0)) {
        table.refuse(|path| Problem::new(format!("{path}.levels"), "must ascend from a power factor of 0"));
    }
    Some(PowerFactorAdjustment { name: name?, levels })
}
