//! `idle`: storage locked out. The site as it is without storage, the reference for savings. Foresight: none.

use super::lane_strategy::{LaneStrategy, LaneView, Traits};
use super::{Reason, Wish};
use crate::simulation::lane::Lane;

#[derive(Debug)]
pub(crate) struct Idle;

impl<const L: usize> LaneStrategy<L> for Idle {
    #[inline(always)]
    fn traits(&self) -> Traits {
        Traits { locks_storage: true, ..Traits::RULE }
    }

    #[inline(always)]
    fn decide(&mut self, _view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        ask.fill(Lane::<L>::ZERO);
    }

    fn why(&self, _view: &LaneView<'_, L>, _lane: usize) -> Wish {
        Wish::new(Reason::LockedOut, 0.0)
    }
}
