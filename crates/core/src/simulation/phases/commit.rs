//! Commit: states advance, and each device's own books are checked.

use crate::simulation::block::{Scratch, SiteLanes, State};
use crate::simulation::lane::{abs, max};
use crate::simulation::meter::Meters;

#[inline(always)]
pub(in crate::simulation) fn commit<const L: usize>(
    site: &SiteLanes<L>,
    state: &mut State<L>,
    meters: &mut Meters<L>,
    scratch: &mut Scratch<L>,
) {
    for (i, meter) in meters.batteries.iter_mut().enumerate() {
        let (power, stored) = (scratch.power[i], state.stored[i]);
        let lanes = &site.batteries[i];
        let (mut charge, mut discharge) = (meter.charge, meter.discharge);
        let (mut residual, mut end, mut leak) = (meter.residual, [0.0; L], [0.0; L]);
        if site.any_leaks {
            for l in 0..L {
                let battery = lanes.at(l);
                let change = battery.change_kwh(max(-power[l], 0.0), max(power[l], 0.0));
                leak[l] = battery.leak_kwh(stored[l], change);
                meter.leak[l] += leak[l];
            }
        }
        for l in 0..L {
            let battery = lanes.at(l);
            let (c, d) = (max(-power[l], 0.0), max(power[l], 0.0));
            end[l] = battery.end_kwh(stored[l], battery.change_kwh(c, d));
            charge[l] += c;
            discharge[l] += d;
            let closes = (c - d) * site.step_h - (end[l] - stored[l]) - battery.conversion_loss_kwh(c, d) - leak[l];
            residual[l] += abs(closes);
        }
        (meter.charge, meter.discharge, meter.residual) = (charge, discharge, residual);
        state.stored[i] = end;
    }
}
