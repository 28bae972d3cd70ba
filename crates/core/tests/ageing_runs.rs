//! Batteries that age in the run: the step's length changes nothing, the books close, snapshots and lanes keep every bit,
//! cells are renewed by the rule, and a bound holds.

use std::sync::Arc;

use microgrid_core::dispatch::{Bound, Controller, Dispatch, OptimalPlan};
use microgrid_core::simulation::{Carrier, Snapshot, StepRecord, YearState, Years};
use microgrid_core::storage::{Ageing, Battery, EndOfLife, EndOfLifeAction, FadeModel, Warranty};
use microgrid_core::{Block, Calendar, Outcome, Plan, Scenario, Series, simulate};

use crate::reference_ageing::peer_site;

/// The peer's site with a battery that ages, warm.
fn site(model: FadeModel) -> Scenario {
    let mut site = peer_site();
    site.storage[0].self_discharge_per_h = 1e-5;
    site.storage[0].ageing = Some(Ageing { temperature_c: Series::Constant(32.0), ..Ageing::new(model) });
    site
}

fn ageing(site: &mut Scenario) -> &mut Ageing {
    site.storage[0].ageing.as_mut().unwrap()
}

fn run(site: &Scenario, dispatch: &Dispatch) -> Outcome {
    let plan = Plan::compile(site).unwrap();
    simulate(&plan, Controller::built_in(dispatch, &plan).unwrap())
}

/// The same powers, constant over each hour, in steps of 1 min, 15 min and 1 h.
#[test]
fn the_same_power_fades_the_same_in_any_step() {
    let days = 40;
    let power = |hour: usize| [0.0, -6.0, -4.0, 2.0, 0.0, 3.5, -1.0, 4.4][(hour * 5 + hour / 24) % 8];
    // A leak bends the state of charge within a step, by an eighth of λh of what is charged.
    for (model, leak_per_h) in FadeModel::ALL.into_iter().flat_map(|model| [(model, 0.0), (model, 1e-4)]) {
        let tolerance = if leak_per_h > 0.0 { 1e-6 } else { 1e-8 };
        let lost = [60, 900, 3600].map(|step_s: u32| {
            let mut site = Scenario::new("steps", Calendar::days(step_s, days));
            let per_hour = (3600 / step_s) as usize;
            let temperatures = (0..24 * days as usize * per_hour).map(|t| 25.0 + (t / per_hour / 24) as f64 / 10.0);
            let temperature_c = Series::Steps(temperatures.collect());
            site.storage = vec![Battery {
                self_discharge_per_h: leak_per_h,
                ageing: Some(Ageing { temperature_c, ..Ageing::new(model) }),
                ..Battery::lithium_iron_phosphate(100.0, 10.0)
            }];
            let plan = Plan::compile(&site).unwrap();
            let follow = move |view: &microgrid_core::dispatch::Site, ask: &mut microgrid_core::dispatch::Request| {
                let kw = power(view.step() as usize / per_hour);
                if kw < 0.0 { ask.battery(0).charge(-kw) } else { ask.battery(0).discharge(kw) }
            };
            let outcome = simulate(&plan, Controller::own("follow", "none", Box::new(follow)));
            let health = outcome.batteries[0].health.clone().unwrap();
            (100.0 - health.end_capacity_percent, health.counted_cycles, outcome.batteries[0].discharge_kwh)
        });
        for (fade, cycles, discharged) in &lost[1..] {
            assert!((discharged / lost[0].2 - 1.0).abs() < 1e-9, "the power was followed");
            assert!((fade / lost[0].0 - 1.0).abs() < tolerance && *fade > 1e-3, "{}: {lost:?}", model.name());
            assert_eq!(*cycles, lost[0].1, "{}", model.name());
        }
    }
}

/// Mutation it catches: a fade loss that no book holds, conversion losses at the efficiency of the first or the last day.
#[test]
fn the_books_close_as_it_ages() {
    for (model, dispatch) in [
        (FadeModel::NmcKokam75Ah, Dispatch::SelfConsumption),
        (FadeModel::NmcKokam75Ah, Dispatch::TimeOfUse),
        (FadeModel::LfpPrismatic250Ah, Dispatch::SelfConsumption),
        (FadeModel::Xu2018, Dispatch::TimeOfUse),
        (FadeModel::Wang2011, Dispatch::SelfConsumption),
    ] {
        let outcome = run(&site(model), &dispatch);
        let (energy, battery) = (&outcome.energy, &outcome.batteries[0]);
        let health = battery.health.as_ref().unwrap();
        for carrier in Carrier::ALL {
            assert!(energy.balance_kwh(carrier).abs() < 1e-9 * energy.throughput_kwh(), "{carrier:?}");
        }
        assert!(energy.residual_kwh < 1e-9 * energy.throughput_kwh(), "{}", energy.residual_kwh);
        assert!(health.end_capacity_percent < 99.9 && health.end_capacity_percent > 85.0, "{health:?}");
        assert!(battery.self_discharge_kwh > health.fade_loss_kwh, "{battery:?}");
        let grows = model == FadeModel::NmcKokam75Ah;
        assert_eq!(health.end_resistance_percent > 100.0, grows, "{health:?}");
        if grows {
            // Losses beyond those of constant efficiency: the cells' share grows by half of the year's growth or so.
            let new = 0.05 * battery.charge_kwh + (1.0 / 0.95 - 1.0) * battery.discharge_kwh;
            assert!(battery.conversion_loss_kwh > 1.001 * new, "{} {new}", battery.conversion_loss_kwh);
        }
    }
}

