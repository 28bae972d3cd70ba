//! What buses can take, as a terminal table and as JSON.

use microgrid_core::distribution::{Hosting, HostingLimit, HostingSettings, Network};
use serde_json::{Value, json};

use crate::number::grouped;
use crate::text_table::{Column, render};

/// What ends a capacity, in words.
fn limit(network: &Network, limit: HostingLimit) -> String {
    match limit {
        HostingLimit::Nothing => "nothing up to there".into(),
        HostingLimit::Voltage(bus) => format!("voltage at {}", network.buses[bus].name),
        HostingLimit::Line(line) => format!("line {}", network.lines[line].name),
        HostingLimit::Transformer(unit) => format!("transformer {}", network.transformers[unit].name),
        HostingLimit::Collapse => "the network carries no more".into(),
        HostingLimit::Dark => "no source reaches it".into(),
    }
}

/// What each bus can take, one plant at a time, and what ends it.
#[must_use]
pub fn hosting_table(network: &Network, settings: &HostingSettings, hosting: &[Hosting]) -> String {
    let table = render(&[
        Column::names("bus", hosting.iter().map(|at| network.buses[at.bus].name.clone())),
        Column::numbers("", "nominal", "kV", hosting.iter().map(|at| network.buses[at.bus].nominal_kv.to_string())),
        Column::numbers("", "takes", "kW", hosting.iter().map(|at| grouped(at.capacity_kw, 1))),
        Column::numbers("", "ended by", "", hosting.iter().map(|at| limit(network, at.limit))),
    ]);
    format!(
        "{}\n\n{table}\none plant at a time, power factor 1, loads at {} %, no bus above {} p.u., no branch above {} %\n",
        network.name,
        grouped(100.0 * settings.load_share, 0),
        settings.voltage_greatest_pu,
        grouped(settings.loading_greatest_percent, 0),
    )
}

/// What each bus can take as JSON: `buses[]` with `bus`, `capacity_kw` and `limit`.
#[must_use]
pub fn hosting_json(network: &Network, settings: &HostingSettings, hosting: &[Hosting]) -> String {
    let bus = |at: &Hosting| json!({ "bus": network.buses[at.bus].name, "capacity_kw": at.capacity_kw, "limit": limit(network, at.limit) });
    let buses: Vec<Value> = hosting.iter().map(bus).collect();
    crate::json_text::pretty(&json!({ "network": network.name, "settings": settings, "buses": buses }))
}
