//! Rows as bytes: what the store of a running sweep keeps of a block.
//!
//! # Model
//! A payload is one part or several, one behind the other. A part is a format byte, the number of rows (4 bytes) and the
//! rows one behind the other, all numbers least byte first. A row is its index, sample, replicate and point, its status, its message, its inputs, and where it has an
//! outcome its texts, a mask of the numbers that are there, and these numbers' bits. A text stands behind its length.
//! The store guards payloads by a checksum; what is checked here is that a payload has this form.

use std::io;

use microgrid_core::simulation::Status;
use microgrid_sweep::{Place, Row, RowFault, Value};

use super::columns::{COUNT, NUMBERS, TEXTS};
use super::{ResultRow, ResultStatus};

/// Changes with the form above and with the list of columns.
const FORMAT: u8 = 1;

// The mask of the numbers is one word.
const _: () = assert!(COUNT <= 64);

/// The rows of a block as bytes, which [`Rows`] reads.
#[must_use]
pub fn encode(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5 + rows.len() * 640);
    bytes.push(FORMAT);
    bytes.extend((rows.len() as u32).to_le_bytes());
    for row in rows {
        encode_row(&mut bytes, row);
    }
    bytes
}

fn encode_row(bytes: &mut Vec<u8>, row: &Row) {
    let (status, message) = match &row.result {
        Ok(outcome) => {
            let status = match outcome.status {
                Status::Completed => ResultStatus::Completed,
                Status::Fault { .. } => ResultStatus::Fault,
                Status::Unsolved { .. } => ResultStatus::Unsolved,
            };
            (status, String::new())
        }
        Err(RowFault::Refused(problems)) => {
            (ResultStatus::Refused, problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Err(RowFault::Panicked(message)) => (ResultStatus::Panicked, message.clone()),
    };
    bytes.extend(row.index.to_le_bytes());
    bytes.extend(row.place.sample.to_le_bytes());
    bytes.extend(row.place.replicate.to_le_bytes());
    bytes.extend(row.place.point.to_le_bytes());
    bytes.push(status as u8);
    encode_text(bytes, &message);
    bytes.extend((row.inputs.len() as u32).to_le_bytes());
    for input in &row.inputs {
        match input {
            Value::Number(number) => {
                bytes.push(0);
                bytes.extend(number.to_le_bytes());
            }
            Value::Text(text) => {
                bytes.push(1);
                encode_text(bytes, text);
            }
        }
    }
    let Ok(outcome) = &row.result else { return };
    for (_, text) in TEXTS {
        encode_text(bytes, text(outcome));
    }
    let mut numbers = [0; 8 * COUNT];
    let (mut mask, mut length) = (0_u64, 0);
    for (i, column) in NUMBERS.iter().enumerate() {
        if let Some(number) = column.of(outcome) {
            mask |= 1 << i;
            numbers[length..length + 8].copy_from_slice(&number.to_le_bytes());
            length += 8;
        }
    }
    bytes.extend(mask.to_le_bytes());
    bytes.extend(&numbers[..length]);
}

fn encode_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Reads the rows of a payload, one at a time.
#[derive(Debug)]
pub struct Rows<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Rows<'a> {
    /// The rows of what [`encode`] made, once or several times.
    ///
    /// # Errors
    /// That the bytes are no such payload.
    pub fn new(payload: &'a [u8]) -> io::Result<Self> {
        let mut rows = Self { rest: payload, left: 0 };
        rows.begin_part()?;
        Ok(rows)
    }

    fn begin_part(&mut self) -> io::Result<()> {
        if self.take::<1>()? != [FORMAT] {
            return Err(damaged("a block of results is of another version"));
        }
        self.left = u32::from_le_bytes(self.take()?);
        Ok(())
    }

    /// Reads the next row into `row`; `false` behind the last one.
    ///
    /// # Errors
    /// That the payload is damaged.
    pub fn read(&mut self, row: &mut ResultRow) -> io::Result<bool> {
        while self.left == 0 {
            if self.rest.is_empty() {
                return Ok(false);
            }
            self.begin_part()?;
        }
        self.left -= 1;
        row.clear();
        row.index = u64::from_le_bytes(self.take()?);
        row.place = Place {
            sample: u64::from_le_bytes(self.take()?),
            replicate: u32::from_le_bytes(self.take()?),
            point: u64::from_le_bytes(self.take()?),
        };
        let [status] = self.take()?;
        row.status = *ResultStatus::ALL.get(usize::from(status)).ok_or_else(|| damaged("a row has no known status"))?;
        row.message.push_str(self.take_text()?);
        for _ in 0..u32::from_le_bytes(self.take()?) {
            row.inputs.push(match self.take()? {
                [0] => Value::Number(f64::from_le_bytes(self.take()?)),
                [1] => Value::from(self.take_text()?),
                _ => return Err(damaged("an input is neither a number nor a text")),
            });
        }
        if row.status.has_outcome() {
            for text in &mut row.texts {
                text.push_str(self.take_text()?);
            }
            let mask = u64::from_le_bytes(self.take()?);
            for (i, number) in row.numbers.iter_mut().enumerate() {
                if mask >> i & 1 == 1 {
                    *number = Some(f64::from_le_bytes(self.take()?));
                }
            }
        }
        Ok(true)
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk().ok_or_else(|| damaged("a block of results is cut off"))?;
        self.rest = rest;
        Ok(*first)
    }

    fn take_text(&mut self) -> io::Result<&'a str> {
        let length = u32::from_le_bytes(self.take()?) as usize;
        let (text, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| damaged("a block of results is cut off"))?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| damaged("a text in a block of results is no UTF-8"))
    }
}

