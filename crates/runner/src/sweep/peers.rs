//! Other processes that run blocks of the same sweep.

use microgrid_core::Problems;

use super::Block;

/// Other processes that run blocks of a sweep, as the one that fills the store sees them. They hold no store: a block
/// comes back as a message, so nothing but this process writes the folder. `()` is nobody.
pub trait Peers {
    /// Tells them that the sweep begins, and that its manifest has this [`identity`](super::Manifest::identity).
    ///
    /// # Errors
    /// A peer whose own manifest is another.
    fn begin(&mut self, identity: u64) -> Result<(), Problems>;

    /// Tells them that there is no sweep to run.
    fn dismiss(&mut self);

    /// Answers those that have asked for work, by what `lease` gives: at most as many blocks as asked for, none where
    /// there is no more. Hands what they have run to `put`. Returns without waiting.
    fn serve(&mut self, lease: &dyn Fn(u64) -> Vec<u64>, put: &mut dyn FnMut(u64, Block));

    /// Whether all of them know that there is no more.
    fn are_done(&self) -> bool;

    /// How many there are.
    fn count(&self) -> u64;
}

impl Peers for () {
    fn begin(&mut self, _: u64) -> Result<(), Problems> {
        Ok(())
    }

    fn dismiss(&mut self) {}

    fn serve(&mut self, _: &dyn Fn(u64) -> Vec<u64>, _: &mut dyn FnMut(u64, Block)) {}

    fn are_done(&self) -> bool {
        true
    }

    fn count(&self) -> u64 {
        0
    }
}
