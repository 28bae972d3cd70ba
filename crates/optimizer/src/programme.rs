//! A linear programme as plain columns and rows, every variable bounded.

/// Index of a variable.
pub(crate) type Variable = usize;

/// How a row's left side stands to its right side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Equal,
    AtLeast,
}

/// Minimise `constant + cost·x` over `lower ≤ x ≤ upper` and the rows.
///
/// All bounds are finite: that is what makes a lower bound of any vector of duals (see [`crate::dual_bound`]).
#[derive(Debug, Clone, Default)]
pub(crate) struct Programme {
    pub(crate) constant: f64,
    pub(crate) cost: Vec<f64>,
    pub(crate) lower: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    /// Variables that are to be whole numbers; the linear programme takes them as any others.
    pub(crate) whole: Vec<Variable>,
    rows: Vec<(Sense, f64)>,
    /// First entry of each row, and last the number of entries.
    first_entry: Vec<usize>,
    entries: Vec<(Variable, f64)>,
}

/// A row: Σ value × variable, `sense`, `right`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) sense: Sense,
    pub(crate) right: f64,
    pub(crate) entries: &'a [(Variable, f64)],
}

impl Programme {
    pub(crate) fn variable(&mut self, cost: f64, lower: f64, upper: f64) -> Variable {
        debug_assert!(cost.is_finite() && lower.is_finite() && upper.is_finite() && lower <= upper);
        self.cost.push(cost);
        self.lower.push(lower);
        self.upper.push(upper);
        self.cost.len() - 1
    }

    pub(crate) fn row(&mut self, sense: Sense, right: f64, entries: impl IntoIterator<Item = (Variable, f64)>) {
        if self.first_entry.is_empty() {
            self.first_entry.push(0);
        }
        self.entries.extend(entries);
        self.first_entry.push(self.entries.len());
        self.rows.push((sense, right));
    }

    /// Rows by which one of two variables is 0, with a whole number that says which.
    pub(crate) fn one_of(&mut self, first: Option<Variable>, second: Option<Variable>) {
        let (Some(first), Some(second)) = (first, second) else { return };
        let which = self.variable(0.0, 0.0, 1.0);
        self.whole.push(which);
        self.row(Sense::AtLeast, 0.0, [(which, self.upper[first]), (first, -1.0)]);
        self.row(Sense::AtLeast, -self.upper[second], [(which, -self.upper[second]), (second, -1.0)]);
    }

    /// What a point costs.
    pub(crate) fn value(&self, point: &[f64]) -> f64 {
        self.constant + self.cost.iter().zip(point).map(|(cost, value)| cost * value).sum::<f64>()
    }

    pub(crate) fn variables(&self) -> usize {
        self.cost.len()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().zip(self.first_entry.windows(2)).map(|((sense, right), ends)| Row {
            sense: *sense,
            right: *right,
            entries: &self.entries[ends[0]..ends[1]],
        })
    }

    /// Whether a variable's bounds leave it no room.
    pub(crate) fn is_fixed(&self, variable: Variable) -> bool {
        self.lower[variable] == self.upper[variable]
    }
}
