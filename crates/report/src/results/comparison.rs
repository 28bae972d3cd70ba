//! Designs side by side on common random numbers: the mean of the differences, not the difference of the means.
//!
//! All points of a sample see the same draws, so what the draws do to all of them alike drops out of the difference. It
//! is often a tenth as uncertain as the costs themselves.

use std::io;

use microgrid_sweep::Value;
use serde::Serialize;

use super::columns::{NUMBERS, number_index};
use super::confidence::{Interval, student_t};
use super::encoding::damaged;
use super::moments::{Mean, Moments};
use super::quantiles::Quantiles;
use super::{ResultColumns, ResultRow};

/// The levels of one swept field against one of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The field whose levels are compared.
    pub field: String,
    /// The column compared, such as `objective`.
    pub column: String,
    /// Its unit.
    pub unit: String,
    /// The level that the others are compared with.
    pub baseline: String,
    /// One for each other level, in their order.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// As a JSON document, indented, ending in a line feed; nothing is rounded.
    #[must_use]
    pub fn json(&self) -> String {
        crate::json_text::pretty(self)
    }
}

/// One level less the baseline, each the mean over its points, sample by sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The level.
    pub level: String,
    /// Samples in which both have numbers.
    pub samples: u64,
    /// Samples left out because a scenario of either has none.
    pub left_out: u64,
    /// Mean difference, in the comparison's unit.
    pub mean: f64,
    /// Of the mean: from samples where these are independent, else from replicates; `None` of fewer than two.
    pub standard_error: Option<f64>,
    /// The mean's 95 % interval (Student's t); `None` where there is no standard error.
    pub interval_95: Option<Interval>,
}

/// More levels make no table that is read.
const MOST_LEVELS: usize = 16;

/// Collects the differences of one field's levels.
#[derive(Debug, Clone)]
pub(crate) struct Comparer {
    input: usize,
    number: usize,
    independent: bool,
    wanted_baseline: Option<String>,
    baseline: usize,
    levels: Vec<Level>,
    is_crowded: bool,
    /// Sample and replicate that rows are being read of.
    at: Option<(u64, u32)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Level {
    value: Value,
    /// Rows and mean of the sample being read.
    rows: u64,
    numbers: u64,
    mean: Mean,
    pub(crate) differences: Moments,
    left_out: u64,
    of_replicate: Mean,
    replicates: Moments,
}

impl Level {
    fn new(value: Value) -> Self {
        Self {
            value,
            rows: 0,
            numbers: 0,
            mean: Mean::default(),
            differences: Moments::default(),
            left_out: 0,
            of_replicate: Mean::default(),
            replicates: Moments::default(),
        }
    }

    pub(crate) fn name(&self) -> String {
        self.value.to_string()
    }
}

impl Comparer {
    /// Compares the levels of input `input` by the column `number`; `baseline` by its text, else the level `idle`, else
    /// the first.
    pub(crate) fn new(columns: &ResultColumns, input: usize, number: usize, baseline: Option<&str>) -> Self {
        Self {
            input,
            number,
            independent: columns.independent,
            wanted_baseline: baseline.map(str::to_owned),
            baseline: 0,
            levels: Vec::new(),
            is_crowded: false,
            at: None,
        }
    }

    pub(crate) fn add(&mut self, row: &ResultRow) {
        self.add_and_see(row, &mut |_, _| ());
    }

    /// As [`Comparer::add`]; where the row begins a sample, `see` is shown the differences of the one before, each with
    /// the place of its level.
    pub(crate) fn add_and_see(&mut self, row: &ResultRow, see: &mut dyn FnMut(usize, f64)) {
        let at = (row.place.sample, row.place.replicate);
        if self.at.is_some_and(|before| before.0 != at.0) {
            self.end_sample(see);
        }
        if self.at.is_some_and(|before| before.1 != at.1) {
            self.end_replicate();
        }
        self.at = Some(at);
        let Some(value) = row.inputs.get(self.input).filter(|_| !self.is_crowded) else { return };
        let place = self.levels.iter().position(|level| level.value == *value).unwrap_or_else(|| {
            self.levels.push(Level::new(value.clone()));
            self.levels.len() - 1
        });
        if place >= MOST_LEVELS {
            self.is_crowded = true;
            self.levels.clear();
            return;
        }
        let level = &mut self.levels[place];
        level.rows += 1;
        if let Some(number) = row.numbers[self.number].filter(|number| number.is_finite()) {
            level.numbers += 1;
            level.mean.add(number);
        }
    }

