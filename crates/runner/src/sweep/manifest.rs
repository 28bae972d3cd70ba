//! What a folder of results is of: all that its rows depend on.

use std::collections::BTreeMap;

use microgrid_core::{Problem, Problems};
use microgrid_sweep::Source;
use serde::{Deserialize, Serialize};

use super::Numbering;

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
