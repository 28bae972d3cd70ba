//! One column of a CSV file, with its times and lines.

use microgrid_core::{Problem, Problems};

use super::SeriesFile;
use super::cells::Cells;
use super::layout::Layout;
use super::number::{Cell, NumberForm, may_be_grouped};

/// A parsed CSV file: its names and its cells.
#[derive(Debug)]
pub(crate) struct Sheet {
    layout: Layout,
    names: Vec<String>,
    rows: Cells,
}

/// A row's line in the file, its time as written, and its value; `None` where the cell is empty or says that there is
/// no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row<'s> {
    pub(super) line: u64,
    pub(super) time: Option<&'s str>,
    pub(super) value: Option<f64>,
}

/// The rows of one series. Only the values are kept beside the file's cells, 8 bytes a row.
#[derive(Debug)]
pub(super) struct Rows<'s> {
    cells: &'s Cells,
    time_at: Option<usize>,
    /// NaN where there is none.
    values: Vec<f64>,
}

impl<'s> Rows<'s> {
    pub(super) const fn len(&self) -> usize {
        self.values.len()
    }

    /// The row at `at`, where there is one.
    pub(super) fn get(&self, at: usize) -> Option<Row<'s>> {
        let value = *self.values.get(at)?;
        let (line, record) = self.cells.row(at);
        Some(Row { line, time: self.time_at.map(|at| record.get(at)), value: (!value.is_nan()).then_some(value) })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'s>> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl Sheet {
    /// Parses the text of `file`, which the series `field` names.
    ///
    /// # Errors
    /// A file without a row, and every row that has more or fewer cells than the first line.
    pub(crate) fn parse(field: &str, file: &str, layout: Layout, text: &str) -> Result<Self, Problems> {
        if u32::try_from(text.len()).is_err() {
            return Err(Problem::new(field, "names a text of more than 4 GiB").at(file, None).into());
        }
        let (text, skipped, separator) = layout.table(text);
        if text.trim().is_empty() {
            return Err(Problem::new(field, "names an empty file").at(file, None).into());
        }
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
        let broken = |error: &csv::Error| {
            let line = error.position().map(|position| (position.line() + skipped) as usize);
            Problem::new(field, "is not a readable CSV file").at(file, line)
        };
        let names: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
            Err(error) => return Err(broken(&error).into()),
        };
        let mut problems = Found::new();
        let mut rows = Cells::new(names.len());
        let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 + skipped };
        for record in reader.into_records() {
            match record {
                Ok(record) => {
                    let line = lines.line_at(record.position().map_or(0, |position| position.byte() as usize));
                    if record.len() == names.len() {
                        rows.push(line, &record);
                    } else {
                        problems.add(line, || {
                            let problem = Problem::new(field, "has a row with the wrong number of cells")
                                .value(record.len())
                                .allowed(format!("{}, as in the line of names", names.len()));
                            let is_last = lines.is_last();
                            match layout.hint(text, separator, &names, &record, is_last) {
                                Some(hint) => problem.hint(hint),
                                None => problem,
                            }
                        });
                    }
                }
                Err(error) => return Err(broken(&error).into()),
            }
        }
        if let Some(problem) = problems.into_problem(file) {
            return Err(problem.into());
        }
        if rows.is_empty() {
            return Err(Problem::new(field, "has no rows below its first line").at(file, None).into());
        }
        Ok(Self { layout, names, rows })
    }

    /// Names of the columns, as in the line of names.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The rows, each with its line; every row has a cell for each name.
    pub(crate) fn records(&self) -> &Cells {
        &self.rows
    }

    /// The rows of the series `field`.
    ///
    /// # Errors
    /// Columns that are not there or there twice; cells that are neither numbers nor empty.
    pub(super) fn rows(&self, field: &str, series: &SeriesFile) -> Result<Rows<'_>, Problems> {
        let mut problems = Problems::none();
        let value_at = self.position(&format!("{field}.column"), &series.column, &mut problems);
        let time_at =
            series.time_column.as_ref().map(|name| self.position(&format!("{field}.time_column"), name, &mut problems));
        let (Some(value_at), false) = (value_at, time_at == Some(None)) else { return Err(problems) };
        let time_at = time_at.flatten();
        let form = NumberForm::of(series);
        let mut not_numbers = Found::new();
        let mut values = Vec::with_capacity(self.rows.len());
        for (line, record) in self.rows.iter() {
            let cell = &record[value_at];
            let value = match form.read(cell) {
                Cell::Number(number) => number,
                Cell::NoValue => f64::NAN,
                Cell::NoNumber => {
                    not_numbers.add(line, || {
                        let problem =
                            Problem::new(field, format!("is not a finite number in column {}", series.column))
                                .value(format!("\"{}\"", cell.chars().take(40).collect::<String>()));
                        let hint = form.hint(cell);
                        if hint.is_empty() { problem } else { problem.hint(hint) }
                    });
                    f64::NAN
                }
            };
            values.push(value);
        }
        match not_numbers.into_problem(&series.file) {
            Some(problem) => Err(problem.into()),
            None => Ok(Rows { cells: &self.rows, time_at, values }),
        }
    }

    /// Whether every point of the column may as well separate thousands, in a file that separates columns by semicolons.
    pub(super) fn may_be_grouped(&self, series: &SeriesFile) -> bool {
        let is_open =
            series.decimal.is_none() && series.thousands.is_none() && series.separator.as_deref() == Some(";");
        let Some(at) = self.names.iter().position(|name| *name == series.column).filter(|_| is_open) else {
            return false;
        };
        let mut points =
            self.rows.iter().map(|(_, record)| record.get(at)).filter(|cell| cell.contains('.')).peekable();
        points.peek().is_some() && points.all(may_be_grouped)
    }

    fn position(&self, field: &str, name: &str, problems: &mut Problems) -> Option<usize> {
        let mut places = self.names.iter().enumerate().filter(|(_, known)| *known == name).map(|(at, _)| at);
        let (first, second) = (places.next(), places.next());
        if second.is_some() {
            problems.push(Problem::new(field, "is the name of two columns").value(name));
            return None;
        }
        if first.is_none() {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let mut problem = Problem::new(field, "is not a column of the file").value(name).allowed(names.join(", "));
            if let Some(hint) = self.layout.separator_hint(&self.names) {
                problem = problem.hint(hint);
            } else if let Some(near) = crate::suggestion::nearest(name, names) {
                problem = problem.hint(format!("did you mean {near}?"));
            } else if self.names.first().is_some_and(|name| name.starts_with('#')) {
                problem = problem.hint("where the names stand on a later line, write skip_lines");
            }
            problems.push(problem);
        }
        first
    }
}

