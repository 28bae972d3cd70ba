//! Promise: same bits. A site gives bit-identical results alone or in a lane beside others, with any number of threads,
//! in narrow and wide registers, in one go or resumed from a snapshot, in whichever lane it goes on.
//!
//! It catches anything that crosses lanes or depends on them: a sum in another order for L = 8, a phase skipped for one
//! lane because another does not need it, a recourse that is not the identity for a lane within its limits, state that
//! a snapshot forgets.

use std::num::NonZeroUsize;

use crate::bits::bits;
use crate::random_site::{Limits, Recipe, Whim, build, build_lane, cases, compile, recipe, recipe_with_gensets};
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::simulation::{Snapshot, StepRecord};
use microgrid::{Block, Outcome, Plan, Scenario};
use microgrid_runner::{Job, Runner};
use proptest::prelude::*;

/// Like `==` on bits, but names the outcome's first differing number by printing both.
fn assert_same(a: &Outcome, b: &Outcome) -> Result<(), TestCaseError> {
    if bits(a) != bits(b) {
        prop_assert_eq!(a, b, "bits differ");
        prop_assert!(false, "bits differ where numbers are equal (a sign of zero)");
    }
    Ok(())
}

fn alone(plan: &Plan, controller: Controller) -> Outcome {
    let mut block = Block::pack([plan], [controller]);
    block.march(usize::MAX, &mut ());
    block.outcome(0)
}

/// The strategies that can stand in one block: each its settings, and a user's with memory.
fn controller(plan: &Plan, which: usize, seed: u64) -> Controller {
    match which {
        0..6 if Dispatch::ALL[which].fits(plan).is_ok() => Controller::built_in(&Dispatch::ALL[which], plan).unwrap(),
        6 => Controller::built_in(&Dispatch::PeakShaving { target_kw: Some((seed % 50) as f64) }, plan).unwrap(),
        8.. => Controller::built_in(&Dispatch::OF_GENSETS[which - 8], plan).unwrap(),
        _ => Whim::controller(seed),
    }
}

/// How many of the strategies above stand side by side whatever the lanes' batteries: `time_of_use` learns windows
/// from their losses, and lanes of different windows are of different shape.
const WHICH: std::ops::Range<usize> = 0..8;

/// The same, with the strategies for gensets.
const WHICH_WITH_GENSETS: std::ops::Range<usize> = 0..12;

/// Eight sites of one shape, with numbers of their own or some series shared.
fn lanes(recipe: &Recipe, shared: bool) -> Vec<Scenario> {
    let first = build(recipe);
    let lane = |lane: u64| {
        let mut site = build_lane(recipe, recipe.seed.wrapping_add(lane));
        site.calendar = first.calendar.clone();
        site.tariff = first.tariff.clone();
        if shared {
            // One weather and one load for all, as in a sweep over sizes.
            site.generation = first.generation.clone();
            site.loads = first.loads.clone();
            site.connection = first.connection.clone();
            site.carbon = first.carbon.clone();
        }
        site
    };
    (0..8).map(lane).collect()
}

/// A year of half hours has 17520 steps; here enough days for several sevenths.
fn long(mut recipe: Recipe, days: u32) -> Recipe {
    recipe.days = days;
    recipe.months = recipe.months.min(days);
    recipe
}

fn eight_lanes_have_the_bits_of_one(recipe: &Recipe, which: usize, shared: bool) -> Result<(), TestCaseError> {
    let sites = lanes(recipe, shared);
    let plans: Vec<Plan> = sites.iter().map(compile).collect();
    let ready: Vec<Controller> =
        plans.iter().enumerate().map(|(l, plan)| controller(plan, which, recipe.seed ^ l as u64)).collect();
    // Lanes whose strategy is of another shape than the first one's get the first one's site.
    let fits: Vec<usize> = (0..8).map(|l| if ready[l].same_shape(&ready[0]) { l } else { 0 }).collect();
    let again = |l: usize| controller(&plans[fits[l]], which, recipe.seed ^ fits[l] as u64);
    let mut block = Block::<8>::pack(std::array::from_fn(|l| &plans[fits[l]]), std::array::from_fn(again));
    block.march(usize::MAX, &mut ());
    for lane in 0..8 {
        assert_same(&block.outcome(lane), &alone(&plans[fits[lane]], again(lane)))?;
    }
    Ok(())
}

