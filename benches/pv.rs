//! A year of solar power from hourly weather: the whole of it, and its parts. Elements are hours.
//!
//! The limit to compare with: a low-order sun and a fused chain in plain C took 0.55 ms a year.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid_core::generation::pv::position::{Ephemeris, suns};
use microgrid_core::generation::pv::{PvArray, PvPlant, SolarResource};
use microgrid_core::generation::{TimeAxis, Weather};
use microgrid_io::weather::{WeatherOptions, read_weather};

fn weather() -> Weather {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw");
    read_weather(&std::fs::read_to_string(path).unwrap(), "san_diego.epw", &WeatherOptions::for_year(2023))
        .unwrap()
        .weather
}

fn year(c: &mut Criterion) {
    let weather = weather();
    let axis = weather.axis();
    let array = PvArray { tilt_deg: 25.0, ..PvArray::open_rack(100.0) };
    let resource = SolarResource::new(&weather, &axis).unwrap();

    let mut group = c.benchmark_group("pv_year");
    group.throughput(Throughput::Elements(8760));
    group.bench_function("weather_to_ac", |b| {
        b.iter(|| SolarResource::new(black_box(&weather), &axis).unwrap().ac_kw(black_box(array)).unwrap());
    });
    group.bench_function("sun_and_weather_shared_by_arrays", |b| {
        b.iter(|| SolarResource::new(black_box(&weather), &axis).unwrap());
    });
    group.bench_function("one_more_array", |b| b.iter(|| resource.ac_kw(black_box(array)).unwrap()));
    let tracker = PvArray::tracker(100.0);
    group.bench_function("one_more_tracker", |b| b.iter(|| resource.ac_kw(black_box(tracker)).unwrap()));
    let pvwatts = PvPlant::pvwatts_v8(tracker);
    group.bench_function("one_more_tracker_as_pvwatts_v8", |b| b.iter(|| resource.ac_kw(black_box(&pvwatts)).unwrap()));
    group.bench_function("one_more_waterfall", |b| b.iter(|| resource.waterfall(black_box(&pvwatts)).unwrap()));
    group.bench_function("ephemeris", |b| {
        b.iter(|| Ephemeris::new(black_box(axis.start_unix_s), axis.end_unix_s()).unwrap());
    });
    group.bench_function("suns", |b| b.iter(|| suns(black_box(&weather.location), &axis).unwrap()));
    group.finish();

    let quarters = TimeAxis { step_s: 900, steps: 35_040, ..axis };
    let mut group = c.benchmark_group("pv_year_of_quarter_hours");
    group.throughput(Throughput::Elements(35_040));
    group.bench_function("weather_to_ac", |b| {
        b.iter(|| SolarResource::new(black_box(&weather), &quarters).unwrap().ac_kw(array).unwrap());
    });
    group.finish();
}

fn read(c: &mut Criterion) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw");
    let text = std::fs::read_to_string(path).unwrap();
    let mut group = c.benchmark_group("epw");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("read", |b| {
        b.iter(|| read_weather(black_box(&text), "san_diego.epw", &WeatherOptions::for_year(2023)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, year, read);
criterion_main!(benches);
