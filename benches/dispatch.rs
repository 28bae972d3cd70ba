//! The hot loop. For each shape, strategy, lane count and width: scenario-steps per second (`Throughput::Elements`),
//! and beside them a fused hand-written loop as the limit. Ratios of one run count; single times depend on the machine.

use std::array::from_fn;
use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::{Block, Controller, Dispatch, Plan, Request, Site};

mod site;

/// A block marched, or a year fused, in the widest registers at hand.
struct Wide<F: FnOnce()>(F);

impl<F: FnOnce()> pulp::NullaryFnOnce for Wide<F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        (self.0)();
    }
}

fn lanes<const L: usize>(group: &mut BenchmarkGroup<'_, WallTime>, plan: &Plan, make: &dyn Fn() -> Controller) {
    group.throughput(Throughput::Elements((plan.steps() * L) as u64));
    let fresh = || Block::pack([plan; L], from_fn(|_| make()));
    group.bench_function(format!("L{L}/default"), |b| {
        b.iter_batched_ref(fresh, |block| block.march(usize::MAX, &mut ()), BatchSize::SmallInput);
    });
    group.bench_function(format!("L{L}/wide"), |b| {
        let march = |block: &mut Block<'_, L>| {
            pulp::Arch::new().dispatch(Wide(
                #[inline(always)]
                || block.march(usize::MAX, &mut ()),
            ));
        };
        b.iter_batched_ref(fresh, march, BatchSize::SmallInput);
    });
}

fn fused<const L: usize>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let [pv, load, price, _] = site::reference_year();
    let mut levels = price.clone();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let cell: Vec<u8> = price.iter().map(|p| levels.iter().position(|l| l == p).unwrap() as u8).collect();
    let batteries =
        site::fused::Batteries { min_kwh: [15.0; L], max_kwh: [150.0; L], power_kw: [50.0; L], efficiency: [0.95; L] };
    group.throughput(Throughput::Elements((pv.len() * L) as u64));
    let year = || {
        let sums = site::fused::year(&pv, &load, &cell, black_box(&[1.0; L]), black_box(&batteries));
        black_box(sums.stored[0] + sums.import[0][0] + sums.export[0][0] + sums.charge[0] + sums.discharge[0]);
        black_box(sums.peak[0]);
    };
    group.bench_function(format!("L{L}/default"), |b| b.iter(year));
    group.bench_function(format!("L{L}/wide"), |b| b.iter(|| pulp::Arch::new().dispatch(Wide(year))));
}

/// Shapes and lane counts under one rule, and the fused loop.
fn shapes(c: &mut Criterion) {
    let rule = Dispatch::SelfConsumption;
    let shapes = [("smallest", site::smallest()), ("full_ledger", site::full_ledger(1)), ("two", site::full_ledger(2))];
    for (shape, scenario) in shapes {
        let plan = Plan::compile(&scenario).unwrap();
        let make = || Controller::built_in(&rule, &plan).unwrap();
        let mut group = c.benchmark_group(format!("march/{shape}"));
        lanes::<1>(&mut group, &plan, &make);
        lanes::<4>(&mut group, &plan, &make);
        lanes::<8>(&mut group, &plan, &make);
        lanes::<16>(&mut group, &plan, &make);
        group.finish();
    }
    let mut group = c.benchmark_group("fused");
    fused::<1>(&mut group);
    fused::<8>(&mut group);
    group.finish();
}

/// Every built-in rule, and a user's own through the adapter, on the smallest shape.
fn strategies(c: &mut Criterion) {
    let plan = Plan::compile(&site::smallest()).unwrap();
    for rule in [Dispatch::Idle, Dispatch::TimeOfUse, Dispatch::PeakShaving { target_kw: Some(40.0) }] {
        let mut group = c.benchmark_group(format!("strategy/{}", rule.name()));
        lanes::<8>(&mut group, &plan, &|| Controller::built_in(&rule, &plan).unwrap());
        group.finish();
    }
    let own = |site: &Site, ask: &mut Request| ask.discharge(0, site.deficit_kw());
    let mut group = c.benchmark_group("strategy/own");
    lanes::<1>(&mut group, &plan, &|| Controller::own("own", "none", Box::new(own)));
    lanes::<8>(&mut group, &plan, &|| Controller::own("own", "none", Box::new(own)));
    group.finish();
}

/// What stands around the march: compile a seed, pack a block, unpack an outcome.
fn around(c: &mut Criterion) {
    let mut group = c.benchmark_group("around");
    let park = microgrid::load("seeds/industrial-park").unwrap().scenario;
    group.bench_function("compile/industrial-park", |b| b.iter(|| Plan::compile(&park).unwrap()));
    let plan = Plan::compile(&site::full_ledger(1)).unwrap();
    let pack =
        || Block::pack([&plan; 8], from_fn(|_| Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()));
    group.bench_function("pack/L8", |b| b.iter(pack));
    let mut block = pack();
    block.march(usize::MAX, &mut ());
    group.bench_function("unpack/one lane", |b| b.iter(|| block.outcome(3)));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = shapes, strategies, around
}
criterion_main!(benches);
