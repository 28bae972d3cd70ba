//! The columns of a result: who the scenario is, what was drawn for it, and every number of its outcome.

use microgrid_core::Outcome;
use microgrid_sweep::Input;

use crate::invoice::invoice_total;

/// The unit of money in the scenario's currency.
pub(crate) const CURRENCY: &str = "currency";

/// A number of an outcome: the one list that files, aggregates and plots take their columns from.
#[derive(Debug, Clone, Copy)]
pub struct NumberColumn {
    /// Name in files, its unit last.
    pub name: &'static str,
    /// Unit as people write it: `kWh`, `kW`, `%`; `currency` for money, empty for counts.
    pub unit: &'static str,
    pub(crate) of: fn(&Outcome) -> Option<f64>,
}

impl NumberColumn {
    /// The number of an outcome; `None` where it has none, such as full cycles without storage. Zero has no sign.
    #[must_use]
    pub fn of(&self, outcome: &Outcome) -> Option<f64> {
        (self.of)(outcome).map(|number| number + 0.0)
    }
}

/// Every number of an outcome, in the order of files.
#[must_use]
pub fn number_columns() -> &'static [NumberColumn] {
    &NUMBERS
}

const fn column(name: &'static str, unit: &'static str, of: fn(&Outcome) -> Option<f64>) -> NumberColumn {
    NumberColumn { name, unit, of }
}

const fn money(name: &'static str, of: fn(&Outcome) -> Option<f64>) -> NumberColumn {
    column(name, CURRENCY, of)
}

/// The fuel of all gensets that burn it in `unit`.
fn fuel(outcome: &Outcome, unit: &str) -> Option<f64> {
    let mut burnt = outcome.gensets.iter().filter(|genset| genset.fuel_unit == unit).map(|genset| genset.fuel);
    burnt.next().map(|first| burnt.fold(first, |sum, fuel| sum + fuel))
}

/// Mean capacity left of the batteries that age; `None` where none does.
fn capacity_end_percent(outcome: &Outcome) -> Option<f64> {
    let aged = || outcome.batteries.iter().filter_map(|battery| battery.health.as_ref());
    let count = aged().count() as f64;
    (count > 0.0).then(|| aged().fold(0.0, |sum, health| sum + health.end_capacity_percent) / count)
}

pub(crate) const COUNT: usize = 61;

