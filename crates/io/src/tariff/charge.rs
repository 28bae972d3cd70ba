//! Charges beside the price per kWh: on peaks, on capacity, on time.

use microgrid_core::Problem;
use microgrid_core::utility::{
    CapacityCharge, DailyCharge, DemandCharge, FixedCharge, PowerFactorAdjustment, PowerFactorLevel,
};

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
    pub(super) daily: Vec<DailyCharge>,
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
            fixed(&table, &mut charges);
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
}

/// Reads `[[fixed]]`: a charge per month, or per civil day.
fn fixed(table: &Table, charges: &mut Charges) {
    let name = table.get("name").map_or_else(|| Some("fixed".to_owned()), |value| value.text());
    let price = |value: Value| value.number(0.0, PRICE_MAX);
    match (table.get("price_per_month"), table.get("price_per_day")) {
        (None, Some(day)) => {
            charges.daily.extend(name.zip(price(day)).map(|(name, price_per_day)| DailyCharge { name, price_per_day }))
        }
        (month, day) => {
            if let (Some(_), Some(day)) = (&month, day) {
                day.refuse(|path| Problem::new(path, "stands beside price_per_month").hint("keep one of them"));
            }
            let price = month.or_else(|| table.require("price_per_month")).and_then(price);
            let charge = |(name, price)| FixedCharge { name, price_per_month: vec![price] };
            charges.fixed.extend(name.zip(price).map(charge));
        }
    }
    table.finish();
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
