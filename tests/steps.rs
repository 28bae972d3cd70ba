//! Promise: a run step by step is the same as one at once, to the bit, with a recorder and without, and sites that are
//! advanced in lockstep are each as alone.

use std::sync::Arc;

use crate::random_site::{Limits, Recipe, build, compile};
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::{Block, Outcome, Plan, StepRecord, simulate};

fn recipe(seed: u64, batteries: usize, gensets: usize) -> Recipe {
    Recipe {
        step_s: 3600,
        days: 5,
        uneven_days: seed.is_multiple_of(2),
        months: 2,
        plants: 2,
        must_take: true,
        batteries,
        leaks: true,
        reserves: true,
        barred: seed.is_multiple_of(3),
        grid_forming: true,
        loads: 3,
        outages: 2,
        limits: Limits::Series,
        transformer: true,
        import_prices: 2,
        export_prices: 2,
        demand_charges: 2,
        carbon_series: true,
        gensets,
        seed,
        ..Recipe::default()
    }
}

/// Every strategy that fits, on sites of every shape of the march.
fn cases() -> Vec<(Plan, Dispatch)> {
    let mut cases = Vec::new();
    for (seed, (batteries, gensets)) in (0..).zip([(0, 0), (1, 0), (2, 0), (1, 2)]) {
        let plan = compile(&build(&recipe(seed, batteries, gensets)));
        let fitting = Dispatch::every().filter(|dispatch| dispatch.fits(&plan).is_ok());
        cases.extend(fitting.map(|dispatch| (plan.clone(), dispatch)));
    }
    cases
}

/// A step's numbers by which two runs are told apart.
type Seen = (u32, [u64; 5], Vec<[u64; 3]>);

fn seen(step: &StepRecord<'_>) -> Seen {
    let flows = [step.import_kw, step.export_kw, step.curtailed_kw, step.dumped_kw, step.load_kw];
    let batteries = step.batteries.iter().map(|b| [b.charge_kw, b.discharge_kw, b.stored_kwh].map(f64::to_bits));
    (step.step, flows.map(f64::to_bits), batteries.collect())
}

/// Called in one place, because the march is inlined into its callers.
#[inline(never)]
fn advance(block: &mut Block<'_, 1>, steps: usize) {
    block.advance(steps, &mut ());
}

/// Runs in parts of the given numbers of steps, again and again, and looks on where `recorded`.
fn in_parts(plan: &Plan, dispatch: &Dispatch, parts: &[usize], recorded: bool) -> (Outcome, Vec<Seen>) {
    let mut block = Block::pack([plan], [Controller::built_in(dispatch, plan).unwrap()]);
    let mut steps = Vec::new();
    for part in parts.iter().cycle() {
        if block.steps_left() == 0 {
            break;
        }
        if recorded {
            block.advance(*part, &mut |_: usize, step: &StepRecord<'_>| steps.push(seen(step)));
        } else {
            advance(&mut block, *part);
        }
    }
    (block.outcome(0), steps)
}

#[test]
fn step_by_step_is_at_once() {
    let cases = cases();
    assert!(cases.len() > 20, "{} cases", cases.len());
    for (plan, dispatch) in cases {
        let whole = simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap());
        let (recorded, steps) = in_parts(&plan, &dispatch, &[usize::MAX], true);
        assert_eq!(steps.len(), plan.steps());
        assert_eq!(recorded, whole, "{}: at once, recorded", dispatch.name());
        for parts in [&[1][..], &[7, 1, 23], &[24, 5]] {
            let (outcome, _) = in_parts(&plan, &dispatch, parts, false);
            assert_eq!(outcome, whole, "{}: parts of {parts:?}", dispatch.name());
            let (outcome, again) = in_parts(&plan, &dispatch, parts, true);
            assert_eq!(outcome, whole, "{}: parts of {parts:?}, recorded", dispatch.name());
            assert!(again == steps, "{}: records in parts of {parts:?}", dispatch.name());
        }
    }
}

#[test]
fn a_fleet_in_lockstep_is_each_alone() {
    let plans: Vec<Arc<Plan>> = (0..39)
        .map(|seed| Arc::new(compile(&build(&recipe(seed, 1 + (seed % 2) as usize, usize::from(seed % 3 == 0))))))
        .collect();
    let ready = |plan: &Plan| Controller::built_in(&Dispatch::SelfConsumption, plan).unwrap();
    // Blocks of shared plans borrow nothing.
    let mut fleet: Vec<Block<'static, 1>> =
        plans.iter().map(|plan| Block::pack([plan.clone()], [ready(plan)])).collect();
    while fleet.iter().any(|block| block.steps_left() > 0) {
        for block in &mut fleet {
            advance(block, 1);
        }
    }
    let mut shed = 0;
    for (block, plan) in fleet.iter().zip(&plans) {
        let outcome = block.outcome(0);
        shed += usize::from(outcome.energy.unserved_kwh > 0.0);
        assert_eq!(outcome, simulate(plan, ready(plan)));
    }
    assert!(shed > 10, "recourse is part of it: {shed} of 39 sites shed load");
}

#[test]
fn a_block_knows_where_it_stands() {
    let plan = compile(&build(&recipe(1, 1, 0)));
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    let (days, steps) = (block.days_left(), block.steps_left());
    assert!(block.is_at_days_end());
    advance(&mut block, 5);
    assert_eq!((block.next_step(), block.steps_left(), block.days_left()), (5, steps - 5, days));
    assert!(!block.is_at_days_end(), "sums are open");
    block.march(1, &mut ());
    assert!(block.is_at_days_end(), "the open day counts as the first");
    assert_eq!(block.days_left(), days - 1);
    advance(&mut block, usize::MAX);
    assert_eq!((block.steps_left(), block.days_left()), (0, 0));
}

#[test]
#[should_panic(expected = "at a day's end")]
fn a_snapshot_within_a_day_is_refused() {
    let plan = compile(&build(&recipe(1, 1, 0)));
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    advance(&mut block, 5);
    let _ = block.snapshot(0);
}
