//! Sizes with their proof, to 1e-6 of the cost, on one core: three sizes, the same under a demand charge, seven sizes.
//!
//! One element is a plan of a year of 8760 steps. Prices, tie and battery are those of the reference problem `v1_tou`; the second
//! plant of the case of seven sizes is the first some hours later, its genset runs at 0.30 a kWh.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::design::sizing::{Ending, Quantity, Size, Sizer, Stop, Task};
use microgrid::simulation::RunEnd;
use microgrid::{
    Battery, Calendar, DemandCharge, FuelCurve, Genset, Load, Plan, Price, PriceComponent, Scenario, SeriesPlant,
    Tariff,
};

fn site() -> Scenario {
    let path = format!("{}/tests/data/peers/case8760.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let column = |k: usize| -> Vec<f64> {
        text.lines().skip(1).map(|line| line.split(',').nth(k).unwrap().parse().unwrap()).collect()
    };
    let component = |name: &str, k| PriceComponent { name: name.into(), price: Price::Steps(column(k).into()) };
    let mut site = Scenario::new("case", Calendar::common_year(3600));
    let per_kwp: Vec<f64> = column(0).iter().map(|kw| kw / 100.0).collect();
    let later: Vec<f64> = (0..8760).map(|step| per_kwp[(step + 8757) % 8760]).collect();
    site.generation =
        vec![SeriesPlant::new("south", per_kwp), SeriesPlant { scale: 0.0, ..SeriesPlant::new("west", later) }];
    site.loads = vec![Load::new("load", column(1))];
    site.storage = vec![Battery::lithium_iron_phosphate(1.0, 1.0)];
    (site.connection.import_limit_kw, site.connection.export_limit_kw) = (100.0.into(), 60.0.into());
    let (import, export) = (vec![component("energy", 2)], vec![component("export", 3)]);
    site.tariff = Tariff { import, export, ..Tariff::default() }.into();
    site.run_end = RunEnd::NotBelowStart;
    site
}

fn size(name: &str, sets: &[Quantity], most: f64, cost_per_unit: f64) -> Size {
    let sets = sets.iter().map(|quantity| (*quantity, 1.0)).collect();
    Size { name: name.into(), sets, least: 0.0, most, existing: 0.0, cost_per_unit, capital_per_unit: 0.0, step: None }
}

/// The three sizes of the reference problem, at its yearly costs.
fn three() -> Vec<Size> {
    vec![
        size("pv", &[Quantity::Plant(0)], 300.0, 74.581_374_57),
        size("kwh", &[Quantity::Capacity], 1000.0, 25.651_808_07),
        size("kw", &[Quantity::ChargePower, Quantity::DischargePower], 300.0, 14.355_531_67),
    ]
}

fn cases() -> Vec<(&'static str, Task)> {
    let task = |site: &Scenario, sizes| Task::new(&Plan::compile(site).unwrap(), sizes).unwrap();
    let plain = site();
    let mut charged = site();
    let demand = vec![DemandCharge::new("peak", 9.0, 3600)];
    charged.tariff = Tariff { demand, ..(*charged.tariff).clone() }.into();
    let mut many = site();
    many.gensets.push(Genset {
        min_load: 0.0,
        fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.0, slope_per_kwh: 1.0 },
        ..Genset::diesel(0.0, 0.30)
    });
    let seven = vec![
        size("pv south", &[Quantity::Plant(0)], 300.0, 74.581_374_57),
        size("pv west", &[Quantity::Plant(1)], 300.0, 70.0),
        size("kwh", &[Quantity::Capacity], 1000.0, 25.651_808_07),
        size("charging", &[Quantity::ChargePower], 300.0, 8.0),
        size("discharging", &[Quantity::DischargePower], 300.0, 6.355_531_67),
        size("genset", &[Quantity::Genset(0)], 200.0, 51.0),
        size("contract", &[Quantity::ImportLimit], 100.0, 40.0),
    ];
    vec![
        ("three sizes", task(&plain, three())),
        ("three sizes, demand charge", task(&charged, three())),
        ("seven sizes", task(&many, seven)),
    ]
}

fn sizing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sizing to 1e-6");
    group.sample_size(10);
    for (name, task) in cases() {
        let solve = || {
            let mut sizer = Sizer::new(task.clone()).unwrap();
            sizer.run(Stop::default(), |_| true).unwrap()
        };
        let found = solve();
        assert_eq!(found.ending, Ending::Proven, "{name}");
        println!("{name}: {} evaluations", found.evaluations);
        group.throughput(Throughput::Elements(8760 * found.evaluations as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| bencher.iter(|| black_box(solve())));
    }
    group.finish();
}

criterion_group!(benches, sizing);
criterion_main!(benches);
