//! The hydrogen plants of L lanes: their state, what a step asks of them and what they did. Branchy and scalar, lane by
//! lane: a site without plants never comes here.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::gas::LHV_KWH_PER_KG;
use super::step::{Doing, HydrogenFlows, HydrogenState, HydrogenStep, Moment, OnPoint, START_ABOVE_KW};
use super::{ElectrolyserTotals, FuelCellTotals, HydrogenPlant, HydrogenTankTotals};
use crate::Plan;
use crate::dispatch::FlexibleUse;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung};
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::phases::Now;

/// All hydrogen plants of L lanes, in the order of the scenario.
#[derive(Debug)]
pub(crate) struct HydrogenPlants<const L: usize> {
    lanes: Vec<PlantLanes<L>>,
}

/// One plant in each of L lanes. Powers in kW.
#[derive(Debug)]
struct PlantLanes<const L: usize> {
    steps: [Arc<HydrogenStep>; L],
    state: [HydrogenState; L],
    moment: [Moment; L],
    unasked: [Doing; L],
    ask: [Option<f64>; L],
    doing: [Doing; L],
    /// What the network lets it draw and give.
    held: Held<L>,
    sums: [Sums; L],
}

/// The open sums of one plant.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    flows: HydrogenFlows,
    starts: f64,
    cell_h: f64,
    cell_starts: f64,
    /// Of electrolyser, fuel cell and tank.
    residual_kwh: [f64; 3],
}

/// How many numbers a run carries of a plant.
const CARRIED: usize = 27;

impl<const L: usize> HydrogenPlants<L> {
    /// What recorders see of each plant.
    pub(crate) fn columns(plants: &[HydrogenPlant]) -> Vec<(&'static str, &str)> {
        let columns = ["electrolyser_kw", "fuel_cell_kw", "hydrogen_tank_end_kg", "hydrogen_tank_end_bar"];
        plants.iter().flat_map(|plant| columns.map(|column| (column, &*plant.name))).collect()
    }

    pub(crate) fn none() -> Self {
        Self { lanes: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let lanes = |i: usize| {
            let steps = plans.map(|plan| Arc::clone(&plan.hydrogen[i]));
            PlantLanes {
                state: steps.each_ref().map(|step| step.start()),
                steps,
                moment: [Moment::default(); L],
                unasked: [Doing::Resting; L],
                ask: [None; L],
                doing: [Doing::Resting; L],
                held: Held::FREE,
                sums: [Sums::default(); L],
            }
        };
        Self { lanes: (0..plans[0].hydrogen.len()).map(lanes).collect() }
    }
}

impl<const L: usize> HydrogenPlants<L> {
    /// What a plant of a lane leaves to a run after it: hydrogen in the tank, kg, and the rise of its cells' voltage, V.
    pub(crate) fn left(&self, lane: usize) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.lanes.iter().map(move |plant| (plant.state[lane].stored_kg, plant.state[lane].rise_v))
    }
}

impl<const L: usize> PlantLanes<L> {
    fn power_kw(&self, lane: usize) -> f64 {
        self.steps[lane].power_kw(&self.moment[lane], &self.doing[lane])
    }

    /// What the fuel cell gives.
    fn given_kw(&self, lane: usize) -> f64 {
        if let Doing::Generating { power_kw } = self.doing[lane] { power_kw } else { 0.0 }
    }

    /// What the rest takes.
    fn used_kw(&self, lane: usize) -> f64 {
        self.given_kw(lane) - self.power_kw(lane)
    }

    fn draw_limits(&self, lane: usize) -> Option<(f64, f64, OnPoint)> {
        self.steps[lane].draw_limits(&self.moment[lane], &self.state[lane])
    }

    fn give_limits(&self, lane: usize) -> Option<(f64, f64)> {
        let (least_kw, most_kw) = self.steps[lane].give_limits(&self.moment[lane], &self.state[lane])?;
        let most_kw = min(most_kw, self.held.give[lane]);
        (most_kw >= least_kw).then_some((least_kw, most_kw))
    }