/// A battery held full where fade leaves no room: what no longer fits is lost, and named.
#[test]
fn energy_that_no_longer_fits_is_lost_by_name() {
    let mut full = site(FadeModel::LfpPrismatic250Ah);
    full.storage[0].initial_soc = 1.0;
    full.storage[0].self_discharge_per_h = 0.0;
    let outcome = run(&full, &Dispatch::Idle);
    let (battery, health) = (&outcome.batteries[0], outcome.batteries[0].health.as_ref().unwrap());
    let faded_kwh = 1.5 * (100.0 - health.end_capacity_percent);
    assert!((health.fade_loss_kwh - faded_kwh).abs() < 1e-9 && faded_kwh > 1.0, "{health:?}");
    assert!((battery.start_kwh - battery.end_kwh - faded_kwh).abs() < 1e-9);
    assert!((battery.self_discharge_kwh - faded_kwh).abs() < 1e-9);
}

fn ready(plan: &Plan) -> Controller {
    Controller::built_in(&Dispatch::SelfConsumption, plan).unwrap()
}

/// Four plans side by side, from snapshots in lanes of another order, and in parts of days do what each does alone, to the bit.
/// That, and the snapshots.
pub(crate) fn every_way_keeps_every_bit(plans: &[Plan; 4]) -> ([Outcome; 4], [Snapshot; 4]) {
    let alone = plans.each_ref().map(|plan| simulate(plan, ready(plan)));
    let mut wide = Block::pack(plans.each_ref(), plans.each_ref().map(ready));
    wide.march(200, &mut ());
    let snapshots: [_; 4] = std::array::from_fn(|l| wide.snapshot(l));
    wide.march(usize::MAX, &mut ());
    let order = [2, 0, 3, 1];
    let mut resumed = Block::pack(order.map(|l| &plans[l]), order.map(|l| ready(&plans[l])));
    resumed.march(3, &mut ());
    resumed.resume(order.map(|l| &snapshots[l])).unwrap();
    resumed.march(usize::MAX, &mut ());
    for (place, l) in order.into_iter().enumerate() {
        assert_eq!(wide.outcome(l), alone[l], "lane {l}");
        assert_eq!(resumed.outcome(place), alone[l], "resumed lane {l}");
        let mut steps = Block::pack([&plans[l]], [ready(&plans[l])]);
        while steps.steps_left() > 0 {
            steps.advance(7, &mut ());
        }
        assert_eq!(steps.outcome(0), alone[l], "in parts of days {l}");
    }
    (alone, snapshots)
}

#[test]
fn snapshots_lanes_and_single_steps_keep_every_bit() {
    let mut variants: Vec<Scenario> = FadeModel::ALL.map(site).into();
    ageing(&mut variants[0]).end_of_life =
        EndOfLife { capacity_percent: 99.0, action: EndOfLifeAction::Replace, cost_per_kwh: 100.0 };
    ageing(&mut variants[1]).end_of_life =
        EndOfLife { capacity_percent: 98.5, action: EndOfLifeAction::Augment, cost_per_kwh: 100.0 };
    let plans: [Plan; 4] = std::array::from_fn(|l| Plan::compile(&variants[l]).unwrap());
    let (alone, snapshots) = every_way_keeps_every_bit(&plans);
    let renewed = |outcome: &Outcome| {
        let health = outcome.batteries[0].health.as_ref().unwrap();
        (health.replacements, health.augmentations)
    };
    assert!(
        renewed(&alone[0]).0 >= 1 && renewed(&alone[1]).1 >= 1,
        "{:?} {:?}",
        renewed(&alone[0]),
        renewed(&alone[1])
    );
    // A snapshot that was spoilt is refused, and the block is as before.
    let mut spoilt = snapshots[0].clone();
    spoilt.words.truncate(spoilt.words.len() - 5);
    let mut block = Block::pack([&plans[0]], [ready(&plans[0])]);
    assert!(block.resume([&spoilt]).is_err());
    block.march(usize::MAX, &mut ());
    assert_eq!(block.outcome(0), alone[0]);
}

