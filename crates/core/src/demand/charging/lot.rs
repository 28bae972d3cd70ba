//! What a scheduler sees of a station in one step, and how it allots.

use super::scheduler::{Outlook, Valley};
use crate::simulation::lane::{max, min};

/// Differences up to this are rounding, kW.
const NONE_KW: f64 = 1e-9;

/// A car that is plugged in during a step. Powers in kW at the charger's AC terminals; what is not known of the future is
/// as its driver declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PluggedCar {
    /// Index of its session in the scenario.
    pub session: u32,
    /// Index of its bay.
    pub bay: u32,
    /// When it was plugged in, in seconds from the run's start.
    pub plugged_s: i64,
    /// When it leaves, as declared.
    pub until_s: i64,
    /// Energy that it still wants as declared, kWh at the AC terminals.
    pub rest_kwh: f64,
    /// Greatest power of its charger and its on-board charger.
    pub rate_kw: f64,
    /// Greatest mean power of the step: its pack, its energy and the part of the step in its stay counted.
    pub most_kw: f64,
    /// Of `most_kw` what it wants: the energy declared, if that is less.
    pub wanted_kw: f64,
    /// Mean power below which it can only pause.
    pub least_kw: f64,
    /// Mean power that it must have now to get what it wants by its departure, with `rate_kw` from the next step on.
    pub urgent_kw: f64,
    /// Index in the tree of limits, the station itself being 0.
    pub(super) node: u32,
    /// When it really leaves.
    pub(super) leaves_s: i64,
}

/// The cars of a station in one step, to be allotted mean powers: never more than a car can take or the limits leave, and
/// nothing or at least a car's least power.
#[derive(Debug)]
pub struct Lot<'a> {
    pub(super) cars: &'a [PluggedCar],
    pub(super) allotted_kw: &'a mut [f64],
    /// What is left of each limit, the station's whole first.
    pub(super) room_kw: &'a mut [f64],
    /// The limit that each is behind; the first is behind itself.
    pub(super) parents: &'a [u32],
    pub(super) order: &'a mut [u32],
    pub(super) keys: &'a mut [f64],
    pub(super) step: usize,
    pub(super) step_s: u32,
    pub(super) surplus_kw: f64,
    pub(super) import_price_per_kwh: &'a [f64],
    pub(super) export_price_per_kwh: &'a [f64],
    /// The site's load less its generation in every step of the run; nothing where no scheduler of the station's looks ahead.
    pub(super) net_load_kw: &'a [f64],
    pub(super) valley: &'a mut Valley,
    pub(super) outlook: &'a mut Outlook,
}

