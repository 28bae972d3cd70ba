//! What a sweep found: its rows in files, their sums, paired comparisons and pictures.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use microgrid_core::{Problem, Problems};

pub use microgrid_report::results::*;

/// `results.csv` of a sweep, to be read as often as is asked.
#[derive(Debug, Clone)]
pub struct ResultsFile {
    path: PathBuf,
    columns: ResultColumns,
}

impl ResultsFile {
    /// Opens a `.csv` file, or `results.csv` in a folder.
    ///
    /// # Errors
    /// A file that cannot be read, or is no result of a sweep.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Problems> {
        let path = path.as_ref();
        let path = if path.is_dir() { path.join("results.csv") } else { path.to_owned() };
        let columns = File::open(&path).and_then(CsvResults::new).map(|results| results.columns().clone());
        let columns = columns.map_err(|error| Problem::new(path.display(), error.to_string()))?;
        Ok(Self { path, columns })
    }

    /// Whether `path` is a folder with results, or a `.csv` file.
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        path.join("results.csv").is_file() || path.extension().is_some_and(|extension| extension == "csv")
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &ResultColumns {
        &self.columns
    }

    /// Shows all rows in order.
    ///
    /// # Errors
    /// A file that cannot be read, or a cell that is not as it should be.
    pub fn read(&self, see: &mut dyn FnMut(&ResultRow)) -> io::Result<()> {
        let mut results = CsvResults::new(File::open(&self.path)?)?;
        let mut row = ResultRow::default();
        while results.read(&mut row)? {
            see(&row);
        }
        Ok(())
    }
}
