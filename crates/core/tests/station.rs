//! Promise: a charging station's books close session by session, no scheduler can breach a limit, a stay, a pack or what is
//! wanted, and a session has the same energy at any step length.
//!
//! Sites are drawn by number, so that each failure has a name: `site(seed)`.

use std::sync::{Arc, Mutex};

use microgrid_core::demand::{
    Bay, Car, ChargingSession, Declared, Load, Lot, PowerLimit, Scheduler, Scheduling, SessionOutcome, Station, Supply,
};
use microgrid_core::dispatch::{Controller, Dispatch, Request, RollingHorizon, Site};
use microgrid_core::simulation::{Carrier, simulate};
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Block, Calendar, Outcome, Plan, Scenario};
use proptest::prelude::*;

use crate::support::Numbers;

/// Three bays of alternating current behind a pedestal, one of direct current and two of plain power behind the station's
/// limit, five kinds of cars and some of which only the energy is known, some with drivers who declare something else.
fn station(seed: u64, scheduler: Scheduling, days: i64) -> Station {
    let numbers = &mut Numbers(seed);
    let ac = |phases| Supply::Ac { phases, current_max_a: 16.0, phase_v: 230.0 };
    let plain = Supply::Power { power_max_kw: 7.0, power_min_kw: 1.4, efficiency: 0.9 };
    let dc = Supply::Dc { power_max_kw: 50.0, current_max_a: 150.0, efficiency: 0.95 };
    let supplies = [(ac(1), 1), (ac(2), 1), (ac(3), 1), (dc, 0), (plain, 0), (plain, 0)];
    let bay =
        |(i, (supply, limit)): (usize, (Supply, u32))| Bay { name: format!("bay {i}"), supply, limit: Some(limit) };
    let cars: Vec<Car> = ["Tesla Model 3", "Kia Niro", "Peugeot 208", "Volkswagen ID.4", "Hyundai Kona"]
        .iter()
        .map(|name| Car::known(name).unwrap())
        .collect();
    let session = |_| {
        let from_s = numbers.between(-20_000.0, 86_400.0 * days as f64) as i64;
        let until_s = from_s + 600 + numbers.between(0.0, 40_000.0) as i64;
        let car = (numbers.share() < 0.8).then(|| numbers.below(cars.len()) as u32);
        let arrival_soc = if car.is_some() { numbers.between(0.0, 0.9) } else { 0.0 };
        let room_kwh = car.map_or(40.0, |car| (1.0 - arrival_soc) * cars[car as usize].capacity_kwh);
        let energy_kwh = room_kwh * numbers.share();
        let declared = (numbers.share() < 0.3).then(|| Declared {
            until_s: until_s + numbers.between(-7200.0, 7200.0) as i64,
            energy_kwh: energy_kwh * numbers.between(0.5, 1.5),
        });
        ChargingSession { from_s, until_s, energy_kwh, arrival_soc, car, bay: None, declared }
    };
    let sessions: Vec<ChargingSession> = (0..14 * days).map(session).collect();
    Station {
        bays: supplies.into_iter().enumerate().map(bay).collect(),
        limits: vec![
            PowerLimit { name: "station".into(), power_max_kw: 55.0, within: None },
            PowerLimit { name: "pedestal".into(), power_max_kw: 14.0, within: Some(0) },
        ],
        cars,
        sessions: sessions.into(),
        scheduler,
        patience_s: Some(7200),
        undelivered_cost_per_kwh: 0.4,
        ..Station::of_bays(1, plain)
    }
}

