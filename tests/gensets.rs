//! Promise: a genset's least load, its starts, its times and its fuel count. Each test changes one of them and sees the
//! result change as worked out by hand, so that a simulator that ignores it fails.

use microgrid::dispatch::{Device, Request, RequestFault, Strategy};
use microgrid::simulation::{GensetRecord, StepRecord};
use microgrid::{
    Battery, Block, Calendar, Controller, Dispatch, FuelCurve, Genset, Load, Outcome, Plan, Scenario, SeriesPlant,
    Site, SpinningReserve, Tariff, simulate,
};

/// A genset of 100 kW with round numbers: 10 L/h at no load, 0.2 L/kWh, 1 a litre, no carbon, no least load.
fn genset() -> Genset {
    Genset {
        min_load: 0.0,
        fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.1, slope_per_kwh: 0.2 },
        fuel_carbon_kg_per_unit: 0.0,
        ..Genset::diesel(100.0, 1.0)
    }
}

/// A day of hours without the grid.
fn island(gensets: Vec<Genset>, load_kw: Vec<f64>) -> Scenario {
    let mut site = Scenario::new("island", Calendar::days(3600, 1));
    site.gensets = gensets;
    site.loads = vec![Load::new("load", load_kw)];
    site.outages.push(0..24);
    site
}

fn day(hours: &[(usize, f64)]) -> Vec<f64> {
    let day: Vec<f64> = hours.iter().flat_map(|(hours, kw)| std::iter::repeat_n(*kw, *hours)).collect();
    assert_eq!(day.len(), 24);
    day
}

fn run(site: &Scenario, dispatch: &Dispatch) -> (Outcome, Vec<Vec<GensetRecord>>) {
    let plan = Plan::compile(site).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(dispatch, &plan).unwrap()]);
    let mut steps = Vec::new();
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| steps.push(step.gensets.to_vec()));
    let outcome = block.outcome(0);
    assert!(outcome.energy.residual_kwh <= 1e-9 * outcome.energy.throughput_kwh());
    (outcome, steps)
}

fn under(site: &Scenario, strategy: impl Strategy + 'static) -> Outcome {
    let plan = Plan::compile(site).unwrap();
    simulate(&plan, Controller::own("own", "none", Box::new(strategy)))
}

#[test]
fn the_least_load_is_kept_and_what_nobody_uses_is_dumped() {
    let load = day(&[(24, 10.0)]);
    let (free, _) = run(&island(vec![genset()], load.clone()), &Dispatch::LoadFollowing);
    let (bound, steps) = run(&island(vec![Genset { min_load: 0.3, ..genset() }], load), &Dispatch::LoadFollowing);
    assert_eq!((free.energy.genset_kwh, free.energy.dumped_kwh), (240.0, 0.0));
    assert_eq!((bound.energy.genset_kwh, bound.energy.dumped_kwh), (720.0, 480.0));
    assert!(steps.iter().all(|step| step[0].power_kw == 30.0));
    // Fuel: 24 h × 10 L/h at no load, and 0.2 L for each kWh, used or not.
    assert_eq!((free.gensets[0].fuel, bound.gensets[0].fuel), (240.0 + 48.0, 240.0 + 144.0));
    assert!((bound.money.objective - free.money.objective - 96.0).abs() < 1e-9);
}

/// Solar that may be curtailed makes way for the least load, and storage that forms the grid takes it first.
#[test]
fn the_least_load_displaces_sun_and_fills_storage() {
    let run_always = |site: &Site, ask: &mut Request| (0..site.gensets().len()).for_each(|i| ask.genset(i).run(0.0));
    let mut site = island(vec![Genset { min_load: 0.3, ..genset() }], day(&[(24, 40.0)]));
    site.generation.push(SeriesPlant::new("roof", 25.0));
    let outcome = under(&site, run_always);
    assert_eq!((outcome.energy.curtailed_kwh, outcome.energy.dumped_kwh), (24.0 * 15.0, 0.0));
    site.storage.push(Battery {
        grid_forming: true,
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        initial_soc: 0.1,
        ..Battery::lithium_iron_phosphate(100.0, 50.0)
    });
    let outcome = under(&site, run_always);
    assert_eq!(outcome.energy.charge_kwh, 90.0);
    assert!((outcome.energy.curtailed_kwh - (24.0 * 15.0 - 90.0)).abs() < 1e-9);
}

