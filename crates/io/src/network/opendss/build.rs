//! From the objects of a script to a network.

use std::cell::RefCell;
use std::collections::BTreeMap;

use microgrid_core::distribution::VoltageDependence;
use microgrid_core::distribution::unbalanced::{
    NodePair, PhaseCapacitor, PhaseFeeder, PhaseLoad, PhaseNetwork, PhaseNode, PhaseSource,
};
use microgrid_core::{Problem, Problems};

use super::ImportedPhases;
use super::branches;
use super::object::{Asked, Circuit};

/// Voltage bases of OpenDSS where a script gives none, kV between lines.
const USUAL_BASES_KV: [f64; 7] = [0.208, 0.480, 12.47, 24.9, 34.5, 115.0, 230.0];

/// A network while it is made.
pub(super) struct Build<'a> {
    pub(super) circuit: &'a Circuit,
    pub(super) network: PhaseNetwork,
    pub(super) problems: RefCell<Problems>,
    nodes: BTreeMap<(String, u32), usize>,
}

/// The network of a circuit.
///
/// # Errors
/// Values that are not understood, and what the compiler refuses.
pub(super) fn network(circuit: &Circuit, file: &str) -> Result<ImportedPhases, Problems> {
    let mut build = Build {
        circuit,
        network: PhaseNetwork {
            name: circuit.name.clone(),
            frequency_hz: circuit.frequency_hz.unwrap_or(60.0),
            ..PhaseNetwork::default()
        },
        problems: RefCell::new(Problems::none()),
        nodes: BTreeMap::new(),
    };
    build.sources(file);
    for object in &circuit.objects {
        let problems = RefCell::new(Problems::none());
        let asked = Asked { object, problems: &problems };
        if asked.is_enabled() {
            match object.class {
                "line" => branches::line(&mut build, &asked),
                "transformer" => branches::transformer(&mut build, &asked),
                "load" => build.load(&asked),
                "capacitor" => build.capacitor(&asked),
                _ => {}
            }
        }
        build.problems.borrow_mut().extend(problems.into_inner());
    }
    let Build { mut network, problems, .. } = build;
    problems.into_inner().or_else(|| ())?;
    let at_file = |problems: Problems| {
        let mut placed = Problems::none();
        problems.into_iter().for_each(|problem| placed.push(problem.at(file, None)));
        placed
    };
    let voltages_v = PhaseFeeder::compile(&network).map_err(at_file)?.no_load_voltages_v();
    set_bases(&mut network, &voltages_v, &circuit.voltage_bases_kv);
    PhaseFeeder::compile(&network).map_err(at_file)?;
    Ok(ImportedPhases { network, notes: circuit.notes.clone() })
}

/// Gives each node the base nearest to its voltage without load.
fn set_bases(network: &mut PhaseNetwork, voltages_v: &[f64], bases_kv: &[f64]) {
    let bases_kv = if bases_kv.is_empty() { &USUAL_BASES_KV } else { bases_kv };
    let root_3 = 3f64.sqrt();
    let mut by_bus: BTreeMap<String, f64> = BTreeMap::new();
    for (node, voltage_v) in network.nodes.iter().zip(voltages_v).filter(|(_, voltage_v)| **voltage_v > 0.0) {
        let off = |kv: &f64| (1.0 - voltage_v / (1000.0 * kv / root_3)).abs();
        let nearest = bases_kv.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
        if let Some(kv) = nearest {
            by_bus.entry(node.bus.clone()).or_insert(1000.0 * kv / root_3);
        }
    }
    for node in &mut network.nodes {
        node.nominal_v = by_bus.get(&node.bus).copied().unwrap_or(node.nominal_v);
    }
}

