//! What the cars of a site can do together, as a terminal table, CSV and JSON.

use std::io;
use std::ops::Range;

use microgrid_core::demand::{Bid, BidRange, Envelope, FleetPlan};
use serde::Serialize;

use crate::csv_cell::{escaped, number};
use crate::currency::minor_digits;
use crate::number::{count, decimals_for, grouped};
use crate::text_table::{Column, render, wrapped};

/// The flexibility of a site's charging sessions over some slots. Powers at the chargers' AC terminals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FleetReport {
    /// The site.
    pub site: String,
    /// Its currency.
    pub currency: String,
    /// Number of sessions.
    pub sessions: usize,
    /// Length of a slot, hours.
    pub slot_h: f64,
    /// Begin of each slot on the site's clock, with its offset from UTC.
    pub time: Vec<String>,
    /// Price of import in each slot, currency per kWh.
    pub import_price_per_kwh: Vec<f64>,
    /// Price of export in each slot, currency per kWh.
    pub export_price_per_kwh: Vec<f64>,
    /// What the site uses beside these sessions less what it generates, kW.
    pub net_load_kw: Vec<f64>,
    /// Energy that stays are too short for, asked of nobody, kWh.
    pub too_short_kwh: f64,
    /// Limits of power and energy.
    pub envelope: Envelope,
    /// The sessions served from arrival on, and its cost.
    pub uncontrolled: FleetPlan,
    /// The course of least cost.
    pub least_cost: FleetPlan,
    /// The slots in rows of a table.
    pub rows: Vec<FleetRow>,
    /// What a change of power in a window costs, where one was asked for.
    pub bids: Option<FleetBids>,
    /// What the reader of the numbers should know.
    pub notes: Vec<String>,
}

/// Some slots together. Mean powers, kW.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FleetRow {
    /// The slots.
    pub slots: Range<usize>,
    /// Most that the fleet can take in them.
    pub most_kw: f64,
    /// Least that it must take in them.
    pub least_kw: f64,
}

/// The bid curve of a window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FleetBids {
    /// The window's slots.
    pub window: Range<usize>,
    /// How far the fleet's power can be moved there from the course of least cost.
    pub range: BidRange,
    /// Costs of changes, rising in power.
    pub curve: Vec<Bid>,
}

/// The report as text: sums, the slots in rows, the bid curve.
#[must_use]
pub fn flexibility_table(report: &FleetReport) -> String {
    let mut text = format!(
        "{}: {} sessions in {} slots of {} min from {}\n\n",
        report.site,
        count(report.sessions),
        count(report.time.len()),
        grouped(60.0 * report.slot_h, 0),
        report.time.first().map_or("", String::as_str),
    );
    text += &sums(report);
    text += "\n";
    text += &slots(report);
    if let Some(bids) = &report.bids {
        text += "\n";
        text += &bid_table(report, bids);
    }
    for note in &report.notes {
        text += &wrapped(&format!("note: {note}"));
    }
    text
}

fn sums(report: &FleetReport) -> String {
    let plans = [&report.uncontrolled, &report.least_cost];
    let of = |number: &dyn Fn(&FleetPlan) -> f64, digits: usize| {
        plans.iter().map(|plan| grouped(number(plan), digits)).collect::<Vec<_>>()
    };
    let energy = |plan: &FleetPlan| plan.power_kw.iter().sum::<f64>() * report.slot_h;
    let peak = |plan: &FleetPlan| plan.power_kw.iter().copied().fold(0.0, f64::max);
    let site_peak =
        |plan: &FleetPlan| plan.power_kw.iter().zip(&report.net_load_kw).map(|(kw, net)| kw + net).fold(0.0, f64::max);
    render(&[
        Column::names("sessions", ["served from arrival on".into(), "at least cost".into()]),
        Column::numbers("", "energy", "kWh", of(&energy, 1)),
        Column::numbers("peak", "of the fleet", "kW", of(&peak, 1)),
        Column::numbers("peak", "of import", "kW", of(&site_peak, 1)),
        Column::numbers("", "cost", &report.currency, of(&|plan| plan.cost, minor_digits(&report.currency))),
    ])
}

/// `05-06 07:00` of `2019-05-06T07:00:00-07:00`.
fn short(label: &str) -> String {
    label.get(5..16).unwrap_or(label).replace('T', " ")
}