pub(crate) const NUMBERS: [NumberColumn; COUNT] = [
    column("fault_step", "", |o| o.status.fault_step().map(f64::from)),
    column("steps", "", |o| Some(o.steps as f64)),
    column("step_s", "s", |o| Some(f64::from(o.step_s))),
    column("load_kwh", "kWh", |o| Some(o.energy.load_kwh)),
    column("generation_available_kwh", "kWh", |o| Some(o.energy.generation_available_kwh)),
    column("curtailed_kwh", "kWh", |o| Some(o.energy.curtailed_kwh)),
    column("dumped_kwh", "kWh", |o| Some(o.energy.dumped_kwh)),
    column("genset_kwh", "kWh", |o| Some(o.energy.genset_kwh)),
    column("device_use_kwh", "kWh", |o| Some(o.energy.device_use_kwh)),
    column("device_given_kwh", "kWh", |o| Some(o.energy.device_given_kwh)),
    column("import_kwh", "kWh", |o| Some(o.energy.import_kwh)),
    column("export_kwh", "kWh", |o| Some(o.energy.export_kwh)),
    column("charge_kwh", "kWh", |o| Some(o.energy.charge_kwh)),
    column("discharge_kwh", "kWh", |o| Some(o.energy.discharge_kwh)),
    column("storage_loss_kwh", "kWh", |o| Some(o.energy.storage_loss_kwh)),
    column("unserved_kwh", "kWh", |o| Some(o.energy.unserved_kwh)),
    column("unserved_critical_kwh", "kWh", |o| Some(o.energy.unserved_by_tier_kwh[0])),
    column("unserved_normal_kwh", "kWh", |o| Some(o.energy.unserved_by_tier_kwh[1])),
    column("unserved_sheddable_kwh", "kWh", |o| Some(o.energy.unserved_by_tier_kwh[2])),
    column("undelivered_kwh", "kWh", |o| Some(o.energy.undelivered_kwh)),
    column("stored_change_kwh", "kWh", |o| Some(o.energy.stored_change_kwh)),
    column("residual_kwh", "kWh", |o| Some(o.energy.residual_kwh)),
    column("peak_import_kw", "kW", |o| Some(o.indicators.peak_import_kw)),
    column("self_consumption_percent", "%", |o| o.indicators.self_consumption_percent),
    column("self_sufficiency_percent", "%", |o| o.indicators.self_sufficiency_percent),
    column("renewable_share_percent", "%", |o| o.indicators.renewable_share_percent),
    column("equivalent_full_cycles", "", |o| o.indicators.equivalent_full_cycles),
    column("genset_running_h", "h", |o| {
        (!o.gensets.is_empty()).then(|| o.gensets.iter().fold(0.0, |sum, genset| sum + genset.running_h))
    }),
    column("genset_starts", "", |o| {
        (!o.gensets.is_empty()).then(|| o.gensets.iter().fold(0.0, |sum, genset| sum + f64::from(genset.starts)))
    }),
    column("fuel_l", "L", |o| fuel(o, "L")),
    column("fuel_kg", "kg", |o| fuel(o, "kg")),
    column("fuel_m3", "m³", |o| fuel(o, "m3")),
    column("carbon_kg", "kg", |o| Some(o.carbon_kg)),
    money("energy_charge", |o| Some(o.money.energy_charge)),
    money("demand_charge", |o| Some(o.money.demand_charge)),
    money("capacity_charge", |o| Some(o.money.capacity_charge)),
    money("fixed_charge", |o| Some(o.money.fixed_charge)),
    money("adjustment", |o| Some(o.money.adjustment)),
    money("export_revenue", |o| Some(o.money.export_revenue)),
    money("bill_total", |o| Some(o.money.bill_total)),
    money("invoice_total", |o| Some(invoice_total(o))),
    money("fuel_cost", |o| Some(o.money.fuel_cost)),
    money("start_cost", |o| Some(o.money.start_cost)),
    money("wear_cost", |o| Some(o.money.wear_cost)),
    money("unserved_cost", |o| Some(o.money.unserved_cost)),
    money("undelivered_cost", |o| Some(o.money.undelivered_cost)),
    money("device_cost", |o| Some(o.money.device_cost)),
    money("device_revenue", |o| Some(o.money.device_revenue)),
    money("carbon_cost", |o| Some(o.money.carbon_cost)),
    money("stored_credit", |o| Some(o.money.stored_credit)),
    column("stored_value_per_kwh", "currency/kWh", |o| Some(o.money.stored_value_per_kwh)),
    money("objective", |o| Some(o.money.objective)),
    money("bound_objective", |o| o.bound.as_ref().and_then(|bound| bound.objective)),
    money("idle_objective", |o| o.bound.as_ref().map(|bound| bound.idle_objective)),
    money("optimal_objective", |o| o.bound.as_ref().and_then(|bound| bound.optimal_objective)),
    money("standing_charges", |o| o.bound.as_ref().map(|bound| bound.standing_charges)),
    money("gap", |o| o.gap.as_ref().map(|gap| gap.gap)),
    column("gap_percent", "%", |o| o.gap.as_ref().and_then(|gap| gap.percent)),
    column("captured_percent", "%", |o| o.gap.as_ref().and_then(|gap| gap.captured_percent)),
    column("capacity_end_percent", "%", capacity_end_percent),
    money("replacement_cost", |o| {
        let aged = || o.batteries.iter().filter_map(|battery| battery.health.as_ref());
        (aged().count() > 0).then(|| aged().fold(0.0, |sum, health| sum + health.replacement_cost))
    }),
];

