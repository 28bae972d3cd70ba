//! Limit: what each device can do in this step, a pure function of its state.

use super::Seen;
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::simulation::block::{Scratch, SiteLanes, State};

#[inline(always)]
pub(in crate::simulation) fn limit<const L: usize, S: LaneStrategy<L>>(
    site: &SiteLanes<L>,
    state: &State<L>,
    seen: &Seen<L>,
    scratch: &mut Scratch<L>,
) {
    if S::LOCKS_STORAGE {
        return; // The limits were packed as 0 and stay so.
    }
    for (i, limits) in scratch.limits.iter_mut().enumerate() {
        let stored = state.stored[i];
        let (mut charge, mut discharge) = ([0.0; L], [0.0; L]);
        for l in 0..L {
            let battery = site.batteries[i].at(l);
            // The reserve is released in an outage.
            let floor = if seen.grid_up[l] > 0.0 { battery.reserve_kwh } else { battery.min_kwh };
            charge[l] = battery.charge_limit_kw(stored[l]);
            discharge[l] = battery.discharge_limit_kw(stored[l], floor);
        }
        limits.charge = charge;
        limits.discharge = discharge;
    }
}
