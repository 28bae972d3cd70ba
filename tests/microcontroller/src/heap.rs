//! An allocator that counts: a stretch of RAM from which pieces are cut and never come back. Set-up is all that asks.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const BYTES: usize = 64 * 1024;

#[repr(align(64))]
pub struct Heap {
    room: UnsafeCell<[u8; BYTES]>,
    used: AtomicUsize,
    pieces: AtomicUsize,
}

// SAFETY: no two pieces overlap, as `used` only grows.
unsafe impl Sync for Heap {}

impl Heap {
    pub const fn new() -> Self {
        Self { room: UnsafeCell::new([0; BYTES]), used: AtomicUsize::new(0), pieces: AtomicUsize::new(0) }
    }

    /// Bytes in use, and pieces asked for so far.
    pub fn count(&self) -> (usize, usize) {
        (self.used.load(Relaxed), self.pieces.load(Relaxed))
    }

    /// Gives back all that was cut after the first `used` bytes; nobody may hold any of it.
    pub fn forget_after(&self, used: usize) {
        self.used.store(used, Relaxed);
    }
}

// SAFETY: pieces are aligned, within the room, and disjoint.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let from = self.used.load(Relaxed).next_multiple_of(layout.align());
        let until = from + layout.size();
        if layout.align() > 64 || until > BYTES {
            return core::ptr::null_mut();
        }
        self.used.store(until, Relaxed);
        self.pieces.fetch_add(1, Relaxed);
        // SAFETY: `until` is within the room.
        unsafe { self.room.get().cast::<u8>().add(from) }
    }

    unsafe fn dealloc(&self, _piece: *mut u8, _layout: Layout) {}
}
