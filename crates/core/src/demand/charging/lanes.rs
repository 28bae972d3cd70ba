//! The stations of L lanes as the loop knows them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::{Load, Tier};
use super::station_lane::{Progress, StationLane, StationMeters};
use super::{Scheduling, SessionOutcome, Station, StationSchedule, StationTotals};
use crate::Plan;
use crate::dispatch::FlexibleUse;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung};
use crate::simulation::lane::Lane;
use crate::simulation::phases::Now;

/// All stations of L lanes, in the order of the scenario.
#[derive(Debug)]
pub(crate) struct Stations<const L: usize> {
    stations: Vec<[StationLane; L]>,
    /// What a strategy asks of each.
    asked: Vec<[Option<f64>; L]>,
}

impl<const L: usize> Stations<L> {
    /// What recorders see of each station.
    pub(crate) fn columns(stations: &[Station]) -> Vec<(&'static str, &str)> {
        let of = |station| ["station_kw", "station_waiting_kwh"].map(|column| (column, station));
        stations.iter().flat_map(|station| of(&*station.name)).collect()
    }

    /// What the stations of a plan draw by their own schedulers, each as a load. Without its sessions as tasks: a scheduler
    /// need not draw all that they could, and a load's tasks are what it draws.
    /// `of_site` is what those do that follow the site.
    pub(crate) fn foreseen(plan: &Plan, of_site: &Scheduling) -> Vec<Load> {
        let load = |station: &Station| {
            let station = &station.beside(of_site);
            let mut power_kw = Vec::with_capacity(plan.steps());
            let lane = StationLane::run_alone(station, plan, |_, lane| power_kw.push(lane.power_kw()));
            let totals = lane.totals(station, plan);
            Load {
                tier: Tier::Sheddable,
                undelivered_kwh: totals.undelivered_kwh,
                undelivered_cost_per_kwh: station.undelivered_cost_per_kwh,
                ..Load::new(station.name.clone(), power_kw)
            }
        };
        plan.scenario().stations.iter().map(load).collect()
    }

    pub(crate) fn none() -> Self {
        Self { stations: Vec::new(), asked: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let count = plans[0].scenario().stations.len();
        let lanes = |i: usize| plans.map(|plan| StationLane::new(&plan.scenario().stations[i], plan));
        Self { stations: (0..count).map(lanes).collect(), asked: alloc::vec![[None; L]; count] }
    }

    /// Whether lanes of the two can run side by side: they carry as many numbers from day to day.
    pub(crate) fn same_shape(a: &[Station], b: &[Station]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.sessions.len() == b.sessions.len())
    }

    /// Makes the stations of a lane that follow the site do as its strategy does, and all follow a plan for each, where there is one,
    /// in place of their own schedulers.
    pub(crate) fn follow_strategy(&mut self, lane: usize, of_site: &Scheduling, schedules: &[Arc<StationSchedule>]) {
        for lanes in &mut self.stations {
            if lanes[lane].scheduler == Scheduling::FollowSite {
                lanes[lane].scheduler = of_site.clone();
            }
        }
        for (lanes, schedule) in self.stations.iter_mut().zip(schedules) {
            lanes[lane].scheduler = Scheduling::Planned(schedule.clone());
        }
    }

    /// What became of the sessions of a lane's station.
    pub(crate) fn sessions(&self, lane: usize, station: usize, plan: &Plan) -> Vec<SessionOutcome> {
        let given = plan.scenario().stations.get(station);
        let lanes = self.stations.get(station).zip(given);
        lanes.map_or_else(Vec::new, |(lanes, given)| lanes[lane].sessions(given, plan))
    }
}

impl<const L: usize> Kind<L> for Stations<L> {
    fn is_empty(&self) -> bool {
        self.stations.is_empty()
    }

    fn limit(&mut self, now: &Now<L>) {
        for l in 0..L {
            let mut surplus_kw = -now.deficit[l];
            for lanes in &mut self.stations {
                lanes[l].begin(now.step, surplus_kw);
                surplus_kw -= lanes[l].power_kw();
            }
        }
        self.asked.fill([None; L]);
    }

    fn expected(&self) -> Lane<L> {
        self.used()
    }

