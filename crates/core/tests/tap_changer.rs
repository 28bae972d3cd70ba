//! Promise: a tap changer holds the voltage of its bus within its band, one tap for each delay, and carries what it has waited over
//! steps, days, lanes and snapshots.
//!
//! It catches taps that move the wrong way, that hunt, that move without waiting, and a position that a snapshot leaves out.

use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::distribution::{
    Bus, Network, Placed, PowerTransformer, Side, SiteFeeder, TapChanger, TransformerCircuit,
};
use microgrid_core::simulation::{Block, Carrier, StepRecord};
use microgrid_core::{Calendar, Plan, Scenario};

use crate::support::low_voltage::grid;
use crate::support::same_bits;

/// 20/0.4 kV, 400 kVA, u_k 6 %, 1.2 % resistive, no iron: one bus behind it.
fn station(tap_side: Side) -> Network {
    let mut network = Network::new("station");
    network.buses = [("grid", 20.0), ("street", 0.4)].map(|(n, kv)| Bus { name: n.into(), nominal_kv: kv }).into();
    network.transformers = vec![PowerTransformer {
        name: "unit".into(),
        high_bus: 0,
        low_bus: 1,
        rated_kva: 400.0,
        high_kv: 20.0,
        low_kv: 0.4,
        short_circuit_percent: 6.0,
        copper_loss_percent: 1.2,
        no_load_percent: 0.0,
        iron_loss_kw: 0.0,
        shift_deg: 150.0,
        tap_side,
        tap_position: 0.0,
        tap_step_percent: 2.5,
        parallel: 1,
        circuit: TransformerCircuit::T,
        in_service: true,
    }];
    network.sources = vec![grid()];
    network
}

fn site(step_s: u32, kw: impl Fn(usize) -> f64, (tap_side, delay_s): (Side, f64)) -> Scenario {
    let mut site = Scenario::new("street", Calendar::days(step_s, 2));
    let steps = 2 * 86_400 / step_s as usize;
    site.loads.push(Load::new("houses", (0..steps).map(kw).collect::<Vec<f64>>()));
    let mut feeder = SiteFeeder::new(station(tap_side));
    feeder.place(Placed::Load(0), 1);
    feeder.places[0].buses[0].reactive_ratio = 1.0;
    feeder.tap_changer =
        Some(TapChanger { transformer: 0, bus: 1, voltage_pu: 1.0, band_pu: 0.03, delay_s, positions: -4..=4 });
    site.feeder = Some(feeder.into());
    site
}

fn trace(site: &Scenario) -> Vec<(f64, f64)> {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    let at = plan.device_columns().iter().position(|(column, _)| *column == "tap_position_end").unwrap();
    // The voltage behind the transformer: the grid's bus stands at 1.
    let behind = |step: &StepRecord<'_>| if step.devices[1] < 1.0 { step.devices[1] } else { step.devices[2] };
    let mut seen = Vec::new();
    let mut look = |_: usize, step: &StepRecord<'_>| seen.push((behind(step), step.devices[at]));
    let mut block = Block::<1>::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
    block.march(2, &mut look);
    assert!(block.outcome(0).energy.balance_kwh(Carrier::Electric).abs() < 1e-8);
    seen
}

/// The voltage behind R + jX at a tap that makes the ratio n: V⁴ − (n² − 2(RP + XQ))V² + (R² + X²)(P² + Q²) = 0, R and X per
/// unit of 1 MVA; taps of the high side leave the low side's impedance as it is.
fn closed_form(kw: f64, tap: f64) -> f64 {
    let (r, z): (f64, f64) = (0.012 / 0.4, 0.06 / 0.4);
    let x = (z * z - r * r).sqrt();
    let (p, q, n) = (kw / 1000.0, kw / 1000.0, 1.0 / (1.0 + 0.025 * tap));
    let half = 0.5 * n * n - (r * p + x * q);
    (half + (half * half - z * z * (p * p + q * q)).sqrt()).sqrt()
}

