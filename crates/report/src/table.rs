//! The terminal table: what each strategy did on one site, in energy, indicators, money, and whether the books close.

use microgrid_core::simulation::{GensetTotals, Outcome};

use crate::audit::Audit;
use crate::number::{count, decimals_for, grouped};
use crate::text_table::{Column, render};

/// The outcomes of one scenario as text: a header, the tables of energy, indicators and money with a row for each
/// outcome, the audit and the notes. At most about 140 columns wide.
///
/// Savings are against the outcome of the strategy `idle` where there is one, else they are left out. An empty slice
/// is empty text.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let Some(first) = outcomes.first() else { return String::new() };
    let mut sections = vec![header(first), energy(outcomes)];
    if outcomes.iter().any(|outcome| !outcome.gensets.is_empty()) {
        sections.push(gensets(outcomes));
    }
    sections.extend([indicators(outcomes), bill(outcomes), objective(outcomes), audit(outcomes)]);
    let mut text = sections.join("\n");
    let notes = notes(outcomes);
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes);
    }
    text
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
        ("generation", "available", |o| o.energy.pv_available_kwh),
        ("generation", "curtailed", |o| o.energy.curtailed_kwh),
        ("generation", "dumped", |o| o.energy.dumped_kwh),
        ("generation", "gensets", |o| o.energy.genset_kwh),
        ("grid", "import", |o| o.energy.import_kwh),
        ("grid", "export", |o| o.energy.export_kwh),
        ("storage", "charge", |o| o.energy.charge_kwh),
        ("storage", "discharge", |o| o.energy.discharge_kwh),
        ("storage", "loss", |o| o.energy.storage_loss_kwh),
        ("storage", "change", |o| o.energy.stored_change_kwh),
    ];
    // Dumps and gensets are rare; a column of zeros would only cost width.
    quantities.retain(|(_, head, quantity)| !["dumped", "gensets"].contains(head) || any_nonzero(outcomes, *quantity));
    let all = || outcomes.iter().flat_map(|o| quantities.iter().map(|(_, _, quantity)| quantity(o)));
    let greatest_kwh = all().filter(|v| v.is_finite()).map(f64::abs).fold(0.0, f64::max);
    let (unit, factor) = if greatest_kwh >= 10_000.0 { ("MWh", 1e-3) } else { ("kWh", 1.0) };
    // One digit more than the size calls for: losses are small beside loads.
    let decimals = (decimals_for(all().map(|v| v * factor), 2) + 1).min(3);
    let mut table = vec![strategies(outcomes)];
    table.extend(columns(outcomes, &quantities, unit, factor, decimals));
    render(&table)
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
    render(&[
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
    ])
}

fn indicators(outcomes: &[Outcome]) -> String {
    let optional = |value: Option<f64>, decimals| value.map_or_else(|| "–".into(), |v| grouped(v, decimals));
    let peak_decimals = decimals_for(outcomes.iter().map(|o| o.indicators.peak_import_kw), 2);
    let carbon_decimals = decimals_for(outcomes.iter().map(|o| o.carbon_kg / 1e3), 3);
    render(&[
        strategies(outcomes),
        Column::numbers(
            "",
            "peak import",
            "kW",
            outcomes.iter().map(|o| grouped(o.indicators.peak_import_kw, peak_decimals)),
        ),
        Column::numbers(
            "",
            "self-consumption",
            "%",
            outcomes.iter().map(|o| optional(o.indicators.self_consumption_percent, 1)),
        ),
        Column::numbers(
            "",
            "self-sufficiency",
            "%",
            outcomes.iter().map(|o| optional(o.indicators.self_sufficiency_percent, 1)),
        ),
        Column::numbers(
            "",
            "full cycles",
            "",
            outcomes.iter().map(|o| optional(o.indicators.equivalent_full_cycles, 1)),
        ),
        Column::numbers("", "carbon", "t CO₂", outcomes.iter().map(|o| grouped(o.carbon_kg / 1e3, carbon_decimals))),
        Column::names("foresight", outcomes.iter().map(|o| o.foresight.clone())),
    ])
}

/// Digits of money: cents, except where they would be lost beside hundreds of thousands.
fn money_decimals(outcomes: &[Outcome]) -> usize {
    let totals = outcomes.iter().flat_map(|o| [o.money.bill_total, o.money.objective]);
    if totals.map(f64::abs).fold(0.0, f64::max) >= 100_000.0 { 0 } else { 2 }
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

fn objective(outcomes: &[Outcome]) -> String {
    let mut quantities: Vec<(&'static str, &str, Quantity)> = vec![
        ("objective", "bill", |o| o.money.bill_total),
        ("objective", "+ fuel", |o| o.money.fuel_cost),
        ("objective", "+ starts", |o| o.money.start_cost),
        ("objective", "+ wear", |o| o.money.wear_cost),
        ("objective", "+ unserved", |o| o.money.unserved_cost),
        ("objective", "+ carbon", |o| o.money.carbon_cost),
        ("objective", "- stored credit", |o| o.money.stored_credit),
        ("objective", "= objective", |o| o.money.objective),
    ];
    let of_gensets = |head: &str| ["+ fuel", "+ starts"].contains(&head);
    quantities.retain(|(_, head, quantity)| !of_gensets(head) || any_nonzero(outcomes, *quantity));
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
    render(&[
        Column::names("audit", outcomes.iter().map(|outcome| outcome.strategy.clone())),
        Column::names("", outcomes.iter().map(|outcome| Audit::of(outcome).line(&outcome.money.currency))),
    ])
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
        text.push_str(&format!("note{whose}: {note}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_table_of_all_strategies() {
        let text = table(&fixture::industrial_park());
        assert!(text.lines().all(|line| line.chars().count() <= 140 || line.contains("residual")), "{text}");
        fixture::assert_golden("table_all.txt", &text);
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
            &mut outcome.energy.pv_available_kwh,
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
