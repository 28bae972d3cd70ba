//! What runs have to say, in the forms people read: terminal tables, the invoice, JSON, CSV and pictures.
//!
//! This crate turns finished results into text and never computes physics or money: every number it prints stands in
//! an [`Outcome`](microgrid_core::simulation::Outcome) or a [`Trace`], or is a plain ratio or difference of two that do.
//! It does not write files either: functions return text or write to the caller's writer.
//!
//! Numbers in tables carry their unit in the head and are rounded; numbers in JSON and CSV are never rounded, and
//! their unit is the last part of their name.

mod audit;
mod broken;
mod choices;
mod csv_cell;
mod currency;
mod delivery;
mod document;
mod fault;
#[cfg(test)]
mod fixture;
mod flexibility;
mod flow;
mod gap;
mod hosting;
pub mod html;
mod invoice;
mod json_text;
mod monitoring;
mod number;
mod phase_flow;
mod plot;
mod recording;
pub mod results;
mod solar_yield;
mod strategies;
mod summary;
mod table;
mod text_table;
mod trace;
#[cfg(feature = "parquet")]
mod trace_parquet;
mod years;

pub use audit::{Audit, RESIDUAL_TOLERANCE};
pub use broken::broken_json;
pub use choices::{Choice, choices};
pub use delivery::{Delivery, write_deliveries_csv};
pub use document::{json, json_with, json_with_choices, json_with_deliveries, years_json};
pub use fault::{fault_json, fault_table, survey_json, survey_table};
pub use flexibility::{
    CarCourse, FleetBids, FleetReport, FleetRow, flexibility_json, flexibility_table, write_cars_csv,
    write_flexibility_csv,
};
pub use flow::{flow_json, flow_table};
pub use gap::comparison;
pub use hosting::{hosting_json, hosting_table};
pub use invoice::invoice;
pub use monitoring::{
    WatchedRun, watched_table, write_events_csv, write_meters_csv, write_reliability_csv, write_survival_csv,
};
pub use phase_flow::{phase_flow_json, phase_flow_table};
#[cfg(feature = "png")]
pub use plot::png;
pub use plot::{
    BayDay, BayDraw, BayStay, CostSwing, YearOfMoney, bays_svg, bill_svg, capacity_svg, cash_flow_svg,
    duration_curves_svg, energy_flow_svg, heat_map_svg, one_line_svg, survival_svg, time_current_svg, tornado_svg,
    waterfall_svg, week_svg,
};
pub use solar_yield::{SolarYield, solar_yield_json, solar_yield_table};
pub use strategies::strategies;
pub use summary::{write_bill_csv, write_months_csv, write_summary_csv};
pub use table::table;
pub use trace::{BatteryTrace, DeviceTrace, GensetTrace, PowerTrace, Trace};
pub use years::{write_years_csv, years_table};
