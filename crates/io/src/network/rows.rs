//! The tables of a network: their columns, how a row is read, and how it is written again.

use microgrid_core::distribution::{
    Bus, Generator, Line, LoadPoint, Network, PowerTransformer, Shunt, Side, Switch, SwitchedElement,
    TransformerCircuit, VoltageDependence, VoltageSource,
};
use schemars::JsonSchema;

use super::fields::Fields;

/// A table: the name of its list in `network.toml`, its columns, and its rows of a network as cells.
pub(super) struct Table {
    pub(super) key: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) cells: fn(&Network) -> Vec<Vec<String>>,
}

/// All tables, in the order in which they are read and written.
pub(super) const TABLES: [Table; 8] = [
    Table { key: "bus", columns: &["name", "nominal_kv"], cells: bus_cells },
    Table { key: "source", columns: SOURCE_COLUMNS, cells: source_cells },
    Table { key: "line", columns: LINE_COLUMNS, cells: line_cells },
    Table { key: "transformer", columns: TRANSFORMER_COLUMNS, cells: transformer_cells },
    Table { key: "switch", columns: &["name", "bus", "kind", "element", "is_closed"], cells: switch_cells },
    Table { key: "shunt", columns: &["name", "bus", "power_kw", "reactive_kvar"], cells: shunt_cells },
    Table { key: "generator", columns: &["name", "bus", "power_kw", "voltage_pu"], cells: generator_cells },
    Table { key: "load", columns: LOAD_COLUMNS, cells: load_cells },
];

const SOURCE_COLUMNS: &[&str] = &["name", "bus", "voltage_pu", "angle_deg", "short_circuit_kva", "r_to_x"];
const LINE_COLUMNS: &[&str] = &[
    "name",
    "from_bus",
    "to_bus",
    "length_km",
    "r_ohm_per_km",
    "x_ohm_per_km",
    "c_nf_per_km",
    "g_us_per_km",
    "ampacity_a",
    "parallel",
    "in_service",
];
const TRANSFORMER_COLUMNS: &[&str] = &[
    "name",
    "high_bus",
    "low_bus",
    "rated_kva",
    "high_kv",
    "low_kv",
    "short_circuit_percent",
    "copper_loss_percent",
    "no_load_percent",
    "iron_loss_kw",
    "shift_deg",
    "tap_side",
    "tap_position",
    "tap_step_percent",
    "parallel",
    "circuit",
    "in_service",
];
const LOAD_COLUMNS: &[&str] = &[
    "name",
    "bus",
    "power_kw",
    "reactive_kvar",
    "active_constant_current",
    "active_constant_impedance",
    "reactive_constant_current",
    "reactive_constant_impedance",
];

/// What a switch connects to its bus, by name, before names are looked up.
pub(super) struct NamedSwitch {
    pub(super) switch: Switch,
    pub(super) bus: String,
    pub(super) kind: Option<&'static str>,
    pub(super) element: String,
}

/// A row with the names of the buses that its element stands at.
pub(super) struct Named<T> {
    pub(super) element: T,
    pub(super) buses: Vec<(&'static str, String)>,
}

/// `[[bus]]`: a place where elements meet.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Bus")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct BusRow {
    /// Its name, of its own among buses.
    name: String,
    /// Nominal line-to-line voltage, kV.
    nominal_kv: f64,
}

pub(super) fn read_bus(fields: &mut dyn Fields) -> Bus {
    Bus { name: fields.required_text("name", "a name"), nominal_kv: fields.required_number("nominal_kv") }
}

/// `[[source]]`: the grid, or another voltage behind an impedance.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Source")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct SourceRow {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Voltage behind the impedance, per unit, 0.5 to 1.5.
    voltage_pu: f64,
    /// Its angle, degrees; 0 by default.
    angle_deg: Option<f64>,
    /// Short-circuit power, kVA; by default no current moves its voltage.
    short_circuit_kva: Option<f64>,
    /// Resistance over reactance of its impedance; 0.1 by default.
    r_to_x: Option<f64>,
}

pub(super) fn read_source(fields: &mut dyn Fields) -> Named<VoltageSource> {
    let element = VoltageSource {
        name: fields.required_text("name", "a name"),
        bus: 0,
        voltage_pu: fields.required_number("voltage_pu"),
        angle_deg: fields.number("angle_deg").unwrap_or(0.0),
        short_circuit_kva: fields.number("short_circuit_kva").unwrap_or(f64::INFINITY),
        r_to_x: fields.number("r_to_x").unwrap_or(0.1),
    };
    Named { element, buses: vec![("bus", fields.required_text("bus", "the name of a bus"))] }
}

