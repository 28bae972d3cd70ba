//! `self_consumption`: what generation leaves over goes into storage and comes back when the load asks for more.
//! Batteries are used in the order of the scenario. Foresight: none.

use super::lane_strategy::{LaneStrategy, LaneView};
use crate::simulation::lane::{Lane, max, min};

#[derive(Debug)]
pub(crate) struct SelfConsumption;

impl<const L: usize> LaneStrategy<L> for SelfConsumption {
    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        cover(view, *view.deficit, ask);
    }
}

/// Asks storage to bring `rest` (kW, positive where the site is short) to zero, one battery after the other.
#[inline(always)]
pub(crate) fn cover<const L: usize>(view: &LaneView<'_, L>, mut rest: Lane<L>, ask: &mut [Lane<L>]) {
    for (ask, limits) in ask.iter_mut().zip(view.limits) {
        let mut power = Lane::<L>::ZERO;
        for l in 0..L {
            power[l] = max(min(rest[l], limits.discharge[l]), -limits.charge[l]);
            rest[l] -= power[l];
        }
        *ask = power;
    }
}
