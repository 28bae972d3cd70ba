//! Promise: schedulers that look ahead find what they say: `valley_filling` the least sum of squares, `least_cost` the cheapest energy of a
//! car, `follow_site` what its table has beside each strategy.

use microgrid_core::demand::{ChargingSession, Load, Scheduling, Station, Supply};
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use proptest::prelude::*;

/// A day of hours with a load and cars that all come at midnight: departure in hours, energy and power.
fn site(load_kw: &[f64], cars: &[(i64, f64, f64)], scheduler: Scheduling) -> Scenario {
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    let mut load: Vec<f64> = load_kw.to_vec();
    load.resize(24, 50.0);
    let sun: Vec<f64> = load.iter().map(|kw| (-kw).max(0.0)).collect();
    load.iter_mut().for_each(|kw| *kw = kw.max(0.0));
    site.loads = vec![Load::new("load", load)];
    site.generation = vec![SeriesPlant::new("sun", sun)];
    let bay = |power_max_kw| Supply::Power { power_max_kw, power_min_kw: 0.0, efficiency: 1.0 };
    let mut station = Station { scheduler, ..Station::of_bays(cars.len() as u32, bay(1.0)) };
    let session = |(i, (until_h, kwh, _)): (usize, &(i64, f64, f64))| ChargingSession {
        bay: Some(i as u32),
        ..ChargingSession::new(0, until_h * 3600, *kwh)
    };
    station.sessions = cars.iter().enumerate().map(session).collect();
    station.bays.iter_mut().zip(cars).for_each(|(its, (_, _, power_max_kw))| its.supply = bay(*power_max_kw));
    site.stations = vec![station];
    site
}

/// What all cars draw in each hour.
fn drawn_kw(site: &Scenario) -> Vec<f64> {
    let plan = Plan::compile(site).unwrap_or_else(|problems| panic!("{problems}"));
    let decided = plan.scenario().stations[0].decided(&plan);
    (0..24).map(|step| decided.sessions.iter().map(|session| session.at(step)).sum()).collect()
}

fn assert_near(found: &[f64], expected: &[f64]) {
    let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9);
    assert!(is_near, "{found:?} {expected:?}");
}

/// By hand.
#[test]
fn valleys_are_filled_to_one_level_as_far_as_cars_can() {
    let of = |cars: &[(i64, f64, f64)]| drawn_kw(&site(&[4.0, 0.0, 0.0, 4.0], cars, Scheduling::ValleyFilling));
    assert_near(&of(&[(4, 4.0, 10.0)]), &[0.0, 2.0, 2.0, 0.0]);
    // The first has to be done after two hours.
    assert_near(&of(&[(2, 3.0, 10.0), (4, 4.0, 10.0)]), &[0.0, 3.5, 3.5, 0.0]);
    // The second takes at most 2 kW: the third hour is full, the others are at one level of 13/3.
    assert_near(&of(&[(2, 3.0, 10.0), (4, 4.0, 2.0)]), &[1.0 / 3.0, 13.0 / 3.0, 2.0, 1.0 / 3.0]);
    // Surplus is a valley too.
    let surplus = site(&[1.0, -3.0, 1.0], &[(3, 5.0, 10.0)], Scheduling::ValleyFilling);
    assert_near(&drawn_kw(&surplus), &[1.0 / 3.0, 13.0 / 3.0, 1.0 / 3.0]);
}

