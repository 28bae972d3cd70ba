//! Limit: what each device can do in this step, a pure function of its state.

use super::{Now, Plant, Site};
use crate::dispatch::lane_strategy::Traits;
use crate::simulation::devices::Devices;
use crate::simulation::lane::Lane;
use crate::storage::BatteryLanes;

#[inline(always)]
pub(in crate::simulation) fn limit<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    plant: &mut Plant<'_, D, L>,
    traits: Traits,
) {
    plant.devices.limit(now);
    if traits.locks_storage {
        return; // The limits were packed as 0 and stay so.
    }
    let storage = &mut plant.storage;
    for ((limits, stored), battery) in storage.limits.iter_mut().zip(&*storage.stored).zip(storage.batteries) {
        let mut kept = *stored;
        if !D::IS_PLAIN && site.lanes.any_leaks {
            for l in 0..L {
                kept[l] = battery.at(l).kept_kwh(stored[l]);
            }
        }
        let (mut charge, mut discharge) = (Lane::<L>::ZERO, Lane::<L>::ZERO);
        for l in 0..L {
            charge[l] = battery.at(l).charge_limit_kw(kept[l]);
            discharge[l] = battery.at(l).discharge_limit_kw(kept[l], battery.at(l).reserve_kwh);
        }
        if !D::IS_PLAIN && now.any_outage {
            discharge = release_reserve(battery, kept, discharge, site.inputs.grid_up(now.step));
        }
        limits.charge = charge;
        limits.discharge = discharge;
    }
    plant.devices.limit_storage(storage.batteries, storage.stored, || site.inputs.grid_up(now.step), storage.limits);
}

/// The limit of discharge where some lane is without the grid: there the reserve is released. On copies, since it is rare.
#[cold]
#[inline(never)]
fn release_reserve<const L: usize>(
    battery: &BatteryLanes<L>,
    kept: Lane<L>,
    mut discharge: Lane<L>,
    grid_up: Lane<L>,
) -> Lane<L> {
    for l in (0..L).filter(|&l| grid_up[l] == 0.0) {
        discharge[l] = battery.at(l).discharge_limit_kw(kept[l], battery.at(l).min_kwh);
    }
    discharge
}
