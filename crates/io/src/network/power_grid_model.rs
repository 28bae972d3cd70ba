//! power-grid-model's JSON input: its components, id by id.
//!
//! # Model
//! Read are `node`, `line`, `link`, `transformer`, `source`, `sym_load`, `sym_gen`, `asym_load` and `asym_gen` (their three
//! phases together, as its symmetric calculation takes them) and `shunt`, as its documentation "Components" defines them:
//! a source is its reference voltage behind 1/sk; a transformer has |z| = uk·u2²/sn on its tapped to side, half its
//! magnetising admittance at each end, and lags by its clock; a load's type makes it of constant power, impedance or
//! current. A closed link joins its nodes without the 10⁶ p.u. that power-grid-model gives it. Sensors and faults are left
//! out in silence; other components are refused by name, and batches are.

use std::collections::BTreeMap;

use microgrid_core::distribution::{
    Bus, Feeder, Line, LoadPoint, Network, PowerTransformer, Shunt, Side, Switch, SwitchedElement, TransformerCircuit,
    VoltageDependence, VoltageSource,
};
use microgrid_core::{Problem, Problems};
use serde_json::{Map, Value};

use super::{ImportedNetwork, counted_in_the_file};

/// Makes a network of power-grid-model's JSON input, which messages call `file`.
///
/// # Errors
/// A text that is no such file; every component and setting that is not understood; what [`Feeder::compile`] refuses of
/// the network.
pub fn import_power_grid_model(text: &str, file: &str) -> Result<ImportedNetwork, Problems> {
    let refuse = |message: String| Problems::from(Problem::new("", message).at(file, None));
    let document: Value = serde_json::from_str(text).map_err(|error| refuse(format!("is not valid JSON: {error}")))?;
    let Some(data) = document.get("data").and_then(Value::as_object) else {
        return Err(refuse("is not an input of power-grid-model: it has no data with components".into()));
    };
    if document.get("is_batch").and_then(Value::as_bool) == Some(true) {
        return Err(refuse("is a batch: import its input, and solve the batch as a series".into()));
    }
    let stem = std::path::Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let network = Network::new(stem.unwrap_or_else(|| "network".into()));
    let columns = document.get("attributes").and_then(Value::as_object);
    let mut import = Import {
        data,
        columns,
        file,
        problems: Problems::none(),
        notes: Vec::new(),
        network,
        node_of: BTreeMap::new(),
    };
    import.refuse_components();
    import.nodes();
    import.lines();
    import.links();
    import.transformers();
    import.sources();
    import.shunts();
    import.loads();
    let Import { problems, notes, network, .. } = import;
    if !problems.is_empty() {
        return Err(problems);
    }
    Feeder::compile(&network).map_err(|problems| counted_in_the_file(problems, file))?;
    Ok(ImportedNetwork { network, notes })
}

const READ: [&str; 10] =
    ["node", "line", "link", "transformer", "source", "sym_load", "sym_gen", "asym_load", "asym_gen", "shunt"];
const WITHOUT_EFFECT: [&str; 7] = [
    "sym_voltage_sensor",
    "asym_voltage_sensor",
    "sym_power_sensor",
    "asym_power_sensor",
    "sym_current_sensor",
    "asym_current_sensor",
    "fault",
];

/// What is read while the network grows.
struct Import<'a> {
    data: &'a Map<String, Value>,
    /// Names of columns, where rows are lists.
    columns: Option<&'a Map<String, Value>>,
    file: &'a str,
    problems: Problems,
    notes: Vec<String>,
    network: Network,
    node_of: BTreeMap<i64, usize>,
}

/// A component.
struct Row {
    component: &'static str,
    id: i64,
    cells: Map<String, Value>,
}

impl Row {
    fn name(&self) -> String {
        format!("{} {}", self.component, self.id)
    }

    fn number(&self, key: &str) -> Option<f64> {
        match self.cells.get(key)? {
            Value::String(text) if text == "inf" => Some(f64::INFINITY),
            value => value.as_f64(),
        }
    }

    fn whole(&self, key: &str) -> Option<i64> {
        self.cells.get(key).and_then(Value::as_i64)
    }

    /// Whether a status is on; it is where it is not written.
    fn is_on(&self, key: &str) -> bool {
        self.whole(key) != Some(0)
    }
}

