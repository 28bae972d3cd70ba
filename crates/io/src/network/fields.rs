//! A row of a table, asked for its fields by name, whether it stands in TOML or in CSV.

use std::cell::RefCell;
use std::collections::BTreeMap;

use microgrid_core::{Problem, Problems};

use crate::document::Section;
use crate::suggestion::nearest;

/// A row that is read field by field. Each reader returns a value in any case; what is wrong is kept as a problem, and the
/// value is then used by nobody.
pub(crate) trait Fields {
    /// Whether the field is written.
    fn has(&self, key: &'static str) -> bool;
    /// A text that is not empty, where written.
    fn text(&mut self, key: &'static str) -> Option<String>;
    /// A number, where written.
    fn number(&mut self, key: &'static str) -> Option<f64>;
    /// A whole number of at least 0, where written.
    fn whole(&mut self, key: &'static str) -> Option<u32>;
    /// True or false, where written.
    fn flag(&mut self, key: &'static str) -> Option<bool>;
    /// Says that the field is missing, and what should stand there.
    fn missing(&mut self, key: &'static str, wanted: &str);
    /// Says what is wrong with a field.
    fn refuse(&mut self, key: &'static str, problem: Problem);

    /// A text that must be written.
    fn required_text(&mut self, key: &'static str, wanted: &str) -> String {
        if !self.has(key) {
            self.missing(key, wanted);
        }
        self.text(key).unwrap_or_default()
    }

    /// A number that must be written.
    fn required_number(&mut self, key: &'static str) -> f64 {
        if !self.has(key) {
            self.missing(key, "a number");
        }
        self.number(key).unwrap_or_default()
    }

    /// One of the choices, by its name, where written.
    fn choice(&mut self, key: &'static str, choices: &[&'static str]) -> Option<&'static str> {
        let text = self.text(key)?;
        let found = choices.iter().find(|choice| **choice == text).copied();
        if found.is_none() {
            let problem = Problem::new("", "is not a known name").value(format!("\"{text}\""));
            self.refuse(key, problem.allowed(choices.join(", ")));
        }
        found
    }
}

impl Fields for Section<'_> {
    fn has(&self, key: &'static str) -> bool {
        Section::has(self, key)
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        Section::text(self, key)
    }

    fn number(&mut self, key: &'static str) -> Option<f64> {
        Section::number(self, key)
    }

    fn whole(&mut self, key: &'static str) -> Option<u32> {
        Section::whole(self, key)
    }

    fn flag(&mut self, key: &'static str) -> Option<bool> {
        Section::flag(self, key)
    }

    fn missing(&mut self, key: &'static str, wanted: &str) {
        Section::missing(self, key, wanted);
    }

    fn refuse(&mut self, key: &'static str, mut problem: Problem) {
        problem.field = self.field(key);
        self.push(problem);
    }
}

/// A row of a CSV file. An empty cell is a field that is not written.
pub(super) struct CsvRow<'a> {
    file: &'a str,
    line: usize,
    cells: BTreeMap<&'a str, &'a str>,
    asked: Vec<&'static str>,
    problems: &'a RefCell<Problems>,
}

impl CsvRow<'_> {
    fn push(&self, mut problem: Problem, key: &str) {
        problem.field = key.to_owned();
        self.problems.borrow_mut().push(problem.at(self.file, Some(self.line)));
    }

    fn cell(&mut self, key: &'static str) -> Option<&str> {
        self.asked.push(key);
        self.cells.get(key).copied().filter(|cell| !cell.is_empty())
    }

    fn parsed<T>(&mut self, key: &'static str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let cell = self.cell(key)?;
        let parsed = parse(cell);
        if parsed.is_none() {
            let problem = Problem::new("", format!("is not {wanted}")).value(format!("\"{cell}\""));
            self.push(problem, key);
        }
        parsed
    }
}

impl Fields for CsvRow<'_> {
    fn has(&self, key: &'static str) -> bool {
        self.cells.get(key).is_some_and(|cell| !cell.is_empty())
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        self.cell(key).map(str::to_owned)
    }

    fn number(&mut self, key: &'static str) -> Option<f64> {
        self.parsed(key, "a number", |cell| cell.parse().ok().filter(|number: &f64| !number.is_nan()))
    }

    fn whole(&mut self, key: &'static str) -> Option<u32> {
        self.parsed(key, "a whole number of at least 0", |cell| cell.parse().ok())
    }

    fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.parsed(key, "true or false", |cell| cell.parse().ok())
    }

    fn missing(&mut self, key: &'static str, wanted: &str) {
        self.asked.push(key);
        self.push(Problem::new("", "is missing").allowed(wanted), key);
    }

    fn refuse(&mut self, key: &'static str, problem: Problem) {
        self.push(problem, key);
    }
}

/// Reads the rows of a CSV text that the user knows as `file`, each with its line. Columns that no row asks for are refused.
///
/// # Errors
/// A text that is no table.
pub(crate) fn read_csv<T>(
    file: &str,
    text: &str,
    problems: &RefCell<Problems>,
    mut read: impl FnMut(&mut dyn Fields) -> T,
) -> Vec<(T, usize)> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let push = |problem: Problem, line: Option<usize>| problems.borrow_mut().push(problem.at(file, line));
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            push(Problem::new("", format!("is no table: {error}")), None);
            return Vec::new();
        }
    };
    let mut rows = Vec::new();
    let mut asked = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, |position| position.line() as usize);
                let cells = header.iter().zip(record.iter()).collect();
                let mut row = CsvRow { file, line, cells, asked: Vec::new(), problems };
                rows.push((read(&mut row), line));
                asked = row.asked;
            }
            Err(error) => {
                let line = error.position().map(|position| position.line() as usize);
                push(Problem::new("", format!("has a row that does not fit its header: {error}")), line);
            }
        }
    }
    if !rows.is_empty() {
        asked.sort_unstable();
        asked.dedup();
        for column in header.iter().filter(|column| !asked.contains(column)) {
            let problem = Problem::new(column, "is not a known column").allowed(asked.join(", "));
            let near = nearest(column, asked.iter().copied());
            push(near.iter().fold(problem, |problem, near| problem.hint(format!("did you mean {near}?"))), Some(1));
        }
    }
    rows
}
