//! Changes of `design.toml` that keep its comments.

use microgrid::{Problem, Problems};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use crate::form::Form;

/// What a field of a form is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number with its unit.
    Number(&'static str),
    /// A whole number with its unit.
    Whole(&'static str),
    /// One of some names, or nothing.
    Choice(&'static [&'static str]),
    /// Numbers with a comma between them.
    Numbers(&'static str),
    /// Yes or nothing.
    Flag,
}

/// A field of a table of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its key.
    pub(crate) key: &'static str,
    /// What it is called on the page.
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
}

/// The document of a text.
pub(crate) fn document(text: &str) -> Result<DocumentMut, Problems> {
    text.parse().map_err(|fault| Problem::new("design.toml", "is no TOML").value(fault).into())
}

/// The table of that name, made where it is not there.
pub(crate) fn table<'d>(document: &'d mut DocumentMut, name: &str) -> Result<&'d mut dyn TableLike, Problems> {
    let item = document.entry(name).or_insert(Item::Table(Table::new()));
    item.as_table_like_mut().ok_or_else(|| Problem::new(name, "is no table").into())
}

/// The tables `[[size]]`.
pub(crate) fn sizes(document: &mut DocumentMut) -> Result<&mut toml_edit::ArrayOfTables, Problems> {
    let item = document.entry("size").or_insert(Item::ArrayOfTables(toml_edit::ArrayOfTables::new()));
    item.as_array_of_tables_mut().ok_or_else(|| {
        let problem = Problem::new("size", "is not written as [[size]], which this page needs");
        problem.hint("change design.toml as text").into()
    })
}

/// What a field holds in the file, as the form shows it.
fn shown(table: Option<&dyn TableLike>, field: &Field) -> String {
    let Some(found) = table.and_then(|table| table.get(field.key)).and_then(Item::as_value) else {
        return String::new();
    };
    match found {
        Value::String(text) => text.value().clone(),
        Value::Array(values) => {
            values.iter().filter_map(number).map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
        }
        Value::Boolean(flag) => flag.value().to_string(),
        other => number(other).map_or(String::new(), |number| number.to_string()),
    }
}

/// What a field of a form shows: what was sent under `name` where that was refused, else what the file holds.
pub(crate) fn held(sent: Option<&Form>, name: &str, table: Option<&dyn TableLike>, field: &Field) -> String {
    match sent {
        // A box that is not ticked sends nothing.
        Some(form) if form.has(name) || field.kind == Kind::Flag => form.whole(name).to_owned(),
        _ => shown(table, field),
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// Puts the fields that a form has under `prefix` into a table; an empty one is taken out. What is the same stays as it is written.
pub(crate) fn put(table: &mut dyn TableLike, fields: &[Field], prefix: &str, form: &Form, problems: &mut Problems) {
    for field in fields {
        let name = format!("{prefix}{}", field.key);
        let is_box = field.kind == Kind::Flag;
        if !form.has(&name) && !is_box {
            continue;
        }
        let Some(text) = form.text(&name) else {
            table.remove(field.key);
            continue;
        };
        if text == shown(Some(&*table), field) {
            continue;
        }
        let mut refuse = |message: &str, allowed: &str| {
            let problem = Problem::new(&name, message).value(text);
            problems.push(if allowed.is_empty() { problem } else { problem.allowed(allowed) });
        };
        let new: Value = match field.kind {
            Kind::Choice(names) if names.is_empty() || names.contains(&text) => text.into(),
            Kind::Choice(names) => {
                refuse("is none of them", &names.join(", "));
                continue;
            }
            Kind::Flag => true.into(),
            Kind::Whole(_) => match text.parse::<i64>() {
                Ok(whole) => whole.into(),
                Err(_) => {
                    refuse("is no whole number", "");
                    continue;
                }
            },
            Kind::Number(_) => match form.number(&name, problems) {
                Some(number) => of_number(number),
                None => continue,
            },
            Kind::Numbers(_) => {
                let numbers: Result<Vec<f64>, _> =
                    text.split([',', ' ', ';']).filter(|part| !part.is_empty()).map(str::parse).collect();
                match numbers {
                    Ok(numbers) if numbers.iter().all(|number| number.is_finite()) => {
                        Value::Array(numbers.into_iter().map(of_number).collect::<Array>())
                    }
                    _ => {
                        refuse("is no list of numbers", "such as 0, 0.1, 0.5");
                        continue;
                    }
                }
            }
        };
        match table.get_mut(field.key).and_then(Item::as_value_mut) {
            Some(old) => {
                let decor = old.decor().clone();
                *old = new;
                *old.decor_mut() = decor;
            }
            None => {
                table.insert(field.key, value(new));
            }
        }
    }
}

/// A whole number is written as one.
fn of_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 { Value::from(number as i64) } else { Value::from(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [Field; 4] = [
        Field { key: "years", label: "", kind: Kind::Whole("") },
        Field { key: "real_rate", label: "", kind: Kind::Number("") },
        Field { key: "prices", label: "", kind: Kind::Numbers("") },
        Field { key: "salvage", label: "", kind: Kind::Choice(&["linear", "none"]) },
    ];

    fn form(pairs: &[(&str, &str)]) -> Form {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<Vec<_>>().into()
    }

    /// Caught: a comment that is lost, a number that is written anew though nobody changed it.
    #[test]
    fn comments_stay_and_what_is_the_same_is_left_alone() {
        let text = "# ours\n[economics]\nreal_rate = 0.060 # agreed\nyears = 20 # assumed\nsalvage = \"none\"\n";
        let mut document = document(text).unwrap();
        let mut problems = Problems::none();
        let sent = form(&[("e.years", "25"), ("e.real_rate", "0.06"), ("e.prices", "0, 0.5"), ("e.salvage", "")]);
        put(table(&mut document, "economics").unwrap(), &FIELDS, "e.", &sent, &mut problems);
        let wanted = "# ours\n[economics]\nreal_rate = 0.060 # agreed\nyears = 25 # assumed\nprices = [0, 0.5]\n";
        assert_eq!((document.to_string().as_str(), problems.is_empty()), (wanted, true));
    }

    #[test]
    fn what_is_no_such_value_is_refused_by_its_name() {
        let mut document = document("[economics]\nyears = 20\n").unwrap();
        let mut problems = Problems::none();
        let sent = form(&[("years", "2.5"), ("real_rate", "six"), ("prices", "1, x"), ("salvage", "all")]);
        put(table(&mut document, "economics").unwrap(), &FIELDS, "", &sent, &mut problems);
        assert_eq!(document.to_string(), "[economics]\nyears = 20\n");
        let text = problems.to_string();
        for name in ["years", "real_rate", "prices", "salvage"] {
            assert!(text.contains(&format!("{name}: is no")), "{text}");
        }
        // A value that would be text in TOML stays a value.
        let hostile = form(&[("salvage", "\"\nyears = 1 #")]);
        put(table(&mut document, "economics").unwrap(), &FIELDS, "", &hostile, &mut problems);
        assert_eq!(document.to_string(), "[economics]\nyears = 20\n");
    }
}
