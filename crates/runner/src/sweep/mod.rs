//! Sweeps: scenarios numbered from 0, made, run and handed on in blocks of consecutive numbers.
//!
//! An [`Engine`] runs what a [`Source`](microgrid_sweep::Source) lists. [`Engine::rows`] hands the rows on in order and
//! keeps none; [`Engine::fill`] writes them into a [`Store`], a folder that survives being killed at any moment: every
//! block is written under another name, synced and renamed, and checked when it is read back. A [`Shard`] is the part of
//! the blocks that one machine runs; [`merge`] puts shards together.
//!
//! [`Peers`] are other processes that run blocks for the one that fills the store; with the feature `mpi`, `Ranks` are those
//! that `mpirun` has started.
//!
//! A row depends on its number alone. Threads, lanes, shards, interruptions and the order of work change no bit.
//!
//! # Memory
//! A block has at most [`Numbering::MOST`] rows, two blocks a thread are in flight, and each thread holds the plans of at
//! most [`LOT`] scenarios. Nothing grows with the number of scenarios but one bit a block and the list of blocks to run.

mod block_file;
mod durable_file;
mod engine;
mod fill;
mod lot;
mod manifest;
mod merge;
#[cfg(feature = "mpi")]
mod mpi;
mod numbering;
mod peers;
mod pipeline;
mod progress;
mod store;

pub use durable_file::DurableFile;
pub use engine::{Engine, Judge, MakeStrategy};
pub use fill::{Encode, Filled, Watch};
pub use lot::LOT;
pub use manifest::{Field, Manifest};
pub use merge::merge;
#[cfg(feature = "mpi")]
pub use mpi::Ranks;
pub use numbering::{Numbering, Shard};
pub use peers::Peers;
pub use progress::Progress;
pub use store::{Block, Store, Survey};
