//! The shiftable loads of L lanes: what a step asks of them and what they did. Scalar, lane by lane: a site without any never
//! comes here.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::{Load, Tier};
use super::step::Progress;
use super::{Shiftable, ShiftableForm, ShiftableStep, ShiftableTotals};
use crate::Plan;
use crate::dispatch::FlexibleUse;
use crate::generation::START_ABOVE_KW;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung, visit_lanes};
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::phases::Now;

/// All shiftable loads of L lanes, in the order of the scenario.
#[derive(Debug)]
pub(crate) struct Shiftables<const L: usize> {
    loads: Vec<[ShiftableLane; L]>,
}

/// One load of one lane. Powers in kW.
#[derive(Debug)]
struct ShiftableLane {
    step: Arc<ShiftableStep>,
    progress: Progress,
    range: FlexibleUse,
    /// Whether a cycle's course begins or goes on in this step whatever is asked.
    must_run: bool,
    ask: Option<f64>,
    power: f64,
    /// Whether a cycle's course goes on, whatever of its power the site brings.
    runs: bool,
    waiting_kwh: f64,
    sums: Sums,
}

/// Open sums, kWh and counts.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    electricity_kwh: f64,
    wanted_kwh: f64,
    rebound_kwh: f64,
    curtailed_kwh: f64,
    unserved_kwh: f64,
    jobs: f64,
    jobs_short: f64,
    jobs_begun: f64,
    steps_waited: f64,
}

impl ShiftableLane {
    fn new(shiftable: &Shiftable, step: Arc<ShiftableStep>) -> Self {
        Self {
            step,
            progress: Progress::new(shiftable),
            range: FlexibleUse::default(),
            must_run: false,
            ask: None,
            power: 0.0,
            runs: false,
            waiting_kwh: 0.0,
            sums: Sums::default(),
        }
    }

    fn limit(&mut self, at: usize, surplus: &mut f64) {
        self.range = self.step.range(at, &self.progress);
        self.range.expected_kw = self.step.unasked_kw(at, &self.progress, &self.range, *surplus);
        *surplus -= self.range.expected_kw;
        self.must_run = self.range.is_whole && self.range.least_kw > 0.0;
        self.ask = None;
    }

    fn take(&mut self, power: f64) {
        (self.power, self.runs) = (power, power > 0.0 || self.must_run);
    }

    /// Held to what its bus may draw: a course that need not run waits, one that must goes on with what it gets.
    fn hold(&mut self, draw: f64) {
        let FlexibleUse { least_kw, most_kw, expected_kw, is_whole, .. } = &mut self.range;
        let draw = if *is_whole && !self.must_run && draw < *most_kw { 0.0 } else { draw };
        for kw in [least_kw, most_kw, expected_kw] {
            *kw = min(*kw, draw);
        }
    }

    /// Cut to its least, where it is short of more than a rounding: a cycle that need not run stops as a whole.
    fn cut<const L: usize>(&mut self, lane: usize, gap: &mut Gap<L>) {
        if self.range.is_whole {
            if self.power > self.range.least_kw && gap.short[lane] > START_ABOVE_KW {
                gap.spare(lane, self.power - self.range.least_kw);
                self.take(self.range.least_kw);
            }
        } else {
            self.cut_to(self.range.least_kw, lane, gap);
        }
    }

    /// Cut to `floor` as far as the site is short. A course that must go on does so with what it gets.
    fn cut_to<const L: usize>(&mut self, floor: f64, lane: usize, gap: &mut Gap<L>) {
        let (short, room) = (gap.short[lane], max(self.power - floor, 0.0));
        // Set, not taken off: a difference could round below the floor.
        self.power = if room > short { self.power - short } else { min(self.power, floor) };
        gap.short[lane] -= min(room, short);
    }

    fn absorb<const L: usize>(&mut self, lane: usize, gap: &mut Gap<L>) {
        let (over, room) = (gap.over[lane], max(self.range.most_kw - self.power, 0.0));
        if room <= over {
            let most = max(self.power, self.range.most_kw);
            if most > self.power {
                self.take(most);
            }
            gap.over[lane] -= room;
        } else if !self.range.is_whole {
            self.take(self.power + over);
            gap.over[lane] = 0.0;
        }
    }

