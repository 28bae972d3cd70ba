//! The exact plan of one storage: a year's optimum, a rolling horizon, demand charges. One element is one step.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid_core::dispatch::exact_plan::{
    Accuracy, DemandCharge, EndRule, Series, Solver, Steps, Storage, Tier, Window,
};
use std::fs;
use std::hint::black_box;

struct Case {
    generation_kw: Vec<f64>,
    load_kw: Vec<f64>,
    import_price: Vec<f64>,
    export_price: Vec<f64>,
}

fn case(name: &str) -> Case {
    let path = format!("{}/tests/data/peers/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let column = |k: usize| text.lines().skip(1).map(|line| line.split(',').nth(k).unwrap().parse().unwrap()).collect();
    Case { generation_kw: column(0), load_kw: column(1), import_price: column(2), export_price: column(3) }
}

/// The case under the day-ahead prices of the Netherlands in 2024, of which 458 hours are below zero: import at 0.02 above.
fn negative_prices() -> Case {
    let path = format!("{}/tests/data/price/nl_day_ahead_2024_hourly.csv", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let price = |line: &str| line.split(',').nth(1).unwrap().parse::<f64>().unwrap() / 1000.0;
    let spot: Vec<f64> = text.lines().skip(1).take(8760).map(price).collect();
    let import_price = spot.iter().map(|price| price + 0.02).collect();
    Case { import_price, export_price: spot, ..case("case8760.csv") }
}

/// The case with each hour in so many parts, each part with a price of its own where asked.
fn parts(case: &Case, parts: usize, own_prices: bool) -> Case {
    let cut =
        |values: &[f64]| -> Vec<f64> { values.iter().flat_map(|value| std::iter::repeat_n(*value, parts)).collect() };
    let vary = |values: &[f64]| -> Vec<f64> {
        let factor = |i: usize| if own_prices { 1.0 + 1e-3 * (i % 97) as f64 / 97.0 } else { 1.0 };
        cut(values).iter().enumerate().map(|(i, value)| value * factor(i)).collect()
    };
    Case {
        generation_kw: cut(&case.generation_kw),
        load_kw: cut(&case.load_kw),
        import_price: vary(&case.import_price),
        export_price: vary(&case.export_price),
    }
}

fn storage() -> Storage {
    Storage {
        min_kwh: 15.0,
        max_kwh: 150.0,
        charge_max_kw: 50.0,
        discharge_max_kw: 50.0,
        charge_efficiency: 0.95,
        discharge_efficiency: 0.95,
        self_discharge_per_h: 0.0,
        wear_cost_per_kwh: 0.0,
    }
}

fn with_steps(case: &Case, step_h: f64, mut bench: impl FnMut(&Steps<'_>)) {
    let tiers = [Tier { load_kw: Series::Steps(&case.load_kw), value_of_lost_load_per_kwh: 10.0 }];
    bench(&Steps {
        generation_kw: Series::Steps(&case.generation_kw),
        import_price_per_kwh: Series::Steps(&case.import_price),
        export_price_per_kwh: Series::Steps(&case.export_price),
        import_limit_kw: Series::Constant(100.0),
        export_limit_kw: Series::Constant(60.0),
        ..Steps::grid_tied(case.load_kw.len(), step_h, &tiers)
    });
}

fn year(criterion: &mut Criterion) {
    let tou = case("case8760.csv");
    let spot = case("case8760_spot.csv");
    let quarter = parts(&spot, 4, true);
    let negative = negative_prices();
    let mut group = criterion.benchmark_group("exact_plan/year");
    for (name, case, hours, leak) in [
        ("tou", &tou, 1.0, 0.0),
        ("spot", &spot, 1.0, 0.0),
        ("spot_leak", &spot, 1.0, 1e-4),
        ("negative_prices", &negative, 1.0, 0.0),
        ("spot_35040", &quarter, 0.25, 0.0),
    ] {
        group.throughput(Throughput::Elements(case.load_kw.len() as u64));
        with_steps(case, hours, |steps| {
            let mut solver = Solver::new();
            let storage = Storage { self_discharge_per_h: leak, ..storage() };
            let window = Window::whole(steps.count, 75.0, EndRule::NotBelowStart);
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    solver.load(&storage, black_box(steps)).unwrap();
                    solver.solve(&window).unwrap().objective
                });
            });
            group.bench_function(format!("{name}_load_only"), |bencher| {
                bencher.iter(|| solver.load(&storage, black_box(steps)).unwrap());
            });
        });
    }
    group.finish();
}

