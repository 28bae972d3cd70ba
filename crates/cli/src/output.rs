//! Files that a command writes: whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use microgrid::Problems;
use microgrid::runner::sweep::DurableFile;

use crate::ending::cannot_write;

/// Writes the file at `path`. It is written beside and renamed, so that what was there stays where the disk is full or the
/// process is killed; a link keeps leading where it led. What is no regular file, such as `/dev/stdout`, is written as it is.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), Problems> {
    let written = if path.exists() && !path.is_file() {
        File::create(path).and_then(|file| {
            let mut file = BufWriter::new(file);
            write(&mut file).and_then(|()| file.flush())
        })
    } else {
        let real: PathBuf = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        DurableFile::create(&real, &format!("{}.new", std::process::id())).and_then(|mut file| {
            write(&mut file)?;
            file.keep()
        })
    };
    written.map_err(|error| cannot_write(&path.display().to_string(), &error))
}
