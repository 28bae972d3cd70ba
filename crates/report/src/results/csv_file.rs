//! `results.csv`: a row for each scenario. Numbers are the shortest text that reads back to the same bits.

use std::io::{self, Read, Write};

use microgrid_sweep::{Input, Value};

use super::encoding::{damaged, try_each_row};
use super::{ResultColumns, ResultRow, ResultStatus};
use crate::csv_cell::{escaped, unescaped};

/// Number of the columns that say where a row stands.
const PLACES: usize = 4;

/// Writes rows as CSV.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    writer: W,
    line: Vec<u8>,
    independent: bool,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the head.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn new(writer: W, columns: &ResultColumns) -> io::Result<Self> {
        let mut csv = Self::headless(writer, columns);
        for (i, column) in columns.list().iter().enumerate() {
            if i > 0 {
                csv.line.push(b',');
            }
            push_text(&mut csv.line, &column.name);
        }
        csv.end_line()?;
        Ok(csv)
    }

    /// Goes on behind a head, or parts of a file that are put together later.
    pub fn headless(writer: W, columns: &ResultColumns) -> Self {
        Self { writer, line: Vec::with_capacity(2048), independent: columns.samples_are_independent() }
    }

    /// Writes one row.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn write(&mut self, row: &ResultRow) -> io::Result<()> {
        let line = &mut self.line;
        push_count(line, row.index);
        line.push(b',');
        push_count(line, row.place.sample);
        line.push(b',');
        if !self.independent {
            push_count(line, u64::from(row.place.replicate));
        }
        line.push(b',');
        push_count(line, row.place.point);
        for input in &row.inputs {
            line.push(b',');
            match input {
                Value::Number(number) => push_number(line, *number),
                Value::Text(text) => push_text(line, &escaped(text)),
            }
        }
        for text in [row.status.name(), &row.message].into_iter().chain(row.texts.iter().map(String::as_str)) {
            line.push(b',');
            push_text(line, &escaped(text));
        }
        for number in row.numbers {
            line.push(b',');
            if let Some(number) = number {
                push_number(line, number);
            }
        }
        self.end_line()
    }

    /// Writes the rows of a block, as [`encode`](super::encode) made them.
    ///
    /// # Errors
    /// What `writer` returns, or that the payload is damaged.
    pub fn write_block(&mut self, payload: &[u8]) -> io::Result<()> {
        try_each_row(payload, |row| self.write(row))
    }

    /// Hands back the writer, flushed.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        let written = self.writer.write_all(&self.line);
        self.line.clear();
        written
    }
}

fn push_count(line: &mut Vec<u8>, mut count: u64) {
    let (mut digits, mut at) = ([0; 20], 20);
    loop {
        at -= 1;
        digits[at] = b'0' + (count % 10) as u8;
        count /= 10;
        if count == 0 {
            break;
        }
    }
    line.extend(&digits[at..]);
}

fn push_number(line: &mut Vec<u8>, number: f64) {
    if number == 0.0 {
        line.extend(if number.is_sign_negative() { &b"-0"[..] } else { b"0" });
    } else if number.is_finite() {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(number);
        line.extend(text.strip_suffix(".0").unwrap_or(text).as_bytes());
    } else {
        line.extend(number.to_string().as_bytes());
    }
}

fn push_text(line: &mut Vec<u8>, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return line.extend(text.as_bytes());
    }
    line.push(b'"');
    for byte in text.bytes() {
        line.extend(if byte == b'"' { &b"\"\""[..] } else { std::slice::from_ref(&byte) });
    }
    line.push(b'"');
}

/// Reads `results.csv` back, a row at a time.
pub struct CsvResults<R> {
    columns: ResultColumns,
    reader: csv::Reader<R>,
    record: csv::StringRecord,
    /// The first row is read already, to see what the columns hold.
    is_ahead: bool,
}

