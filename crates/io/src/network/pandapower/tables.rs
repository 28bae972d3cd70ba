//! pandapower's tables as they stand in its JSON: pandas' orientation "split".

use std::collections::BTreeMap;

use microgrid_core::{Problem, Problems};
use serde_json::{Map, Value};

/// The tables of a file by name, and its scalars.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) scalars: Map<String, Value>,
    pub(super) rows: BTreeMap<String, Vec<Row>>,
}

/// A row of a table: its index, by which others refer to it, and its cells.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) index: i64,
    pub(super) cells: Map<String, Value>,
}

pub(super) fn tables_of(text: &str, file: &str) -> Result<Tables, Problems> {
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

/// The rows of a table, as text or as it is.
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
    /// Whether the table has the column; the cell may be empty.
    pub(super) fn has(&self, key: &str) -> bool {
        self.cells.contains_key(key)
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.cells.get(key).and_then(Value::as_f64)
    }

    pub(super) fn index_of(&self, key: &str) -> Option<i64> {
        let value = self.cells.get(key)?;
        value.as_i64().or_else(|| value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.cells.get(key).and_then(Value::as_str)
    }

    pub(super) fn is_in_service(&self) -> bool {
        self.flag("in_service").unwrap_or(true)
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.cells.get(key).and_then(Value::as_bool)
    }

    /// Its name, a number as its digits; what the table and index say where it has none.
    pub(super) fn name_or(&self, table: &str) -> String {
        match self.cells.get("name") {
            Some(Value::String(text)) if !text.trim().is_empty() => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => format!("{table} {}", self.index),
        }
    }
}
