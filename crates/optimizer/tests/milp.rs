//! Integer programmes by HiGHS: the commitment plan's bound lies below their optimum and above the linear programme's,
//! and with negative prices the hull lies between both.
use crate::random_site::Random;
use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, OptimalPlan};
use microgrid_core::generation::Genset;
use microgrid_core::storage::Battery;
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use microgrid_optimizer::{Settings, bound, bound_by_simplex, milp_plan};
use std::sync::Arc;

/// Prints the figures that `tests/genset_weeks` keeps, and checks them.
#[test]
fn the_optimum_of_genset_weeks_is_as_noted() {
    let mut found = Vec::new();
    for (name, plan, optimum) in crate::genset_weeks::all() {
        let solved = milp_plan(&plan, &Settings { tolerance: 1e-6, ..Settings::default() }, 300.0).unwrap();
        println!(
            "{name}: {:.6} (proven {:.6}), run {:.6}",
            solved.objective,
            solved.lower,
            solved.outcome().money.objective
        );
        found.push((name, solved.objective, solved.outcome().money.objective, optimum));
    }
    for (name, objective, run, optimum) in found {
        assert!((objective - optimum).abs() < 3e-6 * optimum, "{name}: {objective} noted {optimum}");
        assert!(run < optimum * (1.0 + 1e-5), "{name}: {run}");
    }
}

#[test]
fn with_gensets_the_plans_enclose_the_optimum() {
    for seed in 0..20 {
        let random = &mut Random(seed);
        let mut site = Scenario::new("island", Calendar::days(3600, 1));
        site.loads = vec![Load::new("load", (0..24).map(|_| random.between(5.0, 45.0)).collect::<Vec<_>>())];
        site.connection.import_limit_kw = random.pick(&[0.0, 8.0]).into();
        site.connection.export_limit_kw = 0.0.into();
        site.tariff = Tariff::flat(random.pick(&[0.3, 0.9]), 0.0).into();
        let genset = |random: &mut Random| Genset {
            min_load: random.pick(&[0.3, 0.5]),
            start_cost: random.pick(&[0.0, 4.0]),
            min_up_h: random.pick(&[0.0, 3.0]),
            min_down_h: random.pick(&[0.0, 2.0]),
            ..Genset::diesel(random.pick(&[20.0, 30.0]), 1.1)
        };
        site.gensets = vec![genset(random), genset(random)];
        site.storage = vec![Battery::lithium_iron_phosphate(random.pick(&[20.0, 80.0]), 15.0)];
        site.stored_value_per_kwh = Some(0.2);
        let site = Plan::compile(&site).unwrap();
        let best = milp_plan(&site, &Settings { tolerance: 1e-7, ..Settings::default() }, 120.0).unwrap();
        let optimal = Arc::new(OptimalPlan::solve(&site).unwrap());
        let (linear, envelope) = (bound(&site).objective, optimal.lower().unwrap());
        let upper = simulate(&site, Controller::optimal(&optimal)).money.objective;
        let scale = best.objective.abs();
        assert!(linear <= envelope + 1e-7 * scale, "seed {seed}: {linear} above {envelope}");
        assert!(envelope <= best.objective + 1e-6 * scale, "seed {seed}: {envelope} above {}", best.objective);
        assert!(upper >= best.lower - 1e-6 * scale, "seed {seed}: {upper} below {}", best.lower);
        println!("{seed}: {:.4} {:.4} {:.4} {:.4}", linear / scale, envelope / scale, best.objective, upper / scale);
    }
}

#[test]
fn with_negative_prices_the_hull_lies_between_linear_and_integer_programme() {
    let (mut equal, mut dearer) = (0, 0);
    for seed in 0..60 {
        let random = &mut Random(seed ^ 0x9e9);
        let mut site = Scenario::new("spot", Calendar::days(3600, 2));
        site.loads = vec![Load::new("load", (0..48).map(|_| random.between(0.0, 20.0)).collect::<Vec<_>>())];
        let price = Price::Steps((0..48).map(|_| random.between(-0.3, 0.5)).collect());
        let component = || vec![PriceComponent { name: "spot".into(), price: price.clone() }];
        site.tariff = Tariff { import: component(), export: component(), ..Tariff::default() }.into();
        site.storage = vec![Battery {
            charge_efficiency: random.between(0.8, 1.0),
            discharge_efficiency: random.between(0.8, 1.0),
            ..Battery::lithium_iron_phosphate(random.pick(&[30.0, 90.0]), random.pick(&[5.0, 12.0]))
        }];
        site.stored_value_per_kwh = Some(0.1);
        let site = Plan::compile(&site).unwrap();
        let optimal = OptimalPlan::solve(&site).unwrap();
        let (linear, hull) = (bound(&site).objective, optimal.lower().unwrap());
        let best = milp_plan(&site, &Settings { tolerance: 1e-9, ..Settings::default() }, 120.0).unwrap().objective;
        let small = 1e-6 * best.abs().max(1.0);
        assert!(linear <= hull + small && hull <= best + small, "seed {seed}: {linear} {hull} {best}");
        equal += usize::from(hull - linear < small);
        dearer += usize::from(best - hull > small);
        let simplex = bound_by_simplex(&site, &Settings::default()).objective;
        assert!((simplex - linear).abs() < small, "seed {seed}: {simplex} {linear}");
    }
    println!("{equal} hulls are the linear programme's, {dearer} optima are above the hull");
    assert!(dearer > 0, "some site must need whole numbers");
}
