//! How a feeder's protection is judged: what a fault draws from the grid and from an island's inverter, and who ends it.
//!
//! The network and its devices are a folder. The same fault is looked at twice; in the island the inverter gives little more
//! than its rated current, so that only the slow elements see it. The time–current picture goes to the folder of targets.

use microgrid::distribution::short_circuit::{FaultCase, FaultKind, FaultStudy, Operation};

fn main() -> Result<(), microgrid::Problems> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/protected-street");
    let network = microgrid::io::network::read_network(folder)?;
    let scheme = microgrid::io::protection::read_scheme(folder, &network)?;
    let study = FaultStudy::new(&network, &scheme)?;
    let houses = network.buses.iter().position(|bus| bus.name == "houses").expect("a bus of the seed");

    let mut cleared_s = Vec::new();
    for operation in [Operation::GridTied, Operation::Islanded] {
        let asked = (operation, FaultKind::ThreePhase, FaultCase::Least);
        let course = study.course(operation, houses, FaultKind::ThreePhase, FaultCase::Least);
        println!("{}", microgrid::fault_table(&study, asked, &course));
        cleared_s.push(course.cleared_s.expect("a device ends it"));
    }

    let svg = microgrid::time_current_svg(&study, Operation::GridTied, houses)?;
    assert!(svg.contains("Q1") && svg.contains("least fault"));
    // The grid's fault is over in a fraction of a second; the island's lasts until the breakers are too warm.
    assert!(cleared_s[0] < 0.5 && cleared_s[1] > 60.0, "{cleared_s:?}");
    Ok(())
}
