//! `[distribution]`: the tie to the utility grid.

use microgrid_core::Series;
use microgrid_core::distribution::{Connection, Transformer};
use schemars::JsonSchema;

use super::FeederTable;
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
    /// Reactive power that the site draws at the tie, in kvar, at least 0; needed where the tariff adjusts its charges by
    /// the power factor, and used for that only.
    pub reactive_kvar: Option<SeriesInput>,
    /// The transformer at the tie, whose rating limits both directions; none by default.
    pub transformer: Option<TransformerTable>,
    /// The network behind the tie, in which every device stands; without it all stand at one bus.
    pub feeder: Option<FeederTable>,
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
        Self {
            import_limit_kw: SeriesInput::read(section, "import_limit_kw"),
            export_limit_kw: SeriesInput::read(section, "export_limit_kw"),
            reactive_kvar: SeriesInput::read(section, "reactive_kvar"),
            transformer: section.table("transformer", |section| TransformerTable {
                rating_kva: section.required_number("rating_kva"),
                load_power_factor: section.required_number("load_power_factor"),
            }),
            feeder: section.table("feeder", FeederTable::read),
        }
    }

    pub(super) fn connection(&self, reading: &mut Reading<'_>) -> Connection {
        let mut series = |key: &str, input: &Option<SeriesInput>, quantity| {
            input.as_ref().map(|input| reading.series(&format!("distribution.{key}"), input, quantity))
        };
        let unlimited = Series::Constant(f64::INFINITY);
        let power = Quantity::Power { per_unit: false };
        Connection {
            import_limit_kw: series("import_limit_kw", &self.import_limit_kw, power).unwrap_or(unlimited.clone()),
            export_limit_kw: series("export_limit_kw", &self.export_limit_kw, power).unwrap_or(unlimited),
            reactive_kvar: series("reactive_kvar", &self.reactive_kvar, Quantity::Reactive),
            transformer: self
                .transformer
                .map(|table| Transformer { rating_kva: table.rating_kva, load_power_factor: table.load_power_factor }),
        }
    }
}
