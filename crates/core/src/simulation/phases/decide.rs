//! Decide: the strategy writes its requests.

use super::Seen;
use crate::dispatch::lane_strategy::{LaneStrategy, LaneView};
use crate::simulation::block::{Scratch, SiteLanes, State};

#[inline(always)]
pub(in crate::simulation) fn decide<const L: usize, S: LaneStrategy<L>>(
    site: &SiteLanes<L>,
    state: &State<L>,
    seen: &Seen<L>,
    step: usize,
    month: usize,
    strategy: &mut S,
    scratch: &mut Scratch<L>,
) {
    let view = LaneView {
        step,
        month,
        deficit: &seen.deficit,
        load: &seen.load,
        generation: &seen.generation,
        import_limit: &seen.import_limit,
        export_limit: &seen.export_limit,
        grid_up: &seen.grid_up,
        batteries: &site.batteries,
        stored: &state.stored,
        limits: &scratch.limits,
    };
    strategy.decide(&view, &mut scratch.power);
}