/// `[[line]]`: an overhead line or cable.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Line")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct LineRow {
    /// Its name, of its own among lines.
    name: String,
    /// Bus at one end.
    from_bus: String,
    /// Bus at the other end.
    to_bus: String,
    /// Length, km.
    length_km: f64,
    /// Resistance, Ω/km.
    r_ohm_per_km: f64,
    /// Reactance, Ω/km.
    x_ohm_per_km: f64,
    /// Capacitance, nF/km; 0 by default.
    c_nf_per_km: Option<f64>,
    /// Leakage conductance, µS/km; 0 by default.
    g_us_per_km: Option<f64>,
    /// Rated current of one circuit, A; not known by default.
    ampacity_a: Option<f64>,
    /// Equal circuits in parallel; 1 by default.
    parallel: Option<u32>,
    /// Whether it is in service; `true` by default.
    in_service: Option<bool>,
}

pub(super) fn read_line(fields: &mut dyn Fields) -> Named<Line> {
    let element = Line {
        name: fields.required_text("name", "a name"),
        from_bus: 0,
        to_bus: 0,
        length_km: fields.required_number("length_km"),
        r_ohm_per_km: fields.required_number("r_ohm_per_km"),
        x_ohm_per_km: fields.required_number("x_ohm_per_km"),
        c_nf_per_km: fields.number("c_nf_per_km").unwrap_or(0.0),
        g_us_per_km: fields.number("g_us_per_km").unwrap_or(0.0),
        ampacity_a: fields.number("ampacity_a").unwrap_or(f64::INFINITY),
        parallel: fields.whole("parallel").unwrap_or(1),
        in_service: fields.flag("in_service").unwrap_or(true),
    };
    let buses = ["from_bus", "to_bus"].map(|key| (key, fields.required_text(key, "the name of a bus")));
    Named { element, buses: buses.into() }
}

/// `[[transformer]]`: a two-winding transformer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "PowerTransformer")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct PowerTransformerRow {
    /// Its name, of its own among transformers.
    name: String,
    /// Bus of the high-voltage winding.
    high_bus: String,
    /// Bus of the low-voltage winding.
    low_bus: String,
    /// Rated apparent power of one unit, kVA.
    rated_kva: f64,
    /// Rated voltage of the high winding, kV.
    high_kv: f64,
    /// Rated voltage of the low winding, kV.
    low_kv: f64,
    /// Short-circuit voltage, percent.
    short_circuit_percent: f64,
    /// Its resistive part, percent.
    copper_loss_percent: f64,
    /// No-load current, percent; 0 by default.
    no_load_percent: Option<f64>,
    /// Iron loss, kW; 0 by default.
    iron_loss_kw: Option<f64>,
    /// Lag of the low side, degrees; 0 by default.
    shift_deg: Option<f64>,
    /// `high` (default) or `low`.
    tap_side: Option<String>,
    /// Tap steps from neutral; 0 by default.
    tap_position: Option<f64>,
    /// Voltage of a step, percent; 0 by default.
    tap_step_percent: Option<f64>,
    /// Equal units in parallel; 1 by default.
    parallel: Option<u32>,
    /// Where the magnetising branch stands: `t` (default) or `pi`.
    circuit: Option<String>,
    /// Whether it is in service; `true` by default.
    in_service: Option<bool>,
}

