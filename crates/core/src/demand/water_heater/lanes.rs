//! The water heaters of L lanes: their state, what a step asks of them and what they did. Scalar, lane by lane: a site
//! without heaters never comes here.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::{Load, Tier};
use super::{HeaterStep, WaterHeater, WaterHeaterTotals};
use crate::Plan;
use crate::dispatch::FlexibleUse;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung};
use crate::simulation::lane::{Lane, add, max, min};
use crate::simulation::phases::Now;

/// All water heaters of L lanes, in the order of the scenario.
#[derive(Debug)]
pub(crate) struct WaterHeaters<const L: usize> {
    lanes: Vec<HeaterLanes<L>>,
}

/// One heater in each of L lanes. Powers in kW.
#[derive(Debug)]
struct HeaterLanes<const L: usize> {
    steps: [Arc<HeaterStep>; L],
    /// Heat in the tank above cold water, kWh.
    stored: Lane<L>,
    least: Lane<L>,
    most: Lane<L>,
    /// What it takes unasked.
    unasked: Lane<L>,
    ask: [Option<f64>; L],
    power: Lane<L>,
    /// Heat from combined heat and power in the step.
    heated: Lane<L>,
    meters: HeaterMeters<L>,
}

/// The open sums of one heater.
#[derive(Debug)]
struct HeaterMeters<const L: usize> {
    /// kW·steps.
    power: Lane<L>,
    heated: Lane<L>,
    /// kWh.
    drawn: Lane<L>,
    loss: Lane<L>,
    residual: Lane<L>,
    steps_too_cold: Lane<L>,
}

impl<const L: usize> WaterHeaters<L> {
    /// What recorders see of each heater.
    pub(crate) fn columns(heaters: &[WaterHeater]) -> Vec<(&'static str, &str)> {
        let of = |heater| ["water_heater_kw", "water_temperature_end_c"].map(|column| (column, heater));
        heaters.iter().flat_map(|heater| of(&*heater.name)).collect()
    }

    /// What the heaters of a plan take by their own rules, each as a load.
    pub(crate) fn foreseen(plan: &Plan) -> Vec<Load> {
        let heaters = &plan.scenario().water_heaters;
        let mut taken_kw = alloc::vec![0.0; if heaters.is_empty() { 0 } else { plan.steps() }];
        let load = |heater: &WaterHeater| {
            let power_kw = HeaterStep::new(heater, plan).course(plan, &mut taken_kw);
            Load { tier: Tier::Sheddable, ..Load::new(heater.name.clone(), power_kw) }
        };
        heaters.iter().map(load).collect()
    }

    pub(crate) fn none() -> Self {
        Self { lanes: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let zero = Lane::<L>::ZERO;
        let lanes = |i: usize| {
            let steps = plans.map(|plan| Arc::new(HeaterStep::new(&plan.scenario().water_heaters[i], plan)));
            HeaterLanes {
                stored: Lane::of(steps.each_ref(), |step| step.start_kwh),
                steps,
                least: zero,
                most: zero,
                unasked: zero,
                ask: [None; L],
                power: zero,
                heated: zero,
                meters: HeaterMeters {
                    power: zero,
                    heated: zero,
                    drawn: zero,
                    loss: zero,
                    residual: zero,
                    steps_too_cold: zero,
                },
            }
        };
        Self { lanes: (0..plans[0].scenario().water_heaters.len()).map(lanes).collect() }
    }

    /// Takes up heat that is there for nothing, in order, each heater until it is as hot as may be; `heat` is what is left of it, kW.
    pub(crate) fn take_heat(&mut self, now: &Now<L>, heat: &mut Lane<L>) {
        for heater in &mut self.lanes {
            for l in 0..L {
                let room_kw = heater.steps[l].heat_room_kw(now.step, heater.stored[l], heater.power[l]);
                heater.heated[l] = min(room_kw, heat[l]);
                heat[l] -= heater.heated[l];
            }
        }
    }

    /// Cuts the heaters of `lane`, last first, by up to `short_kw`: to their least those that are flexible, or all of them
    /// altogether. Returns what is still short.
    fn cut(&mut self, lane: usize, mut short_kw: f64, altogether: bool) -> f64 {
        for heater in self.lanes.iter_mut().rev().filter(|heater| altogether || heater.steps[lane].flexible) {
            let floor = if altogether { 0.0 } else { heater.least[lane] };
            let room = max(heater.power[lane] - floor, 0.0);
            // Set, not taken off: a difference could round below the floor.
            heater.power[lane] =
                if room > short_kw { heater.power[lane] - short_kw } else { min(heater.power[lane], floor) };
            short_kw -= min(room, short_kw);
        }
        short_kw
    }

    /// Raises flexible heaters of `lane`, in order, by up to `over_kw`; returns what is still over.
    fn absorb(&mut self, lane: usize, mut over_kw: f64) -> f64 {
        for heater in self.lanes.iter_mut().filter(|heater| heater.steps[lane].flexible) {
            let room = max(heater.most[lane] - heater.power[lane], 0.0);
            heater.power[lane] =
                if room > over_kw { heater.power[lane] + over_kw } else { max(heater.power[lane], heater.most[lane]) };
            over_kw -= min(room, over_kw);
        }
        over_kw
    }
}

impl<const L: usize> Kind<L> for WaterHeaters<L> {
    fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    fn limit(&mut self, now: &Now<L>) {
        let mut surplus = Lane::<L>::ZERO;
        for l in 0..L {
            surplus[l] = -now.deficit[l];
        }
        for heater in &mut self.lanes {
            for l in 0..L {
                let (step, stored) = (&heater.steps[l], heater.stored[l]);
                let limits = step.limits(now.step, stored);
                (heater.least[l], heater.most[l]) = limits;
                heater.unasked[l] = step.unasked(now.step, stored, limits, surplus[l]);
                surplus[l] -= heater.unasked[l];
            }
            heater.ask = [None; L];
        }
    }

