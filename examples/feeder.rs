//! How a feeder is solved beside a site, and what a planner asks of it first: how much solar power a bus can take.
//!
//! The network is CIGRE's European low-voltage benchmark as pandapower writes it. Its evening flow is solved once; then for
//! three buses the greatest solar power is sought, at a tenth of the load, at which no bus rises above 1.03 p.u. and no line
//! or transformer is overloaded.

use microgrid::distribution::{Feeder, Flow, FlowSettings, LoadPoint, Network};
use microgrid::io::network::import_pandapower;

/// Whether voltages and loadings are as they should be.
fn is_fine(flow: &Flow) -> bool {
    let loading = flow.lines.iter().chain(&flow.transformers).map(|branch| branch.loading_percent);
    flow.has_converged() && flow.buses.iter().all(|bus| bus.voltage_pu <= 1.03) && loading.fold(0.0, f64::max) <= 100.0
}

/// The greatest power, to 0.1 kW, that a plant at `bus` can give while the loads draw a tenth.
fn hosting_capacity_kw(network: &Network, bus: usize) -> f64 {
    let mut with_plant = network.clone();
    with_plant.loads.push(LoadPoint::new("plant", bus, 0.0, 0.0));
    let feeder = Feeder::compile(&with_plant).expect("the network with a plant compiles");
    let plant = network.loads.len();
    let flow_at = |power_kw: f64| {
        let draw = |load: usize| match load {
            _ if load == plant => (-power_kw, 0.0),
            _ => (0.1 * network.loads[load].power_kw, 0.1 * network.loads[load].reactive_kvar),
        };
        feeder.solve_with(draw, &FlowSettings::default())
    };
    let (mut fits, mut too_much) = (0.0, 2000.0);
    while too_much - fits > 0.1 {
        let middle = 0.5 * (fits + too_much);
        if is_fine(&flow_at(middle)) { fits = middle } else { too_much = middle }
    }
    fits
}

fn main() -> Result<(), microgrid::Problems> {
    let text = include_str!("../tests/data/feeders/pandapower/cigre_lv.json");
    let network = import_pandapower(text, "cigre_lv.json")?.network;
    let evening = Feeder::compile(&network)?.solve(&FlowSettings::default());
    let lowest = evening.lowest_bus().expect("buses are energised");
    println!(
        "evening: {:.2} kW lost, {:.4} p.u. at {}",
        evening.loss_kw, evening.buses[lowest].voltage_pu, network.buses[lowest].name
    );
    let mut capacities = Vec::new();
    for name in ["Bus R1", "Bus R6", "Bus R18"] {
        let bus = network.buses.iter().position(|bus| bus.name == name).expect("a bus of the benchmark");
        capacities.push(hosting_capacity_kw(&network, bus));
        println!("{name} takes {:.1} kW of sun", capacities[capacities.len() - 1]);
    }
    // The farther from the transformer, the less: 28.33 kW of losses are the benchmark's.
    assert!((evening.loss_kw - 28.3292).abs() < 1e-3 && capacities.is_sorted_by(|near, far| near > far));
    Ok(())
}
