//! How far a sweep is.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Scenarios run, those of an earlier run of the sweep among them.
    pub done: u64,
    /// Scenarios that were there from an earlier run.
    pub resumed: u64,
    /// Scenarios to be run, the resumed among them.
    pub total: u64,
    /// Scenarios refused, panicked or ended in a fault, of those done.
    pub faults: u64,
}

/// Counts that all threads add to.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    done: AtomicU64,
    faults: AtomicU64,
}

impl Counts {
    pub(crate) fn add(&self, done: u64, faults: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
        self.faults.fetch_add(faults, Ordering::Relaxed);
    }

    pub(crate) fn progress(&self, resumed: u64, total: u64) -> Progress {
        Progress {
            done: self.done.load(Ordering::Relaxed),
            resumed,
            total,
            faults: self.faults.load(Ordering::Relaxed),
        }
    }
}
