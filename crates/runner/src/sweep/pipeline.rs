//! Blocks made by many threads and taken by one, in the order in which they were leased.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Barrier, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Runner;

/// How often the taking thread is called where no block is ready.
const TICK: Duration = Duration::from_millis(5);

/// Blocks in flight for each thread: leased and not yet taken.
const IN_FLIGHT: u64 = 2;

/// Which block is next, and how far taking is behind leasing.
struct Turn {
    leased: u64,
    taken: u64,
    closed: bool,
}

/// Makes every block that `lease` gives on the threads of `runner`, and hands them to `take` on this thread in the order
/// of their lease. Between blocks, `take` is called with `None` from time to time. It ends when `lease` gives no more, or
/// when `take` breaks off; then blocks in flight are made and dropped.
pub(crate) fn run<T: Send>(
    runner: Runner,
    lease: &(dyn Fn() -> Option<u64> + Sync),
    make: &(dyn Fn(u64) -> T + Sync),
    take: &mut dyn FnMut(Option<(u64, T)>) -> ControlFlow<()>,
) {
    let pool = ThreadPoolBuilder::new().num_threads(runner.threads.map_or(0, NonZeroUsize::get)).build();
    match pool {
        Ok(pool) => run_on(&pool, lease, make, take),
        // A machine that grants no more threads still has this one.
        Err(_) => {
            while let Some(block) = lease() {
                if take(Some((block, make(block)))).is_break() {
                    break;
                }
            }
        }
    }
}

fn run_on<T: Send>(
    pool: &ThreadPool,
    lease: &(dyn Fn() -> Option<u64> + Sync),
    make: &(dyn Fn(u64) -> T + Sync),
    take: &mut dyn FnMut(Option<(u64, T)>) -> ControlFlow<()>,
) {
    let threads = pool.current_num_threads();
    let in_flight = IN_FLIGHT * threads as u64;
    let turn = Mutex::new(Turn { leased: 0, taken: 0, closed: false });
    let moved = Condvar::new();
    let lock = || turn.lock().unwrap_or_else(PoisonError::into_inner);
    let close = || {
        lock().closed = true;
        moved.notify_all();
    };
    let next = || {
        let is_full = |turn: &mut Turn| !turn.closed && turn.leased - turn.taken >= in_flight;
        let mut turn: MutexGuard<'_, Turn> = moved.wait_while(lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        let block = (!turn.closed).then(lease).flatten()?;
        turn.leased += 1;
        Some((turn.leased - 1, block))
    };
    // All loops stand on threads of their own before the first block is made. Else a thread that waits for its block's
    // last lanes could begin another loop meanwhile, and finish its block only at the sweep's end.
    let all_here = Barrier::new(threads);
    let (sender, receiver) = sync_channel(in_flight as usize);
    let work = move |pool: &ThreadPool| {
        pool.broadcast(|_| {
            all_here.wait();
            while let Some((place, block)) = next() {
                let made = catch_unwind(AssertUnwindSafe(|| make(block))).unwrap_or_else(|panic| {
                    close();
                    resume_unwind(panic);
                });
                // Never waits: there is room for all that is in flight. It fails where taking broke off.
                if sender.send((place, block, made)).is_err() {
                    return;
                }
            }
        });
    };
    thread::scope(|scope| {
        // Moved, so that its sender ends with it, and the loop below with the last block.
        scope.spawn(move || work(pool));
        let mut waiting = BTreeMap::new();
        let mut taken = 0;
        loop {
            let flow = match receiver.recv_timeout(TICK) {
                Ok((place, block, made)) => {
                    waiting.insert(place, (block, made));
                    let mut flow = ControlFlow::Continue(());
                    while let (ControlFlow::Continue(()), Some(first)) = (flow, waiting.remove(&taken)) {
                        taken += 1;
                        flow = take(Some(first));
                    }
                    lock().taken = taken;
                    moved.notify_all();
                    flow
                }
                Err(RecvTimeoutError::Timeout) => take(None),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if flow.is_break() {
                close();
                break;
            }
        }
    });
}
