//! `[distribution]`: the tie to the utility grid.

use microgrid_core::Series;
use microgrid_core::distribution::{Connection, Transformer};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;
use crate::series::{Quantity, SeriesInput};

/// The tie to the utility grid.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DistributionTable {
    /// Most power taken from the grid, in kW, at least 0; not limited by default.
    pub import_limit_kw: Option<SeriesInput>,
    /// Most power given to the grid, in kW, at least 0; not limited by default.
    pub export_limit_kw: Option<SeriesInput>,
    /// The transformer at the tie, whose rating limits both directions; none by default.
    pub transformer: Option<TransformerTable>,
}

/// A transformer as a limit of active power.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TransformerTable {
    /// Rated apparent power in kVA, above 0.
    pub rating_kva: f64,
    /// Power factor of the power through it, 0.01 to 1.
    pub load_power_factor: f64,
}

impl DistributionTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        section.not_built(&["feeder"]);
        Self {
            import_limit_kw: SeriesInput::read(section, "import_limit_kw"),
            export_limit_kw: SeriesInput::read(section, "export_limit_kw"),
            transformer: section.table("transformer", |section| TransformerTable {
                rating_kva: section.required_number("rating_kva"),
                load_power_factor: section.required_number("load_power_factor"),
            }),
        }
    }

    pub(super) fn connection(&self, reading: &mut Reading<'_>) -> Connection {
        let mut limit = |key: &str, input: &Option<SeriesInput>| match input {
            Some(input) => reading.series(&format!("distribution.{key}"), input, Quantity::Power { per_unit: false }),
            None => Series::Constant(f64::INFINITY),
        };
        Connection {
            import_limit_kw: limit("import_limit_kw", &self.import_limit_kw),
            export_limit_kw: limit("export_limit_kw", &self.export_limit_kw),
            transformer: self
                .transformer
                .map(|table| Transformer { rating_kva: table.rating_kva, load_power_factor: table.load_power_factor }),
        }
    }
}
