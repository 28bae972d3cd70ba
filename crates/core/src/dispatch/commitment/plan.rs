//! The sweep backwards over phases and stored energy.

use alloc::string::String;
use alloc::vec::Vec;

use super::curve::{Corners, value_at};
use super::day::{Day, Room, Values};
use super::phases::Phases;
use crate::dispatch::columns::Columns;
use crate::dispatch::exact_plan::{EndRule, Law, Series, Solver, Source, Steps};
use crate::generation::{Genset, GensetState};
use crate::{Plan, Problem, Problems};

/// Most gensets: each doubles the sets that may run.
pub(crate) const MOST_GENSETS: usize = 4;

/// Most phases × steps for which least times are counted; half a minute of one core, and 8 MB.
const MOST_PHASE_STEPS: usize = 4_000_000;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct CommitmentPlan {
    pub(super) phases: Phases,
    pub(super) sets: Vec<RunningSet>,
    start_cost: Vec<f64>,
    /// First step of each day, and last the number of steps.
    first_step: Vec<usize>,
    /// V at each day's first step, and at the end: that of a day is worked out again from the next day's.
    of_day: Vec<Values>,
    /// What that takes.
    room: Room,
    /// Whether gensets may stop early in a step, by tripping in the dark.
    pub(super) may_trip: Vec<bool>,
    step_s: f64,
    floor_kwh: f64,
    pub(super) keep: f64,
    /// Least cost of the whole run from its start, starts and fuel included.
    pub(crate) lower: f64,
    /// What of the site it leaves out.
    pub(crate) left_out: Vec<String>,
}

/// A set of gensets that run together, and what each step costs then.
#[derive(Debug, Clone)]
pub(super) struct RunningSet {
    law: Law,
    /// Cost of a step at the least loads; 0 in the dark.
    standing_cost: Vec<f64>,
    /// Whether it can run at all.
    pub(super) is_there: bool,
}

impl CommitmentPlan {
    /// Sweeps the whole run.
    ///
    /// # Errors
    /// More than [`MOST_GENSETS`] gensets; numbers beyond those of the exact plan.
    pub(crate) fn solve(plan: &Plan, columns: &Columns) -> Result<Self, Problems> {
        Self::fits(plan)?;
        let scenario = &plan.scenario;
        let timed = Phases::new(plan.gensets.iter().map(|genset| genset.clockwork()).collect());
        let is_timed = timed.count().saturating_mul(plan.steps) <= MOST_PHASE_STEPS;
        let phases = if is_timed { timed } else { timed.without_times() };
        let storage_forms = scenario.storage.iter().any(crate::storage::Battery::can_form_grid);
        let sets = (0..phases.sets()).map(|set| RunningSet::new(plan, columns, set, storage_forms));
        let mut found = Self {
            sets: sets.collect::<Result<_, _>>()?,
            phases,
            start_cost: scenario.gensets.iter().map(|genset| genset.start_cost).collect(),
            first_step: scenario.calendar.day_first_step.iter().map(|step| *step as usize).collect(),
            of_day: Vec::new(),
            room: Room::default(),
            may_trip: (0..plan.steps).map(|step| !storage_forms && !plan.grid_is_up(step)).collect(),
            step_s: f64::from(scenario.calendar.step_s),
            floor_kwh: columns.storage.min_kwh,
            keep: libm::exp(-columns.storage.self_discharge_per_h * plan.step_h),
            lower: 0.0,
            left_out: left_out(plan, columns, is_timed),
        };
        found.sweep(columns, plan.stored_value_per_kwh);
        let start_level = columns.start_kwh - found.floor_kwh;
        found.lower = value_at(&found.of_day[0][found.phases.at_rest()], start_level);
        if scenario.spinning_reserve.is_kept() {
            // The bound is below strategies that keep no reserve; the plan itself keeps it.
            found.price_missing_reserve(plan, columns);
            found.sweep(columns, plan.stored_value_per_kwh);
        }
        Ok(found)
    }

    /// Whether the site's gensets are few enough.
    pub(crate) fn fits(plan: &Plan) -> Result<(), Problems> {
        if plan.gensets.len() <= MOST_GENSETS {
            return Ok(());
        }
        Err(Problem::new("dispatch.strategy", "plans few gensets, and the site has many")
            .value(alloc::format!("{} gensets", plan.gensets.len()))
            .allowed(alloc::format!("at most {MOST_GENSETS}"))
            .hint("run a rule for gensets such as cycle_charging; its gap is to a relaxation with linear gensets")
            .into())
    }

