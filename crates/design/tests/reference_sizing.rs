//! Promise: sizes are those of six problems that HiGHS solved as one linear programme each (two methods that agree to 15
//! digits), their cost within 1e-6 and proven within 1e-6; what proves it is checked by a second, plain implementation that shares
//! no code with the first. Tolerances: the gap asked, 1e-6 of the cost.

use std::sync::Arc;

use microgrid_core::demand::{Load, Tier, ValueOfLostLoad};
use microgrid_core::generation::{FuelCurve, Genset, SeriesPlant};
use microgrid_core::simulation::{Calendar, RunEnd};
use microgrid_core::storage::Battery;
use microgrid_core::utility::{DemandCharge, Price, PriceComponent, Tariff};
use microgrid_core::{Plan, Scenario};
use microgrid_design::sizing::{Ending, Journal, Quantity, Site, Size, Sized, Sizer, Stop, Task, Year};
use serde_json::Value;

use super::sizing_check::{Columns, lower_cost};

pub(crate) fn data(name: &str) -> Value {
    let path = format!("{}/../../tests/data/sizing/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Columns of the series: plant of 100 kWp, load, import and export price.
pub(crate) fn series() -> [Vec<f64>; 4] {
    let path = format!("{}/../../tests/data/peers/case8760.csv", env!("CARGO_MANIFEST_DIR"));
    let mut columns: [Vec<f64>; 4] = Default::default();
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(cell.parse().unwrap());
        }
    }
    columns
}

/// The site of a problem, with a unit of each size.
pub(crate) fn scenario(parameters: &Value, outages: &[usize]) -> Scenario {
    let at = |key: &str| parameters[key].as_f64().unwrap_or(0.0);
    let [pv, load, import, export] = series();
    let mut site = Scenario::new("case", Calendar::common_year(3600));
    let per_kwp: Vec<f64> = pv.iter().map(|kw| kw / at("pv_reference_kwp")).collect();
    site.generation.push(SeriesPlant::new("pv", per_kwp));
    site.loads.push(Load { tier: Tier::Critical, ..Load::new("load", load) });
    site.storage.push(Battery {
        soc_min: at("soc_min_fraction"),
        initial_soc: at("soc_start_fraction"),
        reserve_soc: at("soc_min_fraction"),
        charge_efficiency: at("charge_efficiency"),
        discharge_efficiency: at("discharge_efficiency"),
        self_discharge_per_h: at("self_discharge_per_hour"),
        wear_cost_per_kwh: at("wear_per_kwh_discharged"),
        grid_forming: true,
        ..Battery::lithium_iron_phosphate(1.0, 1.0)
    });
    site.connection.import_limit_kw = at("import_max_kw").into();
    site.connection.export_limit_kw = at("export_max_kw").into();
    let component =
        |name: &str, prices: Vec<f64>| PriceComponent { name: name.into(), price: Price::Steps(prices.into()) };
    let mut tariff = Tariff {
        import: vec![component("import", import)],
        export: vec![component("export", export)],
        ..Tariff::default()
    };
    if at("demand_charge_per_kw_month") > 0.0 {
        tariff.demand.push(DemandCharge::new("peak", at("demand_charge_per_kw_month"), 3600));
    }
    site.tariff = Arc::new(tariff);
    site.run_end = RunEnd::NotBelowStart;
    if at("unserved_cost_per_kwh") > 0.0 {
        let value = at("unserved_cost_per_kwh");
        site.value_of_lost_load = ValueOfLostLoad::of_tiers(value, value, value);
    }
    if at("genset_capex_per_kw") > 0.0 {
        site.gensets.push(Genset {
            min_load: 0.0,
            fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.0, slope_per_kwh: 1.0 },
            ..Genset::diesel(1.0, at("genset_energy_cost_per_kwh"))
        });
    }
    for step in outages.iter().map(|step| *step as u32) {
        match site.outages.last_mut() {
            Some(last) if last.end == step => last.end += 1,
            _ => site.outages.push(step..step + 1),
        }
    }
    site
}

/// Yearly cost of a unit: the annuity over its own life, and upkeep.
fn annual(parameters: &Value, names: [&str; 3]) -> f64 {
    let at = |key: &str| parameters[key].as_f64().unwrap();
    let factor = microgrid_design::economics::capital_recovery_factor(at("discount_real"), at(names[1]));
    at(names[0]) * factor + at(names[2])
}

