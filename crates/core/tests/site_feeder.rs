//! Promise: a site in a feeder brings the losses that its power flow says, in every step, whatever answers; lanes, snapshots
//! and steps one by one give the same bits; what is beyond a limit is told; a bound says that it knows no feeder.
//!
//! It catches a loss that is not balanced, billed or recorded, a device drawn at the wrong bus or with the wrong sign, a
//! lane that its neighbour's recourse changes, and state that a snapshot leaves out.

use microgrid_core::demand::{Load, Tier, WaterHeater};
use microgrid_core::dispatch::{Bound, Controller, Dispatch};
use microgrid_core::distribution::monitoring::{EventKind, Monitoring, Watcher};
use microgrid_core::distribution::{BusShare, Feeder, FlowSettings, LoadPoint, Network, Place, Placed, SiteFeeder};
use microgrid_core::generation::{Genset, SeriesPlant};
use microgrid_core::simulation::{Block, Carrier, StepRecord};
use microgrid_core::storage::Battery;
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Outcome, Plan, Scenario, simulate};

use crate::support::low_voltage::{cable, network};
use crate::support::same_bits;

/// A grid's bus and a chain of three buses behind it, 0.4 kV, 100 m of cable each.
fn chain() -> Network {
    network(["tie", "near", "middle", "far"], &[(0, 1), (1, 2), (2, 3)], &cable(0.1, 270.0))
}

fn run(site: &Scenario, dispatch: &Dispatch) -> Outcome {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    simulate(&plan, Controller::built_in(dispatch, &plan).unwrap())
}

/// 60 kW at the far end behind R + jX: V² is the greater root of V⁴ − (1 − 2RP)V² + (R² + X²)P² = 0 at power factor 1, the loss
/// R·P²/V². The bill pays for both.
#[test]
fn the_loss_of_a_line_is_its_closed_form_and_is_billed() {
    let mut site = Scenario::new("line", Calendar::days(3600, 2));
    site.loads.push(Load::new("yard", 60.0));
    site.tariff = Tariff::flat(0.5, 0.1).into();
    let mut network = chain();
    network.lines.iter_mut().for_each(|line| line.c_nf_per_km = 0.0);
    let mut feeder = SiteFeeder::new(network);
    feeder.place(Placed::Load(0), 3);
    site.feeder = Some(feeder.into());
    let outcome = run(&site, &Dispatch::SelfConsumption);
    let (p, r, x): (f64, f64, f64) = (0.06, 0.3 * 0.206 / 0.16, 0.3 * 0.08 / 0.16);
    let half = 0.5 - r * p;
    let square = half + (half * half - (r * r + x * x) * p * p).sqrt();
    let loss_kw = 1000.0 * r * p * p / square;
    let books = &outcome.devices[0];
    assert_eq!((books.kind, books.name.as_str()), ("distribution.feeder", "street"));
    let get = |name: &str| books.get(name).unwrap();
    assert!((get("loss_kwh") / (48.0 * loss_kw) - 1.0).abs() < 1e-7, "{} {loss_kw}", get("loss_kwh"));
    assert_eq!(get("mismatch_kwh"), 0.0);
    assert!((get("lowest_voltage_pu") - square.sqrt()).abs() < 1e-7);
    let current_a = p * 1e6 / square.sqrt() / 400.0 / 3f64.sqrt();
    assert!((get("greatest_loading_percent") - 100.0 * current_a / 270.0).abs() < 1e-5);
    assert!((outcome.energy.import_kwh - 48.0 * (60.0 + loss_kw)).abs() < 1e-5);
    assert!((outcome.money.energy_charge - 0.5 * outcome.energy.import_kwh).abs() < 1e-9);
    assert!(outcome.energy.balance_kwh(Carrier::Electric).abs() < 1e-9);
    assert!(
        outcome.notes.iter().any(|note| note.contains("lowest voltage") && note.contains("at far")),
        "{:?}",
        outcome.notes
    );
}

/// What a site may have; each bit of `traits` one of it.
const TRAITS: [&str; 7] =
    ["battery", "genset", "sun beyond the export limit", "import limit", "outages", "water heater", "reactive power"];