    /// Room for V of any day.
    pub(super) fn day(&self) -> Day {
        Day::with_room(self.room, self.sets.len(), self.phases.count())
    }

    /// Room for the cost of any step.
    pub(super) fn step_room(&self) -> Corners {
        Corners::with_capacity(self.room.corners())
    }

    /// Works out V of every step of a day, from V at the next day's first step. Allocates nothing.
    pub(super) fn work_out(&self, day: usize, values: &mut Day) {
        values.work_out(self, self.first_step[day]..self.first_step[day + 1], &self.of_day[day + 1]);
    }

    /// The day of a step, and the steps after it in the day.
    pub(super) fn day_of(&self, step: usize) -> (usize, usize) {
        let day = self.first_step.partition_point(|first| *first <= step) - 1;
        (day, self.first_step[day + 1] - 1 - step)
    }

    /// The set of gensets to run and the stored energy to end with, from where the site is; `next` is V of each phase at
    /// the next step.
    pub(super) fn decide<'a>(
        &self,
        step: usize,
        (states, stored_kwh): (impl Iterator<Item = GensetState>, f64),
        next: impl Fn(usize) -> &'a [(f64, f64)],
        cost: &mut Corners,
    ) -> (usize, f64) {
        let phase = self.phases.of(states, self.step_s);
        let kept = self.keep * (stored_kwh - self.floor_kwh).max(0.0);
        let mut best = (f64::INFINITY, 0, 0.0);
        for (set, running) in self.sets.iter().enumerate().filter(|(_, set)| set.is_there) {
            let Some((after, started)) = self.phases.after(phase, set, self.may_trip[step]) else { continue };
            running.cost(step, cost);
            let starts = self.cost_of_starts(started);
            let value = next(after);
            let (Some(first), Some(last), Some(top)) = (cost.first(), cost.last(), value.last()) else { continue };
            let (least, most) = (first.0.max(-kept), last.0.min(top.0 - kept).max(0.0));
            let corners = cost.iter().map(|c| c.0).chain(value.iter().map(|v| v.0 - kept)).chain([0.0, least, most]);
            for change in corners.filter(|change| (least..=most).contains(change)) {
                let total = starts + value_at(cost, change) + value_at(value, kept + change);
                if total < best.0 {
                    best = (total, set, change);
                }
            }
        }
        (best.1, self.floor_kwh + kept + best.2)
    }

    fn sweep(&mut self, columns: &Columns, value_per_kwh: f64) {
        let span = columns.storage.max_kwh - columns.storage.min_kwh;
        let start = columns.start_kwh - self.floor_kwh;
        let mut end = alloc::vec![(0.0, value_per_kwh * start)];
        if span > 0.0 {
            end.push((span, value_per_kwh * (start - span)));
        }
        if columns.end == EndRule::NotBelowStart && span > 0.0 && start > 0.0 {
            // What is missing to the start is dearer than any load lost for it.
            let dear = 10.0 * columns.value_of_lost_load.iter().copied().fold(1.0, f64::max);
            end = alloc::vec![(0.0, dear * start), (start, 0.0)];
            end.extend((start < span).then_some((span, 0.0)));
        }
        self.of_day = alloc::vec![alloc::vec![end; self.phases.count()]];
        let mut values = self.day();
        for day in (0..self.first_step.len() - 1).rev() {
            let next = &self.of_day[self.of_day.len() - 1];
            values.work_out(self, self.first_step[day]..self.first_step[day + 1], next);
            self.room = values.room(self.room);
            self.of_day.push(values.first());
        }
        self.of_day.reverse();
    }

    pub(super) fn cost_of_starts(&self, started: usize) -> f64 {
        let costs = self.start_cost.iter().enumerate();
        costs.map(|(i, cost)| if started >> i & 1 == 1 { *cost } else { 0.0 }).sum()
    }

    /// Adds to each set what capacity it lacks for the reserve, at more than any lost load.
    fn price_missing_reserve(&mut self, plan: &Plan, columns: &Columns) {
        let dear = 2.0 * columns.value_of_lost_load.iter().copied().fold(1.0, f64::max) * plan.step_h;
        for (set, running) in self.sets.iter_mut().enumerate() {
            let rating: f64 = members(&plan.scenario.gensets, set).map(|genset| genset.rating_kw).sum();
            for (step, cost) in running.standing_cost.iter_mut().enumerate() {
                let (load, generation) = (plan.load_kw(step), plan.generation_kw(step));
                let wanted = load - generation + plan.scenario.spinning_reserve.required_kw(load, generation);
                let there = rating + columns.storage.discharge_max_kw + plan.import_limit_kw.at(step);
                *cost += dear * (wanted - there).max(0.0);
            }
        }
    }
}