pub(crate) fn size(name: &str, quantity: Quantity, most: f64, cost_per_unit: f64) -> Size {
    let mut sets = vec![(quantity, 1.0)];
    if quantity == Quantity::ChargePower {
        sets.push((Quantity::DischargePower, 1.0));
    }
    Size { name: name.into(), sets, least: 0.0, most, existing: 0.0, cost_per_unit, capital_per_unit: 0.0, step: None }
}

pub(crate) fn sizes(parameters: &Value) -> Vec<Size> {
    let most = |key: &str| parameters[key].as_f64().unwrap();
    let cost = |names| annual(parameters, names);
    let mut sizes = vec![
        size(
            "pv_kwp",
            Quantity::Plant(0),
            most("pv_max_kwp"),
            cost(["pv_capex_per_kwp", "pv_life_years", "pv_om_per_kwp_year"]),
        ),
        size(
            "battery_kwh",
            Quantity::Capacity,
            most("battery_max_kwh"),
            cost(["battery_capex_per_kwh", "battery_life_years", "battery_om_per_kwh_year"]),
        ),
        size(
            "power_kw",
            Quantity::ChargePower,
            most("power_max_kw"),
            cost(["power_capex_per_kw", "power_life_years", "power_om_per_kw_year"]),
        ),
    ];
    if parameters["genset_max_kw"].is_number() {
        let names = ["genset_capex_per_kw", "genset_life_years", "genset_om_per_kw_year"];
        sizes.push(size("genset_kw", Quantity::Genset(0), most("genset_max_kw"), cost(names)));
    }
    sizes
}

/// Sizes, checks cost and proof against the reference's optimum, and returns what was found.
fn solved(case: &str, task: Task, optimum: f64) -> (Sized, Sizer) {
    let mut sizer = Sizer::new(task).unwrap();
    let found = sizer.run(Stop::default(), |_| true).unwrap();
    let gap = (found.cost - found.lower) / found.cost;
    println!("{case}: {} after {} evaluations, gap {gap:.2e}, {:?}", found.cost, found.evaluations, found.sizes);
    assert_eq!(found.ending, Ending::Proven, "{case}");
    assert!(gap <= 1e-6, "{case}: {gap}");
    // The optimum lies between both values, but for rounding.
    assert!(found.lower <= optimum * (1.0 + 1e-11), "{case}: {} above {optimum}", found.lower);
    assert!(found.cost >= optimum * (1.0 - 1e-11) && found.cost <= optimum * (1.0 + 1e-6), "{case}: {}", found.cost);
    (found, sizer)
}

#[test]
fn sizes_of_one_year() {
    for case in ["v1_tou", "v3_tou_demand_charge", "v4_islanded_genset", "v6_outages"] {
        let file = data(case);
        let outages = file["outage_steps_zero_based"].as_array().into_iter().flatten();
        let outages: Vec<usize> = outages.map(|step| step.as_u64().unwrap() as usize).collect();
        let parameters = &file["parameters"];
        let site = scenario(parameters, &outages);
        let task = Task::new(&Plan::compile(&site).unwrap(), sizes(parameters)).unwrap();
        let (found, sizer) = solved(case, task, file["optimum"]["total_annual_cost"].as_f64().unwrap());
        assert!(found.evaluations <= 60, "{case}: {}", found.evaluations);
        let columns = Columns::of(parameters, &outages);
        let checked = lower_cost(&columns, parameters, &sizer.certificate(), &sizer.task().sizes);
        assert!((checked - found.lower).abs() <= 1e-9 * found.cost, "{case}: {checked} instead of {}", found.lower);
    }
}

#[test]
fn sizes_over_explicit_years() {
    let file = data("v7_five_years");
    let parameters = &file["parameters"];
    let site = scenario(parameters, &[]);
    let mut sizes = sizes(parameters);
    // The reference's rules: linear salvage after five years, upkeep paid each year.
    let factors: Vec<f64> = file["discount_factors"].as_array().unwrap().iter().map(|f| f.as_f64().unwrap()).collect();
    for (size, cost) in sizes.iter_mut().zip(file["capital_coefficients"].as_array().unwrap()) {
        size.cost_per_unit = cost.as_f64().unwrap();
    }
    let year = |y: i32| Year {
        weight: factors[y as usize] * 1.02f64.powi(y),
        left: vec![0.995f64.powi(y), 1.0 - 0.02 * f64::from(y), 1.0],
        site: None,
    };
    let years = (0..5).map(year).collect();
    let task = Task::over_years(&Plan::compile(&site).unwrap(), sizes, years).unwrap();
    let (found, _) = solved("v7", task, file["objective"].as_f64().unwrap());
    assert!(found.evaluations <= 60, "{}", found.evaluations);
}

