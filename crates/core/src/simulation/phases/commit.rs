//! Commit: states advance, and each device's own books are checked.

use super::{Flows, Now, Plant, Site};
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, abs, max};

#[inline(always)]
pub(in crate::simulation) fn commit<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    flows: &Flows<L>,
    plant: &mut Plant<'_, D, L>,
) {
    plant.devices.commit(now, || flows.dumped(plant.recourse));
    let Plant { storage, power, devices, .. } = plant;
    for (i, meter) in storage.meters.iter_mut().enumerate() {
        if devices.commits(i) {
            devices.commit_battery((i, now.step), &storage.batteries[i], &power[i], &mut storage.stored[i], meter);
            continue;
        }
        let (power, stored, lanes) = (power[i], storage.stored[i], &storage.batteries[i]);
        let (mut kept, mut leak) = (stored, Lane::<L>::ZERO);
        if !D::IS_PLAIN && site.lanes.any_leaks {
            let mut leaked = meter.leak;
            for l in 0..L {
                let battery = lanes.at(l);
                let (charge, discharge) = split(power[l]);
                let change = battery.change_kwh(charge, discharge);
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
            let (charge, discharge) = split(power[l]);
            end[l] = battery.end_kwh(kept[l], battery.change_kwh(charge, discharge));
            charged[l] += charge;
            discharged[l] += discharge;
            let taken = -power[l] * site.lanes.step_h;
            let closes = taken - (end[l] - stored[l]) - battery.conversion_loss_kwh(charge, discharge) - leak[l];
            residual[l] += abs(closes);
        }
        (meter.charge, meter.discharge, meter.residual) = (charged, discharged, residual);
        storage.stored[i] = end;
    }
    devices.observe(storage.stored);
}

/// Charge and discharge of a finite power. The difference is exact, to the sign of zero, and takes two cycles less than
/// a second maximum, in the chain from stored energy to stored energy.
#[inline(always)]
fn split(power: f64) -> (f64, f64) {
    let discharge = max(power, 0.0);
    (discharge - power, discharge)
}
