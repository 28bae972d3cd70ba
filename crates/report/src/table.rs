//! The terminal table: what each strategy did on one site, in energy, indicators, money, and whether the books close.

use microgrid_core::simulation::{
    BatteryHealth, BatteryTotals, DeviceTotals, GensetTotals, HybridTotals, Outcome, Role,
};

use crate::audit::Audit;
use crate::currency::minor_digits;
use crate::gap::gaps;
use crate::number::{count, decimals_for, grouped, scientific};
use crate::text_table::{Column, render, wrapped};
use crate::years::warranty_lines;

/// The outcomes of one scenario as text: a header, the tables of energy, indicators, money and gaps with a row for
/// each outcome, the audit and the notes, in lines of at most 120 characters. Strategies that did the very same have one
/// row, and a line that says so.
///
/// Savings are against the outcome of the strategy `idle` where there is one, else they are left out. An empty slice
/// is empty text.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let Some(first) = outcomes.first() else { return String::new() };
    let (rows, alike) = distinct(outcomes);
    let rows = &rows;
    let mut head = header(first);
    alike.iter().for_each(|line| head.push_str(&wrapped(line)));
    let mut sections = vec![head, energy(rows)];
    if rows.iter().any(|outcome| !outcome.gensets.is_empty()) {
        sections.push(gensets(rows));
    }
    if rows.iter().any(|outcome| outcome.batteries.iter().any(|battery| battery.health.is_some())) {
        sections.push(health(rows));
    }
    if rows.iter().any(|outcome| outcome.batteries.iter().any(|battery| battery.hybrid.is_some())) {
        sections.push(hybrids(rows));
    }
    sections.extend(devices(rows));
    sections.extend([indicators(rows), bill(rows), objective(rows)]);
    sections.extend(Some(gaps(rows)).filter(|gaps| !gaps.is_empty()));
    sections.push(audit(rows));
    let mut text = sections.join("\n");
    let notes = notes(outcomes);
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes);
    }
    text
}

/// The outcomes that differ, each the first of its kind, and a line `a, b = c` for those that are left out.
pub(crate) fn distinct(outcomes: &[Outcome]) -> (Vec<Outcome>, Vec<String>) {
    let mut kinds: Vec<(&Outcome, Vec<&str>)> = Vec::new();
    for outcome in outcomes {
        match kinds.iter_mut().find(|(first, _)| is_same_run(first, outcome)) {
            Some((_, others)) => others.push(&outcome.strategy),
            None => kinds.push((outcome, Vec::new())),
        }
    }
    let lines = kinds.iter().filter(|(_, others)| !others.is_empty());
    let lines = lines.map(|(first, others)| format!("{} = {}", others.join(", "), first.strategy)).collect();
    (kinds.iter().map(|(first, _)| (*first).clone()).collect(), lines)
}

/// Whether two strategies did the very same: all numbers are equal.
fn is_same_run(a: &Outcome, b: &Outcome) -> bool {
    let numbers = |outcome: &Outcome| Outcome {
        strategy: String::new(),
        foresight: String::new(),
        notes: Vec::new(),
        bound: None,
        gap: None,
        ..outcome.clone()
    };
    a.strategy != b.strategy && numbers(a) == numbers(b)
}

/// Scenario, period, step and currency in a line.
pub(crate) fn header(outcome: &Outcome) -> String {
    let period = match (outcome.months.first(), outcome.months.last()) {
        (Some(first), Some(last)) if first.month != last.month => format!("{} to {}, ", first.month, last.month),
        (Some(first), _) => format!("{}, ", first.month),
        _ => String::new(),
    };
    let hours = outcome.steps as f64 * f64::from(outcome.step_s) / 3600.0;
    format!(
        "{}: {period}{} steps of {} ({} h), money in {}\n",
        outcome.scenario,
        count(outcome.steps),
        step_length(outcome.step_s),
        grouped(hours, if hours.fract() == 0.0 { 0 } else { 2 }),
        outcome.money.currency,
    )
}

