//! A three-phase power flow as a terminal table and as JSON.

use std::collections::BTreeMap;

use microgrid_core::distribution::FlowStatus;
use microgrid_core::distribution::unbalanced::{PhaseBranch, PhaseElement, PhaseFlow, PhaseNetwork, PhaseTerminal};
use serde_json::{Value, json};

use crate::flow::loading;
use crate::number::grouped;
use crate::text_table::{Column, render};

/// Nodes of each bus, in the order in which buses first appear.
fn buses(network: &PhaseNetwork) -> Vec<(&str, BTreeMap<u32, usize>)> {
    let mut buses: Vec<(&str, BTreeMap<u32, usize>)> = Vec::new();
    for (i, node) in network.nodes.iter().enumerate() {
        match buses.iter_mut().find(|(bus, _)| *bus == node.bus) {
            Some((_, nodes)) => {
                nodes.insert(node.phase, i);
            }
            None => buses.push((&node.bus, BTreeMap::from([(node.phase, i)]))),
        }
    }
    buses
}

fn name(network: &PhaseNetwork, element: PhaseElement) -> (&'static str, &str) {
    match element {
        PhaseElement::Line(i) => ("line", &network.lines[i].name),
        PhaseElement::Transformer(i) => ("transformer", &network.transformers[i].name),
        PhaseElement::Capacitor(i) => ("capacitor", &network.capacitors[i].name),
    }
}

/// The flow of `network` as tables: buses with the voltages of their phases, branches with their currents by phase and
/// power, and the sums.
#[must_use]
pub fn phase_flow_table(network: &PhaseNetwork, flow: &PhaseFlow) -> String {
    let buses = buses(network);
    let at = |phase: u32, show: &dyn Fn(usize) -> String| -> Vec<String> {
        let of = |(_, nodes): &(&str, BTreeMap<u32, usize>)| nodes.get(&phase).map_or_else(String::new, |i| show(*i));
        buses.iter().map(of).collect()
    };
    let pu = |i: usize| match flow.nodes[i].voltage_pu {
        0.0 => "dark".into(),
        pu => format!("{pu:.5}"),
    };
    let deg = |i: usize| format!("{:.2}", flow.nodes[i].angle_deg);
    let nominal =
        buses.iter().map(|(_, nodes)| nodes.values().next().map_or(0.0, |i| network.nodes[*i].nominal_v / 1000.0));
    let mut columns = vec![
        Column::names("bus", buses.iter().map(|(bus, _)| (*bus).to_owned())),
        Column::numbers("nominal", "to earth", "kV", nominal.map(|kv| format!("{kv:.4}"))),
    ];
    for (phase, head) in [(1, "phase 1"), (2, "phase 2"), (3, "phase 3")] {
        columns.push(Column::numbers(head, "voltage", "p.u.", at(phase, &pu)));
        columns.push(Column::numbers(head, "", "°", at(phase, &deg)));
    }
    let bus_table = render(&columns);
    let others = network.nodes.iter().enumerate().filter(|(_, node)| node.phase > 3);
    let others = others.map(|(i, node)| format!("{}.{} {:.3} V\n", node.bus, node.phase, flow.nodes[i].voltage_v));
    let others: String = others.collect();
    format!("{}\n\n{bus_table}{others}\n{}\n{}", network.name, branch_table(network, flow), sums(network, flow))
}

/// Terminals of a branch at the end where it begins, and its greatest current by phase there.
fn beginning<'a>(network: &PhaseNetwork, branch: &'a PhaseBranch) -> (String, Vec<&'a PhaseTerminal>) {
    let first = branch.terminals.iter().find_map(|terminal| terminal.node);
    let bus = first.map_or("", |node| network.nodes[node].bus.as_str());
    let there = branch.terminals.iter().filter(|t| t.node.is_some_and(|node| network.nodes[node].bus == bus));
    (bus.to_owned(), there.collect())
}

fn branch_table(network: &PhaseNetwork, flow: &PhaseFlow) -> String {
    let beginnings: Vec<_> = flow.branches.iter().map(|branch| beginning(network, branch)).collect();
    let ends = flow.branches.iter().zip(&beginnings).map(|(branch, (bus, _))| {
        let nodes = branch.terminals.iter().filter_map(|terminal| terminal.node);
        nodes.map(|node| &network.nodes[node].bus).find(|other| *other != bus).cloned().unwrap_or_default()
    });
    let current = |phase: u32| {
        beginnings.iter().map(move |(_, there)| {
            let of_phase = there.iter().filter(|t| t.node.is_some_and(|node| network.nodes[node].phase == phase));
            let most_a = of_phase.map(|terminal| terminal.current_a).fold(f64::NAN, f64::max);
            if most_a.is_nan() { String::new() } else { grouped(most_a, 1) }
        })
    };
    let power = |of: fn(&PhaseTerminal) -> f64| {
        beginnings.iter().map(move |(_, there)| grouped(there.iter().map(|terminal| of(terminal)).sum(), 2))
    };
    render(&[
        Column::names("branch", flow.branches.iter().map(|branch| name(network, branch.element).1.to_owned())),
        Column::names("from", beginnings.iter().map(|(bus, _)| bus.clone())),
        Column::names("to", ends.collect::<Vec<_>>()),
        Column::numbers("current", "phase 1", "A", current(1)),
        Column::numbers("current", "phase 2", "A", current(2)),
        Column::numbers("current", "phase 3", "A", current(3)),
        Column::numbers("into it", "", "kW", power(|terminal| terminal.power_kw)),
        Column::numbers("into it", "", "kvar", power(|terminal| terminal.reactive_kvar)),
        Column::numbers("", "loading", "%", flow.branches.iter().map(|branch| loading(branch.loading_percent))),
        Column::numbers("", "loss", "kW", flow.branches.iter().map(|branch| grouped(branch.loss_kw, 3))),
    ])
}

