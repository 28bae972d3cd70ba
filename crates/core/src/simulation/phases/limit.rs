//! Limit: what each device can do in this step, a pure function of its state.

use super::{Seen, Storage};
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::simulation::block::{Inputs, SiteLanes};
use crate::simulation::lane::Lane;

#[inline(always)]
pub(in crate::simulation) fn limit<const L: usize, S: LaneStrategy<L>>(
    inputs: &Inputs<'_, L>,
    site: &SiteLanes<L>,
    seen: &Seen<L>,
    step: usize,
    storage: &mut Storage<'_, L>,
) {
    if S::LOCKS_STORAGE {
        return; // The limits were packed as 0 and stay so.
    }
    for ((limits, stored), battery) in storage.limits.iter_mut().zip(&*storage.stored).zip(storage.batteries) {
        let mut kept = *stored;
        if site.any_leaks {
            for l in 0..L {
                kept[l] = battery.at(l).kept_kwh(stored[l]);
            }
        }
        let (mut charge, mut discharge) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            charge[l] = battery.at(l).charge_limit_kw(kept[l]);
            discharge[l] = battery.at(l).discharge_limit_kw(kept[l], battery.at(l).reserve_kwh);
        }
        if seen.any_outage {
            let grid_up = inputs.grid_up(step);
            for l in 0..L {
                // The reserve is released in an outage.
                let released = battery.at(l).discharge_limit_kw(kept[l], battery.at(l).min_kwh);
                discharge[l] = if grid_up[l] > 0.0 { discharge[l] } else { released };
            }
        }
        limits.charge = charge;
        limits.discharge = discharge;
    }
}
