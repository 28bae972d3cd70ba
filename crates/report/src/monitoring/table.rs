//! Watched runs as terminal tables.

use std::collections::BTreeMap;

use microgrid_core::distribution::monitoring::{Event, Reliability, Survival};

use super::WatchedRun;
use crate::number::{count, grouped};
use crate::text_table::{Column, render};

/// Most events that the table lists; the rest is in `events.csv`.
const EVENTS_MOST: usize = 12;

/// Reliability and events of the runs of one site, side by side, and the events of the first one.
#[must_use]
pub fn watched_table(runs: &[WatchedRun]) -> String {
    let Some(first) = runs.first() else { return String::new() };
    let mut text = reliability(runs);
    text += &format!("\n{}", loads(first));
    text += &format!("\n{}", kinds(runs));
    text += &format!("\n{}", events(first));
    for run in runs {
        if let Some(loading) = &run.watched.transformer {
            text += &format!(
                "\ntransformer under {}: hot spot at most {} °C, top oil {} °C, load {} p.u., {} h above rated; {} h of life \
                 lost in {} h (IEC 60076-7, 98 °C)\n",
                run.strategy,
                grouped(loading.hot_spot_greatest_c, 1),
                grouped(loading.top_oil_greatest_c, 1),
                grouped(loading.load_greatest_pu, 3),
                grouped(loading.overload_h, 1),
                grouped(loading.life_lost_h, 2),
                grouped(loading.duration_h, 0),
            );
        }
    }
    if runs.iter().any(|run| run.survival.is_some()) {
        text += &format!("\n{}", survival(runs));
    }
    text
}

fn reliability(runs: &[WatchedRun]) -> String {
    let of = |number: &dyn Fn(&Reliability) -> String| {
        runs.iter().map(|run| number(&run.watched.reliability)).collect::<Vec<String>>()
    };
    let table = render(&[
        Column::names("reliability", runs.iter().map(|run| run.strategy.clone())),
        Column::numbers("grid away", "times", "", of(&|r| count(r.outage_count as usize))),
        Column::numbers("grid away", "hours", "h", of(&|r| grouped(r.outage_h, 2))),
        Column::numbers("", "not served", "kWh", of(&|r| grouped(r.energy_not_served_kwh(), 1))),
        Column::numbers("a customer, sustained", "SAIFI", "times", of(&|r| grouped(r.saifi(), 3))),
        Column::numbers("a customer, sustained", "SAIDI", "h", of(&|r| grouped(r.saidi_h(), 3))),
        Column::numbers(
            "a customer, sustained",
            "CAIDI",
            "h",
            of(&|r| r.caidi_h().map_or("-".into(), |h| grouped(h, 3))),
        ),
        Column::numbers("momentary", "MAIFI", "times", of(&|r| grouped(r.maifi(), 3))),
        Column::numbers("", "ASAI", "%", of(&|r| grouped(100.0 * r.availability(), 4))),
    ]);
    let grid = &runs[0].watched.reliability;
    let alone = format!(
        "without the site's own power: SAIFI {}, SAIDI {} h; indices are of the run's {} h (IEEE Std 1366, momentary up to {} min)\n",
        grid.sustained_outage_count,
        grouped(grid.sustained_outage_h, 2),
        grouped(grid.duration_h, 0),
        grouped(f64::from(runs[0].settings.momentary_s) / 60.0, 1),
    );
    format!("{table}{alone}")
}

fn loads(run: &WatchedRun) -> String {
    let loads = &run.watched.reliability.loads;
    let column = |number: fn(&microgrid_core::distribution::monitoring::LoadReliability) -> f64, digits: usize| {
        loads.iter().map(|load| grouped(number(load), digits)).collect::<Vec<String>>()
    };
    let head = format!("load under {}", run.strategy);
    render(&[
        Column::names(&head, loads.iter().map(|load| load.name.clone())),
        Column::names("tier", loads.iter().map(|load| load.tier.name().to_owned())),
        Column::numbers("", "customers", "", column(|load| load.customers, 0)),
        Column::numbers("interruptions", "sustained", "", loads.iter().map(|load| load.sustained_count.to_string())),
        Column::numbers("interruptions", "momentary", "", loads.iter().map(|load| load.momentary_count.to_string())),
        Column::numbers("", "customer-hours", "h", column(|load| load.customer_hours_h, 2)),
        Column::numbers("energy", "asked", "kWh", column(|load| load.load_kwh, 0)),
        Column::numbers("energy", "not served", "kWh", column(|load| load.unserved_kwh, 1)),
    ])
}