pub(crate) const TEXT_COUNT: usize = 4;

/// A text of an outcome: its column's name, and where it stands.
type TextColumn = (&'static str, fn(&Outcome) -> &str);

pub(crate) const TEXTS: [TextColumn; TEXT_COUNT] = [
    ("scenario", |o| &o.scenario),
    ("strategy", |o| &o.strategy),
    ("currency", |o| &o.money.currency),
    ("bound_kind", |o| o.bound.as_ref().map_or("", |bound| bound.kind.name())),
];

/// The place of a column that there is, known when this is compiled.
pub(crate) const fn place_of(name: &str) -> usize {
    let mut place = 0;
    while place < COUNT {
        if are_same(NUMBERS[place].name.as_bytes(), name.as_bytes()) {
            return place;
        }
        place += 1;
    }
    panic!("no such column")
}

const fn are_same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// Place of the number `name` in [`number_columns`].
pub(crate) fn number_index(name: &str) -> Option<usize> {
    NUMBERS.iter().position(|column| column.name == name)
}

/// What a column of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Whole numbers, at least 0; empty where there is none.
    Count,
    /// Numbers, empty where there is none.
    Number,
    /// Texts, empty where there is none.
    Text,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, unit last.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// The columns of one sweep's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumns {
    pub(crate) inputs: Vec<Input>,
    pub(crate) independent: bool,
}

impl ResultColumns {
    /// Columns of a sweep that sets `inputs`. `independent` says whether its samples are independent of each other, as
    /// Monte Carlo's are; else only replicates are, and the files number them.
    #[must_use]
    pub fn new(inputs: &[Input], independent: bool) -> Self {
        Self { inputs: inputs.to_vec(), independent }
    }

    /// The fields that the sweep sets.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Whether samples are independent of each other; else only replicates are.
    #[must_use]
    pub fn samples_are_independent(&self) -> bool {
        self.independent
    }

    /// All columns, in the order of files.
    #[must_use]
    pub fn list(&self) -> Vec<Column> {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let place = ["index", "sample", "replicate", "point"].map(|name| column(name, ColumnKind::Count));
        let texts = ["status", "message"].into_iter().chain(TEXTS.map(|(name, _)| name));
        let mut after: Vec<Column> = texts.map(|name| column(name, ColumnKind::Text)).collect();
        after.extend(NUMBERS.map(|number| column(number.name, ColumnKind::Number)));
        let inputs = self.inputs.iter().map(|input| {
            let kind = if input.is_number { ColumnKind::Number } else { ColumnKind::Text };
            let taken = place.iter().chain(&after).any(|column| column.name == input.field);
            Column { name: if taken { format!("input.{}", input.field) } else { input.field.clone() }, kind }
        });
        place.iter().cloned().chain(inputs).chain(after.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use microgrid_core::simulation::{Energy, Money};

    use super::*;

    /// It catches an entry of the books that results leave out, or show in another unit or number.
    #[test]
    fn every_entry_of_the_books_has_its_column() {
        let outcomes = crate::fixture::industrial_park();
        let energy = Energy::ENTRIES.iter().map(|entry| (entry.name, entry.unit));
        let money = Money::ENTRIES.iter().map(|entry| (entry.name, entry.unit));
        for (name, unit) in energy.chain(money) {
            let column = number_index(name).map(|i| NUMBERS[i]).unwrap_or_else(|| panic!("{name} has no column"));
            assert_eq!(column.unit, unit, "{name}");
            for outcome in &outcomes {
                let of_energy = Energy::ENTRIES.iter().find(|e| e.name == name).map(|e| e.of(&outcome.energy));
                let of_money = Money::ENTRIES.iter().find(|e| e.name == name).map(|e| e.of(&outcome.money));
                assert_eq!(column.of(outcome), of_energy.or(of_money), "{name}");
            }
        }
    }
}
