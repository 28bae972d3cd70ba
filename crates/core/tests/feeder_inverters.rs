//! Promise: inverters of plants and batteries answer to the voltage at their bus as their curves say: where a flow ends, curve and
//! voltage agree, what they leave is booked, and lanes and snapshots give the same bits.
//!
//! It catches reactive power of the wrong sign, a curve read at another bus's voltage, power that is left but not booked, and an
//! iteration that ends before it is there.

use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::distribution::{BusShare, Inverter, Line, Network, Place, Placed, SiteFeeder, VoltVar, VoltWatt};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::Carrier;
use microgrid_core::storage::Battery;
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Outcome, Plan, Scenario, simulate};

use crate::support::low_voltage::{cable, network};
use crate::support::same_bits;

/// 0.4 kV: the grid's bus and two buses behind it, 200 m of cable each.
fn row() -> Network {
    network(["grid", "near", "far"], &[(0, 1), (1, 2)], &Line { c_nf_per_km: 0.0, ..cable(0.2, 1000.0) })
}

fn run(site: &Scenario) -> Outcome {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap())
}

fn get(outcome: &Outcome, name: &str) -> f64 {
    outcome.devices.last().unwrap().get(name).unwrap_or_else(|| panic!("{name}"))
}

fn one_plant(kw: f64, inverter: Inverter) -> Outcome {
    let mut site = Scenario::new("row", Calendar::days(3600, 1));
    site.tariff = Tariff::flat(0.6, 0.2).into();
    site.generation.push(SeriesPlant::new("roof", kw));
    let mut feeder = SiteFeeder::new(row());
    feeder.place(Placed::Plant(0), 2);
    feeder.places[0].inverter = Some(inverter);
    site.feeder = Some(feeder.into());
    run(&site)
}

/// Voltage at the end of one line of R + jX that P + jQ per unit flow into: the greater root of
/// V⁴ − (1 + 2(RP + XQ))V² + (R² + X²)(P² + Q²) = 0.
fn voltage(p: f64, q: f64) -> f64 {
    let (r, x) = (0.4 * 0.206 / 0.16, 0.4 * 0.08 / 0.16);
    let half = 0.5 + r * p + x * q;
    (half + (half * half - (r * r + x * x) * (p * p + q * q)).sqrt()).sqrt()
}

/// The root of a falling function.
fn root(of: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if of(middle) > 0.0 { low = middle } else { high = middle }
    }
    low
}

/// Volt-var of category B: the voltage is that of the line's closed form with the reactive power that the curve has at it, found
/// by bisection, to the tolerance of the flow. Without the inverter it would be higher.
#[test]
fn volt_var_and_voltage_agree() {
    for (kw, most_pu) in [(80.0, 1.05), (110.0, 1.06), (140.0, 1.08)] {
        let inverter = Inverter { rated_kva: 160.0, volt_var: Some(VoltVar::CATEGORY_B), volt_watt: None };
        let outcome = one_plant(kw, inverter);
        let curve = |v: f64| -0.44 * ((v - 1.02) / 0.06).clamp(0.0, 1.0);
        let v = root(|v| voltage(kw / 1000.0, 0.16 * curve(v)) - v, 1.0, 1.2);
        assert!((get(&outcome, "highest_voltage_pu") - v).abs() < 1e-6, "{kw} {v} {outcome:?}");
        let kvarh = get(&outcome, "inverter_reactive_kvarh");
        assert!((kvarh / 24.0 + 160.0 * curve(v)).abs() < 1e-3, "{kvarh}");
        assert!(v < most_pu && voltage(kw / 1000.0, 0.0) > v + 0.003, "{v}");
        assert_eq!(get(&outcome, "curtailed_inverter_kwh"), 0.0);
    }
}

/// Volt-watt: the power is what the curve lets at the voltage that it makes, by bisection; the rest is curtailed, and told why.
#[test]
fn volt_watt_and_voltage_agree() {
    let inverter = Inverter { rated_kva: 200.0, volt_var: None, volt_watt: Some(VoltWatt::DEFAULT) };
    let outcome = one_plant(190.0, inverter);
    let most = |v: f64| 200.0 * (1.0 - 0.8 * ((v - 1.06) / 0.04).clamp(0.0, 1.0));
    let kw = root(|kw| most(voltage(kw / 1000.0, 0.0)) - kw, 0.0, 190.0);
    assert!(kw < 180.0, "the curve binds: {kw}");
    let taken_kw = 190.0 - outcome.energy.curtailed_kwh / 24.0;
    assert!((taken_kw - kw).abs() < 1e-2, "{taken_kw} {kw}");
    assert!((get(&outcome, "curtailed_inverter_kwh") - outcome.energy.curtailed_kwh).abs() < 1e-9);
    assert!((get(&outcome, "highest_voltage_pu") - voltage(kw / 1000.0, 0.0)).abs() < 1e-5);
    assert!(outcome.energy.balance_kwh(Carrier::Electric).abs() < 1e-8);
}

