//! Promise: years that follow each other are the run of one year, again and again: the first is the run of one year, and a run
//! that goes on from any year's end is the run at once, to the bit. And: a march whose batteries age allocates nothing.

use microgrid::dispatch::Controller;
use microgrid::{
    Ageing, Battery, Block, Calendar, Dispatch, EndOfLife, EndOfLifeAction, FadeModel, Plan, RunEnd, Scenario, Series,
    YearRun, YearState, Years, run_without_bound, run_years, run_years_after,
};

use crate::random_site::{Recipe, build};

/// A site of three weeks a year, hot enough to be renewed.
fn site(seed: u64, model: FadeModel, action: EndOfLifeAction) -> Scenario {
    let recipe = Recipe {
        step_s: 3600,
        days: 21,
        months: 1,
        plants: 1,
        batteries: 2,
        leaks: true,
        loads: 2,
        seed,
        ..Recipe::default()
    };
    let mut site = build(&recipe);
    for battery in &mut site.storage {
        battery.capacity_kwh = battery.capacity_kwh.max(10.0);
        battery.ageing = Some(Ageing {
            temperature_c: Series::Constant(58.0),
            end_of_life: EndOfLife { capacity_percent: 99.0, action, cost_per_kwh: 300.0 },
            ..Ageing::new(model)
        });
    }
    site
}

fn growing(count: u32) -> Years {
    Years {
        load_growth_percent: 2.0,
        generation_growth_percent: -0.5,
        import_price_growth_percent: 3.0,
        export_price_growth_percent: 1.0,
        demand_price_growth_percent: 1.5,
        fixed_price_growth_percent: 1.0,
        replacement_cost_growth_percent: -5.0,
        ..Years::alike(count)
    }
}

#[test]
fn years_at_once_are_years_resumed() {
    let (mut renewed, mut cases) = (0, 0);
    for (seed, model) in (0_u64..).zip(FadeModel::ALL) {
        for action in EndOfLifeAction::ALL {
            let site = site(seed, model, action);
            let strategy = if seed % 2 == 0 { Dispatch::SelfConsumption } else { Dispatch::TimeOfUse };
            let years = growing(6);
            let Ok(whole) = run_years(&site, &strategy, &years) else { continue };
            cases += 1;
            let alone = run_without_bound(&site, std::slice::from_ref(&strategy), None).unwrap().remove(0);
            let numbers =
                |run: &YearRun| (run.outcome.energy, run.outcome.money.clone(), run.outcome.batteries.clone());
            assert_eq!(numbers(&whole[0]), (alone.energy, alone.money.clone(), alone.batteries.clone()));
            for year in 1..6 {
                // Through JSON, as a file would keep it.
                let text = serde_json::to_string(&whole[year - 1].state).unwrap();
                let state: YearState = serde_json::from_str(&text).unwrap();
                let rest = run_years_after(&site, &strategy, &years, Some((year as u32, &state))).unwrap();
                assert_eq!(rest, whole[year..], "{} after year {year}", model.name());
            }
            for pair in whole.windows(2) {
                let of = |run: &YearRun| run.outcome.batteries.clone();
                for (before, after) in of(&pair[0]).iter().zip(of(&pair[1])) {
                    assert!((before.end_kwh - after.start_kwh).abs() <= 1e-12 * before.end_kwh.max(1.0));
                    let (before, after) = (before.health.as_ref().unwrap(), after.health.unwrap());
                    assert_eq!(before.end_capacity_percent, after.start_capacity_percent);
                }
            }
            let health = |run: &YearRun| {
                let batteries = run.outcome.batteries.iter().filter_map(|battery| battery.health.clone());
                batteries.map(|health| health.replacements + health.augmentations).sum::<u32>()
            };
            renewed += whole.iter().map(health).sum::<u32>();
        }
    }
    assert!(cases >= 8 && renewed >= 4, "{cases} {renewed}");
}

