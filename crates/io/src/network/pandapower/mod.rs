//! pandapower's JSON (`pp.to_json`): its tables, element by element.
//!
//! Read are `bus`, `line`, `trafo`, `trafo3w`, `impedance`, `switch`, `shunt`, `ext_grid`, `gen`, `load`, `sgen`, `storage`,
//! `motor`, `asymmetric_load` and `asymmetric_sgen` (their three phases together, as its balanced flow takes them), `ward`
//! and `xward`. Other tables with rows in service are refused by name, and so are the settings within these that would
//! change a flow and are not read: tap tables, tables of shunts by step, impedances that differ by direction. Tables that
//! no flow depends on (costs, measurements, groups, pictures) are left out in silence. Rows out of service are dropped,
//! lines and transformers kept as such. pandapower's `ext_grid` is a voltage that no current moves; so is the source that
//! it becomes.
//!
//! What we have no element for becomes several: a three-winding transformer three of two windings at a star bus (its
//! documentation, "Three Winding Transformer"), an extended ward a line to a bus whose voltage a generator of no power
//! holds, a switch with an impedance a line.

mod branches;
mod nodes;
mod tables;
mod taps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use microgrid_core::distribution::{Feeder, Network};
use microgrid_core::{Problem, Problems};
use serde_json::Value;

use super::ImportedNetwork;
use tables::{Row, Tables, tables_of};

/// Makes a network of pandapower's JSON, which messages call `file`.
///
/// # Errors
/// A text that is no such file; every table, row and setting that is not understood; what
/// [`Feeder::compile`] refuses of the network.
pub fn import_pandapower(text: &str, file: &str) -> Result<ImportedNetwork, Problems> {
    let tables = tables_of(text, file)?;
    import_tables(&tables, file)
}

/// Tables that are read. Of the others those whose rows stand at buses would take part in a flow.
const READ: [&str; 17] = [
    "bus",
    "line",
    "trafo",
    "trafo3w",
    "impedance",
    "switch",
    "shunt",
    "ext_grid",
    "gen",
    "load",
    "sgen",
    "storage",
    "motor",
    "asymmetric_load",
    "asymmetric_sgen",
    "ward",
    "xward",
];

/// What is read while the network grows.
struct Import<'a> {
    tables: &'a Tables,
    file: &'a str,
    problems: Problems,
    notes: Vec<String>,
    network: Network,
    /// Buses in service that something connects to a source, by pandapower's index.
    bus_of: BTreeMap<i64, usize>,
    /// Buses out of service at which lines end open.
    dark_bus_of: BTreeMap<i64, usize>,
    line_of: BTreeMap<i64, usize>,
    transformer_of: BTreeMap<i64, usize>,
    /// The three legs of a three-winding transformer by its index, with pandapower's bus of each.
    legs_of: BTreeMap<i64, [(i64, Option<usize>); 3]>,
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
        dark_bus_of: BTreeMap::new(),
        line_of: BTreeMap::new(),
        transformer_of: BTreeMap::new(),
        legs_of: BTreeMap::new(),
    };
    import.refuse_tables();
    import.buses();
    import.lines();
    import.transformers();
    import.three_winding_transformers();
    import.impedances();
    import.switches();
    import.shunts();
    import.sources();
    import.loads();
    import.wards();
    let Import { problems, notes, network, .. } = import;
    if !problems.is_empty() {
        return Err(problems);
    }
    Feeder::compile(&network).map_err(|problems| super::counted_in_the_file(problems, file))?;
    Ok(ImportedNetwork { network, notes })
}

impl Import<'_> {
    fn rows(&self, table: &str) -> Vec<Row> {
        self.tables.rows.get(table).cloned().unwrap_or_default()
    }

    fn rows_in_service(&self, table: &str) -> Vec<Row> {
        self.rows(table).into_iter().filter(Row::is_in_service).collect()
    }

    fn refuse(&mut self, table: &str, row: &Row, message: impl Into<String>) {
        self.problems.push(Problem::new(format!("{table}[{}]", row.index), message).at(self.file, None));
    }

    fn refuse_tables(&mut self) {
        let stands_at_buses = |row: &Row| row.cells.keys().any(|key| key.ends_with("bus") || key.ends_with("bus_dc"));
        for (table, rows) in &self.tables.rows {
            if READ.contains(&table.as_str()) || table.starts_with("res_") || table.starts_with('_') {
                continue;
            }
            let count = rows.iter().filter(|row| row.is_in_service() && stands_at_buses(row)).count();
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

    /// The bus of a row; `None` where it is left out, a problem where there is none.
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

    /// The bus of what stands at one; a note where it is left out with the bus.
    fn bus_or_note(&mut self, table: &str, row: &Row) -> Option<usize> {
        let found = self.bus(table, row, "bus");
        if found.is_none() {
            self.notes.push(format!("{table} {} stands at a bus that is left out", row.index));
        }
        found
    }

    /// Indices of the buses that anything, open or closed, in service or not, connects to a source.
    fn connected_buses(&self) -> BTreeSet<i64> {
        let mut links: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let mut link = |ends: Vec<Option<i64>>| {
            let ends: Vec<i64> = ends.into_iter().flatten().collect();
            for (&a, &b) in ends.iter().zip(ends.iter().skip(1)) {
                links.entry(a).or_default().push(b);
                links.entry(b).or_default().push(a);
            }
        };
        for (table, keys) in [
            ("line", &["from_bus", "to_bus"][..]),
            ("impedance", &["from_bus", "to_bus"]),
            ("trafo", &["hv_bus", "lv_bus"]),
            ("trafo3w", &["hv_bus", "mv_bus", "lv_bus"]),
        ] {
            for row in self.rows(table) {
                link(keys.iter().map(|key| row.index_of(key)).collect());
            }
        }
        for row in self.rows("switch").iter().filter(|row| row.text("et") == Some("b")) {
            link(vec![row.index_of("bus"), row.index_of("element")]);
        }
        let slack = |row: &Row| row.flag("slack") == Some(true);
        let slacks = self.rows_in_service("gen").into_iter().filter(slack);
        let sources = self.rows_in_service("ext_grid").into_iter().chain(slacks);
        let mut reached: Vec<i64> = sources.filter_map(|row| row.index_of("bus")).collect();
        let mut connected: BTreeSet<i64> = reached.iter().copied().collect();
        while let Some(bus) = reached.pop() {
            for &next in links.get(&bus).into_iter().flatten() {
                if connected.insert(next) {
                    reached.push(next);
                }
            }
        }
        connected
    }
}
