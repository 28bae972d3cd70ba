//! L batteries side by side: the step numbers of [`BatteryStep`], one array each.

use super::BatteryStep;
use crate::simulation::lane::Lane;

/// [`BatteryStep`] turned around: an array of each number instead of a struct for each battery.
#[derive(Debug, Clone)]
pub(crate) struct BatteryLanes<const L: usize> {
    min_kwh: Lane<L>,
    max_kwh: Lane<L>,
    reserve_kwh: Lane<L>,
    charge_max_kw: Lane<L>,
    discharge_max_kw: Lane<L>,
    stored_per_charge: Lane<L>,
    drawn_per_discharge: Lane<L>,
    charge_per_room: Lane<L>,
    discharge_per_room: Lane<L>,
    phi: Lane<L>,
    loss_per_charge: Lane<L>,
    loss_per_discharge: Lane<L>,
    decay_of_stored: Lane<L>,
    leak_of_stored: Lane<L>,
    leak_of_change: Lane<L>,
}

impl<const L: usize> BatteryLanes<L> {
    pub(crate) fn pack(batteries: [&BatteryStep; L]) -> Self {
        Self {
            min_kwh: Lane::of(batteries, |b| b.min_kwh),
            max_kwh: Lane::of(batteries, |b| b.max_kwh),
            reserve_kwh: Lane::of(batteries, |b| b.reserve_kwh),
            charge_max_kw: Lane::of(batteries, |b| b.charge_max_kw),
            discharge_max_kw: Lane::of(batteries, |b| b.discharge_max_kw),
            stored_per_charge: Lane::of(batteries, |b| b.stored_per_charge),
            drawn_per_discharge: Lane::of(batteries, |b| b.drawn_per_discharge),
            charge_per_room: Lane::of(batteries, |b| b.charge_per_room),
            discharge_per_room: Lane::of(batteries, |b| b.discharge_per_room),
            phi: Lane::of(batteries, |b| b.phi),
            loss_per_charge: Lane::of(batteries, |b| b.loss_per_charge),
            loss_per_discharge: Lane::of(batteries, |b| b.loss_per_discharge),
            decay_of_stored: Lane::of(batteries, |b| b.decay_of_stored),
            leak_of_stored: Lane::of(batteries, |b| b.leak_of_stored),
            leak_of_change: Lane::of(batteries, |b| b.leak_of_change),
        }
    }

    /// The battery of one lane; the compiler loads only what is used.
    #[inline(always)]
    pub(crate) fn at(&self, lane: usize) -> BatteryStep {
        BatteryStep {
            min_kwh: self.min_kwh[lane],
            max_kwh: self.max_kwh[lane],
            reserve_kwh: self.reserve_kwh[lane],
            charge_max_kw: self.charge_max_kw[lane],
            discharge_max_kw: self.discharge_max_kw[lane],
            stored_per_charge: self.stored_per_charge[lane],
            drawn_per_discharge: self.drawn_per_discharge[lane],
            charge_per_room: self.charge_per_room[lane],
            discharge_per_room: self.discharge_per_room[lane],
            phi: self.phi[lane],
            loss_per_charge: self.loss_per_charge[lane],
            loss_per_discharge: self.loss_per_discharge[lane],
            decay_of_stored: self.decay_of_stored[lane],
            leak_of_stored: self.leak_of_stored[lane],
            leak_of_change: self.leak_of_change[lane],
        }
    }

    /// Puts another battery in one lane.
    pub(crate) fn set(&mut self, lane: usize, battery: &BatteryStep) {
        let BatteryStep {
            min_kwh,
            max_kwh,
            reserve_kwh,
            charge_max_kw,
            discharge_max_kw,
            stored_per_charge,
            drawn_per_discharge,
            charge_per_room,
            discharge_per_room,
            phi,
            loss_per_charge,
            loss_per_discharge,
            decay_of_stored,
            leak_of_stored,
            leak_of_change,
        } = *battery;
        self.min_kwh[lane] = min_kwh;
        self.max_kwh[lane] = max_kwh;
        self.reserve_kwh[lane] = reserve_kwh;
        self.charge_max_kw[lane] = charge_max_kw;
        self.discharge_max_kw[lane] = discharge_max_kw;
        self.stored_per_charge[lane] = stored_per_charge;
        self.drawn_per_discharge[lane] = drawn_per_discharge;
        self.charge_per_room[lane] = charge_per_room;
        self.discharge_per_room[lane] = discharge_per_room;
        self.phi[lane] = phi;
        self.loss_per_charge[lane] = loss_per_charge;
        self.loss_per_discharge[lane] = loss_per_discharge;
        self.decay_of_stored[lane] = decay_of_stored;
        self.leak_of_stored[lane] = leak_of_stored;
        self.leak_of_change[lane] = leak_of_change;
    }

    /// Whether any lane's battery leaks; without leak its equations are the identity and are skipped.
    pub(crate) fn leaks(&self) -> bool {
        self.leak_of_stored.iter().any(|leak| *leak > 0.0)
    }

    /// The numbers that a test may spoil, to see that the books notice.
    #[cfg(test)]
    pub(crate) fn losses_mut(&mut self) -> [&mut Lane<L>; 4] {
        [&mut self.loss_per_charge, &mut self.loss_per_discharge, &mut self.leak_of_stored, &mut self.leak_of_change]
    }
}