    fn commit(&mut self, at: usize, step_h: f64) {
        let done = self.step.run(at, &mut self.progress, self.power, self.runs);
        self.waiting_kwh = self.progress.waiting_kwh(&self.step, at + 1);
        let sums = &mut self.sums;
        sums.electricity_kwh += self.power * step_h;
        sums.wanted_kwh += done.wanted_kwh;
        sums.rebound_kwh += done.rebound_kwh;
        sums.curtailed_kwh += done.curtailed_kwh;
        sums.unserved_kwh += done.unserved_kwh;
        if let Some(waited) = done.began_after {
            sums.jobs_begun += 1.0;
            sums.steps_waited += waited;
        }
        if let Some(is_short) = done.ended {
            sums.jobs += 1.0;
            sums.jobs_short += f64::from(u8::from(is_short));
        }
    }

    fn each(&mut self, visit: &mut impl FnMut(&mut f64)) {
        let Self { step: _, progress, range: _, must_run: _, ask: _, power: _, runs: _, waiting_kwh: _, sums } = self;
        progress.each(visit);
        let Sums {
            electricity_kwh,
            wanted_kwh,
            rebound_kwh,
            curtailed_kwh,
            unserved_kwh,
            jobs,
            jobs_short,
            jobs_begun,
            steps_waited,
        } = sums;
        [electricity_kwh, wanted_kwh, rebound_kwh, curtailed_kwh, unserved_kwh].into_iter().for_each(&mut *visit);
        [jobs, jobs_short, jobs_begun, steps_waited].into_iter().for_each(visit);
    }

    fn totals(&self, given: &Shiftable, plan: &Plan) -> ShiftableTotals {
        let sums = &self.sums;
        let curtailed_cost = match given.form {
            ShiftableForm::Curtailable { curtailed_cost_per_kwh, .. } => curtailed_cost_per_kwh,
            _ => 0.0,
        };
        let came = sums.wanted_kwh + sums.rebound_kwh;
        let mean_wait = if sums.jobs_begun > 0.0 { sums.steps_waited / sums.jobs_begun } else { 0.0 };
        ShiftableTotals {
            electricity_kwh: sums.electricity_kwh,
            wanted_kwh: sums.wanted_kwh,
            rebound_kwh: sums.rebound_kwh,
            curtailed_kwh: sums.curtailed_kwh,
            unserved_kwh: sums.unserved_kwh,
            rebound_after_end_kwh: self.step.still_to_come_kwh(&self.progress),
            jobs: sums.jobs,
            jobs_short: sums.jobs_short,
            mean_wait_h: mean_wait * plan.step_h(),
            inconvenience_cost: given.unserved_cost_per_kwh * sums.unserved_kwh + curtailed_cost * sums.curtailed_kwh,
            residual_kwh: (came - sums.electricity_kwh - sums.curtailed_kwh - sums.unserved_kwh).abs(),
        }
    }
}

impl<const L: usize> Shiftables<L> {
    /// What recorders see of each load.
    pub(crate) fn columns(loads: &[Shiftable]) -> Vec<(&'static str, &str)> {
        let of = |load| ["shiftable_kw", "shiftable_waiting_kwh"].map(|column| (column, load));
        loads.iter().flat_map(|load| of(&*load.name)).collect()
    }

    /// What the loads of a plan take by their own rules.
    /// `taken_kw` is what is taken of each step's surplus.
    pub(crate) fn foreseen(plan: &Plan, taken_kw: &mut [f64]) -> Vec<Load> {
        let loads = &plan.scenario().shiftables;
        let load = |(load, step): (&Shiftable, &Arc<ShiftableStep>)| {
            let power_kw = step.course(plan, Progress::new(load), taken_kw);
            Load { tier: Tier::Sheddable, ..Load::new(load.name.clone(), power_kw) }
        };
        loads.iter().zip(&plan.shiftables).map(load).collect()
    }