/// Hours: each has time for all the moves it needs. The voltage is the closed form at the tap told, within the band wherever some
/// tap is; more load asks for lower positions of the high side, or higher ones of the low side.
#[test]
fn the_voltage_is_held_within_the_band() {
    let kw = |step: usize| 320.0 * ((step * 5) % 24) as f64 / 23.0;
    let high = trace(&site(3600, kw, (Side::High, 60.0)));
    for (step, (voltage_pu, tap)) in high.iter().enumerate() {
        assert!((voltage_pu - closed_form(kw(step), *tap)).abs() < 1e-6, "{step} {voltage_pu} {tap}");
        assert!((voltage_pu - 1.0).abs() <= 0.015 + 1e-9, "{step} {voltage_pu} {tap}");
    }
    let low = trace(&site(3600, kw, (Side::Low, 60.0)));
    let least = |taps: &[(f64, f64)]| taps.iter().map(|(_, tap)| *tap).fold(f64::INFINITY, f64::min);
    let most = |taps: &[(f64, f64)]| taps.iter().map(|(_, tap)| *tap).fold(f64::NEG_INFINITY, f64::max);
    assert!(least(&high) <= -2.0 && most(&low) >= 2.0 && least(&low) >= -1.0, "{high:?} {low:?}");
    assert!(low.iter().all(|(voltage_pu, _)| (voltage_pu - 1.0).abs() <= 0.015 + 1e-9));
}

/// Minutes, and a delay of 150 s: a load that comes at minute 10 needs two taps, which move in minutes 12 and 14; one that lasts two
/// minutes alone moves none.
#[test]
fn a_tap_waits_its_delay() {
    let kw = |minute: usize| match minute {
        10..600 | 700..702 => 300.0,
        _ => 0.0,
    };
    assert!(closed_form(300.0, -1.0) < 0.985 && closed_form(300.0, -2.0) > 0.985);
    let seen = trace(&site(60, kw, (Side::High, 150.0)));
    let taps = |range: core::ops::Range<usize>| seen[range].iter().map(|(_, tap)| *tap).collect::<Vec<f64>>();
    assert_eq!(taps(9..17), [0.0, 0.0, 0.0, -1.0, -1.0, -2.0, -2.0, -2.0]);
    // Back without load: 1.0526 at −2, which is above the band; each tap again after its delay, until it is within.
    let back = closed_form(0.0, -2.0);
    assert!(back > 1.015);
    assert_eq!(taps(600..606), [-2.0, -2.0, -1.0, -1.0, 0.0, 0.0]);
    assert_eq!(taps(699..706), [0.0; 7]);
}

/// Eight lanes of other loads have the bits of each alone, and a run resumed after a day those of one at once, with time waited.
#[test]
fn lanes_and_snapshots_carry_the_taps() {
    let of = |scale: f64| site(900, move |step: usize| scale * ((step * 7) % 31) as f64, (Side::High, 1200.0));
    let plans: [Plan; 8] = core::array::from_fn(|l| Plan::compile(&of(3.0 + 1.5 * l as f64)).unwrap());
    let runs = same_bits(&plans, &Dispatch::SelfConsumption, &"taps");
    let moves: f64 = runs.iter().map(|alone| alone.devices[0].get("tap_changes").unwrap()).sum();
    assert!(moves > 20.0, "{moves}");
}

/// What a changer cannot be is refused.
#[test]
fn a_changer_that_cannot_be_is_refused() {
    let refused = |change: &dyn Fn(&mut TapChanger)| {
        let mut site = site(3600, |_| 10.0, (Side::High, 60.0));
        let mut feeder = (**site.feeder.as_ref().unwrap()).clone();
        change(feeder.tap_changer.as_mut().unwrap());
        site.feeder = Some(feeder.into());
        Plan::compile(&site).unwrap_err().to_string()
    };
    assert!(refused(&|changer| changer.band_pu = 0.01).contains("it would never rest"));
    assert!(refused(&|changer| changer.bus = 0).contains("does not move the voltage"));
    assert!(refused(&|changer| changer.transformer = 3).contains("no transformer"));
    assert!(refused(&|changer| changer.positions = 1..=4).contains("do not hold"));
    assert!(refused(&|changer| changer.positions = 0..=100).contains("2 to 65"));
    assert!(refused(&|changer| changer.delay_s = -1.0).contains("delay_s"));
}
