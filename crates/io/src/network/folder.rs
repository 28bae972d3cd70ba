//! `network.toml` and the CSV files beside it, read and written.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use microgrid_core::distribution::{Feeder, Network, SwitchedElement};
use microgrid_core::{Problem, Problems};
use schemars::JsonSchema;

use super::fields::{Fields, read_csv};
use super::rows::{self, Named, NamedSwitch, TABLES};
use crate::document::{Document, Section, json_schema};
use crate::files::{FileFault, Files, Folder, read_text};
use crate::scenario::scenario_text;

/// `network.toml`: a distribution network.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "NetworkFile")]
#[expect(dead_code, reason = "stands for its schema")]
struct NetworkFile {
    /// What reports call it.
    name: String,
    /// System frequency, Hz; 50 by default.
    frequency_hz: Option<f64>,
    /// CSV files, by table, for tables that do not stand here.
    tables: Option<BTreeMap<String, String>>,
    bus: Option<Vec<rows::BusRow>>,
    source: Option<Vec<rows::SourceRow>>,
    line: Option<Vec<rows::LineRow>>,
    transformer: Option<Vec<rows::PowerTransformerRow>>,
    switch: Option<Vec<rows::SwitchRow>>,
    shunt: Option<Vec<rows::ShuntRow>>,
    generator: Option<Vec<rows::GeneratorRow>>,
    load: Option<Vec<rows::LoadRow>>,
}

/// The JSON Schema of `network.toml`.
#[must_use]
pub fn network_schema() -> serde_json::Value {
    json_schema::<NetworkFile>("network.toml")
}

/// Reads a network from a folder with `network.toml`, or from a `.toml` file whose folder holds its tables.
///
/// # Errors
/// Every problem of a stage, each with its file and line: unknown keys and columns, missing or impossible values, names
/// that nothing bears, and what [`Feeder::compile`] refuses.
pub fn read_network(path: impl AsRef<Path>) -> Result<Network, Problems> {
    let (name, text, folder) = scenario_text(path.as_ref(), "network.toml")?;
    read_tables(&name, &text, &Folder::new(folder))
}

/// Reads the network of the folder `folder`, or of a `.toml` file, among the files of a scenario.
///
/// # Errors
/// As [`read_network`]; files are called by their path in the scenario's folder.
pub(crate) fn read_network_among(files: &dyn Files, field: &str, folder: &str) -> Result<Network, Problems> {
    let is_file = folder.ends_with(".toml");
    let file = if is_file { folder.to_owned() } else { format!("{}/network.toml", folder.trim_end_matches('/')) };
    let text = read_text(files, field, &file)?;
    let within = Within { files, folder: file.rsplit_once('/').map_or("", |(folder, _)| folder) };
    read_tables(&file, &text, &within)
}

/// The files of a folder within others.
struct Within<'a> {
    files: &'a dyn Files,
    folder: &'a str,
}

impl Files for Within<'_> {
    fn read(&self, name: &str) -> Result<Vec<u8>, FileFault> {
        if self.folder.is_empty() { self.files.read(name) } else { self.files.read(&format!("{}/{name}", self.folder)) }
    }
}

fn read_tables(name: &str, text: &str, files: &dyn Files) -> Result<Network, Problems> {
    let document = Document::parse(name, text)?;
    let csv_problems = RefCell::new(Problems::none());
    let (network, places) = {
        let mut root = document.root();
        let reading = Reading { files, problems: &csv_problems, places: RefCell::default() };
        let network = reading.network(&mut root);
        root.close();
        (network, reading.places.into_inner())
    };
    let mut problems = document.into_problems();
    problems.extend(csv_problems.into_inner());
    if !problems.is_empty() {
        return Err(problems);
    }
    Feeder::compile(&network).map(|_| ()).map_err(|problems| placed(problems, name, text, &places))?;
    Ok(network)
}

/// Rows of CSV tables: their file, and the line of each row.
type Places = BTreeMap<&'static str, (String, Vec<usize>)>;

