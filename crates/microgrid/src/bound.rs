//! The proven bound of a plan, by the exact plan where it reaches and by linear programme elsewhere.

use std::sync::Arc;

use microgrid_core::dispatch::{Bound, BoundKind, OptimalPlan};
use microgrid_core::{Plan, Problems};

/// The least objective that any strategy can reach on a plan, as far as it is proven: by the exact plan, which takes
/// milliseconds, or, on sites it does not fit, such as of batteries that differ, by linear programme, which takes about
/// a second a year of hours.
#[must_use]
pub fn bound(plan: &Plan) -> Bound {
    bound_beside(plan, OptimalPlan::solve(plan).map(Arc::new).as_ref())
}

/// As [`bound`], from an exact plan solved already, or the reason why there is none.
pub(crate) fn bound_beside(plan: &Plan, optimal: Result<&Arc<OptimalPlan>, &Problems>) -> Bound {
    let exact = Bound::with(plan, optimal);
    let scenario = plan.scenario();
    let has_windows = scenario.tariff.demand.iter().any(|charge| charge.window_s > scenario.calendar.step_s);
    // The exact plan leaves charges on windows longer than a step out of its bound; the linear programme has them.
    if exact.objective.is_some() && !(has_windows && exact.kind == BoundKind::Relaxation) {
        return exact;
    }
    let proven = microgrid_optimizer::bound(plan);
    if !proven.objective.is_finite() || exact.objective.is_some_and(|least| least >= proven.objective) {
        return exact;
    }
    let reasons: Vec<String> = proven.relaxations.iter().map(ToString::to_string).collect();
    let kind = if reasons.is_empty() { BoundKind::LpDual } else { BoundKind::Relaxation };
    Bound { objective: Some(proven.objective), kind, reasons, ..exact }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Battery, Calendar, Dispatch, Load, Scenario, run};

    #[test]
    fn batteries_that_differ_have_a_bound_by_linear_programme() {
        let mut site = Scenario::new("site", Calendar::days(3600, 3));
        site.loads.push(Load::new("load", (0..72).map(|hour| f64::from(hour % 24)).collect::<Vec<_>>()));
        site.tariff = crate::Tariff::flat(0.8, 0.3).into();
        let worn = Battery { charge_efficiency: 0.8, ..Battery::lithium_iron_phosphate(30.0, 5.0) };
        site.storage = vec![Battery::lithium_iron_phosphate(20.0, 10.0), worn];
        site.stored_value_per_kwh = Some(0.0);
        let strategies = [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse];
        for outcome in run(&site, &strategies, None).unwrap() {
            let (bound, gap) = (outcome.bound.unwrap(), outcome.gap.unwrap());
            assert_eq!((bound.kind, bound.kind.name(), bound.reasons.len()), (BoundKind::LpDual, "lp_dual", 0));
            // What the stores hold at the start is all there is to gain: nothing else varies.
            let gained = 0.8 * 0.95 * (0.4 * 20.0 + 0.4 * 30.0);
            let least = outcome.energy.load_kwh * 0.8 - gained;
            assert!((bound.objective.unwrap() - least).abs() < 1e-6 * least, "{bound:?} {least}");
            assert!(gap.gap >= -1e-9, "{gap:?}");
        }
        site.tariff = crate::Tariff::flat(-0.1, -0.2).into();
        let bound = bound(&Plan::compile(&site).unwrap());
        assert_eq!(
            (bound.kind, bound.reasons.as_slice()),
            (BoundKind::Relaxation, &["charge_with_discharge".into()][..])
        );
    }
}
