//! The bound and each run's gap to it: a table of a run, and a ranking.

use microgrid_core::dispatch::{Bound, BoundKind, Gap, WiderBound};
use microgrid_core::simulation::{Outcome, RunEnd};

use crate::number::{grouped, scientific};
use crate::table::{distinct, header, money_decimals};
use crate::text_table::{Column, render, wrapped};

/// Runs of one scenario in the order of their objectives, least first, with bound, gap and what of the possible saving
/// each captures; runs of equal objectives keep their order. Strategies that did the very same have one row, and a line
/// that says so. Empty where there is no outcome.
#[must_use]
pub fn comparison(outcomes: &[Outcome]) -> String {
    let Some(first) = outcomes.first() else { return String::new() };
    let (rows, alike) = distinct(outcomes);
    let mut ranked: Vec<&Outcome> = rows.iter().collect();
    ranked.sort_by(|a, b| a.money.objective.total_cmp(&b.money.objective));
    let (currency, decimals) = (&first.money.currency, money_decimals(outcomes));
    let mut columns = vec![
        Column::names("rank", (1..=ranked.len()).map(|rank| format!("{rank:>4}"))),
        Column::names("strategy", ranked.iter().map(|outcome| outcome.strategy.clone())),
        Column::names("foresight", ranked.iter().map(|outcome| outcome.foresight.clone())),
        Column::numbers("", "objective", currency, ranked.iter().map(|o| grouped(o.money.objective, decimals))),
    ];
    columns.extend(gap_columns(&ranked, currency, decimals));
    let mut text = format!("{}\n{}", header(first), render(&columns));
    alike.iter().for_each(|line| text.push_str(&wrapped(line)));
    if let Some(bound) = &first.bound {
        text.push('\n');
        bound_line(bound, first, decimals).lines().for_each(|line| text.push_str(&wrapped(line)));
    }
    text
}

/// The table of gaps of a run's outcomes, and what the bound is; empty where nobody asked for a bound.
pub(crate) fn gaps(outcomes: &[Outcome]) -> String {
    let Some((first, bound)) = outcomes.first().and_then(|o| o.bound.as_ref().map(|bound| (o, bound))) else {
        return String::new();
    };
    let decimals = money_decimals(outcomes);
    let line: String = bound_line(bound, first, decimals).lines().map(wrapped).collect();
    if bound.objective.is_none() {
        return line;
    }
    let all: Vec<&Outcome> = outcomes.iter().collect();
    let mut columns = vec![Column::names("strategy", all.iter().map(|outcome| outcome.strategy.clone()))];
    columns.extend(gap_columns(&all, &first.money.currency, decimals));
    render(&columns) + &line
}

fn gap_columns(outcomes: &[&Outcome], currency: &str, decimals: usize) -> Vec<Column> {
    let all = || outcomes.iter().map(|outcome| outcome.gap.as_ref().map(|gap| (gap, small(outcome))));
    let cells = |cell: &dyn Fn(&Gap, f64) -> String| -> Vec<String> {
        all().map(|gap| gap.map_or_else(|| "–".into(), |(gap, small)| cell(gap, small))).collect()
    };
    let amount = |value: f64, small: f64| if value.abs() <= small { "0".into() } else { grouped(value, decimals) };
    let percent = |value: Option<f64>| value.map_or_else(|| "–".into(), |v| grouped(rounded(v), 2));
    let group = "gap to the bound";
    let mut columns = vec![
        Column::numbers(group, "gap", currency, cells(&|gap, small| amount(gap.gap, small))),
        Column::numbers(group, "gap", "%", cells(&|gap, _| percent(gap.percent))),
        Column::numbers(group, "captured", "%", cells(&|gap, _| percent(gap.captured_percent))),
    ];
    for name in ["rule", "forecast", "horizon", "integrality", "not_proven", "heuristic"] {
        let of = |gap: &Gap| gap.parts.iter().find(|part| part.name == name).map(|part| part.amount);
        let matters = all().flatten().any(|(gap, small)| of(gap).is_some_and(|amount| amount.abs() > small));
        if matters {
            let cell = |gap: &Gap, small| of(gap).map_or_else(String::new, |value| amount(value, small));
            columns.push(Column::numbers("of which", name, currency, cells(&cell)));
        }
    }
    columns
}

