//! What each car of each station is to draw, from a solution of the programme.
//!
//! Where cars are columns of their own, their powers are the plan. Where very many are drawn together, the solution says what
//! storage does and how high a month's peak may be; beside that the cars' least cost is found exactly, by the greedy over their
//! joint flexibility, and shared among them ([`FleetFlexibility`]). If the cars can draw together what the solution lets them,
//! that costs no more than the solution.

use std::sync::Arc;

use microgrid_core::demand::{
    CostPiece, FleetFlexibility, FlexibleSession, SessionSchedule, SlotCost, Station, StationSchedule, Task,
};
use microgrid_core::{Plan, Series};

use crate::formulation::{Drawn, SiteProgramme, StationDraws};

/// Power below this share of a car's greatest is the solver's rounding of none.
const NOTHING_DRAWN: f64 = 1e-6;

/// By how much import may be above a month's peak, as shares of what a station draws at most: each further one at a higher price, so
/// that what has to be above lies low and broad.
const ABOVE_PEAK: [f64; 8] = [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, f64::INFINITY];

/// A car that is to have all but this share of its energy is to have all.
const ALL: f64 = 1e-5;

/// A schedule for each station of the plan's scenario.
pub(crate) fn station_schedules(plan: &Plan, site: &SiteProgramme, values: &[f64]) -> Arc<[Arc<StationSchedule>]> {
    let mut tie = TieCourse::of(plan, site, values);
    let made = plan.scenario().stations.iter().zip(&site.stations).map(|(station, draws)| {
        let powers = match &draws.drawn {
            Drawn::OneByOne(all) => all.iter().map(|draws| of_variables(draws, values)).collect(),
            Drawn::Together(of_steps) => {
                let before = by_step(plan, of_steps.iter().map(|(step, v)| (*step, values[*v])));
                let powers = shared(plan, station, draws, &tie, &before);
                tie.exchange(&before, &powers);
                powers
            }
        };
        Arc::new(schedule(station, draws, powers, plan.step_h()))
    });
    made.collect()
}

/// The charging power of each swap station of the plan's scenario, where that is a decision; none at all where it is of no one.
pub(crate) fn swap_plans(plan: &Plan, site: &SiteProgramme, values: &[f64]) -> Arc<[Option<Series>]> {
    let mut plans = vec![None; if site.swap_stations.is_empty() { 0 } else { plan.scenario().swap_stations.len() }];
    for drawn in &site.swap_stations {
        let draws = drawn.draws.iter().map(|(step, variable)| (*step, values[*variable].max(0.0)));
        plans[drawn.station] = Some(Series::Steps(by_step(plan, draws).into()));
    }
    plans.into()
}

/// Powers from a first step on, kW.
type Powers = (usize, Vec<f64>);

fn of_variables(draws: &[(usize, usize)], values: &[f64]) -> Powers {
    let first = draws.first().map_or(0, |(step, _)| *step);
    let last = draws.last().map_or(first, |(step, _)| step + 1);
    let mut power_kw = vec![0.0; last - first];
    draws.iter().for_each(|(step, variable)| power_kw[step - first] = values[*variable]);
    (first, power_kw)
}

fn by_step(plan: &Plan, draws: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut kw = vec![0.0; plan.steps()];
    draws.for_each(|(step, more_kw)| kw[step] += more_kw);
    kw
}

fn schedule(station: &Station, draws: &StationDraws, powers: Vec<Powers>, step_h: f64) -> StationSchedule {
    let late = SessionSchedule { catches_up: true, ..SessionSchedule::default() };
    let mut sessions = vec![late; station.sessions.len()];
    for (stay, (first, mut power_kw)) in draws.stays.iter().zip(powers) {
        let Task { energy_kwh, power_max_kw, .. } = stay.task;
        for kw in &mut power_kw {
            *kw = if *kw > NOTHING_DRAWN * power_max_kw { kw.min(power_max_kw) } else { 0.0 };
        }
        let drawn_kwh = power_kw.iter().sum::<f64>() * step_h;
        let catches_up = drawn_kwh >= energy_kwh * (1.0 - ALL);
        sessions[stay.session as usize] = SessionSchedule { first_step: first as u32, power_kw, catches_up };
    }
    StationSchedule { sessions }
}

/// What passes the tie in a solution, and what more or less of it costs.
struct TieCourse {
    /// Import less export, kW.
    net_kw: Vec<f64>,
    /// Generation left, kW.
    left_kw: Vec<f64>,
    import_price_per_kwh: Vec<f64>,
    export_price_per_kwh: Vec<f64>,
    /// The greatest import that does not raise a peak that is billed, kW.
    cap_kw: Vec<f64>,
}

