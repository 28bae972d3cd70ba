//! The buildings of L lanes: what a step asks of them and what they did. Scalar, lane by lane: a site without any never comes here.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::{Load, Tier};
use super::step::{BuildingStep, Range};
use super::thermal::Temperatures;
use super::{Building, BuildingTotals};
use crate::Plan;
use crate::dispatch::FlexibleUse;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung, visit_lanes};
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::phases::Now;

/// All buildings of L lanes, in the order of the scenario.
#[derive(Debug)]
pub(crate) struct Buildings<const L: usize> {
    buildings: Vec<[BuildingLane; L]>,
}

/// One building of one lane. Powers in kW.
#[derive(Debug)]
struct BuildingLane {
    step: Arc<BuildingStep>,
    at: Temperatures,
    range: Range,
    /// What it takes unasked.
    unasked: f64,
    ask: Option<f64>,
    power: f64,
    sums: Sums,
}

/// Open sums, kWh, °C·h and °C.
#[derive(Debug, Clone, Copy)]
struct Sums {
    electricity_kwh: f64,
    from_outdoors_kwh: f64,
    gains_kwh: f64,
    loss_kwh: f64,
    heating_kwh: f64,
    cooling_kwh: f64,
    backup_kwh: f64,
    too_cold: f64,
    too_hot: f64,
    lowest_c: f64,
    highest_c: f64,
    residual_kwh: f64,
}

impl BuildingLane {
    fn new(step: Arc<BuildingStep>) -> Self {
        let at = step.start();
        let sums = Sums {
            electricity_kwh: 0.0,
            from_outdoors_kwh: 0.0,
            gains_kwh: 0.0,
            loss_kwh: 0.0,
            heating_kwh: 0.0,
            cooling_kwh: 0.0,
            backup_kwh: 0.0,
            too_cold: 0.0,
            too_hot: 0.0,
            lowest_c: at.air_c,
            highest_c: at.air_c,
            residual_kwh: 0.0,
        };
        Self { step, at, range: Range::default(), unasked: 0.0, ask: None, power: 0.0, sums }
    }

    fn limit(&mut self, at: usize, surplus: &mut f64) {
        self.range = self.step.range(at, &self.at);
        self.unasked = self.step.unasked_kw(at, &self.range, *surplus);
        *surplus -= self.unasked;
        self.ask = None;
    }

    fn take_up(&mut self) {
        let held = |kw: f64| max(min(kw, self.range.most_kw), self.range.least_kw);
        self.power = self.ask.map_or(self.unasked, held);
    }

    /// Cut to `floor` by up to `short`; returns what is still short.
    fn cut_to(&mut self, floor: f64, short: f64) -> f64 {
        let room = max(self.power - floor, 0.0);
        // Set, not taken off: a difference could round below the floor.
        self.power = if room > short { self.power - short } else { min(self.power, floor) };
        short - min(room, short)
    }

    /// Raised by up to `over`; returns what is still over.
    fn absorb(&mut self, over: f64) -> f64 {
        let room = max(self.range.most_kw - self.power, 0.0);
        self.power = if room > over { self.power + over } else { max(self.power, self.range.most_kw) };
        over - min(room, over)
    }

    fn commit(&mut self, at: usize, step_h: f64) {
        let flows = self.step.run(at, &self.at, self.range.side, self.power);
        self.at = flows.end;
        let (sums, air_c) = (&mut self.sums, flows.end.air_c);
        sums.electricity_kwh += self.power * step_h;
        sums.from_outdoors_kwh += flows.from_outdoors_kwh;
        sums.gains_kwh += flows.gains_kwh;
        sums.loss_kwh += flows.loss_kwh;
        sums.heating_kwh += max(flows.heat_kwh, 0.0);
        sums.cooling_kwh += max(-flows.heat_kwh, 0.0);
        sums.backup_kwh += flows.backup_kwh;
        // What ends at the border is a rounding off it.
        let beyond = |kelvins: f64| if kelvins > 1e-9 { kelvins * step_h } else { 0.0 };
        sums.too_cold += beyond(self.step.least_c - air_c);
        sums.too_hot += beyond(air_c - self.step.most_c);
        sums.lowest_c = min(air_c, sums.lowest_c);
        sums.highest_c = max(air_c, sums.highest_c);
        sums.residual_kwh += flows.residual_kwh;
    }

    fn each(&mut self, visit: &mut impl FnMut(&mut f64)) {
        let Self { step: _, at: Temperatures { air_c, mass_c }, range: _, unasked: _, ask: _, power: _, sums } = self;
        [air_c, mass_c].into_iter().for_each(&mut *visit);
        let Sums {
            electricity_kwh,
            from_outdoors_kwh,
            gains_kwh,
            loss_kwh,
            heating_kwh,
            cooling_kwh,
            backup_kwh,
            too_cold,
            too_hot,
            lowest_c,
            highest_c,
            residual_kwh,
        } = sums;
        [electricity_kwh, from_outdoors_kwh, gains_kwh, loss_kwh, heating_kwh, cooling_kwh, backup_kwh]
            .into_iter()
            .for_each(&mut *visit);
        [too_cold, too_hot, lowest_c, highest_c, residual_kwh].into_iter().for_each(visit);
    }

    fn totals(&self) -> BuildingTotals {
        let sums = &self.sums;
        BuildingTotals {
            electricity_kwh: sums.electricity_kwh,
            from_outdoors_kwh: sums.from_outdoors_kwh,
            gains_kwh: sums.gains_kwh,
            heat_loss_kwh: sums.loss_kwh,
            heat_change_kwh: self.step.change_kwh(&self.step.start(), &self.at),
            heating_kwh: sums.heating_kwh,
            cooling_kwh: sums.cooling_kwh,
            backup_kwh: sums.backup_kwh,
            too_cold_degree_h: sums.too_cold,
            too_hot_degree_h: sums.too_hot,
            lowest_c: sums.lowest_c,
            highest_c: sums.highest_c,
            residual_kwh: sums.residual_kwh,
        }
    }
}

