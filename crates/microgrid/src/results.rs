//! What a sweep found: its rows in files, their sums, paired comparisons and pictures.

use std::fs::{self, File};
use std::io;
#[cfg(feature = "runner")]
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use microgrid_core::{Problem, Problems};
#[cfg(feature = "runner")]
use microgrid_runner::sweep::Manifest;

pub use microgrid_report::results::*;

/// `results.csv` of a sweep, to be read as often as is asked.
#[derive(Debug, Clone)]
pub struct ResultsFile {
    path: PathBuf,
    columns: ResultColumns,
}

impl ResultsFile {
    /// Opens a `.csv` file, or `results.csv` in a folder. Where the manifest of a sweep lies beside it, it must have the rows
    /// that the manifest tells of, each once and in their order.
    ///
    /// # Errors
    /// A file that cannot be read, is no result of a sweep, or was cut, doubled or put in another order since it was written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Problems> {
        let path = path.as_ref();
        let path = if path.is_dir() { path.join("results.csv") } else { path.to_owned() };
        let failed = |error: io::Error| Problem::new(path.display(), error.to_string());
        if fs::metadata(&path).map_err(failed)?.is_file() {
            let columns = File::open(&path).and_then(CsvResults::new).map(|results| results.columns().clone());
            let results = Self { columns: columns.map_err(failed)?, path };
            #[cfg(feature = "runner")]
            results.check()?;
            return Ok(results);
        }
        Err(Problem::new(path.display(), "is no regular file").into())
    }

    /// Checks the rows against the manifest beside them, where it is.
    #[cfg(feature = "runner")]
    fn check(&self) -> Result<(), Problems> {
        let is_named = self.path.file_name().is_some_and(|name| name == "results.csv");
        let folder = self.path.parent().filter(|folder| is_named && !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let Some(manifest) = (if is_named { Manifest::read(folder)? } else { None }) else { return Ok(()) };
        let problem = |message: &str| Problem::new(self.path.display(), message.to_owned());
        let again = "run the sweep again with --resume: it writes its tables anew";
        let (mut rows, mut stray) = (0, None);
        let read = self.read(&mut |row| {
            if row.index != rows && stray.is_none() {
                stray = Some((rows, row.index));
            }
            rows += 1;
        });
        read.map_err(|error| problem(&error.to_string()).hint(again))?;
        if let Some((wanted, found)) = stray {
            let problem = problem("has a row out of order, twice, or without the ones before it");
            return Err(problem
                .value(format!("scenario {found}"))
                .allowed(format!("scenario {wanted}"))
                .hint(again)
                .into());
        }
        manifest.require_rows(rows).map_err(|mut problems| {
            problems.iter_mut().for_each(|problem| problem.field = self.path.display().to_string());
            problems
        })?;
        // A number cut in its last digits is still a number.
        let mut last = [0];
        let ended = File::open(&self.path)
            .and_then(|mut file| file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)));
        match ended {
            Ok(()) if last == *b"\n" => Ok(()),
            _ => Err(problem("ends in the middle of a line").hint(again).into()),
        }
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
