//! A few scenarios made, run and dropped together.

use std::sync::{Mutex, PoisonError};

use microgrid_core::dispatch::Controller;
use microgrid_core::simulation::{PlanCache, YearState, Years};
use microgrid_core::{Outcome, Plan, Scenario};
use microgrid_sweep::{Row, RowFault, Value};
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

type Made = Result<(Plan, Controller), RunError>;

/// What became of a scenario so far, and what it leaves to the year after.
type Ran = Result<(Outcome, Option<YearState>), RunError>;

/// A scenario of the lot: what it was set to, its years where it has several, and their first.
struct Variant {
    index: u64,
    values: Vec<Value>,
    years: Option<(Years, Scenario)>,
}

/// Runs scenarios of consecutive numbers. Threads without work of their own help. Years that follow each other are run one by one,
/// each of all scenarios side by side.
pub(crate) fn run(engine: &Engine<'_>, indices: std::ops::Range<u64>, caches: &Caches) -> Vec<Row> {
    let first = |index: u64| {
        let (values, error) = match lanes::caught(|| Ok(engine.source.values(index))) {
            Ok(values) => (values, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let made: Made = error.map_or_else(|| caches.with(|cache| engine.make(index, &values, cache)), Err);
        let years = made.and_then(|(plan, controller)| {
            let years = lanes::caught(|| engine.source.years(index, &values))?;
            Ok((years.map(|years| (years, plan.scenario().clone())), (plan, controller)))
        });
        match years {
            Ok((years, made)) => (Variant { index, values, years }, Ok(made)),
            Err(error) => (Variant { index, values, years: None }, Err(error)),
        }
    };
    let (variants, made): (Vec<_>, Vec<Made>) = indices.into_par_iter().map(first).unzip();
    let mut ran = march(engine, &variants, made.into_iter().enumerate().collect());
    ran.sort_by_key(|(place, _)| *place);
    let mut ran: Vec<Ran> = ran.into_iter().map(|(_, ran)| ran).collect();
    let last = variants.iter().filter_map(|variant| variant.years.as_ref()).map(|(years, _)| years.count).max();
    for year in 2..=last.unwrap_or(1) {
        let next = |(place, (variant, ran)): (usize, (&Variant, &Ran))| {
            let (years, first) = variant.years.as_ref().filter(|(years, _)| year <= years.count)?;
            let (_, state) = ran.as_ref().ok()?;
            let scenario = || years.scenario(first, year, state.as_ref());
            Some((place, caches.with(|cache| engine.make_of(variant.index, scenario, cache))))
        };
        let made = variants.par_iter().zip(&ran).enumerate().filter_map(next).collect();
        for (place, next) in march(engine, &variants, made) {
            take_up(&mut ran[place], next);
        }
    }
    let rows = variants.into_iter().zip(ran).map(|(Variant { index, values, .. }, ran)| {
        let result = ran.map(|(outcome, _)| outcome).map_err(fault);
        Row { index, place: engine.source.place(index), inputs: values, result }
    });
    rows.collect()
}

/// Adds a year to those before it; a year that cannot be run is what becomes of the scenario.
fn take_up(ran: &mut Ran, next: Ran) {
    match next {
        Ok((year, left)) => {
            if let Ok((outcome, state)) = ran {
                outcome.take_up_year(year);
                *state = left;
            }
        }
        Err(error) => *ran = Err(error),
    }
}

/// Runs what was made, each with its place among the variants.
fn march(engine: &Engine<'_>, variants: &[Variant], made: Vec<(usize, Made)>) -> Vec<(usize, Ran)> {
    let (mut plans, mut controllers, mut ran) = (Vec::new(), Vec::new(), Vec::new());
    for (place, made) in made {
        match made {
            Ok((plan, controller)) => {
                plans.push(plan);
                controllers.push((place, controller));
            }
            Err(error) => ran.push((place, Err(error))),
        }
    }
    let ready = plans.iter().zip(controllers).map(|(plan, (place, controller))| Ready { place, plan, controller });
    let leaves_state = variants.iter().any(|variant| variant.years.is_some());
    let judged = |block: Vec<Ready<'_>>| {
        let plans: Vec<&Plan> = block.iter().map(|run| run.plan).collect();
        let done = lanes::run(block, engine.runner.narrow, leaves_state);
        let judge = |((place, result), plan): ((usize, Ran), &Plan)| {
            // A bound is one of a year, and no row's of several.
            let result = match result {
                Ok((outcome, state)) if variants[place].years.is_none() => {
                    engine.judged(plan, Ok(outcome)).map(|outcome| (outcome, state))
                }
                result => result,
            };
            (place, result)
        };
        done.into_iter().zip(plans).map(judge).collect::<Vec<_>>()
    };
    ran.extend(lanes::group(ready.collect()).into_par_iter().flat_map_iter(judged).collect::<Vec<_>>());
    ran
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