/// Shows the rows of a payload in order.
///
/// # Errors
/// That the bytes are not what [`encode`] makes.
pub fn read_block(payload: &[u8], see: &mut dyn FnMut(&ResultRow)) -> io::Result<()> {
    try_each_row(payload, |row| {
        see(row);
        Ok(())
    })
}

/// Hands on the rows of a payload in order, up to the first error.
pub(crate) fn try_each_row(payload: &[u8], mut take: impl FnMut(&ResultRow) -> io::Result<()>) -> io::Result<()> {
    let (mut rows, mut row) = (Rows::new(payload)?, ResultRow::default());
    while rows.read(&mut row)? {
        take(&row)?;
    }
    Ok(())
}

pub(crate) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;

    #[test]
    fn every_field_and_bit_comes_back() {
        let rows = fixture::rows();
        let payload = encode(&rows);
        let (mut decoded, mut back) = (Rows::new(&payload).unwrap(), ResultRow::default());
        for row in &rows {
            assert!(decoded.read(&mut back).unwrap());
            assert_eq!((back.index, back.place), (row.index, row.place));
            assert_eq!(format!("{:?}", back.inputs), format!("{:?}", row.inputs));
            assert_eq!(back.status.has_outcome(), row.result.is_ok());
            match &row.result {
                Ok(outcome) => {
                    for column in NUMBERS {
                        let bits = |number: Option<f64>| number.map(f64::to_bits);
                        assert_eq!(bits(back.number(column.name)), bits(column.of(outcome)), "{}", column.name);
                    }
                    assert_eq!(back.text("strategy"), outcome.strategy);
                    assert_eq!(back.text("currency"), outcome.money.currency);
                    assert!(back.message.is_empty());
                }
                Err(RowFault::Panicked(message)) => assert_eq!(&back.message, message),
                Err(RowFault::Refused(problems)) => {
                    assert_eq!(back.message, problems.to_string().replace('\n', "; "));
                    assert_eq!(back.number("objective"), None);
                }
            }
        }
        assert!(!decoded.read(&mut back).unwrap());
    }

    #[test]
    fn parts_one_behind_the_other_read_as_one() {
        let rows = fixture::rows();
        let parts = [encode(&rows[..2]), encode(&[]), encode(&rows[2..])].concat();
        let read = |payload: &[u8]| {
            let mut indices = Vec::new();
            read_block(payload, &mut |row| indices.push((row.index, row.numbers.map(|n| n.map(f64::to_bits)))))
                .unwrap();
            indices
        };
        assert_eq!(read(&parts), read(&encode(&rows)));
    }

    /// Mutation it catches: a length trusted, so that a damaged payload panics or reads on.
    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let payload = encode(&fixture::rows());
        let read = |bytes: &[u8]| {
            let (mut rows, mut row) = (Rows::new(bytes)?, ResultRow::default());
            while rows.read(&mut row)? {}
            Ok::<(), io::Error>(())
        };
        for length in 0..payload.len() {
            assert!(read(&payload[..length]).is_err(), "cut to {length} bytes");
        }
        for at in 0..payload.len() {
            let mut bytes = payload.clone();
            bytes[at] ^= 0xff;
            let _ = read(&bytes); // A changed number is the checksum's to find.
        }
        let mut longer = payload.clone();
        longer.push(0);
        assert!(read(&longer).is_err());
        let mut other = payload;
        other[0] = 0;
        assert!(read(&other).unwrap_err().to_string().contains("version"));
    }
}