    /// Ends the sample being read.
    pub(crate) fn end_sample(&mut self, see: &mut dyn FnMut(usize, f64)) {
        let is_baseline = |level: &Level| match &self.wanted_baseline {
            Some(wanted) => level.name() == *wanted,
            None => level.name() == "idle",
        };
        self.baseline = self.levels.iter().position(is_baseline).unwrap_or(0);
        let mut means = Vec::with_capacity(self.levels.len());
        for level in &mut self.levels {
            let is_whole = level.rows > 0 && level.rows == level.numbers;
            (level.rows, level.numbers) = (0, 0);
            means.push(level.mean.take().filter(|_| is_whole));
        }
        for (i, (level, mean)) in self.levels.iter_mut().zip(&means).enumerate() {
            match mean.zip(means[self.baseline]) {
                Some((mean, baseline)) => {
                    see(i, mean - baseline);
                    level.differences.add(mean - baseline);
                    level.of_replicate.add(mean - baseline);
                }
                None => level.left_out += 1,
            }
        }
    }

    fn end_replicate(&mut self) {
        for level in &mut self.levels {
            if let Some(mean) = level.of_replicate.take() {
                level.replicates.add(mean);
            }
        }
    }

    /// The levels but the baseline, as far as whole samples have come.
    pub(crate) fn others(&self) -> impl Iterator<Item = &Level> {
        self.places_of_others().map(|i| &self.levels[i])
    }

    fn places_of_others(&self) -> impl Iterator<Item = usize> {
        let baseline = self.baseline;
        (0..self.levels.len()).filter(move |i| *i != baseline)
    }

    /// What was found; `None` where there is nothing to compare: one level, too many, or none that share a sample.
    pub(crate) fn finish(mut self, columns: &ResultColumns) -> Option<Comparison> {
        self.end_sample(&mut |_, _| ());
        self.end_replicate();
        if self.others().all(|level| level.differences.count == 0) {
            return None;
        }
        let column = &NUMBERS[self.number];
        Some(Comparison {
            field: columns.inputs[self.input].field.clone(),
            column: column.name.into(),
            unit: column.unit.into(),
            baseline: self.levels[self.baseline].name(),
            differences: self.others().map(|level| self.difference(level)).collect(),
        })
    }

