//! What a network must be before it is compiled; every problem at once.

use alloc::format;

use super::topology::Sets;
use crate::distribution::network::{Network, SwitchedElement};
use crate::{Problem, Problems};

/// Problems of numbers and references; where there are none, those of the whole.
pub(super) fn check(network: &Network) -> Problems {
    let mut problems = Problems::none();
    problems.require_range("frequency_hz", network.frequency_hz, 1.0, 1000.0);
    if network.buses.is_empty() {
        problems.push(Problem::new("buses", "is empty").hint("a network has at least one bus"));
    }
    if network.sources.is_empty() {
        problems.push(Problem::new("sources", "is empty").hint("something has to form the voltage"));
    }
    check_buses(network, &mut problems);
    check_branches(network, &mut problems);
    check_transformers(network, &mut problems);
    check_nodes(network, &mut problems);
    if problems.is_empty() {
        check_switches(network, &mut problems);
        check_connection(network, &mut problems);
    }
    problems
}

/// Requires that `bus` is one of the network's.
fn require_bus(network: &Network, problems: &mut Problems, field: core::fmt::Arguments<'_>, bus: usize) {
    if bus >= network.buses.len() {
        let allowed = format!("0 to {}", network.buses.len().saturating_sub(1));
        problems.push(Problem::new(field, "is no bus of the network").value(bus).allowed(allowed));
    }
}

fn check_buses(network: &Network, problems: &mut Problems) {
    for (i, bus) in network.buses.iter().enumerate() {
        problems.require_range(format_args!("buses[{i}].nominal_kv"), bus.nominal_kv, 0.01, 2000.0);
    }
}

fn check_branches(network: &Network, problems: &mut Problems) {
    for (i, line) in network.lines.iter().enumerate() {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("lines[{i}].{name}"), value, least, most);
        };
        range("length_km", line.length_km, 1e-6, 1e5);
        range("r_ohm_per_km", line.r_ohm_per_km, 0.0, 1e6);
        range("x_ohm_per_km", line.x_ohm_per_km, -1e6, 1e6);
        range("c_nf_per_km", line.c_nf_per_km, 0.0, 1e7);
        range("g_us_per_km", line.g_us_per_km, 0.0, 1e6);
        range("parallel", f64::from(line.parallel), 1.0, 1000.0);
        if line.ampacity_a != f64::INFINITY {
            range("ampacity_a", line.ampacity_a, 1e-6, 1e9);
        }
        if line.r_ohm_per_km == 0.0 && line.x_ohm_per_km == 0.0 {
            let problem = Problem::new(format!("lines[{i}]"), "has no impedance");
            problems.push(problem.hint("what joins two buses without impedance is a switch"));
        }
        require_bus(network, problems, format_args!("lines[{i}].from_bus"), line.from_bus);
        require_bus(network, problems, format_args!("lines[{i}].to_bus"), line.to_bus);
        if line.from_bus == line.to_bus {
            problems.push(Problem::new(format!("lines[{i}].to_bus"), "is the bus where the line begins"));
        }
        if let (Some(from), Some(to)) = (network.buses.get(line.from_bus), network.buses.get(line.to_bus))
            && from.nominal_kv != to.nominal_kv
        {
            let problem = Problem::new(format!("lines[{i}]"), "joins buses of different nominal voltage");
            problems.push(problem.value(format!("{} and {} kV", from.nominal_kv, to.nominal_kv)));
        }
    }
}

fn check_transformers(network: &Network, problems: &mut Problems) {
    for (i, unit) in network.transformers.iter().enumerate() {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("transformers[{i}].{name}"), value, least, most);
        };
        range("rated_kva", unit.rated_kva, 1e-3, 1e9);
        range("high_kv", unit.high_kv, 0.01, 2000.0);
        range("low_kv", unit.low_kv, 0.01, 2000.0);
        range("size of short_circuit_percent", unit.short_circuit_percent.abs(), 1e-6, 1e6);
        let size = unit.short_circuit_percent.abs();
        range("copper_loss_percent", unit.copper_loss_percent, -size, size);
        range("no_load_percent", unit.no_load_percent, 0.0, 100.0);
        range("iron_loss_kw", unit.iron_loss_kw, 0.0, unit.rated_kva.max(0.0));
        range("shift_deg", unit.shift_deg, -720.0, 720.0);
        range("tap_step_percent", unit.tap_step_percent, 0.0, 50.0);
        range("tap_position", unit.tap_position, -1000.0, 1000.0);
        range("parallel", f64::from(unit.parallel), 1.0, 1000.0);
        let tapped = 1.0 + unit.tap_position * unit.tap_step_percent / 100.0;
        range("tap_position × tap_step_percent (ratio)", tapped, 0.5, 1.5);
        require_bus(network, problems, format_args!("transformers[{i}].high_bus"), unit.high_bus);
        require_bus(network, problems, format_args!("transformers[{i}].low_bus"), unit.low_bus);
        if unit.high_bus == unit.low_bus {
            problems.push(Problem::new(format!("transformers[{i}].low_bus"), "is the bus of the high side"));
        }
        if let (Some(high), Some(low)) = (network.buses.get(unit.high_bus), network.buses.get(unit.low_bus)) {
            for (name, rated, bus) in [("high_kv", unit.high_kv, high), ("low_kv", unit.low_kv, low)] {
                // A rating far from its bus is a slip between V and kV, or the wrong side.
                problems.require_range(
                    format_args!("transformers[{i}].{name} / nominal_kv of its bus"),
                    rated / bus.nominal_kv,
                    0.5,
                    2.0,
                );
            }
        }
    }
}

