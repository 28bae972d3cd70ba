//! A run's bits depend on nothing but its plan and strategy, and a panic on nothing but its own.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, Dispatch, Request, Site};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::storage::Battery;
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Outcome, Plan, Scenario};
use microgrid_runner::{Job, RunError, Runner};

/// Sites of two shapes with sizes of their own, twenty of them: full blocks, rests and lone ones.
fn sites() -> Vec<Plan> {
    let sun: std::sync::Arc<[f64]> = (0..240).map(|t| f64::from((t % 24_u32).min(24 - t % 24))).collect();
    let site = |i: u32| {
        let mut site = Scenario::new("site", Calendar::days(3600, 10));
        site.generation.push(SeriesPlant {
            scale: f64::from(i),
            ..SeriesPlant::new("sun", microgrid_core::Series::Steps(sun.clone()))
        });
        site.loads.push(Load::new("load", 20.0));
        site.tariff = Tariff::flat(1.0, 0.3).into();
        let battery = Battery::lithium_iron_phosphate(10.0 * f64::from(i), 7.0);
        site.storage = vec![battery; 1 + usize::from(i.is_multiple_of(3))];
        site
    };
    (0..20).map(|i| Plan::compile(&site(i)).unwrap()).collect()
}

fn bits(result: &Result<Outcome, RunError>) -> [u64; 4] {
    let outcome = result.as_ref().unwrap();
    let energy = &outcome.energy;
    [energy.import_kwh, energy.discharge_kwh, energy.residual_kwh, outcome.money.objective].map(f64::to_bits)
}

#[test]
fn order_and_bits_depend_on_neither_threads_nor_lanes_nor_width() {
    let plans = sites();
    let both = [Dispatch::SelfConsumption, Dispatch::PeakShaving { target_kw: None }];
    let runs: Vec<_> = plans.iter().flat_map(|plan| both.clone().map(|dispatch| (plan, dispatch))).collect();
    let jobs = || -> Vec<Job<'_>> { runs.iter().map(|(plan, dispatch)| Job::new(plan, dispatch.clone())).collect() };
    let alone = |(plan, dispatch): &(&Plan, Dispatch)| {
        bits(&Ok(microgrid_core::simulate(plan, Controller::built_in(dispatch, plan).unwrap())))
    };
    let alone: Vec<_> = runs.iter().map(alone).collect();
    for threads in [1, 2, 3, 8] {
        for narrow in [true, false] {
            let runner = Runner { threads: NonZeroUsize::new(threads), narrow };
            let most_done = AtomicUsize::new(0);
            let results = runner.run(&jobs(), &|done| {
                most_done.fetch_max(done, Ordering::Relaxed);
            });
            assert_eq!(results.iter().map(bits).collect::<Vec<_>>(), alone, "{threads} threads, narrow {narrow}");
            assert_eq!(most_done.load(Ordering::Relaxed), 40);
        }
    }
}

#[test]
fn a_panic_is_named_and_takes_no_neighbour_with_it() {
    let plans = sites();
    let jobs: Vec<Job<'_>> = plans
        .iter()
        .enumerate()
        .map(|(i, plan)| {
            Job::with(plan, move |_| {
                let rule = move |site: &Site, _: &mut Request| {
                    assert!(!(i == 7 && site.step() == 5), "step five");
                };
                Ok(Controller::own("own", "none", Box::new(rule)))
            })
        })
        .collect();
    let results = Runner::default().run(&jobs, &|_| ());
    assert_eq!(results[7], Err(RunError::Panicked("step five".into())));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 19);
}
