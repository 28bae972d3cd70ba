//! Promise: a building's temperatures are those of the closed form at any step length, its heat balance closes, each rule heats and cools
//! when it says, and no lane, snapshot or asking changes its books.

use std::collections::BTreeMap;

use microgrid_core::demand::{Building, HeatPump, HeatPumpPoint, HeatingRule, Load, ThermalMass};
use microgrid_core::dispatch::{Bound, Controller, Dispatch, OptimalPlan, Request, Site};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::{Block, Carrier, Outcome, StepRecord};
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use proptest::prelude::*;

/// A Btu/(h·°F) in kW/K, and a Btu/°F in kWh/K: both are 1055.05585262 J × 1.8 / 3.6e6 J.
const BTU: f64 = 1_055.055_852_62 * 1.8 / 3.6e6;

/// GridLAB-D's house of the defaults of its guide (*Residential module user's guide*, primary inputs): 2500 ft², UA = 522.1 Btu/(h·°F), and by
/// its formulas C_a = 3·0.018·A·h, C_m = 2·A − 2·0.018·A·h, H_m = 1.46·(walls + partitions + ceiling).
fn gridlabd_house() -> Building {
    let walls = 2.0 * 8.0 * 2.5 * (2500.0_f64 / 1.5).sqrt();
    let net_walls = walls * 0.93 - 78.0;
    Building {
        loss_kw_per_c: 522.1 * BTU,
        air_kwh_per_c: 1080.0 * BTU,
        mass: Some(ThermalMass {
            heat_kwh_per_c: 4280.0 * BTU,
            coupling_kw_per_c: 1.46 * (net_walls + 1.5 * walls + 2500.0) * BTU,
            gains_percent: 50.0,
        }),
        ..Building::house(0.3, 9.0)
    }
}

/// A machine that gives 3 kW of heat for a kW whatever the weather, without a band to hold.
fn free(building: Building) -> Building {
    let point = |cop| vec![HeatPumpPoint { outdoor_c: 0.0, heat_kw: 9.0, cop }];
    let heat_pump = HeatPump { heating: point(3.0), cooling: point(2.5) };
    Building { least_c: -20.0, heating_set_c: 59.0, cooling_set_c: 60.0, most_c: 60.0, heat_pump, ..building }
}

fn site(step_s: u32, days: u32, building: Building) -> Scenario {
    let mut site = Scenario::new("house", Calendar::days(step_s, days));
    site.buildings = vec![building];
    site.tariff = Tariff::flat(0.5, 0.0).into();
    site
}

fn drawing(kw: f64) -> Controller {
    Controller::own("constant", "none", Box::new(move |_: &Site, ask: &mut Request| ask.flexible_use(0).draw(kw)))
}

fn run(site: &Scenario, dispatch: &Dispatch) -> Outcome {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    simulate(&plan, Controller::built_in(dispatch, &plan).unwrap())
}

fn of(outcome: &Outcome, name: &str) -> f64 {
    outcome.devices[0].get(name).unwrap()
}

/// Power and temperature of each step, and the outcome.
fn traced(site: &Scenario, controller: impl FnOnce(&Plan) -> Controller) -> (Outcome, Vec<[f64; 2]>) {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    let mut seen = Vec::new();
    let mut block = Block::pack([&plan], [controller(&plan)]);
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| seen.push([step.devices[0], step.devices[1]]));
    (block.outcome(0), seen)
}

fn idle(plan: &Plan) -> Controller {
    Controller::built_in(&Dispatch::Idle, plan).unwrap()
}

/// GridLAB-D's own solution, equations (3) to (6) of *Residential module user's guide*: T_a = A₁·e^(r₁t) + A₂·e^(r₂t) + d/c, whose roots are those of
/// a·r² + b·r + c. It is another route than matrices; both are exact, so only roundings differ: 1e-9 K.
fn gridlabd_c(house: &Building, start_c: f64, (air_kw, mass_kw, outdoor_c): (f64, f64, f64), hours: f64) -> (f64, f64) {
    let ThermalMass { heat_kwh_per_c: mass, coupling_kw_per_c: coupling, .. } = house.mass.unwrap();
    let (air, loss) = (house.air_kwh_per_c, house.loss_kw_per_c);
    let (a, b, c) = (mass * air / coupling, mass * (loss + coupling) / coupling + air, loss);
    let d = mass_kw + air_kw + loss * outdoor_c;
    let root = (b * b - 4.0 * a * c).sqrt();
    let (r1, r2) = ((-b + root) / (2.0 * a), (-b - root) / (2.0 * a));
    let slope = coupling / air * start_c - (loss + coupling) / air * start_c + loss / air * outdoor_c + air_kw / air;
    let a1 = (r2 * start_c - slope - r2 * d / c) / (r2 - r1);
    let a2 = start_c - d / c - a1;
    let [a3, a4] = [r1, r2].map(|r| r * air / coupling + (loss + coupling) / coupling);
    let (e1, e2) = ((r1 * hours).exp(), (r2 * hours).exp());
    // T_m from the balance of the air: with Q_a the term g of equation (6) is −Q_a/H − U·T_o/H + (U + H)/H·d/c − d/c.
    let settled = (loss + coupling) / coupling * d / c - (air_kw + loss * outdoor_c) / coupling;
    (a1 * e1 + a2 * e2 + d / c, a1 * a3 * e1 + a2 * a4 * e2 + settled)
}