fn check_nodes(network: &Network, problems: &mut Problems) {
    for (i, shunt) in network.shunts.iter().enumerate() {
        require_bus(network, problems, format_args!("shunts[{i}].bus"), shunt.bus);
        problems.require_range(format_args!("shunts[{i}].power_kw"), shunt.power_kw, -1e9, 1e9);
        problems.require_range(format_args!("shunts[{i}].reactive_kvar"), shunt.reactive_kvar, -1e9, 1e9);
    }
    for (i, source) in network.sources.iter().enumerate() {
        require_bus(network, problems, format_args!("sources[{i}].bus"), source.bus);
        problems.require_range(format_args!("sources[{i}].voltage_pu"), source.voltage_pu, 0.5, 1.5);
        problems.require_range(format_args!("sources[{i}].angle_deg"), source.angle_deg, -720.0, 720.0);
        problems.require_range(format_args!("sources[{i}].r_to_x"), source.r_to_x, 0.0, 1e3);
        if source.short_circuit_kva != f64::INFINITY {
            problems.require_range(
                format_args!("sources[{i}].short_circuit_kva"),
                source.short_circuit_kva,
                1e-3,
                1e15,
            );
        }
    }
    for (i, generator) in network.generators.iter().enumerate() {
        require_bus(network, problems, format_args!("generators[{i}].bus"), generator.bus);
        problems.require_range(format_args!("generators[{i}].power_kw"), generator.power_kw, -1e9, 1e9);
        problems.require_range(format_args!("generators[{i}].voltage_pu"), generator.voltage_pu, 0.5, 1.5);
    }
    for (i, load) in network.loads.iter().enumerate() {
        require_bus(network, problems, format_args!("loads[{i}].bus"), load.bus);
        problems.require_range(format_args!("loads[{i}].power_kw"), load.power_kw, -1e9, 1e9);
        problems.require_range(format_args!("loads[{i}].reactive_kvar"), load.reactive_kvar, -1e9, 1e9);
        for (name, part) in [("active", load.active), ("reactive", load.reactive)] {
            let (current, impedance) = (part.constant_current, part.constant_impedance);
            problems.require_range(format_args!("loads[{i}].{name}.constant_current"), current, 0.0, 1.0);
            problems.require_range(format_args!("loads[{i}].{name}.constant_impedance"), impedance, 0.0, 1.0);
            problems.require_range(
                format_args!("loads[{i}].{name}: sum of shares"),
                current + impedance,
                0.0,
                1.0 + 1e-12,
            );
        }
    }
}

fn check_switches(network: &Network, problems: &mut Problems) {
    for (i, switch) in network.switches.iter().enumerate() {
        require_bus(network, problems, format_args!("switches[{i}].bus"), switch.bus);
        let field = format!("switches[{i}].element");
        let ends = match switch.element {
            SwitchedElement::Bus(bus) => {
                require_bus(network, problems, format_args!("{field}"), bus);
                if bus == switch.bus {
                    problems.push(Problem::new(field, "is the bus at which the switch stands"));
                } else if let (Some(a), Some(b)) = (network.buses.get(switch.bus), network.buses.get(bus))
                    && a.nominal_kv != b.nominal_kv
                {
                    let problem = Problem::new(field, "joins buses of different nominal voltage");
                    problems.push(problem.value(format!("{} and {} kV", a.nominal_kv, b.nominal_kv)));
                }
                continue;
            }
            SwitchedElement::Line(line) => network.lines.get(line).map(|line| [line.from_bus, line.to_bus]),
            SwitchedElement::Transformer(unit) => {
                network.transformers.get(unit).map(|unit| [unit.high_bus, unit.low_bus])
            }
        };
        match ends {
            None => problems.push(Problem::new(field, "is no element of the network")),
            Some(ends) if !ends.contains(&switch.bus) => {
                problems.push(Problem::new(field, "does not end at the bus of the switch"));
            }
            Some(_) => {}
        }
    }
}

/// A bus that no source reaches though every switch were closed is a slip in the data.
fn check_connection(network: &Network, problems: &mut Problems) {
    let mut sets = Sets::new(network.buses.len());
    for line in &network.lines {
        sets.join(line.from_bus, line.to_bus);
    }
    for unit in &network.transformers {
        sets.join(unit.high_bus, unit.low_bus);
    }
    for switch in &network.switches {
        if let SwitchedElement::Bus(other) = switch.element
            && switch.bus < network.buses.len()
            && other < network.buses.len()
        {
            sets.join(switch.bus, other);
        }
    }
    let mut is_fed = alloc::vec![false; network.buses.len()];
    for source in &network.sources {
        let leader = sets.find(source.bus);
        is_fed[leader] = true;
    }
    for (i, bus) in network.buses.iter().enumerate() {
        let leader = sets.find(i);
        if !is_fed[leader] {
            let problem = Problem::new(format!("buses[{i}]"), format!("\"{}\" floats: no source reaches it", bus.name));
            problems.push(problem.hint("even with every switch closed and every element in service"));
        }
    }
    let mut at_node: alloc::vec::Vec<(usize, usize)> = alloc::vec::Vec::new();
    for (i, source) in
        network.sources.iter().enumerate().filter(|(_, source)| source.short_circuit_kva == f64::INFINITY)
    {
        if let Some(&(_, first)) = at_node.iter().find(|(bus, _)| *bus == source.bus) {
            let message = format!(
                "is a second voltage without impedance at the bus of source \"{}\"",
                network.sources[first].name
            );
            problems.push(Problem::new(format!("sources[{i}].bus"), message));
        }
        at_node.push((source.bus, i));
    }
}
