//! The seeds keep the JSON Schema, and what breaks it is seen.

use serde_json::Value;

use super::seeds::sites;

/// What of a value is not as the schema says. Knows the words of JSON Schema that the scenario's schema uses.
fn faults(schema: &Value, part: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(reference) = part["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return faults(schema, &schema["$defs"][name], value, path);
    }
    if let Some(options) = part["anyOf"].as_array().or(part["oneOf"].as_array()) {
        let fits = options.iter().any(|option| faults(schema, option, value, path).is_empty());
        return if fits { Vec::new() } else { vec![format!("{path}: fits no option")] };
    }
    let mut found = Vec::new();
    let fits = match part["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some(other) => panic!("the checker does not know the type {other}"),
        None => panic!("{path}: the checker needs a type"),
    };
    if !fits {
        found.push(format!("{path}: has the wrong type"));
    }
    if part.get("const").is_some_and(|constant| constant != value) {
        found.push(format!("{path}: is not the constant"));
    }
    if part["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
        found.push(format!("{path}: is none of the choices"));
    }
    for key in part["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(key).is_none() {
            found.push(format!("{path}.{key}: is missing"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match part["properties"].get(key) {
            Some(rule) => found.extend(faults(schema, rule, inner, &format!("{path}.{key}"))),
            None => found.push(format!("{path}.{key}: is unknown")),
        }
    }
    for item in value.as_array().filter(|_| part["items"].is_object()).into_iter().flatten() {
        found.extend(faults(schema, &part["items"], item, &format!("{path}[]")));
    }
    found
}

/// TOML as JSON; dates become texts.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(table) => Value::Object(table.into_iter().map(|(key, value)| (key, json(value))).collect()),
        other => serde_json::to_value(other).expect("plain TOML values are JSON values"),
    }
}

fn seed(name: &str) -> Value {
    seed_file(&format!("{name}/scenario.toml"))
}

fn seed_file(name: &str) -> Value {
    let path = format!("{}/../../seeds/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the seed is there");
    json(toml::Value::Table(text.parse().expect("the seed is TOML")))
}

#[test]
fn seeds_keep_the_schema() {
    let schema = microgrid_io::schema();
    for name in sites() {
        assert_eq!(faults(&schema, &schema, &seed(&name), ""), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_city_keeps_both_schemas() {
    let (scenario, sweep) = (microgrid_io::schema(), microgrid_io::sweep::schema());
    for kind in ["industrial", "commercial", "community", "hub"] {
        let site = seed_file(&format!("city-39/sites/{kind}.toml"));
        assert_eq!(faults(&scenario, &scenario, &site, ""), Vec::<String>::new(), "{kind}");
    }
    let mut city = seed_file("city-39/sweep.toml");
    assert_eq!(faults(&sweep, &sweep, &city, ""), Vec::<String>::new());
    city["draw"][1]["distribution"]["name"] = "lognormel".into();
    city["samples"]["number"] = 5.into();
    let found = faults(&sweep, &sweep, &city, "");
    for wanted in [".draw[].distribution.name: is none", ".samples.number: is unknown"] {
        assert!(found.iter().any(|fault| fault.starts_with(wanted)), "{wanted}: {found:?}");
    }
}

#[test]
fn what_breaks_the_schema_is_seen() {
    let schema = microgrid_io::schema();
    let mut broken = seed("industrial-park");
    broken["dispatch"]["strategy"] = "peak_shavin".into();
    broken["storage"]["battery"][0]["capacity"] = 5.into();
    broken["demand"]["load"][1]["tier"] = 3.into();
    broken["demand"]["load"][0]["power_kw"]["gaps"] = "guess".into();
    broken["site"].as_object_mut().expect("a table").remove("zone");
    let found = faults(&schema, &schema, &broken, "");
    for wanted in [
        ".dispatch.strategy: is none",
        ".storage.battery[].capacity: is unknown",
        ".demand.load[].tier: has the wrong",
        ".site.zone: is missing",
    ] {
        assert!(found.iter().any(|fault| fault.starts_with(wanted)), "{wanted}: {found:?}");
    }
}
