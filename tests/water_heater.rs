//! Promise: water heaters keep books of their own that close in every run, are the same at any step length, are known to
//! every strategy, give way where the site is short and take up what it would lose; and no run is below its bound.

use std::collections::BTreeMap;

use microgrid::demand::{HeatingRule, Load, WaterHeater};
use microgrid::dispatch::{Bound, Controller, Dispatch, OptimalPlan};
use microgrid::generation::SeriesPlant;
use microgrid::simulation::{Carrier, DeviceTotals};
use microgrid::storage::Battery;
use microgrid::utility::{Price, PriceComponent, Tariff};
use microgrid::{Block, Calendar, Outcome, Plan, Request, Scenario, Site, StepRecord, simulate};
use proptest::prelude::*;

use crate::random_site::{build, build_lane, cases, compile, recipe_with_water_heaters};

/// A heater of 200 L and 2 kW from which 6 L an hour are drawn.
fn heater() -> WaterHeater {
    WaterHeater { draw_l_per_h: 6.0.into(), ..WaterHeater::electric(200.0, 2.0) }
}

fn site(step_s: u32, days: u32) -> Scenario {
    let mut site = Scenario::new("house", Calendar::days(step_s, days));
    site.water_heaters = vec![heater()];
    site.tariff = Tariff::flat(0.5, 0.0).into();
    site
}

fn run(site: &Scenario, dispatch: &Dispatch) -> Outcome {
    let plan = compile(site);
    simulate(&plan, Controller::built_in(dispatch, &plan).unwrap())
}

fn of(outcome: &Outcome, name: &str) -> f64 {
    outcome.devices.iter().map(|totals| totals.get(name).unwrap()).sum()
}

/// Under a constant power the tank is on the exponential that solves its equation, whatever the step: T(t) = T∞ + (T₀ −
/// T∞)·e^(−kt), k = (UA + ṁc)/C, T∞ = (P + UA·T_room + ṁc·T_cold)/(UA + ṁc).
#[test]
fn the_tank_follows_its_closed_form_at_any_step_length() {
    let (ua, mc, capacity) = (heater().loss_kw_per_c, 6.0 * 4.186 / 3600.0, 200.0 * 4.186 / 3600.0);
    let power_kw = 0.4;
    let settled_c = (power_kw + ua * 20.0 + mc * 10.0) / (ua + mc);
    let expected_c = settled_c + (60.0 - settled_c) * (-(ua + mc) / capacity * 24.0f64).exp();
    for step_s in [60, 300, 900, 3600] {
        let plan = compile(&site(step_s, 1));
        let ask = Controller::own(
            "constant",
            "none",
            Box::new(move |_: &Site, ask: &mut Request| ask.flexible_use(0).draw(0.4)),
        );
        let outcome = simulate(&plan, ask);
        assert!((of(&outcome, "temperature_end_c") - expected_c).abs() < 1e-9, "{step_s} s: {outcome:?}");
        assert!((of(&outcome, "electricity_kwh") - 9.6).abs() < 1e-9);
        // ∫ dT/dt: what is drawn and lost is what went in less what is left.
        let out = of(&outcome, "heat_drawn_kwh") + of(&outcome, "heat_loss_kwh");
        assert!((out - (9.6 - capacity * (expected_c - 60.0))).abs() < 1e-9, "{step_s} s");
    }
}

/// WHAM, the Water Heater Analysis Model of Lawrence Berkeley National Laboratory (Lutz and others, 1998): daily input =
/// draw·(T_tank − T_in)/RE·(1 − UA·(T_tank − T_amb)/P_on) + 24·UA·(T_tank − T_amb), with RE = 1 for an element in the water.
/// Its second factor takes the standing loss while the element is on to be part of RE, 1 % here; so 2 % are allowed.
#[test]
fn a_day_on_the_thermostat_takes_what_wham_says() {
    let (gallon_l, fahrenheit) = (3.785_411_784, |f: f64| (f - 32.0) / 1.8);
    // The test conditions of the energy factor: 64.3 gallons a day from 58 to 135 °F in a room of 67.5 °F.
    let (tank_c, cold_c, room_c) = (fahrenheit(135.0), fahrenheit(58.0), fahrenheit(67.5));
    let (ua_kw, on_kw) = (1.5e-3, 4.5);
    let mut site = site(900, 30);
    site.water_heaters = vec![WaterHeater {
        draw_l_per_h: (64.3 * gallon_l / 24.0).into(),
        loss_kw_per_c: ua_kw,
        ambient_c: room_c,
        cold_water_c: cold_c,
        set_c: tank_c,
        initial_c: tank_c,
        ..WaterHeater::electric(50.0 * gallon_l, on_kw)
    }];
    let taken_kwh = of(&run(&site, &Dispatch::Idle), "electricity_kwh") / 30.0;
    // 8.293752 lb a gallon and 1.000743 Btu/(lb·°F), as WHAM has them.
    let draw_kwh = 64.3 * 8.293_752 * 1.000_743 * 77.0 * 1055.06 / 3.6e6;
    let wham_kwh = draw_kwh * (1.0 - ua_kw * (tank_c - room_c) / on_kw) + 24.0 * ua_kw * (tank_c - room_c);
    assert!((taken_kwh / wham_kwh - 1.0).abs() < 0.02, "{taken_kwh} {wham_kwh}");
}

