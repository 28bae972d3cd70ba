//! Reading JSON field by field: every problem is kept with its path.

use std::cell::RefCell;

use microgrid_core::{Problem, Problems};
use serde_json::Value;

use crate::suggestion::unknown;

/// A value of a JSON file with its path; problems go to one list.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) path: String,
    value: &'a Value,
    file: &'a str,
    problems: &'a RefCell<Problems>,
}

impl<'a> Node<'a> {
    pub(crate) fn root(value: &'a Value, file: &'a str, problems: &'a RefCell<Problems>) -> Self {
        Self { path: String::new(), value, file, problems }
    }

    /// Keeps a problem of this value, with the value found if it is short.
    pub(crate) fn refuse(&self, problem: impl FnOnce(&str) -> Problem) {
        let mut problem = problem(&self.path).at(self.file, None);
        let shown = self.value.to_string();
        if problem.value.is_none() && shown.len() <= 60 {
            problem.value = Some(shown);
        }
        self.problems.borrow_mut().push(problem);
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// The value of `key`; `null` counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { path: self.path_of(key), value, ..self.clone() })
    }

    /// The value of `key`; its absence is a problem.
    pub(crate) fn require(&self, key: &str) -> Option<Self> {
        let found = self.get(key);
        if found.is_none() {
            self.problems.borrow_mut().push(Problem::new(self.path_of(key), "is missing").at(self.file, None));
        }
        found
    }

    pub(crate) fn number(&self, least: f64, most: f64) -> Option<f64> {
        let Some(number) = self.value.as_f64() else {
            self.refuse(|path| Problem::new(path, "must be a number"));
            return None;
        };
        let mut range = Problems::none();
        range.require_range(&self.path, number, least, most);
        let fits = range.is_empty();
        range.into_iter().for_each(|problem| self.refuse(|_| problem));
        fits.then_some(number)
    }

    /// A whole number within `[least, most]`.
    pub(crate) fn whole(&self, least: u32, most: u32) -> Option<u32> {
        let number = self.number(f64::from(least), f64::from(most))?;
        if number.fract() != 0.0 {
            self.refuse(|path| Problem::new(path, "must be a whole number"));
            return None;
        }
        Some(number as u32)
    }

    /// A whole number from 0, below `count`.
    pub(crate) fn index(&self, count: usize) -> Option<usize> {
        let index = self.value.as_u64().filter(|index| *index < count as u64);
        if index.is_none() {
            let most = count.saturating_sub(1);
            self.refuse(|path| Problem::new(path, "is not an index").allowed(format!("0 to {most}")));
        }
        index.map(|index| index as usize)
    }

    pub(crate) fn text(&self) -> Option<String> {
        let text = self.value.as_str().map(str::to_owned);
        if text.is_none() {
            self.refuse(|path| Problem::new(path, "must be a text"));
        }
        text
    }

    /// One of `choices`, by name.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.refuse(|path| unknown(path, "is not a known choice", &text, &names));
        }
        found
    }

    /// The elements of a list of `count` elements, of any number above 0 where that is `None`.
    pub(crate) fn list(&self, count: Option<usize>) -> Option<Vec<Self>> {
        let list = self.value.as_array().filter(|list| count.map_or(!list.is_empty(), |count| list.len() == count));
        let Some(list) = list else {
            let wanted = count.map_or("a list that is not empty".to_owned(), |count| format!("a list of {count}"));
            let found = self.value.as_array().map(|list| format!("{} elements", list.len()));
            self.refuse(|path| {
                let problem = Problem::new(path, format!("must be {wanted}"));
                match found {
                    Some(found) => problem.value(found),
                    None => problem,
                }
            });
            return None;
        };
        let element = |(i, value)| Self { path: format!("{}[{i}]", self.path), value, ..self.clone() };
        Some(list.iter().enumerate().map(element).collect())
    }

    /// Whether it is a list.
    pub(crate) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// Whether the value says nothing: zero, empty, or a list of such.
    pub(crate) fn is_void(&self) -> bool {
        fn void(value: &Value) -> bool {
            match value {
                Value::Null => true,
                Value::Bool(truth) => !truth,
                Value::Number(number) => number.as_f64() == Some(0.0),
                Value::String(text) => text.trim().is_empty(),
                Value::Array(list) => list.iter().all(void),
                Value::Object(map) => map.values().all(void),
            }
        }
        void(self.value)
    }

    /// Refuses every key that is not among `known`.
    pub(crate) fn refuse_others(&self, known: &[&[&str]]) {
        let Some(map) = self.value.as_object() else {
            self.refuse(|path| Problem::new(path, "must be an object"));
            return;
        };
        let known: Vec<&str> = known.iter().flat_map(|names| names.iter().copied()).collect();
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let problem = unknown(&self.path_of(key), "is not a known key", key, &known);
            let problem = Problem { value: None, allowed: None, ..problem };
            self.problems.borrow_mut().push(problem.at(self.file, None));
        }
    }
}