impl Build<'_> {
    fn node(&mut self, bus: &str, phase: u32) -> usize {
        let nodes = &mut self.network.nodes;
        *self.nodes.entry((bus.to_owned(), phase)).or_insert_with(|| {
            // Until its base is known.
            nodes.push(PhaseNode { bus: bus.to_owned(), phase, nominal_v: 1000.0 });
            nodes.len() - 1
        })
    }

    /// The nodes of the conductors of a terminal written as `bus.1.2.3`: `phases` of them from 1 on where none are written,
    /// and earth for what comes after.
    pub(super) fn terminal(
        &mut self,
        asked: &Asked<'_>,
        property: &str,
        text: &str,
        phases: usize,
    ) -> Vec<Option<usize>> {
        let mut pieces = text.split('.');
        let bus = pieces.next().unwrap_or("").trim().to_lowercase();
        let mut numbers = Vec::new();
        for piece in pieces {
            match piece.trim().parse::<u32>() {
                Ok(number) if number <= 1000 => numbers.push(number),
                _ => asked.refuse(property, "has a node that is no number"),
            }
        }
        if bus.is_empty() {
            asked.refuse(property, "names no bus");
        }
        let usual = (numbers.len() as u32 + 1..=phases as u32).collect::<Vec<_>>();
        numbers.extend(usual);
        let mut nodes: Vec<Option<usize>> =
            numbers.into_iter().map(|number| (number > 0).then(|| self.node(&bus, number))).collect();
        while nodes.len() < phases + 1 {
            nodes.push(None);
        }
        nodes
    }

    fn sources(&mut self, file: &str) {
        let objects: Vec<_> = self.circuit.objects.iter().filter(|object| object.class == "vsource").collect();
        let problems = RefCell::new(Problems::none());
        for (i, object) in objects.iter().enumerate() {
            let asked = Asked { object, problems: &problems };
            match i {
                0 => self.network.source = self.source(&asked),
                _ => asked.refuse("vsource", "is a second source, and this import takes one"),
            }
        }
        self.problems.borrow_mut().extend(problems.into_inner());
        if objects.is_empty() {
            let problem = Problem::new("", "makes no circuit").hint("a script begins with New Circuit.name");
            self.problems.borrow_mut().push(problem.at(file, None));
        }
    }

    fn source(&mut self, asked: &Asked<'_>) -> PhaseSource {
        let phases = asked.phases("phases", 3);
        if phases == 2 {
            asked.refuse("phases", "is 2, and a source has 1 or 3");
        }
        let base_kv = asked.number("basekv").unwrap_or(115.0);
        let (x1r1, x0r0) = (asked.number("x1r1").unwrap_or(4.0), asked.number("x0r0").unwrap_or(3.0));
        let root_3 = 3f64.sqrt();
        let power = |mva: &str, ka: &str, usual: f64| {
            let from_current = asked.number(ka).map(|a| root_3 * base_kv * a / 1000.0);
            asked.number(mva).or(from_current).unwrap_or(usual)
        };
        let mva3 = power("mvasc3", "isc3", 2000.0);
        let mva1 = power("mvasc1", "isc1", 2100.0);
        let r1 = base_kv * base_kv / mva3 / (1.0 + x1r1 * x1r1).sqrt();
        let (mut r1, mut x1) = (r1, r1 * x1r1);
        // |2·Z1 + Z0| is that of a fault of one phase.
        let all = 3.0 * base_kv * base_kv / mva1;
        let (a, b) = (1.0 + x0r0 * x0r0, 4.0 * (r1 + x1 * x0r0));
        let c = 4.0 * (r1 * r1 + x1 * x1) - all * all;
        let r0 = (-b + (b * b - 4.0 * a * c).max(0.0).sqrt()) / (2.0 * a);
        let (mut r0, mut x0) = (r0, r0 * x0r0);
        for (name, r, x) in [("z1", &mut r1, &mut x1), ("z0", &mut r0, &mut x0)] {
            match asked.numbers(name).as_deref() {
                Some([re, im]) => (*r, *x) = (*re, *im),
                Some(_) => asked.refuse(name, "is no pair of resistance and reactance"),
                None => {}
            }
        }
        for (name, ohm) in [("r1", &mut r1), ("x1", &mut x1), ("r0", &mut r0), ("x0", &mut x0)] {
            *ohm = asked.number(name).unwrap_or(*ohm);
        }
        let bus = asked.text("bus1").unwrap_or("sourcebus").to_owned();
        let nodes = self.terminal(asked, "bus1", &bus, phases);
        let to_earth = if phases == 1 { 1.0 } else { root_3 };
        PhaseSource {
            name: asked.object.name.clone(),
            nodes: nodes[..phases].iter().flatten().copied().collect(),
            voltage_v: 1000.0 * base_kv * asked.number("pu").unwrap_or(1.0) / to_earth,
            angle_deg: asked.number("angle").unwrap_or(0.0),
            r1_ohm: r1,
            x1_ohm: x1,
            r0_ohm: r0,
            x0_ohm: x0,
        }
    }

    /// Ends of the parts of a load or capacitor, and the rated voltage of a part.
    fn parts(&mut self, asked: &Asked<'_>, phases: usize) -> (Vec<NodePair>, f64) {
        let kv = asked.required("kv");
        let is_delta = asked.is_delta(asked.text("conn"));
        let bus = asked.text("bus1").unwrap_or("").to_owned();
        if bus.is_empty() {
            asked.refuse("bus1", "is missing");
        }
        let nodes = self.terminal(asked, "bus1", &bus, phases);
        let parts = match (is_delta, phases) {
            (false, _) => (0..phases).map(|k| [nodes[k], nodes[phases]]).collect(),
            (true, 1) => vec![[nodes[0], nodes[1]]],
            (true, 3) => (0..3).map(|k| [nodes[k], nodes[(k + 1) % 3]]).collect(),
            _ => {
                asked.refuse("conn", "is delta with two phases, which this import does not understand");
                Vec::new()
            }
        };
        let across_lines = is_delta || phases == 1;
        (parts, if across_lines { 1000.0 * kv } else { 1000.0 * kv / 3f64.sqrt() })
    }

    fn load(&mut self, asked: &Asked<'_>) {
        let phases = asked.phases("phases", 3);
        let (parts, rated_v) = self.parts(asked, phases);
        let factor = asked.number("pf").unwrap_or(0.88);
        if factor == 0.0 || factor.abs() > 1.0 {
            asked.refuse("pf", "is no power factor");
        }
        let kva =
            asked.last(&["kw", "kva"]).filter(|property| property.name == "kva").and_then(|_| asked.number("kva"));
        let kw = kva.map_or_else(|| asked.number("kw").unwrap_or(10.0), |kva| kva * factor.abs());
        let by_factor = kw * (1.0 / (factor * factor) - 1.0).max(0.0).sqrt() * factor.signum();
        let last = asked.last(&["kvar", "pf", "kva"]).map(|property| property.name);
        let kvar = if last == Some("kvar") { asked.number("kvar").unwrap_or(0.0) } else { by_factor };
        let share =
            |constant_current: f64, constant_impedance: f64| VoltageDependence { constant_current, constant_impedance };
        let (active, reactive) = match asked.number("model").unwrap_or(1.0) as i64 {
            1 => (share(0.0, 0.0), share(0.0, 0.0)),
            2 => (share(0.0, 1.0), share(0.0, 1.0)),
            4 => {
                let exponents = [("cvrwatts", 1.0), ("cvrvars", 2.0)].map(|(name, usual)| {
                    let exponent = asked.number(name).unwrap_or(usual);
                    if ![0.0, 1.0, 2.0].contains(&exponent) {
                        asked.refuse(name, "is not 0, 1 or 2");
                    }
                    exponent
                });
                let [active, reactive] = exponents.map(|exponent| match exponent {
                    1.0 => share(1.0, 0.0),
                    2.0 => share(0.0, 1.0),
                    _ => share(0.0, 0.0),
                });
                (active, reactive)
            }
            5 => (share(1.0, 0.0), share(1.0, 0.0)),
            8 => match asked.numbers("zipv").as_deref() {
                Some(&[zp, ip, pp, zq, iq, pq, cut]) => {
                    if (zp + ip + pp - 1.0).abs() > 1e-6 || (zq + iq + pq - 1.0).abs() > 1e-6 || cut > 0.0 {
                        asked.refuse(
                            "zipv",
                            "has shares that do not add up to 1, or a voltage below which it drops off",
                        );
                    }
                    (share(ip, zp), share(iq, zq))
                }
                _ => {
                    asked.refuse("zipv", "is not seven numbers");
                    Default::default()
                }
            },
            _ => {
                asked
                    .refuse("model", "is a load model that this import does not understand (it does 1, 2, 4, 5 and 8)");
                Default::default()
            }
        };
        let multiplier = self.circuit.load_multiplier.unwrap_or(1.0);
        self.network.loads.push(PhaseLoad {
            name: asked.object.name.clone(),
            parts,
            rated_v,
            power_kw: multiplier * kw,
            reactive_kvar: multiplier * kvar,
            active,
            reactive,
            voltage_least_pu: asked.number("vminpu").unwrap_or(0.95),
            voltage_greatest_pu: asked.number("vmaxpu").unwrap_or(1.05),
        });
    }

    fn capacitor(&mut self, asked: &Asked<'_>) {
        let phases = asked.phases("phases", 3);
        if asked.text("bus2").is_some() {
            asked.refuse("bus2", "makes it a series capacitor, which this import does not understand");
        }
        if asked.number("numsteps").unwrap_or(1.0) != 1.0 {
            asked.refuse("numsteps", "is not 1, and this import takes banks of one step");
        }
        let is_on = asked.numbers("states").and_then(|states| states.first().copied()).unwrap_or(1.0) > 0.0;
        let (parts, rated_v) = self.parts(asked, phases);
        let given_kvar = asked.required("kvar");
        if is_on {
            self.network.capacitors.push(PhaseCapacitor {
                name: asked.object.name.clone(),
                parts,
                rated_v,
                given_kvar,
            });
        }
    }
}
