//! Swap stations whose losses have a price.
//!
//! # Model
//! A station of N packs of K kWh holds S in them. Its chargers add η·h·p in a step; a swap that ends takes the full pack and brings one
//! with D_j = K·(1 − soc_j) less. Vehicle j's swap ends between e_j = arrival + swap time and l_j = e_j + patience, unless it is lost,
//! which costs what the scenario says.
//!
//! **For a bound** x_j is the part of vehicle j that is lost. With w_t, what left by t of those that need not have yet, Z = S + w is
//! ```text
//!   Z_t = Z_{t−1} + η·h·p_t − Σ_{l_j in t} D_j·(1 − x_j),   S_min ≤ Z_t ≤ N·K + Σ_{e_j ≤ t < l_j} D_j.
//! ```
//! S_min says that packs not yet full are the last that came. Older packs have a charger first, so a pack left behind by one that came
//! later has had as much charge as that one: it holds at least g·K, g = 1 − (most − least state of charge of all that come). So S is at
//! least K·Σ min(soc, g) over the last N that came. Which they are depends on who waits, so S_min is the least over all possible last
//! ones, less K·(min(soc_j, g) − the least of all)·x_j of those among them that may be lost. That charging takes time and whole packs are
//! swapped is left out: [`Relaxation::SwapStock`].
//!
//! **For a plan** each pack is a task, from when it comes to the swap for which it has to be full where chargers always work
//! ([`ManagedSwaps`](microgrid_core::demand::ManagedSwaps)); all together they are a fleet. The station then does what is missing in time.

use microgrid_core::demand::{SwapStation, Task, Tier};

use super::Draft;
use super::fleet::Fleet;
use super::tasks::Span;
use crate::programme::{Sense, Variable};
use crate::relaxation::Relaxation;

/// What is planned of a swap station: the variables of its power, mean power in kW, each with its step; of a step there may be two.
#[derive(Debug, Clone)]
pub(crate) struct SwapDraws {
    /// Index of the station in the scenario.
    pub(crate) station: usize,
    pub(crate) draws: Vec<(usize, Variable)>,
}

