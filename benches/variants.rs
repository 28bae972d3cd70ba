//! What it costs to make one variant of a sweep: its draws, and its scenario set directly in the base's.
//!
//! `cargo bench --bench variants`. A site-year of one battery takes the march about 25 µs; a variant must be made in
//! much less.

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid_io::SweepFolder;
use microgrid_sweep::{Method, Source};

/// A sweep over the industrial park.
fn folder(name: &str, text: &str) -> SweepFolder {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/industrial-park").display().to_string();
    let folder = std::env::temp_dir().join(format!("microgrid-bench-variants-{name}"));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join("sweep.toml"), format!("base = {base:?}\n{text}")).expect("the file can be written");
    SweepFolder::read(&folder).unwrap_or_else(|problems| panic!("{problems}"))
}

fn sizes(method: Method) -> SweepFolder {
    let text = format!(
        r#"samples = {{ method = "{}", count = 65536 }}
[[axis]]
field = "dispatch.strategy"
values = ["idle", "self_consumption", "time_of_use", "peak_shaving"]
[[draw]]
field = "generation.pv[0].dc_kw"
relative = true
distribution = {{ name = "lognormal", median = 1, log_deviation = 0.3 }}
[[draw]]
fields = ["storage.battery[0].capacity_kwh", "storage.battery[0].charge_max_kw", "storage.battery[0].discharge_max_kw"]
relative = true
distribution = {{ name = "triangular", least = 0.5, mode = 1, most = 2 }}
[[draw]]
field = "demand.load[0].annual_kwh"
relative = true
distribution = {{ name = "uniform", least = 0.8, most = 1.2 }}
[[draw]]
field = "storage.battery[0].wear_cost_per_kwh"
distribution = {{ name = "uniform", least = 0.05, most = 0.15 }}
[[correlation]]
fields = ["generation.pv[0].dc_kw", "storage.battery[0].capacity_kwh"]
spearman = 0.5
"#,
        method.name()
    );
    let source = folder(method.name(), &text);
    assert!(source.read_again().is_empty());
    source
}

fn variants(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("variants");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(2)).sample_size(20);
    for method in Method::ALL {
        let source = sizes(method);
        let mut index = 0;
        let mut next = || {
            index = (index + 1) % source.count();
            index
        };
        group.bench_function(format!("values, {}", method.name()), |bencher| {
            bencher.iter(|| source.values(next()));
        });
        group.bench_function(format!("values and scenario, {}", method.name()), |bencher| {
            bencher.iter(|| {
                let index = next();
                source.scenario(index, &source.values(index))
            });
        });
    }
    let weather = folder(
        "weather",
        "samples = { count = 65536 }\n[[draw]]\nfield = \"site.weather.seed\"\n\
         distribution = { name = \"integers\", least = 0, most = 1_000_000 }\n",
    );
    let mut index = 0;
    group.bench_function("the park read again with other weather", |bencher| {
        bencher.iter(|| {
            index += 1;
            weather.scenario(index, &weather.values(index))
        });
    });
    let city = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/city-39");
    let city = SweepFolder::read(city).unwrap_or_else(|problems| panic!("{problems}"));
    let mut index = 0;
    group.bench_function("city-39, days and outages drawn", |bencher| {
        bencher.iter(|| {
            index = (index + 1) % city.count();
            city.scenario(index, &city.values(index))
        });
    });
    group.finish();
}

criterion_group!(benches, variants);
criterion_main!(benches);
