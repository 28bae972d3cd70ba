//! Scenario folders.

use std::path::Path;

use microgrid_core::{Problem, Problems};
pub use microgrid_io::Loaded;

/// Reads a scenario folder with its `scenario.toml` and data files, or a `.toml` file whose folder holds its data.
///
/// # Errors
/// Every problem of a stage, each with its file and line where it has them.
pub fn load(path: impl AsRef<Path>) -> Result<Loaded, Problems> {
    let path = path.as_ref();
    // A data file read as TOML would be refused with an error for every line; its name says it at once.
    if path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
        let problem = Problem::new("", "is not a scenario").value(path.display());
        return Err(problem.hint("name a folder with a scenario.toml, or a .toml file").into());
    }
    microgrid_io::read_folder(path)
}

/// The JSON Schema of `scenario.toml`, indented, ending in a line feed.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", microgrid_io::schema())
}
