//! What a folder of results is of: all that its rows depend on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use microgrid_core::{Problem, Problems};
use microgrid_sweep::Source;
use serde::{Deserialize, Serialize};

use super::Numbering;
use super::store::cannot_read;

/// Largest manifest that is read, in bytes; a usual one has a few thousand.
const MOST_BYTES: u64 = 64 << 20;

/// All that the rows of a sweep depend on. Two folders with equal manifests hold rows of one sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name and version of the program.
    pub code: String,
    /// Features of the program that stand in its results, sorted.
    pub features: Vec<String>,
    /// What the sweep was asked to do beside running, such as `bound`, by name.
    pub options: BTreeMap<String, String>,
    /// How scenarios are cut into blocks.
    pub numbering: Numbering,
    /// Whether samples are independent of each other; else only replicates are.
    pub samples_are_independent: bool,
    /// The fields that the sweep sets.
    pub fields: Vec<Field>,
    /// Hash of each input by its name, as 16 hexadecimal digits.
    pub inputs: BTreeMap<String, String>,
}

/// A field that the sweep sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its path.
    pub field: String,
    /// Whether its values are numbers; else they are texts.
    pub is_number: bool,
}

impl Manifest {
    /// The name of its file in a folder of results.
    pub const NAME: &str = "manifest.json";

    /// The manifest of a folder of results; `None` where it has none.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged, with what to do about it: the blocks do not depend on it.
    pub fn read(folder: &Path) -> Result<Option<Self>, Problems> {
        let path = folder.join(Self::NAME);
        let damaged = |message: &str| {
            Problem::new(path.display().to_string(), message.to_owned()).hint(
                "delete this file and run the sweep again with --out and --resume: every block that is whole is kept",
            )
        };
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Ok(about) if !about.is_file() => return Err(damaged("is no regular file").into()),
            _ => {}
        }
        let mut text = String::new();
        let file = File::open(&path).map_err(|error| cannot_read(&path, &error))?;
        match file.take(MOST_BYTES).read_to_string(&mut text) {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(damaged("is not a sweep's manifest").value(error).into());
            }
            read => read.map_err(|error| cannot_read(&path, &error))?,
        };
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| damaged("is not a sweep's manifest").value(error))?;
        if manifest.numbering.block == 0 || manifest.numbering.points == 0 {
            return Err(damaged("has a numbering that no sweep has").into());
        }
        Ok(Some(manifest))
    }

    /// Requires `rows`, the number of rows in a table of the results, to be what the sweep has: all of its scenarios, or,
    /// where a rule ended it early, as many as some of its blocks.
    ///
    /// # Errors
    /// Another number.
    pub fn require_rows(&self, rows: u64) -> Result<(), Problems> {
        let Numbering { scenarios, block, .. } = self.numbering;
        let may_end_early = self.options.get("stop").is_some_and(|rule| rule != "none");
        if rows == scenarios || may_end_early && rows < scenarios && rows > 0 && rows.is_multiple_of(block) {
            return Ok(());
        }
        let problem = Problem::new("", "has not the rows that the manifest beside it tells of").value(rows);
        let problem = problem.allowed(scenarios.to_string());
        Err(problem.hint("run the sweep again with --resume: it writes its tables anew").into())
    }

    /// The manifest of a source run by this version.
    #[must_use]
    pub fn of(source: &dyn Source) -> Self {
        let field = |input: &microgrid_sweep::Input| Field { field: input.field.clone(), is_number: input.is_number };
        Self {
            code: concat!("microgrid ", env!("CARGO_PKG_VERSION")).into(),
            features: Vec::new(),
            options: BTreeMap::new(),
            numbering: Numbering::of(source),
            samples_are_independent: source.samples_are_independent(),
            fields: source.inputs().iter().map(field).collect(),
            inputs: source.fingerprint().into_iter().map(|(name, hash)| (name, format!("{hash:016x}"))).collect(),
        }
    }

    /// The fields that the sweep sets, as the source named them.
    #[must_use]
    pub fn inputs(&self) -> Vec<microgrid_sweep::Input> {
        let input = |field: &Field| microgrid_sweep::Input { field: field.field.clone(), is_number: field.is_number };
        self.fields.iter().map(input).collect()
    }

    /// Requires `self`, found in a folder, to be `asked`.
    ///
    /// # Errors
    /// Everything that differs, by name.
    pub fn require(&self, asked: &Self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        differ(&mut problems, "the program", Some(&self.code), Some(&asked.code));
        let features = |manifest: &Self| manifest.features.join(", ");
        differ(&mut problems, "the program's features", Some(&features(self)), Some(&features(asked)));
        differ_by_name(&mut problems, "option ", &self.options, &asked.options);
        differ_by_name(&mut problems, "", &self.inputs, &asked.inputs);
        if problems.is_empty() && self != asked {
            // Fields and numbers follow from the inputs, so only a manifest edited by hand gets here.
            problems.push(Problem::new("manifest.json", "does not belong to its inputs"));
        }
        problems.or_else(|| ())
    }

    /// A hash that marks the blocks of this sweep.
    #[must_use]
    pub fn identity(&self) -> u64 {
        super::block_file::checksum(0, self.to_json().as_bytes())
    }

    pub(crate) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a manifest has texts and whole numbers only");
        text + "\n"
    }
}

fn differ(problems: &mut Problems, name: &str, found: Option<&String>, asked: Option<&String>) {
    let message = match (found, asked) {
        (Some(found), Some(asked)) if found == asked => return,
        (Some(_), Some(_)) => "has changed since the folder was begun",
        (Some(_), None) => "is gone since the folder was begun",
        (None, _) => "is new since the folder was begun",
    };
    let shown = |text: Option<&String>| text.map_or("none", String::as_str).to_owned();
    let problem = Problem::new(name, message).value(shown(asked)).allowed(shown(found));
    problems.push(problem.hint("name another folder, or bring back what has changed"));
}

fn differ_by_name(
    problems: &mut Problems,
    kind: &str,
    found: &BTreeMap<String, String>,
    asked: &BTreeMap<String, String>,
) {
    let new = asked.keys().filter(|name| !found.contains_key(*name));
    for name in found.keys().chain(new) {
        differ(problems, &format!("{kind}{name}"), found.get(name), asked.get(name));
    }
}
