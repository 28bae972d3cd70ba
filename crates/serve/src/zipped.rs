//! A designed folder as one file.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use microgrid::io::DesignFolder;
use microgrid::{Problem, Problems};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Largest sum of a folder's files.
const BYTES_MOST: u64 = 64 << 20;

/// The scenario with the sizes found, its design and its data, as a ZIP file; the same bytes each time.
pub(crate) fn zipped(path: &Path, folder: &DesignFolder, values: &[f64]) -> Result<Vec<u8>, Problems> {
    let cannot = |error: &dyn std::fmt::Display| Problem::new("download", "cannot be made").value(error);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| -> Result<(), Problems> {
        file.start_file(name, options).map_err(|error| cannot(&error))?;
        file.write_all(bytes).map_err(|error| cannot(&error))?;
        Ok(())
    };
    add("scenario.toml", folder.text_with(values).as_bytes())?;
    let mut left = BYTES_MOST;
    for name in folder.data_files()? {
        let mut bytes = Vec::new();
        let read = fs::File::open(path.join(&name)).and_then(|file| file.take(left + 1).read_to_end(&mut bytes));
        read.map_err(|error| cannot(&error))?;
        let size = bytes.len() as u64;
        if size > left {
            let problem = Problem::new("download", "the folder's files are too large").allowed("64 MiB");
            return Err(problem.hint("use `microgrid design FOLDER --out DESIGNED`").into());
        }
        left -= size;
        add(&name.to_string_lossy().replace('\\', "/"), &bytes)?;
    }
    Ok(file.finish().map_err(|error| cannot(&error))?.into_inner())
}
