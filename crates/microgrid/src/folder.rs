//! Scenario folders.

use std::path::Path;

use microgrid_core::Problems;
pub use microgrid_io::Loaded;

/// Reads a scenario folder with its `scenario.toml` and data files, or a `.toml` file whose folder holds its data.
///
/// # Errors
/// Every problem of a stage, each with its file and line where it has them.
pub fn load(path: impl AsRef<Path>) -> Result<Loaded, Problems> {
    microgrid_io::read_folder(path)
}

/// The JSON Schema of `scenario.toml`, indented, ending in a line feed.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", microgrid_io::schema())
}
