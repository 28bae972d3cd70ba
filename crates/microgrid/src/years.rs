//! One scenario over years that follow each other.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::simulation::{PlanCache, YearRun, YearState, Years};
use microgrid_core::{Block, Plan, Problems, Scenario};

use crate::optimum::controller_with;

/// Runs `scenario` for each of `years` under one strategy, which learns and plans anew each year; energy in store and the age of
/// batteries, hydrogen in tanks and the voltage of stacks go over from year to year. The first year is the run of one year.
///
/// # Errors
/// All problems of the years, of the scenario of a year, or else of the strategy's settings, with their year.
///
/// # Examples
/// ```
/// use microgrid::storage::{Ageing, Battery, FadeModel};
/// use microgrid::{Calendar, Dispatch, Load, Scenario, SeriesPlant, Years, run_years};
///
/// let mut site = Scenario::new("shed", Calendar::common_year(3600));
/// site.generation.push(SeriesPlant::new("roof", (0..8760).map(|h| if h % 24 / 6 == 1 { 30.0 } else { 0.0 }).collect::<Vec<_>>()));
/// site.loads.push(Load::new("lights", 5.0));
/// let ageing = Some(Ageing::new(FadeModel::LfpPrismatic250Ah));
/// site.storage.push(Battery { ageing, ..Battery::lithium_iron_phosphate(60.0, 20.0) });
/// let runs = run_years(&site, &Dispatch::SelfConsumption, &Years::alike(3))?;
/// let left: Vec<f64> = runs.iter().map(|run| run.outcome.batteries[0].health.as_ref().unwrap().end_capacity_percent).collect();
/// assert!(100.0 > left[0] && left[0] > left[1] && left[1] > left[2]);
/// # Ok::<(), microgrid::Problems>(())
/// ```
pub fn run_years(scenario: &Scenario, strategy: &Dispatch, years: &Years) -> Result<Vec<YearRun>, Problems> {
    run_years_after(scenario, strategy, years, None)
}

/// As [`run_years`], going on after the end of a year that was run before, of the same scenario and years: what follows
/// is the same to the bit.
///
/// # Errors
/// As [`run_years`].
///
/// # Panics
/// Where `last` is of another site: not an entry for each battery.
pub fn run_years_after(
    scenario: &Scenario,
    strategy: &Dispatch,
    years: &Years,
    last: Option<(u32, &YearState)>,
) -> Result<Vec<YearRun>, Problems> {
    years.check()?;
    let mut cache = PlanCache::default();
    let mut runs: Vec<YearRun> = Vec::new();
    for year in last.map_or(1, |(year, _)| year + 1)..=years.count {
        let before = runs.last().map(|run| &run.state).or(last.map(|(_, state)| state));
        let of_year = |mut problems: Problems| {
            problems.iter_mut().for_each(|problem| problem.message = format!("{} in year {year}", problem.message));
            problems
        };
        let plan = Plan::compile_owned(years.scenario(scenario, year, before), &mut cache).map_err(of_year)?;
        let controller = controller_with(strategy, &plan, &mut cache).map_err(of_year)?;
        let mut block = Block::pack([&plan], [controller]);
        block.march(plan.days(), &mut ());
        runs.push(YearRun { year, outcome: block.outcome(0), state: block.year_state(0) });
    }
    Ok(runs)
}