#[test]
fn each_start_costs() {
    // Three blocks of load: three starts where the genset may rest between them.
    let load = day(&[(4, 50.0), (4, 0.0), (4, 50.0), (4, 0.0), (4, 50.0), (4, 0.0)]);
    let mut site = island(vec![Genset { start_cost: 7.0, ..genset() }], load);
    site.outages.clear();
    site.connection.import_limit_kw = 0.0.into();
    let (outcome, _) = run(&site, &Dispatch::LoadFollowing);
    assert_eq!((outcome.gensets[0].starts, outcome.gensets[0].running_h), (3, 12.0));
    assert_eq!((outcome.money.start_cost, outcome.money.fuel_cost), (21.0, 12.0 * 20.0));
    site.gensets[0].start_cost = 0.0;
    let (free, _) = run(&site, &Dispatch::LoadFollowing);
    assert!((outcome.money.objective - free.money.objective - 21.0).abs() < 1e-9);
}

#[test]
fn the_least_time_on_keeps_it_running() {
    let load = day(&[(2, 0.0), (1, 50.0), (21, 0.0)]);
    let mut site = island(vec![Genset { min_load: 0.3, min_up_h: 4.0, ..genset() }], load);
    site.outages.clear();
    site.connection.import_limit_kw = 0.0.into();
    site.connection.export_limit_kw = 0.0.into();
    let (held, steps) = run(&site, &Dispatch::LoadFollowing);
    let ran: Vec<usize> = (0..24).filter(|t| steps[*t][0].running).collect();
    assert_eq!(ran, [2, 3, 4, 5]);
    assert_eq!(held.energy.dumped_kwh, 3.0 * 30.0);
    site.gensets[0].min_up_h = 0.0;
    let (free, _) = run(&site, &Dispatch::LoadFollowing);
    assert_eq!((free.gensets[0].running_h, free.energy.dumped_kwh), (1.0, 0.0));
}

#[test]
fn the_least_time_off_leaves_the_load_unserved() {
    let load = day(&[(2, 50.0), (2, 0.0), (4, 50.0), (16, 0.0)]);
    let mut site = island(vec![Genset { min_down_h: 5.0, ..genset() }], load);
    site.outages.clear();
    site.connection.import_limit_kw = 0.0.into();
    let (rests, steps) = run(&site, &Dispatch::LoadFollowing);
    // Off from hour 2 on for five hours: the load of hours 4, 5 and 6 is lost.
    let ran: Vec<usize> = (0..24).filter(|t| steps[*t][0].running).collect();
    assert_eq!((ran, rests.energy.unserved_kwh), (vec![0, 1, 7], 150.0));
    site.gensets[0].min_down_h = 0.0;
    assert_eq!(run(&site, &Dispatch::LoadFollowing).0.energy.unserved_kwh, 0.0);
}

#[test]
fn the_ramp_holds_the_power() {
    let load = day(&[(8, 100.0), (16, 20.0)]);
    let site = island(vec![Genset { ramp_kw_per_h: 25.0, ..genset() }], load);
    let (outcome, steps) = run(&site, &Dispatch::LoadFollowing);
    let power: Vec<f64> = steps.iter().take(12).map(|step| step[0].power_kw).collect();
    assert_eq!(power, [25.0, 50.0, 75.0, 100.0, 100.0, 100.0, 100.0, 100.0, 75.0, 50.0, 25.0, 20.0]);
    assert_eq!(outcome.energy.unserved_kwh, 75.0 + 50.0 + 25.0);
    assert_eq!(outcome.energy.dumped_kwh, 55.0 + 30.0 + 5.0);
}

#[test]
fn a_genset_forms_the_island_and_without_one_it_is_dark() {
    let site = |forms: bool| {
        let mut site = island(vec![Genset { grid_forming: forms, ..genset() }], day(&[(24, 50.0)]));
        site.generation.push(SeriesPlant::new("roof", 20.0));
        site.storage.push(Battery::lithium_iron_phosphate(100.0, 10.0));
        site
    };
    // Nobody asks for it: the plant starts it by itself.
    let (lit, _) = run(&site(true), &Dispatch::Idle);
    assert_eq!((lit.energy.genset_kwh, lit.energy.unserved_kwh, lit.gensets[0].starts), (24.0 * 30.0, 0.0, 1));
    let (dark, _) = run(&site(false), &Dispatch::LoadFollowing);
    assert_eq!((dark.energy.unserved_kwh, dark.energy.curtailed_kwh), (24.0 * 50.0, 24.0 * 20.0));
    assert_eq!((dark.energy.genset_kwh, dark.energy.discharge_kwh), (0.0, 0.0));
}

