//! Swap stations whose losses have a price as decisions: no run, however it charges, costs less than the bound; the plan costs no more
//! than the station's rules, serves whom charging at once serves, and costs what its replay costs.

use crate::random_site::Random;
use microgrid_core::demand::{SwapArrival, SwapCharging, SwapStation};
use microgrid_core::dispatch::{Controller, Dispatch, Request, Schedule, Site, replay};
use microgrid_core::storage::Battery;
use microgrid_core::utility::{DemandCharge, Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Outcome, Plan, Scenario, Series, simulate};
use microgrid_optimizer::{Decisions, Relaxation, Settings, bound_with, plan_with};

const DECIDED: Settings = Settings {
    end: microgrid_optimizer::EndRule::Credit,
    decisions: Decisions::StorageAndStations,
    tolerance: 1e-9,
    max_iterations: 200,
};

fn station(random: &mut Random, run_s: f64) -> SwapStation {
    let packs = 1 + (random.bits() % 5) as u32;
    let mut arrivals = Vec::new();
    let mut at_s = 0.0;
    let mean_s = random.pick(&[2000.0, 6000.0]);
    loop {
        at_s += -mean_s * random.between(1e-9, 1.0).ln();
        if at_s >= run_s {
            break;
        }
        arrivals.push(SwapArrival { at_s, soc: random.between(0.05, 0.6) });
    }
    SwapStation {
        arrivals: arrivals.into(),
        chargers: 1 + (random.bits() % u64::from(packs)) as u32,
        power_max_kw: random.pick(&[45.0, 1000.0]),
        waiting_max: (random.bits() % 3) as u32,
        patience_s: random.pick(&[0.0, 900.0, 4000.0]),
        full_at_start: (random.bits() % u64::from(packs + 1)) as u32,
        charging: random.pick(&SwapCharging::ALL),
        lost_swap_cost: random.pick(&[3.0, 60.0, 200.0]),
        ..SwapStation::with_packs(packs, 50.0, 30.0)
    }
}

fn site(random: &mut Random) -> Scenario {
    let (days, step_s) = (2, random.pick(&[900_u32, 3600]));
    let mut site = Scenario::new("site", Calendar::days(step_s, days));
    let steps = site.calendar.steps();
    let load: Vec<f64> = (0..steps).map(|_| random.between(0.0, 30.0)).collect();
    let sun: Vec<f64> = (0..steps).map(|_| random.between(-20.0, 60.0).max(0.0)).collect();
    site.loads.push(microgrid_core::demand::Load::new("load", load));
    site.generation.push(microgrid_core::generation::SeriesPlant::new("sun", sun));
    site.storage.push(Battery::lithium_iron_phosphate(40.0, 12.0));
    let prices: Vec<f64> =
        (0..steps).map(|step| if (step * 6 / steps).is_multiple_of(2) { 1.1 } else { 0.3 }).collect();
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    let mut tariff = Tariff { import, ..Tariff::flat(0.0, random.pick(&[0.0, 0.2])) };
    if random.one_in(3) {
        tariff.demand = vec![DemandCharge::new("peak", 4.0, step_s)];
    }
    site.tariff = tariff.into();
    site.swap_stations = vec![station(random, f64::from(days) * 86_400.0)];
    site
}

fn lost(outcome: &Outcome) -> f64 {
    let of = |name: &str| outcome.devices[0].get(name).unwrap();
    of("turned_away") + of("out_of_patience")
}

