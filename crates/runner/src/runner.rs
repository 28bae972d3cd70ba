//! The runner: jobs in, outcomes out.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use microgrid_core::{Outcome, Problems};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Job;
use crate::lanes::{self, Ready};

/// Most threads for each processor.
const PER_PROCESSOR: usize = 16;

/// How jobs are run. No choice here changes a result.
#[derive(Debug, Clone, Copy, Default)]
pub struct Runner {
    /// Threads, at most; one for each processor where `None`. There are never more than pieces of work, nor than 16 for each
    /// processor: further ones would only take memory, and minutes to begin by the thousand.
    pub threads: Option<NonZeroUsize>,
    /// Whether to keep to the registers that every processor of the target has, instead of the widest at hand.
    pub narrow: bool,
}

/// Why a job has no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// Its strategy could not be made.
    Refused(Problems),
    /// Its strategy panicked, with this message.
    Panicked(String),
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(problems) => write!(f, "{problems}"),
            Self::Panicked(message) => write!(f, "the strategy panicked: {message}"),
        }
    }
}

impl std::error::Error for RunError {}

impl Runner {
    /// Runs all jobs; the result has their order. `done` is called with the number of jobs done so far, from any
    /// thread, whenever a block ends.
    pub fn run(&self, jobs: &[Job<'_>], done: &(dyn Fn(usize) + Sync)) -> Vec<Result<Outcome, RunError>> {
        match self.pool(jobs.len() as u64) {
            Some(pool) => pool.install(|| self.run_here(jobs, done)),
            None => self.run_here(jobs, done),
        }
    }

    /// Threads for work that falls into so many pieces; `None` where the machine grants no more than the one there is.
    pub(crate) fn pool(&self, pieces: u64) -> Option<ThreadPool> {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let asked = self.threads.map_or(processors, NonZeroUsize::get);
        let useful = usize::try_from(pieces.max(1)).unwrap_or(usize::MAX).min(PER_PROCESSOR * processors);
        ThreadPoolBuilder::new().num_threads(asked.min(useful)).build().ok()
    }

    fn run_here(&self, jobs: &[Job<'_>], done: &(dyn Fn(usize) + Sync)) -> Vec<Result<Outcome, RunError>> {
        let made: Vec<_> = jobs.par_iter().map(|job| lanes::caught(|| (job.make)(job.plan))).collect();
        let mut results: Vec<Option<Result<Outcome, RunError>>> = Vec::new();
        results.resize_with(jobs.len(), || None);
        let mut ready = Vec::new();
        for (place, (job, made)) in jobs.iter().zip(made).enumerate() {
            match made {
                Ok(controller) => ready.push(Ready { place, plan: job.plan, controller }),
                Err(error) => results[place] = Some(Err(error)),
            }
        }
        let count = AtomicUsize::new(results.iter().flatten().count());
        let run: Vec<_> = lanes::group(ready)
            .into_par_iter()
            .flat_map_iter(|block| {
                let outcomes = lanes::run(block, self.narrow, false);
                done(count.fetch_add(outcomes.len(), Ordering::Relaxed) + outcomes.len());
                outcomes
            })
            .collect();
        for (place, result) in run {
            results[place] = Some(result.map(|(outcome, _)| outcome));
        }
        results.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_no_more_than_the_work() {
        let threads = |asked, pieces| {
            let runner = Runner { threads: NonZeroUsize::new(asked), narrow: false };
            runner.pool(pieces).unwrap().current_num_threads()
        };
        assert_eq!([threads(4000, 3), threads(2, 100), threads(1, 0)], [3, 2, 1]);
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        assert_eq!(threads(usize::MAX, u64::MAX), PER_PROCESSOR * processors);
    }
}
