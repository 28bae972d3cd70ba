//! What only a look at every step tells: when load was shed and how much, and what each charging session got.

use microgrid_core::demand::{SessionOutcome, Task};
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::simulation::{Block, StepRecord};
use microgrid_core::{Outcome, Plan, Problems, Scenario};
use microgrid_report::Delivery;

use crate::optimum::controller;

/// Sets the hours and the greatest power of shed load beside a run that shed some, by running it once more.
pub(crate) fn look_at_shedding(plan: &Plan, controller: Controller, outcome: &mut Outcome) {
    let (mut steps, mut greatest_kw) = (0_u32, 0.0_f64);
    record(plan, controller, &mut |step| {
        let shed_kw: f64 = step.unserved_kw.iter().sum();
        steps += u32::from(shed_kw > 0.0);
        greatest_kw = greatest_kw.max(shed_kw);
    });
    outcome.indicators.shed_h = Some(f64::from(steps) * plan.step_h());
    outcome.indicators.shed_max_kw = Some(greatest_kw);
}

/// What each charging session and each window of a shiftable load got in a run of `scenario` under `strategy`, load by
/// load in the order of the scenario, then station by station. Those whose window lies outside the run are left out.
///
/// At a station a session stands there from when it is plugged in, and its energy is that in the pack. What is shed of a tier in a step is shared by its loads, and by the sessions that draw then, in proportion to what they
/// draw.
///
/// # Errors
/// All problems of the scenario, or else of the strategy's settings.
pub fn deliveries(scenario: &Scenario, strategy: &Dispatch) -> Result<Vec<Delivery>, Problems> {
    let plan = Plan::compile(scenario)?;
    let steps = plan.steps();
    let mut asked_kw = vec![[0.0; 3]; steps];
    for load in &scenario.loads {
        for (step, asked) in asked_kw.iter_mut().enumerate() {
            asked[load.tier as usize] += load.scale * load.power_kw.at(step);
        }
    }
    let mut served = vec![[1.0; 3]; steps];
    let at_stations = record(&plan, controller(strategy, &plan)?, &mut |step| {
        let of_step = step.step as usize;
        for tier in 0..3 {
            let (asked, shed) = (asked_kw[of_step][tier], step.unserved_kw[tier]);
            if shed > 0.0 && asked > 0.0 {
                served[of_step][tier] = 1.0 - (shed / asked).min(1.0);
            }
        }
    });
    let step_s = scenario.calendar.step_s;
    let end_s = steps as i64 * i64::from(step_s);
    let mut all = Vec::new();
    for load in &scenario.loads {
        let shares = |step: usize| served[step][load.tier as usize];
        let within = load.tasks.iter().enumerate().filter(|(_, task)| task.from_s < end_s && task.until_s > 0);
        all.extend(within.map(|(number, task)| Delivery {
            load: load.name.clone(),
            number,
            from_s: task.from_s,
            until_s: task.until_s,
            power_max_kw: load.scale * task.power_max_kw,
            wanted_kwh: load.scale * (task.energy_kwh - task.drawn_kwh(0)),
            delivered_kwh: load.scale * delivered_kwh(task, step_s, steps, &shares),
        }));
    }
    for (station, sessions) in scenario.stations.iter().zip(at_stations) {
        all.extend(sessions.iter().map(|session| Delivery {
            load: station.name.clone(),
            number: session.session as usize,
            from_s: session.plugged_s,
            until_s: session.until_s,
            power_max_kw: session.bay.map_or(0.0, |bay| station.bays[bay as usize].supply.rating_kw()),
            wanted_kwh: session.wanted_kwh,
            delivered_kwh: session.delivered_kwh(),
        }));
    }
    Ok(all)
}

/// What of the task's draw is served, step by step.
fn delivered_kwh(task: &Task, step_s: u32, steps: usize, share: &dyn Fn(usize) -> f64) -> f64 {
    let length_s = i64::from(step_s);
    let first = (task.from_s.max(0) / length_s) as usize;
    let last = ((task.until_s - 1).max(0) / length_s) as usize;
    let of_step = |step: usize| task.mean_kw(step as i64 * length_s, step_s) * share(step);
    (first..steps.min(last + 1)).map(of_step).sum::<f64>() * f64::from(step_s) / 3600.0
}

