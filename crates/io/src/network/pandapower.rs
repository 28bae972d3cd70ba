//! pandapower's JSON (`pp.to_json`): its tables, element by element.
//!
//! Read are `bus`, `line`, `trafo`, `switch`, `shunt`, `ext_grid`, `gen`, `load`, `sgen`, `storage` and `ward`. Other tables
//! with rows in service are refused by name, and so are the settings within these that would change a flow and are not
//! read: phase-shifting taps, tap tables, switches with impedance. Tables that no flow depends on (costs, measurements,
//! groups, pictures) are left out in silence. Rows out of service are dropped, lines and transformers kept as such.
//! pandapower's `ext_grid` is a voltage that no current moves; so is the source that it becomes.

use std::collections::{BTreeMap, BTreeSet};

use microgrid_core::distribution::{
    Bus, Feeder, Generator, Line, LoadPoint, Network, PowerTransformer, Shunt, Side, Switch, SwitchedElement,
    TransformerCircuit, VoltageDependence, VoltageSource,
};
use microgrid_core::{Problem, Problems};
use serde_json::{Map, Value};

/// A network made of another tool's file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedNetwork {
    /// The network, checked.
    pub network: Network,
    /// What was left out or changed without harm.
    pub notes: Vec<String>,
}

/// Makes a network of pandapower's JSON, which messages call `file`.
///
/// # Errors
/// A text that is no such file; every table, row and setting that is not understood; what
/// [`Feeder::compile`] refuses of the network.
pub fn import_pandapower(text: &str, file: &str) -> Result<ImportedNetwork, Problems> {
    let tables = tables_of(text, file)?;
    import_tables(&tables, file)
}

/// The tables of a file by name, and its scalars.
#[derive(Debug, Default)]
struct Tables {
    scalars: Map<String, Value>,
    rows: BTreeMap<String, Vec<Row>>,
}

/// A row of a table: its index, by which others refer to it, and its cells.
#[derive(Debug, Clone)]
struct Row {
    index: i64,
    cells: Map<String, Value>,
}

/// Tables with elements that take part in a flow and are not read.
const NOT_READ: [&str; 20] = [
    "trafo3w",
    "impedance",
    "xward",
    "dcline",
    "motor",
    "asymmetric_load",
    "asymmetric_sgen",
    "svc",
    "ssc",
    "tcsc",
    "vsc",
    "bus_dc",
    "line_dc",
    "load_dc",
    "source_dc",
    "b2b_vsc",
    "bi_vsc",
    "vsc_stacked",
    "vsc_bipolar",
    "pwl_gen",
];

