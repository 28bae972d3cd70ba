//! Promise: a network read from a file solves to the figures of the tool that wrote it, and survives being written again;
//! lanes are the scalar flow bit for bit; whatever is wrong with a network is named at once.

use std::fs;
use std::path::PathBuf;

use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::distribution::{
    Bus, BusShare, Feeder, Flow, FlowSettings, FlowStatus, Generator, Line, LoadPoint, Network, Place, Placed,
    PowerTransformer, Shunt, Side, SiteFeeder, Switch, SwitchedElement, TransformerCircuit, VoltageSource,
};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use microgrid_io::network::{import_network, import_pandapower, network_schema, read_network, write_network};

fn data(path: &str) -> String {
    let path = format!("{}/../../tests/data/feeders/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("network-{name}"));
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn imported(name: &str) -> Network {
    import_pandapower(&data(&format!("pandapower/{name}.json")), &format!("{name}.json")).unwrap().network
}

fn exact() -> FlowSettings {
    FlowSettings { tolerance_pu: 1e-9, ..FlowSettings::default() }
}

fn line(from_bus: usize, to_bus: usize, r: f64, x: f64) -> Line {
    Line {
        name: format!("{from_bus}-{to_bus}"),
        from_bus,
        to_bus,
        length_km: 1.0,
        r_ohm_per_km: r,
        x_ohm_per_km: x,
        c_nf_per_km: 0.0,
        g_us_per_km: 0.0,
        ampacity_a: f64::INFINITY,
        parallel: 1,
        in_service: true,
    }
}

fn source(bus: usize) -> VoltageSource {
    VoltageSource {
        name: "grid".into(),
        bus,
        voltage_pu: 1.0,
        angle_deg: 0.0,
        short_circuit_kva: f64::INFINITY,
        r_to_x: 0.1,
    }
}

/// Buses of 0.4 kV in a row, the first at the grid.
fn row_of(buses: usize) -> Network {
    let mut network = Network::new("row");
    network.buses = (0..buses).map(|i| Bus { name: format!("b{i}"), nominal_kv: 0.4 }).collect();
    network.lines = (1..buses).map(|i| line(i - 1, i, 0.02, 0.008)).collect();
    network.sources = vec![source(0)];
    network.loads = (1..buses).map(|i| LoadPoint::new(format!("l{i}"), i, 10.0, 3.0)).collect();
    network
}

/// Files of pandapower, solved, give the voltages and losses that pandapower wrote beside them, also after a round trip
/// through our own folder. Tolerance 1e-6 p.u., 1e-5 degrees and 1 W: theirs is 1e-8 MVA. One of them has every element and
/// setting that is read, taps of every kind among them, a phase shifter in a loop, and what stands apart or out of service.
#[test]
fn pandapower_files_solve_to_their_solutions() {
    for name in ["case33bw", "cigre_lv", "example_multivoltage", "every_element"] {
        let network = imported(name);
        let folder = folder(name);
        write_network(&network, &folder).unwrap();
        assert_eq!(read_network(&folder).unwrap(), network, "{name}");
        let flow = Feeder::compile(&network).unwrap().solve(&exact());
        let solution: serde_json::Value =
            serde_json::from_str(&data(&format!("pandapower/{name}.solution.json"))).unwrap();
        assert!((flow.loss_kw - solution["loss_kw"].as_f64().unwrap()).abs() < 1e-3, "{name}: {}", flow.loss_kw);
        let voltages = solution["vm_pu"].as_object().unwrap();
        for (bus, theirs) in voltages {
            let at = network.buses.iter().position(|ours| ours.name == *bus).map(|bus| flow.buses[bus]);
            // What has no voltage there is not here, or dark.
            let Some(theirs) = theirs.as_f64() else {
                assert!(at.is_none_or(|at| at.voltage_pu == 0.0), "{name} {bus}");
                continue;
            };
            let at = at.unwrap();
            assert!((at.voltage_pu - theirs).abs() < 1e-6, "{name} {bus}");
            if let Some(angle_deg) = solution["va_degree"][bus].as_f64() {
                assert!((at.angle_deg - angle_deg).abs() < 1e-5, "{name} {bus}: {} {angle_deg}", at.angle_deg);
            }
        }
    }
}

/// power-grid-model's input solves to its own output: loads of every type, taps counted down, a half-open cable, a link.
/// Tolerance 1e-6 p.u.: a link is 1e6 p.u. there and nothing here.
#[test]
fn power_grid_model_files_solve_to_their_solutions() {
    let imported = import_network(&data("power_grid_model/mesh.json"), "mesh.json").unwrap();
    let (network, flow) = (&imported.network, Feeder::compile(&imported.network).unwrap().solve(&exact()));
    let solution: serde_json::Value = serde_json::from_str(&data("power_grid_model/mesh.solution.json")).unwrap();
    for (bus, at) in network.buses.iter().zip(&flow.buses) {
        let theirs = &solution["node"][&bus.name];
        assert!((at.voltage_pu - theirs[0].as_f64().unwrap()).abs() < 1e-6, "{}", bus.name);
        assert!((at.angle_deg - theirs[1].as_f64().unwrap()).abs() < 1e-5, "{}", bus.name);
    }
    // Losses in a kW of 58; their tolerance of 1e-10 p.u. is 0.1 W a branch.
    assert!((flow.loss_kw - solution["loss_kw"].as_f64().unwrap()).abs() < 0.01, "{}", flow.loss_kw);
    for (line, flow) in network.lines.iter().zip(&flow.lines) {
        let theirs = &solution["line"][line.name.trim_start_matches("line ")];
        assert!((1000.0 * flow.from_kw - theirs[0].as_f64().unwrap()).abs() < 10.0, "{}: {}", line.name, flow.from_kw);
        assert!((flow.from_a - theirs[1].as_f64().unwrap()).abs() < 1e-3, "{}: {}", line.name, flow.from_a);
    }
    let text = data("power_grid_model/mesh.json");
    let batch = text.replacen("\"is_batch\": false", "\"is_batch\": true", 1);
    let regulated = text.replacen("\"node\":", "\"voltage_regulator\": [{\"id\": 99}], \"node\":", 1);
    for (text, part) in [(batch, "is a batch"), (regulated, "voltage_regulator: is a component that is not read")] {
        let refused = import_network(&text, "mesh.json").unwrap_err().to_string();
        assert!(refused.contains(part), "{part} in {refused}");
    }
}

/// Two buses have a closed solution: |V|⁴ + (2(RP + XQ) − E²)|V|² + (R² + X²)(P² + Q²) = 0, the upper root.
#[test]
fn two_buses_are_their_closed_form() {
    for (kw, kvar, short_circuit_kva) in
        [(30.0, 10.0, f64::INFINITY), (-25.0, 5.0, f64::INFINITY), (30.0, 10.0, 2000.0)]
    {
        let mut network = row_of(2);
        network.loads = vec![LoadPoint::new("l", 1, kw, kvar)];
        network.sources[0].short_circuit_kva = short_circuit_kva;
        let base_ohm = 0.16;
        let (mut r, mut x) = (0.02 / base_ohm, 0.008 / base_ohm);
        if short_circuit_kva.is_finite() {
            let behind = 1000.0 / short_circuit_kva / (1.0f64 + 0.01).sqrt();
            (r, x) = (r + 0.1 * behind, x + behind);
        }
        let (p, q) = (kw / 1000.0, kvar / 1000.0);
        let half = 0.5 * (1.0 - 2.0 * (r * p + x * q));
        let expected = (half + (half * half - (r * r + x * x) * (p * p + q * q)).sqrt()).sqrt();
        let flow = Feeder::compile(&network).unwrap().solve(&exact());
        assert!((flow.buses[1].voltage_pu - expected).abs() < 1e-9, "{} {expected}", flow.buses[1].voltage_pu);
        assert!(flow.residual_kw().abs() < 1e-9);
    }
}

/// Load that is all of constant impedance makes the network linear: one division gives the voltage.
#[test]
fn loads_follow_the_voltage() {
    let mut network = row_of(2);
    let mut load = LoadPoint::new("l", 1, 40.0, 0.0);
    load.active.constant_impedance = 1.0;
    network.loads = vec![load.clone()];
    let flow = Feeder::compile(&network).unwrap().solve(&exact());
    let (g, r, x) = (0.04, 0.02 / 0.16, 0.008 / 0.16);
    let expected = 1.0 / ((1.0f64 + g * r).powi(2) + (g * x).powi(2)).sqrt();
    assert!((flow.buses[1].voltage_pu - expected).abs() < 1e-9);
    load.active.constant_impedance = 0.0;
    load.active.constant_current = 1.0;
    network.loads = vec![load];
    let flow = Feeder::compile(&network).unwrap().solve(&exact());
    assert!((flow.loads[0].power_kw - 40.0 * flow.buses[1].voltage_pu).abs() < 1e-6);
}

/// Random multiples of each load of case33bw, eight at once, radial and with its five loops closed: lane by lane the bits
/// of the flow alone. A flow that no voltages carry is flagged with its worst bus and leaves its neighbours' bits alone.
#[test]
fn lanes_are_the_flow_alone_and_divergence_stays_in_its_lane() {
    let mut network = imported("case33bw");
    let settings = FlowSettings::default();
    for closed in [false, true] {
        network.lines.iter_mut().for_each(|line| line.in_service |= closed);
        let feeder = Feeder::compile(&network).unwrap();
        let scale = |step: usize, load: usize| match step {
            11 => 40.0,
            _ => 0.2 + ((step * 31 + load * 17) % 97) as f64 / 100.0,
        };
        let draw = |step: usize, load: usize| {
            let load_point = &network.loads[load];
            (scale(step, load) * load_point.power_kw, scale(step, load) * load_point.reactive_kvar)
        };
        let series = feeder.solve_series(21, draw, &settings);
        for (step, summary) in series.iter().enumerate() {
            let flow = feeder.solve_with(|load| draw(step, load), &settings);
            assert_eq!(flow.has_converged(), step != 11, "{step}: {:?}", flow.status);
            if step == 11 {
                assert!(matches!(summary.status, FlowStatus::Diverged { .. }));
                continue;
            }
            let lowest = flow.buses[summary.lowest_bus].voltage_pu;
            assert_eq!(summary.loss_kw.to_bits(), flow.loss_kw.to_bits(), "{closed} {step}");
            assert!((summary.lowest_pu - lowest).abs() < 1e-15 && Some(summary.lowest_bus) == flow.lowest_bus());
            assert_eq!(summary.source_kw.to_bits(), flow.sources[0].power_kw.to_bits());
        }
    }
}

/// Where the fixed point is stopped early Newton's method finds the same voltages.
#[test]
fn newton_finds_what_the_fixed_point_finds() {
    let network = imported("case33bw");
    let feeder = Feeder::compile(&network).unwrap();
    let draw = |load: usize| (3.0 * network.loads[load].power_kw, 3.0 * network.loads[load].reactive_kvar);
    let settled = feeder.solve_with(draw, &exact());
    let newton = feeder.solve_with(draw, &FlowSettings { sweeps_max: 2, ..exact() });
    assert!(matches!(settled.status, FlowStatus::Settled { .. }) && newton.status == FlowStatus::ByNewton);
    for (a, b) in settled.buses.iter().zip(&newton.buses) {
        assert!((a.voltage_pu - b.voltage_pu).abs() < 1e-7);
    }
    assert!(settled.buses[17].voltage_pu < 0.75, "it is near the limit");
}

fn transformer(shift_deg: f64) -> PowerTransformer {
    PowerTransformer {
        name: format!("{shift_deg}"),
        high_bus: 0,
        low_bus: 1,
        rated_kva: 400.0,
        high_kv: 0.4,
        low_kv: 0.4,
        short_circuit_percent: 4.0,
        copper_loss_percent: 1.0,
        no_load_percent: 0.0,
        iron_loss_kw: 0.0,
        shift_deg,
        tap_side: Side::High,
        tap_position: 0.0,
        tap_step_percent: 0.0,
        parallel: 1,
        circuit: TransformerCircuit::T,
        in_service: true,
    }
}

/// A phase shifter of 2° beside an equal transformer drives 2·sin(1°)/(2·z) around the loop, whatever the load; vector
/// groups that do not fit are refused.
#[test]
fn a_phase_shifter_drives_power_around_its_loop() {
    let mut network = row_of(2);
    network.lines.clear();
    network.loads.clear();
    network.transformers = vec![transformer(0.0), transformer(2.0)];
    let flow = Feeder::compile(&network).unwrap().solve(&exact());
    let around_a = 1f64.to_radians().sin() / 0.04 * 400.0 / (3f64.sqrt() * 0.4);
    for unit in &flow.transformers {
        assert!((unit.from_a - around_a).abs() < 1e-6 * around_a, "{} {around_a}", unit.from_a);
    }
    assert!(
        flow.transformers[0].from_kw > 0.0 && flow.transformers[1].from_kw < 0.0 && flow.residual_kw().abs() < 1e-9
    );
    network.transformers[1].shift_deg = 30.0;
    let text = Feeder::compile(&network).unwrap_err().to_string();
    assert!(text.contains("transformers[1].shift_deg: does not close the loop"), "{text}");
}

/// Newton's method holds the voltages of generators as the fixed point does, and says the same reactive power.
#[test]
fn newton_holds_voltages() {
    let mut network = imported("case33bw");
    for (bus, power_kw, voltage_pu) in [(17, 300.0, 0.97), (32, 500.0, 0.98), (24, 200.0, 0.99)] {
        network.generators.push(Generator { name: format!("g{bus}"), bus, power_kw, voltage_pu });
    }
    let feeder = Feeder::compile(&network).unwrap();
    let settled = feeder.solve(&exact());
    let newton = feeder.solve(&FlowSettings { sweeps_max: 1, ..exact() });
    assert!(matches!(settled.status, FlowStatus::Settled { .. }) && newton.status == FlowStatus::ByNewton);
    for (generator, (a, b)) in network.generators.iter().zip(settled.generators.iter().zip(&newton.generators)) {
        assert!((newton.buses[generator.bus].voltage_pu - generator.voltage_pu).abs() < 1e-7);
        assert!((a.reactive_kvar - b.reactive_kvar).abs() < 1e-2, "{a:?} {b:?}");
    }
    assert!(newton.residual_kw().abs() < 1e-8);
}

/// A closed switch has no impedance: its buses have one voltage, its flow is what Kirchhoff leaves; a loop of switches is
/// told, and its flow is not made up. An open one parts, and what it parts is dark.
#[test]
fn switches_join_part_and_carry_what_is_left() {
    let mut network = row_of(4);
    network.buses.push(Bus { name: "side".into(), nominal_kv: 0.4 });
    network.loads.push(LoadPoint::new("side", 4, 7.0, 1.0));
    let switch = |bus: usize, element: SwitchedElement, is_closed: bool| Switch {
        name: format!("s{bus}"),
        bus,
        element,
        is_closed,
    };
    network.switches = vec![switch(4, SwitchedElement::Bus(1), true), switch(2, SwitchedElement::Line(2), false)];
    let feeder = Feeder::compile(&network).unwrap();
    let flow: Flow = feeder.solve(&exact());
    assert_eq!(flow.buses[1], flow.buses[4]);
    let through = flow.switches[0].unwrap();
    assert!((through.power_kw + 7.0).abs() < 1e-6 && (through.reactive_kvar + 1.0).abs() < 1e-6, "{through:?}");
    assert!(!feeder.is_energised(3) && flow.buses[3].voltage_pu == 0.0 && flow.unserved_kw == 10.0);
    assert!(flow.residual_kw().abs() < 1e-9);
    network.switches.push(switch(1, SwitchedElement::Bus(4), true));
    let feeder = Feeder::compile(&network).unwrap();
    assert_eq!(feeder.looping_switches(), [2]);
    let flow = feeder.solve(&exact());
    assert!(flow.switches[0].is_none() && flow.switches[2].is_none() && flow.switches[1].is_some());
}

/// A cable open at its far end still charges: its reactive power is ω·c·l·V², half of it there.
#[test]
fn a_half_open_cable_charges() {
    let mut network = row_of(2);
    network.lines[0].c_nf_per_km = 300.0;
    network.loads.clear();
    network.switches = vec![Switch { name: "end".into(), bus: 1, element: SwitchedElement::Line(0), is_closed: false }];
    let flow = Feeder::compile(&network).unwrap().solve(&exact());
    let kvar = 2.0 * std::f64::consts::PI * 50.0 * 300e-9 * 400.0 * 400.0 / 1000.0;
    assert!((flow.lines[0].from_kvar + kvar).abs() < 1e-6 * kvar, "{} {kvar}", flow.lines[0].from_kvar);
    assert_eq!(flow.switches[0].unwrap().power_kw, flow.lines[0].to_kw);
}

/// A site in CIGRE's low-voltage network, each of whose loads is one of the site's: every hour loses what pandapower says,
/// 28.3292 kW, with its lowest voltage, and the connection brings it.
#[test]
fn a_site_in_a_network_loses_what_pandapower_says() {
    let mut network = imported("cigre_lv");
    let loads = std::mem::take(&mut network.loads);
    let mut site = Scenario::new("town", Calendar::days(3600, 1));
    let mut feeder = SiteFeeder::new(network);
    for (i, load) in loads.iter().enumerate() {
        site.loads.push(Load::new(load.name.clone(), load.power_kw));
        let reactive_ratio = load.reactive_kvar / load.power_kw;
        feeder.places.push(Place {
            device: Placed::Load(i),
            buses: vec![BusShare { bus: load.bus, share: 1.0, reactive_ratio }],
            inverter: None,
        });
    }
    site.feeder = Some(feeder.into());
    let plan = Plan::compile(&site).unwrap_or_else(|problems| panic!("{problems}"));
    let outcome = simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap());
    let reference: serde_json::Value = serde_json::from_str(&data("cigre_lv.json")).unwrap();
    let summary = reference["summary"].to_string();
    let get = |name: &str| outcome.devices[0].get(name).unwrap();
    assert!((get("loss_kwh") / 24.0 - 28.3292).abs() < 5e-5, "{} {summary}", get("loss_kwh") / 24.0);
    assert!((get("lowest_voltage_pu") - 0.912269).abs() < 1e-6, "{} {summary}", get("lowest_voltage_pu"));
    let asked_kw: f64 = loads.iter().map(|load| load.power_kw).sum();
    assert!((outcome.energy.import_kwh - 24.0 * asked_kw - get("loss_kwh")).abs() < 1e-8);
}

/// The impossible is refused by name, all at once.
#[test]
fn what_is_wrong_is_named_at_once() {
    let mut network = row_of(3);
    network.buses.push(Bus { name: "island".into(), nominal_kv: 0.4 });
    network.shunts = vec![Shunt { name: "c".into(), bus: 3, power_kw: 0.0, reactive_kvar: -5.0 }];
    let floating = Feeder::compile(&network).unwrap_err().to_string();
    assert!(floating.contains("\"island\" floats"), "{floating}");
    network.lines[0].r_ohm_per_km = 0.0;
    network.lines[0].x_ohm_per_km = 0.0;
    network.lines[1].to_bus = 9;
    network.loads[0].power_kw = f64::NAN;
    let problems = Feeder::compile(&network).unwrap_err();
    let text = problems.to_string();
    assert_eq!(problems.iter().count(), 3, "{text}");
    for part in ["lines[0]: has no impedance", "lines[1].to_bus: is no bus", "loads[0].power_kw: is out of range"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mut network = row_of(3);
    network.sources.push(VoltageSource { angle_deg: 120.0, ..source(2) });
    let text = Feeder::compile(&network).unwrap_err().to_string();
    assert!(text.contains("out of phase"), "{text}");
}

/// Two sources share the load; the voltages are those of one matrix.
#[test]
fn two_sources_share_the_load() {
    let mut network = row_of(3);
    network.sources.push(source(2));
    let flow = Feeder::compile(&network).unwrap().solve(&exact());
    let given: Vec<f64> = flow.sources.iter().map(|power| power.power_kw).collect();
    // The load of bus 2 is met where it is; that of bus 1 comes from both sides in equal parts.
    assert!((given[0] - 5.0).abs() < 0.05 && (given[1] - 15.0).abs() < 0.05, "{given:?}");
    assert!(flow.residual_kw().abs() < 1e-9);
}

#[test]
fn files_are_refused_on_their_line() {
    let folder = folder("refused");
    fs::create_dir_all(&folder).unwrap();
    let text = "name = \"x\"\nfrequencyhz = 50\n[tables]\nline = \"lines.csv\"\n[[bus]]\nname = \"a\"\nnominal_kv = 0.4\n\
                [[source]]\nname = \"grid\"\nbus = \"aa\"\nvoltage_pu = 1\n";
    fs::write(folder.join("network.toml"), text).unwrap();
    fs::write(folder.join("lines.csv"), "name,from_bus,to_bus,length,r_ohm_per_km,x_ohm_per_km\nl,a,b,1,x,0.1\n")
        .unwrap();
    let text = read_network(&folder).unwrap_err().to_string();
    for part in [
        "network.toml:2: frequencyhz: is not a known key",
        "did you mean frequency_hz?",
        "source[0].bus: is no bus of the network; found \"aa\"",
        "lines.csv:2: line[0].to_bus: is no bus of the network; found \"b\"",
        "lines.csv:2: length_km: is missing",
        "lines.csv:2: r_ohm_per_km: is not a number; found \"x\"",
        "lines.csv:1: length: is not a known column",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    fs::write(folder.join("network.toml"), text_of_two_buses(-1.0)).unwrap();
    let text = read_network(&folder).unwrap_err().to_string();
    assert!(text.starts_with("network.toml:15: line[0].length_km: is out of range; found -1"), "{text}");
    fs::write(folder.join("network.toml"), text_of_two_buses(1.0)).unwrap();
    assert_eq!(read_network(&folder).unwrap().lines.len(), 1);
}

fn text_of_two_buses(length_km: f64) -> String {
    format!(
        "name = \"x\"\n[[bus]]\nname = \"a\"\nnominal_kv = 0.4\n[[bus]]\nname = \"b\"\nnominal_kv = 0.4\n[[source]]\n\
         name = \"grid\"\nbus = \"a\"\nvoltage_pu = 1\n[[line]]\nname = \"l\"\nfrom_bus = \"a\"\nlength_km = {length_km}\n\
         to_bus = \"b\"\nr_ohm_per_km = 0.1\nx_ohm_per_km = 0.1\n"
    )
}

/// What is not understood is refused by name; what is no network is told from one that is.
#[test]
fn imports_refuse_what_they_do_not_understand() {
    let text = data("pandapower/cigre_lv.json");
    let with_impedance = text.replacen(r#"true,\"S1\",0.0"#, r#"true,\"S1\",0.5"#, 1);
    assert_ne!(with_impedance, text);
    let lines = import_pandapower(&with_impedance, "x.json").unwrap().network.lines;
    let line = lines.last().unwrap();
    assert!(line.name == "switch 0" && (line.r_ohm_per_km.hypot(line.x_ohm_per_km) - 0.5).abs() < 1e-12, "{line:?}");
    for (text, part) in [
        ("{}", "is not a network of pandapower"),
        ("[1", "is not valid JSON"),
        (
            r#"{"_object":{"bus":{"_class":"DataFrame","_object":"{\"columns\":[\"vn_kv\"],\"index\":[0],\"data\":[[0.4]]}"}}}"#,
            "sources: is empty",
        ),
        (
            r#"{"_object":{"bus":{"_class":"DataFrame","_object":"{\"columns\":[],\"index\":[0],\"data\":[[]]}"},"dcline":{"_class":"DataFrame","_object":"{\"columns\":[\"from_bus\"],\"index\":[0],\"data\":[[0]]}"}}}"#,
            "dcline: is a table that is not read",
        ),
    ] {
        let refused = import_pandapower(text, "x.json").unwrap_err().to_string();
        assert!(refused.contains(part), "{part} in {refused}");
    }
}

/// The schema lists the columns that are read.
#[test]
fn the_schema_has_every_table() {
    let schema = network_schema();
    for table in ["bus", "source", "line", "transformer", "switch", "shunt", "generator", "load"] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
}
