//! Fields that are drawn.

use crate::Distribution;

/// A field that takes a value of its own in every sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The field, by its path. It also names the random numbers: those of one field never depend on what else is drawn.
    pub field: String,
    /// How it varies.
    pub distribution: Distribution,
    /// Whether the value drawn is a factor on the base's own; else it is the field's value.
    pub relative: bool,
}

impl Draw {
    /// A field that takes the values of a distribution.
    #[must_use]
    pub fn new(field: impl Into<String>, distribution: Distribution) -> Self {
        Self { field: field.into(), distribution, relative: false }
    }

    /// The same draw as a factor on the base's own value.
    #[must_use]
    pub fn relative(self) -> Self {
        Self { relative: true, ..self }
    }
}