fn step_length(step_s: u32) -> String {
    match step_s {
        3600 => "1 h".into(),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

fn strategies(outcomes: &[Outcome]) -> Column {
    Column::names("strategy", outcomes.iter().map(|outcome| outcome.strategy.clone()))
}

/// A quantity of an outcome.
type Quantity = fn(&Outcome) -> f64;

/// All quantities of a table in one unit and with the same digits, so that they can be added by eye.
fn columns(
    outcomes: &[Outcome],
    quantities: &[(&'static str, &str, Quantity)],
    unit: &str,
    factor: f64,
    decimals: usize,
) -> Vec<Column> {
    quantities
        .iter()
        .map(|(group, head, quantity)| {
            Column::numbers(group, head, unit, outcomes.iter().map(|o| grouped(quantity(o) * factor, decimals)))
        })
        .collect()
}

fn any_nonzero(outcomes: &[Outcome], quantity: Quantity) -> bool {
    outcomes.iter().any(|outcome| quantity(outcome) != 0.0)
}

fn energy(outcomes: &[Outcome]) -> String {
    let mut quantities: Vec<(&'static str, &str, Quantity)> = vec![
        ("demand", "load", |o| o.energy.load_kwh),
        ("demand", "unserved", |o| o.energy.unserved_kwh),
        ("demand", "undelivered", |o| o.energy.undelivered_kwh),
        ("demand", "devices", |o| o.energy.device_use_kwh),
        ("generation", "available", |o| o.energy.generation_available_kwh),
        ("generation", "curtailed", |o| o.energy.curtailed_kwh),
        ("generation", "dumped", |o| o.energy.dumped_kwh),
        ("generation", "gensets", |o| o.energy.genset_kwh),
        ("generation", "devices", |o| o.energy.device_given_kwh),
        ("grid", "import", |o| o.energy.import_kwh),
        ("grid", "export", |o| o.energy.export_kwh),
        ("storage", "charge", |o| o.energy.charge_kwh),
        ("storage", "discharge", |o| o.energy.discharge_kwh),
        ("storage", "loss", |o| o.energy.storage_loss_kwh),
        ("storage", "change", |o| o.energy.stored_change_kwh),
    ];
    // Where nothing is dumped, made by gensets, used by devices or left undelivered, a column of zeros would only cost width.
    let rare = |head: &str| ["dumped", "gensets", "undelivered", "devices"].contains(&head);
    quantities.retain(|(_, head, quantity)| !rare(head) || any_nonzero(outcomes, *quantity));
    let all = || outcomes.iter().flat_map(|o| quantities.iter().map(|(_, _, quantity)| quantity(o)));
    let greatest_kwh = all().filter(|v| v.is_finite()).map(f64::abs).fold(0.0, f64::max);
    let (unit, factor) = if greatest_kwh >= 10_000.0 { ("MWh", 1e-3) } else { ("kWh", 1.0) };
    // One digit more than the size calls for: losses are small beside loads.
    let decimals = (decimals_for(all().map(|v| v * factor), 2) + 1).min(3);
    let mut table = vec![strategies(outcomes)];
    table.extend(columns(outcomes, &quantities, unit, factor, decimals));
    render(&table)
}

/// For each kind of other devices a table with a row for each of them of each outcome: its books as it declares them.
fn devices(outcomes: &[Outcome]) -> Vec<String> {
    let rows = || outcomes.iter().flat_map(|o| o.devices.iter().map(move |device| (o, device)));
    let currency = outcomes.first().map_or("", |outcome| &outcome.money.currency);
    let mut kinds: Vec<&'static str> = Vec::new();
    for (_, device) in rows() {
        if !kinds.contains(&device.kind) {
            kinds.push(device.kind);
        }
    }
    let table = |kind: &&'static str| {
        let of_kind = || rows().filter(|(_, device)| device.kind == *kind);
        let title = kind.rsplit('.').next().unwrap_or(kind).replace('_', " ");
        let mut table = vec![
            Column::names("strategy", of_kind().map(|(outcome, _)| outcome.strategy.clone())),
            Column::names(&title, of_kind().map(|(_, device)| device.name.clone())),
        ];
        let declared = of_kind().next().map_or(&[][..], |(_, device)| &device.entries);
        // What misses stands in the audit.
        for (i, entry) in declared.iter().enumerate().filter(|(_, entry)| entry.role != Role::Residual) {
            let values = || of_kind().map(|(_, device)| device.entries[i].value);
            // Counts have no unit, and no decimals either.
            let is_count = entry.unit.is_empty() && values().all(|value| value.fract() == 0.0);
            let digits = match entry.unit {
                _ if is_count => 0,
                "p.u." => 4, // A voltage: what matters of it comes after the second.
                _ => decimals_for(values(), 2),
            };
            let unit = entry.unit.replace("currency", currency);
            let suffix =
                ["_kwh_per_kg", "_per_kwh", "_kwh", "_kw", "_h", "_s", "_c", "_kg", "_bar", "_v", "_pu", "_percent"]
                    .into_iter()
                    .find_map(|suffix| entry.name.strip_suffix(suffix));
            let head = suffix.unwrap_or(entry.name).replace('_', " ");
            table.push(Column::numbers("", &head, &unit, values().map(|value| grouped(value, digits))));
        }
        render(&table)
    };
    kinds.iter().map(table).collect()
}

/// A row for each battery that ages of each outcome, and how it stands to its warranty.
fn health(outcomes: &[Outcome]) -> String {
    type Row<'a> = (&'a Outcome, &'a BatteryTotals, &'a BatteryHealth);
    let rows = || {
        outcomes.iter().flat_map(|outcome| -> Vec<Row<'_>> {
            outcome.batteries.iter().filter_map(|battery| Some((outcome, battery, battery.health.as_ref()?))).collect()
        })
    };
    type Of = fn(&BatteryHealth) -> f64;
    let number = |group: &'static str, head: &str, unit: &str, decimals: usize, of: Of| {
        Column::numbers(group, head, unit, rows().map(|(_, _, health)| grouped(of(health), decimals)))
    };
    let mut table = vec![
        Column::names("strategy", rows().map(|(outcome, ..)| outcome.strategy.clone())),
        Column::names("battery", rows().map(|(_, battery, _)| battery.name.clone())),
        number("capacity", "start", "%", 2, |health| health.start_capacity_percent),
        number("capacity", "end", "%", 2, |health| health.end_capacity_percent),
        number("cells", "resistance", "%", 1, |health| health.end_resistance_percent),
        number("cells", "age", "days", 0, |health| health.age_days),
        number("cells", "full cycles", "", 1, |health| health.full_cycles),
    ];
    if rows().any(|(.., health)| health.replacements + health.augmentations > 0) {
        table.push(number("new cells", "replaced", "", 0, |health| f64::from(health.replacements)));
        table.push(number("new cells", "augmented", "", 0, |health| f64::from(health.augmentations)));
        table.push(number("new cells", "capacity", "kWh", 1, |health| health.new_capacity_kwh));
        table.push(number("new cells", "cost", &outcomes[0].money.currency, 0, |health| health.replacement_cost));
    }
    let mut text = render(&table);
    for outcome in outcomes {
        for line in warranty_lines(&outcome.batteries) {
            text.push_str(&wrapped(&format!("{}: {line}", outcome.strategy)));
        }
    }
    text
}

