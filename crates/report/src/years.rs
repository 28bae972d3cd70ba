//! Years that follow each other: a table and CSV with a row for each, and their JSON.

use std::io;

use microgrid_core::simulation::{BatteryHealth, BatteryTotals, GensetTotals, Outcome, YearRun};

use crate::audit::Audit;
use crate::csv_cell::{escaped, number};
use crate::number::{decimals_for, grouped, scientific};
use crate::table::header;
use crate::text_table::{Column, render, wrapped};

/// What a year's batteries are at its end, taken together.
struct Health {
    /// Mean of the batteries that age, percent; `None` where none does.
    capacity_percent: Option<f64>,
    replacements: u32,
    augmentations: u32,
    replacement_cost: f64,
}

impl Health {
    fn of(outcome: &Outcome) -> Self {
        let aged = || outcome.batteries.iter().filter_map(|battery| battery.health.as_ref());
        let (sum, count) =
            aged().fold((0.0, 0.0), |(sum, count), health| (sum + health.end_capacity_percent, count + 1.0));
        Self {
            capacity_percent: (count > 0.0).then(|| sum / count),
            replacements: aged().map(|health| health.replacements).sum(),
            augmentations: aged().map(|health| health.augmentations).sum(),
            replacement_cost: aged().map(|health| health.replacement_cost).sum::<f64>() + 0.0,
        }
    }
}

/// A number of a year's outcome.
type OfYear = fn(&Outcome) -> f64;

const ENERGY: [(&str, OfYear); 7] = [
    ("load", |o| o.energy.load_kwh),
    ("generation", |o| o.energy.generation_available_kwh + o.energy.genset_kwh),
    ("import", |o| o.energy.import_kwh),
    ("export", |o| o.energy.export_kwh),
    ("discharge", |o| o.energy.discharge_kwh),
    ("loss", |o| o.energy.storage_loss_kwh),
    ("unserved", |o| o.energy.unserved_kwh),
];

/// The years of one strategy as text, in lines of at most 120 characters: energy, money and the batteries' health by year and
/// over all, replacements, and whether every year's books close. Sums are plain: nothing is discounted. No years are empty
/// text.
#[must_use]
pub fn years_table(runs: &[YearRun]) -> String {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return String::new() };
    let outcome = &first.outcome;
    let mut text = header(outcome);
    text.push_str(&wrapped(&format!(
        "{}: years {} to {}; each is a run of the first year's calendar, and energy in store and the age of batteries go over",
        outcome.strategy, first.year, last.year
    )));
    let year = || Column::names("year", runs.iter().map(|run| run.year.to_string()).chain(["all".to_owned()]));
    let sum = |of: OfYear| runs.iter().map(|run| of(&run.outcome)).sum::<f64>() + 0.0;
    let with_sum = |of: OfYear| runs.iter().map(move |run| of(&run.outcome)).chain([sum(of)]);
    let greatest = ENERGY.iter().map(|(_, of)| sum(*of).abs()).fold(0.0, f64::max);
    let (unit, factor) = if greatest >= 10_000.0 { ("MWh", 1e-3) } else { ("kWh", 1.0) };
    let decimals = decimals_for(ENERGY.iter().map(|(_, of)| factor * sum(*of)), 2) + 1;
    let column = |head: &str, of: OfYear| {
        Column::numbers("energy", head, unit, with_sum(of).map(|value| grouped(value * factor, decimals)))
    };
    let mut energy = vec![year()];
    energy
        .extend(ENERGY.iter().filter(|(head, of)| *head != "unserved" || sum(*of) > 0.0).map(|(h, of)| column(h, *of)));
    text.push('\n');
    text.push_str(&render(&energy));
    text.push('\n');
    text.push_str(&money(runs, &year(), &with_sum));
    text.push('\n');
    text.push_str(&audit(runs));
    for line in warranty_lines(&last.outcome.batteries) {
        text.push_str(&wrapped(&line));
    }
    text
}

fn money<I: Iterator<Item = f64>>(runs: &[YearRun], year: &Column, with_sum: &dyn Fn(OfYear) -> I) -> String {
    let currency = runs[0].outcome.money.currency.clone();
    let amount = |head: &str, of: OfYear| {
        let digits = decimals_for(with_sum(of), 2);
        Column::numbers("money", head, &currency, with_sum(of).map(|value| grouped(value, digits)))
    };
    let mut columns = vec![Column { cells: year.cells.clone(), ..Column::names("year", []) }];
    columns.push(amount("bill", |o| o.money.bill_total));
    columns.push(amount("objective", |o| o.money.objective));
    if let Some(replaced) = gensets_replaced(runs) {
        columns.push(Column::numbers("gensets", "replaced", "", replaced.iter().map(u32::to_string)));
    }
    let health: Vec<Health> = runs.iter().map(|run| Health::of(&run.outcome)).collect();
    if health.iter().any(|health| health.capacity_percent.is_some()) {
        columns.push(amount("new capacity", |o| Health::of(o).replacement_cost));
        let last = |text: &str| std::iter::once(text.to_owned());
        let capacity = health.iter().map(|health| health.capacity_percent.map_or(String::new(), |p| grouped(p, 2)));
        columns.push(Column::numbers("batteries", "capacity", "%", capacity.chain(last(""))));
        let count = |head: &str, of: fn(&Health) -> u32| {
            let cells = health.iter().map(of).chain([health.iter().map(of).sum()]);
            Column::numbers("batteries", head, "", cells.map(|count| count.to_string()))
        };
        columns.push(count("replaced", |health| health.replacements));
        columns.push(count("augmented", |health| health.augmentations));
    }
    render(&columns)
}

