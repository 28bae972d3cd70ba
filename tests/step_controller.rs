//! Promise: a controller that steps from live inputs decides as a run of the same rule does, to the bit, reasons and
//! limits included, and allocates nothing after set-up.
//!
//! It catches a phase, a limit, a rung of recourse or a memory of a rule that the controller has not, or has otherwise; and
//! an input that is read where it should be refused.

use microgrid::dispatch::{Controller, Dispatch, Guidance, PriceWindow, StepRule};
use microgrid::simulation::{ControllerSite, InputFault, StepController, StepInputs};
use microgrid::{Battery, Block, Calendar, Genset, Load, Plan, Scenario, SeriesPlant, StepRecord, Tier};
use proptest::prelude::{prop_assert, prop_assert_eq};
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::random_site::{GENSET_RULES, Limits, RULES, Recipe, build, cases, compile, recipe, recipe_with_gensets};

/// All of a step, by its bits.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    words: Vec<u64>,
    why: String,
}

fn seen(step: &StepRecord<'_>) -> Seen {
    let StepRecord { step: index, load_kw, unserved_kw, generation_kw, curtailed_kw, dumped_kw, .. } = *step;
    let StepRecord { import_kw, export_kw, why, limit, stored_value_per_kwh, batteries, gensets, .. } = *step;
    let mut numbers = vec![f64::from(index), load_kw, generation_kw, curtailed_kw, dumped_kw, import_kw, export_kw];
    numbers.extend(unserved_kw);
    numbers.extend(batteries.iter().flat_map(|b| [b.charge_kw, b.discharge_kw, b.stored_kwh]));
    numbers.extend(gensets.iter().flat_map(|g| [f64::from(u8::from(g.running)), g.power_kw, g.fuel_per_h]));
    let why = format!("{why:?} {limit:?} {stored_value_per_kwh:?}");
    Seen { words: numbers.into_iter().map(f64::to_bits).collect(), why }
}

/// The run of a year's loop, step by step.
fn run(plan: &Plan, dispatch: &Dispatch) -> Vec<Seen> {
    let mut steps = Vec::with_capacity(plan.steps());
    let mut block = Block::pack([plan], [Controller::built_in(dispatch, plan).unwrap()]);
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| steps.push(seen(step)));
    steps
}

/// What came up in the steps that were compared.
#[derive(Debug, Default)]
struct Count {
    sites: usize,
    steps: usize,
    charging: usize,
    discharging: usize,
    shed: usize,
    curtailed: usize,
    dumped: usize,
    dark_or_outage: usize,
    genset_steps: usize,
    limited: usize,
}

impl Count {
    fn add(&mut self, step: &StepRecord<'_>, grid_is_up: bool) {
        let count = |yes: bool, sum: &mut usize| *sum += usize::from(yes);
        self.steps += 1;
        count(step.batteries.iter().any(|b| b.charge_kw > 0.0), &mut self.charging);
        count(step.batteries.iter().any(|b| b.discharge_kw > 0.0), &mut self.discharging);
        count(step.unserved_kw.iter().any(|kw| *kw > 0.0), &mut self.shed);
        count(step.curtailed_kw > 0.0, &mut self.curtailed);
        count(step.dumped_kw > 0.0, &mut self.dumped);
        count(!grid_is_up, &mut self.dark_or_outage);
        count(step.gensets.iter().any(|g| g.running), &mut self.genset_steps);
        count(step.limit.is_some(), &mut self.limited);
    }
}

fn compare(plan: &Plan, dispatch: &Dispatch, count: &mut Count) -> Result<(), TestCaseError> {
    let (rule, guidance) = StepRule::learn(dispatch, plan).unwrap();
    let site = ControllerSite::of(plan.scenario());
    let mut controller = StepController::new(&site, rule).unwrap();
    let mut inputs = StepInputs::of(&site);
    for (step, expected) in run(plan, dispatch).iter().enumerate() {
        inputs.read(plan, step);
        inputs.guidance = guidance[step];
        let done = controller.step(&inputs).unwrap();
        count.add(&done, inputs.grid_is_up);
        prop_assert_eq!(&seen(&done), expected, "{} at step {}", dispatch.name(), step);
    }
    Ok(())
}