/// A row for each battery behind a solar plant's inverter of each outcome.
fn hybrids(outcomes: &[Outcome]) -> String {
    type Row<'a> = (&'a Outcome, &'a BatteryTotals, &'a HybridTotals);
    let rows = || {
        outcomes.iter().flat_map(|outcome| -> Vec<Row<'_>> {
            outcome.batteries.iter().filter_map(|battery| Some((outcome, battery, battery.hybrid.as_ref()?))).collect()
        })
    };
    let number = |group: &'static str, head: &str, of: fn(&HybridTotals) -> f64| {
        let decimals = decimals_for(rows().map(|(.., hybrid)| of(hybrid)), 1);
        Column::numbers(group, head, "kWh", rows().map(|(.., hybrid)| grouped(of(hybrid), decimals)))
    };
    render(&[
        Column::names("strategy", rows().map(|(outcome, ..)| outcome.strategy.clone())),
        Column::names("battery", rows().map(|(_, battery, _)| battery.name.clone())),
        number("clipped", "in all", |hybrid| hybrid.clipped_kwh),
        number("clipped", "stored", |hybrid| hybrid.clipped_stored_kwh),
        number("inverter loss", "spared", |hybrid| hybrid.spared_loss_kwh),
        number("inverter loss", "of storage", |hybrid| hybrid.inverter_loss_kwh),
    ])
}