fn tables_of(text: &str, file: &str) -> Result<Tables, Problems> {
    let refuse = |message: String| Problems::from(Problem::new("", message).at(file, None));
    let document: Value = serde_json::from_str(text).map_err(|error| refuse(format!("is not valid JSON: {error}")))?;
    let Some(object) = document.get("_object").and_then(Value::as_object).filter(|object| object.contains_key("bus"))
    else {
        return Err(refuse("is not a network of pandapower: it has no _object with a bus table".into()));
    };
    let mut tables = Tables::default();
    for (name, value) in object {
        match value.get("_object") {
            Some(inner) if value.get("_class").and_then(Value::as_str) == Some("DataFrame") => {
                let rows = rows_of(inner).ok_or_else(|| refuse(format!("has a table {name} that cannot be read")))?;
                tables.rows.insert(name.clone(), rows);
            }
            Some(_) => {}
            None => {
                tables.scalars.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(tables)
}

/// The rows of a table in pandas' orientation "split", as text or as it is.
fn rows_of(table: &Value) -> Option<Vec<Row>> {
    let parsed;
    let table = match table {
        Value::String(text) => {
            parsed = serde_json::from_str::<Value>(text).ok()?;
            &parsed
        }
        other => other,
    };
    let columns: Vec<&str> = table.get("columns")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let index = table.get("index")?.as_array()?;
    let data = table.get("data")?.as_array()?;
    let mut rows = Vec::with_capacity(data.len());
    for (index, cells) in index.iter().zip(data) {
        let cells = cells.as_array()?;
        let named = columns.iter().zip(cells).map(|(column, cell)| ((*column).to_owned(), cell.clone()));
        // Tables that nobody refers to may be indexed by anything.
        rows.push(Row { index: index.as_i64().unwrap_or(-1), cells: named.collect() });
    }
    Some(rows)
}

impl Row {
    fn number(&self, key: &str) -> Option<f64> {
        self.cells.get(key).and_then(Value::as_f64)
    }

    fn index_of(&self, key: &str) -> Option<i64> {
        let value = self.cells.get(key)?;
        value.as_i64().or_else(|| value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.cells.get(key).and_then(Value::as_str)
    }

    fn is_in_service(&self) -> bool {
        self.flag("in_service").unwrap_or(true)
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.cells.get(key).and_then(Value::as_bool)
    }

    /// Its name, a number as its digits; `None` where it has none.
    fn name(&self) -> Option<String> {
        match self.cells.get("name")? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// What is read while the network grows.
struct Import<'a> {
    tables: &'a Tables,
    file: &'a str,
    problems: Problems,
    notes: Vec<String>,
    network: Network,
    bus_of: BTreeMap<i64, usize>,
    line_of: BTreeMap<i64, usize>,
    transformer_of: BTreeMap<i64, usize>,
}

fn import_tables(tables: &Tables, file: &str) -> Result<ImportedNetwork, Problems> {
    let name = tables.scalars.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let stem = std::path::Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut network = Network::new(name.map_or_else(|| stem.unwrap_or_else(|| "network".into()), str::to_owned));
    network.frequency_hz = tables.scalars.get("f_hz").and_then(Value::as_f64).unwrap_or(50.0);
    let mut import = Import {
        tables,
        file,
        problems: Problems::none(),
        notes: Vec::new(),
        network,
        bus_of: BTreeMap::new(),
        line_of: BTreeMap::new(),
        transformer_of: BTreeMap::new(),
    };
    import.refuse_tables();
    import.buses();
    import.lines();
    import.transformers();
    import.switches();
    import.shunts();
    import.sources();
    import.loads();
    let Import { problems, notes, network, .. } = import;
    if !problems.is_empty() {
        return Err(problems);
    }
    Feeder::compile(&network).map_err(|problems| {
        let mut at_file = Problems::none();
        for mut problem in problems {
            problem.hint.get_or_insert_with(|| "counted in the order of the file's rows in service".into());
            at_file.push(problem.at(file, None));
        }
        at_file
    })?;
    Ok(ImportedNetwork { network, notes })
}

impl Import<'_> {
    fn rows(&self, table: &str) -> Vec<Row> {
        self.tables.rows.get(table).cloned().unwrap_or_default()
    }

    fn refuse(&mut self, table: &str, row: &Row, message: impl Into<String>) {
        self.problems.push(Problem::new(format!("{table}[{}]", row.index), message).at(self.file, None));
    }

    fn refuse_tables(&mut self) {
        for table in NOT_READ {
            let count = self.rows(table).iter().filter(|row| row.is_in_service()).count();
            if count > 0 {
                let problem =
                    Problem::new(table, "is a table that is not read").value(format!("{count} rows in service"));
                self.problems.push(problem.at(self.file, None));
            }
        }
    }

    /// A number that must be there.
    fn require(&mut self, table: &str, row: &Row, key: &str) -> f64 {
        row.number(key).unwrap_or_else(|| {
            let problem = Problem::new(format!("{table}[{}].{key}", row.index), "is missing").allowed("a number");
            self.problems.push(problem.at(self.file, None));
            0.0
        })
    }

    fn buses(&mut self) {
        let mut taken = BTreeSet::new();
        for row in self.rows("bus") {
            if !row.is_in_service() {
                self.notes.push(format!("bus {} is out of service and left out", row.index));
                continue;
            }
            let mut name = row.name().unwrap_or_else(|| format!("bus {}", row.index));
            if !taken.insert(name.clone()) {
                name = format!("{name} ({})", row.index);
                taken.insert(name.clone());
            }
            let nominal_kv = self.require("bus", &row, "vn_kv");
            self.bus_of.insert(row.index, self.network.buses.len());
            self.network.buses.push(Bus { name, nominal_kv });
        }
    }

    /// The bus of a row; `None` where it is out of service, a problem where there is none.
    fn bus(&mut self, table: &str, row: &Row, key: &str) -> Option<usize> {
        let index = row.index_of(key);
        let found = index.and_then(|index| self.bus_of.get(&index)).copied();
        let is_known =
            |index: i64| self.tables.rows.get("bus").is_some_and(|rows| rows.iter().any(|r| r.index == index));
        if found.is_none() && !index.is_some_and(is_known) {
            self.refuse(table, row, format!("has a {key} that is no bus of the file"));
        }
        found
    }

    fn lines(&mut self) {
        for row in self.rows("line") {
            let ends = (self.bus("line", &row, "from_bus"), self.bus("line", &row, "to_bus"));
            let (Some(from_bus), Some(to_bus)) = ends else {
                self.notes.push(format!("line {} ends at a bus out of service and is left out", row.index));
                continue;
            };
            let rating_ka = row.number("max_i_ka").unwrap_or(f64::INFINITY) * row.number("df").unwrap_or(1.0);
            let line = Line {
                name: format!("line {}", row.index),
                from_bus,
                to_bus,
                length_km: self.require("line", &row, "length_km"),
                r_ohm_per_km: self.require("line", &row, "r_ohm_per_km"),
                x_ohm_per_km: self.require("line", &row, "x_ohm_per_km"),
                c_nf_per_km: row.number("c_nf_per_km").unwrap_or(0.0),
                g_us_per_km: row.number("g_us_per_km").unwrap_or(0.0),
                ampacity_a: 1000.0 * rating_ka,
                parallel: row.index_of("parallel").unwrap_or(1).clamp(0, 1001) as u32,
                in_service: row.is_in_service(),
            };
            self.line_of.insert(row.index, self.network.lines.len());
            self.network.lines.push(line);
        }
    }

    fn transformers(&mut self) {
        let options = self.tables.scalars.get("user_pf_options");
        let model = options.and_then(|options| options.get("trafo_model")).and_then(Value::as_str);
        let circuit = if model == Some("pi") { TransformerCircuit::Pi } else { TransformerCircuit::T };
        for row in self.rows("trafo") {
            let ends = (self.bus("trafo", &row, "hv_bus"), self.bus("trafo", &row, "lv_bus"));
            let (Some(high_bus), Some(low_bus)) = ends else {
                self.notes.push(format!("trafo {} ends at a bus out of service and is left out", row.index));
                continue;
            };
            let (tap_position, tap_step_percent) = self.taps(&row);
            let unit = PowerTransformer {
                name: format!("trafo {}", row.index),
                high_bus,
                low_bus,
                rated_kva: 1000.0 * self.require("trafo", &row, "sn_mva"),
                high_kv: self.require("trafo", &row, "vn_hv_kv"),
                low_kv: self.require("trafo", &row, "vn_lv_kv"),
                short_circuit_percent: self.require("trafo", &row, "vk_percent"),
                copper_loss_percent: self.require("trafo", &row, "vkr_percent"),
                no_load_percent: row.number("i0_percent").unwrap_or(0.0),
                iron_loss_kw: row.number("pfe_kw").unwrap_or(0.0),
                shift_deg: row.number("shift_degree").unwrap_or(0.0),
                tap_side: if row.text("tap_side") == Some("lv") { Side::Low } else { Side::High },
                tap_position,
                tap_step_percent,
                parallel: row.index_of("parallel").unwrap_or(1).clamp(0, 1001) as u32,
                circuit,
                in_service: row.is_in_service(),
            };
            self.transformer_of.insert(row.index, self.network.transformers.len());
            self.network.transformers.push(unit);
        }
    }

    /// Steps from neutral and percent a step.
    fn taps(&mut self, row: &Row) -> (f64, f64) {
        let moved = |prefix: &str| {
            let at = |key: &str| row.number(&format!("{prefix}_{key}"));
            at("pos").unwrap_or(0.0) - at("neutral").unwrap_or(0.0)
        };
        let position = if row.text("tap_side").is_some() { moved("tap") } else { 0.0 };
        if position != 0.0 {
            let turns = row.number("tap_step_degree").is_some_and(|degrees| degrees != 0.0 && !degrees.is_nan());
            let kind = row.text("tap_changer_type").unwrap_or("Ratio");
            if turns || kind != "Ratio" || row.flag("tap_phase_shifter") == Some(true) {
                self.refuse("trafo", row, "has taps that shift the phase, which are not read");
            }
            if row.flag("tap_dependency_table") == Some(true) {
                self.refuse("trafo", row, "has a table of impedances by tap, which is not read");
            }
        }
        if row.text("tap2_side").is_some() && moved("tap2") != 0.0 {
            self.refuse("trafo", row, "has a second tap changer, which is not read");
        }
        (position, row.number("tap_step_percent").unwrap_or(0.0))
    }

    fn switches(&mut self) {
        for row in self.rows("switch") {
            let Some(bus) = self.bus("switch", &row, "bus") else { continue };
            let element = row.index_of("element").unwrap_or(-1);
            let is_closed = row.flag("closed").unwrap_or(true);
            let found = match row.text("et") {
                Some("b") => self.bus("switch", &row, "element").map(SwitchedElement::Bus),
                Some("l") => self.line_of.get(&element).copied().map(SwitchedElement::Line),
                Some("t") => self.transformer_of.get(&element).copied().map(SwitchedElement::Transformer),
                other => {
                    self.refuse("switch", &row, format!("has et = {other:?}, which is not read"));
                    continue;
                }
            };
            if is_closed && row.number("z_ohm").is_some_and(|z| z > 0.0) {
                self.refuse("switch", &row, "has an impedance (z_ohm), which a switch does not have here");
            }
            let Some(element) = found else {
                self.notes.push(format!("switch {} is at an element that is left out", row.index));
                continue;
            };
            let name = row.name().unwrap_or_else(|| format!("switch {}", row.index));
            self.network.switches.push(Switch { name, bus, element, is_closed });
        }
    }

    fn shunts(&mut self) {
        for row in self.rows("shunt").into_iter().filter(Row::is_in_service) {
            let Some(bus) = self.bus("shunt", &row, "bus") else { continue };
            if row.flag("step_dependency_table") == Some(true) {
                self.refuse("shunt", &row, "has a table by step, which is not read");
            }
            let nominal_kv = self.network.buses[bus].nominal_kv;
            let ratio = nominal_kv / row.number("vn_kv").unwrap_or(nominal_kv);
            let scale = 1000.0 * row.number("step").unwrap_or(1.0) * ratio * ratio;
            let name = row.name().unwrap_or_else(|| format!("shunt {}", row.index));
            let (p, q) = (row.number("p_mw").unwrap_or(0.0), row.number("q_mvar").unwrap_or(0.0));
            self.network.shunts.push(Shunt { name, bus, power_kw: scale * p, reactive_kvar: scale * q });
        }
    }

    fn sources(&mut self) {
        for row in self.rows("ext_grid").into_iter().filter(Row::is_in_service) {
            let Some(bus) = self.bus("ext_grid", &row, "bus") else { continue };
            let voltage_pu = row.number("vm_pu").unwrap_or(1.0);
            let angle_deg = row.number("va_degree").unwrap_or(0.0);
            let name = row.name().unwrap_or_else(|| format!("ext_grid {}", row.index));
            self.add_source(name, bus, voltage_pu, angle_deg);
        }
        for row in self.rows("gen").into_iter().filter(Row::is_in_service) {
            let Some(bus) = self.bus("gen", &row, "bus") else { continue };
            let voltage_pu = self.require("gen", &row, "vm_pu");
            let name = row.name().unwrap_or_else(|| format!("gen {}", row.index));
            if row.flag("slack") == Some(true) {
                self.add_source(name, bus, voltage_pu, 0.0);
                continue;
            }
            let power_kw = 1000.0 * self.require("gen", &row, "p_mw") * row.number("scaling").unwrap_or(1.0);
            if row.number("max_q_mvar").is_some() || row.number("min_q_mvar").is_some() {
                self.notes.push(format!("gen {}: reactive limits are not held, as by pandapower's default", row.index));
            }
            self.network.generators.push(Generator { name, bus, power_kw, voltage_pu });
        }
    }

    fn add_source(&mut self, name: String, bus: usize, voltage_pu: f64, angle_deg: f64) {
        let source = VoltageSource { name, bus, voltage_pu, angle_deg, short_circuit_kva: f64::INFINITY, r_to_x: 0.1 };
        self.network.sources.push(source);
    }

    /// Loads, and what counts as one: static generators and storage with the sign of a load, wards.
    fn loads(&mut self) {
        for (table, sign) in [("load", 1.0), ("sgen", -1.0), ("storage", 1.0)] {
            for row in self.rows(table).into_iter().filter(Row::is_in_service) {
                let Some(bus) = self.bus(table, &row, "bus") else { continue };
                let scale = sign * 1000.0 * row.number("scaling").unwrap_or(1.0);
                let name = row.name().unwrap_or_else(|| format!("{table} {}", row.index));
                let p = self.require(table, &row, "p_mw");
                let q = row.number("q_mvar").unwrap_or(0.0);
                let mut load = LoadPoint::new(name, bus, scale * p, scale * q);
                // Before version 3 one share stood for both powers.
                let share = |kind: &str, power: &str| {
                    let new = row.number(&format!("const_{kind}_{power}_percent"));
                    new.or_else(|| row.number(&format!("const_{kind}_percent"))).unwrap_or(0.0) / 100.0
                };
                let of = |power: &str| VoltageDependence {
                    constant_current: share("i", power),
                    constant_impedance: share("z", power),
                };
                (load.active, load.reactive) = (of("p"), of("q"));
                self.network.loads.push(load);
            }
        }
        for row in self.rows("ward").into_iter().filter(Row::is_in_service) {
            let Some(bus) = self.bus("ward", &row, "bus") else { continue };
            let name = row.name().unwrap_or_else(|| format!("ward {}", row.index));
            let at = |key: &str| 1000.0 * row.number(key).unwrap_or(0.0);
            self.network.loads.push(LoadPoint::new(name.clone(), bus, at("ps_mw"), at("qs_mvar")));
            self.network.shunts.push(Shunt { name, bus, power_kw: at("pz_mw"), reactive_kvar: at("qz_mvar") });
        }
    }
}

#[cfg(test)]
mod tests {
    use microgrid_core::distribution::{BranchFlow, Flow, FlowSettings};

    use super::*;

    /// Reference networks with pandapower's own solution; each says its source and licence.
    const REFERENCES: [(&str, f64); 8] = [
        ("case33bw_radial", 202.6771),
        ("case33bw_meshed", 123.2908),
        ("cigre_lv", 28.3292),
        ("cigre_mv", 303.5818),
        ("cigre_mv_pv_wind", 164.3516),
        ("kerber_landnetz_kabel_1", 1.7383),
        ("kerber_landnetz_freileitung_1", f64::NAN),
        ("simple_mv_open_ring", f64::NAN),
    ];

    fn reference(name: &str) -> (Tables, Value) {
        let path = format!("{}/../../tests/data/feeders/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut tables = Tables::default();
        tables.scalars.insert("f_hz".into(), document["f_hz"].clone());
        for (table, rows) in document["elements"].as_object().unwrap() {
            let row =
                |cells: &Value| Row { index: cells["id"].as_i64().unwrap(), cells: cells.as_object().unwrap().clone() };
            tables.rows.insert(table.clone(), rows.as_array().unwrap().iter().map(row).collect());
        }
        (tables, document)
    }

    fn solved(tables: &Tables) -> (Network, Flow) {
        let network = import_tables(tables, "reference.json").unwrap().network;
        let exact = FlowSettings { tolerance_pu: 1e-11, ..FlowSettings::default() };
        let flow = Feeder::compile(&network).unwrap().solve(&exact);
        (network, flow)
    }

    fn close(ours: f64, theirs: &Value, tolerance: f64, what: &str) {
        // What is switched off is null there.
        let theirs = theirs.as_f64().unwrap_or(0.0);
        assert!((ours - theirs).abs() <= tolerance, "{what}: {ours} instead of {theirs}");
    }

    fn branches_are_theirs(name: &str, ours: &[BranchFlow], theirs: &Value, ends: [&str; 2]) {
        let Some(theirs) = theirs.as_array() else { return };
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (i, (flow, row)) in ours.iter().zip(theirs).enumerate() {
            let [from, to] = ends;
            // 1 W of megawatts and 0.1 mA of kiloamperes: what their tolerance of 1e-10 MVA leaves after ratios.
            for (ours, key, tolerance) in [
                (flow.from_kw, format!("p_{from}_mw"), 1e-6),
                (flow.from_kvar, format!("q_{from}_mvar"), 1e-6),
                (flow.to_kw, format!("p_{to}_mw"), 1e-6),
                (flow.to_kvar, format!("q_{to}_mvar"), 1e-6),
                (flow.loss_kw, "pl_mw".into(), 1e-6),
                (flow.from_a, format!("i_{from}_ka"), 1e-7),
                (flow.to_a, format!("i_{to}_ka"), 1e-7),
            ] {
                close(ours / 1000.0, &row[&key], tolerance, &format!("{name} {i} {key}"));
            }
            close(flow.loading_percent, &row["loading_percent"], 1e-4, &format!("{name} {i} loading"));
        }
    }

    /// Voltages, flows, currents, loadings and losses of every reference are pandapower's to 1e-6 p.u. and better.
    #[test]
    fn flows_are_those_of_pandapower() {
        for (name, loss_kw) in REFERENCES.into_iter().chain([("example_simple", 58.8847)]) {
            let (tables, document) = reference(name);
            let (_, flow) = solved(&tables);
            assert!(flow.has_converged(), "{name}");
            let solution = &document["solution"];
            for (i, row) in solution["res_bus"].as_array().unwrap().iter().enumerate() {
                close(flow.buses[i].voltage_pu, &row["vm_pu"], 1e-8, &format!("{name} bus {i}"));
                close(flow.buses[i].angle_deg, &row["va_degree"], 1e-6, &format!("{name} angle {i}"));
            }
            branches_are_theirs(name, &flow.lines, &solution["res_line"], ["from", "to"]);
            branches_are_theirs(name, &flow.transformers, &solution["res_trafo"], ["hv", "lv"]);
            close(flow.loss_kw / 1000.0, &document["summary"]["losses_mw"], 1e-6, name);
            if !loss_kw.is_nan() {
                assert!((flow.loss_kw - loss_kw).abs() < 1e-4, "{name}: {}", flow.loss_kw);
            }
        }
    }

    /// Kirchhoff's laws close to rounding at any tolerance; what a loose tolerance leaves is in the mismatch.
    #[test]
    fn books_close_at_any_tolerance() {
        for (name, _) in REFERENCES.into_iter().chain([("example_simple", 0.0)]) {
            let network = import_tables(&reference(name).0, "reference.json").unwrap().network;
            let feeder = Feeder::compile(&network).unwrap();
            let mut last = f64::INFINITY;
            for tolerance_pu in [1e-1, 1e-4, 1e-6, 1e-10] {
                let flow = feeder.solve(&FlowSettings { tolerance_pu, ..FlowSettings::default() });
                let moved: f64 = flow.sources.iter().map(|power| power.power_kw.abs()).sum();
                assert!(
                    flow.residual_kw().abs() < 1e-9 * moved.max(1.0),
                    "{name} {tolerance_pu}: {}",
                    flow.residual_kw()
                );
                assert!(flow.mismatch_kva <= last + 1e-9, "{name} {tolerance_pu}: {} {last}", flow.mismatch_kva);
                last = flow.mismatch_kva;
            }
            assert!(last < 1e-5, "{name}: {last}");
        }
    }
}