fn agree(recipes: impl proptest::strategy::Strategy<Value = Recipe>, rules: &[Dispatch], sites: u32) -> Count {
    let count = std::cell::RefCell::new(Count::default());
    let result = TestRunner::new(cases(sites)).run(&recipes, |recipe| {
        let plan = compile(&build(&recipe));
        count.borrow_mut().sites += 1;
        rules.iter().try_for_each(|dispatch| compare(&plan, dispatch, &mut count.borrow_mut()))
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    count.into_inner()
}

#[test]
fn decides_as_a_run_does() {
    let mut rules = RULES.to_vec();
    rules.push(Dispatch::PeakShaving { target_kw: None });
    let count = agree(recipe(), &rules, 100);
    println!("{count:?}");
    assert!(count.sites >= 100 && count.charging > 1000 && count.discharging > 1000, "{count:?}");
    assert!(count.shed > 100 && count.curtailed > 100 && count.dumped > 100 && count.limited > 1000, "{count:?}");
    assert!(count.dark_or_outage > 100, "{count:?}");
}

#[test]
fn decides_beside_gensets_as_a_run_does() {
    let count = agree(recipe_with_gensets(), &GENSET_RULES, 100);
    println!("{count:?}");
    assert!(count.sites >= 100 && count.genset_steps > 1000 && count.shed > 100, "{count:?}");
    assert!(count.curtailed > 100 && count.dumped > 100 && count.dark_or_outage > 100, "{count:?}");
}

fn everything() -> Recipe {
    Recipe {
        step_s: 900,
        days: 3,
        uneven_days: true,
        months: 2,
        plants: 2,
        must_take: true,
        batteries: 2,
        leaks: true,
        reserves: true,
        barred: true,
        grid_forming: true,
        loads: 3,
        outages: 3,
        limits: Limits::Series,
        transformer: true,
        import_prices: 2,
        export_prices: 1,
        demand_charges: 1,
        carbon_series: true,
        gensets: 2,
        seed: 4,
        ..Recipe::default()
    }
}

#[test]
fn steps_allocate_nothing() {
    for dispatch in RULES.iter().chain(&GENSET_RULES) {
        let plan = compile(&build(&everything()));
        let (rule, guidance) = StepRule::learn(dispatch, &plan).unwrap();
        let site = ControllerSite::of(plan.scenario());
        let mut controller = StepController::new(&site, rule).unwrap();
        let mut inputs = StepInputs::of(&site);
        let mut moved_kw = 0.0;
        let counted = allocation_counter::measure(|| {
            for (step, told) in guidance.iter().enumerate() {
                inputs.read(&plan, step);
                inputs.guidance = *told;
                let done = controller.step(&inputs).unwrap();
                moved_kw += done.import_kw + done.export_kw;
            }
        });
        assert!(moved_kw > 0.0);
        assert_eq!(counted.count_total, 0, "{}", dispatch.name());
    }
}

/// A battery, a plant and a load for a minute.
fn small() -> ControllerSite {
    let mut site = Scenario::new("small", Calendar::days(60, 1));
    site.generation.push(SeriesPlant::new("roof", 0.0));
    site.loads.push(Load::new("home", 0.0));
    site.storage.push(Battery::lithium_iron_phosphate(20.0, 10.0));
    ControllerSite::of(&site)
}

#[test]
fn what_no_meter_can_mean_is_refused_and_changes_nothing() {
    let site = small();
    let mut controller = StepController::new(&site, StepRule::SelfConsumption).unwrap();
    let mut good = StepInputs::of(&site);
    good.load_kw[0] = 4.0;
    type Spoil = fn(&mut StepInputs);
    let bad: [(InputFault, Spoil); 12] = [
        (InputFault::Length, |i| i.step_s = 0),
        (InputFault::Length, |i| i.step_s = 86_401),
        (InputFault::Count, |i| i.load_kw.push(1.0)),
        (InputFault::Count, |i| i.generation_kw.clear()),
        (InputFault::Generation { plant: 0 }, |i| i.generation_kw[0] = f64::NAN),
        (InputFault::Generation { plant: 0 }, |i| i.generation_kw[0] = -1.0),
        (InputFault::Load { load: 0 }, |i| i.load_kw[0] = f64::INFINITY),
        (InputFault::ImportLimit, |i| i.import_limit_kw = -1e-9),
        (InputFault::ExportLimit, |i| i.export_limit_kw = f64::NAN),
        (InputFault::ImportPrice, |i| i.import_price_per_kwh = f64::NAN),
        (InputFault::Carbon, |i| i.carbon_kg_per_kwh = -1.0),
        (InputFault::Guidance, |i| i.guidance = Guidance::TargetKw(5.0)),
    ];
    let before = controller.stored_kwh(0);
    for (fault, spoil) in bad {
        let mut inputs = good.clone();
        spoil(&mut inputs);
        assert_eq!(controller.step(&inputs).unwrap_err(), fault);
        assert!(!fault.to_string().is_empty());
        assert_eq!(controller.stored_kwh(0), before);
    }
    assert_eq!(controller.step(&good).unwrap().step, 0, "refused steps do not count");
    assert_ne!(controller.stored_kwh(0), before);
}

#[test]
fn guidance_out_of_range_is_refused() {
    let site = small();
    let mut inputs = StepInputs::of(&site);
    let mut shaving = StepController::new(&site, StepRule::PeakShaving).unwrap();
    for told in [Guidance::None, Guidance::TargetKw(-1.0), Guidance::TargetKw(f64::NAN)] {
        inputs.guidance = told;
        assert_eq!(shaving.step(&inputs).unwrap_err(), InputFault::Guidance);
    }
    let mut by_price = StepController::new(&site, StepRule::TimeOfUse { peaks_of_day: 2 }).unwrap();
    let charge = |steps_left, peak| Guidance::Window(PriceWindow::Charge { steps_left, peak });
    let discharge = |peak| Guidance::Window(PriceWindow::Discharge { first: true, last: true, peak });
    for told in [Guidance::None, charge(0, 0), charge(1, 2), discharge(2)] {
        inputs.guidance = told;
        assert_eq!(by_price.step(&inputs).unwrap_err(), InputFault::Guidance);
    }
    inputs.guidance = charge(1, 1);
    assert!(by_price.step(&inputs).is_ok());
    inputs.step_s = 30;
    assert_eq!(by_price.step(&inputs).unwrap_err(), InputFault::Length, "it counts in steps of the site");
}

#[test]
fn a_site_out_of_range_is_refused_at_once() {
    let mut site = small();
    site.step_s = 0;
    site.storage[0].charge_efficiency = 2.0;
    site.carbon_price_per_kg = f64::NAN;
    let problems = StepController::new(&site, StepRule::CycleCharging { setpoint_soc: 1.5 }).err().unwrap().to_string();
    for field in ["step_s", "storage[0].charge_efficiency", "carbon_price_per_kg", "rule.setpoint_soc"] {
        assert!(problems.contains(field), "{field} in:\n{problems}");
    }
    let planned = StepRule::learn(&Dispatch::Optimal, &compile(&build(&everything()))).unwrap_err().to_string();
    assert!(planned.contains("plans each step anew"), "{planned}");
}

#[test]
fn measurements_take_the_place_of_what_was_worked_out() {
    let mut site = small();
    site.tiers = vec![Tier::Critical];
    site.gensets.push(Genset { min_down_h: 0.05, ..Genset::diesel(30.0, 1.2) });
    let mut controller = StepController::new(&site, StepRule::LoadFollowing).unwrap();
    let mut inputs = StepInputs::of(&site);
    inputs.grid_is_up = false;
    inputs.load_kw[0] = 12.0;
    // Empty by its own gauge, beyond the window: its edge.
    controller.measure_battery(0, 0.5).unwrap();
    assert_eq!(controller.stored_kwh(0), Some(2.0));
    let done = controller.step(&inputs).unwrap();
    assert!(done.gensets[0].running && done.gensets[0].power_kw == 12.0, "{done:?}");
    // It failed to start: it rests for its three minutes, of which one is over, and the load is shed.
    controller.measure_genset(0, false, 0.0).unwrap();
    for _ in 0..2 {
        let done = controller.step(&inputs).unwrap();
        assert!(!done.gensets[0].running && done.unserved_kw[0] == 12.0, "{done:?}");
    }
    assert!(controller.step(&inputs).unwrap().gensets[0].running);
    for refused in [
        controller.measure_battery(1, 3.0),
        controller.measure_battery(0, f64::NAN),
        controller.measure_genset(1, true, 3.0),
        controller.measure_genset(0, true, -3.0),
    ] {
        assert_eq!(refused, Err(InputFault::Measurement));
    }
}

/// What two controllers say of the same time, one whole, one in parts.
#[derive(Debug, Default)]
struct Split {
    steps: usize,
    with_gensets: usize,
    leaking: usize,
    changed: usize,
}

/// A step in parts with unchanged set-points ends where the whole one ends, and no timer tells them apart: a genset that
/// must go on or rest does so in both. Where a limit in energy lets a part do what the whole may not, set-points change.
#[test]
fn parts_with_the_same_set_points_are_the_whole_step() {
    let rules = GENSET_RULES.iter().filter(|dispatch| !matches!(dispatch, Dispatch::TimeOfUse));
    let count = std::cell::RefCell::new(Split::default());
    let result = TestRunner::new(cases(40)).run(&recipe_with_gensets(), |recipe| {
        let plan = compile(&build(&recipe));
        rules.clone().try_for_each(|dispatch| in_parts(&plan, dispatch, &mut count.borrow_mut()))
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let count = count.into_inner();
    println!("{count:?}");
    assert!(count.steps > 5000 && count.with_gensets > 1000 && count.leaking > 1000 && count.changed > 0, "{count:?}");
}

/// Runs whole steps beside parts of unequal whole seconds; both begin each step with the same energy.
fn in_parts(plan: &Plan, dispatch: &Dispatch, count: &mut Split) -> Result<(), TestCaseError> {
    let (rule, guidance) = StepRule::learn(dispatch, plan).unwrap();
    let site = ControllerSite::of(plan.scenario());
    let mut whole = StepController::new(&site, rule).unwrap();
    let mut inputs = StepInputs::of(&site);
    let mut twin = StepController::new(&site, rule).unwrap();
    let set_points = |done: &StepRecord<'_>| -> Vec<f64> {
        let storage = done.batteries.iter().map(|b| b.discharge_kw - b.charge_kw);
        let gensets = done.gensets.iter().flat_map(|g| [f64::from(u8::from(g.running)), g.power_kw]);
        storage.chain(gensets).chain([done.import_kw, done.export_kw]).collect()
    };
    for (step, told) in guidance.iter().enumerate() {
        inputs.read(plan, step);
        (inputs.guidance, inputs.step_s) = (*told, site.step_s);
        let done = whole.step(&inputs).unwrap();
        let (expected, end): (Vec<f64>, Vec<f64>) =
            (set_points(&done), done.batteries.iter().map(|battery| battery.stored_kwh).collect());
        let powers: Vec<(bool, f64)> = done.gensets.iter().map(|genset| (genset.running, genset.power_kw)).collect();
        let mut is_same = true;
        for part_s in [1, 7 + step as u32 % 400, site.step_s - 8 - step as u32 % 400] {
            inputs.step_s = part_s;
            let part = set_points(&twin.step(&inputs).unwrap());
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
            is_same &= part.iter().zip(&expected).all(near);
        }
        let ends_alike =
            end.iter().enumerate().all(|(i, kwh)| (twin.stored_kwh(i).unwrap() - kwh).abs() <= 1e-9 * 200.0);
        if is_same {
            count.steps += 1;
            count.with_gensets += usize::from(powers.iter().any(|(running, _)| *running));
            count.leaking += usize::from(site.storage.iter().any(|battery| battery.self_discharge_per_h > 0.0));
            prop_assert!(ends_alike, "{} at step {step}: {end:?}", dispatch.name());
        } else {
            // Gensets may have run otherwise: both begin anew, at rest.
            count.changed += 1;
            whole = StepController::new(&site, rule).unwrap();
            twin = StepController::new(&site, rule).unwrap();
        }
        for (i, kwh) in end.iter().enumerate() {
            whole.measure_battery(i, *kwh).unwrap();
            twin.measure_battery(i, *kwh).unwrap();
        }
        if is_same {
            for (i, (running, kw)) in powers.into_iter().enumerate() {
                twin.measure_genset(i, running, kw).unwrap();
            }
        }
    }
    Ok(())
}