/// A row for each genset of each outcome.
fn gensets(outcomes: &[Outcome]) -> String {
    let rows = || outcomes.iter().flat_map(|o| o.gensets.iter().map(move |genset| (o, genset)));
    let decimals = |of: fn(&GensetTotals) -> f64| decimals_for(rows().map(|(_, genset)| of(genset)), 1);
    let number = |head: &str, unit: &str, of: fn(&GensetTotals) -> f64| {
        let digits = decimals(of);
        Column::numbers("genset", head, unit, rows().map(|(_, genset)| grouped(of(genset), digits)))
    };
    let fuel = decimals(|genset| genset.fuel);
    let mut table = vec![
        Column::names("strategy", rows().map(|(outcome, _)| outcome.strategy.clone())),
        Column::names("genset", rows().map(|(_, genset)| genset.name.clone())),
        number("generation", "kWh", |genset| genset.generation_kwh),
        number("running", "h", |genset| genset.running_h),
        Column::numbers("genset", "starts", "", rows().map(|(_, genset)| count(genset.starts as usize))),
        Column::numbers(
            "genset",
            "fuel",
            "",
            rows().map(|(_, g)| format!("{} {}", grouped(g.fuel, fuel), g.fuel_unit)),
        ),
        number("carbon", "kg CO₂", |genset| genset.carbon_kg),
    ];
    if rows().any(|(_, genset)| genset.second_fuel.is_some()) {
        let second = |genset: &GensetTotals| {
            genset.second_fuel.map_or_else(String::new, |(amount, unit)| format!("{} {unit}", grouped(amount, 1)))
        };
        table.push(Column::numbers("genset", "second fuel", "", rows().map(|(_, genset)| second(genset))));
    }
    if rows().any(|(_, genset)| genset.running_cost > 0.0) {
        table.push(number("running", &outcomes[0].money.currency, |genset| genset.running_cost));
    }
    if rows().any(|(_, genset)| genset.life_used_percent > 0.0) {
        table.push(number("life used", "%", |genset| genset.life_used_percent));
    }
    if rows().any(|(_, genset)| genset.heat.is_some()) {
        table.push(number("heat used", "kWh", |genset| genset.heat.map_or(0.0, |heat| heat.used_kwh)));
        table.push(number("heat lost", "kWh", |genset| genset.heat.map_or(0.0, |heat| heat.lost_kwh)));
    }
    render(&table)
}