fn site(traits: usize, scale: f64) -> Scenario {
    let has = |i: usize| traits & (1 << i) != 0;
    let mut site = Scenario::new("village", Calendar::days(3600, 3));
    let wave = |hour: u32, at: u32| f64::from((hour * 7 + at) % 11) / 11.0;
    let series = |of: &dyn Fn(u32) -> f64| (0..72).map(of).collect::<Vec<f64>>();
    site.loads.push(Load::new("houses", series(&|hour| scale * (20.0 + 30.0 * wave(hour, 3)))));
    let workshop = series(&|hour| 25.0 * wave(hour, 8));
    site.loads.push(Load { tier: Tier::Sheddable, ..Load::new("workshop", workshop) });
    let sun = |hour: u32| if (7..17).contains(&(hour % 24)) { 90.0 * scale } else { 0.0 };
    site.generation.push(SeriesPlant::new("roofs", series(&sun)));
    site.tariff = Tariff::flat(0.6, 0.2).into();
    let mut feeder = SiteFeeder::new(chain());
    let reactive_ratio = if has(6) { 0.3 } else { 0.0 };
    let half = |bus: usize| BusShare { bus, share: 0.5, reactive_ratio };
    feeder.places.push(Place { device: Placed::Load(0), buses: vec![half(2), half(3)], inverter: None });
    feeder.place(Placed::Load(1), 1);
    feeder.place(Placed::Plant(0), 3);
    if has(0) {
        site.storage.push(Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(80.0, 40.0) });
        feeder.place(Placed::Battery(0), 2);
    }
    if has(1) {
        site.gensets.push(Genset { grid_forming: true, ..Genset::diesel(30.0, 7.0) });
        feeder.place(Placed::Genset(0), 1);
    }
    if has(2) {
        site.connection.export_limit_kw = 10.0.into();
    }
    if has(3) {
        site.connection.import_limit_kw = 35.0.into();
    }
    if has(4) {
        site.outages = vec![5..12, 30..42];
    }
    if has(5) {
        site.water_heaters.push(WaterHeater { draw_l_per_h: 20.0.into(), ..WaterHeater::electric(300.0, 6.0) });
        feeder.place(Placed::WaterHeater(0), 1);
    }
    site.feeder = Some(feeder.into());
    site
}

/// The loss of a recorded step, by the library's plain power flow of a network with the recorded powers as its loads, and
/// the source where the grid is formed.
fn loss_again(site: &Scenario, step: &StepRecord<'_>, is_up: bool) -> f64 {
    let feeder = site.feeder.as_ref().unwrap();
    let at = step.step as usize;
    let tiers = [Tier::Normal, Tier::Sheddable].map(|tier| step.unserved_kw[tier as usize]);
    let mut power_kw: Vec<f64> = (0..2).map(|i| tiers[i] - site.loads[i].power_kw.at(at)).collect();
    power_kw.push(step.generation_kw - step.curtailed_kw);
    power_kw.extend(step.batteries.iter().map(|battery| battery.discharge_kw - battery.charge_kw));
    power_kw.extend(step.gensets.iter().map(|genset| genset.power_kw));
    power_kw.extend(site.water_heaters.iter().map(|_| -step.devices[0]));
    let mut network = feeder.network.clone();
    for place in &feeder.places {
        let device = Placed::all(site).iter().position(|(device, _)| *device == place.device).unwrap();
        for share in &place.buses {
            let kw = -power_kw[device] * share.share;
            network.loads.push(LoadPoint::new("part", share.bus, kw, kw.abs() * share.reactive_ratio));
        }
    }
    if !is_up {
        network.sources[0].bus = if site.storage.is_empty() { 1 } else { 2 };
    }
    let settings = FlowSettings { tolerance_pu: 1e-12, ..FlowSettings::default() };
    Feeder::compile(&network).unwrap().solve(&settings).loss_kw
}

/// Every combination: books close, each step's loss is that of its powers, and the balance carries it.
#[test]
fn every_step_brings_the_losses_of_its_powers() {
    let (mut islanded, mut dark, mut limited, mut shed) = (0, 0, 0, 0);
    for traits in 0..1 << TRAITS.len() {
        let site = site(traits, 1.0);
        let name = |i: usize| (traits & (1 << i) != 0).then_some(TRAITS[i]);
        let names: Vec<&str> = (0..TRAITS.len()).filter_map(name).collect();
        let plan = Plan::compile(&site).unwrap_or_else(|problems| panic!("{names:?} {problems}"));
        let dispatch = if site.gensets.is_empty() { Dispatch::SelfConsumption } else { Dispatch::LoadFollowing };
        let loss_at = plan.device_columns().iter().position(|(column, _)| *column == "feeder_loss_kw").unwrap();
        let mut look = |_: usize, step: &StepRecord<'_>| {
            let is_up = plan.grid_is_up(step.step as usize);
            let loss_kw = step.devices[loss_at];
            let forms = !site.storage.is_empty() || !site.gensets.is_empty();
            if !is_up && !forms {
                dark += 1;
                assert_eq!((loss_kw, step.device_use_kw), (0.0, 0.0), "{names:?} {step:?}");
                return;
            }
            islanded += usize::from(!is_up);
            limited += usize::from(is_up && step.import_kw > 34.999);
            shed += usize::from(step.unserved_kw.iter().sum::<f64>() > 1e-9);
            let again_kw = loss_again(&site, step, is_up);
            assert!((loss_kw - again_kw).abs() < 1e-6, "{names:?} {loss_kw} {again_kw} {step:?}");
        };
        let mut block = Block::<1>::pack([&plan], [Controller::built_in(&dispatch, &plan).unwrap()]);
        block.march(3, &mut look);
        let outcome = block.outcome(0);
        assert!(outcome.energy.balance_kwh(Carrier::Electric).abs() < 1e-8, "{names:?}");
        assert!(outcome.energy.residual_kwh < 1e-8, "{names:?} {}", outcome.worst_component);
        let books = outcome.devices.last().unwrap();
        let [loss, mismatch] = ["loss_kwh", "mismatch_kwh"].map(|name| books.get(name).unwrap());
        assert!(loss > 1.0 && mismatch.abs() < 2e-4 * loss, "{names:?} {loss} {mismatch}");
    }
    assert!(islanded > 500 && dark > 300 && limited > 100 && shed > 500, "{islanded} {dark} {limited} {shed}");
}