#[test]
fn two_nodes_follow_gridlabds_solution_at_any_step_length() {
    let house = Building { outdoor_c: 2.0.into(), gains_kw: 1.2.into(), initial_c: 18.0, ..free(gridlabd_house()) };
    // 1 kW of power is 3 kW of heat to the air; half of the gains fall on the mass.
    let (air_c, mass_c) = gridlabd_c(&house, 18.0, (3.0 + 0.6, 0.6, 2.0), 24.0);
    for step_s in [60, 300, 900, 3600] {
        let site = site(step_s, 1, house.clone());
        let (outcome, seen) = traced(&site, |_| drawing(1.0));
        let last = seen.last().unwrap()[1];
        assert!((last - air_c).abs() < 1e-9, "{step_s} s: {last} {air_c}");
        let mass = house.mass.unwrap().heat_kwh_per_c;
        let change = house.air_kwh_per_c * (air_c - 18.0) + mass * (mass_c - 18.0);
        assert!((of(&outcome, "heat_change_kwh") - change).abs() < 1e-9, "{step_s} s: {outcome:?} {change}");
        // What was lost is what came in less what is kept, and by its own law in the books.
        assert!(
            (of(&outcome, "heat_loss_kwh") - (24.0 * (3.0 + 1.2) - change)).abs() < 1e-8,
            "{step_s} s: {outcome:?}"
        );
        assert!((of(&outcome, "electricity_kwh") - 24.0).abs() < 1e-9);
        assert!((of(&outcome, "from_outdoors_kwh") - 48.0).abs() < 1e-9);
    }
}

/// One node is a single exponential: T = T∞ + (T₀ − T∞)·e^(−Ut/C), T∞ = T_o + Q/U.
#[test]
fn one_node_follows_its_exponential_at_any_step_length() {
    let house = Building {
        mass: None,
        air_kwh_per_c: 6.0,
        loss_kw_per_c: 0.2,
        outdoor_c: (-5.0).into(),
        gains_kw: 0.5.into(),
        initial_c: 20.0,
        ..free(Building::house(0.2, 9.0))
    };
    let settled_c = -5.0 + (2.4 + 0.5) / 0.2;
    let expected_c = settled_c + (20.0 - settled_c) * (-24.0_f64 * 0.2 / 6.0).exp();
    for step_s in [60, 900, 3600] {
        let (outcome, seen) = traced(&site(step_s, 1, house.clone()), |_| drawing(0.8));
        assert!((seen.last().unwrap()[1] - expected_c).abs() < 1e-9);
        assert!((of(&outcome, "heat_change_kwh") - 6.0 * (expected_c - 20.0)).abs() < 1e-9);
    }
    // A house that loses nothing keeps what it is given.
    let tight = Building { loss_kw_per_c: 0.0, ..house };
    let (_, seen) = traced(&site(900, 1, tight), |_| drawing(0.1));
    assert!((seen.last().unwrap()[1] - (20.0 + 24.0 * 0.8 / 6.0)).abs() < 1e-9);
}