/// Each rule does what it says: the thermostat holds its temperature; off peak what is used is used in cheap hours; surplus
/// takes the sun, and all of them hold the least temperature.
#[test]
fn each_rule_heats_when_it_says() {
    let mut site = site(3600, 10);
    let price = Price::Steps((0..240).map(|hour| if hour % 24 < 8 { 0.2 } else { 0.8 }).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    let sun = |hour: u32| if (9..16).contains(&(hour % 24)) { 3.0 } else { 0.0 };
    site.generation = vec![SeriesPlant::new("roof", (0..240).map(sun).collect::<Vec<_>>())];
    let trace = |rule: HeatingRule| {
        let mut site = site.clone();
        site.water_heaters[0].heating = rule;
        let plan = compile(&site);
        let mut seen: Vec<[f64; 2]> = Vec::new();
        let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
        block.march(10, &mut |_: usize, step: &StepRecord<'_>| seen.push([step.devices[0], step.devices[1]]));
        assert_eq!(
            plan.device_columns(),
            [("water_heater_kw", "water heater"), ("water_temperature_end_c", "water heater")]
        );
        (block.outcome(0), seen)
    };
    let (thermostat, seen) = trace(HeatingRule::Thermostat);
    assert!(seen.iter().all(|[_, c]| (c - 60.0).abs() < 1e-9));
    let (off_peak, seen) = trace(HeatingRule::OffPeak);
    assert!(seen.iter().enumerate().all(|(hour, [_, c])| hour % 24 != 7 || (c - 60.0).abs() < 1e-9), "{seen:?}");
    assert!(seen.iter().any(|[kw, _]| *kw == 0.0) && seen.iter().all(|[_, c]| *c >= 45.0 - 1e-9));
    let (surplus, seen) = trace(HeatingRule::Surplus);
    let used: f64 = seen.iter().enumerate().filter(|(hour, _)| sun(*hour as u32) > 0.0).map(|(_, [kw, _])| kw).sum();
    assert!(used > 0.9 * of(&surplus, "electricity_kwh"), "{used}");
    assert!(seen.iter().any(|[_, c]| *c > 70.0) && seen.iter().all(|[_, c]| (45.0 - 1e-9..=75.0 + 1e-9).contains(c)));
    assert!(off_peak.money.bill_total < thermostat.money.bill_total);
    assert!(surplus.indicators.self_consumption_percent > thermostat.indicators.self_consumption_percent);
    assert!([thermostat, off_peak, surplus].iter().all(|outcome| of(outcome, "too_cold_h") == 0.0));
}

/// At a tie of 1 kW a flexible heater waits while a battery charges and a load runs, and is as warm as it must be; what the
/// export limit would waste it takes up. One that is not flexible does neither.
#[test]
fn a_flexible_heater_gives_way_and_takes_up() {
    let mut site = site(3600, 2);
    site.loads =
        vec![Load::new("oven", (0..48).map(|hour| if hour % 24 == 18 { 1.9 } else { 0.1 }).collect::<Vec<_>>())];
    site.generation =
        vec![SeriesPlant::new("roof", (0..48).map(|hour| if hour % 24 == 12 { 4.0 } else { 0.0 }).collect::<Vec<_>>())];
    site.connection.import_limit_kw = 2.0.into();
    site.connection.export_limit_kw = 2.0.into();
    let flexible = run(&site, &Dispatch::Idle);
    site.water_heaters[0].flexible = false;
    let stubborn = run(&site, &Dispatch::Idle);
    // A stubborn one is cut too, but only before load is shed; so no load is lost either way.
    assert_eq!((flexible.energy.unserved_kwh, stubborn.energy.unserved_kwh), (0.0, 0.0));
    assert!(flexible.energy.curtailed_kwh < 0.5 * stubborn.energy.curtailed_kwh, "{flexible:?} {stubborn:?}");
    assert!(of(&flexible, "temperature_end_c") >= 45.0 - 1e-9);
    // A battery goes before a stubborn heater, and behind a flexible one.
    site.generation.clear();
    site.storage = vec![Battery::lithium_iron_phosphate(10.0, 2.0)];
    let discharged = |flexible: bool| {
        let mut site = site.clone();
        site.water_heaters[0].flexible = flexible;
        let plan = compile(&site);
        simulate(&plan, Controller::own("none", "none", Box::new(|_: &Site, _: &mut Request| ()))).energy.discharge_kwh
    };
    assert!(discharged(true) < 1e-9 && discharged(false) > 0.1, "{} {}", discharged(true), discharged(false));
}

/// A strategy sees what a heater needs, can take and would take, and asks within it; a request that is no number, or of a
/// heater that is not there, is a fault.
#[test]
fn strategies_see_and_ask() {
    let plan = compile(&site(3600, 1));
    let ask = |site: &Site, ask: &mut Request| {
        let seen = site.flexible_uses()[0];
        assert!(
            0.0 <= seen.least_kw() && seen.least_kw() <= seen.expected_kw() && seen.expected_kw() <= seen.most_kw()
        );
        assert!((site.deficit_kw() - seen.expected_kw()).abs() < 1e-12, "what it would take is in the deficit");
        ask.flexible_use(0).draw(1e6);
    };
    let outcome = simulate(&plan, Controller::own("hot", "none", Box::new(ask)));
    assert!((of(&outcome, "temperature_end_c") - 75.0).abs() < 1e-9);
    for bad in
        [|ask: &mut Request| ask.flexible_use(0).draw(f64::NAN), |ask: &mut Request| ask.flexible_use(7).draw(1.0)]
    {
        let strategy = move |site: &Site, ask: &mut Request| {
            if site.step() == 5 {
                bad(ask);
            }
        };
        let outcome = simulate(&plan, Controller::own("bad", "none", Box::new(strategy)));
        assert_eq!(outcome.status.fault_step(), Some(5));
    }
}

/// What random sites came upon, so that a property that never meets its case is seen.
fn count(met: &mut BTreeMap<&'static str, u32>, site: &Scenario, outcome: &Outcome) {
    let mut meets = |name, is_met: bool| *met.entry(name).or_default() += u32::from(is_met);
    meets("outages", !site.outages.is_empty());
    meets("gensets", !site.gensets.is_empty());
    meets("batteries", !site.storage.is_empty());
    meets("load shed", outcome.energy.unserved_kwh > 0.0);
    meets("curtailed", outcome.energy.curtailed_kwh > 0.0);
    meets("too cold", of(outcome, "too_cold_h") > 0.0);
    meets("never too cold", of(outcome, "too_cold_h") == 0.0);
    for rule in HeatingRule::ALL {
        meets(rule.name(), site.water_heaters.iter().any(|heater| heater.heating == rule));
    }
}

fn balances(totals: &DeviceTotals) -> bool {
    let scale =
        1.0 + totals.entries.iter().filter(|entry| entry.unit == "kWh").map(|entry| entry.value.abs()).sum::<f64>();
    totals.balance_kwh(Carrier::Heat).abs() <= 1e-9 * scale && totals.residual_kwh() <= 1e-9 * scale
}

/// Whatever is asked, electricity and heat balance; lanes are as alone, and a run goes on from a snapshot to the bit.
#[test]
fn books_close_and_bits_are_the_same_on_random_sites() {
    let mut met = BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::new(cases(64));
    let met_cell = std::cell::RefCell::new(&mut met);
    let property = |(recipe, seed): (crate::random_site::Recipe, u64)| {
        let lanes: [Scenario; 2] = [build(&recipe), build_lane(&recipe, recipe.seed ^ 99)];
        let plans = lanes.each_ref().map(compile);
        let ask = |plan: &Plan| {
            let uses = plan.flexible_uses();
            let strategy = move |site: &Site, ask: &mut Request| {
                for i in 0..uses {
                    let pick = (seed ^ u64::from(site.step()).wrapping_mul(0x9e37_79b9)) >> (8 * i) & 7;
                    if pick < 4 {
                        ask.flexible_use(i).draw(pick as f64 * 3.0);
                    }
                }
            };
            Controller::own("whim", "none", Box::new(strategy))
        };
        let alone = plans.each_ref().map(|plan| simulate(plan, ask(plan)));
        for (site, outcome) in lanes.iter().zip(&alone) {
            count(&mut met_cell.borrow_mut(), site, outcome);
            prop_assert!(outcome.devices.iter().all(balances), "{:?}", outcome.devices);
            let energy = &outcome.energy;
            prop_assert!(energy.residual_kwh <= 1e-9 * (1.0 + energy.throughput_kwh()), "{energy:?}");
            prop_assert!(energy.balance_kwh(Carrier::Electric).abs() <= 1e-9 * (1.0 + energy.throughput_kwh()));
        }
        let [a, b] = &plans;
        let mut block = Block::pack([a, b], [ask(a), ask(b)]);
        block.march(usize::MAX, &mut ());
        prop_assert_eq!([block.outcome(0), block.outcome(1)], alone.clone());
        let mut first = Block::pack([a], [ask(a)]);
        first.march(1, &mut ());
        let mut second = Block::pack([a], [ask(a)]);
        second.resume([&first.snapshot(0)]).unwrap();
        second.march(usize::MAX, &mut ());
        prop_assert_eq!(second.outcome(0), alone[0].clone());
        Ok(())
    };
    runner.run(&(recipe_with_water_heaters(), any::<u64>()), property).unwrap();
    for (name, times) in met {
        assert!(times >= 5, "{name} came up {times} times");
    }
}

/// No run of any strategy costs less than the bound, which says what it leaves out; where it can prove nothing it says so.
#[test]
fn no_run_is_below_the_bound() {
    let mut met = BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::new(cases(40));
    let met_cell = std::cell::RefCell::new(&mut met);
    runner
        .run(&recipe_with_water_heaters(), |recipe| {
            let plan = compile(&build(&recipe));
            let Ok(optimal) = OptimalPlan::solve(&plan).map(std::sync::Arc::new) else { return Ok(()) };
            let bound = Bound::with(&plan, Ok(&optimal));
            prop_assert!(bound.reasons.iter().any(|reason| reason.contains("flexible uses")), "{bound:?}");
            *met_cell
                .borrow_mut()
                .entry(if bound.objective.is_some() { "proven" } else { "not proven" })
                .or_insert(0) += 1;
            let Some(lower) = bound.objective else { return Ok(()) };
            let off = |site: &Site, ask: &mut Request| {
                (0..site.flexible_uses().len()).for_each(|i| ask.flexible_use(i).draw(0.0))
            };
            let full = |site: &Site, ask: &mut Request| {
                (0..site.flexible_uses().len()).for_each(|i| ask.flexible_use(i).draw(1e6))
            };
            let own = [Controller::own("off", "none", Box::new(off)), Controller::own("full", "none", Box::new(full))];
            let rules = Dispatch::every_for(plan.scenario()).filter_map(|d| Controller::built_in(&d, &plan).ok());
            for controller in rules.chain(own) {
                let outcome = simulate(&plan, controller);
                let slack = 1e-9 * (1.0 + lower.abs() + outcome.money.objective.abs());
                prop_assert!(outcome.money.objective >= lower - slack, "{} {lower}", outcome.strategy);
            }
            Ok(())
        })
        .unwrap();
    assert!(met.get("proven").is_some_and(|times| *times >= 5), "{met:?}");
}

/// The plan of `optimal` knows what heaters take by their own rules: on this site it fills the battery at night for them,
/// and its cost is the least over a fine grid of plans that one can check by hand.
#[test]
fn optimal_plans_with_the_heat_that_is_to_come() {
    let mut site = site(3600, 1);
    let price = Price::Steps((0..24).map(|hour| if hour < 6 { 0.1 } else { 1.0 }).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    site.storage = vec![Battery { initial_soc: 0.1, ..Battery::lithium_iron_phosphate(20.0, 5.0) }];
    site.stored_value_per_kwh = Some(0.0);
    let outcome = run(&site, &Dispatch::Optimal);
    // Dear hours are all served from the battery: what is imported, is imported at night.
    let needed = outcome.energy.device_use_kwh;
    assert!(outcome.energy.discharge_kwh > 0.7 * needed, "{outcome:?}");
    assert!(outcome.money.energy_charge < 0.14 * needed, "{outcome:?}");
}

/// A plan's fingerprint and its lanes' shape know heaters.
#[test]
fn fingerprints_and_shapes_know_heaters() {
    let plan = compile(&site(3600, 1));
    let spoils: [fn(&mut WaterHeater); 12] = [
        |h| h.volume_l += 1.0,
        |h| h.rating_kw += 1.0,
        |h| h.draw_l_per_h = 7.0.into(),
        |h| h.loss_kw_per_c *= 2.0,
        |h| h.ambient_c += 1.0,
        |h| h.cold_water_c += 1.0,
        |h| h.least_c += 1.0,
        |h| h.set_c += 1.0,
        |h| h.most_c += 1.0,
        |h| h.initial_c += 1.0,
        |h| h.heating = HeatingRule::OffPeak,
        |h| h.flexible = false,
    ];
    for (i, spoil) in spoils.iter().enumerate() {
        let mut other = site(3600, 1);
        spoil(&mut other.water_heaters[0]);
        assert_ne!(compile(&other).fingerprint(), plan.fingerprint(), "spoil {i}");
    }
    let mut two = site(3600, 1);
    two.water_heaters.push(heater());
    assert!(!compile(&two).same_shape(&plan));
}
