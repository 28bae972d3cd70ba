//! OpenDSS scripts: the part of them that describes a circuit of lines, transformers, capacitors and loads behind one source.
//!
//! Understood are the classes Circuit and Vsource, LineCode, Line (by line code, sequence values or matrices), Transformer
//! (two or three windings, wye and delta, regulators of one phase with their taps as written), Load (models 1, 2, 4 with whole exponents, 5 and 8),
//! Capacitor and RegControl (held: its transformer keeps its tap); the commands Clear, New, Edit, More, Set, Redirect and
//! Compile, `Class.Name.Property=…`, and arithmetic in values. What draws, shows, exports or solves is left out, and so are
//! meters, monitors, shapes and protection, which have no part in one flow: the notes say so. Everything else is refused by
//! name, with its line.

mod branches;
mod build;
mod object;
mod script;
mod value;

use std::path::Path;

use microgrid_core::distribution::unbalanced::PhaseNetwork;
use microgrid_core::{Problem, Problems};

use crate::files::{Files, Folder};
use crate::scenario::scenario_text;

/// A three-phase network made of another tool's file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedPhases {
    /// The network, checked.
    pub network: PhaseNetwork,
    /// What was left out without harm.
    pub notes: Vec<String>,
}

/// Reads an OpenDSS script and the files that it redirects to, which are in its folder.
///
/// # Errors
/// Every command, class, property and value that is not understood, with its file and line; what
/// [`PhaseFeeder::compile`](microgrid_core::distribution::unbalanced::PhaseFeeder::compile) refuses.
pub fn read_opendss(path: impl AsRef<Path>) -> Result<ImportedPhases, Problems> {
    let path = path.as_ref();
    if path.is_dir() {
        return Err(Problem::new("", "is a folder")
            .hint("name the script itself")
            .at(path.display().to_string(), None)
            .into());
    }
    let (name, text, folder) = scenario_text(path, "")?;
    import_opendss(&text, &name, &Folder::new(folder))
}

/// Makes a network of the text of an OpenDSS script, which messages call `file`; others are found in `files`.
///
/// # Errors
/// As [`read_opendss`].
pub fn import_opendss(text: &str, file: &str, files: &dyn Files) -> Result<ImportedPhases, Problems> {
    let mut reading = script::Script::new(files);
    reading.read(file, text, 0);
    let (circuit, problems) = reading.finish();
    if !problems.is_empty() {
        return Err(problems);
    }
    build::network(&circuit, file)
}
