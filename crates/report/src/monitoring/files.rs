//! Watched runs as CSV files. Nothing is rounded.

use std::io;

use super::WatchedRun;
use crate::csv_cell::{escaped, number};

/// The log: a row for each event.
///
/// # Errors
/// What `writer` returns.
pub fn write_events_csv(writer: impl io::Write, runs: &[WatchedRun]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "scenario",
        "strategy",
        "event",
        "start",
        "end",
        "duration_h",
        "unserved_kwh",
        "extreme",
        "extreme_unit",
    ])?;
    for run in runs {
        for event in &run.watched.events {
            let [start, end] = run.times(event);
            csv.write_record([
                &*escaped(&run.scenario.name),
                &*escaped(&run.strategy),
                &*escaped(run.name(event)),
                start,
                end,
                &number(run.hours(event)),
                &number(event.unserved_kwh),
                &number(event.extreme),
                run.unit(event.kind),
            ])?;
        }
    }
    csv.flush()
}

/// The indices: a row for each load, and one for the site, whose load is empty.
///
/// # Errors
/// What `writer` returns.
pub fn write_reliability_csv(writer: impl io::Write, runs: &[WatchedRun]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "scenario",
        "strategy",
        "load",
        "tier",
        "customers",
        "saifi",
        "saidi_h",
        "caidi_h",
        "maifi",
        "unserved_kwh",
        "load_kwh",
        "duration_h",
    ])?;
    let ratio = |amount: f64, customers: f64| if customers > 0.0 { amount / customers } else { 0.0 };
    for run in runs {
        let all = &run.watched.reliability;
        let customers = all.loads.iter().map(|load| load.customers).sum::<f64>();
        let load_kwh = all.loads.iter().map(|load| load.load_kwh).sum::<f64>();
        let site = [customers, all.saifi(), all.saidi_h()];
        let mut row = |name: &str, tier: &str, [customers, saifi, saidi_h]: [f64; 3], maifi: f64, energy: [f64; 2]| {
            csv.write_record([
                &*escaped(&run.scenario.name),
                &*escaped(&run.strategy),
                &*escaped(name),
                tier,
                &number(customers),
                &number(saifi),
                &number(saidi_h),
                &(if saifi > 0.0 { number(saidi_h / saifi) } else { String::new() }),
                &number(maifi),
                &number(energy[0]),
                &number(energy[1]),
                &number(all.duration_h),
            ])
        };
        row("", "", site, all.maifi(), [all.energy_not_served_kwh(), load_kwh])?;
        for load in &all.loads {
            let indices = [
                load.customers,
                ratio(load.sustained_customers, load.customers),
                ratio(load.customer_hours_h, load.customers),
            ];
            let maifi = ratio(load.momentary_customers, load.customers);
            row(&load.name, load.tier.name(), indices, maifi, [load.unserved_kwh, load.load_kwh])?;
        }
    }
    csv.flush()
}

/// The meters: a row for each window.
///
/// # Errors
/// What `writer` returns.
pub fn write_meters_csv(writer: impl io::Write, runs: &[WatchedRun]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(["scenario", "strategy", "meter", "quantity", "reduction", "start", "value"])?;
    for run in runs {
        for series in &run.watched.meters {
            let meter = &run.settings.meters[series.meter];
            let reductions = microgrid_core::distribution::monitoring::Reduction::NAMED;
            let reduction = reductions.iter().find(|(_, one)| *one == meter.reduction).map_or("", |(name, _)| name);
            let steps = (meter.window_s / run.scenario.calendar.step_s) as usize;
            for (window, value) in series.values.iter().enumerate() {
                csv.write_record([
                    &*escaped(&run.scenario.name),
                    &*escaped(&run.strategy),
                    &*escaped(&meter.name),
                    meter.quantity.name(),
                    reduction,
                    run.time.get(window * steps).map_or("", String::as_str),
                    &number(*value),
                ])?;
            }
        }
    }
    csv.flush()
}

/// The survival without the grid: a row for each start.
///
/// # Errors
/// What `writer` returns.
pub fn write_survival_csv(writer: impl io::Write, runs: &[WatchedRun]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(["scenario", "strategy", "tier", "start", "survived_h", "longest_h"])?;
    for run in runs {
        let Some(survival) = &run.survival else { continue };
        for (start, survived_h) in survival.starts.iter().zip(&survival.survived_h) {
            csv.write_record([
                &*escaped(&run.scenario.name),
                &*escaped(&run.strategy),
                survival.tier.name(),
                run.time.get(*start as usize).map_or("", String::as_str),
                &number(*survived_h),
                &survival.longest_h.to_string(),
            ])?;
        }
    }
    csv.flush()
}