/// What is rounding beside an outcome's money.
fn small(outcome: &Outcome) -> f64 {
    1e-9 * (outcome.money.bill_total.abs() + outcome.money.objective.abs())
}

/// A percentage without its rounding noise.
fn rounded(percent: f64) -> f64 {
    if percent.abs() < 1e-6 { 0.0 } else { percent }
}

/// Value, kind, decisions, end rule and reasons in a line.
fn bound_line(bound: &Bound, outcome: &Outcome, decimals: usize) -> String {
    let reasons = bound.reasons.join("; ");
    let end = match bound.run_end {
        RunEnd::NotBelowStart => "no battery ends below its start".into(),
        RunEnd::Value => format!(
            "energy left counts {} {} per kWh",
            grouped(outcome.money.stored_value_per_kwh, 4),
            outcome.money.currency
        ),
    };
    match (bound.objective, bound.kind) {
        (None, _) | (_, BoundKind::None) => format!("bound: none ({reasons})"),
        (Some(objective), kind) => {
            let value = if objective == 0.0 || objective.abs() >= 1.0 {
                grouped(objective, decimals)
            } else {
                scientific(objective)
            };
            let kind = match kind {
                BoundKind::ExactPlan => "exact plan".into(),
                BoundKind::LpDual => "linear programme".into(),
                BoundKind::Hull => format!("hull: {reasons}"),
                _ => format!("relaxation: {reasons}"),
            };
            let currency = &outcome.money.currency;
            let line = format!("bound: {value} {currency} over decisions on {}, {end} ({kind})", bound.decisions);
            let wider = bound.wider.as_ref().map(|wider| wider_line(wider, currency, decimals));
            line + &wider.unwrap_or_default()
        }
    }
}

/// The bound over more decisions, in a line of its own.
fn wider_line(wider: &WiderBound, currency: &str, decimals: usize) -> String {
    let kind = match wider.kind {
        BoundKind::LpDual => "linear programme".into(),
        _ => format!("relaxation: {}", wider.reasons.join("; ")),
    };
    let objective = grouped(wider.objective, decimals);
    format!("\nbound: {objective} {currency} over decisions on {}, the same end ({kind})", wider.decisions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// The fixture's runs beside a bound of 2,200,000.
    fn judged() -> Vec<Outcome> {
        let mut outcomes = fixture::industrial_park();
        let bound = Bound {
            objective: Some(2_200_000.0),
            kind: BoundKind::Relaxation,
            decisions: "storage",
            reasons: vec!["the reserve is not kept".into()],
            standing_charges: 240.0,
            run_end: RunEnd::Value,
            idle_objective: outcomes[0].money.objective,
            optimal_objective: Some(2_200_500.0),
            wider: None,
        };
        outcomes.iter_mut().for_each(|outcome| outcome.judge(&bound, None));
        outcomes
    }

    #[test]
    fn a_comparison_ranks_by_objective() {
        fixture::assert_golden("comparison.txt", &comparison(&judged()));
        let mut wider = judged();
        for outcome in &mut wider {
            let bound = outcome.bound.as_mut().unwrap();
            bound.wider = Some(WiderBound {
                objective: 2_100_000.0,
                kind: BoundKind::LpDual,
                decisions: "storage, sessions and shiftable loads",
                reasons: Vec::new(),
            });
        }
        let last = "bound: 2,100,000 CNY over decisions on storage, sessions and shiftable loads, the same end \
                    (linear programme)";
        assert_eq!(comparison(&wider).lines().last(), Some(last));
        assert_eq!(comparison(&[]), "");
    }

    #[test]
    fn a_run_shows_its_gap_only_where_there_is_a_bound() {
        assert_eq!(gaps(&fixture::industrial_park()), "");
        fixture::assert_golden("gaps.txt", &gaps(&judged()));
        let mut none = judged();
        for outcome in &mut none {
            let bound = Bound {
                objective: None,
                kind: BoundKind::None,
                reasons: vec!["two batteries".into()],
                ..outcome.bound.clone().unwrap()
            };
            outcome.judge(&bound, None);
        }
        assert_eq!(gaps(&none), "bound: none (two batteries)\n");
    }
}
