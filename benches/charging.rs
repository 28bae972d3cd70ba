//! A day of 100 sessions at steps of five minutes under each scheduler, pack and march of a whole site; elements are
//! sessions. And a year of a hub of 60 bays at quarter hours with 20 000 sessions, by rule and planned.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::demand::{ChargingSession, PowerLimit, Scheduling, Station, Supply};
use microgrid::{Block, Calendar, Controller, Dispatch, Plan, Price, PriceComponent, Scenario, Tariff};

/// `count` cars at `bays` bays, whose arrivals and stays a fixed sequence scatters over the run.
fn hub(step_s: u32, days: u32, count: u32, bays: u32, scheduler: Scheduling) -> Plan {
    let mut site = Scenario::new("hub", Calendar::days(step_s, days));
    let supply = Supply::Power { power_max_kw: 6.656, power_min_kw: 1.248, efficiency: 1.0 };
    let session = |i: u32| {
        let share = |k: u32| f64::from((i + 1).wrapping_mul(2_654_435_761).rotate_left(k)) / f64::from(u32::MAX);
        let day = i64::from(i % days);
        let from_s = day * 86_400 + 21_600 + (18_000.0 * share(3)) as i64;
        ChargingSession::new(from_s, from_s + 7200 + (28_800.0 * share(11)) as i64, 5.0 + 20.0 * share(19))
    };
    let mut station = Station { scheduler, ..Station::of_bays(bays, supply) };
    station.sessions = (0..count).map(session).collect();
    let most_kw = 0.5 * 6.656 * f64::from(bays);
    station.limits = vec![PowerLimit { name: "transformer".into(), power_max_kw: most_kw, within: None }];
    station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    site.stations = vec![station];
    Plan::compile(&site).expect("the hub is sound")
}

fn run(plan: &Plan) -> f64 {
    let controller = Controller::built_in(&Dispatch::SelfConsumption, plan).expect("fits");
    let mut block = Block::pack([plan], [controller]);
    block.march(usize::MAX, &mut ());
    block.outcome(0).energy.device_use_kwh
}

fn day(c: &mut Criterion) {
    let mut group = c.benchmark_group("charging_day_100_sessions_5min");
    group.throughput(Throughput::Elements(100));
    for scheduler in Scheduling::BUILT_IN {
        let plan = hub(300, 1, 100, 100, scheduler.clone());
        group.bench_function(BenchmarkId::from_parameter(scheduler.name()), |b| b.iter(|| run(black_box(&plan))));
    }
    group.finish();
}

fn year(c: &mut Criterion) {
    let mut group = c.benchmark_group("charging_year_60_bays_20000_sessions_15min");
    group.throughput(Throughput::Elements(20_000));
    group.sample_size(10);
    for scheduler in [
        Scheduling::EarliestDeadline,
        Scheduling::EqualShare,
        Scheduling::OffPeak,
        Scheduling::ValleyFilling,
        Scheduling::LeastCost,
    ] {
        let plan = hub(900, 365, 20_000, 60, scheduler.clone());
        group.bench_function(BenchmarkId::from_parameter(scheduler.name()), |b| b.iter(|| run(black_box(&plan))));
    }
    group.finish();
}

/// The same year planned: what its cars draw together by linear programme, with the bound, and shared among them.
fn planned(c: &mut Criterion) {
    let mut group = c.benchmark_group("charging_year_60_bays_20000_sessions_15min_planned");
    group.throughput(Throughput::Elements(20_000));
    group.sample_size(10);
    let by_rule = hub(900, 365, 20_000, 60, Scheduling::EarliestDeadline);
    let mut site = by_rule.scenario().clone();
    site.stations[0].undelivered_cost_per_kwh = 3.0;
    let price = Price::Steps((0..35_040).map(|step| if step / 4 % 24 < 10 { 0.3 } else { 0.9 }).collect());
    site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
    let plan = Plan::compile(&site).expect("the hub is sound");
    group.bench_function("optimal", |b| b.iter(|| microgrid::controller(&Dispatch::Optimal, black_box(&plan)).is_ok()));
    group.finish();
}

criterion_group!(benches, day, year, planned);
criterion_main!(benches);
