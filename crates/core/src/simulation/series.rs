//! A quantity over the run: the same at every step, or one value a step.

use alloc::sync::Arc;

use crate::Problems;

/// A quantity over the run. Series are interval values: n steps have n values, each the mean of its interval.
///
/// Steps are shared by reference, so that a thousand scenarios of one site hold one copy.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Series {
    /// The same value at every step; a limit may be infinite (`"inf"` in JSON).
    Constant(#[cfg_attr(feature = "serde", serde(with = "crate::unbounded"))] f64),
    /// One value for each step.
    Steps(Arc<[f64]>),
}

impl Series {
    /// The value at `step`. A programmer's error to ask beyond the last step.
    #[must_use]
    pub fn at(&self, step: usize) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Steps(values) => values[step],
        }
    }

    /// Whether both hold the same constant, bit by bit, or share their steps.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => a.to_bits() == b.to_bits(),
            (Self::Steps(a), Self::Steps(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Reports a wrong length and the first value that is not finite or is outside `[least, most]`.
    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        steps: usize,
        least: f64,
        most: f64,
    ) {
        match self {
            Self::Constant(value) => problems.require_range(field, *value, least, most),
            Self::Steps(values) => {
                if values.len() != steps {
                    problems.push(
                        crate::Problem::new(field, "has the wrong number of values")
                            .value(values.len())
                            .allowed(alloc::format!("{steps}, one for each step")),
                    );
                }
                if let Some(step) = values.iter().position(|v| !(*v >= least && *v <= most && v.is_finite())) {
                    problems.require_range(format_args!("{field}[{step}]"), values[step], least, most);
                }
            }
        }
    }
}

impl From<f64> for Series {
    fn from(value: f64) -> Self {
        Self::Constant(value)
    }
}

impl From<alloc::vec::Vec<f64>> for Series {
    fn from(values: alloc::vec::Vec<f64>) -> Self {
        Self::Steps(values.into())
    }
}
