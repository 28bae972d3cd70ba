//! Price series from CSV columns, by the rules that scenario files have for series.

use std::path::Path;
use std::sync::Arc;

use microgrid_core::Problem;

use super::field::{Table, Value};
use crate::files::Folder;
use crate::series::{
    DECIMALS, Duplicates, Gaps, Quantity, RepeatedHour, Resample, SEPARATORS, SeriesFile, SeriesInput,
    SeriesReader as Reader, Stamps, THOUSANDS,
};
use crate::time::Clock;

/// Reads price series of a tariff from the folder that its file stands in.
#[derive(Debug)]
pub(super) struct SeriesReader<'a> {
    pub(super) folder: Option<&'a Path>,
    pub(super) clock: &'a Clock,
    pub(super) currency: &'a str,
}

impl SeriesReader<'_> {
    /// The price per kWh at each step, and what rules did to make it.
    pub(super) fn read(&self, table: &Table) -> Option<(Arc<[f64]>, Vec<String>)> {
        let file = series_file(table);
        table.finish();
        let file = file?;
        let Some(folder) = self.folder else {
            table.refuse(|path| {
                Problem::new(path, "names a file, and this tariff was read without a folder")
                    .hint("in a program, give the folder in Customer::folder")
            });
            return None;
        };
        let folder = Folder::new(folder);
        let mut reader = Reader::new(&folder, self.clock);
        let quantity = Quantity::Price { currency: self.currency };
        let series = reader.read(&table.path, &SeriesInput::File(Box::new(file)), quantity);
        let (notes, problems) = (reader.notes, reader.problems);
        if !problems.is_empty() {
            problems.into_iter().for_each(|problem| table.pass_on(problem));
            return None;
        }
        let steps: Vec<f64> = (0..self.clock.steps()).map(|step| series.at(step)).collect();
        for (step, price) in steps.iter().enumerate() {
            if !(price.is_finite() && price.abs() <= 1e6) {
                table.refuse(|path| {
                    Problem::new(path, "is out of range")
                        .value(format!("{price} per kWh at {}", self.clock.label(step)))
                        .allowed("-1000000 to 1000000")
                });
                return None;
            }
        }
        Some((steps.into(), notes))
    }
}

fn weeks(value: &Value<'_>) -> Option<i64> {
    let weeks = value.number(-5200.0, 5200.0)?;
    if weeks.fract() != 0.0 {
        value.refuse(|path| Problem::new(path, "is not a whole number"));
    }
    Some(weeks as i64)
}

fn series_file(table: &Table) -> Option<SeriesFile> {
    let required = |key: &str| table.require(key).and_then(|value| value.text());
    let text = |key: &str| table.get(key).and_then(|value| value.text());
    let (file, column, unit) = (required("file"), required("column"), required("unit"));
    let mark = |key: &str, marks: &[&'static str]| {
        let choices: Vec<(&str, &str)> = marks.iter().map(|mark| (*mark, *mark)).collect();
        table.get(key).and_then(|value| value.choice(&choices)).map(str::to_owned)
    };
    let series = SeriesFile {
        file: file.unwrap_or_default(),
        column: column.unwrap_or_default(),
        unit: unit.unwrap_or_default(),
        time_column: text("time_column"),
        stamps: table.get("stamps").and_then(|value| value.choice(&Stamps::ALL)),
        time_format: text("time_format"),
        interval_minutes: table.get("interval_minutes").and_then(|value| value.integer(1, 1440)).map(f64::from),
        interval_s: table.get("interval_s").and_then(|value| value.integer(1, 86_400)),
        clock: text("clock"),
        separator: mark("separator", &SEPARATORS),
        skip_lines: table.get("skip_lines").and_then(|value| value.integer(0, 1000)),
        decimal: mark("decimal", &DECIMALS),
        thousands: mark("thousands", &THOUSANDS),
        no_value: table
            .get("no_value")
            .map_or_else(Vec::new, |value| value.one_or_many().iter().filter_map(Value::text).collect()),
        readings: None, // Prices are not read off a register.
        redate_weeks: table.get("redate_weeks").and_then(|value| weeks(&value)),
        repeat_yearly: table.get("repeat_yearly").and_then(|value| value.truth()),
        repeated_hour: table
            .get("repeated_hour")
            .and_then(|value| value.choice(&[("in_order", RepeatedHour::InOrder)])),
        duplicates: table.get("duplicates").and_then(|value| {
            value.choice(&[("mean", Duplicates::Mean), ("first", Duplicates::First), ("last", Duplicates::Last)])
        }),
        gaps: table
            .get("gaps")
            .and_then(|value| value.choice(&[("interpolate", Gaps::Interpolate), ("hold", Gaps::Hold)])),
        gap_max_hours: table.get("gap_max_hours").and_then(|value| value.number(0.0, 8784.0)),
        negatives: None, // Prices may be negative.
        resample: table
            .get("resample")
            .and_then(|value| value.choice(&[("mean", Resample::Mean), ("hold", Resample::Hold)])),
    };
    for problem in series.conflicts(|key| table.has(key)) {
        let key = problem.field.trim_start_matches('.').to_owned();
        let under = |path: &str| Problem { field: format!("{path}{}", problem.field), ..problem.clone() };
        match table.get(&key) {
            Some(value) => value.refuse(|path| Problem { field: path.to_owned(), ..problem.clone() }),
            None => table.refuse(under),
        }
    }
    if series.file.is_empty() || series.column.is_empty() || series.unit.is_empty() {
        return None;
    }
    Some(series)
}
