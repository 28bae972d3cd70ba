//! A power flow as a terminal table and as JSON.

use microgrid_core::distribution::{Flow, FlowStatus, Network, SwitchedElement};
use serde_json::{Value, json};

use crate::number::grouped;
use crate::text_table::{Column, render};

/// The flow of `network` as tables: buses with their voltages, branches with power, current and loading, and the sums.
#[must_use]
pub fn flow_table(network: &Network, flow: &Flow) -> String {
    let buses = network.buses.iter().zip(&flow.buses);
    let voltage = |value: f64, digits: usize| if value == 0.0 { "dark".into() } else { format!("{value:.digits$}") };
    let bus_table = render(&[
        Column::names("bus", network.buses.iter().map(|bus| bus.name.clone())),
        Column::numbers("", "nominal", "kV", network.buses.iter().map(|bus| bus.nominal_kv.to_string())),
        Column::numbers("voltage", "magnitude", "p.u.", flow.buses.iter().map(|bus| voltage(bus.voltage_pu, 5))),
        Column::numbers("voltage", "", "kV", buses.map(|(bus, at)| voltage(bus.nominal_kv * at.voltage_pu, 4))),
        Column::numbers("voltage", "angle", "°", flow.buses.iter().map(|bus| format!("{:.3}", bus.angle_deg))),
    ]);
    let branches = branches(network, flow);
    let column = |head: &'static str, unit: &'static str, digits: usize, number: &dyn Fn(&Branch) -> f64| {
        Column::numbers("", head, unit, branches.iter().map(|branch| grouped(number(branch), digits)))
    };
    let branch_table = render(&[
        Column::names("branch", branches.iter().map(|branch| branch.name.clone())),
        Column::names("from", branches.iter().map(|branch| branch.from.clone())),
        Column::names("to", branches.iter().map(|branch| branch.to.clone())),
        column("into it", "kW", 2, &|branch| branch.flow.from_kw),
        column("", "kvar", 2, &|branch| branch.flow.from_kvar),
        column("current", "A", 1, &|branch| branch.flow.from_a.max(branch.flow.to_a)),
        Column::numbers("", "loading", "%", branches.iter().map(|branch| loading(branch.flow.loading_percent))),
        column("loss", "kW", 3, &|branch| branch.flow.loss_kw),
    ]);
    format!("{}\n\n{bus_table}\n{branch_table}\n{}", network.name, sums(network, flow))
}

/// Nothing where there is nothing to tell: no rating is known, or no current flows.
pub(crate) fn loading(percent: f64) -> String {
    if percent == 0.0 { String::new() } else { grouped(percent, 1) }
}

fn sums(network: &Network, flow: &Flow) -> String {
    let sum = |list: &[microgrid_core::distribution::Power]| list.iter().map(|power| power.power_kw).sum::<f64>();
    let mut text = format!(
        "sources {} kW, generators {} kW, loads {} kW, shunts {} kW, losses {} kW; residual {:.1e} kW\n",
        grouped(sum(&flow.sources), 2),
        grouped(sum(&flow.generators), 2),
        grouped(sum(&flow.loads), 2),
        grouped(sum(&flow.shunts), 2),
        grouped(flow.loss_kw, 3),
        flow.residual_kw(),
    );
    if let Some(bus) = flow.lowest_bus() {
        let lowest = &flow.buses[bus];
        text += &format!("lowest voltage {:.5} p.u. at {}\n", lowest.voltage_pu, network.buses[bus].name);
    }
    if flow.unserved_kw != 0.0 {
        text += &format!("asked where no source reaches: {} kW\n", grouped(flow.unserved_kw, 2));
    }
    for (switch, through) in network.switches.iter().zip(&flow.switches) {
        if through.is_none() {
            text += &format!("switch {}: flow not determined, it is in a loop of closed switches\n", switch.name);
        }
    }
    text + &match flow.status {
        FlowStatus::Settled { sweeps } => format!("settled after {sweeps} sweeps\n"),
        FlowStatus::ByNewton => {
            "found by Newton's method, as sweeps did not settle: near the limit, or many held voltages\n".into()
        }
        FlowStatus::Diverged { worst_bus, residual_kva } => format!(
            "NOT SOLVED: no voltages carry these powers; {} misses {residual_kva:.3} kVA\n",
            network.buses[worst_bus].name
        ),
    }
}

