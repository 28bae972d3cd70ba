//! The sums of a sweep, added up while its rows stream by: the same order, the same bits.

use std::io;

use microgrid_sweep::Value;

use super::columns::{COUNT, NUMBERS, number_index, place_of};
use super::comparison::Comparer;
use super::confidence::wilson;
use super::moments::{Mean, Moments};
use super::quantiles::Quantiles;
use super::summary::Best;
use super::summary::{HEADLINES, SHARES};
use super::{ColumnSummary, Comparison, GroupSummary, ReadRows, ResultColumns, ResultRow, ResultStatus, SweepSummary};

/// Points beyond this many are summed up together only: a longer table is a file.
const MOST_POINTS: u64 = 64;

/// Energy below this is rounding, kWh.
const LEAST_UNSERVED_KWH: f64 = 1e-6;

/// Quantiles sought in one pass over the rows; their counts take 2 kB for each rank.
const SOUGHT_AT_ONCE: usize = 512;

/// The sums of a sweep while its rows stream by.
#[derive(Debug, Clone)]
pub struct SweepSums {
    columns: ResultColumns,
    all: Group,
    points: Vec<Group>,
    /// Inputs that differ within a point, and inputs that differ between points.
    varies_within: Vec<bool>,
    varies_between: Vec<bool>,
    are_too_many: bool,
    least: Option<LeastRow>,
    /// Inputs that differ between any rows, and those of the first row.
    varies: Vec<bool>,
    first: Vec<Value>,
    comparers: Vec<Comparer>,
    statuses: [u64; ResultStatus::ALL.len()],
    samples: u64,
    replicates: u64,
    currency: String,
    has_currencies: bool,
    at: Option<(u64, u32)>,
}

/// The row with the least objective so far.
#[derive(Debug, Clone)]
struct LeastRow {
    index: u64,
    inputs: Vec<Value>,
    objective: f64,
}

#[derive(Debug, Clone)]
struct Group {
    inputs: Vec<Value>,
    scenarios: u64,
    outcomes: u64,
    unserved: u64,
    numbers: Vec<Number>,
}

/// One column of a group.
#[derive(Debug, Clone, Default)]
struct Number {
    rows: Moments,
    of_sample: Mean,
    samples: Moments,
    of_replicate: Mean,
    replicates: Moments,
}

impl Group {
    fn new(inputs: &[Value]) -> Self {
        Self {
            inputs: inputs.to_vec(),
            scenarios: 0,
            outcomes: 0,
            unserved: 0,
            numbers: vec![Number::default(); COUNT],
        }
    }

    fn add(&mut self, row: &ResultRow, unserved: usize) {
        self.scenarios += 1;
        if !row.status.has_outcome() {
            return;
        }
        self.outcomes += 1;
        self.unserved += u64::from(row.numbers[unserved].is_some_and(|kwh| kwh > LEAST_UNSERVED_KWH));
        for (number, value) in self.numbers.iter_mut().zip(&row.numbers) {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                number.rows.add(value);
                number.of_sample.add(value);
            }
        }
    }

    fn end_sample(&mut self) {
        for number in &mut self.numbers {
            if let Some(mean) = number.of_sample.take() {
                number.samples.add(mean);
                number.of_replicate.add(mean);
            }
        }
    }

    fn end_replicate(&mut self) {
        for number in &mut self.numbers {
            if let Some(mean) = number.of_replicate.take() {
                number.replicates.add(mean);
            }
        }
    }
}

impl SweepSums {
    /// Sums of no rows yet.
    #[must_use]
    pub fn new(columns: &ResultColumns) -> Self {
        let inputs = columns.inputs.len();
        let objective = number_index("objective").unwrap_or(0);
        Self {
            all: Group::new(&[]),
            points: Vec::new(),
            varies_within: vec![false; inputs],
            varies_between: vec![false; inputs],
            are_too_many: false,
            least: None,
            varies: vec![false; inputs],
            first: Vec::new(),
            comparers: (0..inputs).map(|input| Comparer::new(columns, input, objective, None)).collect(),
            statuses: [0; ResultStatus::ALL.len()],
            samples: 0,
            replicates: 0,
            currency: String::new(),
            has_currencies: false,
            at: None,
            columns: columns.clone(),
        }
    }

