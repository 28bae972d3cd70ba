//! What pictures of a result draw: distributions by level, and a column over a swept number.

use std::io;

use microgrid_sweep::Value;

use super::columns::number_index;
use super::confidence::{Interval, student_t};
use super::encoding::damaged;
use super::moments::Moments;
use super::quantiles::Quantiles;
use super::{ReadRows, ResultColumns, ResultRow};

/// Most levels that a picture tells apart by colour.
pub(crate) const MOST_LEVELS: usize = 6;

/// Most places of a swept number that are drawn one by one; beyond, places are put together.
const MOST_PLACES: usize = 64;

/// Ranges that many different numbers are put together in.
const RANGES: usize = 24;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The column, such as `objective`.
    pub column: String,
    /// The field whose levels have a colour each; `None` for the first swept text with two to six levels.
    pub by: Option<String>,
    /// The swept number along the axis; `None` for the first that there is.
    pub against: Option<String>,
}

impl Default for View {
    /// The objective.
    fn default() -> Self {
        Self { column: "objective".into(), by: None, against: None }
    }
}

/// What a first look at the rows tells.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    pub(crate) scenarios: u64,
    pub(crate) currency: String,
    pub(crate) number: usize,
    /// The field that levels are of.
    pub(crate) by: Option<usize>,
    pub(crate) levels: Vec<Value>,
    /// The number along the axis, and its different values, ascending; no values where there are too many.
    pub(crate) against: Option<usize>,
    pub(crate) places: Vec<f64>,
    pub(crate) ends: [f64; 2],
    /// The column's least and greatest finite value.
    pub(crate) range: [f64; 2],
}

/// Different values of one input, as far as they can be told apart in a picture.
#[derive(Debug, Clone, Default)]
struct Different {
    values: Vec<Value>,
    are_too_many: bool,
    ends: Option<[f64; 2]>,
}

impl Different {
    fn add(&mut self, value: &Value) {
        if let Value::Number(number) = value {
            let [least, most] = self.ends.unwrap_or([*number; 2]);
            self.ends = Some([least.min(*number), most.max(*number)]);
        }
        if !self.are_too_many && !self.values.contains(value) {
            self.are_too_many = self.values.len() == MOST_PLACES;
            if !self.are_too_many {
                self.values.push(value.clone());
            }
        }
    }

    fn count(&self) -> usize {
        if self.are_too_many { usize::MAX } else { self.values.len() }
    }
}

impl Survey {
    pub(crate) fn of(columns: &ResultColumns, read: &ReadRows<'_>, view: &View) -> io::Result<Self> {
        let number =
            number_index(&view.column).ok_or_else(|| damaged(&format!("there is no column `{}`", view.column)))?;
        let place_of = |field: &Option<String>| match field {
            None => Ok(None),
            Some(field) => {
                let place = columns.inputs.iter().position(|input| input.field == *field);
                place.map(Some).ok_or_else(|| damaged(&format!("the sweep does not set `{field}`")))
            }
        };
        let (asked_by, asked_against) = (place_of(&view.by)?, place_of(&view.against)?);
        let mut different = vec![Different::default(); columns.inputs.len()];
        let (mut moments, mut scenarios, mut currency) = (Moments::default(), 0, String::new());
        read(&mut |row| {
            scenarios += 1;
            different.iter_mut().zip(&row.inputs).for_each(|(different, value)| different.add(value));
            if let Some(value) = row.numbers[number].filter(|value| value.is_finite()) {
                moments.add(value);
                if currency.is_empty() {
                    row.text("currency").clone_into(&mut currency);
                }
            }
        })?;
        if moments.count == 0 {
            return Err(damaged(&format!("no scenario has a number in column `{}`", view.column)));
        }
        let is_level = |i: &usize| (2..=MOST_LEVELS).contains(&different[*i].count());
        if let Some(by) = asked_by.filter(|by| !is_level(by)) {
            let field = &columns.inputs[by].field;
            return Err(damaged(&format!("`{field}` does not have 2 to {MOST_LEVELS} levels to tell apart")));
        }
        let inputs = 0..columns.inputs.len();
        let by = asked_by.or_else(|| inputs.clone().find(|i| !columns.inputs[*i].is_number && is_level(i)));
        let is_axis = |i: &usize| columns.inputs[*i].is_number && different[*i].count() > 1 && Some(*i) != by;
        if let Some(against) = asked_against.filter(|against| !is_axis(against)) {
            return Err(damaged(&format!("`{}` is no number that the sweep varies", columns.inputs[against].field)));
        }
        let against = asked_against.or_else(|| inputs.clone().find(|i| is_axis(i)));
        let mut places: Vec<f64> = against.filter(|i| !different[*i].are_too_many).map_or_else(Vec::new, |i| {
            different[i]
                .values
                .iter()
                .filter_map(|value| if let Value::Number(n) = value { Some(*n) } else { None })
                .collect()
        });
        places.sort_by(f64::total_cmp);
        Ok(Self {
            scenarios,
            currency,
            number,
            by,
            levels: by.map_or_else(Vec::new, |by| different[by].values.clone()),
            against,
            places,
            ends: against.and_then(|i| different[i].ends).unwrap_or_default(),
            range: [moments.least, moments.most],
        })
    }

    /// The row's level and number; `None` where it has no number.
    pub(crate) fn look(&self, row: &ResultRow) -> Option<(usize, f64)> {
        let value = row.numbers[self.number].filter(|value| value.is_finite())?;
        let level = match self.by {
            None => 0,
            Some(by) => self.levels.iter().position(|level| Some(level) == row.inputs.get(by))?,
        };
        Some((level, value))
    }

