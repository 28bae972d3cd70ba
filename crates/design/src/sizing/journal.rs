//! What was planned already, kept in a file: a design that was killed goes on where it stood, and comes to the same answer.
//!
//! # Model
//! A search is a function of its task alone, so that it need not be kept itself: run again, it asks for the same evaluations in the
//! same order, and those that the journal has cost nothing. An entry's key is a 128-bit digest (FNV-1a, Fowler, Noll, Vo) of all that
//! its numbers depend on, this library's version among them; whatever differs is another key. The file is a head and then
//! entries: key, count, numbers as the bits of `f64`, and a digest of these, all little-endian. What is torn at its end is cut off.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The head of a file.
const HEAD: &[u8] = b"microgrid design journal 1\n";

/// Most numbers of an entry: a year of quarter hours with a few paths. What claims more is torn.
const NUMBERS_MOST: usize = 1 << 22;

/// A digest of whatever an evaluation depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u128);

impl Digest {
    /// The digest of nothing but this library's version and what the entry is of.
    #[must_use]
    pub fn of(what: &str) -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d).text(env!("CARGO_PKG_VERSION")).text(what)
    }

    /// With a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes()).number(text.len() as f64)
    }

    /// With a number, by its bits.
    #[must_use]
    pub fn number(self, number: f64) -> Self {
        self.bytes(&number.to_bits().to_le_bytes())
    }

    /// With numbers and how many they are.
    #[must_use]
    pub fn numbers(self, numbers: &[f64]) -> Self {
        numbers.iter().fold(self.number(numbers.len() as f64), |digest, number| digest.number(*number))
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        Self(bytes.iter().fold(self.0, |digest, byte| (digest ^ u128::from(*byte)).wrapping_mul(PRIME)))
    }
}

/// A journal; clones are the same one.
#[derive(Debug, Clone)]
pub struct Journal(Arc<Mutex<Entries>>);

#[derive(Debug)]
struct Entries {
    known: HashMap<u128, Vec<f64>>,
    file: File,
    /// What could not be written, once.
    fault: Option<io::Error>,
    recalled: usize,
    kept: usize,
}

impl Journal {
    /// Opens a journal, or makes it.
    ///
    /// # Errors
    /// A file that cannot be read and written, or that is something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        // Two at once would cut off each other's entries.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "another program has it open"));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if !bytes.starts_with(&HEAD[..bytes.len().min(HEAD.len())]) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "is no journal of a design"));
        }
        let (mut known, mut end) = (HashMap::new(), HEAD.len());
        while let Some((key, numbers, next)) = bytes.get(end..).and_then(entry).map(|(k, n, size)| (k, n, end + size)) {
            known.insert(key, numbers);
            end = next;
        }
        if bytes.len() < HEAD.len() {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(HEAD)?;
        } else {
            file.set_len(end as u64)?;
            file.seek(SeekFrom::Start(end as u64))?;
        }
        Ok(Self(Arc::new(Mutex::new(Entries { known, file, fault: None, recalled: 0, kept: 0 }))))
    }

    /// The numbers of a key, where it has them.
    #[must_use]
    pub fn recall(&self, key: Digest) -> Option<Vec<f64>> {
        let mut entries = self.entries();
        let found = entries.known.get(&key.0).cloned();
        entries.recalled += usize::from(found.is_some());
        found
    }

    /// Keeps the numbers of a key. A fault of the file is kept for [`Journal::finish`]: the design goes on without it.
    pub fn keep(&self, key: Digest, numbers: &[f64]) {
        let mut bytes = Vec::with_capacity(36 + 8 * numbers.len());
        bytes.extend(key.0.to_le_bytes());
        bytes.extend((numbers.len() as u64).to_le_bytes());
        numbers.iter().for_each(|number| bytes.extend(number.to_bits().to_le_bytes()));
        bytes.extend(Digest::of("entry").bytes(&bytes).0.to_le_bytes());
        let mut entries = self.entries();
        if entries.fault.is_none() && numbers.len() <= NUMBERS_MOST {
            // One write, so that a kill tears no more than the last entry.
            if let Err(error) = entries.file.write_all(&bytes) {
                entries.fault = Some(error);
            }
        }
        entries.kept += 1;
        entries.known.insert(key.0, numbers.to_vec());
    }

    /// How many entries were recalled and how many were made since it was opened.
    ///
    /// # Errors
    /// The first entry that could not be written.
    pub fn finish(&self) -> io::Result<(usize, usize)> {
        let mut entries = self.entries();
        match entries.fault.take() {
            Some(error) => Err(error),
            None => Ok((entries.recalled, entries.kept)),
        }
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry at the beginning of some bytes, and how many it takes; `None` where it is torn.
fn entry(bytes: &[u8]) -> Option<(u128, Vec<f64>, usize)> {
    let key = u128::from_le_bytes(bytes.get(..16)?.try_into().ok()?);
    let count = usize::try_from(u64::from_le_bytes(bytes.get(16..24)?.try_into().ok()?)).ok()?;
    if count > NUMBERS_MOST {
        return None;
    }
    let end = 24 + 8 * count;
    let digest = u128::from_le_bytes(bytes.get(end..end + 16)?.try_into().ok()?);
    if digest != Digest::of("entry").bytes(&bytes[..end]).0 {
        return None;
    }
    let number = |eight: &[u8]| f64::from_bits(u64::from_le_bytes(eight.try_into().unwrap_or_default()));
    Some((key, bytes[24..end].chunks(8).map(number).collect(), end + 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught: a torn entry that is read, or that hides those that are written after it.
    #[test]
    fn what_is_torn_is_cut_off_and_the_rest_stays() {
        let path = std::env::temp_dir().join(format!("microgrid-journal-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let keys: Vec<Digest> = ["a", "b", "c"].into_iter().map(Digest::of).collect();
        let journal = Journal::open(&path).unwrap();
        assert!(Journal::open(&path).is_err(), "two at once");
        journal.keep(keys[0], &[1.0, -0.0]);
        journal.keep(keys[1], &[f64::INFINITY]);
        assert_eq!((journal.recall(keys[1]), journal.recall(keys[2])), (Some(vec![f64::INFINITY]), None));
        assert_eq!(journal.finish().unwrap(), (1, 2));
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for torn in [HEAD.len() + 3, whole.len() - 1, whole.len() - 20] {
            std::fs::write(&path, &whole[..torn]).unwrap();
            let journal = Journal::open(&path).unwrap();
            assert_eq!(journal.recall(keys[1]), None);
            assert_eq!(journal.recall(keys[0]).is_some(), torn > HEAD.len() + 3);
            journal.keep(keys[2], &[3.0]);
            drop(journal);
            assert_eq!(Journal::open(&path).unwrap().recall(keys[2]), Some(vec![3.0]));
        }
        let mut broken = whole;
        broken[HEAD.len() + 30] ^= 1;
        std::fs::write(&path, &broken).unwrap();
        assert_eq!(Journal::open(&path).unwrap().recall(keys[0]), None);
        std::fs::write(&path, "name = \"a scenario\"\n").unwrap();
        assert!(Journal::open(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "name = \"a scenario\"\n");
        std::fs::remove_file(&path).unwrap();
    }
}
