//! Which fields a scenario file may have, and what may stand in them: as its JSON Schema says.

use std::sync::LazyLock;

use microgrid_core::Problem;
use serde_json::Value as Json;

use super::FieldPath;

/// What may stand in a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldKind {
    pub(crate) number: bool,
    pub(crate) whole: bool,
    pub(crate) flag: bool,
    pub(crate) text: bool,
    /// The only texts, where there are such.
    pub(crate) choices: Vec<String>,
}

static SCHEMA: LazyLock<Json> = LazyLock::new(crate::scenario::schema);

/// What may stand in the field of that path in a scenario file.
///
/// # Errors
/// A path that no scenario has, with the nearest that one may have; a path of a table or list. The problem's field is
/// the path.
#[expect(clippy::result_large_err, reason = "one problem that its callers finish")]
pub(crate) fn field_kind(path: &str) -> Result<FieldKind, Problem> {
    let unknown = || {
        let problem = Problem::new(path, "is not a field of scenario.toml");
        match nearest(path) {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None => problem,
        }
    };
    let parsed = FieldPath::parse(path).ok_or_else(unknown)?;
    let mut nodes = options(&SCHEMA);
    for (i, segment) in parsed.segments.iter().enumerate() {
        let mut inner: Vec<&Json> = nodes.iter().filter_map(|node| node["properties"].get(&segment.key)).collect();
        if inner.is_empty() {
            let keys = nodes.iter().filter_map(|node| node["properties"].as_object());
            let keys: Vec<&str> = keys.flat_map(|keys| keys.keys().map(String::as_str)).collect();
            let table = if i == 0 { "the file".to_owned() } else { format!("`{}`", prefix(path, i)) };
            let problem = unknown();
            return Err(if keys.is_empty() {
                problem
            } else {
                problem.allowed(format!("in {table}: {}", keys.join(", ")))
            });
        }
        for _ in &segment.places {
            inner = inner.iter().flat_map(|node| options(node)).filter_map(|node| node.get("items")).collect();
        }
        nodes = inner.iter().flat_map(|node| options(node)).collect();
        if nodes.is_empty() {
            return Err(unknown().allowed(format!("`{}` is not a list", segment.key)));
        }
    }
    let mut kind = FieldKind::default();
    for node in &nodes {
        match node["type"].as_str() {
            Some("number") => kind.number = true,
            Some("integer") => (kind.number, kind.whole) = (true, true),
            Some("boolean") => kind.flag = true,
            Some("string") => kind.text = true,
            _ => continue,
        }
        let listed = node["enum"].as_array().into_iter().flatten();
        let listed = listed.chain(node.get("const")).filter_map(Json::as_str).map(str::to_owned);
        kind.choices.extend(listed);
    }
    if kind == FieldKind::default() {
        let what = if nodes.iter().any(|node| node["items"].is_object()) { "a list" } else { "a table" };
        return Err(Problem::new(path, format!("is {what}, and not a field")).hint("name one of its fields"));
    }
    Ok(kind)
}

/// The alternatives of a schema behind references.
fn options(node: &'static Json) -> Vec<&'static Json> {
    if let Some(name) = node["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return options(&SCHEMA["$defs"][name]);
    }
    match node["anyOf"].as_array().or(node["oneOf"].as_array()) {
        Some(alternatives) => alternatives.iter().flat_map(options).collect(),
        None => vec![node],
    }
}

/// The first `count` segments of a path.
fn prefix(path: &str, count: usize) -> String {
    path.split('.').take(count).collect::<Vec<_>>().join(".")
}

/// The path of a field nearest to `path`, with its places in lists where they fit.
fn nearest(path: &str) -> Option<String> {
    static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut paths = Vec::new();
        collect(&SCHEMA, String::new(), &mut paths);
        paths
    });
    let (plain, places) = without_places(path);
    let near = crate::suggestion::nearest(&plain, PATHS.iter().map(String::as_str))?;
    let mut places = places.into_iter();
    // Lists are written `battery[]`; places that are not given are 0.
    let parts: Vec<&str> = near.split("[]").collect();
    let (last, lists) = parts.split_last()?;
    let lists = lists.iter().map(|part| format!("{part}[{}]", places.next().unwrap_or_else(|| "0".into())));
    Some(lists.collect::<String>() + last)
}

fn without_places(path: &str) -> (String, Vec<String>) {
    let (mut plain, mut places) = (String::new(), Vec::new());
    for part in path.split('[') {
        match part.split_once(']') {
            Some((place, rest)) => {
                places.push(place.to_owned());
                plain += "[]";
                plain += rest;
            }
            None => plain += part,
        }
    }
    (plain, places)
}

fn collect(node: &'static Json, path: String, paths: &mut Vec<String>) {
    for option in options(node) {
        if let Some(keys) = option["properties"].as_object() {
            for (key, inner) in keys {
                collect(inner, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, paths);
            }
        } else if let Some(items) = option.get("items") {
            collect(items, format!("{path}[]"), paths);
        } else if !paths.contains(&path) {
            paths.push(path.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str) -> String {
        field_kind(path).unwrap_err().to_string()
    }

    #[test]
    fn fields_have_the_kinds_of_the_schema() {
        let kind = |path| field_kind(path).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(kind("storage.battery[0].capacity_kwh"), FieldKind { number: true, ..FieldKind::default() });
        assert!(kind("storage.battery[3].grid_forming").flag);
        assert!(kind("demand.load[0].power_kw").number);
        assert!(kind("demand.load[0].power_kw.file").text);
        assert!(kind("site.weather.seed").whole);
        assert!(kind("dispatch.strategy").choices.contains(&"time_of_use".to_owned()));
        assert!(kind("demand.load[0].power_kw.gaps").choices.contains(&"hold".to_owned()));
        assert!(kind("site.weather.normals.ghi_kwh_per_m2_day[11]").number);
        assert!(kind("utility.outage[0].start").text);
    }

    #[test]
    fn an_unknown_path_is_told_the_nearest() {
        let text = refused("storage.battery[1].capacity");
        assert!(text.contains("did you mean storage.battery[1].capacity_kwh?"), "{text}");
        assert!(
            text.contains("in `storage.battery[1]`: ageing, auxiliaries, capacity_kwh, cells, charge_efficiency"),
            "{text}"
        );
        assert!(refused("storage.batery[1].capacity_kwh").contains("did you mean storage.battery[1].capacity_kwh?"));
        assert!(refused("storage.battery.capacity_kwh").contains("did you mean storage.battery[0].capacity_kwh?"));
        assert!(refused("dispatch.stratgy").contains("did you mean dispatch.strategy?"));
        assert!(refused("nonsense").contains("in the file: "));
        assert!(refused("storage.battery[0]").contains("is a table"));
        assert!(refused("storage.battery").contains("is a list"));
        assert!(refused("storage[0].battery").contains("is not a list"));
        assert!(refused("a[").contains("is not a field"));
    }
}