/// A line or transformer with its flow.
struct Branch<'a> {
    kind: &'static str,
    name: String,
    from: String,
    to: String,
    flow: &'a microgrid_core::distribution::BranchFlow,
}

fn branches<'a>(network: &Network, flow: &'a Flow) -> Vec<Branch<'a>> {
    let bus = |i: usize| network.buses[i].name.clone();
    let lines = network.lines.iter().zip(&flow.lines).map(|(line, flow)| Branch {
        kind: "line",
        name: line.name.clone(),
        from: bus(line.from_bus),
        to: bus(line.to_bus),
        flow,
    });
    let transformers = network.transformers.iter().zip(&flow.transformers).map(|(unit, flow)| Branch {
        kind: "transformer",
        name: unit.name.clone(),
        from: bus(unit.high_bus),
        to: bus(unit.low_bus),
        flow,
    });
    lines.chain(transformers).collect()
}

/// The flow of `network` as JSON: `buses[]` with `bus`, `v_pu`, `angle_deg`; `branches[]` with powers into both ends,
/// currents, loading and loss; switches, loads, sources; `loss_kw`, `mismatch_kva` and `residual_kw`. Numbers are not rounded.
#[must_use]
pub fn flow_json(network: &Network, flow: &Flow) -> String {
    let power = |name: &str, power: &microgrid_core::distribution::Power| json!({ "name": name, "power_kw": power.power_kw, "reactive_kvar": power.reactive_kvar });
    let buses = network.buses.iter().zip(&flow.buses);
    let buses = buses.map(|(bus, at)| json!({ "bus": bus.name, "v_pu": at.voltage_pu, "angle_deg": at.angle_deg }));
    let branches = branches(network, flow).into_iter().map(|branch| {
        json!({
            "branch": branch.name, "kind": branch.kind, "from": branch.from, "to": branch.to,
            "from_kw": branch.flow.from_kw, "from_kvar": branch.flow.from_kvar,
            "to_kw": branch.flow.to_kw, "to_kvar": branch.flow.to_kvar,
            "from_a": branch.flow.from_a, "to_a": branch.flow.to_a,
            "loading_percent": branch.flow.loading_percent, "loss_kw": branch.flow.loss_kw,
        })
    });
    let switches = network.switches.iter().zip(&flow.switches).map(|(switch, through)| {
        let kind = match switch.element {
            SwitchedElement::Bus(_) => "bus",
            SwitchedElement::Line(_) => "line",
            SwitchedElement::Transformer(_) => "transformer",
        };
        json!({
            "name": switch.name, "kind": kind, "is_closed": switch.is_closed,
            "power_kw": through.map(|power| power.power_kw), "reactive_kvar": through.map(|power| power.reactive_kvar),
        })
    });
    let status = match flow.status {
        FlowStatus::Settled { sweeps } => json!({ "ended": "settled", "sweeps": sweeps }),
        FlowStatus::ByNewton => json!({ "ended": "by_newton" }),
        FlowStatus::Diverged { worst_bus, residual_kva } => {
            json!({ "ended": "diverged", "worst_bus": network.buses[worst_bus].name, "residual_kva": residual_kva })
        }
    };
    let named = |names: Vec<&String>, powers: &[microgrid_core::distribution::Power]| -> Vec<Value> {
        names.iter().zip(powers).map(|(name, given)| power(name, given)).collect()
    };
    let document = json!({
        "network": network.name,
        "status": status,
        "buses": buses.collect::<Vec<_>>(),
        "branches": branches.collect::<Vec<_>>(),
        "switches": switches.collect::<Vec<_>>(),
        "loads": named(network.loads.iter().map(|load| &load.name).collect(), &flow.loads),
        "shunts": named(network.shunts.iter().map(|shunt| &shunt.name).collect(), &flow.shunts),
        "sources": named(network.sources.iter().map(|source| &source.name).collect(), &flow.sources),
        "generators": named(network.generators.iter().map(|generator| &generator.name).collect(), &flow.generators),
        "loss_kw": flow.loss_kw,
        "mismatch_kva": flow.mismatch_kva,
        "unserved_kw": flow.unserved_kw,
        "residual_kw": flow.residual_kw(),
    });
    crate::json_text::pretty(&document)
}
