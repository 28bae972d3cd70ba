//! One row of a result, as files have it.

use microgrid_sweep::{Place, Value};

use super::columns::{NUMBERS, TEXTS, number_index};

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultStatus {
    /// It ran without fault.
    #[default]
    Completed,
    /// It ran; from the column `fault_step` on its strategy's requests counted as 0.
    Fault,
    /// It ran; at the column `fault_step` its strategy had no plan, and storage rests from there on.
    Unsolved,
    /// Its values, or its strategy's settings, were refused.
    Refused,
    /// A user's strategy panicked.
    Panicked,
}

impl ResultStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Completed, Self::Fault, Self::Unsolved, Self::Refused, Self::Panicked];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Fault => "fault",
            Self::Unsolved => "unsolved",
            Self::Refused => "refused",
            Self::Panicked => "panicked",
        }
    }

    /// Whether there is an outcome.
    #[must_use]
    pub const fn has_outcome(self) -> bool {
        matches!(self, Self::Completed | Self::Fault | Self::Unsolved)
    }
}

/// One row of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// The scenario's number.
    pub index: u64,
    /// Where it stands in the sweep.
    pub place: Place,
    /// What its fields were set to.
    pub inputs: Vec<Value>,
    /// How it ended.
    pub status: ResultStatus,
    /// Why it has no outcome; empty where it has one.
    pub message: String,
    pub(crate) texts: [String; TEXTS.len()],
    pub(crate) numbers: [Option<f64>; NUMBERS.len()],
}

impl Default for ResultRow {
    /// A row to read into.
    fn default() -> Self {
        Self {
            index: 0,
            place: Place::default(),
            inputs: Vec::new(),
            status: ResultStatus::Completed,
            message: String::new(),
            texts: Default::default(),
            numbers: [None; NUMBERS.len()],
        }
    }
}

impl ResultRow {
    /// The number in the column `name` of [`number_columns`](super::number_columns); `None` where the row has none.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        number_index(name).and_then(|i| self.numbers[i])
    }

    /// The text in the column `scenario`, `strategy`, `currency` or `bound_kind`; empty where the row has none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        TEXTS.iter().position(|(text, _)| *text == name).map_or("", |i| &self.texts[i])
    }

    /// Empties the row for the next one, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.inputs.clear();
        self.message.clear();
        self.texts.iter_mut().for_each(String::clear);
        self.numbers = [None; NUMBERS.len()];
    }
}
