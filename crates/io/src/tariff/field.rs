//! Reading TOML field by field: every problem is kept with its path and line, every key not asked for is refused.
//!
//! serde stops at the first mistake; a person who writes a tariff wants all of them.

use std::cell::RefCell;

use microgrid_core::{Place, Problem, Problems};
use toml::de::{DeTable, DeValue};

pub(super) use crate::suggestion::unknown;

/// The file being read: its text, its name and what is wrong with it so far.
#[derive(Debug)]
pub(super) struct Source<'a> {
    text: &'a str,
    file: &'a str,
    problems: RefCell<Problems>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str, file: &'a str) -> Self {
        Self { text, file, problems: RefCell::new(Problems::none()) }
    }

    pub(super) fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// How many problems there are so far.
    pub(super) fn problems(&self) -> usize {
        self.problems.borrow().iter().count()
    }

    /// The problems in the order of the file.
    pub(super) fn into_problems(self) -> Problems {
        let mut list: Vec<Problem> = self.problems.into_inner().into_iter().collect();
        list.sort_by_key(|problem| {
            problem.place.as_ref().map_or((usize::MAX, 0), |place| {
                (place.line.unwrap_or(usize::MAX), place.span.map_or(0, |span| span.0))
            })
        });
        let mut problems = Problems::none();
        list.into_iter().for_each(|problem| problems.push(problem));
        problems
    }

    /// `problem`, placed at `span` of the file.
    pub(super) fn place(&self, mut problem: Problem, span: Option<(usize, usize)>) -> Problem {
        let line = span.map(|(start, _)| 1 + self.text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count());
        problem.place = Some(Place { file: self.file.into(), line, span });
        problem
    }
}

/// A value of the file with its path and place.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    source: &'a Source<'a>,
    pub(super) path: String,
    value: &'a DeValue<'a>,
    span: (usize, usize),
}

/// A table of the file; remembers which keys were asked for.
#[derive(Debug)]
pub(super) struct Table<'a> {
    source: &'a Source<'a>,
    pub(super) path: String,
    table: &'a DeTable<'a>,
    span: (usize, usize),
    asked: RefCell<Vec<String>>,
}

impl<'a> Value<'a> {
    /// Keeps a problem of this value. The value found is shown unless the problem already names one.
    pub(super) fn refuse(&self, problem: impl FnOnce(&str) -> Problem) {
        let mut problem = problem(&self.path);
        if problem.value.is_none() {
            problem.value = Some(self.shown());
        }
        self.source.push(self.source.place(problem, Some(self.span)));
    }

    /// The value as the file writes it, if short.
    fn shown(&self) -> String {
        let text = &self.source.text[self.span.0..self.span.1];
        if text.len() <= 60 && !text.contains('\n') { text.into() } else { self.value.type_str().into() }
    }

    fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        self.refuse(|path| Problem::new(path, format!("must be {wanted}")));
        None
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.value, DeValue::Array(_))
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// A number within `[least, most]`.
    pub(super) fn number(&self, least: f64, most: f64) -> Option<f64> {
        let value = match self.value {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|i| i as f64),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => return self.wrong_type("a number"),
        };
        let value: f64 = value.unwrap_or(f64::NAN);
        let mut range = Problems::none();
        range.require_range(&self.path, value, least, most);
        let fits = range.is_empty();
        range.into_iter().for_each(|problem| self.refuse(|_| problem));
        fits.then_some(value)
    }

    /// A whole number within `[least, most]`.
    pub(super) fn integer(&self, least: u32, most: u32) -> Option<u32> {
        let DeValue::Integer(integer) = self.value else {
            return self.wrong_type("a whole number");
        };
        match u32::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(value) if (least..=most).contains(&value) => Some(value),
            _ => {
                self.refuse(|path| Problem::new(path, "is out of range").allowed(format!("{least} to {most}")));
                None
            }
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&self) -> Option<String> {
        match self.value {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
            DeValue::String(_) => self.wrong_type("a text that is not empty"),
            _ => self.wrong_type("a text in quotes"),
        }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(truth) => Some(*truth),
            _ => self.wrong_type("true or false"),
        }
    }

    /// A civil date, written as a TOML date or in quotes.
    pub(super) fn date(&self) -> Option<jiff::civil::Date> {
        let text = match self.value {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return self.wrong_type("a date such as 2025-06-01"),
        };
        match text.parse() {
            Ok(date) if text.len() == 10 => Some(date),
            _ => self.wrong_type("a date such as 2025-06-01"),
        }
    }

    pub(super) fn table(&self) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(table) => Some(Table {
                source: self.source,
                path: self.path.clone(),
                table,
                span: self.span,
                asked: RefCell::default(),
            }),
            _ => self.wrong_type("a table"),
        }
    }

    /// The elements of a list, or the value itself where it is not a list.
    pub(super) fn one_or_many(&self) -> Vec<Value<'a>> {
        match self.value {
            DeValue::Array(list) => list
                .iter()
                .enumerate()
                .map(|(i, element)| Value {
                    source: self.source,
                    path: format!("{}[{i}]", self.path),
                    value: element.get_ref(),
                    span: (element.span().start, element.span().end),
                })
                .collect(),
            _ => vec![self.clone()],
        }
    }

    /// One of `choices`, by name.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.refuse(|path| unknown(path, "is not a known choice", &text, &names));
        }
        found
    }
}

