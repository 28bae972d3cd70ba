//! The march: days of steps, each step the phases of the loop in their order.

use core::ops::Range;

use super::block::{Block, BlockStrategy, Inputs, Scratch, SiteLanes, State};
use super::meter::Meters;
use super::phases::{commit, decide, limit, observe, record, settle};
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
        };
        // Matched here, once, so that inside the loop all is static.
        match &mut self.strategy {
            BlockStrategy::Idle => run.days(days, &mut Idle, recorder),
            BlockStrategy::SelfConsumption => run.days(days, &mut SelfConsumption, recorder),
            BlockStrategy::TimeOfUse(strategy) => run.days(days, strategy, recorder),
            BlockStrategy::PeakShaving(strategy) => run.days(days, strategy, recorder),
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
}

impl<const L: usize> Run<'_, '_, L> {
    #[inline(always)]
    fn days<S: LaneStrategy<L>, R: Recorder>(&mut self, days: Range<usize>, strategy: &mut S, recorder: &mut R) {
        for day in days {
            let month = self.plan.month_of_day[day] as usize;
            let first_steps = &self.plan.scenario.calendar.day_first_step;
            let steps = first_steps[day] as usize..first_steps[day + 1] as usize;
            for step in steps {
                self.step(step, month, strategy, recorder);
            }
            record::close_day(self.meters, month);
        }
    }

    #[inline(always)]
    fn step<S: LaneStrategy<L>, R: Recorder>(&mut self, step: usize, month: usize, strategy: &mut S, recorder: &mut R) {
        let seen = observe(self.inputs, step);
        limit::<L, S>(self.site, self.state, &seen, self.scratch);
        decide(self.site, self.state, &seen, step, month, strategy, self.scratch);
        let flows = settle(self.inputs, self.site, &seen, step, self.scratch);
        commit(self.site, self.state, self.meters, self.scratch);
        record::meter(self.plan, self.inputs, &seen, &flows, step, month, self.meters, self.scratch);
        if R::ACTIVE {
            record::show(self.state, &seen, &flows, step, self.scratch, recorder);
        }
    }
}