/// Gives core's problems the names and places that they have in the files.
fn placed(problems: Problems, name: &str, text: &str, places: &Places) -> Problems {
    let mut placed = Problems::none();
    let document = Document::parse(name, text);
    for mut problem in problems {
        let (table, rest) = problem.field.split_once('[').unwrap_or((&problem.field, ""));
        let key = if table == "buses" { "bus" } else { table.trim_end_matches('s') };
        let row: Option<usize> = rest.split_once(']').and_then(|(row, _)| row.parse().ok());
        let is_table = TABLES.iter().any(|table| table.key == key);
        problem = match (places.get_key_value(key), row) {
            (Some((key, (file, lines))), Some(row)) => {
                problem.field = format!("{key}[{rest}");
                problem.at(file.clone(), lines.get(row).copied())
            }
            _ => {
                if is_table {
                    problem.field = if rest.is_empty() { key.to_owned() } else { format!("{key}[{rest}") };
                }
                if let Ok(document) = &document {
                    problem.place = Some(document.place_of(&problem.field));
                }
                problem
            }
        };
        placed.push(problem);
    }
    placed
}

/// What the tables are read with.
struct Reading<'a> {
    files: &'a dyn Files,
    problems: &'a RefCell<Problems>,
    places: RefCell<Places>,
}

/// Indices by name.
type Names = BTreeMap<String, usize>;

