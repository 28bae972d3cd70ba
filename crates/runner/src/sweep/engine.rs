//! The engine: a list of scenarios in, rows out.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use microgrid_core::dispatch::Controller;
use microgrid_core::simulation::PlanCache;
use microgrid_core::{Outcome, Plan, Problems, Scenario};
use microgrid_sweep::{Row, Source, Value};

use super::lot::{self, Caches};
use super::pipeline;
use super::progress::Counts;
use super::{Numbering, Progress};
use crate::{RunError, Runner, lanes};

/// Makes the strategy of scenario `index`; only this may look ahead. The cache is for [`Controller::built_in_with`].
pub type MakeStrategy<'a> = dyn Fn(u64, &Plan, &mut PlanCache) -> Result<Controller, Problems> + Sync + 'a;

/// Adds to an outcome what is known of its plan, such as a proven bound.
pub type Judge<'a> = dyn Fn(&Plan, &mut Outcome) + Sync + 'a;

/// Runs the scenarios of a source. No choice here but strategy and judge changes a row.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// The scenarios.
    pub source: &'a dyn Source,
    /// Threads and registers.
    pub runner: Runner,
    /// How strategies are made; the scenario's own built-in one where `None`.
    pub strategy: Option<&'a MakeStrategy<'a>>,
    /// What is done with an outcome before it becomes a row.
    pub judge: Option<&'a Judge<'a>>,
    /// Where this becomes true, no further block is begun.
    pub cancel: Option<&'a AtomicBool>,
    /// Called from time to time and at the end, on the thread that called the engine.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

impl<'a> Engine<'a> {
    /// Every scenario under its own strategy, on all processors.
    #[must_use]
    pub fn new(source: &'a dyn Source) -> Self {
        Self { source, runner: Runner::default(), strategy: None, judge: None, cancel: None, progress: None }
    }

    /// Runs one scenario alone: the same bits as in any sweep.
    #[must_use]
    pub fn row(&self, index: u64) -> Row {
        let mut rows = lot::run(self, index..index + 1, &Caches::default());
        rows.pop().expect("one scenario makes one row")
    }

    /// Runs every scenario and hands the rows to `take` in order, a block at a time; nothing is kept. Ends early where
    /// `take` breaks off or the sweep is cancelled; the return value is the number of rows taken.
    pub fn rows(&self, mut take: impl FnMut(Vec<Row>) -> ControlFlow<()>) -> u64 {
        let numbering = Numbering::of(self.source);
        let (counts, caches) = (Counts::default(), Caches::default());
        let next = AtomicU64::new(0);
        let lease = || {
            let block = next.fetch_add(1, Ordering::Relaxed);
            (block < numbering.blocks() && !self.is_cancelled()).then_some(block)
        };
        let mut taken = 0;
        let mut take = |made: Option<(u64, Vec<Row>)>| {
            self.report(&counts, 0, numbering.scenarios);
            let Some((_, rows)) = made else { return ControlFlow::Continue(()) };
            taken += rows.len() as u64;
            take(rows)
        };
        pipeline::run(
            self.runner,
            numbering.scenarios,
            &lease,
            &|block| self.block(&numbering, block, &counts, &caches),
            &mut take,
        );
        self.report(&counts, 0, numbering.scenarios);
        taken
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }

    pub(crate) fn report(&self, counts: &Counts, resumed: u64, total: u64) {
        if let Some(progress) = self.progress {
            progress(counts.progress(resumed, total));
        }
    }

    /// The rows of one block.
    fn block(&self, numbering: &Numbering, block: u64, counts: &Counts, caches: &Caches) -> Vec<Row> {
        let mut rows = Vec::new();
        self.lots(numbering, block, counts, caches, |lot, _| rows.extend(lot));
        rows
    }

    /// Runs one block a lot at a time and hands on each lot's rows, with how many of them are no sound run.
    pub(crate) fn lots(
        &self,
        numbering: &Numbering,
        block: u64,
        counts: &Counts,
        caches: &Caches,
        mut take: impl FnMut(Vec<Row>, u64),
    ) {
        let indices = numbering.scenarios_of(block);
        let size = lot::size(numbering.points);
        let mut first = indices.start;
        while first < indices.end {
            let lot = first..(first + size).min(indices.end);
            first = lot.end;
            let rows = lot::run(self, lot, caches);
            let faults = rows.iter().filter(|row| lot::is_fault(row)).count() as u64;
            counts.add(rows.len() as u64, faults);
            take(rows, faults);
        }
    }

    /// Compiles a scenario and makes its strategy. A user's part of it may panic.
    pub(crate) fn make(
        &self,
        index: u64,
        values: &[Value],
        cache: &mut PlanCache,
    ) -> Result<(Plan, Controller), RunError> {
        lanes::caught(|| self.source.scenario(index, values))
            .and_then(|scenario| self.make_of(index, || scenario, cache))
    }

    /// Compiles what `scenario` makes for the scenario of a number, such as a later year of it, and makes its strategy.
    pub(crate) fn make_of(
        &self,
        index: u64,
        scenario: impl FnOnce() -> Scenario,
        cache: &mut PlanCache,
    ) -> Result<(Plan, Controller), RunError> {
        lanes::caught(|| {
            let plan = Plan::compile_owned(scenario(), cache)?;
            let controller = match self.strategy {
                Some(make) => make(index, &plan, cache)?,
                None => Controller::built_in_with(&plan.scenario().dispatch, &plan, cache)?,
            };
            Ok((plan, controller))
        })
    }

    /// The outcome beside what the judge knows of its plan.
    pub(crate) fn judged(&self, plan: &Plan, result: Result<Outcome, RunError>) -> Result<Outcome, RunError> {
        let mut outcome = result?;
        match self.judge {
            Some(judge) => lanes::caught(|| {
                judge(plan, &mut outcome);
                Ok(outcome)
            }),
            None => Ok(outcome),
        }
    }
}