fn site(seed: u64, scheduler: Scheduling, step_s: u32, days: i64) -> Scenario {
    let mut site = Scenario::new("site", Calendar::days(step_s, days as u32));
    let steps = site.calendar.steps();
    let price = Price::Steps((0..steps).map(|step| if step * 24 / steps % 24 < 7 { 0.2 } else { 0.7 }).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    site.loads = vec![Load::new("load", 10.0)];
    // As the DC bay is rated above what the station's limit gives others, cars compete.
    site.stations = vec![station(seed, scheduler, days)];
    site
}

/// The plan, its outcome, and what became of each session.
fn run(site: &Scenario, dispatch: &Dispatch) -> (Outcome, Vec<SessionOutcome>) {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    let controller = Controller::built_in(dispatch, &plan).unwrap();
    let mut block = Block::pack([&plan], [controller]);
    block.march(usize::MAX, &mut ());
    (block.outcome(0), block.sessions(0, 0))
}

fn assert_session_closes(session: &SessionOutcome) {
    let misses = session.drawn_kwh - session.delivered_kwh() - session.loss_kwh;
    assert!(misses.abs() < 1e-9, "{session:?}");
    assert!(session.delivered_kwh() >= 0.0 && session.delivered_kwh() <= session.wanted_kwh + 1e-9, "{session:?}");
    assert!(session.possible_kwh <= session.wanted_kwh + 1e-9, "{session:?}");
    // Slower charging is at another efficiency and cannot be faster into the pack than full power.
    assert!(session.delivered_kwh() <= session.possible_kwh + 1e-6, "{session:?}");
    assert!(session.loss_kwh >= 0.0, "{session:?}");
}

proptest! {
    /// Mutation it catches: a loss that is a difference, energy from a pack that is full, a car that charges after it left,
    /// a limit of the tree that is not asked.
    #[test]
    fn books_close_and_limits_hold_under_every_scheduler(seed in any::<u64>(), which in 0..7usize, minutes in 1..4usize) {
        let step_s = [60, 300, 900, 3600][minutes];
        let site = site(seed, Scheduling::BUILT_IN[which].clone(), step_s, 2);
        let plan = Plan::compile(&site).unwrap();
        let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
        let mut before = block.sessions(0, 0);
        for step in 0..plan.steps() {
            block.advance(1, &mut ());
            let after = block.sessions(0, 0);
            let drawn = |bays: std::ops::Range<u32>| {
                let of = |(now, then): (&SessionOutcome, &SessionOutcome)| now.drawn_kwh - then.drawn_kwh;
                let behind = after.iter().zip(&before).filter(|(s, _)| s.bay.is_some_and(|bay| bays.contains(&bay)));
                behind.map(of).sum::<f64>() / plan.step_h()
            };
            prop_assert!(drawn(0..6) <= 55.0 + 1e-9, "station at {step}: {}", drawn(0..6));
            prop_assert!(drawn(0..3) <= 14.0 + 1e-9, "pedestal at {step}: {}", drawn(0..3));
            let (begin_s, end_s) = (step as i64 * i64::from(step_s), (step as i64 + 1) * i64::from(step_s));
            for (now, then) in after.iter().zip(&before).filter(|(now, then)| now.drawn_kwh > then.drawn_kwh) {
                prop_assert!(now.plugged_s < end_s && now.until_s > begin_s, "{now:?} draws at {step}");
                prop_assert!(now.departed_kwh >= then.departed_kwh);
            }
            before = after;
        }
        let outcome = block.outcome(0);
        before.iter().for_each(assert_session_closes);
        let totals = &outcome.devices[0];
        prop_assert!(totals.balance_kwh(Carrier::Stored).abs() < 1e-8, "{totals:?}");
        prop_assert!(totals.residual_kwh() < 1e-9);
        prop_assert!(outcome.energy.residual_kwh < 1e-8, "{:?}", outcome.energy);
        let lacks: f64 = before.iter().map(SessionOutcome::shortfall_kwh).sum();
        prop_assert!((outcome.energy.undelivered_kwh - lacks).abs() < 1e-9);
        prop_assert!((outcome.money.undelivered_cost - 0.4 * lacks).abs() < 1e-9);
    }

    /// Two lanes are two runs, and a run goes on from a snapshot, to the bit.
    #[test]
    fn lanes_and_snapshots_keep_every_bit(seed in any::<u64>(), which in 0..7usize) {
        let sites = [seed, seed ^ 1].map(|seed| site(seed, Scheduling::BUILT_IN[which].clone(), 900, 3));
        let plans = sites.each_ref().map(|site| Plan::compile(site).unwrap());
        let ready = |plan: &Plan| Controller::built_in(&Dispatch::SelfConsumption, plan).unwrap();
        let mut both = Block::pack([&plans[0], &plans[1]], plans.each_ref().map(ready));
        both.march(usize::MAX, &mut ());
        for lane in 0..2 {
            let mut alone = Block::pack([&plans[lane]], [ready(&plans[lane])]);
            alone.march(1, &mut ());
            let snapshot = alone.snapshot(0);
            let mut resumed = Block::pack([&plans[lane]], [ready(&plans[lane])]);
            resumed.resume([&snapshot]).unwrap();
            resumed.march(usize::MAX, &mut ());
            prop_assert_eq!(both.outcome(lane), resumed.outcome(0));
            prop_assert_eq!(both.sessions(lane, 0), resumed.sessions(0, 0));
        }
    }

    /// `off_peak` without limits costs what the cheapest steps of each stay cost, filled one by one.
    #[test]
    fn off_peak_fills_the_cheapest_steps_of_each_stay(seed in any::<u64>()) {
        let numbers = &mut Numbers(seed);
        let mut site = Scenario::new("site", Calendar::days(900, 2));
        let steps = site.calendar.steps();
        let prices: Vec<f64> = (0..steps).map(|_| numbers.between(0.1, 1.0)).collect();
        let price = Price::Steps(prices.clone().into());
        site.tariff = Tariff { import: vec![PriceComponent { name: "spot".into(), price }], ..Tariff::default() }.into();
        let supply = Supply::Power { power_max_kw: 7.0, power_min_kw: 0.0, efficiency: 1.0 };
        let stays: Vec<ChargingSession> = (0..12)
            .map(|_| {
                let from_s = numbers.between(0.0, 100_000.0) as i64;
                let until_s = from_s + 1800 + numbers.between(0.0, 60_000.0) as i64;
                ChargingSession::new(from_s, until_s.min(172_800), numbers.between(0.0, 30.0))
            })
            .collect();
        let least: f64 = stays
            .iter()
            .map(|stay| {
                let mut slots: Vec<(f64, f64)> = (0..steps as i64)
                    .map(|step| {
                        let there_s = stay.until_s.min((step + 1) * 900) - stay.from_s.max(step * 900);
                        (prices[step as usize], 7.0 * there_s.max(0) as f64 / 3600.0)
                    })
                    .collect();
                slots.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mut rest = stay.energy_kwh;
                slots.iter().map(|(price, most)| {
                    let kwh = rest.min(*most);
                    rest -= kwh;
                    price * kwh
                }).sum::<f64>()
            })
            .sum();
        site.stations =
            vec![Station { sessions: stays.into(), scheduler: Scheduling::OffPeak, ..Station::of_bays(12, supply) }];
        let (outcome, _) = run(&site, &Dispatch::Idle);
        prop_assert!((outcome.money.energy_charge - least).abs() < 1e-9, "{} {least}", outcome.money.energy_charge);
        prop_assert!(outcome.energy.undelivered_kwh <= 12.0 * 30.0);
    }

    /// Max-min fair: whoever has less than it wants is behind a full limit, behind which nobody has more than it.
    #[test]
    fn equal_share_is_max_min_fair(seed in any::<u64>()) {
        let seen = Arc::new(Checked(Mutex::new((0, 0))));
        let mut site = site(seed, Scheduling::Own(seen.clone()), 900, 2);
        // Without least powers, which no fair share can split.
        for bay in &mut site.stations[0].bays {
            bay.supply = Supply::Power { power_max_kw: 14.0, power_min_kw: 0.0, efficiency: 0.9 };
        }
        site.stations[0].limits[0].power_max_kw = 25.0;
        run(&site, &Dispatch::Idle);
        let (checked, _) = *seen.0.lock().unwrap();
        prop_assert!(checked > 0);
    }
}

/// Shares evenly and checks the optimality conditions of what came out; counts steps and those with a car cut short.
#[derive(Debug)]
struct Checked(Mutex<(u32, u32)>);

impl Scheduler for Checked {
    fn name(&self) -> &str {
        "checked"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        lot.give_evenly();
        let mut counts = self.0.lock().unwrap();
        counts.0 += 1;
        for car in 0..lot.cars().len() {
            let has_kw = lot.allotted_kw(car);
            if has_kw >= lot.cars()[car].wanted_kw - 1e-9 {
                continue;
            }
            counts.1 += 1;
            assert!(lot.room_kw(car) < 1e-6, "has {has_kw}, and there is room");
            // Of those behind the same pedestal, or behind the station where that is full, nobody has more.
            let is_behind = |other: usize| lot.cars()[other].bay < 3;
            let pedestal_kw: f64 = (0..lot.cars().len()).filter(|i| is_behind(*i)).map(|i| lot.allotted_kw(i)).sum();
            let pedestal_is_full = is_behind(car) && pedestal_kw > 14.0 - 1e-6;
            for other in (0..lot.cars().len()).filter(|other| !pedestal_is_full || is_behind(*other)) {
                assert!(lot.allotted_kw(other) <= has_kw + 1e-6, "{other} has more than {car}");
            }
        }
    }
}

/// One car alone, on whole minutes: what it has at its departure is the same in steps of a minute and of half an hour.
#[test]
fn a_session_is_the_same_at_any_step_length() {
    for name in Car::known_names() {
        for supply in [
            Supply::Ac { phases: 3, current_max_a: 16.0, phase_v: 230.0 },
            Supply::Dc { power_max_kw: 150.0, current_max_a: 400.0, efficiency: 0.95 },
        ] {
            let ends: Vec<(f64, f64)> = [60, 300, 900, 1800, 3600]
                .into_iter()
                .map(|step_s| {
                    let mut site = Scenario::new("site", Calendar::days(step_s, 1));
                    let car = Car::known(name).unwrap();
                    let energy_kwh = 0.88 * car.capacity_kwh;
                    let session = ChargingSession {
                        arrival_soc: 0.1,
                        car: Some(0),
                        ..ChargingSession::new(4000, 30_061, energy_kwh)
                    };
                    site.stations =
                        vec![Station { cars: vec![car], sessions: [session].into(), ..Station::of_bays(1, supply) }];
                    let (_, sessions) = run(&site, &Dispatch::Idle);
                    (sessions[0].departed_kwh, sessions[0].drawn_kwh)
                })
                .collect();
            for end in &ends {
                assert!((end.0 - ends[0].0).abs() < 1e-9 && (end.1 - ends[0].1).abs() < 1e-9, "{name}: {ends:?}");
            }
        }
    }
}

fn simple(stays: &[(i64, i64, f64)], scheduler: Scheduling) -> Scenario {
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    let supply = Supply::Power { power_max_kw: 10.0, power_min_kw: 0.0, efficiency: 1.0 };
    let hour = 3600;
    let session = |&(from, until, kwh): &(i64, i64, f64)| ChargingSession::new(from * hour, until * hour, kwh);
    let sessions = stays.iter().map(session).collect();
    site.stations = vec![Station { sessions, scheduler, ..Station::of_bays(stays.len() as u32, supply) }];
    site
}

#[test]
fn the_earliest_departure_is_served_first_where_there_is_too_little() {
    let mut site = simple(&[(0, 4, 10.0), (0, 2, 10.0)], Scheduling::EarliestDeadline);
    site.stations[0].limits = vec![PowerLimit { name: "fuse".into(), power_max_kw: 10.0, within: None }];
    site.stations[0].bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    let (outcome, sessions) = run(&site, &Dispatch::Idle);
    assert!(sessions.iter().all(SessionOutcome::is_met), "{sessions:?}");
    assert_eq!(outcome.devices[0].get("peak_kw"), Some(10.0));
    // First come, first served gives the first all it wants, and the second still has its second hour.
    site.stations[0].scheduler = Scheduling::Uncontrolled;
    let (_, sessions) = run(&site, &Dispatch::Idle);
    assert_eq!(sessions.iter().map(|s| s.departed_kwh).collect::<Vec<_>>(), [10.0, 10.0]);
}

#[test]
fn what_cannot_be_served_is_served_as_far_as_possible_and_said() {
    // Two hours at 10 kW for 30 kWh, and one who finds no bay.
    let mut site = simple(&[(0, 2, 30.0), (1, 2, 5.0)], Scheduling::LeastLaxity);
    site.stations[0].bays.truncate(1);
    let (outcome, sessions) = run(&site, &Dispatch::Idle);
    assert_eq!((sessions[0].departed_kwh, sessions[0].shortfall_kwh()), (20.0, 10.0));
    assert_eq!((sessions[1].bay, sessions[1].shortfall_kwh()), (None, 5.0));
    let of = |name| outcome.devices[0].get(name).unwrap();
    assert_eq!((of("impossible_kwh"), of("undelivered_kwh"), of("turned_away")), (15.0, 15.0, 1.0));
    assert_eq!(of("feasible_delivered_percent"), 100.0);
}

/// The station is one flexible use: what is asked of it is drawn, by earliest departure.
#[test]
fn a_strategy_may_ask_the_station() {
    let site = simple(&[(0, 20, 40.0), (0, 10, 40.0)], Scheduling::Uncontrolled);
    let plan = Plan::compile(&site).unwrap();
    let ask = |view: &Site, ask: &mut Request| {
        let seen = view.flexible_uses()[0];
        assert!(seen.least_kw() <= seen.most_kw() + 1e-9);
        ask.flexible_use(0).draw(4.0);
    };
    let outcome = simulate(&plan, Controller::own("four", "none", Box::new(ask)));
    assert_eq!(outcome.devices[0].get("peak_kw"), Some(4.0));
    // 4 kW for twenty hours; the first ten are the second car's.
    assert!((outcome.energy.device_use_kwh - 80.0).abs() < 1e-9, "{}", outcome.energy.device_use_kwh);
}

/// An outage without a grid-former stops every car; what is lost then is caught up within the stay.
#[test]
fn an_outage_is_caught_up_within_the_stay() {
    let mut site = simple(&[(0, 10, 40.0)], Scheduling::Uncontrolled);
    site.outages.push(1..3);
    let (outcome, sessions) = run(&site, &Dispatch::Idle);
    assert_eq!(sessions[0].departed_kwh, 40.0);
    assert_eq!((outcome.energy.unserved_kwh, outcome.energy.device_use_kwh), (0.0, 40.0));
}

/// A tie too small for all cuts the car that leaves last, and what cannot wait is drawn before storage is touched.
#[test]
fn a_tie_at_its_limit_cuts_those_who_can_wait() {
    let mut site = simple(&[(0, 3, 20.0), (0, 9, 20.0)], Scheduling::Uncontrolled);
    site.connection.import_limit_kw = 12.0.into();
    let (outcome, sessions) = run(&site, &Dispatch::Idle);
    assert!(sessions.iter().all(SessionOutcome::is_met), "{sessions:?}");
    assert!((outcome.indicators.peak_import_kw - 12.0).abs() < 1e-12);
}

#[test]
fn what_is_wrong_with_a_station_is_said_at_once() {
    let supply = Supply::Power { power_max_kw: 22.0, power_min_kw: 0.0, efficiency: 1.0 };
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    let at = |bay, from, until, kwh| ChargingSession { bay: Some(bay), ..ChargingSession::new(from, until, kwh) };
    let sessions = [
        at(0, 100, 50, 1.0),
        at(1, 0, 100, 1.0),
        at(1, 50, 200, 1.0),
        ChargingSession { car: Some(0), arrival_soc: 0.9, ..at(2, 0, 10, 30.0) },
        ChargingSession { car: Some(7), ..at(3, 0, 10, 1.0) },
    ];
    let mut station = Station { sessions: sessions.into(), ..Station::of_bays(4, supply) };
    station.cars = vec![Car::known("Kia Niro").unwrap()];
    station.limits = vec![PowerLimit { name: "feeder".into(), power_max_kw: 11.0, within: Some(0) }];
    station.bays[3].limit = Some(0);
    site.stations = vec![station];
    let text = site.check().unwrap_err().to_string();
    for wanted in [
        "demand.station[0].limits[0].within: is not behind a limit listed before it",
        "demand.station[0].bays[3]: is rated above the limit that it is behind; found 22 kW; allowed: at most 11 kW",
        "demand.station[0].sessions[0].until_s: is not after the arrival; found 50; allowed: above 100",
        "demand.station[0].sessions[3].energy_kwh: does not fit the pack; found 30; allowed: at most 6.480",
        "demand.station[0].sessions[4].car: names no car of the station",
        "demand.station[0].sessions[2]: arrives before the bay's last car left; found bay `bay 2`, session 1",
    ] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    assert_eq!(text.lines().count(), 6, "{text}");
}

/// A scheduler that leaves some energy is foreseen all the same: the plan knows the load of the cars. Mutation it catches: sessions as
/// tasks of the foreseen load, which is refused where it is not all that they could draw, and storage was planned as if no car came.
#[test]
fn plans_foresee_cars_that_do_not_get_all() {
    let mut site = Scenario::new("site", Calendar::days(3600, 2));
    let price = Price::Steps((0..48).map(|hour| if hour % 24 < 12 { 0.2 } else { 1.0 }).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    site.storage = vec![microgrid_core::storage::Battery::lithium_iron_phosphate(40.0, 10.0)];
    site.stored_value_per_kwh = Some(0.2);
    let supply = Supply::Power { power_max_kw: 10.0, power_min_kw: 0.0, efficiency: 1.0 };
    let limit = PowerLimit { name: "limit".into(), power_max_kw: 10.0, within: None };
    let car = |hour: i64| ChargingSession::new(hour * 3600, (hour + 3) * 3600, 25.0);
    let mut station = Station { limits: vec![limit], ..Station::of_bays(2, supply) };
    station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    station.sessions = [car(14), car(15), car(38), car(39)].into();
    site.stations = vec![station];
    let plan = Plan::compile(&site).unwrap();
    let cost = |dispatch: Dispatch| {
        let outcome = simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap());
        assert!(outcome.devices[0].get("undelivered_kwh").unwrap() > 1.0);
        outcome.money.objective
    };
    let saved = cost(Dispatch::Idle) - cost(Dispatch::RollingHorizon(RollingHorizon::DEFAULT));
    // Two days' discharge of the battery at 1.0, charged at 0.2.
    assert!(saved > 0.6 * 2.0 * 30.0, "{saved}");
}
