//! Promise: a swap station loses the vehicles that queueing theory says, keeps the sum of its packs and closes its books at any
//! step, serves the same vehicles at any step length, gives way and takes up, and goes on from a snapshot as if never stopped.

use microgrid_core::demand::{Load, SwapArrival, SwapCharging, SwapStation};
use microgrid_core::dispatch::{Controller, Dispatch, Request, Site};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::{Block, Carrier, Outcome, StepRecord};
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, Series, simulate};
use proptest::prelude::*;

use crate::support::Numbers;

/// Drawn from an exponential distribution.
fn exponential(numbers: &mut Numbers, mean: f64) -> f64 {
    -mean * (1.0 - numbers.share()).ln()
}

/// Poisson arrivals at `per_h` over `days`, each with the state of charge that `soc` draws.
fn poisson(seed: u64, per_h: f64, days: u32, mut soc: impl FnMut(&mut Numbers) -> f64) -> Vec<SwapArrival> {
    let numbers = &mut Numbers(seed);
    let mut arrivals = Vec::new();
    let mut at_s = 0.0;
    loop {
        at_s += exponential(numbers, 3600.0 / per_h);
        if at_s >= 86_400.0 * f64::from(days) {
            return arrivals;
        }
        let soc = soc(numbers);
        arrivals.push(SwapArrival { at_s, soc });
    }
}

/// A station of packs of 40 kWh that take an hour from 20 %, at chargers of 32 kW.
fn station(packs: u32, arrivals: Vec<SwapArrival>) -> SwapStation {
    SwapStation { arrivals: arrivals.into(), charge_efficiency: 1.0, ..SwapStation::with_packs(packs, 40.0, 32.0) }
}

fn site(step_s: u32, days: u32, station: SwapStation) -> Scenario {
    let mut site = Scenario::new("hub", Calendar::days(step_s, days));
    site.swap_stations = vec![station];
    site.tariff = Tariff::flat(0.7, 0.3).into();
    site
}

fn run(site: &Scenario) -> Outcome {
    let plan = Plan::compile(site).unwrap();
    simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap())
}

fn of(outcome: &Outcome, name: &str) -> f64 {
    outcome.devices[0].get(name).unwrap()
}

/// The share of vehicles lost, and its standard error by the means of 20 batches after two days. Each batch starts with the
/// packs as the last one left them: a run of its own would start full.
fn lost_share(site: &Scenario) -> (f64, f64) {
    let plan = Plan::compile(site).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    block.march(2, &mut ());
    let counts = |block: &Block<'_, 1>| {
        let outcome = block.outcome(0);
        [of(&outcome, "vehicles"), of(&outcome, "turned_away") + of(&outcome, "out_of_patience")]
    };
    let batch = (plan.days() - 2) / 20;
    let mut before = counts(&block);
    let shares: Vec<f64> = (0..20)
        .map(|_| {
            block.march(batch, &mut ());
            let now = counts(&block);
            let share = (now[1] - before[1]) / (now[0] - before[0]);
            before = now;
            share
        })
        .collect();
    let mean = shares.iter().sum::<f64>() / 20.0;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 19.0;
    (mean, (variance / 20.0).sqrt())
}

/// Erlang's B (Erlang 1917; its recursion E(k) = a·E(k−1)/(k + a·E(k−1))) for 13 packs with a charger each, no queue and no swap
/// time, whatever the law of the charging time: a fixed hour, and one that varies.
#[test]
fn the_share_lost_is_erlangs_b() {
    let fixed = |_: &mut Numbers| 0.2;
    let varied = |numbers: &mut Numbers| 0.4 * numbers.share();
    for (per_h, erlang_b) in [(10.0, 0.084_339), (13.0, 0.191_852)] {
        for (seed, soc) in [(1, &fixed as &dyn Fn(&mut Numbers) -> f64), (2, &varied)] {
            let arrivals = poisson(seed, per_h, 202, soc);
            let station = SwapStation { waiting_max: 0, swap_s: 0.0, ..station(13, arrivals) };
            let (share, error) = lost_share(&site(3600, 202, station));
            assert!((share - erlang_b).abs() < 3.0 * error && error < 0.01, "{per_h}: {share} ± {error}, {erlang_b}");
        }
    }
}