/// Mutations it catches: a bound that forgets that vehicles may be lost, that packs hold what they came with, that who waits swaps
/// later; a plan whose packs are not full in time.
#[test]
fn no_run_costs_less_than_the_bound_and_the_plan_no_more_than_the_rules() {
    let (mut gained, mut losing) = (0, 0);
    for seed in 0..80 {
        let random = &mut Random(seed);
        let site = site(random);
        let plan = Plan::compile(&site).unwrap();
        let best = plan_with(&plan, &DECIDED).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let certificate = best.certificate();
        assert!(certificate.checked.bound.relaxations.contains(&Relaxation::SwapStock));
        assert_eq!(bound_with(&plan, &DECIDED).objective, certificate.lower, "seed {seed}");
        let scale = certificate.upper.abs().max(10.0);
        assert!(certificate.lower <= certificate.upper + 1e-7 * scale, "seed {seed}: {certificate:?}");
        let (mut cheapest, mut serves) = (f64::INFINITY, false);
        for charging in SwapCharging::ALL {
            let mut by_rule = site.clone();
            by_rule.swap_stations[0].charging = charging;
            let by_rule = Plan::compile(&by_rule).unwrap();
            for dispatch in [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse] {
                let run = simulate(&by_rule, Controller::built_in(&dispatch, &by_rule).unwrap());
                assert!(certificate.lower <= run.money.objective + 1e-7 * scale, "seed {seed}: {}", dispatch.name());
                if charging == SwapCharging::AtOnce {
                    cheapest = cheapest.min(run.money.objective);
                    // One vehicle that waits a little longer may cost another its place.
                    let (planned, at_once) = (lost(best.outcome()), lost(&run));
                    assert!(planned <= 1.2 * at_once + 4.0, "seed {seed}: {planned} {at_once} lost");
                    serves |= planned <= at_once;
                }
            }
        }
        // Whatever is asked of the station, nothing at all included.
        for share in [0.0, 0.15, 0.5] {
            let mut random = Random(seed + 1000);
            let ask = move |view: &Site, ask: &mut Request| {
                let most_kw = view.flexible_uses()[0].most_kw();
                ask.flexible_use(0).draw(if random.between(0.0, 1.0) < share { most_kw } else { 0.0 });
            };
            let run = simulate(&plan, Controller::own("asks", "none", Box::new(ask)));
            assert!(certificate.lower <= run.money.objective + 1e-7 * scale, "seed {seed}: {share} asked");
            losing += usize::from(lost(&run) > 0.0);
        }
        // Where it serves as many, it does so for no more.
        assert!(!serves || certificate.upper <= cheapest + 1e-6 * scale, "seed {seed}: {cheapest} {certificate:?}");
        gained += usize::from(certificate.upper < cheapest - 1e-2 * scale);
        let (run, schedule) = Schedule::record(&plan, best.controller());
        let replayed = replay(&plan, &schedule).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!((run.money.objective - certificate.upper).abs() < 1e-9 * scale);
        assert!((replayed.money.objective - certificate.upper).abs() < 1e-7 * scale, "seed {seed}");
    }
    assert!(gained > 40 && losing > 100, "{gained} {losing}");
}

/// One pack, two vehicles: the second swaps what the station charged after the first. Four hours at 0.3 and then at 1.1, 40 kWh at
/// 20 kW are needed: the plan charges them in the two cheap hours, and so does the bound. A vehicle that costs less than that is lost.
#[test]
fn one_pack_is_charged_in_the_cheap_hours_or_the_vehicle_is_lost() {
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    let prices: Vec<f64> = (0..24).map(|hour| if hour < 4 { 0.3 } else { 1.1 }).collect();
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    site.tariff = Tariff { import, ..Tariff::flat(0.0, 0.0) }.into();
    site.stored_value_per_kwh = Some(0.0);
    let arrivals = [(7200.0, 0.2), (36_000.0, 0.2)].map(|(at_s, soc)| SwapArrival { at_s, soc });
    site.swap_stations = vec![SwapStation {
        arrivals: arrivals.into(),
        charge_efficiency: 1.0,
        swap_s: 0.0,
        lost_swap_cost: 100.0,
        ..SwapStation::with_packs(1, 50.0, 20.0)
    }];
    let plan = Plan::compile(&site).unwrap();
    let best = plan_with(&plan, &DECIDED).unwrap();
    assert!((best.certificate().upper - 40.0 * 0.3).abs() < 1e-5, "{:?}", best.certificate());
    assert!((best.certificate().lower - 40.0 * 0.3).abs() < 1e-5, "{:?}", best.certificate());
    assert_eq!(lost(best.outcome()), 0.0);
    site.swap_stations[0].lost_swap_cost = 5.0;
    let bound = bound_with(&Plan::compile(&site).unwrap(), &DECIDED);
    assert!((bound.objective - 5.0).abs() < 1e-5, "{bound:?}");
    // Without a price it is no decision.
    site.swap_stations[0].lost_swap_cost = 0.0;
    let plan = Plan::compile(&site).unwrap();
    let best = plan_with(&plan, &DECIDED).unwrap();
    assert!(best.swap_plans().is_empty());
    assert!(best.certificate().checked.bound.relaxations.contains(&Relaxation::FlexibleUses));
    assert!(
        site.swap_stations[0].charging_plan_kw.is_none()
            && plan.with_use_plans(&[], &[Some(Series::from(-1.0))]).is_err()
    );
}