#[test]
fn the_cost_carbon_front() {
    let (file, parameters) = (data("v9_carbon_front"), data("v1_tou")["parameters"].clone());
    for point in file["points"].as_array().unwrap() {
        let at = |key: &str| point[key].as_f64().unwrap();
        let mut site = scenario(&parameters, &[]);
        site.carbon.intensity_kg_per_kwh = 0.55.into();
        site.carbon.price_per_kg = at("carbon_price_per_t") / 1000.0;
        let task = Task::new(&Plan::compile(&site).unwrap(), sizes(&parameters)).unwrap();
        let (found, _) = solved("v9", task, at("objective_with_carbon"));
        assert!(found.evaluations <= 60, "{}", found.evaluations);
    }
}

#[test]
fn the_cut_touches_the_cost_where_it_was_made() {
    for case in ["v1_tou", "v3_tou_demand_charge", "v4_islanded_genset"] {
        let file = data(case);
        let (parameters, cut) = (&file["parameters"], &file["cut_at"]);
        let site = scenario(parameters, &[]);
        let mut sizes = sizes(parameters);
        // Bounds of no width: one evaluation, and the cut there is the lower value.
        for size in &mut sizes {
            let value = cut[&size.name].as_f64().unwrap();
            (size.least, size.most, size.cost_per_unit) = (value, value, 0.0);
        }
        let task = Task::new(&Plan::compile(&site).unwrap(), sizes).unwrap();
        let mut sizer = Sizer::new(task).unwrap();
        let found = sizer.run(Stop { gap: 1e-9, evaluations: 200 }, |_| true).unwrap();
        let expected = cut["operating_cost"].as_f64().unwrap();
        assert!((found.cost / expected - 1.0).abs() < 1e-9, "{case}: {} {expected}", found.cost);
        assert!((found.lower / expected - 1.0).abs() < 1e-9, "{case}: {} {expected}", found.lower);
    }
}

#[test]
fn the_proven_band_holds_the_true_range_within_a_twentieth() {
    let file = data("v1_tou");
    let (parameters, range) = (&file["parameters"], &file["near_optimal_1_percent"]);
    let task = Task::new(&Plan::compile(&scenario(parameters, &[])).unwrap(), sizes(parameters)).unwrap();
    let mut sizer = Sizer::new(task).unwrap();
    sizer.run(Stop::default(), |_| true).unwrap();
    let before = sizer.progress().evaluations;
    let bands = sizer.bands(0.01).unwrap();
    println!("{} more evaluations: {bands:?}", sizer.progress().evaluations - before);
    for (band, name) in bands.iter().zip(["pv_kwp", "battery_kwh", "power_kw"]) {
        let [least, most] = ["min", "max"].map(|end| range[format!("{name}_{end}")].as_f64().unwrap());
        // The best cost is known to 1e-6, so the range at 1 % of it to some 1e-4 of itself.
        assert!(band.least <= least * 1.0001 && band.least >= 0.95 * least, "{name}: {band:?} {least}");
        assert!(band.most >= most * 0.9999 && band.most <= 1.05 * most, "{name}: {band:?} {most}");
        assert!(band.found_least >= least * 0.9999 && band.found_most <= most * 1.0001, "{name}: {band:?}");
    }
}