pub(super) fn read_transformer(fields: &mut dyn Fields) -> Named<PowerTransformer> {
    let element = PowerTransformer {
        name: fields.required_text("name", "a name"),
        high_bus: 0,
        low_bus: 0,
        rated_kva: fields.required_number("rated_kva"),
        high_kv: fields.required_number("high_kv"),
        low_kv: fields.required_number("low_kv"),
        short_circuit_percent: fields.required_number("short_circuit_percent"),
        copper_loss_percent: fields.required_number("copper_loss_percent"),
        no_load_percent: fields.number("no_load_percent").unwrap_or(0.0),
        iron_loss_kw: fields.number("iron_loss_kw").unwrap_or(0.0),
        shift_deg: fields.number("shift_deg").unwrap_or(0.0),
        tap_side: match fields.choice("tap_side", &["high", "low"]) {
            Some("low") => Side::Low,
            _ => Side::High,
        },
        tap_position: fields.number("tap_position").unwrap_or(0.0),
        tap_step_percent: fields.number("tap_step_percent").unwrap_or(0.0),
        parallel: fields.whole("parallel").unwrap_or(1),
        circuit: match fields.choice("circuit", &["t", "pi"]) {
            Some("pi") => TransformerCircuit::Pi,
            _ => TransformerCircuit::T,
        },
        in_service: fields.flag("in_service").unwrap_or(true),
    };
    let buses = ["high_bus", "low_bus"].map(|key| (key, fields.required_text(key, "the name of a bus")));
    Named { element, buses: buses.into() }
}

/// `[[switch]]`: a switch at a bus.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Switch")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct SwitchRow {
    /// What reports call it.
    name: String,
    /// The bus at which it stands.
    bus: String,
    /// What it connects to the bus: a `bus`, a `line` or a `transformer`.
    kind: String,
    /// The name of what it connects.
    element: String,
    /// Whether it is closed; `true` by default.
    is_closed: Option<bool>,
}

pub(super) fn read_switch(fields: &mut dyn Fields) -> NamedSwitch {
    let switch = Switch {
        name: fields.required_text("name", "a name"),
        bus: 0,
        element: SwitchedElement::Bus(0),
        is_closed: fields.flag("is_closed").unwrap_or(true),
    };
    if !fields.has("kind") {
        fields.missing("kind", "bus, line or transformer");
    }
    NamedSwitch {
        switch,
        bus: fields.required_text("bus", "the name of a bus"),
        kind: fields.choice("kind", &["bus", "line", "transformer"]),
        element: fields.required_text("element", "the name of what it connects"),
    }
}

/// `[[shunt]]`: a capacitor or reactor.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Shunt")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct ShuntRow {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Active power drawn at nominal voltage, kW; 0 by default.
    power_kw: Option<f64>,
    /// Reactive power drawn at nominal voltage, kvar; a capacitor's is negative.
    reactive_kvar: f64,
}

pub(super) fn read_shunt(fields: &mut dyn Fields) -> Named<Shunt> {
    let element = Shunt {
        name: fields.required_text("name", "a name"),
        bus: 0,
        power_kw: fields.number("power_kw").unwrap_or(0.0),
        reactive_kvar: fields.required_number("reactive_kvar"),
    };
    Named { element, buses: vec![("bus", fields.required_text("bus", "the name of a bus"))] }
}

/// `[[generator]]`: a generator that holds the voltage of its bus.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Generator")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct GeneratorRow {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Active power given, kW.
    power_kw: f64,
    /// Voltage held, per unit.
    voltage_pu: f64,
}

pub(super) fn read_generator(fields: &mut dyn Fields) -> Named<Generator> {
    let element = Generator {
        name: fields.required_text("name", "a name"),
        bus: 0,
        power_kw: fields.required_number("power_kw"),
        voltage_pu: fields.required_number("voltage_pu"),
    };
    Named { element, buses: vec![("bus", fields.required_text("bus", "the name of a bus"))] }
}

/// `[[load]]`: what draws power; a plant draws a negative one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "LoadPoint")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct LoadRow {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Active power drawn at nominal voltage, kW.
    power_kw: f64,
    /// Reactive power drawn at nominal voltage, kvar; 0 by default.
    reactive_kvar: Option<f64>,
    /// Share of the active power of constant current, 0 to 1; 0 by default.
    active_constant_current: Option<f64>,
    /// Share of the active power of constant impedance, 0 to 1; 0 by default.
    active_constant_impedance: Option<f64>,
    /// Share of the reactive power of constant current, 0 to 1; 0 by default.
    reactive_constant_current: Option<f64>,
    /// Share of the reactive power of constant impedance, 0 to 1; 0 by default.
    reactive_constant_impedance: Option<f64>,
}