/// How many gensets reached the end of their life in each year, and over all; `None` where nobody counts their hours.
fn gensets_replaced(runs: &[YearRun]) -> Option<Vec<u32>> {
    let mut used = vec![0.0; runs[0].outcome.gensets.len()];
    let mut lives = |run: &YearRun| {
        let of_genset = |(used, genset): (&mut f64, &GensetTotals)| {
            let before = used.floor();
            *used += 0.01 * genset.life_used_percent;
            (used.floor() - before) as u32
        };
        used.iter_mut().zip(&run.outcome.gensets).map(of_genset).sum::<u32>()
    };
    let by_year: Vec<u32> = runs.iter().map(&mut lives).collect();
    let all = by_year.iter().sum();
    used.iter().any(|used| *used > 0.0).then(|| by_year.into_iter().chain([all]).collect())
}

fn audit(runs: &[YearRun]) -> String {
    let worst = runs.iter().map(|run| Audit::of(&run.outcome)).max_by(|a, b| {
        let share = |audit: &Audit| f64::max(audit.residual_share, audit.money_residual_share);
        share(a).total_cmp(&share(b))
    });
    let all_close = runs.iter().all(|run| Audit::of(&run.outcome).closes());
    let books = if all_close { "the books of every year close" } else { "THE BOOKS DO NOT CLOSE" };
    let residual = worst.map_or(0.0, |audit| audit.residual_share);
    wrapped(&format!("{books}: greatest residual {} of a year's throughput", scientific(residual)))
}

/// How batteries stand to their warranty at the end.
pub(crate) fn warranty_lines(batteries: &[BatteryTotals]) -> Vec<String> {
    let line = |(battery, health): (&BatteryTotals, &BatteryHealth)| {
        let warranty = health.warranty.as_ref()?;
        let used = grouped(warranty.used_percent, 1);
        let state = match warranty.broken_after_days {
            Some(days) => format!("capacity fell below what is promised after {} days", grouped(days, 0)),
            None if warranty.used_percent > 100.0 => "kept to its end".into(),
            None => "kept so far".into(),
        };
        Some(format!("warranty of {}: {used} % used, by {}; {state}", battery.name, warranty.by.replace('_', " ")))
    };
    batteries.iter().filter_map(|battery| Some((battery, battery.health.as_ref()?))).filter_map(line).collect()
}

/// Writes a row for each year of each strategy. Nothing is rounded; health is empty where no battery ages.
///
/// # Errors
/// What `writer` returns.
pub fn write_years_csv(writer: impl io::Write, strategies: &[Vec<YearRun>]) -> io::Result<()> {
    const NUMBERS: [(&str, OfYear); 15] = [
        ("load_kwh", |o| o.energy.load_kwh),
        ("generation_available_kwh", |o| o.energy.generation_available_kwh),
        ("genset_kwh", |o| o.energy.genset_kwh),
        ("import_kwh", |o| o.energy.import_kwh),
        ("export_kwh", |o| o.energy.export_kwh),
        ("charge_kwh", |o| o.energy.charge_kwh),
        ("discharge_kwh", |o| o.energy.discharge_kwh),
        ("storage_loss_kwh", |o| o.energy.storage_loss_kwh),
        ("unserved_kwh", |o| o.energy.unserved_kwh),
        ("residual_kwh", |o| o.energy.residual_kwh),
        ("carbon_kg", |o| o.carbon_kg),
        ("bill_total", |o| o.money.bill_total),
        ("wear_cost", |o| o.money.wear_cost),
        ("objective", |o| o.money.objective),
        ("replacement_cost", |o| Health::of(o).replacement_cost),
    ];
    let mut csv = csv::Writer::from_writer(writer);
    let head = ["scenario", "strategy", "year", "currency", "capacity_percent", "replacements", "augmentations"];
    csv.write_record(head.into_iter().chain(NUMBERS.map(|(name, _)| name)))?;
    for run in strategies.iter().flatten() {
        let (outcome, health) = (&run.outcome, Health::of(&run.outcome));
        let names = [
            escaped(&outcome.scenario).into_owned(),
            escaped(&outcome.strategy).into_owned(),
            run.year.to_string(),
            escaped(&outcome.money.currency).into_owned(),
            health.capacity_percent.map_or_else(String::new, number),
            health.replacements.to_string(),
            health.augmentations.to_string(),
        ];
        csv.write_record(names.into_iter().chain(NUMBERS.map(|(_, of)| number(of(outcome)))))?;
    }
    csv.flush()
}