impl RunningSet {
    fn new(plan: &Plan, columns: &Columns, set: usize, storage_forms: bool) -> Result<Self, Problems> {
        let scenario = &plan.scenario;
        let carbon_price = scenario.carbon.price_per_kg;
        let running = || members(&scenario.gensets, set);
        let forms = storage_forms || running().any(|genset| genset.grid_forming);
        // Without anything to form the grid the site is dark, and gensets trip.
        let dark: Vec<bool> = (0..plan.steps).map(|step| !forms && !plan.grid_is_up(step)).collect();
        let unless_dark = |value: &dyn Fn(usize) -> f64| {
            dark.iter().enumerate().map(|(t, d)| if *d { 0.0 } else { value(t) }).collect()
        };
        let least_kw: f64 = running().map(Genset::min_kw).sum();
        let least_cost: f64 = running().map(|g| g.cost_per_h(g.min_kw(), carbon_price)).sum::<f64>() * plan.step_h;
        let generation_kw: Vec<f64> = unless_dark(&|t| columns.generation_kw[t] + least_kw);
        let storage = &columns.storage;
        let storage_max = storage.charge_max_kw.max(storage.discharge_max_kw);
        let storage_kw: Vec<f64> =
            unless_dark(&|t| columns.storage_max_kw.as_ref().map_or(storage_max, |most| most[t]));
        let pieces: Vec<(f64, f64)> = running().flat_map(|genset| genset.pieces_above_least(carbon_price)).collect();
        let powers: Vec<Vec<f64>> = pieces.iter().map(|(kw, _)| unless_dark(&|_| *kw)).collect();
        let sources: Vec<Source<'_>> = pieces
            .iter()
            .zip(&powers)
            .map(|((_, cost), kw)| Source { max_kw: Series::Steps(kw), cost_per_kwh: Series::Constant(*cost) })
            .collect();
        let tiers = columns.tiers();
        let steps = Steps {
            generation_kw: Series::Steps(&generation_kw),
            charge_max_kw: Some(Series::Steps(&storage_kw)),
            discharge_max_kw: Some(Series::Steps(&storage_kw)),
            grid_charging: true,
            storage_export: true,
            ..columns.steps(&tiers, &sources, false)
        };
        let mut solver = Solver::new();
        solver.load(storage, &steps)?;
        Ok(Self {
            law: solver.into_law(),
            standing_cost: unless_dark(&|_| least_cost),
            is_there: running().all(|genset| genset.rating_kw > 0.0),
        })
    }

    /// The corners of a step's cost over the change of the stored energy.
    pub(super) fn cost(&self, step: usize, corners: &mut Corners) {
        self.law.step_cost(step, corners);
        corners.iter_mut().for_each(|corner| corner.1 += self.standing_cost[step]);
    }
}

/// The gensets of a set.
pub(super) fn members(gensets: &[Genset], set: usize) -> impl Iterator<Item = &Genset> {
    gensets.iter().enumerate().filter(move |(i, _)| set >> i & 1 == 1).map(|(_, genset)| genset)
}

/// What of the site the plan leaves out; the first says what it is.
fn left_out(plan: &Plan, columns: &Columns, is_timed: bool) -> Vec<String> {
    let scenario = &plan.scenario;
    let mut reasons = alloc::vec![String::from("gensets on or off, with the envelope of both over the stored energy")];
    let mut leave = |applies: bool, what: &str| {
        if applies {
            reasons.push(what.into());
        }
    };
    leave(!is_timed, "least times of gensets are left out");
    let ramped = |genset: &Genset| genset.ramp_kw_per_h * plan.step_h < genset.rating_kw;
    leave(scenario.gensets.iter().any(ramped), "ramps of gensets are left out");
    leave(!columns.charges.is_empty(), "demand charges are left out");
    leave(scenario.spinning_reserve.is_kept(), "spinning reserve is left out");
    let barred = |battery: &crate::storage::Battery| {
        battery.capacity_kwh > 0.0 && !(battery.charge_from_grid && battery.export_to_grid)
    };
    leave(scenario.storage.iter().any(barred), "rules against grid charging and export of storage are left out");
    reasons
}
