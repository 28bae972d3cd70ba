//! `peak_shaving`: storage holds the import at or below a target and recharges whenever the import is below it.
//!
//! The target is given (foresight: none), or the best constant target of each billing month (foresight: month): the
//! lowest that the rule itself can hold, found by running the rule.

use alloc::vec::Vec;

use super::controller::{Controller, Policy};
use super::lane_strategy::{LaneStrategy, LaneView};
use super::self_consumption::cover;
use super::{Reason, Wish};
use crate::Plan;
use crate::simulation::Block;
use crate::simulation::lane::Lane;

/// The targets of each billing month in each lane, kW.
#[derive(Debug)]
pub(crate) struct PeakShaving<const L: usize> {
    pub(crate) target_by_month: Vec<Lane<L>>,
}

impl<const L: usize> PeakShaving<L> {
    pub(crate) fn pack(targets: [&[f64]; L]) -> Self {
        let months = targets[0].len();
        Self { target_by_month: (0..months).map(|month| Lane::of(targets, |lane| lane[month])).collect() }
    }
}

impl<const L: usize> LaneStrategy<L> for PeakShaving<L> {
    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        let target = &self.target_by_month[view.month];
        let mut above = Lane::<L>::ZERO;
        for l in 0..L {
            above[l] = view.deficit[l] - target[l];
        }
        cover(view, above, ask);
    }

    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish {
        let above = view.deficit[lane] - self.target_by_month[view.month][lane];
        let reason = if above > 0.0 {
            Reason::ShavePeak
        } else if above < 0.0 {
            Reason::RechargeBelowTarget
        } else {
            Reason::Balanced
        };
        Wish::new(reason, above)
    }
}

/// Candidate targets tried at once, a lane each.
const TRIES: usize = 8;

/// The lowest target in kW of each billing month that the rule holds, months in order, each from the state in which
/// the last one ended.
///
/// The interval from 0 to the month's greatest deficit is cut in nine by eight trial runs until it is within 1e-9 of
/// the greatest; a target counts as held where the metered peak does not pass it.
pub(crate) fn best_targets(plan: &Plan) -> Vec<f64> {
    let as_at_start = plan.without_ageing();
    let plan = as_at_start.as_ref().unwrap_or(plan);
    let months = plan.scenario.calendar.months.len();
    let mut targets = alloc::vec![0.0; months];
    let mut start: Vec<f64> = plan.scenario.storage.iter().map(|b| b.initial_soc * b.capacity_kwh).collect();
    for (month, days) in plan.scenario.calendar.month_days().enumerate() {
        let steps = plan.scenario.calendar.day_first_step[days.start] as usize
            ..plan.scenario.calendar.day_first_step[days.end] as usize;
        let greatest = steps.map(|t| plan.load_kw(t) - plan.generation_kw(t)).fold(0.0, f64::max);
        let (mut missed, mut held) = (0.0, greatest);
        while held - missed > 1e-9 * greatest {
            let width = (held - missed) / (TRIES + 1) as f64;
            let tries: [f64; TRIES] = core::array::from_fn(|i| missed + width * (i + 1) as f64);
            let (peaks, _) = run_month(plan, month, days.clone(), &start, tries);
            let first_held = (0..TRIES).find(|&i| peaks[i] <= tries[i] * (1.0 + 1e-12));
            let before = (missed, held);
            match first_held {
                Some(0) => held = tries[0],
                Some(i) => (missed, held) = (tries[i - 1], tries[i]),
                None => missed = tries[TRIES - 1],
            }
            if before == (missed, held) {
                break; // The interval is down to neighbouring numbers.
            }
        }
        targets[month] = held;
        (_, start) = run_month(plan, month, days, &start, [held]);
    }
    targets
}

/// Runs one month under L targets from the stored energies `start`; returns each lane's peak and lane 0's end state.
fn run_month<const L: usize>(
    plan: &Plan,
    month: usize,
    days: core::ops::Range<usize>,
    start: &[f64],
    targets: [f64; L],
) -> ([f64; L], Vec<f64>) {
    let by_month = |target: f64| alloc::vec![target; plan.scenario.calendar.months.len()];
    let controllers =
        targets.map(|t| Controller::new("peak_shaving", "month", Policy::PeakShaving(by_month(t).into())));
    let mut block = Block::pack([plan; L], controllers);
    block.jump_to_day(days.start);
    for (stored, start) in block.state.stored.iter_mut().zip(start) {
        *stored = Lane([*start; L]);
    }
    block.march(days.len(), &mut ());
    (block.meters.peak_import[month].0, block.state.stored.iter().map(|stored| stored[0]).collect())
}