    /// Adds the next row; rows come in the order of their index.
    pub fn add(&mut self, row: &ResultRow) {
        const UNSERVED: usize = place_of("unserved_kwh");
        let at = (row.place.sample, row.place.replicate);
        if self.at.is_none_or(|before| before.0 != at.0) {
            self.end_sample();
            self.samples += 1;
        }
        if self.at.is_none_or(|before| before.1 != at.1) {
            self.end_replicate();
            self.replicates += 1;
        }
        self.at = Some(at);
        self.statuses[row.status as usize] += 1;
        if self.currency != row.text("currency") && row.status.has_outcome() {
            self.has_currencies |= !self.currency.is_empty();
            row.text("currency").clone_into(&mut self.currency);
        }
        self.all.add(row, UNSERVED);
        self.look_for_the_least(row);
        self.comparers.iter_mut().for_each(|comparer| comparer.add(row));
        if row.place.point >= MOST_POINTS {
            self.are_too_many = true;
            self.points.clear();
        }
        if self.are_too_many {
            return;
        }
        let point = row.place.point as usize;
        while self.points.len() <= point {
            self.points.push(Group::new(&row.inputs));
        }
        let differ = |of: &Group, varies: &mut [bool]| {
            for ((varies, a), b) in varies.iter_mut().zip(&of.inputs).zip(&row.inputs) {
                *varies |= a != b;
            }
        };
        differ(&self.points[point], &mut self.varies_within);
        differ(&self.points[0], &mut self.varies_between);
        self.points[point].add(row, UNSERVED);
    }

    /// Adds the rows of the next block, as [`encode`](super::encode) made them.
    ///
    /// # Errors
    /// That the payload is damaged.
    pub fn add_block(&mut self, payload: &[u8]) -> io::Result<()> {
        super::read_block(payload, &mut |row| self.add(row))
    }

    fn look_for_the_least(&mut self, row: &ResultRow) {
        if self.first.is_empty() {
            self.first.clone_from(&row.inputs);
        }
        for ((varies, a), b) in self.varies.iter_mut().zip(&self.first).zip(&row.inputs) {
            *varies |= a != b;
        }
        // Of a run with a fault the objective is no result to choose by.
        let objective = row.number("objective").filter(|objective| objective.is_finite());
        let Some(objective) = objective.filter(|_| row.status == ResultStatus::Completed) else { return };
        if self.least.as_ref().is_none_or(|least| objective < least.objective) {
            self.least = Some(LeastRow { index: row.index, inputs: row.inputs.clone(), objective });
        }
    }