impl Draft<'_> {
    /// Writes the swap stations that plans decide.
    pub(super) fn write_swap_stations(&mut self) {
        for (i, station) in self.plan.scenario().swap_stations.iter().enumerate().filter(|(_, s)| s.is_planned()) {
            if self.only_bounds {
                self.bound_swap_station(station);
            } else {
                let draws = self.plan_swap_station(station);
                self.site.swap_stations.push(SwapDraws { station: i, draws });
            }
        }
    }

    fn plan_swap_station(&mut self, station: &SwapStation) -> Vec<(usize, Variable)> {
        let (step_h, dark) = (self.plan.step_h(), self.dark_steps());
        let managed = station.managed(self.plan);
        let most_kw = most_kw(station);
        // A plan serves whom charging at once serves, whatever it costs; what no swap needs is charged for what it is worth.
        let lowest = self.plan.value_of_lost_load_per_kwh()[Tier::Sheddable as usize];
        let worth = self.plan.stored_value_per_kwh().max(0.0) * station.charge_efficiency;
        let [due, left] = [(&managed.due, lowest), (&managed.left, worth)].map(|(tasks, value)| {
            let mut fleet = self.fleet_of(tasks, &dark);
            for (step, variable, most_kw) in fleet.write_draws(&mut self.site.programme, |_| most_kw) {
                self.movable.take_up(step, variable, most_kw);
            }
            fleet.write_energy(&mut self.site.programme, step_h, Some(value));
            fleet.draws().to_vec()
        });
        let mut of_left = left.iter().peekable();
        for (step, variable) in &due {
            while of_left.next_if(|(other, _)| other < step).is_some() {}
            if let Some((_, other)) = of_left.next_if(|(other, _)| other == step) {
                self.site.programme.row(Sense::AtLeast, -most_kw, [(*variable, -1.0), (*other, -1.0)]);
            }
        }
        due.into_iter().chain(left).collect()
    }

    fn fleet_of(&self, tasks: &[Task], dark: &[bool]) -> Fleet {
        let (steps, step_s, step_h) = (self.plan.steps(), self.plan.scenario().calendar.step_s, self.plan.step_h());
        let mut fleet = Fleet::new(steps);
        for span in tasks.iter().filter_map(|task| Span::of(task, 1.0, steps, step_s)) {
            fleet.add(&span, 1.0, step_h, dark);
        }
        fleet
    }

    fn bound_swap_station(&mut self, station: &SwapStation) {
        let (step_h, dark) = (self.plan.step_h(), self.dark_steps());
        let (steps, step_s) = (self.plan.steps(), f64::from(self.plan.scenario().calendar.step_s));
        let end_s = steps as f64 * step_s;
        let stock = Stock::of(station);
        let capacity_kwh = f64::from(station.packs) * station.pack_kwh;
        let gained = station.charge_efficiency * step_h;
        let programme = &mut self.site.programme;
        // Who may still wait at the run's end is not lost.
        let mut lost: Vec<Option<Variable>> = Vec::with_capacity(station.arrivals.len());
        for arrival in station.arrivals.iter() {
            let is_decided = arrival.at_s + station.patience_s <= end_s - SLACK_S;
            lost.push(is_decided.then(|| programme.variable(station.lost_swap_cost, 0.0, 1.0)));
        }
        let mut before: Option<Variable> = None;
        let (mut left, mut may) = (0, 0);
        let mut may_kwh = 0.0;
        for (step, dark) in dark.iter().enumerate() {
            let until_s = (step + 1) as f64 * step_s;
            let mut entries = Vec::new();
            let mut right = if before.is_none() { stock.at_start_kwh } else { 0.0 };
            while may < station.arrivals.len() && stock.soonest_s(may) <= until_s + SLACK_S {
                may_kwh += stock.gives_kwh(may);
                may += 1;
            }
            while left < station.arrivals.len() && stock.soonest_s(left) + station.patience_s <= until_s - SLACK_S {
                let gives_kwh = stock.gives_kwh(left);
                may_kwh -= gives_kwh;
                right -= gives_kwh;
                entries.extend(lost[left].map(|lost| (lost, -gives_kwh)));
                left += 1;
            }
            let (least_kwh, surely_kwh) = stock.least_kwh(left, may);
            let most_kwh = capacity_kwh * (1.0 + 1e-9) + may_kwh.max(0.0);
            let level = programme.variable(0.0, surely_kwh.min(most_kwh), most_kwh);
            entries.push((level, 1.0));
            entries.extend(before.map(|before| (before, -1.0)));
            if !dark {
                let most_kw = most_kw(station);
                let power = programme.variable(0.0, 0.0, most_kw);
                entries.push((power, -gained));
                self.movable.take_up(step, power, most_kw);
            }
            programme.row(Sense::Equal, right, entries);
            if least_kwh > surely_kwh {
                // Whose fate the run's end leaves open may have been turned away all the same.
                let open_kwh: f64 =
                    stock.spared(left, may).filter(|(j, _)| lost[*j].is_none()).map(|(_, kwh)| kwh).sum();
                let of_lost = stock.spared(left, may).filter_map(|(j, kwh)| Some((lost[j]?, kwh)));
                programme.row(Sense::AtLeast, least_kwh - open_kwh, of_lost.chain([(level, 1.0)]));
            }
            before = Some(level);
        }
        if let (Some(level), value) = (before, self.plan.stored_value_per_kwh()) {
            // What is kept at the end is what is there less what need not have left yet.
            let kept = programme.variable(-value, 0.0, capacity_kwh * (1.0 + 1e-9));
            programme.row(Sense::AtLeast, 0.0, [(level, 1.0), (kept, -1.0)]);
            programme.row(Sense::AtLeast, -may_kwh.max(0.0), [(kept, 1.0), (level, -1.0)]);
            programme.constant += value * stock.at_start_kwh;
        }
        self.site.relaxations.insert(Relaxation::SwapStock);
    }
}

/// Instants of a run are rounded by less.
const SLACK_S: f64 = 1e-3;

/// The most that a station's chargers draw together, kW.
fn most_kw(station: &SwapStation) -> f64 {
    (f64::from(station.chargers) * station.charger_kw).min(station.power_max_kw)
}

/// What a station's packs hold, as far as its vehicles say.
struct Stock<'a> {
    station: &'a SwapStation,
    at_start_kwh: f64,
    /// min(soc, g)·K of the packs at the start, then of those that vehicles bring.
    held_kwh: Vec<f64>,
    /// The sums of their first ones.
    sums_kwh: Vec<f64>,
    least_held_kwh: f64,
}