    /// Lowers what it does to what the network lets it: an electrolyser below its least rests, standby ends where not even
    /// that may be drawn, and a fuel cell below its least stops.
    fn keep_held(&mut self, lane: usize) {
        let Held { draw, give } = &self.held;
        if let Doing::Electrolysing { power_kw, .. } = self.doing[lane]
            && power_kw > draw[lane]
        {
            let runs = self.draw_limits(lane).is_some_and(|(least_kw, ..)| draw[lane] >= least_kw);
            let lower = Doing::Electrolysing { power_kw: draw[lane], point: None };
            self.doing[lane] = if runs { lower } else { Doing::Resting };
        }
        if let Doing::Generating { power_kw } = self.doing[lane]
            && power_kw > give[lane]
        {
            let lower = self.give_limits(lane).map(|(_, most_kw)| Doing::Generating { power_kw: most_kw });
            self.doing[lane] = lower.unwrap_or(Doing::Resting);
        }
        if self.doing[lane] == Doing::Resting && self.moment[lane].idle_kw > draw[lane] {
            self.doing[lane] = Doing::Dead;
        }
    }

    /// Takes less, by what is short; the whole where its least is too much. A rounding changes nothing.
    fn cut(&mut self, lane: usize, gap: &mut Gap<L>) {
        let Doing::Electrolysing { power_kw, .. } = self.doing[lane] else { return };
        if gap.short[lane] <= START_ABOVE_KW {
            return;
        }
        let least_kw = self.draw_limits(lane).map_or(power_kw, |(least_kw, ..)| least_kw);
        let lower_kw = power_kw - gap.short[lane];
        if lower_kw >= least_kw {
            self.doing[lane] = Doing::Electrolysing { power_kw: lower_kw, point: None };
            gap.short[lane] = 0.0;
        } else {
            self.doing[lane] = Doing::Resting;
            spare(lane, power_kw - self.moment[lane].idle_kw, gap);
        }
    }

    /// Ends standby.
    fn cut_altogether(&mut self, lane: usize, gap: &mut Gap<L>) {
        if gap.short[lane] > START_ABOVE_KW && self.doing[lane] == Doing::Resting && self.moment[lane].idle_kw > 0.0 {
            self.doing[lane] = Doing::Dead;
            spare(lane, self.moment[lane].idle_kw, gap);
        }
    }

    /// Takes up what is over, as far as it can.
    fn absorb(&mut self, lane: usize, gap: &mut Gap<L>) {
        if gap.over[lane] <= START_ABOVE_KW {
            return;
        }
        let now_kw = match self.doing[lane] {
            Doing::Electrolysing { power_kw, .. } => power_kw,
            Doing::Resting => self.moment[lane].idle_kw,
            Doing::Dead | Doing::Generating { .. } => return,
        };
        let Some((least_kw, most_kw, most)) = self.draw_limits(lane) else { return };
        let held_kw = min(most_kw, self.held.draw[lane]);
        let wanted_kw = now_kw + gap.over[lane];
        if min(wanted_kw, held_kw) < least_kw || held_kw <= now_kw {
            return;
        }
        let is_full = held_kw <= wanted_kw;
        let power_kw = if is_full { held_kw } else { wanted_kw };
        self.doing[lane] = Doing::Electrolysing { power_kw, point: (power_kw == most_kw).then_some(most) };
        gap.over[lane] = if is_full { max(gap.over[lane] - (held_kw - now_kw), 0.0) } else { 0.0 };
    }

    /// A running fuel cell gives more.
    fn raise(&mut self, lane: usize, short_kw: f64) -> f64 {
        let Doing::Generating { power_kw } = self.doing[lane] else { return short_kw };
        let Some((_, most_kw)) = self.give_limits(lane) else { return short_kw };
        let room_kw = max(most_kw - power_kw, 0.0);
        let is_full = room_kw <= short_kw;
        self.doing[lane] =
            Doing::Generating { power_kw: if is_full { max(most_kw, power_kw) } else { power_kw + short_kw } };
        short_kw - min(room_kw, short_kw)
    }

    /// A running fuel cell gives less, down to its least.
    fn lower(&mut self, lane: usize, over_kw: f64) -> f64 {
        let Doing::Generating { power_kw } = self.doing[lane] else { return over_kw };
        let least_kw = self.give_limits(lane).map_or(power_kw, |(least_kw, _)| min(least_kw, power_kw));
        let room_kw = power_kw - least_kw;
        self.doing[lane] =
            Doing::Generating { power_kw: if room_kw <= over_kw { least_kw } else { power_kw - over_kw } };
        over_kw - min(room_kw, over_kw)
    }

