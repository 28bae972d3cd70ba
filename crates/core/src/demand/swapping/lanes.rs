//! The swap stations of L lanes: what a step asks of them and what they did. Scalar, lane by lane: a site without stations
//! never comes here.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::{Load, Tier};
use super::step::StationStep;
use super::yard::{CHARGING, Charge, FULL, IN_SWAP, WAITING, Yard};
use super::{SwapStation, SwapStationTotals};
use crate::dispatch::FlexibleUse;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung};
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::phases::Now;
use crate::{Plan, Series};

/// All swap stations of L lanes, in the order of the scenario.
#[derive(Debug)]
pub(crate) struct SwapStations<const L: usize> {
    stations: Vec<[StationLane; L]>,
}

/// One station of one lane. Powers in kW.
#[derive(Debug)]
struct StationLane {
    step: Arc<StationStep>,
    yard: Yard,
    /// For trying what a step would do.
    trial: Yard,
    start_kwh: f64,
    most: f64,
    /// What it takes unasked, and how.
    unasked: f64,
    unasked_charge: Charge,
    ask: Option<f64>,
    power: f64,
    peak: f64,
    residual: f64,
}

impl StationLane {
    fn new(station: &SwapStation, plan: &Plan) -> Self {
        let step = StationStep::new(station, plan);
        let yard = Yard::new(&step);
        Self {
            trial: yard.clone(),
            start_kwh: yard.stored_kwh(),
            yard,
            most: 0.0,
            unasked: 0.0,
            unasked_charge: step.most(),
            step: Arc::new(step),
            ask: None,
            power: 0.0,
            peak: 0.0,
            residual: 0.0,
        }
    }

    /// What the step at `at` would take, kW.
    fn tried(&mut self, at: usize, charge: Charge) -> f64 {
        self.trial.copy_from(&self.yard);
        self.trial.run(&self.step, self.step.begin_s(at), charge);
        3600.0 * (self.trial.sums.electricity_kwh - self.yard.sums.electricity_kwh) / self.step.step_s
    }

    fn limit(&mut self, at: usize) {
        self.most = self.tried(at, self.step.most());
        self.unasked_charge = self.step.unasked(at, &self.yard);
        let is_most = self.unasked_charge == self.step.most();
        self.unasked = if is_most { self.most } else { min(self.tried(at, self.unasked_charge), self.most) };
        self.ask = None;
    }

    fn take_up(&mut self) {
        self.power = max(min(self.ask.unwrap_or(self.unasked), self.most), 0.0);
    }

    /// How the step charges to take the power it settled at.
    fn charge(&self) -> Charge {
        if self.power == self.unasked {
            return self.unasked_charge;
        }
        let rule = if self.power < self.unasked { self.unasked_charge } else { self.step.most() };
        Charge { most_kwh: self.power * self.step.step_s / 3600.0, ..rule }
    }

    fn commit(&mut self, at: usize) {
        let (before, before_kwh) = (self.yard.sums, self.yard.stored_kwh());
        let charge = self.charge();
        self.yard.run(&self.step, self.step.begin_s(at), charge);
        let sums = &mut self.yard.sums;
        // The site was billed for the power; what rounding makes of its way through events is no one's.
        sums.electricity_kwh = before.electricity_kwh + self.power * self.step.step_s / 3600.0;
        let came = sums.electricity_kwh - before.electricity_kwh + sums.arrived_kwh - before.arrived_kwh;
        let went = sums.departed_kwh - before.departed_kwh + sums.loss_kwh - before.loss_kwh;
        self.residual += (came - went - (self.yard.stored_kwh() - before_kwh)).abs();
        self.peak = max(self.power, self.peak);
    }

    fn each(&mut self, visit: &mut impl FnMut(&mut f64)) {
        let Self {
            step: _,
            yard,
            trial: _,
            start_kwh: _,
            most: _,
            unasked: _,
            unasked_charge: _,
            ask: _,
            power: _,
            peak,
            residual,
        } = self;
        yard.each(visit);
        [peak, residual].into_iter().for_each(visit);
    }

