//! Fields that are drawn.

use crate::Distribution;

/// One or more fields that take a value of their own in every sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The fields, by their paths. All take the same value, or the same factor: a battery's capacity and powers that grow
    /// together. The first also names the random numbers, which never depend on what else is drawn.
    pub fields: Vec<String>,
    /// How it varies.
    pub distribution: Distribution,
    /// Whether the value drawn is a factor on the base's own; else it is the field's value.
    pub relative: bool,
}

impl Draw {
    /// A field that takes the values of a distribution.
    #[must_use]
    pub fn new(field: impl Into<String>, distribution: Distribution) -> Self {
        Self::together([field], distribution)
    }

    /// Fields that all take the same value of a distribution.
    #[must_use]
    pub fn together<F: Into<String>>(fields: impl IntoIterator<Item = F>, distribution: Distribution) -> Self {
        Self { fields: fields.into_iter().map(Into::into).collect(), distribution, relative: false }
    }

    /// The name of the random numbers.
    #[must_use]
    pub fn name(&self) -> &str {
        self.fields.first().map_or("", String::as_str)
    }

    /// The same draw as a factor on the base's own value.
    #[must_use]
    pub fn relative(self) -> Self {
        Self { relative: true, ..self }
    }
}