fn indicators(outcomes: &[Outcome]) -> String {
    let optional = |value: Option<f64>, decimals| value.map_or_else(|| "–".into(), |v| grouped(v, decimals));
    let of = |value: fn(&Outcome) -> Option<f64>, most: usize| {
        let decimals = decimals_for(outcomes.iter().filter_map(value), most);
        outcomes.iter().map(move |o| optional(value(o), decimals)).collect::<Vec<_>>()
    };
    let percent = |head, value: fn(&Outcome) -> Option<f64>| {
        Column::numbers("", head, "%", outcomes.iter().map(|o| optional(value(o), 1)))
    };
    let mut table = vec![
        strategies(outcomes),
        Column::numbers("", "peak import", "kW", of(|o| Some(o.indicators.peak_import_kw), 2)),
    ];
    table.push(percent("self-consumption", |o| o.indicators.self_consumption_percent));
    table.push(percent("self-sufficiency", |o| o.indicators.self_sufficiency_percent));
    // Without gensets and export it is the self-sufficiency.
    if outcomes.iter().any(|o| o.indicators.renewable_share_percent != o.indicators.self_sufficiency_percent) {
        table.push(percent("renewable", |o| o.indicators.renewable_share_percent));
    }
    if any_nonzero(outcomes, |o| o.energy.unserved_kwh) {
        table.push(Column::numbers("load shed", "time", "h", of(|o| o.indicators.shed_h, 2)));
        table.push(Column::numbers("load shed", "greatest", "kW", of(|o| o.indicators.shed_max_kw, 2)));
    }
    let cycles = outcomes.iter().map(|o| optional(o.indicators.equivalent_full_cycles, 1));
    table.push(Column::numbers("", "full cycles", "", cycles));
    table.push(Column::numbers("", "carbon", "t CO₂", of(|o| Some(o.carbon_kg / 1e3), 3)));
    table.push(Column::names("foresight", outcomes.iter().map(|o| o.foresight.clone())));
    render(&table)
}

/// Digits of money: the currency's own, except where they would be lost beside hundreds of thousands.
pub(crate) fn money_decimals(outcomes: &[Outcome]) -> usize {
    let totals = outcomes.iter().flat_map(|o| [o.money.bill_total, o.money.objective]);
    let digits = outcomes.first().map_or(2, |outcome| minor_digits(&outcome.money.currency));
    if totals.map(f64::abs).fold(0.0, f64::max) >= 100_000.0 { 0 } else { digits }
}

fn bill(outcomes: &[Outcome]) -> String {
    let mut quantities: Vec<(&'static str, &str, Quantity)> = vec![
        ("bill", "energy", |o| o.money.energy_charge),
        ("bill", "+ demand", |o| o.money.demand_charge),
        ("bill", "+ capacity", |o| o.money.capacity_charge),
        ("bill", "+ fixed", |o| o.money.fixed_charge),
        ("bill", "+ adjustment", |o| o.money.adjustment),
        ("bill", "- export revenue", |o| o.money.export_revenue),
        ("bill", "= bill", |o| o.money.bill_total),
    ];
    quantities.retain(|(_, head, quantity)| *head != "+ adjustment" || any_nonzero(outcomes, *quantity));
    let mut table = vec![strategies(outcomes)];
    table.extend(columns(outcomes, &quantities, &outcomes[0].money.currency, 1.0, money_decimals(outcomes)));
    render(&table)
}

/// The sum over all devices of an entry of their books.
fn of_devices(outcome: &Outcome, entry: &str) -> f64 {
    outcome.devices.iter().filter_map(|device| device.get(entry)).sum()
}

fn lost_swap_cost(outcome: &Outcome) -> f64 {
    of_devices(outcome, "lost_swap_cost")
}

fn car_wear_cost(outcome: &Outcome) -> f64 {
    of_devices(outcome, "car_wear_cost")
}

/// Device by device, so that nothing is left but what is.
fn other_device_cost(outcome: &Outcome) -> f64 {
    let shown = |device: &DeviceTotals| {
        ["lost_swap_cost", "car_wear_cost"].into_iter().filter_map(|entry| device.get(entry)).sum::<f64>()
    };
    outcome.devices.iter().map(|device| device.cost() - shown(device)).sum()
}