impl Lot<'_> {
    /// The cars, in the order in which they were plugged in.
    #[must_use]
    pub fn cars(&self) -> &[PluggedCar] {
        self.cars
    }

    /// Index of the step.
    #[must_use]
    pub fn step(&self) -> usize {
        self.step
    }

    /// Length of the step, s.
    #[must_use]
    pub fn step_s(&self) -> u32 {
        self.step_s
    }

    /// Length of the step, h.
    #[must_use]
    pub fn step_h(&self) -> f64 {
        f64::from(self.step_s) / 3600.0
    }

    /// When a step begins, in seconds from the run's start.
    #[must_use]
    pub fn begin_s(&self, step: usize) -> i64 {
        step as i64 * i64::from(self.step_s)
    }

    /// Generation beyond the loads in this step, kW; negative where it is less.
    #[must_use]
    pub fn surplus_kw(&self) -> f64 {
        self.surplus_kw
    }

    /// Import price of every step of the run, currency per kWh: known ahead, as time-of-use prices are.
    #[must_use]
    pub fn import_price_per_kwh(&self) -> &[f64] {
        self.import_price_per_kwh
    }

    /// What a car is allotted by now, kW.
    #[must_use]
    pub fn allotted_kw(&self, car: usize) -> f64 {
        self.allotted_kw[car]
    }

    /// What all are allotted by now, kW.
    #[must_use]
    pub fn total_kw(&self) -> f64 {
        self.allotted_kw.iter().sum()
    }

    /// What the limits leave to a car beyond what it is allotted, kW.
    #[must_use]
    pub fn room_kw(&self, car: usize) -> f64 {
        let mut node = self.cars[car].node as usize;
        let mut room_kw = self.room_kw[node];
        while node > 0 {
            node = self.parents[node] as usize;
            room_kw = min(room_kw, self.room_kw[node]);
        }
        room_kw
    }

    /// Allots a car up to `kw` more, as far as it can take it and the limits leave it; returns how much more it is. Less
    /// than its least power is lifted to that where there is room, and is nothing else.
    pub fn give(&mut self, car: usize, kw: f64) -> f64 {
        let PluggedCar { most_kw, least_kw, .. } = self.cars[car];
        let (has_kw, room_kw) = (self.allotted_kw[car], self.room_kw(car));
        let open_kw = most_kw - has_kw;
        if !(kw > 0.0 && open_kw > 0.0 && room_kw > 0.0) {
            return 0.0;
        }
        // Set, not added up to: a sum could round beyond what it can take.
        let wanted_kw = if kw >= open_kw { most_kw } else { has_kw + kw };
        let floor_kw = min(least_kw, most_kw);
        let lifted_kw = max(wanted_kw, floor_kw);
        let target_kw = if lifted_kw - has_kw <= room_kw { lifted_kw } else { has_kw + room_kw };
        if target_kw < floor_kw {
            return 0.0;
        }
        self.set(car, target_kw);
        target_kw - has_kw
    }

    /// Takes all that a car is allotted back.
    pub fn take_back(&mut self, car: usize) {
        self.set(car, 0.0);
    }

    fn set(&mut self, car: usize, kw: f64) {
        let more_kw = kw - self.allotted_kw[car];
        self.allotted_kw[car] = kw;
        let mut node = self.cars[car].node as usize;
        loop {
            self.room_kw[node] -= more_kw;
            if node == 0 {
                return;
            }
            node = self.parents[node] as usize;
        }
    }

    /// Gives each car `kw` of it, the least `key` first; equal keys as they were plugged in.
    pub fn give_in_order(&mut self, key: impl Fn(&PluggedCar) -> f64, kw: impl Fn(&PluggedCar) -> f64) {
        self.sort(key);
        for at in 0..self.cars.len() {
            let car = self.order[at] as usize;
            self.give(car, kw(&self.cars[car]));
        }
    }

    /// Cars by ascending key, in `order`.
    pub(super) fn sort(&mut self, key: impl Fn(&PluggedCar) -> f64) {
        let (cars, order, keys) = (self.cars, &mut *self.order, &mut *self.keys);
        for (i, car) in cars.iter().enumerate() {
            (order[i], keys[i]) = (i as u32, key(car));
        }
        order[..cars.len()].sort_unstable_by(|a, b| keys[*a as usize].total_cmp(&keys[*b as usize]).then(a.cmp(b)));
    }

    /// Shares what the limits leave so that nobody can have more without someone who has no more having less (max-min
    /// fair): all rise together until one has what it wants or a limit is reached. Where that leaves a car less than its least
    /// power, the car plugged in last among them has nothing, and the rest share again.
    ///
    /// To be called while nothing is allotted.
    pub fn give_evenly(&mut self) {
        // A key of 1 is out of the sharing.
        self.keys[..self.cars.len()].fill(0.0);
        loop {
            self.fill();
            let starves = |car: &usize| {
                let PluggedCar { least_kw, wanted_kw, .. } = self.cars[*car];
                let kw = self.allotted_kw[*car];
                kw > 0.0 && kw < min(least_kw, wanted_kw) * (1.0 - 1e-12)
            };
            let last = (0..self.cars.len()).filter(starves).max_by_key(|car| (self.cars[*car].plugged_s, *car));
            let Some(last) = last else { return };
            self.keys[last] = 1.0;
            (0..self.cars.len()).for_each(|car| self.take_back(car));
        }
    }

    /// Water-filling from nothing, over the cars whose key is 0.
    fn fill(&mut self) {
        let mut open = 0;
        for car in 0..self.cars.len() {
            if self.keys[car] == 0.0 && self.cars[car].wanted_kw > 0.0 {
                self.order[open] = car as u32;
                open += 1;
            }
        }
        while open > 0 {
            let rise_kw = self.common_rise_kw(open);
            if rise_kw <= 0.0 {
                return;
            }
            let before = open;
            for at in 0..open {
                let car = self.order[at] as usize;
                let lacks_kw = self.cars[car].wanted_kw - self.allotted_kw[car];
                let kw = if lacks_kw <= rise_kw { self.cars[car].wanted_kw } else { self.allotted_kw[car] + rise_kw };
                self.set(car, kw);
            }
            let mut kept = 0;
            for at in 0..open {
                let car = self.order[at] as usize;
                if self.allotted_kw[car] < self.cars[car].wanted_kw && self.room_kw(car) > NONE_KW {
                    self.order[kept] = car as u32;
                    kept += 1;
                }
            }
            open = kept;
            if open == before {
                return; // Only roundings are left.
            }
        }
    }

    /// How far the first `open` cars of `order` can all rise before the first limit is reached, kW; infinite without one.
    fn common_rise_kw(&self, open: usize) -> f64 {
        let mut rise_kw = f64::INFINITY;
        for (node, room_kw) in self.room_kw.iter().enumerate().filter(|(_, room_kw)| room_kw.is_finite()) {
            let behind = self.order[..open].iter().filter(|car| self.is_behind(**car as usize, node)).count();
            if behind > 0 {
                rise_kw = min(rise_kw, room_kw / behind as f64);
            }
        }
        rise_kw
    }

    fn is_behind(&self, car: usize, limit: usize) -> bool {
        let mut node = self.cars[car].node as usize;
        while node > limit {
            node = self.parents[node] as usize;
        }
        node == limit
    }
}