/// Eight lanes of different loads give each lane's run alone, and a run resumed after two days, or step by step, the run at
/// once, bit for bit.
#[test]
fn lanes_snapshots_and_steps_give_the_same_bits() {
    for traits in (0..1 << TRAITS.len()).filter(|traits| traits % 5 == 0 || *traits == 127) {
        let plans: [Plan; 8] = core::array::from_fn(|l| Plan::compile(&site(traits, 0.4 + 0.15 * l as f64)).unwrap());
        let dispatch = if traits & 2 == 0 { Dispatch::SelfConsumption } else { Dispatch::LoadFollowing };
        same_bits(&plans, &dispatch, &traits);
    }
}

/// A site of which a tenth of the load is beyond what the cable carries: its hours, events and notes; and a bound that
/// says what it leaves out.
#[test]
fn limits_are_told_and_a_bound_knows_no_feeder() {
    let mut site = site(0, 1.0);
    site.loads[0] = Load::new("houses", (0..72).map(|h| if h < 7 { 200.0 } else { 20.0 }).collect::<Vec<f64>>());
    site.generation[0] =
        SeriesPlant::new("roofs", (0..72).map(|h| if h == 30 { 260.0 } else { 0.0 }).collect::<Vec<f64>>());
    let mut feeder = (**site.feeder.as_ref().unwrap()).clone();
    (feeder.voltage_least_pu, feeder.voltage_greatest_pu) = (0.95, 1.05);
    site.feeder = Some(feeder.into());
    let plan = Plan::compile(&site).unwrap();
    let settings = Monitoring::default();
    let mut watcher = Watcher::new(&plan, &settings);
    let mut block = Block::<1>::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
    block.march(3, &mut watcher);
    let outcome = block.outcome(0);
    let get = |name: &str| outcome.devices[0].get(name).unwrap();
    assert_eq!([get("below_voltage_h"), get("above_voltage_h"), get("unsolved_h")], [7.0, 1.0, 0.0]);
    assert!(get("overload_h") == 8.0 && get("greatest_loading_percent") > 100.0, "{:?}", outcome.devices);
    // Three days of hours, of which seven are below 0.9 or 0.93 at the far end.
    assert!(get("gbt12325_within_percent") < 100.0 && get("en50160_worst_week_percent") <= 100.0);
    let events = watcher.finish().events;
    let found = |kind: EventKind| events.iter().find(|event| event.kind == kind).map(|event| event.steps.clone());
    assert_eq!(found(EventKind::VoltageLow), Some(0..7));
    assert_eq!(found(EventKind::VoltageHigh), Some(30..31));
    assert_eq!(found(EventKind::FeederOverload), Some(0..7));
    assert!(outcome.notes.iter().any(|note| note.contains("watched, not kept")));
    let bound = Bound::of(&plan);
    assert!(bound.reasons.iter().any(|reason| reason.contains("no feeder")), "{:?}", bound.reasons);
    assert!(bound.objective.unwrap() < outcome.money.objective);
    let mut without = site.clone();
    without.feeder = None;
    assert!((bound.objective.unwrap() - run(&without, &Dispatch::SelfConsumption).money.objective).abs() < 1e-6);
}

/// A network that cannot carry a load says for how long, and no loss is made up.
#[test]
fn a_flow_without_solution_is_told() {
    let mut site = site(0, 1.0);
    site.loads[0] = Load::new("houses", (0..72).map(|h| if h == 3 { 3000.0 } else { 20.0 }).collect::<Vec<f64>>());
    let outcome = run(&site, &Dispatch::SelfConsumption);
    assert_eq!(outcome.devices[0].get("unsolved_h"), Some(1.0));
    assert!(outcome.notes.iter().any(|note| note.contains("cannot carry the powers in 1 h")), "{:?}", outcome.notes);
    assert!(outcome.energy.balance_kwh(Carrier::Electric).abs() < 1e-8);
}

/// What a feeder cannot be is refused, all at once.
#[test]
fn a_feeder_that_cannot_be_is_refused() {
    let mut bad = site(3, 1.0);
    let mut feeder = (**bad.feeder.as_ref().unwrap()).clone();
    feeder.network.loads.push(LoadPoint::new("forgotten", 2, 5.0, 0.0));
    feeder.places.retain(|place| place.device != Placed::Genset(0));
    feeder.places[0].buses[0].share = 0.7;
    feeder.places[1].buses[0].bus = 9;
    feeder.place(Placed::Station(0), 1);
    feeder.voltage_least_pu = 1.2;
    bad.feeder = Some(feeder.into());
    let text = Plan::compile(&bad).unwrap_err().to_string();
    for told in [
        "\"forgotten\"",
        "has 0 places for",
        "place[0] (sum of shares)",
        "is at no bus",
        "is for no device",
        "voltage_least_pu",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}