/// A fine Runge–Kutta march of the two balances through a day of weather that changes with the hour: another route again, and one that
/// knows nothing of exponentials. Its own error at 9 s steps is below 1e-9 K.
#[test]
fn a_day_of_weather_agrees_with_runge_kutta() {
    let hourly = |f: fn(f64) -> f64| (0..24).map(|hour| f(f64::from(hour))).collect::<Vec<f64>>();
    let (outdoor, gains) = (hourly(|h| 3.0 + 6.0 * (h * 0.26).sin()), hourly(|h| (h - 6.0).max(0.0) * 0.1));
    let house = Building {
        outdoor_c: outdoor.clone().into(),
        gains_kw: gains.clone().into(),
        initial_c: 19.0,
        ..free(gridlabd_house())
    };
    let (_, seen) = traced(&site(3600, 1, house.clone()), |_| drawing(0.7));
    let ThermalMass { heat_kwh_per_c: mass, coupling_kw_per_c: coupling, .. } = house.mass.unwrap();
    let (mut air_c, mut mass_c) = (19.0, 19.0);
    for hour in 0..24 {
        let slope = |a: f64, m: f64| {
            let air_kw = house.loss_kw_per_c * (outdoor[hour] - a) + coupling * (m - a) + 2.1 + 0.5 * gains[hour];
            (air_kw / house.air_kwh_per_c, (coupling * (a - m) + 0.5 * gains[hour]) / mass)
        };
        let h = 1.0 / 400.0;
        for _ in 0..400 {
            let k1 = slope(air_c, mass_c);
            let k2 = slope(air_c + 0.5 * h * k1.0, mass_c + 0.5 * h * k1.1);
            let k3 = slope(air_c + 0.5 * h * k2.0, mass_c + 0.5 * h * k2.1);
            let k4 = slope(air_c + h * k3.0, mass_c + h * k3.1);
            air_c += h / 6.0 * (k1.0 + 2.0 * k2.0 + 2.0 * k3.0 + k4.0);
            mass_c += h / 6.0 * (k1.1 + 2.0 * k2.1 + 2.0 * k3.1 + k4.1);
        }
        assert!((seen[hour][1] - air_c).abs() < 1e-8, "hour {hour}: {} {air_c}", seen[hour][1]);
    }
}

/// The thermostat's day at rest takes what the loss needs: U·ΔT through the COP of that temperature, the back-up beyond the machine.
#[test]
fn a_steady_day_takes_the_loss_through_the_cop() {
    let machine =
        |heat_kw, cop| HeatPump { heating: vec![HeatPumpPoint { outdoor_c: -10.0, heat_kw, cop }], cooling: vec![] };
    let house = Building { outdoor_c: (-10.0).into(), heat_pump: machine(20.0, 2.5), ..gridlabd_house() };
    let need_kw = 522.1 * BTU * 31.0;
    let outcome = run(&site(900, 1, house.clone()), &Dispatch::Idle);
    assert!((of(&outcome, "electricity_kwh") - 24.0 * need_kw / 2.5).abs() < 1e-8, "{outcome:?}");
    assert_eq!((of(&outcome, "backup_kwh"), of(&outcome, "too_cold_degree_h")), (0.0, 0.0));
    let weak = Building { heat_pump: machine(6.0, 2.5), backup_kw: 9.0, ..house.clone() };
    let outcome = run(&site(900, 1, weak), &Dispatch::Idle);
    assert!((of(&outcome, "backup_kwh") - 24.0 * (need_kw - 6.0)).abs() < 1e-8, "{outcome:?}");
    assert!((of(&outcome, "heating_kwh") - 24.0 * need_kw).abs() < 1e-8);
    // Too weak, without back-up: it cools towards what 6 kW hold, and the kelvins below 19 °C are counted from the trace.
    let cold = Building { heat_pump: machine(6.0, 2.5), backup_kw: 0.0, ..house };
    let (outcome, seen) = traced(&site(900, 3, cold), idle);
    let below: f64 = seen.iter().map(|[_, c]| (19.0 - c).max(0.0) * 0.25).sum();
    assert!(below > 10.0 && (of(&outcome, "too_cold_degree_h") - below).abs() < 1e-9, "{below} {outcome:?}");
    assert_eq!(of(&outcome, "lowest_c"), seen.iter().map(|[_, c]| *c).fold(f64::INFINITY, f64::min));
}