#[test]
fn recourse_starts_what_is_short_before_shedding() {
    let mut site = Scenario::new("tie", Calendar::days(3600, 1));
    site.loads = vec![Load::new("load", 100.0)];
    site.connection.import_limit_kw = 70.0.into();
    site.gensets = vec![Genset { min_load: 0.5, rating_kw: 80.0, ..genset() }];
    site.tariff = Tariff::flat(0.1, 0.0).into();
    // 30 kW are short; the least load of 40 kW spares 10 kW of import.
    let (outcome, _) = run(&site, &Dispatch::SelfConsumption);
    assert_eq!((outcome.energy.genset_kwh, outcome.energy.import_kwh), (24.0 * 40.0, 24.0 * 60.0));
    site.gensets.clear();
    assert_eq!(run(&site, &Dispatch::SelfConsumption).0.energy.unserved_kwh, 24.0 * 30.0);
}

/// An island with a battery: following gives the load its due, cycling runs full and rests.
#[test]
fn cycle_charging_runs_full_to_its_set_point_and_load_following_does_not_charge() {
    let mut site = island(vec![Genset { min_load: 0.2, ..genset() }], day(&[(24, 40.0)]));
    site.storage.push(Battery {
        grid_forming: true,
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        initial_soc: 0.1,
        ..Battery::lithium_iron_phosphate(200.0, 60.0)
    });
    let (following, _) = run(&site, &Dispatch::LoadFollowing);
    assert_eq!((following.energy.charge_kwh, following.gensets[0].running_h), (0.0, 24.0));
    let (cycling, steps) = run(&site, &Dispatch::CycleCharging { setpoint_soc: 0.8 });
    // 60 kW go into storage: 80, 140, 200 kWh, of which the set-point is 160. The battery serves four hours alone; with 40
    // kWh, 20 of them above its floor, it cannot serve a fifth: 100, 160 kWh, and the set-point ends the charge.
    let ran: Vec<usize> = (0..12).filter(|t| steps[*t][0].running).collect();
    assert_eq!(ran, [0, 1, 2, 7, 8]);
    assert!(steps.iter().all(|step| !step[0].running || step[0].power_kw > 60.0), "{steps:?}");
    // No-load fuel is spent in fewer hours.
    assert!(cycling.gensets[0].fuel < following.gensets[0].fuel);
    let (short, steps) = run(&site, &Dispatch::CycleCharging { setpoint_soc: 0.0 });
    assert!(steps[0][0].running && !steps[1][0].running, "without a set-point the charge ends with the need");
    assert!(short.gensets[0].starts > cycling.gensets[0].starts);
}

/// Combined: far below the rating it charges, close to it it follows.
#[test]
fn combined_charges_at_low_load_and_follows_at_high() {
    let site = |load_kw: f64| {
        let mut site = island(vec![genset()], day(&[(24, load_kw)]));
        site.storage.push(Battery {
            grid_forming: true,
            initial_soc: 0.1,
            wear_cost_per_kwh: 0.05,
            ..Battery::lithium_iron_phosphate(200.0, 60.0)
        });
        site
    };
    // A kWh through storage costs 0.2/0.9025 + 0.05 = 0.272; one that follows 0.2 + 10/load: they meet at 139 kW.
    let (low, _) = run(&site(30.0), &Dispatch::Combined);
    assert!(low.energy.charge_kwh > 100.0);
    let mut dear = site(95.0);
    dear.storage[0].wear_cost_per_kwh = 0.2;
    let (high, _) = run(&dear, &Dispatch::Combined);
    assert_eq!(high.energy.charge_kwh, 0.0);
}

