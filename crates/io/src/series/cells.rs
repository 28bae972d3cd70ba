//! The cells of a table, without a piece of memory of its own for each row.

use std::ops::Index;

/// Rows of equally many cells: one text, where each cell ends in it, and the line of each row. A row of short numbers takes
/// some 30 bytes; as records of their own they took 200.
#[derive(Debug)]
pub(crate) struct Cells {
    width: usize,
    text: String,
    /// Where in `text` each cell ends.
    ends: Vec<u32>,
    lines: Vec<u32>,
}

/// The cells of one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'c> {
    cells: &'c Cells,
    first: usize,
}

impl Cells {
    /// No row yet, of `width` cells each.
    pub(super) const fn new(width: usize) -> Self {
        Self { width, text: String::new(), ends: Vec::new(), lines: Vec::new() }
    }

    /// Adds a row of `width` cells, without the blanks around them, that stands on `line`. Files are too short for texts and
    /// lines beyond 32 bits, see [`crate::files`].
    pub(super) fn push<'t>(&mut self, line: u64, record: impl IntoIterator<Item = &'t str>) {
        for cell in record {
            self.text.push_str(cell.trim());
            self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
    }

    /// Number of rows.
    pub(crate) const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no row.
    pub(crate) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Line and cells of a row.
    pub(crate) fn row(&self, row: usize) -> (u64, Record<'_>) {
        (self.lines[row].into(), Record { cells: self, first: row * self.width })
    }

    /// Line and cells of every row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, Record<'_>)> {
        (0..self.len()).map(|row| self.row(row))
    }
}

impl<'c> Record<'c> {
    /// The cell in a column.
    pub(crate) fn get(&self, column: usize) -> &'c str {
        let cell = self.first + column;
        let start = if cell == 0 { 0 } else { self.cells.ends[cell - 1] };
        &self.cells.text[start as usize..self.cells.ends[cell] as usize]
    }
}

impl Index<usize> for Record<'_> {
    type Output = str;

    fn index(&self, column: usize) -> &str {
        self.get(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_by_row_and_column() {
        let mut cells = Cells::new(3);
        assert!(cells.is_empty());
        cells.push(2, [" a", "", "园区"]);
        cells.push(5, ["", "", ""]);
        cells.push(6, ["1", "2 ", "3"]);
        let rows: Vec<(u64, [&str; 3])> =
            cells.iter().map(|(line, record)| (line, [0, 1, 2].map(|column| record.get(column)))).collect();
        assert_eq!(rows, [(2, ["a", "", "园区"]), (5, ["", "", ""]), (6, ["1", "2", "3"])]);
        assert_eq!((cells.len(), &cells.row(2).1[1]), (3, "2"));
    }
}
