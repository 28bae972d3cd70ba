//! `sweep.toml` as a whole, and its JSON Schema.

use microgrid_sweep::{Axis, Sweep};
use schemars::JsonSchema;

use super::axis::{AxisTable, CorrelationTable, DrawTable, SamplesTable};
use super::generator::{BootstrapTable, OutagesTable};
use crate::document::{Document, json_schema};

/// Which variants of which scenarios are run: the file `sweep.toml` of a sweep folder.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SweepFile {
    /// Scenario folder or `.toml` file, relative to the sweep's folder; that folder's `scenario.toml` by default. A list
    /// of several is the outermost axis, called `base`. An axis or a draw may set `base` instead.
    #[schemars(with = "Option<OneOrMore>")]
    pub base: Vec<String>,
    /// Folder, relative to the sweep's, in which data files that the bases name are looked for; each base's own by
    /// default.
    pub files: Option<String>,
    /// One seed, one set of draws; 0 by default.
    pub seed: Option<u32>,
    /// How many samples there are, and how they are spread; one by default.
    pub samples: Option<SamplesTable>,
    /// What goes through listed values: every sample is run at all their combinations, the last changing fastest.
    #[schemars(with = "Option<Vec<AxisTable>>")]
    pub axis: Vec<AxisTable>,
    /// What is drawn.
    #[schemars(with = "Option<Vec<DrawTable>>")]
    pub draw: Vec<DrawTable>,
    /// Which draws go together.
    #[schemars(with = "Option<Vec<CorrelationTable>>")]
    pub correlation: Vec<CorrelationTable>,
    /// Years put together from the base's days.
    pub bootstrap: Option<BootstrapTable>,
    /// Outages drawn.
    pub outages: Option<OutagesTable>,
    /// Numbers of the variants whose every step is written to a file, from 0.
    #[schemars(with = "Option<Vec<u32>>")]
    pub traces: Vec<u64>,
}

/// A text, or a list of texts.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "OneOrMoreBases")]
#[expect(dead_code, reason = "stands for its schema")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl SweepFile {
    /// Reads all tables; what is wrong is kept in the document.
    pub(super) fn read(document: &Document<'_>) -> Self {
        let mut root = document.root();
        let file = Self {
            base: root.texts("base"),
            files: root.text("files"),
            seed: root.whole("seed"),
            samples: root.table("samples", SamplesTable::read),
            axis: root.tables("axis", AxisTable::read),
            draw: root.tables("draw", DrawTable::read),
            correlation: root.tables("correlation", CorrelationTable::read),
            bootstrap: root.table("bootstrap", BootstrapTable::read),
            outages: root.table("outages", OutagesTable::read),
            traces: root.wholes("traces"),
        };
        root.close();
        file
    }

    /// Whether the list of bases is an axis.
    pub(super) fn bases_are_an_axis(&self) -> bool {
        self.base.len() > 1
    }

    /// The description; a list of bases is its first axis.
    #[must_use]
    pub fn sweep(&self) -> Sweep {
        let bases = self.bases_are_an_axis().then(|| Axis::list("base", self.base.iter().cloned()));
        Sweep {
            seed: self.seed.unwrap_or(0).into(),
            axes: bases.into_iter().chain(self.axis.iter().map(AxisTable::axis)).collect(),
            draws: self.draw.iter().map(DrawTable::draw).collect(),
            correlations: self.correlation.iter().filter_map(CorrelationTable::correlation).collect(),
            samples: self.samples.as_ref().map(SamplesTable::samples).unwrap_or_default(),
            bootstrap: self.bootstrap.as_ref().map(BootstrapTable::bootstrap),
            outages: self.outages.as_ref().map(OutagesTable::process),
        }
    }
}

/// The JSON Schema (draft 2020-12) of `sweep.toml`, for editors that check and complete as one writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    json_schema::<SweepFile>("sweep.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{accepted, described};

    const ALL_TABLES: &str = "
        [samples]
        [[axis]]
        [[draw]]
        distribution = {}
        [[correlation]]
        [bootstrap]
        [outages]
        duration_h = {}
    ";

    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        let document = Document::parse("sweep.toml", ALL_TABLES).unwrap();
        let _ = SweepFile::read(&document);
        assert_eq!(accepted(&document), described(&schema()));
    }
}
