//! Promise: `optimal` leaves generation where that gains, never costs more than a rule, and says what keeps it from the
//! bound (tests/data/cases, with values computed apart from the project).

use microgrid::demand::Load;
use microgrid::dispatch::{Controller, Dispatch, Limit, OptimalPlan, ReplayError, Schedule, replay};
use microgrid::utility::{Price, PriceComponent, Tariff};
use microgrid::{Battery, Calendar, Genset, Outcome, Plan, RunEnd, Scenario, SeriesPlant, simulate};
use std::sync::Arc;

fn scenario(case: &str) -> Scenario {
    microgrid::load(format!("{}/tests/data/cases/{case}", env!("CARGO_MANIFEST_DIR"))).unwrap().scenario
}

fn optimal(site: &Scenario) -> Outcome {
    microgrid::run(site, &[Dispatch::Optimal], None).unwrap().remove(0)
}

fn prices(per_kwh: Vec<f64>) -> Vec<PriceComponent> {
    vec![PriceComponent { name: "energy".into(), price: Price::Steps(per_kwh.into()) }]
}

/// Plans by linear programme and with gensets once took all sun, and paid for its export. The values are those of the
/// bounds; equal batteries, which the exact plan reaches, come to the first.
#[test]
fn plans_leave_what_costs_to_export() {
    for (case, expected) in [
        ("unlike-batteries-curtail", 142.40),
        ("genset-and-negative-export", 18.90),
        ("genset-and-negative-export/g.toml", 32.58),
    ] {
        let outcome = optimal(&scenario(case));
        let objective = outcome.money.objective;
        assert!((objective - expected).abs() < 0.005, "{case}: {objective}, expected {expected}");
        let bound = outcome.bound.unwrap().objective.unwrap();
        assert!(objective - bound <= 1e-6 * expected, "{case}: {objective} above the bound {bound}");
    }
}

/// Sun of 20 kW, of which a load takes 5 and a battery that may not charge from the grid 10: 15 may not be left.
#[test]
fn a_barred_battery_charges_from_what_is_taken() {
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    site.generation = vec![SeriesPlant::new("sun", 20.0)];
    site.loads = vec![Load::new("load", 5.0)];
    site.storage =
        vec![Battery { charge_from_grid: false, initial_soc: 0.1, ..Battery::lithium_iron_phosphate(400.0, 10.0) }];
    site.tariff = Tariff { import: prices(vec![-0.3; 24]), export_above_import: true, ..Tariff::default() }.into();
    let plan = Plan::compile(&site).unwrap();
    let greedy = |_: &microgrid::Site, ask: &mut microgrid::Request| {
        ask.battery(0).charge(10.0);
        ask.curtail(20.0);
    };
    let (run, done) = Schedule::record(&plan, Controller::own("greedy", "none", Box::new(greedy)));
    assert_eq!((done.batteries[0].charge_kw[0], done.curtailed_kw.as_ref().unwrap()[0]), (10.0, 5.0));
    assert_eq!(run.energy.import_kwh, 0.0);
    // As a plan the same is too much, and is named.
    let asked = Schedule {
        batteries: done.batteries.clone(),
        gensets: Vec::new(),
        stations: Vec::new(),
        swap_stations_kw: Vec::new(),
        curtailed_kw: Some(vec![20.0; 24]),
    };
    let Err(ReplayError::Broken(found)) = replay(&plan, &asked) else { panic!("20 kW cannot be left") };
    assert_eq!((found.step, found.limit, found.quantity), (0, Limit::ChargeFromGrid, "charge_kw"));
    assert_eq!((found.asked_kw, found.allowed_kw), (10.0, 0.0));
}

