//! The march compiled for the registers that the processor has, chosen at run time. Wider registers change the speed
//! and not the bits: the loop has only operations that IEEE 754 rounds one way.

use microgrid_core::Block;

/// Runs a block to its end with the widest registers.
pub(crate) fn march<const L: usize>(block: &mut Block<'_, L>) {
    pulp::Arch::new().dispatch(March(block));
}

struct March<'a, 'p, const L: usize>(&'a mut Block<'p, L>);

impl<const L: usize> pulp::NullaryFnOnce for March<'_, '_, L> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.0.march_inlined(usize::MAX);
    }
}
