//! Checks of a design's outcome against what a rule of a country asks, as data: each with its source and date.

use microgrid_core::Problems;
use schemars::JsonSchema;

use crate::document::{Document, Section, json_schema};

/// What a rule asks of a site's year.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChecksFile {
    /// What the rule is called.
    pub name: String,
    /// The day that the figures are of.
    #[schemars(with = "String")]
    pub as_of: String,
    /// Where they are from.
    pub source: String,
    /// What can be checked on a run.
    pub check: Vec<CheckTable>,
    /// What the rule asks beside it and no run can tell.
    #[schemars(with = "Option<Vec<String>>")]
    pub not_checked: Vec<String>,
}

/// A measure and its limit.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CheckTable {
    /// What is measured: `carbon_t_per_tce` (t CO₂ a tonne of coal equivalent of energy used, a kWh of electricity as 0.1229 kg),
    /// `clean_energy_share` (1 − (import + gensets)/use) or `direct_green_supply_share` (own renewable energy used/use).
    #[schemars(with = "String", extend("enum" = MEASURES))]
    pub measure: &'static str,
    /// Least value that meets the rule.
    pub least: Option<f64>,
    /// Greatest value that meets it.
    pub most: Option<f64>,
    /// Whom it concerns.
    pub note: Option<String>,
}

const MEASURES: [&str; 3] = ["carbon_t_per_tce", "clean_energy_share", "direct_green_supply_share"];

/// Rules that come with this crate, by name.
const KNOWN: [(&str, &str); 1] = [("zero-carbon-park-2025", include_str!("checks/zero_carbon_park_2025.toml"))];

impl ChecksFile {
    /// The text of a rule that comes with this crate.
    pub(super) fn known(name: &str) -> Option<&'static str> {
        KNOWN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// Reads the text of a file that messages call `file`.
    ///
    /// # Errors
    /// Every problem, each on its line: a rule without source or date, a check without a limit.
    ///
    /// # Examples
    /// ```
    /// let text = "name = \"ours\"\nas_of = 2025-01-01\nsource = \"board\"\n[[check]]\nmeasure = \"clean_energy_share\"\nleast = 0.5\n";
    /// assert_eq!(microgrid_io::design::ChecksFile::read("own.toml", text)?.check[0].least, Some(0.5));
    /// assert!(microgrid_io::design::ChecksFile::read("own.toml", &text.replace("as_of", "of")).is_err());
    /// # Ok::<(), microgrid_core::Problems>(())
    /// ```
    pub fn read(file: &str, text: &str) -> Result<Self, Problems> {
        let document = Document::parse(file, text)?;
        let read = Self::of(&document);
        document.into_problems().or_else(|| read)
    }

    fn of(document: &Document<'_>) -> Self {
        let mut root = document.root();
        let file = Self {
            name: root.required_text("name", "what the rule is called"),
            as_of: root.required_moment("as_of", "a date, such as 2025-07-08"),
            source: root.required_text("source", "where the figures are from"),
            check: root.tables("check", CheckTable::read),
            not_checked: root.texts("not_checked"),
        };
        if !root.has("check") {
            root.missing("check", "at least one [[check]]");
        }
        root.close();
        file
    }
}

impl CheckTable {
    fn read(section: &mut Section<'_>) -> Self {
        if !section.has("measure") {
            section.missing("measure", &format!("one of {}", MEASURES.join(", ")));
        }
        let table = Self {
            measure: section.choice("measure", &MEASURES.map(|name| (name, name))).unwrap_or(""),
            least: section.number_within("least", -1e9, 1e9),
            most: section.number_within("most", -1e9, 1e9),
            note: section.text("note"),
        };
        section.require_one(&["least", "most"]);
        table
    }

    /// Whether a value meets it.
    #[must_use]
    pub fn is_met_by(&self, value: f64) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }
}

/// The rule that `goal.checks` names: one of this crate, or a file of the folder, whose text `read` gives.
pub(super) fn named(name: &str, read: impl FnOnce() -> Result<String, Problems>) -> Result<ChecksFile, Problems> {
    match ChecksFile::known(name) {
        Some(text) => ChecksFile::read(name, text),
        None => ChecksFile::read(name, &read()?),
    }
}

/// The JSON Schema (draft 2020-12) of a file of checks.
#[must_use]
pub fn schema() -> serde_json::Value {
    json_schema::<ChecksFile>("checks.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{accepted, described};

    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        let document = Document::parse("checks.toml", "[[check]]\n").unwrap();
        let _ = ChecksFile::of(&document);
        assert_eq!(accepted(&document), described(&schema()));
    }

    #[test]
    fn rules_of_this_crate_are_whole_and_one_without_source_or_date_is_refused() {
        for (name, text) in KNOWN {
            let rule = named(name, || unreachable!()).unwrap_or_else(|problems| panic!("{problems}"));
            assert!(!rule.check.is_empty() && !rule.source.is_empty());
            for key in ["as_of", "source", "name"] {
                let line = text.lines().find(|line| line.starts_with(key)).unwrap();
                let refused = ChecksFile::read(name, &text.replace(line, "")).unwrap_err().to_string();
                assert!(refused.contains(&format!("{key}: is missing")), "{refused}");
            }
        }
        let check = |least, most| CheckTable { measure: "clean_energy_share", least, most, note: None };
        assert!(check(Some(0.9), None).is_met_by(0.9) && !check(Some(0.9), None).is_met_by(0.89));
        assert!(check(None, Some(0.2)).is_met_by(0.2) && !check(None, Some(0.2)).is_met_by(0.21));
    }
}