fn objective(outcomes: &[Outcome]) -> String {
    let mut quantities: Vec<(&'static str, &str, Quantity)> = vec![
        ("objective", "bill", |o| o.money.bill_total),
        ("objective", "+ fuel", |o| o.money.fuel_cost),
        ("objective", "+ starts", |o| o.money.start_cost),
        ("objective", "+ wear", |o| o.money.wear_cost),
        ("objective", "+ unserved", |o| o.money.unserved_cost),
        ("objective", "+ undelivered", |o| o.money.undelivered_cost),
        ("objective", "+ lost swaps", lost_swap_cost),
        ("objective", "+ car wear", car_wear_cost),
        ("objective", "+ devices", other_device_cost),
        ("objective", "- device revenue", |o| o.money.device_revenue),
        ("objective", "+ carbon", |o| o.money.carbon_cost),
        ("objective", "- stored credit", |o| o.money.stored_credit),
        ("objective", "= objective", |o| o.money.objective),
    ];
    const RARE: [&str; 7] =
        ["+ fuel", "+ starts", "+ undelivered", "+ lost swaps", "+ car wear", "+ devices", "- device revenue"];
    let rare = |head: &str| RARE.contains(&head);
    quantities.retain(|(_, head, quantity)| !rare(head) || any_nonzero(outcomes, *quantity));
    let (currency, decimals) = (&outcomes[0].money.currency, money_decimals(outcomes));
    let mut table = vec![strategies(outcomes)];
    table.extend(columns(outcomes, &quantities, currency, 1.0, decimals));
    if let Some(idle) = outcomes.iter().find(|outcome| outcome.strategy == "idle") {
        let reference = idle.money.objective;
        let saving = |outcome: &Outcome| reference - outcome.money.objective;
        let percent = |outcome: &Outcome| match reference {
            0.0 => "–".into(),
            _ => grouped(100.0 * saving(outcome) / reference.abs(), 2),
        };
        let group = "saving against idle";
        table.push(Column::numbers(group, "saving", currency, outcomes.iter().map(|o| grouped(saving(o), decimals))));
        table.push(Column::numbers(group, "saving", "%", outcomes.iter().map(percent)));
    }
    render(&table)
}

fn audit(outcomes: &[Outcome]) -> String {
    let audits: Vec<Audit> = outcomes.iter().map(Audit::of).collect();
    let number = |group, head: &str, unit: &str, of: fn(&Audit) -> f64| {
        Column::numbers(group, head, unit, audits.iter().map(|audit| scientific(of(audit))))
    };
    let currency = &outcomes[0].money.currency;
    let component = audits.iter().map(|audit| audit.worst_component.clone());
    let table = render(&[
        Column::names("audit", outcomes.iter().map(|outcome| outcome.strategy.clone())),
        number("energy that is missing", "residual", "kWh", |audit| audit.residual_kwh),
        number("energy that is missing", "of throughput", "", |audit| audit.residual_share),
        Column::numbers("energy that is missing", "worst component", "", component),
        number("money that is missing", "residual", currency, |audit| audit.money_residual),
        number("money that is missing", "of turnover", "", |audit| audit.money_residual_share),
        Column::names("books", audits.iter().map(|audit| audit.books().into())),
    ]);
    let faults = outcomes.iter().zip(&audits).filter_map(|(outcome, audit)| {
        let fault = audit.fault()?;
        Some(wrapped(&format!("{}: {fault}", outcome.strategy)))
    });
    table + &faults.collect::<String>()
}