/// Fewer chargers, exponential charging times and places to wait: a birth–death chain on packs that are not full and vehicles
/// that wait, births λ, deaths min(n, c)·μ. For 13 packs, 10 chargers, 4 places, λ = 10 and μ = 1 an hour it loses 0.08576 and makes
/// who is served wait 0.09381 h.
#[test]
fn fewer_chargers_follow_the_birth_and_death_of_packs() {
    let (packs, chargers, places, per_h) = (13, 10, 4, 10.0);
    let mut weights = vec![1.0_f64];
    for n in 1..=packs + places {
        weights.push(weights[n - 1] * per_h / n.min(chargers) as f64);
    }
    let sum: f64 = weights.iter().sum();
    let lost = weights[packs + places] / sum;
    let waiting: f64 = (packs + 1..=packs + places).map(|n| (n - packs) as f64 * weights[n] / sum).sum();
    let wait_h = waiting / (per_h * (1.0 - lost));
    assert!((lost - 0.08576).abs() < 5e-6 && (wait_h - 0.09381).abs() < 5e-6, "{lost} {wait_h}");

    // A mean of 1/20 of the pack: beyond what a pack can lack is a chance of 2e-9.
    let arrivals = poisson(3, per_h, 402, |numbers| (1.0 - exponential(numbers, 0.05)).max(0.0));
    let station = SwapStation {
        pack_kwh: 640.0,
        chargers: chargers as u32,
        waiting_max: places as u32,
        swap_s: 0.0,
        bays: 4,
        patience_s: 1e6,
        ..station(packs as u32, arrivals)
    };
    let site = site(3600, 402, station);
    let (share, error) = lost_share(&site);
    assert!((share - lost).abs() < 3.0 * error && error < 0.01, "{share} ± {error}, {lost}");
    // One run's mean, of waits that depend on each other: 10 %.
    let wait_mean_h = of(&run(&site), "wait_mean_s") / 3600.0;
    assert!((wait_mean_h / wait_h - 1.0).abs() < 0.1, "{wait_mean_h} {wait_h}");
}