    fn totals(&self, lost_swap_cost: f64, plan: &Plan) -> SwapStationTotals {
        let (yard, sums) = (&self.yard, self.yard.sums);
        let known = yard.vehicles() - yard.waiting();
        let days = plan.steps() as f64 * plan.step_h() / 24.0;
        SwapStationTotals {
            electricity_kwh: sums.electricity_kwh,
            vehicle_arrived_kwh: sums.arrived_kwh,
            vehicle_departed_kwh: sums.departed_kwh,
            charging_loss_kwh: sums.loss_kwh,
            stored_change_kwh: yard.stored_kwh() - self.start_kwh,
            vehicles: yard.vehicles(),
            swaps: sums.swaps,
            turned_away: sums.turned_away,
            out_of_patience: sums.out_of_patience,
            still_there: yard.still_there(),
            served_percent: if known > 0.0 { 100.0 * sums.begun / known } else { 100.0 },
            wait_mean_s: if sums.begun > 0.0 { sums.waited_s / sums.begun } else { 0.0 },
            wait_max_s: sums.waited_max_s,
            turns_per_day: sums.swaps / (f64::from(self.step.packs) * days),
            no_full_pack_h: sums.no_full_pack_s / 3600.0,
            lost_swap_cost: (sums.turned_away + sums.out_of_patience) * lost_swap_cost,
            peak_kw: self.peak,
            residual_kwh: self.residual,
        }
    }
}

impl<const L: usize> SwapStations<L> {
    /// What recorders see of each station.
    pub(crate) fn columns(stations: &[SwapStation]) -> Vec<(&'static str, &str)> {
        const COLUMNS: [&str; 6] = [
            "swap_station_kw",
            "packs_full_end",
            "packs_charging_end",
            "packs_waiting_end",
            "packs_in_swap_end",
            "vehicles_waiting_end",
        ];
        stations.iter().flat_map(|station| COLUMNS.map(|column| (column, &*station.name))).collect()
    }

    /// What those of a plan's stations that `is` picks take by their own rules, each as a load.
    pub(crate) fn foreseen(plan: &Plan, is: impl Fn(&SwapStation) -> bool) -> Vec<Load> {
        let load = |station: &SwapStation| {
            let power_kw = StationStep::new(station, plan).course(plan);
            Load { tier: Tier::Sheddable, ..Load::new(station.name.clone(), power_kw) }
        };
        plan.scenario().swap_stations.iter().filter(|station| is(station)).map(load).collect()
    }

    /// Makes the stations of a lane follow a plan of their power, those that have one, in place of their own rules.
    pub(crate) fn follow_plans(&mut self, lane: usize, plans: &[Option<Series>], plan: &Plan) {
        for (lanes, power_kw) in self.stations.iter_mut().zip(plans) {
            if let Some(power_kw) = power_kw {
                let station = &mut lanes[lane];
                station.step = Arc::new((*station.step).clone().planned(power_kw.clone(), plan));
            }
        }
    }

    pub(crate) fn none() -> Self {
        Self { stations: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let lanes = |i: usize| plans.map(|plan| StationLane::new(&plan.scenario().swap_stations[i], plan));
        Self { stations: (0..plans[0].scenario().swap_stations.len()).map(lanes).collect() }
    }

    fn sum(&self, of: impl Fn(&StationLane) -> f64) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for station in &self.stations {
            for l in 0..L {
                sum[l] += of(&station[l]);
            }
        }
        sum
    }

    /// Cuts the stations of `lane`, last first, by up to `short_kw`: those that are flexible, or all. Returns what is still short.
    fn cut(&mut self, lane: usize, mut short_kw: f64, altogether: bool) -> f64 {
        let stations = self.stations.iter_mut().rev().map(|station| &mut station[lane]);
        for station in stations.filter(|station| altogether || station.step.flexible) {
            let room = station.power;
            // Set, not taken off: a difference could round below nothing.
            station.power = if room > short_kw { room - short_kw } else { 0.0 };
            short_kw -= min(room, short_kw);
        }
        short_kw
    }