#[test]
fn the_priority_list_starts_the_cheapest_kwh_first() {
    let dear = Genset { name: "dear".into(), fuel_price_per_unit: 3.0, ..genset() };
    let site = island(vec![dear, Genset { name: "cheap".into(), ..genset() }], day(&[(24, 60.0)]));
    let (listed, _) = run(&site, &Dispatch::PriorityList);
    assert_eq!((listed.gensets[0].generation_kwh, listed.gensets[1].generation_kwh), (0.0, 1440.0));
    let (followed, _) = run(&site, &Dispatch::LoadFollowing);
    assert_eq!((followed.gensets[0].generation_kwh, followed.gensets[1].generation_kwh), (1440.0, 0.0));
    assert!(listed.money.objective < followed.money.objective);
}

/// Beside a grid: a genset runs where serving the open load with it costs less than importing it, no-load fuel
/// included. At 60 kW a kWh costs 10/60 + 0.2 = 0.367.
#[test]
fn beside_a_grid_the_dearer_source_rests() {
    let mut site = Scenario::new("tie", Calendar::days(3600, 1));
    site.loads = vec![Load::new("load", 60.0)];
    site.gensets = vec![genset()];
    for (price, expected) in [(0.36, 0.0), (0.37, 1440.0)] {
        site.tariff = Tariff::flat(price, 0.0).into();
        for dispatch in Dispatch::OF_GENSETS {
            let (outcome, _) = run(&site, &dispatch);
            assert_eq!(outcome.energy.genset_kwh, expected, "{} at {price}", dispatch.name());
        }
    }
}

/// Without gensets the strategies for them are self-consumption, to the bit.
#[test]
fn without_gensets_they_are_self_consumption() {
    let mut site = Scenario::new("tie", Calendar::days(3600, 1));
    site.loads = vec![Load::new("load", 30.0)];
    site.generation = vec![SeriesPlant::new("roof", (0..24).map(|hour| f64::from(hour) * 4.0).collect::<Vec<_>>())];
    site.storage = vec![Battery::lithium_iron_phosphate(100.0, 20.0)];
    let plain = run(&site, &Dispatch::SelfConsumption).0;
    for dispatch in Dispatch::OF_GENSETS {
        let outcome = run(&site, &dispatch).0;
        assert_eq!(outcome.strategy, dispatch.name());
        assert_eq!((outcome.money, outcome.energy), (plain.money.clone(), plain.energy));
    }
}

/// A load of 90 kW leaves a genset of 100 kW a tenth: more reserve than that takes a second one, with its no-load fuel.
#[test]
fn spinning_reserve_keeps_a_second_genset_on_line() {
    let mut site = island(vec![genset(), genset()], day(&[(24, 90.0)]));
    let rules = [
        Dispatch::LoadFollowing,
        Dispatch::CycleCharging { setpoint_soc: 0.8 },
        Dispatch::Combined,
        Dispatch::PriorityList,
    ];
    for rule in &rules {
        let running = |site: &Scenario| {
            let (outcome, steps) = run(site, rule);
            assert_eq!(outcome.energy.unserved_kwh, 0.0);
            let fuel: f64 = outcome.gensets.iter().map(|genset| genset.fuel).sum();
            let count = steps[5].iter().filter(|genset| genset.running).count();
            assert!((fuel - 24.0 * (10.0 * count as f64 + 0.2 * 90.0)).abs() < 1e-9, "{}: {fuel} L", rule.name());
            count
        };
        assert_eq!(running(&site), 1);
        // 9 kW of the load fit, 22.5 kW do not.
        site.spinning_reserve = SpinningReserve { load_share: 0.1, generation_share: 0.0 };
        assert_eq!(running(&site), 1, "{}", rule.name());
        site.spinning_reserve.load_share = 0.25;
        assert_eq!(running(&site), 2, "{}", rule.name());
        site.spinning_reserve = SpinningReserve::default();
    }
    // 40 kW of sun take as much load off the gensets, and are no reserve against themselves.
    site.loads = vec![Load::new("load", 130.0)];
    site.generation = vec![SeriesPlant::new("roof", 40.0)];
    for (generation_share, count) in [(0.2, 1), (0.3, 2)] {
        site.spinning_reserve = SpinningReserve { load_share: 0.0, generation_share };
        let (_, steps) = run(&site, &Dispatch::LoadFollowing);
        assert_eq!(steps[5].iter().filter(|genset| genset.running).count(), count);
    }
    // Storage that can give it is reserve too, without giving anything where it does not form the grid.
    site.spinning_reserve = SpinningReserve { load_share: 0.25, generation_share: 0.0 };
    site.storage = vec![Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(1000.0, 200.0) }];
    let (_, steps) = run(&site, &Dispatch::LoadFollowing);
    assert!(steps[0].iter().all(|genset| !genset.running));
}

