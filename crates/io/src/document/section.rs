//! One table of a document, asked for its fields by name.

use std::fmt::Display;
use std::ops::Range;

use microgrid_core::{Problem, Problems};
use microgrid_sweep::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Document;

/// One table, while it is read. Close it with [`Section::close`], or read it through [`Section::table`] and
/// [`Section::tables`], which close it.
///
/// Every reader returns a value in any case: where the field is missing or wrong the problem is kept in the document
/// and a harmless value stands in, which nobody uses because the document is refused in the end.
pub(crate) struct Section<'d> {
    document: &'d Document<'d>,
    path: String,
    table: &'d DeTable<'d>,
    span: Range<usize>,
    asked: Vec<&'static str>,
    not_built: &'static [&'static str],
}

/// A text and the field it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The field's path.
    pub(crate) field: String,
    /// The text.
    pub(crate) text: String,
}

impl<'d> Section<'d> {
    pub(super) fn new(document: &'d Document<'d>, path: String, table: &'d DeTable<'d>, span: Range<usize>) -> Self {
        Self { document, path, table, span, asked: Vec::new(), not_built: &[] }
    }

    /// The section's own path, such as `storage.battery[0]`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The path of one of its fields.
    pub(crate) fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Whether `key` is written.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Fields that a later version will read: refused by name as not built yet.
    pub(crate) fn not_built(&mut self, keys: &'static [&'static str]) {
        self.not_built = keys;
    }

    /// Adds a problem of the document.
    pub(crate) fn push(&self, problem: Problem) {
        self.document.push(problem);
    }

    fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.push(key);
        self.document.accept(&self.path, key);
        self.table.get(key)
    }

    /// Says that `key` is missing, and what should stand there.
    pub(crate) fn missing(&self, key: &str, wanted: &str) {
        let mut problem = Problem::new(self.field(key), "is missing").allowed(wanted);
        problem.place = Some(match self.span.is_empty() {
            true => self.document.place_of(&self.path),
            false => self.document.place(self.span.clone()),
        });
        self.push(problem);
    }

    fn mistyped(&self, field: String, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let mut problem = Problem::new(field, format!("is not {wanted}")).value(shown(value.get_ref()));
        problem.place = Some(self.document.place(value.span()));
        self.push(problem);
    }

    /// A number, where written.
    pub(crate) fn number(&mut self, key: &'static str) -> Option<f64> {
        self.number_or(key, "a number")
    }

    /// A number, where written; `wanted` says what may stand here, of which the number is one.
    pub(crate) fn number_or(&mut self, key: &'static str, wanted: &str) -> Option<f64> {
        let value = self.value(key)?;
        let number = number_in(value.get_ref());
        if number.is_none() {
            self.mistyped(self.field(key), value, wanted);
        }
        number
    }

    /// A number from `least` to `most`, where written.
    pub(crate) fn number_within(&mut self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let number = self.number(key)?;
        let mut problems = Problems::none();
        problems.require_range(self.field(key), number, least, most);
        let fits = problems.is_empty();
        self.document.extend(problems);
        fits.then_some(number)
    }

    /// A number that must be written; 0 stands in.
    pub(crate) fn required_number(&mut self, key: &'static str) -> f64 {
        if !self.has(key) {
            self.missing(key, "a number");
        }
        self.number(key).unwrap_or(0.0)
    }

    /// A whole number of at least 0, where written.
    pub(crate) fn whole(&mut self, key: &'static str) -> Option<u32> {
        let value = self.value(key)?;
        let whole = match value.get_ref() {
            DeValue::Integer(integer) => u32::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        if whole.is_none() {
            self.mistyped(self.field(key), value, "a whole number of at least 0");
        }
        whole
    }

    /// A whole number from `least` to `most`, where written.
    pub(crate) fn whole_within(&mut self, key: &'static str, least: i64, most: i64) -> Option<i64> {
        let value = self.value(key)?;
        let whole = match value.get_ref() {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        let whole = whole.filter(|whole| (least..=most).contains(whole));
        if whole.is_none() {
            self.mistyped(self.field(key), value, &format!("a whole number from {least} to {most}"));
        }
        whole
    }

    /// A list of twelve numbers, January first, where written.
    pub(crate) fn months(&mut self, key: &'static str) -> Option<[f64; 12]> {
        let value = self.value(key)?;
        let numbers = value.get_ref().as_array().map(|items| items.iter().map(|item| number_in(item.get_ref())));
        let numbers: Option<Vec<f64>> = numbers.and_then(Iterator::collect);
        let months = numbers.and_then(|numbers| <[f64; 12]>::try_from(numbers).ok());
        if months.is_none() {
            self.mistyped(self.field(key), value, "a list of twelve numbers, January first");
        }
        months
    }

    /// A list of twelve numbers that must be written; zeros stand in.
    pub(crate) fn required_months(&mut self, key: &'static str) -> [f64; 12] {
        if !self.has(key) {
            self.missing(key, "twelve numbers, January first");
        }
        self.months(key).unwrap_or_default()
    }

    /// A text or a list of texts, empty where not written.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else { return self.text(key).into_iter().collect() };
        let text = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().map(|text| text.trim().to_owned());
        let texts: Option<Vec<String>> = items.iter().map(text).collect();
        let texts = texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()));
        if texts.is_none() {
            self.mistyped(self.field(key), value, "a text or a list of texts");
        }
        texts.unwrap_or_default()
    }

    /// A list of numbers, texts and flags, empty where not written.
    pub(crate) fn values(&mut self, key: &'static str) -> Vec<Value> {
        let Some(value) = self.value(key) else { return Vec::new() };
        self.list_of_values(self.field(key), value)
    }

    /// A list of such lists, empty where not written.
    pub(crate) fn rows(&mut self, key: &'static str) -> Vec<Vec<Value>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(rows) = value.get_ref().as_array() else {
            self.mistyped(self.field(key), value, "a list of lists");
            return Vec::new();
        };
        let path = self.field(key);
        rows.iter().enumerate().map(|(i, row)| self.list_of_values(format!("{path}[{i}]"), row)).collect()
    }

    fn list_of_values(&self, field: String, value: &Spanned<DeValue<'_>>) -> Vec<Value> {
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(field, value, "a list");
            return Vec::new();
        };
        let mut values = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match value_in(item.get_ref()) {
                Some(value) => values.push(value),
                None => self.mistyped(format!("{field}[{i}]"), item, "a number, a text or true or false"),
            }
        }
        values
    }

    /// A list of whole numbers of at least 0, empty where not written.
    pub(crate) fn wholes(&mut self, key: &'static str) -> Vec<u64> {
        let numbers = self.numbers(key);
        let is_whole = |number: &f64| number.fract() == 0.0 && (0.0..1e15).contains(number);
        if let Some(i) = numbers.iter().position(|number| !is_whole(number)) {
            let problem = Problem::new(format!("{}[{i}]", self.field(key)), "is not a whole number of at least 0");
            self.push(problem.value(numbers[i]));
        }
        numbers.into_iter().map(|number| number as u64).collect()
    }

    /// A list of numbers, empty where not written.
    pub(crate) fn numbers(&mut self, key: &'static str) -> Vec<f64> {
        let values = self.values(key);
        let numbers: Option<Vec<f64>> = values.iter().map(Value::number).collect();
        if numbers.is_none() {
            self.push(Problem::new(self.field(key), "is not a list of numbers"));
        }
        numbers.unwrap_or_default()
    }

    /// A flag, where written.
    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.mistyped(self.field(key), value, "true or false");
        }
        flag
    }

    /// A text that is not empty, where written.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.push(Problem::new(self.field(key), "is empty"));
                None
            }
            DeValue::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.mistyped(self.field(key), value, "a text");
                None
            }
        }
    }

    /// A text that must be written; an empty text stands in.
    pub(crate) fn required_text(&mut self, key: &'static str, wanted: &str) -> String {
        if !self.has(key) {
            self.missing(key, wanted);
        }
        self.text(key).unwrap_or_default()
    }

    /// A date or time as text, where written: a text, or a date or time of TOML.
    pub(crate) fn moment(&mut self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Datetime(moment) => Some(moment.to_string()),
            DeValue::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.mistyped(self.field(key), value, "a date or time");
                None
            }
        }
    }

    /// A date or time that must be written; an empty text stands in.
    pub(crate) fn required_moment(&mut self, key: &'static str, wanted: &str) -> String {
        if !self.has(key) {
            self.missing(key, wanted);
        }
        self.moment(key).unwrap_or_default()
    }

    /// A list of dates or times as texts, empty where not written.
    pub(crate) fn moments(&mut self, key: &'static str) -> Vec<Text> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.mistyped(self.field(key), value, "a list of dates");
            return Vec::new();
        };
        let mut moments = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let field = format!("{}[{i}]", self.field(key));
            match item.get_ref() {
                DeValue::String(text) => moments.push(Text { field, text: text.trim().to_owned() }),
                DeValue::Datetime(moment) => moments.push(Text { field, text: moment.to_string() }),
                _ => self.mistyped(field, item, "a date"),
            }
        }
        moments
    }

    /// One of the choices, by its name, where written.
    pub(crate) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|choice| choice.0 == text).map(|choice| choice.1);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
            let problem = Problem::new(self.field(key), "is not a known name").value(format!("\"{text}\""));
            self.push(suggested(problem.allowed(names.join(", ")), &text, &names));
        }
        found
    }

    /// One of the marks, as it is, where written.
    pub(crate) fn mark(&mut self, key: &'static str, marks: &[&str]) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) if marks.contains(&text.as_ref()) => Some(text.to_string()),
            _ => {
                let marks: Vec<String> = marks.iter().map(|mark| format!("{mark:?}")).collect();
                let problem = Problem::new(self.field(key), "is none of the marks that may stand here");
                self.push(problem.value(shown(value.get_ref())).allowed(marks.join(", ")));
                None
            }
        }
    }

    /// A length of time in minutes, where written: at least a second, in whole seconds.
    pub(crate) fn minutes(&mut self, key: &'static str) -> Option<f64> {
        let minutes = self.number(key)?;
        let seconds = minutes * 60.0;
        if (1.0..=1e9).contains(&seconds) && seconds.fract() == 0.0 {
            return Some(minutes);
        }
        let problem = Problem::new(self.field(key), "is not a positive number of whole seconds").value(minutes);
        self.push(problem.allowed("such as 15, 60 or 0.5"));
        None
    }

    /// A length of time in seconds, where written: at least 1.
    pub(crate) fn seconds(&mut self, key: &'static str) -> Option<u32> {
        let seconds = self.whole(key)?;
        if seconds == 0 {
            self.push(Problem::new(self.field(key), "is out of range").value(0).allowed("at least 1"));
        }
        (seconds > 0).then_some(seconds)
    }

    /// Refuses `key` where `needed` is not written.
    pub(crate) fn refuse_without(&self, key: &str, needed: &str) {
        if self.has(key) && !self.has(needed) {
            self.push(Problem::new(self.field(key), format!("has no meaning without {needed}")));
        }
    }

    /// Refuses several of the keys, which say the same in different ways.
    pub(crate) fn allow_one(&self, keys: &[&str]) {
        let mut written = keys.iter().filter(|key| self.has(key));
        if let (Some(first), Some(second)) = (written.next(), written.next()) {
            self.push(Problem::new(self.field(second), format!("is written beside {first}")).hint("write one of them"));
        }
    }

    /// Refuses several of the keys, and none.
    pub(crate) fn require_one(&self, keys: &[&'static str]) {
        self.allow_one(keys);
        if !keys.iter().any(|key| self.has(key)) {
            self.missing(keys[0], &format!("one of {}", keys.join(", ")));
        }
    }

    /// Requires a table.
    pub(crate) fn require_table(&self, key: &str) {
        if !self.has(key) {
            self.missing(key, &format!("a table [{key}]"));
        }
    }

    /// A table within, where written, read by `read` and closed.
    pub(crate) fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'d>) -> T) -> Option<T> {
        let value = self.value(key)?;
        self.within(self.field(key), value, self.key_span(key), read)
    }

    /// Whether `key` is a table.
    pub(crate) fn has_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::Table(_)))
    }

    /// A list of tables, empty where not written, each read by `read` and closed.
    pub(crate) fn tables<T>(&mut self, key: &'static str, mut read: impl FnMut(&mut Section<'d>) -> T) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            let mut problem = Problem::new(self.field(key), "is not a list of tables").value(shown(value.get_ref()));
            problem = problem.hint(format!("write [[{}]]", self.field(key)));
            self.push(problem);
            return Vec::new();
        };
        let entries = items.iter().enumerate();
        entries
            .filter_map(|(i, item)| self.within(format!("{}[{i}]", self.field(key)), item, item.span(), &mut read))
            .collect()
    }

    fn key_span(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or(0..0, |(key, _)| key.span())
    }

    fn within<T>(
        &self,
        field: String,
        value: &'d Spanned<DeValue<'d>>,
        span: Range<usize>,
        read: impl FnOnce(&mut Section<'d>) -> T,
    ) -> Option<T> {
        let DeValue::Table(table) = value.get_ref() else {
            self.mistyped(field, value, "a table");
            return None;
        };
        let mut section = Section::new(self.document, field, table, span);
        let result = read(&mut section);
        section.close();
        Some(result)
    }

    /// Refuses what is written and was not asked for.
    pub(crate) fn close(self) {
        for (key, _) in self.table.iter() {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let problem = if self.not_built.contains(&name) {
                Problem::new(self.field(name), "is not built yet").hint("leave it out until a version that reads it")
            } else {
                let problem = Problem::new(self.field(name), "is not a known key").allowed(self.asked.join(", "));
                suggested(problem, name, &self.asked)
            };
            let mut problem = problem;
            problem.place = Some(self.document.place(key.span()));
            self.document.note(problem);
        }
    }
}

fn suggested(problem: Problem, name: &str, known: &[&str]) -> Problem {
    match crate::suggestion::nearest(name, known.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean {near}?")),
        None => problem,
    }
}

/// A number, a text, or a flag as its name.
fn value_in(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Boolean(flag) => Some(Value::Text(flag.to_string())),
        DeValue::Datetime(moment) => Some(Value::Text(moment.to_string())),
        other => number_in(other).map(Value::Number),
    }
}

/// The number written there, where it is one.
pub(super) fn number_in(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer as f64)
        }
        // Beyond the largest number this is infinite, which the range checks refuse.
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    }
}

/// The value as the user wrote it, shortened.
fn shown(value: &DeValue<'_>) -> String {
    fn short(text: &dyn Display) -> String {
        let text = text.to_string();
        match text.char_indices().nth(40) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
    match value {
        DeValue::String(text) => format!("\"{}\"", short(text)),
        DeValue::Integer(integer) => short(integer),
        DeValue::Float(float) => short(float),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}
