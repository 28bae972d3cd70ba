//! Record: what a recorder sees of the step.

use super::explain::limit_of;
use super::{Flows, Now, Plant, Site};
use crate::dispatch::Wish;
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, max};
use crate::simulation::recorder::{Recorder, StepRecord};
use crate::simulation::{BatteryRecord, GensetRecord};

/// A recorder, and room for what it is shown.
pub(in crate::simulation) struct Watch<'a, R> {
    pub(in crate::simulation) recorder: &'a mut R,
    /// What each lane's rule wanted.
    pub(in crate::simulation) wishes: &'a mut [Wish],
    pub(in crate::simulation) room: Room<'a>,
}

/// Room for what is shown of each device.
pub(in crate::simulation) struct Room<'a> {
    pub(in crate::simulation) batteries: &'a mut [BatteryRecord],
    pub(in crate::simulation) gensets: &'a mut [GensetRecord],
    /// A number for each of the plan's device columns.
    pub(in crate::simulation) devices: &'a mut [f64],
}

/// Shows a step to the recorder, lane by lane.
pub(in crate::simulation) fn record<const L: usize, D: Devices<L>, R: Recorder>(
    site: Site<'_, L>,
    now: &Now<L>,
    flows: &Flows<L>,
    plant: &Plant<'_, D, L>,
    watch: &mut Watch<'_, R>,
) {
    for (l, wish) in watch.wishes.iter().enumerate() {
        let Room { batteries, gensets, devices } = &mut watch.room;
        let room = Room { batteries, gensets, devices };
        watch.recorder.record(l, &shown(site, (now, flows), plant, (wish, l), room));
    }
}

/// What is shown of a lane's step, in `room`.
pub(in crate::simulation) fn shown<'a, const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    (now, flows): (&Now<L>, &Flows<L>),
    plant: &Plant<'_, D, L>,
    (wish, l): (&Wish, usize),
    room: Room<'a>,
) -> StepRecord<'a> {
    let Room { batteries, gensets, devices } = room;
    let mut used = Lane::<L>::ZERO;
    plant.devices.use_up(&mut used);
    let mut given = Lane::<L>::ZERO;
    plant.devices.give(&mut given);
    plant.devices.record(l, devices);
    let recourse = &*plant.recourse;
    for (i, record) in batteries.iter_mut().enumerate() {
        let power = plant.power[i][l];
        *record = BatteryRecord {
            charge_kw: max(-power, 0.0),
            discharge_kw: max(power, 0.0),
            stored_kwh: plant.storage.stored[i][l],
        };
    }
    for (genset, record) in plant.devices.gensets().iter().zip(gensets.iter_mut()) {
        let (running, power_kw) = (genset.running[l], genset.power[l]);
        *record = GensetRecord { running, power_kw, fuel_per_h: genset.steps[l].fuel_per_h(running, power_kw) };
    }
    let of = |lanes: &Lane<L>| if flows.any_recourse { lanes[l] } else { 0.0 };
    StepRecord {
        step: now.step as u32,
        load_kw: now.load[l],
        device_use_kw: -used[l],
        device_given_kw: given[l],
        unserved_kw: recourse.unserved.each_ref().map(of),
        generation_kw: now.generation[l],
        curtailed_kw: of(&recourse.curtailed),
        dumped_kw: of(&recourse.dumped),
        import_kw: flows.import[l],
        export_kw: flows.export[l],
        why: wish.reason,
        limit: limit_of(wish, (site, now.step, l), flows, &plant.storage, plant.power),
        stored_value_per_kwh: wish.stored_value_per_kwh,
        batteries,
        gensets,
        devices,
    }
}