/// Caught: a part of a slope that is counted twice or not at all: at the optimum of the continuous sizes each unit earns what it
/// costs, and the parts come to that. Without a demand charge nothing earns by peaks, without a grid all does without it.
#[test]
fn what_units_earn_is_told_in_parts_that_add_up() {
    for case in ["v1_tou", "v3_tou_demand_charge", "v4_islanded_genset"] {
        let file = data(case);
        let parameters = &file["parameters"];
        let task = Task::new(&Plan::compile(&scenario(parameters, &[])).unwrap(), sizes(parameters)).unwrap();
        let mut sizer = Sizer::new(task).unwrap();
        sizer.run(Stop { gap: 1e-7, evaluations: 300 }, |_| true).unwrap();
        let earnings = sizer.earnings().unwrap();
        let worth = sizer.worth().unwrap();
        println!("{case}: {earnings:?}");
        for ((earned, worth), size) in earnings.iter().zip(&worth).zip(&sizer.task().sizes) {
            // Between what the next and what the last unit earn, a thousandth of the bounds to either side.
            let (low, high) = (worth.next.min(worth.last), worth.next.max(worth.last));
            let slack = 1e-6 * size.cost_per_unit;
            assert!(
                earned.total() >= low - slack && earned.total() <= high + slack,
                "{case}: {} {earned:?}",
                size.name
            );
            assert!(earned.parts().iter().all(|(_, part)| *part >= -slack), "{case}: {} {earned:?}", size.name);
        }
        let battery = &earnings[1];
        let no_peaks = earnings.iter().all(|earned| earned.peak <= 1e-6 * earned.total().abs());
        assert!(no_peaks || case == "v3_tou_demand_charge", "{case}: {earnings:?}");
        assert_eq!(battery.without_grid > 0.99 * battery.total(), case == "v4_islanded_genset", "{case}: {battery:?}");
        assert!(case == "v4_islanded_genset" || (battery.sun > 0.0 && earnings[0].own_use > 0.0), "{case}");
    }
}

/// Caught: a rule that reads the clock, the number of threads, or where it was asked to stop.
#[test]
fn a_search_stopped_early_is_the_beginning_of_the_whole_one() {
    let file = data("v1_tou");
    let parameters = &file["parameters"];
    let plan = Plan::compile(&scenario(parameters, &[])).unwrap();
    let run = |stops: &[f64]| {
        let mut sizer = Sizer::new(Task::new(&plan, sizes(parameters)).unwrap()).unwrap();
        let mut seen = Vec::new();
        for gap in stops {
            let note = |p: microgrid_design::sizing::Progress| {
                seen.push((p.evaluations, p.upper.to_bits(), p.lower.to_bits()));
                true
            };
            sizer.run(Stop { gap: *gap, ..Stop::default() }, note).unwrap();
        }
        seen
    };
    let whole = run(&[1e-6]);
    let early = run(&[1e-2]);
    assert!(early.len() < whole.len() && whole.starts_with(&early));
    assert_eq!(run(&[1e-2, 1e-4, 1e-6]), whole);
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (plan, parameters) = (plan.clone(), parameters.clone());
            std::thread::spawn(move || {
                let mut sizer = Sizer::new(Task::new(&plan, sizes(&parameters)).unwrap()).unwrap();
                let found = sizer.run(Stop::default(), |_| true).unwrap();
                found.sizes.iter().map(|size| size.to_bits()).collect::<Vec<_>>()
            })
        })
        .collect();
    let found: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(found.iter().all(|sizes| *sizes == found[0]));
}

