//! Files that are read once and known by name afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use microgrid_sweep::hash;

use crate::files::{FileFault, Files, Folder};

/// The files of a folder, kept as they were first read: a file that changes under a sweep changes no variant of it.
#[derive(Debug)]
pub(super) struct RecordedFiles {
    folder: Folder,
    read: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl RecordedFiles {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: Folder::new(folder), read: Mutex::default() }
    }

    /// Name and hash of each file read so far.
    pub(super) fn hashes(&self) -> Vec<(String, u64)> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect()
    }
}

impl Files for RecordedFiles {
    fn read(&self, name: &str) -> Result<Vec<u8>, FileFault> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = read.get(name) {
            return Ok(bytes.clone());
        }
        let bytes = self.folder.read(name)?;
        read.insert(name.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn folder(&self) -> Option<&Path> {
        self.folder.folder()
    }
}
