//! Values of axes that no scenario can have, found before the first one runs.

use microgrid_core::{Plan, Problem, Problems};
use microgrid_sweep::{Axis, Source, Value};

use super::folder::SweepFolder;

/// What range checks say, see [`Problems::require_range`].
const OUT_OF_RANGE: &str = "is out of range";

impl SweepFolder {
    /// Makes the first scenario with the values of each axis in turn, of numbers the least and the greatest, and refuses
    /// those that are out of their own range whatever the others are. What is wrong only beside another value, or of a draw,
    /// is a refused row of the results.
    ///
    /// # Errors
    /// Every axis with such a value, on its line of `sweep.toml`.
    pub fn check_axes(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let mut first = 0;
        for axis in &self.variants().sweep().axes {
            for row in telling_rows(axis) {
                if let Some(problem) = self.refusal(axis, first, row) {
                    problems.push(problem);
                }
            }
            first += axis.fields.len();
        }
        problems.or_else(|| ())
    }

    /// What is wrong with the values of one row of an axis, whose inputs begin at `first`.
    fn refusal(&self, axis: &Axis, first: usize, row: &[Value]) -> Option<Problem> {
        let mut values = self.values(0);
        for (column, value) in row.iter().enumerate() {
            let own = self.own_number(first + column, &values).filter(|_| axis.relative);
            values[first + column] = match (value.number(), own) {
                (Some(factor), Some(own)) => Value::Number(factor * own),
                _ => value.clone(),
            };
        }
        let compiled = self.scenario(0, &values).and_then(|scenario| Plan::compile(&scenario).map(|_| ()));
        let found = compiled.err()?;
        let name = |field: &str| field.rsplit('.').next().unwrap_or_default().to_owned();
        let of_field = |problem: &&Problem, field: &str| {
            problem.message.starts_with(OUT_OF_RANGE) && name(&problem.field) == name(field)
        };
        axis.fields.iter().enumerate().find_map(|(column, field)| {
            let problem = found.iter().find(|problem| of_field(problem, field))?;
            Some(Problem {
                field: field.clone(),
                place: Some(self.place_of_input(first + column)),
                value: Some(values[first + column].to_string()),
                ..problem.clone()
            })
        })
    }
}

/// Rows that tell whether all of them are in range: of one number the least and the greatest.
fn telling_rows(axis: &Axis) -> Vec<&[Value]> {
    let number = |row: &[Value]| row[0].number().filter(|_| axis.fields.len() == 1);
    let rows = || axis.rows.iter().map(Vec::as_slice);
    if !rows().all(|row: &[Value]| number(row).is_some()) {
        return rows().collect();
    }
    let by_number = |a: &&[Value], b: &&[Value]| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0));
    let mut ends: Vec<&[Value]> = rows().min_by(by_number).into_iter().chain(rows().max_by(by_number)).collect();
    ends.dedup();
    ends
}
