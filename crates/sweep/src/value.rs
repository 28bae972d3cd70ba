//! What a field of a variant was set to.

use std::fmt;

/// A number or a text, as it would stand in `scenario.toml`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A finite number, in the unit at the end of its field's name.
    Number(f64),
    /// A name, a date or a file.
    Text(String),
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
