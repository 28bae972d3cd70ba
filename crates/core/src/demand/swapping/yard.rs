//! The packs, bays and queue of one station: what happens in a step, event by event.

use alloc::vec::Vec;

use super::due::Begun;
use super::step::StationStep;

/// What a pack is, as it stands among the numbers of a run.
pub(super) const FULL: f64 = 0.0;
pub(super) const WAITING: f64 = 1.0;
pub(super) const CHARGING: f64 = 2.0;
pub(super) const IN_SWAP: f64 = 3.0;

/// Where nothing is.
const NONE: f64 = -1.0;

/// The state of a station. All numbers are `f64`, so that they are carried as a lane's other numbers are; counts and indices
/// among them are whole.
#[derive(Debug, Clone)]
pub(super) struct Yard {
    packs: Vec<Pack>,
    bays: Vec<Bay>,
    /// Arrivals that wait, first come first; behind them [`NONE`].
    queue: Vec<f64>,
    queued: f64,
    next_arrival: f64,
    pub(super) sums: Sums,
    /// The swaps that began, where someone asks for them: no part of the state.
    pub(super) log: Option<Vec<Begun>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Pack {
    is: f64,
    pub(super) stored_kwh: f64,
    /// Its place in the order in which packs came: those at the start, then by the vehicle that brought it.
    order: f64,
}

/// A swap in a bay: what is left of it, the station's pack and the vehicle; `left_s` is [`NONE`] where there is none.
#[derive(Debug, Clone, Copy)]
struct Bay {
    left_s: f64,
    pack: f64,
    arrival: f64,
}

/// Sums since the run's start. Energy in kWh, time in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) electricity_kwh: f64,
    pub(super) loss_kwh: f64,
    pub(super) arrived_kwh: f64,
    pub(super) departed_kwh: f64,
    pub(super) swaps: f64,
    pub(super) begun: f64,
    pub(super) turned_away: f64,
    pub(super) out_of_patience: f64,
    pub(super) waited_s: f64,
    pub(super) waited_max_s: f64,
    pub(super) no_full_pack_s: f64,
}

/// How a step charges: with so many chargers, until it has drawn so much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Charge {
    pub(super) chargers: f64,
    pub(super) most_kwh: f64,
}

impl Yard {
    pub(super) fn new(station: &StationStep) -> Self {
        let pack = |i: u32| {
            let is_full = i < station.full_at_start;
            let stored_kwh = station.pack_kwh * if is_full { 1.0 } else { station.initial_soc };
            Pack { is: if is_full { FULL } else { WAITING }, stored_kwh, order: f64::from(i) }
        };
        Self {
            packs: (0..station.packs).map(pack).collect(),
            bays: alloc::vec![Bay { left_s: NONE, pack: NONE, arrival: NONE }; station.bays as usize],
            queue: alloc::vec![NONE; station.waiting_max as usize],
            queued: 0.0,
            next_arrival: 0.0,
            sums: Sums::default(),
            log: None,
        }
    }