/// What a recorder sees does not depend on lanes either, and recording changes no bit.
fn recorders_see_the_same_steps(recipe: &Recipe, which: usize) -> Result<(), TestCaseError> {
    let sites = lanes(recipe, false);
    let plans: Vec<Plan> = sites.iter().map(compile).collect();
    let others = controller(&plans[1], which, 1).same_shape(&controller(&plans[0], which, 0));
    let second = if others { &plans[1] } else { &plans[0] };
    let mut steps: [Vec<Vec<u64>>; 3] = Default::default();
    let keep = |step: &StepRecord<'_>| -> Vec<u64> {
        let batteries = step.batteries.iter().flat_map(|b| [b.charge_kw, b.discharge_kw, b.stored_kwh]);
        let gensets = step.gensets.iter().flat_map(|g| [f64::from(u8::from(g.running)), g.power_kw, g.fuel_per_h]);
        let flows = [step.load_kw, step.generation_kw, step.curtailed_kw, step.dumped_kw, step.import_kw];
        let all = flows.into_iter().chain(step.unserved_kw).chain([step.export_kw]).chain(batteries).chain(gensets);
        // 0 and −0 are one power.
        all.map(|kw| (kw + 0.0).to_bits()).collect()
    };
    let mut both = Block::pack([&plans[0], second], [controller(&plans[0], which, 0), controller(second, which, 1)]);
    both.march(usize::MAX, &mut |lane: usize, step: &StepRecord<'_>| steps[lane].push(keep(step)));
    let mut one = Block::pack([&plans[0]], [controller(&plans[0], which, 0)]);
    one.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| steps[2].push(keep(step)));
    prop_assert_eq!(&steps[0], &steps[2]);
    assert_same(&one.outcome(0), &alone(&plans[0], controller(&plans[0], which, 0)))?;
    Ok(())
}

/// Stopped at every seventh day, packed anew into lane 0 or another, and gone on.
fn resumed_runs_have_the_bits_of_uninterrupted_ones(
    recipe: Recipe,
    which: usize,
    lane: usize,
) -> Result<(), TestCaseError> {
    let recipe = long(recipe, 24);
    let site = build(&recipe);
    let plan = compile(&site);
    let whole = alone(&plan, controller(&plan, which, 5));
    let mut snapshot: Option<Snapshot> = None;
    let mut parts = 0;
    loop {
        parts += 1;
        let mut block = Block::pack([&plan, &plan], [controller(&plan, which, 5), controller(&plan, which, 5)]);
        if let Some(snapshot) = &snapshot {
            let resumed = block.resume([snapshot, snapshot]);
            prop_assert!(resumed.is_ok(), "{:?}", resumed.unwrap_err());
        }
        block.march(7, &mut ());
        if block.days_left() == 0 {
            assert_same(&block.outcome(lane), &whole)?;
            break;
        }
        snapshot = Some(block.snapshot(lane));
    }
    prop_assert_eq!(parts, 4);
    Ok(())
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn lanes_are_one(recipe in recipe(), which in WHICH, shared in any::<bool>()) {
        eight_lanes_have_the_bits_of_one(&recipe, which, shared)?;
    }

    #[test]
    fn lanes_with_gensets_are_one(
        recipe in recipe_with_gensets(), which in WHICH_WITH_GENSETS, shared in any::<bool>(),
    ) {
        eight_lanes_have_the_bits_of_one(&recipe, which, shared)?;
    }

    #[test]
    fn recorders_see_one(recipe in recipe(), which in WHICH) {
        recorders_see_the_same_steps(&recipe, which)?;
    }

    #[test]
    fn recorders_with_gensets_see_one(recipe in recipe_with_gensets(), which in WHICH_WITH_GENSETS) {
        recorders_see_the_same_steps(&recipe, which)?;
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn resumed_is_uninterrupted(recipe in recipe(), which in WHICH, lane in 0..2usize) {
        resumed_runs_have_the_bits_of_uninterrupted_ones(recipe, which, lane)?;
    }

    #[test]
    fn resumed_with_gensets_is_uninterrupted(
        recipe in recipe_with_gensets(), which in WHICH_WITH_GENSETS, lane in 0..2usize,
    ) {
        resumed_runs_have_the_bits_of_uninterrupted_ones(recipe, which, lane)?;
    }
}

proptest! {
    #![proptest_config(cases(12))]

    /// Jobs of three shapes under every strategy over threads and registers: full blocks, rests and lone ones.
    #[test]
    fn threads_and_width_change_no_bit(recipes in prop::collection::vec(recipe(), 3)) {
        let plans: Vec<Plan> = recipes.iter().flat_map(|recipe| lanes(recipe, false)).map(|site| compile(&site)).collect();
        let jobs = || -> Vec<Job<'_>> {
            let of_plan = |(i, plan)| WHICH.map(move |which| Job::with(plan, move |plan| {
                Ok(controller(plan, which, i as u64))
            }));
            plans.iter().enumerate().flat_map(of_plan).collect()
        };
        let expected: Vec<Outcome> = plans.iter().enumerate()
            .flat_map(|(i, plan)| WHICH.map(move |which| alone(plan, controller(plan, which, i as u64))))
            .collect();
        for (threads, narrow) in [(1, true), (1, false), (2, false), (3, false), (3, true), (8, false)] {
            let runner = Runner { threads: NonZeroUsize::new(threads), narrow };
            let outcomes = runner.run(&jobs(), &|_| ());
            prop_assert_eq!(outcomes.len(), expected.len());
            for (outcome, expected) in outcomes.iter().zip(&expected) {
                assert_same(outcome.as_ref().unwrap(), expected)?;
            }
        }
    }
}

