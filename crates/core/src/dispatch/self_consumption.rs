//! `self_consumption`: what generation leaves over goes into storage and comes back when the load asks for more.
//! Batteries are used in the order of the scenario. Foresight: none.

use super::lane_strategy::{LaneStrategy, LaneView};
use super::{Reason, Wish};
use crate::simulation::lane::{Lane, max, min};

#[derive(Debug)]
pub(crate) struct SelfConsumption;

impl<const L: usize> LaneStrategy<L> for SelfConsumption {
    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        cover(view, *view.deficit, ask);
    }

    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish {
        Wish::new(Reason::of_deficit(view.deficit[lane]), view.deficit[lane])
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
