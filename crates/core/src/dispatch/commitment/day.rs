//! V of the steps of a day, worked out backwards from the next day's, in room that is made once.

use alloc::vec::Vec;

use super::curve::{Corners, carried_back, envelope};
use super::plan::CommitmentPlan;

/// V at one step, by phase; of no corners where no phase leads there.
pub(super) type Values = Vec<Corners>;

/// V of each step of a day and of the step after it, and room to work it out.
#[derive(Debug)]
pub(super) struct Day {
    /// Backwards from the step after the day, all phases of each step; where each ends stands in `ends`.
    corners: Corners,
    ends: Vec<usize>,
    /// Cost of the step at hand, by the set that runs.
    costs: Vec<Corners>,
    /// What it costs to go on into each phase, and whether it is worked out.
    onward: Vec<Corners>,
    is_worked_out: Vec<bool>,
    least: Corners,
    scratch: Corners,
}

/// The most that the days of a plan needed of a [`Day`]: with as much room the same days are worked out again without
/// an allocation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    corners_of_day: usize,
    steps_of_day: usize,
    corners: usize,
}

impl Room {
    /// Of one curve.
    pub(super) fn corners(self) -> usize {
        self.corners
    }
}

impl Day {
    pub(super) fn with_room(room: Room, sets: usize, phases: usize) -> Self {
        let corners = || Corners::with_capacity(room.corners);
        Self {
            corners: Corners::with_capacity(room.corners_of_day),
            ends: Vec::with_capacity((room.steps_of_day + 1) * phases),
            costs: (0..sets).map(|_| corners()).collect(),
            onward: (0..phases).map(|_| corners()).collect(),
            is_worked_out: alloc::vec![false; phases],
            least: corners(),
            scratch: corners(),
        }
    }

    /// What has been needed so far.
    pub(super) fn room(&self, before: Room) -> Room {
        let Self { corners, ends, costs, onward, is_worked_out, least, scratch } = self;
        let most = costs.iter().chain(onward).chain([least, scratch]).map(Corners::capacity).max().unwrap_or(0);
        Room {
            corners_of_day: corners.len().max(before.corners_of_day),
            steps_of_day: (ends.len() / is_worked_out.len()).saturating_sub(1).max(before.steps_of_day),
            corners: most.max(before.corners),
        }
    }

    /// V of a phase, so many steps before the step after the day.
    pub(super) fn value(&self, steps_back: usize, phase: usize) -> &[(f64, f64)] {
        let i = steps_back * self.is_worked_out.len() + phase;
        &self.corners[if i > 0 { self.ends[i - 1] } else { 0 }..self.ends[i]]
    }

    /// V at the day's first step, by phase.
    pub(super) fn first(&self) -> Values {
        let phases = self.is_worked_out.len();
        let steps = self.ends.len() / phases - 1;
        (0..phases).map(|phase| self.value(steps, phase).to_vec()).collect()
    }

    /// Works out V of `steps`, whose next step's is `next`.
    pub(super) fn work_out(&mut self, plan: &CommitmentPlan, steps: core::ops::Range<usize>, next: &Values) {
        self.corners.clear();
        self.ends.clear();
        for value in next {
            self.corners.extend_from_slice(value);
            self.ends.push(self.corners.len());
        }
        for (steps_back, step) in steps.rev().enumerate() {
            self.step_back(plan, step, steps_back);
        }
    }

    /// V of `step`, from V `steps_back`.
    fn step_back(&mut self, plan: &CommitmentPlan, step: usize, steps_back: usize) {
        for (set, cost) in plan.sets.iter().zip(&mut self.costs) {
            set.cost(step, cost);
        }
        self.is_worked_out.fill(false);
        for phase in 0..self.is_worked_out.len() {
            self.least.clear();
            for set in (0..plan.sets.len()).filter(|set| plan.sets[*set].is_there) {
                let Some((after, started)) = plan.phases.after(phase, set, plan.may_trip[step]) else { continue };
                if !self.is_worked_out[after] {
                    let mut onward = core::mem::take(&mut self.onward[after]);
                    carried_back(&self.costs[set], self.value(steps_back, after), plan.keep, &mut onward);
                    self.onward[after] = onward;
                    self.is_worked_out[after] = true;
                }
                let (to, starts) = (&self.onward[after], plan.cost_of_starts(started));
                if self.least.is_empty() {
                    self.least.extend(to.iter().map(|corner| (corner.0, corner.1 + starts)));
                } else {
                    envelope(&self.least, to, starts, &mut self.scratch);
                    core::mem::swap(&mut self.least, &mut self.scratch);
                }
            }
            self.corners.extend_from_slice(&self.least);
            self.ends.push(self.corners.len());
        }
    }
}