    /// Takes the state of another of its kind; allocates nothing.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.packs.copy_from_slice(&other.packs);
        self.bays.copy_from_slice(&other.bays);
        self.queue.copy_from_slice(&other.queue);
        (self.queued, self.next_arrival, self.sums) = (other.queued, other.next_arrival, other.sums);
    }

    /// Packs that are `kind`.
    pub(super) fn count(&self, kind: f64) -> f64 {
        self.packs.iter().filter(|pack| pack.is == kind).count() as f64
    }

    /// Vehicles that wait.
    pub(super) fn waiting(&self) -> f64 {
        self.queued
    }

    /// Vehicles that wait or are in swap.
    pub(super) fn still_there(&self) -> f64 {
        self.queued + self.bays.iter().filter(|bay| bay.left_s >= 0.0).count() as f64
    }

    /// Vehicles that came so far.
    pub(super) fn vehicles(&self) -> f64 {
        self.next_arrival
    }

    /// Energy in the station's packs, kWh.
    pub(super) fn stored_kwh(&self) -> f64 {
        self.packs.iter().map(|pack| pack.stored_kwh).sum()
    }

    /// Every number that a run carries over a day's end, in a fixed order.
    pub(super) fn each(&mut self, visit: &mut impl FnMut(&mut f64)) {
        let Self { packs, bays, queue, queued, next_arrival, sums, log: _ } = self;
        for Pack { is, stored_kwh, order } in packs {
            [is, stored_kwh, order].into_iter().for_each(&mut *visit);
        }
        for Bay { left_s, pack, arrival } in bays {
            [left_s, pack, arrival].into_iter().for_each(&mut *visit);
        }
        queue.iter_mut().for_each(&mut *visit);
        [queued, next_arrival].into_iter().for_each(&mut *visit);
        let Sums {
            electricity_kwh,
            loss_kwh,
            arrived_kwh,
            departed_kwh,
            swaps,
            begun,
            turned_away,
            out_of_patience,
            waited_s,
            waited_max_s,
            no_full_pack_s,
        } = sums;
        let sums = [
            electricity_kwh,
            loss_kwh,
            arrived_kwh,
            departed_kwh,
            swaps,
            begun,
            turned_away,
            out_of_patience,
            waited_s,
            waited_max_s,
            no_full_pack_s,
        ];
        sums.into_iter().for_each(visit);
    }

    /// Whether no run of `station` leaves this state.
    pub(super) fn is_impossible(&self, station: &StationStep) -> bool {
        let within = |value: f64, most: f64| value >= 0.0 && value < most && value == (value as u64) as f64;
        let arrivals = station.arrivals.len() as f64;
        let packs = self.packs.iter().all(|pack| {
            within(pack.is, 4.0) && pack.stored_kwh >= 0.0 && pack.stored_kwh <= station.pack_kwh * (1.0 + 1e-9)
        });
        let bays = self.bays.iter().all(|bay| {
            let is_free = bay.left_s == NONE && bay.pack == NONE && bay.arrival == NONE;
            let is_held = bay.left_s >= 0.0 && bay.left_s <= station.swap_s * (1.0 + 1e-9);
            is_free
                || is_held
                    && within(bay.arrival, arrivals)
                    && within(bay.pack, self.packs.len() as f64)
                    && self.packs[bay.pack as usize].is == IN_SWAP
        });
        let held = self.bays.iter().filter(|bay| bay.left_s >= 0.0).count() as f64;
        let queue = within(self.queued, self.queue.len() as f64 + 1.0)
            && self.queue.iter().take(self.queued as usize).all(|arrival| within(*arrival, arrivals));
        let next = within(self.next_arrival, arrivals + 1.0);
        !(packs && bays && queue && next && held == self.count(IN_SWAP) && self.count(CHARGING) <= station.chargers)
    }

    /// A step from `begin_s` on.
    pub(super) fn run(&mut self, station: &StationStep, begin_s: f64, charge: Charge) {
        let (mut now_s, mut left_kwh) = (0.0, charge.most_kwh);
        loop {
            self.settle(station, begin_s + now_s);
            let charging = self.count(CHARGING);
            let active = if charging < charge.chargers { charging } else { charge.chargers };
            let shared_kw = if active > 0.0 { station.power_max_kw / active } else { 0.0 };
            let rate_kw = if left_kwh <= 0.0 {
                0.0
            } else if shared_kw < station.charger_kw {
                shared_kw
            } else {
                station.charger_kw
            };
            let mut length_s = station.step_s - now_s;
            let mut sooner = |after_s: f64| {
                let is_sooner = after_s < length_s;
                if is_sooner {
                    length_s = if after_s > 0.0 { after_s } else { 0.0 };
                }
                is_sooner
            };
            for after_s in self.next_event_s(station, begin_s + now_s, (active, rate_kw)) {
                sooner(after_s);
            }
            let drained = active > 0.0 && rate_kw > 0.0 && sooner(3600.0 * left_kwh / (active * rate_kw));
            self.charge(station, (active, rate_kw), length_s);
            left_kwh = if drained { 0.0 } else { left_kwh - active * rate_kw * length_s / 3600.0 };
            for bay in self.bays.iter_mut().filter(|bay| bay.left_s >= 0.0) {
                bay.left_s = if bay.left_s > length_s { bay.left_s - length_s } else { 0.0 };
            }
            if self.count(FULL) == 0.0 {
                self.sums.no_full_pack_s += length_s;
            }
            now_s += length_s;
            if now_s >= station.step_s {
                // What ends with the step ends in it.
                self.settle(station, begin_s + station.step_s);
                return;
            }
        }
    }

    /// Seconds to the next full pack, end of a swap, end of patience and arrival; infinite where there is none.
    fn next_event_s(&self, station: &StationStep, now_s: f64, (active, rate_kw): (f64, f64)) -> [f64; 4] {
        let mut full_s = f64::INFINITY;
        for pack in self.active(active).filter(|_| rate_kw > 0.0) {
            let after_s = 3600.0 * (station.pack_kwh - pack.stored_kwh) / (rate_kw * station.charge_efficiency);
            full_s = if after_s < full_s { after_s } else { full_s };
        }
        let mut swapped_s = f64::INFINITY;
        for bay in self.bays.iter().filter(|bay| bay.left_s >= 0.0) {
            swapped_s = if bay.left_s < swapped_s { bay.left_s } else { swapped_s };
        }
        let first = self.queue.first().filter(|_| self.queued > 0.0);
        let leaves_s =
            first.map_or(f64::INFINITY, |at| station.arrivals[*at as usize].at_s + station.patience_s - now_s);
        let arrival = station.arrivals.get(self.next_arrival as usize);
        [full_s, swapped_s, leaves_s, arrival.map_or(f64::INFINITY, |arrival| arrival.at_s - now_s)]
    }

    /// The packs on a charger that come first, `active` of them: those before which fewer came.
    fn active(&self, active: f64) -> impl Iterator<Item = &Pack> {
        let before =
            |pack: &Pack| self.packs.iter().filter(|other| other.is == CHARGING && other.order < pack.order).count();
        self.packs.iter().filter(move |pack| pack.is == CHARGING && (before(pack) as f64) < active)
    }

    /// Packs that are in charge or wait for a charger, in the order in which they came.
    pub(super) fn to_be_charged(&self) -> impl Iterator<Item = &Pack> {
        let mut before = NONE;
        core::iter::from_fn(move || {
            let open =
                self.packs.iter().filter(|pack| (pack.is == CHARGING || pack.is == WAITING) && pack.order > before);
            let next = open.reduce(|first, pack| if pack.order < first.order { pack } else { first })?;
            before = next.order;
            Some(next)
        })
    }

    /// Charges the first `active` packs for `length_s`.
    fn charge(&mut self, station: &StationStep, (active, rate_kw): (f64, f64), length_s: f64) {
        let drawn_kwh = rate_kw * length_s / 3600.0;
        if drawn_kwh <= 0.0 {
            return;
        }
        let stored_kwh = drawn_kwh * station.charge_efficiency;
        let last = self
            .active(active)
            .map(|pack| pack.order)
            .fold(NONE, |most, order| if order > most { order } else { most });
        for pack in self.packs.iter_mut().filter(|pack| pack.is == CHARGING && pack.order <= last) {
            pack.stored_kwh += stored_kwh;
            self.sums.electricity_kwh += drawn_kwh;
            self.sums.loss_kwh += drawn_kwh - stored_kwh;
        }
    }

    /// Everything that is due at `now_s`: packs are full, swaps end, packs take chargers, vehicles begin their swap, lose their
    /// patience or arrive.
    fn settle(&mut self, station: &StationStep, now_s: f64) {
        for pack in self.packs.iter_mut().filter(|pack| pack.is == CHARGING) {
            if pack.stored_kwh >= station.pack_kwh * (1.0 - 1e-12) {
                pack.is = FULL;
            }
        }
        loop {
            let mut changed = self.end_swaps(station);
            self.take_chargers(station);
            while self.queued > 0.0 && self.begin_swap(station, self.queue[0], now_s) {
                self.leave_queue();
                changed = true;
            }
            while self.queued > 0.0 && is_due(station.arrivals[self.queue[0] as usize].at_s + station.patience_s, now_s)
            {
                self.leave_queue();
                self.sums.out_of_patience += 1.0;
            }
            changed |= self.arrive(station, now_s);
            if !changed {
                return;
            }
        }
    }

    fn end_swaps(&mut self, station: &StationStep) -> bool {
        let mut ended = false;
        for i in 0..self.bays.len() {
            let Bay { left_s, pack, arrival } = self.bays[i];
            if left_s != 0.0 {
                continue;
            }
            let brought_kwh = station.pack_kwh * station.arrivals[arrival as usize].soc;
            let order = self.packs.len() as f64 + arrival;
            let pack = &mut self.packs[pack as usize];
            self.sums.departed_kwh += pack.stored_kwh;
            self.sums.arrived_kwh += brought_kwh;
            self.sums.swaps += 1.0;
            *pack = Pack { is: WAITING, stored_kwh: brought_kwh, order };
            self.bays[i] = Bay { left_s: NONE, pack: NONE, arrival: NONE };
            ended = true;
        }
        ended
    }

    fn take_chargers(&mut self, station: &StationStep) {
        let mut free = station.chargers - self.count(CHARGING);
        while free > 0.0 {
            let mut first: Option<usize> = None;
            for (i, pack) in self.packs.iter().enumerate().filter(|(_, pack)| pack.is == WAITING) {
                if first.is_none_or(|first| pack.order < self.packs[first].order) {
                    first = Some(i);
                }
            }
            let Some(first) = first else { return };
            self.packs[first].is = CHARGING;
            free -= 1.0;
        }
    }

    /// Begins the swap of a vehicle, where a bay is free and a pack full.
    fn begin_swap(&mut self, station: &StationStep, arrival: f64, now_s: f64) -> bool {
        let bay = self.bays.iter().position(|bay| bay.left_s < 0.0);
        let pack = self.packs.iter().position(|pack| pack.is == FULL);
        let (Some(bay), Some(pack)) = (bay, pack) else { return false };
        self.packs[pack].is = IN_SWAP;
        self.bays[bay] = Bay { left_s: station.swap_s, pack: pack as f64, arrival };
        let waited_s = now_s - station.arrivals[arrival as usize].at_s;
        self.sums.begun += 1.0;
        if let Some(log) = &mut self.log {
            let pack = self.packs[pack].order as usize;
            log.push(Begun { at_s: now_s, arrival: arrival as usize, pack });
        }
        if waited_s > 0.0 {
            self.sums.waited_s += waited_s;
            self.sums.waited_max_s = if waited_s > self.sums.waited_max_s { waited_s } else { self.sums.waited_max_s };
        }
        true
    }

    fn leave_queue(&mut self) {
        let queued = self.queued as usize;
        self.queue.copy_within(1..queued, 0);
        self.queue[queued - 1] = NONE;
        self.queued -= 1.0;
    }

    /// Vehicles that are there by now; whether one of them began its swap.
    fn arrive(&mut self, station: &StationStep, now_s: f64) -> bool {
        let mut begun = false;
        while let Some(arrival) = station.arrivals.get(self.next_arrival as usize) {
            if !is_due(arrival.at_s, now_s) {
                break;
            }
            let number = self.next_arrival;
            self.next_arrival += 1.0;
            if self.queued == 0.0 && self.begin_swap(station, number, now_s) {
                begun = true;
                // With no swap time the bay is free again for the next.
                if station.swap_s == 0.0 {
                    break;
                }
            } else if (self.queued as usize) < self.queue.len() {
                self.queue[self.queued as usize] = number;
                self.queued += 1.0;
            } else {
                self.sums.turned_away += 1.0;
            }
        }
        begun
    }
}

/// Whether an instant has come, but for the rounding of the way to it: some nanoseconds in a year.
fn is_due(at_s: f64, now_s: f64) -> bool {
    at_s <= now_s + 1e-9 * (1.0 + 1e-7 * now_s)
}