    /// Raises flexible stations of `lane`, in order, by up to `over_kw`; returns what is still over.
    fn absorb(&mut self, lane: usize, mut over_kw: f64) -> f64 {
        let stations = self.stations.iter_mut().map(|station| &mut station[lane]);
        for station in stations.filter(|station| station.step.flexible) {
            let room = max(station.most - station.power, 0.0);
            station.power = if room > over_kw { station.power + over_kw } else { max(station.power, station.most) };
            over_kw -= min(room, over_kw);
        }
        over_kw
    }
}

impl<const L: usize> Kind<L> for SwapStations<L> {
    fn is_empty(&self) -> bool {
        self.stations.is_empty()
    }

    fn limit(&mut self, now: &Now<L>) {
        self.stations.iter_mut().flatten().for_each(|station| station.limit(now.step));
    }

    fn expected(&self) -> Lane<L> {
        self.sum(|station| station.unasked)
    }

    fn show_uses(&self, lane: usize, uses: &mut core::slice::IterMut<'_, FlexibleUse>) {
        for (station, seen) in self.stations.iter().zip(uses) {
            let StationLane { most, unasked, .. } = &station[lane];
            *seen = FlexibleUse { least_kw: 0.0, most_kw: *most, expected_kw: *unasked, give_most_kw: 0.0 };
        }
    }

    fn ask_uses(&mut self, lane: usize, asked: &mut dyn Iterator<Item = Option<f64>>) {
        for (station, kw) in self.stations.iter_mut().zip(asked) {
            station[lane].ask = kw;
        }
    }

    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        for (station, held) in self.stations.iter_mut().zip(held) {
            (0..L).for_each(|l| station[l].most = min(station[l].most, held.draw[l]));
        }
    }

    fn take_up(&mut self) {
        self.stations.iter_mut().flatten().for_each(StationLane::take_up);
    }

    fn power(&self) -> Lane<L> {
        self.sum(|station| -station.power)
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.stations.iter().for_each(|station| each(Lane(core::array::from_fn(|l| -station[l].power))));
    }

    fn used(&self) -> Lane<L> {
        self.sum(|station| station.power)
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            match rung {
                Rung::CutFlexible => gap.short[l] = self.cut(l, gap.short[l], false),
                Rung::CutUses => gap.short[l] = self.cut(l, gap.short[l], true),
                Rung::Absorb => gap.over[l] = self.absorb(l, gap.over[l]),
                _ => {}
            }
        }
    }

    fn trip(&mut self, lane: usize) {
        self.stations.iter_mut().for_each(|station| station[lane].power = 0.0);
    }

    fn commit(&mut self, now: &Now<L>, _dumped: &Lane<L>) {
        self.stations.iter_mut().flatten().for_each(|station| station.commit(now.step));
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        for station in &mut self.stations {
            let mut rows: Vec<Lane<L>> = Vec::new();
            for (l, lane) in station.iter_mut().enumerate() {
                let mut at = 0;
                lane.each(&mut |number| {
                    if rows.len() == at {
                        rows.push(Lane::ZERO);
                    }
                    rows[at][l] = *number;
                    at += 1;
                });
            }
            rows.iter_mut().for_each(&mut *visit);
            for (l, lane) in station.iter_mut().enumerate() {
                let mut numbers = rows.iter().map(|row| row[l]);
                lane.each(&mut |number| *number = numbers.next().unwrap_or(*number));
            }
        }
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let is_impossible = |station: &[StationLane; L]| station[lane].yard.is_impossible(&station[lane].step);
        self.stations.iter().any(is_impossible).then_some("packs, bays or queue of a swap station that no run leaves")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let totals =
            self.stations.iter().zip(&plan.scenario().swap_stations).enumerate().map(|(i, (station, given))| {
                let totals = station[lane].totals(given.lost_swap_cost, plan);
                DeviceTotals::of("demand.swap_station", i, &given.name, SwapStationTotals::ENTRIES, &totals)
            });
        totals.collect()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for station in &self.stations {
            let StationLane { yard, power, .. } = &station[lane];
            let packs = [FULL, CHARGING, WAITING, IN_SWAP].map(|kind| yard.count(kind));
            // The numbers first: a zip takes one from its first side before it knows that the second has ended.
            let numbers = core::iter::once(*power).chain(packs).chain([yard.waiting()]);
            numbers.zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
    }
}
