//! What a row of a sweep's results costs beside its run: as bytes for the store, back, as CSV, in sums.

use std::ops::ControlFlow;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid::results::{CsvWriter, ResultColumns, SweepSums, encode, read_block};
use microgrid::sweep::{Axis, Engine, ScenarioSweep, Source, Sweep, Value};
use microgrid::{Scenario, Series};

mod site;

fn results(c: &mut Criterion) {
    // A short run has all the numbers of a long one.
    let mut site = site::full_ledger(1);
    let short = |series: &Series| match series {
        Series::Steps(values) => Series::Steps(values[..240].into()),
        constant => constant.clone(),
    };
    site.calendar = microgrid::Calendar::days(3600, 10).into();
    site.generation[0].power_kw = short(&site.generation[0].power_kw);
    site.loads.iter_mut().for_each(|load| load.power_kw = short(&load.power_kw));
    site.outages.truncate(1);
    site.tariff = microgrid::Tariff::flat(0.7, 0.3).into();
    let sweep = Sweep::new(1).axis(Axis::grid("capacity_kwh", 10.0, 400.0, 1024));
    let source = ScenarioSweep::new(site, &sweep, |site: &mut Scenario, values: &[Value]| {
        site.storage[0].capacity_kwh = values[0].number().unwrap_or(0.0);
    })
    .unwrap();
    let columns = ResultColumns::new(source.inputs(), true);
    let mut rows = Vec::new();
    Engine::new(&source).rows(|block| {
        rows.extend(block);
        ControlFlow::Continue(())
    });
    let payload = encode(&rows);
    println!("{} rows, {} bytes each in the store", rows.len(), payload.len() / rows.len());

    let mut group = c.benchmark_group("results");
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("encode", |b| b.iter(|| encode(&rows)));
    group.bench_function("decode", |b| {
        b.iter(|| {
            let mut total = 0.0;
            read_block(&payload, &mut |row| total += row.number("objective").unwrap_or(0.0)).unwrap();
            total
        });
    });
    group.bench_function("csv", |b| {
        b.iter(|| {
            let mut csv = CsvWriter::headless(Vec::with_capacity(2 * payload.len()), &columns);
            csv.write_block(&payload).unwrap();
            csv.finish().unwrap()
        });
    });
    group.bench_function("sums", |b| {
        b.iter(|| {
            let mut sums = SweepSums::new(&columns);
            sums.add_block(&payload).unwrap();
            sums
        });
    });
    group.bench_function("quantiles", |b| {
        let mut sums = SweepSums::new(&columns);
        sums.add_block(&payload).unwrap();
        b.iter(|| sums.clone().finish(&|see| read_block(&payload, see)).unwrap());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(1))
        .warm_up_time(std::time::Duration::from_millis(300));
    targets = results
}
criterion_main!(benches);
