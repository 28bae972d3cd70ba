//! Sweeps over MPI ranks: rank 0 leases blocks, runs some itself and writes the folder; the others run and send.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use microgrid_core::{Problem, Problems};
use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Destination, Root, Source as _};

use super::fill::Encode;
use super::lot::Caches;
use super::progress::Counts;
use super::{Block, Engine, Manifest, Peers, block_file, pipeline};

/// A rank asks for work; the message is how many blocks it can run at once, 0 where it wants to end.
const ASK: i32 = 1;
/// Numbers of the blocks that it may run; none where there is no more.
const LEASE: i32 = 2;
/// A block that it has run, as in its file.
const BLOCK: i32 = 3;

/// This process among those that `mpirun` has started. MPI ends when it is dropped.
pub struct Ranks {
    world: SimpleCommunicator,
    identity: u64,
    ended: i32,
    // Dropped last: it ends MPI.
    _universe: Universe,
}

impl Ranks {
    /// Joins the other ranks; `None` where this process was not started as one of several.
    #[must_use]
    pub fn join() -> Option<Self> {
        // Open MPI, MPICH and its kin, PMIx (Slurm).
        let is_rank =
            ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"].iter().any(|name| std::env::var_os(name).is_some());
        let (universe, _) = is_rank.then(|| mpi::initialize_with_threading(Threading::Funneled)).flatten()?;
        Some(Self { world: universe.world(), identity: 0, ended: 0, _universe: universe })
    }

    /// Whether this process fills the store; the others call [`Engine::help`].
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.world.rank() == 0
    }

    /// All ranks learn the identity that rank 0 has, and whether `is_mine` holds of it on all of them.
    fn agree(&self, identity: &mut u64, is_mine: impl Fn(u64) -> bool) -> bool {
        self.world.process_at_rank(0).broadcast_into(identity);
        let (mine, mut all) = (u8::from(is_mine(*identity)), 0);
        self.world.all_reduce_into(&mine, &mut all, SystemOperation::min());
        all == 1
    }
}

impl Peers for Ranks {
    fn begin(&mut self, identity: u64) -> Result<(), Problems> {
        self.identity = identity;
        if self.agree(&mut identity.clone(), |_| true) {
            return Ok(());
        }
        let problem = Problem::new("mpi", "the ranks have not read the same sweep");
        Err(problem.hint("give all ranks the same program and the same files").into())
    }

    fn dismiss(&mut self) {
        self.agree(&mut 0, |_| true);
    }

    fn serve(&mut self, lease: &dyn Fn(u64) -> Vec<u64>, put: &mut dyn FnMut(u64, Block)) {
        while let Some(status) = self.world.any_process().immediate_probe() {
            let peer = self.world.process_at_rank(status.source_rank());
            if status.tag() == ASK {
                let (wanted, _) = peer.receive_with_tag::<u64>(ASK);
                let blocks = if wanted == 0 { Vec::new() } else { lease(wanted) };
                self.ended += i32::from(blocks.is_empty());
                peer.send_with_tag(&blocks[..], LEASE);
            } else {
                let (bytes, _) = peer.receive_vec_with_tag::<u8>(BLOCK);
                // A block that is damaged on its way stays missing; resuming runs it.
                if let Some((number, block)) = block_file::of_message(self.identity, bytes) {
                    put(number, block);
                }
            }
        }
    }

    fn are_done(&self) -> bool {
        self.ended == self.world.size() - 1
    }

    fn count(&self) -> u64 {
        u64::from((self.world.size() - 1).unsigned_abs())
    }
}

impl Engine<'_> {
    /// Runs blocks for rank 0 until there are no more. `manifest` is that of this rank's own source.
    ///
    /// # Errors
    /// Another manifest than that of rank 0.
    pub fn help(&self, ranks: &Ranks, manifest: &Manifest, encode: &Encode<'_>) -> Result<(), Problems> {
        let mine = manifest.identity();
        let mut identity = 0;
        let agreed = ranks.agree(&mut identity, |identity| identity == mine);
        if identity == 0 {
            return Ok(()); // Rank 0 says why there is nothing to run.
        }
        if !agreed {
            return Err(Problem::new("mpi", "the ranks have not read the same sweep").into());
        }
        let first = ranks.world.process_at_rank(0);
        let (counts, caches) = (Counts::default(), Caches::default());
        loop {
            let threads = self.runner.threads.or(thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
            let wanted = if self.is_cancelled() { 0 } else { threads as u64 };
            first.send_with_tag(&wanted, ASK);
            let (blocks, _) = first.receive_vec_with_tag::<u64>(LEASE);
            if blocks.is_empty() {
                return Ok(());
            }
            let next = AtomicUsize::new(0);
            let lease = || {
                let place = next.fetch_add(1, Ordering::Relaxed);
                blocks.get(place).copied().filter(|_| !self.is_cancelled())
            };
            let make =
                |number| block_file::to_bytes(mine, number, &self.encoded(manifest, number, &counts, &caches, encode));
            pipeline::run(self.runner, &lease, &make, &mut |made| {
                if let Some((_, bytes)) = made {
                    first.send_with_tag(&bytes[..], BLOCK);
                }
                ControlFlow::Continue(())
            });
        }
    }
}
