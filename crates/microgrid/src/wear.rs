//! What a discharged kWh wears a battery, found by letting it age.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::simulation::{YearRun, Years};
use microgrid_core::{Problem, Problems, Scenario};

use crate::years::run_years;

/// Rounds after which the search stops.
const MOST_ROUNDS: u32 = 12;

/// The years of a site whose batteries count as wear what their own ageing costs.
#[derive(Debug, Clone, PartialEq)]
pub struct WornYears {
    /// The years under those wear costs.
    pub runs: Vec<YearRun>,
    /// The wear cost of each battery, currency per AC kWh discharged.
    pub wear_cost_per_kwh: Vec<f64>,
    /// How often the years were run.
    pub rounds: u32,
    /// By how much the last round's wear missed what it began with, percent of it, over the worst battery.
    pub miss_percent: f64,
}

/// Runs the years again and again, each time with the wear cost that the ageing of the last time came to
/// ([`microgrid_core::simulation::BatteryHealth::wear_cost_per_kwh`]), until both are within 0.1 %: the fixed point at which a
/// strategy that weighs wear uses a battery as much as it is worth. The first round has the wear costs of the scenario;
/// batteries whose model does not tell use from time keep theirs, and those that do not age.
///
/// Where use falls as wear rises each round takes the middle of both; should it not settle in twelve rounds,
/// [`WornYears::miss_percent`] says how far it is.
///
/// # Errors
/// As [`run_years`]; or no battery whose ageing has a cost.
pub fn run_worn_years(scenario: &Scenario, strategy: &Dispatch, years: &Years) -> Result<WornYears, Problems> {
    let mut site = scenario.clone();
    let has_cost = |battery: &microgrid_core::storage::Battery| {
        battery.ageing.as_ref().is_some_and(|ageing| ageing.end_of_life.cost_per_kwh > 0.0)
    };
    if !site.storage.iter().any(has_cost) {
        let problem = Problem::new("wear", "has nothing to go by: no battery ages at a cost");
        return Err(problem.hint("write [storage.battery.ageing] with replacement_cost_per_kwh").into());
    }
    let mut rounds = 0;
    loop {
        let runs = run_years(&site, strategy, years)?;
        rounds += 1;
        let mut miss_percent = 0.0_f64;
        let begun: Vec<f64> = site.storage.iter().map(|battery| battery.wear_cost_per_kwh).collect();
        for (i, battery) in site.storage.iter_mut().enumerate() {
            let worn = mean_wear(&runs, i).filter(|_| has_cost(battery));
            let Some(worn) = worn else { continue };
            let (before, greatest) = (battery.wear_cost_per_kwh, worn.max(battery.wear_cost_per_kwh));
            if greatest > 0.0 {
                miss_percent = miss_percent.max(100.0 * (worn - before).abs() / greatest);
            }
            battery.wear_cost_per_kwh = if rounds == 1 { worn } else { 0.5 * (before + worn) };
        }
        if miss_percent <= 0.1 || rounds == MOST_ROUNDS {
            return Ok(WornYears { runs, wear_cost_per_kwh: begun, rounds, miss_percent });
        }
    }
}

/// What a kWh wore at the end of the last year in which the battery gave anything since its cells were new.
fn mean_wear(runs: &[YearRun], battery: usize) -> Option<f64> {
    let health = |run: &YearRun| run.outcome.batteries[battery].health.clone();
    runs.iter().rev().filter_map(health).find(|health| health.throughput_kwh > 0.0)?.wear_cost_per_kwh
}