/// Events by their names: how often, how long, how much was not served.
fn kinds(runs: &[WatchedRun]) -> String {
    let mut rows: Vec<(String, String, usize, f64, f64)> = Vec::new();
    for run in runs {
        let mut by_name: BTreeMap<_, (usize, f64, f64)> = BTreeMap::new();
        for event in &run.watched.events {
            let sum = by_name.entry((event.kind, run.name(event))).or_default();
            *sum = (sum.0 + 1, sum.1 + run.hours(event), sum.2 + event.unserved_kwh);
        }
        rows.extend(by_name.into_iter().map(|((_, name), (times, hours, unserved_kwh))| {
            (run.strategy.clone(), name.to_owned(), times, hours, unserved_kwh)
        }));
    }
    if rows.is_empty() {
        return "no events\n".into();
    }
    render(&[
        Column::names("events", rows.iter().map(|row| row.1.clone())),
        Column::names("strategy", rows.iter().map(|row| row.0.clone())),
        Column::numbers("", "times", "", rows.iter().map(|row| count(row.2))),
        Column::numbers("", "in all", "h", rows.iter().map(|row| grouped(row.3, 2))),
        Column::numbers("", "not served in them", "kWh", rows.iter().map(|row| grouped(row.4, 1))),
    ])
}

/// The events of a run that cost most, in their order.
fn events(run: &WatchedRun) -> String {
    let mut chosen: Vec<&Event> = run.watched.events.iter().collect();
    let total = chosen.len();
    chosen.sort_by(|a, b| b.unserved_kwh.total_cmp(&a.unserved_kwh).then(run.hours(b).total_cmp(&run.hours(a))));
    chosen.truncate(EVENTS_MOST);
    chosen.sort_by_key(|event| (event.steps.start, event.kind));
    if chosen.is_empty() {
        return String::new();
    }
    let head = format!("log under {}", run.strategy);
    let table = render(&[
        Column::names(&head, chosen.iter().map(|event| run.name(event).to_owned())),
        Column::names("from", chosen.iter().map(|event| run.times(event)[0].to_owned())),
        Column::numbers("", "lasts", "h", chosen.iter().map(|event| grouped(run.hours(event), 2))),
        Column::numbers("", "not served", "kWh", chosen.iter().map(|event| grouped(event.unserved_kwh, 1))),
        Column::numbers("", "farthest", "", chosen.iter().map(|event| grouped(event.extreme, 2))),
        Column::numbers("", "", "", chosen.iter().map(|event| run.unit(event.kind).to_owned())),
    ]);
    let left = total - chosen.len();
    if left > 0 { format!("{table}{left} more: --csv writes all into events.csv\n") } else { table }
}

/// The share of starts from which outages of some lengths are survived.
fn survival(runs: &[WatchedRun]) -> String {
    let longest_h = runs.iter().filter_map(|run| Some(run.survival.as_ref()?.longest_h)).max().unwrap_or(1);
    let lengths = [1, 2, 4, 8, 12, 24, 48, 72, 168].into_iter().filter(|hours| *hours < longest_h).chain([longest_h]);
    let with = |of: &dyn Fn(&Survival, &WatchedRun) -> String| -> Vec<String> {
        runs.iter().map(|run| run.survival.as_ref().map_or_else(String::new, |survival| of(survival, run))).collect()
    };
    let mut columns = vec![
        Column::names("survives an outage of", runs.iter().map(|run| run.strategy.clone())),
        Column::names("tier", with(&|survival, _| survival.tier.name().to_owned())),
    ];
    columns.extend(lengths.map(|hours| {
        let share = with(&|survival, _| grouped(100.0 * survival.share(f64::from(hours)), 1));
        Column::numbers("share of starts", &format!("{hours} h"), "%", share)
    }));
    columns.push(Column::numbers("hours", "mean", "h", with(&|survival, _| grouped(survival.mean_h(), 2))));
    columns.push(Column::numbers(
        "hours",
        "least",
        "h",
        with(&|survival, _| survival.least().map_or_else(String::new, |(_, hours)| grouped(hours, 2))),
    ));
    render(&columns)
}
