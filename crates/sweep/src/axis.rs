//! Fields that take listed values.

use microgrid_core::{Problem, Problems};

use crate::Value;

/// One or more fields that go through a list of values together. The points of a sweep are all combinations of the rows
/// of its axes, those of the last axis changing fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The fields, by their paths.
    pub fields: Vec<String>,
    /// One row for each point of the axis: a value for each field.
    pub rows: Vec<Vec<Value>>,
    /// Whether the values are factors on the base's own; else they are the fields' values.
    pub relative: bool,
}

impl Axis {
    /// A field that takes each of the values.
    #[must_use]
    pub fn list(field: impl Into<String>, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        let rows = values.into_iter().map(|value| vec![value.into()]).collect();
        Self { fields: vec![field.into()], rows, relative: false }
    }

    /// A field that takes `count` values from `from` to `to` in equal distances, both included; `from` alone for 1.
    #[must_use]
    pub fn grid(field: impl Into<String>, from: f64, to: f64, count: u32) -> Self {
        let last = f64::from(count.saturating_sub(1));
        // The last value is `to` itself and not the sum of rounded steps.
        let value =
            |i: u32| if i > 0 && i + 1 == count { to } else { from + (to - from) * (f64::from(i) / last.max(1.0)) };
        Self::list(field, (0..count).map(value))
    }

    /// Fields that change together: a row of values for each point.
    #[must_use]
    pub fn zip<F: Into<String>>(fields: impl IntoIterator<Item = F>, rows: Vec<Vec<Value>>) -> Self {
        Self { fields: fields.into_iter().map(Into::into).collect(), rows, relative: false }
    }

    /// The same axis with its values as factors on the base's own.
    #[must_use]
    pub fn relative(self) -> Self {
        Self { relative: true, ..self }
    }

    pub(crate) fn check(&self, field: &str, problems: &mut Problems) {
        if self.fields.is_empty() {
            problems.push(Problem::new(format!("{field}.fields"), "names no field"));
        }
        let values = if self.fields.len() == 1 { "values" } else { "rows" };
        if self.rows.is_empty() {
            problems.push(Problem::new(format!("{field}.{values}"), "is empty").allowed("at least one value"));
        }
        let uneven = self.rows.iter().enumerate().filter(|(_, row)| row.len() != self.fields.len());
        let uneven: Vec<_> = uneven.collect();
        for (i, row) in &uneven {
            problems.push(
                Problem::new(format!("{field}.{values}[{i}]"), "has the wrong number of values")
                    .value(row.len())
                    .allowed(format!("{}, one for each field", self.fields.len())),
            );
        }
        if !uneven.is_empty() {
            return;
        }
        for column in 0..self.fields.len() {
            let values_of = || self.rows.iter().map(|row| &row[column]);
            crate::value::check_column(values_of(), &format!("{field}.{values}"), problems);
            if self.relative && values_of().any(|value| matches!(value, Value::Text(_))) {
                problems.push(Problem::new(format!("{field}.relative"), "needs numbers"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_both_ends() {
        let numbers = |axis: Axis| axis.rows.into_iter().flatten().collect::<Vec<_>>();
        let wanted: Vec<Value> = [0.0, 0.25, 0.5, 0.75, 1.0].map(Value::from).into();
        assert_eq!(numbers(Axis::grid("x", 0.0, 1.0, 5)), wanted);
        assert_eq!(numbers(Axis::grid("x", 3.0, 9.0, 1)), [Value::from(3.0)]);
        assert_eq!(numbers(Axis::grid("x", 0.1, 0.7, 3)).last(), Some(&Value::from(0.7)));
        assert!(numbers(Axis::grid("x", 0.0, 1.0, 0)).is_empty());
    }
}
