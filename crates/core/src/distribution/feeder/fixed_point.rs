//! What every fixed point over lanes has in common: lanes settle one by one and keep their voltages from then on.

use crate::distribution::power_flow::FlowSettings;
use crate::simulation::lane::{Lane, abs};

/// Calls `sweep` with 1 for each lane that still moves, until every lane has settled; it returns the largest change of each
/// lane. Returns the sweeps of each lane, 0 where it has not settled, and 1 for each such lane.
#[inline(always)]
pub(in crate::distribution) fn settle<const L: usize>(
    settings: &FlowSettings,
    mut sweep: impl FnMut(&Lane<L>) -> Lane<L>,
) -> ([u32; L], Lane<L>) {
    let mut sweeps = [0; L];
    let mut moving = Lane([1.0; L]);
    for number in 1..=settings.sweeps_max {
        let change = sweep(&moving);
        for l in 0..L {
            if moving[l] > 0.0 && change[l] <= settings.tolerance_pu {
                moving[l] = 0.0;
                sweeps[l] = number;
            }
        }
        if moving.iter().all(|m| *m == 0.0) {
            break;
        }
    }
    (sweeps, moving)
}

/// A part of a voltage after a sweep: where its lane is not `moving` the old one stays. The largest change grows by it.
#[inline(always)]
pub(in crate::distribution) fn moved(moving: f64, old: f64, new: f64, largest: &mut f64) -> f64 {
    *largest = grown(*largest, new - old);
    if moving > 0.0 { new } else { old }
}

/// The larger of a size and the size of a change; a change that is not a number stays.
#[inline(always)]
pub(in crate::distribution) fn grown(largest: f64, change: f64) -> f64 {
    let size = abs(change);
    if size < largest { largest } else { size }
}

/// Takes the sweeps from lanes with a voltage that is not finite.
pub(in crate::distribution) fn unsettle_infinite<const L: usize>(
    re: &[Lane<L>],
    im: &[Lane<L>],
    sweeps: &mut [u32; L],
) {
    for l in 0..L {
        if !re.iter().chain(im).all(|v| v[l].is_finite()) {
            sweeps[l] = 0;
        }
    }
}
