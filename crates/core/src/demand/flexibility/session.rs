//! One car: its limits, and the most and least that it can take in any set of slots.

use alloc::format;

use super::super::Task;
use crate::problem::{Problem, Problems};

/// A car at a bay, with limits that are constant within each slot. Energy and power at the charger's AC terminals.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FlexibleSession {
    /// The first slot in which it is there.
    pub from_slot: u32,
    /// The first slot in which it is gone, after `from_slot`.
    pub until_slot: u32,
    /// Part of the first slot in which it is there, above 0 to 1.
    pub first_share: f64,
    /// Part of the last slot in which it is there, above 0 to 1; where first and last are one slot it is there for
    /// `first_share × last_share` of it.
    pub last_share: f64,
    /// Greatest power it takes, kW, at least 0.
    pub charge_max_kw: f64,
    /// Greatest power it gives back, kW, at least 0; with 0 it only charges, and its level has no limits.
    pub discharge_max_kw: f64,
    /// Least energy of the stay, kWh: taken less given back.
    pub energy_least_kwh: f64,
    /// Most energy of the stay, kWh, at least `energy_least_kwh`.
    pub energy_most_kwh: f64,
    /// Least that it may have taken at the end of any slot, kWh, at most 0: what it may be discharged by.
    pub level_min_kwh: f64,
    /// Most that it may have taken at the end of any slot, kWh, at least 0: what its pack has room for.
    pub level_max_kwh: f64,
}

impl FlexibleSession {
    /// A task as a car that only charges, in slots of `slot_s` seconds; `None` where its window lies outside of them.
    /// It takes the energy that it would draw in those slots if it was served at once, which always fits.
    #[must_use]
    pub fn of_task(task: &Task, slots: u32, slot_s: u32) -> Option<Self> {
        let (length_s, end_s) = (i64::from(slot_s), i64::from(slots) * i64::from(slot_s));
        let (from_s, until_s) = (task.from_s.max(0), task.until_s.min(end_s));
        if from_s >= until_s {
            return None;
        }
        let (from_slot, last_slot) = (from_s / length_s, (until_s - 1) / length_s);
        let part = |seconds: i64| seconds as f64 / length_s as f64;
        let (first_share, last_share) = if from_slot == last_slot {
            (part(until_s - from_s), 1.0)
        } else {
            (part((from_slot + 1) * length_s - from_s), part(until_s - last_slot * length_s))
        };
        let energy_kwh = task.drawn_kwh(end_s) - task.drawn_kwh(0);
        let fits_kwh = task.power_max_kw * (until_s - from_s) as f64 / 3600.0;
        let energy_kwh = if energy_kwh < fits_kwh { energy_kwh } else { fits_kwh };
        Some(Self {
            from_slot: from_slot as u32,
            until_slot: last_slot as u32 + 1,
            first_share,
            last_share,
            charge_max_kw: task.power_max_kw,
            discharge_max_kw: 0.0,
            energy_least_kwh: energy_kwh,
            energy_most_kwh: energy_kwh,
            level_min_kwh: 0.0,
            level_max_kwh: energy_kwh,
        })
    }

    /// The same car, which may give back: its pack has room for `room_kwh` beyond the arrival's level and may be
    /// discharged by `reserve_kwh` below it, at up to `discharge_max_kw`, without losses.
    #[must_use]
    pub fn giving_back(self, discharge_max_kw: f64, reserve_kwh: f64, room_kwh: f64) -> Self {
        Self { discharge_max_kw, level_min_kwh: -reserve_kwh, level_max_kwh: room_kwh, ..self }
    }

    /// Whether it only charges.
    pub(super) fn only_charges(&self) -> bool {
        self.discharge_max_kw == 0.0
    }

    pub(super) fn slots(&self) -> core::ops::Range<usize> {
        self.from_slot as usize..self.until_slot as usize
    }

    pub(super) fn is_there(&self, slot: usize) -> bool {
        self.slots().contains(&slot)
    }

    /// Hours of `slot` in which it is there.
    fn there_h(&self, slot: usize, slot_h: f64) -> f64 {
        let first = if slot == self.from_slot as usize { self.first_share } else { 1.0 };
        let last = if slot + 1 == self.until_slot as usize { self.last_share } else { 1.0 };
        slot_h * first * last
    }

    /// Least and most energy of a slot within its stay, kWh.
    pub(super) fn limits_kwh(&self, slot: usize, slot_h: f64) -> (f64, f64) {
        let there_h = self.there_h(slot, slot_h);
        (0.0 - self.discharge_max_kw * there_h, self.charge_max_kw * there_h)
    }

    /// The most it can take in the whole stay by its power alone, kWh.
    fn reach_kwh(&self, slot_h: f64) -> f64 {
        self.slots().map(|slot| self.limits_kwh(slot, slot_h).1).sum()
    }

    /// The most that it can take in the slots of `is_in`, kWh: b(A).
    pub(super) fn most_kwh(&self, slot_h: f64, is_in: &dyn Fn(usize) -> bool) -> f64 {
        if self.only_charges() {
            let reach: f64 = self.slots().filter(|slot| is_in(*slot)).map(|slot| self.limits_kwh(slot, slot_h).1).sum();
            return if reach < self.energy_most_kwh { reach } else { self.energy_most_kwh };
        }
        self.worth(slot_h, is_in, true).unwrap_or(0.0)
    }

    /// The least that it must take in the slots of `is_in`, kWh: p(A); negative where it can give more than it must take.
    pub(super) fn least_kwh(&self, slot_h: f64, is_in: &dyn Fn(usize) -> bool) -> f64 {
        if self.only_charges() {
            let others = self.slots().filter(|slot| !is_in(*slot));
            let elsewhere: f64 = others.map(|slot| self.limits_kwh(slot, slot_h).1).sum();
            let least = self.energy_least_kwh - elsewhere;
            return if least > 0.0 { least } else { 0.0 };
        }
        self.worth(slot_h, is_in, false).unwrap_or(0.0)
    }

