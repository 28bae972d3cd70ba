//! Commit: states advance, and each device's own books are checked.

use super::Storage;
use crate::simulation::block::SiteLanes;
use crate::simulation::lane::{Lane, abs, max};
use crate::simulation::meter::BatteryMeters;

#[inline(always)]
pub(in crate::simulation) fn commit<const L: usize>(
    site: &SiteLanes<L>,
    storage: &mut Storage<'_, L>,
    meters: &mut [BatteryMeters<L>],
) {
    for (i, meter) in meters.iter_mut().enumerate() {
        let (power, stored, lanes) = (storage.power[i], storage.stored[i], &storage.batteries[i]);
        let (mut kept, mut leak) = (stored, Lane::<L>::ZERO);
        if site.any_leaks {
            let mut leaked = meter.leak;
            for l in 0..L {
                let battery = lanes.at(l);
                let change = battery.change_kwh(max(-power[l], 0.0), max(power[l], 0.0));
                kept[l] = battery.kept_kwh(stored[l]);
                leak[l] = battery.leak_kwh(stored[l], change);
                leaked[l] += leak[l];
            }
            meter.leak = leaked;
        }
        let (mut charged, mut discharged) = (meter.charge, meter.discharge);
        let (mut residual, mut end) = (meter.residual, Lane::<L>::ZERO);
        for l in 0..L {
            let battery = lanes.at(l);
            let (charge, discharge) = (max(-power[l], 0.0), max(power[l], 0.0));
            end[l] = battery.end_kwh(kept[l], battery.change_kwh(charge, discharge));
            charged[l] += charge;
            discharged[l] += discharge;
            let taken = -power[l] * site.step_h;
            let closes = taken - (end[l] - stored[l]) - battery.conversion_loss_kwh(charge, discharge) - leak[l];
            residual[l] += abs(closes);
        }
        (meter.charge, meter.discharge, meter.residual) = (charged, discharged, residual);
        storage.stored[i] = end;
    }
}
