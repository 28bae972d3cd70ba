//! A sweep's summary as text: all scenarios, each point, and what a level of what was swept costs more than another.

use super::columns::CURRENCY;
use super::summary::HEADLINES;
use super::{Best, ColumnSummary, Comparison, GroupSummary, SweepSummary};
use crate::number::{decimals_for, grouped};
use crate::text_table::{Column, render, wrapped};

/// The summary as text: how the scenarios ended, a row for each headline column over all scenarios, a row for each point,
/// and the paired differences. Numbers are rounded and carry their unit.
#[must_use]
pub fn summary_table(summary: &SweepSummary) -> String {
    let mut sections = vec![header(summary)];
    let outcomes = summary.all.outcomes;
    if outcomes > 0 {
        sections.push(all(summary));
    }
    if !summary.points.is_empty() {
        sections.push(points(summary));
    }
    sections.extend(summary.best.as_ref().map(|best| best_line(best, &summary.currency)));
    sections.extend(summary.comparisons.iter().map(|comparison| comparison_table(comparison, &summary.currency)));
    if !summary.notes.is_empty() {
        sections.push(summary.notes.iter().map(|note| wrapped(&format!("note: {note}"))).collect());
    }
    sections.join("\n")
}

fn header(summary: &SweepSummary) -> String {
    let plural =
        |count: u64, name: &str| format!("{} {name}{}", grouped(count as f64, 0), if count == 1 { "" } else { "s" });
    let mut parts = vec![plural(summary.scenarios, "scenario"), plural(summary.samples, "sample")];
    parts.extend(summary.replicates.map(|replicates| plural(replicates, "replicate")));
    for (count, name) in [
        (summary.faults, "fault"),
        (summary.unsolved, "unsolved"),
        (summary.refused, "refused"),
        (summary.panicked, "panicked"),
    ] {
        if count > 0 {
            parts.push(format!("{} {name}", grouped(count as f64, 0)));
        }
    }
    let money = if summary.currency.is_empty() { String::new() } else { format!(", money in {}", summary.currency) };
    format!("{}{money}\n", parts.join(", "))
}

/// The unit as people read it.
fn unit(unit: &str, currency: &str) -> String {
    unit.replace(CURRENCY, currency)
}

/// `name` without its unit and with blanks.
fn head(name: &str) -> String {
    let name = ["_kwh", "_kw", "_kg", "_percent"].iter().find_map(|unit| name.strip_suffix(unit)).unwrap_or(name);
    name.replace('_', " ")
}

fn optional(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".into(), |value| grouped(value, decimals))
}

/// Whether a column says anything: not only zeros.
fn says_something(column: &ColumnSummary) -> bool {
    column.least != 0.0 || column.most != 0.0
}

/// A row for each headline column.
fn all(summary: &SweepSummary) -> String {
    let columns = HEADLINES.iter().filter_map(|name| summary.all.column(name)).filter(|column| says_something(column));
    let columns: Vec<&ColumnSummary> = columns.collect();
    let digits: Vec<usize> = columns.iter().map(|column| decimals_for([column.least, column.most], 3)).collect();
    let numbers = |group: &'static str, head: &str, of: &dyn Fn(&ColumnSummary) -> Option<f64>| {
        let cells = columns.iter().zip(&digits).map(|(column, digits)| optional(of(column), *digits));
        Column::numbers(group, head, "", cells)
    };
    let quantile = |i: usize| move |column: &ColumnSummary| column.quantiles.map(|quantiles| quantiles[i]);
    render(&[
        Column::names("all scenarios", columns.iter().map(|column| head(column.name))),
        Column::names("", columns.iter().map(|column| unit(column.unit, &summary.currency))),
        numbers("", "mean", &|c| Some(c.mean)),
        numbers("", "std error", &|c| c.standard_error),
        numbers("", "std dev", &|c| c.standard_deviation),
        numbers("quantiles", "least", &|c| Some(c.least)),
        numbers("quantiles", "5 %", &quantile(0)),
        numbers("quantiles", "25 %", &quantile(1)),
        numbers("quantiles", "median", &quantile(2)),
        numbers("quantiles", "75 %", &quantile(3)),
        numbers("quantiles", "95 %", &quantile(4)),
        numbers("quantiles", "greatest", &|c| Some(c.most)),
    ])
}

