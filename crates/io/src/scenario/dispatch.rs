//! `[dispatch]`: the strategy that the site runs under.

use microgrid_core::Problem;
use microgrid_core::dispatch::Dispatch;
use schemars::JsonSchema;

use crate::document::Section;

/// The strategy that the site runs under.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DispatchTable {
    /// Name of the strategy: `idle`, `self_consumption` (default), `time_of_use`, `peak_shaving`, and for sites with
    /// gensets `load_following`, `cycle_charging`, `combined`, `priority_list`.
    #[schemars(extend("enum" = Dispatch::every().map(|dispatch| dispatch.name()).collect::<Vec<_>>()))]
    pub strategy: Option<String>,
    /// Of `peak_shaving`: the import held or undercut, in kW; by default the best constant target of each month.
    pub target_kw: Option<f64>,
    /// Of `cycle_charging`: the state of charge, 0 to 1, up to which a charge goes on once begun; 0.8 by default.
    pub setpoint_soc: Option<f64>,
    /// Value of a kWh left in store at the end, credited in the objective; the run's mean import price by default.
    pub stored_value_per_kwh: Option<f64>,
}

impl DispatchTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let names: Vec<_> = Dispatch::every().map(|dispatch| (dispatch.name(), dispatch.name())).collect();
        let table = Self {
            strategy: section.choice("strategy", &names).map(str::to_owned),
            target_kw: section.number("target_kw"),
            setpoint_soc: section.number("setpoint_soc"),
            stored_value_per_kwh: section.number("stored_value_per_kwh"),
        };
        for (key, strategy, hint) in [
            ("target_kw", "peak_shaving", "only strategy = \"peak_shaving\" has a target"),
            ("setpoint_soc", "cycle_charging", "only strategy = \"cycle_charging\" has a set-point"),
        ] {
            if section.has(key) && table.strategy.as_deref() != Some(strategy) {
                section.push(Problem::new(section.field(key), "has no meaning for this strategy").hint(hint));
            }
        }
        table
    }

    pub(super) fn dispatch(&self) -> Dispatch {
        match self.strategy.as_deref().and_then(Dispatch::by_name) {
            Some(Dispatch::PeakShaving { .. }) => Dispatch::PeakShaving { target_kw: self.target_kw },
            Some(Dispatch::CycleCharging { setpoint_soc }) => {
                Dispatch::CycleCharging { setpoint_soc: self.setpoint_soc.unwrap_or(setpoint_soc) }
            }
            Some(dispatch) => dispatch,
            None => Dispatch::SelfConsumption,
        }
    }
}
