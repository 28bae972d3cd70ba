//! A run's trace as Parquet: the columns of its CSV, for tools that read columns.
//!
//! The same trace makes the same bytes: nothing in the file says when or by which build it was written.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::Trace;
use crate::results::failed;

/// Rows of a row group.
const GROUP: usize = 65_536;

impl Trace {
    /// Writes the columns of [`Trace::write_csv`] as Parquet: `time`, `why` and `limit` as text, the others as doubles;
    /// `stored_value_per_kwh` is null where the strategy has none.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn write_parquet(&self, writer: impl Write + Send) -> io::Result<()> {
        self.write(writer).map_err(failed)
    }

    fn write(&self, writer: impl Write + Send) -> Result<(), ParquetError> {
        let columns = self.columns();
        let numbers = columns.iter().map(|(name, _)| field(name, PhysicalType::DOUBLE, Repetition::REQUIRED));
        let text = |name| std::iter::once(field(name, PhysicalType::BYTE_ARRAY, Repetition::REQUIRED));
        let value = std::iter::once(field("stored_value_per_kwh", PhysicalType::DOUBLE, Repetition::OPTIONAL));
        let fields = text("time").chain(numbers).chain(text("why")).chain(text("limit")).chain(value);
        let schema = Type::group_type_builder("trace").with_fields(fields.collect::<Result<_, _>>()?).build()?;
        let properties = WriterProperties::builder()
            .set_created_by("microgrid".into())
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(true);
        let mut file = SerializedFileWriter::new(writer, Arc::new(schema), Arc::new(properties.build()))?;
        for start in (0..self.steps()).step_by(GROUP) {
            let rows = start..(start + GROUP).min(self.steps());
            let mut group = file.next_row_group()?;
            let mut texts = |texts: &mut dyn Iterator<Item = &str>| -> Result<(), ParquetError> {
                let Some(mut column) = group.next_column()? else { return Ok(()) };
                let cells: Vec<ByteArray> = texts.map(ByteArray::from).collect();
                column.typed::<ByteArrayType>().write_batch(&cells, None, None)?;
                column.close()
            };
            texts(&mut self.time[rows.clone()].iter().map(String::as_str))?;
            for (_, values) in &columns {
                let Some(mut column) = group.next_column()? else { break };
                let cells: Vec<f64> = values[rows.clone()].iter().map(|value| value + 0.0).collect();
                column.typed::<DoubleType>().write_batch(&cells, None, None)?;
                column.close()?;
            }
            for names in [&self.why, &self.limit] {
                let Some(mut column) = group.next_column()? else { break };
                let cells: Vec<ByteArray> = names[rows.clone()].iter().map(|name| ByteArray::from(*name)).collect();
                column.typed::<ByteArrayType>().write_batch(&cells, None, None)?;
                column.close()?;
            }
            if let Some(mut column) = group.next_column()? {
                let values = &self.stored_value_per_kwh[rows];
                let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                let cells: Vec<f64> = values.iter().flatten().map(|value| value + 0.0).collect();
                column.typed::<DoubleType>().write_batch(&cells, Some(&there), None)?;
                column.close()?;
            }
            group.close()?;
        }
        file.close().map(|_| ())
    }
}

fn field(name: &str, physical: PhysicalType, repetition: Repetition) -> Result<TypePtr, ParquetError> {
    let logical = (physical == PhysicalType::BYTE_ARRAY).then_some(LogicalType::String);
    let field = Type::primitive_type_builder(name, physical);
    field.with_repetition(repetition).with_logical_type(logical).build().map(Arc::new)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use crate::fixture;

    /// Mutation it catches: a column left out or in another's place, a null written as a number.
    #[test]
    fn the_reader_finds_every_cell_of_the_csv() {
        let mut trace = fixture::trace(3600, 2);
        trace.stored_value_per_kwh[3] = Some(0.25);
        let (mut bytes, mut csv_bytes) = (Vec::new(), Vec::new());
        trace.write_parquet(&mut bytes).unwrap();
        trace.write_csv(&mut csv_bytes).unwrap();
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let mut csv = csv::Reader::from_reader(csv_bytes.as_slice());
        let heads: Vec<String> = csv.headers().unwrap().iter().map(Into::into).collect();
        let mut rows = 0;
        for (found, wanted) in file.get_row_iter(None).unwrap().zip(csv.records()) {
            let (found, wanted) = (found.unwrap(), wanted.unwrap());
            let names: Vec<&String> = found.get_column_iter().map(|(name, _)| name).collect();
            assert_eq!(names, heads.iter().collect::<Vec<_>>());
            for ((_, cell), wanted) in found.get_column_iter().zip(&wanted) {
                match cell {
                    Field::Str(text) => assert_eq!(text, wanted),
                    Field::Double(number) => assert_eq!(Ok(*number), wanted.parse()),
                    Field::Null => assert_eq!(wanted, ""),
                    other => panic!("{other:?}"),
                }
            }
            rows += 1;
        }
        assert_eq!(rows, 48);
    }
}