    /// The best of a sweep: its best row where there is one sample, else the point that is best on average.
    fn best(&self, points: &[GroupSummary]) -> Option<Best> {
        if self.samples == 1 {
            let least = self.least.as_ref().filter(|_| self.statuses.iter().sum::<u64>() > 1)?;
            let inputs = self.columns.inputs.iter().zip(&least.inputs).zip(&self.varies);
            let fields = inputs.filter(|(_, varies)| **varies);
            return Some(Best {
                index: Some(least.index),
                fields: fields.map(|((input, value), _)| (input.field.clone(), value.to_string())).collect(),
                objective: least.objective,
            });
        }
        // A point that lacks outcomes is not compared on the same samples.
        let whole = points.iter().filter(|point| point.outcomes == point.scenarios);
        let means = whole.filter_map(|point| Some((point, point.column("objective")?.mean)));
        let (point, objective) = means.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Best { index: None, fields: point.fields.clone(), objective })
    }

    fn end_sample(&mut self) {
        self.all.end_sample();
        self.points.iter_mut().for_each(Group::end_sample);
    }

    fn end_replicate(&mut self) {
        self.all.end_replicate();
        self.points.iter_mut().for_each(Group::end_replicate);
    }

    /// Seeks the quantiles among the rows that `read` shows again, and hands out all results.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn finish(mut self, read: &ReadRows<'_>) -> io::Result<SweepSummary> {
        self.end_sample();
        self.end_replicate();
        if self.points.len() == 1 {
            self.points.clear();
        }
        let quantiles = self.quantiles(read)?;
        let quantiles_of = |group: usize, number: usize| {
            let found = quantiles.iter().find(|sought| (sought.group, sought.number) == (group, number))?;
            let values = SHARES.map(|share| found.quantiles.of(share));
            values.iter().all(Option::is_some).then(|| values.map(Option::unwrap_or_default))
        };
        let [completed, faults, unsolved, refused, panicked] = self.statuses;
        let all = self.group(&self.all, true, &|number| quantiles_of(0, number));
        let points = self.points.iter().enumerate();
        let points = points.map(|(i, group)| self.group(group, false, &|number| quantiles_of(i + 1, number)));
        let points: Vec<GroupSummary> = points.collect();
        let mut comparisons: Vec<Comparison> = Vec::new();
        for comparer in std::mem::take(&mut self.comparers) {
            if let Some(found) = comparer.finish(&self.columns) {
                // Fields that go together on one axis would say the same twice.
                let says = |c: &Comparison| c.differences.iter().map(|d| d.mean.to_bits()).collect::<Vec<_>>();
                if !comparisons.iter().any(|known| says(known) == says(&found)) {
                    comparisons.push(found);
                }
            }
        }
        Ok(SweepSummary {
            scenarios: self.statuses.iter().sum(),
            samples: self.samples,
            replicates: (!self.columns.independent).then_some(self.replicates),
            completed,
            faults,
            unsolved,
            refused,
            panicked,
            currency: self.currency.clone(),
            notes: self.notes(),
            best: self.best(&points),
            all,
            points,
            comparisons,
        })
    }

    /// The passes over the rows that find all quantiles; group 0 is all rows, the others are the points.
    fn quantiles(&self, read: &ReadRows<'_>) -> io::Result<Vec<Sought>> {
        let mut sought = Vec::new();
        for (group, sums) in std::iter::once(&self.all).chain(&self.points).enumerate() {
            for (number, column) in NUMBERS.iter().enumerate() {
                let rows = &sums.numbers[number].rows;
                if rows.count > 0 && (group == 0 || HEADLINES.contains(&column.name)) {
                    let quantiles = Quantiles::new(&SHARES, rows.count, rows.least, rows.most);
                    sought.push(Sought { group, number, quantiles });
                }
            }
        }
        for part in sought.chunks_mut(SOUGHT_AT_ONCE) {
            while part.iter().any(|sought| sought.quantiles.is_searching()) {
                let mut searching: Vec<&mut Sought> =
                    part.iter_mut().filter(|sought| sought.quantiles.is_searching()).collect();
                read(&mut |row| {
                    for sought in &mut searching {
                        let is_in = sought.group == 0 || row.place.point + 1 == sought.group as u64;
                        if let (true, Some(value)) = (is_in, row.numbers[sought.number].filter(|v| v.is_finite())) {
                            sought.quantiles.see(value);
                        }
                    }
                })?;
                searching.iter_mut().for_each(|sought| sought.quantiles.narrow());
            }
        }
        Ok(sought)
    }

    fn group(&self, group: &Group, is_all: bool, quantiles: &dyn Fn(usize) -> Option<[f64; 5]>) -> GroupSummary {
        let fields = self.columns.inputs.iter().zip(&group.inputs).enumerate();
        let fields = fields.filter(|(i, _)| self.varies_between[*i] && !self.varies_within[*i]);
        let columns = NUMBERS.iter().zip(&group.numbers).enumerate().filter(|(_, (_, number))| number.rows.count > 0);
        // Points of one sample share its draws, so their outcomes are not independent of each other.
        let are_independent = self.columns.independent && self.samples > 1 && (!is_all || self.points.is_empty());
        GroupSummary {
            fields: fields.map(|(_, (input, value))| (input.field.clone(), value.to_string())).collect(),
            scenarios: group.scenarios,
            outcomes: group.outcomes,
            unserved_share: (group.outcomes > 0).then(|| group.unserved as f64 / group.outcomes as f64),
            unserved_interval_95: are_independent.then(|| wilson(group.unserved, group.outcomes)).flatten(),
            columns: columns
                .map(|(i, (column, number))| {
                    let means = if self.columns.independent { &number.samples } else { &number.replicates };
                    ColumnSummary {
                        name: column.name,
                        unit: column.unit,
                        count: number.rows.count,
                        mean: number.rows.mean,
                        standard_deviation: number.rows.standard_deviation(),
                        standard_error: means.standard_error(),
                        least: number.rows.least,
                        most: number.rows.most,
                        quantiles: quantiles(i),
                    }
                })
                .collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.are_too_many {
            notes.push(format!("there are more than {MOST_POINTS} points; they are summed up together only"));
        }
        if self.has_currencies {
            notes.push("scenarios have different currencies; sums of money mean nothing".into());
        }
        if !self.columns.independent && self.replicates < 2 {
            notes.push("samples are not independent and there is one replicate: no standard errors".into());
        }
        notes
    }
}

/// A column of a group, and the search for its quantiles.
struct Sought {
    group: usize,
    number: usize,
    quantiles: Quantiles,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;

    fn summary(rows: &[ResultRow], independent: bool) -> SweepSummary {
        let columns = ResultColumns::new(&fixture::inputs(), independent);
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        SweepSummary::of(&columns, &read).unwrap()
    }

    /// Eight samples at two points: 100·sample, and 1 more at the second point.
    fn rows() -> Vec<ResultRow> {
        (0..16_u64).map(|i| fixture::row(i, i / 2, i % 2, 100.0 * (i / 2) as f64 + (i % 2) as f64)).collect()
    }