/// A row for each point: what is swept, the objective and its spread, and the means of what engineers ask for first.
fn points(summary: &SweepSummary) -> String {
    let points = &summary.points;
    let fields = points[0].fields.iter().enumerate();
    let fields =
        fields.map(|(i, (field, _))| Column::names(field, points.iter().map(|point| point.fields[i].1.clone())));
    let mut table: Vec<Column> = fields.collect();
    let of = |point: &GroupSummary, name: &str, number: &dyn Fn(&ColumnSummary) -> Option<f64>| {
        point.column(name).and_then(number)
    };
    let mut numbers =
        |group: &'static str, head: &str, unit: &str, name: &str, number: &dyn Fn(&ColumnSummary) -> Option<f64>| {
            let values: Vec<Option<f64>> = points.iter().map(|point| of(point, name, number)).collect();
            if values.iter().flatten().all(|value| *value == 0.0) {
                return;
            }
            // One number of digits for all that is in one unit.
            let means = points.iter().filter_map(|point| of(point, name, &|c| Some(c.mean)));
            let decimals = decimals_for(means, 3);
            table.push(Column::numbers(group, head, unit, values.into_iter().map(|value| optional(value, decimals))));
        };
    let mean: &dyn Fn(&ColumnSummary) -> Option<f64> = &|c| Some(c.mean);
    let currency = summary.currency.as_str();
    numbers("objective", "mean", currency, "objective", mean);
    numbers("objective", "std error", currency, "objective", &|c| c.standard_error);
    if points.iter().any(|point| point.outcomes > 1) {
        numbers("objective", "5 %", currency, "objective", &|c| c.quantiles.map(|q| q[0]));
        numbers("objective", "95 %", currency, "objective", &|c| c.quantiles.map(|q| q[4]));
    }
    numbers("mean", "bill", currency, "bill_total", mean);
    numbers("mean", "import", "kWh", "import_kwh", mean);
    numbers("mean", "peak", "kW", "peak_import_kw", mean);
    numbers("mean", "self-suff.", "%", "self_sufficiency_percent", mean);
    numbers("mean", "cycles", "", "equivalent_full_cycles", mean);
    numbers("mean", "unserved", "kWh", "unserved_kwh", mean);
    numbers("mean", "gap", "%", "gap_percent", mean);
    if points.iter().any(|point| point.unserved_share.is_some_and(|share| share > 0.0)) {
        let percent = |point: &GroupSummary| match (point.unserved_share, point.unserved_interval_95) {
            (Some(share), Some(interval)) => {
                format!("{:.1} ({:.1} to {:.1})", 100.0 * share, 100.0 * interval.low, 100.0 * interval.high)
            }
            (Some(share), None) => format!("{:.1}", 100.0 * share),
            _ => "-".into(),
        };
        table.push(Column::numbers("", "runs with unserved load", "%", points.iter().map(percent)));
    }
    if points.iter().any(|point| point.outcomes < point.scenarios) {
        table.push(Column::numbers(
            "",
            "without outcome",
            "",
            points.iter().map(|p| grouped((p.scenarios - p.outcomes) as f64, 0)),
        ));
    }
    render(&table)
}

/// What the best scenario or point is, and what it comes to.
fn best_line(best: &Best, currency: &str) -> String {
    let fields: Vec<String> = best.fields.iter().map(|(field, value)| format!("{field} = {value}")).collect();
    let objective = grouped(best.objective, decimals_for([best.objective], 2));
    let what = match best.index {
        Some(index) => format!("objective {objective} {currency}, run again by --index {index}"),
        None => format!("mean objective {objective} {currency}"),
    };
    wrapped(&format!("best: {}: {what}", fields.join(", ")))
}

/// The differences of a comparison: a row for each level but the baseline.
#[must_use]
pub fn comparison_table(comparison: &Comparison, currency: &str) -> String {
    let differences = &comparison.differences;
    let unit = unit(&comparison.unit, currency);
    let ends = differences.iter().flat_map(|d| d.interval_95.map_or([d.mean; 2], |i| [i.low, i.high]));
    let decimals = decimals_for(ends, 3);
    let mut table = vec![
        Column::names(&comparison.field, differences.iter().map(|d| d.level.clone())),
        Column::numbers("", "mean", &unit, differences.iter().map(|d| grouped(d.mean, decimals))),
    ];
    if differences.iter().any(|d| d.interval_95.is_some()) {
        let end = |of: fn(&super::Interval) -> f64| {
            differences.iter().map(move |d| optional(d.interval_95.as_ref().map(of), decimals))
        };
        table.push(Column::numbers(
            "",
            "std error",
            &unit,
            differences.iter().map(|d| optional(d.standard_error, decimals)),
        ));
        table.push(Column::numbers("95 % interval", "from", &unit, end(|i| i.low)));
        table.push(Column::numbers("95 % interval", "to", &unit, end(|i| i.high)));
    }
    table.push(Column::numbers("", "samples", "", differences.iter().map(|d| grouped(d.samples as f64, 0))));
    if differences.iter().any(|d| d.left_out > 0) {
        table.push(Column::numbers("", "left out", "", differences.iter().map(|d| grouped(d.left_out as f64, 0))));
    }
    format!("{} less that of `{}`, sample by sample\n{}", head(&comparison.column), comparison.baseline, render(&table))
}

#[cfg(test)]
mod tests {
    /// A grid of more points than have a table: the best row stands there all the same, with what sets it apart.
    #[test]
    fn a_grid_names_its_best_row() {
        let rows: Vec<ResultRow> = (0..100_u64)
            .map(|index| {
                let mut row = fixture::row(index, 0, index % 3, 1e6 + (index as f64 - 41.0).powi(2));
                row.place.point = index;
                row.inputs[0] = (10.0 * index as f64).into();
                row
            })
            .collect();
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let columns = ResultColumns::new(&fixture::inputs(), true);
        let summary = SweepSummary::of(&columns, &read).unwrap();
        assert!(summary.points.is_empty());
        let text = summary_table(&summary);
        let best =
            "best: storage.battery[0].capacity_kwh = 410, dispatch.strategy = optimal: objective 1,000,000 CNY, run";
        assert!(text.contains(best) && text.replace("\n ", "").contains("--index 41"), "{text}");
    }

    use crate::results::{ResultColumns, ResultRow, SweepSummary, fixture, summary_table};

    #[test]
    fn the_table_is_the_one_that_was_read_and_found_good() {
        let rows: Vec<ResultRow> = (0..30_u64)
            .map(|index| {
                let (sample, point) = (index / 3, index % 3);
                fixture::row(index, sample, point, 1e6 + 1e4 * sample as f64 - 5e3 * (point * (1 + sample % 2)) as f64)
            })
            .collect();
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let columns = ResultColumns::new(&fixture::inputs(), true);
        let summary = SweepSummary::of(&columns, &read).unwrap();
        crate::fixture::assert_golden("sweep.txt", &summary_table(&summary));
    }
}