    /// The fuel cell starts.
    fn start(&mut self, lane: usize, gap: &mut Gap<L>) {
        if gap.short[lane] <= START_ABOVE_KW || self.doing[lane] != Doing::Resting {
            return;
        }
        let Some((least_kw, most_kw)) = self.give_limits(lane) else { return };
        let power_kw = min(max(gap.short[lane], least_kw), most_kw);
        self.doing[lane] = Doing::Generating { power_kw };
        spare(lane, power_kw, gap);
    }
}

/// `freed_kw` closes what is short; what it has beyond that spares import, and is over then.
fn spare<const L: usize>(lane: usize, freed_kw: f64, gap: &mut Gap<L>) {
    let beyond_kw = max(freed_kw - gap.short[lane], 0.0);
    gap.short[lane] = max(gap.short[lane] - freed_kw, 0.0);
    let spared_kw = min(beyond_kw, gap.import[lane]);
    gap.import[lane] -= spared_kw;
    gap.over[lane] += beyond_kw - spared_kw;
}

impl<const L: usize> Kind<L> for HydrogenPlants<L> {
    fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    fn limit(&mut self, now: &Now<L>) {
        for plant in &mut self.lanes {
            for l in 0..L {
                plant.moment[l] = plant.steps[l].moment(now.step, &plant.state[l]);
                plant.unasked[l] = plant.steps[l].unasked(&plant.moment[l], &plant.state[l]);
            }
            plant.ask = [None; L];
            plant.held = Held::FREE;
        }
    }

    fn expected(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for plant in &self.lanes {
            for l in 0..L {
                sum[l] -= plant.steps[l].power_kw(&plant.moment[l], &plant.unasked[l]);
            }
        }
        sum
    }

    fn show_uses(&self, lane: usize, uses: &mut core::slice::IterMut<'_, FlexibleUse>) {
        for (plant, seen) in self.lanes.iter().zip(uses) {
            let idle_kw = plant.moment[lane].idle_kw;
            *seen = FlexibleUse {
                least_kw: idle_kw,
                most_kw: plant.draw_limits(lane).map_or(idle_kw, |(_, most_kw, _)| most_kw),
                expected_kw: -plant.steps[lane].power_kw(&plant.moment[lane], &plant.unasked[lane]),
                give_most_kw: plant.give_limits(lane).map_or(0.0, |(_, most_kw)| most_kw),
            };
        }
    }

