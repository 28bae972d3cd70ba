//! Blocks made by many threads and taken by one, in the order in which they were leased.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Barrier, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rayon::ThreadPool;

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

/// Runs something when it goes out of scope, by whatever way.
struct OnExit<F: Fn()>(F);

impl<F: Fn()> Drop for OnExit<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Makes every block that `lease` gives on the threads of `runner`, and hands them to `take` on this thread in the order
/// of their lease. Between blocks, `take` is called with `None` from time to time. It ends when `lease` gives no more, or
/// when `take` breaks off; then blocks in flight are made and dropped. `pieces` is into how many parts the work falls at
/// most; there are no more threads.
///
/// # Panics
/// Where `make` or `take` does, once the blocks in flight have ended.
pub(crate) fn run<T: Send>(
    runner: Runner,
    pieces: u64,
    lease: &(dyn Fn() -> Option<u64> + Sync),
    make: &(dyn Fn(u64) -> T + Sync),
    take: &mut dyn FnMut(Option<(u64, T)>) -> ControlFlow<()>,
) {
    match runner.pool(pieces) {
        Some(pool) => run_on(&pool, lease, make, take),
        None => {
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
            // A lease that gives no more to one gives none to the others either, and a panic ends all.
            let _closing = OnExit(&close);
            while let Some((place, block)) = next() {
                let made = make(block);
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
        // Threads that wait for their turn would wait for ever, and this scope for them, if `take` panicked.
        let _closing = OnExit(&close);
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
                break;
            }
        }
    });
}
