//! The JSON Schema (draft 2020-12) of a TOML file, for editors that check and complete as one writes.

#[cfg(test)]
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde_json::Value;

/// The schema of the file that `T` stands for, under the file's name.
pub(crate) fn json_schema<T: JsonSchema>(title: &str) -> Value {
    let mut schema = schemars::schema_for!(T).to_value();
    drop_null(&mut schema);
    schema["title"] = title.into();
    schema
}

/// Drops `null` as a type: TOML has none, a key is left out instead.
fn drop_null(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(any)) = map.get_mut("anyOf") {
                any.retain(|option| option["type"] != "null");
                if let [Value::Object(only)] = any.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            map.values_mut().for_each(drop_null);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_null),
        _ => {}
    }
}

/// The schema behind references, lists and choices: the table where there is one.
#[cfg(test)]
pub(crate) fn table_of<'s>(schema: &'s Value, part: &'s Value) -> &'s Value {
    if let Some(path) = part["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap_or_default();
        return table_of(schema, &schema["$defs"][name]);
    }
    if part["items"].is_object() {
        return table_of(schema, &part["items"]);
    }
    let options = part["anyOf"].as_array().into_iter().flatten();
    let tables = options.map(|option| table_of(schema, option));
    tables.into_iter().find(|option| option["properties"].is_object()).unwrap_or(part)
}

/// The keys of each table that a schema describes, by the table's path.
#[cfg(test)]
pub(crate) fn described(schema: &Value) -> KeysByTable {
    fn find(schema: &Value, table: &Value, path: &str, found: &mut KeysByTable) {
        let Some(properties) = table["properties"].as_object() else { return };
        assert_eq!(table["additionalProperties"], false, "{path} must refuse unknown keys");
        found.insert(path.to_owned(), properties.keys().cloned().collect());
        for (key, part) in properties {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            find(schema, table_of(schema, part), &path, found);
        }
    }
    let mut found = KeysByTable::new();
    find(schema, schema, "", &mut found);
    found
}

/// The keys of each table that a reader asked a document for.
#[cfg(test)]
pub(crate) fn accepted(document: &super::Document) -> KeysByTable {
    let owned = |keys: BTreeSet<&str>| keys.into_iter().map(str::to_owned).collect();
    document.accepted().into_iter().map(|(table, keys)| (table, owned(keys))).collect()
}

#[cfg(test)]
type KeysByTable = BTreeMap<String, BTreeSet<String>>;
