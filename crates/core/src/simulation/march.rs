//! The march: days of steps, each step the phases of the loop in their order.

use core::ops::Range;

use super::block::{Block, BlockStrategy, Inputs, Scratch, SiteLanes, State};
use super::gensets::Gensets;
use super::meter::{BatteryMeters, Meters};
use super::phases::{Storage, commit, decide, limit, observe, record, settle, view};
use super::plan::Plan;
use super::recorder::Recorder;
use crate::dispatch::idle::Idle;
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::dispatch::self_consumption::SelfConsumption;

impl<const L: usize> Block<'_, L> {
    /// Runs the next `days` days, or as many as are left. Allocates nothing for built-in strategies.
    ///
    /// Inlined into its caller, so that a caller compiled for wider registers gets wider code; the bits are the same.
    #[inline(always)]
    pub fn march<R: Recorder>(&mut self, days: usize, recorder: &mut R) {
        let days = self.next_day..self.next_day + days.min(self.days_left());
        self.next_day = days.end;
        let mut run = Run {
            plan: self.plans[0],
            inputs: &self.inputs,
            site: &self.site,
            state: &mut self.state,
            meters: &mut self.meters,
            scratch: &mut self.scratch,
            gensets: &mut self.gensets,
        };
        // Matched here, once, so that inside the loop all is static.
        match &mut self.strategy {
            BlockStrategy::Idle => run.days(days, &mut Idle, recorder),
            BlockStrategy::SelfConsumption => run.days(days, &mut SelfConsumption, recorder),
            BlockStrategy::TimeOfUse(strategy) => run.days(days, strategy, recorder),
            BlockStrategy::PeakShaving(strategy) => run.days(days, strategy, recorder),
            BlockStrategy::Optimal(strategy) => run.days(days, strategy, recorder),
            BlockStrategy::RollingHorizon(strategy) => run.days(days, strategy, recorder),
            BlockStrategy::Own(strategy) => run.days(days, strategy, recorder),
        }
    }
}

/// A block taken apart, so that its parts can be borrowed one by one.
struct Run<'a, 'p, const L: usize> {
    plan: &'p Plan,
    inputs: &'a Inputs<'p, L>,
    site: &'a SiteLanes<L>,
    state: &'a mut State<L>,
    meters: &'a mut Meters<L>,
    scratch: &'a mut Scratch<L>,
    gensets: &'a mut Gensets<'p, L>,
}

impl<const L: usize> Run<'_, '_, L> {
    #[inline(always)]
    fn days<S: LaneStrategy<L>, R: Recorder>(&mut self, days: Range<usize>, strategy: &mut S, recorder: &mut R) {
        if !self.gensets.roster.is_empty() {
            return self.days_of_gensets(days, strategy, recorder);
        }
        for day in days {
            match self.state.stored.len() {
                1 => self.day_of_one_battery(day, strategy, recorder),
                _ => self.day_of_any::<S, R, false>(day, strategy, recorder),
            }
        }
    }

    /// The common site, with its battery in local arrays that live in registers: the step is bound by the latency of
    /// the chain from stored energy to stored energy, and each pass through memory adds five cycles to it.
    #[inline(always)]
    fn day_of_one_battery<S: LaneStrategy<L>, R: Recorder>(&mut self, day: usize, strategy: &mut S, recorder: &mut R) {
        let mut stored = [self.state.stored[0]];
        let mut limits = [self.scratch.limits[0].clone()];
        let mut power = [self.scratch.power[0]];
        let mut meters = [self.meters.batteries[0].clone()];
        // Slices of known length, so that the loops over batteries unroll and the arrays need no memory.
        let storage = Storage {
            batteries: &self.site.batteries[..1],
            rules: &self.site.rules[..1],
            stored: &mut stored,
            limits: &mut limits,
            power: &mut power,
        };
        self.day::<S, R, false>(day, storage, &mut meters, strategy, recorder);
        self.state.stored[0] = stored[0];
        let [meters] = meters;
        self.meters.batteries[0] = meters;
    }

    /// A loop of its own, so that sites without gensets have no trace of them in theirs.
    #[inline(never)]
    fn days_of_gensets<S: LaneStrategy<L>, R: Recorder>(
        &mut self,
        days: Range<usize>,
        strategy: &mut S,
        recorder: &mut R,
    ) {
        for day in days {
            self.day_of_any::<S, R, true>(day, strategy, recorder);
        }
    }

    #[inline(always)]
    fn day_of_any<S: LaneStrategy<L>, R: Recorder, const GENSETS: bool>(
        &mut self,
        day: usize,
        strategy: &mut S,
        recorder: &mut R,
    ) {
        let mut stored = core::mem::take(&mut self.state.stored);
        let mut limits = core::mem::take(&mut self.scratch.limits);
        let mut power = core::mem::take(&mut self.scratch.power);
        let mut meters = core::mem::take(&mut self.meters.batteries);
        let storage = Storage {
            batteries: &self.site.batteries,
            rules: &self.site.rules,
            stored: &mut stored,
            limits: &mut limits,
            power: &mut power,
        };
        self.day::<S, R, GENSETS>(day, storage, &mut meters, strategy, recorder);
        (self.state.stored, self.scratch.limits, self.scratch.power) = (stored, limits, power);
        self.meters.batteries = meters;
    }

    #[inline(always)]
    fn day<S: LaneStrategy<L>, R: Recorder, const GENSETS: bool>(
        &mut self,
        day: usize,
        mut storage: Storage<'_, L>,
        batteries: &mut [BatteryMeters<L>],
        strategy: &mut S,
        recorder: &mut R,
    ) {
        let month = self.plan.month_of_day[day] as usize;
        let first_steps = &self.plan.scenario.calendar.day_first_step;
        for step in first_steps[day] as usize..first_steps[day + 1] as usize {
            let seen = observe(self.inputs, step);
            limit::<L, S>(self.inputs, self.site, &seen, step, &mut storage);
            if GENSETS {
                self.gensets.limit();
            }
            let gensets = &mut *self.gensets;
            let least_net =
                decide::<L, S, GENSETS>(self.inputs, &seen, step, month, self.meters, strategy, &mut storage, gensets);
            if R::ACTIVE {
                let view = view(self.inputs, &seen, (step, month), self.meters, &storage, self.gensets);
                for (lane, wish) in self.scratch.wishes.iter_mut().enumerate() {
                    *wish = strategy.why(&view, lane);
                }
            }
            let gensets = &mut *self.gensets;
            let recourse = &mut self.scratch.recourse;
            let flows = settle::<L, S, GENSETS>(
                self.inputs,
                self.site,
                &seen,
                step,
                least_net,
                &mut storage,
                recourse,
                gensets,
            );
            commit(self.site, &mut storage, batteries);
            if GENSETS {
                self.gensets.commit(&flows.dumped(recourse));
            }
            record::meter::<L, GENSETS>(
                self.plan,
                self.inputs,
                &seen,
                &flows,
                recourse,
                step,
                month,
                self.meters,
                storage.power,
                self.gensets,
            );
            if R::ACTIVE {
                let records = (&mut *self.scratch.records, &mut *self.scratch.genset_records);
                let wishes = &self.scratch.wishes;
                record::show(
                    self.inputs,
                    &seen,
                    &flows,
                    recourse,
                    step,
                    wishes,
                    &storage,
                    self.gensets,
                    records,
                    recorder,
                );
            }
        }
        record::close_day(self.meters, month);
    }
}
