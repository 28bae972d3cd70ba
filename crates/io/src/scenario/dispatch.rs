//! `[dispatch]`: the strategy that the site runs under.

use microgrid_core::Problem;
use microgrid_core::dispatch::{Dispatch, HorizonEnd, NamedForecast, RollingHorizon};
use microgrid_core::simulation::RunEnd;
use schemars::JsonSchema;

use crate::document::Section;

/// The strategy that the site runs under.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DispatchTable {
    /// Name of the strategy: `idle`, `self_consumption` (default), `time_of_use`, `peak_shaving`, `rolling_horizon`,
    /// `optimal`, and for sites with gensets `load_following`, `cycle_charging`, `combined`, `priority_list`.
    #[schemars(extend("enum" = Dispatch::every().map(|dispatch| dispatch.name()).collect::<Vec<_>>()))]
    pub strategy: Option<String>,
    /// Of `peak_shaving`: the import held or undercut, in kW; by default the best constant target of each month.
    pub target_kw: Option<f64>,
    /// Of `rolling_horizon`: how far each plan looks, in h; 24 by default.
    pub horizon_h: Option<f64>,
    /// Of `rolling_horizon`: time from plan to plan, in h; 1 by default.
    pub replan_every_h: Option<f64>,
    /// Of `rolling_horizon`: where loads and generation ahead come from; `perfect` by default.
    #[schemars(extend("enum" = NamedForecast::ALL.map(|forecast| forecast.name())))]
    pub forecast: Option<String>,
    /// Of `forecast = "noisy"`: relative standard deviation far ahead, 0 to 2; 0.1 by default.
    pub forecast_error: Option<f64>,
    /// Of `forecast = "noisy"`: start of its random numbers; 1 by default.
    pub forecast_seed: Option<u32>,
    /// Of `rolling_horizon`: what the energy left at a plan's end is worth; `free` by default.
    #[schemars(extend("enum" = HorizonEnd::ALL.map(HorizonEnd::name)))]
    pub end: Option<String>,
    /// Of `cycle_charging`: the state of charge, 0 to 1, up to which a charge goes on once begun; 0.8 by default.
    pub setpoint_soc: Option<f64>,
    /// Value of a kWh left in store at the end, credited in the objective; the run's mean import price by default.
    pub stored_value_per_kwh: Option<f64>,
    /// What is asked of the energy left in store at the run's end: `value` (default), which counts it at
    /// `stored_value_per_kwh`, or `not_below_start`: at least as much as at the start, and more counts nothing.
    #[schemars(extend("enum" = RunEnd::ALL.map(RunEnd::name)))]
    pub run_end: Option<String>,
}

/// A key of `[dispatch]` that means something to one strategy only.
pub(crate) struct StrategySetting {
    key: &'static str,
    strategy: &'static str,
    /// The forecast that it is of.
    forecast: Option<&'static str>,
    hint: &'static str,
}

const SETTINGS: [StrategySetting; 8] = {
    const fn of(key: &'static str, strategy: &'static str, hint: &'static str) -> StrategySetting {
        StrategySetting { key, strategy, forecast: None, hint }
    }
    const fn of_noise(key: &'static str, hint: &'static str) -> StrategySetting {
        StrategySetting { key, strategy: "rolling_horizon", forecast: Some("noisy"), hint }
    }
    [
        of("target_kw", "peak_shaving", "only strategy = \"peak_shaving\" has a target"),
        of("setpoint_soc", "cycle_charging", "only strategy = \"cycle_charging\" has a set-point"),
        of("horizon_h", "rolling_horizon", "only strategy = \"rolling_horizon\" looks ahead"),
        of("replan_every_h", "rolling_horizon", "only strategy = \"rolling_horizon\" plans again"),
        of("forecast", "rolling_horizon", "only strategy = \"rolling_horizon\" has a forecast"),
        of("end", "rolling_horizon", "only strategy = \"rolling_horizon\" has plans that end before the run"),
        of_noise("forecast_error", "only forecast = \"noisy\" errs"),
        of_noise("forecast_seed", "only forecast = \"noisy\" draws numbers"),
    ]
};