/// Caught: an evaluation that is recalled as another's, a proof that needs what the journal does not have, an answer that depends on
/// where the search was killed. Whole, with counts, over years, and in parts (a demand charge).
#[test]
fn a_search_that_was_killed_goes_on_to_the_same_answer() {
    let path = std::env::temp_dir().join(format!("microgrid-killed-{}", std::process::id()));
    for (case, step, years) in
        [("v1_tou", 0.0, 1), ("v1_tou", 20.0, 1), ("v1_tou", 0.0, 3), ("v3_tou_demand_charge", 0.0, 1)]
    {
        let file = data(case);
        let parameters = &file["parameters"];
        let plan = Plan::compile(&scenario(parameters, &[])).unwrap();
        let mut sizes = sizes(parameters);
        sizes[1].step = (step > 0.0).then_some(step);
        let year = |y: i32| Year { weight: 1.0, left: vec![0.99f64.powi(y), 1.0, 1.0], site: None };
        let task = Task::over_years(&plan, sizes, (0..years).map(year).collect()).unwrap();
        let stop = Stop { gap: 1e-4, evaluations: 200 };
        let run = |sizer: &mut Sizer, most: usize| {
            let mut left = most;
            let found = sizer.run(stop, |_| {
                left -= 1;
                left > 0
            });
            (found.unwrap(), sizer.leaves())
        };
        let whole = run(&mut Sizer::new(task.clone()).unwrap(), usize::MAX);
        let _ = std::fs::remove_file(&path);
        let journal = Journal::open(&path).unwrap();
        run(&mut Sizer::new(task.clone()).unwrap().with_journal(&journal), 4);
        assert_eq!(journal.finish().unwrap(), (0, 4), "{case}");
        drop(journal);
        // Killed while it wrote.
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
        let journal = Journal::open(&path).unwrap();
        let again = run(&mut Sizer::new(task.clone()).unwrap().with_journal(&journal), usize::MAX);
        assert_eq!(again, whole, "{case}");
        assert_eq!(journal.finish().unwrap(), (3, whole.0.evaluations - 3), "{case}");
        // Another price is another search.
        let mut other = task;
        other.sizes[0].cost_per_unit *= 1.01;
        run(&mut Sizer::new(other).unwrap().with_journal(&journal), 2);
        assert_eq!(journal.finish().unwrap(), (3, whole.0.evaluations - 1), "{case}");
        std::fs::remove_file(&path).unwrap();
    }
}

/// Years that are chances of one year: the reference site under three loads. The mean is that of a search over the three as years; the
/// mean of the dearest third is at least the cost of the dearest alone at its own best sizes, and is at most what those
/// sizes come to; both are proven, by a certificate whose weights are checked.
#[test]
fn chances_of_a_year_by_their_mean_and_by_their_worst() {
    let file = data("v1_tou");
    let parameters = &file["parameters"];
    let site = |factor: f64| {
        let mut site = scenario(parameters, &[]);
        site.loads[0].scale = factor;
        site
    };
    let plan = Plan::compile(&site(1.0)).unwrap();
    let task = |shares: &[(f64, f64)]| {
        let year = |(factor, weight): &(f64, f64)| {
            let plan = Plan::compile(&site(*factor)).unwrap();
            let own = Site::of(&plan, &[]).unwrap();
            Year { weight: *weight, left: vec![1.0; 3], site: Some(Arc::new(own)) }
        };
        Task::over_years(&plan, sizes(parameters), shares.iter().map(year).collect()).unwrap()
    };
    let run = |task: Task| {
        let mut sizer = Sizer::new(task).unwrap();
        let found = sizer.run(Stop::default(), |_| true).unwrap();
        assert_eq!(found.ending, Ending::Proven);
        let certificate = sizer.certificate();
        assert!((certificate.lower_cost(sizer.task()) / found.lower - 1.0).abs() < 1e-9);
        (found, certificate)
    };
    let third = 1.0 / 3.0;
    let chances = [(0.9, third), (1.0, third), (1.1, third)];
    let (one, _) = run(task(&[(1.0, 1.0)]));
    let optimum = file["optimum"]["total_annual_cost"].as_f64().unwrap();
    assert!((one.cost / optimum - 1.0).abs() < 1e-6, "{}", one.cost);
    let (mean, _) = run(task(&chances));
    let (whole_tail, _) = run(task(&chances).with_tail(1.0).unwrap());
    assert!((mean.cost / whole_tail.cost - 1.0).abs() < 2e-6, "{} {}", mean.cost, whole_tail.cost);
    let (dear, _) = run(task(&[(1.1, 1.0)]));
    let (tail, certificate) = run(task(&chances).with_tail(third).unwrap());
    println!("mean {} tail {} dearest alone {}", mean.cost, tail.cost, dear.cost);
    // The dearest third is the year of most load alone, which nothing else makes cheaper.
    assert!((tail.cost / dear.cost - 1.0).abs() < 2e-6 && tail.cost > mean.cost * 1.01);
    assert!(certificate.weights[2] > 0.99 && certificate.weights.iter().sum::<f64>() < 1.0 + 1e-9);
    // Between both ends the mean of the dearest half counts the dearest twice as much as half of the middle.
    let (half, certificate) = run(task(&chances).with_tail(0.5).unwrap());
    assert!(half.cost > mean.cost && half.cost < tail.cost && (certificate.weights[2] - 2.0 * third).abs() < 1e-9);
    assert!(task(&chances).with_tail(0.0).is_err());
}
