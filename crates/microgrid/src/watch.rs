//! A scenario's runs, watched.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::distribution::monitoring::{Monitoring, Watcher, survival_hours};
use microgrid_core::simulation::Block;
use microgrid_core::{Plan, Problems, Scenario};
use microgrid_report::WatchedRun;

use crate::optimum::controller;

/// Runs `scenario` under one strategy and watches it: events, reliability, meters, the transformer at the tie and, where
/// `settings` ask for it, the survival without the grid. `label` names the start of each step, and with the number of steps the
/// run's end.
///
/// # Errors
/// All problems of the scenario, of what is to be watched, or else of the strategy's settings.
pub fn watch(
    scenario: &Scenario,
    strategy: &Dispatch,
    settings: &Monitoring,
    label: impl Fn(usize) -> String,
) -> Result<WatchedRun, Problems> {
    let plan = Plan::compile(scenario)?;
    settings.check(scenario).or_else(|| ())?;
    let controller = controller(strategy, &plan)?;
    let strategy = controller.name().to_owned();
    let mut watcher = Watcher::new(&plan, settings);
    let mut block = Block::pack([&plan], [controller]);
    block.march(plan.days(), &mut watcher);
    let watched = watcher.finish();
    let survival = settings.survival.as_ref().map(|survival| survival_hours(&plan, &watched.stored_kwh, survival));
    Ok(WatchedRun {
        scenario: scenario.clone(),
        strategy,
        settings: settings.clone(),
        survival: survival.transpose()?,
        watched,
        time: (0..=plan.steps()).map(label).collect(),
    })
}
