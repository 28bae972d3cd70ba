//! Decide: the strategy writes its requests, and they are held to what the devices can do. Returns what it asks to
//! curtail, as [`LaneStrategy::least_net`] says.

use super::{Seen, Storage};
use crate::dispatch::lane_strategy::{LaneStrategy, LaneView};
use crate::simulation::Gensets;
use crate::simulation::block::Inputs;
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::meter::Meters;

/// What the strategy sees.
#[inline(always)]
pub(in crate::simulation) fn view<'a, const L: usize>(
    inputs: &'a Inputs<'a, L>,
    seen: &'a Seen<L>,
    (step, month): (usize, usize),
    meters: &'a Meters<L>,
    storage: &'a Storage<'_, L>,
    gensets: &'a Gensets<'_, L>,
) -> LaneView<'a, L> {
    LaneView {
        step,
        month,
        deficit: &seen.deficit,
        load: &seen.load,
        generation: &seen.generation,
        inputs,
        batteries: storage.batteries,
        stored: storage.stored,
        limits: storage.limits,
        gensets,
        meters,
    }
}

#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the parts of a block, borrowed one by one")]
pub(in crate::simulation) fn decide<const L: usize, S: LaneStrategy<L>, const GENSETS: bool>(
    inputs: &Inputs<'_, L>,
    seen: &Seen<L>,
    step: usize,
    month: usize,
    meters: &Meters<L>,
    strategy: &mut S,
    storage: &mut Storage<'_, L>,
    gensets: &mut Gensets<'_, L>,
) -> Option<Lane<L>> {
    let view = LaneView {
        step,
        month,
        deficit: &seen.deficit,
        load: &seen.load,
        generation: &seen.generation,
        inputs,
        batteries: storage.batteries,
        stored: storage.stored,
        limits: storage.limits,
        gensets,
        meters,
    };
    strategy.decide(&view, storage.power);
    if !S::HOLDS_LIMITS {
        for (power, limits) in storage.power.iter_mut().zip(&*storage.limits) {
            let mut held = *power;
            for l in 0..L {
                held[l] = max(min(held[l], limits.discharge[l]), -limits.charge[l]);
            }
            *power = held;
        }
    }
    let least_net = if S::CURTAILS { strategy.least_net(&view, storage.power) } else { None };
    if GENSETS {
        strategy.ask_gensets(gensets);
    }
    least_net
}