pub(super) fn read_load(fields: &mut dyn Fields) -> Named<LoadPoint> {
    let element = LoadPoint {
        name: fields.required_text("name", "a name"),
        bus: 0,
        power_kw: fields.required_number("power_kw"),
        reactive_kvar: fields.number("reactive_kvar").unwrap_or(0.0),
        active: VoltageDependence {
            constant_current: fields.number("active_constant_current").unwrap_or(0.0),
            constant_impedance: fields.number("active_constant_impedance").unwrap_or(0.0),
        },
        reactive: VoltageDependence {
            constant_current: fields.number("reactive_constant_current").unwrap_or(0.0),
            constant_impedance: fields.number("reactive_constant_impedance").unwrap_or(0.0),
        },
    };
    Named { element, buses: vec![("bus", fields.required_text("bus", "the name of a bus"))] }
}

/// An infinite number is one that is not written.
fn number(value: f64) -> String {
    if value == f64::INFINITY { String::new() } else { value.to_string() }
}

fn bus_cells(network: &Network) -> Vec<Vec<String>> {
    network.buses.iter().map(|bus| vec![bus.name.clone(), number(bus.nominal_kv)]).collect()
}

fn source_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |source: &VoltageSource| {
        let numbers = [source.voltage_pu, source.angle_deg, source.short_circuit_kva, source.r_to_x].map(number);
        [vec![source.name.clone(), network.buses[source.bus].name.clone()], numbers.to_vec()].concat()
    };
    network.sources.iter().map(cells).collect()
}

fn line_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |line: &Line| {
        let names = [&line.name, &network.buses[line.from_bus].name, &network.buses[line.to_bus].name];
        let numbers = [
            line.length_km,
            line.r_ohm_per_km,
            line.x_ohm_per_km,
            line.c_nf_per_km,
            line.g_us_per_km,
            line.ampacity_a,
            f64::from(line.parallel),
        ];
        [names.map(Clone::clone).to_vec(), numbers.map(number).to_vec(), vec![line.in_service.to_string()]].concat()
    };
    network.lines.iter().map(cells).collect()
}

fn transformer_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |unit: &PowerTransformer| {
        let names = [&unit.name, &network.buses[unit.high_bus].name, &network.buses[unit.low_bus].name];
        let numbers = [
            unit.rated_kva,
            unit.high_kv,
            unit.low_kv,
            unit.short_circuit_percent,
            unit.copper_loss_percent,
            unit.no_load_percent,
            unit.iron_loss_kw,
            unit.shift_deg,
        ];
        let side = if unit.tap_side == Side::Low { "low" } else { "high" };
        let circuit = if unit.circuit == TransformerCircuit::Pi { "pi" } else { "t" };
        let taps = [side.into(), number(unit.tap_position), number(unit.tap_step_percent)];
        let last = [unit.parallel.to_string(), circuit.into(), unit.in_service.to_string()];
        [names.map(Clone::clone).to_vec(), numbers.map(number).to_vec(), taps.to_vec(), last.to_vec()].concat()
    };
    network.transformers.iter().map(cells).collect()
}

fn switch_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |switch: &Switch| {
        let (kind, element) = match switch.element {
            SwitchedElement::Bus(i) => ("bus", &network.buses[i].name),
            SwitchedElement::Line(i) => ("line", &network.lines[i].name),
            SwitchedElement::Transformer(i) => ("transformer", &network.transformers[i].name),
        };
        let bus = network.buses[switch.bus].name.clone();
        vec![switch.name.clone(), bus, kind.into(), element.clone(), switch.is_closed.to_string()]
    };
    network.switches.iter().map(cells).collect()
}

fn shunt_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |shunt: &Shunt| {
        let bus = network.buses[shunt.bus].name.clone();
        vec![shunt.name.clone(), bus, number(shunt.power_kw), number(shunt.reactive_kvar)]
    };
    network.shunts.iter().map(cells).collect()
}

fn generator_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |generator: &Generator| {
        let bus = network.buses[generator.bus].name.clone();
        vec![generator.name.clone(), bus, number(generator.power_kw), number(generator.voltage_pu)]
    };
    network.generators.iter().map(cells).collect()
}

fn load_cells(network: &Network) -> Vec<Vec<String>> {
    let cells = |load: &LoadPoint| {
        let numbers = [
            load.power_kw,
            load.reactive_kvar,
            load.active.constant_current,
            load.active.constant_impedance,
            load.reactive.constant_current,
            load.reactive.constant_impedance,
        ];
        [vec![load.name.clone(), network.buses[load.bus].name.clone()], numbers.map(number).to_vec()].concat()
    };
    network.loads.iter().map(cells).collect()
}
