//! Voltage quality of the buses of one lane.
//!
//! # Model
//! EN 50160 judges the means of ten minutes: in every week 95 % of them must be within ±10 % of nominal. Steps that do not
//! divide ten minutes stand for their means themselves. A week that the run's end cuts off is judged by what there is of it.
//! GB/T 12325 judges the share of time within the limit, ±7 % for three phases up to 20 kV. Interruptions do not count.
//! Both standards' limits are from memory and were not read again.

use alloc::vec;
use alloc::vec::Vec;

use crate::simulation::lane::{Lane, max, min};

/// What is kept of a bus.
#[derive(Debug, Clone)]
struct BusQuality<const L: usize> {
    /// Sum of the voltages of the open mean, per unit.
    sum: Lane<L>,
    /// Means outside ±10 % in the open week.
    outside: Lane<L>,
    /// Steps outside ±7 % in the run.
    outside_seven: Lane<L>,
}

/// What is kept of all buses.
#[derive(Debug)]
pub(super) struct VoltageQuality<const L: usize> {
    buses: Vec<BusQuality<L>>,
    /// Steps in the open mean, means in the open week, steps in the run.
    steps_in_mean: Lane<L>,
    means_in_week: Lane<L>,
    steps: Lane<L>,
    /// Greatest share of means outside in a week that is over.
    worst: Lane<L>,
}

impl<const L: usize> VoltageQuality<L> {
    pub(super) fn new(buses: usize) -> Self {
        let zero = Lane::<L>::ZERO;
        let bus = BusQuality { sum: zero, outside: zero, outside_seven: zero };
        Self { buses: vec![bus; buses], steps_in_mean: zero, means_in_week: zero, steps: zero, worst: zero }
    }

    /// Sees a step of a lane: the voltage of each bus that has one, per unit.
    pub(super) fn see(&mut self, lane: usize, voltages_pu: impl Iterator<Item = (usize, f64)>, periods: (u32, u32)) {
        for (bus, voltage_pu) in voltages_pu {
            let bus = &mut self.buses[bus];
            bus.sum[lane] += voltage_pu;
            bus.outside_seven[lane] += if (0.93..=1.07).contains(&voltage_pu) { 0.0 } else { 1.0 };
        }
        self.steps[lane] += 1.0;
        self.steps_in_mean[lane] += 1.0;
        if self.steps_in_mean[lane] >= f64::from(periods.0) {
            self.close_mean(lane, periods.1);
        }
    }

    fn close_mean(&mut self, lane: usize, means_per_week: u32) {
        let steps = self.steps_in_mean[lane];
        for bus in &mut self.buses {
            let mean_pu = bus.sum[lane] / steps;
            // A bus that no source reaches has no voltage to judge.
            let is_outside = mean_pu > 0.0 && !(0.9..=1.1).contains(&mean_pu);
            bus.outside[lane] += if is_outside { 1.0 } else { 0.0 };
            bus.sum[lane] = 0.0;
        }
        self.steps_in_mean[lane] = 0.0;
        self.means_in_week[lane] += 1.0;
        if self.means_in_week[lane] >= f64::from(means_per_week) {
            self.worst[lane] = self.worst_share(lane);
            self.buses.iter_mut().for_each(|bus| bus.outside[lane] = 0.0);
            self.means_in_week[lane] = 0.0;
        }
    }

    /// Greatest share of means outside in a week, the open one among them.
    fn worst_share(&self, lane: usize) -> f64 {
        let outside = self.buses.iter().fold(0.0, |most, bus| max(bus.outside[lane], most));
        let share = if self.means_in_week[lane] > 0.0 { outside / self.means_in_week[lane] } else { 0.0 };
        max(self.worst[lane], share)
    }

    /// EN 50160: share within ±10 % at the worst bus in its worst week, percent.
    pub(super) fn en50160_percent(&self, lane: usize) -> f64 {
        100.0 * (1.0 - self.worst_share(lane))
    }

    /// GB/T 12325: share within ±7 % at the worst bus, percent.
    pub(super) fn gbt12325_percent(&self, lane: usize) -> f64 {
        let least = self
            .buses
            .iter()
            .fold(self.steps[lane], |least, bus| min(self.steps[lane] - bus.outside_seven[lane], least));
        if self.steps[lane] > 0.0 { 100.0 * least / self.steps[lane] } else { 100.0 }
    }

    pub(super) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Self { buses, steps_in_mean, means_in_week, steps, worst } = self;
        for BusQuality { sum, outside, outside_seven } in buses {
            [sum, outside, outside_seven].into_iter().for_each(&mut *visit);
        }
        [steps_in_mean, means_in_week, steps, worst].into_iter().for_each(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two buses for a fortnight of minutes: one of a hundred means of the second week is too low at one bus, though half of
    /// its minutes are well.
    #[test]
    fn the_worst_week_at_the_worst_bus_counts() {
        let mut quality = VoltageQuality::<1>::new(2);
        let (minutes, week) = (10, 1008);
        for minute in 0..20_160 {
            let is_bad = minute >= 10_080 && (minute / 10) % 100 == 0;
            let low = if is_bad && minute % 2 == 0 {
                0.75
            } else if is_bad {
                0.95
            } else {
                1.0
            };
            quality.see(0, [(0, 1.06), (1, low)].into_iter(), (minutes, week));
        }
        let bad = f64::from((1008..2016).filter(|mean| mean % 100 == 0).count() as u32);
        assert!((quality.en50160_percent(0) - 100.0 * (1.0 - bad / 1008.0)).abs() < 1e-9);
        let steps = 5.0 * bad;
        assert!((quality.gbt12325_percent(0) - 100.0 * (1.0 - steps / 20_160.0)).abs() < 1e-9);
    }

    /// Three days alone are judged by themselves.
    #[test]
    fn a_week_that_is_cut_off_counts_by_what_there_is() {
        let mut quality = VoltageQuality::<1>::new(1);
        (0..72).for_each(|hour| quality.see(0, [(0, if hour < 18 { 0.85 } else { 1.0 })].into_iter(), (1, 168)));
        assert_eq!((quality.en50160_percent(0), quality.gbt12325_percent(0)), (75.0, 75.0));
    }
}