    /// Names of the levels; one without a name where there are none.
    pub(crate) fn names(&self) -> Vec<String> {
        if self.levels.is_empty() { vec![String::new()] } else { self.levels.iter().map(ToString::to_string).collect() }
    }

    /// Number of places along the axis, and the number in the middle of each.
    pub(crate) fn axis(&self) -> Vec<f64> {
        if self.places.is_empty() {
            let [low, high] = self.ends;
            (0..RANGES).map(|i| low + (i as f64 + 0.5) / RANGES as f64 * (high - low)).collect()
        } else {
            self.places.clone()
        }
    }

    fn place(&self, row: &ResultRow) -> Option<usize> {
        let Value::Number(number) = row.inputs.get(self.against?)? else { return None };
        if self.places.is_empty() {
            let [low, high] = self.ends;
            Some(((RANGES as f64 * (number - low) / (high - low)) as usize).min(RANGES - 1))
        } else {
            self.places.iter().position(|place| place == number)
        }
    }
}

/// The distribution of the column in one level.
#[derive(Debug, Clone)]
pub(crate) struct Distribution {
    pub(crate) moments: Moments,
    /// Share of the level's scenarios in each of the ranges that `edges` bound, in percent.
    pub(crate) histogram_percent: Vec<f64>,
    /// Quantiles of 0, 1, … 100 %.
    pub(crate) quantiles: Vec<f64>,
}

/// The distribution in each level; the histogram's ranges lie between `edges`.
pub(crate) fn distributions(survey: &Survey, read: &ReadRows<'_>, edges: &[f64]) -> io::Result<Vec<Distribution>> {
    let levels = survey.names().len();
    let ranges = edges.len().saturating_sub(1);
    let mut moments = vec![Moments::default(); levels];
    let mut counts = vec![vec![0_u64; ranges]; levels];
    read(&mut |row| {
        if let Some((level, value)) = survey.look(row) {
            moments[level].add(value);
            let range = edges.partition_point(|edge| *edge <= value).saturating_sub(1).min(ranges.saturating_sub(1));
            if let Some(count) = counts[level].get_mut(range) {
                *count += 1;
            }
        }
    })?;
    let shares: Vec<f64> = (0..=100).map(|percent| f64::from(percent) / 100.0).collect();
    let mut quantiles: Vec<Quantiles> =
        moments.iter().map(|m| Quantiles::new(&shares, m.count, m.least, m.most)).collect();
    search(read, &mut quantiles, &|row| survey.look(row))?;
    let distributions = moments.iter().zip(counts).zip(quantiles).map(|((moments, counts), quantiles)| Distribution {
        moments: *moments,
        histogram_percent: counts.iter().map(|count| 100.0 * *count as f64 / moments.count.max(1) as f64).collect(),
        quantiles: shares.iter().filter_map(|share| quantiles.of(*share)).collect(),
    });
    Ok(distributions.collect())
}

/// What a column is at one place along the axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) count: u64,
    pub(crate) mean: f64,
    /// Of the mean, taking the values for independent; `None` of fewer than two.
    pub(crate) interval_95: Option<Interval>,
    /// Quantiles of 5, 50 and 95 %.
    pub(crate) quantiles: [f64; 3],
}

/// The spreads of each level at each place of [`Survey::axis`]; `None` where there are no numbers.
pub(crate) fn spreads(survey: &Survey, read: &ReadRows<'_>) -> io::Result<Vec<Vec<Option<Spread>>>> {
    const SHARES: [f64; 3] = [0.05, 0.5, 0.95];
    let (levels, places) = (survey.names().len(), survey.axis().len());
    let look = |row: &ResultRow| {
        let (level, value) = survey.look(row)?;
        Some((level * places + survey.place(row)?, value))
    };
    let mut moments = vec![Moments::default(); levels * places];
    read(&mut |row| {
        if let Some((cell, value)) = look(row) {
            moments[cell].add(value);
        }
    })?;
    let mut quantiles: Vec<Quantiles> =
        moments.iter().map(|m| Quantiles::new(&SHARES, m.count, m.least, m.most)).collect();
    search(read, &mut quantiles, &look)?;
    let spread = |(moments, quantiles): (&Moments, &Quantiles)| {
        let [low, middle, high] = SHARES.map(|share| quantiles.of(share));
        let half = |error: f64| error * student_t(0.95, moments.count - 1);
        Some(Spread {
            count: moments.count,
            mean: moments.mean,
            interval_95: moments.standard_error().map(|error| Interval::around(moments.mean, half(error))),
            quantiles: [low?, middle?, high?],
        })
    };
    let cells: Vec<Option<Spread>> = moments.iter().zip(&quantiles).map(spread).collect();
    Ok(cells.chunks(places).map(<[Option<Spread>]>::to_vec).collect())
}

/// Passes over the rows until all quantiles are found; `look` says to which a row's number belongs.
fn search(
    read: &ReadRows<'_>,
    quantiles: &mut [Quantiles],
    look: &dyn Fn(&ResultRow) -> Option<(usize, f64)>,
) -> io::Result<()> {
    while quantiles.iter().any(Quantiles::is_searching) {
        read(&mut |row| {
            if let Some((place, value)) = look(row) {
                quantiles[place].see(value);
            }
        })?;
        quantiles.iter_mut().for_each(Quantiles::narrow);
    }
    Ok(())
}
