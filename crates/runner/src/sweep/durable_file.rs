//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file being written under another name. [`DurableFile::keep`] gives it its own name once its bytes are on the disk;
/// dropped before, it leaves nothing.
#[derive(Debug)]
pub struct DurableFile {
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
}

impl DurableFile {
    /// Begins the file at `path`. `writer` is who writes it, so that two at once do not write one temporary file.
    ///
    /// # Errors
    /// What the operating system says of the folder.
    pub fn create(path: &Path, writer: &str) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{writer}.tmp"));
        let temporary = path.with_file_name(name);
        let file = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
        Ok(Self { path: path.to_owned(), temporary, file })
    }

    /// Syncs the file, gives it its name, and syncs its folder.
    ///
    /// # Errors
    /// What the operating system says, a full disk among it. A file that had the name before is untouched then.
    pub fn keep(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Write for DurableFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for DurableFile {
    fn drop(&mut self) {
        // Gone already where it was kept; elsewhere of no use, and harmless where it cannot be removed.
        let _ = fs::remove_file(&self.temporary);
    }
}