    /// b(A) or p(A) of a car that gives back. The most (or minus the least) that prefixes of slots can take in A is a
    /// concave function of the level at their end, of two slopes only: one pass carries their lengths. `None` where no
    /// course keeps its limits.
    fn worth(&self, slot_h: f64, is_in: &dyn Fn(usize) -> bool, most: bool) -> Option<f64> {
        // Slopes 1 and 0 for the most, 0 and −1 for the least.
        let (steep, flat) = if most { (1.0, 0.0) } else { (0.0, -1.0) };
        let (mut left, mut value, mut steep_kwh, mut flat_kwh) = (0.0, 0.0, 0.0_f64, 0.0_f64);
        for slot in self.slots() {
            let (least, top) = self.limits_kwh(slot, slot_h);
            left += least;
            let counts = is_in(slot);
            if counts {
                value += if most { least } else { -least };
            }
            if counts == most {
                steep_kwh += top - least;
            } else {
                flat_kwh += top - least;
            }
            let (bottom, ceiling) = self.level_range(slot);
            let mut cut = if bottom > left { bottom - left } else { 0.0 };
            if cut > steep_kwh + flat_kwh + self.slack() {
                return None;
            }
            left += cut;
            let of_steep = if cut < steep_kwh { cut } else { steep_kwh };
            value += steep * of_steep;
            steep_kwh -= of_steep;
            cut -= of_steep;
            value += flat * cut;
            flat_kwh = if flat_kwh > cut { flat_kwh - cut } else { 0.0 };
            let excess = left + steep_kwh + flat_kwh - ceiling;
            if excess > 0.0 {
                let of_flat = if excess < flat_kwh { excess } else { flat_kwh };
                flat_kwh -= of_flat;
                let of_steep = excess - of_flat;
                if of_steep > steep_kwh + self.slack() {
                    return None;
                }
                steep_kwh = if steep_kwh > of_steep { steep_kwh - of_steep } else { 0.0 };
            }
        }
        Some(if most { value + steep_kwh } else { -value })
    }

    /// How much energy it may move at once, kWh.
    pub(super) fn span_kwh(&self) -> f64 {
        if self.only_charges() { self.energy_most_kwh } else { self.level_max_kwh - self.level_min_kwh }
    }

    /// Rounding of its energies, kWh.
    fn slack(&self) -> f64 {
        1e-9 + 1e-12 * self.span_kwh()
    }

    /// Least and most level at the end of a slot, kWh.
    fn level_range(&self, slot: usize) -> (f64, f64) {
        if slot + 1 < self.until_slot as usize {
            return (self.level_min_kwh, self.level_max_kwh);
        }
        self.end_range()
    }

    /// Least and most energy of the stay within the limits of the level, kWh.
    pub(super) fn end_range(&self) -> (f64, f64) {
        if self.only_charges() {
            return (self.energy_least_kwh, self.energy_most_kwh);
        }
        let (least, most) = (self.energy_least_kwh, self.energy_most_kwh);
        (
            if least > self.level_min_kwh { least } else { self.level_min_kwh },
            if most < self.level_max_kwh { most } else { self.level_max_kwh },
        )
    }

    /// Most energy as far as its power reaches, and rounding off a least energy that its power just reaches, so that sums of
    /// the same terms agree.
    pub(super) fn settled(self, slot_h: f64) -> Self {
        let reach = self.reach_kwh(slot_h);
        let just = self.energy_least_kwh > reach && self.energy_least_kwh <= reach + 1e-9 * (1.0 + reach);
        let energy_least_kwh = if just { reach } else { self.energy_least_kwh };
        let is_beyond = self.energy_most_kwh > reach && energy_least_kwh <= reach;
        Self { energy_least_kwh, energy_most_kwh: if is_beyond { reach } else { self.energy_most_kwh }, ..self }
    }

    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, slots: u32, slot_h: f64) {
        let before = problems.iter().count();
        if self.from_slot >= self.until_slot || self.until_slot > slots {
            let problem = Problem::new(format_args!("{field}.until_slot"), "is no stay within the slots");
            let value = format!("{} to {}", self.from_slot, self.until_slot);
            problems.push(problem.value(value).allowed(format!("0 to {slots}, the end after the begin")));
        }
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("first_share", self.first_share, 1e-9, 1.0);
        range("last_share", self.last_share, 1e-9, 1.0);
        range("charge_max_kw", self.charge_max_kw, 0.0, 1e6);
        range("discharge_max_kw", self.discharge_max_kw, 0.0, 1e6);
        let least = if self.only_charges() { 0.0 } else { -1e7 };
        range("energy_least_kwh", self.energy_least_kwh, least, 1e7);
        range("energy_most_kwh", self.energy_most_kwh, self.energy_least_kwh, 1e7);
        if !self.only_charges() {
            range("level_min_kwh", self.level_min_kwh, -1e7, 0.0);
            range("level_max_kwh", self.level_max_kwh, 0.0, 1e7);
        }
        if problems.iter().count() > before {
            return;
        }
        let (bottom, top) = self.end_range();
        let reach = self.reach_kwh(slot_h);
        let fits = if self.only_charges() {
            bottom <= reach
        } else {
            bottom <= top && self.worth(slot_h, &|_| true, true).is_some()
        };
        if !fits {
            let problem = Problem::new(format_args!("{field}.energy_least_kwh"), "cannot be taken in the stay");
            let most = if reach < top { reach } else { top };
            problems.push(problem.value(self.energy_least_kwh).allowed(format!("at most {most} kWh")));
        }
    }
}