/// Growth is that of its factor: twice the load in the second year is the run of twice the load.
#[test]
fn a_grown_year_is_the_run_of_the_grown_site() {
    let mut site = Scenario::new("site", Calendar::days(3600, 4));
    site.loads.push(microgrid::Load::new("load", (0..96).map(|h| f64::from(h % 24)).collect::<Vec<_>>()));
    site.storage.push(Battery::lithium_iron_phosphate(20.0, 10.0));
    site.tariff = microgrid::Tariff::flat(0.8, 0.3).into();
    site.run_end = RunEnd::NotBelowStart;
    let years = Years { load_growth_percent: 50.0, import_price_growth_percent: 25.0, ..Years::alike(2) };
    let runs = run_years(&site, &Dispatch::Idle, &years).unwrap();
    site.loads[0].scale = 1.5;
    site.tariff = microgrid::Tariff::flat(1.0, 0.3).into();
    let alone = run_without_bound(&site, &[Dispatch::Idle], None).unwrap().remove(0);
    assert_eq!((runs[1].outcome.money.bill_total, runs[1].outcome.energy), (alone.money.bill_total, alone.energy));
    let wrong = Years { load_growth_percent: 51.0, fuel_price_growth_percent: f64::NAN, ..Years::alike(0) };
    let problems = run_years(&site, &Dispatch::Idle, &wrong).unwrap_err();
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["years.count", "years.load_growth_percent", "years.fuel_price_growth_percent"]);
    // Export that comes to pay more than import costs is a mistake in its year.
    let dear = Years { export_price_growth_percent: 50.0, ..Years::alike(5) };
    let message = run_years(&site, &Dispatch::Idle, &dear).unwrap_err().to_string();
    assert!(message.contains("in year 5") || message.contains("in year 4"), "{message}");
}

/// Hydrogen in the tank and the voltage of the stack go over, and a year that goes on after another is the years at once.
#[test]
fn hydrogen_goes_over_from_year_to_year() {
    use microgrid::storage::{Compressor, Electrolyser, FuelCell, HydrogenPlant};
    let mut site = Scenario::new("park", Calendar::days(3600, 30));
    let sun = |step: i32| {
        (60.0 - 2.0 * f64::from((step % 24 - 12) * (step % 24 - 12))).max(0.0) * f64::from(1 + step % 7) / 4.0
    };
    site.generation.push(microgrid::SeriesPlant::new("sun", (0..720).map(sun).collect::<Vec<_>>()));
    site.loads.push(microgrid::Load::new("load", 12.0));
    site.tariff = microgrid::Tariff::flat(0.8, 0.1).into();
    let plant = HydrogenPlant {
        electrolyser: Some(Electrolyser::pem(40.0)),
        compressor: Some(Compressor::default()),
        fuel_cell: Some(FuelCell::pem(10.0)),
        ..HydrogenPlant::with_tank(8.0, 200.0)
    };
    site.hydrogen.push(plant);
    let years = Years::alike(4);
    let runs = run_years(&site, &Dispatch::SelfConsumption, &years).unwrap();
    let of = |run: &YearRun, key: &str| run.outcome.devices.iter().find_map(|device| device.get(key)).unwrap();
    for pair in runs.windows(2) {
        let [before, after] = [&pair[0], &pair[1]];
        let start_kg = of(after, "end_kg") - of(after, "change_kg");
        assert!((start_kg - of(before, "end_kg")).abs() < 1e-9, "{start_kg}");
        assert!(of(after, "voltage_rise_v") > of(before, "voltage_rise_v"));
    }
    let first = run_without_bound(&site, &[Dispatch::SelfConsumption], None).unwrap().remove(0);
    assert_eq!((first.energy, &first.devices), (runs[0].outcome.energy, &runs[0].outcome.devices));
    for year in 1..4 {
        let text = serde_json::to_string(&runs[year - 1].state).unwrap();
        let state: YearState = serde_json::from_str(&text).unwrap();
        let rest = run_years_after(&site, &Dispatch::SelfConsumption, &years, Some((year as u32, &state))).unwrap();
        assert_eq!(rest, runs[year..]);
    }
}

#[test]
fn batteries_age_without_allocation() {
    for model in FadeModel::ALL {
        let plan = Plan::compile(&site(3, model, EndOfLifeAction::Augment)).unwrap();
        let ready = || Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap();
        let mut block = Block::pack([&plan, &plan], [ready(), ready()]);
        let counted = allocation_counter::measure(|| block.march(usize::MAX, &mut ()));
        let health = block.outcome(0).batteries[0].health.clone().unwrap();
        assert!(health.end_capacity_percent < 100.0, "{health:?}");
        assert_eq!(counted.count_total, 0, "{}", model.name());
    }
}
