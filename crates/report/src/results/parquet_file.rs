//! `results.parquet`: the columns of `results.csv`, for tools that read columns.
//!
//! The same rows make the same bytes, however they come in blocks: row groups are of a fixed number of rows, and nothing
//! in the file says when or by which build it was written.

use std::io::{self, Write};
use std::sync::Arc;

use microgrid_sweep::Value;
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::encoding::try_each_row;
use super::{Column, ColumnKind, ResultColumns, ResultRow};

/// Rows of a row group: about 5 MB are held before they are written.
const GROUP: usize = 8_192;

/// Writes rows as Parquet.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    cells: Vec<Cells>,
    rows: usize,
    independent: bool,
}

/// The cells of a column in the row group that is being filled; `there` is 1 where a row has one.
struct Cells {
    values: Values,
    there: Vec<i16>,
}

enum Values {
    Counts(Vec<i64>),
    Numbers(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn new(writer: W, columns: &ResultColumns) -> io::Result<Self> {
        let list = columns.list();
        let fields = list.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("results").with_fields(fields).build().map_err(failed)?;
        let mut properties = WriterProperties::builder()
            .set_created_by("microgrid".into())
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            // Numbers hardly repeat; names do.
            .set_dictionary_enabled(false);
        for column in list.iter().filter(|column| column.kind == ColumnKind::Text) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(vec![column.name.clone()]), true);
        }
        let file = SerializedFileWriter::new(writer, Arc::new(schema), Arc::new(properties.build())).map_err(failed)?;
        let cells = list.iter().map(|column| Cells {
            values: match column.kind {
                ColumnKind::Count => Values::Counts(Vec::new()),
                ColumnKind::Number => Values::Numbers(Vec::new()),
                ColumnKind::Text => Values::Texts(Vec::new()),
            },
            there: Vec::new(),
        });
        Ok(Self { file, cells: cells.collect(), rows: 0, independent: columns.samples_are_independent() })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// What the writer returns.
    pub fn write(&mut self, row: &ResultRow) -> io::Result<()> {
        let mut cells = self.cells.iter_mut();
        let place = row.place;
        let replicate = (!self.independent).then_some(u64::from(place.replicate));
        for count in [Some(row.index), Some(place.sample), replicate, Some(place.point)] {
            cells.next().into_iter().for_each(|cell| cell.push_count(count));
        }
        for input in &row.inputs {
            cells.next().into_iter().for_each(|cell| match input {
                Value::Number(number) => cell.push_number(Some(*number)),
                Value::Text(text) => cell.push_text(text),
            });
        }
        for text in [row.status.name(), &row.message].into_iter().chain(row.texts.iter().map(String::as_str)) {
            cells.next().into_iter().for_each(|cell| cell.push_text(text));
        }
        for number in row.numbers {
            cells.next().into_iter().for_each(|cell| cell.push_number(number));
        }
        self.rows += 1;
        if self.rows == GROUP { self.end_group() } else { Ok(()) }
    }

    /// Writes the rows of a block, as [`encode`](super::encode) made them.
    ///
    /// # Errors
    /// What the writer returns, or that the payload is damaged.
    pub fn write_block(&mut self, payload: &[u8]) -> io::Result<()> {
        try_each_row(payload, |row| self.write(row))
    }

    /// Ends the file and hands back the writer.
    ///
    /// # Errors
    /// What the writer returns.
    pub fn finish(mut self) -> io::Result<W> {
        if self.rows > 0 {
            self.end_group()?;
        }
        self.file.into_inner().map_err(failed)
    }

    fn end_group(&mut self) -> io::Result<()> {
        let mut group = self.file.next_row_group().map_err(failed)?;
        for cells in &mut self.cells {
            if let Some(column) = group.next_column().map_err(failed)? {
                cells.write(column).map_err(failed)?;
            }
        }
        group.close().map_err(failed)?;
        self.rows = 0;
        Ok(())
    }
}

impl Cells {
    fn push_count(&mut self, count: Option<u64>) {
        // No sweep has 2⁶³ scenarios.
        self.push(count.map(|count| count as i64), |values| match values {
            Values::Counts(counts) => Some(counts),
            _ => None,
        });
    }

    fn push_number(&mut self, number: Option<f64>) {
        match &self.values {
            Values::Texts(_) => self.push_text(&number.map_or_else(String::new, |number| number.to_string())),
            _ => self.push(number, |values| match values {
                Values::Numbers(numbers) => Some(numbers),
                _ => None,
            }),
        }
    }