impl Import<'_> {
    fn refuse_components(&mut self) {
        for (component, rows) in self.data {
            let is_known = READ.contains(&component.as_str()) || WITHOUT_EFFECT.contains(&component.as_str());
            let count = rows.as_array().map_or(0, Vec::len);
            if !is_known && count > 0 {
                let problem = Problem::new(component, "is a component that is not read");
                self.problems.push(problem.value(format!("{count} of them")).at(self.file, None));
            }
        }
    }

    fn rows(&mut self, component: &'static str) -> Vec<Row> {
        let columns: Option<Vec<&str>> = self
            .columns
            .and_then(|columns| columns.get(component)?.as_array())
            .map(|columns| columns.iter().filter_map(Value::as_str).collect());
        let mut rows = Vec::new();
        for value in self.data.get(component).and_then(Value::as_array).into_iter().flatten() {
            let cells = match (value, &columns) {
                (Value::Object(cells), _) => cells.clone(),
                (Value::Array(cells), Some(columns)) => {
                    columns.iter().zip(cells).map(|(column, cell)| ((*column).to_owned(), cell.clone())).collect()
                }
                _ => {
                    let problem =
                        Problem::new(component, "has a row that is neither an object nor a list of attributes");
                    self.problems.push(problem.at(self.file, None));
                    continue;
                }
            };
            let id = cells.get("id").and_then(Value::as_i64).unwrap_or(-1);
            rows.push(Row { component, id, cells });
        }
        rows
    }

    fn problem(&mut self, row: &Row, key: &str, message: &str) {
        let problem = Problem::new(format!("{}[id {}].{key}", row.component, row.id), message);
        self.problems.push(problem.at(self.file, None));
    }

    fn require(&mut self, row: &Row, key: &str) -> f64 {
        row.number(key).unwrap_or_else(|| {
            self.problem(row, key, "is missing");
            1.0
        })
    }

    fn node(&mut self, row: &Row, key: &str) -> usize {
        row.whole(key).and_then(|id| self.node_of.get(&id)).copied().unwrap_or_else(|| {
            self.problem(row, key, "is the id of no node");
            0
        })
    }

    fn nodes(&mut self) {
        for row in self.rows("node") {
            let nominal_kv = self.require(&row, "u_rated") / 1000.0;
            self.node_of.insert(row.id, self.network.buses.len());
            self.network.buses.push(Bus { name: row.id.to_string(), nominal_kv });
        }
    }

    /// Opens the ends of a branch whose status is off; whether it is on at any end.
    fn open_ends(&mut self, row: &Row, ends: [usize; 2], element: SwitchedElement) -> bool {
        let on = ["from_status", "to_status"].map(|key| row.is_on(key));
        if on == [true, false] || on == [false, true] {
            let bus = if on[0] { ends[1] } else { ends[0] };
            let name = format!("end of {}", row.name());
            self.network.switches.push(Switch { name, bus, element, is_closed: false });
        }
        on[0] || on[1]
    }

    fn lines(&mut self) {
        for row in self.rows("line") {
            let [from_bus, to_bus] = ["from_node", "to_node"].map(|key| self.node(&row, key));
            let element = SwitchedElement::Line(self.network.lines.len());
            let in_service = self.open_ends(&row, [from_bus, to_bus], element);
            let [r, x, c] = ["r1", "x1", "c1"].map(|key| self.require(&row, key));
            let loss_tangent = row.number("tan1").unwrap_or(0.0);
            let angular = 2.0 * std::f64::consts::PI * self.network.frequency_hz;
            self.network.lines.push(Line {
                name: row.name(),
                from_bus,
                to_bus,
                length_km: 1.0,
                r_ohm_per_km: r,
                x_ohm_per_km: x,
                c_nf_per_km: c * 1e9,
                g_us_per_km: angular * c * loss_tangent * 1e6,
                ampacity_a: row.number("i_n").unwrap_or(f64::INFINITY),
                parallel: 1,
                in_service,
            });
        }
    }

    fn links(&mut self) {
        for row in self.rows("link") {
            let [bus, other] = ["from_node", "to_node"].map(|key| self.node(&row, key));
            let is_closed = row.is_on("from_status") && row.is_on("to_status");
            let element = SwitchedElement::Bus(other);
            self.network.switches.push(Switch { name: row.name(), bus, element, is_closed });
        }
    }

    fn transformers(&mut self) {
        for row in self.rows("transformer") {
            let ends = ["from_node", "to_node"].map(|key| self.node(&row, key));
            let element = SwitchedElement::Transformer(self.network.transformers.len());
            let in_service = self.open_ends(&row, ends, element);
            let [u1, u2, sn] = ["u1", "u2", "sn"].map(|key| self.require(&row, key));
            let [uk, pk, i0, p0] = ["uk", "pk", "i0", "p0"].map(|key| self.require(&row, key));
            for key in ["uk_min", "uk_max", "pk_min", "pk_max"] {
                let nominal = if key.starts_with("uk") { uk } else { pk };
                if row.number(key).is_some_and(|value| value != nominal) {
                    self.problem(&row, key, "makes the impedance follow the taps, which is not read");
                }
            }
            let [position, least, most] = ["tap_pos", "tap_min", "tap_max"].map(|key| row.number(key).unwrap_or(0.0));
            let neutral = row.number("tap_nom").unwrap_or(0.0);
            // Taps are numbered down where the least is above the most.
            let direction = if most >= least { 1.0 } else { -1.0 };
            let is_from = row.whole("tap_side") == Some(0);
            let step_v = row.number("tap_size").unwrap_or(0.0);
            self.network.transformers.push(PowerTransformer {
                name: row.name(),
                high_bus: ends[0],
                low_bus: ends[1],
                rated_kva: sn / 1000.0,
                high_kv: u1 / 1000.0,
                low_kv: u2 / 1000.0,
                short_circuit_percent: 100.0 * uk,
                copper_loss_percent: 100.0 * pk / sn,
                no_load_percent: 100.0 * i0,
                iron_loss_kw: p0 / 1000.0,
                shift_deg: 30.0 * row.number("clock").unwrap_or(0.0),
                tap_side: if is_from { Side::High } else { Side::Low },
                tap_position: direction * (position - neutral),
                tap_step_percent: 100.0 * step_v / if is_from { u1 } else { u2 },
                parallel: 1,
                circuit: TransformerCircuit::Pi,
                in_service,
            });
        }
    }

    fn sources(&mut self) {
        for row in self.rows("source").into_iter().filter(|row| row.is_on("status")) {
            let bus = self.node(&row, "node");
            let source = VoltageSource {
                name: row.name(),
                bus,
                voltage_pu: self.require(&row, "u_ref"),
                angle_deg: row.number("u_ref_angle").unwrap_or(0.0).to_degrees(),
                short_circuit_kva: row.number("sk").unwrap_or(1e10) / 1000.0,
                r_to_x: row.number("rx_ratio").unwrap_or(0.1),
            };
            self.network.sources.push(source);
        }
    }

    fn shunts(&mut self) {
        for row in self.rows("shunt").into_iter().filter(|row| row.is_on("status")) {
            let bus = self.node(&row, "node");
            let volt = 1000.0 * self.network.buses.get(bus).map_or(1.0, |bus| bus.nominal_kv);
            let [g, b] = ["g1", "b1"].map(|key| row.number(key).unwrap_or(0.0) * volt * volt / 1000.0);
            self.network.shunts.push(Shunt { name: row.name(), bus, power_kw: g, reactive_kvar: -b });
        }
    }

    fn loads(&mut self) {
        for (component, sign) in [("sym_load", 1.0), ("sym_gen", -1.0), ("asym_load", 1.0), ("asym_gen", -1.0)] {
            for row in self.rows(component).into_iter().filter(|row| row.is_on("status")) {
                let bus = self.node(&row, "node");
                let [power_kw, reactive_kvar] =
                    ["p_specified", "q_specified"].map(|key| sign * self.power(&row, key) / 1000.0);
                let mut load = LoadPoint::new(row.name(), bus, power_kw, reactive_kvar);
                let dependence = match row.whole("type") {
                    Some(0) | None => VoltageDependence::default(),
                    Some(1) => VoltageDependence { constant_impedance: 1.0, ..VoltageDependence::default() },
                    Some(2) => VoltageDependence { constant_current: 1.0, ..VoltageDependence::default() },
                    Some(_) => {
                        self.problem(&row, "type", "is not 0, 1 or 2");
                        VoltageDependence::default()
                    }
                };
                (load.active, load.reactive) = (dependence, dependence);
                self.network.loads.push(load);
                if component.starts_with("asym") {
                    self.notes.push(format!("{}: its phases count together, in a balanced flow", row.name()));
                }
            }
        }
    }

    /// A power in W or var, of three phases together.
    fn power(&mut self, row: &Row, key: &str) -> f64 {
        match row.cells.get(key) {
            Some(Value::Array(phases)) => phases.iter().filter_map(Value::as_f64).sum(),
            _ => self.require(row, key),
        }
    }
}
