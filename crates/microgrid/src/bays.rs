//! A day of a charging station, bay by bay.

use microgrid_core::demand::SessionOutcome;
use microgrid_core::dispatch::Dispatch;
use microgrid_core::simulation::Block;
use microgrid_core::{Plan, Problem, Problems, Scenario};
use microgrid_report::{BayDay, BayDraw, BayStay};

use crate::optimum::controller;

/// What the bays of a station, the `station`th of the scenario, did on a day of a run under `strategy`, both counted from 0:
/// for [`bays_svg`](microgrid_report::bays_svg). The run goes on to its end, which tells who leaves short.
///
/// # Errors
/// All problems of the scenario, or else of the strategy's settings; no such station, no such day.
pub fn bay_day(scenario: &Scenario, strategy: &Dispatch, station: usize, day: usize) -> Result<BayDay, Problems> {
    let plan = Plan::compile(scenario)?;
    let Some(given) = scenario.stations.get(station) else {
        let problem = Problem::new("demand.station", "is not there").value(station);
        return Err(problem.allowed(format!("{} stations, counted from 0", scenario.stations.len())).into());
    };
    if day >= plan.days() {
        let problem = Problem::new("day", "is after the run").value(day);
        return Err(problem.allowed(format!("0 to {}", plan.days() - 1)).into());
    }
    let mut block = Block::pack([&plan], [controller(strategy, &plan)?]);
    block.march(day, &mut ());
    let first_steps = &scenario.calendar.day_first_step;
    let (first, last) = (first_steps[day] as usize, first_steps[day + 1] as usize);
    let (step_h, mut draws) = (plan.step_h(), Vec::new());
    let mut before = block.sessions(0, station);
    for step in first..last {
        block.advance(1, &mut ());
        let after = block.sessions(0, station);
        let from_h = (step - first) as f64 * step_h;
        for (now, then) in after.iter().zip(&before) {
            let (drawn_kwh, Some(bay)) = (now.drawn_kwh - then.drawn_kwh, now.bay) else { continue };
            let share = drawn_kwh / step_h / given.bays[bay as usize].supply.rating_kw();
            if share > 0.0 {
                draws.push(BayDraw { bay: bay as usize, from_h, until_h: from_h + step_h, share });
            }
        }
        before = after;
    }
    block.march(usize::MAX, &mut ());
    let hours = (last - first) as f64 * step_h;
    let begin_h = first as f64 * step_h;
    let stay = |session: &SessionOutcome| {
        let of_day = |second: i64| second as f64 / 3600.0 - begin_h;
        let (from_h, until_h) = (of_day(session.plugged_s), of_day(session.until_s));
        let bay = session.bay.filter(|_| from_h < hours && until_h > 0.0)? as usize;
        Some(BayStay { bay, from_h, until_h, is_met: session.is_met() })
    };
    Ok(BayDay {
        title: format!("{}, {}: day {day}, {}", scenario.name, given.name, given.scheduler.name()),
        bays: given.bays.len(),
        hours,
        stays: block.sessions(0, station).iter().filter_map(stay).collect(),
        draws,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Calendar;
    use crate::demand::{ChargingSession, Station, Supply};

    /// Two days of hours; a car over midnight, and one on the second day whose stay is too short.
    #[test]
    fn a_day_is_its_stays_and_its_steps() {
        let mut site = Scenario::new("site", Calendar::days(3600, 2));
        let supply = Supply::Power { power_max_kw: 10.0, power_min_kw: 0.0, efficiency: 1.0 };
        let sessions =
            [ChargingSession::new(20 * 3600, 30 * 3600, 65.0), ChargingSession::new(40 * 3600, 41 * 3600, 15.0)];
        site.stations = vec![Station { sessions: sessions.into(), ..Station::of_bays(1, supply) }];
        let [first, second] = [0, 1].map(|day| bay_day(&site, &Dispatch::Idle, 0, day).unwrap());
        assert_eq!((first.stays.len(), first.draws.len(), second.stays.len(), second.draws.len()), (1, 4, 2, 4));
        assert_eq!((second.stays[0].from_h, second.stays[0].until_h, second.stays[0].is_met), (-4.0, 6.0, true));
        assert!(!second.stays[1].is_met);
        let shares: Vec<f64> = second.draws.iter().map(|draw| draw.share).collect();
        assert!(shares.iter().zip([1.0, 1.0, 0.5, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{shares:?}");
        assert!(bay_day(&site, &Dispatch::Idle, 1, 0).is_err() && bay_day(&site, &Dispatch::Idle, 0, 2).is_err());
    }
}