/// A request that is not a number is a fault, of gensets too; a user's strategy sees what it may ask.
#[test]
fn a_users_strategy_sees_and_asks_gensets() {
    let site = island(vec![Genset { min_load: 0.3, min_up_h: 2.0, start_cost: 5.0, ..genset() }], day(&[(24, 50.0)]));
    let mut seen = 0;
    let outcome = under(&site, move |site: &Site, ask: &mut Request| {
        let [genset] = site.gensets() else { panic!("one genset") };
        assert_eq!((genset.rating_kw(), genset.start_cost()), (100.0, 5.0));
        assert_eq!((genset.least_kw(), genset.most_kw()), (30.0, 100.0));
        assert_eq!(genset.cost_per_h(50.0), 20.0);
        assert!(genset.can_run());
        assert_eq!((genset.is_running(), genset.must_run()), (seen > 0, seen == 1));
        ask.genset(0).run(50.0);
        seen += 1;
    });
    assert_eq!((outcome.energy.genset_kwh, outcome.energy.unserved_kwh), (1200.0, 0.0));
    let faulty = under(&site, |_: &Site, ask: &mut Request| ask.genset(0).run(f64::NAN));
    assert_eq!(
        faulty.status,
        microgrid::Status::Fault { step: 0, request: RequestFault::NotFinite(Device::Genset(0)) }
    );
}

/// The source that stands for a genset in a bound is never dearer than the genset.
#[test]
fn the_bounds_source_costs_no_more() {
    let genset = Genset { fuel_carbon_kg_per_unit: 2.0, ..genset() };
    let price = genset.marginal_cost_per_kwh(0.5);
    assert_eq!(price, 0.2 * 2.0);
    for kw in 0..=100 {
        assert!(price * f64::from(kw) <= genset.cost_per_h(f64::from(kw), 0.5));
    }
}

/// Carbon of fuel stands beside that of the import, and is priced.
#[test]
fn fuel_emits() {
    let mut site = island(vec![Genset { fuel_carbon_kg_per_unit: 2.5, ..genset() }], day(&[(24, 50.0)]));
    site.carbon.price_per_kg = 0.1;
    let (outcome, _) = run(&site, &Dispatch::LoadFollowing);
    assert_eq!(outcome.carbon_kg, 24.0 * 20.0 * 2.5);
    assert!((outcome.money.carbon_cost - 120.0).abs() < 1e-9);
}

/// The bound of a site with gensets names its relaxation and lies at or below every rule, `optimal` at or near it.
#[test]
fn the_bound_of_gensets_has_no_rule_below_it() {
    let mut site = island(vec![Genset { min_load: 0.3, start_cost: 5.0, ..genset() }], day(&[(12, 40.0), (12, 70.0)]));
    site.outages = std::iter::once(6..18).collect();
    site.tariff = Tariff::flat(0.5, 0.1).into();
    site.storage.push(Battery::lithium_iron_phosphate(100.0, 30.0));
    let plan = Plan::compile(&site).unwrap();
    let bound = microgrid::Bound::of(&plan);
    let lower = bound.objective.expect("the relaxation proves a bound");
    assert!(bound.reasons.iter().any(|reason| reason.starts_with("gensets on or off")), "{:?}", bound.reasons);
    // All load at the genset's slope is the least that anything can cost here; all at the import price is far more.
    assert!(lower > 0.0 && lower < 0.5 * 1320.0);
    for dispatch in Dispatch::every().filter(|dispatch| dispatch.fits(&plan).is_ok()) {
        let (outcome, _) = run(&site, &dispatch);
        assert!(outcome.money.objective >= lower - 1e-9, "{} is below {lower}", dispatch.name());
    }
    let (mut optimal, _) = run(&site, &Dispatch::Optimal);
    assert!(optimal.money.objective <= lower * 1.01, "{} {lower}", optimal.money.objective);
    optimal.judge(&bound, None);
    let gap = optimal.gap.unwrap();
    assert_eq!((gap.parts.len(), gap.parts[0].name), (1, "integrality"));
    assert!((gap.parts[0].amount - gap.gap).abs() < 1e-9);
}