fn week(limits: Limits) -> Scenario {
    build(&Recipe {
        step_s: 1800,
        days: 10,
        months: 2,
        plants: 2,
        batteries: 2,
        leaks: true,
        reserves: true,
        grid_forming: true,
        loads: 3,
        outages: 2,
        limits,
        transformer: true,
        import_prices: 2,
        export_prices: 1,
        demand_charges: 2,
        carbon_series: true,
        seed: 7,
        ..Recipe::default()
    })
}

/// A snapshot goes on only where it came from: another site, strategy, setting or day is refused by name.
#[test]
fn a_snapshot_of_another_run_is_refused() {
    let site = week(Limits::Constant);
    let plan = compile(&site);
    let mut other_site = site.clone();
    other_site.storage[1].capacity_kwh += 1e-9;
    let other_plan = compile(&other_site);
    fn ready(plan: &Plan, dispatch: &Dispatch) -> Controller {
        Controller::built_in(dispatch, plan).unwrap()
    }
    let target = |kw| Dispatch::PeakShaving { target_kw: Some(kw) };
    let at = |days: usize| {
        let mut block = Block::pack([&plan], [ready(&plan, &target(20.0))]);
        block.march(days, &mut ());
        block.snapshot(0)
    };
    let snapshot = at(3);
    let refusal = |plan: &Plan, dispatch: &Dispatch, snapshot: &Snapshot| {
        let mut block = Block::pack([plan], [ready(plan, dispatch)]);
        block.resume([snapshot]).err().map(|problems| problems.to_string()).unwrap_or_default()
    };
    assert_eq!(refusal(&plan, &target(20.0), &snapshot), "");
    assert!(refusal(&other_plan, &target(20.0), &snapshot).contains("another scenario"));
    assert!(refusal(&plan, &Dispatch::SelfConsumption, &snapshot).contains("another strategy"));
    assert!(refusal(&plan, &target(21.0), &snapshot).contains("another setting"));
    let newer = Snapshot { version: snapshot.version + 1, ..snapshot.clone() };
    assert!(refusal(&plan, &target(20.0), &newer).contains("another version"));
    let mut short = snapshot.clone();
    short.words.pop();
    assert!(refusal(&plan, &target(20.0), &short).contains("another length"));
    let mut block = Block::pack([&plan, &plan], [ready(&plan, &target(20.0)), ready(&plan, &target(20.0))]);
    assert!(block.resume([&snapshot, &at(4)]).unwrap_err().to_string().contains("another day"));
}
