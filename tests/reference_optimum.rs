//! Reference: the optimum that other solvers found (tests/data/peers), reached by runs of the simulator.
//!
//! A plan that the physics does not follow, a price that the plan does not see, or a meter that counts otherwise would
//! leave these figures.

use crate::peers::{SPOT, TIME_OF_USE, cut_in_four, site};
use microgrid::dispatch::{Bound, BoundKind, Controller, Dispatch, NamedForecast, OptimalPlan, RollingHorizon};
use microgrid::utility::DemandCharge;
use microgrid::{Plan, Scenario, simulate};

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "found {found}, expected {expected}");
}

/// Objective of `optimal`, which must be its bound and its plan's own cost.
fn optimum(site: &Scenario) -> f64 {
    let plan = Plan::compile(site).unwrap();
    let lower = OptimalPlan::solve(&plan).unwrap().lower().unwrap();
    let outcome = simulate(&plan, Controller::built_in(&Dispatch::Optimal, &plan).unwrap());
    let bound = Bound::of(&plan);
    assert_eq!((bound.kind, bound.reasons.len()), (BoundKind::ExactPlan, 0));
    close(outcome.money.objective, bound.objective.unwrap(), 1e-9);
    close(outcome.money.objective, lower, 1e-9);
    outcome.money.objective
}

#[test]
fn free_end() {
    close(optimum(&site(TIME_OF_USE)), 20_134.867_698_594, 1e-9);
    close(optimum(&site(SPOT)), 17_981.270_306_645, 1e-9);
}

/// Least cost of ending no lower than at the start, by duality: the optimum less the credit for energy left, at the
/// value of a stored kWh that makes it greatest. It is concave in the value, and rises while the end is below the start.
fn end_not_below_start(mut site: Scenario) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    let mut greatest = f64::NEG_INFINITY;
    for _ in 0..40 {
        let value = 0.5 * (low + high);
        site.stored_value_per_kwh = Some(value);
        let plan = Plan::compile(&site).unwrap();
        let outcome = simulate(&plan, Controller::built_in(&Dispatch::Optimal, &plan).unwrap());
        greatest = greatest.max(outcome.money.objective);
        if outcome.energy.stored_change_kwh < 0.0 {
            low = value;
        } else {
            high = value;
        }
    }
    greatest
}

#[test]
fn end_at_least_at_the_start() {
    close(end_not_below_start(site(TIME_OF_USE)), 20_142.446_645_963, 1e-9);
    close(end_not_below_start(site(SPOT)), 17_990.720_866_220, 1e-9);
}

fn with_demand(mut site: Scenario) -> Scenario {
    let mut tariff = (*site.tariff).clone();
    tariff.demand = vec![DemandCharge::new("demand", 10.0, 3600)];
    site.tariff = tariff.into();
    site
}

#[test]
fn demand_charges() {
    close(end_not_below_start(with_demand(site(TIME_OF_USE))), 24_098.721_013_813, 1e-6);
    close(end_not_below_start(with_demand(site(SPOT))), 21_248.054_286_441, 1e-6);
}

#[test]
fn cutting_each_hour_in_four_changes_nothing() {
    let site = site(SPOT);
    close(optimum(&cut_in_four(&site)), optimum(&site), 1e-9);
}

/// The same with a charge on the greatest hour: of its quarters the plan sees the peaks of each, and finds the same hour.
#[test]
fn nor_does_it_with_hourly_demand_windows() {
    for text in [TIME_OF_USE, SPOT] {
        let hours = with_demand(site(text));
        let quarters = cut_in_four(&hours);
        assert_eq!((quarters.calendar.step_s, quarters.tariff.demand[0].window_s), (900, 3600));
        let cost = |site: &Scenario| {
            let plan = Plan::compile(site).unwrap();
            let outcome = simulate(&plan, Controller::built_in(&Dispatch::Optimal, &plan).unwrap());
            (outcome.money.objective, outcome.money.demand_charge, OptimalPlan::solve(&plan).unwrap())
        };
        let (in_hours, in_quarters) = (cost(&hours), cost(&quarters));
        close(in_quarters.0, in_hours.0, 1e-9);
        assert!(in_hours.1 > 1e3 && (in_hours.1 - in_quarters.1).abs() < 1e-3 * in_hours.1);
        // The windows stand in the plan, not in its bound, which says so.
        assert!(in_quarters.2.reasons()[0].contains("over windows longer than a step is left out"));
        assert!(in_quarters.2.lower().unwrap() < in_hours.2.lower().unwrap());
    }
}

/// Cost of the spot case planned anew every hour over `horizon_h` hours.
fn rolling(horizon_h: f64, forecast: NamedForecast) -> f64 {
    let plan = Plan::compile(&site(SPOT)).unwrap();
    let settings = RollingHorizon { horizon_h, forecast, ..RollingHorizon::DEFAULT };
    let controller = Controller::built_in(&Dispatch::RollingHorizon(settings), &plan).unwrap();
    simulate(&plan, controller).money.objective
}

#[test]
fn rolling_horizons() {
    close(rolling(24.0, NamedForecast::Perfect), 17_981.270_307, 1e-9);
    // Shorter ones meet ties, which solvers break differently; a horizon wrong by an hour leaves the range.
    let (half_day, six_hours) = (rolling(12.0, NamedForecast::Perfect), rolling(6.0, NamedForecast::Perfect));
    assert!((18_043.565..18_043.835).contains(&half_day), "{half_day}");
    assert!((18_750.945..18_751.385).contains(&six_hours), "{six_hours}");
    // What is not known costs; a noise of zero is a perfect forecast, through the windowed solves.
    close(rolling(24.0, NamedForecast::Noisy { error: 0.0, seed: 3 }), 17_981.270_307, 1e-9);
    for forecast in
        [NamedForecast::PersistenceDay, NamedForecast::PersistenceWeek, NamedForecast::Noisy { error: 0.2, seed: 3 }]
    {
        let cost = rolling(24.0, forecast);
        assert!(cost > 17_981.271 && cost < 1.1 * 17_981.0, "{forecast:?} {cost}");
    }
}
