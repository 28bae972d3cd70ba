//! The bound by weighted windows beside the linear programme, whose optimum it may not exceed and should reach.

use microgrid_core::dispatch::{Bound, BoundKind, Controller, Dispatch};
use microgrid_core::utility::DemandCharge;
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use microgrid_optimizer::{bound, plan};

use crate::random_site;

/// A site whose demand charge counts windows of two or four steps; `None` where the random site is not of that length.
fn windowed(mut site: Scenario) -> Option<(Scenario, u32)> {
    let windows = match (site.calendar.step_s, site.calendar.steps()) {
        (1800, 96) => {
            site.calendar = Calendar::days(900, 1).into();
            4
        }
        (1800, _) => 2,
        _ => return None,
    };
    let mut tariff = (*site.tariff).clone();
    if tariff.demand.is_empty() {
        tariff.demand.push(DemandCharge::new("demand", 0.7, 3600));
    }
    for charge in &mut tariff.demand {
        charge.window_s = 3600;
        charge.price_per_kw = charge.price_per_kw.iter().map(|price| price.max(0.3)).collect();
    }
    site.tariff = tariff.into();
    Some((site, windows))
}

/// Weak duality on sites of every kind, and nearness on convex ones. Mutations it catches: a weight's sum above the charge's
/// price, a kWh's price with the wrong length of window or step, a window over two days, a threshold that is not taken off.
#[test]
fn the_bound_by_windows_is_below_every_run_and_near_the_programme() {
    let (mut bounded, mut convex, mut reached, mut near, mut masked, mut outages) = (0, 0, 0, 0, 0, 0);
    for seed in 0..240 {
        let is_convex = seed < 160;
        let site = if is_convex { random_site::convex(seed) } else { random_site::any(seed) };
        let Some((site, windows)) = windowed(site) else { continue };
        let Ok(plan_of) = Plan::compile(&site) else { continue };
        let Some(found) = Bound::of_windows(&plan_of) else { continue };
        assert_eq!(found.kind, BoundKind::Relaxation);
        let lower = found.objective.unwrap();
        bounded += 1;
        masked += usize::from(site.tariff.demand[0].counted_steps.is_some());
        outages += usize::from(!site.outages.is_empty());
        let idle = simulate(&plan_of, Controller::built_in(&Dispatch::Idle, &plan_of).unwrap());
        let money: f64 = idle.bill.lines.iter().map(|line| line.amount.abs()).sum::<f64>() + idle.money.unserved_cost;
        let small = 1e-8 * money.max(1.0);
        for dispatch in [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse] {
            let run = simulate(&plan_of, Controller::built_in(&dispatch, &plan_of).unwrap());
            assert!(lower <= run.money.objective + small, "seed {seed}: {lower} {}", run.money.objective);
        }
        if let Ok(planned) = plan(&plan_of) {
            let reach = planned.outcome().money.objective;
            assert!(lower <= reach + 1e-6 * money.max(1.0), "seed {seed}, {windows} steps: {lower} above {reach}");
        }
        if is_convex {
            let programme = bound(&plan_of);
            if !programme.relaxations.is_empty() {
                continue;
            }
            convex += 1;
            let open = (programme.objective - lower) / money.max(1.0);
            assert!(open > -1e-6, "seed {seed}: {lower} above {}", programme.objective);
            reached += usize::from(open < 1e-6);
            near += usize::from(open < 0.02);
        }
    }
    println!(
        "{bounded} bounded sites, {masked} with windows counted in part, {outages} with outages; of {convex} convex ones \
         {reached} within 1e-6 of the programme and {near} within 2 % of the turnover"
    );
    assert!(bounded > 50 && convex > 25 && masked > 5 && outages > 8, "{bounded} {convex} {masked} {outages}");
    assert!(near * 10 >= convex * 8, "{near} of {convex} within 2 %, {reached} within 1e-6");
}
