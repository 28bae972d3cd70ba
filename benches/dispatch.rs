//! The hot loop: scenario-steps per second, beside a fused hand-written loop as the limit.
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::{Block, Plan};

mod site;

fn lanes<const L: usize>(c: &mut Criterion, shape: &str, plan: &Plan, dispatch: &Dispatch) {
    let mut group = c.benchmark_group(format!("{shape}/{}", dispatch.name()));
    group.throughput(Throughput::Elements((plan.steps() * L) as u64));
    group.bench_function(format!("L{L}"), |b| {
        b.iter_batched_ref(
            || Block::pack([plan; L], std::array::from_fn(|_| Controller::built_in(dispatch, plan).unwrap())),
            |block| block.march(usize::MAX, &mut ()),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn march(c: &mut Criterion) {
    let smallest = Plan::compile(&site::smallest()).unwrap();
    let full = Plan::compile(&site::full_ledger(1)).unwrap();
    let two = Plan::compile(&site::full_ledger(2)).unwrap();
    for (shape, plan) in [("smallest", &smallest), ("full", &full), ("two_batteries", &two)] {
        lanes::<1>(c, shape, plan, &Dispatch::SelfConsumption);
        lanes::<8>(c, shape, plan, &Dispatch::SelfConsumption);
    }
}

criterion_group!(benches, march);
criterion_main!(benches);