    fn push_text(&mut self, text: &str) {
        self.push((!text.is_empty()).then(|| ByteArray::from(text)), |values| match values {
            Values::Texts(texts) => Some(texts),
            _ => None,
        });
    }

    /// Adds a cell; none where the column is of another kind.
    fn push<T>(&mut self, value: Option<T>, list: impl FnOnce(&mut Values) -> Option<&mut Vec<T>>) {
        let value = value.zip(list(&mut self.values));
        self.there.push(i16::from(value.is_some()));
        if let Some((value, list)) = value {
            list.push(value);
        }
    }

    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let there = Some(&self.there[..]);
        match &mut self.values {
            Values::Counts(counts) => {
                column.typed::<Int64Type>().write_batch(counts, there, None)?;
                counts.clear();
            }
            Values::Numbers(numbers) => {
                column.typed::<DoubleType>().write_batch(numbers, there, None)?;
                numbers.clear();
            }
            Values::Texts(texts) => {
                column.typed::<ByteArrayType>().write_batch(texts, there, None)?;
                texts.clear();
            }
        }
        self.there.clear();
        column.close()
    }
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.kind {
        ColumnKind::Count => (PhysicalType::INT64, None),
        ColumnKind::Number => (PhysicalType::DOUBLE, None),
        ColumnKind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let field = Type::primitive_type_builder(&column.name, physical);
    field.with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build().map(Arc::new)
}

/// The writer's own error, or the one that Parquet found.
pub(crate) fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::results::Rows;
    use crate::results::{encode, fixture, number_columns};

    fn written(columns: &ResultColumns, blocks: &[Vec<u8>]) -> Vec<u8> {
        let mut file = ParquetWriter::new(Vec::new(), columns).unwrap();
        blocks.iter().for_each(|block| file.write_block(block).unwrap());
        file.finish().unwrap()
    }

    /// Mutation it catches: a cell in the wrong column, a null written as a number, a bit lost.
    #[test]
    fn the_reader_finds_every_cell() {
        let rows = fixture::rows();
        let columns = ResultColumns::new(&fixture::inputs(), false);
        let bytes = written(&columns, &[encode(&rows)]);
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let payload = encode(&rows);
        let (mut decoded, mut expected) = (Rows::new(&payload).unwrap(), ResultRow::default());
        let mut count = 0;
        for found in file.get_row_iter(None).unwrap() {
            let found = found.unwrap();
            assert!(decoded.read(&mut expected).unwrap());
            count += 1;
            let cell = |name: &str| found.get_column_iter().find(|(n, _)| *n == name).unwrap().1.clone();
            assert_eq!(cell("index"), Field::Long(expected.index as i64));
            assert_eq!(cell("replicate"), Field::Long(i64::from(expected.place.replicate)));
            assert_eq!(cell("status"), Field::Str(expected.status.name().into()));
            assert_eq!(cell("dispatch.strategy"), Field::Str(expected.inputs[1].to_string()));
            for column in number_columns() {
                match (cell(column.name), expected.number(column.name)) {
                    (Field::Double(found), Some(number)) => assert_eq!(found.to_bits(), number.to_bits()),
                    (Field::Null, None) => {}
                    (found, number) => panic!("{}: {found:?} {number:?}", column.name),
                }
            }
        }
        assert_eq!(count, rows.len());
    }

    #[test]
    fn blocks_leave_no_trace() {
        let rows: Vec<_> = (0..9_000_u64).map(|i| fixture::plain_row(i, i, 0, i as f64)).collect();
        let columns = ResultColumns::new(&fixture::inputs(), true);
        let whole = written(&columns, &[encode(&rows)]);
        let cut: Vec<Vec<u8>> = rows.chunks(701).map(encode).collect();
        assert!(whole == written(&columns, &cut));
        let file = SerializedFileReader::new(bytes::Bytes::from(whole)).unwrap();
        let groups = file.metadata().row_groups().iter().map(|group| group.num_rows());
        assert_eq!(groups.collect::<Vec<_>>(), [8_192, 808]);
        assert_eq!(file.metadata().file_metadata().created_by(), Some("microgrid"));
        // A sweep of no rows is a file too.
        assert!(SerializedFileReader::new(bytes::Bytes::from(written(&columns, &[]))).is_ok());
    }
}