    pub(crate) fn none() -> Self {
        Self { loads: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let lanes = |i: usize| {
            plans.map(|plan| ShiftableLane::new(&plan.scenario().shiftables[i], Arc::clone(&plan.shiftables[i])))
        };
        Self { loads: (0..plans[0].scenario().shiftables.len()).map(lanes).collect() }
    }

    fn sum(&self, of: impl Fn(&ShiftableLane) -> f64) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for load in &self.loads {
            for l in 0..L {
                sum[l] += of(&load[l]);
            }
        }
        sum
    }
}

impl<const L: usize> Kind<L> for Shiftables<L> {
    fn is_empty(&self) -> bool {
        self.loads.is_empty()
    }

    fn limit(&mut self, now: &Now<L>) {
        for l in 0..L {
            let mut surplus = -now.deficit[l];
            self.loads.iter_mut().for_each(|load| load[l].limit(now.step, &mut surplus));
        }
    }

    fn expected(&self) -> Lane<L> {
        self.sum(|load| load.range.expected_kw)
    }

    fn show_uses(&self, lane: usize, uses: &mut core::slice::IterMut<'_, FlexibleUse>) {
        for (load, seen) in self.loads.iter().zip(uses) {
            *seen = load[lane].range;
        }
    }

    fn ask_uses(&mut self, lane: usize, asked: &mut dyn Iterator<Item = Option<f64>>) {
        for (load, kw) in self.loads.iter_mut().zip(asked) {
            load[lane].ask = kw;
        }
    }

    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        for (load, held) in self.loads.iter_mut().zip(held) {
            (0..L).for_each(|l| load[l].hold(held.draw[l]));
        }
    }

    fn take_up(&mut self) {
        for load in self.loads.iter_mut().flatten() {
            load.take(load.ask.map_or(load.range.expected_kw, |kw| load.range.held_kw(kw)));
        }
    }

    fn power(&self) -> Lane<L> {
        self.sum(|load| -load.power)
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.loads.iter().for_each(|load| each(Lane(core::array::from_fn(|l| -load[l].power))));
    }

    fn used(&self) -> Lane<L> {
        self.sum(|load| load.power)
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            // The last gives way first, as it takes up last.
            let loads = self.loads.iter_mut().map(|load| &mut load[l]);
            match rung {
                Rung::CutFlexible => {
                    loads.rev().filter(|load| load.step.flexible).for_each(|load| load.cut(l, gap));
                }
                Rung::CutUses => loads.rev().for_each(|load| {
                    load.cut(l, gap);
                    load.cut_to(0.0, l, gap);
                }),
                Rung::Absorb => loads.filter(|load| load.step.flexible).for_each(|load| load.absorb(l, gap)),
                _ => {}
            }
        }
    }

    fn trip(&mut self, lane: usize) {
        for load in self.loads.iter_mut().map(|load| &mut load[lane]) {
            load.take(0.0);
        }
    }

    fn commit(&mut self, now: &Now<L>, _dumped: &Lane<L>) {
        for load in self.loads.iter_mut().flatten() {
            let step_h = load.step.step_h();
            load.commit(now.step, step_h);
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        self.loads.iter_mut().for_each(|load| visit_lanes(load, |lane, number| lane.each(&mut |n| number(n)), visit));
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let is_impossible = |load: &[ShiftableLane; L]| load[lane].progress.is_impossible(&load[lane].step);
        self.loads.iter().any(is_impossible).then_some("jobs of a shiftable load that no run leaves")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let totals = self.loads.iter().zip(&plan.scenario().shiftables).enumerate().map(|(i, (load, given))| {
            let totals = load[lane].totals(given, plan);
            DeviceTotals::of("demand.shiftable", i, &given.name, ShiftableTotals::ENTRIES, &totals)
        });
        totals.collect()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for load in &self.loads {
            // The numbers first: a zip takes one from its first side before it knows that the second has ended.
            let seen = [load[lane].power, load[lane].waiting_kwh];
            seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
    }
}