/// Shows every step of a run, and returns what became of the sessions of each station.
fn record(plan: &Plan, controller: Controller, see: &mut dyn FnMut(&StepRecord<'_>)) -> Vec<Vec<SessionOutcome>> {
    let mut block = Block::pack([plan], [controller]);
    block.march(plan.days(), &mut |_lane: usize, step: &StepRecord<'_>| see(step));
    (0..plan.scenario().stations.len()).map(|station| block.sessions(0, station)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::serve;
    use crate::{Calendar, Load, Tier, run};

    /// A station's sessions stand after those of loads, and add up to what it delivered.
    #[test]
    fn sessions_at_stations_are_deliveries_too() {
        use crate::demand::{ChargingSession, Station, Supply};
        let mut site = site();
        let supply = Supply::Power { power_max_kw: 10.0, power_min_kw: 0.0, efficiency: 0.9 };
        let stay = |from_h: i64| ChargingSession::new(from_h * 3600, (from_h + 2) * 3600, 12.0 + from_h as f64);
        site.stations = vec![Station { sessions: [stay(1), stay(8)].into(), ..Station::of_bays(1, supply) }];
        let outcome = run(&site, &[Dispatch::Idle], None).unwrap().remove(0);
        let all = deliveries(&site, &Dispatch::Idle).unwrap();
        let at_station: Vec<&Delivery> = all.iter().filter(|delivery| delivery.load == "station").collect();
        let delivered: f64 = at_station.iter().map(|delivery| delivery.delivered_kwh).sum();
        let of = |name: &str| outcome.devices[0].get(name).unwrap();
        assert!((delivered - of("delivered_kwh")).abs() < 1e-9, "{delivered}");
        // The tie leaves nothing in the first hours; to the second car shop and pumps leave 5 kW for two hours.
        assert_eq!((at_station.len(), at_station[1].number), (2, 1));
        assert!((at_station[1].delivered_kwh - 2.0 * 5.0 * 0.9).abs() < 1e-9, "{at_station:?}");
    }

    /// Two days: a lot of three cars and a shop, shed first, behind a tie that is too weak in the first hours and out in
    /// the second night.
    fn site() -> Scenario {
        let task = |from_h: i64, until_h: i64, energy_kwh| Task {
            from_s: from_h * 3600 + 600,
            until_s: until_h * 3600,
            energy_kwh,
            power_max_kw: 10.0,
        };
        let tasks = [task(-2, 4, 30.0), task(1, 3, 40.0), task(25, 30, 20.0), task(50, 60, 5.0)];
        let served = serve(&tasks, 48, 3600);
        let mut site = Scenario::new("site", Calendar::days(3600, 2));
        let lot = Load { tier: Tier::Sheddable, tasks: tasks.into(), ..Load::new("lot", served.power_kw) };
        site.loads = vec![lot, Load { tier: Tier::Sheddable, ..Load::new("shop", 6.0) }, Load::new("pumps", 4.0)];
        site.connection.import_limit_kw = 15.0.into();
        site.outages.push(26..27);
        site
    }

    #[test]
    fn deliveries_add_up_to_what_the_load_was_served() {
        let site = site();
        let outcome = run(&site, &[Dispatch::Idle], None).unwrap().remove(0);
        let all = deliveries(&site, &Dispatch::Idle).unwrap();
        assert_eq!(all.iter().map(|delivery| delivery.number).collect::<Vec<_>>(), [0, 1, 2], "one is after the run");
        let lot_kwh: f64 = (0..48).map(|hour| site.loads[0].power_kw.at(hour)).sum();
        let delivered: f64 = all.iter().map(|delivery| delivery.delivered_kwh).sum();
        // The lot's part of each hour's shedding, by hand: in proportion to what lot and shop draw.
        let shed: f64 = (0..48)
            .map(|hour| {
                let (lot, most) = (site.loads[0].power_kw.at(hour), if hour == 26 { 0.0 } else { 11.0 });
                (lot + 6.0 - most).max(0.0) * lot / (lot + 6.0)
            })
            .sum();
        assert!(shed > 10.0 && (delivered - (lot_kwh - shed)).abs() < 1e-9, "{delivered} {lot_kwh} {shed}");
        for delivery in &all {
            assert!(delivery.delivered_kwh <= delivery.wanted_kwh + 1e-9, "{delivery:?}");
        }
        let shown = outcome.indicators;
        assert!((shown.shed_max_kw.unwrap() - 20.0).abs() < 1e-9, "the outage: {shown:?}");
        assert!(shown.shed_h.unwrap() >= 3.0, "{shown:?}");
    }

    #[test]
    fn a_run_that_sheds_nothing_has_shed_for_no_time() {
        let mut site = site();
        site.outages.clear();
        site.connection.import_limit_kw = 100.0.into();
        let shown = run(&site, &[Dispatch::Idle], None).unwrap().remove(0).indicators;
        assert_eq!((shown.shed_h, shown.shed_max_kw), (Some(0.0), Some(0.0)));
    }
}