    fn ask_uses(&mut self, lane: usize, asked: &mut dyn Iterator<Item = Option<f64>>) {
        for (plant, kw) in self.lanes.iter_mut().zip(asked) {
            plant.ask[lane] = kw;
        }
    }

    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        self.lanes.iter_mut().zip(held).for_each(|(plant, held)| plant.held = *held);
    }

    fn take_up(&mut self) {
        for plant in &mut self.lanes {
            for l in 0..L {
                let asked = |kw: f64| plant.steps[l].asked(&plant.moment[l], &plant.state[l], kw);
                plant.doing[l] = plant.ask[l].map_or(plant.unasked[l], asked);
                plant.keep_held(l);
            }
        }
    }

    fn follow(&mut self, net: &Lane<L>) -> bool {
        let mut net = *net;
        for plant in &mut self.lanes {
            for l in 0..L {
                if plant.ask[l].is_none() {
                    let before_kw = plant.power_kw(l);
                    let doing = plant.doing[l];
                    plant.doing[l] = plant.steps[l].follow(&plant.moment[l], &plant.state[l], doing, net[l]);
                    plant.keep_held(l);
                    net[l] -= plant.power_kw(l) - before_kw;
                }
            }
        }
        true
    }

    fn power(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for plant in &self.lanes {
            for l in 0..L {
                sum[l] += plant.power_kw(l);
            }
        }
        sum
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.lanes.iter().for_each(|plant| each(Lane(core::array::from_fn(|l| plant.power_kw(l)))));
    }

    fn used(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for plant in &self.lanes {
            for l in 0..L {
                sum[l] += plant.used_kw(l);
            }
        }
        sum
    }

    fn given(&self) -> Lane<L> {
        let mut sum = Lane::<L>::ZERO;
        for plant in &self.lanes {
            for l in 0..L {
                sum[l] += plant.given_kw(l);
            }
        }
        sum
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            let plants = self.lanes.iter_mut();
            match rung {
                // The last gives way first, as it takes up last.
                Rung::CutFlexible => plants.rev().for_each(|plant| plant.cut(l, gap)),
                Rung::CutUses => plants.rev().for_each(|plant| plant.cut_altogether(l, gap)),
                Rung::Raise => plants.for_each(|plant| gap.short[l] = plant.raise(l, gap.short[l])),
                Rung::Start => plants.for_each(|plant| plant.start(l, gap)),
                Rung::Lower => plants.rev().for_each(|plant| gap.over[l] = plant.lower(l, gap.over[l])),
                Rung::Absorb => plants.for_each(|plant| plant.absorb(l, gap)),
                _ => {}
            }
        }
    }

    /// A fuel cell that can form the grid and runs, or else the first that can start.
    fn form_grid(&mut self, lane: usize) -> bool {
        let forms = |plant: &&mut PlantLanes<L>| plant.steps[lane].forms_grid();
        let is_on = |plant: &PlantLanes<L>| matches!(plant.doing[lane], Doing::Generating { .. });
        if self.lanes.iter_mut().filter(forms).any(|plant| is_on(plant)) {
            return true;
        }
        for plant in self.lanes.iter_mut().filter(forms) {
            if let Some((least_kw, _)) = plant.give_limits(lane) {
                plant.doing[lane] = Doing::Generating { power_kw: least_kw };
                return true;
            }
        }
        false
    }

    fn balance(&mut self, lane: usize, rest_kw: f64) -> f64 {
        let (mut short_kw, mut over_kw) = (max(rest_kw, 0.0), max(-rest_kw, 0.0));
        for plant in self.lanes.iter_mut().filter(|plant| plant.steps[lane].forms_grid()) {
            short_kw = plant.raise(lane, short_kw);
            over_kw = plant.lower(lane, over_kw);
        }
        short_kw - over_kw
    }

    fn trip(&mut self, lane: usize) {
        self.lanes.iter_mut().for_each(|plant| plant.doing[lane] = Doing::Dead);
    }

    fn commit(&mut self, _now: &Now<L>, _dumped: &Lane<L>) {
        for plant in &mut self.lanes {
            for l in 0..L {
                let (state, sums) = (plant.state[l], &mut plant.sums[l]);
                let (flows, next) = plant.steps[l].run(&plant.moment[l], &state, &plant.doing[l]);
                sums.starts += max(next.running - state.running, 0.0);
                sums.cell_starts += max(next.generating - state.generating, 0.0);
                sums.cell_h += next.generating * plant.steps[l].step_h();
                sums.flows.add(&flows);
                let residuals = flows.residuals_kwh(next.stored_kg - state.stored_kg);
                sums.residual_kwh.iter_mut().zip(residuals).for_each(|(sum, kwh)| *sum += kwh);
                plant.state[l] = next;
            }
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        for plant in &mut self.lanes {
            for n in 0..CARRIED {
                let mut lane = Lane::<L>::ZERO;
                for l in 0..L {
                    lane[l] = *carried(&mut plant.state[l], &mut plant.sums[l])[n];
                }
                visit(&mut lane);
                for l in 0..L {
                    *carried(&mut plant.state[l], &mut plant.sums[l])[n] = lane[l];
                }
            }
        }
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let is_outside = |plant: &PlantLanes<L>| {
            let tank = &plant.steps[lane].tank;
            let slack = 1e-9 * tank.most_kg;
            let state = &plant.state[lane];
            !(tank.least_kg - slack..=tank.most_kg + slack).contains(&state.stored_kg) || state.rise_v < 0.0
        };
        self.lanes.iter().any(is_outside).then_some("hydrogen outside a tank's window")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let plants = self.lanes.iter().zip(&plan.scenario().hydrogen).enumerate();
        plants.flat_map(|(i, (lanes, plant))| lanes.totals(lane, (i, plant), plan)).collect()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for plant in &self.lanes {
            let stored_kg = plant.state[lane].stored_kg;
            let bar = plant.steps[lane].tank.bar(stored_kg);
            let seen = [plant.used_kw(lane), plant.given_kw(lane), stored_kg, bar];
            seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
    }
}

/// Everything that a run carries of a plant over a day's end, in a fixed order. Taken apart, so that a field that is added
/// is carried or does not compile.
fn carried<'a>(state: &'a mut HydrogenState, sums: &'a mut Sums) -> [&'a mut f64; CARRIED] {
    let HydrogenState { stored_kg, running, start_left_s, warm_left_s, on_kw, rise_v, generating } = state;
    let Sums { flows, starts, cell_h, cell_starts, residual_kwh: [electrolyser, cell, tank] } = sums;
    let HydrogenFlows {
        taken_kwh,
        start_standby_kwh,
        conversion_kwh,
        compression_kwh,
        heat_kwh,
        made_kg,
        on_h,
        given_kwh,
        cell_conversion_kwh,
        cell_heat_kwh,
        used_kg,
        delivered_kg,
        sold_kg,
        unserved_kg,
    } = flows;
    [
        stored_kg,
        running,
        start_left_s,
        warm_left_s,
        on_kw,
        rise_v,
        generating,
        taken_kwh,
        start_standby_kwh,
        conversion_kwh,
        compression_kwh,
        heat_kwh,
        made_kg,
        on_h,
        given_kwh,
        cell_conversion_kwh,
        cell_heat_kwh,
        used_kg,
        delivered_kg,
        sold_kg,
        unserved_kg,
        starts,
        cell_h,
        cell_starts,
        electrolyser,
        cell,
        tank,
    ]
}

