//! Promise: every strategy is told its gap, and the bound it is measured against is proven.
//!
//! No strategy, whatever it asks for, costs less than the bound; where the bound is the exact plan, `optimal` costs it.

use crate::random_site::{Recipe, Whim, build, cases, compile, recipe, recipe_with_gensets};
use microgrid::dispatch::{Bound, BoundKind, Controller, Dispatch, OptimalPlan, Request, Site};
use microgrid::{Outcome, Plan, Scenario, simulate};
use proptest::prelude::*;

/// All money that a run moves: the scale of rounding.
fn turnover(outcome: &Outcome) -> f64 {
    let money = &outcome.money;
    let lines: f64 = outcome.bill.lines.iter().map(|line| line.amount.abs()).sum();
    lines + money.wear_cost + money.unserved_cost + money.carbon_cost + money.stored_credit.abs()
}

/// A user's rule that finds what rules of thumb miss: it follows a plan of requests drawn at random by the hour.
fn habit(seed: u64) -> Controller {
    let rule = move |site: &Site, ask: &mut Request| {
        for genset in (0..site.gensets().len()).filter(|genset| seed >> (40 + genset) & 1 == 1) {
            ask.genset(genset).run(site.deficit_kw().max(0.0));
        }
        for (i, battery) in site.batteries().iter().enumerate() {
            let hour = (f64::from(site.step()) * site.step_h()) as u64 % 24;
            match (seed >> (2 * (hour % 24))) & 3 {
                0 => ask.battery(i).charge(battery.charge_limit_kw()),
                1 => ask.battery(i).discharge(battery.discharge_limit_kw()),
                2 => ask.battery(i).power(site.deficit_kw()),
                _ => {}
            }
        }
    };
    Controller::own("habit", "none", Box::new(rule))
}

fn runs(plan: &Plan, seed: u64) -> Vec<Outcome> {
    let fitting = Dispatch::every_for(plan.scenario()).filter(|dispatch| dispatch.fits(plan).is_ok());
    let mut controllers: Vec<Controller> =
        fitting.map(|dispatch| Controller::built_in(&dispatch, plan).unwrap()).collect();
    controllers.extend([Whim::controller(seed), habit(seed), habit(seed.rotate_left(17))]);
    controllers.into_iter().map(|controller| simulate(plan, controller)).collect()
}

/// Runs every strategy beside the bound, and returns the bound.
fn hold(plan: &Plan, seed: u64) -> Result<Bound, TestCaseError> {
    let bound = Bound::of(plan);
    for mut outcome in runs(plan, seed) {
        let small = 1e-9 * turnover(&outcome) + 1e-9;
        let Some(least) = bound.objective else { continue };
        let objective = outcome.money.objective;
        let name = outcome.strategy.clone();
        prop_assert!(objective >= least - small, "{name} costs {objective}, below the bound {least}: {bound:?}");
        if name == "optimal" && bound.kind == BoundKind::ExactPlan {
            prop_assert!((objective - least).abs() <= small, "optimal {objective}, exact plan {least}: {bound:?}");
        }
        outcome.judge(&bound, None);
        let gap = outcome.gap.unwrap();
        let parts: f64 = gap.parts.iter().map(|part| part.amount).sum();
        prop_assert!((parts - gap.gap).abs() <= small && (objective - least - gap.gap).abs() <= small, "{gap:?}");
    }
    Ok(bound)
}