    fn expected(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        self.lanes.iter().for_each(|heater| add(&mut sum, &heater.unasked));
        sum
    }

    fn show_uses(&self, lane: usize, uses: &mut core::slice::IterMut<'_, FlexibleUse>) {
        for (heater, seen) in self.lanes.iter().zip(uses) {
            *seen = FlexibleUse {
                least_kw: heater.least[lane],
                most_kw: heater.most[lane],
                expected_kw: heater.unasked[lane],
                give_most_kw: 0.0,
            };
        }
    }

    fn ask_uses(&mut self, lane: usize, asked: &mut dyn Iterator<Item = Option<f64>>) {
        for (heater, kw) in self.lanes.iter_mut().zip(asked) {
            heater.ask[lane] = kw;
        }
    }

    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        for (heater, held) in self.lanes.iter_mut().zip(held) {
            for kw in [&mut heater.least, &mut heater.most, &mut heater.unasked] {
                (0..L).for_each(|l| kw[l] = min(kw[l], held.draw[l]));
            }
        }
    }

    fn take_up(&mut self) {
        for heater in &mut self.lanes {
            for l in 0..L {
                let held = |kw: f64| max(min(kw, heater.most[l]), heater.least[l]);
                heater.power[l] = heater.ask[l].map_or(heater.unasked[l], held);
            }
        }
    }

    fn power(&self) -> Lane<L> {
        let mut total = self.used();
        for l in 0..L {
            total[l] = -total[l];
        }
        total
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.lanes.iter().for_each(|heater| each(Lane(heater.power.map(|kw| -kw))));
    }

    fn used(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        self.lanes.iter().for_each(|heater| add(&mut sum, &heater.power));
        sum
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            match rung {
                Rung::CutFlexible => gap.short[l] = self.cut(l, gap.short[l], false),
                Rung::CutUses => gap.short[l] = self.cut(l, gap.short[l], true),
                Rung::Absorb => gap.over[l] = self.absorb(l, gap.over[l]),
                _ => {}
            }
        }
    }

    fn trip(&mut self, lane: usize) {
        self.lanes.iter_mut().for_each(|heater| heater.power[lane] = 0.0);
    }

    fn commit(&mut self, now: &Now<L>, _dumped: &Lane<L>) {
        for heater in &mut self.lanes {
            let meters = &mut heater.meters;
            for l in 0..L {
                let (step, power) = (&heater.steps[l], heater.power[l]);
                let flows = step.run(now.step, heater.stored[l], power + heater.heated[l]);
                heater.stored[l] = flows.end_kwh;
                meters.power[l] += power;
                meters.heated[l] += heater.heated[l];
                meters.drawn[l] += flows.drawn_kwh;
                meters.loss[l] += flows.loss_kwh;
                meters.residual[l] += flows.residual_kwh;
                let is_too_cold = flows.end_kwh < step.least_kwh - 1e-9 * step.most_kwh;
                meters.steps_too_cold[l] += f64::from(u8::from(is_too_cold));
            }
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        for HeaterLanes { stored, meters, .. } in &mut self.lanes {
            let HeaterMeters { power, heated, drawn, loss, residual, steps_too_cold } = meters;
            [stored, power, heated, drawn, loss, residual, steps_too_cold].into_iter().for_each(&mut *visit);
        }
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        // A tank in a cold room can cool below cold water, but never below the room; 60 K is beyond every room allowed.
        let is_outside = |heater: &HeaterLanes<L>| {
            let step = &heater.steps[lane];
            let (coldest, hottest) = (-100.0 * step.kwh_per_c, step.most_kwh.max(60.0 * step.kwh_per_c));
            !(coldest..=hottest * (1.0 + 1e-9)).contains(&heater.stored[lane])
        };
        self.lanes.iter().any(is_outside).then_some("heat outside a water heater's range")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let totals = self.lanes.iter().zip(&plan.scenario().water_heaters).enumerate().map(|(i, (heater, given))| {
            let (step, meters) = (&heater.steps[lane], &heater.meters);
            let totals = WaterHeaterTotals {
                electricity_kwh: meters.power[lane] * plan.step_h(),
                heat_taken_kwh: meters.heated[lane] * plan.step_h(),
                heat_drawn_kwh: meters.drawn[lane],
                heat_loss_kwh: meters.loss[lane],
                heat_change_kwh: heater.stored[lane] - step.start_kwh,
                temperature_end_c: step.cold_water_c + heater.stored[lane] / step.kwh_per_c,
                too_cold_h: meters.steps_too_cold[lane] * plan.step_h(),
                residual_kwh: meters.residual[lane],
            };
            DeviceTotals::of("demand.water_heater", i, &given.name, WaterHeaterTotals::ENTRIES, &totals)
        });
        totals.collect()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for heater in &self.lanes {
            let step = &heater.steps[lane];
            let seen = [heater.power[lane], step.cold_water_c + heater.stored[lane] / step.kwh_per_c];
            // The numbers first: a zip takes one from its first side before it knows that the second has ended.
            seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
    }
}
