//! Promise: the march of a built-in strategy allocates nothing, from its first day on.
//!
//! It catches a vector, string or box made inside the loop, also in its rarer paths: recourse in outages and at limits,
//! several batteries, demand windows, series prices, month ends.

use crate::random_site::{Limits, Recipe, build, compile};
use microgrid::Block;
use microgrid::demand::{Car, ChargingSession, PowerLimit, Scheduling, Station, Supply};
use microgrid::dispatch::{Controller, Dispatch, NamedForecast, RollingHorizon};

fn recipe(batteries: usize, gensets: usize, seed: u64) -> Recipe {
    Recipe {
        step_s: 900,
        days: 9,
        uneven_days: true,
        months: 3,
        plants: 3,
        must_take: true,
        batteries,
        leaks: true,
        reserves: true,
        barred: true,
        grid_forming: true,
        loads: 4,
        outages: 3,
        limits: Limits::Series,
        transformer: true,
        import_prices: 3,
        export_prices: 2,
        demand_charges: 2,
        carbon_series: true,
        gensets,
        seed,
        ..Recipe::default()
    }
}

fn allocations_in_march<const L: usize>(dispatch: &Dispatch, batteries: usize, gensets: usize, seed: u64) -> u64 {
    let plan = compile(&build(&recipe(batteries, gensets, seed)));
    let controllers = std::array::from_fn(|_| Controller::built_in(dispatch, &plan).unwrap());
    let mut block = Block::<L>::pack([&plan; L], controllers);
    let counted = allocation_counter::measure(|| block.march(usize::MAX, &mut ()));
    // The run did something: it is not an empty loop that allocates nothing.
    let energy = block.outcome(0).energy;
    assert!(energy.load_kwh > 0.0);
    assert!(if gensets == 0 { energy.unserved_kwh > 0.0 } else { energy.genset_kwh > 0.0 });
    counted.count_total
}

#[test]
fn built_in_strategies_march_without_allocation() {
    for dispatch in marching() {
        for batteries in 0..=2 {
            for seed in 0..4 {
                let name = dispatch.name();
                let plan = compile(&build(&recipe(batteries, 0, seed)));
                if dispatch.fits(&plan).is_err() {
                    assert!(batteries == 2, "only several batteries are beyond {name}");
                    continue;
                }
                assert_eq!(allocations_in_march::<1>(&dispatch, batteries, 0, seed), 0, "{name}, {batteries}, L = 1");
                assert_eq!(allocations_in_march::<8>(&dispatch, batteries, 0, seed), 0, "{name}, {batteries}, L = 8");
            }
        }
    }
}

#[test]
fn gensets_march_without_allocation() {
    for dispatch in marching() {
        for seed in 0..3 {
            let name = dispatch.name();
            assert_eq!(allocations_in_march::<1>(&dispatch, 1, 2, seed), 0, "{name}, L = 1");
            if dispatch.fits(&compile(&build(&recipe(2, 3, seed)))).is_ok() {
                assert_eq!(allocations_in_march::<8>(&dispatch, 2, 3, seed), 0, "{name}, L = 8");
            } else {
                assert_eq!(dispatch, Dispatch::Optimal, "only `optimal` takes no batteries that differ");
                assert_eq!(allocations_in_march::<8>(&dispatch, 1, 3, seed), 0, "{name}, L = 8");
            }
        }
    }
}

/// Stations, under each scheduler: more cars than bays, a limit that binds, outages and a tie that cuts.
#[test]
fn stations_march_without_allocation() {
    for scheduler in Scheduling::BUILT_IN {
        let mut site = build(&recipe(1, 1, 3));
        let supply = Supply::Ac { phases: 3, current_max_a: 16.0, phase_v: 230.0 };
        let stay = |i: i64| ChargingSession {
            car: Some(0),
            arrival_soc: 0.2,
            ..ChargingSession::new(i * 1700, i * 1700 + 20_000, 30.0)
        };
        let mut station = Station { scheduler, ..Station::of_bays(8, supply) };
        station.cars = vec![Car::known("Tesla Model 3").unwrap()];
        station.sessions = (0..400).map(stay).collect();
        station.limits = vec![PowerLimit { name: "fuse".into(), power_max_kw: 30.0, within: None }];
        station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
        site.stations = vec![station];
        let plan = compile(&site);
        let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
        let counted = allocation_counter::measure(|| block.march(usize::MAX, &mut ()));
        assert!(block.outcome(0).energy.device_use_kwh > 0.0);
        assert_eq!(counted.count_total, 0, "{}", site.stations[0].scheduler.name());
    }
}

/// Two weeks of seeds that have a feeder, batteries in detail, batteries that age, hydrogen, packs that are swapped.
#[test]
fn devices_of_other_kinds_march_without_allocation() {
    for name in [
        "residential-community/on-feeder.toml",
        "mountain-hut",
        "hybrid-roof",
        "ageing-house",
        "hydrogen-park",
        "swap-hub",
    ] {
        let seed = format!("{}/seeds/{name}", env!("CARGO_MANIFEST_DIR"));
        let plan = compile(&microgrid_io::read_folder(seed).unwrap().scenario);
        let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
        let counted = allocation_counter::measure(|| block.march(14, &mut ()));
        assert!(block.next_step() > 0);
        assert_eq!(counted.count_total, 0, "{name}");
    }
}

/// Every strategy, and `rolling_horizon` with every forecast, whose windows are loaded anew at each plan.
fn marching() -> impl Iterator<Item = Dispatch> {
    let forecasting = |forecast| Dispatch::RollingHorizon(RollingHorizon { forecast, ..RollingHorizon::DEFAULT });
    Dispatch::every().chain(NamedForecast::ALL.into_iter().skip(1).map(forecasting))
}

/// The counter counts: packing allocates, and so does a user's strategy that allocates.
#[test]
fn the_counter_sees_allocations() {
    let plan = compile(&build(&recipe(1, 0, 0)));
    let counted = allocation_counter::measure(|| {
        let _ = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    });
    assert!(counted.count_total > 0);
    let wasteful = |site: &microgrid::dispatch::Site, ask: &mut microgrid::dispatch::Request| {
        let copy = vec![site.deficit_kw(); 3];
        ask.battery(0).power(std::hint::black_box(copy)[0]);
    };
    let mut block = Block::pack([&plan], [Controller::own("wasteful", "none", Box::new(wasteful))]);
    let counted = allocation_counter::measure(|| block.march(usize::MAX, &mut ()));
    assert_eq!(counted.count_total as usize, plan.steps(), "one for each step, none of the march's own");
}
