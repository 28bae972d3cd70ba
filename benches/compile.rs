//! What one more variant of a site costs before its march: a new battery beside shared series and tariff.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use microgrid::{Plan, PlanCache, Scenario};

mod site;

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    let park = microgrid::load("seeds/industrial-park").unwrap().scenario;
    for (name, site) in [("smallest", site::smallest()), ("full_ledger", site::full_ledger(1)), ("park", park)] {
        group.bench_function(format!("{name}/alone"), |b| b.iter(|| Plan::compile(&site).unwrap()));
        let mut cache = PlanCache::default();
        let mut capacity_kwh = 100.0;
        let mut variant = || {
            let mut variant: Scenario = site.clone();
            capacity_kwh += 1e-3;
            variant.storage[0].capacity_kwh = capacity_kwh;
            variant
        };
        group.bench_function(format!("{name}/variant"), |b| {
            b.iter_batched(
                &mut variant,
                |variant| Plan::compile_with(&variant, &mut cache).unwrap(),
                BatchSize::SmallInput,
            )
        });
        let (one, other) = (Plan::compile(&site).unwrap(), Plan::compile(&site).unwrap());
        group.bench_function(format!("{name}/same_shape"), |b| b.iter(|| one.same_shape(&other)));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(1))
        .warm_up_time(std::time::Duration::from_millis(300));
    targets = compile
}
criterion_main!(benches);
