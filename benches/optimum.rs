//! A year's optimum by the exact plan and by linear programme, on the same site in one run. One element is one step.
//!
//! The ratio printed first is of medians taken alternately in this process; on a shared machine both move by tens of
//! percent, the ratio by less. The linear programme's time is that of building it, solving it with Clarabel to 1e-8 and
//! proving its bound; the exact plan's is that of loading its columns and solving. With the feature `highs` the dual simplex
//! of HiGHS solves the same programme, built and proven as for Clarabel. The last case has 35 040 quarter hours.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use microgrid::{Battery, Calendar, Load, Plan, Price, PriceComponent, Scenario, SeriesPlant, Tariff};
use microgrid_core::dispatch::exact_plan::{EndRule, Series, Solver, Steps, Storage, Tier, Window};
use microgrid_optimizer::{Settings, bound_with};

const TIE_KW: [f64; 2] = [100.0, 60.0];

struct Case {
    name: &'static str,
    plan: Plan,
    generation_kw: Vec<f64>,
    load_kw: Vec<f64>,
}

impl Case {
    fn read(name: &'static str, file: &str) -> Self {
        let path = format!("{}/tests/data/peers/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let column = |k: usize| -> Vec<f64> {
            text.lines().skip(1).map(|line| line.split(',').nth(k).unwrap().parse().unwrap()).collect()
        };
        let component = |name: &str, k| PriceComponent { name: name.into(), price: Price::Steps(column(k).into()) };
        let mut site = Scenario::new(name, Calendar::common_year(3600));
        site.generation = vec![SeriesPlant::new("solar", column(0))];
        site.loads = vec![Load::new("load", column(1))];
        site.storage = vec![Battery::lithium_iron_phosphate(150.0, 50.0)];
        (site.connection.import_limit_kw, site.connection.export_limit_kw) = (TIE_KW[0].into(), TIE_KW[1].into());
        let (import, export) = (vec![component("energy", 2)], vec![component("export", 3)]);
        site.tariff = Tariff { import, export, ..Tariff::default() }.into();
        Self { name, plan: Plan::compile(&site).unwrap(), generation_kw: column(0), load_kw: column(1) }
    }

    fn exact_plan(&self, solver: &mut Solver) -> f64 {
        let tiers = [Tier { load_kw: Series::Steps(&self.load_kw), value_of_lost_load_per_kwh: 30.0 }];
        let steps = Steps {
            generation_kw: Series::Steps(&self.generation_kw),
            import_price_per_kwh: Series::Steps(self.plan.import_price_per_kwh()),
            export_price_per_kwh: Series::Steps(self.plan.export_price_per_kwh()),
            import_limit_kw: Series::Constant(TIE_KW[0]),
            export_limit_kw: Series::Constant(TIE_KW[1]),
            ..Steps::grid_tied(self.plan.steps(), self.plan.step_h(), &tiers)
        };
        let battery = &self.plan.scenario().storage[0];
        let storage = Storage {
            min_kwh: battery.soc_min * battery.capacity_kwh,
            max_kwh: battery.soc_max * battery.capacity_kwh,
            charge_max_kw: battery.charge_max_kw,
            discharge_max_kw: battery.discharge_max_kw,
            charge_efficiency: battery.charge_efficiency,
            discharge_efficiency: battery.discharge_efficiency,
            self_discharge_per_h: battery.self_discharge_per_h,
            wear_cost_per_kwh: battery.wear_cost_per_kwh,
        };
        solver.load(&storage, black_box(&steps)).unwrap();
        let end = EndRule::ValuePerKwh(self.plan.stored_value_per_kwh());
        let start_kwh = battery.initial_soc * battery.capacity_kwh;
        solver.solve(&Window::whole(steps.count, start_kwh, end)).unwrap().objective
    }

    /// Each hour cut in four.
    fn quarters(self, name: &'static str) -> Self {
        let quartered = |values: &[f64]| -> Vec<f64> { values.iter().flat_map(|value| [*value; 4]).collect() };
        let component = |name: &str, values: &[f64]| PriceComponent {
            name: name.into(),
            price: Price::Steps(quartered(values).into()),
        };
        let import = vec![component("energy", self.plan.import_price_per_kwh())];
        let export = vec![component("export", self.plan.export_price_per_kwh())];
        let mut site = Scenario { calendar: Calendar::common_year(900).into(), ..self.plan.scenario().clone() };
        let (generation_kw, load_kw) = (quartered(&self.generation_kw), quartered(&self.load_kw));
        site.generation = vec![SeriesPlant::new("solar", generation_kw.clone())];
        site.loads = vec![Load::new("load", load_kw.clone())];
        site.tariff = Tariff { import, export, ..Tariff::default() }.into();
        Self { name, plan: Plan::compile(&site).unwrap(), generation_kw, load_kw }
    }

    #[cfg(feature = "highs")]
    fn dual_simplex(&self) -> f64 {
        microgrid_optimizer::bound_by_simplex(black_box(&self.plan), &Settings::default()).objective
    }

    fn linear_programme(&self) -> f64 {
        bound_with(black_box(&self.plan), &Settings { tolerance: 1e-8, ..Settings::default() }).objective
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Times both alternately and prints how many times faster the exact plan is.
fn print_ratio(case: &Case) {
    let (mut exact, mut linear) = (Vec::new(), Vec::new());
    let mut solver = Solver::new();
    let mut objectives = [0.0; 2];
    for _ in 0..5 {
        let started = Instant::now();
        objectives[0] = case.linear_programme();
        linear.push(started.elapsed());
        for _ in 0..20 {
            let started = Instant::now();
            objectives[1] = case.exact_plan(&mut solver);
            exact.push(started.elapsed());
        }
    }
    let apart = (objectives[1] / objectives[0] - 1.0).abs();
    assert!(apart < 1e-7, "both must find one optimum: {objectives:?}");
    let (exact, linear) = (median(exact), median(linear));
    println!(
        "optimum/{}: exact plan {exact:.3} ms, linear programme {linear:.0} ms, ratio {:.0}; optima {apart:.1e} apart",
        case.name,
        linear / exact
    );
    #[cfg(feature = "highs")]
    {
        let started = Instant::now();
        let objective = case.dual_simplex();
        let simplex = started.elapsed().as_secs_f64() * 1e3;
        assert!(
            (objectives[1] / objective - 1.0).abs() < 1e-7,
            "both must find one optimum: {objectives:?} {objective}"
        );
        println!("optimum/{}: HiGHS dual simplex {simplex:.0} ms, ratio {:.0}", case.name, simplex / exact);
    }
}

fn optimum(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("optimum");
    group.sample_size(10);
    let quarters = Case::read("tou", "case8760.csv").quarters("tou_35040");
    for case in [Case::read("tou", "case8760.csv"), Case::read("spot", "case8760_spot.csv"), quarters] {
        print_ratio(&case);
        group.throughput(Throughput::Elements(case.plan.steps() as u64));
        let mut solver = Solver::new();
        group.bench_with_input(BenchmarkId::new("exact_plan", case.name), &case, |bencher, case| {
            bencher.iter(|| case.exact_plan(&mut solver));
        });
        group.bench_with_input(BenchmarkId::new("linear_programme", case.name), &case, |bencher, case| {
            bencher.iter(|| case.linear_programme());
        });
    }
    group.finish();
}

criterion_group!(benches, optimum);
criterion_main!(benches);