impl<const L: usize> Buildings<L> {
    /// What recorders see of each building.
    pub(crate) fn columns(buildings: &[Building]) -> Vec<(&'static str, &str)> {
        let of = |building| ["building_kw", "air_temperature_end_c"].map(|column| (column, building));
        buildings.iter().flat_map(|building| of(&*building.name)).collect()
    }

    /// What the buildings of a plan take by their own rules, each as a load.
    /// `taken_kw` is what is taken of each step's surplus.
    pub(crate) fn foreseen(plan: &Plan, taken_kw: &mut [f64]) -> Vec<Load> {
        let buildings = &plan.scenario().buildings;
        let load = |(building, step): (&Building, &Arc<BuildingStep>)| Load {
            tier: Tier::Sheddable,
            ..Load::new(building.name.clone(), step.course(plan, taken_kw))
        };
        buildings.iter().zip(&plan.buildings).map(load).collect()
    }

    pub(crate) fn none() -> Self {
        Self { buildings: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let lanes = |i: usize| plans.map(|plan| BuildingLane::new(Arc::clone(&plan.buildings[i])));
        Self { buildings: (0..plans[0].buildings.len()).map(lanes).collect() }
    }

    fn sum(&self, of: impl Fn(&BuildingLane) -> f64) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for building in &self.buildings {
            for l in 0..L {
                sum[l] += of(&building[l]);
            }
        }
        sum
    }
}

impl<const L: usize> Kind<L> for Buildings<L> {
    fn is_empty(&self) -> bool {
        self.buildings.is_empty()
    }

    fn limit(&mut self, now: &Now<L>) {
        for l in 0..L {
            let mut surplus = -now.deficit[l];
            self.buildings.iter_mut().for_each(|building| building[l].limit(now.step, &mut surplus));
        }
    }

    fn expected(&self) -> Lane<L> {
        self.sum(|building| building.unasked)
    }

    fn show_uses(&self, lane: usize, uses: &mut core::slice::IterMut<'_, FlexibleUse>) {
        for (building, seen) in self.buildings.iter().zip(uses) {
            let BuildingLane { range: Range { least_kw, most_kw, .. }, unasked, .. } = building[lane];
            *seen = FlexibleUse { least_kw, most_kw, expected_kw: unasked, give_most_kw: 0.0, is_whole: false };
        }
    }

    fn ask_uses(&mut self, lane: usize, asked: &mut dyn Iterator<Item = Option<f64>>) {
        for (building, kw) in self.buildings.iter_mut().zip(asked) {
            building[lane].ask = kw;
        }
    }

    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        for (building, held) in self.buildings.iter_mut().zip(held) {
            for (building, draw) in building.iter_mut().zip(*held.draw) {
                for kw in [&mut building.range.least_kw, &mut building.range.most_kw, &mut building.unasked] {
                    *kw = min(*kw, draw);
                }
            }
        }
    }

    fn take_up(&mut self) {
        self.buildings.iter_mut().flatten().for_each(BuildingLane::take_up);
    }

    fn power(&self) -> Lane<L> {
        self.sum(|building| -building.power)
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.buildings.iter().for_each(|building| each(Lane(core::array::from_fn(|l| -building[l].power))));
    }

    fn used(&self) -> Lane<L> {
        self.sum(|building| building.power)
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            // The last gives way first, as it takes up last.
            let buildings = self.buildings.iter_mut().map(|building| &mut building[l]);
            match rung {
                Rung::CutFlexible => {
                    for building in buildings.rev().filter(|building| building.step.flexible) {
                        gap.short[l] = building.cut_to(building.range.least_kw, gap.short[l]);
                    }
                }
                Rung::CutUses => {
                    buildings.rev().for_each(|building| gap.short[l] = building.cut_to(0.0, gap.short[l]));
                }
                Rung::Absorb => {
                    let flexible = buildings.filter(|building| building.step.flexible);
                    flexible.for_each(|building| gap.over[l] = building.absorb(gap.over[l]));
                }
                _ => {}
            }
        }
    }

    fn trip(&mut self, lane: usize) {
        self.buildings.iter_mut().for_each(|building| building[lane].power = 0.0);
    }

    fn commit(&mut self, now: &Now<L>, _dumped: &Lane<L>) {
        for building in self.buildings.iter_mut().flatten() {
            let step_h = building.step.step_h();
            building.commit(now.step, step_h);
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        for building in &mut self.buildings {
            visit_lanes(building, |lane, number| lane.each(&mut |n| number(n)), visit);
        }
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let is_outside = |building: &[BuildingLane; L]| {
            let Temperatures { air_c, mass_c } = building[lane].at;
            [air_c, mass_c].iter().any(|c| !(-273.15..1e6).contains(c))
        };
        self.buildings.iter().any(is_outside).then_some("temperatures of a building that no run leaves")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let totals = self.buildings.iter().zip(&plan.scenario().buildings).enumerate().map(|(i, (building, given))| {
            let totals = building[lane].totals();
            DeviceTotals::of("demand.building", i, &given.name, BuildingTotals::ENTRIES, &totals)
        });
        totals.collect()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for building in &self.buildings {
            // The numbers first: a zip takes one from its first side before it knows that the second has ended.
            let seen = [building[lane].power, building[lane].at.air_c];
            seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
    }
}