/// Each note once, with the strategies it belongs to where it does not belong to all.
fn notes(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for note in outcomes.iter().flat_map(|outcome| &outcome.notes) {
        if seen.contains(&note.as_str()) {
            continue;
        }
        seen.push(note);
        let holders: Vec<&str> =
            outcomes.iter().filter(|o| o.notes.contains(note)).map(|o| o.strategy.as_str()).collect();
        let whose = if holders.len() == outcomes.len() { String::new() } else { format!(" ({})", holders.join(", ")) };
        text.push_str(&wrapped(&format!("note{whose}: {note}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use microgrid_core::dispatch::{Device, RequestFault};
    use microgrid_core::simulation::Status;

    use super::*;
    use crate::fixture;
    use crate::text_table::WIDTH;

    #[test]
    fn the_table_of_all_strategies() {
        let text = table(&fixture::industrial_park());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        fixture::assert_golden("table_all.txt", &text);
    }

    /// All columns that there are, in their longest form, stay within the width.
    #[test]
    fn rare_columns_and_long_notes_stay_within_the_width() {
        let mut outcomes = fixture::industrial_park();
        for outcome in &mut outcomes {
            outcome.energy.dumped_kwh = 1_234_567.0;
            outcome.energy.genset_kwh = 7_654_321.0;
            outcome.energy.undelivered_kwh = 55_555.5;
            outcome.energy.unserved_kwh = 44_444.4;
            outcome.indicators.renewable_share_percent = Some(33.3);
            (outcome.indicators.shed_h, outcome.indicators.shed_max_kw) = (Some(123.25), Some(4_321.5));
            outcome.money.adjustment = -123_456.0;
            outcome.money.fuel_cost = 1_234_567.0;
            outcome.money.start_cost = 12_345.0;
            outcome.money.undelivered_cost = 12_345.0;
            outcome.status = Status::Fault { step: 17, request: RequestFault::NotFinite(Device::Battery(0)) };
            outcome.notes.push("a long note ".repeat(20));
        }
        let text = table(&outcomes);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        for text_of in ["dumped", "gensets", "renewable", "greatest", "+ fuel", "FAULT: at step 17"] {
            assert!(text.contains(text_of), "{text_of} in\n{text}");
        }
    }

    #[test]
    fn strategies_that_did_the_same_share_a_row() {
        let mut outcomes = fixture::industrial_park();
        let mut twin = outcomes[1].clone();
        (twin.strategy, twin.foresight) = ("load_following".into(), "tariff".into());
        outcomes.push(twin);
        let text = table(&outcomes);
        assert!(text.contains("\nload_following = self_consumption\n"), "{text}");
        assert_eq!(text.matches("\nload_following ").count(), 1, "{text}");
        // A bit of a difference is a difference.
        outcomes[4].energy.import_kwh = f64::from_bits(outcomes[4].energy.import_kwh.to_bits() + 1);
        assert!(!table(&outcomes).contains("load_following ="));
    }

    #[test]
    fn money_has_the_digits_of_its_currency() {
        let mut outcomes = fixture::industrial_park();
        outcomes.truncate(1);
        (outcomes[0].money.bill_total, outcomes[0].money.objective) = (99.0, 99.0);
        for (currency, digits) in [("USD", 2), ("JPY", 0), ("KWD", 3)] {
            outcomes[0].money.currency = currency.into();
            assert_eq!(money_decimals(&outcomes), digits);
        }
    }

    #[test]
    fn a_single_small_run_without_storage_or_generation() {
        let mut outcome = fixture::industrial_park().remove(1);
        outcome.scenario = "minimal".into();
        outcome.step_s = 3600;
        outcome.months.truncate(1);
        outcome.notes.clear();
        for value in [
            &mut outcome.energy.load_kwh,
            &mut outcome.energy.import_kwh,
            &mut outcome.energy.export_kwh,
            &mut outcome.energy.charge_kwh,
            &mut outcome.energy.discharge_kwh,
            &mut outcome.energy.storage_loss_kwh,
            &mut outcome.energy.stored_change_kwh,
            &mut outcome.energy.generation_available_kwh,
        ] {
            *value /= 10_000.0;
        }
        outcome.energy.dumped_kwh = 0.0003;
        outcome.indicators.self_consumption_percent = None;
        outcome.indicators.equivalent_full_cycles = None;
        fixture::assert_golden("table_single.txt", &table(&[outcome]));
    }

    #[test]
    fn a_note_of_some_strategies_names_them() {
        let mut outcomes = fixture::industrial_park();
        outcomes[2].notes.push("only here".into());
        let text = table(&outcomes);
        assert!(text.contains("note (time_of_use): only here\n"));
        assert_eq!(text.matches("the 15 min window").count(), 1);
    }

    #[test]
    fn no_outcome_is_no_text() {
        assert_eq!(table(&[]), "");
    }
}
