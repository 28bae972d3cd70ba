//! Promise: a snapshot that holds what no run leaves is refused by name, and the block is as before.
//!
//! It catches a check that is left out: such words went on as state, to a NaN in every sum, energy from nowhere, or an
//! index beyond the run.

use crate::random_site::{Recipe, build, compile};
use microgrid::dispatch::{Controller, Dispatch, RollingHorizon};
use microgrid::{Block, Plan, Snapshot};

fn plan(gensets: usize) -> Plan {
    compile(&build(&Recipe {
        step_s: 3600,
        days: 6,
        months: 1,
        plants: 1,
        batteries: 1,
        leaks: true,
        grid_forming: true,
        loads: 2,
        import_prices: 1,
        export_prices: 1,
        gensets,
        seed: 5,
        ..Recipe::default()
    }))
}

/// Goes on from a snapshot after three days in which `spoil` changed the words; returns what is refused.
fn refused(dispatch: &Dispatch, gensets: usize, spoil: impl Fn(&mut Snapshot)) -> Option<String> {
    let plan = plan(gensets);
    let ready = || Controller::built_in(dispatch, &plan).unwrap();
    let mut first = Block::pack([&plan], [ready()]);
    first.march(3, &mut ());
    let mut snapshot = first.snapshot(0);
    spoil(&mut snapshot);
    let mut rest = Block::pack([&plan], [ready()]);
    let before = rest.snapshot(0);
    let refused = rest.resume([&snapshot]).err().map(|problems| problems.to_string());
    if refused.is_some() {
        assert_eq!(rest.snapshot(0), before, "the block is as before");
    }
    rest.march(usize::MAX, &mut ());
    assert!(rest.outcome(0).money.objective.is_finite());
    refused
}

#[test]
fn words_that_no_run_leaves_are_refused() {
    let rules = Dispatch::SelfConsumption;
    assert_eq!(refused(&rules, 0, |_| ()), None);
    let told = |refused: Option<String>, what: &str| {
        let refused = refused.unwrap_or_else(|| panic!("not refused: {what}"));
        assert!(refused.contains(what), "{refused}");
    };
    let words = {
        let plan = plan(0);
        let mut block = Block::pack([&plan], [Controller::built_in(&rules, &plan).unwrap()]);
        block.snapshot(0).words.len()
    };
    for word in 0..words {
        let spoilt = refused(&rules, 0, |s| s.words[word] = f64::NAN.to_bits());
        told(spoilt, if word == 0 { "holds" } else { "a number that is none" });
    }
    for kwh in [-1.0, 1e7, f64::INFINITY] {
        told(refused(&rules, 0, |s| s.words[0] = f64::to_bits(kwh)), "energy outside a battery's window");
    }
    let rolling = Dispatch::RollingHorizon(RollingHorizon::DEFAULT);
    let origin = |snapshot: &Snapshot, plan_step: f64| {
        let step = f64::to_bits(plan_step);
        snapshot.words.iter().rposition(|word| *word == step)
    };
    told(
        refused(&rolling, 0, |s| {
            // The last plan was made in the last hour before the third midnight.
            let at = origin(s, 71.0).expect("its step is remembered");
            s.words[at] = 1e9_f64.to_bits();
        }),
        "a plan made after the run",
    );
}

#[test]
fn a_genset_beyond_its_rating_is_refused() {
    let follow = Dispatch::LoadFollowing;
    assert_eq!(refused(&follow, 1, |_| ()), None);
    let mut found = 0;
    let words = {
        let plan = plan(1);
        let mut block = Block::pack([&plan], [Controller::built_in(&follow, &plan).unwrap()]);
        block.march(3, &mut ());
        block.snapshot(0).words.len()
    };
    for word in 0..words {
        let told = refused(&follow, 1, |s| s.words[word] = (-5.0_f64).to_bits());
        found += usize::from(told.is_some_and(|told| told.contains("a genset beyond its rating")));
    }
    assert_eq!(found, 1, "one word is the genset's power");
}
