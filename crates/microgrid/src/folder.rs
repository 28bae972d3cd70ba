//! Scenario folders.

use std::path::Path;

use microgrid_core::{Problem, Problems};
pub use microgrid_io::{Loaded, Setting};

/// Reads a scenario folder with its `scenario.toml` and data files, or a `.toml` file whose folder holds its data.
///
/// # Errors
/// Every problem of a stage, each with its file and line where it has them.
pub fn load(path: impl AsRef<Path>) -> Result<Loaded, Problems> {
    load_with(path, &[])
}

/// As [`load`], with values that stand in for what is written.
///
/// # Errors
/// Every problem of a stage, each with its file and line where it has them, or at the setting that brings it.
pub fn load_with(path: impl AsRef<Path>, settings: &[Setting]) -> Result<Loaded, Problems> {
    let path = path.as_ref();
    // A data file read as TOML would be refused with an error for every line; its name says it at once.
    if path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
        let problem = Problem::new("", "is not a scenario").value(path.display());
        return Err(problem.hint("name a folder with a scenario.toml, or a .toml file").into());
    }
    microgrid_io::read_folder_with(path, settings)
}

/// The JSON Schema of `scenario.toml`, indented, ending in a line feed.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", microgrid_io::schema())
}

/// The JSON Schema of `design.toml`, indented, ending in a line feed.
#[must_use]
pub fn design_schema() -> String {
    format!("{:#}\n", microgrid_io::design::schema())
}

/// The JSON Schema of a catalogue file, indented, ending in a line feed.
#[must_use]
pub fn catalogue_schema() -> String {
    format!("{:#}\n", microgrid_io::catalogue::schema())
}

/// The JSON Schema of a file of checks that `goal.checks` names, indented, ending in a line feed.
#[must_use]
pub fn checks_schema() -> String {
    format!("{:#}\n", microgrid_io::design::checks_schema())
}

/// The JSON Schema of `sweep.toml`, indented, ending in a line feed.
#[must_use]
pub fn sweep_schema() -> String {
    format!("{:#}\n", microgrid_io::sweep::schema())
}

/// The JSON Schema of a tariff file of our own format, indented, ending in a line feed.
#[must_use]
pub fn tariff_schema() -> String {
    format!("{:#}\n", microgrid_io::tariff::schema())
}

/// The JSON Schema of `protection.toml`, indented, ending in a line feed.
#[must_use]
pub fn protection_schema() -> String {
    format!("{:#}\n", microgrid_io::protection::protection_schema())
}

/// The JSON Schema of `network.toml`, indented, ending in a line feed.
#[must_use]
pub fn network_schema() -> String {
    format!("{:#}\n", microgrid_io::network::network_schema())
}