fn rolling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exact_plan/rolling_year");
    group.sample_size(20);
    for (name, file) in [("tou", "case8760.csv"), ("spot", "case8760_spot.csv")] {
        let case = case(file);
        with_steps(&case, 1.0, |steps| {
            let mut solver = Solver::new();
            solver.load(&storage(), steps).unwrap();
            for horizon in [24, 48] {
                group.throughput(Throughput::Elements(steps.count as u64));
                group.bench_function(format!("{name}_{horizon}h"), |bencher| {
                    bencher.iter(|| {
                        let mut start_kwh = 75.0;
                        for first_step in 0..steps.count {
                            let window = Window { first_step, steps: horizon, start_kwh, end: EndRule::NotBelow(75.0) };
                            start_kwh = solver.first_decision(black_box(&window)).unwrap().stored_after_kwh;
                        }
                        start_kwh
                    });
                });
            }
        });
    }
    group.finish();
}

/// A charge of 10 per kW and month, for steps of an hour's part.
fn monthly(parts: usize) -> Vec<DemandCharge<'static>> {
    let mut charges: Vec<DemandCharge<'_>> = Vec::new();
    for days in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        let first_step = charges.last().map_or(0, |charge| charge.end_step);
        let end_step = first_step + 24 * parts * days;
        charges.push(DemandCharge { first_step, end_step, price_per_kw: 10.0, metered_kw: 0.0, counts: None });
    }
    charges
}

/// Time grows as the number of steps: the time per element stays.
fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exact_plan/growth");
    group.sample_size(20);
    for (name, file) in [("tou", "case8760.csv"), ("spot", "case8760_spot.csv")] {
        for count in [1, 2, 4] {
            let case = parts(&case(file), count, false);
            let charges = monthly(count);
            with_steps(&case, 1.0 / count as f64, |steps| {
                let mut solver = Solver::new();
                group.throughput(Throughput::Elements(steps.count as u64));
                let window = Window::whole(steps.count, 75.0, EndRule::NotBelowStart);
                group.bench_function(format!("{name}_{}", steps.count), |bencher| {
                    bencher.iter(|| {
                        solver.load(&storage(), black_box(steps)).unwrap();
                        solver.solve(&window).unwrap().objective
                    });
                });
                let accuracy = Accuracy { relative_gap: 1e-6, rounds: 200 };
                group.bench_function(format!("{name}_demand_{}", steps.count), |bencher| {
                    bencher.iter(|| {
                        let start = (75.0, EndRule::NotBelowStart);
                        solver.solve_demand(&storage(), steps, start, &charges, &accuracy).unwrap().rounds
                    });
                });
            });
        }
    }
    group.finish();
}

fn demand(criterion: &mut Criterion) {
    let charges = monthly(1);
    let mut group = criterion.benchmark_group("exact_plan/demand_charges");
    group.sample_size(20);
    let cases =
        [("tou", case("case8760.csv")), ("spot", case("case8760_spot.csv")), ("negative_prices", negative_prices())];
    for (name, case) in cases {
        with_steps(&case, 1.0, |steps| {
            let mut solver = Solver::new();
            for (label, relative_gap) in [("1e-6", 1e-6), ("1e-9", 1e-9)] {
                let accuracy = Accuracy { relative_gap, rounds: 200 };
                group.throughput(Throughput::Elements(steps.count as u64));
                group.bench_function(format!("{name}_{label}"), |bencher| {
                    bencher.iter(|| {
                        let start = (75.0, EndRule::NotBelowStart);
                        solver.solve_demand(&storage(), steps, start, &charges, &accuracy).unwrap().rounds
                    });
                });
            }
        });
    }
    group.finish();
}

criterion_group!(benches, year, rolling, demand, growth);
criterion_main!(benches);