fn sums(network: &PhaseNetwork, flow: &PhaseFlow) -> String {
    let loads: f64 = flow.loads.iter().map(|power| power.power_kw).sum();
    let reactive: f64 = flow.source.iter().map(|power| power.reactive_kvar).sum();
    let mut text = format!(
        "source {} kW and {} kvar, loads {} kW, losses {} kW; residual {:.1e} kW\n",
        grouped(flow.source_kw(), 2),
        grouped(reactive, 2),
        grouped(loads, 2),
        grouped(flow.loss_kw, 3),
        flow.residual_kw(),
    );
    let live = flow.nodes.iter().enumerate().filter(|(_, node)| node.voltage_pu > 0.0);
    if let Some((i, node)) = live.min_by(|a, b| a.1.voltage_pu.total_cmp(&b.1.voltage_pu)) {
        let (bus, phase) = (&network.nodes[i].bus, network.nodes[i].phase);
        text += &format!("lowest voltage {:.5} p.u. at {bus}, phase {phase}\n", node.voltage_pu);
    }
    if flow.unserved_kw != 0.0 {
        text += &format!("asked where no source reaches: {} kW\n", grouped(flow.unserved_kw, 2));
    }
    text + &match flow.status {
        FlowStatus::Settled { sweeps } => format!("settled after {sweeps} sweeps\n"),
        FlowStatus::ByNewton => "found by Newton's method\n".into(),
        FlowStatus::Diverged { worst_bus, residual_kva } => format!(
            "NOT SOLVED: no voltages carry these powers; {} misses {residual_kva:.3} kVA\n",
            network.nodes[worst_bus].bus
        ),
    }
}

/// The flow of `network` as JSON: `nodes[]` with `bus`, `phase`, volts, per unit and angle; `branches[]` with currents and
/// powers at each terminal; loads, source, losses and `residual_kw`. Numbers are not rounded.
#[must_use]
pub fn phase_flow_json(network: &PhaseNetwork, flow: &PhaseFlow) -> String {
    let nodes = network.nodes.iter().zip(&flow.nodes).map(|(node, at)| {
        json!({ "bus": node.bus, "phase": node.phase, "v": at.voltage_v, "v_pu": at.voltage_pu, "angle_deg": at.angle_deg })
    });
    let branches = flow.branches.iter().map(|branch| {
        let (kind, name) = name(network, branch.element);
        let terminals = branch.terminals.iter().map(|terminal| {
            let node = terminal.node.map(|node| &network.nodes[node]);
            json!({
                "bus": node.map(|node| &node.bus), "phase": node.map(|node| node.phase),
                "current_a": terminal.current_a, "angle_deg": terminal.angle_deg,
                "power_kw": terminal.power_kw, "reactive_kvar": terminal.reactive_kvar,
            })
        });
        json!({
            "branch": name, "kind": kind, "terminals": terminals.collect::<Vec<_>>(),
            "loading_percent": branch.loading_percent, "loss_kw": branch.loss_kw,
        })
    });
    let loads = network.loads.iter().zip(&flow.loads);
    let loads = loads.map(
        |(load, power)| json!({ "name": load.name, "power_kw": power.power_kw, "reactive_kvar": power.reactive_kvar }),
    );
    let source = network.source.nodes.iter().zip(&flow.source).map(|(node, power)| {
        let phase = network.nodes[*node].phase;
        json!({ "phase": phase, "power_kw": power.power_kw, "reactive_kvar": power.reactive_kvar })
    });
    let status = match flow.status {
        FlowStatus::Settled { sweeps } => json!({ "ended": "settled", "sweeps": sweeps }),
        FlowStatus::ByNewton => json!({ "ended": "by_newton" }),
        FlowStatus::Diverged { worst_bus, residual_kva } => {
            json!({ "ended": "diverged", "worst_bus": network.nodes[worst_bus].bus, "residual_kva": residual_kva })
        }
    };
    let document = json!({
        "network": network.name,
        "status": status,
        "nodes": nodes.collect::<Vec<Value>>(),
        "branches": branches.collect::<Vec<Value>>(),
        "loads": loads.collect::<Vec<Value>>(),
        "source": source.collect::<Vec<Value>>(),
        "loss_kw": flow.loss_kw,
        "mismatch_kva": flow.mismatch_kva,
        "unserved_kw": flow.unserved_kw,
        "residual_kw": flow.residual_kw(),
    });
    crate::json_text::pretty(&document)
}