/// Each rule does what it says in a winter day of cheap nights and a sunny noon, and in a summer one.
#[test]
fn each_rule_heats_and_cools_when_it_says() {
    for (outdoor_c, side) in [(0.0, "heating_kwh"), (33.0, "cooling_kwh")] {
        let mut site = site(3600, 5, Building { outdoor_c: outdoor_c.into(), ..gridlabd_house() });
        let price = (0..120).map(|hour| if hour % 24 < 8 { 0.2 } else { 0.8 }).collect::<Vec<_>>();
        let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(price.into()) }];
        site.tariff = Tariff { import, ..Tariff::default() }.into();
        let sun = |hour: u32| if (10..15).contains(&(hour % 24)) { 6.0 } else { 0.0 };
        site.generation = vec![SeriesPlant::new("roof", (0..120).map(sun).collect::<Vec<_>>())];
        let trace = |rule: HeatingRule| {
            let mut site = site.clone();
            site.buildings[0].heating = rule;
            traced(&site, idle)
        };
        let (thermostat, seen) = trace(HeatingRule::Thermostat);
        let set_c = if outdoor_c < 20.0 { 21.0 } else { 25.0 };
        assert!(seen[6..].iter().all(|[_, c]| (c - set_c).abs() < 1e-9), "{seen:?}");
        let (off_peak, seen) = trace(HeatingRule::OffPeak);
        assert!(
            seen.iter()
                .enumerate()
                .skip(24)
                .all(|(hour, [_, c])| !(2..8).contains(&(hour % 24)) || (c - set_c).abs() < 1e-9),
            "{seen:?}"
        );
        let most_kw = seen.iter().map(|[kw, _]| *kw).fold(0.0, f64::max);
        assert!(seen.iter().any(|[kw, _]| *kw < 0.3 * most_kw), "{seen:?}");
        assert!(off_peak.money.bill_total < 0.97 * thermostat.money.bill_total, "{off_peak:?} {thermostat:?}");
        let (surplus, seen) = trace(HeatingRule::Surplus);
        assert!(surplus.indicators.self_consumption_percent > thermostat.indicators.self_consumption_percent);
        assert!(seen.iter().any(|[_, c]| if outdoor_c < 20.0 { *c > 22.0 } else { *c < 24.0 }), "{seen:?}");
        for outcome in [&thermostat, &off_peak, &surplus] {
            assert!(of(outcome, side) > 10.0);
            assert_eq!((of(outcome, "too_cold_degree_h"), of(outcome, "too_hot_degree_h")), (0.0, 0.0), "{outcome:?}");
        }
    }
}

/// At a tight tie a flexible house waits for a load and is as warm as it must be; what could not be exported it takes up.
#[test]
fn a_flexible_building_gives_way_and_takes_up() {
    let mut site = site(3600, 2, Building { outdoor_c: 5.0.into(), ..gridlabd_house() });
    site.loads =
        vec![Load::new("oven", (0..48).map(|hour| if hour % 24 == 18 { 3.0 } else { 0.1 }).collect::<Vec<_>>())];
    site.generation =
        vec![SeriesPlant::new("roof", (0..48).map(|hour| if hour % 24 == 12 { 7.0 } else { 0.0 }).collect::<Vec<_>>())];
    site.connection.import_limit_kw = 3.5.into();
    site.connection.export_limit_kw = 2.0.into();
    let flexible = run(&site, &Dispatch::Idle);
    site.buildings[0].flexible = false;
    let stubborn = run(&site, &Dispatch::Idle);
    // A stubborn one is cut too, but only before load is shed; so no load is lost either way.
    assert_eq!((flexible.energy.unserved_kwh, stubborn.energy.unserved_kwh), (0.0, 0.0));
    assert!(flexible.energy.curtailed_kwh < 0.8 * stubborn.energy.curtailed_kwh, "{flexible:?} {stubborn:?}");
}

/// Any building in any weather, price and outage, under any asking.
fn any_site() -> impl Strategy<Value = Scenario> {
    let thermal = (0.0..0.6_f64, 0.3..4.0_f64, prop::option::of((1.0..20.0_f64, 0.2..8.0_f64, 0.0..100.0_f64)));
    let band = (14.0..20.0_f64, 0.0..3.0_f64, 0.0..5.0_f64, 0.0..3.0_f64, 5.0..35.0_f64);
    let plant = (0.0..12.0_f64, 0.0..12.0_f64, 0.0..9.0_f64, 0..3_usize, any::<bool>());
    let around = (prop::collection::vec(-20.0..42.0_f64, 96), prop::collection::vec(0.0..3.0_f64, 96), 0.0..1.0_f64);
    (thermal, band, plant, around).prop_map(|(thermal, band, plant, (outdoor, gains, draw))| {
        let (least_c, to_set, to_cool, to_most, initial_c) = band;
        let (heating_kw, cooling_kw, backup_kw, rule, flexible) = plant;
        let mass = |(heat_kwh_per_c, coupling_kw_per_c, gains_percent)| ThermalMass {
            heat_kwh_per_c,
            coupling_kw_per_c,
            gains_percent,
        };
        let building = Building {
            loss_kw_per_c: thermal.0,
            air_kwh_per_c: thermal.1,
            mass: thermal.2.map(mass),
            outdoor_c: outdoor.into(),
            gains_kw: gains.into(),
            heat_pump: HeatPump::doe2(heating_kw, 3.4, cooling_kw, 2.9),
            backup_kw,
            least_c,
            heating_set_c: least_c + to_set,
            cooling_set_c: least_c + to_set + to_cool,
            most_c: least_c + to_set + to_cool + to_most,
            initial_c,
            heating: HeatingRule::ALL[rule],
            flexible,
            ..Building::house(0.2, 0.0)
        };
        let mut site = site(1800, 2, building);
        site.buildings.push(Building { name: "second".into(), ..gridlabd_house() });
        site.loads = vec![Load::new("load", 1.0)];
        site.generation = vec![SeriesPlant::new("roof", (0..96).map(|i| f64::from(i % 48) * 0.2).collect::<Vec<_>>())];
        if draw < 0.5 {
            site.connection.import_limit_kw = (1.0 + 16.0 * draw).into();
            site.connection.export_limit_kw = (4.0 * draw).into();
        }
        if draw > 0.7 {
            site.outages.push(20..40);
        }
        site
    })
}

