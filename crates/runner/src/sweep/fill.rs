//! Running a sweep into a folder.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use microgrid_core::Problems;
use microgrid_sweep::Row;

use super::lot::Caches;
use super::progress::Counts;
use super::{Block, Engine, Manifest, Peers, Shard, Store, pipeline};

/// Makes bytes of consecutive rows; the same bytes of the same rows. A block's payload is the bytes of a few such calls,
/// one behind the other; where they part depends on the source alone.
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
        self.fill_with(&mut (), store, shard, encode, watch)
    }

    /// As [`Engine::fill`], with other processes that run some of the blocks.
    ///
    /// # Errors
    /// As [`Engine::fill`]; peers that have another sweep.
    pub fn fill_with(
        &self,
        peers: &mut dyn Peers,
        store: &Store,
        shard: Shard,
        encode: &Encode<'_>,
        watch: Option<&mut Watch<'_>>,
    ) -> Result<Filled, Problems> {
        let survey = store.survey(shard).inspect_err(|_| peers.dismiss())?;
        peers.begin(store.manifest().identity())?;
        let numbering = store.manifest().numbering;
        let total = survey.rows + survey.missing.iter().map(|block| rows(&numbering, *block)).sum::<u64>();
        let (counts, caches) = (Counts::default(), Caches::default());
        counts.add(survey.rows, survey.faults);
        let missing = survey.missing.iter().copied().collect();
        let mut filling = Filling { watch, store, missing, next: 0, flow: Ok(ControlFlow::Continue(())) };
        filling.advance();
        let next = AtomicUsize::new(0);
        let is_over = AtomicBool::new(false);
        let lease = || {
            if self.is_cancelled() || is_over.load(Ordering::Relaxed) {
                return None;
            }
            survey.missing.get(next.fetch_add(1, Ordering::Relaxed)).copied()
        };
        // Ever fewer blocks at once, so that all end together; never fewer than a peer's threads.
        let processes = peers.count() + 1;
        let lease_many = |threads: u64| -> Vec<u64> {
            let left = survey.missing.len().saturating_sub(next.load(Ordering::Relaxed)) as u64;
            let many = (left / (2 * processes)).max(threads);
            (0..many).map_while(|_| lease()).collect()
        };
        let mut take = |made: Option<(u64, Block)>, peers: &mut dyn Peers| {
            self.report(&counts, survey.rows, total);
            let mut flow = made.map_or(filling.flow(), |(number, block)| filling.put(number, &block));
            peers.serve(&lease_many, &mut |number, block| {
                counts.add(block.rows, block.faults);
                flow = filling.put(number, &block);
            });
            is_over.store(flow.is_break(), Ordering::Relaxed);
            flow
        };
        if take(None, peers).is_continue() {
            let make = |number| self.encoded(store.manifest(), number, &counts, &caches, encode);
            pipeline::run(self.runner, total - survey.rows, &lease, &make, &mut |made| take(made, peers));
        }
        while !peers.are_done() {
            thread::sleep(Duration::from_millis(1));
            // What it says is kept in `filling`, and peers must be answered in any case.
            let _ = take(None, peers);
        }
        self.report(&counts, survey.rows, total);
        let is_stopped = filling.flow?.is_break();
        let progress = counts.progress(survey.rows, total);
        Ok(Filled {
            blocks: if is_stopped { filling.next } else { numbering.blocks() },
            is_cancelled: !is_stopped && !filling.missing.is_empty(),
            damaged: survey.damaged,
            faults: progress.faults,
            rows: progress.done,
        })
    }

    /// Runs a block and encodes its rows, a lot at a time, so that outcomes take room for a lot only.
    pub(crate) fn encoded(
        &self,
        manifest: &Manifest,
        number: u64,
        counts: &Counts,
        caches: &Caches,
        encode: &Encode<'_>,
    ) -> Block {
        let mut block = Block { rows: 0, faults: 0, payload: Vec::new() };
        self.lots(&manifest.numbering, number, counts, caches, |rows, faults| {
            block.rows += rows.len() as u64;
            block.faults += faults;
            block.payload.extend(encode(&rows));
        });
        block
    }
}

fn rows(numbering: &super::Numbering, block: u64) -> u64 {
    let range = numbering.scenarios_of(block);
    range.end - range.start
}

/// The store being filled, and the watcher, who is shown blocks in order as far as they are there.
struct Filling<'s, 'w> {
    watch: Option<&'s mut Watch<'w>>,
    store: &'s Store,
    missing: BTreeSet<u64>,
    next: u64,
    flow: Result<ControlFlow<()>, Problems>,
}

impl Filling<'_, '_> {
    /// Whether to go on: not where the watcher broke off or something failed.
    fn flow(&self) -> ControlFlow<()> {
        if matches!(self.flow, Ok(ControlFlow::Continue(()))) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// Writes a block, unless it is over.
    fn put(&mut self, number: u64, block: &Block) -> ControlFlow<()> {
        if self.flow().is_break() {
            return ControlFlow::Break(());
        }
        match self.store.put(number, block) {
            Ok(()) => {
                self.missing.remove(&number);
                self.advance();
            }
            Err(problems) => self.flow = Err(problems),
        }
        self.flow()
    }

    fn advance(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let until = self.missing.first().copied().unwrap_or(self.store.manifest().numbering.blocks());
        while self.next < until && matches!(self.flow, Ok(ControlFlow::Continue(()))) {
            self.flow = self.store.block(self.next).map(|block| watch(&block.payload));
            self.next += 1;
        }
    }
}