/// Mutation it catches: a renewal without its day's fade, a warranty that counts from the run's start.
#[test]
fn cells_are_renewed_by_the_rule_and_the_warranty_is_watched() {
    let hot = |action, capacity_percent| {
        let mut hot = site(FadeModel::LfpPrismatic250Ah);
        ageing(&mut hot).temperature_c = Series::Constant(60.0);
        ageing(&mut hot).end_of_life = EndOfLife { capacity_percent, action, cost_per_kwh: 200.0 };
        ageing(&mut hot).warranty =
            Some(Warranty { years: 10.0, capacity_percent: 97.5, full_cycles: Some(4000.0), throughput_kwh: None });
        let mut capacity = Vec::new();
        let plan = Plan::compile(&hot).unwrap();
        assert_eq!(plan.device_columns(), [("capacity_percent", hot.storage[0].name.as_str())]);
        let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
        block.march(365, &mut |_: usize, step: &StepRecord<'_>| capacity.push(step.devices[0]));
        (block.outcome(0).batteries[0].health.clone().unwrap(), capacity)
    };
    let (kept, path) = hot(EndOfLifeAction::Keep, 96.5);
    assert!(kept.end_capacity_percent < 96.0 && kept.replacements + kept.augmentations == 0, "{kept:?}");
    assert!(path.windows(2).all(|pair| pair[1] <= pair[0]), "capacity only falls");
    let warranty = kept.warranty.unwrap();
    assert_eq!(warranty.by, "years");
    assert!((warranty.used_percent - 10.0).abs() < 1e-9, "{warranty:?}");
    let day = path.iter().position(|percent| *percent < 97.5).unwrap() / 24;
    assert_eq!(warranty.broken_after_days, Some(day as f64));
    let (replaced, path) = hot(EndOfLifeAction::Replace, 96.5);
    assert!(
        replaced.replacements >= 1 && replaced.replacement_cost == 150.0 * 200.0 * f64::from(replaced.replacements)
    );
    assert!(path.iter().all(|percent| *percent > 96.5) && replaced.age_days < 365.0, "{replaced:?}");
    let (augmented, path) = hot(EndOfLifeAction::Augment, 96.5);
    assert!(
        augmented.augmentations >= 1 && augmented.new_capacity_kwh < 0.04 * 150.0 * f64::from(augmented.augmentations)
    );
    assert!(path.iter().all(|percent| *percent > 96.5) && augmented.age_days == 365.0, "{augmented:?}");
}

/// The bound is of new batteries: no strategy beats it, in the first year or when they are old, and `optimal` is no rule's
/// loser.
#[test]
fn a_bound_over_new_batteries_holds_for_old_ones() {
    let mut first = site(FadeModel::NmcKokam75Ah);
    ageing(&mut first).temperature_c = Series::Constant(40.0);
    ageing(&mut first).end_of_life =
        EndOfLife { capacity_percent: 92.0, action: EndOfLifeAction::Replace, cost_per_kwh: 100.0 };
    let years = Years::alike(3);
    let mut before: Option<YearState> = None;
    for year in 1..=3 {
        let plan = Plan::compile(&years.scenario(&first, year, before.as_ref())).unwrap();
        let bound = Bound::of(&plan);
        let lower = bound.objective.unwrap();
        assert!(bound.reasons.iter().any(|reason| reason == Bound::AS_NEW), "{bound:?}");
        let optimal = Arc::new(OptimalPlan::solve(&plan).unwrap());
        let best = simulate(&plan, Controller::optimal(&optimal)).money.objective;
        assert!(best >= lower - 1e-9 * lower.abs(), "{best} {lower}");
        assert!(best < lower + 0.05 * lower.abs(), "near it: {best} {lower}");
        for dispatch in [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse] {
            let mut block = Block::pack([&plan], [Controller::built_in(&dispatch, &plan).unwrap()]);
            block.march(usize::MAX, &mut ());
            let objective = block.outcome(0).money.objective;
            assert!(objective >= best - 1e-9 * best.abs(), "{}: {objective} {best}", dispatch.name());
            before = Some(block.year_state(0));
        }
    }
    // Where energy is a burden, worse efficiency gains: nothing is proven.
    let mut negative = site(FadeModel::NmcKokam75Ah);
    negative.stored_value_per_kwh = Some(-0.1);
    let bound = Bound::of(&Plan::compile(&negative).unwrap());
    assert!(bound.objective.is_none() && bound.reasons[0].contains("can be dearer"), "{bound:?}");
}

#[test]
fn what_no_battery_can_be_is_refused_at_once() {
    let mut wrong = site(FadeModel::Wang2011);
    let of = ageing(&mut wrong);
    of.temperature_c = Series::Constant(120.0);
    of.resistive_percent = -1.0;
    of.power_headroom = 0.5;
    of.end_of_life = EndOfLife { capacity_percent: 100.0, cost_per_kwh: -1.0, ..EndOfLife::default() };
    of.warranty =
        Some(Warranty { years: 0.0, capacity_percent: 0.0, full_cycles: Some(-1.0), throughput_kwh: Some(0.0) });
    let problems = Plan::compile(&wrong).unwrap_err();
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    let expected = [
        "temperature_c",
        "resistive_percent",
        "power_headroom",
        "end_of_life_percent",
        "replacement_cost_per_kwh",
        "warranty.years",
        "warranty.capacity_percent",
        "warranty.full_cycles",
        "warranty.throughput_kwh",
    ];
    assert_eq!(fields, expected.map(|name| format!("storage.battery[0].ageing.{name}")));
    let mut empty = site(FadeModel::Wang2011);
    empty.storage[0].capacity_kwh = 0.0;
    assert!(Plan::compile(&empty).unwrap_err().to_string().contains("no capacity"));
}