/// The sum of squares of load and cars, made least one car after the other until nothing changes (Gan, Topcu and Low 2013 have the proof
/// that this ends at the optimum).
fn least_squares(load_kw: &[f64], cars: &[(i64, f64, f64)]) -> f64 {
    let mut powers = vec![[0.0_f64; 24]; cars.len()];
    for _ in 0..4000 {
        for (i, (until, kwh, most_kw)) in cars.iter().enumerate() {
            let others: Vec<f64> = (0..*until as usize)
                .map(|t| {
                    load_kw[t] + powers.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, p)| p[t]).sum::<f64>()
                })
                .collect();
            let (mut low, mut high) = (-1e3, 1e3);
            for _ in 0..60 {
                let level = 0.5 * (low + high);
                let sum: f64 = others.iter().map(|kw| (level - kw).clamp(0.0, *most_kw)).sum();
                if sum < kwh.min(most_kw * *until as f64) { low = level } else { high = level }
            }
            others.iter().enumerate().for_each(|(t, kw)| powers[i][t] = (high - kw).clamp(0.0, *most_kw));
        }
    }
    (0..24).map(|t| (load_kw[t] + powers.iter().map(|p| p[t]).sum::<f64>()).powi(2)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_other_way_has_a_smaller_sum_of_squares(
        load_kw in prop::collection::vec(0.0..20.0_f64, 24),
        cars in prop::collection::vec((1..24_i64, 0.0..30.0_f64, 1.0..12.0_f64), 1..7),
    ) {
        let drawn = drawn_kw(&site(&load_kw, &cars, Scheduling::ValleyFilling));
        let found: f64 = drawn.iter().zip(&load_kw).map(|(car, load)| (car + load).powi(2)).sum();
        let least = least_squares(&load_kw, &cars);
        prop_assert!(found <= least * (1.0 + 1e-6), "{} {}", found, least);
        let wanted: f64 = cars.iter().map(|(until, kwh, most)| kwh.min(most * *until as f64)).sum();
        prop_assert!((drawn.iter().sum::<f64>() - wanted).abs() < 1e-6);
    }
}

/// A surplus of 3 kW in the second hour and of 1 kW in the fourth is worth 0.1, import 0.2 in the fifth hour and 0.5 else: of 12 kWh at
/// 5 kW the first car takes both surpluses, then 5 of the cheap hour, then the first of the dear ones. The other one finds the cheap
/// hour.
#[test]
fn cars_take_their_cheapest_energy_first() {
    let load_kw = [1.0, -3.0, 1.0, -1.0, 1.0, 1.0];
    let mut site = site(&load_kw, &[(6, 12.0, 5.0), (6, 4.0, 5.0)], Scheduling::LeastCost);
    let import = Price::Steps((0..24).map(|hour| if hour == 4 { 0.2 } else { 0.5 }).collect());
    let component = |price| vec![PriceComponent { name: "energy".into(), price }];
    site.tariff =
        Tariff { import: component(import), export: component(Price::Constant(0.1)), ..Tariff::default() }.into();
    assert_near(&drawn_kw(&site)[..6], &[3.0, 3.0, 0.0, 1.0, 9.0, 0.0]);
}

#[test]
fn stations_that_follow_the_site_do_as_the_table_says() {
    let load_kw = [9.0, 3.0, -6.0, -4.0, 2.0, 8.0, 11.0, 4.0];
    let cars = [(5, 9.0, 4.0), (8, 14.0, 5.0), (7, 6.0, 3.0)];
    let price = Price::Steps((0..24).map(|hour| if hour % 3 == 0 { 0.3 } else { 0.8 }).collect());
    let tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::flat(0.0, 0.1) };
    let mut told = Vec::new();
    for dispatch in Dispatch::ALL {
        let of = |scheduler| {
            let mut site = site(&load_kw, &cars, scheduler);
            site.tariff = tariff.clone().into();
            site.storage = vec![microgrid_core::storage::Battery::lithium_iron_phosphate(10.0, 4.0)];
            let plan = Plan::compile(&site).unwrap();
            simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap())
        };
        let (followed, named) = (of(Scheduling::FollowSite), of(Scheduling::of_site(&dispatch)));
        assert_eq!(followed.money.objective.to_bits(), named.money.objective.to_bits(), "{}", dispatch.name());
        assert_eq!(followed.devices[0].entries, named.devices[0].entries);
        told.push(followed.devices[0].get("peak_kw").unwrap());
    }
    told.sort_by(f64::total_cmp);
    told.dedup();
    assert!(told.len() > 2, "strategies make a difference: {told:?}");
}
