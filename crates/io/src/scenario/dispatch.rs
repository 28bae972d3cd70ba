//! `[dispatch]`: the strategy that the site runs under.

use microgrid_core::Problem;
use microgrid_core::dispatch::Dispatch;
use schemars::JsonSchema;

use crate::document::Section;

/// The strategy that the site runs under.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DispatchTable {
    /// Name of the strategy: `idle`, `self_consumption` (default), `time_of_use` or `peak_shaving`.
    #[schemars(extend("enum" = Dispatch::ALL.map(|dispatch| dispatch.name())))]
    pub strategy: Option<String>,
    /// Of `peak_shaving`: the import held or undercut, in kW; by default the best constant target of each month.
    pub target_kw: Option<f64>,
    /// Value of a kWh left in store at the end, credited in the objective; the run's mean import price by default.
    pub stored_value_per_kwh: Option<f64>,
}

impl DispatchTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let names = Dispatch::ALL.map(|dispatch| (dispatch.name(), dispatch.name()));
        let table = Self {
            strategy: section.choice("strategy", &names).map(str::to_owned),
            target_kw: section.number("target_kw"),
            stored_value_per_kwh: section.number("stored_value_per_kwh"),
        };
        if section.has("target_kw") && table.strategy.as_deref() != Some("peak_shaving") {
            section.push(
                Problem::new(section.field("target_kw"), "has no meaning for this strategy")
                    .hint("only strategy = \"peak_shaving\" has a target"),
            );
        }
        table
    }

    pub(super) fn dispatch(&self) -> Dispatch {
        match self.strategy.as_deref().and_then(Dispatch::by_name) {
            Some(Dispatch::PeakShaving { .. }) => Dispatch::PeakShaving { target_kw: self.target_kw },
            Some(dispatch) => dispatch,
            None => Dispatch::SelfConsumption,
        }
    }
}
