//! A city's cars: 100 000 sessions that only charge, in 96 slots. From the sessions to what they can do together, and to their
//! least cost at 96 prices. Beside it a lot of 1000 cars at a site with a kink in its price. Elements are sessions.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid::demand::{FleetFlexibility, FlexibleSession, SlotCost, Task};

fn sessions(count: u32) -> Vec<FlexibleSession> {
    let task = |i: u32| {
        // A linear congruence: arrivals over the day, stays of 1 to 10 hours, 2 to 40 kWh.
        let draw = |k: u32, range: u32| i64::from((i.wrapping_mul(2_654_435_761) ^ k.wrapping_mul(40_503)) % range);
        let from_s = draw(1, 86_400 - 3_600);
        Task {
            from_s,
            until_s: (from_s + 3_600 + draw(2, 32_400)).min(86_400),
            energy_kwh: 2.0 + draw(3, 38) as f64,
            power_max_kw: [3.7, 7.4, 11.0, 22.0][i as usize % 4],
        }
    };
    (0..count).filter_map(|i| FlexibleSession::of_task(&task(i), 96, 900)).collect()
}

fn prices() -> Vec<f64> {
    (0..96_u32).map(|slot| 0.2 + f64::from(slot.wrapping_mul(2_654_435_761) % 1000) * 1e-3).collect()
}

fn city(c: &mut Criterion) {
    let (cars, prices) = (sessions(100_000), prices());
    let mut group = c.benchmark_group("fleet_100k");
    group.sample_size(20).throughput(Throughput::Elements(cars.len() as u64));
    group.bench_function("flexibility_and_least_cost", |b| {
        b.iter(|| {
            let fleet = FleetFlexibility::new(black_box(&cars).clone(), 96, 900).unwrap();
            (fleet.envelope(), fleet.least_cost(&prices).unwrap().cost)
        });
    });
    group.finish();
    let (cars, costs) =
        (sessions(1000), prices.iter().map(|price| SlotCost::at_site(-500.0, *price, 0.1, [900.0, 1e4])));
    let costs: Vec<SlotCost> = costs.collect();
    let fleet = FleetFlexibility::new(cars, 96, 900).unwrap();
    let mut group = c.benchmark_group("fleet_1000");
    group.sample_size(20).throughput(Throughput::Elements(1000));
    group.bench_function("least_convex_cost", |b| b.iter(|| black_box(&fleet).least_convex_cost(&costs).unwrap().cost));
    group.finish();
}

criterion_group!(benches, city);
criterion_main!(benches);