    fn difference(&self, level: &Level) -> Difference {
        let moments = if self.independent { &level.differences } else { &level.replicates };
        let standard_error = moments.standard_error();
        let mean = level.differences.mean;
        let half = standard_error.map(|error| error * student_t(0.95, moments.count - 1));
        Difference {
            level: level.name(),
            samples: level.differences.count,
            left_out: level.left_out,
            mean,
            standard_error,
            interval_95: half.map(|half| Interval::around(mean, half)),
        }
    }
}

/// Compares the levels of the swept field `field` by `column`, with `baseline` or else the level `idle` or the first one.
/// `read` shows all rows in order.
///
/// # Errors
/// A field that the sweep does not set, a column that there is none of, levels that share no sample; what `read` returns.
pub fn compare(
    columns: &ResultColumns,
    read: &super::ReadRows<'_>,
    field: &str,
    column: &str,
    baseline: Option<&str>,
) -> io::Result<Comparison> {
    let mut comparer = comparer(columns, field, column, baseline)?;
    read(&mut |row| comparer.add(row))?;
    finished(comparer, columns, field, baseline)
}

fn finished(
    comparer: Comparer,
    columns: &ResultColumns,
    field: &str,
    baseline: Option<&str>,
) -> io::Result<Comparison> {
    let levels: Vec<String> = comparer.levels.iter().map(Level::name).collect();
    if let Some(baseline) = baseline.filter(|baseline| !levels.iter().any(|level| level == baseline)) {
        return Err(damaged(&format!("`{baseline}` is no level of {field}; there are: {}", levels.join(", "))));
    }
    let none =
        || damaged(&format!("{field}: nothing to compare: one level, more than {MOST_LEVELS}, or no common sample"));
    comparer.finish(columns).ok_or_else(none)
}

pub(crate) fn comparer(
    columns: &ResultColumns,
    field: &str,
    column: &str,
    baseline: Option<&str>,
) -> io::Result<Comparer> {
    let fields = || columns.inputs.iter().map(|input| input.field.as_str()).collect::<Vec<_>>().join(", ");
    let input = columns.inputs.iter().position(|input| input.field == field);
    let input = input.ok_or_else(|| damaged(&format!("the sweep does not set `{field}`; it sets: {}", fields())))?;
    let number = number_index(column).ok_or_else(|| damaged(&format!("there is no column `{column}`")))?;
    Ok(Comparer::new(columns, input, number, baseline))
}

/// A comparison with the spread of its differences.
pub(crate) struct Paired {
    pub(crate) comparison: Comparison,
    /// Quantiles of 0, 1, … 100 % of each of the comparison's differences.
    pub(crate) quantiles: Vec<Vec<f64>>,
}

/// As [`compare`], with the quantiles of the differences of single samples; `read` is asked for all rows some times.
pub(crate) fn paired(
    columns: &ResultColumns,
    read: &super::ReadRows<'_>,
    field: &str,
    column: &str,
) -> io::Result<Paired> {
    let begun = comparer(columns, field, column, None)?;
    let mut all = begun.clone();
    read(&mut |row| all.add(row))?;
    let comparison = finished(all.clone(), columns, field, None)?;
    all.end_sample(&mut |_, _| ());
    let shares: Vec<f64> = (0..=100).map(|percent| f64::from(percent) / 100.0).collect();
    let sought = |level: &Level| {
        let Moments { count, least, most, .. } = level.differences;
        Quantiles::new(&shares, count, least, most)
    };
    let mut quantiles: Vec<Quantiles> = all.levels.iter().map(sought).collect();
    while quantiles.iter().any(Quantiles::is_searching) {
        let mut again = begun.clone();
        let mut see = |level: usize, difference: f64| quantiles[level].see(difference);
        read(&mut |row| again.add_and_see(row, &mut see))?;
        again.end_sample(&mut see);
        quantiles.iter_mut().for_each(Quantiles::narrow);
    }
    let found = |i: usize| shares.iter().filter_map(|share| quantiles[i].of(*share)).collect();
    Ok(Paired { comparison, quantiles: all.places_of_others().map(found).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;

    /// Costs 100·sample plus 0, −3 − sample % 2 and 5 at three points.
    fn rows(independent: bool) -> (ResultColumns, Vec<ResultRow>) {
        let columns = ResultColumns::new(&fixture::inputs(), independent);
        let rows = (0..12_u64).map(|index| {
            let (sample, point) = (index / 3, index % 3);
            let cost = 100.0 * sample as f64 + [0.0, -3.0 - (sample % 2) as f64, 5.0][point as usize];
            let mut row = fixture::row(index, sample, point, cost);
            row.place.replicate = (sample / 2) as u32;
            row.inputs[1] = ["time_of_use", "optimal", "idle"][point as usize].into();
            row
        });
        (columns, rows.collect())
    }

    #[test]
    fn what_all_points_share_drops_out() {
        let (columns, rows) = rows(true);
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let found = compare(&columns, &read, "dispatch.strategy", "objective", Some("time_of_use")).unwrap();
        assert_eq!((found.baseline.as_str(), found.unit.as_str()), ("time_of_use", "currency"));
        let [optimal, idle] = &found.differences[..] else { panic!() };
        assert_eq!((optimal.level.as_str(), optimal.samples, optimal.mean), ("optimal", 4, -3.5));
        // Differences −3, −4, −3, −4: deviation 1/√3, error 1/√12, t with three degrees 3.182.
        let error = optimal.standard_error.unwrap();
        assert!((error - 1.0 / 12.0_f64.sqrt()).abs() < 1e-12);
        assert!((optimal.interval_95.unwrap().high - (-3.5 + 3.182 * error)).abs() < 1e-3);
        assert_eq!((idle.mean, idle.standard_error), (5.0, Some(0.0)));
        let found = compare(&columns, &read, "dispatch.strategy", "objective", None).unwrap();
        assert_eq!(found.baseline, "idle");
    }

    #[test]
    fn the_spread_of_differences_is_that_of_single_samples() {
        let (columns, rows) = rows(true);
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let Paired { comparison, quantiles } = paired(&columns, &read, "dispatch.strategy", "objective").unwrap();
        assert_eq!(comparison, compare(&columns, &read, "dispatch.strategy", "objective", None).unwrap());
        // Against idle at 5: −5 always, and −8, −9, −8, −9.
        assert_eq!(comparison.baseline, "idle");
        for (quantiles, expected) in quantiles.iter().zip([[-5.0, -5.0, -5.0], [-9.0, -8.5, -8.0]]) {
            assert_eq!([0, 50, 100].map(|percent| quantiles[percent]), expected);
        }
    }

    /// Mutation it catches: samples of one replicate counted as independent.
    #[test]
    fn of_samples_that_are_not_independent_the_error_comes_from_replicates() {
        let (columns, mut rows) = rows(false);
        rows[1].numbers[number_index("objective").unwrap()] = Some(-5.0);
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let found = compare(&columns, &read, "dispatch.strategy", "objective", Some("time_of_use")).unwrap();
        // Replicate means (−5 − 4)/2 and (−3 − 4)/2: their deviation is 1/√2, the error of two of them 1/2.
        assert_eq!(found.differences[0].standard_error, Some(0.5));
        assert_eq!(found.differences[0].mean, -4.0);
    }

    #[test]
    fn a_sample_with_a_gap_is_left_out_and_counted() {
        let (columns, mut rows) = rows(true);
        rows[4].numbers[number_index("objective").unwrap()] = None;
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let found = compare(&columns, &read, "dispatch.strategy", "objective", Some("time_of_use")).unwrap();
        assert_eq!((found.differences[0].samples, found.differences[0].left_out), (3, 1));
        assert_eq!((found.differences[1].samples, found.differences[1].left_out), (4, 0));
        for (field, column, baseline, message) in [
            ("dispatch.strategie", "objective", None, "does not set"),
            ("dispatch.strategy", "cost", None, "no column `cost`"),
            ("dispatch.strategy", "objective", Some("none"), "no level"),
            ("currency", "objective", None, "nothing to compare"),
        ] {
            let error = compare(&columns, &read, field, column, baseline).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
