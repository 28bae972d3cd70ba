//! Promise: a request that is not a number is a fault of its own run. Requests count as 0 from that step on, the first
//! fault step is kept, the run completes, flagged; the neighbours keep their bits. And no request, negative or huge,
//! passes a limit.
//!
//! It catches a NaN swallowed by min or max, a fault that stops the block, a later fault that overwrites the first, and
//! a strategy that is asked again after its fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::bits::bits;
use crate::random_site::{Whim, compile};
use microgrid::demand::Load;
use microgrid::dispatch::{Controller, Device, Request, RequestFault, Site};
use microgrid::generation::SeriesPlant;
use microgrid::simulation::{Status, StepRecord};
use microgrid::storage::Battery;
use microgrid::utility::Tariff;
use microgrid::{Block, Calendar, Plan, Scenario, simulate};

/// A site of ten days with two batteries.
fn site() -> Scenario {
    let mut site = Scenario::new("two batteries", Calendar::days(3600, 10));
    site.generation = vec![SeriesPlant::new("pv", (0..240).map(|t| f64::from(t % 24) * 2.0).collect::<Vec<_>>())];
    site.loads = vec![Load::new("load", 25.0)];
    let battery =
        Battery { initial_soc: 0.6, self_discharge_per_h: 1e-4, ..Battery::lithium_iron_phosphate(80.0, 30.0) };
    site.storage = vec![Battery { name: "first".into(), ..battery.clone() }, battery];
    site.tariff = Arc::new(Tariff::flat(0.8, 0.3));
    site
}

/// What a strategy without fault asks for.
fn sane(site: &Site, ask: &mut Request) {
    ask.battery(0).power(if site.step().is_multiple_of(3) { -20.0 } else { 15.0 });
    ask.battery(1).power(f64::from(site.step() % 7) - 3.0);
}

/// Asks sanely but for `fault` of one battery from step `from` on.
fn faulty(from: u32, battery: usize, fault: f64) -> Controller {
    let decide = move |site: &Site, ask: &mut Request| {
        sane(site, ask);
        if site.step() >= from {
            ask.battery(battery).charge(fault);
        }
    };
    Controller::own("own", "none", Box::new(decide))
}

/// Asks sanely before step `until`, then nothing.
fn stopping(until: u32) -> Controller {
    let decide = move |site: &Site, ask: &mut Request| {
        if site.step() < until {
            sane(site, ask);
        }
    };
    Controller::own("own", "none", Box::new(decide))
}

/// Also the request to an eighth battery, which no site here has.
#[test]
fn a_fault_stays_in_its_lane() {
    let plan = compile(&site());
    let not_finite = |battery| RequestFault::NotFinite(Device::Battery(battery));
    for (fault, battery, request) in [
        (f64::NAN, 0, not_finite(0)),
        (f64::NAN, 1, not_finite(1)),
        (f64::INFINITY, 0, not_finite(0)),
        (f64::NEG_INFINITY, 1, not_finite(1)),
        (-f64::NAN, 1, not_finite(1)),
        (-1e-6, 1, RequestFault::Negative(Device::Battery(1))),
        (5.0, 7, RequestFault::Missing(Device::Battery(7))),
    ] {
        let controllers = |lane: usize| match lane {
            3 => faulty(101, battery, fault),
            _ => Whim::controller(lane as u64),
        };
        let mut block = Block::<8>::pack([&plan; 8], std::array::from_fn(controllers));
        let mut steps = [0; 8];
        block.march(usize::MAX, &mut |lane: usize, step: &StepRecord<'_>| {
            steps[lane] += 1;
            assert!(step.import_kw.is_finite() && step.export_kw.is_finite());
        });
        assert_eq!(steps, [240; 8], "every run completes");
        for lane in 0..8 {
            let outcome = block.outcome(lane);
            if lane == 3 {
                assert_eq!(outcome.status, Status::Fault { step: 101, request });
                let mut stopped = simulate(&plan, stopping(101));
                stopped.status = Status::Fault { step: 101, request };
                assert_eq!(bits(&outcome), bits(&stopped), "requests count as 0 from the fault on");
            } else {
                assert_eq!(outcome.status, Status::Completed);
                assert_eq!(bits(&outcome), bits(&simulate(&plan, Whim::controller(lane as u64))), "lane {lane}");
            }
        }
    }
}

/// The first fault is kept, and a strategy that has faulted is not asked again.
#[test]
fn a_faulted_strategy_is_not_asked_again() {
    let plan = compile(&site());
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let decide = move |site: &Site, ask: &mut Request| {
        count.fetch_add(1, Ordering::Relaxed);
        if site.step() == 17 || site.step() == 90 {
            ask.battery(0).discharge(f64::NAN);
        } else {
            ask.battery(0).discharge(5.0);
        }
    };
    let outcome = simulate(&plan, Controller::own("own", "none", Box::new(decide)));
    assert_eq!(outcome.status, Status::Fault { step: 17, request: RequestFault::NotFinite(Device::Battery(0)) });
    assert_eq!(asked.load(Ordering::Relaxed), 18);
}

