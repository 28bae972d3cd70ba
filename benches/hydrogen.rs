//! A year of hours with a hydrogen plant beside the battery, against the same site with its battery alone: one lane and
//! eight. Throughput is in scenario-steps; it is to be no more than three times as long.

use std::array::from_fn;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::storage::{Compressor, Electrolyser, FuelCell, HydrogenPlant};
use microgrid::{Block, Controller, Dispatch, Plan, Scenario};

#[allow(dead_code)] // The smallest site is all that is taken.
mod site;

fn plant() -> HydrogenPlant {
    HydrogenPlant {
        electrolyser: Some(Electrolyser::pem(60.0)),
        compressor: Some(Compressor::default()),
        fuel_cell: Some(FuelCell::pem(20.0)),
        load_kg_per_h: 0.05.into(),
        ..HydrogenPlant::with_tank(5.0, 350.0)
    }
}

fn lanes<const L: usize>(criterion: &mut Criterion, what: &str, plan: &Plan) {
    let mut group = criterion.benchmark_group("hydrogen");
    group.throughput(Throughput::Elements((plan.steps() * L) as u64)).sample_size(20);
    let controller = |_| Controller::built_in(&Dispatch::SelfConsumption, plan).expect("a rule for every site");
    let fresh = || Block::pack([plan; L], from_fn(controller));
    group.bench_function(format!("{what}/L{L}"), |bencher| {
        bencher.iter_batched_ref(fresh, |block| block.march(usize::MAX, &mut ()), BatchSize::SmallInput);
    });
    group.finish();
}

fn hydrogen(criterion: &mut Criterion) {
    let alone = site::smallest();
    let with = Scenario { hydrogen: vec![plant()], ..alone.clone() };
    for (what, scenario) in [("battery alone", &alone), ("with a plant", &with)] {
        let plan = Plan::compile(scenario).expect("a site that compiles");
        lanes::<1>(criterion, what, &plan);
        lanes::<8>(criterion, what, &plan);
    }
    criterion.bench_function("hydrogen/compile", |bencher| bencher.iter(|| Plan::compile(&with)));
}

criterion_group!(benches, hydrogen);
criterion_main!(benches);
