//! The hot loop. For each shape, strategy, lane count and width: scenario-steps per second (`Throughput::Elements`),
//! and beside them a fused hand-written loop as the limit. Ratios of one run count; single times depend on the machine.

use std::array::from_fn;
use std::hint::black_box;
use std::time::Instant;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::{
    Block, Controller, DemandCharge, Dispatch, NamedForecast, Plan, Request, RollingHorizon, Site, Tariff,
};

#[path = "site/fused.rs"]
mod fused;
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
                || block.march_inlined(usize::MAX),
            ));
        };
        b.iter_batched_ref(fresh, march, BatchSize::SmallInput);
    });
}

/// The fused loop's input: the smallest shape's columns and batteries.
struct Fused<const L: usize> {
    pv: Vec<f64>,
    load: Vec<f64>,
    cell: Vec<u8>,
    scale: [f64; L],
    batteries: fused::Batteries<L>,
}

impl<const L: usize> Fused<L> {
    fn new() -> Self {
        let [pv, load, price, _] = site::reference_year();
        let mut levels = price.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let cell = price.iter().map(|p| levels.iter().position(|l| l == p).unwrap() as u8).collect();
        let batteries = fused::Batteries {
            min_kwh: [15.0; L],
            max_kwh: [150.0; L],
            power_kw: [50.0; L],
            efficiency: [0.95; L],
            phi: [1.0; L],
            step_h: 1.0,
        };
        Self { pv, load, cell, scale: [1.0; L], batteries }
    }

    #[inline(always)]
    fn year(&self) -> fused::Sums<L> {
        fused::year(&self.pv, &self.load, &self.cell, &self.scale, &self.batteries)
    }
}

struct WideYear<'a, const L: usize>(&'a Fused<L>);

impl<const L: usize> pulp::NullaryFnOnce for WideYear<'_, L> {
    type Output = fused::Sums<L>;
    #[inline(always)]
    fn call(self) -> Self::Output {
        self.0.year()
    }
}

fn fused<const L: usize>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let fused = Fused::<L>::new();
    group.throughput(Throughput::Elements((fused.pv.len() * L) as u64));
    group.bench_function(format!("L{L}/default"), |b| b.iter(|| black_box(black_box(&fused).year())));
    group.bench_function(format!("L{L}/wide"), |b| {
        b.iter(|| black_box(pulp::Arch::new().dispatch(WideYear(black_box(&fused)))));
    });
}

/// The greatest ratio of the wide march of the smallest shape to the fused loop that counts as none the worse. Registers
/// are all or nothing: one call that spills them costs half as much again.
const MOST_RATIO_WIDE: f64 = 1.3;

/// Seconds that one run of `work` takes on what `fresh` makes.
fn seconds<T>(fresh: impl Fn() -> T, work: impl Fn(&mut T)) -> f64 {
    let mut of = fresh();
    let start = Instant::now();
    work(&mut of);
    let taken = start.elapsed().as_secs_f64();
    black_box(&of);
    taken
}

/// The least of many times of the march of some shapes and of the fused loop, taken in turn, and their ratios: what one
/// run can say about both on a machine that does other things too. Panics where the wide ratio has become worse.
fn ratio(_: &mut Criterion) {
    let fused = Fused::<8>::new();
    let shapes = [("smallest", site::smallest()), ("full_ledger", site::full_ledger(1)), ("two", site::full_ledger(2))];
    for (shape, scenario) in shapes {
        let plan = Plan::compile(&scenario).unwrap();
        let rule = || Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap();
        let fresh = || Block::pack([&plan; 8], from_fn(|_| rule()));
        let mut least = [[f64::INFINITY; 2]; 2];
        for _ in 0..200 {
            let march = [
                seconds(fresh, |block| block.march(usize::MAX, &mut ())),
                seconds(fresh, |block| {
                    pulp::Arch::new().dispatch(Wide(
                        #[inline(always)]
                        || block.march_inlined(usize::MAX),
                    ));
                }),
            ];
            let limit = [
                seconds(|| (), |()| _ = black_box(black_box(&fused).year())),
                seconds(|| (), |()| _ = black_box(pulp::Arch::new().dispatch(WideYear(black_box(&fused))))),
            ];
            for width in 0..2 {
                least[width] = [least[width][0].min(march[width]), least[width][1].min(limit[width])];
            }
        }
        for (width, [march, fused]) in ["default", "wide"].iter().zip(least) {
            let us = |seconds: f64| seconds * 1e6 / 8.0;
            println!(
                "{shape}, L = 8, {width}: march {:.1} us a site-year, fused loop of the smallest {:.1} us, ratio {:.2}",
                us(march),
                us(fused),
                march / fused
            );
        }
        let wide = least[1][0] / least[1][1];
        assert!(shape != "smallest" || wide <= MOST_RATIO_WIDE, "the wide march spills its registers: ratio {wide:.2}");
    }
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
        lanes::<8>(&mut group, &plan, &make);
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
    for rule in
        [Dispatch::Idle, Dispatch::TimeOfUse, Dispatch::PeakShaving { target_kw: Some(40.0) }, Dispatch::Optimal]
    {
        let mut group = c.benchmark_group(format!("strategy/{}", rule.name()));
        lanes::<8>(&mut group, &plan, &|| Controller::built_in(&rule, &plan).unwrap());
        group.finish();
    }
    let own = |site: &Site, ask: &mut Request| ask.battery(0).power(site.deficit_kw());
    let mut group = c.benchmark_group("strategy/own");
    lanes::<1>(&mut group, &plan, &|| Controller::own("own", "none", Box::new(own)));
    lanes::<8>(&mut group, &plan, &|| Controller::own("own", "none", Box::new(own)));
    group.finish();
}

/// A year of plans made anew every hour over 48 h: perfect, where the slopes of the year serve every window, yesterday's
/// day, which loads every window, and under a monthly demand charge, whose caps are searched as well.
fn rolling(c: &mut Criterion) {
    let plain = Plan::compile(&site::smallest()).unwrap();
    let mut charged = site::smallest();
    let tariff = Tariff { demand: vec![DemandCharge::new("demand", 10.0, 3600)], ..(*charged.tariff).clone() };
    charged.tariff = tariff.into();
    let charged = Plan::compile(&charged).unwrap();
    let mut group = c.benchmark_group("rolling_horizon/48h");
    group.throughput(Throughput::Elements(plain.steps() as u64));
    for (name, plan, forecast) in [
        ("perfect", &plain, NamedForecast::Perfect),
        ("persistence_day", &plain, NamedForecast::PersistenceDay),
        ("demand", &charged, NamedForecast::Perfect),
    ] {
        let settings = RollingHorizon { horizon_h: 48.0, forecast, ..RollingHorizon::DEFAULT };
        let dispatch = Dispatch::RollingHorizon(settings);
        let fresh = || Block::pack([plan], [Controller::built_in(&dispatch, plan).unwrap()]);
        group.bench_function(name, |b| {
            b.iter_batched_ref(fresh, |block| block.march(usize::MAX, &mut ()), BatchSize::SmallInput);
        });
    }
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
    targets = ratio, shapes, strategies, rolling, around
}
criterion_main!(benches);
