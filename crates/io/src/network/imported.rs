//! What an import makes, and which import a file is for.

use microgrid_core::distribution::Network;
use microgrid_core::{Problem, Problems};
use serde_json::Value;

use super::{import_pandapower, import_power_grid_model};

/// A network made of another tool's file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedNetwork {
    /// The network, checked.
    pub network: Network,
    /// What was left out or changed without harm.
    pub notes: Vec<String>,
}

/// Makes a network of pandapower's or power-grid-model's JSON, told apart by what the text holds. Messages call it `file`.
///
/// # Errors
/// A text of neither; what the import of its format refuses.
pub fn import_network(text: &str, file: &str) -> Result<ImportedNetwork, Problems> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Problem::new("", format!("is not valid JSON: {error}")).at(file, None))?;
    if document.get("_object").is_some() {
        return import_pandapower(text, file);
    }
    if document.get("data").is_some() && document.get("is_batch").is_some() {
        return import_power_grid_model(text, file);
    }
    let problem = Problem::new("", "is no network that can be imported").allowed(
        "pandapower's JSON (an _object with a bus table) or power-grid-model's input (version, type, is_batch, data)",
    );
    Err(problem.at(file, None).into())
}

/// Problems of a compiled network as those of the file that it was made of.
pub(super) fn counted_in_the_file(problems: Problems, file: &str) -> Problems {
    let mut at_file = Problems::none();
    for mut problem in problems {
        problem.hint.get_or_insert_with(|| "counted in the order of the file's rows in service".into());
        at_file.push(problem.at(file, None));
    }
    at_file
}