impl Reading<'_> {
    fn network(&self, root: &mut Section<'_>) -> Network {
        let mut network = Network::new(root.required_text("name", "a name"));
        network.frequency_hz = root.number("frequency_hz").unwrap_or(50.0);
        let files = root.table("tables", |section| TABLES.map(|table| section.text(table.key))).unwrap_or_default();
        let mut files = files.into_iter();
        let mut next = || files.next().flatten();
        network.buses = self.table(root, "bus", next(), rows::read_bus);
        let names = |network: &Network| -> [Names; 3] {
            let of = |list: Vec<&String>| list.into_iter().enumerate().map(|(i, name)| (name.clone(), i)).collect();
            [
                of(network.buses.iter().map(|bus| &bus.name).collect()),
                of(network.lines.iter().map(|line| &line.name).collect()),
                of(network.transformers.iter().map(|unit| &unit.name).collect()),
            ]
        };
        let [buses, ..] = names(&network);
        let sources = self.table(root, "source", next(), rows::read_source);
        network.sources = self.at_buses("source", sources, &buses, |source, at| source.bus = at[0]);
        let lines = self.table(root, "line", next(), rows::read_line);
        network.lines = self.at_buses("line", lines, &buses, |line, at| (line.from_bus, line.to_bus) = (at[0], at[1]));
        let units = self.table(root, "transformer", next(), rows::read_transformer);
        network.transformers =
            self.at_buses("transformer", units, &buses, |unit, at| (unit.high_bus, unit.low_bus) = (at[0], at[1]));
        let [_, lines, units] = names(&network);
        let switches = self.table(root, "switch", next(), rows::read_switch);
        network.switches = self.switches(switches, [("bus", &buses), ("line", &lines), ("transformer", &units)]);
        let shunts = self.table(root, "shunt", next(), rows::read_shunt);
        network.shunts = self.at_buses("shunt", shunts, &buses, |shunt, at| shunt.bus = at[0]);
        let generators = self.table(root, "generator", next(), rows::read_generator);
        network.generators = self.at_buses("generator", generators, &buses, |generator, at| generator.bus = at[0]);
        let loads = self.table(root, "load", next(), rows::read_load);
        network.loads = self.at_buses("load", loads, &buses, |load, at| load.bus = at[0]);
        for (key, count, names) in [
            ("bus", network.buses.len(), &buses),
            ("line", network.lines.len(), &lines),
            ("transformer", network.transformers.len(), &units),
        ] {
            if names.len() < count {
                self.push(key, count - 1, Problem::new(format!("{key}.name"), "bears a name twice"));
            }
        }
        network
    }

    /// The rows of a table, from its list or from its CSV file.
    fn table<T>(
        &self,
        root: &mut Section<'_>,
        key: &'static str,
        file: Option<String>,
        read: impl Fn(&mut dyn Fields) -> T,
    ) -> Vec<T> {
        let Some(file) = file else { return root.tables(key, |section| read(section)) };
        if root.has(key) {
            root.push(Problem::new(key, format!("is written beside tables.{key}")).hint("write one of them"));
        }
        let text = match read_text(self.files, &format!("tables.{key}"), &file) {
            Ok(text) => text,
            Err(problems) => {
                problems.into_iter().for_each(|problem| root.push(problem));
                return Vec::new();
            }
        };
        let rows = read_csv(&file, &text, self.problems, |fields| read(fields));
        let (rows, lines): (Vec<T>, Vec<usize>) = rows.into_iter().unzip();
        self.places.borrow_mut().insert(key, (file, lines));
        rows
    }

    /// A problem of a row that is found after it was read.
    fn push(&self, key: &str, row: usize, mut problem: Problem) {
        if let Some((file, lines)) = self.places.borrow().get(key) {
            problem = problem.at(file.clone(), lines.get(row).copied());
        }
        self.problems.borrow_mut().push(problem);
    }

    /// Looks up a name; 0 stands in for one that nothing bears.
    fn find(&self, (table, row): (&str, usize), key: &str, kind: &str, name: &str, names: &Names) -> usize {
        names.get(name).copied().unwrap_or_else(|| {
            let problem = Problem::new(format!("{table}[{row}].{key}"), format!("is no {kind} of the network"));
            let near = crate::suggestion::nearest(name, names.keys().map(String::as_str));
            let problem = problem.value(format!("\"{name}\""));
            let hinted = near.iter().fold(problem, |problem, near| problem.hint(format!("did you mean {near}?")));
            self.push(table, row, hinted);
            0
        })
    }

    fn at_buses<T>(&self, table: &str, rows: Vec<Named<T>>, buses: &Names, put: impl Fn(&mut T, &[usize])) -> Vec<T> {
        let mut elements = Vec::with_capacity(rows.len());
        for (row, Named { mut element, buses: names }) in rows.into_iter().enumerate() {
            let at = names.iter().map(|(key, name)| self.find((table, row), key, "bus", name, buses));
            let at: Vec<usize> = at.collect();
            put(&mut element, &at);
            elements.push(element);
        }
        elements
    }

    fn switches(
        &self,
        rows: Vec<NamedSwitch>,
        [buses, lines, units]: [(&str, &Names); 3],
    ) -> Vec<microgrid_core::distribution::Switch> {
        let mut switches = Vec::with_capacity(rows.len());
        for (row, NamedSwitch { mut switch, bus, kind, element }) in rows.into_iter().enumerate() {
            let find = |key: &str, name: &str, (kind, names): (&str, &Names)| {
                self.find(("switch", row), key, kind, name, names)
            };
            switch.bus = find("bus", &bus, buses);
            switch.element = match kind {
                Some("line") => SwitchedElement::Line(find("element", &element, lines)),
                Some("transformer") => SwitchedElement::Transformer(find("element", &element, units)),
                _ => SwitchedElement::Bus(find("element", &element, buses)),
            };
            switches.push(switch);
        }
        switches
    }
}

/// Writes a network as a folder that [`read_network`] reads: `network.toml` and a CSV file for each table that has rows.
///
/// # Errors
/// What the file system refuses.
pub fn write_network(network: &Network, folder: impl AsRef<Path>) -> std::io::Result<()> {
    let folder = folder.as_ref();
    std::fs::create_dir_all(folder)?;
    let mut text = format!(
        "name = {}\nfrequency_hz = {}\n\n[tables]\n",
        toml::Value::String(network.name.clone()),
        network.frequency_hz
    );
    for table in &TABLES {
        let rows = (table.cells)(network);
        if rows.is_empty() {
            continue;
        }
        let file = format!("{}.csv", table.key);
        text.push_str(&format!("{} = \"{file}\"\n", table.key));
        let mut writer = csv::Writer::from_path(folder.join(file))?;
        writer.write_record(table.columns)?;
        for row in rows {
            writer.write_record(row)?;
        }
        writer.flush()?;
    }
    std::fs::write(folder.join("network.toml"), text)
}
