//! What a car can take at a bay: power at the AC terminals, and what of it reaches the pack.

use alloc::vec::Vec;

use super::bay::LEAST_CURRENT_A;
use super::{Car, Supply};
use crate::simulation::lane::min;

/// A bay with a kind of car at it. Powers in kW at the charger's AC terminals.
#[derive(Debug, Clone)]
pub(super) struct Outlet {
    pub(super) full_kw: f64,
    /// Least power while it charges.
    pub(super) least_kw: f64,
    /// Efficiency by power, ascending; held constant beyond both ends.
    line: Vec<(f64, f64)>,
}

impl Outlet {
    /// Of a car whose on-board charger and pack are known, or of any.
    pub(super) fn new(supply: &Supply, car: Option<&Car>) -> Self {
        match (*supply, car) {
            (Supply::Power { power_max_kw, power_min_kw, efficiency }, car) => {
                let full_kw = car.map_or(power_max_kw, |car| min(power_max_kw, car.ac_max_kw));
                Self { full_kw, least_kw: min(power_min_kw, full_kw), line: alloc::vec![(0.0, efficiency)] }
            }
            (Supply::Dc { power_max_kw, current_max_a, efficiency }, car) => {
                let of_current = car.map_or(f64::INFINITY, |car| current_max_a * car.pack_v / 1000.0);
                let full_kw = min(power_max_kw, of_current) / efficiency;
                Self { full_kw, least_kw: 0.0, line: alloc::vec![(0.0, efficiency)] }
            }
            (Supply::Ac { phases, current_max_a, phase_v }, None) => {
                let kw = f64::from(phases) * phase_v / 1000.0;
                Self { full_kw: kw * current_max_a, least_kw: kw * LEAST_CURRENT_A, line: alloc::vec![(0.0, 1.0)] }
            }
            (Supply::Ac { phases, current_max_a, phase_v }, Some(car)) => {
                let alone = phases == 1 || car.three_phase.is_empty();
                let (used, list) = if alone { (1, &car.one_phase) } else { (phases, &car.three_phase) };
                let kw = f64::from(used) * phase_v / 1000.0;
                let most_a = list.last().map_or(0.0, |point| min(point.current_a, current_max_a));
                let full_kw = min(kw * most_a, car.ac_max_kw);
                let line = list.iter().map(|point| (kw * point.current_a, point.efficiency)).collect();
                Self { full_kw, least_kw: min(kw * LEAST_CURRENT_A, full_kw), line }
            }
        }
    }

    /// The best of its efficiencies.
    pub(super) fn best_efficiency(&self) -> f64 {
        self.line.iter().fold(0.0, |best, (_, efficiency)| if *efficiency > best { *efficiency } else { best })
    }

    /// Whether its efficiency is the same at every power.
    pub(super) fn is_of_one_efficiency(&self) -> bool {
        self.line.iter().all(|(_, efficiency)| *efficiency == self.line[0].1)
    }

    /// Energy into the pack per energy at the AC terminals while `power_kw` is supplied.
    pub(super) fn efficiency(&self, power_kw: f64) -> f64 {
        let mut before: Option<(f64, f64)> = None;
        for &(kw, efficiency) in &self.line {
            if power_kw <= kw {
                return before.map_or(efficiency, |(from_kw, from)| {
                    from + (efficiency - from) * ((power_kw - from_kw) / (kw - from_kw))
                });
            }
            before = Some((kw, efficiency));
        }
        before.map_or(1.0, |(_, efficiency)| efficiency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 230 V: 3.68 kW on one phase, 7.36 on two, 11.04 on three, at 16 A; the least is 6 A. EV2Gym's table has 87 % and 90 %
    /// at 16 A, 75 % and 87 % at 6 A for this car.
    #[test]
    fn phases_make_the_power_and_currents_the_efficiency() {
        let car = Car::known("Tesla Model 3").unwrap();
        let at = |phases, current_max_a| Outlet::new(&Supply::Ac { phases, current_max_a, phase_v: 230.0 }, Some(&car));
        for (phases, full_kw, best, worst) in [(1, 3.68, 0.87, 0.75), (2, 7.36, 0.9, 0.87), (3, 11.0, 0.9, 0.87)] {
            let outlet = at(phases, 32.0);
            assert!((outlet.full_kw - full_kw).abs() < 1e-12, "{phases}: {}", outlet.full_kw);
            assert!((outlet.least_kw - f64::from(phases) * 1.38).abs() < 1e-12);
            assert_eq!(outlet.efficiency(outlet.full_kw), best);
            assert_eq!(outlet.efficiency(outlet.least_kw), worst);
            assert_eq!(outlet.efficiency(0.0), worst);
        }
        // Half way between 8 and 10 A: (78 + 84) / 2 %.
        assert!((at(1, 32.0).efficiency(9.0 * 0.23) - 0.81).abs() < 1e-12);
        // The bay's current binds where it is the smaller.
        assert!((at(3, 10.0).full_kw - 6.9).abs() < 1e-12);
    }

    #[test]
    fn direct_current_is_held_by_rating_and_by_current() {
        let car = Car { pack_v: 400.0, ..Car::known("Volkswagen ID.4").unwrap() };
        let at = |power_max_kw, current_max_a| {
            Outlet::new(&Supply::Dc { power_max_kw, current_max_a, efficiency: 0.95 }, Some(&car)).full_kw
        };
        assert!((at(150.0, 200.0) - 80.0 / 0.95).abs() < 1e-12);
        assert!((at(50.0, 200.0) - 50.0 / 0.95).abs() < 1e-12);
    }
}
