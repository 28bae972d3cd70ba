//! A field with the value that stands in for what is written.

use std::borrow::Cow;

use microgrid_core::{Place, Problem};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::field::Segment;
use super::{FieldPath, field_kind};

/// A field of a scenario file and the value that it takes instead of the one written.
///
/// `dispatch.strategy` set to another strategy leaves out what `[dispatch]` says for the one written, but for
/// `stored_value_per_kwh`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    field: String,
    /// The value as TOML.
    literal: String,
    place: Place,
}

impl Setting {
    /// Reads `FIELD=VALUE`. The value is one of TOML (`12.5`, `true`, `"text"`, `[1, 2]`); what is none is a text.
    ///
    /// # Errors
    /// A text without `=`; a field that no scenario has, with the nearest that one may have.
    ///
    /// # Examples
    /// ```
    /// use microgrid_io::Setting;
    ///
    /// assert!(Setting::parse("dispatch.strategy=idle").is_ok());
    /// let problem = Setting::parse("storage.battery[0].capacity=5").unwrap_err();
    /// assert_eq!(problem.hint.as_deref(), Some("did you mean storage.battery[0].capacity_kwh?"));
    /// ```
    #[expect(clippy::result_large_err, reason = "one problem that is printed")]
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let place = Place { file: "--set".into(), line: None, span: None };
        let Some((field, value)) = text.split_once('=') else {
            let problem = Problem::new("", "has no =").value(text).allowed("FIELD=VALUE");
            return Err(problem.hint("such as storage.battery[0].capacity_kwh=500"));
        };
        let (field, value) = (field.trim(), value.trim());
        field_kind(field)?;
        let literal = match DeValue::parse(value) {
            Ok(_) => value.to_owned(),
            Err(_) => toml::Value::String(value.to_owned()).to_string(),
        };
        Ok(Self { field: field.to_owned(), literal, place })
    }

    /// A field that is known, with a value as TOML; problems of it are told at `place`.
    pub(crate) fn new(field: &str, literal: String, place: Place) -> Self {
        Self { field: field.to_owned(), literal, place }
    }

    /// The field's path.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Where the value was given.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Puts the value into a table that is the whole file; keys and value stand at `at`.
    #[expect(clippy::result_large_err, reason = "one problem that its callers finish")]
    pub(crate) fn put<'t>(&'t self, root: &mut DeTable<'t>, at: usize) -> Result<(), Problem> {
        let problem = |message: String| {
            let mut problem = Problem::new(&self.field, message);
            problem.place = Some(self.place.clone());
            problem
        };
        let parsed = FieldPath::parse(&self.field).ok_or_else(|| problem("is not a field".into()))?;
        let value = DeValue::parse(&self.literal).map_err(|_| problem("has a value that is not TOML".into()))?;
        if self.field == "dispatch.strategy" {
            forget_settings_of_others(root, value.get_ref());
        }
        let value = Spanned::new(at..at, value.into_inner());
        put(root, &parsed.segments, value, at).map_err(problem)
    }
}

/// Leaves out the settings of the strategy written where another one is set.
fn forget_settings_of_others(root: &mut DeTable<'_>, strategy: &DeValue<'_>) {
    let Some(DeValue::Table(dispatch)) = root.get_mut("dispatch").map(Spanned::get_mut) else { return };
    let written = dispatch.get("strategy").and_then(|written| written.get_ref().as_str());
    if written != strategy.as_str() {
        let kept = ["stored_value_per_kwh", "run_end"].map(|key| dispatch.remove_entry(key));
        dispatch.clear();
        dispatch.extend(kept.into_iter().flatten());
    }
}

fn put<'t>(
    table: &mut DeTable<'t>,
    segments: &[Segment],
    value: Spanned<DeValue<'t>>,
    at: usize,
) -> Result<(), String> {
    let Some((segment, rest)) = segments.split_first() else { return Ok(()) };
    let key = segment.key.as_str();
    if rest.is_empty() && segment.places.is_empty() {
        table.remove(key); // With the key, whose place is no longer that of the value.
        table.insert(Spanned::new(at..at, Cow::Owned(key.to_owned())), value);
        return Ok(());
    }
    let is_table = table.get(key).is_some_and(|inner| matches!(inner.get_ref(), DeValue::Table(_)));
    if segment.places.is_empty() && !is_table {
        let empty = Spanned::new(at..at, DeValue::Table(DeTable::new()));
        table.remove(key);
        table.insert(Spanned::new(at..at, Cow::Owned(key.to_owned())), empty);
    }
    let Some(mut entry) = table.get_mut(key) else { return Err(format!("is not there: the scenario has no {key}")) };
    for place in &segment.places {
        let DeValue::Array(items) = entry.get_mut() else { return Err(format!("is not there: {key} is not a list")) };
        let count = items.len();
        entry = items
            .get_mut(*place)
            .ok_or_else(|| format!("is not there: the scenario has {count} {key}, counted from 0"))?;
    }
    match entry.get_mut() {
        DeValue::Table(inner) if !rest.is_empty() => put(inner, rest, value, at),
        _ if !rest.is_empty() => Err(format!("is not there: {key} holds no table")),
        _ => {
            *entry = value;
            Ok(())
        }
    }
}