/// A site for which the exact plan is claimed to be exact: no term of the kinds that are left out.
fn plain(recipe: &Recipe) -> Scenario {
    let mut recipe = recipe.clone();
    (recipe.must_take, recipe.reserves, recipe.outages, recipe.demand_charges) = (false, false, 0, 0);
    recipe.batteries = recipe.batteries.min(1);
    let mut site = build(&recipe);
    // Prices are not negative and import is not below export; the tie serves the load.
    let tariff = std::sync::Arc::make_mut(&mut site.tariff);
    tariff.export.clear();
    tariff.import.retain(|component| match &component.price {
        microgrid::Price::Constant(price) => *price >= 0.0,
        microgrid::Price::Periods(_) | microgrid::Price::Blocks(_) => true,
        microgrid::Price::Steps(prices) => prices.iter().all(|price| *price >= 0.0),
    });
    (tariff.minimum, tariff.power_factor) = (None, None);
    site.connection.import_limit_kw = f64::INFINITY.into();
    site.connection.transformer = None;
    site
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_strategy_beats_the_bound(recipe in recipe()) {
        hold(&compile(&build(&recipe)), recipe.seed)?;
    }

    #[test]
    fn no_strategy_beats_the_bound_with_gensets(recipe in recipe_with_gensets()) {
        hold(&compile(&build(&Recipe { days: recipe.days.min(3), months: 1, ..recipe })), recipe.seed)?;
    }

    #[test]
    fn without_terms_left_out_the_bound_is_the_optimum(recipe in recipe()) {
        let plan = compile(&plain(&recipe));
        let bound = hold(&plan, recipe.seed)?;
        prop_assert_eq!(bound.kind, BoundKind::ExactPlan, "{:?}", bound);
        // Claimed by the plan itself, not only because the run happened to reach the bound.
        let optimal = OptimalPlan::solve(&plan).unwrap();
        prop_assert!(optimal.reasons().is_empty() && optimal.hull_steps() == 0, "{:?}", optimal.reasons());
    }

    /// Also with negative prices, barred batteries, limits, reserves and plants that must be taken, where steps are not
    /// convex: the run costs what the plan says, to rounding.
    #[test]
    fn steps_that_are_not_convex_are_planned_exactly(recipe in recipe()) {
        let recipe = Recipe { outages: 0, demand_charges: 0, batteries: 1, ..recipe };
        let mut site = build(&recipe);
        let tariff = std::sync::Arc::make_mut(&mut site.tariff);
        (tariff.minimum, tariff.power_factor) = (None, None);
        let plan = compile(&site);
        let bound = hold(&plan, recipe.seed)?;
        let optimal = OptimalPlan::solve(&plan).unwrap();
        prop_assert_eq!(optimal.hull_steps(), 0);
        if optimal.reasons().is_empty() {
            prop_assert_eq!(bound.kind, BoundKind::ExactPlan, "{:?}", bound);
        }
    }

    /// One billing month or three, with and without masks: the search for caps closes, and the run pays what it found.
    #[test]
    fn demand_charges_are_planned(recipe in recipe(), price in 0.5..30.0f64) {
        let mut site = plain(&recipe);
        let charge = microgrid::DemandCharge::new("demand", price, site.calendar.step_s);
        std::sync::Arc::make_mut(&mut site.tariff).demand = vec![charge];
        let bound = hold(&compile(&site), recipe.seed)?;
        let gap = bound.optimal_objective.unwrap() - bound.objective.unwrap();
        prop_assert!(gap <= 1e-6 * bound.objective.unwrap().abs() + 1e-6, "{bound:?}");
    }
}

#[test]
fn seeds_are_at_or_above_their_bounds() {
    for seed in ["minimal", "industrial-park", "workplace-hub", "residential-community", "island-genset"] {
        let path = format!("{}/seeds/{seed}", env!("CARGO_MANIFEST_DIR"));
        let plan = compile(&microgrid::load(path).unwrap().scenario);
        let bound = hold(&plan, 7).unwrap();
        assert!(bound.objective.is_some_and(|least| least < bound.idle_objective), "{bound:?}");
    }
}

/// Batteries that differ in size only are one storage; others are refused by name, and leave no bound.
#[test]
fn several_batteries() {
    let mut site = microgrid::load(format!("{}/seeds/minimal", env!("CARGO_MANIFEST_DIR"))).unwrap().scenario;
    let one = Bound::of(&compile(&site)).objective.unwrap();
    let part = |share: f64| {
        let whole = site.storage[0].clone();
        let (charge_max_kw, discharge_max_kw) = (share * whole.charge_max_kw, share * whole.discharge_max_kw);
        microgrid::Battery { capacity_kwh: share * whole.capacity_kwh, charge_max_kw, discharge_max_kw, ..whole }
    };
    site.storage = vec![part(0.25), part(0.75)];
    let split = hold(&compile(&site), 3).unwrap();
    assert_eq!(split.kind, BoundKind::ExactPlan);
    assert!((split.objective.unwrap() - one).abs() <= 1e-9 * one.abs(), "{split:?} against {one}");

    site.storage[1].charge_efficiency = 0.9;
    let plan = compile(&site);
    let bound = Bound::of(&plan);
    assert_eq!((bound.objective, bound.kind), (None, BoundKind::None));
    assert!(bound.reasons[0].contains("batteries that differ"), "{bound:?}");
    let refusal = Controller::built_in(&Dispatch::Optimal, &plan).unwrap_err().to_string();
    assert!(refusal.contains("dispatch.strategy") && refusal.contains("hint: "), "{refusal}");
}