    #[test]
    fn each_point_has_its_numbers() {
        let found = summary(&rows(), true);
        assert_eq!((found.scenarios, found.samples, found.replicates), (16, 8, None));
        assert_eq!((found.completed, found.currency.as_str()), (16, "CNY"));
        let [idle, other] = &found.points[..] else { panic!() };
        // The capacity is drawn and the currency is the same everywhere: the strategy alone tells the points apart.
        assert_eq!(idle.fields, [("dispatch.strategy".to_owned(), "idle".to_owned())]);
        let objective = other.column("objective").unwrap();
        assert_eq!((objective.count, objective.mean), (8, 351.0));
        // Variance of 0, 100, … 700: 60 000.
        assert!((objective.standard_deviation.unwrap() - 60_000.0_f64.sqrt()).abs() < 1e-9);
        assert!((objective.standard_error.unwrap() - (60_000.0_f64 / 8.0).sqrt()).abs() < 1e-9);
        assert_eq!((objective.least, objective.most), (1.0, 701.0));
        assert_eq!(objective.quantiles.unwrap()[2], 351.0);
        // Two samples of eight, Wilson's interval by hand: (0.25 + z²/16 ± z·√(0.1875/8 + z²/256)) / (1 + z²/8).
        assert_eq!(idle.unserved_share, Some(0.25));
        let interval = idle.unserved_interval_95.unwrap();
        assert!((interval.low - 0.0715).abs() < 1e-4 && (interval.high - 0.5907).abs() < 1e-4, "{interval:?}");
    }

    /// Mutation it catches: rows of one sample taken as independent, which halves the variance of the mean.
    #[test]
    fn the_error_over_all_points_comes_from_the_means_of_samples() {
        let found = summary(&rows(), true);
        let objective = found.all.column("objective").unwrap();
        assert_eq!((objective.count, objective.mean), (16, 350.5));
        assert!((objective.standard_error.unwrap() - (60_000.0_f64 / 8.0).sqrt()).abs() < 1e-9);
        assert_eq!(found.all.unserved_interval_95, None);
        let [comparison] = &found.comparisons[..] else { panic!("{:?}", found.comparisons) };
        assert_eq!((comparison.field.as_str(), comparison.differences[0].mean), ("dispatch.strategy", 1.0));
    }

    /// Mutation it catches: Latin hypercube's samples taken as independent.
    #[test]
    fn of_samples_that_are_not_independent_only_replicates_tell_the_error() {
        let found = summary(&rows(), false);
        assert_eq!(found.replicates, Some(4));
        // Means of the replicates at a point: 50, 250, 450, 650, of variance 200²·5/3.
        let error = found.points[0].column("objective").unwrap().standard_error.unwrap();
        assert!((error - (200.0_f64.powi(2) * 5.0 / 3.0 / 4.0).sqrt()).abs() < 1e-9, "{error}");
        assert_eq!(found.points[0].unserved_interval_95, None);
        let one = summary(&rows()[..4], false);
        assert_eq!(one.points[0].column("objective").unwrap().standard_error, None);
        assert!(one.notes[0].contains("one replicate"));
    }

    #[test]
    fn what_did_not_run_is_counted_and_takes_no_part() {
        let payload = crate::results::encode(&fixture::rows());
        let (mut decoded, mut rows) = (crate::results::Rows::new(&payload).unwrap(), Vec::new());
        let mut row = ResultRow::default();
        while decoded.read(&mut row).unwrap() {
            rows.push(row.clone());
        }
        let found = summary(&rows, true);
        assert_eq!([found.completed, found.faults, found.unsolved, found.refused, found.panicked], [2, 1, 1, 1, 1]);
        assert_eq!((found.all.scenarios, found.all.outcomes), (6, 4));
        assert_eq!(found.all.column("curtailed_kwh").unwrap().count, 3, "one is not a number");
        assert!(found.all.column("gap").is_none());
        assert!(serde_json::from_str::<serde_json::Value>(&found.json()).is_ok());
        assert_eq!(summary(&[], true).all.columns, []);
    }

    #[test]
    fn many_points_are_summed_up_together() {
        let rows: Vec<ResultRow> = (0..65)
            .map(|point| {
                let mut row = fixture::row(point, 0, 0, point as f64);
                row.place.point = point;
                row.inputs[0] = Value::Number(point as f64);
                row
            })
            .collect();
        let found = summary(&rows, true);
        assert!(found.points.is_empty() && found.comparisons.is_empty());
        assert_eq!(found.all.column("objective").unwrap().quantiles.unwrap()[0], 3.2);
        assert_eq!(found.notes.len(), 1);
        assert_eq!(summary(&rows[..64], true).points.len(), 64);
    }
}