impl StrategySetting {
    /// The setting that a field, such as `dispatch.target_kw`, is.
    pub(crate) fn of_field(field: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| field.strip_prefix("dispatch.") == Some(setting.key))
    }

    /// Whether it means something to a strategy, whatever its forecast.
    pub(crate) fn is_of(&self, strategy: &str) -> bool {
        self.strategy == strategy
    }

    /// Whether it means something to a strategy and its forecast.
    pub(crate) fn means(&self, strategy: Option<&str>, forecast: Option<&str>) -> bool {
        strategy == Some(self.strategy) && (self.forecast.is_none() || self.forecast == forecast)
    }

    /// Whether a forecast is not the one it is of.
    pub(crate) fn is_foreign_to(&self, forecast: &str) -> bool {
        self.forecast.is_some_and(|own| own != forecast)
    }
}

impl DispatchTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let names: Vec<_> = Dispatch::every().map(|dispatch| (dispatch.name(), dispatch.name())).collect();
        let forecasts = NamedForecast::ALL.map(|forecast| (forecast.name(), forecast.name()));
        let ends = HorizonEnd::ALL.map(|end| (end.name(), end.name()));
        let table = Self {
            strategy: section.choice("strategy", &names).map(str::to_owned),
            target_kw: section.number("target_kw"),
            horizon_h: section.number("horizon_h"),
            replan_every_h: section.number("replan_every_h"),
            forecast: section.choice("forecast", &forecasts).map(str::to_owned),
            forecast_error: section.number("forecast_error"),
            forecast_seed: section.whole("forecast_seed"),
            end: section.choice("end", &ends).map(str::to_owned),
            setpoint_soc: section.number("setpoint_soc"),
            stored_value_per_kwh: section.number("stored_value_per_kwh"),
            run_end: section.choice("run_end", &RunEnd::ALL.map(|end| (end.name(), end.name()))).map(str::to_owned),
        };
        for setting in &SETTINGS {
            let has_meaning = setting.means(table.strategy.as_deref(), table.forecast.as_deref());
            if section.has(setting.key) && !has_meaning {
                let problem = Problem::new(section.field(setting.key), "has no meaning for this strategy");
                section.push(problem.hint(setting.hint));
            }
        }
        table
    }

    fn rolling_horizon(&self) -> RollingHorizon {
        let usual = RollingHorizon::DEFAULT;
        let forecast = match self.forecast.as_deref().and_then(NamedForecast::by_name) {
            Some(NamedForecast::Noisy { error, seed }) => NamedForecast::Noisy {
                error: self.forecast_error.unwrap_or(error),
                seed: self.forecast_seed.map_or(seed, u64::from),
            },
            Some(forecast) => forecast,
            None => usual.forecast,
        };
        let end = HorizonEnd::ALL.into_iter().find(|end| Some(end.name()) == self.end.as_deref());
        let horizon_h = self.horizon_h.unwrap_or(usual.horizon_h);
        RollingHorizon {
            horizon_h,
            replan_every_h: self.replan_every_h.unwrap_or(usual.replan_every_h.min(horizon_h)),
            forecast,
            end: end.unwrap_or(usual.end),
        }
    }

    pub(super) fn run_end(&self) -> RunEnd {
        let named = |end: &RunEnd| Some(end.name()) == self.run_end.as_deref();
        RunEnd::ALL.into_iter().find(named).unwrap_or_default()
    }

    pub(super) fn dispatch(&self) -> Dispatch {
        match self.strategy.as_deref().and_then(Dispatch::by_name) {
            Some(Dispatch::PeakShaving { .. }) => Dispatch::PeakShaving { target_kw: self.target_kw },
            Some(Dispatch::CycleCharging { setpoint_soc }) => {
                Dispatch::CycleCharging { setpoint_soc: self.setpoint_soc.unwrap_or(setpoint_soc) }
            }
            Some(Dispatch::RollingHorizon(_)) => Dispatch::RollingHorizon(self.rolling_horizon()),
            Some(dispatch) => dispatch,
            None => Dispatch::SelfConsumption,
        }
    }
}
