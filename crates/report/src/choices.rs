//! The two choices of a two-part tariff side by side.

use microgrid_core::simulation::Outcome;
use serde::Serialize;

use crate::number::grouped;
use crate::table::money_decimals;
use crate::text_table::{Column, render};

/// The same strategies under one choice of a two-part tariff.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// What is charged: `capacity` or `demand`.
    pub name: &'static str,
    /// Whether the scenario took it.
    pub taken: bool,
    /// Its runs, in the order of the other choice's.
    pub outcomes: &'a [Outcome],
}

impl Choice<'_> {
    /// Least objective of its runs.
    fn least(&self) -> f64 {
        self.outcomes.iter().map(|outcome| outcome.money.objective).fold(f64::INFINITY, f64::min)
    }
}

/// A table of both: bill and objective of each strategy, and a line that marks the cheaper choice.
#[must_use]
pub fn choices(both: &[Choice<'_>; 2]) -> String {
    let all: Vec<Outcome> = both.iter().flat_map(|choice| choice.outcomes.iter().cloned()).collect();
    let Some(first) = all.first() else { return String::new() };
    let (currency, decimals) = (&first.money.currency, money_decimals(&all));
    let mut columns = vec![Column::names("strategy", both[0].outcomes.iter().map(|outcome| outcome.strategy.clone()))];
    for choice in both {
        let group = if choice.name == "capacity" { "charged by capacity" } else { "charged by demand" };
        let money = |of: fn(&Outcome) -> f64| choice.outcomes.iter().map(move |o| grouped(of(o), decimals));
        columns.push(Column::numbers(group, "bill", currency, money(|o| o.money.bill_total)));
        columns.push(Column::numbers(group, "objective", currency, money(|o| o.money.objective)));
    }
    let lines = both.iter().map(|choice| {
        let bound = choice.outcomes.first().and_then(|outcome| outcome.bound.as_ref()?.objective);
        let bound = bound.map_or_else(|| "no bound".into(), |bound| format!("bound {}", grouped(bound, decimals)));
        format!(
            "{}: least objective {} {currency}, {bound}{}{}\n",
            choice.name,
            grouped(choice.least(), decimals),
            if choice.taken { ", taken by the scenario" } else { "" },
            if is_cheaper(choice, both) { ", the cheaper choice" } else { "" },
        )
    });
    let lines: String = lines.collect();
    format!("Two-part tariff\n{}{lines}", render(&columns))
}

fn is_cheaper(choice: &Choice<'_>, both: &[Choice<'_>; 2]) -> bool {
    both.iter().all(|other| other.name == choice.name || choice.least() < other.least())
}

/// A choice in the JSON document.
#[derive(Debug, Serialize)]
pub(crate) struct ChoiceEntry<'a> {
    choice: &'static str,
    taken: bool,
    cheaper: bool,
    bound_objective: Option<f64>,
    strategies: Vec<StrategyEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct StrategyEntry<'a> {
    strategy: &'a str,
    bill_total: f64,
    objective: f64,
}

impl<'a> ChoiceEntry<'a> {
    pub(crate) fn of(both: &'a [Choice<'a>; 2]) -> Vec<Self> {
        let entry = |choice: &'a Choice<'a>| Self {
            choice: choice.name,
            taken: choice.taken,
            cheaper: is_cheaper(choice, both),
            bound_objective: choice.outcomes.first().and_then(|outcome| outcome.bound.as_ref()?.objective),
            strategies: choice
                .outcomes
                .iter()
                .map(|outcome| StrategyEntry {
                    strategy: &outcome.strategy,
                    bill_total: outcome.money.bill_total,
                    objective: outcome.money.objective,
                })
                .collect(),
        };
        both.iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture, json_with_choices};

    #[test]
    fn both_choices_stand_side_by_side_and_the_cheaper_is_marked() {
        let demand = fixture::industrial_park();
        let mut capacity = demand.clone();
        capacity.iter_mut().for_each(|outcome| outcome.money.objective -= 1000.0);
        let both = [
            Choice { name: "capacity", taken: false, outcomes: &capacity },
            Choice { name: "demand", taken: true, outcomes: &demand },
        ];
        let text = choices(&both);
        let lines: Vec<&str> = text.lines().collect();
        let line = |name: &str| *lines.iter().find(|line| line.starts_with(name)).unwrap();
        assert!(line("capacity: ").ends_with("the cheaper choice") && !line("capacity: ").contains("taken"), "{text}");
        assert!(line("demand: ").ends_with("taken by the scenario"), "{text}");
        assert!(text.contains("charged by capacity") && text.contains("charged by demand"), "{text}");
        let document: serde_json::Value = serde_json::from_str(&json_with_choices(&demand, &both)).unwrap();
        let entries = document["two_part"].as_array().unwrap();
        assert_eq!((entries[0]["choice"].as_str(), entries[0]["cheaper"].as_bool()), (Some("capacity"), Some(true)));
        assert_eq!((entries[1]["taken"].as_bool(), entries[1]["cheaper"].as_bool()), (Some(true), Some(false)));
        assert_eq!(entries[0]["strategies"].as_array().unwrap().len(), demand.len());
        assert_eq!(document["runs"].as_array().unwrap().len(), demand.len());
    }
}
