//! Sizes with their proof, to 1e-6 of the cost, on one core: three sizes, the same under a demand charge, seven sizes, three over 20
//! explicit years; and the first answer of the page, from a scenario folder to the whole report with its swings. With the feature
//! `highs` the same three sizes as one linear programme beside the dispatch of all steps, by HiGHS's interior point.
//!
//! One element is a plan of a year of 8760 steps. Prices, tie and battery are those of the reference problem `v1_tou`; the second
//! plant of the case of seven sizes is the first some hours later, its genset runs at 0.30 a kWh.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
#[cfg(feature = "highs")]
use microgrid::PlanningPrices;
use microgrid::design::sizing::{Ending, Quantity, Size, Sizer, Stop, Task, Year};
use microgrid::simulation::RunEnd;
use microgrid::{
    Battery, Calendar, DemandCharge, DesignOptions, FuelCurve, Genset, Load, Plan, Price, PriceComponent, Scenario,
    SeriesPlant, Tariff,
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
    // A roof that fades by 0.5 % and a battery that fades by 2 % a year.
    let powered = |base: f64, year: u32| (0..year).fold(1.0, |product, _| product * base);
    let years = (0..20).map(|year| Year {
        weight: powered(1.0 / 1.06, year + 1),
        left: vec![powered(0.995, year), powered(0.98, year), 1.0],
        site: None,
    });
    let mut over_years = three();
    over_years.iter_mut().for_each(|size| size.cost_per_unit *= 11.47);
    let twenty = Task::over_years(&Plan::compile(&plain).unwrap(), over_years, years.collect()).unwrap();
    vec![
        ("three sizes", task(&plain, three())),
        ("three sizes, demand charge", task(&charged, three())),
        ("seven sizes", task(&many, seven)),
        ("three sizes, 20 years", twenty),
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
        let years = task.years.len() as u64;
        group.throughput(Throughput::Elements(8760 * years * found.evaluations as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| bencher.iter(|| black_box(solve())));
    }
    group.finish();
}

/// What somebody waits for who has answered three questions: the folder is read, designed, its assumptions swung, and its page made.
fn first_answer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("page");
    group.sample_size(10);
    let seed = format!("{}/seeds/design-workshop", env!("CARGO_MANIFEST_DIR"));
    group.bench_function("first answer", |bencher| {
        bencher.iter(|| {
            let folder = microgrid::io::DesignFolder::read(&seed).unwrap();
            let options = DesignOptions { swings: true, ..DesignOptions::default() };
            let design = microgrid::design_folder_with(&folder, options, |_| true).unwrap();
            black_box(microgrid::design_page(&folder, &design, "bench").unwrap().content().len())
        });
    });
    group.finish();
}

/// The three sizes and the dispatch of all steps as one linear programme.
#[cfg(feature = "highs")]
fn joint_programme(criterion: &mut Criterion) {
    use highs::{RowProblem, Sense};

    let plain = site();
    let plan = Plan::compile(&plain).unwrap();
    let battery = &plain.storage[0];
    assert_eq!(battery.self_discharge_per_h, 0.0);
    let prices = PlanningPrices::of(&plan);
    let solve = || {
        let mut problem = RowProblem::default();
        let sizes: Vec<_> =
            three().iter().map(|size| problem.add_column(size.cost_per_unit, size.least..=size.most)).collect();
        let mut before = None;
        for step in 0..plan.steps() {
            let taken = problem.add_column(0.0, 0.0..);
            let import = problem.add_column(prices.import_price_per_kwh[step], 0.0..=plan.import_limit_kw(step));
            let export = problem.add_column(-prices.export_price_per_kwh[step], 0.0..=plan.export_limit_kw(step));
            let [charge, discharge, stored] = [(); 3].map(|()| problem.add_column(0.0, 0.0..));
            let load = plan.load_kw(step);
            let terms = [(taken, 1.0), (import, 1.0), (discharge, 1.0), (charge, -1.0), (export, -1.0)];
            problem.add_row(load..=load, terms);
            problem.add_row(..=0.0, [(taken, 1.0), (sizes[0], -plain.generation[0].power_kw.at(step))]);
            problem.add_row(..=0.0, [(charge, 1.0), (sizes[2], -1.0)]);
            problem.add_row(..=0.0, [(discharge, 1.0), (sizes[2], -1.0)]);
            problem.add_row(..=0.0, [(stored, 1.0), (sizes[1], -battery.soc_max)]);
            let least = if step + 1 == plan.steps() { battery.initial_soc } else { battery.soc_min };
            problem.add_row(0.0.., [(stored, 1.0), (sizes[1], -least)]);
            let (from, share) = before.map_or((sizes[1], battery.initial_soc), |before| (before, 1.0));
            let change = [(charge, -battery.charge_efficiency), (discharge, 1.0 / battery.discharge_efficiency)];
            problem.add_row(0.0..=0.0, [(stored, 1.0), (from, -share)].into_iter().chain(change));
            before = Some(stored);
        }
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("solver", "ipm");
        model.solve().objective_value()
    };
    let ours = Sizer::new(Task::new(&plan, three()).unwrap()).unwrap().run(Stop::default(), |_| true).unwrap();
    let theirs = solve();
    assert!((ours.cost / theirs - 1.0).abs() < 1e-5, "{} {theirs}", ours.cost);
    let mut group = criterion.benchmark_group("sizing to 1e-6");
    group.sample_size(10);
    group.bench_function("three sizes by HiGHS", |bencher| bencher.iter(|| black_box(solve())));
    group.finish();
}

#[cfg(not(feature = "highs"))]
fn joint_programme(_: &mut Criterion) {}

criterion_group!(benches, sizing, first_answer, joint_programme);
criterion_main!(benches);
