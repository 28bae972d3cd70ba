//! The linear programme against figures of other solvers (tests/data/peers): one site, 8760 h, two price files.

use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::simulate;
use microgrid_optimizer::{Certificate, EndRule, Settings, bound, plan, plan_with};

fn certificate(file: &str, demand_price: Option<f64>, end: EndRule) -> Certificate {
    let plan = crate::peers::plan(file, demand_price);
    plan_with(&plan, &Settings { end, ..Settings::default() }).unwrap().certificate().clone()
}

/// The figure lies between the proven values, and they enclose it to `relative`. The figures have nine decimals.
fn encloses(certificate: &Certificate, figure: f64, relative: f64) {
    let Certificate { lower, upper, gap, checked } = certificate;
    assert!(*lower <= figure + 1e-9 && figure <= *upper + 1e-9, "{lower} to {upper} for {figure}");
    assert!(*gap <= relative * figure, "gap {gap} at {figure}");
    assert!(checked.bound.relaxations.is_empty() && checked.bound.kind() == "lp_dual", "{checked:?}");
    assert!(checked.bound.rounding < 1e-11 * figure, "{checked:?}");
}

#[test]
fn year_not_below_start() {
    encloses(&certificate("case8760.csv", None, EndRule::NotBelowStart), 20142.446645963, 1e-8);
    encloses(&certificate("case8760_spot.csv", None, EndRule::NotBelowStart), 17990.720866220, 1e-8);
}

#[test]
fn year_with_a_free_end() {
    encloses(&certificate("case8760.csv", None, EndRule::Free), 20134.867698594, 1e-8);
    encloses(&certificate("case8760_spot.csv", None, EndRule::Free), 17981.270306645, 1e-8);
}

#[test]
fn year_with_monthly_demand_charges() {
    encloses(&certificate("case8760.csv", Some(10.0), EndRule::NotBelowStart), 24098.721013813, 1e-6);
    encloses(&certificate("case8760_spot.csv", Some(10.0), EndRule::NotBelowStart), 21248.054286441, 1e-6);
}

#[test]
fn the_bound_is_below_every_strategy_and_the_plan_meets_it() {
    let site = crate::peers::plan("case8760.csv", Some(10.0));
    let best = plan(&site).unwrap();
    let certificate = best.certificate();
    assert_eq!(bound(&site).objective, certificate.lower, "same bits, solve for solve");
    assert_eq!(simulate(&site, best.controller()).money, best.outcome().money);
    assert_eq!(best.outcome().strategy, "lp_plan");
    assert!(certificate.gap < 1e-7 * certificate.upper, "{certificate:?}");
    for dispatch in Dispatch::ALL {
        let objective = simulate(&site, Controller::built_in(&dispatch, &site).unwrap()).money.objective;
        assert!(objective > certificate.upper, "{} is no better than the plan", dispatch.name());
    }
}