impl<'a> Table<'a> {
    /// Parses the file.
    pub(super) fn root(source: &'a Source<'a>, document: &'a DeTable<'a>) -> Self {
        Self { source, path: String::new(), table: document, span: (0, 0), asked: RefCell::default() }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// The value of `key`, where there is one. A key asked for is a key known.
    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.asked.borrow_mut().push(key.into());
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(name, value)| {
            let path = self.path_of(name.get_ref());
            Value { source: self.source, path, value: value.get_ref(), span: (value.span().start, value.span().end) }
        })
    }

    /// Whether `key` is there. Does not make it known.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref() == key)
    }

    /// The value of `key`; its absence is a problem.
    pub(super) fn require(&self, key: &str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            self.refuse(|_| Problem::new(self.path_of(key), "is missing"));
        }
        value
    }

    /// The tables of `[[key]]`, none where it is absent.
    pub(super) fn tables(&self, key: &str) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if !value.is_list() {
            value.refuse(|path| Problem::new(path, format!("must be a list: write [[{path}]]")).value("a table"));
            return Vec::new();
        }
        value.one_or_many().iter().filter_map(Value::table).collect()
    }

    /// All keys with their values, in the order of the file. Every key counts as known.
    pub(super) fn entries(&self) -> Vec<(String, Value<'a>)> {
        let mut keys: Vec<_> = self.table.keys().map(|name| (name.span().start, name.get_ref().to_string())).collect();
        keys.sort();
        keys.into_iter().filter_map(|(_, key)| self.get(&key).map(|value| (key, value))).collect()
    }

    /// Keeps a problem of this table.
    pub(super) fn refuse(&self, problem: impl FnOnce(&str) -> Problem) {
        let problem = problem(&self.path);
        let span = if self.path.is_empty() { None } else { Some(self.span) };
        self.source.push(self.source.place(problem, span));
    }

    /// Keeps a problem found elsewhere, at this table unless it has a place.
    pub(super) fn pass_on(&self, problem: Problem) {
        match problem.place {
            Some(_) => self.source.push(problem),
            None => self.source.push(self.source.place(problem, Some(self.span))),
        }
    }

    /// Refuses by name each of `terms` that stands in the table: real terms of tariffs that are not built.
    pub(super) fn refuse_unbuilt(&self, terms: &[(&str, &str)]) {
        for (key, hint) in terms {
            if let Some(value) = self.get(key) {
                value.refuse(|path| Problem::new(path, "is not built yet").hint(*hint));
            }
            self.asked.borrow_mut().pop_if(|asked| asked == key);
        }
    }

    /// Refuses every key that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        let refused =
            |key: &str| self.source.problems.borrow().iter().any(|problem| problem.field == self.path_of(key));
        for (name, _) in self.table.iter() {
            let key = name.get_ref().as_ref();
            if asked.iter().any(|known| known == key) || refused(key) {
                continue;
            }
            let names: Vec<&str> = asked.iter().map(String::as_str).collect();
            let problem = unknown(&self.path_of(key), "is not a known key", key, &names);
            let span = Some((name.span().start, name.span().end));
            self.source.push(self.source.place(Problem { value: None, ..problem }, span));
        }
    }
}