impl TieCourse {
    fn of(plan: &Plan, site: &SiteProgramme, values: &[f64]) -> Self {
        let value = |variable: Option<usize>| variable.map_or(0.0, |variable| values[variable].max(0.0));
        let price = |variable: Option<usize>| variable.map_or(0.0, |v| site.programme.cost[v] / plan.step_h());
        let mut step_of_import = vec![usize::MAX; site.programme.variables()];
        for (step, tie) in site.ties.iter().enumerate() {
            tie.import.into_iter().for_each(|import| step_of_import[import] = step);
        }
        let mut cap_kw = vec![f64::INFINITY; plan.steps()];
        for imports in &site.peaks {
            let peak_kw = imports.iter().map(|import| values[*import]).fold(0.0, f64::max);
            for step in imports.iter().map(|import| step_of_import[*import]) {
                cap_kw[step] = cap_kw[step].min(peak_kw);
            }
        }
        Self {
            net_kw: site.ties.iter().map(|tie| value(tie.import) - value(tie.export)).collect(),
            left_kw: site.ties.iter().map(|tie| value(tie.curtailed)).collect(),
            import_price_per_kwh: site.ties.iter().map(|tie| price(tie.import)).collect(),
            export_price_per_kwh: site.ties.iter().map(|tie| -price(tie.export)).collect(),
            cap_kw,
        }
    }

    /// Takes a station's power out of the net import, and puts another in.
    fn exchange(&mut self, before_kw: &[f64], powers: &[Powers]) {
        self.net_kw.iter_mut().zip(before_kw).for_each(|(net, kw)| *net -= kw);
        for (first, power_kw) in powers {
            self.net_kw[*first..].iter_mut().zip(power_kw).for_each(|(net, kw)| *net += kw);
        }
    }

    /// What power of a station costs in a step in which it draws `drawn_kw` in the solution, less what not serving it costs: first
    /// what would be left, then what would be exported, then import below the peak, then above it, ever dearer up to what is saved.
    fn cost(
        &self,
        (plan, step): (&Plan, usize),
        drawn_kw: f64,
        (limit_kw, most_kw): (f64, f64),
        unserved_value: f64,
    ) -> SlotCost {
        let without_kw = self.net_kw[step] - drawn_kw;
        let free_kw = self.left_kw[step].max(0.0);
        let exported_kw = free_kw + (-without_kw).max(0.0);
        let until = |import_kw: f64| (free_kw + import_kw - without_kw).max(exported_kw);
        let within_kw = until(plan.import_limit_kw(step)).max(drawn_kw);
        let capped_kw = until(self.cap_kw[step]).min(within_kw).max(drawn_kw);
        let import = self.import_price_per_kwh[step];
        let mut pieces =
            vec![(free_kw, 0.0), (exported_kw, self.export_price_per_kwh[step].max(0.0)), (capped_kw, import)];
        let rungs = (ABOVE_PEAK.len() + 1) as f64;
        for (rung, share) in (1..).zip(ABOVE_PEAK) {
            let above = import + (unserved_value - import).max(0.0) * f64::from(rung) / rungs;
            pieces.push(((capped_kw + share * most_kw).min(within_kw), above));
        }
        let mut dearest = f64::NEG_INFINITY;
        let piece = |(until_kw, price): (f64, f64)| {
            dearest = price.max(dearest);
            CostPiece { until_kw: until_kw.min(limit_kw), price_per_kwh: dearest - unserved_value }
        };
        let pieces = pieces.into_iter().map(piece).collect();
        SlotCost { pieces }
    }
}

/// The least cost of a station's cars beside all else in the solution, car by car; nothing where their fleet is none.
fn shared(plan: &Plan, station: &Station, draws: &StationDraws, tie: &TieCourse, before_kw: &[f64]) -> Vec<Powers> {
    let (slots, step_s) = (plan.steps() as u32, plan.scenario().calendar.step_s);
    let value = draws.unserved_value.iter().copied().fold(f64::INFINITY, f64::min);
    let limit_kw = station.limits.iter().filter(|limit| limit.within.is_none()).map(|limit| limit.power_max_kw);
    let all_behind = station.bays.iter().all(|bay| bay.limit.is_some());
    let limit_kw = if all_behind { limit_kw.sum() } else { f64::INFINITY };
    let most_kw = station.bays.iter().map(|bay| bay.supply.rating_kw()).sum::<f64>().min(limit_kw);
    let costs: Vec<SlotCost> =
        (0..plan.steps()).map(|step| tie.cost((plan, step), before_kw[step], (limit_kw, most_kw), value)).collect();
    let session = |task: &Task| {
        let session = FlexibleSession::of_task(task, slots, step_s)?;
        Some(FlexibleSession { energy_least_kwh: 0.0, ..session })
    };
    let sessions: Vec<FlexibleSession> = draws.stays.iter().filter_map(|stay| session(&stay.task)).collect();
    let shared = FleetFlexibility::new(sessions, slots, step_s).ok().and_then(|fleet| {
        let least = fleet.least_convex_cost(&costs).ok()?;
        let shared = fleet.disaggregate(&least.power_kw).ok()?;
        let course = |(i, session): (usize, &FlexibleSession)| {
            (session.from_slot as usize, shared.session_kw(i).iter().map(|kw| kw.max(0.0)).collect())
        };
        Some(fleet.sessions().iter().enumerate().map(course).collect())
    });
    shared.unwrap_or_default()
}
