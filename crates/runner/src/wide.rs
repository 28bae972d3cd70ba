//! The march compiled for the registers that the processor has, chosen at run time. Wider registers change the speed
//! and not the bits: the loop has only operations that IEEE 754 rounds one way.

use microgrid_core::Block;

/// Runs a block to its end with the widest registers; one lane alone has nothing to fill them with. Each width is a copy of
/// the loops of all strategies, by far the most that this crate compiles to, so that its unit tests do without.
pub(crate) fn march<const L: usize>(block: &mut Block<'_, L>) {
    #[cfg(all(target_arch = "x86_64", not(test)))]
    if const { L > 1 } {
        match pulp::Arch::new() {
            pulp::Arch::V3(registers) => return registers.vectorize(March(block)),
            pulp::Arch::V4(registers) => return registers.vectorize(March(block)),
            _ => {}
        }
    }
    block.march(usize::MAX, &mut ());
}

#[cfg(all(target_arch = "x86_64", not(test)))]
struct March<'a, 'p, const L: usize>(&'a mut Block<'p, L>);

#[cfg(all(target_arch = "x86_64", not(test)))]
impl<const L: usize> pulp::NullaryFnOnce for March<'_, '_, L> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.0.march_inlined(usize::MAX);
    }
}