fn slots(report: &FleetReport) -> String {
    let mean = |values: &[f64], slots: &Range<usize>| values[slots.clone()].iter().sum::<f64>() / slots.len() as f64;
    let column = |group, head, unit: &str, digits: usize, of: &dyn Fn(&FleetRow) -> f64| {
        Column::numbers(group, head, unit, report.rows.iter().map(|row| grouped(of(row), digits)))
    };
    let kw = decimals_for(report.envelope.power_max_kw.iter().copied(), 1);
    let last = |values: &[f64], row: &FleetRow| values[row.slots.end - 1];
    let energy = decimals_for(report.envelope.energy_most_kwh.iter().copied(), 1);
    let price = format!("{}/kWh", report.currency);
    render(&[
        Column::names("from", report.rows.iter().map(|row| short(&report.time[row.slots.start]))),
        column("import", "price", &price, 4, &|row| mean(&report.import_price_per_kwh, &row.slots)),
        column("site", "net load", "kW", 1, &|row| mean(&report.net_load_kw, &row.slots)),
        column("fleet can take", "least", "kW", kw, &|row| row.least_kw),
        column("fleet can take", "most", "kW", kw, &|row| row.most_kw),
        column("by the end", "least", "kWh", energy, &|row| last(&report.envelope.energy_least_kwh, row)),
        column("by the end", "most", "kWh", energy, &|row| last(&report.envelope.energy_most_kwh, row)),
        column("course", "from arrival on", "kW", kw, &|row| mean(&report.uncontrolled.power_kw, &row.slots)),
        column("course", "at least cost", "kW", kw, &|row| mean(&report.least_cost.power_kw, &row.slots)),
    ])
}

fn bid_table(report: &FleetReport, bids: &FleetBids) -> String {
    let end = report.time.get(bids.window.end).map_or("the end".into(), |label| short(label));
    let hours = bids.window.len() as f64 * report.slot_h;
    let head = format!(
        "In all slots from {} to {end} the fleet can take up to {} kW less and {} kW more than at least cost:\n",
        short(&report.time[bids.window.start]),
        grouped(bids.range.down_kw, 1),
        grouped(bids.range.up_kw, 1),
    );
    let digits = minor_digits(&report.currency);
    let column = |head: &str, unit: &str, of: &dyn Fn(&Bid) -> String| {
        Column::numbers("", head, unit, bids.curve.iter().map(of))
    };
    let per_kwh = |bid: &Bid| {
        let kwh = (bid.change_kw * hours).abs();
        if kwh > 1e-9 { grouped(bid.extra_cost / kwh, 4) } else { String::new() }
    };
    let table = render(&[
        column("change", "kW", &|bid| grouped(bid.change_kw, 1)),
        column("extra cost", &report.currency, &|bid| grouped(settled(bid.extra_cost), digits)),
        column("per kWh moved", &format!("{}/kWh", report.currency), &per_kwh),
    ]);
    head + &table
}

/// Without what rounding leaves of nothing.
fn settled(cost: f64) -> f64 {
    if cost.abs() < 1e-9 { 0.0 } else { cost }
}

/// The report as JSON; nothing is rounded.
#[must_use]
pub fn flexibility_json(report: &FleetReport) -> String {
    crate::json_text::pretty(report)
}

/// Writes a row for each slot: prices, net load, limits and both courses. Nothing is rounded.
///
/// # Errors
/// What `writer` returns.
pub fn write_flexibility_csv(writer: impl io::Write, report: &FleetReport) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "time",
        "import_price_per_kwh",
        "export_price_per_kwh",
        "net_load_kw",
        "power_min_kw",
        "power_max_kw",
        "energy_least_kwh",
        "energy_most_kwh",
        "uncontrolled_kw",
        "least_cost_kw",
    ])?;
    let envelope = &report.envelope;
    for (slot, time) in report.time.iter().enumerate() {
        let numbers = [
            &report.import_price_per_kwh,
            &report.export_price_per_kwh,
            &report.net_load_kw,
            &envelope.power_min_kw,
            &envelope.power_max_kw,
            &envelope.energy_least_kwh,
            &envelope.energy_most_kwh,
            &report.uncontrolled.power_kw,
            &report.least_cost.power_kw,
        ];
        let cells = numbers.map(|values| number(values[slot]));
        csv.write_record(std::iter::once(time.as_str()).chain(cells.iter().map(String::as_str)))?;
    }
    csv.flush()
}

/// A car's share of the course of least cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CarCourse {
    /// The load that the session belongs to.
    pub load: String,
    /// The session's number in its load, counted from 0.
    pub number: usize,
    /// The slot in which it is first there.
    pub first_slot: usize,
    /// Its mean power in each slot of its stay, kW.
    pub power_kw: Vec<f64>,
}

/// Writes a row for each slot of each car's stay. Nothing is rounded.
///
/// # Errors
/// What `writer` returns.
pub fn write_cars_csv(writer: impl io::Write, report: &FleetReport, cars: &[CarCourse]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(["load", "number", "time", "power_kw"])?;
    for car in cars {
        for (kw, time) in car.power_kw.iter().zip(&report.time[car.first_slot..]) {
            csv.write_record([&*escaped(&car.load), &car.number.to_string(), time, &number(*kw)])?;
        }
    }
    csv.flush()
}