fn whim(seed: u64) -> Controller {
    let own = move |site: &Site, ask: &mut Request| {
        let word = (seed ^ u64::from(site.step())).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        if !word.is_multiple_of(3) {
            ask.flexible_use((word % 2) as usize).draw((word % 97) as f64 * 0.1);
        }
    };
    Controller::own("whim", "none", Box::new(own))
}

/// Mutations it catches: a loss that is a difference, cooling that warms, a limit that is not held, degree-hours that are not counted.
#[test]
fn every_building_keeps_its_books_and_its_band() {
    let met = std::cell::RefCell::new(BTreeMap::<&str, u32>::new());
    let count = |name, is_met: bool| *met.borrow_mut().entry(name).or_default() += u32::from(is_met);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    let property = |(site, seed, asks): (Scenario, u64, bool)| {
        let (outcome, seen) = traced(&site, |plan| if asks { whim(seed) } else { idle(plan) });
        for totals in &outcome.devices {
            let scale = 1.0
                + totals.entries.iter().filter(|entry| entry.unit == "kWh").map(|entry| entry.value.abs()).sum::<f64>();
            prop_assert!(totals.balance_kwh(Carrier::Heat).abs() <= 1e-9 * scale, "{totals:?}");
            prop_assert!(totals.residual_kwh() <= 1e-9 * scale, "{totals:?}");
            let heat = totals.get("heating_kwh").unwrap() - totals.get("cooling_kwh").unwrap();
            let brought = totals.get("electricity_kwh").unwrap() + totals.get("from_outdoors_kwh").unwrap();
            prop_assert!((heat - brought).abs() <= 1e-9 * scale, "{totals:?}");
            prop_assert_eq!(totals.kept_kwh(), 0.0);
        }
        prop_assert!(outcome.energy.residual_kwh < 1e-9);
        let building = &site.buildings[0];
        let (mut cold, mut hot) = (0.0, 0.0);
        for [kw, c] in &seen {
            prop_assert!(*kw >= 0.0);
            cold += if c + 1e-9 < building.least_c { 0.5 * (building.least_c - c) } else { 0.0 };
            hot += if c - 1e-9 > building.most_c { 0.5 * (c - building.most_c) } else { 0.0 };
        }
        prop_assert!((of(&outcome, "too_cold_degree_h") - cold).abs() < 1e-9 * (1.0 + cold));
        prop_assert!((of(&outcome, "too_hot_degree_h") - hot).abs() < 1e-9 * (1.0 + hot));
        count("heats", of(&outcome, "heating_kwh") > 0.0);
        count("cools", of(&outcome, "cooling_kwh") > 0.0);
        count("backup", of(&outcome, "backup_kwh") > 0.0);
        count("too cold", cold > 0.0);
        count("too hot", hot > 0.0);
        count("comfortable", cold + hot == 0.0);
        count("one node", building.mass.is_none());
        count("outage", !site.outages.is_empty());
        Ok(())
    };
    runner.run(&(any_site(), any::<u64>(), any::<bool>()), property).unwrap();
    let met = met.into_inner();
    assert!(met.len() == 8 && met.values().all(|times| *times >= 5), "{met:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A run that goes on from a snapshot, or beside another lane, has the same bits.
    #[test]
    fn snapshots_and_lanes_change_no_bit(site in any_site(), seed in any::<u64>()) {
        let plan = Plan::compile(&site).unwrap();
        let whole = simulate(&plan, whim(seed));
        let mut first = Block::pack([&plan], [whim(seed)]);
        first.march(1, &mut ());
        let mut rest = Block::pack([&plan], [whim(seed)]);
        rest.resume([&first.snapshot(0)]).unwrap();
        rest.march(1, &mut ());
        prop_assert_eq!(&rest.outcome(0).devices, &whole.devices);
        let mut other = site.clone();
        other.buildings[0].loss_kw_per_c += 0.1;
        other.buildings[1].mass = None;
        let other = Plan::compile(&other).unwrap();
        let mut both = Block::pack([&other, &plan], [whim(seed ^ 1), whim(seed)]);
        both.march(2, &mut ());
        prop_assert_eq!(&both.outcome(1).devices, &whole.devices);
        prop_assert_eq!(both.outcome(1).money, whole.money);
    }

    /// No run costs less than the bound, which says that it leaves flexible uses out.
    #[test]
    fn no_run_is_below_the_bound(site in any_site(), seed in any::<u64>()) {
        let plan = Plan::compile(&site).unwrap();
        let optimal = std::sync::Arc::new(OptimalPlan::solve(&plan).unwrap());
        let bound = Bound::with(&plan, Ok(&optimal));
        let lower = bound.objective.unwrap();
        // Where a run reaches it there is nothing to say.
        let says_so = bound.reasons.iter().any(|reason| reason.contains("flexible uses"));
        let reached = bound.optimal_objective.is_some_and(|best| best - lower < 1e-9 * (1.0 + lower.abs()));
        prop_assert!(says_so || reached, "{bound:?}");
        for controller in [idle(&plan), whim(seed), Controller::optimal(&optimal)] {
            let objective = simulate(&plan, controller).money.objective;
            prop_assert!(objective >= lower - 1e-9 * (1.0 + lower.abs()), "{objective} {lower}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let point = |outdoor_c, cop| HeatPumpPoint { outdoor_c, heat_kw: 5.0, cop };
    let faulty = Building {
        loss_kw_per_c: -1.0,
        air_kwh_per_c: 0.0,
        mass: Some(ThermalMass { heat_kwh_per_c: 1.0, coupling_kw_per_c: 0.0, gains_percent: 101.0 }),
        heating_set_c: 27.0,
        initial_c: f64::NAN,
        outdoor_c: 99.0.into(),
        heat_pump: HeatPump { heating: vec![point(7.0, 0.5), point(2.0, 3.0)], cooling: vec![] },
        ..Building::house(0.2, 9.0)
    };
    let problems = Plan::compile(&site(3600, 1, faulty)).unwrap_err();
    let fields: Vec<&str> =
        problems.iter().map(|problem| problem.field.strip_prefix("demand.building[0].").unwrap()).collect();
    let expected = [
        "loss_kw_per_c",
        "air_kwh_per_c",
        "mass.coupling_kw_per_c",
        "mass.gains_percent",
        "initial_c",
        "heating_set_c",
        "heat_pump.heating_point[0].cop",
        "heat_pump.heating_point[1].outdoor_c",
        "outdoor_c",
    ];
    assert_eq!(fields, expected);
}

/// A plan's fingerprint knows every field.
#[test]
fn fingerprints_know_every_field() {
    let base = site(3600, 1, Building::house(0.2, 9.0));
    let spoils: [fn(&mut Building); 15] = [
        |_| (),
        |b| b.loss_kw_per_c += 0.1,
        |b| b.air_kwh_per_c += 0.1,
        |b| b.mass = None,
        |b| b.mass.as_mut().unwrap().gains_percent = 40.0,
        |b| b.outdoor_c = 11.0.into(),
        |b| b.gains_kw = 1.0.into(),
        |b| b.heat_pump.heating[3].cop += 0.1,
        |b| b.backup_kw += 1.0,
        |b| b.least_c -= 1.0,
        |b| b.heating_set_c += 1.0,
        |b| b.cooling_set_c -= 1.0,
        |b| b.most_c += 1.0,
        |b| b.heating = HeatingRule::OffPeak,
        |b| b.flexible = false,
    ];
    let print = |spoil: &fn(&mut Building)| {
        let mut site = base.clone();
        spoil(&mut site.buildings[0]);
        Plan::compile(&site).unwrap().fingerprint()
    };
    let mut prints: Vec<u64> = spoils.iter().map(print).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), spoils.len());
}