/// Full power on a rating that reactive power needs a part of: √(S² − Q²) is taken.
#[test]
fn reactive_power_comes_first() {
    let inverter = Inverter { rated_kva: 150.0, volt_var: Some(VoltVar::CATEGORY_B), volt_watt: None };
    let outcome = one_plant(150.0, inverter);
    let kvar = get(&outcome, "inverter_reactive_kvarh") / 24.0;
    let taken_kw = 150.0 - outcome.energy.curtailed_kwh / 24.0;
    assert!(kvar > 20.0 && (taken_kw.hypot(kvar) / 150.0 - 1.0).abs() < 1e-4, "{taken_kw} {kvar}");
}

fn village(traits: usize, scale: f64) -> Scenario {
    let has = |i: usize| traits & (1 << i) != 0;
    let mut site = Scenario::new("village", Calendar::days(3600, 2));
    site.tariff = Tariff::flat(0.6, 0.2).into();
    let series = |of: &dyn Fn(u32) -> f64| (0..48).map(of).collect::<Vec<f64>>();
    site.loads.push(Load::new("houses", series(&|hour| 5.0 + 40.0 * f64::from((hour * 7) % 11) / 11.0)));
    let sun = |hour: u32| if (7..17).contains(&(hour % 24)) { 150.0 * scale } else { 0.0 };
    site.generation.push(SeriesPlant::new("roofs", series(&sun)));
    site.storage.push(Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(80.0, 60.0) });
    let mut feeder = SiteFeeder::new(row());
    let half = |bus: usize| BusShare { bus, share: 0.5, reactive_ratio: 0.0 };
    let inverter = |rated_kva: f64| Inverter {
        rated_kva,
        volt_var: has(0).then_some(VoltVar::CATEGORY_B),
        volt_watt: has(1).then_some(VoltWatt::DEFAULT),
    };
    feeder.place(Placed::Load(0), 1);
    let buses = vec![half(1), half(2)];
    feeder.places.push(Place { device: Placed::Plant(0), buses, inverter: Some(inverter(160.0)) });
    feeder.place(Placed::Battery(0), 2);
    feeder.places[2].inverter = has(2).then(|| inverter(60.0));
    if has(3) {
        site.connection.export_limit_kw = 60.0.into();
    }
    if has(4) {
        site.outages = vec![5..12, 30..40];
    }
    if has(5) {
        feeder.limits = microgrid_core::distribution::FeederLimits::Hold;
        feeder.voltage_greatest_pu = 1.04;
    }
    site.feeder = Some(feeder.into());
    site
}

/// Every combination: books close, no flow is without solution, what limits can be held are; lanes and snapshots have the bits
/// of a run alone and at once.
#[test]
fn every_combination_closes_and_has_the_same_bits() {
    let (mut left, mut reactive) = (0, 0);
    for traits in 0..64usize {
        let plans: [Plan; 8] =
            core::array::from_fn(|l| Plan::compile(&village(traits, 0.4 + 0.15 * l as f64)).unwrap());
        for alone in same_bits(&plans, &Dispatch::SelfConsumption, &traits) {
            assert!(alone.energy.balance_kwh(Carrier::Electric).abs() < 1e-7, "{traits} {:?}", alone.energy);
            assert_eq!(get(&alone, "unsolved_h"), 0.0, "{traits}");
            if traits & 32 != 0 {
                assert_eq!(get(&alone, "above_voltage_h"), 0.0, "{traits} {alone:?}");
            }
            left += usize::from(get(&alone, "curtailed_inverter_kwh") > 0.1);
            reactive += usize::from(get(&alone, "inverter_reactive_kvarh") > 0.1);
        }
    }
    assert!(left > 30 && reactive > 100, "{left} {reactive}");
}

/// What an inverter cannot be is refused, all at once.
#[test]
fn an_inverter_that_cannot_be_is_refused() {
    let mut site = village(1, 1.0);
    let mut feeder = (**site.feeder.as_ref().unwrap()).clone();
    let bad = VoltVar { voltage_pu: [0.9, 1.0, 0.99, 1.1], reactive_pu: [0.2, 0.3, 0.0, -1.4] };
    feeder.places[0].inverter = Some(Inverter { rated_kva: -1.0, volt_var: Some(bad), volt_watt: None });
    feeder.places[1].buses[0].reactive_ratio = 0.2;
    site.feeder = Some(feeder.into());
    let text = Plan::compile(&site).unwrap_err().to_string();
    for told in ["rated_kva", "voltage_pu[2]", "(share)[1]", "(share)[3]", "no plant or battery", "beside an inverter"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
}