impl<R: Read> CsvResults<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// What `reader` returns, or that the file is no result of a sweep, or one of another version.
    pub fn new(reader: R) -> io::Result<Self> {
        let mut reader = csv::Reader::from_reader(reader);
        let heads: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let after = ResultColumns::new(&[], true).list().len() - PLACES;
        let inputs = heads.len().checked_sub(PLACES + after);
        let inputs = inputs.ok_or_else(|| damaged("is no result of a sweep: it has too few columns"))?;
        let mut record = csv::StringRecord::new();
        let is_ahead = reader.read_record(&mut record)?;
        // An input is of numbers where the first row has one.
        let inputs = heads[PLACES..].iter().take(inputs).enumerate().map(|(i, name)| Input {
            field: name.strip_prefix("input.").unwrap_or(name).to_owned(),
            is_number: is_ahead && record[PLACES + i].parse::<f64>().is_ok(),
        });
        let independent = !is_ahead || record[2].is_empty();
        let columns = ResultColumns::new(&inputs.collect::<Vec<_>>(), independent);
        if let Some((column, _)) = columns.list().iter().zip(&heads).find(|(column, head)| column.name != **head) {
            return Err(damaged(&format!(
                "is no result of a sweep of this version: column `{}` is missing",
                column.name
            )));
        }
        Ok(Self { columns, reader, record, is_ahead })
    }

    /// The columns of the file.
    #[must_use]
    pub fn columns(&self) -> &ResultColumns {
        &self.columns
    }

    /// Reads the next row into `row`; `false` behind the last one.
    ///
    /// # Errors
    /// What the reader returns, or the cell that is not as it should be.
    pub fn read(&mut self, row: &mut ResultRow) -> io::Result<bool> {
        if !std::mem::take(&mut self.is_ahead) && !self.reader.read_record(&mut self.record)? {
            return Ok(false);
        }
        row.clear();
        let mut cells = Cells { record: &self.record, at: 0 };
        row.index = cells.count()?;
        row.place.sample = cells.count()?;
        row.place.replicate = if self.columns.independent { cells.skip() } else { cells.count()? as u32 };
        row.place.point = cells.count()?;
        for input in &self.columns.inputs {
            let text = cells.text();
            let number = if input.is_number { text.parse().ok() } else { None };
            row.inputs.push(number.map_or_else(|| Value::from(unescaped(text)), Value::Number));
        }
        let status = cells.text();
        let known = ResultStatus::ALL.into_iter().find(|known| known.name() == status);
        row.status = known.ok_or_else(|| damaged(&format!("`{status}` is no status")))?;
        row.message.push_str(unescaped(cells.text()));
        for text in &mut row.texts {
            text.push_str(unescaped(cells.text()));
        }
        for number in &mut row.numbers {
            let text = cells.text();
            *number = if text.is_empty() { None } else { Some(parse(text, cells.at)?) };
        }
        Ok(true)
    }
}

/// Reads the cells of a record from left to right; the reader has checked their number.
struct Cells<'r> {
    record: &'r csv::StringRecord,
    at: usize,
}

impl<'r> Cells<'r> {
    fn text(&mut self) -> &'r str {
        self.at += 1;
        &self.record[self.at - 1]
    }

    fn count(&mut self) -> io::Result<u64> {
        let text = self.text();
        text.parse().map_err(|_| damaged(&format!("`{text}` in column {} is no whole number", self.at)))
    }

    fn skip(&mut self) -> u32 {
        self.at += 1;
        0
    }
}

fn parse(text: &str, column: usize) -> io::Result<f64> {
    text.parse().map_err(|_| damaged(&format!("`{text}` in column {column} is no number")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Rows;
    use crate::results::{encode, fixture};

    fn csv_of(columns: &ResultColumns, payload: &[u8]) -> String {
        let mut csv = CsvWriter::new(Vec::new(), columns).unwrap();
        csv.write_block(payload).unwrap();
        String::from_utf8(csv.finish().unwrap()).unwrap()
    }

    /// Mutation it catches: a cell left out or in the wrong column, a number rounded, a text without its quotes.
    #[test]
    fn what_is_written_reads_back_to_the_same_bits() {
        for independent in [true, false] {
            let rows = fixture::rows();
            let columns = ResultColumns::new(&fixture::inputs(), independent);
            let csv = csv_of(&columns, &encode(&rows));
            let mut results = CsvResults::new(csv.as_bytes()).unwrap();
            assert_eq!(results.columns(), &columns);
            let (payload, mut expected, mut row) = (encode(&rows), ResultRow::default(), ResultRow::default());
            let mut decoded = Rows::new(&payload).unwrap();
            while decoded.read(&mut expected).unwrap() {
                assert!(results.read(&mut row).unwrap());
                if independent {
                    expected.place.replicate = 0;
                }
                assert_eq!(format!("{row:?}"), format!("{expected:?}"));
            }
            assert!(!results.read(&mut row).unwrap());
        }
    }

    #[test]
    fn numbers_are_short_and_exact() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (-2.5e-7, "-2.5e-7"),
            (1e21, "1e+21"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ];
        for (number, text) in cases {
            let mut line = Vec::new();
            push_number(&mut line, number);
            assert_eq!(String::from_utf8(line).unwrap(), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
        let mut line = Vec::new();
        push_count(&mut line, 0);
        push_count(&mut line, u64::MAX);
        assert_eq!(line, b"018446744073709551615");
    }

    #[test]
    fn what_is_no_result_is_refused() {
        let read = |text: &str| {
            let mut results = CsvResults::new(text.as_bytes())?;
            let mut row = ResultRow::default();
            while results.read(&mut row)? {}
            Ok::<(), io::Error>(())
        };
        assert!(read("a,b\n1,2\n").unwrap_err().to_string().contains("too few columns"));
        let columns = ResultColumns::new(&fixture::inputs(), true);
        let csv = csv_of(&columns, &encode(&fixture::rows()));
        assert!(read(&csv).is_ok());
        let other = csv.replacen("peak_import_kw", "peak_kw", 1);
        assert!(read(&other).unwrap_err().to_string().contains("column `peak_import_kw` is missing"));
        let finished = csv.replacen("completed", "finished", 1);
        assert!(read(&finished).unwrap_err().to_string().contains("`finished` is no status"));
    }
}
