//! What is wrong with an input: every problem at once, each with its field, value, allowed range and hint.
//!
//! A [`Problem`] names the *field* by its path in the scenario (`storage.battery[2].soc_min`). Readers of files add
//! the file and the line. A list of them, [`Problems`], is the error type of every set-up stage.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Where in a file a problem stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Place {
    /// File name as the user named it, relative to the scenario folder.
    pub file: String,
    /// Line, counted from 1; `None` where the whole file is meant.
    pub line: Option<usize>,
    /// Byte range in the file's text, for tools that underline it.
    pub span: Option<(usize, usize)>,
}

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Problem {
    /// File and line, where the input came from a file.
    pub place: Option<Place>,
    /// Path of the field, such as `storage.battery[0].capacity_kwh`; empty where no field is meant.
    pub field: String,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// The value found.
    pub value: Option<String>,
    /// The values allowed.
    pub allowed: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of `field`, described by `message`.
    #[cold]
    pub fn new(field: impl ToString, message: impl Into<String>) -> Self {
        Self { place: None, field: field.to_string(), message: message.into(), value: None, allowed: None, hint: None }
    }

    /// Adds the value found. Numbers of many digits are written with an exponent, and a long text is cut.
    #[must_use]
    pub fn value(mut self, value: impl ToString) -> Self {
        self.value = Some(shortened(value.to_string()));
        self
    }

    /// Adds the values allowed, shortened as the value found.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(shortened(allowed.into()));
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the file, and the line counted from 1 where known.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: Option<usize>) -> Self {
        self.place = Some(Place { file: file.into(), line, span: None });
        self
    }
}

/// Longest text of a problem's value, in characters. What is longer says no more, and fills a terminal.
const TEXT_MOST: usize = 400;

/// Longest number, in characters: all that tell apart two numbers are 17 digits with their sign and point, but the largest one
/// has 309 when written out.
const NUMBER_MOST: usize = 24;

/// `text` with its long numbers as `1e300`, cut where it is long itself.
fn shortened(text: String) -> String {
    let has_long_number = text.len() > NUMBER_MOST && text.split(' ').any(|word| short_number(word).is_some());
    let text = if has_long_number {
        let words: Vec<String> =
            text.split(' ').map(|word| short_number(word).unwrap_or_else(|| word.to_owned())).collect();
        words.join(" ")
    } else {
        text
    };
    match text.char_indices().nth(TEXT_MOST) {
        Some((end, _)) => alloc::format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

fn short_number(word: &str) -> Option<String> {
    let number = if word.len() > NUMBER_MOST { word.parse::<f64>().ok()? } else { return None };
    Some(alloc::format!("{number:e}"))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}", place.file)?;
            if let Some(line) = place.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)?;
        if let Some(value) = &self.value {
            write!(f, "; found {value}")?;
        }
        if let Some(allowed) = &self.allowed {
            write!(f, "; allowed: {allowed}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}

/// All problems of one stage of set-up, in the order of the input. Never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// No problem yet.
    #[must_use]
    pub const fn none() -> Self {
        Self { list: Vec::new() }
    }

    /// Adds one problem.
    pub fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Adds all problems of another stage.
    pub fn extend(&mut self, others: Self) {
        self.list.extend(others.list);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems, in the order of the input.
    pub fn iter(&self) -> core::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// The problems, to add places or prefixes to.
    pub fn iter_mut(&mut self) -> core::slice::IterMut<'_, Problem> {
        self.list.iter_mut()
    }

    /// `Ok` with the value of `make` where nothing is wrong, else all problems.
    ///
    /// # Errors
    /// The problems, where there is one.
    pub fn or_else<T>(self, make: impl FnOnce() -> T) -> Result<T, Self> {
        if self.is_empty() { Ok(make()) } else { Err(self) }
    }

    /// Requires `value` to be finite and within `[least, most]`; the one range check of the project. The field's name is
    /// written only where it is not.
    pub fn require_range(&mut self, field: impl fmt::Display, value: f64, least: f64, most: f64) {
        // `contains` is false for NaN, so NaN is refused here too.
        if !(value.is_finite() && (least..=most).contains(&value)) {
            let allowed = if most == f64::INFINITY {
                alloc::format!("at least {least}")
            } else if least == f64::NEG_INFINITY {
                alloc::format!("at most {most}")
            } else {
                alloc::format!("{least} to {most}")
            };
            self.push(Problem::new(field, "is out of range").value(value).allowed(allowed));
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { list: alloc::vec![problem] }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = alloc::vec::IntoIter<Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.list.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short() {
        let value = |value: &str| Problem::new("", "").value(value).value.unwrap();
        assert_eq!(Problem::new("", "").value(1e300).value.unwrap(), "1e300");
        assert_eq!(Problem::new("", "").value(0.1 + 0.2).value.unwrap(), "0.30000000000000004");
        assert_eq!(value(&alloc::format!("{} kW to {} kW", -1e30, 5e-320)), "-1e30 kW to 5e-320 kW");
        assert_eq!(value("a text, of more than twenty-four characters"), "a text, of more than twenty-four characters");
        let long = value(&"é".repeat(1000));
        assert!(long.starts_with('é') && long.ends_with("é… (1000 characters)"), "{long}");
        assert_eq!(long.chars().filter(|c| *c == 'é').count(), TEXT_MOST);
    }
}
