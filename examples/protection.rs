//! How a feeder's protection is judged: what a fault draws from the grid and from an island's inverter, and who ends it.
//!
//! The network and its devices are a folder. The same fault is looked at twice; in the island the inverter gives little more
//! than its rated current, which no fast element sees: its own undervoltage timer ends the fault, and the whole island.

use microgrid::distribution::short_circuit::{FaultCase, FaultKind, FaultStudy, Operation};

fn main() -> Result<(), microgrid::Problems> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/protected-street");
    let network = microgrid::io::network::read_network(folder)?;
    let scheme = microgrid::io::protection::read_scheme(folder, &network)?;
    let study = FaultStudy::new(&network, &scheme)?;
    let houses = network.buses.iter().position(|bus| bus.name == "houses").expect("a bus of the seed");

    let mut opened = Vec::new();
    for operation in [Operation::GridTied, Operation::Islanded] {
        let asked = (operation, FaultKind::ThreePhase, FaultCase::Least);
        let course = study.course(operation, houses, FaultKind::ThreePhase, FaultCase::Least);
        println!("{}", microgrid::fault_table(&study, asked, &course));
        let names = course.openings.iter().map(|opening| scheme.devices[opening.device].name.clone());
        opened.push((names.collect::<Vec<_>>(), course.is_selective));
    }

    let svg = microgrid::time_current_svg(&study, Operation::GridTied, houses)?;
    assert!(svg.contains("Q1") && svg.contains("least fault"));
    // The grid's fault is cleared by the breaker of the houses alone; the island's by none, but by the battery's own timer.
    assert_eq!(opened, [(vec!["Q1".to_owned()], true), (Vec::new(), false)]);
    Ok(())
}