/// A fault outlives a snapshot.
#[test]
fn a_resumed_run_keeps_its_fault() {
    let plan = compile(&site());
    let mut first = Block::pack([&plan], [faulty(30, 0, f64::NAN)]);
    first.march(4, &mut ());
    let snapshot = first.snapshot(0);
    // The strategy that goes on would ask sanely.
    let mut second = Block::pack([&plan], [faulty(u32::MAX, 0, f64::NAN)]);
    second.resume([&snapshot]).unwrap();
    second.march(usize::MAX, &mut ());
    assert_eq!(
        second.outcome(0).status,
        Status::Fault { step: 30, request: RequestFault::NotFinite(Device::Battery(0)) }
    );
    assert_eq!(bits(&second.outcome(0)), bits(&simulate(&plan, faulty(30, 0, f64::NAN))));
}

/// What rounding leaves below 0 counts as 0: the run is that of a strategy that asks for 0.
#[test]
fn rounding_below_0_counts_as_0() {
    let plan = compile(&site());
    let run = |kw: f64| {
        let decide = move |_: &Site, ask: &mut Request| {
            ask.battery(0).discharge(kw);
            ask.battery(1).charge(kw);
            ask.curtail(kw);
        };
        simulate(&plan, Controller::own("own", "none", Box::new(decide)))
    };
    let zero = run(0.0);
    assert_eq!(zero.status, Status::Completed);
    for kw in [-1e-9, -1e-12, -f64::MIN_POSITIVE] {
        assert_eq!(bits(&run(kw)), bits(&zero), "{kw}");
    }
    assert_eq!(run(-1.0).status, Status::Fault { step: 0, request: RequestFault::Negative(Device::Battery(0)) });
}

/// A signed power of either sign is one request, and requests of any size end at the limits.
#[test]
fn signed_and_huge_requests_obey_limits() {
    let plan = compile(&site());
    let run = |kw: f64, signed: bool| {
        let decide = move |site: &Site, ask: &mut Request| {
            let kw = if site.step().is_multiple_of(2) { kw } else { -kw };
            match (signed, kw < 0.0) {
                (true, _) => ask.battery(0).power(-kw),
                (false, true) => ask.battery(0).discharge(-kw),
                (false, false) => ask.battery(0).charge(kw),
            }
        };
        let mut block = Block::pack([&plan], [Controller::own("own", "none", Box::new(decide))]);
        let mut greatest: (f64, f64) = (0.0, 0.0);
        block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| {
            let battery = step.batteries[0];
            assert!((8.0..=80.0).contains(&battery.stored_kwh), "{battery:?}");
            greatest = (greatest.0.max(battery.charge_kw), greatest.1.max(battery.discharge_kw));
        });
        (block.outcome(0), greatest)
    };
    for kw in [1e3, 1e300, f64::MAX, -f64::MAX, f64::MIN_POSITIVE] {
        let ((charged, greatest), (discharged, _)) = (run(kw, false), run(kw, true));
        assert_eq!(bits(&charged), bits(&discharged), "charging −x is discharging x");
        assert_eq!(charged.status, Status::Completed);
        assert!(greatest.0 <= 30.0 && greatest.1 <= 30.0, "{greatest:?}");
        assert!(kw.abs() < 1.0 || greatest == (30.0, 30.0), "a huge request is held to the limit, not refused");
        assert!(charged.energy.residual_kwh <= 1e-9 * charged.energy.throughput_kwh());
    }
}

/// The plan's own checks keep what is not finite from the loop, so that only a strategy can bring it.
#[test]
fn what_is_not_finite_never_enters_a_plan() {
    let broken: [fn(&mut Scenario); 7] = [
        |site| site.loads[0].power_kw = f64::NAN.into(),
        |site| site.generation[0].scale = f64::INFINITY,
        |site| site.storage[0].charge_efficiency = f64::NAN,
        |site| site.storage[1].soc_min = f64::NAN,
        |site| site.connection.import_limit_kw = vec![f64::INFINITY; 240].into(),
        |site| site.connection.export_limit_kw = f64::NAN.into(),
        |site| site.tariff = Arc::new(Tariff::flat(f64::NAN, 0.0)),
    ];
    for (i, breaks) in broken.iter().enumerate() {
        let mut site = site();
        breaks(&mut site);
        assert!(Plan::compile(&site).is_err(), "case {i} is refused");
    }
}