impl<'a> Stock<'a> {
    fn of(station: &'a SwapStation) -> Self {
        let at_start = (0..station.packs).map(|i| if i < station.full_at_start { 1.0 } else { station.initial_soc });
        let brought = station.arrivals.iter().map(|arrival| arrival.soc);
        let empties = (station.full_at_start < station.packs).then_some(station.initial_soc);
        let socs = || brought.clone().chain(empties);
        let spread = socs().fold(0.0, f64::max) - socs().fold(1.0, f64::min);
        let behind = 1.0 - spread.max(0.0);
        let held_kwh: Vec<f64> =
            at_start.clone().chain(brought.clone()).map(|soc: f64| station.pack_kwh * soc.min(behind)).collect();
        let sums_kwh = std::iter::once(0.0)
            .chain(held_kwh.iter().scan(0.0, |sum, kwh| {
                *sum += kwh;
                Some(*sum)
            }))
            .collect();
        let least_held_kwh = held_kwh.iter().copied().fold(f64::INFINITY, f64::min);
        let at_start_kwh = at_start.map(|soc| soc * station.pack_kwh).sum();
        Self { station, at_start_kwh, held_kwh, sums_kwh, least_held_kwh }
    }

    /// When the swap of a vehicle ends at the soonest, seconds from the run's start.
    fn soonest_s(&self, vehicle: usize) -> f64 {
        self.station.arrivals[vehicle].at_s + self.station.swap_s
    }

    /// By how much the packs hold less once a vehicle has swapped, kWh.
    fn gives_kwh(&self, vehicle: usize) -> f64 {
        self.station.pack_kwh * (1.0 - self.station.arrivals[vehicle].soc)
    }

    /// The least that the packs hold if nobody is lost, where between `left` and `may` vehicles have swapped, and whoever is lost.
    fn least_kwh(&self, left: usize, may: usize) -> (f64, f64) {
        let packs = self.station.packs as usize;
        let of_last = |swapped: usize| self.sums_kwh[packs + swapped] - self.sums_kwh[swapped];
        let least_kwh = (left..=may).map(of_last).fold(f64::INFINITY, f64::min);
        let surely_kwh = packs as f64 * self.least_held_kwh;
        // Differences of long sums are rounded.
        (least_kwh * (1.0 - 1e-9), surely_kwh * (1.0 - 2e-9))
    }

    /// By how much less that is where one of the vehicles that may be among the last is lost, kWh each.
    fn spared(&self, left: usize, may: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let packs = self.station.packs as usize;
        let of_vehicle = move |vehicle: usize| (vehicle, self.held_kwh[packs + vehicle] - self.least_held_kwh);
        (left.saturating_sub(packs)..may).map(of_vehicle).filter(|(_, kwh)| *kwh > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microgrid_core::demand::SwapArrival;

    #[test]
    fn the_last_packs_that_came_are_the_least_that_is_held() {
        let arrivals = [(0.0, 0.2), (3600.0, 0.5), (7200.0, 0.3)].map(|(at_s, soc)| SwapArrival { at_s, soc });
        let station = SwapStation { arrivals: arrivals.into(), swap_s: 60.0, ..SwapStation::with_packs(2, 10.0, 5.0) };
        let stock = Stock::of(&station);
        // A spread of 0.3: a pack left behind holds at least 7 of its 10 kWh.
        assert_eq!((stock.at_start_kwh, stock.held_kwh.len()), (20.0, 5));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        for (kwh, expected) in stock.held_kwh.iter().zip([7.0, 7.0, 2.0, 5.0, 3.0]) {
            assert!(near(*kwh, expected));
        }
        assert!(near(stock.least_kwh(0, 0).0, 14.0) && near(stock.least_kwh(1, 1).0, 9.0));
        assert!(near(stock.least_kwh(1, 3).0, 7.0) && near(stock.least_kwh(3, 3).0, 8.0));
        assert!(near(stock.least_kwh(3, 3).1, 4.0));
        let spared: Vec<(usize, f64)> = stock.spared(3, 3).collect();
        assert_eq!(spared.iter().map(|(j, _)| *j).collect::<Vec<_>>(), [1, 2]);
        assert!(near(spared[0].1, 3.0) && near(spared[1].1, 1.0));
    }
}