    fn show_uses(&self, lane: usize, uses: &mut core::slice::IterMut<'_, FlexibleUse>) {
        for (lanes, seen) in self.stations.iter().zip(uses) {
            let (least_kw, most_kw) = lanes[lane].range_kw();
            *seen = FlexibleUse { least_kw, most_kw, expected_kw: lanes[lane].power_kw(), give_most_kw: 0.0 };
        }
    }

    fn ask_uses(&mut self, lane: usize, asked: &mut dyn Iterator<Item = Option<f64>>) {
        for (ask, kw) in self.asked.iter_mut().zip(asked) {
            ask[lane] = kw;
        }
    }

    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        for (lanes, held) in self.stations.iter_mut().zip(held) {
            lanes.iter_mut().zip(*held.draw).for_each(|(station, kw)| station.hold(kw));
        }
    }

    fn reopen(&mut self) {
        self.stations.iter_mut().flatten().for_each(StationLane::allot_by_scheduler);
    }

    fn take_up(&mut self) {
        for (lanes, asked) in self.stations.iter_mut().zip(&self.asked) {
            for (station, kw) in lanes.iter_mut().zip(asked) {
                if let Some(kw) = kw {
                    station.draw(*kw);
                }
            }
        }
    }

    fn power(&self) -> Lane<L> {
        let mut total = self.used();
        for l in 0..L {
            total[l] = -total[l];
        }
        total
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.stations.iter().for_each(|lanes| each(Lane(core::array::from_fn(|l| -lanes[l].power_kw()))));
    }

    fn used(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for lanes in &self.stations {
            for l in 0..L {
                sum[l] += lanes[l].power_kw();
            }
        }
        sum
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            for lanes in self.stations.iter_mut().rev() {
                match rung {
                    Rung::CutFlexible if gap.short[l] > 0.0 => gap.short[l] = lanes[l].cut(gap.short[l], false),
                    Rung::CutUses if gap.short[l] > 0.0 => gap.short[l] = lanes[l].cut(gap.short[l], true),
                    _ => {}
                }
            }
            for lanes in self.stations.iter_mut() {
                if rung == Rung::Absorb && gap.over[l] > 0.0 {
                    gap.over[l] = lanes[l].absorb(gap.over[l]);
                }
            }
        }
    }

    fn trip(&mut self, lane: usize) {
        self.stations.iter_mut().for_each(|lanes| lanes[lane].trip());
    }

    fn commit(&mut self, now: &Now<L>, _dumped: &Lane<L>) {
        self.stations.iter_mut().flatten().for_each(|station| station.commit(now.step));
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        // Packed car by car, so that a step's cars stand together; rows of lanes are made for the visit only.
        let mut row = |lanes: &mut [StationLane; L], of: fn(&mut StationLane, usize) -> &mut f64, i: usize| {
            let mut row = Lane::<L>::ZERO;
            for l in 0..L {
                row[l] = *of(&mut lanes[l], i);
            }
            visit(&mut row);
            for l in 0..L {
                *of(&mut lanes[l], i) = row[l];
            }
        };
        for lanes in &mut self.stations {
            for i in 0..lanes[0].progress.len() {
                let Progress { stored_kwh: _, drawn_kwh: _, loss_kwh: _ } = lanes[0].progress[i];
                row(lanes, |station, i| &mut station.progress[i].stored_kwh, i);
                row(lanes, |station, i| &mut station.progress[i].drawn_kwh, i);
                row(lanes, |station, i| &mut station.progress[i].loss_kwh, i);
            }
            let StationMeters { power: _, peak_kw: _, import_cost: _, residual_kwh: _ } = lanes[0].meters;
            row(lanes, |station, _| &mut station.meters.power, 0);
            row(lanes, |station, _| &mut station.meters.peak_kw, 0);
            row(lanes, |station, _| &mut station.meters.import_cost, 0);
            row(lanes, |station, _| &mut station.meters.residual_kwh, 0);
        }
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let is_outside = |lanes: &[StationLane; L]| lanes[lane].is_impossible();
        self.stations.iter().any(is_outside).then_some("energy outside a car's range")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let totals = self.stations.iter().zip(&plan.scenario().stations).enumerate().map(|(i, (lanes, given))| {
            let totals = lanes[lane].totals(given, plan);
            DeviceTotals::of("demand.station", i, &given.name, StationTotals::ENTRIES, &totals)
        });
        totals.collect()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for lanes in &self.stations {
            let seen = [lanes[lane].power_kw(), lanes[lane].rest_kwh()];
            seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
    }
}