/// Every strategy on the case: none charges the barred battery from the grid, and `optimal` is the least.
#[test]
fn no_strategy_charges_a_barred_battery_while_it_imports() {
    let mut site = scenario("genset-and-negative-export/g.toml");
    site.gensets.clear();
    site.storage[0].charge_from_grid = false;
    // Import pays at noon, where the sun would fill the battery.
    site.tariff = Tariff {
        import: prices((0..24).map(|hour| if (10..14).contains(&hour) { -0.2 } else { 0.3 }).collect()),
        export_above_import: true,
        ..Tariff::default()
    }
    .into();
    let plan = Plan::compile(&site).unwrap();
    for dispatch in Dispatch::ALL {
        let (_, done) = Schedule::record(&plan, microgrid::controller(&dispatch, &plan).unwrap());
        for step in 0..plan.steps() {
            let left = done.curtailed_kw.as_ref().unwrap()[step];
            let surplus = (plan.generation_kw(step) - left - plan.load_kw(step)).max(0.0);
            let charge = done.batteries[0].charge_kw[step];
            assert!(charge <= surplus + 1e-9, "{}, step {step}: {charge} of {surplus}", dispatch.name());
        }
    }
    let outcomes = microgrid::run(&site, &Dispatch::ALL, None).unwrap();
    let least = outcomes.iter().map(|outcome| outcome.money.objective).fold(f64::INFINITY, f64::min);
    let optimal = outcomes.iter().find(|outcome| outcome.strategy == "optimal").unwrap();
    assert!(optimal.money.objective <= least + 1e-9, "{} {least}", optimal.money.objective);
}

/// A genset whose plan leaves demand charges out buys its peak at a price that nobody planned; a rule that does better is
/// followed, by name, with its bits.
#[test]
fn optimal_follows_the_cheapest_rule_where_no_plan_is_cheaper() {
    let mut followed = 0;
    for seed in 0..40_u64 {
        let mut numbers = crate::random_site::Numbers(seed);
        let mut site = Scenario::new("site", Calendar::days(3600, 3));
        site.loads = vec![Load::new("load", (0..72).map(|_| numbers.between(2.0, 20.0)).collect::<Vec<_>>())];
        site.storage = vec![Battery::lithium_iron_phosphate(15.0, 8.0)];
        site.gensets = vec![Genset { min_up_h: 4.0, start_cost: 3.0, ..Genset::diesel(10.0, 1.2) }];
        let mut tariff = Tariff::flat(0.2, 0.0);
        tariff.demand = vec![microgrid::DemandCharge::new("peak", 6.0, 3600)];
        site.tariff = tariff.into();
        let plan = Plan::compile(&site).unwrap();
        let optimal = Arc::new(OptimalPlan::solve(&plan).unwrap());
        let controller = Controller::optimal(&optimal);
        assert_eq!(controller.name(), "optimal");
        let run = simulate(&plan, Controller::optimal(&optimal));
        for dispatch in Dispatch::every_for(&site).filter(|d| !matches!(d, Dispatch::RollingHorizon(_))) {
            let rule = simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap());
            assert!(
                run.money.objective <= rule.money.objective + 1e-9 * rule.money.objective.abs(),
                "seed {seed}: {} {}",
                run.money.objective,
                dispatch.name()
            );
            if run.follows.as_deref() == Some(dispatch.name()) {
                assert_eq!(run.money.objective.to_bits(), rule.money.objective.to_bits());
                assert!(run.notes.iter().any(|note| note.contains(dispatch.name())), "{:?}", run.notes);
                followed += 1;
            }
        }
        assert_eq!(controller.follows(), run.follows.as_deref());
    }
    println!("{followed} of 40 followed a rule");
    assert!(followed >= 10, "{followed}");
}

/// What separates `optimal` from the bound has the name of its cause.
#[test]
fn the_gaps_remainder_is_named_by_its_cause() {
    let part = |site: &Scenario| {
        let outcome = optimal(site);
        let gap = outcome.gap.unwrap();
        (gap.parts.last().unwrap().name, gap.gap, outcome.bound.unwrap())
    };
    // A genset on or off: something whole is the cause.
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    site.loads = vec![Load::new("load", (0..24).map(|hour| 2.0 + f64::from(hour % 5)).collect::<Vec<_>>())];
    site.gensets = vec![Genset { start_cost: 2.0, ..Genset::diesel(10.0, 1.2) }];
    site.outages.push(0..24);
    let (name, _, bound) = part(&site);
    assert!(name == "integrality" || bound.reasons.is_empty(), "{name}: {bound:?}");
    // A least charge that binds is in the plan: what is left, if anything, is no integrality, as no genset is there.
    let mut site = scenario("unlike-batteries-curtail");
    site.storage.truncate(1);
    let mut tariff = (*site.tariff).clone();
    tariff.minimum = Some(microgrid::utility::MinimumCharge::of_month(500.0));
    site.tariff = tariff.into();
    let (name, gap, bound) = part(&site);
    assert!(gap < 1e-6 || name != "integrality", "{name} {gap}: {bound:?}");
}

