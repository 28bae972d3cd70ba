//! A few scenarios made, run and dropped together.

use std::sync::{Mutex, PoisonError};

use microgrid_core::dispatch::Controller;
use microgrid_core::simulation::PlanCache;
use microgrid_core::{Outcome, Plan};
use microgrid_sweep::{Row, RowFault};
use rayon::prelude::*;

use super::Engine;
use crate::RunError;
use crate::lanes::{self, Ready};

/// Most scenarios of which one thread holds the plans at a time.
pub const LOT: u64 = 512;

/// What the threads of one sweep have compiled of its shared parts, a bounded cache for each.
#[derive(Default)]
pub(crate) struct Caches(Mutex<Vec<PlanCache>>);

impl Caches {
    /// Lends a cache that no other thread has now.
    fn with<T>(&self, work: impl FnOnce(&mut PlanCache) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cache = lock().pop().unwrap_or_default();
        let result = work(&mut cache);
        lock().push(cache);
        result
    }
}

/// How many scenarios make a lot: enough that each point of a small axis fills its lanes, as few as that otherwise, so
/// that plans of unlike series do not fill the memory.
pub(crate) fn size(points: u64) -> u64 {
    points.saturating_mul(8).clamp(64, LOT)
}

/// Runs scenarios of consecutive numbers. Threads without work of their own help.
pub(crate) fn run(engine: &Engine<'_>, indices: std::ops::Range<u64>, caches: &Caches) -> Vec<Row> {
    type Made = Result<(Plan, Controller), RunError>;
    let first = indices.start;
    let make = |index: u64| {
        let values = lanes::caught(|| Ok(engine.source.values(index)));
        let (values, error) = match values {
            Ok(values) => (values, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let made: Made = error.map_or_else(|| caches.with(|cache| engine.make(index, &values, cache)), Err);
        (values, made)
    };
    let made: Vec<_> = indices.into_par_iter().map(make).collect();
    let (mut values, mut plans, mut results) = (Vec::new(), Vec::new(), Vec::new());
    let mut controllers = Vec::new();
    for (place, (inputs, made)) in made.into_iter().enumerate() {
        values.push(inputs);
        match made {
            Ok((plan, controller)) => {
                plans.push(plan);
                controllers.push((place, controller));
                results.push(None);
            }
            Err(error) => results.push(Some(Err(error))),
        }
    }
    let ready = plans.iter().zip(controllers).map(|(plan, (place, controller))| Ready { place, plan, controller });
    let judged = |block: Vec<Ready<'_>>| {
        let plans: Vec<&Plan> = block.iter().map(|run| run.plan).collect();
        let done = lanes::run(block, engine.runner.narrow);
        done.into_iter()
            .zip(plans)
            .map(|((place, result), plan)| (place, engine.judged(plan, result)))
            .collect::<Vec<_>>()
    };
    for (place, result) in lanes::group(ready.collect()).into_par_iter().flat_map_iter(judged).collect::<Vec<_>>() {
        results[place] = Some(result);
    }
    let rows = values.into_iter().zip(results).enumerate().map(|(place, (inputs, result))| {
        let index = first + place as u64;
        let result = result.expect("every scenario ran or has an error");
        Row { index, place: engine.source.place(index), inputs, result: result.map_err(fault) }
    });
    rows.collect()
}

fn fault(error: RunError) -> RowFault {
    match error {
        RunError::Refused(problems) => RowFault::Refused(problems),
        RunError::Panicked(message) => RowFault::Panicked(message),
    }
}

/// Whether a row is no sound run.
pub(crate) fn is_fault(row: &Row) -> bool {
    !row.result.as_ref().is_ok_and(|outcome: &Outcome| outcome.status.is_completed())
}
