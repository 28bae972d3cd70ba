//! Batteries that age: rainflow of a year of minutes, a year of quarter hours with and without ageing in one lane and in
//! eight, and twenty years of quarter hours. One element is one step.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid::simulation::Years;
use microgrid::storage::Rainflow;
use microgrid::{Ageing, Block, Calendar, Controller, Dispatch, FadeModel, Plan, Scenario, Series};

mod site;

fn rainflow(criterion: &mut Criterion) {
    let (mut state, mut level) = (4242_u32, 0.5_f64);
    let walk: Vec<f64> = (0..525_600)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            level = (level + (f64::from(state) / 4_294_967_296.0 - 0.5) * 0.04).clamp(0.0, 1.0);
            level
        })
        .collect();
    let mut group = criterion.benchmark_group("rainflow");
    group.throughput(Throughput::Elements(walk.len() as u64)).sample_size(20);
    group.bench_function("a year of minutes", |bencher| {
        bencher.iter(|| {
            let (mut count, mut damage) = (Rainflow::with_room(64), 0.0);
            for level in &walk {
                count.push(*level, |cycle| damage += cycle.count * cycle.range);
            }
            black_box(damage)
        });
    });
    group.finish();
}

/// The reference year in quarter hours.
fn quarter_hours() -> Scenario {
    let mut scenario = site::smallest();
    let quarters = |series: &Series| -> Series {
        let Series::Steps(hours) = series else { return series.clone() };
        hours.iter().flat_map(|value| [*value; 4]).collect::<Vec<_>>().into()
    };
    scenario.calendar = Calendar::common_year(900).into();
    scenario.generation[0].power_kw = quarters(&scenario.generation[0].power_kw);
    scenario.loads[0].power_kw = quarters(&scenario.loads[0].power_kw);
    scenario.tariff = microgrid::Tariff::flat(0.8, 0.3).into();
    scenario
}

fn ageing(scenario: &Scenario, model: FadeModel) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.storage[0].ageing = Some(Ageing::new(model));
    scenario
}

fn year<const L: usize>(plan: &Plan) -> f64 {
    let ready = || Controller::built_in(&Dispatch::SelfConsumption, plan).unwrap();
    let mut block = Block::pack([plan; L], std::array::from_fn(|_| ready()));
    block.march(usize::MAX, &mut ());
    block.outcome(0).money.objective
}

fn years(criterion: &mut Criterion) {
    let plain = quarter_hours();
    let mut group = criterion.benchmark_group("ageing");
    let mut bench = |name: &str, scenario: &Scenario| {
        let plan = Plan::compile(scenario).unwrap();
        group.throughput(Throughput::Elements(plan.steps() as u64)).sample_size(20);
        group.bench_function(format!("{name}, one lane"), |bencher| bencher.iter(|| black_box(year::<1>(&plan))));
        group.throughput(Throughput::Elements(8 * plan.steps() as u64));
        group.bench_function(format!("{name}, eight lanes"), |bencher| bencher.iter(|| black_box(year::<8>(&plan))));
    };
    bench("plain", &plain);
    for model in FadeModel::ALL {
        bench(model.name(), &ageing(&plain, model));
    }
    let aged = ageing(&plain, FadeModel::NmcKokam75Ah);
    let twenty = Years { load_growth_percent: 1.0, ..Years::alike(20) };
    group.throughput(Throughput::Elements(20 * 35_040)).sample_size(10);
    group.bench_function("twenty years", |bencher| {
        bencher.iter(|| black_box(microgrid::run_years(&aged, &Dispatch::SelfConsumption, &twenty).unwrap().len()));
    });
    group.finish();
}

criterion_group!(benches, rainflow, years);
criterion_main!(benches);
