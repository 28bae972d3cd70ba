//! One scenario under several strategies.

use std::num::NonZeroUsize;

use microgrid_core::dispatch::{Dispatch, NamedForecast, RollingHorizon};
use microgrid_core::{Outcome, Plan, Problems, Scenario};
use microgrid_report::Trace;
use microgrid_runner::{Job, RunError, Runner};

use crate::notes::notes;
use crate::optimum::{Optimum, bound, controller};
use crate::served::look_at_shedding;

/// Runs `scenario` under each of `strategies` on at most `threads` threads, all processors where `None`. The outcomes
/// are in the order of the strategies, do not depend on the number of threads, and stand beside the plan's bound.
///
/// # Errors
/// All problems of the scenario, or else of the first strategy whose settings are out of range or that does not fit.
pub fn run(
    scenario: &Scenario,
    strategies: &[Dispatch],
    threads: Option<NonZeroUsize>,
) -> Result<Vec<Outcome>, Problems> {
    let plan = Plan::compile(scenario)?;
    // Solved once for the bound and for the strategy.
    let optimal = strategies.contains(&Dispatch::Optimal).then(|| Optimum::of(&plan));
    let (mut outcomes, perfect) = simulated(&plan, strategies, optimal.as_ref(), threads)?;
    let bound = optimal.as_ref().map_or_else(|| bound(&plan), |optimal| optimal.bound().clone());
    for (outcome, perfect) in outcomes.iter_mut().zip(perfect) {
        outcome.judge(&bound, perfect);
    }
    Ok(outcomes)
}

/// As [`run`], without a bound, which may take longer than the runs; of the strategies only `optimal` plans ahead for it.
///
/// # Errors
/// As [`run`].
pub fn run_without_bound(
    scenario: &Scenario,
    strategies: &[Dispatch],
    threads: Option<NonZeroUsize>,
) -> Result<Vec<Outcome>, Problems> {
    let plan = Plan::compile(scenario)?;
    let optimal = strategies.contains(&Dispatch::Optimal).then(|| Optimum::of(&plan));
    simulated(&plan, strategies, optimal.as_ref(), threads).map(|(outcomes, _)| outcomes)
}

/// The runs, and beside each the objective of its strategy with a perfect forecast, where its own errs.
fn simulated(
    plan: &Plan,
    strategies: &[Dispatch],
    optimal: Option<&Optimum>,
    threads: Option<NonZeroUsize>,
) -> Result<(Vec<Outcome>, Vec<Option<f64>>), Problems> {
    let ready = |strategy: &Dispatch, plan: &Plan| match (strategy, optimal) {
        (Dispatch::Optimal, Some(optimal)) => optimal.controller(),
        (strategy, _) => controller(strategy, plan),
    };
    let job = |strategy: &Dispatch| {
        let (strategy, ready) = (strategy.clone(), &ready);
        Job::with(plan, move |plan| ready(&strategy, plan))
    };
    // A forecast that errs is measured against the same strategy with a perfect one.
    let with_perfect = |strategy: &Dispatch| match strategy {
        Dispatch::RollingHorizon(settings) if settings.forecast != NamedForecast::Perfect => {
            Some(Dispatch::RollingHorizon(RollingHorizon { forecast: NamedForecast::Perfect, ..*settings }))
        }
        _ => None,
    };
    let perfect: Vec<Option<Dispatch>> = strategies.iter().map(with_perfect).collect();
    let jobs: Vec<Job<'_>> = strategies.iter().chain(perfect.iter().flatten()).map(job).collect();
    let results = Runner { threads, ..Runner::default() }.run(&jobs, &|_| ());
    let outcome = |result| match result {
        Ok(outcome) => Ok(outcome),
        Err(RunError::Refused(problems)) => Err(problems),
        Err(RunError::Panicked(message)) => unreachable!("a built-in strategy cannot panic: {message}"),
    };
    let mut outcomes = results.into_iter().map(outcome).collect::<Result<Vec<Outcome>, Problems>>()?;
    let references = outcomes.split_off(strategies.len());
    let mut references = references.iter().map(|outcome| outcome.money.objective);
    for (outcome, strategy) in outcomes.iter_mut().zip(strategies) {
        outcome.notes.extend(notes(plan, outcome));
        if outcome.energy.unserved_kwh > 0.0 {
            look_at_shedding(plan, ready(strategy, plan)?, outcome);
        }
    }
    let perfect = perfect.iter().map(|perfect| perfect.as_ref().and_then(|_| references.next())).collect();
    Ok((outcomes, perfect))
}

/// Runs `scenario` under one strategy and keeps every step; `label` names the start of each step, such as
/// `2025-07-14T09:15:00+08:00`.
///
/// # Errors
/// All problems of the scenario, or else of the strategy's settings.
pub fn trace(scenario: &Scenario, strategy: &Dispatch, label: impl Fn(usize) -> String) -> Result<Trace, Problems> {
    let plan = Plan::compile(scenario)?;
    let controller = controller(strategy, &plan)?;
    Ok(Trace::record(&plan, controller, label).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Battery, Calendar, Load};

    fn site() -> Scenario {
        let mut site = Scenario::new("site", Calendar::days(3600, 3));
        site.loads.push(Load::new("load", (0..72).map(|hour| f64::from(hour % 24)).collect::<Vec<_>>()));
        site.storage.push(Battery::lithium_iron_phosphate(20.0, 10.0));
        site
    }

    #[test]
    fn order_and_numbers_do_not_depend_on_threads() {
        let alone = run(&site(), &Dispatch::ALL, NonZeroUsize::new(1)).unwrap();
        let names: Vec<&str> = alone.iter().map(|outcome| outcome.strategy.as_str()).collect();
        assert_eq!(names, Dispatch::ALL.map(|dispatch| dispatch.name()));
        for threads in [2, 3, 4, 99] {
            assert_eq!(run(&site(), &Dispatch::ALL, NonZeroUsize::new(threads)).unwrap(), alone);
        }
        assert!(run(&site(), &[], None).unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let mut wrong = site();
        wrong.storage[0].capacity_kwh = -5.0;
        let problems = run(&wrong, &Dispatch::ALL, None).unwrap_err();
        assert!(problems.to_string().contains("capacity_kwh"), "{problems}");
        let target = Dispatch::PeakShaving { target_kw: Some(f64::NAN) };
        assert!(run(&site(), &[Dispatch::Idle, target.clone()], None).is_err());
        assert!(trace(&site(), &target, |step| step.to_string()).is_err());
    }
}
