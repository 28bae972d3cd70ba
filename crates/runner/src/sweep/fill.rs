//! Running a sweep into a folder.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use microgrid_core::Problems;
use microgrid_sweep::Row;

use super::lot::{Caches, is_fault};
use super::progress::Counts;
use super::{Block, Engine, Shard, Store, pipeline};

/// Makes bytes of a block's rows; the same bytes of the same rows.
pub type Encode<'a> = dyn Fn(&[Row]) -> Vec<u8> + Sync + 'a;

/// Sees the payloads of all blocks in order, and may end the sweep after any of them.
pub type Watch<'a> = dyn FnMut(&[u8]) -> ControlFlow<()> + 'a;

/// What running a sweep into a folder came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Blocks that count, from block 0: all of them, or up to the one after which the watcher ended the sweep. Of a
    /// shard, only its own are there.
    pub blocks: u64,
    /// Whether it was cancelled before it was done.
    pub is_cancelled: bool,
    /// Blocks that were there, were damaged, and were run again.
    pub damaged: Vec<u64>,
    /// Rows there that are no sound run.
    pub faults: u64,
    /// Rows there.
    pub rows: u64,
}

impl Engine<'_> {
    /// Runs the blocks of `shard` that are missing in `store`. A block is there as soon as it is done; a kill at any
    /// moment costs the blocks in flight. `watch` sees every block of a whole sweep in order, also those that were there;
    /// where it breaks off, later blocks do not count.
    ///
    /// # Errors
    /// A store that cannot be read or written. What is done is kept, and another call goes on from there.
    pub fn fill(
        &self,
        store: &Store,
        shard: Shard,
        encode: &Encode<'_>,
        watch: Option<&mut Watch<'_>>,
    ) -> Result<Filled, Problems> {
        let numbering = store.manifest().numbering;
        let survey = store.survey(shard)?;
        let total = survey.rows + survey.missing.iter().map(|block| rows(&numbering, *block)).sum::<u64>();
        let (counts, caches) = (Counts::default(), Caches::default());
        counts.add(survey.rows, survey.faults);
        let mut watcher = Watcher { watch, store, missing: survey.missing.iter().copied().collect(), next: 0 };
        let mut result = watcher.advance();
        let next = AtomicUsize::new(0);
        let lease = || {
            let place = next.fetch_add(1, Ordering::Relaxed);
            survey.missing.get(place).copied().filter(|_| !self.is_cancelled())
        };
        let make = |number: u64| {
            let rows = self.block(&numbering, number, &counts, &caches);
            let faults = rows.iter().filter(|row| is_fault(row)).count() as u64;
            Block { rows: rows.len() as u64, faults, payload: encode(&rows) }
        };
        let mut take = |made: Option<(u64, Block)>| {
            self.report(&counts, survey.rows, total);
            if let Some((number, block)) = made {
                result = store.put(number, &block).and_then(|()| {
                    watcher.missing.remove(&number);
                    watcher.advance()
                });
            }
            if matches!(result, Ok(ControlFlow::Continue(()))) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        if take(None).is_continue() {
            pipeline::run(self.runner, &lease, &make, &mut take);
        }
        self.report(&counts, survey.rows, total);
        let is_stopped = result?.is_break();
        let progress = counts.progress(survey.rows, total);
        Ok(Filled {
            blocks: if is_stopped { watcher.next } else { numbering.blocks() },
            is_cancelled: !is_stopped && !watcher.missing.is_empty(),
            damaged: survey.damaged,
            faults: progress.faults,
            rows: progress.done,
        })
    }
}

fn rows(numbering: &super::Numbering, block: u64) -> u64 {
    let range = numbering.scenarios_of(block);
    range.end - range.start
}

/// Shows blocks in order as far as they are there.
struct Watcher<'s, 'w> {
    watch: Option<&'s mut Watch<'w>>,
    store: &'s Store,
    missing: BTreeSet<u64>,
    next: u64,
}

impl Watcher<'_, '_> {
    fn advance(&mut self) -> Result<ControlFlow<()>, Problems> {
        let Some(watch) = &mut self.watch else { return Ok(ControlFlow::Continue(())) };
        let until = self.missing.first().copied().unwrap_or(self.store.manifest().numbering.blocks());
        while self.next < until {
            let block = self.store.block(self.next)?;
            self.next += 1;
            if watch(&block.payload).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
