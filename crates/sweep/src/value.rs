//! What a field of a variant was set to.

use std::fmt;

use microgrid_core::{Problem, Problems};

/// A number or a text, as it would stand in `scenario.toml`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A finite number, in the unit at the end of its field's name.
    Number(f64),
    /// A name, a date or a file.
    Text(String),
}

impl Value {
    /// The number, where it is one.
    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }

    /// The text, where it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl fmt::Display for Value {
    /// Unrounded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Refuses numbers that are not finite, and numbers beside texts, in one list of values.
pub(crate) fn check_column<'a>(values: impl Iterator<Item = &'a Value>, field: &str, problems: &mut Problems) {
    let mut is_number = None;
    for value in values {
        let number = matches!(value, Value::Number(_));
        if *is_number.get_or_insert(number) != number {
            problems.push(Problem::new(field, "has numbers beside texts").value(value).allowed("one kind of values"));
            return;
        }
        if let Value::Number(number) = value
            && !number.is_finite()
        {
            problems.push(Problem::new(field, "has a number that is not finite").value(number));
        }
    }
}