/// Counts lines on the way through a text. The CSV reader's own count is one short after Windows line ends and after
/// empty lines.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first cell at or after `byte`, which never goes back.
    fn line_at(&mut self, byte: usize) -> u64 {
        while let Some(c) = self.text.get(self.at) {
            if self.at >= byte && !matches!(c, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*c == b'\n');
            self.at += 1;
        }
        self.line
    }

    /// Whether the line that was reached is the last.
    fn is_last(&self) -> bool {
        !self.text[self.at.min(self.text.len())..].contains(&b'\n')
    }
}

/// Faults of one kind in the rows of a file: the first is told in full, the others are counted.
#[derive(Debug)]
pub(crate) struct Found {
    first: Option<(u64, Problem)>,
    count: usize,
}

impl Found {
    pub(crate) const fn new() -> Self {
        Self { first: None, count: 0 }
    }

    pub(crate) fn add(&mut self, line: u64, problem: impl FnOnce() -> Problem) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((line, problem()));
        }
    }

    /// The first fault, on its line of `file`, with the number of the others.
    pub(crate) fn into_problem(self, file: &str) -> Option<Problem> {
        let (line, mut problem) = self.first?;
        match self.count {
            1 => {}
            2 => problem.message.push_str(" (and in 1 more row)"),
            count => problem.message.push_str(&format!(" (and in {} more rows)", count - 1)),
        }
        Some(problem.at(file, Some(line as usize)))
    }
}