/// A window ahead is planned beside gensets too, and with batteries that differ: it is in the table, and worth its place.
#[test]
fn rolling_horizon_runs_beside_gensets_and_with_unlike_batteries() {
    let prices: Vec<f64> = (0..72).map(|hour| if hour % 24 < 8 { 0.1 } else { 0.6 }).collect();
    let load: Vec<f64> = (0..72).map(|hour| 5.0 + f64::from(hour % 7)).collect();
    let mut site = Scenario::new("site", Calendar::days(3600, 3));
    site.loads = vec![Load::new("load", load)];
    site.tariff = Tariff { import: self::prices(prices), ..Tariff::default() }.into();
    site.stored_value_per_kwh = Some(0.1);
    let worn = Battery { charge_efficiency: 0.8, ..Battery::lithium_iron_phosphate(30.0, 5.0) };
    let backup = Genset { start_cost: 1.0, ..Genset::diesel(15.0, 1.2) };
    let one = Battery::lithium_iron_phosphate(20.0, 10.0);
    for (storage, gensets) in [
        (vec![one.clone(), worn.clone()], Vec::new()),
        (vec![one.clone()], vec![backup.clone()]),
        (vec![one, worn], vec![backup]),
    ] {
        let has_genset = !gensets.is_empty();
        (site.storage, site.gensets) = (storage, gensets);
        // A genset of ten hours a year must not take the strategy out of the table.
        site.outages = if has_genset { std::iter::once(30..40).collect() } else { Vec::new() };
        let strategies: Vec<Dispatch> = Dispatch::every_for(&site).collect();
        let outcomes = microgrid::run(&site, &strategies, None).unwrap();
        let of = |name: &str| outcomes.iter().find(|outcome| outcome.strategy == name).unwrap();
        let (idle, rolling, optimal) = (of("idle"), of("rolling_horizon"), of("optimal"));
        assert!(rolling.status.is_completed() && rolling.energy.residual_kwh < 1e-9, "{rolling:?}");
        let (saved, most) =
            (idle.money.objective - rolling.money.objective, idle.money.objective - optimal.money.objective);
        assert!(saved > 0.5 * most && saved <= most * (1.0 + 1e-7), "saves {saved} of {most}");
        assert!(rolling.gap.as_ref().is_some_and(|gap| gap.parts.iter().any(|part| part.name == "horizon")));
        if has_genset {
            assert_eq!(rolling.energy.unserved_kwh, 0.0);
        }
    }
}

/// Under `run_end = "not_below_start"` plans end as they began, and a rule that does not has no gap.
#[test]
fn a_run_may_have_to_end_as_it_began() {
    let mut site = scenario("unlike-batteries-curtail");
    site.run_end = RunEnd::NotBelowStart;
    site.stored_value_per_kwh = None;
    for batteries in [2, 1] {
        site.storage.truncate(batteries);
        let outcomes = microgrid::run(&site, &[Dispatch::SelfConsumption, Dispatch::Optimal], None).unwrap();
        let [rule, optimal] = &outcomes[..] else { unreachable!() };
        assert!(!optimal.ends_below_start(), "{:?}", optimal.batteries);
        assert!(optimal.gap.as_ref().is_some_and(|gap| gap.gap >= -1e-6));
        assert_eq!(optimal.money.stored_credit, 0.0);
        assert_eq!(rule.gap.is_none(), rule.ends_below_start());
        assert_eq!(rule.notes.iter().any(|note| note.contains("ends below its start")), rule.ends_below_start());
    }
    site.stored_value_per_kwh = Some(0.3);
    assert!(Plan::compile(&site).unwrap_err().to_string().contains("run_end"));
}