impl<const L: usize> PlantLanes<L> {
    /// The books of the `i`th plant: of its electrolyser and of its fuel cell where it has them, and of its tank.
    fn totals(&self, lane: usize, (i, plant): (usize, &HydrogenPlant), plan: &Plan) -> Vec<DeviceTotals> {
        let (step, state, sums) = (&self.steps[lane], &self.state[lane], &self.sums[lane]);
        let flows = &sums.flows;
        let ratio = |kwh: f64, kg: f64| if kg > 0.0 { kwh / kg } else { 0.0 };
        let [electrolyser_residual, cell_residual, tank_residual] = sums.residual_kwh;
        let electrolyser = ElectrolyserTotals {
            electricity_kwh: flows.taken_kwh,
            hydrogen_kwh: LHV_KWH_PER_KG * flows.made_kg,
            start_standby_kwh: flows.start_standby_kwh,
            conversion_loss_kwh: flows.conversion_kwh,
            compression_kwh: flows.compression_kwh,
            heat_loss_kwh: flows.heat_kwh,
            made_kg: flows.made_kg,
            electricity_kwh_per_kg: ratio(flows.taken_kwh, flows.made_kg),
            running_h: flows.on_h,
            starts: sums.starts,
            voltage_rise_v: state.rise_v,
            residual_kwh: electrolyser_residual,
        };
        let change_kg = state.stored_kg - step.tank.start_kg;
        let sale_price = plant.sale.map_or(0.0, |sale| sale.price_per_kg);
        let tank = HydrogenTankTotals {
            made_kg: flows.made_kg,
            fuel_cell_kg: flows.used_kg,
            delivered_kg: flows.delivered_kg,
            sold_kg: flows.sold_kg,
            change_kg,
            unserved_kg: flows.unserved_kg,
            end_kg: state.stored_kg,
            end_bar: step.tank.bar(state.stored_kg),
            hydrogen_revenue: flows.delivered_kg * plant.load_price_per_kg + flows.sold_kg * sale_price,
            unserved_cost: flows.unserved_kg * plant.unserved_cost_per_kg,
            stored_credit: change_kg * plant.value_per_kg(plan.stored_value_per_kwh()),
            residual_kwh: tank_residual,
        };
        let fuel_cell = FuelCellTotals {
            electricity_kwh: flows.given_kwh,
            hydrogen_kwh: LHV_KWH_PER_KG * flows.used_kg,
            conversion_loss_kwh: flows.cell_conversion_kwh,
            heat_loss_kwh: flows.cell_heat_kwh,
            used_kg: flows.used_kg,
            electricity_kwh_per_kg: ratio(flows.given_kwh, flows.used_kg),
            running_h: sums.cell_h,
            starts: sums.cell_starts,
            residual_kwh: cell_residual,
        };
        let mut totals = Vec::with_capacity(3);
        if plant.electrolyser.is_some() {
            let kind = "storage.hydrogen.electrolyser";
            totals.push(DeviceTotals::of(kind, i, &plant.name, ElectrolyserTotals::ENTRIES, &electrolyser));
        }
        totals.push(DeviceTotals::of("storage.hydrogen.tank", i, &plant.name, HydrogenTankTotals::ENTRIES, &tank));
        if plant.fuel_cell.is_some() {
            let kind = "storage.hydrogen.fuel_cell";
            totals.push(DeviceTotals::of(kind, i, &plant.name, FuelCellTotals::ENTRIES, &fuel_cell));
        }
        totals
    }
}
