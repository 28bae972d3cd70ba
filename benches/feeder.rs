//! Power flows of the 33-bus feeder of Baran & Wu: a year of hours, each load with its own multiple, radial and with its
//! five loops closed, eight steps side by side and one by one; throughput is in flows. And the feeder in a run: a year of
//! quarters of the residential community without its feeder, with it, and with limits and inverters; throughput is in steps.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid::distribution::{Feeder, FlowSettings, Network};
use microgrid::io::network::import_pandapower;
use microgrid::{Block, Controller, Dispatch, Plan};

const HOURS: usize = 8760;

fn network(closed: bool) -> Network {
    let text = include_str!("../tests/data/feeders/pandapower/case33bw.json");
    let mut network = import_pandapower(text, "case33bw.json").expect("a network").network;
    network.lines.iter_mut().for_each(|line| line.in_service |= closed);
    network
}

fn feeder(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("feeder");
    group.throughput(Throughput::Elements(HOURS as u64)).sample_size(20);
    for (name, closed) in [("radial", false), ("five loops", true)] {
        let network = network(closed);
        let feeder = Feeder::compile(&network).expect("a network that compiles");
        // Multiples of 0.14 to 1.17, each load its own, as a year of hours has them.
        let multiples: Vec<f64> =
            (0..HOURS * network.loads.len()).map(|i| 0.14 + ((i * 7919) % 1031) as f64 / 1000.0).collect();
        let draw = |step: usize, load: usize| {
            let multiple = multiples[step * network.loads.len() + load];
            (multiple * network.loads[load].power_kw, multiple * network.loads[load].reactive_kvar)
        };
        for tolerance_pu in [1e-8, 1e-6] {
            let settings = FlowSettings { tolerance_pu, ..FlowSettings::default() };
            group.bench_function(format!("{name}, year of hours, {tolerance_pu:e}"), |bencher| {
                bencher.iter(|| black_box(feeder.solve_series(HOURS, draw, &settings)));
            });
        }
        let settings = FlowSettings { tolerance_pu: 1e-8, ..FlowSettings::default() };
        group.bench_function(format!("{name}, one by one, 1e-8"), |bencher| {
            bencher.iter(|| {
                (0..HOURS).map(|step| feeder.solve_with(|load| draw(step, load), &settings).loss_kw).sum::<f64>()
            });
        });
    }
    group.finish();
}

fn in_the_run(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("feeder in the run");
    group.sample_size(10);
    for file in ["scenario.toml", "on-feeder.toml", "limits-held.toml"] {
        let path = format!("{}/seeds/residential-community/{file}", env!("CARGO_MANIFEST_DIR"));
        let plan = Plan::compile(&microgrid::io::read_folder(path).expect("a seed").scenario).expect("a plan");
        group.throughput(Throughput::Elements(plan.steps() as u64));
        group.bench_function(file, |bencher| {
            bencher.iter(|| {
                let controller = Controller::built_in(&Dispatch::SelfConsumption, &plan).expect("a rule");
                let mut block = Block::<1>::pack([&plan], [controller]);
                block.march(usize::MAX, &mut ());
                black_box(block.outcome(0))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, feeder, in_the_run);
criterion_main!(benches);