fn any_station() -> impl Strategy<Value = SwapStation> {
    (
        1..8_u32,
        1..8_u32,
        1..3_u32,
        0.0..600.0_f64,
        0..4_u32,
        0.0..3000.0_f64,
        (0.3..1.0_f64, 0..2_usize, 0..1000_u64, 1.0..20.0_f64),
    )
        .prop_map(|(packs, chargers, bays, swap_s, waiting_max, patience_s, (share, rule, seed, per_h))| {
            SwapStation {
                chargers,
                bays,
                swap_s,
                waiting_max,
                patience_s,
                power_max_kw: (32.0 * share * f64::from(chargers)).max(1.0),
                charge_efficiency: 0.92,
                full_at_start: packs / 2,
                charging: SwapCharging::ALL[rule],
                expected_per_h: Series::Constant(per_h),
                ..station(packs, poisson(seed, per_h, 3, |numbers| 0.5 * numbers.share()))
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any station: packs add up at every step's end, the books close, and a strategy that asks at random changes neither.
    #[test]
    fn packs_and_books_add_up(station in any_station(), limit_kw in 5.0..200.0_f64, asks in prop::bool::ANY, seed in 0..1000_u64) {
        let packs = f64::from(station.packs);
        let mut site = site(900, 3, station);
        site.loads = vec![Load::new("shop", 10.0)];
        site.generation = vec![SeriesPlant::new("roof", (0..288).map(|i| f64::from(i % 96)).collect::<Vec<_>>())];
        site.connection.import_limit_kw = limit_kw.into();
        site.connection.export_limit_kw = 20.0.into();
        site.outages.push(100..110);
        let plan = Plan::compile(&site).unwrap();
        let mut numbers = Numbers(seed);
        let controller = if asks {
            let own = move |site: &Site, ask: &mut Request| ask.flexible_use(0).draw(1.5 * numbers.share() * site.flexible_uses()[0].most_kw());
            Controller::own("random", "none", Box::new(own))
        } else {
            Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()
        };
        let mut block = Block::pack([&plan], [controller]);
        let mut wrong = Vec::new();
        block.march(3, &mut |_: usize, step: &StepRecord<'_>| {
            let [kw, full, charging, waiting, in_swap, _] = step.devices[..] else { panic!("{:?}", step.devices) };
            if full + charging + waiting + in_swap != packs || kw < 0.0 || (step.step >= 100 && step.step < 110 && kw > limit_kw + 200.0) {
                wrong.push(step.devices.to_vec());
            }
        });
        prop_assert!(wrong.is_empty(), "{wrong:?}");
        let outcome = block.outcome(0);
        let totals = &outcome.devices[0];
        prop_assert!(totals.balance_kwh(Carrier::Stored).abs() < 1e-7, "{totals:?}");
        prop_assert!(totals.residual_kwh() < 1e-7 && outcome.energy.residual_kwh.abs() < 1e-7, "{totals:?}");
        prop_assert!((totals.use_kwh() - outcome.energy.device_use_kwh).abs() < 1e-7);
        let count = |name: &str| totals.get(name).unwrap();
        let gone = count("swaps") + count("turned_away") + count("out_of_patience") + count("still_there");
        prop_assert_eq!(gone, count("vehicles"));
    }

    /// Served at once, a day in one-minute steps is the day in hours: events have their own instants.
    #[test]
    fn the_step_length_changes_nothing(station in any_station()) {
        let station = SwapStation { charging: SwapCharging::AtOnce, ..station };
        let [coarse, fine] = [3600, 60].map(|step_s| run(&site(step_s, 3, station.clone())));
        for name in ["electricity_kwh", "vehicle_departed_kwh", "vehicle_arrived_kwh", "charging_loss_kwh", "swaps", "turned_away", "out_of_patience", "wait_max_s", "no_full_pack_h"] {
            let (a, b) = (of(&coarse, name), of(&fine, name));
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{name}: {a} {b}");
        }
    }

    /// A run that goes on from a snapshot, or beside another lane, has the same bits.
    #[test]
    fn snapshots_and_lanes_change_no_bit(station in any_station()) {
        let plan = Plan::compile(&site(900, 3, station.clone())).unwrap();
        let ready = || Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap();
        let whole = simulate(&plan, ready());
        let mut first = Block::pack([&plan], [ready()]);
        first.march(1, &mut ());
        let snapshot = first.snapshot(0);
        let mut rest = Block::pack([&plan], [ready()]);
        rest.resume([&snapshot]).unwrap();
        rest.march(2, &mut ());
        prop_assert_eq!(&rest.outcome(0).devices, &whole.devices);
        let other = Plan::compile(&site(900, 3, SwapStation { charger_kw: 7.0, ..station })).unwrap();
        let mut both = Block::pack([&other, &plan], [ready(), ready()]);
        both.march(3, &mut ());
        prop_assert_eq!(&both.outcome(1).devices, &whole.devices);
    }
}

/// A single vehicle by hand: it comes at 10 min 30 s, its swap takes 3 min, its pack then charges for an hour.
#[test]
fn one_swap_by_hand() {
    let arrivals = vec![SwapArrival { at_s: 630.0, soc: 0.2 }, SwapArrival { at_s: 640.0, soc: 0.5 }];
    let station = SwapStation { charge_efficiency: 0.8, ..station(1, arrivals) };
    let plan = Plan::compile(&site(900, 1, station)).unwrap();
    let mut seen = Vec::new();
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    block.march(1, &mut |_: usize, step: &StepRecord<'_>| seen.push(step.devices[0]));
    // 32 kW from 810 s on: 90 s of the first step; 32 kWh stored are 40 kWh drawn, 75 min: until 5310 s. The second vehicle leaves
    // with that pack at 5490 s – it had come 1800 s before its patience ended, at 2440 s, so it does not.
    let outcome = block.outcome(0);
    assert!((seen[0] - 3.2).abs() < 1e-9 && (seen[1] - 32.0).abs() < 1e-9, "{seen:?}");
    assert!((seen[5] - 32.0 * 0.9).abs() < 1e-9 && seen[6] == 0.0, "{seen:?}");
    let numbers =
        ["swaps", "out_of_patience", "electricity_kwh", "vehicle_departed_kwh", "charging_loss_kwh", "served_percent"];
    let expected = [1.0, 1.0, 40.0, 40.0, 8.0, 50.0];
    for (name, expected) in numbers.into_iter().zip(expected) {
        assert!((of(&outcome, name) - expected).abs() < 1e-9, "{name}: {}", of(&outcome, name));
    }
    assert!((of(&outcome, "no_full_pack_h") - (5310.0 - 630.0) / 3600.0).abs() < 1e-9);
}

/// Off peak the station buys cheaper and loses next to nobody for it; with no stock kept in dear hours it would.
#[test]
fn off_peak_moves_charging_and_keeps_stock() {
    let arrivals = poisson(5, 4.0, 60, |numbers| 0.1 + 0.2 * numbers.share());
    let station =
        SwapStation { expected_per_h: Series::Constant(4.0), charge_efficiency: 0.94, ..station(13, arrivals) };
    let mut site = site(900, 60, station);
    let price = Price::Steps((0..60 * 96).map(|step| if step % 96 < 48 { 0.3 } else { 1.0 }).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    let with = |charging: SwapCharging, stock_margin: f64| {
        let mut site = site.clone();
        site.swap_stations[0].charging = charging;
        site.swap_stations[0].stock_margin = stock_margin;
        run(&site)
    };
    let [at_once, off_peak, bare] =
        [with(SwapCharging::AtOnce, 2.0), with(SwapCharging::OffPeak, 2.0), with(SwapCharging::OffPeak, 0.0)];
    let per_kwh = |outcome: &Outcome| outcome.money.bill_total / of(outcome, "electricity_kwh");
    assert!(per_kwh(&off_peak) < 0.97 * per_kwh(&at_once), "{} {}", per_kwh(&off_peak), per_kwh(&at_once));
    assert!(of(&off_peak, "served_percent") > 98.0, "{off_peak:?}");
    assert!(of(&bare, "served_percent") < of(&off_peak, "served_percent") - 0.5, "{bare:?}");
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let arrivals = vec![SwapArrival { at_s: 5.0, soc: 0.2 }, SwapArrival { at_s: 4.0, soc: 0.2 }];
    let faulty = SwapStation { packs: 0, pack_kwh: f64::NAN, full_at_start: 3, ..station(5, arrivals) };
    let problems = Plan::compile(&site(3600, 1, faulty)).unwrap_err();
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    let expected =
        ["packs", "pack_kwh", "full_at_start", "arrivals[1]"].map(|name| format!("demand.swap_station[0].{name}"));
    assert_eq!(fields, expected);
}

/// Vehicles that are lost cost what they are said to, and nothing else does.
#[test]
fn a_lost_vehicle_has_its_price() {
    let arrivals = poisson(5, 12.0, 3, |numbers| 0.4 * numbers.share());
    let free = site(900, 3, SwapStation { waiting_max: 1, ..station(4, arrivals) });
    let mut priced = free.clone();
    priced.swap_stations[0].lost_swap_cost = 25.0;
    let (free, priced) = (run(&free), run(&priced));
    let lost = of(&priced, "turned_away") + of(&priced, "out_of_patience");
    assert!(lost > 10.0);
    assert_eq!((of(&priced, "lost_swap_cost"), of(&free, "lost_swap_cost")), (25.0 * lost, 0.0));
    assert_eq!(priced.money.device_cost, 25.0 * lost);
    assert!((priced.money.objective - free.money.objective - 25.0 * lost).abs() < 1e-9);
}

proptest! {
    /// A plan that wants nothing charges as late as can be, and still serves whom charging at once serves.
    #[test]
    fn a_plan_of_nothing_charges_in_time(
        station in any_station(), step_s in prop::sample::select(&[300_u32, 900, 3600][..]),
    ) {
        let station = SwapStation {
            chargers: station.packs,
            power_max_kw: 1e5,
            charging: SwapCharging::AtOnce,
            ..station
        };
        let at_once = run(&site(step_s, 2, station.clone()));
        let late = SwapStation { charging_plan_kw: Some(Series::Constant(0.0)), ..station };
        let late = run(&site(step_s, 2, late));
        let lost = |outcome: &Outcome| of(outcome, "turned_away") + of(outcome, "out_of_patience");
        // Where vehicles crowd, one that waits a moment longer may cost another its place.
        prop_assert!(lost(&late) <= 1.02 * lost(&at_once) + 2.0, "{} {}", lost(&late), lost(&at_once));
        if lost(&at_once) == 0.0 {
            let waits = [of(&late, "wait_mean_s"), of(&at_once, "wait_mean_s")];
            // A pack is full within the step in which it is due.
            prop_assert!(lost(&late) == 0.0 && (waits[0] - waits[1]).abs() < f64::from(step_s), "{:?}", waits);
        }
        prop_assert!(of(&late, "residual_kwh") < 1e-7);
    }
}
